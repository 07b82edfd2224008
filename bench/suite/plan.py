"""What a run consists of: groups of measurements, how long each takes, and what is left out when time is short."""

import traceback
from dataclasses import dataclass
from typing import Callable

from . import holding, ingest, mails, replays, rivals, scaling, soak, timing
from .programs import Failed


@dataclass
class Group:
    name: str
    title: str
    kinds: tuple
    seconds: Callable  # of (sizes, ours only): about so long
    measure: Callable  # of the session
    optional: bool = False  # left out when the time that is left does not do


EVERYTHING = ("default", "full", "smoke")

GROUPS = [
    Group("ingest", ingest.TITLE, EVERYTHING, ingest.seconds, ingest.measure),
    Group("ack", "acknowledgements at 80 % of the rate", EVERYTHING,
          lambda s, _: s.rounds_long * 2 * (s.ack_seconds + (2 * s.carts + 3 * s.events) / 1e6 + 3), ingest.acks),
    Group("peers", rivals.TITLE, ("default", "smoke"), rivals.seconds, rivals.measure),
    Group("memory", "memory of carts", EVERYTHING, lambda s, full: s.rounds_long * 8 + (1 if full else s.rounds_long) * (
        4 * s.carts / 1e6 + 3), holding.memory),
    Group("permission", "permissions, and memory of persons", EVERYTHING,
          lambda s, _: 5 + (5 + s.rounds_long * 2) * 3 * s.persons / 1e6, holding.persons),
    Group("clocks", "idle clocks", EVERYTHING,
          lambda s, _: s.rounds_long * (10 * s.due_carts / 1e6 + s.due_seconds + 2 + s.due_rate * s.due_seconds / 2e5),
          timing.clocks),
    Group("replay", "replays", EVERYTHING, lambda s, _: 7 * s.replay_events / 1e6 + s.rounds * 2.2 * s.replay_events / 1e6
          + s.rounds_long * 12, replays.measure),
    Group("smtp", "mails to a sink", ("default", "smoke"), lambda s, _: 120 if s.carts > 10_000 else 10, mails.measure),
    Group("recall", "recalls under load", EVERYTHING, lambda s, _: s.rounds_long * (4 + s.recalls / 100), timing.recall),
    Group("recovery", "recovery", EVERYTHING, lambda s, _: s.rounds_long * 9 * s.recovery_carts / 1e6, timing.recovery),
    Group("returns", "memory that returns", EVERYTHING,
          lambda s, _: s.rounds_long * (16 + 8 * s.returned_carts / 1e6), holding.returns),
    Group("parked", "parked carts", EVERYTHING,
          lambda s, _: 15 + 12 * s.parked / 1e6, holding.parked),
    Group("scaling", "scaling", EVERYTHING, lambda s, _: sum(4 * (4 + 5.2 * c / 1e6) for c in s.scaling), scaling.measure,
          optional=True),
    Group("soak", "the soak", ("soak", "smoke"), soak.seconds, soak.measure),
]


def groups(kind, only):
    """Those of a kind of run, or of them the named ones. Errors: Failed for a name that is none."""
    mine = [g for g in GROUPS if kind in g.kinds]
    unknown = set(only) - {g.name for g in mine}
    if unknown:
        raise Failed(f"--only: no {', '.join(sorted(unknown))} in this kind of run; it has {', '.join(g.name for g in mine)}")
    return [g for g in mine if not only or g.name in only]


def minutes(seconds):
    return f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.0f} s"


def run(session, chosen):
    """Measures one group after the other. A group that fails is told and left out, the others go on; returns whether all did
    well."""
    ours_only = session.kind == "full"
    # A smoke takes its time to start programs, not to measure.
    expected = [3 if session.small else g.seconds(session.sizes, ours_only) for g in chosen]
    session.say(f"{len(chosen)} groups, about {minutes(sum(expected))} of {minutes(session.sizes.budget_seconds)}: "
                + ", ".join(f"{g.name} {minutes(e)}" for g, e in zip(chosen, expected)))
    good = True
    for number, group in enumerate(chosen):
        behind = sum(e for g, e in zip(chosen[number + 1:], expected[number + 1:]) if not g.optional)
        if group.optional and expected[number] + behind > session.seconds_left():
            session.say(f"{group.title}: left out, the time does not do")
            session.figures.leave_out(group.title, f"{minutes(expected[number])} were not left; "
                                                   f"`scripts/bench.sh --only {group.name}`")
            continue
        session.say(f"{group.title} (about {minutes(expected[number])}; all of it about {minutes(sum(expected[number:]))} more)")
        began = session.seconds()
        try:
            group.measure(session)
        except (Failed, AssertionError, OSError) as failure:
            good = False
            session.say(f"{group.title}: FAILED")
            traceback.print_exc()
            session.figures.leave_out(group.title, f"failed: {str(failure).splitlines()[0]}")
        session.say(f"{group.title}: done in {minutes(session.seconds() - began)}")
    return good
