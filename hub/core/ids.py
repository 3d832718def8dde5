"""Identifiers that tell where their row is.

A message and an evidence are named by a UUID of version 8 (RFC 9562 §5.8): 48 bits of Unix milliseconds, so that they
sort by time, 12 + 22 bits of salt, so that two hubs never agree, and 40 bits of the row's number, so that the hub
finds the row without an index that grows at random places. Knowing an identifier gives no access to its object.
"""

from __future__ import annotations

import re
from uuid import UUID

from hub.core.model import Millis

_NUMBER_BITS = 40
_MAX_NUMBER = (1 << _NUMBER_BITS) - 1
_OURS = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def make_id(at: Millis, number: int, salt: bytes) -> str:
    """`urn:uuid:…` for row `number` (0 ≤ number < 2**40) made at `at`; `salt` is at least five random bytes."""
    if not 0 <= number <= _MAX_NUMBER:
        raise ValueError(f"row number out of range: {number}")
    random = int.from_bytes(salt[:5], "big")
    value = (
        (at & ((1 << 48) - 1)) << 80
        | 0x8 << 76
        | (random & 0xFFF) << 64
        | 0b10 << 62
        | (random >> 12 & 0x3FFFFF) << _NUMBER_BITS
        | number
    )
    h = f"{value:032x}"
    return f"urn:uuid:{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def number_of(identifier: str) -> int:
    """The row number inside an identifier, with or without `urn:uuid:`. ValueError when it is not one of ours.

    The caller still compares the row's own identifier: a number alone proves nothing.
    """
    if _OURS.fullmatch(identifier):
        return int(identifier[-_NUMBER_BITS // 4 :], 16)
    value = UUID(identifier.removeprefix("urn:uuid:"))
    if value.version != 8:
        raise ValueError("not an identifier of this hub")
    return value.int & _MAX_NUMBER


def number_or_0(identifier: str) -> int:
    """The same; 0, which no message has, where it is none of ours."""
    try:
        return number_of(identifier)
    except ValueError:
        return 0
