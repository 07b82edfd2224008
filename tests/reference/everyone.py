"""Part b: everyone else, in the order of arrival; then the pauses that ran out."""
import heapq

import beside, campaigns
from figures import ORDER_KEPT
from hits import hit
from world import (Order, bind, cart_address, customers_address, end_cart, first_address, heard, newer, open_cart, pour, stamp, start_cycle,
                   teach_cart)


def part_b(world, events):
    for event in events:
        name = event["event"]
        if "again" in event:
            continue
        if world.policy and name not in ("consent", "erase"):
            world.policy.hears_of_person(world, event)
        if name == "consent":
            consent(world, event)
            continue
        if name == "erase":
            erase(world, event)
            continue
        beside.browsed(world, event)
        teach_person(world, event)
        if event["taught"]:
            teach_cart(world, event["taught"], event)
        if name == "identify":
            login(world, event)
        elif name == "cart_merged":
            merge(world, event)
        elif name == "purchase":
            purchase(world, event)
        elif name in ("order_paid", "order_cancelled", "refund"):
            order_event(world, event)
    pauses_that_ran_out(world)
    beside.products_changed(world, events)


def teach_person(world, event):
    """14: exactly one subject; the third one, a cart, has its turn behind (or in a merge)."""
    if "email" not in event:
        return
    if "customer_id" in event:
        customer = event["customer_id"]
        if newer(world.customers.get(customer), event):
            hit("14: learnt for the customer")
            world.customers[customer] = (event["email"], stamp(event))
            for waited in world.waiting.pop(customer, []):                                                             # 16
                hit("16: a waiting consent finds its address")
                keep_consent(world, event["email"], **waited)
    elif "visitor_id" in event and newer(world.visitors.get(event["visitor_id"]), event):
        hit("14: learnt for the visitor")
        world.visitors[event["visitor_id"]] = (event["email"], stamp(event))


def login(world, event):
    """4: the visitor's open carts that have no customer, in every shop."""
    if "visitor_id" in event and "customer_id" in event:
        for cart in world.carts.values():
            if cart.kind != "cart":
                continue
            if cart.visitor == event["visitor_id"] and cart.customer is None:
                hit("4: login binds the visitor's open carts")
                cart.customer, cart.customer_stamp = event["customer_id"], stamp(event)


def merge(world, event):
    """5"""
    key = (event["shop"], event["into"])
    into = world.carts.get(key)
    if event["moved"] is None and (event["shop"], event["cart_id"]) in world.carts:
        hit("5: a cart that part b opened is no source in that tick")
    if event["moved"] is not None:
        if into is None:
            hit("5: merge opens a cart")
            if any(cart.key == key for cart in world.ended_in_tick):
                hit("5: a cart that ended in this tick is opened again by a merge")
            into = open_cart(world, key)
        if into.pause:
            hit("5: merge into a paused cart")
        if world.policy:
            world.policy.hears_of_merge(into, event)
        if pour(into, event["moved"]):
            if into.last_add is not None and event["time"] > into.last_add and not into.pause:
                hit("3: a merge restarts the clock")
            heard(world, into, "cart_merged", event["time"], added=True)
        else:
            hit("3: a merge without growth")
    if into:
        if world.policy:
            world.policy.hears_of_cart(into, event, added=False)
        bind(into, event)                                                                                              # 4
        teach_cart(world, into, event)                                                                                 # 14
    else:
        hit("5: neither source nor into is open")


def consent(world, event):
    """16"""
    waited = {"entity": world.entity(event["shop"]), "channel": event["channel"], "status": event["status"], "time": event["time"],
              "source": event.get("source")}
    if "email" in event:
        keep_consent(world, event["email"], **waited)
    elif "customer_id" in event:
        if customers_address(world, event["customer_id"]):
            hit("16: by customer with an address")
            keep_consent(world, customers_address(world, event["customer_id"]), **waited)
        else:
            hit("16: by customer without an address waits")
            world.waiting[event["customer_id"]].append(waited)


def keep_consent(world, address, entity, channel, status, time, source):
    """16: the latest of each kind is all that rule 16 and rule 18 ever ask for."""
    kind = world.grants if status == "granted" else world.withdrawals
    key = (address, entity, channel)
    if key in kind and kind[key] > time:
        hit("16: older than the one known")
    kind[key] = max(kind.get(key, time), time)
    if world.policy:
        world.policy.hears_of_consent(key, status, time, source)


