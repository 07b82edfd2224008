#!/usr/bin/env python3
"""The data directory is lost and the backup put back, as docs/operations.md says: the state is that of the backup, what the
gateway sends again is taken, and what the backup knows already is recognised. Nobody is reminded again."""

import re
import shutil
import signal
import subprocess

import support
from support import FAST, Shopper, item

SETTINGS = {**FAST, "node.start_hold": "0s"}


class BackupIsRestored(support.Scenario):
    def setUp(self):
        super().setUp()
        self.node, self.backup = self.folder / "node", self.folder / "backup"

    def copy(self, what, to):
        subprocess.run(["cp", "-a", what, to], check=True)

    def test_the_directory_is_lost(self):
        reminded, undecided, willing, late = (Shopper(name) for name in ("reminded", "undecided", "willing", "late"))
        server = self.serve(SETTINGS)
        before = [*reminded.arrives(), reminded.adds(item("Bell"), event_id="reminded-1"),
                  undecided.adds(item("Bell"), event_id="undecided-1"),
                  undecided.adds(item("Lamp"), event_id="undecided-2"), *willing.arrives()]
        server.post_events(*before)
        server.wait_for_metric(1, "cartwheel_reminders_total", outcome="accepted")
        server.wait_for_decision(undecided.cart_id)
        # The mail's outcome comes to its cart through the log.
        support.wait_until(lambda: server.cart(reminded.cart_id)["reminders_sent"] == 1, server.story)
        known = self.known(server, reminded, undecided)
        self.assertEqual(server.stop(), 0, server.story())
        self.copy(self.node, self.backup)

        server = self.serve(SETTINGS)
        since = [undecided.adds(item("Pump"), event_id="undecided-3"), late.adds(item("Pump", quantity=2), event_id="late-1")]
        server.post_events(*since)
        server.wait_for_cart_lines(late.cart_id, {"pump": 2})
        server.signal(signal.SIGKILL)
        server.wait()
        shutil.rmtree(self.node)

        # Elsewhere, and with another number of shards: neither matters.
        moved = self.folder / "moved"
        self.copy(self.backup, moved)
        code, _, complaints = self.run_program("journal", "verify", moved)
        self.assertEqual(code, 0, complaints)
        server = self.serve({**SETTINGS, "node.data_dir": moved, "node.shards": 3})
        self.assertEqual(self.known(server, reminded, undecided), known, server.story())
        self.assertIsNone(server.cart(late.cart_id))

        # The gateway sends what it still has: more than what is missing.
        server.post_events(*(e for e in before if "event_id" in e), *since)
        counted = len(since) + 3
        support.wait_until(lambda: server.metric("cartwheel_events_total") >= counted,
                           lambda: f"{counted} events; {server.metrics().get('cartwheel_events_total')}\n{server.story()}")
        self.assert_events(server, applied=len(since), duplicate=3, refused=0)
        self.assertEqual(server.cart_lines(undecided.cart_id), {"bell": 1, "lamp": 1, "pump": 1}, server.story())
        self.assertEqual(server.cart_lines(late.cart_id), {"pump": 2}, server.story())

        # What persons have said is there, too; and whoever was reminded is not reminded again.
        server.post_events(willing.adds(item("Bell")))
        server.wait_for_metric(1, "cartwheel_reminders_total", outcome="accepted")
        mails = [support.parse_mail(m) for m in support.maildir_mails(moved / "maildir")]
        self.assertEqual(sorted(m["To"].addresses[0].addr_spec for m in mails), [reminded.address, willing.address])

        # The keys came along: the link of a mail that left before the backup is good.
        mail = next(m for m in mails if reminded.address in str(m["To"]))
        path = re.search(r"<https?://[^/]+(/[^>]+)>", str(mail["List-Unsubscribe"]))[1]
        answer = support.http_request(server.public_port, "POST", path, b"List-Unsubscribe=One-Click",
                                      {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(server.stop(), 0, server.story())

    def known(self, server, *shoppers):
        """What is known of their carts, but for the decisions, which every process tells of its own."""
        found = [server.cart(s.cart_id) for s in shoppers]
        self.assertNotIn(None, found, server.story())
        return [{k: v for k, v in cart.items() if k != "decisions"} for cart in found]


if __name__ == "__main__":
    support.main()
