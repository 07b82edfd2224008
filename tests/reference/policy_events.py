#!/usr/bin/env python3
"""Random event files for a random configuration: those of random_events.py, and what the rules of policy.py look at.

  policy_events.py --seed N FOLDER     writes the configuration of this seed into FOLDER and prints its events
  policy_events.py --self-check N      runs the model over the seeds 0..N-1 and prints how often each branch of policy.py, and
                                       of hours.py, was hit; exit 1 if one was never hit (N >= 500)

Countries, marks, prices, values and currencies, confirmed consents, role addresses and ways in which an address was obtained
are thrown over all events; some fragments lie at the edges of the new rules. Spans between events are the configuration's
own durations as well.
"""
import argparse, re, sys, tempfile
from collections import Counter, defaultdict
from pathlib import Path

import beside, campaigns, hours, model, policy, settings, world
from figures import DAY, HOUR, MINUTE
from hits import HITS
from hours import Hours
from random_events import JITTERS, MAILBOXES, SHOPS, SPANS, START, Author
from world import tick_of

ROLE_MAILBOXES = [["info@x.example", "INFO@X.example"], ["Sales+carts@x.example"], ["no-reply@bücher.example"], ['"info"@x.example'], ["information@x.example"]]
COUNTRIES = ["NL", "DE", "DE", "GB", "GB", "US", "CA", "CA", "FR", "BE", "JP"]
CURRENCIES = ["EUR", "EUR", "EUR", "JPY", "USD", "KWD", "CHF"]
HOURS_APART = [15 * MINUTE, 30 * MINUTE, 45 * MINUTE, HOUR, 75 * MINUTE, 90 * MINUTE, 2 * HOUR, 3 * HOUR, 6 * HOUR, 9 * HOUR, 12 * HOUR]
# When clocks are moved there, forward and back, and days that have a date of their own.
MOVED = [(zone, settings.moment(text)) for zone, text in (
    ("Europe/Amsterdam", "2024-03-31T01:00:00Z"), ("Europe/Amsterdam", "2024-10-27T01:00:00Z"), ("America/New_York", "2024-03-10T07:00:00Z"),
    ("America/New_York", "2024-11-03T06:00:00Z"), ("Australia/Lord_Howe", "2024-04-06T15:00:00Z"), ("Australia/Lord_Howe", "2024-10-05T15:30:00Z"),
    ("Pacific/Chatham", "2024-04-06T14:00:00Z"), ("Pacific/Chatham", "2024-09-28T14:00:00Z"), ("Africa/Casablanca", "2024-03-10T02:00:00Z"),
    ("Africa/Casablanca", "2024-04-14T02:00:00Z"), ("Antarctica/Troll", "2024-10-27T01:00:00Z"), ("America/St_Johns", "2024-11-03T04:30:00Z"),
    ("Pacific/Kiritimati", "2024-02-28T10:00:00Z"), ("Asia/Kathmandu", "2024-02-28T18:15:00Z"), ("Etc/UTC", "2023-12-31T23:59:00Z"))]
PRICES = {"EUR": [10, 5, "9.995", "9.99", "3.34"], "JPY": [1000, "999", 500], "USD": ["20.50", 20.49], "KWD": ["0.5", "0.4995", "0.25"], "CHF": [1]}


