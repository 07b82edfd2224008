"""Fluent Forward by hand, for what a well-behaved client never sends: a minimal writer of msgpack, and a socket."""

import socket
import struct

from processes import PATIENCE, now_ms

TAG = "cartwheel.events"


def msgpack(value):
    """None, bool, int, float, str, bytes (as bin), list, dict, or a list of pairs wrapped in Pairs."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if 0 <= value < 0x80:
            return bytes([value])
        if -32 <= value < 0:
            return bytes([0x100 + value])
        return (b"\xcf" + value.to_bytes(8, "big")) if value >= 0 else (b"\xd3" + value.to_bytes(8, "big", signed=True))
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode()
        return (bytes([0xa0 | len(data)]) if len(data) < 32 else b"\xdb" + len(data).to_bytes(4, "big")) + data
    if isinstance(value, bytes):
        return b"\xc6" + len(value).to_bytes(4, "big") + value
    if isinstance(value, Raw):
        return value.data
    if isinstance(value, (list, tuple)):
        return _head(0x90, 0xdd, len(value)) + b"".join(map(msgpack, value))
    pairs = value.pairs if isinstance(value, Pairs) else list(value.items())
    return _head(0x80, 0xdf, len(pairs)) + b"".join(msgpack(k) + msgpack(v) for k, v in pairs)


def _head(fix, wide, n):
    return bytes([fix | n]) if n < 16 else bytes([wide]) + n.to_bytes(4, "big")


class Raw:
    def __init__(self, data):
        self.data = data


class Pairs:
    """A map as a list of pairs, so that a key can come twice."""

    def __init__(self, *pairs):
        self.pairs = pairs


def event_time(ms):
    return Raw(b"\xd7\x00" + (ms // 1000).to_bytes(4, "big") + (ms % 1000 * 1_000_000).to_bytes(4, "big"))


def packed_chunk(entries, chunk_id, tag=TAG):
    """A PackedForward message; `entries` are msgpack bytes, one after the other."""
    return msgpack([tag, entries, {"chunk": chunk_id}])


def entry(event, ms=None):
    return msgpack([event_time(now_ms() if ms is None else ms), event])


class ForwardSocket:
    """A Forward connection by hand: bytes out, acks in."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20 * PATIENCE)
        self.received = b""

    def send(self, data):
        self.socket.sendall(data)

    def wait_for_ack(self, chunk_id):
        """Reads until the ack of this chunk has come; false when the server closed instead."""
        wanted = msgpack({"ack": chunk_id})
        while wanted not in self.received:
            data = self.socket.recv(65536)
            if not data:
                return False
            self.received += data
        return True

    def deliver(self, events, chunk_id):
        """One chunk, and its ack."""
        self.send(packed_chunk(b"".join(entry(e, e["time"]) for e in events), chunk_id))
        self.received = b""
        if not self.wait_for_ack(chunk_id):
            raise AssertionError(f"the server closed instead of acknowledging {chunk_id}")

    def closed_by_server(self):
        """True when the server ends the connection (acks that still come are kept)."""
        try:
            while data := self.socket.recv(65536):
                self.received += data
            return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.socket.close()
