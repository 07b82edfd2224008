#!/usr/bin/env python3
"""What mails say is so: figures and dates as the shopper writes them, stock only while the shop says so, nothing that is sold
out, of the shop's service and reviews what the shop gives, a template for whom it was meant; and where a template needs what
nobody knows, no mail at all."""

import re
import signal

import support
from support import FAST, Shopper, item

SHOP = {
    "shop.default.base_url": "https://shop.example",
    "shop.default.service_phone": "+31 (0)20 123 45 67",
    "shop.default.service_hours": "Mo-Fr 9-17",
    "shop.default.reviews_text": "4.7 / 5 (2,310)",
    "shop.default.reviews_url": "https://reviews.example/shop",
}
# By language: a price, the button, the service's heading, and how points are written.
SAID = {
    "en-GB": ("€1,249.50", "Back to my cart", "Questions? We are glad to help.", "1,250 points"),
    "nl-NL": ("€ 1.249,50", "Naar mijn winkelwagen", "Vragen? We helpen je graag.", "1.250 punten"),
    "fr-FR": ("1 249,50 €", "Retrouver mon panier", "Des questions ? Nous vous aidons volontiers.", "1 250 points"),
    "de-DE": ("1.249,50 €", "Zu meinem Warenkorb", "Fragen? Wir helfen Ihnen gern.", "1.250 Punkte"),
}


def plain_spaces(text):
    return re.sub(r"[\u00a0\u202f\u2009]", " ", text)


