"""Campaigns beside carts, read aloud: SEMANTICS.md. What is reminded of is kept among the model's carts, under keys of its own.

READINGS: where the page can be read in more than one way, and the way taken here.
  Sale     The first event that pays opens it; its order is paid from then on, so there is never a second one of the same order.
           A refund or cancellation ends it whatever state its order is in, also a second time (nothing happens).
           Lines and worth are two things: lines that a purchase left of its cart are worth what its `value` says, or unknown.
"""
from figures import CATEGORIES_MAX
from hits import hit
from world import end_cart, open_cart, set_alarm, stamp, start_cycle

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


# Trails

TRAIL = "\x02"


class Browser:
    def __init__(self):
        self.views, self.additions = {}, []     # category -> times; times
        self.opened_at = None


def browsed(world, event):
    """Part b, at the place of a view or an addition."""
    series, name = world.campaign.browse, event["event"]
    if not series or name not in ("view_item", "add_to_cart") or event.get("bot") or event.get("internal"):
        return
    who = ("customer", event["customer_id"]) if "customer_id" in event else ("visitor", event["visitor_id"]) if "visitor_id" in event else None
    if who is None:
        return
    browser = world.browsers.setdefault((*who, event["shop"]), Browser())
    reached = count(browser, series, name, event)
    key = (event["shop"], TRAIL + who[0][0] + who[1])
    trail = world.carts.get(key)
    if trail and event["time"] > trail.last_seen:
        hit("beside: seen again while the trail is open")
        trail.last_seen = event["time"]
        start_cycle(world, trail)
    elif trail:
        hit("beside: seen, but earlier than before")
    if not reached:
        return
    browser.views, browser.additions = {}, []
    if browser.opened_at is not None and abs(event["time"] - browser.opened_at) < series.window:
        hit("beside: one trail in a window")
        return
    browser.opened_at = event["time"]
    if trail:
        hit("beside: reached again while the trail is open")
        return
    trail = open_cart(world, key)
    trail.kind, trail.last_add, trail.last_seen = "trail", min(reached), max(reached)
    trail.customer, trail.visitor = (who[1], None) if who[0] == "customer" else (None, who[1])
    hit("beside: a trail")
    set_alarm(world, trail)


def count(browser, series, name, event):
    """The times that reached it, or none."""
    reached, time = [], event["time"]
    if name == "add_to_cart":
        if series.additions:
            browser.additions = sorted([*browser.additions, time])[-series.additions:]
            if len(browser.additions) == series.additions and browser.additions[-1] - browser.additions[0] < series.window:
                hit("beside: reached by additions")
                reached += browser.additions
        return reached
    for category in event.get("categories") or [""]:
        times = browser.views[category] = sorted([*browser.views.get(category, []), time])[-series.views:]
        if len(times) == series.views and times[-1] - times[0] < series.window:
            hit("beside: reached by views")
            reached += times
        elif len(times) == series.views and times[-1] - times[0] == series.window:
            hit("beside: just not within the window")
        if len(browser.views) > CATEGORIES_MAX:
            hit("beside: more than 16 categories")
            del browser.views[min(browser.views, key=lambda c: (browser.views[c][-1], c.encode()))]
    return reached


def forget_browser(world, kind, who):
    """18"""
    for key in [key for key in world.browsers if key[:2] == (kind, who)]:
        hit("beside: a browser is forgotten")
        del world.browsers[key]
        trail = world.carts.get((key[2], TRAIL + kind[0] + who))
        if trail:
            hit("beside: an erasure ends the trail")
            end_cart(world, trail)


def cart_is_open(world, trail):
    if trail.kind != "trail":
        return False
    return ("customer", trail.customer) in world.carts_of or ("visitor", trail.visitor) in world.carts_of


def carts_of(world):
    """Who has a cart when part c begins."""
    return {who for cart in world.carts.values() if cart.kind == "cart" for who in (("customer", cart.customer), ("visitor", cart.visitor)) if who[1] is not None}


# News of products


def products_changed(world, events):
    """Behind the pauses that ran out, in order of arrival."""
    for event in events:
        if event["event"] == "item_changed":
            product_changed(world, event)


def product_changed(world, event):
    campaign, product, name = world.campaign, (event["shop"], event["item_id"]), None
    if "stock" in event:
        pieces, said = max(event["stock"], 0), world.stock.get(product)
        if said is None or event["time"] >= said[0]:
            world.stock[product] = (event["time"], pieces)
            if campaign.stock and pieces > 0 and said is not None and said[1] == 0:
                name = "stock"
        else:
            hit("beside: older than what was said of the stock")
    if name is None and campaign.price and "price" in event:
        name = "price"
    if name is None:
        return
    for cart in world.carts.values():
        if cart.kind != "cart" or cart.shop != event["shop"] or event["item_id"] not in cart.lines:
            continue
        if cart.pause:
            hit("beside: no news for a cart that is paused")
        elif cart.step == 0:
            hit("beside: no news for a cart that was not reminded yet")
        elif cart.had_news:
            hit("beside: no news twice in a cycle")
        elif name == "stock" or is_cheaper(world, cart, event):
            if name == "stock":
                hit("beside: back in stock")
            cart.news = {"campaign": name, "at": max(event["time"], cart.last_add), "step": cart.step}
            cart.step, cart.deferred, cart.had_news = 0, None, True
            set_alarm(world, cart)


def is_cheaper(world, cart, event):
    held, currency = cart.prices.get(event["item_id"]), world.policy.carts[cart].currency
    if held is None:
        hit("beside: nobody knows what it cost")
        return False
    if "currency" in event and currency is not None and event["currency"] != currency:
        hit("beside: cheaper in another currency")
        return False
    if 100 * event["price"] > (100 - world.campaign.price.drop_percent) * held:
        hit("beside: not that much cheaper")
        return False
    hit("beside: cheaper")
    return True
