#!/usr/bin/env python3
"""The reference model: SEMANTICS.md read aloud, slowly.

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
      country, currency, locale, time_zone: shape only, capitals where the standard has them. Negative prices pass.
"""
import argparse, gzip, heapq, json, re, sys, unicodedata
from collections import Counter, defaultdict, deque
from datetime import datetime, timezone
from decimal import Decimal, ROUND_HALF_EVEN

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

# The campaign `cart` of DESIGN.md section 5.
IDLE = 20 * MINUTE
CAP = 24 * HOUR
STEPS = [{"after": 0, "not_after": 24 * HOUR}, {"after": 7 * DAY, "not_after": 3 * DAY}, {"after": 14 * DAY, "not_after": 3 * DAY}]
REMINDERS_MAX = 3            # per cart
LINES_MAX = 200              # 2
PIECES_MAX = 10_000          # 2
PAUSE = 24 * HOUR            # 11
ORDER_KEPT = 180 * DAY       # 12
EVENT_IDS_KEPT = 16          # 22
EVENT_BYTES_MAX = 64 * 1024  # EVENTS.md

HITS = Counter()


def hit(branch):
    HITS[branch] += 1


# ---------------------------------------------------------------------------------------------------------------------
# The contract (EVENTS.md): a line becomes a plain dict, or is refused


class Refused(Exception):
    """The event breaks the contract; says where."""


def require(condition, why):
    if not condition:
        raise Refused(why)


def text(bytes_min, bytes_max):
    def check(value, field):
        require(isinstance(value, str), f"{field}: not a string")
        require(bytes_min <= len(value.encode()) <= bytes_max, f"{field}: length")
        return value
    return check


def shaped(pattern, bytes_max=2048):
    def check(value, field):
        text(1, bytes_max)(value, field)
        require(re.fullmatch(pattern, value), f"{field}: form")
        return value
    return check


def one_of(*words):
    def check(value, field):
        require(isinstance(value, str) and value in words, f"{field}: not one of {', '.join(words)}")
        return value
    return check


def integer(low, high):
    def check(value, field):
        require(isinstance(value, int) and not isinstance(value, bool), f"{field}: not an integer")
        require(low <= value <= high, f"{field}: out of bounds")
        return value
    return check


def boolean(value, field):
    require(isinstance(value, bool), f"{field}: not a boolean")
    return value


def time_ms(value, field):
    """Unix milliseconds, from them or from an RFC 3339 string."""
    if not isinstance(value, str):
        return integer(-2**63, 2**63 - 1)(value, field)
    m = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", value, re.ASCII)
    require(m, f"{field}: not RFC 3339")
    try:
        moment = datetime(*(int(m[i]) for i in range(1, 7)), tzinfo=timezone.utc)
    except ValueError:
        raise Refused(f"{field}: no such moment") from None
    seconds = int((moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds())
    if m[8]:
        require(int(m[9]) < 24 and int(m[10]) < 60, f"{field}: offset")
        seconds -= (1 if m[8] == "+" else -1) * (int(m[9]) * 3600 + int(m[10]) * 60)
    hit("contract: time as RFC 3339")
    return seconds * 1000 + int(((m[7] or "") + "000")[:3])


CURRENCY_DECIMALS = {c: 0 for c in "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()}
CURRENCY_DECIMALS |= {c: 3 for c in "BHD IQD JOD KWD LYD OMR TND".split()}


def money(value, field, currency, decimal_string):
    """Integer minor units, rounded half to even."""
    if isinstance(value, str) and decimal_string:
        require(re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII), f"{field}: not a decimal")
    else:
        require(isinstance(value, (int, Decimal)) and not isinstance(value, bool), f"{field}: not a number")
    number = Decimal(value)
    require(abs(number) < 10**18, f"{field}: out of bounds")
    decimals = CURRENCY_DECIMALS.get(currency, 2)
    minor = int((number * 10**decimals).to_integral_value(rounding=ROUND_HALF_EVEN))
    require(-2**63 <= minor < 2**63, f"{field}: out of bounds")
    return minor


def address(value, field="email"):
    """The normalised form of an RFC 5321 mailbox: NFC, local part in full lower case, domain as A-labels."""
    text(3, 254)(value, field)
    local, at, domain = unicodedata.normalize("NFC", value).rpartition("@")
    require(at, f"{field}: no @")
    atom = r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\x00-\x9f\s])+"
    quoted = r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e]|[^\x00-\x9f\s])*"'
    require(re.fullmatch(rf"(?:{atom}(?:\.{atom})*|{quoted})", local), f"{field}: local part")
    require(len(local.encode()) <= 64, f"{field}: local part's length")
    if re.fullmatch(r"\[[0-9A-Za-z:.-]+\]", domain):                        # an address literal has no labels
        return local.lower() + "@" + domain.lower()
    return local.lower() + "@" + ".".join(a_label(l, field) for l in re.split("[.\u3002\uff0e\uff61]", domain))


