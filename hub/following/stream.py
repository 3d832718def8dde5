"""The next parts of the record for programmes: documents, bodies of sync services, and statuses that mean something.

Each kind has its own numbers, so they are merged by their leaves. Nothing above the log's end at the beginning of a
step is taken: a commit meanwhile might stand between the parts that were read before it and after it. So the order is
the record's, however often and from wherever it is walked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from hub.core.edxml.detail import Notable
from hub.core.evidence import format as ev
from hub.exchange import Exchange
from hub.programmes.serving import FIRST_BROUGHT, BroughtBody, Said
from hub.store import BroughtRow, MessageRow
from hub.store.programmes import Mark
from hub.store.search import NEWEST, Bill

_BROUGHT: Final = 100
Item = MessageRow | BroughtRow


class Upcoming(NamedTuple):
    """`items` in the order of the record. `beyond`: the last message of the record, where the items are all that is
    wanted up to it; None where it is in already, or there may be more."""

    items: list[Item]
    beyond: MessageRow | None = None

    @property
    def documents(self) -> list[int]:
        return [item.number for item in self.items if isinstance(item, MessageRow) and not item.status_code]


async def upcoming(exchange: Exchange, mark: Mark, codes: Sequence[str], limit: int) -> Upcoming:
    """`codes`: of the statuses that are wanted. At most `limit` of each kind. Documents that are not notable are never
    looked at: the mark goes past them, however many they are."""
    store = exchange.store
    newest = await store.finder.newest()  # before the log's end, so that its leaf is below that
    last = await store.last_checkpoint()
    end = last.size if last is not None else 0
    brought = await store.brought_after(mark.brought, _BROUGHT)
    numbers = await store.finder.notable(Notable.DATA, mark.next, limit)
    rows = await store.messages(Bill(), numbers) if numbers else []
    high = rows[-1].number + 1 if len(rows) == limit else NEWEST
    statuses = await store.statuses(codes, mark.next, high, limit) if codes else []
    whole = True
    for found, most in ((brought, _BROUGHT), (rows, limit), (statuses, limit)):
        if len(found) == most:
            whole, end = False, min(end, found[-1].leaf + 1)
    items: list[Item] = [*brought, *rows, *statuses]
    coming = sorted((item for item in items if item.leaf < end), key=lambda item: item.leaf)
    return Upcoming(coming, await store.message(newest) if whole and newest >= mark.next else None)


def advanced(mark: Mark, item: Item) -> Mark:
    """The mark behind that item, where it is not behind it already."""
    if isinstance(item, BroughtRow):
        return msgspec.structs.replace(mark, brought=item.number)
    if item.number < mark.next:
        return mark
    return msgspec.structs.replace(mark, next=item.number + 1, last=item.id)


async def body_of(exchange: Exchange, row: BroughtRow) -> BroughtBody:
    leaf = await exchange.store.leaf(row.leaf)
    return BroughtBody(
        number=FIRST_BROUGHT + row.number,
        id=ev.decode(leaf.object).identifier if leaf is not None else "",
        by=row.agency,
        at=row.at,
        service=row.service,
        facts=row.facts,
        body=row.body,
    )


def said_of(row: MessageRow) -> Said:
    return Said(id=row.id, by=row.sender, at=row.accepted_at, code=row.status_code)
