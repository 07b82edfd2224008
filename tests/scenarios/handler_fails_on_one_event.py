#!/usr/bin/env python3
"""A handler fails on one event: that event is lost, and told, and nothing else; the third failure in a minute ends the cart.

Needs a build with CARTWHEEL_FAULT_HOOKS (the debug preset): there an item with the id `fault:throw` makes a cart's handler
throw after it has begun to change the cart (docs/testing.md).
"""

import support
from support import Shopper, item

FAULT = {"item_id": "fault:throw", "item_name": "Fault", "price": "1.00"}


class HandlerFailsOnOneEvent(support.Scenario):
    def test_the_event_is_lost_and_nothing_else(self):
        server = self.serve({"node.watermark_lag": "0s"})
        gateway = self.gateway(server)
        victim, neighbour = Shopper("victim"), Shopper("neighbour")
        gateway.send(*victim.arrives(), *neighbour.arrives(), victim.adds(item("Bell", quantity=2)))
        self.wait_for_lines(server, victim, {"bell": 2})

        # Both in one chunk: the failing event between its neighbours.
        gateway.send(neighbour.adds(item("Pump")), victim.adds(item("Lamp"), FAULT), neighbour.adds(item("Tube")))
        self.wait_for_lines(server, neighbour, {"pump": 1, "tube": 1})
        server.wait_for_metric(1, "cartwheel_cart_failures_total")
        self.assertEqual(server.cart_lines(victim.cart_id), {"bell": 2}, "the cart must be as before the event")

        self.assertIn("fault:throw", str(server.wait_for_dead_letters(1)[0]))

        # The cart goes on living.
        gateway.send(victim.adds(item("Horn")))
        self.wait_for_lines(server, victim, {"bell": 2, "horn": 1})

        gateway.send(victim.adds(FAULT))
        server.wait_for_metric(2, "cartwheel_cart_failures_total")
        self.assertEqual(server.cart_lines(victim.cart_id), {"bell": 2, "horn": 1})
        gateway.send(victim.adds(FAULT))
        server.wait_for_metric(3, "cartwheel_cart_failures_total")
        support.wait_until(lambda: server.cart(victim.cart_id) is None, "the end of the cart that failed three times")
        self.assertEqual(server.cart_lines(neighbour.cart_id), {"pump": 1, "tube": 1})
        server.wait_for_metric(1, "cartwheel_carts_active")
        server.wait_for_dead_letters(3)

        # The same id opened again is a new cart.
        gateway.send(victim.adds(item("Basket")))
        self.wait_for_lines(server, victim, {"basket": 1})
        self.assertEqual(server.stop(), 0, server.story())

    def wait_for_lines(self, server, shopper, lines):
        support.wait_until(lambda: server.cart_lines(shopper.cart_id) == lines,
                           lambda: f"{lines} in {server.cart(shopper.cart_id)}\n{server.story()}")


if __name__ == "__main__":
    support.main()
