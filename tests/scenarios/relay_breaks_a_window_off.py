#!/usr/bin/env python3
"""A window of whole mails is under way by BDAT, and the connection breaks when only some of them have their replies: those
have their own verdicts, exactly the others are in doubt, and none is sent twice."""

import support
from relay_scenario import RelayScenario

# The sink reads the whole window before it says a word about the first mail in it.
WHOLE_WINDOW_IS_THERE = f"rcpt-wait-{round(300 * support.PATIENCE)}"


class RelayBreaksAWindowOff(RelayScenario):
    def broken_off(self, window, at, word):
        """Three windows, a connection each; the first has replies for `at` mails, the next one's end is `word`."""
        words = {0: [WHOLE_WINDOW_IS_THERE]}
        # Verdicts of all kinds ahead of the break.
        for i, refusal in ((1, "rcpt-550-5.1.1"), (2, "dot-451-4.3.0"), (3, "dot-554-5.6.0")):
            if i < at:
                words.setdefault(i, []).append(refusal)
        words.setdefault(at, []).append(word)
        mails = [f"r{i}{'+' if i in words else ''}{'.'.join(words.get(i, []))}@shopper.example" for i in range(3 * window)]
        relay = self.fault_sink()
        outcomes = self.drive_and_check(relay, mails, "--connections", 1, "--chunking", "window", "--window", window,
                                        "--session-mails", window)
        for i, mail in enumerate(outcomes.mails):
            expected = "in_doubt" if at <= i < window else "accepted"
            if i < at:
                expected = {1: "rejected", 2: "deferred", 3: "rejected"}.get(i, "accepted")
            self.assertEqual(mail["verdict"], expected, f"{mail}\n{outcomes.reports}\n{relay.story()}")
        self.assertEqual(outcomes.stats["connects"], 3, outcomes.reports)
        self.assertEqual(outcomes.stats["chunking_changes"], 0, "once may be an accident")
        in_doubt = [k.recipient for k in relay.kept() if outcomes.to(k.recipient)["verdict"] == "in_doubt"]
        # It reads no command behind the one at which it ends.
        self.assertEqual(in_doubt, [] if word.endswith("-lost") or not word.startswith("dot") else [mails[at]])
        self.assertEqual({r["how"] for r in relay.records() if r["kept"]}, {"bdat"})

    def test_fin(self):
        for window, at in ((1, 0), (8, 0), (8, 1), (8, 5), (8, 7), (16, 0), (16, 9), (16, 15)):
            for word in ("dot-drop", "dot-drop-lost"):
                with self.subTest(window=window, at=at, word=word):
                    self.broken_off(window, at, word)

    def test_reset(self):
        for window, at in ((1, 0), (8, 0), (8, 1), (8, 5), (8, 7), (16, 0), (16, 9), (16, 15)):
            with self.subTest(window=window, at=at):
                self.broken_off(window, at, "dot-rst")

    def test_in_the_envelope(self):
        """In mid-transaction: all of its octets had been written, so who asks for safety gets doubt."""
        for word in ("rcpt-drop", "rcpt-rst", "bdat-drop", "bdat-rst"):
            with self.subTest(word):
                self.broken_off(8, 5, word)

    def test_again_and_again(self):
        """Windows that go on and on, and a break at every 29th mail: what is in doubt is a window a break at most."""
        for word in ("dot-drop", "dot-rst", "dot-rst-lost"):
            with self.subTest(word):
                relay = self.fault_sink("--fault", f"{word}@every=29")
                outcomes = self.drive_and_check(relay, 400, "--chunking", "window", "--window", 8, "--connections", 2,
                                                "--tries", 9)
                self.assertEqual(set(outcomes.counts()), {"accepted", "in_doubt"}, outcomes.reports)
                breaks = len(outcomes.reports)
                self.assertGreater(breaks, 5)
                self.assertLessEqual(breaks, outcomes.counts()["in_doubt"])
                self.assertLessEqual(outcomes.counts()["in_doubt"], 8 * breaks)


if __name__ == "__main__":
    support.main()
