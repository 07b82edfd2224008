#!/usr/bin/env python3
"""A cart is left behind: its owner gets one mail, whatever way the gateway sends and however often.

The gateway is npm's Fluent client with acknowledgements, the relay is Postfix's smtp-sink, and what arrives there is read
by two MIME parsers that share no code with Cartwheel. Beside it: a cart bought in time, a consent withdrawn in time, and
two carts of one person.
"""

import re

import support
from support import GATEWAY_MODES, Shopper, item


class AbandonedCartIsMailedOnce(support.Scenario):
    def start(self):
        self.relay = self.sink()
        return self.serve({**support.FAST, **support.smtp_outlet(self.relay.port),
                           "public.url": "https://mail.shop.example"})

    def test_one_mail_each_from_every_mode_of_the_client(self):
        server = self.start()
        products = [item("Grüner Sattel – 26″", "49.95", 2), item("Tom & Jerry <bell>", "12.50")]
        shoppers = {mode: Shopper(mode.lower()) for mode in GATEWAY_MODES}
        for mode, shopper in shoppers.items():
            gateway = self.gateway(server, mode)
            gateway.send(*shopper.arrives())
            added = shopper.adds(*products, event_id=f"add-{mode}")
            gateway.send(added)
            gateway.send(added)  # an ack got lost: it is sent again
        mails = self.wait_for_mails(server, len(shoppers))

        by_address = {}
        for raw in mails:
            by_address.setdefault(self.check_mail(raw, products), []).append(raw)
        self.assertEqual({a: len(m) for a, m in by_address.items()}, {s.address: 1 for s in shoppers.values()})
        for shopper in shoppers.values():
            text = self.plain_text(by_address[shopper.address][0])
            token = re.search(r"https://mail\.shop\.example(/r/[A-Za-z0-9_-]+)$", text, re.M)[1]
            there = support.http_request(server.public_port, "GET", token)
            self.assertEqual((there.status, there.headers["Location"]), (303, shopper.cart_url))
        # Each shopper's three and their click.
        support.wait_until(lambda: server.metric("cartwheel_events_total", event="reminder_clicked") == len(shoppers),
                           lambda: f"the clicks\n{server.story()}")
        self.assert_events(server, applied=4 * len(shoppers), duplicate=len(shoppers), refused=0)
        server.wait_for_metric(len(shoppers), "cartwheel_reminders_total", outcome="accepted")
        self.nothing_more_comes(server, len(shoppers))
        self.assertEqual(server.stop(), 0, server.story())

    def test_none_when_bought_or_withdrawn_in_time_and_one_for_two_carts(self):
        server = self.start()
        gateway = self.gateway(server)
        buyer, withdrawer, hoarder = Shopper("buyer"), Shopper("withdrawer"), Shopper("hoarder")
        second = Shopper("hoarder", cart_id="cart-second")
        gateway.send(*buyer.arrives(), *withdrawer.arrives(), *hoarder.arrives())
        # All at one moment, so that they fall due together, and a little ahead: what comes next comes before that.
        now = support.now_ms() + support.ROOM * 500
        gateway.send(*(s.adds(time=now) for s in (buyer, withdrawer, hoarder, second)))
        gateway.send(buyer.buys(now + 1), withdrawer.withdraws(now + 1))

        self.assert_events(server, refused=0)
        decided = {s.cart_id: server.wait_for_decision(s.cart_id) for s in (withdrawer, hoarder, second)}
        self.assertEqual([(d["outcome"], d["reason"]) for d in decided[withdrawer.cart_id]],
                         [("refused", "consent_withdrawn")])
        self.assertEqual([(d["outcome"], d["reason"]) for d in decided[hoarder.cart_id]], [("sent", "opt_in")])
        self.assertEqual([(d["outcome"], d["reason"]) for d in decided[second.cart_id]], [("refused", "cap_24h")])
        self.assertEqual(server.decisions_about(buyer.cart_id), [])
        mails = self.wait_for_mails(server, 1)
        self.assertEqual(support.parse_mail(mails[0])["To"].addresses[0].addr_spec, hoarder.address)
        self.nothing_more_comes(server, 1)
        self.assertEqual(server.stop(), 0, server.story())

    def wait_for_mails(self, server, count):
        return support.wait_until(lambda: len(m := self.relay.mails()) >= count and m,
                                  lambda: f"{count} mails, there are {len(self.relay.mails())}\n{server.story()}")

    def nothing_more_comes(self, server, mails_before):
        """A cart left behind after all the others gets its mail, over the one connection: all others would have come."""
        last = Shopper("last")
        self.gateway(server).send(*last.arrives(), last.adds())
        mails = self.wait_for_mails(server, mails_before + 1)
        self.assertEqual(len(mails), mails_before + 1)

    def plain_text(self, raw):
        return support.parse_mail(raw).get_body(("plain",)).get_content()

    def check_mail(self, raw, products):
        """Both parsers find in it what a reminder must have; gives its recipient."""
        mail = support.parse_mail(raw)
        self.assertEqual(mail.defects, [])
        self.assertEqual(len(mail["To"].addresses), 1)
        self.assertEqual(mail["From"].addresses[0].addr_spec, "cart@shop.example")
        self.assertEqual(mail["From"].addresses[0].display_name, "Bike Shed")
        self.assertIn("Bike Shed", mail["Subject"])
        self.assertRegex(mail["List-Unsubscribe"], r"^<https://mail\.shop\.example/u/[A-Za-z0-9_.~-]+>$")
        self.assertEqual(mail["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertRegex(mail["Message-ID"], r"^<[^<>@\s]+@shop\.example>$")
        link = mail["List-Unsubscribe"].strip("<>")
        html = mail.get_body(("html",)).get_content()
        self.assertIn("Tom &amp; Jerry &lt;bell&gt;", html)
        text = mail.get_body(("plain",)).get_content()
        for product in products:
            self.assertIn(product["item_name"], text)
        self.assertIn(link, text)

        other = support.parse_with_mailparser(raw)
        self.assertEqual(other["subject"], mail["Subject"])
        self.assertEqual(other["to"][0]["address"], mail["To"].addresses[0].addr_spec)
        self.assertEqual(other["headers"]["list-unsubscribe"], f"<{link}>")
        self.assertEqual(other["text"].split(), text.split())
        self.assertEqual(other["html"].split(), html.split())
        self.assertEqual(other["attachments"], 0)
        return mail["To"].addresses[0].addr_spec


if __name__ == "__main__":
    support.main()
