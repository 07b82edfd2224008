#!/usr/bin/env python3
"""The data directory is somebody else's, read-only, full, a file, or of a later version: the server says so in one line that
names it, ends, and leaves everything as it was."""

import hashlib
import json
import os
import re
import shutil
import signal
import unittest

import journal_files
import support
from disks import SmallDisk, mount_read_only
from support import Shopper, item

NOBODY = 65534


def hashes(folder):
    """What stands in a folder: {name: sum}, for folders a word."""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "folder"
            for p in sorted(folder.rglob("*"))}


class DataDirectoryIsRefusedClearly(support.Scenario):
    def setUp(self):
        super().setUp()
        self.node = self.folder / "node"

    def stopped_node(self):
        """A directory with a cart in it, and the evidence of its owner's consent, that no server runs on."""
        server = self.serve()
        self.shopper = Shopper("first")
        server.post_events(*self.shopper.arrives(), self.shopper.adds(item("Bell")))
        self.assertEqual(server.stop(), 0, server.story())

    def assert_refused(self, *words, data_dir=None, start=(), changed=()):
        """A server does not start on it: it ends with 1 and one line that holds these words. Only files in `changed`
        differ afterwards."""
        data_dir = data_dir or self.node
        before = hashes(data_dir) if data_dir.is_dir() else None
        server = self.started(support.Server(self.folder, {"node.data_dir": data_dir}, wait=False, start=start))
        support.wait_until(lambda: not server.runs() or server.find_complaint(r"info ready$"), server.story)
        if server.runs():
            server.kill()
            self.fail(f"a server has started on it\n{server.story()}")
        self.assertEqual(server.wait(), 1, server.story())
        said = [line for line in server.complaints if not line.startswith("recovery [")]
        self.assertEqual(len(said), 1, f"one line that says why, not\n{server.story()}")
        for word in words:
            self.assertIn(str(word), said[0])
        if before is not None:
            after = hashes(data_dir)
            different = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
            # RocksDB renews its bookkeeping whenever it is opened; its tables are what must not change.
            different -= {name for name in different if name.startswith("store/") and not name.endswith(".sst")}
            self.assertEqual(different - set(changed), set(), f"changed by a server that did not start\n{server.story()}")

    def assert_still_good(self):
        """Nothing that was tried has harmed it: it starts, and its cart is there."""
        server = self.serve()
        self.assertEqual(server.cart_lines(self.shopper.cart_id), {"bell": 1}, server.story())
        self.assertEqual(server.stop(), 0, server.story())

    def test_another_server_runs_on_it(self):
        server = self.serve()
        shopper = Shopper("shopper")
        server.post_events(shopper.adds(item("Bell")))
        # Its own log moves on meanwhile, by ticks.
        log = {f"journal/{p.name}" for p in journal_files.segments(self.node)}
        self.assert_refused(self.node, "another server runs on it", changed=log)
        code, _, complaints = self.run_program("journal", "repair", self.node, "--yes")
        self.assertEqual(code, 1, complaints)
        self.assertIn(f"{self.node}: a server runs on it", complaints)
        server.post_events(shopper.adds(item("Pump")))
        server.wait_for_cart_lines(shopper.cart_id, {"bell": 1, "pump": 1})
        self.assertEqual(server.stop(), 0, server.story())

    def test_read_only(self):
        self.stopped_node()
        self.addCleanup(mount_read_only(self.node, self.folder / "locked"))
        self.assert_refused(self.folder / "locked", "Read-only file system", data_dir=self.folder / "locked")
        self.assert_still_good()

    @unittest.skipUnless(os.geteuid() == 0, "to become somebody else one must be root")
    def test_it_belongs_to_somebody_else(self):
        self.stopped_node()
        self.folder.chmod(0o755)
        become = [shutil.which("setpriv"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        for mode in (0o755, 0o700):
            with self.subTest(mode=oct(mode)):
                self.node.chmod(mode)
                self.assert_refused(self.node, "Permission denied", start=become)
        with self.subTest("it would have to be made"):
            self.assert_refused(self.folder / "new", "Permission denied", data_dir=self.folder / "new", start=become)
            self.assertFalse((self.folder / "new").exists())
        self.node.chmod(0o755)
        # What cannot be read must not be taken for missing, and replaced: here it is a later version's.
        with self.subTest("only its manifest cannot be read"):
            manifest = self.node / "manifest.json"
            good = manifest.read_text()
            manifest.write_text(json.dumps({"format": 99}))
            manifest.chmod(0)
            os.chown(self.node, NOBODY, NOBODY)
            os.chown(self.node / "lock", NOBODY, NOBODY)
            self.assert_refused(manifest, "Permission denied", start=become)
        manifest.write_text(good)
        self.assert_still_good()

    def test_the_disk_is_full_at_the_first_start(self):
        disk = SmallDisk(self.folder / "disk", 4)
        self.addCleanup(disk.close)
        self.node = disk.folder / "node"
        # What a first start makes before it finds out may stay; nothing of it may be in the way of the next one.
        made = {"journal", "journal/segment.new", "keys", "lock", "manifest.json", "manifest.json.new"}
        for room in (64 * 1024, 2 * 4096, 4096, 0):
            with self.subTest(room=room):
                shutil.rmtree(self.node, ignore_errors=True)
                self.node.mkdir()
                disk.fill(leave=room)
                self.assert_refused(self.node, "No space left on device", changed=made)
                disk.clear()
                # Half of a file must not be taken for a whole one.
                self.assert_refused(self.node / "journal", "No space left on device", changed=made)
        disk.grow(100)
        server = self.serve({"node.data_dir": self.node})
        server.post_events(Shopper("shopper").adds(item("Bell")))
        self.assertEqual(server.stop(), 0, server.story())

    def test_the_disk_is_full_at_a_later_start(self):
        disk = SmallDisk(self.folder / "disk", 100)
        self.addCleanup(disk.close)
        node = disk.folder / "node"
        server = self.serve({"node.data_dir": node})
        server.post_events(Shopper("shopper").adds(item("Bell")))
        self.assertEqual(server.stop(), 0, server.story())
        disk.fill()
        self.assert_refused(node, "No space left on device", data_dir=node)
        disk.clear()
        server = self.serve({"node.data_dir": node})
        self.assertEqual(server.cart_lines("cart-shopper"), {"bell": 1}, server.story())
        self.assertEqual(server.stop(), 0, server.story())

    def test_it_is_a_file(self):
        self.node.write_text("a shopping list\n")
        self.assert_refused(self.node, "Not a directory")
        self.assert_refused(self.node / "deeper", "Not a directory", data_dir=self.node / "deeper")
        self.assertEqual(self.node.read_text(), "a shopping list\n")

    def test_its_manifest_is_not_one_of_this_version(self):
        self.stopped_node()
        manifest = self.node / "manifest.json"
        good = manifest.read_text()
        known = json.loads(good)
        for what, text, words in (
            ("a newer version's", json.dumps({**known, "format": 99, "later": True}), ["format 99", "knows 1"]),
            ("other partitions", json.dumps({**known, "cart_partitions": 1024}), ["partition"]),
            ("a number as text", json.dumps({**known, "format": "1"}), ["format"]),
            ("cut short", good[:20], ["damaged"]),
            ("empty", "", ["damaged"]),
        ):
            with self.subTest(what):
                manifest.write_text(text)
                self.assert_refused(manifest, *words)
        manifest.write_text(good)
        self.assert_still_good()

    def test_its_keys_are_not_there(self):
        # Addresses stand in snapshots and log as keyed hashes: with other keys nobody who withdrew is recognised, and mailed
        # again. So state without its keys is no state to start on.
        self.stopped_node()
        keys = self.node / "keys"
        good = keys.read_bytes()
        with self.subTest("lost"):
            keys.unlink()
            self.assert_refused(keys)
        with self.subTest("another node's"):
            keys.write_bytes(re.sub(rb"= [0-9a-f]{8}", b"= 01234567", good))
            keys.chmod(0o600)
            self.assert_refused(keys)
        keys.write_bytes(good)
        self.assert_still_good()

    def test_its_store_is_not_the_one_of_its_snapshot(self):
        # What is parked and the evidence of consents are nowhere else; a new store in its place would be a silent loss.
        self.stopped_node()
        store, kept = self.node / "store", self.folder / "kept"
        shutil.copytree(store, kept)

        def put_back():
            shutil.rmtree(store, ignore_errors=True)
            shutil.copytree(kept, store)

        with self.subTest("lost"):
            shutil.rmtree(store)
            for _ in range(2):  # the new one that the first start makes is not taken either
                self.assert_refused(self.node / "snapshots", "rests on a store", changed=["store"])
        with self.subTest("an older copy"):
            put_back()
            server = self.serve()
            second = Shopper("second")
            server.post_events(*second.arrives(), second.adds(item("Pump")))
            self.assertEqual(server.stop(), 0, server.story())
            newer = self.folder / "newer"
            shutil.copytree(store, newer)
            put_back()
            self.assert_refused(self.node / "snapshots", "rests on a store")
            shutil.rmtree(store)
            shutil.copytree(newer, store)
            self.assert_still_good()
        with self.subTest("its tables are lost"):
            put_back()
            for table in store.glob("*.sst"):
                table.unlink()
            self.assert_refused(store, "No such file or directory")
        with self.subTest("the way out of it: the log from its beginning"):
            shutil.rmtree(store)
            shutil.rmtree(self.node / "snapshots")
            self.assert_still_good()
            server = self.serve()
            self.assertEqual(server.cart_lines("cart-second"), {"pump": 1}, server.story())
            self.assertEqual(server.stop(), 0, server.story())

    def test_a_table_of_its_store_is_damaged(self):
        self.stopped_node()
        for table in (self.node / "store").glob("*.sst"):
            bytes_of_it = bytearray(table.read_bytes())
            bytes_of_it[-300] ^= 1  # in what RocksDB reads when it opens a table
            table.write_bytes(bytes_of_it)
        self.assert_refused(self.node / "store", "Corruption", ".sst")

    def test_its_log_is_a_newer_versions(self):
        self.stopped_node()
        segment = journal_files.segments(self.node)[-1]
        journal_files.set_format(segment, 2)
        self.assert_refused(segment, "format 2", "knows 1")
        # Nor does a tool touch what it does not know.
        before = hashes(self.node)
        for command in (("verify",), ("repair", "--yes")):
            code, _, complaints = self.run_program("journal", *command, self.node)
            self.assertEqual(code, 1, complaints)
            self.assertIn(str(segment), complaints)
            self.assertIn("format 2", complaints)
        self.assertEqual(hashes(self.node), before)
        journal_files.set_format(segment, 1)
        self.assert_still_good()

    def test_its_log_has_records_of_a_newer_version(self):
        # Behind the last snapshot. Passing over what is not known would be losing what was acknowledged.
        server = self.serve()
        self.shopper = Shopper("first")
        server.post_events(self.shopper.adds(item("Bell")))
        server.signal(signal.SIGKILL)
        server.wait()
        segment = journal_files.segments(self.node)[-1]
        records = {r.kind: r for r in journal_files.records(segment)}
        for what, kind, offset, value in (("a kind of record", "events", 48, 99), ("a format of events", "events", 49, 99),
                                          ("a version of a payload", "configuration", journal_files.RECORD_HEAD, 99)):
            with self.subTest(what):
                record = records[kind]
                good = segment.read_bytes()
                journal_files.set_byte(segment, record, offset, value)
                try:
                    self.assert_refused(self.node / "journal", f"record {record.position}")
                finally:
                    segment.write_bytes(good)
        self.assert_still_good()


if __name__ == "__main__":
    support.main()
