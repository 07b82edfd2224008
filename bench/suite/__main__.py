"""Runs the comparison; scripts/bench.sh installs and builds what it needs, and says what the options mean."""

import argparse
import datetime
import os
import sys
from pathlib import Path

from . import ROOT

# processes.py of the scenarios reads it when it is imported.
_build = next((b for a, b in zip(sys.argv, sys.argv[1:]) if a == "--build"), str(ROOT / "build/release"))
os.environ["CARTWHEEL"] = str(Path(_build).resolve() / "cartwheel")

from . import figures as stored  # noqa: E402
from . import machine, plan, plots, report, targets  # noqa: E402
from .programs import Failed  # noqa: E402
from .session import Session  # noqa: E402
from .sizes import KINDS  # noqa: E402


def arguments():
    found = argparse.ArgumentParser(prog="scripts/bench.sh", allow_abbrev=False)
    for kind in ("full", "soak", "smoke"):
        found.add_argument(f"--{kind}", dest="kind", action="store_const", const=kind, default="default")
    found.add_argument("--build", type=Path, default=ROOT / "build/release")
    found.add_argument("--out", type=Path, default=ROOT / "build/bench")
    found.add_argument("--work", type=Path)
    found.add_argument("--only", default="")
    found.add_argument("--page", type=Path)
    found.add_argument("--report", action="store_true")
    return found.parse_args()


def name_of(how):
    """A run of some groups does not take the place of one of all."""
    return how.kind + ("-part" if how.only else "")


def measure(how):
    how.out.mkdir(parents=True, exist_ok=True)
    work = how.work or how.out
    work.mkdir(parents=True, exist_ok=True)
    chosen = plan.groups(how.kind, [name for name in how.only.split(",") if name])
    session = Session(how.kind, how.build.resolve(), how.out, work)
    run = {"kind": how.kind, "date": datetime.date.today().isoformat(), 
           "command": " ".join(["scripts/bench.sh", *([f"--{how.kind}"] if how.kind != "default" else []),
                                *([f"--only {how.only}"] if how.only else [])]),
           "machine": machine.description(session.folder), "versions": machine.versions(), "load_at_start": machine.load_average(),
           "peers": session.peers.origin, "given_peers": session.peers.given}
    if how.kind != "smoke" and run["load_at_start"] > 0.5:
        session.figures.note(f"**The machine was not idle when this began (load average {run['load_at_start']:.2f}): expect noise.**")
    try:
        good = plan.run(session, chosen)
    finally:
        session.close()
    run["seconds"] = session.seconds()
    stored.save(how.out / f"results-{name_of(how)}.json", run, session.figures)
    return good


def sections(out, names, plots_folder, link_to):
    """(Markdown of each of these runs whose results are there, whether all of them had the given peers). Plots go to a folder;
    `link_to` is that folder as the page names it."""
    plots_folder.mkdir(parents=True, exist_ok=True)
    made, given = [], True
    for name in names:
        path = out / f"results-{name}.json"
        if not path.exists():
            continue
        run, figures = stored.load(path)
        drawn = {plot: link_to + at.name for plot, at in plots.draw(figures, plots_folder, name).items()}
        made.append(report.section(run, figures, targets.rows(figures, KINDS[run["kind"]]), drawn))
        given = given and run["given_peers"]
    return made, given


def write_page(page, out, names, plots_folder):
    page.parent.mkdir(parents=True, exist_ok=True)
    relative = os.path.relpath(plots_folder, page.parent)
    made, given = sections(out, names, plots_folder, "" if relative == "." else relative + "/")
    if not made:
        raise Failed(f"{out} holds no results of {' or '.join(names)}: nothing to report")
    page.write_text(report.page(made, given))
    print(f"wrote {page}")


def main():
    how = arguments()
    whole = [kind for kind in KINDS if kind != "smoke"]
    try:
        good = True if how.report else measure(how)
        if not how.report:
            write_page(how.out / f"report-{name_of(how)}.md", how.out, [name_of(how)], how.out)
        if how.report or how.page:
            write_page(how.page or how.out / "report.md", how.out, whole,
                       how.page.parent / how.page.stem if how.page else how.out)
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    if not how.report:
        _, figures = stored.load(how.out / f"results-{name_of(how)}.json")
        rows = targets.rows(figures, KINDS[how.kind])
        print(report.targets(rows))
        print(report.summary(rows))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
