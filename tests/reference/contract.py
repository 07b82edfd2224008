"""The contract (EVENTS.md): a line becomes a plain dict, or is refused."""
import json, re, unicodedata
from datetime import datetime, timezone
from decimal import Decimal, ROUND_HALF_EVEN

from figures import EVENT_BYTES_MAX, MONEY_MAX, PIECES_MAX
from hits import hit


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
    require(0 <= number < 10**18, f"{field}: out of bounds")
    decimals = CURRENCY_DECIMALS.get(currency, 2)
    minor = int((number * 10**decimals).to_integral_value(rounding=ROUND_HALF_EVEN))
    require(minor <= MONEY_MAX, f"{field}: out of bounds")
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
        event["categories"] = categories_of(raw["items"])
        event["prices"] = {thing["item_id"]: money(thing["price"], "price", currency, True) for thing in raw["items"] if "price" in thing}
    event.setdefault("shop", "default")
    for choice in NEEDS[name]:
        require(any(field in event for field in choice), f"{' or '.join(choice)}: missing")
    if name == "cart_merged":
        require(event["into"] != event["cart_id"], "into: the cart itself")                                            # 5
    if name == "consent" and event["channel"] == "email":
        require("email" in event or "customer_id" in event, "email or customer_id: missing")                          # 16
    return event


def categories_of(raw):
    """Of the products, in the order in which they are first named; of one named twice the last that is not empty counts."""
    found = {}
    for thing in raw:
        found[thing["item_id"]] = thing.get("item_category") or found.get(thing["item_id"], "")
    return list(dict.fromkeys(found.values()))


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
