"""Half an hour at half of what it can take: resident memory, file handles and latency, every few seconds.

It begins with what a node has that has been there for long: all carts are open, their customers have bought and consented,
and what of that is idle has been parked. The mix is the load harness's with fewer purchases and consents: its 4 % would be
a billion orders a day, and each is remembered for 180 days; its 3 % as many consents, and what proves one is kept on disk
for five years. Here it is some nine million of each a day, as many as the largest marketplaces have. What is remembered by
rule is told beside the memory (orders, persons, carts). The log is kept for no longer than two snapshots, so that half an
hour of it fits the disk.
"""

import csv
import shutil
import statistics
import time

from . import ingest, loads
from .node import Node, quantile
from .programs import Failed, Watched

MIX = {"add_to_cart": 0.6596, "view_item": 0.1, "begin_checkout": 0.1, "identify": 0.08, "remove_from_cart": 0.06,
       "purchase": 0.0002, "consent": 0.0002}
BEFORE = {"add_to_cart": 0.3, "identify": 0.1, "purchase": 0.4, "consent": 0.2}  # so many events of it for each cart:
BEFORE_EVENTS = 5
# All of it is written down every half minute, and the log behind it goes. What nobody has named for a while is parked within
# minutes, not after an hour or two as usual.
SETTINGS = {"journal.keep": "0s", "journal.snapshot_every": "30s", "node.park_after": "2m"}
WARM_UP = 0.2        # of the time: what grows then is filling up
DISK_SECONDS = 120   # so much of the log lies on the disk at one time, at most


PARKED_SECONDS = 480  # until what came before is parked, at most


def seconds(sizes, _):
    return sizes.soak_seconds + 60 + (PARKED_SECONDS if sizes.soak_seconds > PARKED_SECONDS else 0)


def measure(session):
    rate = half_rate(session)
    samples = run(session, rate)
    write_csv(session, samples)
    judge(session.figures, samples)


def half_rate(session):
    """Half of the median rate at which the soak's own mix is applied, synced, to open carts."""
    s, f = session.sizes, session.figures
    folder = session.empty_folder()
    with Node(folder, 2) as node:
        ingest.mixed_pass(session, node, s.events, MIX, opened=False)
        for _ in range(s.rounds):
            sent, behind = ingest.mixed_pass(session, node, s.events, MIX)
            f.add("soak/full_rate", sent.events / (sent.seconds + behind), "events/s")
        node.end()
    session.remove(folder)
    return f.median("soak/full_rate") / 2


def run(session, rate):
    s, f = session.sizes, session.figures
    f.add("soak/rate_asked", rate, "events/s")
    folder = session.empty_folder()
    free, need = shutil.disk_usage(folder).free, rate * 200 * DISK_SECONDS
    if free < need:
        raise Failed(f"{folder}: {free / 1e9:.0f} GB are free, the log needs up to {need / 1e9:.0f} GB")
    samples = []
    with Node(folder, 2, settings=SETTINGS) as node:
        ingest.mixed_pass(session, node, s.carts * BEFORE_EVENTS, BEFORE, opened=False)
        if s.soak_seconds > PARKED_SECONDS:
            wait_until_parked(session, node)
        have, events = sum(node.events().values()), int(rate * s.soak_seconds)
        load = Watched(loads.mixed_command(session, node.forward_port, events, s.carts, MIX, rate))
        try:
            sample_until_over(session, node, load, samples)
            sent = loads.read_paced(load.finish(), None)
        finally:
            load.stop()
        node.wait_until_applied(have + sent.events)
        f.add("soak/rate", sent.events_per_s, "events/s")
        f.add("soak/p99", sent.p99_ms, "ms")
        f.add("soak/p999", sent.p999_ms, "ms")
        node.end()
    session.remove(folder)
    return samples


def wait_until_parked(session, node):
    end = time.monotonic() + PARKED_SECONDS
    while (orders := node.metric("cartwheel_orders")) > 0.01 * (orders + node.metric("cartwheel_orders_parked")):
        if time.monotonic() > end:
            raise Failed(f"{orders:,.0f} orders are not parked after {PARKED_SECONDS} seconds")
        time.sleep(5)
    session.say(f"soak: {node.metric('cartwheel_orders_parked'):,.0f} orders are parked")


def sample_until_over(session, node, load, samples):
    s = session.sizes
    began = before = time.monotonic()
    acks, applied, said = node.histogram("cartwheel_ack_seconds"), sum(node.events().values()), 0
    while load.running():
        time.sleep(max(0.0, before + s.soak_sample_seconds - time.monotonic()))
        if not node.runs():
            raise Failed(f"the server has ended\n{node.story()}")
        now = time.monotonic()
        later, done = node.histogram("cartwheel_ack_seconds"), sum(node.events().values())
        p99 = quantile(acks, later, 0.99)
        samples.append({
            "second": now - began, "resident_bytes": node.resident_bytes(), "handles": node.file_handles(),
            "ack_p99_ms": p99 * 1000 if p99 is not None else None, "events_per_s": (done - applied) / (now - before),
            "cpu_seconds": node.cpu_seconds(), "carts": node.metric("cartwheel_carts_active"),
            "orders": node.metric("cartwheel_orders") + node.metric("cartwheel_orders_parked"),
            "persons": node.metric("cartwheel_persons") + node.metric("cartwheel_persons_parked")})
        acks, applied, before = later, done, now
        if now - began > said + 60:
            said = now - began
            session.say(f"soak: {samples[-1]['resident_bytes'] / 1e6:,.0f} MB, {samples[-1]['handles']} handles, "
                        f"{samples[-1]['events_per_s']:,.0f} events/s, {max(0, s.soak_seconds - said) / 60:.0f} min left")


def write_csv(session, samples):
    for row in samples:
        session.figures.add_row("soak", **row)
    if not samples:
        raise Failed("the soak was over before anything could be looked at")
    path = session.out / f"{session.kind}-soak.csv"
    with open(path, "w", newline="") as out:
        table = csv.DictWriter(out, samples[0].keys())
        table.writeheader()
        table.writerows(samples)


def judge(figures, samples):
    """Slopes and spreads behind the warm-up."""
    steady = samples[int(len(samples) * WARM_UP):]
    if len(steady) < 3:
        raise Failed("too few samples for a verdict")
    seconds_ = [x["second"] for x in steady]
    slope, middle = statistics.linear_regression(seconds_, [x["resident_bytes"] for x in steady])[0], statistics.median(
        x["resident_bytes"] for x in steady)
    figures.add("soak/memory_growth", slope * (seconds_[-1] - seconds_[0]) / middle * 100, "%")
    figures.add("soak/memory", middle, "B")
    handles = [x["handles"] for x in steady]
    figures.add("soak/handles_spread", max(handles) - min(handles), "handles")
    third = len(steady) // 3
    for name, part in (("first", steady[:third]), ("last", steady[-third:])):
        figures.add(f"soak/handles_{name}", statistics.median(x["handles"] for x in part), "handles")
        values = [x["ack_p99_ms"] for x in part if x["ack_p99_ms"] is not None]
        if values:
            figures.add(f"soak/p99_{name}", statistics.median(values), "ms")
