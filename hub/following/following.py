"""Follows the record, oldest document first, for what programmes derive is a fold in the order of the record.

The record is durable first and the cases follow it. `Mark` says how far: what lies above is taken in by the next step,
whoever asks for it, so a kill between the two loses nothing, and a board that is asked for right after an acceptance
has it. Where the store is new, damaged, of other versions of the programmes, or of a record that was set back, all is
derived again, some hundreds of documents at a time, with a pause thrice as long as the work was.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from hub.core.edxml.detail import Detail
from hub.core.errors import AxisError
from hub.exchange import Exchange
from hub.following.ridden import described, ridden_of
from hub.programmes import folding
from hub.programmes.folding import Folded, Key
from hub.programmes.riding import Case, Programme, Ridden
from hub.store import MessageRow
from hub.store.programmes import Change, EventRow, FaultRow, Faulty, Mark, Programmes, Taken
from hub.store.search import NEWEST, Bill, Span

log = structlog.get_logger("following")

_STEP: Final = 500
_ENOUGH: Final = 2_000
"""Events after which a step ends: what it holds in memory is kept."""
_EVERY_SECONDS: Final = 1.0
_PAUSES: Final = 3.0
_LEAST_PAUSE: Final = 0.01


class Following:
    """Of one hub. `behind`: documents that were not taken in when it was last looked at."""

    def __init__(self, exchange: Exchange, store: Programmes, programmes: Mapping[str, Programme]) -> None:
        self.store = store
        self._programmes = programmes
        self._exchange = exchange
        self._versions = " ".join(f"{name}/{programme.version}" for name, programme in programmes.items())
        self._mark: Mark | None = None
        self._newest = 0
        self._turn = asyncio.Lock()
        self._catching: asyncio.Task[None] | None = None

    @property
    def programmes(self) -> Mapping[str, Programme]:
        return self._programmes

    @property
    def behind(self) -> int:
        return 0 if self._mark is None else max(self._newest + 1 - self._mark.next, 0)

    @property
    def mark(self) -> Mark:
        """How far it is, as last looked at."""
        return self._mark or Mark()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        working = asyncio.create_task(self._run(), name="following")
        try:
            yield
        finally:
            for task in filter(None, (working, self._catching)):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def caught_up(self, seconds: float) -> int:
        """Once what was accepted until now is in, or that much time has passed: how many documents are not. While all
        is derived again nobody is waited for; that goes on at its own pace."""
        await self._look()
        if not self.behind:
            return 0
        if self._catching is None or self._catching.done():
            self._catching = asyncio.create_task(self._catch_up(), name="following-now")
        await asyncio.wait([self._catching], timeout=seconds)
        return self.behind

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Nothing is derived until the block ends: for who measures what it costs."""
        async with self._turn:
            yield

    async def rebuild(self) -> None:
        """Throw away what was derived; it is made again from the first document on."""
        async with self._turn:
            await self.store.reset()
            self._mark = None
            await self._at()

    async def foretold(self, ridden: Ridden, told: Detail) -> Folded:
        """What a document would do that is not accepted yet, to the cases as they are."""
        reading = folding.read(self._programmes, folding.concerned(self._programmes, told), ridden)
        cases = await self._kept(folding.keys(reading), {})
        return folding.fold(self._programmes, reading, cases)

    async def step(self) -> bool:
        """Take in the next documents; False when there were none."""
        async with self._turn:
            mark = await self._at()
            finder = self._exchange.store.finder
            numbers = await finder.numbered(Bill(), Span(mark.next, NEWEST, oldest=True), _STEP)
            if not numbers:
                return False
            self._newest = max(self._newest, numbers[-1])
            rows = await self._exchange.store.messages(Bill(), numbers)
            batch = _Batch()
            last = await self._read(rows, batch)
            after = Mark(last.number + 1, last.id, self._versions)
            await self.store.take(after, batch.taken())
            self._mark = after
            return True

    async def _read(self, rows: Sequence[MessageRow], batch: _Batch) -> MessageRow:
        """As many of the documents as fit into a step; the last of them."""
        details = await self._exchange.store.details([row.number for row in rows])
        for row in rows:
            told = details.get(row.number)
            if told is None:
                told = await described(self._exchange, row)
            if folding.concerns_any(self._programmes, told):
                await self._document(row, told, batch)
                if len(batch.events) + len(batch.faults) >= _ENOUGH:
                    return row
        return rows[-1]

    async def _document(self, row: MessageRow, told: Detail, batch: _Batch) -> None:
        ridden, gone = await ridden_of(self._exchange, row, told)
        names = folding.concerned(self._programmes, told)

        def read() -> folding.Reading:
            return folding.read(self._programmes, names, ridden, gone=gone)

        reading = await asyncio.to_thread(read) if ridden.packets else read()
        cases = await self._kept(folding.keys(reading), batch.cases)
        folded = folding.fold(self._programmes, reading, cases)
        for error in folded.errors:
            log.error("programme-failed", document=row.id, error=error)
        batch.add(row, ridden.recipients, cases, folded)

    async def _kept(self, wanted: set[Key], at_hand: Mapping[Key, Case]) -> dict[Key, Case]:
        found = {key: at_hand[key] for key in wanted if key in at_hand}
        missing: dict[str, list[str]] = {}
        for programme, case in sorted(wanted - found.keys()):
            missing.setdefault(programme, []).append(case)
        for programme, ids in missing.items():
            kept = await self.store.kept(programme, ids)
            found |= {(programme, case): value for case, value in kept.items()}
        return found

    async def _run(self) -> None:
        """For ever; an error of one round is logged, the next tries again."""
        while True:
            pause = _EVERY_SECONDS
            try:
                began = time.perf_counter()
                if await self.step():
                    pause = max(_LEAST_PAUSE, _PAUSES * (time.perf_counter() - began))
            except AxisError as error:
                self._mark = None
                log.warning("following-not-there", why=error.found)
            except Exception:
                self._mark = None
                log.exception("following-failed")
            await asyncio.sleep(pause)

    async def _catch_up(self) -> None:
        """What came since the last step; of a long way, which is walked with pauses, nothing more than that step."""
        try:
            await self.step()
        except AxisError as error:
            self._mark = None  # what the store says counts, where it was made again
            log.warning("following-not-there", why=error.found)

    async def _look(self) -> None:
        newest = await self._exchange.store.finder.numbered(Bill(), Span(), 1)
        self._newest = newest[0] if newest else 0
        if self._mark is None:
            with suppress(AxisError):
                async with self._turn:
                    await self._at()

    async def _at(self) -> Mark:
        """Where it is; made again where it is of other programmes or of another record."""
        if self._mark is not None:
            return self._mark
        mark = await self.store.mark()
        if mark is not None and not (mark.versions == self._versions and await self._is_ours(mark)):
            log.warning("derived-again", versions=mark.versions)
            await self.store.reset()
            mark = None
        if mark is None:
            mark = Mark(versions=self._versions)
            await self.store.take(mark, Taken())
        self._mark = mark
        return mark

    async def _is_ours(self, mark: Mark) -> bool:
        last = await self._exchange.store.message(mark.next - 1)
        return last.id == mark.last if last is not None else mark.next == 1 and not mark.last


