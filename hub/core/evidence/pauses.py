"""Times that count against no recipient, as the log tells them: statements of kind 0x06, which anyone may read.

    the axis was away      from its last sign of life to its next: deadlines of everything that waits stood still
    somebody was locked out   from one statement, without `until`, to a second one: deadlines of deliveries to it alone

The rule, for each delivery that waits when a statement with `until` is made, of that agency or of all: it ends later by
the length of the pause, and not within `minimum` of its end. So a reader of the log can tell by when a delivery may
have ended; a hub that puts off for longer than its pauses has nothing to show for it, and none can end anything before.

Locked out is an agency that is suspended, where its centre may not read for it meanwhile, and one without a centre
whose certificates were all withdrawn. A certificate that expired is not among it: its agency sees that coming and can
renew it.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from hub.core import canonical
from hub.core.canonical import Count
from hub.core.errors import ProofInvalid
from hub.core.leaf_object import LeafObject, type_of
from hub.core.model import Agency, Millis, from_iso_utc

TYPE: Final = "pause"
EVENT: Final = "Pause"
ABSENT: Final = "ABSENT"
SUSPENDED: Final = "SUSPENDED"
NO_CERTIFICATE: Final = "NO_CERTIFICATE"


class Pause(LeafObject, frozen=True, kw_only=True, omit_defaults=True):
    """`agency`: empty for all. `until`: empty as long as it lasts. `minimum`: ms from its end within which nothing that
    waited ends."""

    type: Literal["pause"]
    why: Literal["ABSENT", "SUSPENDED", "NO_CERTIFICATE"]
    since: str
    minimum: Count
    until: str = ""
    agency: str = ""


_decoder: Final = msgspec.json.Decoder(Pause)


def encode(pause: Pause) -> bytes:
    return canonical.encode(pause)


def decode(data: bytes) -> Pause:
    """ProofInvalid for any other bytes, and for one that ends before it begins."""
    pause = canonical.decode(data, _decoder, "a pause")
    try:
        since, until = from_iso_utc(pause.since), from_iso_utc(pause.until) if pause.until else None
    except ValueError as error:
        raise ProofInvalid(expected="UTC times with milliseconds", found=str(error)) from None
    if (until is not None and until < since) or (not pause.agency and (until is None or pause.why != ABSENT)):
        raise ProofInvalid(expected="a pause of the axis with its end, or of one agency", found=data.decode()[:200])
    return pause


def is_one(data: bytes) -> bool:
    """Whether a statement says that it is of this type."""
    return type_of(data) == TYPE


def put_off(ends: Millis, length: int, not_before: Millis) -> Millis:
    """The rule above, for one delivery."""
    return Millis(max(ends + length, not_before))


def locked_out(agency: Agency, *, centre_reads: bool) -> str:
    """Why this agency cannot come in through no doing of its own; empty where it can. `centre_reads`: for a suspended
    agency."""
    if agency.suspended:
        return "" if agency.centre and centre_reads else SUSPENDED
    withdrawn = agency.certificates and all(c.withdrawn is not None for c in agency.certificates)
    return NO_CERTIFICATE if withdrawn and not agency.centre else ""
