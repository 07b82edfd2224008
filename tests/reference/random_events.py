#!/usr/bin/env python3
"""Small random event files that reach every rule and tie of SEMANTICS.md.

  random_events.py --seed N [--events K]     prints one file (NDJSON); without --events 20 to 80 events, and then some
                   [--about orders]          mostly of orders and what follows them
  random_events.py --self-check N            runs the model over the seeds 0..N-1 and prints how often each branch was hit;
                                             exit 1 if a branch of the model was never hit (N >= 500)

A file is a handful of story fragments (an addition, a consent, a wait, an order...) thrown over few shops, carts, customers,
visitors, addresses and order ids, at times that repeat each other or lie a rule's duration apart, give or take a
millisecond or a tick: so things collide, often in one tick. Then some events come late, some are broken, some unknown,
and some are delivered again. Every seed gives the same file on every machine.

Redelivery keeps to what rule 22 promises: not for a cart that has ended since, and within its last 16 ids. Nothing else
that the page may leave open is avoided; model.py lists its readings.
"""
import argparse, json, random, re, sys
from collections import Counter, defaultdict
from pathlib import Path

import contract, everyone, model, world
from figures import DAY, EVENT_IDS_KEPT, HOUR, MINUTE
from hits import HITS
from world import tick_of

START = 1_700_000_000_000
SHOPS = ["s", "s", "s", "t", None]          # None: [shop.default]
CARTS = ["a", "b", "c", "Å", "ab"]
CUSTOMERS = ["u", "w", "x"]
VISITORS = ["v", "y", "z"]
ORDERS = ["o", "p", "q"]
ITEMS = ["i", "j", "k", "l"]
MAILBOXES = [                               # each inner list is one address; the lists differ from each other
    ["anna@bücher.example", "Anna@BÜCHER.example", "ANNA@xn--bcher-kva.example", "anna@bu\u0308cher.EXAMPLE", "anna@XN--BCHER-KVA.Example"],
    ["bob@x.example", "BOB@X.example", "Bob@x.EXAMPLE"],
    ["straße@straße.example", "Straße@Straße.example", "straße@xn--strae-oqa.example"],
    ["strasse@strasse.example", "STRASSE@STRASSE.EXAMPLE"],
    ["ÉLODIE.ας@x.example", "e\u0301lodie.ας@x.example", "élodie.ΑΣ@X.example"],
    ["bob+cart@x.example"],
]
# Spans between events: the durations of the rules and their sums, so that edges meet.
SPANS = [20 * MINUTE] * 6 + [24 * HOUR] * 4 + [24 * HOUR + 20 * MINUTE, 24 * HOUR - 20 * MINUTE, 7 * DAY, 7 * DAY + 20 * MINUTE, 14 * DAY,
         14 * DAY + 20 * MINUTE, 3 * DAY, 2 * DAY, 10 * DAY + 20 * MINUTE, 25 * HOUR, HOUR, MINUTE, 4 * MINUTE, 10 * MINUTE]
JITTERS = [0] * 10 + [1, -1, 1, -1, 300, 500, 999, -999, 1000, -1000, 1001, 2000]


