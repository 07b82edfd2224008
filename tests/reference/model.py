#!/usr/bin/env python3
"""The reference model: SEMANTICS.md read aloud, slowly. Here are parts a and c of a tick, and the clock; part b is everyone.py.

  model.py FILE... [--drain] [--entities JSON] [--summary | --results]

Reads events (NDJSON, or .gz; several files count as one, in the order given) and prints the decision lines of rule 20.
--drain      the clock runs on after the last event until no step is due (21)
--entities   a map of shop to legal entity; shops it does not name take [shop.default], one entity for all of them (17)
--summary    instead of the lines: events by result, decisions by outcome and reason, carts still open
--results    instead of the lines: what became of each input line, with the reason of a refusal

It shares no code and no thought with the engine, which is the point: where the two differ, one of them misread the page.
Numbers in comments and in hits are rules of SEMANTICS.md. hit() counts what was reached, so that
random_events.py --self-check can tell that its files reach everything.

READINGS: where the page can be read in more than one way, and the way taken here.
   2  A cart that would keep more than 200 lines takes the whole event first and then loses its oldest lines. A line is as
      old as its last being new; growing does not make it younger; update_cart orders all lines as it lists them.
   4  The binding a purchase hands to its order (9) is the cart's as it stands when the event has acted in part a.
   9  The named cart's own address is that of the cart which the purchase named, with what has been learnt at that point of
      part b, though part a ended it; an erase earlier in the same part b takes it away.
  11  The "latest" pending purchase is the latest by time, at equal times by arrival.
  11  The moment of a resumption becomes last_add even if that sets the clock back (a late pending purchase or cancellation).
  11  order_cancelled resumes the cart of the order's first purchase, if that order, still pending, pauses it. A further
      purchase that pauses another cart leaves it to the 24 hours.
  11  order_paid: "as in 9" looks at the cart of the purchase as it stands then, if that cart is still open; its "own"
      customer and visitor are the event's, else those of the open cart it names.
  12  order_cancelled of a paid or cancelled order: nothing. A refunded order stays a paid one (order_paid: nothing).
  12  Forgotten: in a tick T with T - (greatest time of an accepted order event that named it) >= 180 days. What rule 10
      looks at is not forgotten with it.
  14  A cart's own address is learnt in part b, at its event's place: an erase that arrived before it in the same tick leaves
      it. Part a says only whose it is: "open once the event has acted". That cart, and no other, even if it has ended since.
  16  Without an address the customer's consents all wait, and all go to the first address learnt.
  18  With both customer_id and email given, the customer's address and the email are both erased. A cart is "of the
      address" when rule 15 finds that address.
  18  "Withdrawals survive": each of them, also one that a later grant, now forgotten, had outdone.
  18  The orders that lose everything: of that customer, or with that address (on the purchase, as recorded, or as basis).
      A refund of such an order finds no basis any more, even one of another address.
  18  Event ids outlive the erase of their person.
  22  "Person" is the event's customer_id, else visitor_id (not consent, erase), else email, else phone; ids are kept whether
      or not the cart was open or the order known, and past its end. An event that names nobody is never a duplicate
      (item_changed).
  22  Of an event with an unknown name nothing is looked at but structure, time and size (a key twice, no time, 64 KiB): it is
      ignored whatever its other fields hold. Fields of some other event (`payment` on view_item) are unknown fields, unchecked.
  EV  identify with one id and nothing to learn is accepted, item_changed without stock and price too. `bot` and `internal`
      change nothing. `items: []` is wrong on every event but update_cart. Blank lines are no events.
  EV  An integer is written without fraction and exponent (1.0 is none). RFC 3339 digits beyond milliseconds are cut off.
      country, currency, locale, time_zone: shape only, capitals where the standard has them.
"""
import argparse, gzip, heapq, json, sys
from collections import Counter

import beside, campaigns
from figures import EVENT_IDS_KEPT, PIECES_MAX
from hits import hit
from contract import NEEDS, Refused, parse
from world import World, bind, cart_address, comes_up, end_cart, heard, open_cart, pour, set_alarm, stamp, tick_of
from everyone import consent_stands, part_b

# ---------------------------------------------------------------------------------------------------------------------
# Part a: own cart. Nothing but the named cart and the event is looked at.


def part_a(world, events, trace=None):
    for event in events:
        if "again" in event:
            continue
        own_cart(world, event)
        if trace:
            trace(event, world)


