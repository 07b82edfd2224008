#!/usr/bin/env python3
"""The disk under the data directory fills up while events arrive: the server stops acknowledging, says why and ends; when there
is room again, the next start has everything that was acknowledged."""

import time

import support
from disks import SmallDisk
from support import FAST, Shopper, entry, item, packed_chunk

EACH = 8  # events of one cart, in one chunk
PADDING = "x" * 60_000  # what an event does not have is ignored, and stands in the log all the same
SEGMENT_MIB = 64  # what the log sets aside at once (docs/journal-format.md)


class DiskFillsUpWhileServing(support.Scenario):
    def setUp(self):
        super().setUp()
        # Room for one segment of the log, not for two.
        self.disk = SmallDisk(self.folder / "disk", SEGMENT_MIB + 36)
        self.addCleanup(self.disk.close)
        self.settings = {"node.data_dir": self.disk.folder / "node"}

    def test_the_log_needs_its_next_segment(self):
        server = self.serve(self.settings)
        sent, acknowledged, why = self.send_until_refused(server)
        self.assertGreater(acknowledged * EACH * len(PADDING), 0.9 * SEGMENT_MIB * 2**20, server.story())
        self.assert_ended_for_want_of_room(server, r"critical .*/journal/segment\.new: .*No space left on device")
        if why:  # it was still there to be asked
            self.assertEqual(why.status, 503, why)
            self.assertFalse(why.json["ready"], why)
            self.assertIn("No space left on device", why.json["why"])

        with self.subTest("started again without more room"):
            server = self.serve(self.settings)
            self.assert_carts(server, range(acknowledged))
            server.stop()

        self.disk.grow(3 * SEGMENT_MIB)
        server = self.serve(self.settings)
        self.assert_carts(server, range(acknowledged))
        client = support.ForwardSocket(server.forward_port)
        self.addCleanup(client.close)
        for n in range(acknowledged, sent + 10):  # the client's turn: what was not acknowledged, and more
            self.assertTrue(self.send(client, n), server.story())
            server.wait_for_cart_lines(f"cart-s{n}", self.lines(n))
        self.assert_carts(server, range(sent + 10))
        self.assertEqual(server.stop(), 0, server.story())

    def test_a_snapshot_finds_no_room(self):
        self.settings["journal.snapshot_every"] = "1s"
        server = self.serve(self.settings)
        client = support.ForwardSocket(server.forward_port)
        self.addCleanup(client.close)
        for n in range(3):
            self.assertTrue(self.send(client, n), server.story())
        self.disk.fill()
        self.assert_ended_for_want_of_room(server, r"critical .*/snapshots/\S+: .*No space left on device")
        self.disk.clear()
        server = self.serve(self.settings)
        self.assert_carts(server, range(3))
        client = support.ForwardSocket(server.forward_port)
        self.addCleanup(client.close)
        self.assertTrue(self.send(client, 3), server.story())
        self.assertEqual(server.stop(), 0, server.story())

    def test_mails_find_no_room(self):
        # Nothing that was acknowledged is at stake: they wait, and the server goes on.
        self.settings |= {**FAST, "node.start_hold": "0s"}
        server = self.serve(self.settings)
        shoppers = [Shopper(f"shopper-{n}") for n in range(3)]
        server.post_events(*(e for s in shoppers for e in (*s.arrives(), s.adds())))
        self.disk.fill()
        server.wait_for_complaint(r"warning mailer: the Maildir failed, mails wait: .*No space left on device")
        self.assertEqual(server.get("/readyz").status, 200, server.story())
        server.post_events(Shopper("late").adds(item("Lamp")))
        server.wait_for_cart_lines("cart-late", {"lamp": 1})
        self.disk.clear()
        self.assertEqual(server.stop(40), 0, server.story())
        server = self.serve(self.settings)
        server.wait_for_metric(len(shoppers), "cartwheel_reminders_total", outcome="accepted")
        self.assertEqual(server.stop(), 0, server.story())
        mails = support.maildir_mails(self.disk.folder / "node/maildir")
        self.assertEqual(sorted(str(support.parse_mail(m)["To"].addresses[0].addr_spec) for m in mails),
                         [s.address for s in shoppers])

    def send(self, client, n):
        """Cart n with EACH lines; whether it was acknowledged."""
        shopper, chunk = Shopper(f"s{n}"), f"chunk-{n:06}"
        events = [shopper.adds(item(f"Thing {i}", quantity=n % 7 + 1), event_id=f"{n}-{i}", padding=PADDING)
                  for i in range(EACH)]
        client.send(packed_chunk(b"".join(entry(e, e["time"]) for e in events), chunk))
        client.received = b""
        return client.wait_for_ack(chunk)

    def send_until_refused(self, server):
        """How many chunks were sent, how many acknowledged (the first ones), and what /readyz said then, if anything."""
        client = support.ForwardSocket(server.forward_port)
        self.addCleanup(client.close)
        sent = 0
        end = time.monotonic() + 60 * support.PATIENCE
        while time.monotonic() < end:
            sent += 1
            try:
                if self.send(client, sent - 1):
                    continue
            except OSError:
                pass
            try:
                return sent, sent - 1, server.get("/readyz")
            except OSError:
                return sent, sent - 1, None
        self.fail(f"{sent} chunks were acknowledged on a disk that is full\n{server.story()}")

    def assert_ended_for_want_of_room(self, server, why):
        self.assertEqual(server.wait(40), 1, server.story())
        self.assertIsNotNone(server.find_complaint(why), server.story())
        self.assertEqual(len([c for c in server.complaints if "No space left" in c]), 1, f"one line\n{server.story()}")

    def assert_carts(self, server, numbers):
        for n in numbers:
            self.assertEqual(server.cart_lines(f"cart-s{n}"), self.lines(n), f"cart {n} of {len(numbers)}\n{server.story()}")

    def lines(self, n):
        return {f"thing-{i}": n % 7 + 1 for i in range(EACH)}


if __name__ == "__main__":
    support.main()
