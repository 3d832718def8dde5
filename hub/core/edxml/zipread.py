"""A zip archive, read within bounds fixed before reading: names of its entries, and one entry's bytes.

The rules: no more entries are looked at than the caller asks for, no more bytes are inflated than the
caller allows, nothing is believed twice (sizes and CRC are compared with the output), and every fault of
the archive is one exception, BadZip. Only "stored" and "deflated"; no encryption, no zip64, no
multi-volume. A general library reads the whole central directory before it can say anything, and 30 MB hold
half a million entries of nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

_END: Final = struct.Struct("<4s4H2LH")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_MARK: Final = b"PK\x01\x02"
_UNICODE_NAME: Final = 0x7075
_LONGEST_COMMENT: Final = 0xFFFF
_LOOKED_AT: Final = 1024
_ENCRYPTED: Final = 0x0001 | 0x0040 | 0x2000
STORED: Final = 0
DEFLATED: Final = 8


class BadZip(ValueError):
    """The bytes are not a zip archive that can be read here; says why."""


class Entry(NamedTuple):
    """One line of the central directory. `packed`, `size` in bytes; `offset` of its local header."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def entries(data: bytes, most: int) -> tuple[int, list[Entry]]:
    """How many entries the archive claims, and the first `most` of them. BadZip."""
    start = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - _LONGEST_COMMENT))
    if start < 0 or start + _END.size > len(data):
        raise BadZip("no end record")
    _, disk, _, _, count, size, offset, _ = _END.unpack_from(data, start)
    if disk or count == 0xFFFF or offset + size > start:
        raise BadZip("end record")
    return count, list(_directory(data[offset : offset + size], min(count, most)))


def _directory(table: bytes, count: int) -> Iterator[Entry]:
    at = 0
    for _ in range(count):
        if at + _CENTRAL.size > len(table):
            raise BadZip("central directory cut short")
        head = _CENTRAL.unpack_from(table, at)
        if head[0] != b"PK\x01\x02":
            raise BadZip("central directory")
        name_at = at + _CENTRAL.size
        name = table[name_at : name_at + head[10]].decode("utf-8" if head[3] & 0x0800 else "cp437", "replace")
        yield Entry(name, head[3], head[4], head[7], head[8], head[9], head[16])
        at = name_at + head[10] + head[11] + head[12]


def names(data: bytes, most: int) -> Iterator[str]:
    """Every name in the archive's directory as any program might read it, of `most` entries at most: by the header's
    own word, as UTF-8, in Windows' Vietnamese, and from the field for Unicode. Looked for by the mark of an entry, so
    that no end record, no count and no comment hides one; nothing here raises."""
    at = data.find(_MARK)
    while at >= 0 and most > 0:
        most -= 1
        if at + _CENTRAL.size <= len(data):
            head = _CENTRAL.unpack_from(data, at)
            start = at + _CENTRAL.size
            raw, extra = data[start : start + head[10]], data[start + head[10] : start + head[10] + head[11]]
            yield from dict.fromkeys(_readings(raw, extra))
        at = data.find(_MARK, at + 4)


def _readings(raw: bytes, extra: bytes) -> Iterator[str]:
    if raw.isascii():
        yield raw.decode("ascii")
    else:
        yield from (raw.decode(encoding, "ignore") for encoding in ("utf-8", "cp1258", "cp437"))
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<2H", extra)
        if kind == _UNICODE_NAME:
            yield extra[9 : 4 + size].decode("utf-8", "ignore")
        extra = extra[4 + size :]


def packs_more(data: bytes) -> bool:
    """Whether the archive's end says that there are more entries than one, or more than is read here."""
    end = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - _LONGEST_COMMENT))
    return end >= 0 and end + _END.size <= len(data) and _END.unpack_from(data, end)[4] > 1


def begins(data: bytes, entry: Entry) -> bytes:
    """The entry's first bytes; none where they cannot be read."""
    try:
        packed = _packed(data, entry)[:_LOOKED_AT]
        return packed if entry.method == STORED else zlib.decompressobj(-15).decompress(packed, 4)[:4]
    except (BadZip, zlib.error):
        return b""


def extract(data: bytes, entry: Entry, cap: int) -> bytes:
    """The entry's bytes, at most `cap` of them ever in memory. BadZip where it is larger, damaged or
    encrypted."""
    if entry.size > cap:
        raise BadZip(f"{entry.size} bytes when unpacked, at most {cap}")
    if entry.flags & _ENCRYPTED:
        raise BadZip("encrypted")
    packed = _packed(data, entry)
    content = packed if entry.method == STORED else _inflate(packed, entry)
    if len(content) != entry.size or zlib.crc32(content) != entry.crc:
        raise BadZip("size or CRC differ from what the archive states")
    return content


def _packed(data: bytes, entry: Entry) -> bytes:
    if entry.offset + _LOCAL.size > len(data):
        raise BadZip("local header")
    head = _LOCAL.unpack_from(data, entry.offset)
    if head[0] != b"PK\x03\x04" or head[3] != entry.method:
        raise BadZip("local header")
    start = entry.offset + _LOCAL.size + head[9] + head[10]
    return data[start : start + entry.packed]


def _inflate(packed: bytes, entry: Entry) -> bytes:
    if entry.method != DEFLATED:
        raise BadZip(f"compression method {entry.method}")
    inflater = zlib.decompressobj(-15)
    try:
        content = inflater.decompress(packed, entry.size + 1)
    except zlib.error as error:
        raise BadZip(str(error)) from None
    if not inflater.eof and len(content) <= entry.size:
        raise BadZip("compressed data cut short")
    return content