class PolicyAuthor(Author):
    def __init__(self, seed, configuration):
        super().__init__(f"policy {seed}")
        s = configuration
        self.policy = lambda: policy.Policy(s)
        ages = [policy.age_max(law[basis]) for law in (s.laws or {}).values() for basis in ("sale", "checkout", "account")]
        own = [s.idle, s.cap, s.pause, s.cooldown, s.cap_window if s.cap_count else 0, *(step["after"] + s.idle for step in s.steps),
               *(step["not_after"] for step in s.steps), *(age for age in ages if age)]
        for series in filter(None, (s.checkout, s.unpaid, s.after_purchase, s.browse, s.stock, s.price)):
            own += [series.idle, *(step["after"] + series.idle for step in series.steps)]
        own = [span for span in own if span]
        self.checkout, self.after_purchase = s.checkout, s.after_purchase
        self.browse, self.stock, self.price = s.browse, s.stock, s.price
        self.further = bool(s.checkout or s.unpaid or s.clock != "last_add")
        own += [span - s.idle for span in own if span > s.idle]
        self.ages = [age for age in ages if age] or [182 * DAY, 730 * DAY]
        self.idle = s.idle
        self.SPANS = SPANS + own * 3
        if self.chance(0.6):
            self.shops = SHOPS
        if self.chance(0.15):
            self.mailboxes = self.mailboxes + [self.pick(ROLE_MAILBOXES)]
        if self.chance(0.2):
            self.horizon = START + 800 * DAY
        self.currencies = self.random.sample(CURRENCIES, self.pick([1, 1, 2]))
        self.worldly = self.pick([0.0, 0.1, 0.4])       # how often an event carries a country
        self.priced = self.pick([0.0, 0.5, 1.0, 1.0])   # how often a line has a price
        self.marked = self.pick([0.0, 0.0, 0.03])
        self.quiet = bool(s.quiet or s.peak)
        self.elsewhere = self.pick([0.0, 0.1, 0.4]) if self.quiet else 0.0      # how often an event carries a time zone
        if self.quiet:
            self.SPANS = self.SPANS + HOURS_APART * 3
        if self.quiet and self.chance(0.4):
            self.FRAGMENTS = self.FRAGMENTS + [(PolicyAuthor.a_moved_clock, 14)]
        if self.quiet:
            self.FRAGMENTS = self.FRAGMENTS + [(PolicyAuthor.a_last_minute, 10)]
        self.hours, self.steps = Hours(s.quiet, s.peak, s.spread), s.steps

    def items(self, count_min=1):
        items = super().items(count_min)
        for item in items:
            item.pop("price", None)
            if self.chance(self.priced):
                item["price"] = self.pick([0, "0.00", 0.004]) if self.chance(0.15) else self.pick(PRICES[self.pick(self.currencies)])
            if item.get("quantity", 1) > 3 and self.chance(0.9):
                item["quantity"] = 2
        return items

    def emit(self, event, time, shop="", **fields):
        e = super().emit(event, time, shop, **fields)
        if self.chance(self.worldly):
            e["country"] = self.pick(COUNTRIES)
        if self.quiet and self.chance(self.elsewhere):
            e["time_zone"] = self.pick(settings.ZONES)
        if self.chance(self.marked):
            e[self.pick(["bot", "internal"])] = self.pick([True, True, False])
        if e.get("items") is not None and self.chance(0.8) or self.chance(0.05):
            e["currency"] = self.pick(self.currencies)
            if self.chance(0.15):
                e["value"] = self.pick([0, 0, 10, 9.99, 9.995, 0.001, 1000, 999.5, 20.5, 0.5, 0.4994, 46116860184.27, 46116860184.28])
        if event == "consent" and self.chance(0.4):
            e["source"] = "double_opt_in"
        if event == "identify" and "address_source" not in e and self.chance(0.4):
            e["address_source"] = self.pick(["account", "checkout", "sale", "newsletter"])
        return e

    # -- the fragments

    def an_obtained_address(self, t):
        """With an account or in a checkout or by a sale, and the cart's step at an edge of the age."""
        shop, customer, cart, mailbox = self.pick(self.shops), self.pick(self.customers), self.pick(self.carts), self.mailbox()
        if self.chance(0.5):
            customer, cart, mailbox = f"u{self.serial}", f"c{self.serial}", f"u{self.serial}@x.example"
        country = {"country": self.pick(COUNTRIES)} if self.chance(0.6) else {}
        t = t // 1000 * 1000
        self.emit("identify", t, shop, customer_id=customer, email=mailbox, address_source=self.pick(["account", "checkout", "checkout"]), **country)
        if self.chance(0.4):
            self.emit("purchase", t, shop, order_id=self.order(), customer_id=customer, email=mailbox, payment=self.pick([None, None, "offline"]))
        later = t + self.pick(self.ages) - self.idle + self.pick([0, 0, 1000, -1000, 1, -1]) if self.chance(0.6) else self.when(t)
        self.emit("add_to_cart", self.seen(max(later, t + 1)), shop, cart_id=cart, items=self.items(), customer_id=customer)

    def a_confirmation(self, t):
        """Grants, confirmed and not, and withdrawals of one address, close to each other; then its cart."""
        shop, n = self.pick(self.shops), self.serial
        mailbox, customer = f"d{n}@x.example", f"d{n}"
        self.emit("identify", t, shop, customer_id=customer, email=mailbox, country=self.pick(["DE", "DE", "NL"]))
        for _ in range(self.pick([1, 2, 3])):
            e = self.emit("consent", self.seen(t + self.pick([0, 0, 1, MINUTE])), shop, email=mailbox, channel="email", status=self.pick(["granted", "granted", "withdrawn"]))
            e["source"] = self.pick(["double_opt_in", "form"])
        self.emit("consent", t + HOUR, shop, email=mailbox, channel="email", status="granted")
        self.emit("add_to_cart", self.when(t + HOUR), shop, cart_id=self.pick(self.carts), items=self.items(), customer_id=customer)

    def a_rush(self, t):
        """Additions within a minute and across one; updates and merges, too."""
        shop, cart, who = self.pick(self.shops), self.pick(self.carts), self.identity()
        t = t // MINUTE * MINUTE + self.pick([0, 0, 30_000, 59_999])
        for n in range(self.pick([2, 3, 4, 5])):
            kind = self.pick(["add_to_cart"] * 4 + ["update_cart", "cart_merged", "view_cart"])
            if kind == "cart_merged":
                self.emit("add_to_cart", t, shop, cart_id=cart + "m", items=self.items())
                self.emit(kind, t, shop, cart_id=cart + "m", into=cart)
            else:
                self.emit(kind, t, shop, cart_id=cart, items=self.items() if kind != "view_cart" else None, **who)
            t = self.seen(max(START, t + self.pick([0, 1, 1000, 20_000, 30_000, 59_999, 60_000, -1000])))

    def a_stranger(self, t):
        """A guest types an address that an account has, or comes to have, or had."""
        shop, cart, mailbox, customer = self.pick(self.shops), self.pick(self.carts), self.mailbox(), self.pick(self.customers)
        if self.chance(0.6):
            self.emit("consent", t, shop, email=mailbox, channel="email", status="granted")
        self.emit("add_to_cart", t, shop, cart_id=cart, items=self.items(), **self.pick([{"email": mailbox}, {"visitor_id": "guest", "email": mailbox}]))
        if self.chance(0.8):
            self.emit("identify", self.when(t), shop, customer_id=customer, email=mailbox)
        if self.chance(0.2):
            self.emit("identify", self.when(t), shop, customer_id=customer, email=self.mailbox())

    def a_priced_cart(self, t):
        """Additions, removals and replacements with prices; item changes, merges, values."""
        shop, n, customer, mailbox = self.pick(self.shops), self.serial, self.pick(self.customers), self.mailbox()
        cart = f"p{n}"
        self.emit("identify", t, shop, customer_id=customer, email=mailbox)
        self.emit("consent", t, shop, email=mailbox, channel="email", status="granted")
        for _ in range(self.pick([1, 2, 3, 4])):
            kind = self.pick(["add_to_cart"] * 3 + ["update_cart", "remove_from_cart", "view_cart", "begin_checkout", "item_changed", "cart_merged"])
            if kind == "cart_merged":
                self.emit("add_to_cart", t, shop, cart_id=cart + "m", items=self.items())
                self.emit(kind, t, shop, cart_id=cart + "m", into=cart)
            elif kind == "item_changed":
                self.emit(kind, t, shop, item_id=self.pick("ijkl"), price=self.pick(PRICES["EUR"] + [0]), cart_id=self.pick([None, cart]))
            else:
                self.emit(kind, t, shop, cart_id=cart, items=self.items() if "cart" in kind and kind != "view_cart" else None, customer_id=customer)
            t = self.seen(t + self.pick([0, 1000, MINUTE]))

    def a_cool_buyer(self, t):
        """Orders in one shop, and fills a cart there or in another one, so that its step comes up around the rest's end."""
        n, mailbox = self.serial, f"b{self.serial}@x.example"
        customer, shop, other = f"b{n}", self.pick(self.shops), self.pick(self.shops)
        self.emit("purchase", t, shop, order_id=f"o{n}", customer_id=customer, email=mailbox, payment=self.pick([None, None, "offline"]))
        self.emit("consent", t, other, email=mailbox, channel="email", status="granted")
        later = t + self.pick(self.SPANS) - self.idle + self.pick([0, 0, 1, -1, 1000, -1000])
        self.emit("add_to_cart", self.seen(max(t + 1, later)), other, cart_id=self.pick(self.carts), items=self.items(), customer_id=customer)

    def a_moved_clock(self, t):
        """Somebody new whose cart comes up about the time at which their clock is moved, or about the ends of days and years."""
        zone, moment = self.pick(MOVED)
        shop, n = self.pick(self.shops), self.serial
        mailbox, who = f"z{n}@x.example", self.pick([{"customer_id": f"z{n}"}, {"customer_id": f"z{n}"}, {"visitor_id": f"z{n}"}])
        near = self.pick([-60, -45, -40, -30, -20, -15, 0, 15]) * MINUTE if self.chance(0.5) else self.pick([-1, 0, 0, 0, 1]) * self.pick(HOURS_APART)
        t = max(START, moment + near + self.pick([0, 0, *JITTERS]) - self.idle)
        self.emit("identify", t, shop, **who, email=mailbox, time_zone=zone)
        self.emit("consent", t, shop, email=mailbox, channel="email", status="granted")
        cart = self.pick([f"z{n}", self.pick(self.carts)])
        self.emit("add_to_cart", t, shop, cart_id=cart, items=self.items(), **who)
        if self.chance(0.3):
            self.emit(self.pick(["identify", "view_cart"]), t + self.pick(HOURS_APART), shop, **who, cart_id=cart, time_zone=self.pick(settings.ZONES))
        if self.chance(0.3):
            self.emit("add_to_cart", t + self.pick(HOURS_APART), shop, cart_id=cart, items=self.items(), **who)

    def a_last_minute(self, t):
        """A cart whose hours begin as late after its due time as may be, give or take; its shopper may move meanwhile."""
        zone, shop, n = self.pick(settings.ZONES), self.pick(self.shops), self.serial
        t = max(START, self.pick(MOVED)[1]) if self.chance(0.5) else t
        share = policy.siphash13_of(policy.SPREAD_KEY, (shop or "default", f"z{n}"))
        for _ in range(10):
            opens = self.hours.leaves(zone, tick_of(t), share)
            if opens > tick_of(t):
                break
            t += self.pick(HOURS_APART)
        step = self.pick(self.steps[:1] * 3 + self.steps)
        t = max(START, opens - step["not_after"] - step["after"] - self.idle + self.pick([0, 0, 0, 0, 1, -1, 1000, -1000]))
        self.emit("identify", t, shop, customer_id=f"z{n}", email=f"z{n}@x.example", time_zone=zone)
        self.emit("consent", t, shop, email=f"z{n}@x.example", channel="email", status="granted")
        self.emit("add_to_cart", t, shop, cart_id=f"z{n}", items=self.items(), customer_id=f"z{n}")
        if self.chance(0.5):
            self.emit("identify", self.pick([opens - MINUTE, opens, t + self.idle + HOUR]), shop, customer_id=f"z{n}", time_zone=self.pick(settings.ZONES))

    def a_checkout(self, t):
        """A cart goes into the checkout and out of it: views, additions late and early, payments that wait; and beside it
        another cart of the same person, for the same second."""
        if not self.further:
            return
        shop, n, mailbox = self.pick(self.shops), self.serial, self.mailbox()
        cart, customer = f"k{n}", f"k{n}"
        self.emit("identify", t, shop, customer_id=customer, email=mailbox)
        self.emit("consent", t, shop, email=mailbox, channel="email", status="granted")
        self.emit("add_to_cart", t, shop, cart_id=cart, items=self.items(), customer_id=customer)
        if self.chance(0.5):
            self.emit("add_to_cart", t, self.pick(self.shops), cart_id=cart + "b", items=self.items(), customer_id=customer)
            if self.checkout and self.idle >= self.checkout.idle:       # both in one second
                self.emit("begin_checkout", self.seen(t + self.idle - self.checkout.idle), shop, cart_id=cart)
                if self.chance(0.7):
                    return
        for _ in range(self.pick([1, 2, 3, 5])):
            t = self.seen(max(START, t + self.pick([0, 0, 1, 1000, -1000, MINUTE, 20 * MINUTE, *self.SPANS[-3:]])))
            kind = self.pick(["begin_checkout"] * 4 + ["add_shipping_info", "add_payment_info", "view_cart", "view_item", "add_to_cart", "add_to_cart",
                              "remove_from_cart", "purchase", "purchase", "identify"])
            if kind == "purchase":
                order = f"ok{n}{self.pick('ab')}"
                self.emit(kind, t, shop, order_id=order, cart_id=cart, payment=self.pick(["pending", "pending", "pending", "failed"]))
                if self.chance(0.4):
                    self.emit(self.pick(["order_paid", "order_cancelled"]), self.when(t), shop, order_id=order)
            else:
                self.emit(kind, t, shop, cart_id=cart, items=self.items() if kind in ("add_to_cart", "remove_from_cart") else None, customer_id=customer)

    def a_sale(self, t):
        """Bought by somebody known or by nobody, at once or in the end; and what else happens to that order and its buyer,
        mostly in the same tick or when its step comes up."""
        if not self.after_purchase:
            return
        n, shop, order = self.serial, self.pick(self.shops), f"os{self.serial}"
        mailbox = self.pick([f"s{n}@x.example", self.mailbox()])
        who = self.pick([{"customer_id": f"s{n}"}, {"customer_id": f"s{n}"}, {"visitor_id": f"s{n}", "cart_id": f"s{n}"}, {"cart_id": f"s{n}"}])
        if self.chance(0.6):
            self.emit("consent", t, shop, email=mailbox, channel="email", status=self.pick(["granted", "granted", "withdrawn"]))
        if "cart_id" in who:
            self.emit("add_to_cart", t, shop, items=self.items(), **who, email=mailbox if self.chance(0.4) else None)
        payment = self.pick([None, None, None, "paid", "offline", "pending"])
        self.emit("purchase", t, shop, order_id=order, **who, payment=payment, items=self.items() if self.chance(0.6) else None,
                  email=mailbox if self.chance(0.8) else None)
        if payment in ("offline", "pending") and self.chance(0.9):
            t = self.seen(t + self.pick([0, 1, 1000, HOUR]))
            self.emit("order_paid", t, shop, order_id=order, email=self.pick([None, None, mailbox, f"p{n}@x.example"]), items=self.items() if self.chance(0.3) else None)
        due = t + self.after_purchase.idle + self.after_purchase.steps[0]["after"]
        for _ in range(self.pick([0, 0, 1, 2])):
            later = self.seen(self.pick([t, t, t + 1000, due, due - 1000, due + 1000]))
            kind = self.pick(["refund", "refund", "order_cancelled", "erase", "identify", "login", "purchase", "cart", "cart", "order_paid"])
            if kind == "erase":
                self.emit(kind, later, **self.pick([{"email": mailbox}, {"customer_id": f"s{n}"}]))
            elif kind == "identify":
                self.emit(kind, later, shop, customer_id=f"s{n}", email=self.pick([mailbox, f"t{n}@x.example"]))
            elif kind == "login":
                self.emit("identify", later, shop, customer_id=f"l{n}", visitor_id=f"s{n}", email=self.pick([mailbox, f"t{n}@x.example"]))
            elif kind == "purchase":
                self.emit(kind, later, shop, order_id=self.pick([order, order + "'"]), customer_id=f"s{n}", email=mailbox)
            elif kind == "cart":                                # for the same second
                self.emit("add_to_cart", max(START, due - self.idle), self.pick(self.shops), cart_id=f"t{n}", items=self.items(), customer_id=f"s{n}")
            else:
                self.emit(kind, later, shop, order_id=order)

    def a_browser(self, t):
        """Looks around, at the edges of the window; buys, fills a cart, is erased."""
        if not self.browse:
            return
        n, shop, mailbox = self.serial, self.pick(self.shops), self.mailbox()
        who = self.pick([{"customer_id": f"w{n}"}, {"customer_id": f"w{n}"}, {"visitor_id": f"w{n}"}, {"customer_id": self.pick(self.customers)}])
        if self.chance(0.8):
            self.emit("identify", t, shop, **who, email=mailbox)
        if self.chance(0.8):
            self.emit("consent", t, shop, email=mailbox, channel="email", status="granted")
        spans = [0, 1, 1000, -1000, self.browse.window, self.browse.window - 1, self.browse.window // 2, self.browse.idle, self.browse.idle + 1]
        for _ in range(self.pick([2, 3, 4, 6])):
            items = self.pick([None, ["red"], ["red"], ["red", "blue"], ["red", None], [""], [f"c{k}" for k in range(17)]])
            items = items and [{"item_id": f"b{k}"} | ({"item_category": c} if c is not None else {}) for k, c in enumerate(items)]
            kind = self.pick(["view_item"] * 8 + ["add_to_cart", "purchase", "erase", "remove_from_cart"])
            if kind == "view_item":
                self.emit(kind, t, shop if self.chance(0.9) else self.pick(self.shops), **who, items=items, cart_id=f"w{n}" if self.chance(0.1) else None)
            elif kind == "add_to_cart":
                self.emit(kind, t, shop, cart_id=f"w{n}", items=[{"item_id": "b"}], **who)
                if self.chance(0.5):                            # and takes it back
                    self.emit("remove_from_cart", t, shop, cart_id=f"w{n}", items=[{"item_id": "b"}])
            elif kind == "remove_from_cart":
                self.emit(kind, t, shop, cart_id=f"w{n}", items=[{"item_id": "b"}])
            elif kind == "purchase":
                if self.chance(0.4) and "customer_id" in who:
                    self.emit(kind, t, shop, order_id=f"w{n}", **who)
            elif self.chance(0.3):
                self.emit(kind, t, **self.pick([{"email": mailbox}, {"customer_id": f"w{n}"}]))
            t = self.seen(max(START, t + self.pick(spans)))

    def a_product(self, t):
        """Sold out and back, or cheaper, around the steps of carts that hold it."""
        if not (self.stock or self.price):
            return
        n, shop, item = self.serial, self.pick(self.shops), self.pick([*"ijkl", f"n{self.serial}"])
        mailbox = self.mailbox()
        customer, cart = f"n{n}", f"n{n}"
        self.emit("identify", t, shop, customer_id=customer, email=mailbox)
        self.emit("consent", t, shop, email=mailbox, channel="email", status="granted")
        currency = {"currency": self.pick(self.currencies)} if self.chance(0.8) else {}
        self.emit("add_to_cart", t, shop, cart_id=cart, customer_id=customer, **currency,
                  items=[{"item_id": item, "price": self.pick([100, "99.99", 10])}, *(self.items() if self.chance(0.3) else [])])
        for _ in range(self.pick([1, 2, 3, 4])):
            later = self.seen(max(START, t + self.idle + self.pick([0, 0, 1, 1000, -1000, MINUTE, HOUR, 24 * HOUR, 7 * 24 * HOUR])))
            kind = self.pick(["stock"] * 4 + ["price"] * 4 + ["add_to_cart", "purchase", "remove_from_cart"])
            if kind == "stock":
                self.emit("item_changed", later, shop, item_id=item, stock=0)
                self.emit("item_changed", self.seen(later + self.pick([0, 0, 1000, -1, HOUR])), shop, item_id=item, stock=self.pick([1, 5, 0, -1]),
                          price=self.pick([None, 5]))
            elif kind == "price":
                self.emit("item_changed", later, shop, item_id=item, price=self.pick([90, "89.99", 50, 10, 9, 1, 0, "90.01"]), **currency)
            elif kind == "purchase":
                order = f"on{n}{self.pick('ab')}"
                self.emit(kind, later, shop, cart_id=cart, order_id=order, payment="pending")
                if self.chance(0.7):
                    self.emit("order_cancelled", self.seen(later + self.pick([0, 1000, HOUR])), shop, order_id=order)
            else:
                self.emit(kind, later, shop, cart_id=cart, items=[{"item_id": self.pick([item, "j"])}])

    OWN = [(an_obtained_address, 8), (a_confirmation, 4), (a_rush, 4), (a_stranger, 5), (a_priced_cart, 6), (a_cool_buyer, 4), (a_checkout, 8), (a_sale, 7), (a_browser, 7), (a_product, 7)]
    FRAGMENTS = Author.FRAGMENTS + OWN


def of_seed(seed, folder, beside=settings.BESIDE):
    """(the configuration's path, as read, the lines)"""
    path = settings.write(seed, folder, START, beside)
    configuration = settings.read(path)
    return path, configuration, PolicyAuthor(seed, configuration).lines()


def self_check(seeds):
    sources = {module: re.findall(r'hit\("([^"]+)"\)', Path(module.__file__).read_text(encoding="utf-8"))
               for module in (policy, campaigns, beside, hours, model, world)}
    of_settings = [branch for module in (hours, model, world) for branch in sources[module] if branch.startswith(("hours: ", "beside: "))]
    branches = list(dict.fromkeys(sources[policy] + sources[campaigns] + sources[beside] + of_settings + [f"policy: {reason}" for reason in policy.REASONS]))
    files, decided = defaultdict(int), Counter()
    for seed in range(seeds):
        with tempfile.TemporaryDirectory() as folder:
            _, configuration, lines = of_seed(seed, folder)
        HITS.clear()
        found = model.replay(lines, drain=seed % 4 == 3, policy=policy.Policy(configuration))
        for branch in HITS:
            files[branch] += 1
        decided.update(f"{d['outcome']} {d['reason']}" for d in found.decisions)
    print(f"{seeds} files; in how many of them each branch of policy.py and of hours was hit:")
    for branch in branches:
        print(f"{files[branch]:7d}  {branch}")
    print("decisions:", dict(decided))
    never = [branch for branch in branches if not files[branch]]
    for branch in never:
        print("never hit:", branch, file=sys.stderr)
    return 1 if never and seeds >= 500 else 0


def main():
    p = argparse.ArgumentParser(description="random event files, each for a random configuration")
    what = p.add_mutually_exclusive_group(required=True)
    what.add_argument("--seed", type=int)
    what.add_argument("--self-check", type=int, metavar="N")
    p.add_argument("folder", nargs="?", metavar="FOLDER")
    a = p.parse_args()
    if a.self_check is not None:
        sys.exit(self_check(a.self_check))
    if a.folder is None:
        p.error("FOLDER: missing")
    for line in of_seed(a.seed, a.folder)[2]:
        sys.stdout.buffer.write(line + b"\n")


if __name__ == "__main__":
    main()
