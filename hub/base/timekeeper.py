"""The hub's clock: the machine's while it may be believed (`core.timekeeping`), else the time known without it.

Everything that only reads (tokens, leases, signatures at this moment) goes on by the best time that is known: a step of
the clock shuts nobody out. A record needs a clock that is believed: `stamp` refuses otherwise, and nothing is signed,
expired or warned of by a clock in doubt.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from hub.core.errors import ClockInDoubt
from hub.core.model import Millis
from hub.core.timekeeping import Bounds, Doubt, Known, judge


def refusal(doubt: Doubt) -> ClockInDoubt:
    return ClockInDoubt(retry_after=5.0, expected=doubt.expected, found=doubt.found)


class Timekeeper:
    """Used on the event loop and on the store's thread. `steady` is a clock that nobody sets."""

    def __init__(self, wall: Callable[[], Millis], steady: Callable[[], Millis], bounds: Bounds) -> None:
        self._wall = wall
        self._steady = steady
        self._bounds = bounds
        self._known = Known()
        self._told: Doubt | None = None
        self._lock = threading.Lock()

    @classmethod
    def alone(cls, clock: Callable[[], Millis]) -> Timekeeper:
        """Over a clock that is held against nothing."""
        return cls(clock, clock, Bounds(0, 0, 0, 0))

    def __call__(self) -> Millis:
        """The best time that is known."""
        return self._look()[0]

    @property
    def doubt(self) -> Doubt | None:
        """Why the machine's clock is not believed now; None where it is."""
        return self._look()[1]

    @property
    def shown(self) -> Millis:
        """The machine's clock, believed or not."""
        return self._wall()

    @property
    def offset(self) -> int | None:
        """The last believed reading, less the steady clock: for a process that shares that clock."""
        return self._known.offset

    def stamp(self) -> Millis:
        """The time for the record. ClockInDoubt where there is none to be had."""
        now, doubt = self._look()
        if doubt is not None:
            raise refusal(doubt)
        return now

    def alive(self, *signs: Millis, unsure: bool = False) -> None:
        """Before anything is recorded: when this record showed signs of life. The earlier belief is dropped."""
        with self._lock:
            self._known = Known(alive=Millis(max((0, *signs))), unsure=unsure)

    def heard(self, who: str, at: Millis) -> None:
        """Somebody outside has just told the time, under a signature that verified."""
        with self._lock:
            self._known = self._known.hearing(who, at, self._steady())

    def trust(self) -> None:
        """The operator says that the clock is right."""
        with self._lock:
            self._known = self._known.trusted(self._wall(), self._steady())

    def follow(self, offset: int | None, doubt: Doubt | None) -> None:
        """The hub's judgement, in a process beside it: the offset that it believes, or why it doubts."""
        with self._lock:
            self._told = doubt
            if offset is not None:
                self._known = self._known._replace(offset=offset, steady=self._steady())

    def _look(self) -> tuple[Millis, Doubt | None]:
        with self._lock:
            wall, steady = self._wall(), self._steady()
            self._known, doubt = judge(self._known, wall, steady, self._bounds)
            doubt = self._told or doubt
            return (wall, None) if doubt is None else (self._known.best(wall, steady), doubt)
