"""The messages on the channel between a front and the hub, each a record with a tag.

`id` ties an answer to its question. Acts and rows are the records that they are everywhere; an error crosses as
its record (`core.error_records`). Both sides are of one release, started
together, so nothing here is for ever.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from hub.auditing import LookAt
from hub.base.config import Settings
from hub.base.metrics import Sample
from hub.core.error_records import ErrorRecord, error_of, record_of
from hub.core.errors import Refusal
from hub.core.model import Agency, DeliveryState
from hub.core.timekeeping import Doubt
from hub.delivery.mailboxes import Leased
from hub.record.acts.delivery import Acknowledge, Acknowledged
from hub.record.acts.document import AcceptDocument
from hub.record.acts.incoming import Accepted
from hub.record.acts.refusal import RecordRefusal
from hub.record.acts.status import AcceptStatus
from hub.record.sequencer import Sealed
from hub.store import DeliveryRow, MaintenanceRow

FrontAct = AcceptDocument | AcceptStatus | Acknowledge | RecordRefusal | LookAt
"""The acts that a front may ask the hub to record."""


# front → hub


class Record(msgspec.Struct, frozen=True, array_like=True, tag="record"):
    """Run an act in the next batch."""

    id: int
    lane: int
    act: FrontAct


class Fetch(msgspec.Struct, frozen=True, array_like=True, tag="fetch"):
    """`inherited`: the mailboxes that are looked into with it."""

    id: int
    agency: str
    limit: int
    wait: float
    content_bytes: int
    inherited: tuple[str, ...]


class Hold(msgspec.Struct, frozen=True, array_like=True, tag="hold"):
    """Its bytes are about to be sent; given up when they were."""

    id: int
    row: DeliveryRow


class GiveUp(msgspec.Struct, frozen=True, array_like=True, tag="give-up"):
    """The caller has gone, or has sent the documents that it held."""

    id: int


class GiveBack(msgspec.Struct, frozen=True, array_like=True, tag="give-back"):
    """The fetched documents went to nobody."""

    leased: list[Leased]


class Ready(msgspec.Struct, frozen=True, array_like=True, tag="ready"):
    """It listens."""


class Figures(msgspec.Struct, frozen=True, array_like=True, tag="figures"):
    """The front's metrics as they stand."""

    samples: list[Sample]


# hub → front


class Welcome(msgspec.Struct, frozen=True, array_like=True, tag="welcome"):
    """The first frame: everything that a front has to know. `inner`: the path of the socket where the hub speaks
    HTTP."""

    settings: Settings
    inner: str
    level: int


class Entered(msgspec.Struct, frozen=True, array_like=True, tag="recorded"):
    """The act's answer is durable. Which of the answers is set goes by the act."""

    id: int
    receipts: dict[int, bytes]
    accepted: Accepted | None = None
    acknowledged: tuple[Acknowledged, ...] | None = None
    noted: int | str | None = None


class Fetched(msgspec.Struct, frozen=True, array_like=True, tag="fetched"):
    id: int
    leased: list[Leased]


class Held(msgspec.Struct, frozen=True, array_like=True, tag="held"):
    id: int
    state: DeliveryState


class Failed(msgspec.Struct, frozen=True, array_like=True, tag="failed"):
    id: int
    error: ErrorRecord


class Changed(msgspec.Struct, frozen=True, array_like=True, tag="changed"):
    """Entries of the directory as they are from now on."""

    agencies: list[Agency]


class Reread(msgspec.Struct, frozen=True, array_like=True, tag="reread"):
    """Revocation lists may be newer in their files; `tls`: so are certificate and key."""

    tls: bool


class Clock(msgspec.Struct, frozen=True, array_like=True, tag="clock"):
    """The hub's judgement of the machine's clock: its offset from the steady one, and its doubt."""

    offset: int | None
    doubt: Doubt | None


class Visitors(msgspec.Struct, frozen=True, array_like=True, tag="visitors"):
    """Sessions of the console that began (digest and account) and that are over; `marks`: the key of known browsers'
    marks, in the first of them (`hub.accounts.visitors`)."""

    opened: list[tuple[bytes, str]]
    ended: list[bytes]
    marks: bytes = b""


class Door(msgspec.Struct, frozen=True, array_like=True, tag="door"):
    """Messages are taken, or the axis is in maintenance."""

    maintenance: MaintenanceRow | None


class Close(msgspec.Struct, frozen=True, array_like=True, tag="close"):
    """Let nobody new in, finish calls under way, end."""


FromFront = Record | Fetch | Hold | GiveUp | GiveBack | Ready | Figures
FromHub = Welcome | Entered | Fetched | Held | Failed | Changed | Reread | Clock | Visitors | Door | Close


def _told(value: Any) -> Any:
    if isinstance(value, Refusal):
        return record_of(value)
    raise NotImplementedError(type(value).__name__)


def _untold(kind: type, value: Any) -> Any:
    if issubclass(kind, Refusal):
        return error_of(msgspec.convert(value, ErrorRecord))
    raise NotImplementedError(kind.__name__)


encode: Final = msgspec.msgpack.Encoder(enc_hook=_told).encode
from_front: Final = msgspec.msgpack.Decoder(FromFront, dec_hook=_untold).decode
from_hub: Final = msgspec.msgpack.Decoder(FromHub, dec_hook=_untold).decode


def recorded(number: int, act: FrontAct, sealed: Sealed[Any]) -> Entered:
    """The answer to an act, in the place that its kind has."""
    answer, receipts = sealed
    if isinstance(act, Acknowledge):
        return Entered(number, receipts, acknowledged=answer)
    if isinstance(answer, Accepted):  # of a refusal too: a message refused now may have been accepted before
        return Entered(number, receipts, accepted=answer)
    return Entered(number, receipts, noted=answer)


def sealed(frame: Entered) -> Sealed[Any]:
    """Inverse of `recorded`."""
    answers = (frame.accepted, frame.acknowledged, frame.noted)
    return Sealed(next(answer for answer in answers if answer is not None), frame.receipts)
