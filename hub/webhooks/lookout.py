"""Reads the log: once for all endpoints as it grows, and again from where one of them lags.

The first reading only marks: an endpoint that had nothing to tell gets the number of the first leaf that concerns it.
A message is read when it is sent, by the same function as the event stream's (`core.happenings`), so nothing is
copied and a dead endpoint costs a number. An agency that has ended is heard by the one that stands in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from hub.core.directory.routing import predecessors
from hub.core.errors import ProofInvalid
from hub.core.evidence import format as ev
from hub.core.evidence.happenings import Happening, arrived, told
from hub.core.evidence.kinds import BY_WHAT
from hub.core.ids import number_of
from hub.core.model import Millis, vietnam_date
from hub.core.webhooks.payload import Notice, of_happening
from hub.delivery.news import of_read
from hub.exchange import Exchange
from hub.store import HappenedRow, HookRow
from hub.webhooks.leaves import Leaves
from hub.webhooks.registry import Registry

_LOOK: Final = 200
_PAGE: Final = 500
_LONGEST: Final = 20_000
"""Leaves of one reading: the first, and where hardly any of them concern the endpoint."""


class Page(NamedTuple):
    """The messages for an endpoint about the leaves before `end`, in the log's order."""

    notices: Sequence[Notice]
    end: int


class Lookout:
    def __init__(self, exchange: Exchange, registry: Registry) -> None:
        self._exchange = exchange
        self._registry = registry
        self._scanning = asyncio.Lock()
        self._leaves = Leaves()

    async def size(self) -> int:
        checkpoint = await self._exchange.store.last_checkpoint()
        return checkpoint.size if checkpoint else 0

    async def scan(self) -> None:
        """Mark the agencies concerned by the leaves since the last time."""
        async with self._scanning:
            await self._scan(await self.size())

    async def _scan(self, size: int) -> None:
        registry = self._registry
        if not registry.active:
            registry.scan = size
            return
        while registry.scan < size:
            end = min(registry.scan + _LOOK, size)
            for row in await self._exchange.store.evidence(registry.scan, end):
                await self._mark(row)
            registry.scan = end
            await asyncio.sleep(0)

    async def _mark(self, row: HappenedRow) -> None:
        try:
            evidence = ev.decode(row.object)
        except ProofInvalid:  # `fsck` tells of it
            return
        came = arrived(evidence)
        placed = await self._exchange.store.placed(number_of(came)) if came else []
        for happening in told(evidence, row.leaf, b"", sender=row.sender, lane=row.lane, placed=placed):
            for hook in self._registry.of(self._heard_by(happening.agency)):
                if hook.state == "active" and hook.next is None and wants(hook, BY_WHAT[happening.what].type):
                    self._registry.change(hook.number, next=row.leaf)

    def _heard_by(self, code: str) -> str:
        """The agency that hears of `code`'s events: itself, or where it has ended the last of its successors."""
        today, passed = vietnam_date(self._exchange.clock()), set[str]()
        agency = self._exchange.directory.get(code)
        while agency is not None and agency.code not in passed:
            passed.add(agency.code)
            if agency.valid_to is None or agency.valid_to >= today or not agency.successor:
                return agency.code
            agency = self._exchange.directory.get(agency.successor)
        return code

    async def page(self, hook: HookRow) -> Page:
        """The next messages for this endpoint, from `hook.next` on; empty only where it was told everything."""
        start, step = hook.next if hook.next is not None else self._registry.scan, _PAGE
        while start < (scan := self._registry.scan):
            end = min(start + step, scan)
            if found := [n for n in await self._between(hook.agency, start, end) if wants(hook, n.type)]:
                return Page(found, end)
            start, step = end, min(4 * step, _LONGEST)
        return Page((), start)

    async def _between(self, agency: str, start: int, end: int) -> list[Notice]:
        found: list[Notice] = []
        today = vietnam_date(self._exchange.clock())
        for code in (agency, *predecessors(self._exchange.directory, agency, today)):
            for leaf, content, sender, lane in await self._exchange.store.concerning(code, start, end):
                found += await self._of_leaf(code, leaf, content, sender, lane)
        return sorted(found, key=lambda notice: notice.leaf)

    async def _of_leaf(self, agency: str, leaf: int, content: bytes, sender: str, lane: int) -> list[Notice]:
        try:
            read = self._leaves.read(leaf, content)
        except ProofInvalid:
            return []
        evidence, happenings = await of_read(self._exchange.store, agency, leaf, read, sender, lane)
        only = evidence.recipients[0].identifier if len(evidence.recipients) == 1 else ""
        return [_notice(happening, evidence.at, only) for happening in happenings]

    async def leaf_at(self, since: Millis) -> int:
        """The first leaf of that time or later; the log's size where there is none."""
        low, high = 0, await self.size()
        while low < high:
            middle = (low + high) // 2
            row = await self._exchange.store.leaf(middle)
            if row is not None and row.at < since:
                low = middle + 1
            else:
                high = middle
        return low


def _notice(happening: Happening, at: Millis, only: str) -> Notice:
    """`only`: the one recipient that the evidence names, empty where there are several."""
    return of_happening(happening, at, happening.agency if happening.what == "arrival" else only)


def wants(hook: HookRow, kind: str) -> bool:
    return not hook.kinds or kind in hook.kinds.split(" ")