def own_cart(world, event):
    name, time = event["event"], event["time"]
    event["named"], event["moved"] = None, None         # for part b: the open cart it named, the lines it moves
    event["taught"] = None                              # and the cart that may learn its address (14)
    event["left"] = None
    event["bought"] = {}                                # what a purchase left of the cart it named (sales)
    event["buyer"], event["browser"] = event.get("customer_id"), event.get("visitor_id")
    if name in ("consent", "erase") or "cart_id" not in event:
        return
    key = (event["shop"], event["cart_id"])
    cart = world.carts.get(key)

    if name == "cart_merged":                                                                                          # 5
        if cart:
            event["moved"], event["left"] = dict(cart.lines), cart
            if cart.pause:
                hit("5: a paused source")
            end_cart(world, cart)                                                                                      # 6
        else:
            hit("5: source not open")
        return                                          # ids and address concern `into`: part b

    if cart is None and (name == "add_to_cart" or (name == "update_cart" and event["items"])):                        # 1
        cart = open_cart(world, key)
    if cart is None:
        hit("1: an event for a cart that is not open")
        return

    added = False
    if name == "add_to_cart":                                                                                          # 2, 3
        pour(cart, event["items"])
        added = True
    elif name == "update_cart":
        lines = {item_id: min(pieces, PIECES_MAX) for item_id, pieces in event["items"].items()}
        grew = any(pieces > cart.lines.get(item_id, 0) for item_id, pieces in lines.items())
        cart.lines = lines
        if grew:
            added = True
        else:
            hit("3: update_cart without growth")
    elif name == "remove_from_cart":
        for item_id, pieces in event["items"].items():
            if item_id not in cart.lines:
                hit("2: removal of a line that is not there")
                continue
            if cart.lines[item_id] < pieces:
                hit("2: never below zero")
            cart.lines[item_id] -= pieces
            if cart.lines[item_id] <= 0:
                del cart.lines[item_id]

    if not (name == "purchase" and event.get("payment") == "pending"):
        heard(world, cart, name, time, added)
    if name == "purchase":
        event["bought"] = dict(cart.lines)
    bind(cart, event)                                                                                                  # 4
    if world.policy:
        world.policy.hears_of_cart(cart, event, added)
    event["named"] = cart
    event["buyer"], event["browser"] = event["buyer"] or cart.customer, event["browser"] or cart.visitor               # 9

    if not cart.lines:
        hit("6: emptied")
        if cart.pause:
            hit("6: emptied while paused")
        end_cart(world, cart)
    elif name == "purchase" and event.get("payment", "paid") in ("paid", "offline"):
        hit("8: ordered")
        if cart.pause:
            hit("8: ordered while paused")
        end_cart(world, cart)
    elif name == "purchase" and event["payment"] == "pending":                                                         # 11
        if cart.pause is None or stamp(event) > cart.pause["stamp"]:
            if cart.pause:
                hit("11: a later pending purchase takes over the pause")
            else:
                hit("11: pending pauses the cart")
            cart.pause = {"order": (event["shop"], event["order_id"]), "stamp": stamp(event), "end": time + world.campaign.pause}
            campaigns.reached(cart, "payment", time)
            if cart.news:
                hit("beside: a pause takes the news back")
                cart.news = None
            if world.campaign.unpaid:
                cart.step, cart.deferred, cart.had_news = 0, None, False
            set_alarm(world, cart)
        else:
            hit("11: a pending purchase older than the one that pauses")
    elif name == "purchase":
        hit("11: failed leaves the cart as it is")

    if world.carts.get(key) is cart:
        event["taught"] = cart                                                                                         # 14
    elif "email" in event and "customer_id" not in event and "visitor_id" not in event:
        hit("14: an address without a subject, for the event ended the cart")


# ---------------------------------------------------------------------------------------------------------------------
# Part c: decisions.


def part_c(world):
    come_up, looked_at = [], set()
    world.carts_of = beside.carts_of(world) if world.campaign.browse else set()
    while world.step_alarms and world.step_alarms[0][0] <= world.tick:
        cart = world.carts.get(heapq.heappop(world.step_alarms)[1])
        if cart is None or cart in looked_at:
            continue
        looked_at.add(cart)
        name, series = campaigns.follows(cart)
        if cart.pause and name != "unpaid":
            hit("11: no step of a paused cart comes up")
            continue
        if cart.step == len(series.steps) or comes_up(cart) > world.tick:
            continue
        one_by_one = world.policy and world.policy.hours.given
        for step in range(cart.step, cart.step + 1 if one_by_one else len(series.steps)):
            if cart.due(step) <= world.tick:
                come_up.append((series.priority, cart.due(step), cart.key[0].encode(), cart.key[1].encode(), step, cart))
    come_up.sort(key=lambda x: x[:5])
    for _, due, _, _, step, cart in come_up:
        if world.carts.get(cart.key) is cart:
            decide(world, cart, step, due)
    for cart in looked_at:
        name, series = campaigns.follows(cart)
        if world.carts.get(cart.key) is cart and (not cart.pause or name == "unpaid" and cart.step < len(series.steps)):
            if comes_up(cart) <= world.tick:
                hit("hours: a step that had to wait for another one")
                heapq.heappush(world.step_alarms, (world.tick + 1000, cart.key))
            else:
                set_alarm(world, cart)


