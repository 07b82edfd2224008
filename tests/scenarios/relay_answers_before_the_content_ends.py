#!/usr/bin/env python3
"""A relay refuses a mail while its content is still on the way, or stops reading it, or reads it slowly: nothing hangs, the
mail has that answer, and the others go."""

import mail_servers
import support
from relay_scenario import RelayScenario

LARGE = 8_000_000  # more than the kernel holds between us: the writer is blocked when the answer comes
WINDOW = ("--receive-buffer", 16384)


class RelayAnswersBeforeTheContentEnds(RelayScenario):
    def addresses(self, word, bad=(1, 4), mails=6):
        return [f"r{i}+{word}@shopper.example" if i in bad else f"r{i}@shopper.example" for i in range(mails)]

    def test_refused(self):
        for code, verdict in ((552, "rejected"), (452, "deferred")):
            for then in ("", ".stop-reading"):
                for size in (2000, LARGE):
                    with self.subTest(code=code, then=then, size=size):
                        relay = self.fault_sink(*WINDOW)
                        patience = ("--command-timeout", 500) if then else ()
                        outcomes = self.drive_and_check(relay, self.addresses(f"early-{code}{then}"), "--connections", 1, "--size",
                                                        size, *patience)
                        self.assertEqual({m["n"]: (m["verdict"], m["code"]) for m in outcomes.of(verdict) if m["code"]},
                                         {2: (verdict, code), 5: (verdict, code)}, outcomes.reports)
                        # A mail whose envelope was behind a relay that fell silent goes back: one attempt is all it has here.
                        rest = {m["verdict"] for m in outcomes.mails if m["n"] not in (2, 5)}
                        self.assertLessEqual(rest, {"accepted", "deferred"} if then else {"accepted"}, outcomes.reports)
                        relay.kill()

    def test_stops_reading(self):
        """The writer is let go when its time is over; the mail, whose dot was never written, goes again."""
        relay = self.fault_sink(*WINDOW, "--first", 1)
        outcomes = self.drive_and_check(relay, self.addresses("stop-reading"), "--connections", 2, "--size", LARGE, "--data-timeout",
                                        1000, "--tries", 5)
        self.assertEqual(outcomes.counts(), {"accepted": 6}, outcomes.reports)
        self.assertGreaterEqual(len([r for r in outcomes.reports if "takes no more bytes" in r]), 2, outcomes.reports)

    def test_stops_reading_what_was_written_whole(self):
        """A small mail and its dot lie in the relay's buffer, unread or not, nobody knows."""
        relay = self.fault_sink("--first", 1)
        outcomes = self.drive_and_check(relay, self.addresses("stop-reading"), "--connections", 2, "--dot-timeout", 1500, "--tries", 3)
        self.assertEqual({m["n"]: m["verdict"] for m in outcomes.mails if m["verdict"] != "accepted"}, {2: "in_doubt", 5: "in_doubt"})

    def test_smtp_sink_refuses(self):
        """`-A`: 550 a second behind 354, in the middle of the content, or at once, before any of it; then it does not read any
        more. In one piece with 354 it is a reply too many, which says nothing about anything: then the mail goes back."""
        for seconds, possible in ((1, {"rejected"}), (0, {"rejected", "deferred"})):
            relay = self.started(mail_servers.SmtpSink(self.folder, support.free_port(), "-A", seconds))
            outcomes = self.drive_and_check(relay, 2, "--connections", 1, "--size", LARGE, "--command-timeout", 2000,
                                            "--data-timeout", 2000, tokens=False)
            self.assertLessEqual({m["verdict"] for m in outcomes.mails}, possible, outcomes.reports)
            relay.kill()

    def test_smtp_sink_waits_and_reads_through_a_keyhole(self):
        relay = self.started(mail_servers.SmtpSink(self.folder, support.free_port(), "-H", 1, "-T", 1024))
        outcomes = self.drive_and_check(relay, 4, "--connections", 4, "--size", 50_000, tokens=False)
        self.assertEqual(outcomes.counts(), {"accepted": 4}, outcomes.reports)

    def test_reads_slowly(self):
        """Of 4000 mails of 300 kB no more are taken up than the connections hold."""
        relay = self.fault_sink("--receive-buffer", 4096, "--read-bytes", 4096, "--read-pause", 2)
        outcomes = self.drive(relay, 4000, "--connections", 2, "--size", 300_000, "--drain-after", 800, "--dot-timeout", 15000)
        self.check(outcomes, relay)
        self.assertLessEqual(set(outcomes.counts()), {"accepted", "deferred", "unsent"}, outcomes.reports)
        self.assertGreater(outcomes.counts()["unsent"], 3900)
        self.assertLess(outcomes.whole["rss_kib"], 100_000, "16 mails a connection, and what they need to be sent")


if __name__ == "__main__":
    support.main()
