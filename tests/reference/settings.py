"""A configuration as docs/configuration.md has it: read for the model, and made up at random for both.

`read(path)` gives what the model needs of a file that the program reads, too; `write(seed, folder)` writes a file, with
countries of its own beside it for some seeds. What a file leaves out is the page's default.
"""
import random, re, tomllib
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

from contract import CURRENCY_DECIMALS
from figures import Campaign, DAY, HOUR, MINUTE
from hours import Hours

COUNTRIES = Path(__file__).resolve().parents[2] / "actors/campaign/countries"
UNITS = {"ms": 1, "s": 1000, "m": MINUTE, "h": HOUR, "d": DAY}
SHOP = {"legal_entity": "example-bv", "country": "NL", "postal_address": "", "refusal_offered": False, "time_zone": "UTC"}
QUIET = ["21:00-08:00", "21:00-08:00", "22:00-06:30", "Mon-Fri 20:00-09:00, Sat-Sun 20:00-11:00", "02:15-02:45", "01:30-02:30", "00:00-23:59", "Sun",
         "Sat-Mon 12:00-12:01, 23:15-02:45", "Thu, 08:00-20:00"]
PEAK = ["18:00-22:00", "18:00-22:00", "Mon-Fri 12:00-13:00", "02:00-03:00", "02:30-04:00", "Fri 18:00-02:00", "10:00-10:05, 19:00-19:01", "00:00-24:00"]
ZONES = ["Europe/Amsterdam", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham", "Pacific/Kiritimati",
         "America/St_Johns", "Africa/Casablanca", "Antarctica/Troll", "Etc/UTC"]


def one_step(not_after):
    return [{"after": 0, "not_after": not_after}]


@dataclass
class Series:
    """What each [campaign.NAME] has. Durations in milliseconds, moments in Unix milliseconds, money in minor units."""
    enabled: bool = True
    enabled_at: int | None = None
    idle: int = Campaign.idle
    clock: str = Campaign.clock
    priority: int = Campaign.priority
    steps: list = field(default_factory=lambda: Campaign.steps)
    reminders_max: int = Campaign.reminders_max
    min_value: dict = field(default_factory=dict)           # currency -> amount
    refuses_zero_value: bool = False
    holdout_percent: int = 0
    views: int = 3                                          # browse
    additions: int = 0
    window: int = 7 * DAY
    drop_percent: int = 10                                  # price


@dataclass
class Settings(Series):
    # [campaign.cart]
    cap: int = Campaign.cap
    pause: int = Campaign.pause
    quiet: str = ""
    peak: str = ""
    spread: int = 30 * MINUTE
    # [campaign.checkout], [campaign.unpaid], where they are on
    checkout: Series | None = None
    unpaid: Series | None = None
    # [campaign.after_purchase], [campaign.browse], [campaign.stock], [campaign.price], likewise
    after_purchase: Series | None = None
    browse: Series | None = None
    stock: Series | None = None
    price: Series | None = None
    # [policy]
    laws: dict | None = None                                # country -> its file; "strict" for all others; None: strict for all
    refuses_unverified: bool = False
    refuses_role_addresses: bool = False
    refuses_bots: bool = False
    additions_per_minute_max: int = 0
    cap_count: int = 0
    cap_window: int = 14 * DAY
    cooldown: int = 0
    # [shop.NAME]
    shops: dict = field(default_factory=dict)

    def shop(self, name):
        """[shop.default] for every shop without an entry, and for every key that an entry leaves out."""
        return SHOP | self.shops.get("default", {}) | self.shops.get(name, {})

    def law(self, country):
        if self.laws is None:
            return STRICT
        return self.laws.get(country, self.laws["strict"])


def duration(text):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h|d)", text).groups()
    return int(number) * UNITS[unit]


def amount(text):
    number, currency = text.split(" ")
    return currency, int(Decimal(number) * 10 ** CURRENCY_DECIMALS.get(currency, 2))


def moment(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc).timestamp()) * 1000


def read_laws(*folders):
    """The files of the folders, a later one's in place of an earlier one's of the same name."""
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for folder in folders for path in sorted(Path(folder).glob("*.toml"))}


STRICT = read_laws(COUNTRIES)["strict"]


