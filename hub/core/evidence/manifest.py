"""One day of the log in one object: for each agency and direction the last number given, and how many were given.

The rule: a day is one of Vietnam. When it has ended and evidence was made in it, one manifest is written (leaf kind
0x04): it covers the leaves from `start`, where the manifest before ended, up to `end`, where the first leaf of a later
day stands. Both are sizes of signed checkpoints, for all leaves of a batch have one time. So the manifests divide the
log without a gap, each names the digest of the one before, and a party that holds one of them and its own evidence can
see whether it has all of a day without reading anybody else's.

Days without evidence have no manifest: their other leaves are counted to the next one's range.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec

from hub.core import canonical
from hub.core.canonical import Count
from hub.core.errors import ProofInvalid
from hub.core.evidence.format import Sequence
from hub.core.leaf_object import LeafObject
from hub.core.model import VIETNAM, Millis

_DIGEST: Final = re.compile(r"sha-256:[0-9a-f]{64}")
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")
_ONE_DAY: Final = timedelta(days=1)

Counts = dict[tuple[str, str], tuple[int, int]]
"""(agency, direction) → (last number, how many)."""


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"direction": "dir"}):
    """`n` is the last number of the day, `count` how many were given: the first is n - count + 1."""

    agency: Annotated[str, msgspec.Meta(min_length=1)]
    direction: Literal["in", "out"]
    n: Count
    count: Count


class Manifest(
    LeafObject, frozen=True, kw_only=True, omit_defaults=True, rename={"nonce": "x-nonce", "previous": "prev"}
):
    """`day`: 2026-11-22; `start`, `end`: sizes of the log; `agencies`: by agency and direction; `previous`: digest of
    the manifest before, "" for the first."""

    type: Literal["manifest"]
    day: str
    origin: Annotated[str, msgspec.Meta(min_length=1)]
    start: Count
    end: Count
    agencies: tuple[Line, ...]
    previous: str = ""


class _Numbered(msgspec.Struct):
    sequence: Sequence | None = msgspec.field(name="x-seq", default=None)


_decoder: Final = msgspec.json.Decoder(Manifest)
_numbered: Final = msgspec.json.Decoder(_Numbered)


def encode(manifest: Manifest) -> bytes:
    """The canonical bytes. ProofInvalid if a rule of this module is broken."""
    _check(manifest)
    return canonical.encode(manifest)


def decode(data: bytes) -> Manifest:
    """Inverse of `encode`, strict."""
    manifest = canonical.decode(data, _decoder, "a manifest")
    _check(manifest)
    return manifest


def _check(manifest: Manifest) -> None:
    keys = [(line.agency, line.direction) for line in manifest.agencies]
    _need(bool(keys) and keys == sorted(set(keys)), "agencies by code and direction, each once", "another order")
    _need(all(0 < line.count <= line.n for line in manifest.agencies), "counts from 1 to n", "others")
    _need(manifest.start < manifest.end, f"an end above {manifest.start}", str(manifest.end))
    _need(_NONCE.fullmatch(manifest.nonce), "16 bytes in base64url", manifest.nonce)
    _need(not manifest.previous or _DIGEST.fullmatch(manifest.previous), "sha-256:…", manifest.previous)
    try:
        exact = date.fromisoformat(manifest.day).isoformat() == manifest.day
    except ValueError:
        exact = False
    _need(exact, "a day as 2026-11-22", manifest.day)


def _need(holds: object, expected: str, found: str) -> None:
    if not holds:
        raise ProofInvalid(expected=expected, found=found[:80])


def sequence_of(evidence: bytes) -> Sequence | None:
    """The number of an evidence of our own log, read without checking the rest."""
    return _numbered.decode(evidence).sequence


def add(counts: Counts, sequence: Sequence) -> None:
    """Count one evidence to its agency and direction."""
    key = (sequence.agency, sequence.direction)
    counts[key] = (sequence.n, counts.get(key, (0, 0))[1] + 1)


def lines(counts: Mapping[tuple[str, str], tuple[int, int]]) -> tuple[Line, ...]:
    """In the order of a manifest."""
    return tuple(
        Line(agency, direction, n, count)  # type: ignore[arg-type]
        for (agency, direction), (n, count) in sorted(counts.items())
    )


def day_ends(day: date) -> Millis:
    """The first millisecond that is no longer of this day in Vietnam."""
    return Millis(int(datetime.combine(day + _ONE_DAY, datetime.min.time(), VIETNAM).timestamp()) * 1000)


def differences(expected: Iterable[Line], found: Iterable[Line]) -> list[tuple[str, str, str]]:
    """(agency and direction, expected, found) of each line that is not the same on both sides."""
    left = {(line.agency, line.direction): line for line in expected}
    right = {(line.agency, line.direction): line for line in found}
    return [
        (" ".join(key), _text(left.get(key)), _text(right.get(key)))
        for key in sorted(left.keys() | right.keys())
        if left.get(key) != right.get(key)
    ]


def _text(line: Line | None) -> str:
    return f"n {line.n}, count {line.count}" if line else "none"
