"""The next parts of the record for programmes: documents, bodies of sync services, and statuses that mean something.

Each kind has its own numbers, so they are merged by their leaves. Nothing above the log's end at the beginning of a
step is taken: a commit meanwhile might stand between the parts that were read before it and after it. So the order is
the record's, however often and from wherever it is walked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from hub.core.evidence import format as ev
from hub.exchange import Exchange
from hub.programmes.serving import FIRST_BROUGHT, BroughtBody, Said
from hub.store import BroughtRow, MessageRow
from hub.store.programmes import Mark
from hub.store.search import NEWEST, Bill, Span

_BROUGHT: Final = 100
Item = MessageRow | BroughtRow


class Upcoming(NamedTuple):
    """In the order of the record; empty when there is nothing."""

    items: list[Item]

    @property
    def documents(self) -> list[int]:
        return [item.number for item in self.items if isinstance(item, MessageRow) and not item.status_code]


async def upcoming(exchange: Exchange, mark: Mark, codes: Sequence[str], limit: int) -> Upcoming:
    """`codes`: of the statuses that are wanted. At most `limit` of each kind."""
    store = exchange.store
    last = await store.last_checkpoint()
    end = last.size if last is not None else 0
    brought = await store.brought_after(mark.brought, _BROUGHT)
    numbers = await store.finder.numbered(Bill(), Span(mark.next, NEWEST, oldest=True), limit)
    rows = await store.messages(Bill(), numbers)
    high = rows[-1].number + 1 if len(rows) == limit else NEWEST
    statuses = await store.statuses(codes, mark.next, high, limit) if codes else []
    for found, most in ((brought, _BROUGHT), (rows, limit), (statuses, limit)):
        if len(found) == most:
            end = min(end, found[-1].leaf + 1)
    items: list[Item] = [*brought, *rows, *statuses]
    return Upcoming(sorted((item for item in items if item.leaf < end), key=lambda item: item.leaf))


def advanced(mark: Mark, item: Item) -> Mark:
    """The mark behind that item."""
    if isinstance(item, BroughtRow):
        return msgspec.structs.replace(mark, brought=item.number)
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
