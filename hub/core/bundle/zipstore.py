"""A ZIP archive that has exactly one spelling: the same members, the same bytes, from any writer.

The rule: members are stored as they are (no compression), in the order given, with ASCII names, one fixed date, mode
0644, no comment, no extra field, no zip64; the central directory repeats the local headers, and nothing else stands in
the file. Every ZIP program reads it. `read` walks the local headers and compares each byte that is not content with the
one that `write` would have written. So no byte goes uncompared: no second directory that another program believes, no
member twice, nothing before, between or behind, and no bomb, for nothing is ever inflated.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from hub.core.errors import ProofInvalid

MOST_MEMBERS: Final = 60_000
MOST_BYTES: Final = 1 << 30
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_VERSION: Final = 10
_BY_UNIX: Final = 3 << 8 | 20
_MODE: Final = 0o100644 << 16
_TIME, _DATE = 0, 0x21  # midnight of 1980-01-01, the first that the format knows


def write(members: Iterable[tuple[str, bytes]]) -> bytes:
    """The archive. ValueError for names that are not ASCII or come twice, or for more than the format holds."""
    return b"".join(pieces(members))


def pieces(members: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """The archive as `write` makes it, a piece at a time. ValueError when it turns out to be none."""
    entries: dict[bytes, tuple[int, int, int]] = {}
    offset = 0
    for name, data in members:
        key = name.encode("ascii")
        if key in entries or not 0 < len(key) < 256:
            raise ValueError(f"a member named {name!r}")
        crc = zlib.crc32(data)
        entries[key] = (crc, len(data), offset)
        yield _local(key, crc, len(data))
        yield data
        offset += _LOCAL.size + len(key) + len(data)
    tail = _tail(entries, offset)
    if len(entries) > MOST_MEMBERS or offset + len(tail) > MOST_BYTES:
        raise ValueError(f"{len(entries)} members, {offset} bytes")
    yield tail


def read(data: bytes, limit: Callable[[str], int | None]) -> dict[str, bytes]:
    """Its members in their order. `limit`: how large a member of that name may be, None for a name that is not known.

    ProofInvalid unless `write` makes exactly `data` of them.
    """
    if len(data) > MOST_BYTES:
        raise ProofInvalid(expected=f"at most {MOST_BYTES} bytes", found=f"{len(data)}")
    members: dict[str, bytes] = {}
    entries: dict[bytes, tuple[int, int, int]] = {}
    at = 0
    while data[at : at + 4] == b"PK\x03\x04":
        key, crc, size, start = _header(data, at)
        if key in entries or len(entries) == MOST_MEMBERS:
            raise ProofInvalid(expected="each member once", found=repr(key)[:80])
        name = key.decode("ascii")
        most = limit(name)
        if most is None or size > most:
            raise ProofInvalid(expected="members of known names and sizes", found=f"{name!r}, {size} bytes"[:120])
        content = data[start : start + size]
        if len(content) != size or zlib.crc32(content) != crc:
            raise ProofInvalid(expected=f"{name!r}, whole", found="another size or checksum")
        entries[key] = (crc, size, at)
        members[name] = content
        at = start + size
    if data[at:] != _tail(entries, at):
        raise ProofInvalid(expected="a ZIP archive in its only form", found=f"other bytes at {at} or after")
    return members


def _header(data: bytes, at: int) -> tuple[bytes, int, int, int]:
    """Name, checksum, size and begin of the content, of a local header that is exactly as `write` writes it."""
    if at + _LOCAL.size > len(data):
        raise ProofInvalid(expected="a whole header", found="the end of the file")
    fields = _LOCAL.unpack_from(data, at)
    crc, size, length = fields[6], fields[8], fields[9]
    start = at + _LOCAL.size + length
    key = data[at + _LOCAL.size : start]
    if len(key) != length or not key.isascii() or data[at:start] != _local(key, crc, size):
        raise ProofInvalid(expected="a member stored plainly", found=f"another header at {at}")
    return key, crc, size, start


def _local(key: bytes, crc: int, size: int) -> bytes:
    return _LOCAL.pack(b"PK\x03\x04", _VERSION, 0, 0, _TIME, _DATE, crc, size, size, len(key), 0) + key


def _tail(entries: dict[bytes, tuple[int, int, int]], start: int) -> bytes:
    """Central directory and end record."""
    directory = b"".join(
        _CENTRAL.pack(
            b"PK\x01\x02", _BY_UNIX, _VERSION, 0, 0, _TIME, _DATE, crc, size, size, len(key), 0, 0, 0, 0, _MODE, offset
        )
        + key
        for key, (crc, size, offset) in entries.items()
    )
    count = len(entries)
    return directory + _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)
