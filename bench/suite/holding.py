"""What carts and persons cost in memory, and whether it comes back: the project's own benchmarks, and a server filled."""

from . import google_benchmark, loads
from .node import Node

WHEN = [("empty_MB", "empty"), ("warm_MB", "100,000 carts open"), ("full_MB", "all open"), ("ended_MB", "when they have ended"),
        ("later_MB", "ten seconds later")]


def memory(session):
    f, s = session.figures, session.sizes
    for one in google_benchmark.run(session, "actors_bench", "^carts_held", repetitions=s.rounds_long):
        f.add("memory/cart", one["bytes_per_cart"], "B")
        f.add("memory/line", one["bytes_per_line"], "B")
        f.add("memory/customer", one["bytes_per_person"], "B")
        f.add("memory/all_in", one["bytes_all_in"], "B")
    session.say("memory: carts, lines and customers in a shard")
    for _ in range(1 if session.kind == "full" else s.rounds_long):
        served(session)


def served(session):
    """A server with carts of two lines (id, name, price, quantity), each with its customer: all that the process holds."""
    f, s = session.figures, session.sizes
    folder = session.empty_folder()
    with Node(folder, 2) as node:
        sent = loads.mixed(session, node.forward_port, 2 * s.carts, s.carts, {"add_to_cart": 1})
        node.wait_until_applied(sent.events)
        carts = node.metric("cartwheel_carts_active")
        f.add("memory/two_lines", node.resident_bytes(), "B")
        f.add("memory/two_lines/cart", node.resident_bytes() / carts, "B")
        f.add("memory/two_lines/peak", node.peak_bytes(), "B")
        node.end()
    session.remove(folder)


def persons(session):
    """The benchmark of persons comes in two shapes; what both tell is taken."""
    f, s = session.figures, session.sizes
    environment = {"CARTWHEEL_BENCH_PERSONS": s.persons}
    for one in google_benchmark.run(session, "actors_bench", "^(persons_permissions|permissions)", environment, s.rounds_long,
                                    min_time=0.01 if session.small else 1):
        rate = one.get("per_s_and_core", one.get("items_per_second"))
        f.add("permission/rate", rate, "/s")
        f.add("permission/sent_share", one["sent_share"])
    for one in google_benchmark.run(session, "actors_bench", "^(persons_in_memory|a_person)", environment):
        kind = one.get("label") or "consent, account, sale"
        f.add(f"memory/person/{kind}", one["bytes_each"], "B")
        f.add_row("persons", what=kind.replace("_", ", "), bytes=one["bytes_each"])


def parked(session):
    f, s = session.figures, session.sizes
    for one in google_benchmark.run(session, "app_bench", "^parked_carts", {"CARTWHEEL_BENCH_PARKED": s.parked}):
        f.add("memory/parked", one["bytes_per_parked_cart_all_in"], "B")
        f.add("memory/parked/further", one["bytes_per_further_parked_cart_and_customer"], "B")
        f.add("parked/back_p99", one["back_p99_us"], "us")


def returns(session):
    """Carts that are opened beside 100,000 and end: what the server's process holds before, meanwhile and behind."""
    f, s = session.figures, session.sizes
    found = google_benchmark.run(session, "app_bench", "^memory_returns", {"CARTWHEEL_BENCH_ENDED": s.returned_carts},
                                 s.rounds_long)
    for one in found:
        f.add("returns/warm", one["warm_MB"] * 1e6, "B")
        f.add("returns/full", one["full_MB"] * 1e6, "B")
        f.add("returns/after", one["later_MB"] * 1e6, "B")
    for counter, when in WHEN:
        values = sorted(one[counter] for one in found)
        f.add_row("returns", when=when, resident_mb=values[len(values) // 2])
