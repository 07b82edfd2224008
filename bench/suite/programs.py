"""Programs that a measurement runs to their end."""

import ctypes
import signal
import subprocess
import threading
import time

_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: who stops the comparison stops what it has started


class Failed(Exception):
    """A measurement that gave no figure. Its text says which program and what it said."""


class Watched:
    """A program, with the moment at which its last line came. `stdbuf` makes C programs write line by line: what a program
    does behind its last line (giving back gigabytes) is not part of what it measures."""

    def __init__(self, command, **more):
        self.command = [str(c) for c in command]
        self._child = subprocess.Popen(["stdbuf", "-oL", *self.command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True, preexec_fn=_die_with_parent, **more)
        self._complaints = []
        self._reader = threading.Thread(target=lambda: self._complaints.extend(self._child.stderr), daemon=True)
        self._reader.start()
        self.lines = []
        self.last_line_at = None

    @property
    def pid(self):
        return self._child.pid

    def finish(self):
        """Its output. Errors: Failed when it does not end with 0."""
        try:
            for line in self._child.stdout:
                self.last_line_at = time.monotonic()
                self.lines.append(line.rstrip("\n"))
            code = self._child.wait()
        except BaseException:
            self.stop()
            raise
        self._reader.join(5)
        self._child.stdout.close()
        self._child.stderr.close()
        if code != 0:
            said = "".join(self._complaints[-10:])
            raise Failed(f"`{' '.join(self.command)}` ended with {code}\n{said}" + "\n".join(self.lines[-10:]))
        return "\n".join(self.lines)

    def running(self):
        return self._child.poll() is None

    def stop(self):
        if self.running():
            self._child.kill()
            self._child.wait()


def output_of(command, **more):
    return Watched(command, **more).finish()
