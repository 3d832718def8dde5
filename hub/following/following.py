"""Follows the record, oldest document first, for the cases are a fold in the order of the record.

The record is durable first and the cases follow it. `Mark` says how far: the next step, at anybody's request, takes in
the documents above it, so a kill between the two loses nothing, and a board that is asked for right after an acceptance
has it. Where the store is new, damaged, of other versions of the programmes, or of a record that was set back, all is
derived again, some hundreds of documents at a time, with a pause thrice as long as the work was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import structlog

from hub.core.edxml.detail import Detail
from hub.core.errors import AxisError, Verdict
from hub.core.model import Millis
from hub.exchange import Exchange
from hub.following.follower import Follower
from hub.following.ridden import described, ridden_of
from hub.following.stream import Item, Upcoming, advanced, body_of, said_of, upcoming
from hub.programmes import folding
from hub.programmes.folding import Folded, Key
from hub.programmes.riding import Case, Fault, Programme, Ridden, version_of
from hub.programmes.serving import codes
from hub.store import BroughtRow, MessageRow
from hub.store.programmes import Change, EventRow, FaultRow, Faulty, Mark, Programmes, Taken

log = structlog.get_logger("following")

_STEP: Final = 500
_STALLED: Final = 2
"""Steps without progress after which nobody waits for more."""
_ENOUGH: Final = 2_000
"""Events after which a step ends: the cases that it holds in memory are kept."""


class Following(Follower):
    """Of one hub. `behind`: documents and bodies that were not taken in when it was last looked at."""

    def __init__(self, exchange: Exchange, store: Programmes, programmes: Mapping[str, Programme]) -> None:
        versions = " ".join(f"{name}/{version_of(programme)}" for name, programme in programmes.items())
        super().__init__("following", log, exchange, store, versions)
        self._programmes = programmes
        self._codes = codes(programmes)
        self._brought = 0

    @property
    def programmes(self) -> Mapping[str, Programme]:
        return self._programmes

    @property
    def behind(self) -> int:
        if self._mark is None:
            return 0
        return max(self._newest + 1 - self._mark.next, 0) + max(self._brought - self._mark.brought, 0)

    @property
    def mark(self) -> Mark:
        """How far it is, as last looked at."""
        return self._mark or Mark()

    async def caught_up(self, seconds: float) -> int:
        """How many documents are not in, once all that were accepted until now are, or that much time has passed.
        While all is derived again no caller waits for it; that goes on at its own pace."""
        await self._look()
        if not self.behind:
            return 0
        await self._waited_for(seconds)
        return self.behind

    async def is_up(self, seconds: float) -> bool:
        return await self.caught_up(seconds) == 0 and self._mark is not None

    async def took(self, brought: int, seconds: float) -> bool:
        clock, stalled = asyncio.get_running_loop().time, 0
        end = clock() + seconds
        while self.mark.brought < brought and stalled < _STALLED and clock() < end:
            # The first step that is waited for may have begun before that body was on record.
            before = self._mark
            await self._waited_for(end - clock())
            stalled = stalled + 1 if self._mark is before else 0
        return self.mark.brought >= brought

    async def foretold(self, ridden: Ridden, told: Detail) -> Folded:
        """The change that a document, not accepted yet, would make to the cases as they are."""
        reading = folding.read(self._programmes, folding.concerned(self._programmes, told), ridden)
        cases = await self._kept(folding.keys(reading), {})
        return folding.fold(self._programmes, reading, cases)

    async def step(self) -> bool:
        """Take in the next documents; False when there were none. The mark goes past all others on the way."""
        async with self._turn:
            mark = await self._at()
            coming = await upcoming(self._exchange, mark, self._codes, _STEP)
            if not coming.items and coming.beyond is None:
                return False
            batch = _Batch()
            mark = await self._taken_in(coming, mark, batch)
            await self.store.take(mark, batch.taken())
            self._mark = mark
            self._newest = max(self._newest, mark.next - 1)
            return bool(coming.items)

    async def _taken_in(self, coming: Upcoming, mark: Mark, batch: _Batch) -> Mark:
        """The mark behind those items that found a place in the batch."""
        documents = coming.documents
        details = await self._exchange.store.details(documents) if documents else {}
        for item in coming.items:
            await self._item(item, details, batch)
            mark = advanced(mark, item)
            if len(batch.events) + len(batch.faults) >= _ENOUGH:
                return mark
        return advanced(mark, coming.beyond) if coming.beyond is not None else mark

    async def _item(self, item: Item, details: Mapping[int, Detail], batch: _Batch) -> None:
        if isinstance(item, BroughtRow):
            await self._body(item, batch)
        elif item.status_code:
            await self._status(item, batch)
        else:
            told = details.get(item.number)
            if told is None:
                told = await described(self._exchange, item)
            if folding.concerns_any(self.programmes, told):
                await self._document(item, told, batch)

    async def _document(self, row: MessageRow, told: Detail, batch: _Batch) -> None:
        ridden, gone = await ridden_of(self._exchange, row, told)
        names = folding.concerned(self.programmes, told)

        def read() -> folding.Reading:
            return folding.read(self.programmes, names, ridden, gone=gone)

        reading = await asyncio.to_thread(read) if ridden.packets else read()
        await self._apply(reading, batch, Origin(row.number, row.id, row.sender, row.accepted_at, ridden.recipients))

    async def _body(self, row: BroughtRow, batch: _Batch) -> None:
        body = await body_of(self._exchange, row)
        reading = await asyncio.to_thread(folding.read_brought, self.programmes, body)
        await self._apply(reading, batch, Origin(body.number, body.id, row.agency, row.at, ()))

    async def _status(self, row: MessageRow, batch: _Batch) -> None:
        """Read together with the document that it is about, where that concerns a programme."""
        store = self._exchange.store
        about = await store.message(row.about) if row.about is not None else None
        if about is None or row.verdict != Verdict.VALID:
            return
        told = (await store.details([about.number])).get(about.number) or await described(self._exchange, about)
        names = folding.concerned(self.programmes, told)
        if names:
            ridden, _ = await ridden_of(self._exchange, about, told)
            reading = await asyncio.to_thread(folding.read_status, self.programmes, names, ridden, said_of(row))
            await self._apply(reading, batch, Origin(row.number, row.id, row.sender, row.accepted_at, (about.sender,)))

    async def _apply(self, reading: folding.Reading, batch: _Batch, origin: Origin) -> None:
        cases = await self._kept(folding.keys(reading), batch.cases)
        folded = folding.fold(self.programmes, reading, cases)
        for error in folded.errors:
            log.error("programme-failed", document=origin.id, error=error)
        batch.add(origin, cases, folded)

    async def _kept(self, wanted: set[Key], at_hand: Mapping[Key, Case]) -> dict[Key, Case]:
        found = {key: at_hand[key] for key in wanted if key in at_hand}
        missing: dict[str, list[str]] = {}
        for programme, case in sorted(wanted - found.keys()):
            missing.setdefault(programme, []).append(case)
        for programme, ids in missing.items():
            kept = await self.store.kept(programme, ids)
            found |= {(programme, case): value for case, value in kept.items()}
        return found

    async def _forward(self) -> None:
        """One step alone: a long way is walked with pauses."""
        await self.step()

    async def _look(self) -> None:
        await self._look_for_newest()
        self._brought = await self._exchange.store.brought_last()
        if self._mark is None:
            with suppress(AxisError):
                async with self._turn:
                    await self._at()

    async def _is_ours(self, mark: Mark) -> bool:
        return mark.brought <= await self._exchange.store.brought_last() and await super()._is_ours(mark)


class Origin(NamedTuple):
    """The source of events: its number, identifier and sender, when, and the others that are told of faults."""

    number: int
    id: str
    sender: str
    at: Millis
    others: Sequence[str]

    def fault(self, programme: str, fault: Fault) -> FaultRow:
        return FaultRow(
            programme=programme, number=self.number, document=self.id, sender=self.sender, at=self.at, fault=fault
        )


class _Batch:
    """The changes that one step takes in: of each case one, from how it is kept to how the last document left it."""

    def __init__(self) -> None:
        self.cases: dict[Key, Case] = {}
        self.events: list[EventRow] = []
        self.faults: list[FaultRow] = []
        self._before: dict[Key, Case | None] = {}
        self._numbers: dict[Key, int] = {}
        self._faulty: list[Faulty] = []

    def add(self, origin: Origin, kept: Mapping[Key, Case], folded: Folded) -> None:
        for key, case in folded.cases.items():
            self._before.setdefault(key, kept.get(key))
            self.cases[key] = case
            self._numbers[key] = origin.number
        self.events += [EventRow(name, origin.number, event) for name, event in folded.events]
        self.faults += [origin.fault(name, fault) for name, fault in folded.faults]
        if folded.faults:
            self._faulty.append(Faulty(origin.number, (origin.sender, *origin.others)))

    def taken(self) -> Taken:
        changes = [
            Change(programme, self._numbers[programme, id], self._before[programme, id], case)
            for (programme, id), case in self.cases.items()
        ]
        return Taken(changes, self.events, self.faults, self._faulty)
