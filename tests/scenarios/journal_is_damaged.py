#!/usr/bin/env python3
"""The log or a snapshot of a node is not as it was left: a crash tore its end, or a disk lost a bit. A torn end is cut and told
of; damage is refused with its place until somebody repairs it; a damaged snapshot is passed over."""

import re
import shutil
import signal

import support
from journal_files import flip_bit, overwrite, records, segments, snapshots
from support import Shopper, entry, item, packed_chunk

CARTS = 8
LATER = 9000  # a cart that comes afterwards
FOREVER = {"journal.snapshot_every": "24h"}  # in a test's life: never, but at an orderly end
OFTEN = {"journal.snapshot_every": "1s"}


class JournalIsDamaged(support.Scenario):
    def setUp(self):
        super().setUp()
        self.node = self.folder / "node"

    def serve_carts(self, settings, until=None):
        """A server with CARTS carts in it; each is one record."""
        server = self.serve(settings)
        for n in range(CARTS):
            self.add_cart(server, n)
        if until:
            support.wait_until(until, lambda: f"the second snapshot; there are {snapshots(self.node)}\n{server.story()}")
        return server

    def add_cart(self, server, n):
        shopper = Shopper(f"s{n}")
        server.post_events(*shopper.arrives(), shopper.adds(item("Bell", quantity=n + 1)))

    def kill(self, server):
        server.signal(signal.SIGKILL)
        server.wait()

    def put_back(self, kept):
        shutil.rmtree(self.node)
        shutil.copytree(kept, self.node)

    def keep(self):
        """A copy to begin from again."""
        kept = self.folder / "kept"
        shutil.copytree(self.node, kept)
        return kept

    def record_of(self, n):
        """(segment, record) that cart n came in."""
        for segment in segments(self.node):
            for record in records(segment):
                if record.kind == "events" and f'"cart-s{n}"'.encode() in record.payload:
                    return segment, record
        self.fail(f"cart {n} stands nowhere in the log")

    def carts(self, server, numbers):
        """What is known of them; None where there is none."""
        return {n: server.cart(f"cart-s{n}") for n in numbers}

    def assert_carts(self, server, there, gone=()):
        for n in there:
            self.assertEqual(server.cart_lines(f"cart-s{n}"), {"bell": n + 1}, f"cart {n}\n{server.story()}")
        for n in gone:
            self.assertIsNone(server.cart(f"cart-s{n}"), f"cart {n} must be gone whole\n{server.story()}")

    def assert_goes_on(self, server, there, gone=()):
        """What is there stays there, new carts are taken, and neither the next start nor `verify` has anything to say."""
        self.add_cart(server, LATER)
        self.assert_carts(server, there, gone)
        self.assertEqual(server.stop(), 0, server.story())
        code, output, complaints = self.run_program("journal", "verify", self.node)
        self.assertEqual((code, output[:4]), (0, "ok: "), complaints)
        server = self.serve(FOREVER)
        self.assertIsNone(server.find_complaint("warning|error"), server.story())
        self.assert_carts(server, [*there, LATER], gone)
        self.assertEqual(server.stop(), 0, server.story())

    def assert_refused(self, *words):
        server = self.serve(FOREVER, wait=False)
        self.assertEqual(server.wait(), 1, server.story())
        self.assertEqual(len(server.complaints), 1, f"one line that says why, not\n{server.story()}")
        for word in words:
            self.assertIn(word, server.complaints[0])

    def test_a_crash_tore_the_end(self):
        self.kill(self.serve_carts(FOREVER))
        kept = self.keep()
        for what in ("the file is cut short", "zeros", "garbage"):
            with self.subTest(what):
                self.put_back(kept)
                segment, last = self.record_of(CARTS - 1)
                torn, written = last.end - 100, records(segment)[-1].end
                if what == "the file is cut short":
                    with open(segment, "r+b") as file:
                        file.truncate(torn)
                else:
                    overwrite(segment, torn, (b"\0" if what == "zeros" else b"\xa5") * (written - torn))
                code, _, complaints = self.run_program("journal", "verify", self.node)
                place = (rf"{re.escape(str(segment))}: a torn tail of \d+ bytes at offset {last.offset}, "
                         rf".*position {last.position}\b")
                self.assertEqual(code, 0, complaints)
                self.assertRegex(complaints, place + ".*the next start cuts it")
                server = self.serve(FOREVER)
                self.assertIsNotNone(server.find_complaint("warning journal: " + place), server.story())
                self.assert_goes_on(server, range(CARTS - 1), [CARTS - 1])

    def test_a_bit_flipped_in_the_middle(self):
        self.kill(self.serve_carts(FOREVER))
        kept = self.keep()
        for where in ("head", "payload"):
            with self.subTest(where):
                self.put_back(kept)
                segment, record = self.record_of(3)
                flip_bit(segment, record.offset + (20 if where == "head" else 100))
                damaged = segment.read_bytes()
                place = f"{segment}: damaged at offset {record.offset}, position {record.position}: "
                self.assert_refused(place)
                code, _, complaints = self.run_program("journal", "verify", self.node)
                self.assertEqual(code, 1, complaints)
                self.assertIn(place, complaints)
                with self.subTest("it says what to do"):
                    self.assert_refused("cartwheel journal repair")

                code, output, complaints = self.run_program("journal", "repair", self.node, "--yes")
                self.assertEqual(code, 0, complaints)
                self.assertIn(place, complaints)
                self.assertIn(f"put aside: {segment}.damaged", output)
                self.assertIn(f"the log has what stands before position {record.position}", output)
                aside = segment.with_name(segment.name + ".damaged")
                self.assertTrue(aside.read_bytes() == damaged, f"{aside} must hold what stood in {segment}")
                self.assert_goes_on(self.serve(FOREVER), range(3), range(3, CARTS))

    def test_a_bit_flipped_in_the_page_of_a_segment(self):
        self.kill(self.serve_carts(FOREVER))
        segment = segments(self.node)[0]
        flip_bit(segment, 16)
        self.assert_refused(f"{segment}: damaged at offset 0, position 1: ")
        code, _, complaints = self.run_program("journal", "repair", self.node, "--yes")
        self.assertEqual(code, 0, complaints)
        self.assert_goes_on(self.serve(FOREVER), [], range(CARTS))

    def test_what_a_repair_put_aside_is_sent_again(self):
        # The way to those behind the damaged segment that docs/journal-format.md describes.
        server = self.serve(FOREVER)
        client = support.ForwardSocket(server.forward_port)
        self.addCleanup(client.close)
        carts = 0
        while len(segments(self.node)) < 2:
            event = Shopper(f"s{carts}").adds(item("Bell", quantity=carts + 1), padding="x" * 60_000)
            client.send(packed_chunk(entry(event, event["time"]) + self.filler(carts), f"chunk-{carts:06}"))
            self.assertTrue(client.wait_for_ack(f"chunk-{carts:06}"), server.story())
            client.received = b""
            carts += 1
        self.kill(server)
        first, second = segments(self.node)
        damaged = next(r for r in records(first, sums=False) if r.kind == "events")
        flip_bit(first, damaged.offset + 100)
        self.assert_refused(f"{first}: damaged at offset {damaged.offset}, position {damaged.position}: ")
        code, output, complaints = self.run_program("journal", "repair", self.node, "--yes")
        self.assertEqual(code, 0, complaints)
        self.assertIn(f"put aside: {second}.damaged", output)

        elsewhere = self.folder / "elsewhere"
        (elsewhere / "journal").mkdir(parents=True)
        shutil.copy(f"{second}.damaged", elsewhere / "journal" / second.name)
        code, lines, complaints = self.run_program("journal", "dump", elsewhere)
        self.assertEqual((code, complaints), (0, ""))
        server = self.serve(FOREVER)
        self.assertIsNone(server.cart(f"cart-s{carts - 1}"))
        self.assertEqual(server.post("/v1/events", lines, "application/x-ndjson").status, 200, server.story())
        server.wait_for_cart_lines(f"cart-s{carts - 1}", {"bell": carts})
        self.assertEqual(server.stop(), 0, server.story())

    def filler(self, n):
        """Large events about no cart."""
        look = {"event": "view_item", "visitor_id": f"v{n}", "padding": "x" * 60_000}
        return entry(look) * 15

    def test_a_bit_flipped_behind_a_snapshot(self):
        # A repair loses the records, and not the state that came of them.
        server = self.serve_carts(FOREVER)
        self.assertEqual(server.stop(), 0, server.story())
        segment, record = self.record_of(3)
        flip_bit(segment, record.offset + 100)
        self.assert_refused(f"position {record.position}: ")
        code, _, complaints = self.run_program("journal", "repair", self.node, "--yes")
        self.assertEqual(code, 0, complaints)
        self.assert_goes_on(self.serve(FOREVER), range(CARTS))

    def test_the_end_was_lost_behind_a_snapshot(self):
        # An orderly end leaves a snapshot of everything: what the log lost is no longer needed, and must not be missed.
        server = self.serve_carts(FOREVER)
        self.assertEqual(server.stop(), 0, server.story())
        segment, record = self.record_of(CARTS - 1)
        overwrite(segment, record.end - 8, b"\0" * (records(segment)[-1].end - record.end + 8))
        self.assert_goes_on(self.serve(FOREVER), range(CARTS))

    def test_a_power_cut_took_what_was_not_synced(self):
        # What journal.sync = "off" and "everysec" may lose are the last events; never the node.
        for mode in ("off", "everysec"):
            with self.subTest(mode):
                shutil.rmtree(self.node, ignore_errors=True)
                # Not when "everysec" syncs: between two of its syncs.
                server = self.serve({"journal.sync": mode, "journal.snapshot_every": "1500ms"})
                n = 0
                while not snapshots(self.node):
                    # No consent: that would be synced in every mode.
                    server.post_events(Shopper(f"s{n}").adds(item("Bell", quantity=1)))
                    n += 1
                self.kill(server)
                segment = segments(self.node)[-1]
                written = records(segment)
                # A killed process loses nothing in any mode: what it acknowledged is the system's to write.
                self.assertEqual(sum(r.kind == "events" for r in written), n)
                # Below the last record's "durable below" all was synced when it was written; what is behind may be gone.
                proven = max(r.durable_below for r in written)
                lost = next(r for r in written if r.position >= proven)
                overwrite(segment, lost.offset, b"\0" * (written[-1].end - lost.offset))
                server = self.serve({"journal.sync": mode, **FOREVER})
                self.assert_goes_on(server, [])

    def test_a_bit_flipped_in_a_snapshot(self):
        server = self.serve_carts(OFTEN, until=lambda: len(snapshots(self.node)) == 2)
        self.add_cart(server, CARTS)  # stands in the log alone, or in all three
        server.wait_for_cart_lines(f"cart-s{CARTS}", {"bell": CARTS + 1})
        expected = self.carts(server, range(CARTS + 1))
        self.kill(server)
        kept = self.keep()
        older, newest = snapshots(self.node)
        parts = [p.name.removeprefix(newest) for p in sorted((self.node / "snapshots").glob(newest + ".*"))]
        self.assertEqual(len(parts), 5, parts)
        for part in parts:
            with self.subTest(part):
                self.put_back(kept)
                self.assert_passed_over([newest + part], expected)
        with self.subTest("both"):
            self.put_back(kept)
            self.assert_passed_over([newest + ".carts-000", older + ".gateway"], expected)

    def assert_passed_over(self, names, expected):
        for name in names:
            file = self.node / "snapshots" / name
            flip_bit(file, file.stat().st_size // 2)
        server = self.serve(FOREVER)
        for name in names:
            self.assertIsNotNone(server.find_complaint(f"warning snapshot not used: .*{re.escape(name)}"), server.story())
        self.assertEqual(self.carts(server, expected), expected, server.story())
        self.assertEqual(server.stop(), 0, server.story())


if __name__ == "__main__":
    support.main()
