"""The endpoints: all in memory, some hundred bytes each, and in the store.

A change is made in memory at once and written with the next flush; a change that somebody was told of is flushed first.
A crash sets an endpoint back by the changes not flushed: it is told that much again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
import structlog

from hub.core.model import Millis
from hub.store import HookNoticeRow, HookRow, Store
from hub.store.attempts import HookAttemptRow
from hub.webhooks.attempts import EACH, Attempts

log = structlog.get_logger("webhooks")
MOST_FAILED: Final = 1_000
"""Given up webhooks that are kept of one endpoint; the record still has the content of the older ones."""


def identifier_of(number: int) -> str:
    return f"wh_{number}"


class Registry:
    """`scan`: up to which leaf endpoints know of events; `due`: of each endpoint with webhooks out of turn, when
    the first is due, and how many there are."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._hooks: dict[int, HookRow] = {}
        self._by_agency: dict[str, list[int]] = {}
        self._dirty: set[int] = set()
        self._writing = asyncio.Lock()
        self._kept_scan: int | None = None
        self.lively: set[int] = set()
        """Active endpoints for which something waits, in turn or out of it."""
        self.attempts = Attempts(store)
        self.active = 0
        self.scan = 0
        self.due: dict[int, tuple[Millis, int]] = {}

    async def load(self, size: int) -> None:
        """`size` of the log: from there on endpoints are told where nobody ever looked."""
        for row in await self._store.hooks():
            self._take(row)
        self._kept_scan = await self._store.hook_scan()
        self.scan = min(size if self._kept_scan is None else self._kept_scan, size)
        for row in list(self._hooks.values()):  # a store that was set back has fewer leaves
            if row.next is not None and row.next > size:
                self.change(row.number, next=None)
        self.due = await self._store.hooks_due()
        for row in self._hooks.values():
            self._weigh(row)

    def _take(self, row: HookRow) -> None:
        before = self._hooks.get(row.number)
        if before is None:
            self._by_agency.setdefault(row.agency, []).append(row.number)
        self.active += (row.state == "active") - (before is not None and before.state == "active")
        self._hooks[row.number] = row
        self._weigh(row)

    def _weigh(self, row: HookRow) -> None:
        waits = row.state == "active" and (row.next is not None or row.number in self.due)
        (self.lively.add if waits else self.lively.discard)(row.number)

    def __iter__(self) -> Iterator[HookRow]:
        return iter(list(self._hooks.values()))

    def get(self, number: int) -> HookRow | None:
        return self._hooks.get(number)

    def of(self, agency: str) -> list[HookRow]:
        return [self._hooks[number] for number in self._by_agency.get(agency, ())]

    def states(self) -> Counter[str]:
        return Counter(row.state for row in self._hooks.values())

    def change(self, number: int, **changes: Any) -> None:
        """In memory; durable with the next flush."""
        row = self._hooks.get(number)
        if row is not None:
            self._take(msgspec.structs.replace(row, **changes))
            self._dirty.add(number)

    def disable(self, number: int, why: str) -> None:
        """It keeps its place, and goes on from there once it has passed a test again."""
        row = self._hooks.get(number)
        if row is not None and row.state == "active":
            self.change(number, state="disabled", why=why, next=row.next if row.next is not None else self.scan)
            log.warning("webhook-disabled", webhook=identifier_of(number), agency=row.agency, why=why)

    async def add(self, row: HookRow) -> HookRow:
        async with self._writing:
            added = await self._store.write(lambda tx: tx.add_hook(row))
            self._take(added)
        return added

    async def remove(self, number: int) -> None:
        async with self._writing:
            await self._store.write(lambda tx: tx.remove_hook(number))
            row = self._hooks.pop(number)
            self.active -= row.state == "active"
            self.lively.discard(number)
            self._by_agency[row.agency].remove(number)
            self._dirty.discard(number)
            self.due.pop(number, None)
            self.attempts.forget(number)

    async def flush(self, notices: Sequence[HookNoticeRow] = (), drop: tuple[int, str] | None = None) -> None:
        """Write the changes, and with them these notices; `drop`: endpoint and identifier of one that is done."""
        async with self._writing:
            numbers, scan = self._dirty, self.scan
            rows = [self._hooks[number] for number in numbers if number in self._hooks]
            # One whose endpoint was removed meanwhile would lie there for ever.
            kept = [notice for notice in notices if notice.hook in self._hooks]
            tried = [row for row in self.attempts.take() if row.hook in self._hooks]
            moved = scan != self._kept_scan
            if not (rows or kept or drop or tried or moved):
                return
            self._dirty = set()
            try:
                await self._store.write(lambda tx: _write(tx, rows, kept, drop, tried, scan if moved else None))
            except BaseException:
                self._dirty |= numbers
                self.attempts.put_back()
                raise
            self.attempts.written()
            self._kept_scan = scan

    async def look_again(self, number: int) -> None:
        """The messages that wait out of turn for this endpoint have changed."""
        found = await self._store.hook_due(number)
        if found is None or found[0].next_at is None or number not in self._hooks:
            self.due.pop(number, None)
        else:
            self.due[number] = (found[0].next_at, found[1])
        if (row := self._hooks.get(number)) is not None:
            self._weigh(row)


def _write(
    tx: Any,
    rows: Sequence[HookRow],
    notices: Sequence[HookNoticeRow],
    drop: tuple[int, str] | None,
    tried: Sequence[HookAttemptRow],
    scan: int | None,
) -> None:
    tx.keep_hooks(rows)
    if tried:
        tx.add_hook_attempts(tried, EACH)
    if notices:
        tx.keep_hook_notices(notices, MOST_FAILED)
    if drop is not None:
        tx.drop_hook_notice(*drop)
    if scan is not None:
        tx.set_hook_scan(scan)
