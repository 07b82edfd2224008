#!/usr/bin/env python3
"""The relay takes a mail and hangs up without a word. Whether it has it nobody can know: with in_doubt = "drop" it is never
sent again, with "resend" it is, the same bytes under the same Message-ID, with "hold" an operator decides. Its neighbours,
and the relay's plain answers, are as ever."""

import support
from relay_scenario import RelayScenario
from support import FAST, Shopper, smtp_outlet, wait_until


class RelayHangsUpBehindTheDot(RelayScenario):
    def mailed(self, policy, *words):
        """Shoppers whose mails meet these faults, once each, and one whose does not."""
        relay = self.fault_sink("--first", 1, dump=True)
        self.settings = {**FAST, **smtp_outlet(relay.port), "smtp.relay.main.in_doubt": policy, "node.start_hold": "0s",
                         "http.listen": f"127.0.0.1:{support.free_port()}"}
        server = self.serve(self.settings)
        unlucky = [Shopper(f"s{i}+{word}", cart_id=f"cart-s{i}") for i, word in enumerate(words)]
        other = Shopper("other")
        for shopper in (*unlucky, other):
            server.post_events(*shopper.arrives(), shopper.adds())
        self.wait_for_mail(relay, other)
        return relay, server, *unlucky

    def wait_for_mail(self, relay, shopper, copies=1):
        def there():
            return [k for k in relay.kept() if k.recipient == shopper.address][copies - 1:]
        wait_until(there, lambda: f"{copies} mails to {shopper.address}\n{relay.story()}")

    def copies(self, relay, shopper):
        return [k for k in relay.kept() if k.recipient == shopper.address]

    def nothing_more_comes(self, relay, server, expected):
        """Over a start, and behind a mail that came later. `expected`: (shopper, copies)."""
        self.assertEqual(server.stop(), 0, server.story())
        server = self.serve(self.settings)
        later = Shopper("later")
        server.post_events(*later.arrives(), later.adds())
        self.wait_for_mail(relay, later)
        for shopper, copies in expected:
            self.assertEqual(len(self.copies(relay, shopper)), copies, shopper.address)
        self.assertEqual(relay.violations(), [])
        self.assertEqual(server.stop(), 0, server.story())

    def test_drop(self):
        relay, server, kept, lost = self.mailed("drop", "dot-drop", "dot-rst-lost")
        server.wait_for_metric(2, "cartwheel_reminders_total", outcome="in_doubt")
        server.wait_for_metric(1, "cartwheel_reminders_total", outcome="accepted")
        self.nothing_more_comes(relay, server, [(kept, 1), (lost, 0)])

    def test_resend(self):
        relay, server, anna = self.mailed("resend", "dot-drop")
        self.wait_for_mail(relay, anna, 2)
        server.wait_for_metric(2, "cartwheel_reminders_total", outcome="accepted")
        copies = self.copies(relay, anna)
        self.assertEqual(len({(k.message_id, k.sha256) for k in copies}), 1, "the same mail, byte for byte")
        twice = [m for m in relay.mails() if b"s0+dot-drop@" in m]
        self.assertEqual(len(twice), 2)
        support.parse_mail(twice[0])
        self.nothing_more_comes(relay, server, [(anna, 2)])

    def test_hold(self):
        relay, server, anna = self.mailed("hold", "dot-drop")
        server.wait_for_metric(1, "cartwheel_in_doubt")
        listed = server.get("/v1/in-doubt").json["in_doubt"]
        self.assertEqual([(d["cart_id"], d["state"]) for d in listed], [(anna.cart_id, "held")])
        self.assertEqual(listed[0]["message_id"], self.copies(relay, anna)[0].message_id)
        code, output, complaints = self.run_program("in-doubt", "release", "default", anna.cart_id, "--set",
                                                    f"http.listen={self.settings['http.listen']}")
        self.assertEqual((code, output), (0, "released: 1\n"), complaints)
        self.wait_for_mail(relay, anna, 2)
        copies = self.copies(relay, anna)
        self.assertEqual(len({(k.message_id, k.sha256) for k in copies}), 1, "the same mail, byte for byte")
        self.nothing_more_comes(relay, server, [(anna, 2)])

    def test_plain_answers(self):
        """Not in doubt: a refusal for good is an end, one for now is tried again, and so is what was never offered."""
        relay, server, unknown, refused, dropped, closed = self.mailed("hold", "rcpt-550-5.1.1", "dot-554-5.6.0", "data-drop",
                                                                       "rcpt-421-4.3.2")
        for shopper in (dropped, closed):
            wait_until(lambda: self.copies(relay, shopper), lambda: f"the mail to {shopper.address}\n{server.story()}", 60)
        server.wait_for_metric(2, "cartwheel_reminders_total", outcome="rejected")
        server.wait_for_metric(3, "cartwheel_reminders_total", outcome="accepted")
        self.assertEqual(server.metric("cartwheel_reminders_total", outcome="in_doubt"), 0)
        self.nothing_more_comes(relay, server, [(unknown, 0), (refused, 0), (dropped, 1), (closed, 1)])


if __name__ == "__main__":
    support.main()
