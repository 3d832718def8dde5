"""The overview's content, found once for all who look: as fresh as a second, at a part of the processor.

A board is made again when it is older than a second and than ten times the time of its making: a hub with much on
record answers its people a little later, and its agencies not at all. The first reader pays; the others are shown the
same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, Generic, NamedTuple, TypeVar

from hub.console.page import Visit
from hub.core import wire
from hub.core.attention import DAY, Item, ranked
from hub.core.model import Millis, to_datetime, vietnam_date
from hub.core.report import Pace

T = TypeVar("T")
LEAST_SECONDS: Final = 1.0
_SHARE: Final = 10.0
_RARELY: Final = 600.0
_WEEK: Final = 7


class Period(NamedTuple):
    """A window of acceptance: its key in addresses, and its length in ms; 0 = since midnight of Vietnam."""

    key: str
    length: int


PERIODS: Final = (Period("day", 0), Period("week", 7 * DAY), Period("month", 30 * DAY), Period("quarter", 91 * DAY))


class Board(NamedTuple):
    """`usual`: for each of the sixty minutes the least and the most of the seven days before; `ever`: all that was ever
    exchanged, some minutes old; `batches`: how far the record had grown before it was made."""

    at: Millis
    batches: int
    figures: wire.Figures
    pace: Pace
    usual: tuple[tuple[int, int], ...]
    items: list[Item]
    ever: wire.Figures


class Kept(Generic[T]):
    """One value, made again when it is old. `least`: seconds for which it always serves; `made`: how often it was
    made; `turn`: held while it is; `until`: when it is old."""

    def __init__(self, least: float = LEAST_SECONDS) -> None:
        self.made = 0
        self.least = least
        self.turn = asyncio.Lock()
        self.until = 0.0
        self._value: T | None = None

    async def get(self, make: Callable[[], Awaitable[T]]) -> T:
        async with self.turn:
            now = time.monotonic()
            if self._value is None or now >= self.until:
                self._value = await make()
                self.made += 1
                took = time.monotonic() - now
                self.until = now + took + max(self.least, _SHARE * took)
            return self._value


class Boards:
    """Of one hub."""

    def __init__(self) -> None:
        self.of: dict[str, Kept[Board]] = {period.key: Kept() for period in PERIODS}
        self._usual: Kept[tuple[tuple[int, int], ...]] = Kept(60.0)
        self._ever: Kept[wire.Figures] = Kept(_RARELY)

    def again(self, board: Board, period: Period, batches: int) -> int | None:
        """After how many ms there will be a newer one than this; None where the record did not grow since."""
        left = self.of[period.key].until - time.monotonic()
        return None if board.batches == batches else max(0, int(left * 1000)) + 1

    async def get(self, visit: Visit, period: Period) -> Board:
        return await self.of[period.key].get(lambda: self._made(visit, period))

    async def _made(self, visit: Visit, period: Period) -> Board:
        store, reports, now = visit.exchange.store, visit.hub.reports, visit.now
        batches = visit.exchange.sequencer.batches
        figures = await reports.figures(since(period, now), None)
        pace = await store.pace(now)
        usual = await self._usual.get(lambda: _usual(visit, now))
        ever = await self._ever.get(lambda: reports.figures(Millis(0), None))
        items = ranked(await visit.hub.attention.facts(figures.ledger[-1].difference, pace))
        return Board(now, batches, figures, pace, usual, items, ever)


def since(period: Period, now: Millis) -> Millis:
    """When the window begins: of days, at a midnight of Vietnam, so that a report is made once for all who look."""
    day = vietnam_date(now) - timedelta(days=period.length // DAY)
    midnight = to_datetime(now).replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0)
    return Millis(int(midnight.timestamp()) * 1000 - 7 * 3_600_000)


async def _usual(visit: Visit, now: Millis) -> tuple[tuple[int, int], ...]:
    days = [await visit.exchange.store.minutes(Millis(now - day * DAY)) for day in range(1, _WEEK + 1)]
    return tuple((min(minute), max(minute)) for minute in zip(*days, strict=True))
