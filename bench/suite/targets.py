"""The targets (DESIGN.md, section 6): what each row's figure is, what it is divided by, and what it has to be."""

from dataclasses import dataclass
from typing import Callable, Optional

from . import ingest, scaling
from .sizes import KINDS, MILLION


@dataclass
class Row:
    group: str
    what: str
    figure: float
    unit: str
    runs: int
    ratio: Optional[float] = None
    ratio_to: str = ""
    target: str = ""              # in words; empty: reported, without a target
    met: Optional[bool] = None    # None: no target, or a run that shows nothing
    smaller: bool = False         # than the size that the target is about
    remark: str = ""


@dataclass
class Wanted:
    group: str
    what: str
    figure: str                          # its name among the figures
    ratio: Optional[tuple] = None        # (name of the figure to divide by, what that is)
    inverse: bool = False                # the other divided by this one
    target: str = ""
    holds: Optional[Callable] = None     # of (figure, ratio)
    scale: float = 1
    unit: Optional[str] = None
    remark: str = ""
    size: Optional[Callable] = None      # of sizes: what is missing to the target's size, or nothing


def _best(figures, which):
    shards = ingest.best(figures, which)
    return f"ingest/always/{shards}/{which}" if shards else None


def _person(figures):
    """The benchmark of persons names its kinds; the fullest without a visitor."""
    for kind in ("consent_account_sale", "consent, account, sale"):
        if figures.has(f"memory/person/{kind}"):
            return f"memory/person/{kind}"
    return "memory/person"


def at_size(name, wanted, words):
    """A target that is about a size: what a smaller run shows is told as that."""
    def missing(sizes):
        have = getattr(sizes, name)
        return "" if have >= wanted else f"at {have:,} {words}; the target is about {wanted:,}"
    return missing


