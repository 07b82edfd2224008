"""What the model remembers, and what each part does to a cart of it."""
import heapq
from collections import Counter, defaultdict, deque

import campaigns
from figures import Campaign, EVENT_IDS_KEPT, LINES_MAX, PIECES_MAX
from hits import hit


class Cart:
    def __init__(self, shop, cart_id, campaign):
        self.key = (shop, cart_id)              # 1
        self.campaign = campaign
        self.lines = {}                         # 2: item_id -> pieces, oldest line first
        self.last_add = None                    # 3
        self.stage, self.checkout_at = "cart", None
        self.last_change = self.last_seen = None
        self.step = 0                           # the next step to be decided
        self.customer = self.visitor = None     # 4
        self.customer_stamp = self.visitor_stamp = None
        self.own = None                         # 14: (address, stamp)
        self.pause = None                       # 11: {"order", "stamp", "end"}
        self.sent = 0                           # reminders since it opened
        self.deferred = None                    # Hours: until when its step was put off
        self.kind = "cart"                      # Campaigns beside carts: or "sale", "trail"
        self.news = None                        # of a product: {"campaign", "at", "step" that was next}
        self.had_news = False                   # since its cycle began
        self.prices = {}                        # of its lines, as events gave them

    @property
    def shop(self):
        return self.key[0]

    def due(self, step):
        series = campaigns.follows(self)[1]
        return campaigns.counts_from(self) + series.idle + series.steps[step]["after"]                                 # 7


class Order:
    """What is known of (shop, order_id) since its first purchase (12)."""
    def __init__(self, shop, state):
        self.shop, self.state = shop, state                 # state: pending, offline, paid or cancelled
        self.customer = self.visitor = self.email = None    # of the purchase
        self.cart_key = self.cart = None                    # the cart the purchase named; the cart itself where it was open
        self.recorded = []                                  # 9: {"shop", "time", "customer", "visitor", "address"}
        self.basis = None                                   # 13: (address, legal entity)
        self.paid_at = None                                 # when it was paid
        self.last_named = None
        self.sale = None                                    # what is reminded of after it was paid, open or over


class World:
    def __init__(self, entities=None, policy=None):
        self.entities = entities or {}
        self.policy = policy                    # policy.py, where the configuration is not the page's
        self.campaign = policy.settings if policy else Campaign
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
        self.browsers, self.stock = {}, {}      # beside.py
        self.decisions = []
        self.results = Counter()

    def entity(self, shop):
        """17"""
        if self.policy:
            return self.policy.settings.shop(shop)["legal_entity"]
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
    name, series = campaigns.follows(cart)
    if not cart.pause or name == "unpaid" and cart.step < len(series.steps):
        heapq.heappush(world.step_alarms, (tick_of(comes_up(cart)), cart.key))


def comes_up(cart):
    """When its next step does."""
    due = cart.due(cart.step)
    return due if cart.deferred is None else max(due, cart.deferred)


def open_cart(world, key):
    if world.ended[key]:
        hit("6: an id opened again is a new cart")
    cart = world.carts[key] = Cart(*key, world.campaign)
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
    elif time == cart.last_add:
        hit("3: an addition at last_add changes lines only")
    else:
        hit("3: an addition before last_add changes lines only")


def heard(world, cart, name, time, added):
    """What the event says of its cart's clocks; they stand still while it is paused."""
    if added:
        addition(world, cart, time)
    if not cart.pause and campaigns.heard(cart, name, time, added):
        start_cycle(world, cart)


def start_cycle(world, cart):
    if cart.deferred is not None:
        hit("hours: a new cycle while a step was put off")
    if cart.news:
        hit("beside: a new cycle takes the news back")
    cart.step, cart.deferred, cart.news, cart.had_news = 0, None, None, False
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
