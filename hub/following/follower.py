"""What derives cases from the record, oldest document first, into a store that may be thrown away at any time.

`Mark` says how far it is. Where the store is new, damaged, of other versions, or of a record that was set back, all is
derived again from the first document on.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import Any

from hub.base.keeping_up import KeepingUp
from hub.core.errors import AxisError
from hub.exchange import Exchange
from hub.store.programmes import Mark, Programmes, Taken
from hub.store.search import Bill, Span


class Follower(KeepingUp):
    """`versions`: of the readings that make the cases. `again`: the log's word for deriving all of them again. `lost`:
    why the store cannot be used now, empty while it can."""

    again = "derived-again"

    def __init__(self, name: str, log: Any, exchange: Exchange, store: Programmes, versions: str) -> None:
        super().__init__(name)
        self.store = store
        self._log = log
        self._exchange = exchange
        self._versions = versions
        self._mark: Mark | None = None
        self._newest = 0
        self.lost = ""

    @abstractmethod
    async def step(self) -> bool:
        """Take in the next documents; False when there were none."""

    @abstractmethod
    async def _forward(self) -> None:
        """The steps that a waiting caller may wait for."""

    async def rebuild(self) -> None:
        """Throw away all that was derived; it is made again from the first document on."""
        async with self._turn:
            await self.store.reset()
            self._mark = None
            await self._at()

    async def _round(self) -> float | None:
        began = time.perf_counter()
        return time.perf_counter() - began if await self.step() else None

    async def _catch_up(self) -> None:
        try:
            await self._forward()
        except AxisError as error:
            self._lost(error)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, AxisError):
            self._lost(error)
        else:
            self._mark = None
            self._log.exception(f"{self._name}-failed")

    def _lost(self, error: AxisError) -> None:
        self._mark = None  # the store's mark counts, where it was made again
        self.lost = error.found
        self._log.warning(f"{self._name}-not-there", why=error.found)

    async def _look_for_newest(self) -> None:
        newest = await self._exchange.store.finder.numbered(Bill(), Span(), 1)
        self._newest = newest[0] if newest else 0

    async def _at(self) -> Mark:
        """Where it is; made again where it is of other versions or of another record."""
        if self._mark is not None:
            return self._mark
        mark = await self.store.mark()
        if mark is not None and not (mark.versions == self._versions and await self._is_ours(mark)):
            self._log.warning(self.again, versions=mark.versions)
            await self.store.reset()
            mark = None
        if mark is None:
            mark = Mark(versions=self._versions)
            await self.store.take(mark, Taken())
        self._mark, self.lost = mark, ""
        return mark

    async def _is_ours(self, mark: Mark) -> bool:
        last = await self._exchange.store.message(mark.next - 1)
        return last.id == mark.last if last is not None else mark.next == 1 and not mark.last
