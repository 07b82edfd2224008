#!/usr/bin/env python3
"""Does `cartwheel replay` decide what SEMANTICS.md says? Compares it with recorded expectations and with model.py.

  compare.py --binary BIN [--ties DIR] [--trace DIR]... [--seeds A..B] [--settings A..B] [--shards 1,2,3] [--jobs N]

--ties    a folder of NAME.ndjson beside NAME.expected.ndjson: decisions are compared as JSON
--trace   a folder of events.ndjson.gz beside decisions.ndjson.gz: likewise; one that is not there is named and left out
--seeds   the files of random_events.py with these seeds, A to B-1: decisions are compared byte by byte with the model's,
          and with them the events by result and the carts left open; every fourth file runs with --drain, every second one
          with a legal entity of its own for shop t, every fifth one has its events crowded into few ticks; one run more shows
          that the same input gives the same bytes
--settings
          the same with a random configuration for each seed (settings.py), the events of policy_events.py and the rules of
          policy.py: everything that may be switched on

Exit 1 on any difference: it is shown by its first differing line and, for the first few seeds, by the fewest lines of the
file that still differ. A seed alone repeats it: `--seeds 17..18`, `--settings 17..18`.
"""
import argparse, gzip, json, os, random, re, subprocess, sys, tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import model, policy, policy_events, random_events

SECONDS_MAX = 300           # a run that takes longer hangs
MINIMISED_MAX = 3           # seeds whose file is cut down
RUNS_TO_MINIMISE_MAX = 600


class Failed(Exception):
    """The binary ended with an error or not at all."""


def replayed(binary, events, shards, folder, more=()):
    """The decision lines as bytes, and the summary."""
    out = Path(folder, "decisions.ndjson")
    out.unlink(missing_ok=True)
    command = [binary, "replay", str(events), "--set", f"node.shards={shards}", "--decisions", str(out), "--json", *more]
    try:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        raise Failed(f"still running after {SECONDS_MAX} s") from None
    if run.returncode != 0:
        raise Failed(f"exit code {run.returncode}: {run.stderr.decode(errors='replace').strip()[-500:]}")
    return out.read_bytes().splitlines(), json.loads(run.stdout)


def first_difference(expected, got):
    for number, (e, g) in enumerate(zip(expected, got), 1):
        if e != g:
            return f"line {number}: expected {shown(e)}\n{' ' * len(f'line {number}: ')}     got {shown(g)}"
    if len(expected) > len(got):
        return f"line {len(got) + 1}: expected {shown(expected[len(got)])}, got no more"
    if len(got) > len(expected):
        return f"line {len(expected) + 1}: expected no more, got {shown(got[len(expected)])}"
    return None


def shown(line):
    return line.decode() if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False)


def as_json(lines):
    return [json.loads(line) for line in lines]


def without_further_keys(decision):
    """Rule 20: further keys may follow."""
    keys = ("time", "shop", "cart_id", "customer_id", "step", "channel", "outcome", "reason")
    return {key: decision[key] for key in keys if key in decision}


# Recorded expectations


def compare_recorded(binary, name, events, expected, shards, folder):
    """What differs, as text, or nothing."""
    wanted = as_json(expected)
    for n in shards:
        try:
            got = [without_further_keys(d) for d in as_json(replayed(binary, events, n, folder)[0])]
        except Failed as failure:
            return f"{name}, {n} shards: {failure}"
        if difference := first_difference(wanted, got):
            return f"{name}, {n} shards: {difference}"
    return None


def ties(folder):
    found = sorted(Path(folder).glob("*.expected.ndjson"))
    if not found:
        raise SystemExit(f"{folder}: holds no ties")
    for expected in found:
        name = expected.name.removesuffix(".expected.ndjson")
        yield f"tie {name}", expected.with_name(name + ".ndjson"), expected.read_bytes().splitlines()


def traces(folders):
    for folder in map(Path, folders):
        events, decisions = folder / "events.ndjson.gz", folder / "decisions.ndjson.gz"
        if not events.exists() or not decisions.exists():
            print(f"trace {folder}: not there, left out")
            continue
        yield f"trace {folder.name}", events, gzip.decompress(decisions.read_bytes()).splitlines()


# Random files


class Case:
    """One seed: its lines, and what else a run of the program or of the model needs to know."""
    def __init__(self, seed, folder, configured):
        self.drain, self.configuration, self.entities = seed % 4 == 3, None, None
        self.more = ["--drain"] if self.drain else []
        if configured:
            path, self.configuration, lines = policy_events.of_seed(seed, folder)
            self.more += ["--config", str(path)]
        else:
            lines = random_events.Author(seed).lines()
            if seed % 2 == 1:
                self.entities = {"t": "other-bv"}
                self.more += ["--set", 'shop.t.legal_entity="other-bv"']
        self.lines = crowded(lines, seed) if seed % 5 == 4 else lines

    def modelled(self, lines):
        """Decision lines as bytes, and the part of the summary that is compared."""
        world = model.replay(lines, drain=self.drain, entities=self.entities, policy=self.configuration and policy.Policy(self.configuration))
        decisions = [json.dumps(d, ensure_ascii=False, separators=(",", ":")).encode() for d in world.decisions]
        counts = {result: world.results[result] for result in ("applied", "duplicate", "ignored", "refused")}
        return decisions, {"events": counts, "open": len(world.carts)}


