#!/usr/bin/env python3
"""The link in a mail brings the cart back: to its own address at the shop, by a redirect that says nothing of who follows it;
and where there is no cart any more a page says why, in the mail's language. What was clicked outlives a kill."""

import json
import signal

import support
from support import FAST, Shopper

ONE_STEP = '[{after="0s",channel="email",template="reminder-1",not_after="24h"}]'


class RestoreLinkBringsTheCartBack(support.Scenario):
    def start(self, **settings):
        return self.serve({**FAST, "campaign.cart.cap": "0s", "node.start_hold": "0s",
                           "public.url": "https://mail.shop.example/hello", "shop.default.base_url": "https://shop.example",
                           **settings})

    def follow(self, server, path, method="GET", headers=None):
        return support.http_request(server.public_port, method, path, headers=headers)

    def links(self, server, count):
        return self.links_in_mails(server, count, "https://mail.shop.example/hello", "/r/")

    def clicks(self):
        _, output, _ = self.run_program("journal", "dump", self.folder / "node")
        return [e for line in output.splitlines() if (e := json.loads(line))["event"] == "reminder_clicked"]

    def test_every_way_a_cart_can_have_gone(self):
        server = self.start()
        names = ("stays", "buys", "empties", "french")
        shoppers = {name: Shopper(name) for name in names}
        for name, s in shoppers.items():
            seen = s.identifies()
            if name == "french":
                seen["locale"] = "fr-BE"
            server.post_events(seen, s.consents(), s.adds())
        links = self.links(server, len(names))
        by_name = {name: links[s.address] for name, s in shoppers.items()}

        # Link scanners look, and change nothing.
        for headers in ({}, {"Sec-Purpose": "prefetch"}):
            looked = self.follow(server, by_name["stays"], "GET" if headers else "HEAD", headers)
            self.assertEqual((looked.status, looked.headers["Location"]), (303, shoppers["stays"].cart_url))
        self.assertEqual(self.clicks(), [])

        there = self.follow(server, by_name["stays"])
        self.assertEqual((there.status, there.headers["Location"]), (303, shoppers["stays"].cart_url))
        self.assertIsNone(there.headers["Set-Cookie"])
        self.assertNotIn("customer", there.headers["Location"])
        support.wait_until(lambda: server.cart(shoppers["stays"].cart_id).get("last_click"), lambda: server.story())
        self.follow(server, by_name["stays"])
        noted = self.clicks()
        self.assertEqual([(c["cart_id"], c["step"]) for c in noted], [(shoppers["stays"].cart_id, 0)])
        self.assertFalse({"customer_id", "visitor_id", "email"} & noted[0].keys())

        buyer, emptier, french = shoppers["buys"], shoppers["empties"], shoppers["french"]
        server.post_events(buyer.buys(), french.buys(),
                           {"event": "update_cart", "time": support.now_ms(), "cart_id": emptier.cart_id, "items": []})
        for name in ("buys", "empties", "french"):
            support.wait_until(lambda n=name: server.cart(shoppers[n].cart_id) is None, lambda: server.story())
        for name, said in {"buys": "already ordered", "empties": "no longer there", "french": "déjà commandé"}.items():
            page = self.follow(server, by_name[name])
            self.assertEqual(page.status, 410, page)
            self.assertIn(said, page.text)
            self.assertIn('href="https://shop.example"', page.text)
            self.assertNotIn("<script", page.text)
        middle = len(by_name["stays"]) // 2
        forged = by_name["stays"][:middle] + ("A" if by_name["stays"][middle] != "A" else "B") + by_name["stays"][middle + 1:]
        for path in (forged, by_name["stays"] + "x", "/r/", "/r/x"):
            self.assertEqual(self.follow(server, path).status, 404)

        server.signal(signal.SIGKILL)
        server.wait(20)
        server = self.start()
        self.assertEqual(server.cart(shoppers["stays"].cart_id)["last_click"]["step"], 0)
        self.assertEqual(self.follow(server, by_name["stays"]).headers["Location"], shoppers["stays"].cart_url)
        self.assertEqual(self.follow(server, by_name["buys"]).status, 410)
        self.assertEqual(len(self.clicks()), 1)
        self.assertEqual(server.stop(), 0, server.story())

    def test_the_last_mails_link_works_after_the_series(self):
        server = self.start(**{"campaign.cart.steps": ONE_STEP})
        s = Shopper("late")
        server.post_events(*s.arrives(), s.adds())
        link = self.links(server, 1)[s.address]
        support.wait_until(lambda: server.cart(s.cart_id) is None, lambda: server.story())
        self.assertEqual(self.follow(server, link).headers["Location"], s.cart_url)
        server.wait_for_metric(1, "cartwheel_events_total", event="reminder_clicked", result="applied")
        server.signal(signal.SIGKILL)
        server.wait(20)
        server = self.start(**{"campaign.cart.steps": ONE_STEP})
        self.assertEqual(self.follow(server, link).headers["Location"], s.cart_url)
        server.post_events(s.buys())
        support.wait_until(lambda: self.follow(server, link).status == 410, lambda: server.story())
        self.assertIn("already ordered", self.follow(server, link).text)

    def test_links_expire_and_may_be_switched_off(self):
        server = self.start(**{"public.restore_links": "1s"})
        s = Shopper("slow")
        server.post_events(*s.arrives(), s.adds())
        link = self.links(server, 1)[s.address]
        page = support.wait_until(lambda: (p := self.follow(server, link)).status == 410 and p, lambda: server.story())
        self.assertIn("expired", page.text)
        self.assertEqual(server.stop(), 0, server.story())
        server = self.start(**{"public.restore_links": "0s"})
        direct = Shopper("direct")
        server.post_events(*direct.arrives(), direct.adds())
        mail = support.wait_until(lambda: next((m for raw in support.maildir_mails(server.folder / "node/maildir")
                                                if (m := support.parse_mail(raw))["To"].addresses[0].addr_spec
                                                == direct.address), None), lambda: server.story())
        self.assertIn(f"\n{direct.cart_url}\n", mail.get_body(("plain",)).get_content().replace("\r\n", "\n"))
        self.assertEqual(self.follow(server, link).status, 410)


if __name__ == "__main__":
    support.main()
