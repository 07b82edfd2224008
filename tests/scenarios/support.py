"""What the scenario tests share.

Every scenario runs the real program on free ports of 127.0.0.1 in a folder of its own, waits for conditions (never for a
length of time) and leaves no process behind. It needs Python 3 and, for the gateway's client and the second MIME parser,
node with the packages of package.json (scripts/install-deps.sh --tests).

Environment: CARTWHEEL, the program (build/release/cartwheel); SCENARIO_PATIENCE, a factor on every bound of time (1);
SCENARIO_KEEP=1 keeps the folders and says where they are; SCENARIO_LONG=1 runs the long variants (docs/testing.md).
"""

import os
import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

from forward import ForwardSocket, Pairs, Raw, entry, event_time, msgpack, packed_chunk
from peers import GATEWAY_MODES, Gateway, SecureRelay, Sink, certificate, maildir_mails, parse_mail, parse_with_mailparser
from processes import LONG, PATIENCE, PROGRAM, ROOM, ROOT, Process, free_port, now_ms, wait_until
from server import Server, http_request, parse_metrics
from shoppers import Shopper, item


class Scenario(unittest.TestCase):
    """A test with a folder of its own, whose processes end with it."""

    longMessage = True
    maxDiff = None

    def links_in_mails(self, server, count, base, path):
        """{recipient: the link of their mail that begins with base and path, without base}, of `count` mails or more. Text and
        HTML have it, and two parsers find it."""
        mails = wait_until(lambda: len(m := maildir_mails(server.folder / "node/maildir")) >= count and m,
                           lambda: f"{count} mails\n{server.story()}")
        found = {}
        for raw in mails:
            mail = parse_mail(raw)
            text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
            link = re.search(re.escape(base + path) + "[A-Za-z0-9_-]+", text)[0]
            self.assertIn(f'href="{link}"', html)
            self.assertIn(link, parse_with_mailparser(raw)["text"])
            found[mail["To"].addresses[0].addr_spec] = link.removeprefix(base)
        return found

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix=f"cartwheel-{type(self).__name__}-"))
        if os.environ.get("SCENARIO_KEEP"):
            print(f"kept: {self.folder}", file=sys.stderr)
        else:
            self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def started(self, process):
        self.addCleanup(process.kill)
        return process

    def serve(self, settings=None, wait=True):
        server = Server(self.folder, settings, wait=False)
        self.started(server)
        if wait:
            server.wait_until_ready()
        return server

    def sink(self, port=None, *flags):
        return self.started(Sink(self.folder, port or free_port(), *flags))

    def secure_relay(self, **options):
        return self.started(SecureRelay(self.folder, free_port(), **options))

    def gateway(self, server, mode="PackedForward"):
        return self.started(Gateway(server.forward_port, mode))

    def run_program(self, *arguments, seconds=120.0, **more):
        """A command of the program that ends by itself; gives (exit code, output, complaints)."""
        process = self.started(Process([PROGRAM, *arguments], cwd=self.folder, **more))
        code = process.wait(seconds)
        return code, process.output, "\n".join(process.complaints)

    def assert_events(self, server, **expected):
        """cartwheel_events_total by result, summed over kinds of event."""
        got = {result: int(server.metric("cartwheel_events_total", result=result)) for result in expected}
        self.assertEqual(got, expected, server.story())


# A fast campaign on the wall clock: abandoned two seconds after the last addition, news held for 100 ms at most.
FAST = {
    "campaign.cart.idle": "2s",
    "node.watermark_lag": "0s",
    "node.watermark_silence": "1s",
}


def smtp_outlet(port, connections=1):
    return {"outlet.kind": "smtp", "smtp.relay.main.address": f"127.0.0.1:{port}",
            "smtp.relay.main.connections": connections}


def main():
    unittest.main(verbosity=2)
