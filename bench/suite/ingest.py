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


def acks(session):
    """Latency of acknowledgements at 80 % of the rate at which events were applied."""
    f, s = session.figures, session.sizes
    shards = best(f)
    if shards is None:
        raise Failed("the rate is not known: measure `ingest` in the same run")
    rate = 0.8 * f.median(f"ingest/always/{shards}/open")
    for _ in range(s.rounds_long):
        folder = session.empty_folder()
        with Node(folder, shards) as node:
            loads.paced(session, node.forward_port, s.carts, s.carts, rate)  # opens the carts
            have = sum(node.events().values())
            sent = loads.paced(session, node.forward_port, int(rate * s.ack_seconds), s.carts, rate)
            began_waiting = time.monotonic()
            node.wait_until_applied(have + sent.events)
            f.add("ack/behind", time.monotonic() - began_waiting, "s")
            node.end()
        session.remove(folder)
        f.add("ack/asked", rate, "events/s")
        f.add("ack/rate", sent.events_per_s, "events/s")
        f.add("ack/p50", sent.p50_ms, "ms")
        f.add("ack/p99", sent.p99_ms, "ms")
        f.add("ack/p999", sent.p999_ms, "ms")
