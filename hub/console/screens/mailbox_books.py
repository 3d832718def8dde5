"""The registers, with the columns of NĐ 30/2020, Annex IV: on screen, on A4 across, and as XLSX."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, NamedTuple

import msgspec
from aiohttp import web

from hub.access import Right
from hub.base.sheets import Growing
from hub.console import formats
from hub.console.mailbox.carrying import desk_of
from hub.console.mailbox.desk import Desk, Line
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Choice, Column, Table
from hub.core import register
from hub.core.edxml.detail import Detail
from hub.core.errors import Text, Unavailable
from hub.core.model import Millis, vietnam_date
from hub.core.register import Book
from hub.desk import corrections
from hub.finding.asked import Asked
from hub.finding.find import find
from hub.http.milliseconds import spent
from hub.routes import views
from hub.store import MessageRow

_PAGE: Final = 500
MOST: Final = 5_000
"""Lines that a file has; longer books are written by `truc register`."""
_PATIENCE: Final = 5.0
"""Seconds in which the index takes in a document that was just sent."""
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FOLLOW: Final = (
    "Số đến|Số, ký hiệu văn bản|Tên loại và trích yếu nội dung văn bản|Đơn vị hoặc người nhận|Thời hạn|"
    "Tiến độ giải quyết|Số, ký hiệu văn bản trả lời|Ghi chú",
    "Arrival number|Number and notation|Type and subject|Unit or person|Deadline|Progress|Answered by|Remarks",
)


class BookQuery(PageQuery, frozen=True, kw_only=True):
    """`after`: the number (of the page before) that a page of the book begins behind."""

    book: Annotated[str, msgspec.Meta(pattern="^(in|out|follow)$")] = "in"
    year: Annotated[int, msgspec.Meta(ge=0, le=9999)] = 0
    after: Annotated[int, msgspec.Meta(ge=0)] = 0


async def show(visit: Visit) -> web.StreamResponse:
    desk, query = desk_of(visit), visit.query
    year = query.year or vietnam_date(visit.now).year
    rows, after = await _rows(visit, desk, query.book, year, query.after, _PAGE)
    heads = _heads(visit, query.book)
    table = Table(
        visit.t(f"book.{query.book}"),
        [Column(head, head=number == 1) for number, head in enumerate(heads)],
        [_cells(visit, row) for row in rows],
        visit.t("book.empty"),
        visit.here(after=str(after)) if after else "",
    )
    books = [
        Choice(visit.t(f"book.{one}"), visit.here(book=one, after=""), one == query.book)
        for one in ("in", "out", "follow")
    ]
    years = [Choice(str(one), visit.here(year=str(one), after=""), one == year) for one in range(year - 1, year + 2)]
    return visit.page(
        "mail_register.html",
        desk=desk,
        table=table,
        books=books,
        years=years,
        year=year,
        book=query.book,
        cover=_cover(visit, rows, query.book),
        file=f"/console/mailbox/register/file?book={query.book}&year={year}",
    )


def _heads(visit: Visit, book: str) -> list[str]:
    if book == "follow":
        return FOLLOW[visit.lang != "vi"].split("|")
    return register.columns(Book(book), visit.lang)


def _cells(visit: Visit, row: Row) -> list[Cell]:
    """A line that was struck out says so in words too; the last version of one leads to its correction."""
    tone, where = ("struck" if row.struck else ""), row.correct
    note = visit.t("correct.struck") if row.struck else ""
    cells = [Cell(text, tone=tone) for text in row.line]
    if where:
        cells[-1] = cells[-1]._replace(text=cells[-1].text or visit.t("correct.open"), href=where)
    if note:
        cells[0] = cells[0]._replace(note=note)
    return cells


def _cover(visit: Visit, rows: Sequence[Row], book: str) -> tuple[str, str]:
    """From which number to which the page goes."""
    place = {"in": 1, "out": 0, "follow": 0}[book]
    return (rows[0].line[place], rows[-1].line[place]) if rows else ("", "")


class Row(NamedTuple):
    """A line as it is printed. `correct`: where it is corrected, empty where it cannot be."""

    line: list[str]
    struck: bool = False
    correct: str = ""


async def _versions(visit: Visit, desk: Desk, book: Book, rows: Sequence[tuple[MessageRow, list[str]]]) -> list[Row]:
    """Each line with its corrections right after it."""
    known = await corrections.of(desk.store, desk.code, [message for message, _ in rows])
    made = []
    for message, row in rows:
        for line in register.lines(book, row, known.get(message.number, []), visit.lang):
            where = "" if line.struck else f"/console/mailbox/correct/{message.id[9:]}?book={book.value}"
            made.append(Row(line.cells, line.struck, where))
    return made


async def _rows(visit: Visit, desk: Desk, book: str, year: int, after: int, most: int) -> tuple[list[Row], int]:
    """Lines, and the one behind which the next page begins; 0 = there is none."""
    if book == "out":
        return await _out(visit, desk, year, after, most)
    lines = await desk.book(year, after, most)
    more = lines[-1].mail.number if len(lines) == most and lines[-1].mail is not None else 0
    if book == "follow":
        return [Row(_follow(visit, line)) for line in lines], more
    return await _versions(visit, desk, Book.IN, [(line.message, _in(visit, line)) for line in lines]), more


def _in(visit: Visit, line: Line) -> list[str]:
    mail, detail, message = line.mail, line.detail, line.message
    assert mail is not None
    what = " ".join(filter(None, (message.type_name, message.subject)))
    return [
        formats.day(mail.arrived_at, visit.lang),
        str(mail.number),
        visit.name_of(message.sender),
        message.code,
        _date(detail),
        what,
        mail.assignee,
        formats.day(mail.arrived_at, visit.lang) if mail.assignee else "",
        "",
        visit.t(f"state.{line.delivery.progress}") if line.delivery.progress else "",
    ]


def _follow(visit: Visit, line: Line) -> list[str]:
    mail, message = line.mail, line.message
    assert mail is not None
    what = " ".join(filter(None, (message.type_name, message.subject)))
    progress = visit.t(f"state.{line.delivery.progress}") if line.delivery.progress else ""
    return [str(mail.number), message.code, what, mail.assignee, mail.due, progress, mail.answer, ""]


def _date(detail: Detail) -> str:
    return detail.promulgated.strftime("%d/%m/%Y") if detail.promulgated is not None else ""


async def _out(visit: Visit, desk: Desk, year: int, after: int, most: int) -> tuple[list[Row], int]:
    question = Asked(
        sender=desk.code,
        since=_first(year),
        until=_first(year + 1),
        oldest=True,
        limit=most,
        cursor=after or None,
    )
    indexing = visit.exchange.indexing
    if indexing is not None:
        await indexing.caught_up(_PATIENCE)  # one that is under way may have begun before the last document came
    if indexing is not None and await indexing.caught_up(_PATIENCE):
        # A register without its last lines would be believed.
        raise Unavailable(expected="an index that is up to date", found="one that is behind")
    found = await find(visit.exchange, visit.caller, question)
    spent(found.seconds)
    items = views.found(found, visit.exchange.directory).items
    rows = [
        (hit.message, register.row(Book.OUT, item, desk.code, visit.lang))
        for hit, item in zip(found.hits, items, strict=True)
    ]
    return await _versions(visit, desk, Book.OUT, rows), found.cursor or 0


def _first(year: int) -> Millis:
    return views.moment(f"{min(max(year, 1), 9999):04}-01-01T00:00:00+07:00")


async def file(visit: Visit) -> web.StreamResponse:
    desk, query = desk_of(visit), visit.query
    year, after = query.year or vietnam_date(visit.now).year, 0
    rows: list[Row] = []
    while len(rows) < MOST:
        found, after = await _rows(visit, desk, query.book, year, after, _PAGE)
        rows += found
        if not after:
            break
    heads = _heads(visit, query.book)
    body = await visit.context.milliseconds.aside(_workbook, f"{visit.t(f'book.{query.book}')} {year}", heads, rows)
    disposition = f'attachment; filename="truc-{query.book}-{year}.xlsx"'
    return web.Response(body=body, headers={"Content-Type": _XLSX, "Content-Disposition": disposition})


def _workbook(title: str, heads: list[str], rows: list[Row]) -> bytes:
    target = io.BytesIO()
    book = Growing(target, title, heads)
    for row in rows:
        book.add([row.line], struck=row.struck)
    book.close()
    return target.getvalue()


PAGES: Final = (
    Page("GET", "/console/mailbox/register", show, Right.MAILBOX, "nav.register", BookQuery),
    Page("GET", "/console/mailbox/register/file", file, Right.MAILBOX, query=BookQuery, part=True),
)
TEXTS: Final[Mapping[str, Text]] = {
    "book.in": Text("Sổ văn bản đến", "Incoming"),
    "book.out": Text("Sổ văn bản đi", "Outgoing"),
    "book.follow": Text("Theo dõi giải quyết", "What became of them"),
    "book.which": Text("Sổ", "Register"),
    "book.year": Text("Năm {year}", "Year {year}"),
    "book.span": Text("Từ số {first} đến số {last}", "Numbers {first} to {last}"),
    "book.print": Text("In (A4 ngang)", "Print (A4 across)"),
    "book.empty": Text("Sổ của năm này chưa có dòng nào.", "This year's register has no line yet."),
}
