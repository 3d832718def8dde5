"""The public report, made by one reader at a time and again only when something was recorded since.

It counts over everything that the axis carries, and anyone may ask: so many askers share one count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hub.core import report, wire
from hub.core.errors import TooMany
from hub.core.model import Millis, Tier
from hub.exchange import Exchange
from hub.http.period_cache import PeriodCache

_WAITING = 64
_KEPT = 64


class ReportCache:
    """Used on the event loop only. `periods`: those of whole days."""

    def __init__(self, exchange: Exchange, clock: Callable[[], Millis]) -> None:
        self.periods = PeriodCache(exchange, clock)
        self._exchange = exchange
        self._clock = clock
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._kept: dict[tuple[Millis, Millis | None], tuple[int, wire.Figures]] = {}

    async def figures(self, since: Millis, until: Millis | None) -> wire.Figures:
        """Documents accepted in [since, until); `until` None = up to now. TooMany when too many wait for theirs."""
        if self._waiting >= _WAITING:
            raise TooMany(expected=f"at most {_WAITING} waiting for a report", found="more")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._made(since, until)
        finally:
            self._waiting -= 1

    async def _made(self, since: Millis, until: Millis | None) -> wire.Figures:
        last = await self._exchange.store.last_checkpoint()
        size = last.size if last is not None else 0  # every change of a figure is a leaf of the log
        known, figures = self._kept.get((since, until), (-1, None))
        if figures is not None and known == size:
            return figures
        end = until if until is not None else Millis(self._clock() + 1)
        rows = await self._exchange.store.report(since, end)
        figures = report.figures(rows, await self._exchange.store.tallies(), since, end, self._tier)
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[since, until] = size, figures
        return figures

    def _tier(self, code: str) -> Tier | None:
        agency = self._exchange.directory.get(code)
        return agency.tier if agency is not None else None