def decide(world, cart, step, due):
    """The first rule that holds names the outcome; 20."""
    rules = world.policy.first_rule_that_holds if world.policy else first_rule_that_holds
    outcome, reason = rules(world, cart, step, due, cart_address(world, cart))
    if outcome == "deferred":                                                                                          # Hours
        return
    world.decisions.append({"time": world.tick, "shop": cart.key[0], "cart_id": cart.key[1], "customer_id": cart.customer,
                            "step": step, "channel": "email", "outcome": outcome, "reason": reason})
    name, series = campaigns.follows(cart)
    if name != "cart":
        world.decisions[-1]["campaign"] = name
    news, cart.news = cart.news, None
    cart.step, cart.deferred = news["step"] if news else step + 1, None
    if due % 1000:
        hit("7: due inside a tick comes up at its end")
    if due <= world.tick - 1000:
        hit("7: due in a tick that is over comes up now")
    if outcome == "ended":
        end_cart(world, cart)                                                                                          # 10
    elif news:
        hit(f"beside: news of {name} decided")
    elif cart.step == len(series.steps) and name != "unpaid":
        hit("6: ends with its last step")
        end_cart(world, cart)


def first_rule_that_holds(world, cart, step, due, address):
    now, campaign = world.tick, world.campaign
    if ordered_elsewhere(world, cart, address):
        hit("c: ended ordered_other_cart")
        return "ended", "ordered_other_cart"
    if now - due > campaign.steps[step]["not_after"]:
        hit("c: refused expired_ttl")
        return "refused", "expired_ttl"
    if now - due == campaign.steps[step]["not_after"]:
        hit("c: just not expired")
    if address is None:
        hit("c: refused no_address")
        return "refused", "no_address"
    entity = world.entity(cart.shop)
    stands = consent_stands(world, address, entity)
    if stands == "withdrawn":
        hit("c: refused consent_withdrawn")
        if tick_of(world.withdrawals[address, entity, "email"]) == now:
            hit("c: withdrawn in this very tick")
        if world.bases.get((address, entity)):
            hit("c: withdrawn before existing customer")
        return "refused", "consent_withdrawn"
    if stands is None and not world.bases.get((address, entity)):
        hit("c: refused no_consent")
        return "refused", "no_consent"
    if cart.sent >= campaign.reminders_max:
        hit("c: refused cap_cart")
        return "refused", "cap_cart"
    if address in world.last_sent:
        if now - world.last_sent[address] < campaign.cap:
            hit("c: refused cap_24h")                                                                                  # 19: not tried again
            if now == world.last_sent[address]:
                hit("c: refused cap_24h, sent in this very tick")
            return "refused", "cap_24h"
        if now - world.last_sent[address] == campaign.cap:
            hit("c: the cap ends after exactly 24 hours")
    world.last_sent[address] = now                                                                                     # 19
    cart.sent += 1
    if stands == "granted":
        hit("c: sent opt_in")
        if world.bases.get((address, entity)):
            hit("c: sent opt_in of an existing customer")
        return "sent", "opt_in"
    hit("c: sent existing_customer")
    return "sent", "existing_customer"


def ordered_elsewhere(world, cart, address):
    """10"""
    if cart.kind == "sale":
        return False
    for whose, which in (("customer", cart.customer), ("visitor", cart.visitor), ("address", address)):
        if which is None:
            continue
        for entry in world.recorded.get((cart.shop, whose, which), []):
            if entry[whose] != which:
                hit("10: the order was erased")                                                                        # 18
            elif entry["time"] >= campaigns.since(cart):
                if whose == "customer":
                    hit("10: by customer")
                elif whose == "visitor":
                    hit("10: by visitor")
                else:
                    hit("10: by address")
                if tick_of(entry["time"]) == world.tick:
                    hit("10: ordered in this very tick")
                if entry["time"] == cart.last_add:
                    hit("10: ordered at last_add")
                return True
            else:
                hit("10: added since")
    return False


# ---------------------------------------------------------------------------------------------------------------------
# The clock


def duplicate_key(event):
    """22: the same cart, else order, else person."""
    if "cart_id" in event:
        return ("cart", event["shop"], event["cart_id"])
    if "order_id" in event:
        return ("order", event["shop"], event["order_id"])
    for who in ("customer_id", "visitor_id", "email", "phone"):
        if who in event and not (who == "visitor_id" and event["event"] in ("consent", "erase")):
            return (who, event[who])
    return None


