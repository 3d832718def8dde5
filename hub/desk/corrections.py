"""Corrections of an agency's registers. A line is never overwritten: the earlier one is struck out, the corrected one
stands right after it, and both are printed (NĐ 30/2020/NĐ-CP, Annex IV).

A correction keeps the cells as they were told when it was made (`was`), so the struck line stays as it was, also
where the line is made of a record that went on since.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import msgspec

from hub.core import register, typed
from hub.core.errors import BadRequest, DeskFull
from hub.core.misfit import one_of
from hub.core.model import Millis, iso_utc
from hub.core.register import Book
from hub.core.wire_desk import Correction, Corrections, NewCorrection
from hub.store import MessageRow, Store, Transaction
from hub.store.papers import Paper, PaperRow
from hub.store.search import Bill

MOST_ONE: Final = 20
"""Of one line."""
PAGE: Final = 200
_BY_DAY: Final = re.compile("[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}")
PASSED_ON: Final = "Chuyển lại"


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    book: str
    was: dict[str, str]
    cells: dict[str, str]
    reason: str


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(_Entry).decode


async def add(
    store: Store, agency: str, by: str, message: MessageRow, row: Sequence[str], wanted: NewCorrection, at: Millis
) -> Correction:
    """`row`: the line as the register has it without corrections. BadRequest for a column that stays as it is, or where
    nothing would change. Durable when this returns."""
    book = Book(wanted.book)
    unknown = set(wanted.cells) - register.CORRECTABLE[book]
    if unknown:
        raise BadRequest(expected=one_of(sorted(register.CORRECTABLE[book])), found=", ".join(sorted(unknown))[:80])
    reason = wanted.reason.strip()
    if not reason:
        raise BadRequest(expected="a reason", found="nothing", field="reason")
    typed.check({**wanted.cells, "reason": reason})
    given = {key: " ".join(text.split()) for key, text in wanted.cells.items()}
    if (dated := given.get("dated")) and not _is_day(dated):
        raise BadRequest(expected="a day as 22/11/2026 or 2026-11-22", found=dated[:20], field="dated")

    def work(tx: Transaction) -> PaperRow:
        known = [_told(one, message.id) for one in tx.papers_about(agency, Paper.CORRECTION, [message.number])]
        earlier = [one for one in known if one.book == wanted.book]
        if len(earlier) >= MOST_ONE:
            raise DeskFull(expected=f"at most {MOST_ONE} corrections of one line", found="more")
        now = register.versions(book, row, earlier)[-1]
        was = {key: now[key] for key in given}
        if was == given:
            raise BadRequest(expected="another text than the line has", found="the same")
        made = PaperRow(
            agency=agency,
            kind=Paper.CORRECTION,
            number=tx.last_paper(agency, Paper.CORRECTION) + 1,
            about=message.number,
            at=at,
            by=by,
            entry=_encode(_Entry(book.value, was, given, reason)),
        )
        tx.put_paper(made)
        return made

    return _told(await store.write(work), message.id)


def _is_day(text: str) -> bool:
    """As a register has it, by either custom."""
    if _BY_DAY.fullmatch(text) is not None:
        text = "-".join(part.zfill(2) for part in reversed(text.split("/")))
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def passed_on(tx: Transaction, agency: str, by: str, message: int, was: str, to: str, at: Millis) -> None:
    """In the transaction in which somebody else gets the document: that it was first another's stays in the book."""
    if len(tx.papers_about(agency, Paper.CORRECTION, [message])) >= MOST_ONE:
        return  # the book names the present holder; the statuses on record name the earlier ones
    entry = _Entry(Book.IN.value, {"unit": was}, {"unit": to}, PASSED_ON)
    number = tx.last_paper(agency, Paper.CORRECTION) + 1
    tx.put_paper(
        PaperRow(agency=agency, kind=Paper.CORRECTION, number=number, about=message, at=at, by=by, entry=_encode(entry))
    )


def _told(row: PaperRow, document: str) -> Correction:
    entry = _decode(row.entry)
    return Correction(
        id=row.number,
        at=iso_utc(row.at),
        document=document,
        book="in" if entry.book == Book.IN else "out",
        was=entry.was,
        cells=entry.cells,
        reason=entry.reason,
        by=row.by,
    )


async def listed(store: Store, agency: str, before: int | None) -> Corrections:
    """Newest first."""
    rows = await store.papers(agency, Paper.CORRECTION, PAGE, before)
    ids = {one.number: one.id for one in await store.messages(Bill(), list({row.about for row in rows}))}
    items = [_told(row, ids[row.about]) for row in rows if row.about in ids]
    return Corrections(items=items, cursor=str(rows[-1].number) if len(rows) == PAGE else "")


async def of(store: Store, agency: str, messages: Sequence[MessageRow]) -> Mapping[int, list[Correction]]:
    """Those of these documents by their numbers, each in the order in which they were written."""
    found: dict[int, list[Correction]] = {}
    ids = {one.number: one.id for one in messages}
    numbers = list(ids)
    for begin in range(0, len(numbers), 500):
        for row in await store.papers_about(agency, Paper.CORRECTION, numbers[begin : begin + 500]):
            found.setdefault(row.about, []).append(_told(row, ids[row.about]))
    return found