class Author:
    SPANS, policy = SPANS, None

    def __init__(self, seed, events_wanted=None, about=None):
        self.random = random.Random(f"cartwheel {seed}")
        r = self.random
        self.wanted = events_wanted or r.randint(20, 80)
        self.favoured = self.ABOUT[about] if about else []
        self.horizon = START + r.choice([2 * DAY, 10 * DAY, 20 * DAY, 40 * DAY])
        self.shops = r.choice([["s"], ["s"], SHOPS])
        self.carts = CARTS[:r.choice([1, 2, 3, 5])]
        self.customers = CUSTOMERS[:r.choice([1, 2, 3])]
        self.visitors = VISITORS[:r.choice([1, 2, 3])]
        self.mailboxes = r.sample(MAILBOXES, r.choice([1, 1, 2, 3]))
        self.orders = ORDERS[:r.choice([1, 2, 3])]
        self.talkative = r.choice([0.0, 0.1, 0.4])       # how often an event says who and at which address
        self.moments = [START + r.choice([0, 0, 500, 999, 1])]
        self.events, self.serial = [], 0
        self.arrivals = []                               # (arrival, event) of those that are written to come late

    # -- the small choices

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, things):
        return self.random.choice(things)

    def when(self, after=None):
        """A moment seen before or one a rule's duration from it."""
        base = after if after is not None else self.pick(self.moments)
        if self.chance(0.5):
            base += self.pick(self.SPANS)
        if self.chance(0.45):
            base += self.pick(JITTERS)
        if not START <= base <= self.horizon:
            base = self.pick(self.moments)
        return self.seen(base)

    def seen(self, time):
        if len(self.moments) < 12:
            self.moments.append(time)
        else:
            self.moments[self.random.randrange(12)] = time
        return time

    def mailbox(self):
        return self.pick(self.pick(self.mailboxes))

    def order(self):
        """Known already, mostly; or an id of its own, so that orders also live out their lives."""
        return self.pick(self.orders) if self.chance(0.45) else f"o{self.serial}"

    def items(self, count_min=1):
        chosen = []
        for _ in range(self.pick([1, 1, 1, 2, 3]) if count_min or self.chance(0.8) else 0):
            item = {"item_id": self.pick(ITEMS)}
            if self.chance(0.6):
                item["quantity"] = self.pick([1, 1, 1, 2, 2, 3, 10000, 9999])
            if self.chance(0.3):
                item["price"] = self.pick([10, 0, 19.99, "19.99", "0.125", 1e3])
            if self.chance(0.05):
                item |= {"item_name": "Kännchen", "image_url": "https://shop.example/i.jpg", "item_category": None, "colour": {"a": [1]}}
            chosen.append(item)
        return chosen

    def emit(self, event, time, shop="", **fields):
        shop = self.pick(self.shops) if shop == "" else shop
        self.serial += 1
        e = {"event": event, "time": time}
        if shop is not None:
            e["shop"] = shop
        if self.chance(0.6):
            e["event_id"] = f"e{self.serial}"
        e.update((k, v) for k, v in fields.items() if v is not None)
        if event not in ("consent", "erase", "identify"):
            if "customer_id" not in e and self.chance(self.talkative):
                e["customer_id"] = self.pick(self.customers)
            if "visitor_id" not in e and self.chance(self.talkative):
                e["visitor_id"] = self.pick(self.visitors)
            if "email" not in e and self.chance(self.talkative / 2):
                e["email"] = self.mailbox()
        elif event != "identify" and self.chance(0.1):
            e["cart_id"] = self.pick(self.carts)         # to be disregarded
            e["visitor_id"] = self.pick(self.visitors)
        if self.chance(0.04):
            noise = self.pick([{"phone": None}, {"phone": "+31201234567"}, {"locale": "nl-NL"}, {"time_zone": "Europe/Amsterdam"}, {"country": "NL"},
                            {"currency": "EUR", "value": 12.5}, {"currency": "JPY", "value": 1200}, {"bot": False}, {"internal": False},
                            {"cart_url": "https://shop.example/cart"}, {"utm": {"source": ["x", None]}}, {"name": "Zoë"}, {"customer_id": None}, {"cart_id": None}, {"email": None}, {"items": None}, {"bot": True},
                               {"channel": "sms", "status": 404} if event != "consent" else {}, {"payment": "cash"} if event != "purchase" else {}])
            e.update((k, v) for k, v in noise.items() if v is not None or k not in e)
        self.events.append(e)
        return e

    def identity(self):
        """Who opens a cart: a customer, a visitor, both or nobody."""
        kind = self.pick("ccccvvvbn")
        return {"customer_id": self.pick(self.customers) if kind in "cb" else None, "visitor_id": self.pick(self.visitors) if kind in "vb" else None}

    # -- the fragments

    def a_person(self, t):
        """Somebody known with an address and mostly a consent."""
        who = {"customer_id": self.pick(self.customers)} if self.chance(0.7) else {"visitor_id": self.pick(self.visitors)}
        mailbox = self.mailbox()
        self.emit("identify", t, **who, email=mailbox, address_source=self.pick([None, "account", "checkout", "sale", "newsletter"]))
        if self.chance(0.75):
            self.emit("consent", self.when(t) if self.chance(0.3) else t, email=mailbox, channel="email", status="granted", source="form", wording="yes")

    def an_addition(self, t):
        cart, shop, who = self.pick(self.carts), self.pick(self.shops), self.identity()
        self.emit("add_to_cart", t, shop, cart_id=cart, items=self.items(), **who)
        if self.chance(0.4):
            self.emit(self.pick(["view_cart", "begin_checkout", "add_shipping_info", "add_payment_info"]), self.when(t), shop, cart_id=cart,
                      **self.identity() if self.chance(0.3) else {}, email=self.mailbox() if self.chance(0.5) else None)

    def a_reminded_cart(self, t):
        """Everything a reminder needs; then perhaps added to again, to reach the caps."""
        cart, shop, customer, mailbox = self.pick(self.carts), self.pick(self.shops), self.pick(self.customers), self.mailbox()
        self.emit("identify", t, shop, customer_id=customer, email=mailbox)
        self.emit("consent", t, shop, email=mailbox, channel="email", status="granted")
        for _ in range(self.pick([1, 1, 2, 2, 5])):
            self.emit("add_to_cart", t, shop, cart_id=cart, items=self.items(), customer_id=customer)
            t = self.seen(t + self.pick([24 * HOUR, 24 * HOUR, 24 * HOUR + 1, 24 * HOUR - 1, 24 * HOUR - 1000, 2 * DAY, HOUR]))

    def an_existing_customer(self, t):
        mailbox, shop, customer, order = self.mailbox(), self.pick(self.shops), self.pick(self.customers), self.order()
        self.emit("purchase", t, shop, order_id=order, customer_id=customer, email=mailbox if self.chance(0.9) else None)
        self.emit("add_to_cart", self.seen(t + self.pick([0, 1, MINUTE])), shop, cart_id=self.pick(self.carts), items=self.items(), customer_id=customer)
        if self.chance(0.3):
            self.emit("refund", self.when(t), shop, order_id=order)

    def an_update(self, t):
        cart, shop, items = self.pick(self.carts), self.pick(self.shops), self.items(0)
        self.emit("update_cart", t, shop, cart_id=cart, items=items, **self.identity() if self.chance(0.3) else {})
        if self.chance(0.5):                                    # the same set again, grown, shrunk or in another order
            again = [dict(i) for i in reversed(items)]
            if again and self.chance(0.5):
                again[0]["quantity"] = max(1, min(10000, again[0].get("quantity", 1) + self.pick([-1, 1])))
            self.emit("update_cart", self.when(t), shop, cart_id=cart, items=again)

    def a_removal(self, t):
        cart, shop = self.pick(self.carts), self.pick(self.shops)
        everything = [{"item_id": i, "quantity": 10000} for i in ITEMS]
        self.emit("remove_from_cart", t, shop, cart_id=cart, items=everything if self.chance(0.4) else self.items(),
                  email=self.mailbox() if self.chance(0.15) else None)
        if self.chance(0.4):
            self.emit("add_to_cart", self.when(t), shop, cart_id=cart, items=self.items(), **self.identity())

    def an_order(self, t):
        """Any payment, and what may follow it, for a cart or for nobody's."""
        shop, order, cart = self.pick(self.shops), self.order(), self.pick(self.carts)
        if self.chance(0.4):
            self.emit("add_to_cart", self.seen(t - self.pick([0, 1, MINUTE]) if t > START + HOUR else t), shop, cart_id=cart, items=self.items(), **self.identity())
        who = {"cart_id": cart} if self.chance(0.75) else {"customer_id": self.pick(self.customers)}
        if self.chance(0.2):
            who |= self.identity() if "cart_id" in who else {"visitor_id": self.pick(self.visitors)}
        payment = self.pick([None, "paid", "offline", "pending", "pending", "pending", "failed"])
        self.emit("purchase", t, shop, order_id=order, payment=payment, email=self.mailbox() if self.chance(0.5) else None, **who)
        for _ in range(self.pick([0, 0, 1, 1, 1, 2])):
            later = self.seen(t + self.pick([0, 1, MINUTE, HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR - 1, 24 * HOUR + 1, 24 * HOUR + 1000, 2 * DAY]))
            self.emit(self.pick(["order_paid", "order_paid", "order_cancelled", "refund"]), later, shop, order_id=order,
                      **self.pick([{}, {}, {"cart_id": cart}, self.identity()]), email=self.mailbox() if self.chance(0.25) else None)

    def an_elsewhere_order(self, t):
        """Somebody's cart waits while the same somebody orders: at last_add, around it, under another name."""
        shop, mailbox, who = self.pick(self.shops), self.mailbox(), self.identity()
        self.emit("add_to_cart", t, shop, cart_id=self.carts[0], items=self.items(), **who)
        buyer = who if who["customer_id"] and self.chance(0.6) else {"customer_id": self.pick(self.customers), "visitor_id": who["visitor_id"]}
        if self.chance(0.5):
            for person in (who, buyer):
                if any(person.values()):
                    self.emit("identify", t, shop, **person, email=mailbox)
        self.emit("purchase", self.seen(t + self.pick([0, 0, 1, -1, MINUTE, 20 * MINUTE, 20 * MINUTE + 1, 20 * MINUTE + 1000])), shop, order_id=self.order(),
                  payment=self.pick([None, "offline", "pending"]), email=mailbox if self.chance(0.3) else None, **buyer)

    def a_guest_order(self, t):
        """A cart with nothing but an address of its own, ordered; another cart at that address waits."""
        shop, n = self.pick(self.shops), self.serial
        mailbox = f"Guest{n}@x.example" if self.chance(0.5) else self.mailbox()
        cart, other, order = (f"g{n}", f"g{n}'", f"o{n}") if self.chance(0.6) else (self.carts[0], self.carts[-1], self.order())
        self.emit("add_to_cart", t, shop, cart_id=cart, items=self.items(), email=mailbox)
        if self.chance(0.7):
            self.emit("add_to_cart", t, shop, cart_id=other, items=self.items(), email=mailbox)
        if self.chance(0.1):
            self.emit("erase", t, email=mailbox)
        payment = self.pick([None, "offline", "pending", "pending"])
        later = t if self.chance(0.3) else self.when(t)
        self.emit("purchase", later, shop, cart_id=cart, order_id=order, payment=payment)
        if payment == "pending":
            later = self.seen(later + self.pick([0, MINUTE, 24 * HOUR, 25 * HOUR]))
            if self.chance(0.3):
                self.emit("cart_merged", later, shop, cart_id=cart, into=self.pick(self.carts) + "!")
            self.emit(self.pick(["order_paid", "order_paid", "order_cancelled"]), later, shop, order_id=order)
        if self.chance(0.5):
            self.emit("add_to_cart", self.seen(later + self.pick([0, 0, -1, 1])), shop, cart_id=other, items=self.items(), email=mailbox)

    def a_merge(self, t):
        """One, two into one, or a chain; sources that are open or not; at a login or without."""
        shop = self.pick(self.shops)
        for _ in range(self.pick([1, 1, 2, 3])):
            source, into = self.pick(CARTS), self.pick(CARTS)
            if self.chance(0.5):
                self.emit("add_to_cart", self.when(t), shop, cart_id=source, items=self.items(), **self.identity())
            if self.chance(0.4):
                self.emit("add_to_cart", self.when(t), shop, cart_id=into, items=self.items(), **self.identity())
            self.emit("cart_merged", t, shop, cart_id=source, into=into, **self.identity() if self.chance(0.5) else {},
                      email=self.mailbox() if self.chance(0.3) else None)
            if self.chance(0.5):
                t = self.when(t)

    def a_login(self, t):
        shop, visitor, customer = self.pick(self.shops), self.pick(self.visitors), self.pick(self.customers)
        self.emit("add_to_cart", t, shop, cart_id=self.pick(self.carts), items=self.items(), visitor_id=visitor)
        ids = {"visitor_id": visitor if self.chance(0.9) else None, "customer_id": customer, "cart_id": self.pick(self.carts) if self.chance(0.3) else None}
        self.emit("identify", self.when(t), **ids, email=self.mailbox() if self.chance(0.6) else None)

    def an_identify(self, t):
        ids = {k: self.pick(pool) for k, pool in (("customer_id", self.customers), ("visitor_id", self.visitors), ("cart_id", self.carts)) if self.chance(0.5)}
        if not ids:
            ids = {"cart_id": self.pick(self.carts)}
        self.emit("identify", t, **ids, email=self.mailbox() if self.chance(0.85) else None)

    def a_consent(self, t):
        to = self.pick([{"email": self.mailbox()}, {"email": self.mailbox()}, {"customer_id": self.pick(self.customers)},
                        {"customer_id": self.pick(self.customers), "email": self.mailbox()}, {"customer_id": self.pick(self.customers), "phone": "+31201234567"}])
        status = self.pick(["granted", "granted", "withdrawn"])
        self.emit("consent", t, **to, channel=self.pick(["email"] * 8 + ["whatsapp", "onsite"]), status=status)
        if self.chance(0.25):                                   # the opposite, at the same time or a little off
            self.emit("consent", self.seen(t + self.pick([0, 0, 1, -1, 500, HOUR])), **to, channel="email", status="granted" if status == "withdrawn" else "withdrawn")
        if "email" not in to and self.chance(0.5):
            self.emit("identify", self.when(t), customer_id=to["customer_id"], email=self.mailbox())

    def an_erasure(self, t):
        who = self.pick([{"customer_id": self.pick(self.customers)}, {"email": self.mailbox()}, {"customer_id": self.pick(self.customers), "email": self.mailbox()}])
        if self.chance(0.3):                                    # with something of its own to forget in the same tick
            self.pick([self.a_person, self.a_guest_order, self.an_existing_customer, self.a_consent, self.an_addition])(t)
        if self.chance(0.15):                                   # or with consents that still wait for an address
            who = {"customer_id": "shy"}
            for _ in range(self.pick([1, 2])):
                self.emit("consent", self.when(t) if self.chance(0.2) else t, **who, channel="email", status=self.pick(["withdrawn", "granted"]))
            later = self.seen(t + self.pick([0, MINUTE]))
            self.emit("identify", later, **who, email=self.mailbox())
            self.emit("add_to_cart", later, cart_id=self.pick(self.carts), items=self.items(), **who)
        self.emit("erase", t, **who)

    def a_view(self, t):
        ids = self.pick([{"cart_id": self.pick(self.carts)}, {"customer_id": self.pick(self.customers)}, {"visitor_id": self.pick(self.visitors)}])
        self.emit(self.pick(["view_item", "view_item"] + (["view_cart", "begin_checkout"] if "cart_id" in ids else [])), t, **ids,
                  email=self.mailbox() if self.chance(0.25) else None)

    def an_item_changed(self, t):
        self.emit("item_changed", t, item_id=self.pick(ITEMS), stock=self.pick([None, 0, 5]), price=self.pick([None, 10, "9.99"]),
                  cart_id=self.pick(self.carts) if self.chance(0.2) else None)

    def something_unknown(self, t):
        self.emit(self.pick(["add_to_wishlist", "Add_to_cart", "purchase "]), t, cart_id=self.pick(self.carts), items=self.items(), order_id="o",
                  payment="paid", customer_id=self.pick(self.customers), email=self.mailbox())

    def a_wardrobe(self, t):
        """More than 200 lines. Which of them went shows when the cart is replaced by one line: was that one new?"""
        shop, cart = self.pick(self.shops), f"wardrobe{self.serial}"
        lines = lambda numbers: [{"item_id": f"n{n}"} for n in numbers]
        if self.chance(0.3):
            self.emit("add_to_cart", t, shop, cart_id=cart, items=lines(range(100)))
            self.emit("update_cart", t, shop, cart_id=cart, items=lines(range(199, -1, -1)))
        else:
            self.emit("add_to_cart", t, shop, cart_id=cart, items=lines(range(200)))
        more = self.pick([[200], [200, 0], [0, 200], [200, 201, 0], [200, 100], [199, 200], list(range(150, 300))])
        if self.chance(0.3):
            self.emit("add_to_cart", t, shop, cart_id=cart + "'", items=lines(more))
            self.emit("cart_merged", t, shop, cart_id=cart + "'", into=cart)
        else:
            self.emit("add_to_cart", t, shop, cart_id=cart, items=lines(more))
        self.emit("update_cart", t + MINUTE, shop, cart_id=cart, items=lines([self.pick([0, 0, 1, 1, 2, 50, 99, 100, 198, 199, 200])]))

    def a_forgotten_order(self, t):
        """An order heard of again half a year later, and its buyer's next cart."""
        shop, customer, mailbox, order = self.pick(self.shops), f"u{self.serial}", f"U{self.serial}@x.example", f"o{self.serial}"
        t = tick_of(t)
        self.emit("purchase", t, shop, order_id=order, customer_id=customer, payment=self.pick(["offline", "pending", "paid"]), email=mailbox)
        later = t + self.pick([179 * DAY, 180 * DAY, 180 * DAY, 180 * DAY - 1000, 180 * DAY + 1, 181 * DAY])
        self.emit(self.pick(["order_paid", "order_paid", "refund"]), later, shop, order_id=order, customer_id=None)
        self.emit("add_to_cart", later + 1, shop, cart_id=self.pick(self.carts), items=self.items(), customer_id=customer)

    def an_order_life(self, t):
        """An order of somebody with no other history, so that what its events change can be seen on the buyer's carts."""
        n, shop = self.serial, self.pick(self.shops)
        customer, visitor, cart, order, mailboxes = f"u{n}", f"v{n}", f"c{n}", f"o{n}", [f"U{n}@x.example", f"u{n}@X.EXAMPLE", f"w{n}@x.example"]
        self.emit("identify", t, customer_id=customer, email=mailboxes[0])
        if self.chance(0.7):
            self.emit("add_to_cart", t, shop, cart_id=cart, items=self.items(), visitor_id=visitor)
        if self.chance(0.5):
            self.emit("add_to_cart", t, shop, cart_id=cart + "'", items=self.items(), customer_id=customer)
        self.emit("purchase", t, shop, order_id=order, payment=self.pick(["paid", "offline", "offline", "pending", "pending", "pending"]), cart_id=cart,
                  customer_id=customer if self.chance(0.5) else None, email=self.pick(mailboxes) if self.chance(0.5) else None)
        if self.chance(0.4):                                    # who it was is said in the same tick
            ids = self.pick([{"visitor_id": visitor}, {"cart_id": cart}])
            self.emit("identify", t, shop, customer_id=customer, **ids)
        for _ in range(self.pick([1, 2, 3, 4])):
            t = self.seen(t + self.pick([0, 1, MINUTE, HOUR, 24 * HOUR, 24 * HOUR + 1000]))
            kind = self.pick(["order_paid", "order_paid", "order_cancelled", "refund", "purchase", "purchase", "cart", "erase"])
            if kind == "purchase":
                self.emit("purchase", t, shop, order_id=order, payment=self.pick(["paid", "offline", "pending", "pending", "failed"]),
                          cart_id=self.pick([cart, cart + "'"]), email=self.pick(mailboxes) if self.chance(0.3) else None)
                if self.chance(0.4):                            # taken back, whether or not it was what the order knows of
                    self.emit("order_cancelled", self.seen(t + self.pick([0, MINUTE])), shop, order_id=order)
            elif kind == "cart":
                self.emit("add_to_cart", t, shop, cart_id=self.pick([cart, cart + "'"]), items=self.items(), customer_id=customer)
            elif kind == "erase":
                if self.chance(0.3):
                    self.emit("erase", t, **self.pick([{"customer_id": customer}, {"email": self.pick(mailboxes)}, {"customer_id": customer, "email": self.pick(mailboxes)}]))
            else:
                self.emit(kind, t, shop, order_id=order, email=self.pick(mailboxes) if self.chance(0.2) else None,
                          customer_id=customer if self.chance(0.2) else None, cart_id=cart if self.chance(0.1) else None)
        for mailbox in (mailboxes[0], self.pick(mailboxes)):
            if self.chance(0.7):
                self.emit("add_to_cart", self.seen(t + self.pick([0, 0, -1, 1, MINUTE])), shop, cart_id=self.pick([cart, cart + "'", cart + '"']),
                          items=self.items(), customer_id=customer, email=mailbox)

    def a_latecomer(self, t):
        """Something that happened long before it is heard of, at the edges of what is too old for a step."""
        t = self.seen(tick_of(t))
        ago = self.pick([24 * HOUR, 24 * HOUR + 20 * MINUTE, 7 * DAY + 20 * MINUTE, 10 * DAY + 20 * MINUTE, 14 * DAY + 20 * MINUTE, 17 * DAY + 20 * MINUTE, HOUR])
        time, shop, cart, order = t - ago + self.pick([0, 0, 0, -1, 1, -1000]), self.pick(self.shops), self.pick(self.carts), self.order()
        first = len(self.events)
        kind = self.pick("aaaampprc")
        if kind == "a":
            self.emit("add_to_cart", time, shop, cart_id=cart, items=self.items(), **self.identity())
        elif kind == "m":
            self.emit("cart_merged", time, shop, cart_id=cart, into=self.pick(CARTS[1:] if cart == "a" else ["a"]), **self.identity())
        elif kind == "p":
            if self.chance(0.6):                                # a pause is on already
                self.emit("add_to_cart", t - HOUR, shop, cart_id=cart, items=self.items(), customer_id=self.pick(self.customers))
                self.emit("purchase", t - MINUTE, shop, cart_id=cart, order_id=self.order(), payment="pending")
                first = len(self.events)
            self.emit("purchase", time, shop, cart_id=cart, order_id=order, payment=self.pick(["pending", "pending", "paid"]))
        elif kind == "r":
            self.emit(self.pick(["order_cancelled", "order_paid"]), time, shop, order_id=order)
        else:
            self.emit("consent", time, shop, customer_id=self.pick(self.customers), channel="email", status=self.pick(["granted", "withdrawn"]))
        late = self.events[first:]
        self.events[first:] = []
        self.emit("view_item", t, shop, visitor_id="nobody")
        self.arrivals += [(t, e) for e in late]

    def a_chatter(self, t):
        """As many ids of one cart as are remembered."""
        shop, cart = self.pick(self.shops), self.pick(self.carts)
        for _ in range(self.pick([15, 16, 17, 18])):
            self.emit("view_cart", t, shop, cart_id=cart)["event_id"] = f"chat{self.serial}"
            t += self.pick([0, 1, 1000])

    FRAGMENTS = [(a_person, 5), (an_addition, 12), (a_reminded_cart, 5), (an_existing_customer, 5), (an_update, 5), (a_removal, 4), (an_order, 12),
                 (an_elsewhere_order, 6), (a_guest_order, 3), (a_merge, 7), (a_login, 4), (an_identify, 4), (a_consent, 6), (an_erasure, 4), (a_view, 4),
                 (an_item_changed, 0.7), (something_unknown, 1.5), (an_order_life, 5), (a_wardrobe, 0.5), (a_forgotten_order, 0.6),
                 (a_latecomer, 3), (a_chatter, 0.3)]

    ABOUT = {"orders": [a_person, an_existing_customer, an_order, an_elsewhere_order, a_guest_order, an_order_life, a_forgotten_order, an_erasure]}

    # -- the file

    def lines(self):
        fragments = [fragment for fragment, _ in self.FRAGMENTS]
        weights = [10 if fragment in self.favoured else weight for fragment, weight in self.FRAGMENTS]
        while len(self.events) + len(self.arrivals) < self.wanted:
            self.random.choices(fragments, weights)[0](self, self.when())
        self.events.sort(key=lambda e: e["time"])
        if self.chance(0.3):                                    # in one tick the order written is not always the order thought of
            self.events.sort(key=lambda e: (tick_of(e["time"]), self.random.random()))
        for arrival, late in self.arrivals:
            after = [i for i, e in enumerate(self.events) if tick_of(e["time"]) <= tick_of(arrival)]
            self.events.insert(after[-1] + 1 if after else 0, late)
        for _ in range(self.pick([0, 0, 1, 2, 4])):             # late ones
            i = self.random.randrange(len(self.events))
            self.events.insert(min(len(self.events), i + self.random.randint(1, 12)), self.events.pop(i))
        if self.chance(0.8):                                    # long enough for what was begun to be decided
            last = max(e["time"] for e in self.events)
            self.emit("view_item", last + self.pick([16, 16, 25, 3]) * DAY + self.pick(JITTERS), None, visitor_id="nobody", email=None)
        else:                                                   # or the end is at an edge
            last = max(e["time"] for e in self.events)
            self.emit(self.pick(["view_item", "view_item", "unknown"]), last + self.pick([20 * MINUTE, 20 * MINUTE - 1, 20 * MINUTE + 300, 7 * DAY + 20 * MINUTE]), None, visitor_id="nobody")
        lines = [self.written(e) for e in self.events]
        lines = self.with_redeliveries(lines)
        for _ in range(self.pick([0, 1, 1, 3])):                # refused ones, wherever
            lines.insert(self.random.randrange(len(lines)), self.broken())
        return lines

    def written(self, event):
        event = dict(event)
        if self.chance(0.06):                                   # the same moment, as text
            event["time"] = rfc3339(event["time"], self.pick([0, 0, 60, -330]), self.chance(0.2))
        return json.dumps(event, ensure_ascii=self.chance(0.2), separators=self.pick([(",", ":"), (", ", ": ")])).encode()

    def with_redeliveries(self, lines):
        """Delivers some events again, changing nothing but the count of duplicates. The model says where that is so."""
        seen = []                                               # per applied event: line number, its key and id, the carts' ends
        model.replay(lines, policy=self.policy and self.policy(), trace=lambda event, world: seen.append((event["number"], model.duplicate_key(event), event.get("event_id"), event, Counter(world.ended), world.tick)))
        before = [Counter()] + [ended for *_, ended, _ in seen]
        again = defaultdict(list)
        for i, (_, key, event_id, event, _, _) in enumerate(seen):
            if event_id is None or key is None or not self.chance(0.5 if event_id.startswith("chat") else 0.15):
                continue
            ids_since, places = 0, []
            for j in range(i, min(i + 40, len(seen))):
                number, key_j, id_j, _, ended, tick = seen[j]
                ids_since += j > i and key_j == key and id_j is not None
                if ids_since >= EVENT_IDS_KEPT:
                    break
                # Its cart must not have ended since the event arrived; an end by part b or c shows in the next tick's first event.
                if key[0] == "cart" and ended[key[1:]] != before[i][key[1:]]:
                    break
                places.append((number, tick))
            if places:
                number, tick = self.pick(self.pick([places[:3], places, places[-1:]]))
                again[number].append(self.redelivered(lines[seen[i][0] - 1], event, tick))
        end = []
        if self.chance(0.2):                                    # and a duplicate that moves the end, for a person: nobody ended
            kept = [(key, event) for _, key, event_id, event, *_ in seen[-15:] if event_id is not None and key is not None and key[0] == "customer_id"]
            for key, event in kept[-1:]:
                time = max(e["time"] for *_, e, _, _ in seen) + self.pick([20 * MINUTE, 7 * DAY])
                end = [json.dumps({"event": "identify", "time": time, "customer_id": key[1], "event_id": event["event_id"], "email": "dup@x.example"}).encode()]
        return [line for number, line in enumerate(lines, 1) for line in [line, *again[number]]] + end

    def redelivered(self, line, event, tick):
        """The same bytes mostly; or another event under the same id for the same cart, at a time of that tick."""
        if "cart_id" not in event or event["event"] in ("consent", "erase") or self.chance(0.7):
            return line
        other = {"event": self.pick(["add_to_cart", "update_cart", "remove_from_cart"]), "time": min(event["time"], tick), "shop": event["shop"],
                 "cart_id": event["cart_id"], "event_id": event["event_id"], "items": [{"item_id": "dup", "quantity": 3}], "customer_id": "dup"}
        return json.dumps(other).encode()

    def broken(self):
        """A line that breaks the contract, far in the future where the clock would notice, harmful if applied."""
        last = max(e["time"] for e in self.events)
        time = self.pick([START, last, last + 300 * DAY])
        good = {"event": "purchase", "time": time, "shop": self.pick(self.shops) or "default", "cart_id": self.pick(self.carts), "order_id": "broken",
                "customer_id": self.pick(self.customers), "email": self.mailbox()}
        add = {k: v for k, v in good.items() if k != "order_id"} | {"event": "add_to_cart", "items": [{"item_id": "i"}]}
        consent = {"event": "consent", "time": time, "shop": good["shop"], "email": good["email"], "channel": "email", "status": "withdrawn"}
        without = lambda e, *fields: {k: v for k, v in e.items() if k not in fields}
        item = lambda **fields: add | {"items": [{"item_id": "i"} | fields]}
        wrong = self.pick([
            without(good, "order_id"), without(good, "cart_id", "customer_id"), without(good, "time"), without(good, "event"), good | {"order_id": None},
            good | {"order_id": ""}, good | {"order_id": "o" * 129}, good | {"payment": "cash"}, good | {"payment": 1}, good | {"time": "yesterday"},
            good | {"time": 1.5}, good | {"time": True}, good | {"time": "2023-02-30T00:00:00Z"}, good | {"shop": ""}, good | {"shop": "s" * 65},
            good | {"cart_id": 7}, good | {"cart_id": ""}, good | {"customer_id": "ü" * 65}, good | {"visitor_id": ""}, good | {"event_id": ""},
            good | {"event_id": "e" * 129}, good | {"email": "nobody"}, good | {"email": " bob@x.example"}, good | {"email": "bob@x.example "},
            good | {"email": "bob@"}, good | {"email": "@x.example"}, good | {"email": "bob@x..example"}, good | {"email": "b ob@x.example"},
            good | {"email": "bob.@x.example"}, good | {"email": "b" * 65 + "@x.example"}, good | {"email": "b@" + "x" * 64 + ".example"},
            good | {"email": "b@" + "x." * 125 + "example"}, good | {"phone": "0612345678"}, good | {"phone": "+0612345678"}, good | {"name": "n" * 129},
            good | {"locale": "not a locale"}, good | {"time_zone": "not a zone"}, good | {"country": "Netherlands"}, good | {"currency": "EURO"},
            good | {"value": "ten"}, good | {"bot": "yes"}, good | {"internal": 1}, good | {"cart_url": "http://shop.example/"},
            good | {"cart_url": "https://shop.example/" + "x" * 2048}, good | {"items": []}, without(add, "items"), without(add, "cart_id"),
            add | {"items": []}, add | {"items": {}}, add | {"items": ["i"]}, add | {"items": [{"quantity": 1}]}, add | {"items": [{"item_id": f"n{n}"} for n in range(201)]},
            item(quantity=0), item(quantity=-1), item(quantity=10001), item(quantity=1.5), item(quantity="1"), item(item_id=""), item(item_id="i" * 129),
            item(price="cheap"), item(price=True), item(item_name="n" * 513), item(item_url="ftp://shop.example"), item(image_url="/i.jpg"),
            item(item_category="c" * 129), add | {"event": "cart_merged", "into": add["cart_id"]}, add | {"event": "cart_merged"},
            add | {"event": "remove_from_cart", "items": None}, add | {"event": "update_cart", "items": None},
            {"event": "view_item", "time": time, "shop": "s"}, {"event": "identify", "time": time, "email": good["email"]}, {"event": "erase", "time": time},
            without(consent, "channel"), without(consent, "status"), without(consent, "email"), consent | {"channel": "sms"}, consent | {"status": "maybe"},
            without(consent, "email") | {"phone": "+31201234567"}, consent | {"source": "s" * 65}, consent | {"wording": "w" * 1025},
            {"event": "identify", "time": time, "customer_id": good["customer_id"], "email": good["email"], "address_source": "guess"},
            {"event": "item_changed", "time": time, "cart_id": good["cart_id"]}, {"event": "item_changed", "time": time, "item_id": "i", "stock": 1.5},
            {"event": "order_paid", "time": time}, {"event": "refund", "time": time, "order_id": 5}, {"event": 5, "time": time},
            {"event": "add_to_wishlist"}, {"event": "add_to_wishlist", "time": time, "email": "nobody"}, good | {"utm": "x" * 65536},
        ])
        line = json.dumps(wrong).encode()
        return self.pick([line] * 8 + [b"not json", line[:-1], b"[" + line + b"]", b"5", json.dumps(good).encode()[:-1] + b', "shop": "s"}',
                                       json.dumps(add).encode().replace(b'"item_id": "i"', b'"item_id": "i", "item_id": "i"'),
                                       json.dumps(good).encode()[:-1] + b', "utm": {"a": 1, "a": 1}}', json.dumps(good).encode()[:-1] + b', "name": "\xff"}',
                                       json.dumps(good).encode()[:-1] + b', "value": NaN}'])


