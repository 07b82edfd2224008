"""The results as SVG. A plot is drawn when there is something to show; matplotlib is asked for only then."""

from . import ingest

OURS, OTHERS, LIMIT = "#1b7f5c", "#9aa5b1", "#c2571a"


def library():
    import matplotlib
    matplotlib.use("svg")
    # The same results give the same bytes, so that a page's history shows what changed.
    matplotlib.rcParams.update({"svg.hashsalt": "cartwheel", "font.size": 9, "axes.spines.top": False,
                                "axes.spines.right": False, "figure.constrained_layout.use": True})
    from matplotlib import pyplot
    return pyplot


def save(figure, path):
    figure.savefig(path, metadata={"Date": None})
    library().close(figure)


def bars(title, unit, entries, path):
    """Horizontal bars with their values; `entries`: (words, value, colour), or (words, value, colour, low, high)."""
    plt = library()
    figure, axes = plt.subplots(figsize=(7.2, 0.5 + 0.32 * len(entries)))
    entries = entries[::-1]
    values = [e[1] for e in entries]
    errors = None
    if all(len(e) == 5 for e in entries):
        errors = [[e[1] - e[3] for e in entries], [e[4] - e[1] for e in entries]]
    axes.barh([e[0] for e in entries], values, color=[e[2] for e in entries], xerr=errors,
              error_kw={"ecolor": "#444", "capsize": 2, "lw": 0.8})
    most = max(max(values), max((e[4] for e in entries if len(e) == 5), default=0))
    for at, value in enumerate(values):
        shown = f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
        axes.text(most * 1.02, at, shown, va="center")
    axes.set_xlim(0, most * 1.18)
    axes.set_title(f"{title} ({unit})", loc="left")
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}" if x >= 10 or x == 0 else f"{x:g}")
    save(figure, path)


def with_range(figures, words, name, colour):
    values = figures.values[name]
    return (words, figures.median(name), colour, min(values), max(values))


def rates(figures, path):
    names = [("bare loop (the limit)", "ingest/bare/open", LIMIT)]
    names += [(f"ours: {ingest.name_of(*o)}", f"ingest/{o[0]}/{o[1]}/open", OURS) for o in ingest.OURS]
    names += [("Erlang, lazy timers", "erlang/lazy", OTHERS), ("Erlang, re-arming", "erlang/rearm", OTHERS),
              ("CAF's stock actors", "caf/stock", OTHERS), ("Redis", "redis", OTHERS)]
    entries = [with_range(figures, words, name, colour) for words, name, colour in names if figures.has(name)]
    if entries:
        bars("Events applied, carts are open; bars: median, lines: range", "events/s", entries, path)
    return bool(entries)


def memory(figures, path):
    names = [("ours: cart, all in", "memory/cart", OURS), ("ours: with line and customer", "memory/all_in", OURS),
             ("CAF's stock actor, idle", "caf/stock/idle_bytes", OTHERS),
             ("CAF's stock actor, after messages", "caf/stock/bytes", OTHERS),
             ("Erlang process and timer", "erlang/bytes", OTHERS)]
    entries = [(words, figures.median(name), colour) for words, name, colour in names if figures.has(name)]
    if entries:
        bars("Memory a cart", "bytes", entries, path)
    return bool(entries)


def acks(figures, path):
    entries = []
    for which in ("additions", "mix"):
        if figures.has(f"ack/{which}/p50"):
            at = f"{which} at {figures.median(f'ack/{which}/rate'):,.0f}/s"
            entries += [with_range(figures, f"{at}, {words}", f"ack/{which}/{name}", OURS)
                        for words, name in (("p50", "p50"), ("p99", "p99"), ("p99.9", "p999"))]
    if entries:
        bars("Acknowledgement at 80 % of the rate", "ms", entries, path)
    return bool(entries)


