#!/usr/bin/env python3
"""Thousands of mails are due at once and go through one relay, pipelined across mails: each of the servers that people run
takes every one of them once, unchanged, and finds nothing to complain about."""

import time

import mail_servers
import support
from relay_scenario import RelayScenario

MAILS = 10_000


class TenThousandMailsLeaveAtOnce(RelayScenario):
    def all_are_accepted(self, relay, mails, *flags, **more):
        outcomes = self.drive_and_check(relay, mails, *flags, **more)
        self.assertEqual(outcomes.counts(), {"accepted": mails}, relay.story())
        self.assertEqual(outcomes.reports, [])
        # One a mail, and a few where a connection begins or a window runs dry.
        self.assertLess(outcomes.stats["round_trips"], 1.1 * mails + 20, "it was not pipelined")
        return outcomes

    def test_own_sink(self):
        self.all_are_accepted(self.fault_sink(), MAILS)

    def test_smtp_sink(self):
        relay = self.started(mail_servers.SmtpSink(self.folder, support.free_port()))
        self.all_are_accepted(relay, MAILS // 2, tokens=False)

    def test_postfix(self):
        self.all_are_accepted(self.started(mail_servers.Postfix(mail_servers.own_folder(self))), MAILS // 3, content=False)

    def test_exim(self):
        self.all_are_accepted(self.started(mail_servers.Exim(mail_servers.own_folder(self))), MAILS // 4, content=False)

    def test_aiosmtpd(self):
        self.all_are_accepted(self.started(mail_servers.AioSmtpd()), MAILS // 2)

    def test_smtp_server(self):
        self.all_are_accepted(self.started(mail_servers.SmtpServer()), MAILS)

    def test_relay_writes_reply_by_reply(self):
        """With Nagle's algorithm on, such a relay waits for an acknowledgement in the middle of every group; a kernel that
        delays it takes 40 ms a mail."""
        begun = time.monotonic()
        self.all_are_accepted(self.fault_sink("--nagle"), 1000, "--connections", 1)
        self.assertLess(time.monotonic() - begun, 15 * support.PATIENCE, "1000 mails that waited 40 ms each take 40 s")

    def test_large_mails(self):
        """Larger than a piece, a socket's buffer, and what the sink reads at once."""
        self.all_are_accepted(self.fault_sink(), 60, "--size", 3_000_000)


if __name__ == "__main__":
    support.main()
