"""Reports of periods, each made once for all who ask for it, one at a time.

A report is made again when something was recorded since or the day changed, and then no sooner than twenty times what
it took: whoever asks for much is told of some minutes ago, and is told when that was (`as_of`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from datetime import date
from typing import Any, Final, NamedTuple, TypeVar, cast

from hub.core import period
from hub.core.errors import TooMany
from hub.core.model import Agency, Millis, vietnam_date
from hub.core.period import PeriodRows
from hub.exchange import Exchange
from hub.http.milliseconds import spent

T = TypeVar("T")
_WAITING: Final = 64
_KEPT: Final = 16
_PART: Final = 20.0
_LONG_SECONDS: Final = 0.25
"""A report that took less may be made again at once."""


class Counted(NamedTuple):
    """What the store counted over a window, and the directory as it was then."""

    rows: PeriodRows
    directory: list[Agency]
    as_of: Millis


class _Kept(NamedTuple):
    size: int
    day: date
    until: float
    value: Any


class PeriodCache:
    """Used on the event loop only."""

    def __init__(self, exchange: Exchange, clock: Callable[[], Millis]) -> None:
        self._exchange = exchange
        self._clock = clock
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._kept: dict[Hashable, _Kept] = {}

    async def count(self, first: date, last: date, *, charged: bool) -> Counted:
        """Over days of Vietnam, both included. `charged`: the seconds are on the caller's bill, who chose the days."""
        began = time.monotonic()
        rows = await self._exchange.store.period(*period.window(first, last))
        if charged:
            spent(time.monotonic() - began)
        return Counted(rows, list(self._exchange.directory), self._clock())

    async def get(self, key: Hashable, make: Callable[[], Awaitable[T]], least: float = 0.0) -> T:
        """The value of that key, made where it is not known or old; `least`: seconds for which it always serves.
        TooMany when too many wait for theirs."""
        if self._waiting >= _WAITING:
            raise TooMany(expected=f"at most {_WAITING} waiting for a report", found="more")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._made(key, make, least)
        finally:
            self._waiting -= 1

    async def _made(self, key: Hashable, make: Callable[[], Awaitable[T]], least: float) -> T:
        last = await self._exchange.store.last_checkpoint()
        size, day, now = last.size if last is not None else 0, vietnam_date(self._clock()), time.monotonic()
        kept = self._kept.get(key)
        if kept is not None and kept.day == day and (kept.size == size or now < kept.until):
            return cast(T, kept.value)
        value = await make()
        took = time.monotonic() - now
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        held = max(least, _PART * took if took > _LONG_SECONDS else 0.0)
        self._kept[key] = _Kept(size, day, now + took + held, value)
        return value
