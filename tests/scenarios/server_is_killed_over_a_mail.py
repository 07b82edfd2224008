#!/usr/bin/env python3
"""The server is killed while the relay has mails and has not said so: with in_doubt = "hold" they wait, are listed over the
next start, and an operator lets one go out again, byte for byte, and drops another; with "resend" they go out by themselves."""

import json
import re
import signal

import support
from support import FAST, Shopper, smtp_outlet, wait_until


def message_id(mail):
    return re.search(rb"^Message-ID: <(.*)>", mail, re.M | re.I)[1].decode()


class ServerIsKilledOverAMail(support.Scenario):
    def killed_over_two_mails(self, policy):
        """Gives the settings and what the relay had of each shopper when the server was killed."""
        # It takes the content and thinks about it; the mail is in its file by then. (Where commands come together, it
        # would answer the next ones meanwhile.)
        slow = self.sink(None, "-W", ".:300")
        settings = {**FAST, **smtp_outlet(slow.port), "smtp.relay.main.in_doubt": policy, "node.start_hold": "0s",
                    "smtp.relay.main.pipelining": "false", "http.listen": f"127.0.0.1:{support.free_port()}"}
        server = self.serve(settings)
        first, second = Shopper("first"), Shopper("second")
        server.post_events(*first.arrives(), first.adds(), *second.arrives(), second.adds())
        wait_until(lambda: self.are_intended(first, second), lambda: f"the intents of both\n{server.story()}")
        had = wait_until(slow.mails, lambda: f"a mail's content at the relay\n{server.story()}")
        server.signal(signal.SIGKILL)
        server.wait(20)
        slow.kill()
        for path in slow.mails_folder.iterdir():
            path.unlink()
        relay = self.sink(slow.port)
        return settings, [first, second], relay, {m["To"].addresses[0].addr_spec: raw
                                                  for raw in had for m in [support.parse_mail(raw)]}

    def are_intended(self, *shoppers):
        _, output, _ = self.run_program("journal", "dump", self.folder / "node", "--all")
        records = [json.loads(line) for line in output.splitlines()]
        intents = b"".join(bytes.fromhex(r["payload_hex"]) for r in records if r.get("kind") == "intents")
        return all(s.cart_id.encode() in intents for s in shoppers)

    def in_doubt(self, settings, *arguments):
        code, output, complaints = self.run_program("in-doubt", *arguments, "--set",
                                                    f"http.listen={settings['http.listen']}")
        return code, output, complaints

    def listed(self, settings):
        code, output, complaints = self.in_doubt(settings, "list", "--json")
        self.assertEqual(code, 0, complaints)
        return {d["cart_id"]: d for d in json.loads(output)["in_doubt"]}

    def test_an_operator_decides(self):
        settings, shoppers, relay, had = self.killed_over_two_mails("hold")
        server = self.serve(settings)
        offered = next(s for s in shoppers if s.address in had)
        other = next(s for s in shoppers if s is not offered)
        server.wait_for_metric(2, "cartwheel_in_doubt")
        for _ in range(2):  # over any number of starts
            listed = wait_until(lambda: len(l := self.listed(settings)) == 2 and l,
                                lambda: f"two reminders in doubt\n{server.story()}")
            self.assertEqual({d["state"] for d in listed.values()}, {"held"})
            self.assertEqual(listed[offered.cart_id]["message_id"], message_id(had[offered.address]))
            server.signal(signal.SIGKILL)
            server.wait(20)
            server = self.serve(settings)
        self.assertEqual(relay.mails(), [], "nothing goes by itself")

        code, output, complaints = self.in_doubt(settings, "release", "default", offered.cart_id)
        self.assertEqual((code, output), (0, "released: 1\n"), complaints)
        code, output, complaints = self.in_doubt(settings, "drop", "default", other.cart_id, "--step", "0", "--cycle", "1")
        self.assertEqual((code, output), (0, "dropped: 1\n"), complaints)
        mails = wait_until(relay.mails, lambda: f"the mail that was released\n{server.story()}")
        server.wait_for_metric(1, "cartwheel_reminders_total", outcome="accepted")
        self.assertEqual(mails, [had[offered.address]], "byte for byte, Message-ID and all")
        wait_until(lambda: {c: d["state"] for c, d in self.listed(settings).items()} ==
                   {offered.cart_id: "accepted", other.cart_id: "dropped"}, lambda: str(self.listed(settings)))
        code, _, complaints = self.in_doubt(settings, "release", "default", other.cart_id)
        self.assertEqual(code, 1)
        self.assertIn("not held", complaints)

        # Nothing more comes of them.
        self.assertEqual(server.stop(), 0, server.story())
        server = self.serve(settings)
        server.wait_for_metric(0, "cartwheel_reminders_waiting")
        self.assertEqual(len(relay.mails()), 1)
        self.assertEqual({c: d["state"] for c, d in self.listed(settings).items()},
                         {offered.cart_id: "accepted", other.cart_id: "dropped"}, "it is remembered")
        self.assertEqual(server.stop(), 0, server.story())

    def test_they_are_sent_again(self):
        settings, shoppers, relay, had = self.killed_over_two_mails("resend")
        server = self.serve(settings)
        server.wait_for_metric(2, "cartwheel_reminders_total", outcome="accepted")
        mails = {support.parse_mail(m)["To"].addresses[0].addr_spec: m for m in relay.mails()}
        self.assertEqual(set(mails), {s.address for s in shoppers})
        self.assertEqual(len(relay.mails()), 2)
        for address, raw in had.items():
            self.assertEqual(mails[address], raw, "byte for byte")
        server.wait_for_metric(2, "cartwheel_reminders_total", outcome="in_doubt")
        server.wait_for_metric(0, "cartwheel_in_doubt")
        self.assertEqual(server.stop(), 0, server.story())

    def test_an_order_wins(self):
        settings, shoppers, relay, had = self.killed_over_two_mails("hold")
        server = self.serve(settings)
        wait_until(lambda: len(self.listed(settings)) == 2, lambda: f"two reminders in doubt\n{server.story()}")
        server.post_events(*(s.buys() for s in shoppers))
        code, output, complaints = self.in_doubt(settings, "release", "--all")
        self.assertEqual((code, output), (0, "released: 2\n"), complaints)
        server.wait_for_metric(2, "cartwheel_reminders_total", outcome="recalled")
        self.assertEqual({d["state"] for d in self.listed(settings).values()}, {"released"})
        self.assertEqual(server.stop(), 0, server.story())
        self.assertEqual(relay.mails(), [])


if __name__ == "__main__":
    support.main()
