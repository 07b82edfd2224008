#!/usr/bin/env python3
"""A relay's replies come byte by byte, all at once, late, without text, with bare line ends, or with far too much text: each
is read as what it is, and counted for the mail it answers."""

import support
from relay_scenario import RelayScenario

BAD = {3: ("rcpt-550-5.1.1", "rejected"), 10: ("dot-554", "rejected"), 11: ("data-451", "deferred"), 29: ("dot-452", "deferred")}


class RepliesComeInPieces(RelayScenario):
    def mixed(self, *flags, mails=60, drive=(), **more):
        """Some mails are refused, so that a reply read for its neighbour would show."""
        relay = self.fault_sink(*flags)
        names = [f"r{i}+{BAD[i][0]}@shopper.example" if i in BAD else f"r{i}@shopper.example" for i in range(mails)]
        outcomes = self.drive_and_check(relay, names, "--connections", 1, "--tries", 1, *drive, **more)
        late = {m["n"] for m in outcomes.of("deferred") if m["stage"] in ("connect", "mail")}  # 451 to DATA ends a connection
        for i, mail in enumerate(outcomes.mails):
            if mail["n"] not in late:
                self.assertEqual(mail["verdict"], BAD[i][1] if i in BAD else "accepted", f"{mail}\n{outcomes.reports}")
        self.assertLess(len(late), 3, outcomes.reports)
        relay.kill()
        return outcomes

    def test_byte_by_byte(self):
        self.mixed("--cut", 1)
        self.mixed("--cut", 1, "--cut-pause", 50, mails=30)

    def test_cut_at_every_offset(self):
        for cut in range(2, 48):
            self.mixed("--cut", cut, mails=34)

    def test_together_when_input_stops(self):
        """Nothing is answered while input comes: a client that went on sending would wait for ever."""
        self.mixed("--withhold", 5)
        outcomes = self.drive_and_check(self.fault_sink("--withhold", 20), 100, "--connections", 4)
        self.assertEqual(outcomes.counts(), {"accepted": 100}, outcomes.reports)

    def test_late(self):
        self.mixed("--latency", 10)
        relay = self.fault_sink("--fault", "dot-wait-30@every=5", "--fault", "rcpt-wait-20@every=7", "--fault", "data-wait-20@every=11")
        outcomes = self.drive_and_check(relay, 100, "--connections", 2)
        self.assertEqual(outcomes.counts(), {"accepted": 100}, outcomes.reports)

    def test_without_text(self):
        self.mixed("--bare-codes", tokens=False)

    def test_with_bare_line_ends(self):
        self.mixed("--line-feed-only")
        self.mixed("--line-feed-only", "--cut", 1)

    def test_of_many_lines(self):
        for place in ("ehlo", "mail", "rcpt", "dot"):
            self.mixed("--fault", f"{place}-text-60000@every=3")
        self.mixed("--fault", "rcpt-text-60000@every=3", "--cut", 1000)

    def test_of_too_many_lines(self):
        """More than 64 KiB is no reply: the connection ends there. Behind a dot, or in a flight with one, that leaves its mail
        in doubt."""
        outcomes = self.drive_and_check(self.fault_sink("--fault", "rcpt-text-70000@nth=1"), 40, "--tries", 3,
                                        "--connections", 1)
        self.assertEqual(outcomes.counts(), {"accepted": 40}, outcomes.reports)
        self.assertEqual(len([r for r in outcomes.reports if "too long" in r]), 1, outcomes.reports)
        for place in ("rcpt", "dot"):
            outcomes = self.drive_and_check(self.fault_sink("--fault", f"{place}-text-70000@nth=5"), 40, "--tries", 3,
                                            "--connections", 1)
            self.assertEqual(outcomes.counts(), {"accepted": 39, "in_doubt": 1}, outcomes.reports)


if __name__ == "__main__":
    support.main()
