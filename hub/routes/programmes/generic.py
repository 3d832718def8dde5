"""The calls that every programme answers: how much it has, its cases, its boards, its faults."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub.core import register, wire
from hub.core import wire_programmes as records
from hub.core.errors import BadRequest
from hub.following import asking
from hub.http.call import Call, answer
from hub.http.milliseconds import spent
from hub.http.problems import HEADERS
from hub.http.speaking import Lang, spoken, told_in
from hub.programmes import riding
from hub.routes.programmes import views
from hub.store.programmes import Counted

Line = Annotated[str, msgspec.Meta(max_length=300)]
Month = Annotated[str, msgspec.Meta(pattern=r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$(?!\n)", max_length=7)]
MOST_MONTHS: Final = 12
CSV: Final = "text/csv"


class Form(StrEnum):
    JSON = "json"
    CSV = "csv"


class Sort(StrEnum):
    NEWEST = "newest"
    DUE = "due"


class Stands(StrEnum):
    """How a case stands on the day of the answer."""

    ANY = "any"
    OPEN = "open"
    OVERDUE = "overdue"
    ENDED = "ended"


class CasesQuery(wire.Wire, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """All of them have to hold; a member left out asks for nothing. `about`: the thing that many cases are about, of a
    dossier its procedure. `sort=due`: open ones with a deadline, the earliest first. `measure`: the cases that add to
    this sum of an agency in the months `from` to `to` (both named, at most 12); `without`: of these the ones that do
    not add to that sum too."""

    agency: Line = ""
    role: Line = ""
    kind: Line = ""
    state: Line = ""
    about: Line = ""
    stands: Stands = Stands.ANY
    sort: Sort = Sort.NEWEST
    measure: Line = ""
    without: Line = ""
    first: Month = ""
    last: Month = ""
    limit: wire.Limit = 50
    cursor: Line = ""
    format: Form = Form.JSON
    lang: Lang = msgspec.UNSET


class CaseQuery(wire.Wire, frozen=True, kw_only=True):
    """`after`: events from there on, as an earlier answer says."""

    after: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0
    limit: wire.Limit = 100


class BoardQuery(wire.Wire, frozen=True, kw_only=True):
    """`role`: whose cases are counted, the first of the programme where it is left out. `parent`: below whom; `day`:
    late cases are judged for it, today where it is left out."""

    role: Line = ""
    parent: Line = ""
    kind: Line = ""
    day: date | None = None
    format: Form = Form.JSON
    lang: Lang = msgspec.UNSET


class FaultsQuery(wire.Wire, frozen=True, kw_only=True):
    """`code`: of this one alone; `day`: of documents accepted on it, in Vietnam."""

    agency: Line = ""
    code: Line = ""
    day: date | None = None
    limit: wire.Limit = 50
    cursor: Line = ""


async def programmes(call: Call) -> web.StreamResponse:
    exchange = call.context.exchange
    figures, behind = await asking.figures(exchange)
    known = exchange.following.programmes if exchange.following is not None else {}
    items = tuple(views.kind_of(one, figures) for one in known.values())
    return answer(records.Programmes(items=items, behind=behind, problems=views.words(riding.FRAME)))


async def cases(call: Call) -> web.StreamResponse:
    query: CasesQuery = call.query
    exchange, name = call.context.exchange, call.path["programme"]
    found = await asking.cases(exchange, call.caller, asked_of(name, query))
    spent(found.seconds)
    rides = asking.programme(exchange, name)
    told = views.cases(found, rides, exchange.directory)
    if query.format is Form.JSON:
        return answer(told)
    lang = spoken(call.request, query.lang)
    head, rows = views.head(views.CASE_COLUMNS, lang), views.case_cells(told.items, rides.words, lang)
    return table(head, rows, f"truc-{name}", lang, told.cursor)


def asked_of(name: str, query: CasesQuery) -> asking.Asked:
    if query.stands is Stands.ENDED and query.sort is Sort.DUE:
        raise BadRequest(expected="sort=due for open cases", found=query.stands.value)
    stands = {Stands.ANY: None, Stands.OPEN: True, Stands.OVERDUE: True, Stands.ENDED: False}
    return asking.Asked(
        programme=name,
        agency=query.agency,
        role=query.role,
        kind=query.kind,
        state=query.state,
        about=query.about,
        counted=_counted(query),
        open=stands[query.stands],
        overdue=query.stands is Stands.OVERDUE,
        by_due=query.sort is Sort.DUE,
        limit=query.limit,
        cursor=query.cursor,
    )


def _counted(query: CasesQuery) -> Counted | None:
    if not query.measure:
        return None
    years, months = (
        (int(b) - int(a) for a, b in zip(query.first.split("-"), query.last.split("-"), strict=False))
        if (query.first and query.last)
        else (0, -1)
    )
    if not 0 <= years * 12 + months < MOST_MONTHS:
        raise BadRequest(expected="`from` and `to`, at most 12 months", found=f"{query.first} {query.last}")
    if query.sort is Sort.DUE or query.stands is Stands.OVERDUE:
        raise BadRequest(expected="no deadline beside a measure", found=query.sort.value)
    return Counted(query.measure, query.first, query.last, query.without)


async def case(call: Call) -> web.StreamResponse:
    query: CaseQuery = call.query
    exchange = call.context.exchange
    path = call.path
    found = await asking.case(exchange, call.caller, path["programme"], path["case"], query.limit, query.after)
    spent(found.seconds)
    return answer(views.life(found, asking.programme(exchange, path["programme"]), exchange.directory))


async def board(call: Call) -> web.StreamResponse:
    query: BoardQuery = call.query
    exchange, name = call.context.exchange, call.path["programme"]
    found = await asking.board(exchange, call.caller, name, query.role, query.parent, query.kind, query.day)
    spent(found.seconds)
    told = await call.context.milliseconds.aside(views.board, found, name, exchange.directory)
    if query.format is Form.JSON:
        return answer(told)
    lang = spoken(call.request, query.lang)
    return table(views.head(views.BOARD_COLUMNS, lang), views.board_cells(told, lang), f"truc-{name}-board", lang)


async def faults(call: Call) -> web.StreamResponse:
    query: FaultsQuery = call.query
    exchange, name = call.context.exchange, call.path["programme"]
    found = await asking.faults(
        exchange, call.caller, name, query.agency, query.limit, query.cursor, query.code, query.day
    )
    spent(found.seconds)
    known = exchange.following.programmes if exchange.following is not None else {}
    items = tuple(views.fault(row, known, told=found.words) for row in found.rows)
    return answer(records.RiddenFaults(items=items, cursor=found.cursor))


def table(head: Sequence[str], rows: Iterable[list[str]], name: str, lang: str, cursor: str = "") -> web.Response:
    """A CSV file, safe for spreadsheets. Where there is more, the header Link has the cursor of the next page."""
    body = "".join(register.csv_lines(rows, head)).encode()
    more = told_in(lang) | {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    if cursor:
        more["X-Next-Cursor"] = cursor
    return web.Response(body=body, content_type=CSV, charset="utf-8", headers=HEADERS | more)