def take(world, line):
    """The event of a line if it is to be applied, and what became of it: (event or None, result, time or None, why)."""
    try:
        event = parse(line)
    except Refused as refusal:
        hit("22: refused")
        return None, "refused", None, str(refusal)
    if event["event"] not in NEEDS:
        hit("22: ignored, an unknown name")
        if world.last_time is not None and event["time"] > world.last_time:
            hit("22: an unknown name moves the clock")
        return None, "ignored", event["time"], "unknown name"
    key = duplicate_key(event)
    if "event_id" in event and key:
        if event["event_id"] in world.event_ids[key]:
            if key[0] == "cart":
                hit("22: duplicate for a cart")
            elif key[0] == "order":
                hit("22: duplicate for an order")
            else:
                hit("22: duplicate for a person")
            if world.last_time is not None and event["time"] > world.last_time:
                hit("22: a duplicate moves the clock")
            if len(world.event_ids[key]) == EVENT_IDS_KEPT and world.event_ids[key][0] == event["event_id"]:
                hit("22: duplicate of the oldest of the 16 ids")
            if event["event"] == "item_changed":        # of the product it says the same, and that is heard
                return event | {"again": True}, "duplicate", event["time"], f"for {key[0]}"
            return None, "duplicate", event["time"], f"for {key[0]}"
        world.event_ids[key].append(event["event_id"])
    return event, "applied", event["time"], ""


def finish_tick(world, events, with_decisions=True, trace=None):
    world.ended_in_tick = []
    part_a(world, events, trace)
    part_b(world, events)
    if with_decisions:
        part_c(world)


def next_alarm(world):
    return min((alarms[0][0] for alarms in (world.step_alarms, world.pause_alarms) if alarms), default=None)


def run_ticks_before(world, tick):
    """The ticks without events that have something to end or to decide; tick None: until there are none."""
    while (alarm := next_alarm(world)) is not None and (tick is None or alarm < tick):
        assert alarm > world.tick, "a finished tick leaves nothing that should have come up in it"
        world.tick = alarm
        finish_tick(world, [])


def replay(lines, drain=False, entities=None, report=None, trace=None, policy=None):
    """The World after the lines (bytes, without newline); report(number, result, why) hears what became of each,
    trace(event, world) is called for each applied one when it has acted in part a."""
    world, waiting = World(entities, policy), []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        event, result, time, why = take(world, line)
        world.results[result] += 1
        if report:
            report(number, result, why)
        if time is not None:                                                                                           # 21, 22
            if world.tick is None or tick_of(time) > world.tick:
                if world.tick is not None:
                    finish_tick(world, waiting, trace=trace)
                    run_ticks_before(world, tick_of(time))
                waiting, world.tick = [], tick_of(time)
            elif tick_of(time) < world.tick:
                hit("ticks: a late event")
            if world.last_time is None or time > world.last_time:
                world.last_time = time
            elif time < world.last_time:
                hit("ticks: out of order")
        if event:
            event["arrival"], event["number"] = number, number
            waiting.append(event)
    if world.tick is None:
        return world
    whole = world.tick <= world.last_time
    if not whole:
        hit("21: a tick cut short by the end")
    finish_tick(world, waiting, with_decisions=whole or drain, trace=trace)
    if drain:
        run_ticks_before(world, None)
    world.decisions.sort(key=lambda d: (d["time"], d["shop"].encode(), d["cart_id"].encode(), d["step"]))             # 20
    return world


def read_lines(paths):
    for path in paths:
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
            for line in f:
                yield line.rstrip(b"\r\n")


def main():
    p = argparse.ArgumentParser(description="the reference model of SEMANTICS.md")
    p.add_argument("files", nargs="+", metavar="FILE")
    p.add_argument("--drain", action="store_true")
    p.add_argument("--entities", type=json.loads, metavar="JSON", help='shop to legal entity, such as {"t":"other-bv"}')
    what = p.add_mutually_exclusive_group()
    what.add_argument("--summary", action="store_true")
    what.add_argument("--results", action="store_true")
    a = p.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    report = (lambda number, result, why: print(number, result, why)) if a.results else None
    world = replay(read_lines(a.files), a.drain, a.entities, report)
    if a.summary:
        decided = Counter(f"{d['outcome']} {d['reason']}" for d in world.decisions)
        print(json.dumps({"events": {r: world.results[r] for r in ("applied", "duplicate", "ignored", "refused")},
                          "decisions": dict(sorted(decided.items())), "open_carts": len(world.carts)}))
    elif not a.results:
        for decision in world.decisions:
            print(json.dumps(decision, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
