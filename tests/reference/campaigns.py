"""Campaigns, read aloud: SEMANTICS.md, Campaigns. Which series a cart is in, and what that counts from.

Where only the page's one campaign is on this says what rules 3 and 7 say.
"""
from hits import hit

STAGES = ("cart", "checkout", "payment")
REACHED = {"begin_checkout": "checkout", "add_shipping_info": "checkout", "add_payment_info": "payment"}
CHANGES = ("add_to_cart", "remove_from_cart", "update_cart")
SEEN = (*CHANGES, *REACHED, "view_item", "view_cart", "identify", "purchase")


def follows(cart):
    """The name of the campaign, and its settings."""
    campaign = cart.campaign
    if cart.kind == "sale":
        return "after_purchase", campaign.after_purchase
    if cart.kind == "trail":
        return "browse", campaign.browse
    if cart.news:
        return cart.news["campaign"], getattr(campaign, cart.news["campaign"])
    if cart.pause and campaign.unpaid:
        return "unpaid", campaign.unpaid
    if cart.stage != "cart" and campaign.checkout:
        return "checkout", campaign.checkout
    return "cart", campaign


def counts_from(cart):
    name, series = follows(cart)
    if name == "after_purchase":
        return cart.last_add
    if name == "browse":
        return cart.last_seen
    if name in ("stock", "price"):
        return cart.news["at"]
    if name == "unpaid":
        return since(cart)
    if series.clock == "last_cart_change":
        return max(cart.last_add, cart.last_change or cart.last_add)
    if series.clock == "last_seen":
        return max(cart.last_add, cart.last_seen or cart.last_add)
    if series.clock == "checkout_started":
        return cart.checkout_at
    return cart.last_add


def since(cart):
    """Orders since then end the cart."""
    return cart.pause["stamp"][0] if follows(cart)[0] == "unpaid" else cart.last_add


def reached(cart, stage, time):
    if STAGES.index(stage) > STAGES.index(cart.stage):
        if cart.stage == "cart":
            cart.checkout_at = time
        cart.stage = stage


def heard(cart, name, time, added):
    """What an event says of the shopper's way, the cart not being paused. True: a new cycle begins. News of a product come
    between two steps of its series and are none of its business here."""
    news, cart.news = cart.news, None
    try:
        return heard_in_series(cart, name, time, added)
    finally:
        cart.news = news


def heard_in_series(cart, name, time, added):
    before = cart.last_add is not None and (follows(cart)[0], counts_from(cart))
    if added and (cart.last_add is None or time > cart.last_add):
        cart.last_add = time
        if cart.stage != "cart" and cart.checkout_at < time:
            hit("campaigns: an addition behind the checkout")
            cart.stage = "cart"
        elif cart.stage != "cart":
            hit("campaigns: an addition before the checkout arrives late")
    if name in REACHED and time >= cart.last_add:
        reached(cart, REACHED[name], time)
    elif name in REACHED:
        hit("campaigns: a checkout before the last addition")
    if name in CHANGES or added:
        cart.last_change = max(time, cart.last_change or time)
    if name in SEEN or added:
        cart.last_seen = max(time, cart.last_seen or time)
    if not before:
        return True
    if follows(cart)[0] != before[0]:
        hit(f"campaigns: from {before[0]} to {follows(cart)[0]}")
        return True
    if counts_from(cart) > before[1] and not added:
        hit(f"campaigns: {follows(cart)[1].clock} moves without an addition")
    return counts_from(cart) > before[1]


def resumed(cart, moment):
    cart.last_add = cart.checkout_at = moment
    cart.last_change = cart.last_seen = None
