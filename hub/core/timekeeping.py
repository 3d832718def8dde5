"""Whether a clock may be believed: held against a steady one, against the past, and against others' words.

One wrong reading would spoil the record for good, for its time never runs backwards: every later act would bear the
wrong time. So a reading is believed only

1. where those outside (time stamps, witnesses) have spoken: if more of them agree with it than contradict it;
2. else, at the start: if it is not before the last sign of life, and not too long after it;
3. else, later: if since the reading before it went on as the steady clock did. Slow differences are followed, for
   clocks are slewed; a step is not.

A clock that comes back is believed again. One that was set right on purpose is believed when those outside confirm it,
or when the operator says so (`trusted`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from hub.core.model import Millis, iso_utc

_FOLLOWED: Final = 10
"""Of ten milliseconds that pass, a clock may be slewed by one: as fast as any daemon does it, and no step."""


class Cause(StrEnum):
    JUMPED = "jumped"
    CONTRADICTED = "contradicted"
    BEHIND = "behind"
    AHEAD = "ahead"
    LEFT_IN_DOUBT = "left-in-doubt"


class Bounds(NamedTuple):
    """In ms. jump: from the steady clock; apart: from others' words; ahead, behind: of the last sign of life."""

    jump: int
    apart: int
    ahead: int
    behind: int


class Doubt(NamedTuple):
    """Why a reading is not believed. `expected` and `found` are times, or tell whose."""

    cause: Cause
    expected: str
    found: str


class Known(NamedTuple):
    """The memory that a reading is held against. An offset is a time less the steady clock's at that moment.

    offset   of the last reading that was believed, None = none yet; `steady`: when that was
    alive    the last sign of life of this record, 0 = there is none: a fresh folder has no past
    unsure   it ended in doubt, and nobody has said since that its clock is right
    voices   each party that told the time → the offset of its word
    """

    offset: int | None = None
    steady: int = 0
    alive: Millis = Millis(0)
    unsure: bool = False
    voices: Mapping[str, int] = {}

    def best(self, wall: int, steady: int) -> Millis:
        """The best that is known while a reading is in doubt: the last believed reading, and the time since."""
        return Millis(wall if self.offset is None else self.offset + steady)

    def hearing(self, who: str, at: Millis, steady: int) -> Known:
        """After a party has told the time."""
        return self._replace(voices={**self.voices, who: at - steady})

    def trusted(self, wall: int, steady: int) -> Known:
        """After the operator has said that the clock is right: more than anybody said before."""
        return self._replace(offset=wall - steady, steady=steady, unsure=False, voices={})


def judge(known: Known, wall: int, steady: int, bounds: Bounds) -> tuple[Known, Doubt | None]:
    """The knowledge after this reading; and why it is not to be believed, if it is not."""
    offset = wall - steady
    against = sorted(who for who, said in known.voices.items() if abs(offset - said) > bounds.apart)
    if len(known.voices) > 2 * len(against):
        return known._replace(offset=offset, steady=steady, unsure=False), None
    if against:
        who = against[0]
        return known, Doubt(Cause.CONTRADICTED, f"{iso_utc(Millis(known.voices[who] + steady))} ({who})", _told(wall))
    if known.offset is None:
        doubt = _at_start(known, wall, bounds)
        return known if doubt else known._replace(offset=offset, steady=steady), doubt
    step = offset - known.offset
    if abs(step) > bounds.jump:
        return known, Doubt(Cause.JUMPED, iso_utc(known.best(wall, steady)), _told(wall))
    slewed = max(0, steady - known.steady) // _FOLLOWED
    followed = known.offset + max(-slewed, min(slewed, step))
    # A difference too small to be followed yet is not forgotten: the moment from which it counts stays.
    return (known._replace(offset=followed, steady=steady) if slewed else known), None


def _at_start(known: Known, wall: int, bounds: Bounds) -> Doubt | None:
    if known.unsure:
        return Doubt(Cause.LEFT_IN_DOUBT, "a clock that somebody has confirmed", _told(wall))
    if not known.alive:
        return None
    if wall < known.alive - bounds.behind:
        return Doubt(Cause.BEHIND, f"not before {iso_utc(known.alive)}", _told(wall))
    if wall > known.alive + bounds.ahead:
        return Doubt(Cause.AHEAD, f"not after {iso_utc(Millis(known.alive + bounds.ahead))}", _told(wall))
    return None


def _told(wall: int) -> str:
    return iso_utc(Millis(wall))
