#!/usr/bin/env python3
"""Orders come at every moment of their reminders' way to the relay: one that was taken back is never delivered, one for which
it was too late has a known end, and the mails around it are not harmed."""

import random
import re
import time
from collections import Counter

import support
from relay_scenario import RelayScenario
from support import FAST, Shopper, smtp_outlet, wait_until

MAILS = 100_000 if support.LONG else 20_000
SHOPPERS = 150


class OrderRacesWithItsMail(RelayScenario):
    def test_at_every_moment(self):
        for mails, flags in ((MAILS, ()), (MAILS // 10, ("--lock-step",)), (300, ("--size", 500_000, "--cancel-window", 40_000))):
            with self.subTest(flags=flags):
                relay = self.fault_sink()
                outcomes = self.drive_and_check(relay, mails, "--cancel", 20, "--tries", 100, "--seed", 7, *flags)
                self.assertLessEqual(set(outcomes.counts()), {"accepted", "recalled"}, outcomes.reports[:5])
                caught = Counter(m["cancelled"] for m in outcomes.mails if m["cancelled"])
                self.assertLessEqual({"feed", "queue", "gate"}, set(caught), caught)
                if "--size" in flags:
                    self.assertIn("content", caught, "of a large mail, between two pieces")
                else:
                    self.assertTrue(any(m["too_late"] and m["verdict"] == "accepted" for m in outcomes.mails), caught)
                relay.kill()

    def test_between_354_and_content(self):
        """The intent takes its time, the envelope is open: the one way back is to hang up before the content."""
        relay = self.fault_sink()
        outcomes = self.drive_and_check(relay, 200, "--cancel", 10, "--connections", 1, "--sync", 3, "--cancel-window", 6000,
                                        "--tries", 100, "--seed", 11)
        caught = Counter(m["cancelled"] for m in outcomes.mails if m["cancelled"])
        self.assertLessEqual({"gate", "envelope"}, set(caught), caught)
        self.assertEqual(outcomes.counts()["accepted"] + sum(caught.values()), 200)
        self.assertGreater(relay.stop()["connections"], caught["gate"], "each of these cost a connection")

    def test_through_the_server(self):
        """Carts are left behind at about one time, and bought at any moment from before that to after their mail."""
        relay = self.fault_sink("--fault", "dot-wait-40")
        server = self.serve({**FAST, **smtp_outlet(relay.port, 2)})
        shoppers = [Shopper(f"s{i}") for i in range(SHOPPERS)]
        for start in range(0, SHOPPERS, 50):
            server.post_events(*(e for s in shoppers[start:start + 50] for e in (*s.arrives(), s.adds())))
        dice = random.Random(20)
        left = time.monotonic()
        moments = sorted((dice.uniform(1.8, 5), s) for s in shoppers if dice.random() < 0.7)
        for moment, shopper in moments:
            time.sleep(max(0, left + moment - time.monotonic()))
            server.post_events(shopper.buys())
        later = Shopper("later")
        server.post_events(*later.arrives(), later.adds())
        server.wait_for_decision(later.cart_id)
        wait_until(lambda: server.metric("cartwheel_reminders_waiting") == 0, lambda: f"an empty queue\n{server.story()}")
        wait_until(lambda: any("later@" in k.recipient for k in relay.kept()), lambda: f"the last mail\n{server.story()}")
        self.assertEqual(server.stop(60), 0, server.story())

        self.assertEqual(relay.violations(), [])
        kept = Counter(k.recipient for k in relay.kept())
        self.assertEqual({r: n for r, n in kept.items() if n > 1}, {})
        said = {}
        server = self.serve({**FAST, **smtp_outlet(relay.port, 2), "node.start_hold": "0s"})
        for d in server.decisions():
            said[d["cart_id"]] = d
        ends = Counter()
        for s in shoppers:
            last = said.get(s.cart_id)
            mailed = s.address in kept
            end = "no step" if last is None else re.sub(r"_(queue|envelope|content)$", "", last["reason"]) if \
                last["outcome"] != "sent" else "sent"
            ends[end] += 1
            self.assertEqual(mailed, end == "sent", f"{s.name}: {last}, mailed {mailed}")
        self.assertGreater(ends["sent"], 10, ends)
        self.assertGreater(ends["recalled"], 0, ends)
        self.assertEqual(server.stop(), 0, server.story())


if __name__ == "__main__":
    support.main()
