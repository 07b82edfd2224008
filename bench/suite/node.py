"""`cartwheel serve` under measurement: its counters, its memory, its CPU, its file handles."""

import math
import os
import re
import time
from pathlib import Path

from server import Server

from .programs import Failed

TICKS = os.sysconf("SC_CLK_TCK")


class Node(Server):
    """On free ports and an empty folder. It lives in a `with` statement."""

    def __init__(self, folder, shards, sync="always", environment=None, settings=None):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        # `env` becomes the server: same process id.
        start = ["env", *(f"{k}={v}" for k, v in environment.items())] if environment else ()
        super().__init__(folder, {"node.shards": shards, "journal.sync": sync, **(settings or {})}, start=start)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def end(self, seconds=120):
        """SIGTERM, and a clean end. Errors: Failed."""
        code = self.stop(seconds)
        if code != 0:
            raise Failed(f"the server ended with {code}\n{self.story()}")

    def events(self):
        """{result: events}, all names together."""
        found = {}
        for labels, value in self.metrics().get("cartwheel_events_total", []):
            found[labels["result"]] = found.get(labels["result"], 0) + int(value)
        return found

    def wait_until_applied(self, events, seconds=300):
        """Waits until so many events in all have been applied and nothing is in the shards' way; returns when that was.
        Errors: Failed when an event was refused, or it does not come to that."""
        end = time.monotonic() + seconds
        while True:
            seen = self.metrics()
            now = time.monotonic()
            of = {}
            for labels, value in seen["cartwheel_events_total"]:
                of[labels["result"]] = of.get(labels["result"], 0) + int(value)
            if of.get("refused", 0) > 0:
                raise Failed(f"the server refused {of['refused']} events\n{self.story()}")
            backlog = sum(v for _, v in seen["cartwheel_shard_backlog_events"])
            if sum(of.values()) >= events and backlog == 0:
                return now
            if now > end or not self.runs():
                raise Failed(f"{of} of {events} events are applied, {backlog:.0f} wait\n{self.story()}")
            time.sleep(0.005)

    def resident_bytes(self):
        return self._status("VmRSS") * 1024

    def peak_bytes(self):
        return self._status("VmHWM") * 1024

    def _status(self, name):
        found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{self.pid}/status").read_text(), re.MULTILINE)
        return int(found[1])

    def huge_page_bytes(self):
        found = re.search(r"^AnonHugePages:\s+(\d+) kB$", Path(f"/proc/{self.pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) * 1024

    def file_handles(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def histogram(self, name):
        """[(upper bound, observations up to it)], as counted since the start."""
        return [(float(labels["le"]), value) for labels, value in self.metrics()[name + "_bucket"]]


def quantile(before, after, part):
    """Of what came between two readings of a histogram, straight through the bucket in which the quantile lies (as
    Prometheus does); None when nothing came. Beyond the last bound it is that bound."""
    came = [(bound, later - earlier) for (bound, later), (_, earlier) in zip(after, before)]
    if not came or came[-1][1] <= 0:
        return None
    wanted = part * came[-1][1]
    low, under = 0.0, 0
    for bound, upto in came:
        if upto >= wanted:
            return low if math.isinf(bound) else low + (bound - low) * (wanted - under) / (upto - under)
        low, under = bound, upto
    return low
