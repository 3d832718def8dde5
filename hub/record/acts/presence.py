"""Signs of life, and the meaning of their absence or of a lock-out for deadlines: see `hub.core.evidence.pauses`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, cast

import msgspec

from hub.core.evidence import pauses
from hub.core.evidence.format import Kind, encode_nonce
from hub.core.evidence.pauses import ABSENT, EVENT, TYPE, Pause
from hub.core.model import Millis, iso_utc
from hub.record.evidence_writer import EvidenceWriter

BEAT_MS: Final = 60_000
"""From one sign of life on record to the next."""
ABSENT_MS: Final = 300_000
"""Without one for longer than this, the axis was away. A start takes less, and deliveries that end within it have been
warned of."""


class Access(msgspec.Struct, frozen=True):
    """Whether an agency can come in: `why` it cannot, empty where it can."""

    agency: str
    why: str


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """The axis is there. Where it was not for long, the deadlines of all that waits are put off. `locked_out`: the
    agencies that are now, where that is to be compared with the record (at a start); `expire_after`: by priority, for
    deliveries that an earlier version placed. Answers how long it was away."""

    minimum: int
    expire_after: tuple[int, ...]
    locked_out: tuple[Access, ...] | None = None

    def run(self, writer: EvidenceWriter) -> tuple[int, tuple[int, ...]]:
        last = writer.tx.heartbeat()
        away = writer.at - last if last is not None else 0
        if last is not None and away > ABSENT_MS and writer.tx.maintenance() is None:  # else it is stated as a whole
            _state(writer, "", ABSENT, last, writer.at, self.minimum)
            writer.tx.put_off("", away, Millis(writer.at + self.minimum), self.expire_after)
        writer.tx.beat(writer.at)
        if self.locked_out is not None:
            now = {access.agency for access in self.locked_out}
            ended = [Access(code, "") for code in writer.tx.locked_out() if code not in now]
            settle(writer, (*self.locked_out, *ended), self.minimum, self.expire_after)
        return (away if away > ABSENT_MS else 0), ()


def settle(writer: EvidenceWriter, found: Sequence[Access], minimum: int, expire_after: tuple[int, ...]) -> None:
    """Bring the record in line with the findings about these agencies: each lock-out begins and ends with a
    statement."""
    known = writer.tx.locked_out() if found else {}
    for agency, why in ((access.agency, access.why) for access in found):
        since, before = known.get(agency, (writer.at, ""))
        if before == why:
            continue
        if before:
            _state(writer, agency, before, since, writer.at, minimum)
            not_before = Millis(writer.at + minimum)
            writer.tx.put_off(agency, writer.at - since, not_before, expire_after)
            writer.tx.let_in(agency)
        if why:
            _state(writer, agency, why, writer.at, None, minimum)
            writer.tx.lock_out(agency, writer.at, why)


def _state(writer: EvidenceWriter, agency: str, why: str, since: Millis, until: Millis | None, minimum: int) -> None:
    pause = Pause(
        type=TYPE,
        why=cast(Literal["ABSENT", "SUSPENDED", "NO_CERTIFICATE"], why),
        since=iso_utc(since),
        until=iso_utc(until) if until is not None else "",
        minimum=minimum,
        agency=agency,
        nonce=encode_nonce(writer.random(16)),
    )
    writer.leaf(Kind.STATEMENT, pauses.encode(pause), event=EVENT, recipient=agency)
