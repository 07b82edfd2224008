#!/usr/bin/env python3
"""A relay says no to a BDAT. One that does not take the octets of what it refuses reads them as commands: that is noticed at
once, nothing of it counts as accepted, and the relay gets DATA from then on. One that does take them, Debian's Postfix,
goes on: RSET stands in front of the next transaction, and DATA never comes, at which its smtpd would die."""

import mail_servers
import support
from relay_scenario import OfOneRun, RelayScenario

MODES = {"single": ("--chunking", "single"), "window": ("--chunking", "window", "--window", 8)}
MAILS = 40


class ReadsContentAsCommands:
    """A sink whose complaints on the connections where it did so are its own fault."""

    def __init__(self, sink):
        self.sink, self.kept, self.story = sink, sink.kept, sink.story
        self.struck = {r["connection"] for r in sink.records() if "not swallowed" in r["reply"]}

    def violations(self):
        return [f"connection {r['connection']}: {r['what']}" for r in self.sink.records("violation")
                if r["connection"] not in self.struck]


class RelayRefusesAChunk(RelayScenario):
    def goes_on_with_data(self, mode, sink, mails, first_struck):
        outcomes = self.drive(sink, mails, *MODES[mode], "--connections", 1, "--tries", 3, seconds=30)
        relay = ReadsContentAsCommands(sink)
        self.check(outcomes, relay)
        self.assertEqual(len(relay.struck), 1, "one connection shows it")
        self.assertNotEqual(sink.records("violation"), [], "it was to read content as commands")
        self.assertEqual(outcomes.stats["chunking_changes"], 1, outcomes.reports)
        self.assertEqual(outcomes.stats["lock_step_changes"], 0, outcomes.reports)
        self.assertEqual(len(outcomes.reports), 1, outcomes.reports)
        self.assertIn("it does not take chunks as announced", outcomes.reports[0])
        # What was behind it in the same window may have been read for what it is; in no window, the one that was written
        # between the refusal and the first answer to a line of content, should these come apart.
        reach = range(first_struck, first_struck + (2 if mode == "single" else 8))
        for i, mail in enumerate(outcomes.mails):
            if i == first_struck:
                self.assertIn(mail["verdict"], ("in_doubt", "rejected"), mail)
            elif i in reach:
                self.assertIn(mail["verdict"], ("in_doubt", "accepted"), mail)
            elif mail["verdict"] != "accepted":
                # Answered in full, and with the same bytes as what gave the relay away.
                self.assertEqual((mode, mail["verdict"]), ("window", "in_doubt"), mail)
                self.assertIn(i, range(max(0, first_struck - 8), first_struck), mail)
        self.assertLessEqual(len(outcomes.of("in_doubt")), 1 if mode == "single" else 8)
        bad, = relay.struck
        self.assertEqual({r["how"] for r in sink.records() if r["kept"] and r["connection"] != bad}, {"data"})
        self.assertEqual([r for r in sink.records() if r["recipient"] == mails[first_struck] and r["kept"]
                          and r["connection"] == bad], [])

    def test_octets_are_not_swallowed(self):
        for mode in MODES:
            for struck in (0, 1, 13, 27):
                with self.subTest(mode=mode, struck=struck):
                    mails = [f"r{i}{'+no-swallow' if i == struck else ''}@shopper.example" for i in range(MAILS)]
                    self.goes_on_with_data(mode, self.fault_sink(), mails, struck)

    def test_no_chunk_is_ever_taken(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                mails = [f"r{i}@shopper.example" for i in range(MAILS)]
                self.goes_on_with_data(mode, self.fault_sink("--fault", "no-swallow"), mails, 0)

    def test_octets_for_a_refused_recipient_are_not_swallowed(self):
        """Which is when it happens in earnest."""
        for mode in MODES:
            with self.subTest(mode=mode):
                mails = [f"r{i}{'+rcpt-550-5.1.1' if i == 0 else ''}@shopper.example" for i in range(MAILS)]
                self.goes_on_with_data(mode, self.fault_sink("--fault", "no-swallow@nth=1"), mails, 0)

    def test_octets_are_swallowed(self):
        """The own sink, which holds a client to RSET."""
        for mode, flags in MODES.items():
            with self.subTest(mode=mode):
                words = {0: "bdat-554-5.6.0", 7: "bdat-451-4.3.0", 8: "dot-552-5.3.4", 9: "rcpt-550-5.1.1",
                         MAILS - 1: "bdat-554-5.6.0"}
                mails = [f"r{i}{'+' + words[i] if i in words else ''}@shopper.example" for i in range(MAILS)]
                relay = self.fault_sink()
                outcomes = self.drive_and_check(relay, mails, *flags, "--connections", 1)
                for i, mail in enumerate(outcomes.mails):
                    expected = {7: "deferred"}.get(i, "rejected") if i in words else "accepted"
                    self.assertEqual(mail["verdict"], expected, mail)
                self.assertEqual((outcomes.reports, outcomes.stats["connects"]), ([], 1))

    def test_postfix(self):
        """For a mail's size, for what is in it, for its recipient: all in one session, next to each other and alone."""
        why = {3: "large", 11: "perm", 12: "large", 13: "bad", 14: "bad", 22: "temp", 23: "bad", MAILS - 1: "large"}
        refused = {"large": ("rejected", "content", 552, "5.3.4"), "bad": ("rejected", "content", 550, "5.7.9"),
                   "perm": ("rejected", "rcpt", 550, "5.1.1"), "temp": ("deferred", "rcpt", 451, "4.7.1")}
        folder = mail_servers.own_folder(self)
        (folder / "checks").write_text("/^Subject: bad/ REJECT 5.7.9 not this\n")
        # Without SIZE we are not told how large a mail may be, and so the relay must say no to the chunk.
        postfix = self.started(mail_servers.Postfix(folder, {
            "message_size_limit": "20000", "smtpd_discard_ehlo_keywords": "size", "smtpd_error_sleep_time": "0",
            "smtpd_hard_error_limit": "100", "header_checks": f"regexp:{folder}/checks"}))
        for mode, flags in MODES.items():
            with self.subTest(mode=mode):
                mails = [self.mail_for_postfix(i, mode, why.get(i, "good")) for i in range(MAILS)]
                outcomes = self.drive(postfix, mails, *flags, "--connections", 1, "--run", mode, name=f"drive-{mode}")
                # Its replies about contents do not say whose; their codes differ.
                self.check(outcomes, OfOneRun(postfix, mode), tokens=False, content=False)
                for i, mail in enumerate(outcomes.mails):
                    expected = refused[why[i]] if i in why else ("accepted", "content", 250, "2.0.0")
                    self.assertEqual((mail["verdict"], mail["stage"], mail["code"], mail["enhanced"]), expected, mail)
                self.assertEqual((outcomes.reports, outcomes.stats["connects"]), ([], 1))
        support.wait_until(lambda: len(self.sessions(postfix)) == len(MODES), postfix.log_text)
        # One less than there were refusals: behind the last mail comes QUIT. In a window nobody knows yet: in front of each.
        resets = {"single": len(why) - 1, "window": MAILS - 1}
        verbs = ("mail", "bdat", "data", "rset", "quit")
        self.assertEqual([tuple(s.get(v, 0) for v in verbs) for s in self.sessions(postfix)],
                         [(MAILS, MAILS, 0, resets[mode], 1) for mode in MODES])
        self.assertEqual(postfix.violations(), [], "its smtpd lives")

    def sessions(self, postfix):
        return [s for s in postfix.sessions() if "bdat" in s]

    def mail_for_postfix(self, i, mode, kind):
        lines = 3000 if kind == "large" else 30
        content = f"Message-ID: <{i + 1}.{mode}@shop.example>\r\nSubject: {kind}\r\n\r\n" + "line after line\r\n" * lines
        name = kind if kind in ("perm", "temp") else f"r{i}"
        return {"recipient": f"{name}@shopper.example", "content": content}


if __name__ == "__main__":
    support.main()
