#!/usr/bin/env python3
"""A relay takes so many mails a second and answers 454 to what is above (Amazon SES): the pool finds out how many that are,
and stays there. No mail is lost by it, none uses up a try."""

import support
from relay_scenario import RelayScenario
from support import FAST, Shopper, smtp_outlet, wait_until

RATE = 100
SETTLED_AFTER = 5  # seconds: by then the pool has found the rate
MEASURED = 10


class RelayThrottlesItsClient(RelayScenario):
    def assert_near_its_rate(self, relay, rate, seconds):
        """What it took in so many seconds behind the first ones."""
        times = relay.kept_times()
        begin = times[0] + SETTLED_AFTER
        self.assertGreater(times[-1], begin + seconds, "there was work for all of the time")
        taken = len([t for t in times if begin <= t < begin + seconds])
        self.assertGreaterEqual(taken, 0.9 * rate * seconds, relay.story())
        self.assertLessEqual(taken, 1.1 * rate * seconds, relay.story())
        refused = [r for r in relay.records() if not r["kept"]]
        self.assertEqual({r["reply"][:9] for r in refused}, {"454 4.7.0"})
        later = [r for r in refused if begin <= r["time"] < begin + seconds]
        self.assertLess(len(later), taken / 20, "it is asked again and again how much it takes")

    def test_pool(self):
        mails = RATE * (SETTLED_AFTER + MEASURED + 2)
        relay = self.fault_sink("--rate", RATE, "--burst", RATE // 10)
        outcomes = self.drive_and_check(relay, mails, "--tries", 1000)
        self.assertEqual(outcomes.counts(), {"accepted": mails}, outcomes.reports)
        self.assert_near_its_rate(relay, RATE, MEASURED)
        self.assertGreater(relay.stop()["throttled"], 0)

    def test_server(self):
        """A mail has eight tries, the first a matter of minutes: had one been used up, its mail would not be here by now."""
        relay = self.fault_sink("--rate", RATE / 2, "--burst", 5)
        server = self.serve({**FAST, **smtp_outlet(relay.port, 4)})
        shoppers = [Shopper(f"s{i}") for i in range(RATE // 2 * 12)]
        self.abandon(server, shoppers)
        wait_until(lambda: server.metric("cartwheel_reminders_total", outcome="accepted") == len(shoppers),
                   lambda: f"all mails to leave, {len(relay.kept())}\n{server.story()}", seconds=40)
        self.assertEqual(server.metric("cartwheel_reminder_retries_total"), 0, server.story())
        self.assertEqual(server.metric("cartwheel_reminders_total"), len(shoppers), "and none ended otherwise")
        throttled = server.metric("cartwheel_smtp_throttled_total", relay="main")
        self.assertGreater(throttled, 0)
        limit = server.metric("cartwheel_smtp_mails_per_hour_max", relay="main")
        self.assertGreater(limit, 0, "operators see what it came down to")
        self.assertLess(limit, 2 * 3600 * RATE / 2)
        self.assertEqual(server.stop(), 0, server.story())
        self.assert_mailed_once(relay, shoppers)
        self.assert_near_its_rate(relay, RATE / 2, 5)
        self.assertEqual(relay.stop()["throttled"], throttled, "each 454 was counted")


if __name__ == "__main__":
    support.main()
