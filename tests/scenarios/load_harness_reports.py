#!/usr/bin/env python3
"""The load harness runs against the server: it says how fast and how late, and the server has every event."""

import re

import support


class LoadHarnessReports(support.Scenario):
    def test_figures_and_exit_code(self):
        events = 5_000_000 if support.LONG else 60_000
        server = self.serve()
        code, output, complaints = self.run_program(
            "load", "--to", f"127.0.0.1:{server.forward_port}", "--events", events, "--carts", "5000",
            "--connections", "2", "--seed", "7")
        self.assertEqual(code, 0, complaints)
        self.assertRegex(output, rf"acknowledged\s+{events:,} of {events:,} events")
        rate = re.search(r"([\d,]+) events/s", output)
        self.assertGreater(int(rate[1].replace(",", "")), 0)
        figures = {name: float(ms) for name, ms in re.findall(r"\b(p50|p99|p99\.9) ([\d.]+) ms", output)}
        self.assertEqual(set(figures), {"p50", "p99", "p99.9"}, output)
        self.assertLessEqual(figures["p50"], figures["p99"])
        self.assertLessEqual(figures["p99"], figures["p99.9"])

        counted = ("applied", "duplicate", "ignored", "refused")
        support.wait_until(lambda: sum(server.metric("cartwheel_events_total", result=r) for r in counted) >= events,
                           "all events to be counted")
        self.assert_events(server, applied=events, duplicate=0, ignored=0, refused=0)
        server.wait_for_metric(0, "cartwheel_shard_backlog_events")
        self.assertEqual(server.stop(), 0, server.story())

    def test_nobody_listens(self):
        code, _, complaints = self.run_program("load", "--to", f"127.0.0.1:{support.free_port()}", "--events", "10")
        self.assertEqual(code, 1, complaints)
        self.assertTrue(complaints.strip())

    def test_wrong_usage(self):
        code, _, complaints = self.run_program("load", "--events", "10")
        self.assertEqual(code, 2, complaints)


if __name__ == "__main__":
    support.main()
