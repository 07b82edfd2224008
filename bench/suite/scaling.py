"""Rate, cost and memory by number of carts, with one and two shards, and with huge pages asked for (madvise) or not.

The cost of an event is the server's CPU: it should stay flat while carts become ten times as many.
"""

import statistics

from . import ingest
from .node import Node
from .sizes import MILLION

HUGE = {"MIMALLOC_LARGE_OS_PAGES": "1"}


def measure(session):
    for carts in session.sizes.scaling:
        need = 4 * (4 + 5.2 * carts / 1e6)
        if not session.small and carts > min(session.sizes.scaling) and need > session.seconds_left():
            session.figures.leave_out(f"scaling to {carts:,} carts", "the time did not do; `scripts/bench.sh --only scaling`")
            continue
        for shards in (1, 2):
            for huge in (False, True):
                one(session, carts, shards, huge)
        session.say(f"scaling: {carts:,} carts")


def name_of(carts, shards, huge):
    return f"scaling/{carts}/{shards}/{'huge' if huge else 'plain'}"


def most(figures):
    """The most carts that were measured; 0: none."""
    return max((r["carts"] for r in figures.tables.get("scaling", [])), default=0)


def one(session, carts, shards, huge):
    f, s = session.figures, session.sizes
    events = 2 * carts if carts >= MILLION or session.small else MILLION
    # What the cost is compared by is measured as often as anything else that takes long.
    compared = shards == 2 and carts in (MILLION, max(s.scaling))
    folder = session.empty_folder()
    with Node(folder, shards, environment=HUGE if huge else None) as node:
        first = ingest.one_pass(session, node, events, carts, 1)
        resident, active = node.resident_bytes(), node.metric("cartwheel_carts_active")
        again = [ingest.one_pass(session, node, min(events, 2 * MILLION), carts, 2 + n)
                 for n in range(s.rounds_long if compared else 1)]
        for found in again:
            f.add(name_of(carts, shards, huge), found["cpu_us"], "us/event")
        f.add_row("scaling", carts=carts, shards=shards, huge_pages=huge, first_per_s=first["events_per_s"],
                  open_per_s=statistics.median(found["events_per_s"] for found in again),
                  cpu_us=statistics.median(found["cpu_us"] for found in again), resident_mb=resident / 1e6, active=active,
                  bytes_per_cart=resident / active, huge_mb=node.huge_page_bytes() / 1e6)
        # No orderly end: the snapshot of millions of carts is not what is measured here.
    session.remove(folder)
