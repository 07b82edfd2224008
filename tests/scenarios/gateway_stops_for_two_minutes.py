#!/usr/bin/env python3
"""The gateway stops for two minutes and then delivers what happened meanwhile: nobody who bought is reminded.

The node's clock runs 60 times as fast: two minutes are two seconds of the test. Carts are abandoned after one minute, so
every due time lies inside the outage.
"""

import support
from support import Shopper

MINUTE = 60_000


class GatewayStopsForTwoMinutes(support.Scenario):
    def test_news_comes_first(self):
        server = self.serve({
            "node.clock": "x60",
            "campaign.cart.idle": "60s",
            "node.watermark_lag": "2s",
            # Longer than the outage, and long enough (20 s of ours) for a slow machine's pauses between two chunks.
            "node.watermark_silence": "20m",
        })
        gateway = self.gateway(server)
        control, open_before = Shopper("control"), Shopper("open-before")
        together, apart = Shopper("together"), Shopper("apart")
        start = server.clock()
        gateway.send(*(e for s in (control, open_before, together, apart) for e in s.arrives(start)))
        gateway.send(control.adds(time=start), open_before.adds(time=start))

        # The outage. Two carts in it fall due after one minute; nothing is decided without news.
        support.wait_until(lambda: server.clock() >= start + 2 * MINUTE, "two minutes of the node's clock")
        self.assertEqual(server.decisions(), [])
        self.assertGreaterEqual(server.metric("cartwheel_ingest_lag_seconds"), 60)

        # What happened meanwhile: an addition and its purchase in one chunk, and in two.
        happened, bought = start + 5_000, start + 50_000
        gateway.send(together.adds(time=happened), together.buys(bought))
        gateway.send(apart.adds(time=happened))
        ticks = server.clock()
        support.wait_until(lambda: server.clock() >= ticks + 5_000, "some ticks between the two chunks")
        self.assertEqual(server.decisions(), [], "decided on half of the news")
        gateway.send(apart.buys(bought), open_before.buys(bought))

        # The gateway is back: its news is of now, and the one cart that was left behind gets its mail.
        def goes_on():
            gateway.send({"event": "view_item", "time": server.clock(), "visitor_id": "someone"})
            return server.metric("cartwheel_reminders_total", outcome="accepted") >= 1
        support.wait_until(goes_on, lambda: f"the control's mail\n{server.story()}", every=0.1)
        decisions = server.decisions()
        self.assertEqual([(d["cart_id"], d["outcome"], d["reason"]) for d in decisions],
                         [(control.cart_id, "sent", "opt_in")])

        # A later cart shows that the others are not merely slow.
        later = Shopper("later")
        gateway.send(*later.arrives(server.clock()), later.adds(time=server.clock()))
        def goes_on_longer():
            gateway.send({"event": "view_item", "time": server.clock(), "visitor_id": "someone"})
            return server.decisions_about(later.cart_id)
        support.wait_until(goes_on_longer, lambda: f"the later cart's decision\n{server.story()}", every=0.1)
        server.wait_for_metric(2, "cartwheel_reminders_total", outcome="accepted")
        mails = [support.parse_mail(m) for m in support.maildir_mails(server.folder / "node/maildir")]
        self.assertEqual(sorted(m["To"].addresses[0].addr_spec for m in mails), [control.address, later.address])
        self.assertEqual(server.stop(), 0, server.story())


if __name__ == "__main__":
    support.main()