def consent_stands(world, address, entity):
    """16: granted, withdrawn or None; the latest by time, at equal times withdrawn."""
    key = (address, entity, "email")
    granted, withdrawn = world.grants.get(key), world.withdrawals.get(key)
    if granted is None:
        return None if withdrawn is None else "withdrawn"
    if granted == withdrawn:
        hit("16: withdrawn and granted at one time")
    elif withdrawn is not None and granted > withdrawn:
        hit("16: granted again after a withdrawal")
    return "granted" if withdrawn is None or granted > withdrawn else "withdrawn"


def known_order(world, event):
    """12: the order of that id, unless it was forgotten; being named keeps it."""
    key = (event["shop"], event["order_id"])
    order = world.orders.get(key)
    if order and world.tick - order.last_named >= ORDER_KEPT:
        hit("12: forgotten after 180 days")
        del world.orders[key]
        order = None
    if order:
        order.last_named = max(order.last_named, event["time"])
    return order


def purchase(world, event):
    """9, 12, 13"""
    payment = event.get("payment", "paid")
    if known_order(world, event):
        hit("12: a further purchase of a known order")
        if payment == "pending":
            hit("12: a further, pending purchase")
        return
    if payment == "failed":
        hit("12: failed makes no order")
        return
    order = world.orders[event["shop"], event["order_id"]] = Order(event["shop"], payment)
    world.all_orders.append(order)
    order.last_named = event["time"]
    order.customer, order.visitor, order.email = event["buyer"], event["browser"], event.get("email")
    order.cart_key, order.cart = (event["shop"], event.get("cart_id")), event["named"]
    if payment == "pending":
        return
    record(world, order, event, order.customer, order.visitor, order.email, order.cart)
    if payment == "paid":
        give_basis(world, order, order.email, event["time"])
        beside.open_sale(world, order, event, order.customer, order.visitor)


def record(world, order, event, customer, visitor, email, cart):
    """9: recorded at the event's time; the address as it stands at this point."""
    if not email:
        email = first_address(world, customer, visitor, cart.own if cart else None)
        if email and cart and cart.own and email == cart.own[0]:
            hit("9: an order of the named cart's own address")
    if "customer_id" not in event and customer:
        hit("9: an order of the named cart's customer")
    if "visitor_id" not in event and visitor:
        hit("9: an order of the named cart's visitor")
    entry = {"shop": order.shop, "time": event["time"], "customer": customer, "visitor": visitor, "address": email}
    order.recorded.append(entry)
    for whose in ("customer", "visitor", "address"):
        if entry[whose]:
            world.recorded[order.shop, whose, entry[whose]].append(entry)


def give_basis(world, order, address, time):
    """13"""
    if address is None:
        hit("13: a paid order without address gives no basis")
        return
    order.basis, order.paid_at = (address, world.entity(order.shop)), time
    world.bases[order.basis].append(order)


def order_event(world, event):
    """11, 12, 13 for order_paid, order_cancelled and refund"""
    name, order = event["event"], known_order(world, event)
    if order is None:
        hit("12: an event for an unknown order")
        return
    cart = world.carts.get(order.cart_key)
    pauses = cart is not None and cart.pause is not None and cart.pause["order"] == (event["shop"], event["order_id"])
    if name in ("refund", "order_cancelled"):
        beside.end_sale(world, order, name)
    if any(c.pause and c.pause["order"] == (event["shop"], event["order_id"]) and c is not cart for c in world.carts.values()):
        hit("11: this order also pauses a cart that its first purchase did not name")

    if name == "order_paid" and order.state == "pending":
        order.state = "paid"
        customer, visitor = order.customer or event["buyer"], order.visitor or event["browser"]
        email = event.get("email") or order.email
        named = order.cart if order.cart is not None and world.carts.get(order.cart_key) is order.cart else None
        record(world, order, event, customer, visitor, email, named)
        give_basis(world, order, email, event["time"])
        beside.open_sale(world, order, event, customer, visitor)
        if pauses:
            hit("11: order_paid ends the cart that it pauses")
            if cart.pause["end"] <= world.tick:
                hit("11: order_paid in the tick in which the pause runs out")
            end_cart(world, cart)
        elif cart and cart.pause:
            hit("11: order_paid of an order that pauses no more: another one does")
        elif cart:
            hit("11: order_paid of an order that pauses no more")
        else:
            hit("11: order_paid, its cart is not open")
    elif name == "order_paid" and order.state == "offline":
        hit("12: order_paid of an offline order gives the basis")
        order.state = "paid"
        give_basis(world, order, event.get("email") or order.email, event["time"])
        beside.open_sale(world, order, event, order.customer, order.visitor)
    elif name == "order_paid" and order.state == "paid":
        hit("12: order_paid of a paid order")
    elif name == "order_paid":
        hit("12: order_paid of a cancelled order")
    elif name == "order_cancelled" and order.state == "pending":
        order.state = "cancelled"
        if pauses:
            hit("11: order_cancelled resumes the cart")
            resume(world, cart, event["time"])
        else:
            hit("11: order_cancelled of an order that pauses no cart")
    elif name == "order_cancelled" and order.state == "offline":
        hit("12: order_cancelled of an offline order")
        order.state = "cancelled"
    elif name == "order_cancelled":
        hit("12: order_cancelled of a paid or cancelled order")
        if pauses:
            hit("12: order_cancelled of a paid or cancelled order that pauses a cart")
    elif name == "refund" and order.state == "paid" and order.basis:
        hit("13: refund takes the basis back")
        world.bases[order.basis].remove(order)
        if world.bases[order.basis]:
            hit("13: another order's basis stands")
        order.basis = None
    elif name == "refund":
        hit("13: refund without a basis")