def wanted(figures):
    """The rows, by what was measured: the number of shards that did best is chosen by the figures."""
    first, open_ = _best(figures, "first"), _best(figures, "open")
    rows = []
    if open_:
        shards = open_.split("/")[2]
        also = f"{shards} shard{'s' if shards != '1' else ''}, the better"
        other = {"1": "2", "2": "1"}[shards]
        rows += [
            Wanted("ingest", f"ingest, synced, applied; carts are open ({also})", open_,
                   ("ingest/bare/open", "the bare loop"), target="≥ 0.8 of it", holds=lambda _, r: r >= 0.8,
                   remark="this one counts"),
            Wanted("ingest", f"the same with {other} shard{'s' if other != '1' else ''}", f"ingest/always/{other}/open",
                   ("ingest/bare/open", "the bare loop")),
            Wanted("ingest", "the same while carts are being opened", first,
                   ("ingest/bare/first", "the bare loop"), remark="an empty folder; most events open a cart"),
            Wanted("ingest", "without syncs", f"ingest/off/{shards}/open", (open_, "synced"),
                   target="≤ 15 % more", holds=lambda _, r: r <= 1.15),
            Wanted("peers", "against Erlang, lazy timers", "erlang/lazy", (open_, "ours"), inverse=True,
                   target="ours ≥ 2.5x", holds=lambda _, r: r >= 2.5),
            Wanted("peers", "against Erlang, re-arming", "erlang/rearm", (open_, "ours"), inverse=True,
                   target="ours ≥ 4x", holds=lambda _, r: r >= 4),
            Wanted("peers", "against Redis (ZADD + HSET)", "redis", (open_, "ours"), inverse=True,
                   target="ours ≥ 6x", holds=lambda _, r: r >= 6),
            Wanted("peers", "against CAF's stock actors", "caf/stock", (open_, "ours"), inverse=True),
        ]
    for which, name, words, beside in (
            ("additions", "additions", "additions like those of ingest", (open_, "ingest") if open_ else None),
            ("mix", "the mix", "the load harness's mix", None)):
        at = f"ack/{which}"
        rows += [
            Wanted("ack", f"{words}, as fast as it goes", f"{at}/full", beside),
            Wanted("ack", "the rate at which acknowledgement is measured", f"{at}/asked", (f"{at}/full", "that")),
            Wanted("ack", f"acknowledgement of {name} at that rate, p99", f"{at}/p99", target="< 50 ms", holds=lambda x, _: x < 50),
            Wanted("ack", "the same, p99.9", f"{at}/p999"),
            Wanted("ack", "the rate that was sent", f"{at}/rate", (f"{at}/asked", "it"), target="≥ 0.98 of it",
                   holds=lambda _, r: r >= 0.98, remark="else the latency is that of a slower stream"),
        ]
    rows += [
        Wanted("memory", "active cart, all in (no lines, no persons)", "memory/cart", target="≤ 400 B",
               holds=lambda x, _: x <= 400),
        Wanted("memory", "a line of 75 B as received", "memory/line"),
        Wanted("memory", "a customer, in memory", "memory/customer", target="≤ 160 B", holds=lambda x, _: x <= 160,
               remark="as forward_load's carts have them: no address; all that was said of them is worked off"),
        Wanted("memory", "customer with an address", "memory/person/address", target="≤ 160 B", holds=lambda x, _: x <= 160,
               size=at_size("persons", 10_000_000, "persons")),
        Wanted("memory", "customer with address, opt-in, account and paid order", _person(figures)),
        Wanted("memory", "cart with line and customer, in the shard", "memory/all_in", ("caf/stock/bytes", "CAF's stock actor")),
        Wanted("memory", "a server's resident memory, a cart of 2 lines with its customer", "memory/two_lines/cart",
               target="≤ 800 B (10 M in 8 GB)", holds=lambda x, _: x <= 800, size=at_size("carts", 10_000_000, "carts")),
        Wanted("memory", "the same, in all", "memory/two_lines", scale=1e-9, unit="GB"),
        Wanted("parked", "a parked cart, all that parking costs a node shared among them", "memory/parked",
               target="≤ 40 B (50 M in 2 GB)", holds=lambda x, _: x <= 40, size=at_size("parked", 50_000_000, "carts")),
        Wanted("parked", "each further parked cart, with its customer", "memory/parked/further", target="≤ 40 B",
               holds=lambda x, _: x <= 40, remark="between half and all of them; customers are parked, too"),
        Wanted("clocks", "carts due in one second: all decided after", "clocks/all_decided", target="≤ 5 s",
               holds=lambda x, _: x <= 5, size=at_size("due_carts", 1_000_000, "carts")),
        Wanted("clocks", "the same, with a mail for each", "clocks/all_decided_to_send"),
        Wanted("clocks", "lateness at 100,000 due a second, p99", "clocks/late_p99", target="< 1.2 s",
               holds=lambda x, _: x < 1.2, size=at_size("due_rate", 100_000, "a second")),
        Wanted("clocks", "carts decided before their time", "clocks/early", target="0", holds=lambda x, _: x == 0),
        Wanted("permission", "asked and answered, one core", "permission/rate", target="≥ 200,000/s",
               holds=lambda x, _: x >= 200_000),
        Wanted("replay", "replay of 250 B events", "replay/plain", target="≥ 1,500,000/s",
               holds=lambda x, _: x >= 1_500_000, size=at_size("replay_events", 10_000_000, "events")),
        Wanted("replay", "the same, gzip", "replay/gzip", ("replay/plain", "plain")),
        Wanted("replay", "recorded shoppers (sparse: most seconds have no event)", "replay/sparse", ("replay/plain", "plain")),
        Wanted("recovery", "from snapshot and log, page cache dropped", "recovery/seconds", target="≤ 30 s",
               holds=lambda x, _: x <= 30, size=at_size("recovery_carts", 10_000_000, "carts")),
    ]
    for delay, connections, least in ((0, 1, 2.3), (0, 16, 1.5), (1, 1, 3.5), (1, 16, 3.5)):
        rows.append(Wanted(
            "smtp", f"mails with intents, {connections} connection{'s' if connections > 1 else ''}, "
            + (f"{delay} ms round trip" if delay else "loopback"),
            f"smtp/{delay}/{connections}/ours, intents", (f"smtp/{delay}/{connections}/smtp-source", "smtp-source"),
            target=f"≥ {least}x", holds=lambda _, r, least=least: r >= least))
    rows += [
        Wanted("smtp", "client CPU a mail, 1 connection, loopback", "smtp/0/1/ours, intents/cpu",
               ("smtp/0/1/smtp-source/cpu", "smtp-source"), target="< 0.5 of it", holds=lambda _, r: r < 0.5),
        Wanted("smtp", "round trips a mail", "smtp/round_trips", target="1", holds=lambda x, _: round(x) == 1,
               remark="by the rate over one connection, at 1 ms and at loopback"),
        Wanted("smtp", "rendering and MIME", "smtp/render_us", target="≤ 25 us", holds=lambda x, _: x <= 25),
        Wanted("recall", "an order recalls a queued reminder, p99, under load", "recall/p99", target="≤ 10 ms",
               holds=lambda x, _: x <= 10),
        Wanted("returns", "resident after carts ended", "returns/after", ("returns/warm", "after 100,000 carts"),
               target="≤ 1.2 of it", holds=lambda _, r: r <= 1.2, scale=1e-6, unit="MB",
               size=at_size("returned_carts", 10_000_000, "carts")),
        *scaled(figures),
        Wanted("soak", "the rate that was sent", "soak/rate", ("soak/rate_asked", "half of the measured one"), target="≥ 0.98 of it",
               holds=lambda _, r: r >= 0.98, size=at_size("soak_seconds", 1800, "s")),
        Wanted("soak", "resident memory: growth behind the warm-up", "soak/memory_growth", target="≤ 5 %",
               holds=lambda x, _: x <= 5, size=at_size("soak_seconds", 1800, "s")),
        Wanted("soak", "file handles: last third", "soak/handles_last", ("soak/handles_first", "the first third"),
               target="≤ 1.1 of it", holds=lambda _, r: r <= 1.1, size=at_size("soak_seconds", 1800, "s")),
        Wanted("soak", "file handles: most minus fewest", "soak/handles_spread",
               remark="files of the store come and go as it is written and compacted, segments of the log with the snapshots"),
        Wanted("soak", "ack p99: last third", "soak/p99_last", ("soak/p99_first", "the first third"), target="≤ 1.5 of it",
               holds=lambda _, r: r <= 1.5, size=at_size("soak_seconds", 1800, "s")),
    ]
    return rows


