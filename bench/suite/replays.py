"""Replays: generated events, plain and compressed, and recorded days, in which most seconds have no event."""

import gzip
import json

from . import ROOT
from .programs import Failed, output_of

BEGIN_MS, EVENTS_A_SECOND = 1_769_943_600_000, 10_000
EVENT_BYTES = 250
EVENT = ('{"event":"add_to_cart","time":%d,"event_id":"e%011x","shop":"shoes-nl","cart_id":"c-%012x","customer_id":"u%d",'
         '"currency":"EUR","items":[{"item_id":"sku-%d","item_name":"Trail shoe%s","price":129.99,"quantity":1}]}\n')


def write_events(path, events, carts):
    """Additions to `carts` carts at random, always the same ones, 10,000 to a second of their time, a line of 250 bytes each."""
    dice = 1
    with open(path, "w", encoding="ascii") as out:
        lines = []
        for number in range(events):
            dice = (dice * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
            cart = (dice >> 33) % carts
            values = (BEGIN_MS + number * 1000 // EVENTS_A_SECOND, number, cart * 2654435761 & 0xFFFFFFFFFFFF, cart,
                      (dice >> 20) % 1_000_000)
            line = EVENT % (*values, "")
            if len(line) > EVENT_BYTES:
                raise Failed(f"an event of {len(line)} bytes, where {EVENT_BYTES} are said")
            lines.append(EVENT % (*values, "e" * (EVENT_BYTES - len(line))))  # to a byte: the name takes up the rest
            if len(lines) == 10_000:
                out.write("".join(lines))
                lines = []
        out.write("".join(lines))


def compress(path):
    to = path.with_suffix(".ndjson.gz")
    with open(path, "rb") as plain, gzip.open(to, "wb", compresslevel=1) as out:
        while block := plain.read(1 << 20):
            out.write(block)
    return to


def replay(session, path):
    """Events a second, and the summary."""
    told = json.loads(output_of([session.build / "cartwheel", "replay", "--json", path]))
    return sum(told["events"].values()) / told["seconds"], told


def recorded(session):
    """Recorded days beside the given peers, and the one that is carried here."""
    given = session.peers.folder.parent / "data" if session.peers.given and not session.small else None
    found = {"otto": ROOT / "tests/data/otto/events.ndjson.gz"}
    for name in ("merch", "jd"):
        if given and (given / name / "events.ndjson.gz").exists():
            found[name] = given / name / "events.ndjson.gz"
    return found


def measure(session):
    f, s = session.figures, session.sizes
    folder = session.empty_folder()
    plain = folder / "events.ndjson"
    write_events(plain, s.replay_events, max(1, s.replay_events // 10))
    f.add("replay/bytes", plain.stat().st_size / s.replay_events, "B/event")
    packed = compress(plain)
    session.say("replay: events are made")
    days = recorded(session)
    for number in range(s.rounds):
        for name, path in (("plain", plain), ("gzip", packed)):
            rate, told = replay(session, path)
            if told["events"]["applied"] != s.replay_events:
                raise Failed(f"of {s.replay_events} events were applied: {told['events']}")
            f.add(f"replay/{name}", rate, "events/s")
        if number >= s.rounds_long:  # weeks of seconds take their time
            continue
        for name, path in days.items():
            rate, told = replay(session, path)
            f.add(f"replay/recorded/{name}", rate, "events/s")
            f.add(f"replay/recorded/{name}/events", sum(told["events"].values()), "events")
            f.add(f"replay/recorded/{name}/hours", (told["end"] - told["begin"]) / 3.6e6, "h")
    largest = max(days, key=lambda name: f.median(f"replay/recorded/{name}/events"))
    for value in f.values[f"replay/recorded/{largest}"]:
        f.add("replay/sparse", value, "events/s")
    session.remove(folder)
