"""The log on disk as docs/journal-format.md describes it, read and harmed from outside; shares no code with Cartwheel."""

import struct
from dataclasses import dataclass
from pathlib import Path

PAGE = 4096
RECORD_HEAD = 56
KINDS = ("events", "tick", "configuration", "decisions", "intents", "outcomes", "own_events", "failures")

_table = []
for _n in range(256):
    for _ in range(8):
        _n = _n >> 1 ^ (0x82F63B78 if _n & 1 else 0)
    _table.append(_n)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


@dataclass
class Record:
    offset: int
    end: int  # offset behind it, zeros up to a multiple of 8 included
    position: int
    group: int
    durable_below: int
    received: int
    kind: str
    closes: bool
    payload: bytes


def segments(data_dir):
    """The log's files, the oldest first."""
    return sorted((Path(data_dir) / "journal").glob("*.segment"))


def snapshots(data_dir):
    """Names of whole snapshots, the oldest first: files of one begin with its name."""
    return sorted(p.name.removesuffix(".gateway") for p in (Path(data_dir) / "snapshots").glob("*.gateway"))


def records(segment, begin=None, sums=True):
    """Every whole record of a segment, in order, up to the first that is not as it should be. `begin`: (offset, position)
    of the first one. Without `sums` (they take Python a microsecond for ten bytes) only that of the last one is checked:
    what a server writes, it writes in order."""
    found = []
    with open(segment, "rb") as file:
        page = file.read(PAGE)
        mark, position = struct.unpack_from("<QQ", page, 16)
        offset, position = begin or (PAGE, position)
        sound = True
        while sound:
            file.seek(offset)
            head = file.read(RECORD_HEAD)
            if len(head) < RECORD_HEAD or struct.unpack_from("<Q", head)[0] != mark:
                break
            crc, length, at, group, durable, received, kind, _, flags = struct.unpack_from("<IIQQQqBBB", head, 8)
            payload = file.read(length)
            sound = at == position and not (sums and crc != crc32c(head[12:] + payload))
            if sound:
                end = offset + -(-(RECORD_HEAD + length) // 8) * 8
                found.append(Record(offset, end, at, group, durable, received, KINDS[kind], flags == 1, payload))
                last = crc, head[12:] + payload
                offset, position = end, position + 1
    if found and not sums and last[0] != crc32c(last[1]):
        found.pop()
    return found


class Follower:
    """Reads a log on while a server writes it; gives what stands in whole groups, once."""

    def __init__(self, data_dir):
        self.data_dir = data_dir
        self._at = {}  # segment: (offset, position) of what comes next

    def more(self):
        found = []
        for segment in segments(self.data_dir):
            begun = self._at.get(segment)
            group = []
            for record in records(segment, begun, sums=False):
                group.append(record)
                if record.closes:
                    found += group
                    group = []
                    self._at[segment] = record.end, record.position + 1
        return found


# In the order of their numbers (actors/campaign/reason.hpp, actors/event/event.hpp, actors/shard/notice.hpp).
CHANNELS = ("email", "whatsapp", "onsite")
OUTCOMES = ("sent", "refused", "ended")
REASONS = ("ordered_other_cart", "expired_ttl", "no_address", "consent_withdrawn", "no_consent", "cap_cart", "cap_24h", "opt_in",
           "existing_customer", "template_error", "relay_rejected", "recalled_queue", "recalled_envelope", "recalled_content",
           "in_doubt", "time_ahead", "erased", "superseded", "shadow")
SETTLEMENTS = ("accepted", "in_doubt", "released", "offered", "not_sent", "put_off", "held", "resent", "let_go", "dropped")


class Fields:
    """What the node's own records say: numbers, texts and times one behind the other."""

    def __init__(self, payload, versions=(1,)):
        self.rest = payload
        self.version = self.byte()
        if self.version not in versions:
            raise AssertionError(f"a record of another version: {payload!r}")

    def take(self, length):
        taken, self.rest = self.rest[:length], self.rest[length:]
        return taken

    def byte(self):
        return self.take(1)[0]

    def number(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def time(self):
        value = self.number()
        return value >> 1 ^ -(value & 1)

    def text(self):
        return self.take(self.number()).decode()


def decisions(record):
    """Those of a record of decisions: (line as a replay writes it, key that outcomes name it by)."""
    fields, found = Fields(record.payload, versions=(1, 2)), []
    while fields.rest:
        tick, _, shop, cart, customer = fields.time(), fields.time(), fields.text(), fields.text(), fields.text()
        cycle, step = fields.number(), fields.byte()
        channel, outcome, reason = CHANNELS[fields.byte()], OUTCOMES[fields.byte()], REASONS[fields.byte()]
        fields.take(16)
        if fields.version >= 2 and fields.byte() == 1:
            fields.take(fields.number())  # what it rested on
        found.append(({"time": tick, "shop": shop, "cart_id": cart, "customer_id": customer or None, "step": step,
                       "channel": channel, "outcome": outcome, "reason": reason}, (tick, shop, cart, cycle, step)))
    return found


def settlements_with_reasons(record):
    """Those of a record of intents or outcomes: (how, reason, key). The reason says something where how is released."""
    fields, found = Fields(record.payload, versions=(1, 2, 3)), []
    while fields.rest:
        how, why = SETTLEMENTS[fields.byte()], REASONS[fields.byte()]
        tick, shop, cart = fields.time(), fields.text(), fields.text()
        fields.text()
        cycle, step = fields.number(), fields.byte()
        fields.take(16)
        if fields.version >= 2:
            fields.take(fields.number())  # the mail
        if fields.version >= 3:
            fields.byte()
        found.append((how, why, (tick, shop, cart, cycle, step)))
    return found


def settlements(record):
    """The same without reasons."""
    return [(how, key) for how, _, key in settlements_with_reasons(record)]


def overwrite(file, offset, data):
    with open(file, "r+b") as f:
        f.seek(offset)
        f.write(data)


def flip_bit(file, offset):
    with open(file, "r+b") as f:
        f.seek(offset)
        byte = f.read(1)[0]
        f.seek(offset)
        f.write(bytes([byte ^ 0x10]))


def set_byte(segment, record, offset, value):
    """Changes one byte of a record (RECORD_HEAD is the first of its payload) as if it had been written so."""
    with open(segment, "r+b") as f:
        f.seek(record.offset)
        data = bytearray(f.read(RECORD_HEAD + len(record.payload)))
        data[offset] = value
        struct.pack_into("<I", data, 8, crc32c(data[12:]))
        f.seek(record.offset)
        f.write(data)


def set_format(segment, version):
    """Makes a segment look like one of another version: a sound page with another number."""
    with open(segment, "r+b") as f:
        page = bytearray(f.read(PAGE))
        struct.pack_into("<I", page, 8, version)
        struct.pack_into("<I", page, 12, crc32c(page[:12] + page[16:]))
        f.seek(0)
        f.write(page)