def rfc3339(time, offset_minutes, lower):
    from datetime import datetime, timedelta, timezone
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=time)
    local = moment.astimezone(timezone(timedelta(minutes=offset_minutes)))
    written = local.strftime("%Y-%m-%dT%H:%M:%S")
    if time % 1000:
        written += f".{time % 1000:03d}".rstrip("0")
    written += "Z" if offset_minutes == 0 else f"{'+' if offset_minutes > 0 else '-'}{abs(offset_minutes) // 60:02d}:{abs(offset_minutes) % 60:02d}"
    return written.lower() if lower else written


def self_check(seeds):
    source = "".join(Path(part.__file__).read_text(encoding="utf-8") for part in (contract, world, model, everyone))
    branches = [branch for branch in re.findall(r'hit\("([^"]+)"\)', source) if not branch.startswith(("hours: ", "beside: "))]    # policy_events.py's
    files, decided, results = defaultdict(int), Counter(), Counter()
    for seed in range(seeds):
        lines = Author(seed).lines()
        HITS.clear()
        found = model.replay(lines, drain=seed % 4 == 3, entities={"t": "other"} if seed % 2 else None)
        for branch in HITS:
            files[branch] += 1
        decided.update(f"{d['outcome']} {d['reason']}" for d in found.decisions)
        results.update(found.results)
    print(f"{seeds} files; in how many of them each branch of the model was hit:")
    for branch in dict.fromkeys(branches):
        print(f"{files[branch]:7d}  {branch}")
    print("decisions:", json.dumps(decided))
    print("events:", json.dumps(results))
    never = [branch for branch in dict.fromkeys(branches) if not files[branch]]
    for branch in never:
        print("never hit:", branch, file=sys.stderr)
    return 1 if never and seeds >= 500 else 0


def main():
    p = argparse.ArgumentParser(description="small random event files for the model and the engine")
    what = p.add_mutually_exclusive_group(required=True)
    what.add_argument("--seed", type=int)
    what.add_argument("--self-check", type=int, metavar="N")
    p.add_argument("--events", type=int, metavar="K")
    p.add_argument("--about", choices=Author.ABOUT)
    a = p.parse_args()
    if a.self_check is not None:
        sys.exit(self_check(a.self_check))
    for line in Author(a.seed, a.events, a.about).lines():
        sys.stdout.buffer.write(line + b"\n")


if __name__ == "__main__":
    main()
