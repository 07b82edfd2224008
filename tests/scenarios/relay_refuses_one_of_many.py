#!/usr/bin/env python3
"""A relay refuses a mail in the middle of many, at any command: that mail alone has the refusal for its end, and those
before and behind it, which shared its flight, are accepted."""

import mail_servers
import support
from relay_scenario import RelayScenario

MAILS = 40
MODES = {"pipelined": (), "lock-step": ("--lock-step",)}


def addresses(bad, word):
    return [f"r{i}{'+' + word if i in bad else ''}@shopper.example" for i in range(MAILS)]


class RelayRefusesOneOfMany(RelayScenario):
    def refused(self, bad, word, *flags, verdict="rejected", **expected):
        """Sends MAILS mails of which those in `bad` have a word for the sink; they, and no others, end as expected."""
        relay = self.fault_sink()
        outcomes = self.drive_and_check(relay, addresses(bad, word), "--connections", 1, *flags)
        for i, mail in enumerate(outcomes.mails):
            if i not in bad:
                self.assertEqual(mail["verdict"], "accepted", mail)
                continue
            self.assertEqual({"verdict": verdict, **expected}, {k: mail[k] for k in ("verdict", *expected)}, mail)
        counted = relay.stop()
        self.assertEqual(counted["kept"], MAILS - len(bad))
        return outcomes, counted

    def test_recipient(self):
        for mode, flags in MODES.items():
            for bad in ({0}, {17}, {MAILS - 1}, {3, 4, 5}, {0, MAILS - 1}, set(range(MAILS))):
                with self.subTest(mode=mode, bad=bad):
                    outcomes, counted = self.refused(bad, "rcpt-550-5.1.1", *flags, stage="rcpt", code=550, enhanced="5.1.1")
                    self.assertEqual(counted["connections"], 1, "a refusal is no reason to hang up")

    def test_recipient_for_now(self):
        for flags in MODES.values():
            self.refused({9, 10}, "rcpt-450-4.2.1", *flags, verdict="deferred", stage="rcpt", code=450, enhanced="4.2.1")

    def test_data(self):
        for flags in MODES.values():
            self.refused({7, 30}, "data-554-5.7.0", *flags, stage="data", code=554, enhanced="5.7.0")

    def test_content(self):
        for flags in MODES.values():
            self.refused({0, 11, 12, MAILS - 1}, "dot-554-5.6.0", *flags, stage="content", code=554, enhanced="5.6.0")
            self.refused({5, 6}, "dot-451-4.3.0", *flags, verdict="deferred", stage="content", code=451, enhanced="4.3.0")

    def test_data_is_opened_for_nobody(self):
        """354 although the recipient was refused: a lone dot, whose reply is nobody's (RFC 2920, 3.1)."""
        for mode, flags in MODES.items():
            for bad in ({0}, {13}, {13, 14}, {MAILS - 1}):
                with self.subTest(mode=mode, bad=bad):
                    _, counted = self.refused(bad, "rcpt-550-5.1.1.data-354", *flags, stage="rcpt", code=550)
                    self.assertEqual(counted["connections"], 1)

    def test_what_was_refused_for_now_goes_later(self):
        relay = self.fault_sink("--first", 2)
        words = ("rcpt-450", "data-451", "dot-452", "early-451", "dot-421")
        mails = [f"r{i}+{words[i % 5]}@shopper.example" if i % 4 == 0 else f"r{i}@shopper.example" for i in range(100)]
        outcomes = self.drive_and_check(relay, mails, "--tries", 10)
        self.assertEqual(outcomes.counts(), {"accepted": 100}, outcomes.reports)
        self.assertEqual({m["tries"] for m in outcomes.mails if "+" not in m["recipient"]} - {1, 2, 3, 4, 5, 6}, set())
        self.assertEqual({m["tries"] >= 3 for m in outcomes.mails if "+" in m["recipient"]}, {True})

    def test_sender_for_now(self):
        """4yz to MAIL is about the relay: what it has not taken goes back, nobody's attempt is lost, and later all go."""
        relay = self.fault_sink("--fault", "mail-451-4.3.2@every=7")
        outcomes = self.drive_and_check(relay, 60, "--tries", 20)
        self.assertEqual(outcomes.counts(), {"accepted": 60}, outcomes.reports)

    def test_sender_for_good(self):
        """A sender that is not welcome: its mails wait, and the others' go."""
        bad = "cart@other.example"
        relay = self.fault_sink("--fault", "mail-550-5.7.1@nth=5", "--fault", "mail-550-5.7.1@nth=6")
        mails = [{"recipient": f"r{i}@shopper.example", "sender": bad if i in (4, 5) else "cart@shop.example"} for i in range(30)]
        outcomes = self.drive_and_check(relay, mails, "--connections", 1)
        self.assertEqual([i for i, m in enumerate(outcomes.mails) if m["verdict"] != "accepted"], [4, 5])
        self.assertEqual({(m["verdict"], m["stage"], m["code"]) for m in outcomes.of("deferred")}, {("deferred", "mail", 550)})

    def test_size(self):
        """A mail larger than the relay announced is not offered; one that it refuses for its size has its end."""
        content = "Message-ID: <{0}.1@shop.example>\r\n\r\n" + ("x" * 70 + "\r\n") * 200
        relay = self.fault_sink("--size", 10_000)
        mails = [{"recipient": "small1@shopper.example"}, {"recipient": "large@shopper.example", "content": content.format(2)},
                 {"recipient": "small3@shopper.example"}]
        outcomes = self.drive_and_check(relay, mails)
        self.assertEqual([m["verdict"] for m in outcomes.mails], ["accepted", "rejected", "accepted"])
        self.assertEqual(outcomes.mails[1]["enhanced"], "5.3.4")

    def test_exim_and_its_acls(self):
        """It hangs up, with 554 to RSET, after ten refusals a session that no mail came between."""
        outcomes = self.real_server(self.started(mail_servers.Exim(mail_servers.own_folder(self))))
        self.assertGreater(outcomes.stats["connects"], 4, "it was to hang up")

    def test_postfix_and_its_maps(self):
        """It slows down after ten refusals a session and hangs up after twenty: no neighbour is lost with it."""
        settings = {"smtpd_soft_error_limit": "5", "smtpd_hard_error_limit": "12", "smtpd_error_sleep_time": "0"}
        outcomes = self.real_server(self.started(mail_servers.Postfix(mail_servers.own_folder(self), settings)))
        self.assertGreater(outcomes.stats["connects"], 4, "it was to hang up")

    def real_server(self, relay):
        names = {0: "perm", 3: "temp", 50: "perm", 51: "perm", 52: "temp", 119: "perm"}
        names.update({i: "perm" for i in range(60, 110)})
        mails = [f"{names.get(i, f'r{i}')}@shopper.example" for i in range(120)]
        outcomes = self.drive_and_check(relay, mails, "--connections", 2, "--tries", 3, content=False)
        expected = {"perm": "rejected", "temp": "deferred"}
        for i, mail in enumerate(outcomes.mails):
            self.assertEqual(mail["verdict"], expected.get(names.get(i), "accepted"), f"{mail}\n{outcomes.reports}")
        self.assertEqual({(m["stage"], m["enhanced"]) for m in outcomes.of("rejected")}, {("rcpt", "5.1.1")})
        self.assertEqual(outcomes.stats["lock_step_changes"], 0, "to hang up is not to be unable to pipeline")
        return outcomes

    def test_servers_of_others(self):
        for server in (mail_servers.AioSmtpd, mail_servers.SmtpServer):
            relay = self.started(server())
            mails = [f"{'perm' if i % 9 == 4 else f'r{i}'}@shopper.example" for i in range(60)]
            outcomes = self.drive_and_check(relay, mails)
            for i, mail in enumerate(outcomes.mails):
                self.assertEqual(mail["verdict"], "rejected" if i % 9 == 4 else "accepted", mail)


if __name__ == "__main__":
    support.main()
