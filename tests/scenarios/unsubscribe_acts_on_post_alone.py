#!/usr/bin/env python3
"""The link in a mail: looking at it changes nothing (link scanners follow every link), posting to it ends the reminders."""

import urllib.parse

import support
from support import Shopper

TWO_STEPS = ('[{after="0s",channel="email",template="reminder-1",not_after="24h"},'
             f'{{after="{support.ROOM}s",channel="email",template="reminder-2",not_after="24h"}}]')
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class UnsubscribeActsOnPostAlone(support.Scenario):
    def test_get_shows_post_acts(self):
        server = self.serve({**support.FAST, "campaign.cart.cap": "0s", "campaign.cart.steps": TWO_STEPS,
                             "public.url": "https://mail.shop.example/hello"})
        gateway = self.gateway(server)
        leaver, stayer = Shopper("leaver"), Shopper("stayer")
        gateway.send(*leaver.arrives(), *stayer.arrives(), leaver.adds(), stayer.adds())
        links = support.wait_until(lambda: len(found := self.links(server)) == 2 and found,
                                   lambda: f"two mails\n{server.story()}")
        paths = {}
        for address, link in links.items():
            self.assertTrue(link.startswith("https://mail.shop.example/hello/u/"), link)
            paths[address] = urllib.parse.urlparse(link).path.removeprefix("/hello")
        leave, stay = paths[leaver.address], paths[stayer.address]
        self.assertNotEqual(leave, stay)

        def ask(method, path, body=None, headers=None):
            return support.http_request(server.public_port, method, path, body, headers)

        for path in (leave, stay):
            page = ask("GET", path)
            self.assertEqual(page.status, 200, page)
            self.assertRegex(page.headers["Content-Type"], r"^text/html")
            self.assertIn("<form", page.text)
            self.assertIn("no-store", page.headers["Cache-Control"])
            self.assertNotIn(leaver.address, page.text)  # a forwarded mail must not give it away
            self.assertEqual(ask("HEAD", path).status, 200)

        first = ask("POST", leave, "List-Unsubscribe=One-Click", FORM)
        self.assertEqual(first.status, 200, first)
        again = ask("POST", leave, "List-Unsubscribe=One-Click", FORM)
        self.assertEqual((again.status, again.body), (200, first.body))

        # One changed letter in the middle: forged.
        middle = len(leave) // 2
        forged = leave[:middle] + ("A" if leave[middle] != "A" else "B") + leave[middle + 1:]
        for path in (forged, leave[:-4], "/u/", "/u/nonsense", "/", "/metrics", "/v1/carts/default/" + leaver.cart_id):
            with self.subTest(path):
                self.assertEqual(ask("GET", path).status, 404)
                self.assertEqual(ask("POST", path, "List-Unsubscribe=One-Click", FORM).status, 404)

        self.assertEqual(self.outcomes(server.wait_for_decision(leaver.cart_id, 2, 30)),
                         [("sent", "opt_in"), ("refused", "consent_withdrawn")])
        self.assertEqual(self.outcomes(server.wait_for_decision(stayer.cart_id, 2, 30)),
                         [("sent", "opt_in"), ("sent", "opt_in")])
        server.wait_for_metric(3, "cartwheel_reminders_total", outcome="accepted")
        self.assertEqual(len(self.mails(server)), 3)
        self.assertEqual(server.stop(), 0, server.story())

    def outcomes(self, decisions):
        return [(d["outcome"], d["reason"]) for d in decisions]

    def mails(self, server):
        return [support.parse_mail(m) for m in support.maildir_mails(server.folder / "node/maildir")]

    def links(self, server):
        return {m["To"].addresses[0].addr_spec: m["List-Unsubscribe"].strip("<>") for m in self.mails(server)}


if __name__ == "__main__":
    support.main()
