"""Signs of life, and what their absence or a lock-out means for deadlines: see `hub.core.pauses`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, cast

import msgspec

from hub.core import pauses
from hub.core.evidence import Kind, encode_nonce
from hub.core.model import Millis, iso_utc
from hub.core.pauses import ABSENT, EVENT, TYPE, Pause
from hub.scribe import Scribe

BEAT_MS: Final = 60_000
"""From one sign of life on record to the next."""
ABSENT_MS: Final = 300_000
"""Without one for longer than this, the axis was away. A start takes less, and what ends within it has been warned."""


class Access(msgspec.Struct, frozen=True):
    """Whether an agency can come in: `why` it cannot, empty where it can."""

    agency: str
    why: str


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """The axis is there. Where it was not for long, the deadlines of all that waits are put off. `locked_out`: whoever
    is now, where that is to be compared with the record (at a start); `expire_after`: by priority, for what an earlier
    version placed. Answers how long it was away."""

    minimum: int
    expire_after: tuple[int, ...]
    locked_out: tuple[Access, ...] | None = None

    def run(self, scribe: Scribe) -> tuple[int, tuple[int, ...]]:
        last = scribe.tx.heartbeat()
        away = scribe.at - last if last is not None else 0
        if last is not None and away > ABSENT_MS:
            _state(scribe, "", ABSENT, last, scribe.at, self.minimum)
            scribe.tx.put_off("", away, Millis(scribe.at + self.minimum), self.expire_after)
        scribe.tx.beat(scribe.at)
        if self.locked_out is not None:
            now = {access.agency for access in self.locked_out}
            ended = [Access(code, "") for code in scribe.tx.locked_out() if code not in now]
            settle(scribe, (*self.locked_out, *ended), self.minimum, self.expire_after)
        return (away if away > ABSENT_MS else 0), ()


def settle(scribe: Scribe, found: Sequence[Access], minimum: int, expire_after: tuple[int, ...]) -> None:
    """Bring the record to what was found of these agencies: each lock-out begins and ends with a statement."""
    known = scribe.tx.locked_out() if found else {}
    for agency, why in ((access.agency, access.why) for access in found):
        since, before = known.get(agency, (scribe.at, ""))
        if before == why:
            continue
        if before:
            _state(scribe, agency, before, since, scribe.at, minimum)
            not_before = Millis(scribe.at + minimum)
            scribe.tx.put_off(agency, scribe.at - since, not_before, expire_after)
            scribe.tx.let_in(agency)
        if why:
            _state(scribe, agency, why, scribe.at, None, minimum)
            scribe.tx.lock_out(agency, scribe.at, why)


def _state(scribe: Scribe, agency: str, why: str, since: Millis, until: Millis | None, minimum: int) -> None:
    pause = Pause(
        type=TYPE,
        why=cast(Literal["ABSENT", "SUSPENDED", "NO_CERTIFICATE"], why),
        since=iso_utc(since),
        until=iso_utc(until) if until is not None else "",
        minimum=minimum,
        agency=agency,
        nonce=encode_nonce(scribe.random(16)),
    )
    scribe.leaf(Kind.STATEMENT, pauses.encode(pause), event=EVENT, recipient=agency)
