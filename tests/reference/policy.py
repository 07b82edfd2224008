"""The rules that a configuration adds: SEMANTICS.md, The whole list, and decision 0014, read aloud.

A Policy rides on the strict model: it hears of what the model's parts do, remembers what its own rules ask for, and is
asked in place of the model's first_rule_that_holds.

READINGS: where the page can be read in more than one way, and the way taken here.
  Worth        `items` on any event but a purchase and a merge make its `value`, or its having none, the cart's, also where
               they change no line (view_cart). update_cart without a price for a line keeps the one known. Of one item
               twice in an event the latter price holds. A merged line without a price leaves the one known at `into`.
  Country      An erase of an address leaves the country of carts that stay open.
  Evidence     An outdone or waiting grant is confirmed by its own time, whatever arrives in between; an address_source
               without `email` obtains nothing.
  Conditions   Without a postal address that the table asks for, it is country_policy if anything else is there at all, met
               or not.
  Hours        A step that is due when the one before it is decided comes up in the next tick, whatever became of that one.
  Cooldown     Orders are those of rule 9, pending ones from when they are paid; an erased one is nobody's.
"""
from collections import defaultdict

import beside, campaigns
from everyone import consent_stands
from figures import MINUTE, PIECES_MAX
from hits import hit
from hours import Hours
from model import ordered_elsewhere
from settings import duration
from world import customers_address, visitors_address

MASK = 2**64 - 1
HOLDOUT_KEY = (0x686f6c646f757420, 0x63616d702e636172)        # "holdout ", "camp.car"
SPREAD_KEY = (0x7370726561642020, 0x63616d702e636172)         # "spread  ", "camp.car"
WAYS = ("checkout", "account")
REASONS = """ordered_other_cart cart_open campaign_off expired_ttl bot internal no_address role_address consent_withdrawn country_policy no_consent
    address_unverified zero_value below_min_value cap_cart lower_priority cap_24h cap_window cooldown_after_purchase holdout
    quiet_hours deferred opt_in existing_customer checkout_address account_address not_objected""".split()
ROLES = set("""abuse ftp hostmaster info list list-request marketing news noc postmaster sales security support trouble usenet uucp
    webmaster www accounts admin administrator billing contact do-not-reply donotreply enquiries hello help hr jobs mail
    mailer-daemon no-reply noreply office orders root service team""".split())


class Known:
    """What is known of an open cart beyond the strict model."""
    def __init__(self):
        self.bot = self.internal = False
        self.minute, self.additions = None, 0
        self.prices = {}            # item_id -> minor units a piece
        self.value = None           # as the shop said, in minor units
        self.currency = None
        self.country = None
        self.zone = None


