#!/usr/bin/env python3
"""Carts are left behind in the evening: nobody is mailed in their night, and everybody in their morning.

The server runs on the events' own clock. Anna lives where the shop is, Bhim in Nepal, where the next day has begun; Cleo buys
in the night. The operator asks in the night why nothing has come.
"""

from datetime import datetime, timezone

import support
from support import Shopper


def moment(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp() * 1000)


class QuietHoursHoldMailsBack(support.Scenario):
    def test_a_night_passes(self):
        relay = self.sink()
        server = self.serve({**support.smtp_outlet(relay.port), "node.clock": "event",
                             "campaign.cart.quiet_hours": "21:00-08:00", "campaign.cart.spread": "0s",
                             "shop.default.time_zone": "Europe/Amsterdam"})
        gateway = self.gateway(server)
        anna, bhim, cleo = Shopper("anna"), Shopper("bhim"), Shopper("cleo")
        evening = moment("2026-01-15T20:30:00")  # 21:30 in Amsterdam
        for shopper in (anna, bhim, cleo):
            gateway.send(shopper.consents(evening), shopper.identifies(evening), shopper.adds(time=evening))
        gateway.send({"event": "identify", "time": evening, "customer_id": bhim.customer_id, "time_zone": "Asia/Kathmandu"})
        gateway.send(cleo.buys(moment("2026-01-15T23:00:00")))

        server.wait_for_metric(3, "cartwheel_steps_deferred_total")
        story = support.wait_until(lambda: (a := server.get(f"/v1/carts/default/{anna.cart_id}")).status == 200 and a.json,
                                   lambda: server.story())
        self.assertEqual(story["as_things_stand"]["outcome"], "deferred", story)
        self.assertIn("quiet until 08:00 Europe/Amsterdam", story["summary"])
        self.assertEqual(relay.mails(), [])

        gateway.send({"event": "view_item", "time": moment("2026-01-16T03:00:00"), "visitor_id": "somebody"})
        self.wait_for_mails(server, relay, [bhim])
        self.assertEqual(self.decided(server, bhim), [("2026-01-16T02:15:00", "sent", "opt_in")])
        gateway.send({"event": "view_item", "time": moment("2026-01-16T08:00:00"), "visitor_id": "somebody"})
        self.wait_for_mails(server, relay, [bhim, anna])
        self.assertEqual(self.decided(server, anna), [("2026-01-16T07:00:00", "sent", "opt_in")])
        self.assertEqual(self.decided(server, cleo), [])
        self.assertEqual(server.stop(), 0, server.story())

    def wait_for_mails(self, server, relay, shoppers):
        mails = support.wait_until(lambda: len(m := relay.mails()) >= len(shoppers) and m,
                                   lambda: f"{len(shoppers)} mails, there are {len(relay.mails())}\n{server.story()}")
        self.assertEqual(sorted(support.parse_mail(m)["To"].addresses[0].addr_spec for m in mails),
                         sorted(s.address for s in shoppers))

    def decided(self, server, shopper):
        return [(datetime.fromtimestamp(d["time"] / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S"), d["outcome"], d["reason"])
                for d in server.decisions_about(shopper.cart_id)]


if __name__ == "__main__":
    support.main()
