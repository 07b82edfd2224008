"""Programs that a scenario starts, and patience with an end."""

import ctypes
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAM = os.environ.get("CARTWHEEL", str(ROOT / "build/release/cartwheel"))
PATIENCE = float(os.environ.get("SCENARIO_PATIENCE", "1"))
# Whole seconds that a story leaves for what must happen in between; a sanitised program gets twice as many.
ROOM = round(8 * PATIENCE ** 0.5)
LONG = bool(os.environ.get("SCENARIO_LONG"))


def now_ms():
    return time.time_ns() // 1_000_000


def wait_until(condition, what, seconds=20.0, every=0.02):
    """The first true value of condition(); an AssertionError that says what was waited for when it never comes."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds * PATIENCE:.0f} s in vain: {what() if callable(what) else what}")
        time.sleep(every)


def free_port():
    """One from which the kernel takes none for clients: whoever binds it later, or comes back to it, still finds it free."""
    first_of_clients = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.SystemRandom().randrange(10_000, max(first_of_clients, 20_000))
        with socket.socket() as s:
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def listens(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: a scenario that ctest kills takes its processes along


class Process:
    """A program whose complaints (stderr) are kept as lines, and its output (stdout) as a text."""

    def __init__(self, arguments, cwd=None, stdin=subprocess.DEVNULL, env=None):
        self.arguments = [str(a) for a in arguments]
        self.complaints = []
        self._output = []
        self._news = threading.Condition()
        self._process = subprocess.Popen(self.arguments, cwd=cwd, stdin=stdin, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, env=env, preexec_fn=_die_with_parent)
        self.stdin = self._process.stdin
        self._readers = [threading.Thread(target=self._read, args=pair, daemon=True)
                         for pair in ((self._process.stdout, self._output), (self._process.stderr, self.complaints))]
        for reader in self._readers:
            reader.start()

    def _read(self, pipe, lines):
        for line in pipe:
            with self._news:
                lines.append(line.decode(errors="replace").rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    @property
    def output(self):
        with self._news:
            return "\n".join(self._output) + ("\n" if self._output else "")

    def find_complaint(self, pattern):
        with self._news:
            return next((m for line in self.complaints if (m := re.search(pattern, line))), None)

    def wait_for_complaint(self, pattern, seconds=20.0):
        def found():
            if match := self.find_complaint(pattern):
                return match
            if not self.runs():
                for reader in self._readers:
                    reader.join(5)
                if match := self.find_complaint(pattern):
                    return match
                raise AssertionError(f"ended with {self._process.returncode} before it said {pattern!r}\n{self.story()}")
            return None
        return wait_until(found, lambda: f"{pattern!r} on stderr\n{self.story()}", seconds)

    @property
    def pid(self):
        return self._process.pid

    def runs(self):
        return self._process.poll() is None

    def signal(self, number):
        self._process.send_signal(number)

    def wait(self, seconds=20.0):
        """The exit code; an AssertionError when it does not end."""
        try:
            code = self._process.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs after {seconds * PATIENCE:.0f} s\n{self.story()}") from None
        for reader in self._readers:
            reader.join(5)
        return code

    def kill(self):
        if self.runs():
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join(5)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass

    def story(self, lines=40):
        with self._news:
            return f"$ {' '.join(self.arguments)}\n" + "\n".join(self.complaints[-lines:])
