#!/usr/bin/env python3
"""Prometheus comes by: promtool has nothing to say about /metrics, and every name dashboards rely on is there."""

import re
import shutil
import subprocess

import support
from support import Shopper

# The names that stay put.
NAMES = {
    "cartwheel_events_total": ("event", "result"),
    "cartwheel_carts_active": (),
    "cartwheel_carts_parked": (),
    "cartwheel_decisions_total": ("channel", "outcome", "reason"),
    "cartwheel_reminders_total": ("channel", "outcome"),
    "cartwheel_recalled_total": ("at",),
    "cartwheel_suppressed_total": ("reason",),
    "cartwheel_bounces_total": ("kind",),
    "cartwheel_timer_lateness_seconds": None,
    "cartwheel_withdrawal_effective_seconds": None,
    "cartwheel_ack_seconds": None,
    "cartwheel_journal_commit_seconds": None,
    "cartwheel_ingest_lag_seconds": (),
    "cartwheel_shard_backlog_events": ("shard",),
    "cartwheel_smtp_messages_total": ("relay", "result"),
    "cartwheel_smtp_round_trips_total": ("relay",),
    "cartwheel_smtp_connections": ("relay", "state"),
    "cartwheel_smtp_login_failures_total": ("relay",),
    "cartwheel_in_doubt": (),
    "cartwheel_carts_due": ("within",),
    "cartwheel_recovered_carts_total": (),
    "cartwheel_recovered_value_total": ("currency",),
    "cartwheel_cart_failures_total": (),
    "cartwheel_erasures_pending": (),
    "cartwheel_erasures_done_total": (),
    "cartwheel_erasure_oldest_pending_seconds": (),
}


class MetricsPassPromtool(support.Scenario):
    def test_before_and_after_a_recovered_cart(self):
        relay = self.sink()
        server = self.serve({**support.FAST, **support.smtp_outlet(relay.port)})
        self.check(server, before_anything=True)

        gateway = self.gateway(server)
        shopper, other = Shopper("shopper"), Shopper("other")
        gateway.send(*shopper.arrives(), shopper.adds(), {"event": "sang_a_song", "time": support.now_ms()})
        server.wait_for_metric(1, "cartwheel_reminders_total", outcome="accepted")
        gateway.send(shopper.buys(), other.adds())
        server.wait_for_metric(1, "cartwheel_recovered_carts_total")
        server.wait_for_metric(0, "cartwheel_shard_backlog_events")  # gauges are set at an epoch's end
        found = self.check(server)

        def value(name, **labels):
            return sum(v for have, v in found.get(name, []) if labels.items() <= have.items())
        self.assertEqual(value("cartwheel_events_total", event="add_to_cart", result="applied"), 2)
        self.assertEqual(value("cartwheel_events_total", event="other", result="ignored"), 1)
        self.assertEqual(value("cartwheel_carts_active"), 1)
        self.assertEqual(value("cartwheel_decisions_total", outcome="sent", reason="opt_in", channel="email"), 1)
        self.assertEqual(value("cartwheel_reminders_total", outcome="accepted", channel="email"), 1)
        self.assertEqual(value("cartwheel_recovered_value_total", currency="EUR"), 12.5)
        self.assertGreaterEqual(value("cartwheel_ack_seconds_count"), 2)
        self.assertEqual({have["relay"] for have, _ in found["cartwheel_smtp_messages_total"]}, {"main"})
        self.assertEqual(server.stop(), 0, server.story())

    def check(self, server, before_anything=False):
        answer = server.get("/metrics")
        self.assertEqual(answer.status, 200)
        self.assertRegex(answer.headers["Content-Type"], r"^text/plain; version=0\.0\.4")
        promtool = shutil.which("promtool")
        self.assertIsNotNone(promtool, "promtool is not here: install Debian's prometheus (install-deps.sh --tests)")
        done = subprocess.run([promtool, "check", "metrics"], input=answer.body, capture_output=True,
                              timeout=60 * support.PATIENCE)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

        declared = dict(re.findall(r"^# TYPE (\S+) (\S+)$", answer.text, re.M))
        self.assertEqual(set(NAMES) - set(declared), set())
        found = support.parse_metrics(answer.text)
        for name, labels in NAMES.items():
            if labels is None:
                self.assertEqual(declared[name], "histogram", name)
                continue
            self.assertEqual(declared[name], "counter" if name.endswith("_total") else "gauge", name)
            for have, _ in found.get(name, []):
                self.assertEqual(tuple(sorted(have)), tuple(sorted(labels)), name)
            if not labels and not before_anything:
                self.assertEqual(len(found[name]), 1, name)
        return found


if __name__ == "__main__":
    support.main()
