"""Events over loopback: the server with one and two shards and with each event synced or not, beside the bare loop.

The contenders take turns within each round, each time in another order. A round's contender is fresh, on an empty folder; a
first pass opens the carts, a second acts on open ones. The bare loop does both as well. Ours is counted until the last event
is *applied*, which is later than its acknowledgement; the bare loop applies before it acknowledges.
"""

import time

from processes import free_port, listens, wait_until

from . import loads
from .node import Node
from .programs import Failed, Watched

NAME = "ingest"
TITLE = "ingest end to end"
OURS = [(sync, shards) for sync in ("always", "off") for shards in (1, 2)]


def seconds(sizes, ours_only):
    a_pass = sizes.events / 1e6 + 0.5
    return sizes.rounds * (len(OURS) + (not ours_only)) * (2 * a_pass + 1.5 * sizes.carts / 1e6)


def name_of(sync, shards):
    return f"sync = {sync}, {shards} shard{'s' if shards > 1 else ''}"


def measure(session):
    contenders = list(OURS)
    if session.kind != "full":
        contenders.append(None)  # the bare loop
    for number in range(session.sizes.rounds):
        turn = number % len(contenders)
        for who in contenders[turn:] + contenders[:turn]:
            if who is None:
                bare_loop(session)
            else:
                ours(session, *who)
        session.say(f"ingest: round {number + 1} of {session.sizes.rounds}")


def bare_loop(session):
    s, f = session.sizes, session.figures
    port = free_port()
    server = Watched(session.peers.table_server(port, s.carts))
    try:
        wait_until(lambda: listens(port), "the bare loop to listen")
        for number, which in enumerate(("first", "open"), 1):
            f.add(f"ingest/bare/{which}", loads.send(session, port, s.events, s.carts, number).events_per_s, "events/s")
    finally:
        server.stop()


def ours(session, sync, shards):
    s, f = session.sizes, session.figures
    folder = session.empty_folder()
    with Node(folder, shards, sync) as node:
        before = node.resident_bytes()
        for number, which in enumerate(("first", "open"), 1):
            found = one_pass(session, node, s.events, s.carts, number)
            f.add(f"ingest/{sync}/{shards}/{which}", found["events_per_s"], "events/s")
            f.add(f"ingest/{sync}/{shards}/{which}/acked", found["acked_per_s"], "events/s")
            f.add(f"ingest/{sync}/{shards}/{which}/cpu", found["cpu_us"], "us/event")
            f.add(f"ingest/{sync}/{shards}/{which}/ack_p99", found["ack_p99_ms"], "ms")
        carts = node.metric("cartwheel_carts_active")
        f.add(f"ingest/{sync}/{shards}/bytes_per_cart", (node.resident_bytes() - before) / carts, "B")
        node.end()
    session.remove(folder)


def one_pass(session, node, events, carts, number):
    """One run of the load generator against a node, until all of it is applied."""
    have, cpu = sum(node.events().values()), node.cpu_seconds()
    sent = loads.send(session, node.forward_port, events, carts, number)
    applied_at = node.wait_until_applied(have + sent.events)
    took = sent.seconds + max(0.0, applied_at - sent.ended_at)
    return {"events_per_s": sent.events / took, "acked_per_s": sent.events_per_s, "ack_p99_ms": sent.p99_ms,
            "cpu_us": (node.cpu_seconds() - cpu) / sent.events * 1e6, "seconds": took}


def best(figures, which="open"):
    """(sync `always`) the number of shards that did best."""
    names = [f"ingest/always/{n}/{which}" for n in (1, 2)]
    if not figures.has(*names):
        return None
    return int(figures.best_of(names).split("/")[2])


# What the latency of acknowledgements is measured with: additions of the bytes that the rate of ingest was measured with (with
# a currency and names they cost the server a quarter more), and the load harness's own mix.
STREAMS = {
    "additions": {"mix": {"add_to_cart": 1.0}, "brief": True},
    "mix": {"mix": {"add_to_cart": 0.6, "view_item": 0.1, "begin_checkout": 0.1, "identify": 0.08,
                    "remove_from_cart": 0.05, "purchase": 0.04, "consent": 0.03}},
}


def acks(session):
    """Latency of acknowledgements at 80 % of the rate at which events are applied, over open carts: for additions that of
    ingest, or what the same server took of them just before where that was more; the harness's own mix does more an event
    (persons, orders, addresses), and has a rate of its own."""
    f = session.figures
    shards = best(f)
    if shards is None:
        raise Failed("the rate is not known: measure `ingest` in the same run")
    for _ in range(session.sizes.rounds_long):
        acks_of(session, "additions", shards, f.median(f"ingest/always/{shards}/open"))
        acks_of(session, "mix", shards)


def mixed_pass(session, node, events, mix, rate=0, opened=True, brief=False):
    """Events of a mix to the session's carts, as fast as they are acknowledged or at `rate`, until all of it is applied.
    Returns what was sent, and the seconds from its last acknowledgement until then."""
    have = sum(node.events().values())
    sent = loads.mixed(session, node.forward_port, int(events), session.sizes.carts, mix, rate, opened, brief)
    applied_at = node.wait_until_applied(have + sent.events)
    return sent, max(0.0, applied_at - sent.ended_at)


def acks_of(session, which, shards, at_least=0):
    """One fresh server: its carts are opened, then everything is sent as fast as it goes, then at 80 % of that rate, or of
    `at_least`."""
    f, s, stream = session.figures, session.sizes, STREAMS[which]
    folder = session.empty_folder()
    with Node(folder, shards) as node:
        mixed_pass(session, node, s.carts, opened=False, **stream)
        sent, behind = mixed_pass(session, node, s.events, **stream)
        full = sent.events / (sent.seconds + behind)
        rate = 0.8 * max(full, at_least)
        sent, behind = mixed_pass(session, node, rate * s.ack_seconds, rate=rate, **stream)
        node.end()
    session.remove(folder)
    at = f"ack/{which}"
    f.add(f"{at}/full", full, "events/s")
    f.add(f"{at}/behind", behind, "s")
    f.add(f"{at}/asked", rate, "events/s")
    f.add(f"{at}/rate", sent.events_per_s, "events/s")
    f.add(f"{at}/p50", sent.p50_ms, "ms")
    f.add(f"{at}/p99", sent.p99_ms, "ms")
    f.add(f"{at}/p999", sent.p999_ms, "ms")
