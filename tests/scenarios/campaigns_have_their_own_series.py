#!/usr/bin/env python3
"""A cart, a checkout and an order that waits for its payment are each reminded of in their own words, at their own time, once;
and a restart changes none of that."""

import support
from support import FAST, Shopper

CAMPAIGNS = {
    **FAST,
    "node.start_hold": "0s",
    "campaign.checkout.enabled": "true", "campaign.checkout.idle": "6s",
    "campaign.unpaid.enabled": "true", "campaign.unpaid.idle": "7s",
}
SUBJECTS = {"cart": "Your cart at Bike Shed is still here", "checkout": "Your order at Bike Shed is not finished yet",
            "unpaid": "Your order at Bike Shed waits for its payment"}


class CampaignsHaveTheirOwnSeries(support.Scenario):
    def subjects(self, server):
        """Of all mails, by who got them."""
        found = {}
        for raw in support.maildir_mails(server.folder / "node/maildir"):
            mail = support.parse_mail(raw)
            found.setdefault(mail["To"].addresses[0].addr_spec, []).append(str(mail["Subject"]))
        return found

    def test_each_in_its_own_words_and_once(self):
        server = self.serve(CAMPAIGNS)
        shoppers = {name: Shopper(name) for name in (*SUBJECTS, "paid")}
        for name, shopper in shoppers.items():
            server.post_events(*shopper.arrives(), shopper.adds())
            where = {"shop": "default", "cart_id": shopper.cart_id, "time": support.now_ms()}
            if name == "checkout":
                server.post_events({**where, "event": "begin_checkout"})
            if name in ("unpaid", "paid"):
                server.post_events({**where, "event": "purchase", "order_id": f"o-{name}", "payment": "pending"})
        stages = {name: (found["stage"], found["campaign"]) for name, found in
                  ((name, server.cart(shopper.cart_id)) for name, shopper in shoppers.items())}
        self.assertEqual(stages, {"cart": ("cart", "cart"), "checkout": ("checkout", "checkout"), "unpaid": ("payment", "unpaid"),
                                  "paid": ("payment", "unpaid")})
        server.post_events({"event": "order_paid", "shop": "default", "order_id": "o-paid", "time": support.now_ms()})
        server.stop()  # before the later ones are due
        server = self.serve(CAMPAIGNS)

        wanted = {shoppers[name].address: [subject] for name, subject in SUBJECTS.items()}
        support.wait_until(lambda: len(self.subjects(server)) >= len(wanted), server.story)
        for name in SUBJECTS:
            said = server.decisions_about(shoppers[name].cart_id)
            self.assertEqual([(d.get("campaign", "cart"), d["step"], d["reason"]) for d in said], [(name, 0, "opt_in")])
        self.assertEqual(self.subjects(server), wanted)
        self.assertEqual(server.metric("cartwheel_carts_abandoned_by_stage_total", stage="checkout"), 1)


if __name__ == "__main__":
    support.main()