class _Batch:
    """What one step takes in: of each case one change, from how it is kept to how the last document left it."""

    def __init__(self) -> None:
        self.cases: dict[Key, Case] = {}
        self.events: list[EventRow] = []
        self.faults: list[FaultRow] = []
        self._before: dict[Key, Case | None] = {}
        self._numbers: dict[Key, int] = {}
        self._faulty: list[Faulty] = []

    def add(self, row: MessageRow, recipients: Sequence[str], kept: Mapping[Key, Case], folded: Folded) -> None:
        for key, case in folded.cases.items():
            self._before.setdefault(key, kept.get(key))
            self.cases[key] = case
            self._numbers[key] = row.number
        self.events += [EventRow(name, row.number, event) for name, event in folded.events]
        self.faults += [
            FaultRow(
                programme=name, number=row.number, document=row.id, sender=row.sender, at=row.accepted_at, fault=fault
            )
            for name, fault in folded.faults
        ]
        if folded.faults:
            self._faulty.append(Faulty(row.number, (row.sender, *recipients)))

    def taken(self) -> Taken:
        changes = [
            Change(programme, self._numbers[programme, id], self._before[programme, id], case)
            for (programme, id), case in self.cases.items()
        ]
        return Taken(changes, self.events, self.faults, self._faulty)
