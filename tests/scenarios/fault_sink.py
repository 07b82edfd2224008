"""The relay that goes wrong on demand (tests/support/fault_sink), and what it wrote down."""

import itertools
import json
import os
import signal
from pathlib import Path

from processes import PROGRAM, Process, wait_until


def test_program(name):
    """A program that only the tests have, beside the program under test."""
    path = Path(os.environ.get("CARTWHEEL_TEST_PROGRAMS", Path(PROGRAM).parent)) / name
    if not path.exists():
        raise AssertionError(f"{path} is not there: build the target {name}")
    return path


class Kept:
    """A mail that a relay has, whatever it told its client."""

    def __init__(self, message_id, token="", sha256=None, recipient=None):
        self.message_id, self.token, self.sha256, self.recipient = message_id, token, sha256, recipient


class FaultSink(Process):
    """`flags` are those of `fault_sink --help`; what goes wrong can also stand in recipients: `anna+rcpt-550-5.1.1@...`.
    `faults` are those of --fault, to be replaced by set_faults(); `dump` keeps the mails for mails().
    One with the `name` of an earlier one, and its port, goes on where that ended."""

    _numbers = itertools.count(1)

    def __init__(self, folder, *flags, port=0, name=None, faults=(), dump=False):
        name = name or f"sink{next(self._numbers)}"
        self.log = Path(folder) / f"{name}.log"
        self.mails_folder = Path(folder) / f"{name}.mails"
        dumping = []
        if dump:
            self.mails_folder.mkdir(exist_ok=True)
            dumping = ["--dump", self.mails_folder]
        self._control = Path(folder) / f"{name}.control"
        self._control.write_text("".join(f + "\n" for f in faults))
        controlled = ["--control", self._control] if faults else []
        super().__init__([test_program("fault_sink"), "--port", port, "--log", self.log, *dumping, *controlled,
                          *flags])
        self.port = int(self.wait_for_complaint(r"listening on 127\.0\.0\.1:(\d+)")[1])

    def records(self, kind="transaction"):
        """All lines of its log so far, of one kind."""
        if not self.log.exists():
            return []
        whole = self.log.read_bytes()
        lines = whole[:whole.rfind(b"\n") + 1].splitlines()
        return [r for r in map(json.loads, lines) if r["type"] == kind]

    def kept(self):
        return [Kept(r["message_id"], f"<{r['recipient']}>", r["sha256"], r["recipient"])
                for r in self.records() if r["kept"]]

    def kept_times(self):
        """When the mails it has were whole, in seconds, in order."""
        return sorted(r["time"] for r in self.records() if r["kept"])

    def violations(self):
        return [f"connection {r['connection']}: {r['what']}" for r in self.records("violation")]

    def mails(self):
        """The mails it has, as bytes with LF, in the order they came; needs `dump`."""
        return [p.read_bytes().replace(b"\r\n", b"\n") for p in sorted(self.mails_folder.glob("*.eml"))]

    def set_faults(self, *faults):
        """From now on these stand for all sessions, in place of `faults`."""
        self._control.write_text("".join(f + "\n" for f in faults))
        said = len([line for line in self.complaints if "faults" in line])
        self.signal(signal.SIGHUP)
        wait_until(lambda: len([line for line in self.complaints if "faults" in line]) > said, "the sink to read its faults")

    def stop(self):
        """Its counters."""
        self.signal(signal.SIGTERM)
        code = self.wait()
        if code != 0:
            raise AssertionError(f"fault_sink ended with {code}\n{self.story()}")
        return json.loads(self.output.splitlines()[-1])
