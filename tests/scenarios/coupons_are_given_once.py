#!/usr/bin/env python3
"""A step with a pool of coupon codes: each mail has a code of its own; the code of one that was taken back is another's; when
none is left the mail says nothing of a discount; over a kill nothing is given twice; who had one waits for the next."""

import signal

import support
from fault_sink import FaultSink
from support import FAST, Shopper, smtp_outlet, wait_until

STEPS = '[{ after = "0s", template = "reminder-1", coupon = "spring" }]'


class CouponsAreGivenOnce(support.Scenario):
    def counts(self, server):
        names = ("free", "out", "given", "redeemed", "expired")
        return {n: int(c) for n in names if (c := server.metric("cartwheel_coupons", pool="spring", state=n))}

    def wait_for(self, server, **wanted):
        wait_until(lambda: self.counts(server) == wanted,
                   lambda: f"coupons {wanted}; they are {self.counts(server)}\n{server.story()}")

    def brings_in(self, server, *codes):
        file = self.folder / "codes.csv"
        file.write_text("pool,code,expires\n" + "".join(f"spring,{c},2099-12-31T23:00:00Z\n" for c in codes))
        return self.run_program("import", file, "--to", f"http://127.0.0.1:{server.http_port}")

    def reminded(self, server, *shoppers):
        """The texts of their mails."""
        for s in shoppers:
            server.post_events(*s.arrives(), s.adds())

        def theirs():
            found = {}
            for raw in self.relay.mails():
                mail = support.parse_mail(raw)
                found[mail["To"].addresses[0].addr_spec] = "".join(
                    mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
            return [found[s.address] for s in shoppers] if all(s.address in found for s in shoppers) else None
        return wait_until(theirs, lambda: f"mails to {[s.address for s in shoppers]}\n{server.story()}")

    def story_of(self, shopper):
        _, output, complaints = self.run_program("explain", "default", shopper.cart_id, "--set",
                                                 f"http.listen={self.settings['http.listen']}")
        return output + complaints

    def test_codes(self):
        self.relay = self.started(FaultSink(self.folder, dump=True))
        self.settings = {**FAST, **smtp_outlet(self.relay.port), "node.start_hold": "0s", "campaign.cart.steps": STEPS,
                         "coupon.spring.percent": 10, "http.listen": f"127.0.0.1:{support.free_port()}"}
        server = self.serve(self.settings)
        code, output, complaints = self.brings_in(server, "ONE-1", "TWO-2")
        self.assertEqual(code, 0, complaints)
        self.assertIn("brought in 2 coupon codes", output)
        self.wait_for(server, free=2)

        # The relay puts the first one off, and its shopper orders meanwhile: its code is the next one's.
        put_off, first = Shopper("anna+rcpt-450-4.2.1"), Shopper("bert")
        server.post_events(*put_off.arrives(), put_off.adds())
        self.wait_for(server, free=1, out=1)
        server.post_events(put_off.buys())
        self.wait_for(server, free=2)
        second, third = Shopper("carl"), Shopper("dora")
        text, other = self.reminded(server, first, second)
        self.assertEqual({"ONE-1" in text, "ONE-1" in other}, {True, False})
        self.assertEqual({"TWO-2" in text, "TWO-2" in other}, {True, False})
        self.assertNotEqual("ONE-1" in text, "TWO-2" in text)
        for t in (text, other):
            self.assertIn("10% off your order", t)
        self.wait_for(server, given=2)

        # None is left.
        [plain] = self.reminded(server, third)
        self.assertNotIn("off your order", plain)
        self.assertIn("no code was left", self.story_of(third))
        self.assertIn(f"its coupon is {'ONE-1' if 'ONE-1' in text else 'TWO-2'} of pool spring", self.story_of(first))

        _, held, complaints = self.run_program("export", first.address, "--set",
                                               f"http.listen={self.settings['http.listen']}")
        self.assertIn("ONE-1" if "ONE-1" in text else "TWO-2", held, complaints)

        # An order uses its code; and the next process knows all of it.
        server.post_events(first.buys())
        self.wait_for(server, given=1, redeemed=1)
        server.signal(signal.SIGKILL)
        server.wait(20)
        server = self.serve(self.settings)
        self.wait_for(server, given=1, redeemed=1)
        code, output, complaints = self.brings_in(server, "ONE-1", "TWO-2", "THREE-3")
        self.assertEqual(code, 0, complaints)
        self.wait_for(server, free=1, given=1, redeemed=1)

        # Somebody who had one gets none, whatever their cart; somebody else does. (The cap is not what keeps it here.)
        code, _, complaints = self.run_program("check", "/dev/null", "--set", f"campaign.cart.steps={STEPS}")
        self.assertEqual(code, 1)
        self.assertIn("campaign.cart.steps[0].coupon: \"spring\": there is no [coupon.spring]", complaints)
        self.assertEqual(server.stop(), 0, server.story())
        server = self.serve({**self.settings, "campaign.cart.cap": "0s"})
        again, last = Shopper("bert", "cart-again"), Shopper("emil")
        server.post_events(again.adds(), *last.arrives(), last.adds())
        self.wait_for(server, given=2, redeemed=1)
        mails = wait_until(lambda: len(m := [raw for raw in self.relay.mails() if b"THREE-3" in raw]) == 1 and m,
                           lambda: f"a mail with the third code\n{server.story()}")
        self.assertEqual(support.parse_mail(mails[0])["To"].addresses[0].addr_spec, last.address)
        wait_until(lambda: "had one within the pool's cooldown" in self.story_of(again),
                   lambda: f"why they got none: {self.story_of(again)}\n{server.story()}")
        self.assertEqual(server.stop(), 0, server.story())


if __name__ == "__main__":
    support.main()
