"""Keeps the index: new documents as they come, old ones behind them, never in anybody's way.

The record is durable first, and the index follows it. `Mark` says how far: leaves above are taken in by the next
step, at whoever's call, so a kill between the two loses nothing and a search that comes right after an acceptance
finds it. Documents of before (of an earlier version, or all of them where the index is new) follow from the newest
back, a few at a time, with a pause thrice as long as the work was.

Of a document that an earlier version accepted, its register's facts are read from its bytes on that occasion and
goes into the record, by an act that leaves no evidence: it says nothing that the bytes do not say.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec
import structlog

from hub.base.keeping_up import KeepingUp
from hub.core import edxml
from hub.core.edxml.detail import Detail, decode
from hub.core.errors import AxisError
from hub.core.evidence import format as ev
from hub.exchange import Exchange
from hub.finding.entries import entry_of
from hub.record.evidence_writer import EvidenceWriter
from hub.store import MessageRow
from hub.store.search import NEWEST, Bill, Mark, Search, Span

log = structlog.get_logger("finding")

_TAIL: Final = 1_000
_BACKLOG: Final = 200


class Describe(msgspec.Struct, frozen=True):
    """Registers' facts of documents that an earlier version accepted, by number."""

    told: tuple[tuple[int, bytes], ...]

    def run(self, writer: EvidenceWriter) -> tuple[int, tuple[int, ...]]:
        for number, detail in self.told:
            writer.tx.add_detail(number, detail)
        return len(self.told), ()


class Indexer(KeepingUp):
    """Of one hub. `behind`: documents that were not in the index when it was last looked at."""

    def __init__(self, exchange: Exchange, index: Search) -> None:
        super().__init__("indexing")
        self._exchange = exchange
        self._index = index
        self._mark: Mark | None = None
        self._newest = 0

    @property
    def behind(self) -> int:
        mark = self._mark
        return 0 if mark is None else max(self._newest + 1 - mark.high, 0) + mark.low - 1

    async def caught_up(self, seconds: float) -> int:
        """Once all that was accepted until now is in the index, or that much time has passed: how many are not."""
        await self._waited_for(seconds)
        return self.behind

    async def _round(self) -> float | None:
        """New documents first; the pause is for the work on those of before."""
        await self._catch_up()
        began = time.perf_counter()
        return time.perf_counter() - began if await self.older() or await self._index.tidy() else None

    def _failed(self, error: Exception) -> None:
        log.exception("indexing-failed")

    async def _catch_up(self) -> None:
        try:
            while await self._newer():
                pass
        except AxisError as error:
            self._mark = None  # the index's word counts, where it was made again
            log.warning("index-not-there", why=error.found)

    async def _newer(self) -> bool:
        """The next documents above the mark; False when there is none."""
        async with self._turn:
            mark = await self._at()
            finder = self._exchange.store.finder
            numbers = await finder.numbered(Bill(), Span(mark.high, NEWEST, oldest=True), _TAIL)
            if not numbers:
                return False
            self._newest = max(self._newest, numbers[-1])
            rows = await self._rows(numbers)
            details = await self._exchange.store.details(numbers)
            await self._take(rows, details, Mark(mark.low, rows[-1].number + 1, rows[-1].id))
            return len(numbers) == _TAIL

    async def older(self) -> bool:
        """The next documents below the mark, read again where that was never done; False when there is none."""
        async with self._turn:
            mark = await self._at()
            if mark.low <= 1:
                return False
            numbers = await self._exchange.store.finder.numbered(Bill(), Span(1, mark.low), _BACKLOG)
            rows = await self._rows(numbers)
            details = await self._exchange.store.details(numbers)
            details |= await self._read_again([row for row in rows if row.number not in details])
            low = rows[0].number if len(numbers) == _BACKLOG else 1
            await self._take(rows, details, Mark(low, mark.high, mark.last))
            return True

    async def _at(self) -> Mark:
        """The mark; a new one right above the newest document, where there is none or the record was set back."""
        if self._mark is not None:
            return self._mark
        store, mark = self._exchange.store, await self._index.mark()
        if mark is not None and not await self._is_ours(mark):
            log.warning("index-of-another-record", why="it is made again")
            await self._index.reset()
            mark = None
        newest = await store.finder.numbered(Bill(), Span(), 1)
        self._newest = newest[0] if newest else 0
        if mark is None:
            last = await store.message(self._newest) if newest else None
            mark = Mark(self._newest + 1, self._newest + 1, last.id if last is not None else "")
            await self._index.index([], mark)
        self._mark = mark
        return mark

    async def _is_ours(self, mark: Mark) -> bool:
        last = await self._exchange.store.message(mark.high - 1)
        return last.id == mark.last if last is not None else mark.high == 1 and not mark.last

    async def _rows(self, numbers: Sequence[int]) -> list[MessageRow]:
        return await self._exchange.store.messages(Bill(), numbers)

    async def _take(self, rows: Sequence[MessageRow], details: dict[int, Detail], mark: Mark) -> None:
        recipients = await self._exchange.store.finder.recipients(Bill(), [row.number for row in rows])
        directory = self._exchange.directory
        entries = [entry_of(row, details.get(row.number), recipients.get(row.number, ()), directory) for row in rows]
        await self._index.index(entries, mark)
        self._mark = mark

    async def _read_again(self, rows: Sequence[MessageRow]) -> dict[int, Detail]:
        told = {row.number: found for row in rows if row.purged_at is None and (found := await self._told(row))}
        if told and not self._exchange.sequencer.halted:
            with suppress(AxisError):  # a full disk, a clock in doubt: the next index that is made tries again
                await self._exchange.sequencer.submit(Describe(tuple(told.items())), receipts=False)
        return {number: decode(detail) for number, detail in told.items()}

    async def _told(self, row: MessageRow) -> bytes:
        """Empty where the bytes are gone, or are no message by the rules of today."""
        store = self._exchange.store
        content, path = await store.content(row.number), self._exchange.blobs.path(row.sha256)
        leaf = await store.leaf(row.leaf)
        mark = ev.decode(leaf.object).signature if leaf is not None and leaf.kind == ev.Kind.EVIDENCE else None
        certificate = mark.certificate.removeprefix("sha-256:") if mark is not None else ""

        def read() -> bytes:
            claimed = edxml.parse(path.read_bytes() if content is None else content, sha256=row.sha256)
            return edxml.told_of(edxml.read(claimed), claimed, certificate)

        try:
            return await asyncio.to_thread(read)
        except (AxisError, OSError):
            return b""