class MailsTellTheTruth(support.Scenario):
    def start(self, **settings):
        return self.serve({**FAST, **SHOP, "campaign.cart.cap": "0s", **settings})

    def mail_to(self, server, shopper):
        """(plain text, HTML) of the one mail to them, read by two parsers that agree."""
        def there():
            for raw in support.maildir_mails(server.folder / "node/maildir"):
                mail = support.parse_mail(raw)
                if mail["To"].addresses[0].addr_spec == shopper.address:
                    return raw, mail
            return None
        raw, mail = support.wait_until(there, lambda: f"the mail to {shopper.address}\n{server.story()}")
        self.assertEqual(mail.defects, [])
        text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        other = support.parse_with_mailparser(raw)
        self.assertEqual((other["text"].split(), other["html"].split()), (text.split(), html.split()))
        self.assertNotIn("{{", text + html)
        return plain_spaces(text), plain_spaces(html)

    def arrives(self, server, name, locale, *items, **fields):
        shopper = Shopper(name)
        seen = shopper.identifies()
        seen["locale"] = locale
        server.post_events(seen, shopper.consents(), shopper.adds(*items, **fields))
        return shopper

    def test_each_language_says_the_same_in_its_own_way(self):
        server = self.start()
        picture = {**item("Lamp", "1249.50"), "image_url": "https://img.example/lamp.jpg", "item_url": "https://shop.example/lamp"}
        shoppers = {locale: self.arrives(server, locale[:2], locale, picture, item("Bulb"), loyalty_points=1250,
                                         account_discount="5%") for locale in SAID}
        for locale, (price, button, service, points) in SAID.items():
            with self.subTest(locale):
                text, html = self.mail_to(server, shoppers[locale])
                for part in (text, html):
                    for said in (price, button, points, "5%", service, "+31 (0)20 123 45 67", "Mo-Fr 9-17", "4.7 / 5 (2,310)"):
                        self.assertIn(said, part)
                self.assertRegex(html, r'<img src="https://img\.example/lamp\.jpg" alt="Lamp"')
                self.assertEqual(html.count("<img"), 1)  # no picture that counts who looks
                self.assertIn('href="tel:+31201234567"', html)
                self.assertIn("max-width:600px", html)
                self.assertLess(len(html.encode()), 102 * 1024)

    def test_stock_is_said_only_while_it_is_so(self):
        settings = {"campaign.cart.low_stock": "5", "campaign.cart.stock_fresh": "1h", "node.start_hold": "0s"}
        server = self.start(**settings)
        now = support.now_ms()

        def stock(name, pieces, time=now):
            return {"event": "item_changed", "time": time, "item_id": name.lower(), "stock": pieces}
        server.post_events(stock("Scarce", 2), stock("Plenty", 500), stock("Stale", 1, now - 2 * 3600 * 1000), stock("Gone", 0))
        # What the shop said is known afterwards, too: from the log, and from a snapshot that two shards have written.
        server.signal(signal.SIGKILL)
        server.wait(20)
        self.assertEqual(self.start(**settings).stop(), 0)
        server = self.start(**settings, **{"node.shards": "3"})
        some = self.arrives(server, "some", "en", *(item(n, "10.00") for n in ("Scarce", "Plenty", "Stale", "Unknown", "Gone")))
        none = self.arrives(server, "none", "en", item("Gone"))
        text, html = self.mail_to(server, some)
        self.assertEqual(re.findall(r"Only \d+ left", text), ["Only 2 left"])
        self.assertEqual(re.findall(r"Only \d+ left", html), ["Only 2 left"])
        self.assertRegex(text, r"Scarce.*\n.*Only 2 left")
        for part in (text, html):
            self.assertNotIn("Gone", part)
            self.assertIn("€40.00", part)  # of what can be bought
        support.wait_until(lambda: [d["reason"] for d in server.decisions_about(none.cart_id)][-1:] == ["out_of_stock"],
                           lambda: f"{server.decisions_about(none.cart_id)}\n{server.story()}")
        self.assertEqual(len(support.maildir_mails(server.folder / "node/maildir")), 1)

    def test_delivery_and_fees_are_no_products(self):
        server = self.start(**{"shop.default.hidden_items": '["delivery", "fee-*"]'})
        shopper = self.arrives(server, "lines", "en", item("Bell", "10.00"), item("Lamp", "5.00"), item("Delivery", "6.95"),
                               item("Fee-card", "0.35"))
        for part in self.mail_to(server, shopper):
            self.assertIn("€15.00", part)
            self.assertNotIn("6.95", part)
            self.assertNotIn("Fee-card", part)

    def test_a_campaign_may_refuse_what_is_sold_out_in_part(self):
        server = self.start(**{"campaign.cart.sold_out": "refuse"})
        server.post_events({"event": "item_changed", "time": support.now_ms(), "item_id": "gone", "stock": 0})
        shopper = self.arrives(server, "part", "en", item("Gone"), item("Bell"))
        support.wait_until(lambda: [d["reason"] for d in server.decisions_about(shopper.cart_id)][-1:] == ["out_of_stock"],
                           lambda: f"{server.decisions_about(shopper.cart_id)}\n{server.story()}")

    def test_target_groups_get_their_template_and_a_hole_no_mail(self):
        templates = self.folder / "templates"
        templates.mkdir()
        (templates / "valued.en.mustache").write_text(
            "subject: For you\n--- text ---\nVALUED {{shopper_name}} {{cart_url}} {{unsubscribe_url}} {{date}}\n"
            "--- html ---\n<p>VALUED {{shopper_name}}</p>\n")
        steps = ('[{after="0s",template="reminder-1",not_after="24h",templates=['
                 '{template="valued",min_value="100"},{template="reminder-2",returning=true}]}]')
        server = self.start(**{"content.templates": str(templates), "campaign.cart.steps": steps})
        regular = Shopper("regular")
        server.post_events(*regular.arrives(), {"event": "purchase", "time": support.now_ms() - 3600 * 1000, "order_id": "o0",
                                                "customer_id": regular.customer_id, "email": regular.address})
        server.post_events(regular.adds(item("Bell")))
        rich = self.arrives(server, "rich", "en", item("Bike", "999.00"))
        plain = self.arrives(server, "plain", "en", item("Bell"))
        nameless = Shopper("nameless")
        seen = nameless.identifies()
        del seen["name"]
        server.post_events(seen, nameless.consents(), nameless.adds(item("Bike", "999.00")))
        self.assertIn("VALUED Rich", self.mail_to(server, rich)[0])
        self.assertRegex(self.mail_to(server, rich)[0], r"[A-Z][a-z]+ \d{1,2}, 20\d\d")
        self.assertIn("Can we help?", self.mail_to(server, regular)[1])
        self.assertIn("Your cart is still here", self.mail_to(server, plain)[1])
        support.wait_until(
            lambda: [d["reason"] for d in server.decisions_about(nameless.cart_id)][-1:] == ["template_error"],
            lambda: f"{server.decisions_about(nameless.cart_id)}\n{server.story()}")
        self.assertEqual(len(support.maildir_mails(server.folder / "node/maildir")), 3)
        self.assertEqual(server.stop(), 0, server.story())

        (templates / "valued.en.mustache").write_text("subject: s\n--- text ---\n{{shoper_name}}\n--- html ---\n\n")
        code, _, complaints = self.run_program("check", "--set", f"content.templates={templates}", "/dev/null")
        self.assertEqual(code, 1)
        self.assertIn("valued.en.mustache:3: {{shoper_name}}", complaints)


if __name__ == "__main__":
    support.main()