def scaled(figures):
    """What an event costs with the most carts, to what it costs with a million."""
    most = scaling.most(figures)
    if most <= MILLION:
        return []
    return [Wanted("scaling", f"CPU of an event, {most:,} carts open, 2 shards" + (", huge pages asked for" if huge else ""),
                   scaling.name_of(most, 2, huge), (scaling.name_of(MILLION, 2, huge), "with 1,000,000"),
                   target="≤ 1.25 of it", holds=lambda _, r: r <= 1.25,
                   size=lambda _: "" if most >= 10 * MILLION else f"at {most:,} carts; the target is about {10 * MILLION:,}")
            for huge in (False, True)]


def rows(figures, sizes):
    """A row for each thing that was measured in this run; `sizes` says how large it was."""
    small = sizes is KINDS["smoke"]  # a few of everything show nothing
    found = []
    for w in wanted(figures):
        if not figures.has(w.figure):
            continue
        figure = figures.median(w.figure)
        ratio, to = None, ""
        if w.ratio and figures.has(w.ratio[0]):
            other = figures.median(w.ratio[0])
            top, bottom = (other, figure) if w.inverse else (figure, other)
            ratio = top / bottom if bottom else None
            to = "ours to it" if w.inverse else f"to {w.ratio[1]}"
        shown = figure * w.scale
        met = None
        if w.holds and not small and (ratio is not None or not w.ratio):
            met = bool(w.holds(shown, ratio))
        missing = w.size(sizes) if w.size else ""
        remark = "; ".join(x for x in (w.remark, missing) if x)
        found.append(Row(w.group, w.what, shown, w.unit or figures.units[w.figure], len(figures.values[w.figure]), ratio, to,
                         w.target, met, bool(missing), remark))
    return found
