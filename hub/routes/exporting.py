"""An export of a search as one file: CSV, JSON lines, or a workbook. The console's export is this one too.

Its pages are found one after another, each by the rights and on the bill of its caller as a page of a search is; a
caller that owes too much waits for its next page. CSV and JSON lines leave page by page, a workbook is made on disk
first; of either no more than a page is held.

It is bounded: `MOST_LINES` documents, `LONGEST` seconds. Where it stops before there is nothing more, its last line
says so and at which cursor the next one goes on. Documents that come in while it runs are not in it: so it ends, and
the same question about the same record makes the same bytes. Where it breaks off it has no end: no line `end`, no last
chunk. A crash here loses an answer.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple, Protocol, TypeVar

import msgspec
from aiohttp import web

from hub.admission.submission import AGENCY, Caller
from hub.base.sheets import Growing
from hub.core import register, wire
from hub.core.directory.snapshot import Directory
from hub.core.errors import AxisError, TooMany, Unavailable
from hub.core.model import Millis
from hub.core.register import Book
from hub.core.wire_desk import Correction
from hub.core.wire_export import ExportEnd, ExportLine
from hub.desk import corrections
from hub.exchange import Exchange
from hub.finding.asked import Asked
from hub.finding.find import Found, Hit, find
from hub.http.call import Context
from hub.http.limits import key_of
from hub.http.milliseconds import apart, begin_again, spent
from hub.http.problems import HEADERS, hang_up
from hub.http.speaking import told_in
from hub.record import arrivals
from hub.routes import content, views
from hub.store.mail import MailRow

T = TypeVar("T")
MOST_LINES: Final = 100_000
LONGEST: Final = 900.0
"""Seconds."""
PAGE: Final = 250
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PIECE: Final = 64 * 1024
_encode: Final = msgspec.json.Encoder().encode


class Form(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


MEDIA: Final = {Form.CSV: "text/csv; charset=utf-8", Form.XLSX: XLSX, Form.JSONL: "application/x-ndjson"}


class Why(StrEnum):
    """The bound at which an export stopped."""

    LINES = "lines"
    TIME = "time"


class Wish(NamedTuple):
    """`agency`: whose book of incoming documents it is. `name`: of the file, without its ending."""

    form: Form
    book: Book = Book.FOUND
    agency: str = ""
    lang: str = "vi"
    name: str = "truc-documents"


Dressed = Callable[[web.StreamResponse], web.StreamResponse]


def _plain(response: web.StreamResponse) -> web.StreamResponse:
    return response


async def send(
    context: Context, request: web.Request, caller: Caller, asked: Asked, wish: Wish, *, dressed: Dressed = _plain
) -> web.StreamResponse:
    """The answer, sent; `dressed` adds headers of the caller's own. Errors of `find` while nothing was sent; TooMany,
    Overloaded where there is no place."""
    assert context.hub_only is not None, "a route that is not hot, in a front"
    with context.hub_only.exports.place(key_of(caller)):
        walk = _Walk(context, caller, asked)
        headers = {
            "Content-Type": MEDIA[wish.form],
            **told_in(wish.lang),
            "Content-Disposition": f'attachment; filename="{wish.name}.{wish.form}"',
        }
        response = dressed(web.StreamResponse(headers=HEADERS | headers))
        if wish.form is Form.XLSX:
            return await _workbook(context, request, response, walk, wish)
        lines: _Lines = _Csv(wish) if wish.form is Form.CSV else _Jsonl()
        return await _streamed(context, request, response, walk, lines, wish)


class _Walk:
    """The pages of an export."""

    def __init__(self, context: Context, caller: Caller, asked: Asked) -> None:
        now = Millis(context.exchange.clock() + 1)
        until = min(asked.until, now) if asked.until is not None else now
        self._asked = msgspec.structs.replace(asked, until=until, limit=PAGE)
        self._context, self.caller = context, caller
        self.end = ExportEnd(lines=0)

    async def pages(self) -> AsyncIterator[Found]:
        """`end` is right when it has ended."""
        over, lines = time.monotonic() + LONGEST, 0
        while True:
            asked = msgspec.structs.replace(self._asked, limit=min(PAGE, MOST_LINES - lines))
            found = await find(self._context.exchange, self.caller, asked)
            spent(found.seconds)
            lines += len(found.hits)
            late = time.monotonic() >= over
            stopped = found.cursor is not None and (lines >= MOST_LINES or late)
            self.end = ExportEnd(
                lines=lines,
                cursor=str(found.cursor) if stopped else "",
                why=(Why.LINES if lines >= MOST_LINES else Why.TIME) if stopped else "",
                behind=max(self.end.behind, found.behind),
            )
            yield found
            if found.cursor is None or stopped:
                return
            self._asked = msgspec.structs.replace(self._asked, cursor=found.cursor)
            await _patiently(begin_again)


async def _patiently(take: Callable[[], None]) -> None:
    """Take from the caller's allowance, once there is room in it; TooMany where that lasts too long."""
    over = time.monotonic() + LONGEST
    while True:
        try:
            return take()
        except TooMany as error:
            if time.monotonic() + error.retry_after > over:
                raise
            await asyncio.sleep(error.retry_after)


