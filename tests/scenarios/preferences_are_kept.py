#!/usr/bin/env python3
"""What a shopper chooses behind a mail's link to preferences holds at once, and over a kill: a pause, fewer, none. Erased,
they have no wishes left; what they withdrew stays withdrawn."""

import re
import signal

import support
from support import FAST, Shopper

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LOCALES = {"pauser": ("nl-NL", "Tot "), "slower": ("de", "höchstens eine"), "stopper": ("fr", "n’enverra plus")}


class PreferencesAreKept(support.Scenario):
    def start(self):
        return self.serve({**FAST, "campaign.cart.cap": "0s", "node.start_hold": "0s",
                           "public.url": "https://mail.shop.example"})

    def ask(self, server, method, path, body=None):
        return support.http_request(server.public_port, method, path, body, FORM if body else None)

    def links(self, server, count):
        return self.links_in_mails(server, count, "https://mail.shop.example", "/p/")

    def leaves_again(self, server, shopper, cart_id):
        """Another cart is left behind; the reason of what is decided about it."""
        again = Shopper(shopper.name, cart_id=cart_id)
        server.post_events(again.adds())
        return server.wait_for_decision(cart_id)[0]["reason"]

    def test_choices_hold_at_once_and_over_a_kill(self):
        server = self.start()
        shoppers = {name: Shopper(name) for name in LOCALES}
        for name, (locale, _) in LOCALES.items():
            seen = shoppers[name].identifies()
            seen["locale"] = locale
            server.post_events(seen, shoppers[name].consents(), shoppers[name].adds())
        links = self.links(server, len(shoppers))
        choices = {"pauser": "pause", "slower": "fewer", "stopper": "stop"}
        for name, shopper in shoppers.items():
            path, said = links[shopper.address], LOCALES[name][1]
            asked = self.ask(server, "GET", path)
            self.assertEqual(asked.status, 200, asked)
            self.assertIn(f'<html lang="{LOCALES[name][0][:2]}">', asked.text)
            self.assertEqual(sorted(re.findall(r'name="choice" value="(\w+)"', asked.text)),
                             ["fewer", "normal", "pause", "stop", "stop_all"])
            self.assertNotIn("<script", asked.text)
            self.assertNotIn(shopper.address, asked.text)
            self.assertIsNone(asked.headers["Set-Cookie"])
            first = self.ask(server, "POST", path, f"choice={choices[name]}")
            again = self.ask(server, "POST", path, f"choice={choices[name]}")
            self.assertEqual((first.status, again.status, again.body), (200, 200, first.body))
            self.assertIn(said, first.text)
        expected = {"pauser": "cap_window", "slower": "cap_window", "stopper": "consent_withdrawn"}
        self.assertEqual({n: self.leaves_again(server, s, f"second-{n}") for n, s in shoppers.items()}, expected)

        for _ in range(2):  # from the log, then from what the last start has left
            server.signal(signal.SIGKILL)
            server.wait(20)
            server = self.start()
        self.assertEqual({n: self.leaves_again(server, s, f"third-{n}") for n, s in shoppers.items()}, expected)
        # And through a snapshot: the end of a process takes one.
        self.assertEqual(server.stop(), 0, server.story())
        server = self.start()
        self.assertEqual({n: self.leaves_again(server, s, f"fourth-{n}") for n, s in shoppers.items()}, expected)

        usual = self.ask(server, "POST", links[shoppers["pauser"].address], "choice=normal")
        self.assertEqual(usual.status, 200, usual)
        self.assertEqual(self.leaves_again(server, shoppers["pauser"], "fifth"), "opt_in")

        # Erased, and back with a new consent: nothing of the wish is left, but the withdrawal is.
        for name in ("slower", "stopper"):
            server.post_events({"event": "erase", "time": support.now_ms(), "email": shoppers[name].address})
        old = {"stopper": "consent_withdrawn", "slower": "opt_in"}
        slower, stopper = shoppers["slower"], shoppers["stopper"]
        server.post_events(*slower.arrives(), stopper.identifies())
        self.assertEqual({n: self.leaves_again(server, shoppers[n], f"erased-{n}") for n in old}, old)
        self.assertEqual(server.stop(), 0, server.story())


if __name__ == "__main__":
    support.main()
