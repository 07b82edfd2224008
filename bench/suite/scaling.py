"""Rate and memory by number of carts, with one and two shards, and with huge pages asked for (madvise) or not."""

from . import ingest
from .node import Node

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


def one(session, carts, shards, huge):
    events = 2 * carts if carts >= 1_000_000 or session.small else 1_000_000
    folder = session.empty_folder()
    with Node(folder, shards, environment=HUGE if huge else None) as node:
        first = ingest.one_pass(session, node, events, carts, 1)
        resident, active = node.resident_bytes(), node.metric("cartwheel_carts_active")
        again = ingest.one_pass(session, node, min(events, 2_000_000), carts, 2)
        session.figures.add_row("scaling", carts=carts, shards=shards, huge_pages=huge, first_per_s=first["events_per_s"],
                                open_per_s=again["events_per_s"], resident_mb=resident / 1e6, active=active,
                                bytes_per_cart=resident / active, huge_mb=node.huge_page_bytes() / 1e6)
        # No orderly end: the snapshot of millions of carts is not what is measured here.
    session.remove(folder)
