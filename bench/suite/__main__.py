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


def measure(how):
    how.out.mkdir(parents=True, exist_ok=True)
    work = how.work or how.out
    work.mkdir(parents=True, exist_ok=True)
    chosen = plan.groups(how.kind, [name for name in how.only.split(",") if name])
    session = Session(how.kind, how.build.resolve(), work)
    run = {"kind": how.kind, "date": datetime.date.today().isoformat(), "command": "scripts/bench.sh " + " ".join(sys.argv[1:]),
           "machine": machine.description(session.folder), "versions": machine.versions(), "load_at_start": machine.load_average(),
           "peers": session.peers.origin, "given_peers": session.peers.given}
    if how.kind != "smoke" and run["load_at_start"] > 0.5:
        session.figures.note(f"**The machine was not idle when this began (load average {run['load_at_start']:.2f}): expect noise.**")
    try:
        good = plan.run(session, chosen)
    finally:
        session.close()
    run["seconds"] = session.seconds()
    run["only"] = how.only
    stored.save(how.out / f"results-{how.kind}.json", run, session.figures)
    return good


def sections(out, plots_folder, link_to):
    """(Markdown of each run whose results are there, whether all of them had the given peers). Plots go to a folder; `link_to` is
    that folder as the page names it."""
    plots_folder.mkdir(parents=True, exist_ok=True)
    made, given = [], True
    for kind in KINDS:
        path = out / f"results-{kind}.json"
        if not path.exists() or (kind == "smoke" and (out / "results-default.json").exists()):
            continue
        run, figures = stored.load(path)
        drawn = {name: link_to + at.name for name, at in plots.draw(figures, plots_folder, kind).items()}
        made.append(report.section(run, figures, targets.rows(figures, KINDS[kind]), drawn))
        given = given and run["given_peers"]
    return made, given


def write_page(page, out, plots_folder):
    page.parent.mkdir(parents=True, exist_ok=True)
    relative = os.path.relpath(plots_folder, page.parent)
    made, given = sections(out, plots_folder, "" if relative == "." else relative + "/")
    if not made:
        raise Failed(f"{out} holds no results: nothing to report")
    page.write_text(report.page(made, given))
    print(f"wrote {page}")


def main():
    how = arguments()
    try:
        good = True if how.report else measure(how)
        write_page(how.out / "report.md", how.out, how.out)
        if how.page:
            write_page(how.page, how.out, how.page.parent / how.page.stem)
    except Failed as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    run, figures = stored.load(how.out / f"results-{how.kind}.json") if not how.report else (None, None)
    if run:
        rows = targets.rows(figures, KINDS[how.kind])
        print(report.targets(rows))
        print(report.summary(rows))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