async def _allowed(context: Context, caller: Caller, size: int) -> None:
    """Once the caller may be sent so many bytes."""
    sent, key = context.bodies.quotas.sent, key_of(caller)
    for begin in range(0, size, _PIECE):
        await _patiently(partial(sent.take, key, min(_PIECE, size - begin)))


class _Lines(Protocol):
    """Bytes of a file that is made page by page."""

    def head(self) -> bytes: ...
    def page(self, items: Sequence[ExportLine]) -> bytes: ...
    def end(self, end: ExportEnd) -> bytes: ...


class _Jsonl:
    def head(self) -> bytes:
        return b""

    def page(self, items: Sequence[ExportLine]) -> bytes:
        return b"".join(_encode(item) + b"\n" for item in items)

    def end(self, end: ExportEnd) -> bytes:
        return _encode(ExportLine(end=end)) + b"\n"


class _Csv:
    def __init__(self, wish: Wish) -> None:
        self._wish = wish

    def head(self) -> bytes:
        return "".join(register.csv_lines((), register.columns(self._wish.book, self._wish.lang))).encode()

    def page(self, items: Sequence[ExportLine]) -> bytes:
        rows = (line.cells for line in _rows(self._wish, items))
        return "".join(register.csv_more(rows)).encode()

    def end(self, end: ExportEnd) -> bytes:
        return "".join(register.csv_more([(told,)] if (told := register.ended(end, self._wish.lang)) else ())).encode()


def _rows(wish: Wish, items: Sequence[ExportLine]) -> Iterator[register.Line]:
    for item in items:
        yield from register.printed(wish.book, item, wish.agency, wish.lang)


class Noted(NamedTuple):
    """The finds, and the caller's own register's words on each, by number."""

    found: Found
    arrivals: Mapping[int, MailRow]
    corrections: Mapping[int, list[Correction]]

    def lines(self, directory: Directory) -> list[ExportLine]:
        documents = views.found(self.found, directory).items
        numbers = [hit.message.number for hit in self.found.hits]
        return [self._line(number, document) for number, document in zip(numbers, documents, strict=True)]

    def _line(self, number: int, document: wire.FoundDocument) -> ExportLine:
        mail = self.arrivals.get(number)
        return ExportLine(
            document=document,
            arrival=mail.number if mail is not None else 0,
            unit=mail.assignee if mail is not None else "",
            corrections=self.corrections.get(number, []),
        )


