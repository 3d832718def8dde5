"""The calls of national reporting."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub.core import wire
from hub.core import wire_reporting as records
from hub.core.errors import BadRequest
from hub.http.call import Call, answer
from hub.http.limits import key_of
from hub.http.speaking import Lang, spoken, told_in
from hub.programmes import xlsx
from hub.programmes.reporting import tree
from hub.programmes.reporting.course import Timeliness
from hub.programmes.reporting.packets import ReportPacket
from hub.programmes.reporting.regime import Value
from hub.programmes.reporting.tree import Line
from hub.routes.programmes.reporting import filling, told
from hub.routes.programmes.reporting.book import Book, check_open
from hub.store.drafts import DraftKey, ReportDraft

Code = Annotated[str, msgspec.Meta(max_length=64)]
PeriodName = Annotated[str, msgspec.Meta(max_length=16)]
_MOST_LINES: Final = 5_000


class ReportRegimeQuery(wire.Wire, frozen=True, kw_only=True):
    """`owner`: the agency that sent the regime down, empty for one that comes with the hub. With `period` also its
    days, deadlines, and the agencies that report to the caller (to `receiver`)."""

    regime: Code
    owner: Code = ""
    period: PeriodName = ""
    receiver: Code = ""


class ReportTableQuery(wire.Wire, frozen=True, kw_only=True):
    """`receiver`: whose reporters; left out: the caller's. `how`: those that stand so. `day`: as of that day."""

    regime: Code
    owner: Code = ""
    period: PeriodName
    receiver: Code = ""
    how: Timeliness | None = None
    day: date | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=_MOST_LINES)] = 1_000
    cursor: Annotated[str, msgspec.Meta(max_length=8)] = ""


class ReportSumsQuery(wire.Wire, frozen=True, kw_only=True):
    """`limit` and `cursor`: of the agencies; sums, rows, holes and milestones are of all on every page."""

    regime: Code
    owner: Code = ""
    period: PeriodName
    receiver: Code = ""
    value: Value = Value.ACTUAL
    limit: Annotated[int, msgspec.Meta(ge=1, le=_MOST_LINES)] = 1_000
    cursor: Code = ""


class ReportOwedQuery(wire.Wire, frozen=True, kw_only=True):
    """`agency`: for whom, where the caller acts for others; `receiver`: left out, the one that the directory says.
    `fresh`: from its source again, even where there is a draft."""

    regime: Code
    owner: Code = ""
    period: PeriodName
    receiver: Code = ""
    agency: Code = ""
    fresh: bool = False
    lang: Lang = msgspec.UNSET


class ReportDraftsQuery(wire.Wire, frozen=True, kw_only=True):
    agency: Code = ""


class ReportDraftQuery(ReportDraftsQuery, frozen=True, kw_only=True):
    regime: Code
    owner: Code = ""
    period: PeriodName
    receiver: Code


def _book(call: Call) -> Book:
    return Book(call.context.exchange, call.caller)


async def regimes(call: Call) -> web.StreamResponse:
    book = _book(call)
    await book.caught_up()
    return answer(records.Regimes(items=[told.brief(known) for known in await book.regimes()]))


async def regime(call: Call) -> web.StreamResponse:
    book, query = _book(call), call.query
    await book.caught_up()
    known = await book.known(query.regime, query.owner)
    if not query.period:
        return answer(told.regime(known, "", []))
    receiver, _ = book.receiver(known, query.receiver)
    asked = await call.context.milliseconds.aside(book.asked, known, query.period, receiver.code)
    return answer(told.regime(known, query.period, asked))


async def table(call: Call) -> web.StreamResponse:
    return answer(await table_of(call, _book(call), call.query))


async def table_of(call: Call, book: Book, query: ReportTableQuery) -> records.ReportTable:
    await book.caught_up()
    known = await book.known(query.regime, query.owner)
    receiver, words = book.receiver(known, query.receiver)
    book.window(known, query.period)
    of = await book.period(known, query.period, receiver.code)
    day = query.day or book.today
    made = await call.context.milliseconds.aside(tree.table, of, book.directory.get, day)
    lines = [line for line in made.lines if query.how is None or line.how is query.how]
    page, cursor = _page(lines, query.cursor, query.limit)
    return told.table(known, query.period, receiver.code, made, of, day, page, words=words, cursor=cursor)


