"""The load generators: what they are started with, and what they say."""

import re
from dataclasses import dataclass

from .programs import Failed, Watched

CONNECTIONS, CHUNK_EVENTS, WINDOW = 4, 500, 16  # as in the published runs of forward_load


@dataclass
class Sent:
    events: int
    seconds: float     # from the first byte to the last acknowledgement
    ended_at: float    # time.monotonic() when the last acknowledgement had come
    p50_ms: float
    p99_ms: float
    p999_ms: float     # None where the generator does not tell
    bytes_per_event: float

    @property
    def events_per_s(self):
        return self.events / self.seconds


def _numbers(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise Failed(f"a load generator said something else than expected:\n{text}")
    return [float(x.replace(",", "")) for x in found.groups()]


def send(session, port, events, carts, number):
    """Events to `carts` carts as fast as they are acknowledged; `number` from 1 tells the runs against one server apart, so
    that none is a redelivery."""
    program = session.peers.forward_load()
    if program is None:
        # One seed, so that a later run meets the same carts; each process numbers its events anew.
        return paced(session, port, events, carts, rate=0)
    w = Watched([program, "127.0.0.1", port, events, carts, CONNECTIONS, CHUNK_EVENTS, WINDOW, number])
    said = w.finish()
    acked, size, seconds, p50, p99 = _numbers(
        r"acked_events=(\d+) .*bytes_per_event=(\d+) seconds=([\d.]+) ack_ms p50=([\d.]+) p99=([\d.]+)", said)
    return Sent(int(acked), seconds, w.last_line_at, p50, p99, None, size)


def paced_command(session, port, events, carts, rate):
    return [session.build / "cartwheel", "load", "--to", f"127.0.0.1:{port}", "--events", events, "--carts", carts,
            "--connections", CONNECTIONS, "--chunk-events", CHUNK_EVENTS, "--window", WINDOW,
            *(["--rate", f"{rate:.0f}"] if rate else [])]


def paced(session, port, events, carts, rate):
    """`cartwheel load` at so many events a second in all; 0: as fast as they are acknowledged."""
    w = Watched(paced_command(session, port, events, carts, rate))
    return read_paced(w.finish(), w.last_line_at)


def mixed_command(session, port, events, carts, mix, rate=0, opened=False, brief=False):
    """`mix`: {event: share}; `opened`: the carts are open, none is opened first; `brief`: additions say as much as
    forward_load's do, without currency and name."""
    return [session.build / "steady_load", "--to", f"127.0.0.1:{port}", "--events", events, "--carts", carts, "--mix",
            ",".join(f"{name}={share}" for name, share in mix.items()), "--connections", CONNECTIONS,
            "--chunk-events", CHUNK_EVENTS, "--window", WINDOW, *(["--rate", f"{rate:.0f}"] if rate else []), *(["--opened"] if opened else []), *(["--brief"] if brief else [])]


def mixed(*args, **options):
    w = Watched(mixed_command(*args, **options))
    return read_paced(w.finish(), w.last_line_at)


def read_paced(said, ended_at):
    acked, _, seconds = _numbers(r"acknowledged\s+([\d,]+) of ([\d,]+) events in ([\d.]+) s", said)
    size, = _numbers(r"size\s+(\d+) bytes/event", said)
    p50, p99, p999 = _numbers(r"ack\s+p50 ([\d.]+) ms\s+p99 ([\d.]+) ms\s+p99\.9 ([\d.]+) ms", said)
    return Sent(int(acked), seconds, ended_at, p50, p99, p999, size)
