#!/usr/bin/env python3
"""A relay is away for a while and many mails are due: it is asked now and then, by one connection; when it is there again one
mail finds out, and then all leave, but for those that are too late."""

import socket
import threading
import time
from collections import Counter

import journal_files
import support
from fault_sink import FaultSink
from relay_scenario import RelayScenario
from support import FAST, Shopper, smtp_outlet, wait_until

SHOPPERS = 300
FAILURES_TO_OPEN = 5
TRIAL_TAKES = 0.5  # seconds, of the first mail's answer: were others under way with it, they would be seen before


class HangsUp(threading.Thread):
    """Accepts connections and ends them at once, and counts them."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.times = []
        self.socket = socket.create_server(("127.0.0.1", port))
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.times.append(time.monotonic())
            connection.close()

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.join(20)
        self.socket.close()


class RelayComesBackAfterAnOutage(RelayScenario):
    def assert_one_mail_found_out(self, relay):
        """Nothing else was under way until it had its answer; what follows goes over more than one connection."""
        kept = [r for r in relay.records() if r["kept"]]
        self.assertEqual([r for r in relay.records() if not r["kept"]], [])
        self.assertEqual(kept[0]["connection"], 1)
        self.assertGreaterEqual(kept[1]["time"] - kept[0]["time"], 0.95 * TRIAL_TAKES, kept[:3])
        self.assertGreater(len({r["connection"] for r in kept}), 1, "later over more than one")

    def relay_at(self, port):
        fault = f"dot-wait-{round(TRIAL_TAKES * 1000)}@nth=1"
        return self.started(FaultSink(self.folder, "--latency", 5, "--fault", fault, port=port))

    def test_pool_meets_one_who_hangs_up(self):
        """Twelve seconds of backoff between 0 and 0.1, 0.2 .. 1.6 s, with full jitter: some 15 attempts after the first five,
        one after the other."""
        port = support.free_port()
        away = HangsUp(port)
        self.addCleanup(away.socket.close)
        relay = type("Relay", (), {"port": port})
        drive = self.start_drive(relay, SHOPPERS, "--connections", 4, "--backoff-first", 100, "--backoff-max", 1600)
        begun = time.monotonic()
        wait_until(lambda: time.monotonic() - begun > 12, "twelve seconds")
        away.stop()
        relay = self.relay_at(port)
        outcomes = drive.outcomes()
        self.check(outcomes, relay)
        self.assertEqual(outcomes.counts(), {"accepted": SHOPPERS})
        self.assertEqual({m["tries"] for m in outcomes.mails}, {1}, "an outage uses up no try")
        self.assertGreater(len(away.times), FAILURES_TO_OPEN)
        self.assertLess(len(away.times), 60, "it was hammered")
        # In the last six seconds the pauses are at their longest, 0.8 s in the mean.
        self.assertLess(len([t for t in away.times if t > begun + 6]), 30, "it was hammered")
        self.assertGreaterEqual(outcomes.stats["connect_failures"], len(away.times))
        self.assert_one_mail_found_out(relay)

    def test_server_finds_nobody(self):
        """Each cart has a reminder that is too late when the relay comes back, and one that is not. The cart is over with the
        decision on the second: what the first waits for must outlive it."""
        port = support.free_port()
        steps = '[{after = "0s", channel = "email", template = "reminder-1", not_after = "3s"}, ' \
                '{after = "1s", channel = "email", template = "reminder-2", not_after = "24h"}]'
        server = self.serve({**FAST, **smtp_outlet(port, 4), "campaign.cart.steps": steps, "campaign.cart.cap": "0s"})
        shoppers = [Shopper(f"s{i}") for i in range(SHOPPERS)]
        self.abandon(server, shoppers)
        due = time.monotonic() + 2

        def breaker(state):
            return server.metric("cartwheel_smtp_breaker", relay="main", state=state) == 1
        wait_until(lambda: breaker("open"), lambda: f"an open breaker\n{server.story()}", seconds=40)
        failures = server.metric("cartwheel_smtp_connect_failures_total", relay="main")
        self.assertLessEqual(failures, FAILURES_TO_OPEN + 1, "the state is shown at once")
        wait_until(lambda: time.monotonic() > due + 4, "the first reminders to be too late")
        # One at a time, at pauses that double: a few more while it was waited for.
        self.assertLessEqual(server.metric("cartwheel_smtp_connect_failures_total", relay="main"), failures + 5)
        self.assertEqual(server.metric("cartwheel_smtp_connects_total", relay="main"), 0)
        self.assertEqual(server.metric("cartwheel_reminder_retries_total"), 0, "an outage uses up no try")

        relay = self.relay_at(port)
        wait_until(lambda: len(relay.kept()) == SHOPPERS, lambda: f"{SHOPPERS} mails, {len(relay.kept())}\n{server.story()}",
                   seconds=80)
        self.assertTrue(breaker("closed"), server.story())
        server.wait_for_metric(0, "cartwheel_reminders_waiting")
        self.assertEqual(server.stop(), 0, server.story())
        self.assert_mailed_once(relay, shoppers)
        self.assert_one_mail_found_out(relay)
        ends = Counter()
        for record in journal_files.Follower(self.folder / "node").more():
            if record.kind == "outcomes":
                for how, why, (*_, step) in journal_files.settlements_with_reasons(record):
                    ends[step, how if how == "accepted" else why] += 1
        self.assertEqual(ends, {(0, "expired_ttl"): SHOPPERS, (1, "accepted"): SHOPPERS})


if __name__ == "__main__":
    support.main()