def resume(world, cart, moment):
    """11: a new cycle from that moment."""
    if cart.last_add > moment:
        hit("11: the resumption sets the clock back")
    cart.pause = None
    campaigns.resumed(cart, moment)
    start_cycle(world, cart)


def pauses_that_ran_out(world):
    """11, in order of (moment, shop, cart_id), after all events of the tick."""
    ran_out = set()
    while world.pause_alarms and world.pause_alarms[0][0] <= world.tick:
        cart = world.carts.get(heapq.heappop(world.pause_alarms)[1])
        if cart and cart.pause and cart.pause["end"] <= world.tick:
            ran_out.add(cart)
    for cart in sorted(ran_out, key=lambda c: (c.pause["end"], c.key[0].encode(), c.key[1].encode())):
        hit("11: the pause ran out")
        resume(world, cart, cart.pause["end"])


def erase(world, event):
    """18"""
    customer = event.get("customer_id")
    addresses = {event.get("email"), customers_address(world, customer)} - {None}

    for cart in list(world.carts.values()):
        if cart.kind != "cart":
            continue
        if customer is not None and cart.customer == customer:
            hit("18: ends a cart of the customer")
            end_cart(world, cart)
        elif cart_address(world, cart) in addresses:
            hit("18: ends a cart of the address")
            end_cart(world, cart)

    if customer is not None:
        beside.forget_browser(world, "customer", customer)
    world.customers.pop(customer, None)
    if world.policy:
        world.policy.forgets_person("customer", customer)
    if customer in world.waiting:
        world.waiting[customer] = [w for w in world.waiting[customer] if w["status"] == "withdrawn"]
        if world.waiting[customer]:
            hit("18: a waiting withdrawal survives")
        else:
            del world.waiting[customer]
    for kind, known in (("customer", world.customers), ("visitor", world.visitors)):
        for who in [who for who, (learnt, _) in known.items() if learnt in addresses]:
            hit("18: another customer or a visitor forgets the address")
            del known[who]
            beside.forget_browser(world, kind, who)
            if world.policy:
                world.policy.forgets_person(kind, who)
    for cart in [*world.carts.values(), *world.ended_in_tick]:
        if cart.own and cart.own[0] in addresses:
            hit("18: a cart forgets the address")
            cart.own = None

    for key in [key for key in world.grants if key[0] in addresses]:
        hit("18: grants are forgotten")
        del world.grants[key]
        if key in world.withdrawals:
            hit("18: an outdone withdrawal survives")
    for address in addresses:
        world.last_sent.pop(address, None)
    if world.policy:
        world.policy.erases(addresses)
    for key in [key for key in world.bases if key[0] in addresses and world.bases[key]]:
        hit("18: bases are forgotten")
        del world.bases[key]

    for order in world.all_orders:
        its_addresses = {order.email, order.basis and order.basis[0], *(entry["address"] for entry in order.recorded)} - {None}
        its_customers = {order.customer, *(entry["customer"] for entry in order.recorded)} - {None}
        if customer in its_customers or its_addresses & addresses:
            hit("18: orders lose customer, visitor and address")
            beside.end_sale(world, order, "erase")
            if order.state == "pending":
                hit("18: a pending order loses customer, visitor and address")
            order.customer = order.visitor = order.email = order.basis = None
            for entry in order.recorded:
                entry["customer"] = entry["visitor"] = entry["address"] = None
