"""When carts that were left are decided, how soon an order takes its reminder back, and how fast a node comes back."""

import csv

from . import google_benchmark


def clocks(session):
    f, s = session.figures, session.sizes
    environment = {"CARTWHEEL_BENCH_DUE": s.due_carts, "CARTWHEEL_BENCH_DUE_RATE": s.due_rate,
                   "CARTWHEEL_BENCH_DUE_SECONDS": s.due_seconds}
    for one in google_benchmark.run(session, "app_bench", "^due_in_one_second", environment, s.rounds_long):
        mails = "mails:1" in one["name"]
        f.add("clocks/all_decided_to_send" if mails else "clocks/all_decided", one["seconds"], "s")
        f.add("clocks/early", one["early"], "carts")
    curve = session.folder / "due.csv"
    for one in google_benchmark.run(session, "app_bench", "^lateness", {**environment, "CARTWHEEL_BENCH_DUE_CURVE": curve},
                                    s.rounds_long):
        f.add("clocks/late_p50", one["p50_seconds"], "s")
        f.add("clocks/late_p99", one["p99_seconds"], "s")
        f.add("clocks/late_most", one["max_seconds"], "s")
        f.add("clocks/early", one["early"], "carts")
    with open(curve, newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if float(row["at"]) > -0.5]
    for row in rows[::max(1, len(rows) // 400)] + rows[-1:]:  # of the last run; as many points as a plot shows
        f.add_row("clocks", at=float(row["at"]), due=int(row["due"]), decided=int(row["decided"]))


def recall(session):
    f, s = session.figures, session.sizes
    for one in google_benchmark.run(session, "app_bench", "^recall_latency", {"CARTWHEEL_BENCH_RECALLS": s.recalls},
                                    s.rounds_long):
        f.add("recall/p50", one["p50_ms"], "ms")
        f.add("recall/p99", one["p99_ms"], "ms")
        f.add("recall/max", one["max_ms"], "ms")
        f.add("recall/recalled", one["recalled"], "recalls")


def recovery(session):
    f, s = session.figures, session.sizes
    for one in google_benchmark.run(session, "app_bench", "^recovery/cold:1", {"CARTWHEEL_BENCH_CARTS": s.recovery_carts},
                                    s.rounds_long):
        f.add("recovery/seconds", one["seconds"], "s")
        f.add("recovery/carts", one["check_carts"], "carts")
        f.add("recovery/events", one["check_events"], "events")
        f.add("recovery/rate", one["carts_and_events_per_s"], "carts and events/s")