def _page(lines: list[Line], cursor: str, limit: int) -> tuple[list[Line], str]:
    if cursor and not (cursor.isascii() and cursor.isdigit()):
        raise BadRequest(expected="a cursor from an earlier answer", found=cursor)
    begin = int(cursor) if cursor else 0
    end = begin + limit
    return lines[begin:end], str(end) if end < len(lines) else ""


async def sums(call: Call) -> web.StreamResponse:
    return answer(await sums_of(call, _book(call), call.query))


async def sums_of(call: Call, book: Book, query: ReportSumsQuery) -> records.ReportSums:
    await book.caught_up()
    known = await book.known(query.regime, query.owner)
    receiver, _ = book.receiver(known, query.receiver)
    last = book.window(known, query.period).last
    down = await book.down(known, query.period, receiver.code)

    def work() -> records.ReportSums:
        made = tree.summed(known.regime, receiver.code, down, query.value)
        page = told.AgencyPage(query.limit, query.cursor)
        return told.sums(known, query.period, receiver.code, query.value, made, down, book.directory.get, last, page)

    return await call.context.milliseconds.aside(work)


async def _owed(call: Call, book: Book) -> filling.Owed:
    query = call.query
    await book.caught_up()
    known = await book.known(query.regime, query.owner)
    agency = book.agency(query.agency)
    return await filling.owed(book, known, query.period, agency, query.receiver)


async def fill(call: Call) -> web.StreamResponse:
    book = _book(call)
    this = await _owed(call, book)
    found = await filling.filled(book, this, call.hub_only, call.context.milliseconds, call.query.fresh)
    return answer(found)


async def form(call: Call) -> web.StreamResponse:
    book = _book(call)
    this = await _owed(call, book)
    found = await filling.filled(book, this, call.hub_only, call.context.milliseconds, call.query.fresh)
    packet = told.packet(found.report)
    lang = spoken(call.request, call.query.lang)
    body = await call.context.milliseconds.aside(filling.form, this, packet, lang)
    return workbook_answer(body, packet, lang)


def workbook_answer(body: bytes, packet: ReportPacket, lang: str) -> web.Response:
    name = f"{packet.regime}-{packet.period}.xlsx"
    headers = told_in(lang) | {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=filling.XLSX, headers=headers)


async def read_form(call: Call) -> web.StreamResponse:
    """The sheet's figures and all that is wrong with them; nothing is kept."""
    book = _book(call)
    this = await _owed(call, book)
    bodies, caller = call.context.bodies, key_of(call.caller)
    async with (
        bodies.body(call.request, xlsx.MOST_BYTES, caller) as spool,
        bodies.quotas.submissions.joined(caller, urgent=False),
    ):
        packet, bad = await call.context.milliseconds.aside(lambda: filling.read_form(this, spool.read()))
    return answer(filling.answer(this, packet, "sheet", cells=bad))


async def check(call: Call) -> web.StreamResponse:
    """The mistakes in a report, before it is signed; nothing is kept."""
    book, body = _book(call), call.body
    await book.caught_up()
    known = await book.known(body.regime, body.owner)
    packet = told.packet(body)
    check_open(packet)
    this = await filling.owed(book, known, body.period, book.agency(), body.receiver)
    return answer(await call.context.milliseconds.aside(filling.answer, this, packet, "given"))


async def drafts(call: Call) -> web.StreamResponse:
    book = _book(call)
    await book.caught_up()
    rows = await book.drafts(book.agency(call.query.agency).code)
    return answer(records.Drafts(items=[told.draft(row) for row in rows]))


async def save_draft(call: Call) -> web.StreamResponse:
    book, body = _book(call), call.body
    agency = book.agency(call.query.agency)
    row = await kept_draft(book, body, agency.code, call.caller.agency)
    return answer(told.draft(row))


async def kept_draft(book: Book, body: records.DraftWrite, agency: str, by: str) -> ReportDraft:
    known = await book.known(body.report.regime, body.report.owner)
    packet = told.packet(body.report)
    this = await filling.owed(book, known, packet.period, book.agency(agency), packet.receiver)
    packet = msgspec.structs.replace(packet, receiver=this.receiver, owner=known.owner)
    return await book.save(packet, this.key, body.state, body.revision, by, body.note)


async def drop_draft(call: Call) -> web.StreamResponse:
    book, query = _book(call), call.query
    agency = book.agency(query.agency).code
    await book.drop(DraftKey(agency, query.regime, query.owner, query.period, query.receiver))
    return answer(records.Drafts(items=[told.draft(row) for row in await book.drafts(agency)]))