def crowded(lines, seed):
    """The same events, most of them in the same few ticks: what part b does in one tick must not depend on its stations."""
    dice = random.Random(f"crowd {seed}")
    span = dice.choice([3_600_000, 86_400_000, 7 * 86_400_000])

    def moved(m):
        return m[1] + str(int(m[2]) // span * span + dice.choice([0, 0, 0, 0, 1, -1, 300])).encode()
    return [re.sub(rb'("time": ?)(\d{13})\b', moved, line) for line in lines]


def difference_of(binary, case, lines, shards, folder):
    """How the binary and the model differ over these lines, or nothing."""
    expected, expected_summary = case.modelled(lines)
    events = Path(folder, "events.ndjson")
    events.write_bytes(b"".join(line + b"\n" for line in lines))
    for n in shards:
        try:
            got, summary = replayed(binary, events, n, folder, case.more)
        except Failed as failure:
            return f"{n} shards: {failure}"
        if difference := first_difference(expected, got):
            return f"{n} shards: {difference}"
        summary = {key: summary[key] for key in expected_summary}
        if summary != expected_summary:
            return f"{n} shards: the same decisions, but expected {json.dumps(expected_summary)}\n{' ' * 34} got {json.dumps(summary)}"
    return None


def compare_seed(binary, seed, configured, shards):
    """(seed, what differs or nothing)"""
    with tempfile.TemporaryDirectory() as folder:
        case = Case(seed, folder, configured)
        difference = difference_of(binary, case, case.lines, shards, folder)
        if difference is None:
            again = [replayed(binary, Path(folder, "events.ndjson"), shards[-1], folder, case.more)[0] for _ in range(2)]
            if again[0] != again[1]:
                difference = f"{shards[-1]} shards: the same input twice: {first_difference(*again)}"
    return seed, difference


def minimised(binary, seed, configured, shards):
    """The case's configuration as text, the fewest lines found that still differ, and how: parts of the lines are left out,
    ever smaller ones, as long as they differ."""
    with tempfile.TemporaryDirectory() as folder:
        case, runs = Case(seed, folder, configured), 0
        text = Path(folder, "cartwheel.toml").read_text(encoding="utf-8") if configured else ""
        lines, size = case.lines, len(case.lines) // 2
        while size >= 1:
            start, shorter = 0, False
            while start < len(lines):
                fewer = lines[:start] + lines[start + size:]
                runs += 1
                if runs > RUNS_TO_MINIMISE_MAX:
                    return text, lines, None
                if fewer and difference_of(binary, case, fewer, shards, folder):
                    lines, shorter = fewer, True
                else:
                    start += size
            size = size // 2 if size > 1 or not shorter else 1
        return text, lines, difference_of(binary, case, lines, shards, folder)


def whole_range(text):
    first, dots, last = text.partition("..")
    if not dots or not first.isdecimal() or not last.isdecimal() or int(first) >= int(last):
        raise argparse.ArgumentTypeError("a range like 0..700")
    return range(int(first), int(last))


def main():
    p = argparse.ArgumentParser(description="compares `cartwheel replay` with expectations and with the reference model")
    p.add_argument("--binary", required=True, help="the program `cartwheel`")
    p.add_argument("--ties", metavar="DIR")
    p.add_argument("--trace", metavar="DIR", action="append", default=[])
    p.add_argument("--seeds", type=whole_range, metavar="A..B")
    p.add_argument("--settings", type=whole_range, metavar="A..B")
    p.add_argument("--shards", type=lambda s: [int(n) for n in s.split(",")], default=[1, 2, 3], metavar="N,N")
    p.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    a = p.parse_args()
    binary = str(Path(a.binary).resolve())
    compared, differing = 0, 0

    recorded = [*(ties(a.ties) if a.ties else []), *traces(a.trace)]
    with tempfile.TemporaryDirectory() as folder:
        for name, events, expected in recorded:
            compared += 1
            if difference := compare_recorded(binary, name, events, expected, a.shards, folder):
                differing += 1
                print(difference, flush=True)
    with ProcessPoolExecutor(a.jobs) as pool:
        runs = [(configured, pool.submit(compare_seed, binary, seed, configured, a.shards))
                for configured, seeds in ((False, a.seeds), (True, a.settings)) for seed in seeds or ()]
        for configured, run in runs:
            seed, difference = run.result()
            compared += 1
            if difference is None:
                continue
            differing += 1
            print(f"{'settings' if configured else 'seed'} {seed}, {difference}", flush=True)
            if differing <= MINIMISED_MAX:
                text, lines, still = minimised(binary, seed, configured, a.shards)
                if text:
                    print("  " + text.replace("\n", "\n    "), flush=True)
                print(f"  cut down to {len(lines)} lines:", *(line.decode(errors="replace")[:400] for line in lines), sep="\n    ", flush=True)
                if still:
                    print("  " + still, flush=True)
    print(f"{compared} compared on {', '.join(map(str, a.shards))} shards, {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
