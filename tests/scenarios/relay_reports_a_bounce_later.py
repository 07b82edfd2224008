#!/usr/bin/env python3
"""A relay takes a mail, finds out later that its owner is gone, and says so in a report of its own to the envelope sender:
handed in as it comes, it suppresses the address, also where only its Original-Envelope-Id is left to tell which mail it was."""

import re

import mail_servers
import support
from fault_sink import FaultSink
from support import FAST, Shopper, smtp_outlet, wait_until

DOMAIN = "shop.example"


class RelayReportsABounceLater(support.Scenario):
    def test_postfix(self):
        beyond = self.started(FaultSink(self.folder, dump=True))
        relay = self.started(mail_servers.Postfix(mail_servers.own_folder(self), onward=beyond.port))
        server = self.serve({**FAST, **smtp_outlet(relay.port), "node.start_hold": "0s",
                             "shop.default.bounce_address": f"bounce@{DOMAIN}"})
        gone = Shopper("gone+rcpt-550-5.1.1", "cart-gone")
        stays = Shopper("stays")
        for shopper in (gone, stays):
            server.post_events(*shopper.arrives(), shopper.adds())
        server.wait_for_metric(2, "cartwheel_reminders_total", outcome="accepted")
        self.assertEqual(server.metric("cartwheel_suppressed_total", reason="hard_bounce"), 0)

        def reports():
            return [m for m in beyond.mails() if re.search(rb"^Content-Type: multipart/report", m, re.M | re.I)]
        report, = wait_until(reports, lambda: f"the relay's report\n{relay.log_text()}", 60)
        self.assertRegex(report, rb"(?m)^Original-Envelope-Id: [a-z2-7]{48}$", "ENVID comes back")
        to, = {r["recipient"] for r in beyond.records() if r["recipient"].startswith("bounce+")}
        self.assertRegex(to, rf"^bounce\+[a-z2-7]{{48}}@{DOMAIN}$")
        # A mailbox that rewrites its own name leaves the envelope id alone.
        anonymous = report.replace(to.encode(), f"postmaster@{DOMAIN}".encode())
        forged = re.sub(rb"(?m)^(Original-Envelope-Id: ).", rb"\g<1>7", anonymous)
        # What is returned of the mail has a token of ours, too.
        forged = re.sub(rb"(?mi)^List-Unsubscribe:.*(\n[ \t].*)*\n", b"", forged)

        def posted(message):
            answer = server.post("/v1/bounces", message, "message/rfc822")
            self.assertEqual(answer.status, 200, answer)
            return answer.json["kind"]
        if forged != anonymous:
            self.assertEqual(posted(forged), "unproven")
        self.assertEqual(posted(anonymous), "hard_bounce")
        server.wait_for_metric(1, "cartwheel_suppressed_total", reason="hard_bounce")
        self.assertEqual(posted(report), "hard_bounce")

        again = Shopper("gone+rcpt-550-5.1.1", "cart-again")
        server.post_events(again.adds())
        self.assertEqual([(d["outcome"], d["reason"]) for d in server.wait_for_decision(again.cart_id)],
                         [("refused", "suppressed_bounce")])
        self.assertEqual(server.stop(), 0, server.story())
        self.assertEqual(relay.violations(), [])


if __name__ == "__main__":
    support.main()
