#!/usr/bin/env python3
"""On the events' own clock a server is killed again and again, started again, also with another number of shards, and is sent
what it did not acknowledge: it decides, line by line and byte by byte, what a server decides that nobody disturbs, and what
`cartwheel replay` decides."""

import gzip
import json
import random
import re
import signal
import sys
import time

import journal_files
import support
from support import entry, packed_chunk

sys.path.insert(0, str(support.ROOT / "tests/reference"))
import contract  # noqa: E402
import random_events  # noqa: E402

TRACE = support.ROOT / "tests/data/otto/events.ndjson.gz"
TICK = 1000
KILLS = 40 if support.LONG else 9
SEEDS = range(40 if support.LONG else 8)
SHARDS = (1, 2, 3)


def tick_of(ms):
    return -(-ms // TICK) * TICK


def as_line(decision):
    return json.dumps(decision, ensure_ascii=False, separators=(",", ":"))


def in_order(decisions):
    return sorted(decisions, key=lambda d: (d["time"], d["shop"].encode(), d["cart_id"].encode(), d["step"]))


class Node:
    """A data directory, and the servers that run on it one after the other. It is sent lines of NDJSON one at a time."""

    def __init__(self, scenario, name, expected, events):
        self.scenario, self.expected, self.events = scenario, expected, events
        self.folder = scenario.folder / name
        self.log = journal_files.Follower(self.folder)
        self.decided, self.settled, self.told = {}, {}, set()
        self.newest = None
        self.starts_from_snapshots = 0
        self.server = None

    def start(self, shards):
        self.starts_from_snapshots += bool(journal_files.snapshots(self.folder))
        self.server = self.scenario.serve({"node.clock": "event", "node.shards": shards, "node.data_dir": self.folder,
                                           "journal.snapshot_every": "1s"})
        self.started = time.monotonic()
        self.forward = support.ForwardSocket(self.server.forward_port)
        self.scenario.addCleanup(self.forward.close)
        self.wait_until_settled()
        self.scenario.assertEqual(self.server.metric("cartwheel_records_unmatched_total"), 0, self.server.story())

    def wait_until_snapshot_is_due(self):
        """The next tick that is over takes it."""
        support.wait_until(lambda: time.monotonic() > self.started + 1.05, "the server to be older than a second", every=0.05)

    def kill(self):
        self.server.signal(signal.SIGKILL)
        self.server.wait()
        self.forward.close()

    def send_and_kill(self, n):
        """It may have come to the log or not; the client will never know."""
        message = self.message(n)
        self.forward.send(message)
        self.kill()

    def message(self, n):
        event = self.events[n]
        return packed_chunk(entry({k: v for k, v in event.items() if k != "time"}, event["time"]), f"event-{n:06}")

    def send(self, n):
        """Over Forward what it can carry as it is, else over HTTP."""
        line = self.events[n]
        if isinstance(line, bytes):
            answer = self.server.post("/v1/events", line, "application/x-ndjson")
            self.scenario.assertIn(answer.status, (200, 207), f"{answer}\n{self.server.story()}")
            if answer.json["refused"]:
                return
            ms = contract.time_ms(json.loads(line)["time"], "time")
        else:
            self.forward.send(self.message(n))
            self.forward.received = b""
            self.scenario.assertTrue(self.forward.wait_for_ack(f"event-{n:06}"), self.server.story())
            ms = line["time"]
        self.newest = max(ms, self.newest or ms)

    def read_log(self):
        for record in self.log.more():
            if record.kind == "decisions":
                for line, key in journal_files.decisions(record):
                    self.scenario.assertNotIn(key, self.decided, f"decided twice: {line}\n{self.server.story()}")
                    self.decided[key] = line
            elif record.kind in ("intents", "outcomes"):
                self.settled.update((key, how) for how, key in journal_files.settlements(record))

    def wait_until_settled(self):
        """Until everything is decided that an undisturbed server would have by now, and every reminder has left: in a replay
        it leaves in the moment of its decision; here an order in the next event might take it back."""
        if self.newest is None:
            return
        # The tick of the last event is in progress until a later one comes.
        over = tick_of(self.newest) - TICK
        due = [as_line(d) for d in self.expected if d["time"] <= over]

        def all_settled():
            self.read_log()
            sent = [key for key, line in self.decided.items() if line["outcome"] == "sent"]
            return (sum(line["time"] <= over for line in self.decided.values()) >= len(due) and
                    all(self.settled.get(key) in ("accepted", "in_doubt", "released") for key in sent))
        support.wait_until(all_settled, lambda: f"{len(due)} decisions and their reminders; {len(self.decided)} stand in the "
                           f"log, {self.settled}\n{self.server.story()}", every=0.001)
        self.scenario.assertEqual(self.lines(over), due, self.server.story())

    def lines(self, over):
        return [as_line(d) for d in in_order(self.decided.values()) if d["time"] <= over]

    def listen(self):
        """What /v1/decisions tells now, as text; it begins anew with each process, behind the snapshot it came from."""
        answer = self.server.get("/v1/decisions?limit=10000")
        self.told.update(re.findall(r'\{"time":.*?"reason":"\w+"\}', answer.text))


class TraceIsCutByKillsAndEqualsReplay(support.Scenario):
    def test_recorded_trace(self):
        with gzip.open(TRACE, "rt", encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        expected = self.replay(TRACE, tick_of(events[-1]["time"]) - TICK)
        self.assertGreater(sum(d["outcome"] == "sent" for d in expected), 5)

        whole = Node(self, "whole", expected, events)
        self.play(whole, [], random.Random(0))

        seed = 20261122
        dice = random.Random(seed)
        cuts = sorted(dice.sample(range(1, len(events)), KILLS))
        cut = Node(self, "cut", expected, events)
        self.play(cut, cuts, dice, ("quiet", "under way", "unacknowledged"), long_lives=range(2, KILLS, 3))
        self.assertGreater(cut.starts_from_snapshots, 1, f"the kills have hit no process behind a snapshot: {cuts}")

        carts = sorted({e["cart_id"] for e in events if "cart_id" in e})
        support.wait_until(lambda: self.carts(cut, carts) == self.carts(whole, carts),
                           lambda: f"equal carts, not {self.carts(cut, carts)} and, undisturbed, {self.carts(whole, carts)}")
        for node in (whole, cut):
            self.assertEqual(node.server.stop(), 0, node.server.story())

    def test_random_events(self):
        # Small files in which events collide, come late, twice or broken.
        for seed in SEEDS:
            with self.subTest(seed=seed):
                lines = random_events.Author(seed).lines()
                file = self.folder / f"{seed}.ndjson"
                file.write_bytes(b"".join(line.rstrip(b"\n") + b"\n" for line in lines))
                node = Node(self, f"random-{seed}", self.replay(file), lines)
                dice = random.Random(seed)
                cuts = sorted(dice.sample(range(1, len(lines)), 3))
                # Without ids nobody can tell what came twice, so these events are all acknowledged.
                self.play(node, cuts, dice, ("quiet", "under way"), long_lives=[1] if seed % 4 == 3 or support.LONG else [])
                self.assertEqual(node.server.stop(), 0, node.server.story())

    def play(self, node, cuts, dice, modes=(), long_lives=()):
        """Sends every event, and kills the server before those in `cuts`: when all is quiet, when the one before is
        acknowledged, or with the next one on its way. Processes with numbers in `long_lives` are not killed before they
        have taken a snapshot, if there is enough to be done."""
        what = f"killed before the events {cuts}"
        middles = {cuts[i]: (before + cuts[i]) // 2 for i, before in zip(long_lives, [([0] + cuts)[i] for i in long_lives])}
        node.start(dice.choice(SHARDS))
        for n in range(len(node.events)):
            if n in middles.values():
                node.wait_until_snapshot_is_due()
            if n in cuts:
                mode = dice.choice(modes)
                if mode != "under way":
                    node.wait_until_settled()
                    node.listen()
                if mode == "unacknowledged":
                    node.send_and_kill(n)
                else:
                    node.kill()
                node.start(dice.choice(SHARDS))
            node.send(n)
            if n + 1 not in cuts:
                node.wait_until_settled()
        node.listen()
        expected = [as_line(d) for d in node.expected if d["time"] <= tick_of(node.newest) - TICK]
        self.assertEqual(node.lines(node.newest), expected, f"{what}\n{node.server.story()}")
        self.assertEqual(node.told - set(expected), set(), f"/v1/decisions told what a replay does not decide, {what}")
        if node.starts_from_snapshots == 0:
            self.assertEqual(node.told, set(expected), f"/v1/decisions did not tell all, {what}")

    def replay(self, file, over=None):
        out = self.folder / "decisions.ndjson"
        code, _, complaints = self.run_program("replay", file, "--decisions", out)
        self.assertEqual(code, 0, complaints)
        lines = out.read_text().splitlines()
        decisions = [json.loads(line) for line in lines]
        self.assertEqual([as_line(d) for d in decisions], lines, "this test writes lines as a replay does")
        return [d for d in decisions if over is None or d["time"] <= over]

    def carts(self, node, carts):
        """What is known of those that are open, but for the decisions, which every process tells of its own."""
        found = {cart: node.server.cart(cart, "otto") for cart in carts}
        return {cart: known and {k: v for k, v in known.items() if k != "decisions"} for cart, known in found.items()}


if __name__ == "__main__":
    support.main()
