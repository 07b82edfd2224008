#!/usr/bin/env python3
"""SIGTERM while mails are on the wire: the flights that are under way are finished, nothing is in doubt, and what had not
left leaves after the next start; nobody gets a mail twice, nobody none."""

import signal
import time

import support
from relay_scenario import RelayScenario
from support import FAST, Shopper, smtp_outlet, wait_until

SHOPPERS = 150


class SigtermWhileMailsLeave(RelayScenario):
    def test_pool(self):
        """At ten moments, over a relay that takes its time."""
        for i in range(10):
            relay = self.fault_sink("--latency", 5, "--fault", "dot-wait-5@every=3")
            drive = self.start_drive(relay, 5000)
            wait_until(relay.kept, "the first mail")
            time.sleep(0.02 * i)
            drive.signal(signal.SIGTERM)
            outcomes = drive.outcomes()
            self.check(outcomes, relay)
            self.assertLessEqual(set(outcomes.counts()), {"accepted", "deferred", "unsent"}, outcomes.reports)
            self.assertGreater(outcomes.counts()["unsent"], 0, "it was not in the middle")
            # Those that go back were pulled, and their content was not offered.
            self.assertLessEqual(outcomes.counts().get("deferred", 0), 4 * 16)
            relay.kill()

    def test_server(self):
        relay = self.fault_sink("--fault", "dot-wait-40")
        settings = {**FAST, **smtp_outlet(relay.port, 2), "node.start_hold": "0s"}
        shoppers = [Shopper(f"s{i}") for i in range(SHOPPERS)]
        server = self.serve(settings)
        for start in range(0, SHOPPERS, 50):
            server.post_events(*(e for s in shoppers[start:start + 50] for e in (*s.arrives(), s.adds())))
        wait_until(lambda: len(relay.kept()) > 20, lambda: f"the first mails\n{server.story()}")
        self.assertEqual(server.stop(60), 0, server.story())
        had = len(relay.kept())
        self.assertLess(had, SHOPPERS, "it was not in the middle")

        server = self.serve(settings)
        wait_until(lambda: len(relay.kept()) >= SHOPPERS, lambda: f"the rest of the mails, {len(relay.kept())}\n{server.story()}")
        server.wait_for_metric(0, "cartwheel_reminders_waiting")
        self.assertEqual(server.metric("cartwheel_reminders_total", outcome="in_doubt"), 0, server.story())
        self.assertEqual(server.get("/v1/in-doubt").json["in_doubt"], [])
        self.assertEqual(server.metric("cartwheel_reminders_total", outcome="accepted"), SHOPPERS - had, server.story())
        self.assertEqual(server.stop(), 0, server.story())
        self.assertEqual(sorted(k.recipient for k in relay.kept()), sorted(s.address for s in shoppers))
        self.assertEqual(relay.violations(), [])


if __name__ == "__main__":
    support.main()
