"""Directions (bút phê): a leader's notes on an incoming document. Kept as written; a later one stands beside
an earlier one."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from hub.core import typed
from hub.core.directory.search import fold
from hub.core.errors import BadRequest, DeskFull
from hub.core.model import Millis, iso_utc, vietnam_date
from hub.core.wire_desk import Direction, Directions, NewDirection
from hub.store import MessageRow, Store, Transaction
from hub.store.papers import Paper, PaperRow
from hub.store.search import Bill

MOST_ONE: Final = 50
"""About one document."""
MOST_LOOKED_AT: Final = 2_000
"""Directions that one page of a search looks through."""
PAGE: Final = 50
_AT_ONCE: Final = 500


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    leader: str
    lead: str
    what: str
    support: str = ""
    due: str = ""


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(_Entry).decode


def day(text: str) -> str:
    """The day as it came; BadRequest for one that there is not."""
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise BadRequest(expected="the deadline as 2026-11-22", found=text[:20], field="due") from None


async def add(store: Store, agency: str, by: str, message: MessageRow, wanted: NewDirection, at: Millis) -> Direction:
    """`message`: one that came in to this agency, which the caller made sure of. Durable when this returns."""
    leader, lead, what = (one.strip() for one in (wanted.leader, wanted.lead, wanted.what))
    if not (leader and lead and what):
        raise BadRequest(expected="who directs, who does it, and what", found="nothing")
    said = {"leader": leader, "lead": lead, "support": wanted.support, "what": what}
    typed.check(said)
    due, came = day(wanted.due), vietnam_date(message.accepted_at)
    if due and due < came.isoformat():
        raise BadRequest(expected="a deadline not before the day on which the document came in", found=due, field="due")
    entry = _encode(_Entry(leader, lead, what, wanted.support.strip(), due))

    def work(tx: Transaction) -> PaperRow:
        if len(tx.papers_about(agency, Paper.DIRECTION, [message.number])) >= MOST_ONE:
            raise DeskFull(expected=f"at most {MOST_ONE} directions about one document", found="more")
        row = PaperRow(
            agency=agency,
            kind=Paper.DIRECTION,
            number=tx.last_paper(agency, Paper.DIRECTION) + 1,
            about=message.number,
            at=at,
            by=by,
            entry=entry,
        )
        tx.put_paper(row)
        return row

    row = await store.write(work)
    return (await _told(store, agency, [row]))[0]


async def about(store: Store, agency: str, message: int) -> list[Direction]:
    """In the order in which they were written."""
    return await _told(store, agency, await store.papers_about(agency, Paper.DIRECTION, [message]))


async def _told(store: Store, agency: str, rows: list[PaperRow]) -> list[Direction]:
    numbers = list({row.about for row in rows})
    messages = {one.number: one for one in await store.messages(Bill(), numbers)}
    arrivals = {number: mail.number for number in numbers if (mail := await store.mail(agency, number)) is not None}
    return [
        Direction(
            id=row.number,
            at=iso_utc(row.at),
            document=messages[row.about].id,
            code=messages[row.about].code,
            subject=messages[row.about].subject,
            by=row.by,
            arrival=arrivals.get(row.about, 0),
            **msgspec.structs.asdict(_decode(row.entry)),
        )
        for row in rows
        if row.about in messages
    ]


async def search(
    store: Store, agency: str, text: str, due_until: str, before: int | None, limit: int = PAGE
) -> Directions:
    """Directions with all words of `text`, accents or not, due on `due_until` or earlier where one
    is given. Newest first, over at most `MOST_LOOKED_AT`."""
    words, until = fold(text).split(), day(due_until)
    found: list[PaperRow] = []
    looked, count = before, 0
    while len(found) < limit and count < MOST_LOOKED_AT:
        rows = await store.papers(agency, Paper.DIRECTION, _AT_ONCE, looked)
        for row in rows:
            looked, count = row.number, count + 1
            if _fits(_decode(row.entry), words, until):
                found.append(row)
            if len(found) == limit:
                break
        if len(rows) < _AT_ONCE and (not rows or looked == rows[-1].number):
            return Directions(items=await _told(store, agency, found))
    return Directions(items=await _told(store, agency, found), cursor=str(looked))


def _fits(entry: _Entry, words: list[str], until: str) -> bool:
    if until and not ("" < entry.due <= until):
        return False
    said = fold(" ".join((entry.leader, entry.lead, entry.support, entry.what)))
    return all(word in said for word in words)
