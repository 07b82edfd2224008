#!/usr/bin/env python3
"""A relay takes the connection and then says nothing, at the greeting, at EHLO, at any command, at the dot: each of these
waits has an end, what was not offered goes elsewhere, and when the relay is well again everything leaves."""

import socket
import time

import support
from relay_scenario import RelayScenario

# The last long enough that a busy machine is not taken for a relay that says nothing.
TIMEOUTS = ("--banner-timeout", 400, "--command-timeout", 400, "--quit-timeout", 400, "--data-timeout", 1000, "--dot-timeout", 1500)


class RelayFallsSilent(RelayScenario):
    def test_before_it_has_a_mail(self):
        for place in ("banner", "ehlo", "mail", "rcpt", "data"):
            with self.subTest(place=place):
                relay = self.fault_sink("--fault", f"{place}-silent@nth=1", "--fault", f"{place}-silent@nth=7")
                begun = time.monotonic()
                outcomes = self.drive_and_check(relay, 60, "--tries", 20, *TIMEOUTS)
                self.assertEqual(outcomes.counts(), {"accepted": 60}, outcomes.reports)
                silences = [r for r in outcomes.reports if "no reply in time" in r]
                self.assertGreaterEqual(len(silences), 1, outcomes.reports)
                self.assertLess(time.monotonic() - begun, 10 * support.PATIENCE, "it hung")
                relay.kill()

    def test_at_the_dot(self):
        for word, flags in (("dot-silent", ()), ("dot-silent-lost", ("--lock-step",))):
            with self.subTest(word=word, flags=flags):
                relay = self.fault_sink()
                mails = [f"r{i}+{word}@shopper.example" if i in (0, 9) else f"r{i}@shopper.example" for i in range(40)]
                outcomes = self.drive_and_check(relay, mails, "--tries", 5, *TIMEOUTS, *flags)
                self.assertEqual(outcomes.counts(), {"accepted": 38, "in_doubt": 2}, outcomes.reports)
                self.assertEqual({m["n"] for m in outcomes.of("in_doubt")}, {1, 10})
                relay.kill()

    def test_at_quit(self):
        relay = self.fault_sink("--fault", "quit-silent")
        outcomes = self.drive_and_check(relay, 60, "--session-mails", 10, *TIMEOUTS)
        self.assertEqual(outcomes.counts(), {"accepted": 60}, outcomes.reports)

    def test_nobody_takes_the_connection(self):
        """The kernel takes it, the relay does not, and then there is one."""
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(64)
            port = deaf.getsockname()[1]
            relay = type("Nobody", (), {"port": port})()
            drive = self.start_drive(relay, 60, "--tries", 3, *TIMEOUTS, "--at-most", 60)
            time.sleep(1)
            self.assertTrue(drive.runs())
        relay = self.fault_sink(port=port)
        outcomes = drive.outcomes()
        self.check(outcomes, relay)
        self.assertEqual(outcomes.counts(), {"accepted": 60}, outcomes.reports)
        self.assertGreaterEqual(outcomes.stats["connect_failures"], 2)

    def test_it_gets_well(self):
        """It says nothing at all for a while, then nothing to the dot, then refuses for now, and then works."""
        relay = self.fault_sink(faults=["banner-silent"])
        drive = self.start_drive(relay, 100, "--tries", 1000, *TIMEOUTS)
        time.sleep(0.5)
        self.assertTrue(drive.runs())
        self.assertEqual(relay.kept(), [])
        relay.set_faults("dot-451-4.3.0")
        support.wait_until(relay.records, "the first refusals")
        relay.set_faults()
        outcomes = drive.outcomes()
        self.check(outcomes, relay)
        self.assertEqual(outcomes.counts(), {"accepted": 100}, outcomes.reports)

    def test_an_idle_connection_is_closed_in_order(self):
        relay = self.fault_sink()
        outcomes = self.drive_and_check(relay, 10, "--rate", 4, "--idle", 50)
        self.assertEqual(outcomes.counts(), {"accepted": 10})
        self.assertEqual(outcomes.reports, [])
        self.assertGreater(relay.stop()["connections"], 5)


if __name__ == "__main__":
    support.main()
