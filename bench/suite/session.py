"""One run of the comparison: how large, where things are, what was found so far."""

import shutil
import tempfile
import time
from pathlib import Path

from .figures import Figures
from .peers import Peers
from .sizes import KINDS


class Session:
    def __init__(self, kind, build, out, work):
        self.kind, self.sizes = kind, KINDS[kind]
        self.build, self.out = Path(build), Path(out)
        self.folder = Path(tempfile.mkdtemp(prefix="cartwheel-bench-", dir=work))
        self.figures = Figures()
        self.peers = Peers(build)
        self.began = time.monotonic()
        self._folders = 0

    @property
    def small(self):
        return self.kind == "smoke"

    def seconds(self):
        return time.monotonic() - self.began

    def seconds_left(self):
        return self.sizes.budget_seconds - self.seconds()

    def say(self, text):
        print(f"[{self.seconds() / 60:5.1f} min] {text}", flush=True)

    def empty_folder(self):
        self._folders += 1
        at = self.folder / str(self._folders)
        at.mkdir()
        return at

    def remove(self, folder):
        """What a server wrote; several GB, so not left until the end."""
        shutil.rmtree(folder, ignore_errors=True)

    def close(self):
        self.remove(self.folder)