class Policy:
    def __init__(self, settings):
        self.settings = settings
        self.carts = defaultdict(Known)                     # by the model's carts
        self.countries = {}                                 # ("customer" | "visitor", id) -> country
        self.confirmed = {}                                 # (address, entity, channel) -> greatest time of a confirmed grant
        self.obtained = {}                                  # (address, entity, way) -> greatest time
        self.sends = defaultdict(list)                      # address -> ticks
        self.zones = {}                                     # ("customer" | "visitor", id) -> time zone
        self.hours = Hours(settings.quiet, settings.peak, settings.spread)
        self.claims = {}                                    # (tick, address) -> priority of its first claim

    # What the model's parts tell

    def hears_of_cart(self, cart, event, added):
        """Part a, once the event has changed the lines; for `into` of a merge in part b."""
        known, name = self.carts[cart], event["event"]
        if added:
            self.count_addition(known, event["time"] // MINUTE)
        if name != "cart_merged":
            if event.get("bot"):
                hit("bots: marked as a bot's")
                known.bot = True
            if event.get("internal"):
                hit("bots: marked as internal")
                known.internal = True
            if "currency" in event:
                known.currency = event["currency"]
        if "country" in event:
            known.country = event["country"]
        if "time_zone" in event:
            known.zone = event["time_zone"]
        if name in ("add_to_cart", "update_cart"):
            known.prices |= event["prices"]
        known.prices = {item: price for item, price in known.prices.items() if item in cart.lines}
        cart.prices = known.prices
        if "items" in event and name not in ("purchase", "cart_merged"):
            known.value = event.get("value")

    def count_addition(self, known, minute):
        if known.minute is not None and minute < known.minute:
            hit("bots: an addition of an earlier minute is not counted")
            return
        if minute == known.minute:
            known.additions += 1
        else:
            known.minute, known.additions = minute, 1
        if 0 < self.settings.additions_per_minute_max < known.additions:
            hit("bots: filled too fast")
            known.bot = True

    def hears_of_sale(self, sale, event):
        """What the event that paid says of it, and nothing else."""
        known, items = self.carts[sale], event.get("items")
        known.value, known.currency = event.get("value"), event.get("currency")
        known.country, known.zone = event.get("country"), event.get("time_zone")
        if known.value is None and items and all(item in event["prices"] for item in items):
            hit("beside: worth what the items of the purchase are")
            known.value = sum(event["prices"][item] * min(pieces, PIECES_MAX) for item, pieces in items.items())

    def hears_of_merge(self, into, event):
        """Part b, before the lines are poured."""
        source, known = self.carts[event["left"]], self.carts[into]
        known.prices |= source.prices
        if known.value is not None:
            hit("value: a merge takes away what the shop said")
        known.value = None

    def hears_of_person(self, world, event):
        """Part b; not consent, not erase."""
        if event["event"] not in ("identify", "purchase"):
            return
        for field, memory in (("country", self.countries), ("time_zone", self.zones)):
            if field in event and "customer_id" in event:
                memory["customer", event["customer_id"]] = event[field]
            elif field in event and "visitor_id" in event:
                memory["visitor", event["visitor_id"]] = event[field]
        if event["event"] == "identify" and "email" in event and event.get("address_source") in WAYS:
            key = (event["email"], world.entity(event["shop"]), event["address_source"])
            self.obtained[key] = max(event["time"], self.obtained.get(key, event["time"]))

    def hears_of_consent(self, key, status, time, source):
        if status == "granted" and source == "double_opt_in":
            self.confirmed[key] = max(time, self.confirmed.get(key, time))

    def forgets_person(self, kind, who):
        """18: a customer or visitor who loses the address loses the country and the time zone, too."""
        if self.countries.pop((kind, who), None):
            hit("18: a person's country is forgotten")
        if self.zones.pop((kind, who), None):
            hit("18: a person's time zone is forgotten")

    def erases(self, addresses):
        for memory in (self.confirmed, self.obtained):
            for key in [key for key in memory if key[0] in addresses]:
                hit("18: evidence is forgotten")
                del memory[key]
        for address in addresses:
            self.sends.pop(address, None)

    # A decision

    def first_rule_that_holds(self, world, cart, step, due, address):
        outcome, reason = self.asked(world, cart, step, due, address)
        if outcome == "sent":
            outcome, reason = self.timed(world, cart, step, due, reason)
        hit(f"policy: {reason}")
        if outcome == "sent":
            self.claims.setdefault((world.tick, address), campaigns.follows(cart)[1].priority)
            world.last_sent[address] = world.tick
            self.sends[address].append(world.tick)
            cart.sent += 1
        return outcome, reason

    def asked(self, world, cart, step, due, address):
        settings, now, known = self.settings, world.tick, self.carts[cart]
        campaign, series = campaigns.follows(cart)
        if campaign != "cart":
            hit(f"campaigns: {campaign} decided")
        if ordered_elsewhere(world, cart, address):
            return "ended", "ordered_other_cart"
        if beside.cart_is_open(world, cart):
            return "refused", "cart_open"
        if self.is_off(cart, series):
            return "refused", "campaign_off"
        if now - due > series.steps[step]["not_after"]:
            return "refused", "expired_ttl"
        if settings.refuses_bots and known.bot:
            return "refused", "bot"
        if settings.refuses_bots and known.internal:
            return "refused", "internal"
        if address is None:
            return "refused", "no_address"
        if settings.refuses_role_addresses and is_role(address):
            return "refused", "role_address"
        entity = world.entity(cart.shop)
        consent = consent_stands(world, address, entity)
        if consent == "withdrawn":
            return "refused", "consent_withdrawn"
        ground, conditions = self.ground(world, cart, address, entity, consent)
        if ground is None:
            return "refused", "country_policy" if conditions else "no_consent"
        if settings.refuses_unverified and is_somebody_elses(world, cart, address):
            return "refused", "address_unverified"
        worth = self.worth(cart)
        if series.refuses_zero_value and worth == 0:
            return "refused", "zero_value"
        if worth is not None and worth < series.min_value.get(known.currency, worth):
            return "refused", "below_min_value"
        if worth is not None and worth == series.min_value.get(known.currency):
            hit("value: just enough")
        if cart.sent >= series.reminders_max:
            return "refused", "cap_cart"
        if self.claims.get((now, address), series.priority) < series.priority and settings.cap > 0:
            return "refused", "lower_priority"
        if address in world.last_sent and now - world.last_sent[address] < settings.cap:
            return "refused", "cap_24h"
        if 0 < settings.cap_count <= sum(now - sent < settings.cap_window for sent in self.sends[address]):
            return "refused", "cap_window"
        if settings.cap_count and any(now - sent == settings.cap_window for sent in self.sends[address]):
            hit("cap_window: one leaves the window in this tick")
        if cart.kind != "sale" and self.rests(world, cart, address, entity):
            return "refused", "cooldown_after_purchase"
        if siphash13_of(HOLDOUT_KEY, cart.key) % 100 < series.holdout_percent:
            return "refused", "holdout"
        return "sent", ground

    def timed(self, world, cart, step, due, reason):
        """Hours, the last rule: what would be sent. Where it is deferred the cart knows until when."""
        if not self.hours.given:
            return "sent", reason
        zone = self.zone(cart)
        again = self.hours.leaves(zone, world.tick, siphash13_of(SPREAD_KEY, cart.key))
        if again == world.tick:
            if cart.deferred is not None:
                hit("hours: sent when they began")
            return "sent", reason
        if again - due > campaigns.follows(cart)[1].steps[step]["not_after"]:
            return "refused", "quiet_hours"
        if again - due == campaigns.follows(cart)[1].steps[step]["not_after"]:
            hit("hours: just in time")
        if cart.deferred is not None:
            hit("hours: deferred once more")
        cart.deferred = again
        return "deferred", "deferred"

    def zone(self, cart):
        for who, which in (("customer", cart.customer), ("visitor", cart.visitor)):
            if (who, which) in self.zones:
                if who == "customer":
                    hit("hours: the customer's zone")
                else:
                    hit("hours: the visitor's zone")
                return self.zones[who, which]
        if self.carts[cart].zone:
            hit("hours: the cart's zone")
            return self.carts[cart].zone
        hit("hours: the shop's zone")
        return self.settings.shop(cart.shop)["time_zone"]

    def is_off(self, cart, series):
        if not series.enabled:
            hit("off: not enabled")
            return True
        abandoned = campaigns.counts_from(cart) + series.idle
        if series.enabled_at is not None and abandoned == series.enabled_at:
            hit("off: abandoned when it was enabled")
        return series.enabled_at is not None and abandoned < series.enabled_at

    def ground(self, world, cart, address, entity, consent):
        """What permits a reminder, or None; whether it would, but for a condition of the table."""
        law, shop, now = self.law(cart), self.settings.shop(cart.shop), world.tick
        found, conditions = None, False

        def offers(name, allowed, condition):
            nonlocal found, conditions
            if allowed and condition:
                found = found or name
            conditions = conditions or (allowed and not condition)

        def young(basis, moment):
            most = age_max(law[basis])
            if most is not None and now - moment == most:
                hit("country: as old as may be")
            return most is None or now - moment <= most

        key = (address, entity, "email")
        if consent == "granted":
            confirmed = self.confirmed.get(key)
            stands = confirmed is not None and confirmed > world.withdrawals.get(key, confirmed - 1)
            if law["opt_in"]["confirmed"] and stands and world.grants[key] > confirmed:
                hit("country: a later grant takes nothing away from a confirmed one")
            if law["opt_in"]["confirmed"] and confirmed is not None and not stands:
                hit("country: a confirmed grant that was withdrawn, granted again")
            offers("opt_in", True, stands or not law["opt_in"]["confirmed"])
        for order in world.bases.get((address, entity), []):
            if not law["sale"]["allowed"]:
                hit("country: a sale that the table does not allow")
            offers("existing_customer", True, law["sale"]["allowed"] and young("sale", order.paid_at))
        for way in WAYS:
            moment = self.obtained.get((address, entity, way))
            if moment is not None:
                offered = not law[way].get("refusal_offered") or shop["refusal_offered"]
                if not offered and law[way]["allowed"]:
                    hit("country: could not be refused there")
                offers(f"{way}_address", law[way]["allowed"], young(way, moment) and offered)
        offers("not_objected", law["unasked"]["allowed"], True)
        if law["mail"]["postal_address"] and not shop["postal_address"] and found:
            hit("country: no postal address")
            return None, True
        return found, conditions

    def law(self, cart):
        for who, which in (("customer", cart.customer), ("visitor", cart.visitor)):
            if (who, which) in self.countries:
                if who == "customer":
                    hit("country: the customer's")
                else:
                    hit("country: the visitor's")
                return self.settings.law(self.countries[who, which])
        if self.carts[cart].country:
            hit("country: the cart's")
            return self.settings.law(self.carts[cart].country)
        return self.settings.law(self.settings.shop(cart.shop)["country"])

    def worth(self, cart):
        """In minor units of its currency, or None."""
        known = self.carts[cart]
        if known.value is not None:
            hit("value: as the shop said")
            return known.value
        if cart.kind == "trail":
            return None
        if cart.kind == "sale":
            hit("beside: what was bought is worth nobody knows what")
            return None
        if all(item in known.prices for item in cart.lines):
            hit("value: of the lines")
            return sum(known.prices[item] * pieces for item, pieces in cart.lines.items())
        hit("value: not known")
        return None

    def rests(self, world, cart, address, entity):
        for whose, which in (("customer", cart.customer), ("visitor", cart.visitor), ("address", address)):
            for (shop, kind, of), entries in world.recorded.items():
                if which is None or kind != whose or of != which or world.entity(shop) != entity:
                    continue
                for entry in entries:
                    if entry[whose] == which and world.tick - entry["time"] < self.settings.cooldown:
                        if shop != cart.shop:
                            hit("cooldown: an order in another shop of the entity")
                        return True
                    if entry[whose] == which and world.tick - entry["time"] == self.settings.cooldown:
                        hit("cooldown: over in this tick")
        return False


def age_max(basis):
    return duration(basis["max_age"]) if basis.get("max_age") else None


def is_role(address):
    return address.rpartition("@")[0].partition("+")[0] in ROLES


def is_somebody_elses(world, cart, address):
    """Some customer has it, and the cart has it from its visitor or from its own events."""
    if customers_address(world, cart.customer):
        return False
    return any(known == address for known, _ in world.customers.values())


# SipHash-1-3 (Aumasson and Bernstein, 2012), 64 bits


def siphash13_of(key, cart_key):
    """Of a cart's two names."""
    (k0, k1), (shop, cart_id) = key, cart_key
    return siphash13(k0 ^ siphash13(k0, k1, shop.encode()), k1, cart_id.encode())


def siphash13(k0, k1, text):
    v = [k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573]
    whole = len(text) // 8 * 8
    last = text[whole:].ljust(7, b"\0") + bytes([len(text) % 256])
    for i in range(0, whole + 8, 8):
        word = int.from_bytes((text[:whole] + last)[i:i + 8], "little")
        v[3] ^= word
        sip_round(v)
        v[0] ^= word
    v[2] ^= 0xff
    for _ in range(3):
        sip_round(v)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def sip_round(v):
    def rotated(x, bits):
        return (x << bits | x >> (64 - bits)) & MASK
    v[0] = (v[0] + v[1]) & MASK
    v[2] = (v[2] + v[3]) & MASK
    v[1] = rotated(v[1], 13) ^ v[0]
    v[3] = rotated(v[3], 16) ^ v[2]
    v[0] = rotated(v[0], 32)
    v[2] = (v[2] + v[1]) & MASK
    v[0] = (v[0] + v[3]) & MASK
    v[1] = rotated(v[1], 17) ^ v[2]
    v[3] = rotated(v[3], 21) ^ v[0]
    v[2] = rotated(v[2], 32)
