#!/usr/bin/env python3
"""A relay goes away while mails are on their way: with 421, with FIN, with RST, at each command. What it had not been offered
goes back and leaves over another connection; what it may have taken is in doubt, and that alone."""

import mail_servers
import support
from relay_scenario import RelayScenario

MAILS = 60


class RelayGoesAwayInMidFlight(RelayScenario):
    def test_own_sink_before_content(self):
        for how in ("421-4.3.2", "drop", "rst"):
            for stage in ("mail", "rcpt", "data"):
                for lock_step in (False, True):
                    with self.subTest(how=how, stage=stage, lock_step=lock_step):
                        relay = self.fault_sink("--fault", f"{stage}-{how}@every=13")
                        flags = ["--lock-step"] if lock_step else []
                        outcomes = self.drive_and_check(relay, MAILS, "--connections", 2, "--tries", 10, *flags)
                        self.assertEqual(outcomes.counts(), {"accepted": MAILS}, outcomes.reports)
                        self.assertGreater(relay.stop()["connections"], 3)

    def test_own_sink_in_content(self):
        """Before the final dot nothing was accepted. Small mails are in one write with their dot, which may have been seen:
        in doubt, if the connection breaks without a word. Of large ones a part was sent."""
        for how in ("421-4.3.2", "drop", "rst"):
            for size in (2000, 8_000_000):
                with self.subTest(how=how, size=size):
                    # The kernel's buffers hold megabytes between us: a mail that was written is not one that was read.
                    relay = self.fault_sink("--first", 1, "--receive-buffer", 65536)
                    mails = [f"r{i}+content-{how}@shopper.example" if i in (2, 5) else f"r{i}@shopper.example" for i in range(8)]
                    outcomes = self.drive_and_check(relay, mails, "--connections", 1, "--tries", 5, "--size", size)
                    doubtful = {m["n"] for m in outcomes.of("in_doubt")}
                    self.assertLessEqual(doubtful, {3, 6})
                    if how.startswith("421") or size > 2000:
                        self.assertEqual(doubtful, set(), "it was told, or had no dot")
                    self.assertEqual(len(outcomes.of("accepted")), 8 - len(doubtful), outcomes.reports)
                    relay.stop()

    def test_own_sink_at_the_dot(self):
        """Kept or lost, the client cannot know: exactly those are in doubt, once each."""
        for word in ("dot-drop", "dot-drop-lost", "dot-rst", "dot-rst-lost"):
            for lock_step in (False, True):
                with self.subTest(word=word, lock_step=lock_step):
                    relay = self.fault_sink()
                    bad = {0, 5, 6, 31, MAILS - 1}
                    mails = [f"r{i}+{word}@shopper.example" if i in bad else f"r{i}@shopper.example" for i in range(MAILS)]
                    flags = ["--lock-step"] if lock_step else []
                    outcomes = self.drive_and_check(relay, mails, "--connections", 2, "--tries", 10, *flags)
                    self.assertEqual({m["n"] - 1 for m in outcomes.of("in_doubt")}, bad)
                    self.assertEqual(len(outcomes.of("accepted")), MAILS - len(bad))
                    self.assertEqual(relay.stop()["kept"], MAILS - (len(bad) if word.endswith("lost") else 0))

    def test_smtp_sink_says_421(self):
        """Each session ends at that command: the oldest has that answer, the rest goes back, no attempt is lost by it."""
        for stage in ("mail", "rcpt", "data"):
            with self.subTest(stage=stage):
                relay = self.started(mail_servers.SmtpSink(self.folder, support.free_port(), "-Q", stage))
                outcomes = self.drive_and_check(relay, 20, "--drain-after", 1000, "--tries", 1000, tokens=False)
                self.assertEqual(outcomes.counts().get("accepted", 0), 0)
                self.assertLessEqual(set(outcomes.counts()), {"deferred", "unsent"})
                self.assertGreater(outcomes.stats["connects"], 2, "it is tried again")
                relay.kill()

    def test_smtp_sink_hangs_up_with_the_mail(self):
        """`-q .`: the mail is in its file, and no reply comes."""
        relay = self.started(mail_servers.SmtpSink(self.folder, support.free_port(), "-q", "."))
        outcomes = self.drive_and_check(relay, 30, "--tries", 100, tokens=False)
        self.assertEqual(outcomes.counts(), {"in_doubt": 30})
        self.assertEqual(len(relay.kept()), 30)

    def test_smtp_sink_lies_that_it_goes_away(self):
        """`-Q .`: 421 to the dot, and the mail is in its file. 421 is a no, so the mail goes again, and is there twice: the
        same mail, with the same Message-ID, so that whoever reads it can tell."""
        relay = self.started(mail_servers.SmtpSink(self.folder, support.free_port(), "-Q", "."))
        outcomes = self.drive(relay, 10, "--tries", 8)
        everybody = {m["message_id"] for m in outcomes.mails}
        self.check(outcomes, relay, twice=everybody, lied_about=everybody, tokens=False)
        self.assertEqual(outcomes.counts(), {"deferred": 10})
        kept = relay.kept()
        ids = {k.message_id for k in kept}
        self.assertGreater(len(kept), len(ids), "documented: a relay that lies gets it twice")
        self.assertEqual(len({(k.message_id, k.sha256) for k in kept}), len(ids), "each copy is the same mail")

    def test_own_sink_lies_that_it_goes_away(self):
        relay = self.fault_sink("--first", 1)
        mails = [f"r{i}+dot-421-4.3.2-kept@shopper.example" if i == 4 else f"r{i}@shopper.example" for i in range(10)]
        outcomes = self.drive(relay, mails, "--tries", 3, "--connections", 1)
        liar = outcomes.mails[4]["message_id"]
        self.check(outcomes, relay, twice={liar})
        self.assertEqual(outcomes.counts(), {"accepted": 10})
        self.assertEqual(len([k for k in relay.kept() if k.message_id == liar]), 2)

    def test_everything_at_random(self):
        """Some of all of it, by dice with a seed."""
        faults = ("mail-421-4.3.2", "mail-451-4.3.2", "rcpt-450-4.2.0", "rcpt-550-5.1.1", "rcpt-drop", "data-451-4.3.0", "data-rst",
                  "content-451-4.3.0", "dot-451-4.3.0", "dot-554-5.6.0", "dot-421-4.3.2", "dot-drop", "dot-drop-lost", "dot-rst")
        flags = [part for f in faults for part in ("--fault", f"{f}@percent=1")]
        for seed in range(1, 41 if support.LONG else 4):
            for mode in ((), ("--lock-step",)):
                with self.subTest(seed=seed, mode=mode):
                    relay = self.fault_sink("--seed", seed, *flags)
                    outcomes = self.drive_and_check(relay, 1000, "--tries", 100, "--cancel", 3, "--seed", seed, *mode)
                    self.assertEqual(set(outcomes.counts()), {"accepted", "rejected", "in_doubt", "recalled"}, outcomes.counts())
                    relay.kill()

    def test_it_takes_so_many_mails_a_session(self):
        relay = self.fault_sink("--session-mails", 7)
        outcomes = self.drive_and_check(relay, 100, "--tries", 20)
        self.assertEqual(outcomes.counts(), {"accepted": 100}, outcomes.reports)
        self.assertGreaterEqual(relay.stop()["connections"], 15)

    def test_it_takes_so_many_connections(self):
        relay = self.fault_sink("--connections", 2)
        outcomes = self.drive_and_check(relay, 500, "--connections", 6, "--tries", 3)
        self.assertEqual(outcomes.counts(), {"accepted": 500}, outcomes.reports)


if __name__ == "__main__":
    support.main()
