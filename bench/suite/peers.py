"""Where the contenders come from: ../shared/peers, unchanged, when it is there (or CARTWHEEL_PEERS); else the project's own
in bench/peers, which play the same parts."""

import hashlib
import os
import subprocess
from pathlib import Path

from . import ROOT
from .machine import which
from .programs import Failed


class Peers:
    """Compiles what it is asked for, once per source text, into build/peers."""

    def __init__(self, build):
        self.build = Path(build)
        named = os.environ.get("CARTWHEEL_PEERS")
        self.folder = Path(named) if named else ROOT.parent / "shared/peers"
        if named and named != "none" and not self.folder.is_dir():
            raise Failed(f"CARTWHEEL_PEERS: {named} is no folder (`none`: the project's own peers)")
        self.given = self.folder.is_dir()

    @property
    def origin(self):
        return "the peers given with the design, unchanged" if self.given else "the project's own peers (bench/peers)"

    def _compiled(self, source, compile_into):
        text = source.read_bytes()
        at = ROOT / "build/peers" / f"{source.stem}-{hashlib.sha256(text).hexdigest()[:16]}"
        done = at / "compiled"
        if not done.exists():
            at.mkdir(parents=True, exist_ok=True)
            made = subprocess.run(compile_into(at), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if made.returncode != 0:
                raise Failed(f"{source} does not compile:\n{made.stdout[-2000:]}")
            done.touch()
        return at

    def _program(self, name):
        source = self.folder / f"{name}.cpp"
        return self._compiled(source, lambda at: ["g++", "-O2", "-std=c++20", source, "-o", at / name, "-lpthread"]) / name

    def table_server(self, port, carts):
        """The command of the limit: the least a server can do with the stream."""
        return [self._program("bare_loop") if self.given else self.build / "table_server", port, carts]

    def forward_load(self):
        """The pre-encoded load generator; None: the project's own is used instead (`cartwheel load`)."""
        return self._program("forward_load") if self.given else None

    def erlang(self, carts, messages, mode):
        """The command, and the folder to run it in; None where Erlang is not installed."""
        if not which("erlc") or not which("erl"):
            return None
        source = (self.folder if self.given else ROOT / "bench/peers") / ("cart_peer.erl" if self.given else "cart_process.erl")
        at = self._compiled(source, lambda at: ["erlc", "-o", at, source])
        return ["erl", "+P", "20000000", "-noshell", "-s", source.stem, "main", carts, messages, mode], at