async def noted(exchange: Exchange, caller: Caller, found: Found, book: Book, agency: str) -> Noted:
    """Another's register is made of the record alone: an agency's notes for itself are its own."""
    if book is Book.FOUND or caller.role != AGENCY or agency != caller.agency:
        return Noted(found, {}, {})
    store, rows = exchange.store, [hit.message for hit in found.hits]
    book_rows: dict[int, MailRow] = {}
    if book is Book.IN:
        known = [await store.mail(agency, row.number) for row in rows]
        book_rows = {mail.message: mail for mail in known if mail is not None}
        behind = sorted(hit.message.number for hit in found.hits if _is_behind(hit, agency, book_rows))
        if behind:
            right = await store.write(lambda tx: arrivals.put_right(tx, agency, behind))
            book_rows |= {mail.message: mail for mail in right}
    return Noted(found, book_rows, await corrections.of(store, agency, rows))


def _is_behind(hit: Hit, agency: str, known: Mapping[int, MailRow]) -> bool:
    """Whether it was registered, and its line has no number: versions before wrote lines of the console alone."""
    mail = known.get(hit.message.number)
    registered = any(d.recipient == agency and d.progress in arrivals.REGISTERED for d in hit.shown.deliveries)
    return registered and (mail is None or not mail.number)


async def _streamed(
    context: Context,
    request: web.Request,
    response: web.StreamResponse,
    walk: _Walk,
    lines: _Lines,
    wish: Wish,
) -> web.StreamResponse:
    directory = context.exchange.directory

    def made(page: Noted) -> bytes:
        return lines.page(page.lines(directory))

    data = lines.head()
    try:
        async for found in walk.pages():
            data += await apart(made, await noted(context.exchange, walk.caller, found, wish.book, wish.agency))
            if not response.prepared:
                await response.prepare(request)
                if request.method == "HEAD":  # a body would be read as the head of the next answer
                    break
            await _write(context, request, response, walk, data)
            data = b""
        if request.method != "HEAD":
            await _write(context, request, response, walk, lines.end(walk.end))
        await response.write_eof()
    except AxisError as error:
        if not response.prepared:
            raise
        context.metrics.refusals.labels(error.code).inc()
        raise hang_up(request) from None  # no problem can follow the first line: the file has no end
    return response


async def _write(
    context: Context, request: web.Request, response: web.StreamResponse, walk: _Walk, data: bytes
) -> None:
    """A part of the answer, once the caller may have so many bytes; a reader that does not take it is cut off."""
    await _allowed(context, walk.caller, len(data))
    try:
        for begin in range(0, len(data), _PIECE):
            async with asyncio.timeout(context.settings.limits.body_seconds):
                await response.write(data[begin : begin + _PIECE])
    except TimeoutError:
        raise hang_up(request) from None


async def _workbook(
    context: Context, request: web.Request, response: web.StreamResponse, walk: _Walk, wish: Wish
) -> web.StreamResponse:
    """Made whole on disk before its first byte leaves: an error is a problem, never half a workbook."""
    assert context.hub_only is not None
    exports, directory = context.hub_only.exports, context.exchange.directory
    head = register.columns(wish.book, wish.lang)
    with exports.file() as file:
        book = Growing(file, head[0], head, str(exports.folder))  # type: ignore[arg-type]
        try:
            async for found in walk.pages():
                page = await noted(context.exchange, walk.caller, found, wish.book, wish.agency)
                await apart(_added, book, wish, page, directory)
            if told := register.ended(walk.end, wish.lang):
                book.add([(told,)])
        finally:
            await apart(_closed, book)
        size = os.fstat(file.fileno()).st_size
        await _allowed(context, walk.caller, size)
        limits = context.settings.limits
        seconds = limits.body_seconds + size / limits.body_bytes_per_second
        return await content.send_open(request, response, file, slice(0, size), seconds)


def _added(book: Growing, wish: Wish, page: Noted, directory: Directory) -> None:
    for line in _rows(wish, page.lines(directory)):
        book.add([line.cells], struck=line.struck)


def _closed(book: Growing) -> None:
    try:
        book.close()
    except Exception as error:  # the library has its own for a full disk
        raise Unavailable(found=f"a workbook's file: {error}"[:200]) from error
