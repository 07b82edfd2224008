"""Campaigns beside carts, read aloud: SEMANTICS.md. What is reminded of is kept among the model's carts, under keys of its own.

READINGS: where the page can be read in more than one way, and the way taken here.
  Sale     The first event that pays opens it; its order is paid from then on, so there is never a second one of the same order.
           A refund or cancellation ends it whatever state its order is in, also a second time (nothing happens).
           Lines and worth are two things: lines that a purchase left of its cart are worth what its `value` says, or unknown.
"""
from hits import hit
from world import end_cart, open_cart, set_alarm, stamp

SALE = "\x01"


def open_sale(world, order, event, customer, visitor):
    """Whose the order is (9, 11). Part b, at the place of the event that paid, once it has recorded the order and given the basis."""
    if not world.campaign.after_purchase:
        return
    sale = open_cart(world, (order.shop, SALE + event["order_id"]))
    sale.kind, sale.last_add = "sale", event["time"]
    sale.customer, sale.visitor = customer, visitor
    if "email" in event:
        sale.own = (event["email"], stamp(event))
    if "items" in event:
        sale.lines = dict(event["items"])
    elif event["bought"]:
        hit("beside: a purchase without items")
        sale.lines = event["bought"]
    if world.policy:
        world.policy.hears_of_sale(sale, event)
    order.sale = sale
    if event["event"] == "order_paid":
        hit("beside: a sale that was paid later")
    else:
        hit("beside: a sale that was paid at once")
    set_alarm(world, sale)


def end_sale(world, order, cause):
    sale = order.sale
    if sale is not None and world.carts.get(sale.key) is sale:
        if cause == "refund":
            hit("beside: a refund ends the sale")
        elif cause == "order_cancelled":
            hit("beside: a cancellation ends the sale of a paid order")
        else:
            hit("beside: an erasure ends the sale")
        if sale.last_add > world.tick - 1000:
            hit("beside: a sale that ends in the tick in which it was opened")
        end_cart(world, sale)
