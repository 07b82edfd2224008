#!/usr/bin/env python3
"""A relay that does not announce PIPELINING, or knows HELO alone, is spoken to one command at a time."""

import mail_servers
import support
from relay_scenario import RelayScenario


class RelayKnowsNoPipelining(RelayScenario):
    def all_are_accepted(self, relay, mails, *flags, **more):
        outcomes = self.drive_and_check(relay, mails, *flags, **more)
        self.assertEqual(outcomes.counts(), {"accepted": mails}, relay.story())
        self.assertEqual(outcomes.reports, [])
        self.assertGreaterEqual(outcomes.stats["round_trips"], 4 * mails)

    def test_own_sink(self):
        self.all_are_accepted(self.fault_sink("--hide", "PIPELINING"), 2000)

    def test_own_sink_with_helo_alone(self):
        self.all_are_accepted(self.fault_sink("--helo-only"), 500)

    def test_it_announces_and_is_told_not_to(self):
        self.all_are_accepted(self.fault_sink(), 500, "--lock-step")

    def test_smtp_sink(self):
        for flag in ("-p", "-e"):
            relay = self.started(mail_servers.SmtpSink(self.folder, support.free_port(), flag))
            self.all_are_accepted(relay, 1000, tokens=False)
            relay.kill()
            for path in relay.mails_folder.iterdir():
                path.unlink()

    def test_opensmtpd(self):
        """It hangs up when a byte follows a command."""
        relay = self.started(mail_servers.OpenSmtpd(mail_servers.own_folder(self), self.fault_sink()))
        self.all_are_accepted(relay, 100, tokens=False, content=False)


if __name__ == "__main__":
    support.main()