def read(path):
    document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    policy, campaign = document.get("policy", {}), document.get("campaign", {}).get("cart", {})
    s = Settings(shops=document.get("shop", {}))
    if policy.get("table") == "by-country":
        s.laws = read_laws(COUNTRIES, *([policy["countries"]] if policy.get("countries") else []))
    s.refuses_unverified = policy.get("unverified") == "refuse"
    s.refuses_role_addresses = policy.get("role_addresses") == "refuse"
    s.refuses_bots = policy.get("bots") == "refuse"
    s.additions_per_minute_max = policy.get("additions_per_minute_max", 0)
    s.cap_count = policy.get("cap_count", 0)
    s.cap_window = duration(policy.get("cap_window", "14d"))
    s.cooldown = duration(policy.get("cooldown_after_purchase", "0s"))
    for name, key in (("cap", "cap"), ("pause", "pause_max"), ("spread", "spread")):
        if key in campaign:
            setattr(s, name, duration(campaign[key]))
    s.quiet, s.peak = campaign.get("quiet_hours", ""), campaign.get("peak_hours", "")
    read_series(s, campaign)
    for name, series in (("checkout", Series(clock="checkout_started", priority=2)),
                         ("unpaid", Series(idle=4 * HOUR, priority=1, steps=one_step(12 * HOUR))),
                         ("after_purchase", Series(idle=7 * DAY, priority=5, steps=one_step(3 * DAY))),
                         ("browse", Series(idle=HOUR, priority=4, steps=one_step(24 * HOUR))),
                         ("stock", Series(idle=MINUTE, priority=3, steps=one_step(24 * HOUR))),
                         ("price", Series(idle=10 * MINUTE, priority=4, steps=one_step(24 * HOUR)))):
        keys = document.get("campaign", {}).get(name, {})
        if keys.get("enabled"):
            setattr(s, name, read_series(series, keys))
    return s


def read_series(s, keys):
    s.enabled = keys.get("enabled", s.enabled)
    s.enabled_at = moment(keys["enabled_at"]) if keys.get("enabled_at") else None
    s.idle = duration(keys["idle"]) if "idle" in keys else s.idle
    s.clock = keys.get("clock", s.clock)
    s.priority = keys.get("priority", s.priority)
    s.reminders_max = keys.get("reminders_per_cart", s.reminders_max)
    s.min_value = dict(map(amount, keys.get("min_value", [])))
    s.refuses_zero_value = keys.get("zero_value") == "refuse"
    s.holdout_percent = keys.get("holdout_percent", 0)
    s.views, s.additions = keys.get("views", s.views), keys.get("additions", s.additions)
    s.window = duration(keys["window"]) if "window" in keys else s.window
    s.drop_percent = keys.get("drop_percent", s.drop_percent)
    if "steps" in keys:
        s.steps = [{"after": duration(step["after"]), "not_after": duration(step.get("not_after", "24h"))} for step in keys["steps"]]
    return s


# At random

BESIDE = ("after_purchase", "browse", "stock", "price")


def toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + " }"
    return str(value) if isinstance(value, int) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def document_of(sections):
    return "\n".join(f"[{name}]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in keys.items()) for name, keys in sections.items())


def random_law(dice):
    def basis(ages, likely):
        keys = {"allowed": dice.random() < likely, "law": "made up"}
        if ages and dice.random() < 0.6:
            keys["max_age"] = dice.choice(["24h", "24h", "24h", "25h", "2d", "7d"])
        return keys
    return {"opt_in": {"confirmed": dice.random() < 0.5, "law": "made up"}, "sale": basis(True, 0.7),
            "checkout": basis(True, 0.6) | ({"refusal_offered": True} if dice.random() < 0.5 else {}), "account": basis(True, 0.5),
            "unasked": basis(False, 0.15), "mail": {"postal_address": dice.random() < 0.2, "law": "made up"}}


def random_hours(dice, campaign, sections):
    """Of other dice, so that what a seed is about besides stays as it was."""
    if dice.random() < 0.5:
        return
    while True:
        quiet, peak = (dice.choice(texts) if dice.random() < likely else "" for texts, likely in ((QUIET, 0.8), (PEAK, 0.4)))
        if Hours(quiet, peak, 0).ever():
            break
    for key, value in (("quiet_hours", quiet), ("peak_hours", peak)):
        if value:
            campaign[key] = value
    if dice.random() < 0.7:
        campaign["spread"] = dice.choice(["0s", "0s", "0s", "1s", "999ms", "10m", "1h", "1d"])
    if dice.random() < 0.3:
        campaign.setdefault("steps", [{"after": after, "channel": "email", "template": "reminder-1"} for after in ("0s", "2h")])
    for step in campaign.get("steps", []):
        if dice.random() < 0.5:
            step["not_after"] = dice.choice(["20m", "1h", "3h", "9h", "10h"])
    for name in ("default", "s", "t"):
        if dice.random() < 0.5:
            sections.setdefault(f"shop.{name}", {})["time_zone"] = dice.choice(ZONES)


def random_campaigns(dice, cart, start):
    """Further campaigns, for half of the seeds; adds to the cart's what they go with."""
    chance, pick = lambda p: dice.random() < p, dice.choice
    sections = {}
    if chance(0.5):
        return sections
    if chance(0.5):
        cart["clock"] = pick(["last_cart_change", "last_seen", "last_add"])
    if chance(0.3):
        cart["priority"] = pick([1, 2, 4])
    for name, likely in (("checkout", 0.7), ("unpaid", 0.7)):
        if not chance(likely):
            continue
        keys = {"enabled": True}
        if chance(0.1):
            keys["enabled_at"] = datetime.fromtimestamp(start // 1000 + pick([1200, 86400]), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        keys["idle"] = pick(["1s", "10m", "20m", "1h", "24h", "1500ms"] if name == "checkout" else ["1s", "20m", "1h", "500s"])
        if name == "checkout" and chance(0.7):
            keys["clock"] = pick(["last_add", "last_cart_change", "last_seen", "checkout_started"])
        if chance(0.4):
            keys["priority"] = pick([1, 2, 3, 4])
        if chance(0.3):
            keys["reminders_per_cart"] = pick([1, 2, 5])
        if chance(0.2):
            keys["min_value"] = ["10.00 EUR", "1000 JPY"]
        if chance(0.2):
            keys["zero_value"] = "refuse"
        if chance(0.2):
            keys["holdout_percent"] = pick([10, 50, 100])
        afters = sorted(dice.sample(["0s", "1s", "20m", "1h"] + (["24h", "2d"] if name == "checkout" else []), dice.randint(1, 3)), key=duration)
        keys["steps"] = [{"after": after, "template": "reminder-1", "not_after": pick(["1s", "20m", "24h", "3d"])} for after in afters]
        if name == "unpaid":        # it must fit into the pause
            longest = duration(keys["idle"]) + duration(afters[-1])
            pauses = [p for p in ("2h", "24h", "2d", "3h") if duration(p) > longest]
            if "pause_max" not in cart or duration(cart["pause_max"]) <= longest:
                cart["pause_max"] = pick(pauses)
        sections[f"campaign.{name}"] = keys
    return sections


def random_beside(seed, start, those):
    """Each of other dice: which of them a program knows changes nothing about the others."""
    sections = {}
    for name in those:
        dice = random.Random(f"{name} {seed}")
        if dice.random() < 0.5:
            sections[f"campaign.{name}"] = random_series_beside(dice, name, start)
    return sections


def random_series_beside(dice, name, start):
    chance, pick = lambda p: dice.random() < p, dice.choice
    keys = {"enabled": True}
    if chance(0.8):
        keys["idle"] = pick(["1s", "20m", "1h", "24h", "24h", "1500ms", "2d"] if name in ("after_purchase", "browse") else ["1s", "1m", "20m", "1500ms", "24h"])
    if name == "browse" and chance(0.8):
        keys |= {"views": pick([1, 2, 2, 3]), "additions": pick([0, 0, 1, 2]), "window": pick(["1s", "20m", "1h", "24h", "7d"])}
    if name == "price" and chance(0.8):
        keys["drop_percent"] = pick([1, 10, 50, 90, 100])
    if chance(0.1):
        keys["enabled_at"] = datetime.fromtimestamp(start // 1000 + pick([1200, 86400]), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if chance(0.4):
        keys["priority"] = pick([1, 2, 3, 4])
    if chance(0.2):
        keys["reminders_per_cart"] = 1
    if chance(0.3):
        keys["min_value"] = ["10.00 EUR", "1000 JPY"]
    if chance(0.3):
        keys["zero_value"] = "refuse"
    if chance(0.2):
        keys["holdout_percent"] = pick([10, 50])
    if chance(0.6):
        afters = sorted(dice.sample(["0s", "1s", "20m", "24h", "2d", "7d"], dice.randint(1, 3)), key=duration)
        if name in ("stock", "price"):
            afters = afters[:1]
        keys["steps"] = [{"after": after, "template": "reminder-1", "not_after": pick(["1s", "20m", "24h", "3d"])} for after in afters]
    return keys


def write(seed, folder, start, beside=BESIDE):
    """The path of a configuration made of this seed; `start`: when its events begin; `beside`: campaigns that may be on."""
    dice = random.Random(f"settings {seed}")
    chance, pick = lambda p: dice.random() < p, dice.choice
    policy, campaign, sections = {}, {}, {}
    policy["table"] = pick(["strict", "by-country", "by-country"])
    if policy["table"] == "by-country" and chance(0.5):
        own = Path(folder, "countries")
        own.mkdir(exist_ok=True)
        for name in dice.sample(["strict", "NL", "DE", "GB", "US", "JP"], dice.randint(1, 4)):
            (own / f"{name}.toml").write_text(document_of(random_law(dice)), encoding="utf-8")
        policy["countries"] = str(own)
    for key, likely in (("unverified", 0.4), ("role_addresses", 0.4), ("bots", 0.4)):
        if chance(likely):
            policy[key] = "refuse"
    if chance(0.3):
        policy["additions_per_minute_max"] = pick([1, 1, 2, 3])
        policy["bots"] = "refuse"
    if chance(0.4):
        policy |= {"cap_count": pick([1, 1, 2, 3]), "cap_window": pick(["1h", "24h", "25h", "2d", "7d", "14d"])}
    if chance(0.4):
        policy["cooldown_after_purchase"] = pick(["20m", "1h", "24h", "24h", "7d", "30d"])
    if chance(0.05):
        campaign["enabled"] = False
    if chance(0.15):
        at = datetime.fromtimestamp(start // 1000 + pick([0, 1200, 1200, 1201, 86400, 87600]), timezone.utc)
        campaign["enabled_at"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    if chance(0.4):
        campaign["idle"] = pick(["1s", "2s", "1m", "10m", "24h", "1500ms"])
    if chance(0.5):
        campaign["cap"] = pick(["0s", "0s", "1s", "1m", "20m", "1h", "2d"])
    if chance(0.4):
        campaign["reminders_per_cart"] = pick([1, 1, 2, 5])
    if chance(0.3):
        campaign["pause_max"] = pick(["1s", "20m", "1h", "2d"])
    if chance(0.3):
        campaign["min_value"] = dice.sample(["10.00 EUR", "1000 JPY", "20.50 USD", "0.500 KWD"], dice.randint(1, 3))
    if chance(0.3):
        campaign["zero_value"] = "refuse"
    if chance(0.3):
        campaign["holdout_percent"] = pick([10, 50, 50, 90, 100])
    if chance(0.4):
        afters = sorted(dice.sample(["0s", "1s", "20m", "1h", "24h", "2d", "7d"], dice.randint(1, 5)), key=duration)
        campaign["steps"] = [{"after": after, "channel": "email", "template": "reminder-1"} |
                             ({"not_after": pick(["1ms", "1s", "20m", "24h", "3d", "30d"])} if chance(0.8) else {}) for after in afters]
    for name in ("default", "s", "t"):
        if chance(0.6):
            keys = {}
            if chance(0.5):
                keys["legal_entity"] = pick(["one-bv", "two-bv"])
            if chance(0.6):
                keys["country"] = pick(["NL", "DE", "GB", "US", "CA", "FR", "BE", "JP"])
            if chance(0.5):
                keys["postal_address"] = pick(["", "1 Example Street, Exampleton", "Main St"])
            if chance(0.5):
                keys["refusal_offered"] = pick([True, True, False])
            sections[f"shop.{name}"] = keys
    random_hours(random.Random(f"hours {seed}"), campaign, sections)
    path = Path(folder, "cartwheel.toml")
    more = random_campaigns(random.Random(f"campaigns {seed}"), campaign, start)
    more |= random_beside(seed, start, beside)
    path.write_text(document_of({"policy": policy, "campaign.cart": campaign, **more, **sections}), encoding="utf-8")
    return path
