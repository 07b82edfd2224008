#!/usr/bin/env python3
"""The server is stopped in the middle of a rush: it ends with 0, and everything it acknowledged had been applied."""

import re
import signal

import support
from support import Shopper

RUSH = 50_000_000  # events: more than any machine takes while this test runs


class SigtermDrains(support.Scenario):
    def test_under_load(self):
        for i in range(20 if support.LONG else 1):
            with self.subTest(round=i):
                self.stop_under_load(20_000 * (i + 1))

    def stop_under_load(self, events):
        server = self.serve()
        load = self.started(support.Process(
            [support.PROGRAM, "load", "--to", f"127.0.0.1:{server.forward_port}", "--events", RUSH, "--carts", 20_000,
             "--connections", 2], cwd=self.folder))
        support.wait_until(lambda: server.metric("cartwheel_events_total", result="applied") > events,
                           lambda: f"{events} events\n{server.story()}\n{load.story()}", seconds=60)
        self.assertEqual(server.stop(40), 0, server.story())
        self.assertEqual(load.wait(40), 1, "the load harness must say that it did not get through")

        acked = re.search(r"acknowledged\s+([\d,]+) of", load.output)
        self.assertIsNotNone(acked, load.output)
        acknowledged = int(acked[1].replace(",", ""))
        applied, duplicate = self.final_count(server)
        self.assertGreater(acknowledged, 0)
        self.assertLessEqual(acknowledged, applied + duplicate, server.story())

    def test_acknowledged_chunks_one_by_one(self):
        server = self.serve({"node.shards": 1})
        client = support.ForwardSocket(server.forward_port)
        self.addCleanup(client.close)
        shopper = Shopper("shopper")
        event = {k: v for k, v in shopper.adds().items() if k != "time"}
        each = 50
        chunks = [support.packed_chunk(support.entry(event) * each, f"chunk-{i:06}") for i in range(400)]
        client.send(b"".join(chunks[:200]))
        self.assertTrue(client.wait_for_ack("chunk-000010"))
        server.signal(signal.SIGTERM)
        try:
            client.send(b"".join(chunks[200:]))
        except OSError:
            pass  # it has hung up: nothing of this was acknowledged
        client.closed_by_server()
        self.assertEqual(server.wait(40), 0, server.story())
        acknowledged = len(re.findall(rb"chunk-\d{6}", client.received)) * each
        applied, duplicate = self.final_count(server)
        self.assertEqual(duplicate, 0)
        self.assertLessEqual(acknowledged, applied, server.story())
        self.assertLessEqual(applied, len(chunks) * each)

    def test_with_nothing_to_do_and_twice(self):
        server = self.serve()
        server.signal(signal.SIGTERM)
        server.signal(signal.SIGTERM)
        self.assertEqual(server.wait(40), 0, server.story())

    def final_count(self, server):
        found = server.find_complaint(r"drained: (\d+) events applied, (\d+) duplicate")
        self.assertIsNotNone(found, server.story())
        return int(found[1]), int(found[2])


if __name__ == "__main__":
    support.main()
