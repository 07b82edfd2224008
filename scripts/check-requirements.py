#!/usr/bin/env python3
"""Checks docs/requirements.md: every point of the sources has one row with nothing left empty, and what a row names exists.

Usage: scripts/check-requirements.py [--root DIR]     check the tree (default: the one this script is in)
       scripts/check-requirements.py --self-test      prove on made-up pages that each check can fail

A name in backquotes that begins with a folder of the tree is a path; behind `::` stands a test that its file must hold.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

PAGE = "docs/requirements.md"
POINTS = ([f"S0-{n}" for n in range(1, 9)] + [f"S1-{n}" for n in range(1, 9)] + [f"S2-{n}" for n in range(1, 29)]
          + [f"S2-{c}" for c in "abcdefghij"] + [f"S3-{n}" for n in range(1, 11)] + [f"S4-{n}" for n in range(1, 12)]
          + [f"C-{n}" for n in range(1, 7)])
NAMES = re.compile(r"`((?:actors|app|bench|docs|runtime|scripts|tests|transport)/[^`\s]+)`")
# What a row may say instead of a test.
WITHOUT_TEST = ("later", "out of scope", "OPEN")


def rows_of(text):
    """(line number, cells) of each row of a table whose first cell is a point."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            continue
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if re.fullmatch(r"(S\d-\w+|C-\d+)", cells[0]):
            yield number, cells


def faults(root):
    page = Path(root) / PAGE
    text = page.read_text(encoding="utf-8")
    found = []
    seen = {}
    for number, cells in rows_of(text):
        point = cells[0]
        where = f"{PAGE}:{number}: {point}"
        if point not in POINTS:
            found.append(f"{where}: the sources have no such point")
        if point in seen:
            found.append(f"{where}: has a row at line {seen[point]} already")
        seen.setdefault(point, number)
        if len(cells) != 4 or not all(cells):
            found.append(f"{where}: has an empty cell")
            continue
        if cells[3] == "none" and not any(word in cells[2] for word in WITHOUT_TEST):
            found.append(f"{where}: no test, and it is neither later, out of scope nor OPEN")
        if cells[3] != "none" and not NAMES.search(cells[3]):
            found.append(f"{where}: what proves it is no file of the tree")
    for point in POINTS:
        if point not in seen:
            found.append(f"{PAGE}: {point} has no row")
    for number, line in enumerate(text.splitlines(), 1):
        for name in NAMES.findall(line):
            path, _, test = name.partition("::")
            file = Path(root) / path
            if not file.exists():
                found.append(f"{PAGE}:{number}: {path} does not exist")
            elif test and not re.search(rf"\b{re.escape(test)}\b", file.read_text(encoding="utf-8")):
                found.append(f"{PAGE}:{number}: {path} holds no {test}")
    return found


def self_test():
    def page(rows):
        return "# x\n\n| point | says | where | proven by |\n|---|---|---|---|\n" + "".join(rows)

    good = {p: f"| {p} | says | where | `tests/a.py::test_it` |\n" for p in POINTS}
    cases = [
        ({}, None),
        ({"S0-1": ""}, "S0-1 has no row"),
        ({"S0-1": "| S0-1 | says |  | `tests/a.py` |\n"}, "has an empty cell"),
        ({"S0-1": good["S0-1"] * 2}, "already"),
        ({"S0-1": good["S0-1"] + "| S9-1 | says | where | `tests/a.py` |\n"}, "no such point"),
        ({"S0-1": "| S0-1 | says | where | none |\n"}, "no test"),
        ({"S0-1": "| S0-1 | says | later: on-site | none |\n"}, None),
        ({"S0-1": "| S0-1 | says | where | by looking |\n"}, "no file of the tree"),
        ({"S0-1": "| S0-1 | says | where | `tests/b.py` |\n"}, "tests/b.py does not exist"),
        ({"S0-1": "| S0-1 | says | `docs/b.md` | `tests/a.py` |\n"}, "docs/b.md does not exist"),
        ({"S0-1": "| S0-1 | says | where | `tests/a.py::test_i` |\n"}, "holds no test_i"),
    ]
    for change, wanted in cases:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "docs").mkdir()
            (root / "tests").mkdir()
            (root / "tests/a.py").write_text("def test_it(): pass\n")
            (root / PAGE).write_text(page({**good, **change}.values()))
            told = faults(root)
            if (wanted is None and told) or (wanted and not any(wanted in t for t in told)):
                sys.exit(f"self-test: {change}: wanted {wanted!r}, told {told}")
    print("self-test: every check can fail, and a good page passes")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--root", default=Path(__file__).resolve().parent.parent)
    arguments.add_argument("--self-test", action="store_true")
    options = arguments.parse_args()
    if options.self_test:
        return self_test()
    told = faults(options.root)
    for fault in told:
        print(fault)
    if told:
        sys.exit(1)
    text = (Path(options.root) / PAGE).read_text(encoding="utf-8")
    print(f"{len(POINTS)} points, each with its row; {sum('OPEN' in ' '.join(c) for _, c in rows_of(text))} open")


if __name__ == "__main__":
    main()
