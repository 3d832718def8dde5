"""Names of tiles and the form of entry bundles, as C2SP tlog-tiles has them.

The rule: `tile/<L>/<N>[.p/<W>]` for hashes, `tile/entries/<N>[.p/<W>]` for entries; N in groups of three
digits, all but the last with an `x` before them (1234067 → `x001/x234/067`); W, 1 to 255, only where the tile
is not full. A bundle is a sequence of entries, each with its length before it in two bytes, big end first.

One name for each tile: each name that `parse_tile_path` accepts, `tile_path` writes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from hub.core.errors import ProofInvalid
from hub.core.log.merkle import TILE_WIDTH
from hub.core.strict import decode_decimal

MAX_LEVEL: Final = 7
"""8 levels of 256 are more than 2**63 leaves."""

MAX_TILE: Final = 2**55
"""Number of the last level-0 tile of a log of 2**63 leaves."""

MAX_ENTRY: Final = 0xFFFF

ENTRIES: Final = -1
"""The level by which this module names an entry bundle."""


class TileRef(NamedTuple):
    """`level` is 0..7, or ENTRIES; `width` is 1..256 hashes or entries."""

    level: int
    n: int
    width: int


def tile_path(level: int, n: int, width: int = TILE_WIDTH) -> str:
    """`tile/0/x001/x234/067.p/112`; `level` may be ENTRIES. ValueError outside the ranges of TileRef."""
    if not (ENTRIES <= level <= MAX_LEVEL and 0 <= n <= MAX_TILE and 1 <= width <= TILE_WIDTH):
        raise ValueError(f"no such tile: level {level}, number {n}, width {width}")
    groups = [f"{n % 1000:03d}"]
    while n := n // 1000:
        groups.append(f"x{n % 1000:03d}")
    name = "entries" if level == ENTRIES else str(level)
    partial = f".p/{width}" if width < TILE_WIDTH else ""
    return f"tile/{name}/{'/'.join(reversed(groups))}{partial}"


def entries_path(n: int, width: int = TILE_WIDTH) -> str:
    return tile_path(ENTRIES, n, width)


def parse_tile_path(path: str) -> TileRef:
    """Inverse of `tile_path`. ProofInvalid for any other text."""
    head, _, rest = path.partition("/")
    name, _, rest = rest.partition("/")
    number, partial, width_text = rest.partition(".p/")
    if head != "tile" or len(path) > 64:
        raise ProofInvalid(expected="tile/<level>/<number>[.p/<width>]", found=path[:80])
    level = ENTRIES if name == "entries" else decode_decimal(name, "tile level", MAX_LEVEL)
    width = decode_decimal(width_text, "tile width", TILE_WIDTH - 1) if partial else TILE_WIDTH
    digits = number.replace("/", "").replace("x", "")
    n = int(digits) if digits.isascii() and digits.isdecimal() else MAX_TILE + 1
    if not width or n > MAX_TILE or tile_path(level, n, width) != path:
        raise ProofInvalid(expected="tile/<level>/<number>[.p/<width>]", found=path[:80])
    return TileRef(level, n, width)


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """1 to 256 entries of at most 65535 bytes as one bundle. ValueError otherwise."""
    if not 1 <= len(entries) <= TILE_WIDTH or any(len(e) > MAX_ENTRY for e in entries):
        raise ValueError("a bundle holds 1 to 256 entries of at most 65535 bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_entries(data: bytes, count: int) -> list[bytes]:
    """The `count` entries of a bundle; ProofInvalid unless there are exactly so many and nothing else."""
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < count:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise ProofInvalid(expected="a whole entry", found=f"the bundle ends at byte {len(data)}")
        entries.append(data[at + 2 : end])
        at = end
    if len(entries) != count or at != len(data):
        raise ProofInvalid(
            expected=f"a bundle of exactly {count} entries",
            found=f"{len(entries)} and {len(data) - at} bytes",
        )
    return entries
