#!/usr/bin/env python3
"""A recorded month goes through the server over Forward, on the events' own clock: it decides what a replay decides."""

import gzip
import json

import support
from support import entry, packed_chunk

TRACE = support.ROOT / "tests/data/otto/events.ndjson.gz"
TICK = 1000


def tick_of(event):
    return -(-event["time"] // TICK) * TICK


class TraceThroughTheServerEqualsReplay(support.Scenario):
    def test_otto(self):
        with gzip.open(TRACE, "rt", encoding="utf-8") as file:
            events = [json.loads(line) for line in file]
        expected = self.replay()
        # The tick of the last event is in progress until a later one comes.
        over = tick_of(events[-1]) - TICK
        expected = [d for d in expected if d["time"] <= over]
        self.assertGreater(sum(d["outcome"] == "sent" for d in expected), 5)

        for shards in (1, 2, 3, 8) if support.LONG else (1, 3):
            with self.subTest(shards=shards):
                self.assertEqual(self.serve_trace(events, shards), expected)

    def replay(self):
        out = self.folder / "decisions.ndjson"
        code, _, complaints = self.run_program("replay", TRACE, "--decisions", out)
        self.assertEqual(code, 0, complaints)
        return [json.loads(line) for line in out.read_text().splitlines()]

    def serve_trace(self, events, shards):
        server = self.serve({"node.clock": "event", "node.shards": shards,
                             "node.data_dir": self.folder / f"node-{shards}"})
        client = support.ForwardSocket(server.forward_port)
        self.addCleanup(client.close)
        before = 0  # events of the ticks that are over
        for i, event in enumerate(events):
            if tick_of(event) > tick_of(events[before]):
                before = i
            client.send(packed_chunk(entry({k: v for k, v in event.items() if k != "time"}, event["time"]), f"otto-{i:06}"))
            self.assertTrue(client.wait_for_ack(f"otto-{i:06}"), server.story())
            # In a replay a reminder has left in the moment of its decision; here it must have before the next event, or
            # an order in it may take the reminder back.
            self.wait_until_all_have_left(server, before)
        wanted = ("time", "shop", "cart_id", "customer_id", "step", "channel", "outcome", "reason")
        got = [{key: d[key] for key in wanted} for d in server.decisions()]
        self.assertEqual(server.stop(), 0, server.story())
        return got

    def wait_until_all_have_left(self, server, events):
        def left():
            found = server.metrics()
            decided, accepted = (sum(n for labels, n in found[name] if labels["outcome"] == outcome) for name, outcome in
                                 (("cartwheel_decisions_total", "sent"), ("cartwheel_reminders_total", "accepted")))
            backlog = sum(n for _, n in found["cartwheel_shard_backlog_events"])
            applied = sum(n for labels, n in found["cartwheel_events_total"] if labels["result"] in ("applied", "duplicate"))
            return applied == events and backlog == 0 and decided == accepted
        support.wait_until(left, lambda: f"every reminder to leave; {self.counts(server)}\n{server.story()}", every=0.005)

    def counts(self, server):
        found = server.metrics()
        return [(name, labels, n) for name in ("cartwheel_decisions_total", "cartwheel_reminders_total")
                for labels, n in found[name] if n]


if __name__ == "__main__":
    support.main()
