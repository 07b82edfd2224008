#!/usr/bin/env python3
"""The relay is away, or slow: reminders wait, and an order that comes meanwhile takes its reminder back."""

import support
from support import Shopper


class OrderArrivesWhileReminderIsQueued(support.Scenario):
    def test_relay_is_away_until_after_the_order(self):
        port = support.free_port()
        server = self.serve({**support.FAST, **support.smtp_outlet(port)})
        gateway = self.gateway(server)
        buyer = Shopper("buyer")
        gateway.send(*buyer.arrives(), buyer.adds())
        decided = server.wait_for_decision(buyer.cart_id)
        self.assertEqual([(d["outcome"], d["reason"]) for d in decided], [("sent", "opt_in")])

        gateway.send(buyer.buys())
        self.wait_for_recall(server, "queue")
        server.wait_for_metric(1, "cartwheel_reminders_total", outcome="recalled")
        self.decision_log_shows_it(server, buyer)

        relay = self.sink(port)
        self.only_this_one_is_mailed(server, relay, Shopper("later"))
        self.assertEqual(server.stop(), 0, server.story())

    def test_relay_is_slow_and_busy_with_another_mail(self):
        # It thinks about each DATA for that long; the second reminder waits behind the first.
        relay = self.sink(None, "-w", support.ROOM)
        server = self.serve({**support.FAST, **support.smtp_outlet(relay.port)})
        gateway = self.gateway(server)
        first, buyer = Shopper("first"), Shopper("buyer")
        gateway.send(*first.arrives(), *buyer.arrives())
        now = support.now_ms()
        gateway.send(first.adds(time=now), buyer.adds(time=now + 1500))
        server.wait_for_decision(first.cart_id)
        server.wait_for_decision(buyer.cart_id)

        gateway.send(buyer.buys())
        self.wait_for_recall(server)
        self.assertEqual(relay.mails(), [], "the relay was not slow enough for this test")
        self.decision_log_shows_it(server, buyer)
        self.only_this_one_is_mailed(server, relay, first, already_left_behind=True)
        self.assertEqual(server.stop(60), 0, server.story())

    def wait_for_recall(self, server, at=None):
        server.wait_for_metric(1, "cartwheel_recalled_total", **({"at": at} if at else {}))
        server.wait_for_metric(1, "cartwheel_recalled_total")

    def decision_log_shows_it(self, server, buyer):
        lines = server.wait_for_decision(buyer.cart_id, 2)
        self.assertEqual([d["outcome"] for d in lines], ["sent", "refused"])
        self.assertRegex(lines[1]["reason"], "^recalled_(queue|envelope)$")

    def only_this_one_is_mailed(self, server, relay, shopper, already_left_behind=False):
        if not already_left_behind:
            self.gateway(server).send(*shopper.arrives(), shopper.adds())
        # The first try at an absent relay's return comes within its backoff: 1, 2, 4 ... seconds.
        mails = support.wait_until(relay.mails, lambda: f"the mail to {shopper.name}\n{server.story()}", seconds=60)
        server.wait_for_metric(1, "cartwheel_reminders_total", outcome="accepted")
        self.assertEqual([support.parse_mail(m)["To"].addresses[0].addr_spec for m in mails], [shopper.address])
        self.assertEqual(len(relay.mails()), 1)


if __name__ == "__main__":
    support.main()