def a_label(label, field):
    """UTS 46, non-transitional, as far as a name that means anything needs it: fold case, compose, encode. The standard
    library's own `idna` codec is the old, transitional one: it would turn straße into strasse."""
    deviations = "\u00df\u03c2"                                             # ß and final sigma stay
    label = "".join(c if c in deviations else c.casefold() for c in unicodedata.normalize("NFKC", label))
    label = unicodedata.normalize("NFKC", label)
    require(not any(unicodedata.category(c)[0] in "ZC" for c in label), f"{field}: domain")
    if not label.isascii():
        hit("contract: domain in letters of its own")
        require(not label.startswith("-") and not label.endswith("-"), f"{field}: domain")
        label = "xn--" + label.encode("punycode").decode()
    require(re.fullmatch(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", label) and len(label) <= 63, f"{field}: domain")
    return label


HTTPS = shaped(r"https://[^\s/?#]+\S*")

EVERY_EVENT = {
    "event_id": text(1, 128), "shop": text(1, 64), "cart_id": text(1, 128), "customer_id": text(1, 128), "visitor_id": text(1, 128),
    "email": address, "phone": shaped(r"\+[1-9][0-9]{1,14}"), "name": text(0, 128),
    "locale": shaped(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*"), "time_zone": shaped(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"),
    "country": shaped(r"[A-Z]{2}"), "currency": shaped(r"[A-Z]{3}"), "bot": boolean, "internal": boolean, "cart_url": HTTPS,
}
ORDER_ID = {"order_id": text(1, 128)}
SOME_EVENTS = {
    "purchase": ORDER_ID | {"payment": one_of("paid", "offline", "pending", "failed")},
    "order_paid": ORDER_ID, "order_cancelled": ORDER_ID, "refund": ORDER_ID,
    "cart_merged": {"into": text(1, 128)},
    "identify": {"address_source": one_of("sale", "account", "checkout", "newsletter")},
    "consent": {"channel": one_of("email", "whatsapp", "onsite"), "status": one_of("granted", "withdrawn"),
                "source": text(0, 64), "wording": text(0, 1024), "proof_url": text(0, 2048)},
    "item_changed": {"item_id": text(1, 128), "stock": integer(-2**63, 2**63 - 1)},
}
# The column "needs": each inner tuple is a choice of which one must be there.
NEEDS = {
    "view_item": [("cart_id", "customer_id", "visitor_id")],
    "view_cart": [("cart_id",)], "begin_checkout": [("cart_id",)], "add_shipping_info": [("cart_id",)], "add_payment_info": [("cart_id",)],
    "add_to_cart": [("cart_id",), ("items",)], "remove_from_cart": [("cart_id",), ("items",)], "update_cart": [("cart_id",), ("items",)],
    "purchase": [("order_id",), ("cart_id", "customer_id")],
    "cart_merged": [("cart_id",), ("into",)],
    "identify": [("customer_id", "cart_id", "visitor_id")],
    "consent": [("email", "phone", "customer_id"), ("channel",), ("status",)],
    "order_paid": [("order_id",)], "order_cancelled": [("order_id",)], "refund": [("order_id",)],
    "item_changed": [("item_id",)],
    "erase": [("customer_id", "email")],
}
ITEM = {"item_id": text(1, 128), "item_name": text(0, 512), "quantity": integer(1, PIECES_MAX), "image_url": HTTPS,
        "item_url": HTTPS, "item_category": text(0, 128)}


def unique_map(pairs):
    """One key twice in a map refuses, in every map; null is absent (after that)."""
    require(len({k for k, _ in pairs}) == len(pairs), "one key twice")
    return {k: v for k, v in pairs if v is not None}


def no_constant(name):
    raise Refused(f"{name} is no JSON")


def parse(line):
    """The event of one line, checked, with normalised address and summed items."""
    require(len(line) <= EVENT_BYTES_MAX, "event: too long")
    try:
        raw = json.loads(line.decode("utf-8"), object_pairs_hook=unique_map, parse_float=Decimal, parse_constant=no_constant)
        json.dumps(raw, ensure_ascii=False, default=str).encode()            # a lone surrogate is no text
    except Refused:
        raise
    except (ValueError, RecursionError) as e:
        raise Refused(f"not JSON: {e}") from None
    require(isinstance(raw, dict), "not an object")
    require(isinstance(raw.get("event"), str), "event: missing")
    require("time" in raw, "time: missing")
    name = raw["event"]
    event = {"event": name, "time": time_ms(raw["time"], "time")}
    if name not in NEEDS:
        return event                                                                                                   # 22
    for field, check in (EVERY_EVENT | SOME_EVENTS.get(name, {})).items():
        if field in raw:
            event[field] = check(raw[field], field)
    currency = event.get("currency")
    if "value" in raw:
        event["value"] = money(raw["value"], "value", currency, decimal_string=False)
    if name == "item_changed" and "price" in raw:
        event["price"] = money(raw["price"], "price", currency, decimal_string=True)
    if "items" in raw:
        event["items"] = parse_items(raw["items"], name, currency)
    event.setdefault("shop", "default")
    for choice in NEEDS[name]:
        require(any(field in event for field in choice), f"{' or '.join(choice)}: missing")
    if name == "cart_merged":
        require(event["into"] != event["cart_id"], "into: the cart itself")                                            # 5
    if name == "consent" and event["channel"] == "email":
        require("email" in event or "customer_id" in event, "email or customer_id: missing")                          # 16
    return event


def parse_items(raw, name, currency):
    """item_id -> pieces; the same id twice is summed (2)."""
    require(isinstance(raw, list), "items: not an array")
    require((0 if name == "update_cart" else 1) <= len(raw) <= 200, "items: count")
    items = {}
    for thing in raw:
        require(isinstance(thing, dict), "items: not an object")
        require("item_id" in thing, "item_id: missing")
        line = {field: check(thing[field], field) for field, check in ITEM.items() if field in thing}
        if "price" in thing:
            money(thing["price"], "price", currency, decimal_string=True)
        if line["item_id"] in items:
            hit("2: one id twice in an event")
        items[line["item_id"]] = items.get(line["item_id"], 0) + line.get("quantity", 1)
    return items


# ---------------------------------------------------------------------------------------------------------------------
# What the model remembers


class Cart:
    def __init__(self, shop, cart_id):
        self.key = (shop, cart_id)              # 1
        self.lines = {}                         # 2: item_id -> pieces, oldest line first
        self.last_add = None                    # 3
        self.step = 0                           # the next step to be decided
        self.customer = self.visitor = None     # 4
        self.customer_stamp = self.visitor_stamp = None
        self.own = None                         # 14: (address, stamp)
        self.pause = None                       # 11: {"order", "stamp", "end"}
        self.sent = 0                           # reminders since it opened

    @property
    def shop(self):
        return self.key[0]

    def due(self, step):
        return self.last_add + IDLE + STEPS[step]["after"]                                                             # 7


class Order:
    """What is known of (shop, order_id) since its first purchase (12)."""
    def __init__(self, shop, state):
        self.shop, self.state = shop, state                 # state: pending, offline, paid or cancelled
        self.customer = self.visitor = self.email = None    # of the purchase
        self.cart_key = self.cart = None                    # the cart the purchase named; the cart itself where it was open
        self.recorded = []                                  # 9: {"shop", "time", "customer", "visitor", "address"}
        self.basis = None                                   # 13: (address, legal entity)
        self.last_named = None


class World:
    def __init__(self, entities=None):
        self.entities = entities or {}
        self.tick = None                        # the tick in progress
        self.last_time = None                   # 21: the greatest time of an event that was not refused
        self.carts = {}                         # the open ones
        self.ended_in_tick = []                 # carts that this tick ended: its part b may still look at them (9, 14)
        self.ended = Counter()                  # how often a cart of this key has ended
        self.customers, self.visitors = {}, {}  # 14: id -> (address, stamp)
        self.waiting = defaultdict(list)        # 16: customer -> consents that wait for an address
        self.grants, self.withdrawals = {}, {}  # 16: (address, entity, channel) -> greatest time
        self.orders = {}                        # 12: (shop, order_id) -> Order
        self.all_orders = []                    # also forgotten ones, for rule 10 does not forget
        self.recorded = defaultdict(list)       # 10: (shop, "customer" | "visitor" | "address", which) -> recorded orders
        self.bases = defaultdict(list)          # 13: (address, entity) -> the Orders that gave it
        self.last_sent = {}                     # address -> tick of its last reminder
        self.event_ids = defaultdict(lambda: deque(maxlen=EVENT_IDS_KEPT))   # 22
        self.step_alarms, self.pause_alarms = [], []    # heaps of (tick, cart key): when to look at a cart, no more than that
        self.decisions = []
        self.results = Counter()

    def entity(self, shop):
        """17"""
        if shop in self.entities:
            hit("17: the shop's own legal entity")
        return self.entities.get(shop, "the entity of [shop.default]")


def tick_of(time):
    """Tick T covers (T - 1000, T]."""
    return -(-time // 1000) * 1000


def stamp(event):
    """Later time wins, at equal times later arrival (4, 14)."""
    return (event["time"], event["arrival"])


def set_alarm(world, cart):
    if cart.pause:
        heapq.heappush(world.pause_alarms, (tick_of(cart.pause["end"]), cart.key))
    else:
        heapq.heappush(world.step_alarms, (tick_of(cart.due(cart.step)), cart.key))


def open_cart(world, key):
    if world.ended[key]:
        hit("6: an id opened again is a new cart")
    cart = world.carts[key] = Cart(*key)
    return cart


def end_cart(world, cart):
    """6: ended is forgotten."""
    del world.carts[cart.key]
    world.ended[cart.key] += 1
    world.ended_in_tick.append(cart)


def pour(cart, items):
    """Adds pieces; whether a line became new or grew (2)."""
    grew = False
    for item_id, pieces in items.items():
        before = cart.lines.get(item_id, 0)
        cart.lines[item_id] = min(before + pieces, PIECES_MAX)
        if before + pieces > PIECES_MAX:
            hit("2: a line keeps 10,000 pieces")
        grew = grew or cart.lines[item_id] > before
    while len(cart.lines) > LINES_MAX:
        hit("2: the oldest of more than 200 lines goes")
        del cart.lines[next(iter(cart.lines))]
    return grew


def addition(world, cart, time):
    """3"""
    if cart.pause:
        hit("11: an addition to a paused cart changes lines only")
        if cart.pause["end"] <= world.tick:
            hit("11: an addition in the tick in which the pause runs out")
    elif cart.last_add is None or time > cart.last_add:
        if cart.last_add is None:
            hit("3: first addition")
        elif cart.step > 0:
            hit("3: an addition after a step was decided starts again at 0")
        else:
            hit("3: a later addition restarts the clock")
        start_cycle(world, cart, time)
    elif time == cart.last_add:
        hit("3: an addition at last_add changes lines only")
    else:
        hit("3: an addition before last_add changes lines only")


def start_cycle(world, cart, last_add):
    cart.last_add, cart.step = last_add, 0
    set_alarm(world, cart)


def bind(cart, event):
    """4"""
    if "customer_id" in event:
        if cart.customer_stamp is None or stamp(event) > cart.customer_stamp:
            if cart.customer_stamp and cart.customer != event["customer_id"]:
                if cart.customer_stamp[0] == event["time"]:
                    hit("4: another customer at an equal time, later arrival")
                else:
                    hit("4: another customer at a later time")
            cart.customer, cart.customer_stamp = event["customer_id"], stamp(event)
        elif cart.customer_stamp[0] == event["time"] and cart.customer != event["customer_id"]:
            hit("4: another customer at an equal time, earlier arrival (a merge): not bound")
        elif cart.customer != event["customer_id"]:
            hit("4: another customer at an earlier time: not bound")
    if "visitor_id" in event:
        if cart.visitor_stamp is None or stamp(event) > cart.visitor_stamp:
            if cart.visitor_stamp and cart.visitor != event["visitor_id"]:
                hit("4: another visitor, later")
            cart.visitor, cart.visitor_stamp = event["visitor_id"], stamp(event)
        elif cart.visitor != event["visitor_id"]:
            hit("4: another visitor, earlier: not bound")


def newer(known, event):
    """14: whether an event's address outdoes the one known, (address, stamp) or None."""
    if known is None:
        return True
    if known[0] != event["email"]:
        if known[1][0] == event["time"]:
            hit("14: another address at an equal time")
        elif known[1] < stamp(event):
            hit("14: another address at a later time")
        else:
            hit("14: another address at an earlier time: not learnt")
    return stamp(event) > known[1]


def teach_cart(world, cart, event):
    """14: the third subject, for events with neither customer nor visitor."""
    if "email" in event and "customer_id" not in event and "visitor_id" not in event and newer(cart.own, event):
        if world.carts.get(cart.key) is cart:
            hit("14: learnt for the cart")
        else:
            hit("14: learnt for a cart that has ended in the same tick")
        cart.own = (event["email"], stamp(event))


def customers_address(world, customer):
    return world.customers[customer][0] if customer in world.customers else None


def visitors_address(world, visitor):
    return world.visitors[visitor][0] if visitor in world.visitors else None


def first_address(world, customer, visitor, own):
    """15, and the tail of 9: its customer's; else its visitor's; else its own."""
    if customers_address(world, customer):
        return customers_address(world, customer)
    if visitors_address(world, visitor):
        hit("15: the visitor's address")
        return visitors_address(world, visitor)
    if own:
        hit("15: the cart's own address")
        return own[0]
    return None


def cart_address(world, cart):
    return first_address(world, cart.customer, cart.visitor, cart.own)


# ---------------------------------------------------------------------------------------------------------------------
# Part a: own cart. Nothing but the named cart and the event is looked at.


def part_a(world, events, trace=None):
    for event in events:
        own_cart(world, event)
        if trace:
            trace(event, world)


def own_cart(world, event):
    name, time = event["event"], event["time"]
    event["named"], event["moved"] = None, None         # for part b: the open cart it named, the lines it moves
    event["taught"] = None                              # and the cart that may learn its address (14)
    event["buyer"], event["browser"] = event.get("customer_id"), event.get("visitor_id")
    if name in ("consent", "erase") or "cart_id" not in event:
        return
    key = (event["shop"], event["cart_id"])
    cart = world.carts.get(key)

    if name == "cart_merged":                                                                                          # 5
        if cart:
            event["moved"] = dict(cart.lines)
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

    if name == "add_to_cart":                                                                                          # 2, 3
        pour(cart, event["items"])
        addition(world, cart, time)
    elif name == "update_cart":
        lines = {item_id: min(pieces, PIECES_MAX) for item_id, pieces in event["items"].items()}
        grew = any(pieces > cart.lines.get(item_id, 0) for item_id, pieces in lines.items())
        cart.lines = lines
        if grew:
            addition(world, cart, time)
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

    bind(cart, event)                                                                                                  # 4
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
            cart.pause = {"order": (event["shop"], event["order_id"]), "stamp": stamp(event), "end": time + PAUSE}
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
# Part b: everyone else, in the order of arrival; then the pauses that ran out.


def part_b(world, events):
    for event in events:
        name = event["event"]
        if name == "consent":
            consent(world, event)
            continue
        if name == "erase":
            erase(world, event)
            continue
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
        if pour(into, event["moved"]):
            if into.last_add is not None and event["time"] > into.last_add and not into.pause:
                hit("3: a merge restarts the clock")
            addition(world, into, event["time"])
        else:
            hit("3: a merge without growth")
    if into:
        bind(into, event)                                                                                              # 4
        teach_cart(world, into, event)                                                                                 # 14
    else:
        hit("5: neither source nor into is open")


def consent(world, event):
    """16"""
    waited = {"entity": world.entity(event["shop"]), "channel": event["channel"], "status": event["status"], "time": event["time"]}
    if "email" in event:
        keep_consent(world, event["email"], **waited)
    elif "customer_id" in event:
        if customers_address(world, event["customer_id"]):
            hit("16: by customer with an address")
            keep_consent(world, customers_address(world, event["customer_id"]), **waited)
        else:
            hit("16: by customer without an address waits")
            world.waiting[event["customer_id"]].append(waited)


def keep_consent(world, address, entity, channel, status, time):
    """16: the latest of each kind is all that rule 16 and rule 18 ever ask for."""
    kind = world.grants if status == "granted" else world.withdrawals
    key = (address, entity, channel)
    if key in kind and kind[key] > time:
        hit("16: older than the one known")
    kind[key] = max(kind.get(key, time), time)


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
        give_basis(world, order, order.email)


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


def give_basis(world, order, address):
    """13"""
    if address is None:
        hit("13: a paid order without address gives no basis")
        return
    order.basis = (address, world.entity(order.shop))
    world.bases[order.basis].append(order)


def order_event(world, event):
    """11, 12, 13 for order_paid, order_cancelled and refund"""
    name, order = event["event"], known_order(world, event)
    if order is None:
        hit("12: an event for an unknown order")
        return
    cart = world.carts.get(order.cart_key)
    pauses = cart is not None and cart.pause is not None and cart.pause["order"] == (event["shop"], event["order_id"])
    if any(c.pause and c.pause["order"] == (event["shop"], event["order_id"]) and c is not cart for c in world.carts.values()):
        hit("11: this order also pauses a cart that its first purchase did not name")

    if name == "order_paid" and order.state == "pending":
        order.state = "paid"
        customer, visitor = order.customer or event["buyer"], order.visitor or event["browser"]
        email = event.get("email") or order.email
        named = order.cart if order.cart is not None and world.carts.get(order.cart_key) is order.cart else None
        record(world, order, event, customer, visitor, email, named)
        give_basis(world, order, email)
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
        give_basis(world, order, event.get("email") or order.email)
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
    start_cycle(world, cart, moment)


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
        if customer is not None and cart.customer == customer:
            hit("18: ends a cart of the customer")
            end_cart(world, cart)
        elif cart_address(world, cart) in addresses:
            hit("18: ends a cart of the address")
            end_cart(world, cart)

    world.customers.pop(customer, None)
    if customer in world.waiting:
        world.waiting[customer] = [w for w in world.waiting[customer] if w["status"] == "withdrawn"]
        if world.waiting[customer]:
            hit("18: a waiting withdrawal survives")
        else:
            del world.waiting[customer]
    for known in (world.customers, world.visitors):
        for who in [who for who, (learnt, _) in known.items() if learnt in addresses]:
            hit("18: another customer or a visitor forgets the address")
            del known[who]
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
    for key in [key for key in world.bases if key[0] in addresses and world.bases[key]]:
        hit("18: bases are forgotten")
        del world.bases[key]

    for order in world.all_orders:
        its_addresses = {order.email, order.basis and order.basis[0], *(entry["address"] for entry in order.recorded)} - {None}
        its_customers = {order.customer, *(entry["customer"] for entry in order.recorded)} - {None}
        if customer in its_customers or its_addresses & addresses:
            hit("18: orders lose customer, visitor and address")
            if order.state == "pending":
                hit("18: a pending order loses customer, visitor and address")
            order.customer = order.visitor = order.email = order.basis = None
            for entry in order.recorded:
                entry["customer"] = entry["visitor"] = entry["address"] = None


# ---------------------------------------------------------------------------------------------------------------------
# Part c: decisions.


def part_c(world):
    come_up, looked_at = [], set()
    while world.step_alarms and world.step_alarms[0][0] <= world.tick:
        cart = world.carts.get(heapq.heappop(world.step_alarms)[1])
        if cart is None or cart in looked_at:
            continue
        looked_at.add(cart)
        if cart.pause:
            hit("11: no step of a paused cart comes up")
            continue
        for step in range(cart.step, len(STEPS)):
            if cart.due(step) <= world.tick:
                come_up.append((cart.due(step), cart.key[0].encode(), cart.key[1].encode(), step, cart))
    come_up.sort(key=lambda x: x[:4])
    for due, _, _, step, cart in come_up:
        if world.carts.get(cart.key) is cart:
            decide(world, cart, step, due)
    for cart in looked_at:
        if world.carts.get(cart.key) is cart and not cart.pause:
            set_alarm(world, cart)


def decide(world, cart, step, due):
    """The first rule that holds names the outcome; 20."""
    outcome, reason = first_rule_that_holds(world, cart, step, due, cart_address(world, cart))
    world.decisions.append({"time": world.tick, "shop": cart.key[0], "cart_id": cart.key[1], "customer_id": cart.customer,
                            "step": step, "channel": "email", "outcome": outcome, "reason": reason})
    cart.step = step + 1
    if due % 1000:
        hit("7: due inside a tick comes up at its end")
    if due <= world.tick - 1000:
        hit("7: due in a tick that is over comes up now")
    if outcome == "ended":
        end_cart(world, cart)                                                                                          # 10
    elif cart.step == len(STEPS):
        hit("6: ends with its last step")
        end_cart(world, cart)


def first_rule_that_holds(world, cart, step, due, address):
    now = world.tick
    if ordered_elsewhere(world, cart, address):
        hit("c: ended ordered_other_cart")
        return "ended", "ordered_other_cart"
    if now - due > STEPS[step]["not_after"]:
        hit("c: refused expired_ttl")
        return "refused", "expired_ttl"
    if now - due == STEPS[step]["not_after"]:
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
    if cart.sent >= REMINDERS_MAX:
        hit("c: refused cap_cart")
        return "refused", "cap_cart"
    if address in world.last_sent:
        if now - world.last_sent[address] < CAP:
            hit("c: refused cap_24h")                                                                                  # 19: not tried again
            if now == world.last_sent[address]:
                hit("c: refused cap_24h, sent in this very tick")
            return "refused", "cap_24h"
        if now - world.last_sent[address] == CAP:
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
    for whose, which in (("customer", cart.customer), ("visitor", cart.visitor), ("address", address)):
        if which is None:
            continue
        for entry in world.recorded.get((cart.shop, whose, which), []):
            if entry[whose] != which:
                hit("10: the order was erased")                                                                        # 18
            elif entry["time"] >= cart.last_add:
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


def replay(lines, drain=False, entities=None, report=None, trace=None):
    """The World after the lines (bytes, without newline); report(number, result, why) hears what became of each,
    trace(event, world) is called for each applied one when it has acted in part a."""
    world, waiting = World(entities), []
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
