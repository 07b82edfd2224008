"""Mails to a sink: compare.py (bench/transport/smtp) in a short form, and what rendering costs."""

import json
import sys

from . import ROOT, google_benchmark
from .programs import output_of


def measure(session):
    f, s = session.figures, session.sizes
    out = session.folder / "smtp.json"
    size = ["--small"] if session.small else ["--rounds", 3, "--seconds", 1.2, "--round-trips", "0,1", "--connections", "1,16"]
    # strace counts system calls in a run of its own; the short form does without.
    output_of([sys.executable, ROOT / "bench/transport/smtp/compare.py", "--build", session.build, "--json", out,
               "--no-syscalls", *size])
    found = [one for one in json.loads(out.read_text()) if "mails_per_s" in one]
    base = {(o["round_trip_ms"], o["connections"]): o["mails_per_s"] for o in found if o["contender"] == "smtp-source"}
    for one in found:
        name = f"smtp/{one['round_trip_ms']}/{one['connections']}/{one['contender']}"
        for rate in one["runs"]:
            f.add(name, rate, "mails/s")
        f.add(name + "/cpu", one["cpu_us_per_mail"], "us")
        source = base.get((one["round_trip_ms"], one["connections"]))
        f.add_row("smtp", round_trip_ms=one["round_trip_ms"], connections=one["connections"], contender=one["contender"],
                  mails_per_s=one["mails_per_s"], cpu_us_per_mail=one["cpu_us_per_mail"],
                  ratio=one["mails_per_s"] / source if source else None)
    for contender in dict.fromkeys(one["contender"] for one in found):
        trips = round_trips(f, contender)
        if trips is not None:
            f.add_row("round_trips", contender=contender, trips=trips)
            if contender == "ours, intents":
                f.add("smtp/round_trips", trips, "round trips")
    for one in google_benchmark.run(session, "actors_content_bench", "^build_mail/2$", repetitions=s.rounds,
                                    min_time=0.01 if session.small else 0.2):
        f.add("smtp/render_us", one["real_time"], "us")


def round_trips(figures, contender):
    """Of a mail, by the rate over one connection at a round trip of 1 ms, less what it takes at loopback; None without them."""
    names = [f"smtp/{d}/1/{contender}" for d in (1, 0)]
    if not figures.has(*names):
        return None
    far, near = (1 / figures.median(n) for n in names)
    return (far - near) * 1000
