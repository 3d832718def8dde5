"""The registers, with the columns of NĐ 30/2020, Annex IV: on screen, on A4 across, and as XLSX."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Final, NamedTuple
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from hub.access import Right
from hub.base.sheets import Growing
from hub.console.mailbox.carrying import desk_of
from hub.console.mailbox.desk import Desk, Line
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Choice, Column, Table
from hub.core import register
from hub.core.errors import AxisError, BadRequest, Text, Unavailable
from hub.core.model import Millis, vietnam_date
from hub.core.register import Book
from hub.finding.asked import Asked
from hub.finding.find import find
from hub.http.milliseconds import spent
from hub.routes import exporting, views

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
    """`first`, `last`: days on which the hub accepted the register's documents, both included; empty = the whole year.
    `after`: where (of the page before) a page of the book begins behind."""

    book: Annotated[str, msgspec.Meta(pattern=r"^(in|out|follow)$(?!\n)")] = "in"
    year: Annotated[int, msgspec.Meta(ge=0, le=9999)] = 0
    first: Annotated[str, msgspec.Meta(max_length=40)] = ""
    last: Annotated[str, msgspec.Meta(max_length=40)] = ""
    after: Annotated[int, msgspec.Meta(ge=0)] = 0


_EARLIEST: Final = date(1, 1, 2)
"""The first day of Vietnam that is one in UTC as well."""


class Span(NamedTuple):
    """Days, both included."""

    first: date
    last: date

    @property
    def since(self) -> Millis:
        return views.moment(max(self.first, _EARLIEST).isoformat())

    @property
    def until(self) -> Millis | None:
        return views.moment((self.last + timedelta(days=1)).isoformat()) if self.last < date.max else None


def _span(query: BookQuery, year: int) -> Span:
    """BadRequest for a day that is none, or a last one before the first."""
    year = min(max(year, 1), 9999)
    first = _day("first", query.first) or date(year, 1, 1)
    last = _day("last", query.last) or date(max(year, first.year), 12, 31)
    if last < first:
        raise BadRequest(expected="a last day that is not before the first", found=last.isoformat(), field="last")
    return Span(first, last)


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadRequest(expected="a day, as 2022-10-31", found=text[:40], field=name) from None


async def show(visit: Visit) -> web.StreamResponse:
    desk, query = desk_of(visit), visit.query
    year = query.year or vietnam_date(visit.now).year
    error: AxisError | None = None
    span = _span(BookQuery(), year)
    rows: list[Row] = []
    after = 0
    try:
        span = _span(query, year)
        rows, after = await _rows(visit, desk, query.book, year, span, query.after, _PAGE)
    except BadRequest as refused:
        error = refused
    heads = _heads(visit, query.book)
    table = Table(
        visit.t(f"book.{query.book}"),
        [Column(head, head=number == 1) for number, head in enumerate(heads)],
        [_cells(visit, row) for row in rows],
        visit.t("book.empty"),
        visit.here(after=str(after)) if after else "",
    )
    days = {"first": query.first, "last": query.last}
    return visit.again(
        "mail_register.html",
        error,
        desk=desk,
        table=table,
        books=_books(visit),
        years=_years(visit, year),
        year=year,
        book=query.book,
        span=span,
        asked=days,
        cover=_cover(rows, query.book),
        file=f"/console/mailbox/register/file?{urlencode({'book': query.book, 'year': str(year)} | days)}",
    )


def _books(visit: Visit) -> list[Choice]:
    return [
        Choice(visit.t(f"book.{one}"), visit.here(book=one, after=""), one == visit.query.book)
        for one in ("in", "out", "follow")
    ]


def _years(visit: Visit, year: int) -> list[Choice]:
    return [
        Choice(str(one), visit.here(year=str(one), first="", last="", after=""), one == year)
        for one in range(year - 1, year + 2)
    ]


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


def _cover(rows: Sequence[Row], book: str) -> tuple[str, str]:
    """From which number to which the page goes; lines that are not registered have none."""
    place = {"in": 1, "out": 0, "follow": 0}[book]
    numbers = [row.line[place] for row in rows if row.line[place]]
    if book == "in":
        numbers.sort(key=int)
    return (numbers[0], numbers[-1]) if numbers else ("", "")


class Row(NamedTuple):
    """A line as it is printed. `correct`: where it is corrected, empty where it cannot be."""

    line: list[str]
    struck: bool = False
    correct: str = ""


async def _rows(
    visit: Visit, desk: Desk, book: str, year: int, span: Span, after: int, most: int
) -> tuple[list[Row], int]:
    """Lines, and the one behind which the next page begins; 0 = there is none."""
    if book != "follow":
        return await _found(visit, desk, Book(book), span, after, most)
    lines = await desk.book(year, after, most)
    more = lines[-1].mail.number if len(lines) == most and lines[-1].mail is not None else 0
    return [Row(_follow(visit, line)) for line in lines], more


async def _found(visit: Visit, desk: Desk, book: Book, span: Span, after: int, most: int) -> tuple[list[Row], int]:
    """The lines of `GET /v1/documents:export` and `truc register`, in the same words: the register is one for all its
    readers, and has a document whichever way that was registered."""
    question = Asked(
        recipient=desk.code if book is Book.IN else "",
        sender=desk.code if book is Book.OUT else "",
        since=span.since,
        until=span.until,
        oldest=True,
        limit=most,
        cursor=after or None,
    )
    await _up_to_date(visit)
    while True:
        found = await find(visit.exchange, visit.caller, question)
        spent(found.seconds)
        if found.hits or found.cursor is None:
            break
        question = msgspec.structs.replace(question, cursor=found.cursor)
    page = await exporting.noted(visit.exchange, visit.caller, found, book, desk.code)
    rows = []
    for item in page.lines(visit.exchange.directory):
        where = f"/console/mailbox/correct/{item.document.message.id[9:]}?book={book.value}" if item.document else ""
        versions = register.printed(book, item, desk.code, visit.lang)
        rows += [Row(line.cells, line.struck, "" if line.struck else where) for line in versions]
    return rows, found.cursor or 0


async def _up_to_date(visit: Visit) -> None:
    """Unavailable while the index lacks something: a register without its last lines would be believed."""
    indexing = visit.exchange.indexing
    if indexing is not None:
        await indexing.caught_up(_PATIENCE)  # one that is under way may have begun before the last document came
    if indexing is not None and await indexing.caught_up(_PATIENCE):
        raise Unavailable(expected="an index that is up to date", found="one that is behind")


def _follow(visit: Visit, line: Line) -> list[str]:
    mail, message = line.mail, line.message
    assert mail is not None
    what = " ".join(filter(None, (message.type_name, message.subject)))
    progress = visit.t(f"state.{line.delivery.progress}") if line.delivery.progress else ""
    return [str(mail.number), message.code, what, mail.assignee, mail.due, progress, mail.answer, ""]


async def file(visit: Visit) -> web.StreamResponse:
    desk, query = desk_of(visit), visit.query
    year, after = query.year or vietnam_date(visit.now).year, 0
    span = _span(query, year)
    rows: list[Row] = []
    while len(rows) < MOST:
        found, after = await _rows(visit, desk, query.book, year, span, after, _PAGE)
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
    "book.first": Text("Từ ngày", "From"),
    "book.last": Text("Đến ngày", "To"),
    "book.show": Text("Xem", "Show"),
    "book.days": Text("{first} – {last}", "{first} to {last}"),
    "book.span": Text("Từ số {first} đến số {last}", "Numbers {first} to {last}"),
    "book.print": Text("In (A4 ngang)", "Print (A4 across)"),
    "book.empty": Text(
        "Sổ chưa có dòng nào trong khoảng này. Chọn năm khác, hoặc bỏ bớt ngày.",
        "The register has no line in this span. Choose another year, or other days.",
    ),
}
