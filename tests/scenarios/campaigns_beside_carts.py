#!/usr/bin/env python3
"""A purchase, a look around without a cart, and news of a product in a cart are each written about in their own words, once,
across a restart; what has become untrue meanwhile is not."""

import support
from support import FAST, Shopper, item, now_ms

CAMPAIGNS = {
    **FAST,
    "node.start_hold": "0s",
    "campaign.cart.cap": "0s",
    "campaign.after_purchase.enabled": "true", "campaign.after_purchase.idle": "6s",
    "campaign.browse.enabled": "true", "campaign.browse.idle": "5s",
    "campaign.stock.enabled": "true", "campaign.stock.idle": "3s",
    "campaign.price.enabled": "true", "campaign.price.idle": "3s",
}
CART = "Your cart at Bike Shed is still here"
PURCHASE = "Your order at Bike Shed"
BROWSE = "Still looking for something at Bike Shed?"
STOCK = "In your cart at Bike Shed: available again"
PRICE = "In your cart at Bike Shed: cheaper now"


class CampaignsBesideCarts(support.Scenario):
    def subjects(self, server):
        """Of all mails in the order of their making, by who got them."""
        found = {}
        for raw in support.maildir_mails(server.folder / "node/maildir"):
            mail = support.parse_mail(raw)
            found.setdefault(mail["To"].addresses[0].addr_spec, []).append(str(mail["Subject"]))
        return {address: sorted(subjects) for address, subjects in found.items()}

    @staticmethod
    def looks_around(shopper, categories):
        return [{"event": "view_item", "time": now_ms(), "customer_id": shopper.customer_id,
                 "items": [{"item_id": f"{category}-{i}", "item_category": category}]}
                for i, category in enumerate(categories)]

    @staticmethod
    def changes(product, **said):
        return {"event": "item_changed", "time": now_ms(), "item_id": product, **said}

    def explained(self, server, what, *which):
        code, told, complaints = self.run_program("explain", "default", what, *which,
                                                  "--set", f"http.listen=127.0.0.1:{server.http_port}")
        self.assertEqual(code, 0, complaints)
        return told

    def test_each_in_its_own_words_and_once(self):
        server = self.serve(CAMPAIGNS)
        names = ("buyer", "refunded", "looker", "undecided", "shopper", "waiting", "thrifty", "dear")
        who = {name: Shopper(name) for name in names}
        for shopper in who.values():
            server.post_events(*shopper.arrives())
        for name in ("buyer", "refunded"):
            server.post_events(who[name].adds(), {**who[name].buys(), "payment": "paid"})
        server.post_events(*self.looks_around(who["looker"], ["bells"] * 3))
        server.post_events(*self.looks_around(who["undecided"], ["bells", "horns", "lamps"]))
        server.post_events(*self.looks_around(who["shopper"], ["bells"] * 3), who["shopper"].adds(item("Horn")))
        server.post_events(self.changes("lamp", stock=0))
        server.post_events(who["waiting"].adds(item("Lamp")))
        server.post_events(*(who[name].adds(item("Saddle", "50.00")) for name in ("thrifty", "dear")))
        server.post_events({"event": "refund", "time": now_ms(), "order_id": who["refunded"].buys()["order_id"]})
        # News of a product are for carts that have been reminded once. What still waits to leave is taken back by them, and by
        # an addition: these mails must be out.
        server.wait_for_decision(who["waiting"].cart_id)
        reminded = {who[name].address for name in ("thrifty", "dear", "shopper")}
        support.wait_until(lambda: reminded <= set(self.subjects(server)), lambda: f"mails {self.subjects(server)}")
        server.post_events(who["dear"].adds(item("Saddle", "41.00")))
        server.post_events(self.changes("lamp", stock=3), self.changes("saddle", price="39.90"))
        server.post_events(self.changes("saddle", price="39.90"))
        self.assertEqual(server.stop(), 0, server.story())
        server = self.serve(CAMPAIGNS)

        wanted = {"buyer": [PURCHASE], "looker": [BROWSE], "shopper": [CART], "waiting": [STOCK],
                  "thrifty": [PRICE, CART], "dear": [CART, CART]}
        wanted = {who[name].address: sorted(subjects) for name, subjects in wanted.items()}
        support.wait_until(lambda: self.subjects(server) == wanted,
                           lambda: f"mails {self.subjects(server)}\n{server.story()}")
        trail = f"\x02c{who['shopper'].customer_id}"
        self.assertEqual([d["reason"] for d in server.wait_for_decision(trail)], ["cart_open"])

        self.assertIn("the payment: the idle clock began", self.explained(server, who["buyer"].buys()["order_id"], "--sale"))
        self.assertIn("refunded or cancelled", self.explained(server, who["refunded"].buys()["order_id"], "--sale"))
        self.assertIn("this shopper has an open cart",
                      self.explained(server, who["shopper"].customer_id, "--trail-of", "customer"))

        def held():
            return server.get(f"/v1/persons/{who['looker'].customer_id}?by=customer").json
        self.assertEqual([(b["shop"], b["trail_opened"] is not None) for b in held()["browsing"]], [("default", True)])
        server.post_events({"event": "erase", "time": now_ms(), "customer_id": who["looker"].customer_id})
        support.wait_until(lambda: not held().get("customers") and not held().get("browsing"), lambda: f"{held()}")
        self.assertEqual(self.subjects(server), wanted)


if __name__ == "__main__":
    support.main()
