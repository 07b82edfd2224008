"""The results as Markdown: a table of targets first, then what was measured, group by group."""

import re

from . import fairness, ingest

KIND_WORDS = {"default": "the comparison (`scripts/bench.sh`)", "full": "10 million carts, ours only (`scripts/bench.sh --full`)",
              "soak": "half an hour at half load (`scripts/bench.sh --soak`)",
              "smoke": "a smoke test: its figures mean nothing (`scripts/bench.sh --smoke`)"}


def without_folders(text):
    """What failed is told with its paths; a page is read elsewhere, where only their last names mean anything."""
    return re.sub(r"(?<![\w.:/])/(?:[^\s/`]+/)+", "", text)


def number(x):
    if x is None:
        return ""
    if x == 0 or abs(x) >= 1000:
        return f"{x:,.0f}"
    return f"{x:.3g}" if abs(x) < 100 else f"{x:.0f}"


def quantity(x, unit):
    return f"{number(x)} {unit}".strip()


def table(head, rows):
    right = set(head.get("right", ()))
    columns = head["columns"]
    lines = ["| " + " | ".join(columns) + " |",
             "|" + "|".join("---:" if c in right else "---" for c in columns) + "|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def verdict(row):
    if row.met is None:
        return ""
    if not row.met:
        return "**missed**"
    return "met at this size" if row.smaller else "met"


def targets(rows):
    return table({"columns": ["what", "figure", "ratio", "target", "", "runs", "remark"], "right": ("figure", "ratio", "runs")}, [
        (r.what, quantity(r.figure, r.unit), f"{r.ratio:.2f} {r.ratio_to}" if r.ratio is not None else "", r.target, verdict(r),
         r.runs, r.remark) for r in rows])


def summary(rows):
    judged = [r for r in rows if r.met is not None]
    if not judged:
        return "Nothing is judged in this run.\n"
    missed = [r for r in judged if not r.met]
    smaller = sum(1 for r in judged if r.met and r.smaller)
    text = f"{len(judged) - len(missed)} of {len(judged)} targets are met in this run"
    text += f", {smaller} of them at a smaller size than they are about." if smaller else "."
    if missed:
        text += " Missed: " + "; ".join(f"{r.what} ({quantity(r.figure, r.unit)}"
                                        + (f", {r.ratio:.2f}" if r.ratio is not None else "")
                                        + f" against {r.target})" for r in missed) + "."
    return text + "\n"


def spread(figures, name):
    values = figures.values[name]
    return f"{number(min(values))} - {number(max(values))}"


def rates(figures):
    """Ingest and the peers, one under the other."""
    names = [("bare loop", "ingest/bare", "")]
    names += [(f"ours, {ingest.name_of(*o)}", f"ingest/{o[0]}/{o[1]}", "ours") for o in ingest.OURS]
    rows = []
    for words, name, kind in names:
        for which, pass_words in (("first", "opens carts"), ("open", "carts are open")):
            at = f"{name}/{which}"
            if figures.has(at):
                cpu = number(figures.median(at + "/cpu")) if kind else ""
                p99 = number(figures.median(at + "/ack_p99")) if kind else ""
                acked = number(figures.median(at + "/acked")) if kind else ""
                rows.append((words, pass_words, number(figures.median(at)), spread(figures, at), acked, cpu, p99))
    for words, at in (("Erlang, lazy timers", "erlang/lazy"), ("Erlang, re-arming", "erlang/rearm"), ("Redis", "redis"),
                      ("CAF's stock actors", "caf/stock"), ("our cells, by message from outside", "cell/messages")):
        if figures.has(at):
            rows.append((words, "no socket" if at != "redis" else "two commands", number(figures.median(at)), spread(figures, at),
                         "", "", ""))
    if not rows:
        return ""
    return table({"columns": ["who", "", "events/s", "range", "acknowledged/s", "server CPU us/event", "ack p99 ms"],
                  "right": ("events/s", "range", "acknowledged/s", "server CPU us/event", "ack p99 ms")}, rows)


def bytes_each(figures):
    rows = [(words, number(figures.median(at))) for words, at in (
        ("ours: cart, all in, without lines and persons", "memory/cart"),
        ("ours: cart with a line and a customer", "memory/all_in"),
        ("ours: the server's resident memory, a cart of forward_load's", "ingest/always/2/bytes_per_cart"),
        ("ours: a parked cart, all in", "memory/parked"),
        ("ours: each further parked cart, with its customer", "memory/parked/further"),
        ("Erlang: a process with its timer", "erlang/bytes"),
        ("CAF's stock actor, idle", "caf/stock/idle_bytes"),
        ("CAF's stock actor, after messages", "caf/stock/bytes")) if figures.has(at)]
    return table({"columns": ["what", "bytes"], "right": ("bytes",)}, rows) if rows else ""


def persons(figures):
    rows = [(e["what"], number(e["bytes"])) for e in figures.tables.get("persons", [])]
    return table({"columns": ["a person of whom is known", "bytes"], "right": ("bytes",)}, rows) if rows else ""


def replays(figures):
    rows = []
    for words, at in (("generated, plain", "plain"), ("generated, gzip", "gzip")):
        if figures.has(f"replay/{at}"):
            rows.append((words, "", number(figures.median(f"replay/{at}")), spread(figures, f"replay/{at}")))
    for name in ("otto", "merch", "jd"):
        at = f"replay/recorded/{name}"
        if figures.has(at):
            rows.append((f"recorded: {name}, {number(figures.median(at + '/hours'))} hours",
                         number(figures.median(at + "/events")), number(figures.median(at)), spread(figures, at)))
    return table({"columns": ["events", "how many", "events/s", "range"], "right": ("how many", "events/s", "range")},
                 rows) if rows else ""


def smtp(figures):
    rows = []
    for entry in figures.tables.get("smtp", []):
        rows.append((f"{entry['round_trip_ms']} ms", entry["connections"], entry["contender"], number(entry["mails_per_s"]),
                     f"{entry['ratio']:.2f}" if entry["ratio"] else "", number(entry["cpu_us_per_mail"])))
    if not rows:
        return ""
    text = table({"columns": ["round trip", "connections", "who", "mails/s", "to smtp-source", "CPU us/mail"],
                  "right": ("connections", "mails/s", "to smtp-source", "CPU us/mail")}, rows)
    trips = figures.tables.get("round_trips", [])
    if trips:
        text += "\nRound trips a mail, by the rates over one connection at 1 ms and at loopback: " + ", ".join(
            f"{e['contender']} {e['trips']:.1f}" for e in trips) + ".\n"
    return text


def scaling(figures):
    rows = [(number(e["carts"]), e["shards"], "yes" if e["huge_pages"] else "no", number(e["first_per_s"]), number(e["open_per_s"]),
             number(e["cpu_us"]), number(e["resident_mb"]), number(e["bytes_per_cart"]), number(e["huge_mb"]))
            for e in figures.tables.get("scaling", [])]
    return table({"columns": ["carts", "shards", "huge pages asked for", "events/s, opening", "events/s, open",
                              "server CPU us/event", "resident MB", "bytes a cart", "of it in huge pages, MB"],
                  "right": ("carts", "shards", "events/s, opening", "events/s, open", "server CPU us/event", "resident MB",
                            "bytes a cart", "of it in huge pages, MB")}, rows) if rows else ""


def returns(figures):
    rows = [(e["when"], number(e["resident_mb"])) for e in figures.tables.get("returns", [])]
    return table({"columns": ["when", "resident MB"], "right": ("resident MB",)}, rows) if rows else ""


def machine(run):
    m = run["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    return (f"{run['date']}, {m['cpu']}, {m['cores']} cores, {m['memory_gb']} GB, {m['disk']}, {m['system']}, transparent huge "
            f"pages: {m['huge_pages']}; load average at the start {run['load_at_start']:.2f}. {versions}. "
            f"It took {run['seconds'] / 60:.0f} minutes. Peers: {run['peers']}.\n\n    {run['command']}\n")


def section(run, figures, rows, plots):
    """One run. `plots`: {name: path from the page}."""
    parts = [f"## {KIND_WORDS[run['kind']][0].upper()}{KIND_WORDS[run['kind']][1:]}\n", machine(run), summary(rows), targets(rows)]
    for note in figures.notes:
        parts.append(f"{note}\n")
    if figures.left_out:
        parts.append("Left out: " + "; ".join(f"{what}: {without_folders(why)}" for what, why in figures.left_out.items()) + ".\n")
    for title, name, text in (("Rates", "rates", rates(figures)), ("Acknowledgements", "acks", ""),
                              ("Memory", "memory", "\n".join(x for x in (bytes_each(figures), persons(figures)) if x)),
                              ("Clocks", "clocks", ""), ("Replays", "replays", replays(figures)), ("Mails", "smtp", smtp(figures)), ("Scaling", "scaling", scaling(figures)),
                              ("Memory returns", "returns", returns(figures)), ("Soak", "soak", "")):
        if text or name in plots:
            parts.append(f"### {title}\n")
            if name in plots:
                parts.append(f"![{title}]({plots[name]})\n")
            if text:
                parts.append(text)
    return "\n".join(parts)


def peers():
    return "## The peers, and fairness\n\n" + table(
        {"columns": ["who", "what it does here", "what it cannot do", "what to keep in mind"]}, fairness.PEERS)


def page(sections, given_peers):
    """The page in docs/: `sections` as section() made them."""
    head = """# Benchmarks

Made by `scripts/bench.sh` from its results; do not edit. Ratios within one run on one machine are the result: absolute figures are
that machine's. Everything runs one after the other, contenders in turns, medians of so many runs as the tables say; clients run on
the same cores as what they measure. A figure without a target is there to be known; a size smaller than the target's is named. What crashes lose is no figure: the
scenario `server_is_killed_under_load` ([testing.md](testing.md)) kills and counts.
"""
    parts = [head, *sections, peers()]
    if not given_peers:
        parts.append(fairness.OWN_PEERS + "\n")
    return "\n".join(parts)
