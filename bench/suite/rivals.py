"""What a user would pick instead: Erlang, Redis, and CAF's own actors. They work in their own process or are driven over
loopback in deep pipelines, and keep nothing on disk; each is at its best."""

import csv
import re

from processes import Process, free_port, listens, wait_until

from . import google_benchmark
from .machine import which
from .programs import Failed, output_of

NAME = "peers"
TITLE = "Erlang, Redis, CAF's stock actors"


def seconds(sizes, _):
    m = sizes.peer_messages / 1e6
    return sizes.rounds * (2 * (sizes.carts / 0.5e6 + 2) + 2 * m / 0.6 + 2 * m / 0.3 + m / 0.4 + m / 0.6 + 3) + 45


def measure(session):
    for number in range(session.sizes.rounds):
        for mode in ("lazy", "rearm"):
            erlang(session, mode)
        redis(session)
        session.say(f"peers: round {number + 1} of {session.sizes.rounds}")
    stock_actors(session)


def erlang(session, mode):
    s, f = session.sizes, session.figures
    found = session.peers.erlang(s.carts, s.peer_messages, mode)
    if found is None:
        f.leave_out("Erlang", "not installed (scripts/install-deps.sh --bench)")
        return
    command, folder = found
    said = output_of(command, cwd=folder)
    rates = re.findall(r"^erlang msgs \d+: ([\d.]+)/s", said, re.MULTILINE)
    held = re.search(r"^erlang after: ([\d.]+) B/cart", said, re.MULTILINE)
    if len(rates) != 2 or not held:
        raise Failed(f"the Erlang peer said something else than expected:\n{said}")
    f.add(f"erlang/{mode}", float(rates[1]), "messages/s")  # of two passes the second, as ours
    f.add(f"erlang/{mode}/first", float(rates[0]), "messages/s")
    f.add("erlang/bytes", float(held[1]), "B")


def redis(session):
    s, f = session.sizes, session.figures
    if not which("redis-server") or not which("redis-benchmark"):
        f.leave_out("Redis", "not installed (scripts/install-deps.sh --bench)")
        return
    port, folder = free_port(), session.empty_folder()
    server = Process([which("redis-server"), "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                      "--dir", folder], cwd=folder)
    try:
        wait_until(lambda: listens(port), "Redis to listen")
        rates = [redis_rate(port, s, *command) for command in (
            ("zadd", "due", "__rand_int__", "cart:__rand_int__"),
            ("hset", "cart:__rand_int__", "last_add", "1769943600", "quantity", "1"))]
    finally:
        server.kill()
        session.remove(folder)
    f.add("redis/zadd", rates[0], "operations/s")
    f.add("redis/hset", rates[1], "operations/s")
    f.add("redis", 1 / (1 / rates[0] + 1 / rates[1]), "events/s")  # an event is both, one after the other


def redis_rate(port, sizes, *command):
    said = output_of(["redis-benchmark", "-p", port, "-n", sizes.peer_messages, "-r", sizes.carts, "-P", 64, "-c", 8,
                      "--csv", *command])
    rows = list(csv.DictReader(line for line in said.splitlines() if line.startswith('"')))
    if len(rows) != 1 or "rps" not in rows[0]:
        raise Failed(f"redis-benchmark said something else than expected:\n{said}")
    return float(rows[0]["rps"])


def stock_actors(session):
    """Its rate and bytes under the scheduler that suits it best, and cells in the same process for comparison."""
    f = session.figures
    for one in google_benchmark.run(session, "runtime_bench", "stock_actor_messages|cell_messages|cell_delivery",
                                    repetitions=session.sizes.rounds):
        name = one["name"].split("/")[0]
        if name == "stock_actor_messages":
            f.add("caf/stock", one["messages/s"], "messages/s")
            f.add("caf/stock/bytes", one["resident_bytes_each"], "B")
        elif name == "cell_messages_from_outside":
            f.add("cell/messages", one["messages/s"], "messages/s")
        elif "ahead:1" in one["name"]:
            f.add("cell/deliveries", one["deliveries/s"], "deliveries/s")
    for one in google_benchmark.run(session, "actors_bench", "caf_stock_actor_per_cart"):
        f.add("caf/stock/idle_bytes", one["bytes_per_actor"], "B")
        f.add("caf/stock/spawned", one["spawned_per_s"], "actors/s")
