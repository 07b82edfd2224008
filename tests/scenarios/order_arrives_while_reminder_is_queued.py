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
        self.assertEqual(server.metric("cartwheel_recalled_total", at="queue"), 1)
        self.assertEqual(server.metric("cartwheel_reminders_total", outcome="recalled"), 1)
        self.decision_log_shows_it(server, buyer)

        relay = self.sink(port)
        self.only_this_one_is_mailed(server, relay, Shopper("later"))
        self.assertEqual(server.stop(), 0, server.story())

    def test_relay_is_slow_and_busy_with_another_mail(self):
        # It thinks about each DATA for that long; the second reminder waits behind the first.
        relay = self.sink(None, "-w", "8")
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
        labels = {"at": at} if at else {}
        support.wait_until(lambda: server.metric("cartwheel_recalled_total", **labels) >= 1,
                           lambda: f"the recall\n{server.metrics().get('cartwheel_recalled_total')}\n{server.story()}")
        self.assertEqual(server.metric("cartwheel_recalled_total"), 1)

    def decision_log_shows_it(self, server, buyer):
        lines = server.decisions_about(buyer.cart_id)
        self.assertTrue(any(line.get("reason", "").startswith("recalled_") for line in lines), lines)

    def only_this_one_is_mailed(self, server, relay, shopper, already_left_behind=False):
        if not already_left_behind:
            self.gateway(server).send(*shopper.arrives(), shopper.adds())
        # The first try at an absent relay's return comes within its backoff: 1, 2, 4 ... seconds.
        mails = support.wait_until(relay.mails, lambda: f"the mail to {shopper.name}\n{server.story()}", seconds=60)
        support.wait_until(lambda: server.metric("cartwheel_reminders_total", outcome="accepted") == 1, "its outcome")
        self.assertEqual([support.parse_mail(m)["To"].addresses[0].addr_spec for m in mails], [shopper.address])
        self.assertEqual(len(relay.mails()), 1)


if __name__ == "__main__":
    support.main()