def clocks(rows, path):
    plt = library()
    figure, axes = plt.subplots(figsize=(7.2, 2.8))
    axes.step([r["at"] for r in rows], [r["due"] for r in rows], where="post", color=OTHERS, label="due")
    axes.plot([r["at"] for r in rows], [r["decided"] for r in rows], color=OURS, label="decided")
    axes.set_xlabel("seconds")
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}")
    axes.set_title("Carts due, and carts decided", loc="left")
    axes.legend(frameon=False)
    save(figure, path)


def smtp(rows, path):
    cases = sorted({(r["round_trip_ms"], r["connections"]) for r in rows})
    plt = library()
    figure, all_axes = plt.subplots(1, len(cases), figsize=(2.6 * len(cases), 2.6), squeeze=False, sharey=True)
    for axes, case in zip(all_axes[0], cases):
        here = [r for r in rows if (r["round_trip_ms"], r["connections"]) == case][::-1]
        axes.barh([r["contender"] for r in here], [r["mails_per_s"] for r in here],
                  color=[OURS if r["contender"].startswith("ours") else OTHERS for r in here])
        axes.set_title(f"{case[0]} ms, {case[1]} conn.", loc="left")
        axes.xaxis.set_major_formatter(lambda x, _: f"{x / 1000:g}k" if x else "0")
        axes.xaxis.set_major_locator(plt.MaxNLocator(3))
    figure.suptitle("Mails a second to the same sink, by round trip and connections", x=0, ha="left")
    save(figure, path)


def scaling(rows, path):
    plt = library()
    figure, (rate, resident) = plt.subplots(1, 2, figsize=(8, 3))
    for shards, huge in sorted({(r["shards"], r["huge_pages"]) for r in rows}):
        here = sorted((r for r in rows if (r["shards"], r["huge_pages"]) == (shards, huge)), key=lambda r: r["carts"])
        style = {"marker": "o" if shards == 1 else "s", "linestyle": "--" if huge else "-",
                 "color": OURS if shards == 2 else LIMIT,
                 "label": f"{shards} shard{'s' if shards > 1 else ''}" + (", huge pages" if huge else "")}
        rate.plot([r["carts"] for r in here], [r["open_per_s"] for r in here], **style)
        resident.plot([r["carts"] for r in here], [r["resident_mb"] for r in here], **style)
    for axes, title in ((rate, "Events/s applied, carts are open"), (resident, "Resident memory (MB)")):
        axes.set_xscale("log")
        axes.set_xlabel("carts")
        axes.set_title(title, loc="left")
        axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}")
        axes.set_ylim(bottom=0)
    rate.legend(frameon=False)
    save(figure, path)


def returns(rows, path):
    bars("Resident memory", "MB", [(r["when"], r["resident_mb"], OURS) for r in rows], path)


def soak(rows, path):
    plt = library()
    figure, panels = plt.subplots(4, 1, figsize=(7.2, 6), sharex=True)
    minutes = [r["second"] / 60 for r in rows]
    for axes, (column, title, scale) in zip(panels, (
            ("resident_bytes", "resident memory (MB)", 1e6), ("handles", "file handles", 1),
            ("ack_p99_ms", "ack p99 (ms)", 1), ("events_per_s", "events applied/s", 1))):
        axes.plot(minutes, [r[column] / scale if r[column] is not None else float("nan") for r in rows], color=OURS, lw=1)
        axes.set_title(title, loc="left")
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}" if y >= 10 or y == 0 else f"{y:g}")
    panels[-1].set_xlabel("minutes")
    save(figure, path)


OF_FIGURES = {"rates": rates, "acks": acks, "memory": memory}
OF_TABLES = {"clocks": clocks, "smtp": smtp, "scaling": scaling, "returns": returns, "soak": soak}


def draw(figures, folder, prefix):
    """Writes what there is to show; {name: file}."""
    drawn = {}
    for name, one in OF_FIGURES.items():
        path = folder / f"{prefix}-{name}.svg"
        if one(figures, path):
            drawn[name] = path
    for name, one in OF_TABLES.items():
        if rows := figures.tables.get(name):
            drawn[name] = folder / f"{prefix}-{name}.svg"
            one(rows, drawn[name])
    return drawn
