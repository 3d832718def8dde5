"""Maintenance of the axis, as the log tells it: statements of kind 0x06, which anyone may read.

    it began            `since`, without `until`; once more where the expected end or the reason became another
    it is over          the same `since`, with `until`

The rule for deadlines is that of `pauses`: when it is over, each delivery that waits ends later by its length, and not
within `minimum` of its end. The axis takes no message meanwhile, so nothing is placed that the length would not be of.
Absences within it (the hub is down for its upgrade) are part of it, and are not stated once more.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from hub.core import canonical
from hub.core.canonical import Count
from hub.core.errors import ProofInvalid
from hub.core.model import from_iso_utc

TYPE: Final = "maintenance"
EVENT: Final = "Maintenance"


class Maintenance(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="version",
    tag="1",
    rename={"nonce": "x-nonce"},
):
    """`by`: role and name of whoever ordered it. `expected`: when it should be over, empty where nobody said. `until`:
    empty as long as it lasts. `minimum`: ms from its end within which nothing that waited ends."""

    type: Literal["maintenance"]
    since: str
    by: str
    minimum: Count
    nonce: str
    expected: str = ""
    until: str = ""
    reason: str = ""


_decoder: Final = msgspec.json.Decoder(Maintenance)


class _Kind(msgspec.Struct):
    type: str = ""


_kind: Final = msgspec.json.Decoder(_Kind)


def encode(said: Maintenance) -> bytes:
    return canonical.encode(said)


def decode(data: bytes) -> Maintenance:
    """ProofInvalid for any other bytes, and for one that is over before it began."""
    said = canonical.decode(data, _decoder, "a maintenance")
    try:
        since, *others = (from_iso_utc(time) for time in (said.since, said.until, said.expected) if time)
    except ValueError as error:
        raise ProofInvalid(expected="UTC times with milliseconds", found=str(error)) from None
    if said.until and others[0] < since:
        raise ProofInvalid(expected="a maintenance that is over after it began", found=data.decode()[:200])
    return said


def is_one(data: bytes) -> bool:
    """Whether a statement says that it is of this type."""
    try:
        return _kind.decode(data).type == TYPE
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return False
