"""Programmes: cases that one is a party of, one case with its documents, the board from the country down to a commune.

Generic: a programme may bring pages of its own in place of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from aiohttp import web

from hub.access import Right, Role
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Choice, Column, Table, Tile
from hub.core.errors import Text
from hub.core.model import Tier
from hub.core.wire_programmes import Board, BoardLine, Case, Party
from hub.following import asking
from hub.http.milliseconds import spent
from hub.programmes.riding import Programme
from hub.routes.programmes import views
from hub.routes.programmes.generic import CasesQuery, Sort, Stands, asked_of

_PAGE: Final = 50
Word = Annotated[str, msgspec.Meta(max_length=64)]


class ProgrammeQuery(PageQuery, frozen=True, kw_only=True):
    """`role`: as which party; `stands`: how a case stands today."""

    role: Word = ""
    state: Word = ""
    stands: Stands = Stands.OPEN
    cursor: Word = ""


class BoardPageQuery(PageQuery, frozen=True, kw_only=True):
    """`parent`: below whom; `role`: whose cases are counted."""

    role: Word = ""
    parent: Annotated[str, msgspec.Meta(max_length=100)] = ""


class CasePageQuery(PageQuery, frozen=True, kw_only=True):
    """`after`: events from there on."""

    after: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0


async def every(visit: Visit) -> web.StreamResponse:
    t = visit.t
    figures, _ = await asking.figures(visit.exchange)
    following = visit.exchange.following
    known = following.programmes if following is not None else {}
    columns = (
        Column(t("programmes.name"), head=True),
        Column(t("programmes.cases"), number=True),
        Column(t("programmes.open"), number=True),
        Column(t("programmes.faults"), number=True),
    )
    rows = []
    for name, one in known.items():
        told = views.kind_of(one, figures)
        whole = visit.me.role != Role.CLERK  # of all: no clerk is told how much others have
        counts = (told.cases, told.open, told.faults) if whole else ()
        cells = [Cell(visit.num(n)) for n in counts] or [Cell("–")] * 3
        rows.append((Cell(_text(visit, one.words.title), f"/console/programmes/{name}"), *cells))
    return visit.page("programmes.html", table=Table(t("nav.programmes"), columns, rows, t("programmes.none")))


async def show(visit: Visit) -> web.StreamResponse:
    rides = _programme(visit)
    query: ProgrammeQuery = visit.query or ProgrammeQuery()
    clerk = visit.me.role == Role.CLERK
    role = query.role or (next(iter(rides.words.roles)) if clerk else "")
    asked = CasesQuery(
        role=role,
        state=query.state,
        stands=query.stands,
        sort=Sort.DUE if query.stands is Stands.OVERDUE else Sort.NEWEST,
        limit=_PAGE,
        cursor=query.cursor,
    )
    found = await asking.cases(visit.exchange, visit.caller, asked_of(rides.name, asked))
    spent(found.seconds)
    told = views.cases(found, rides, visit.exchange.directory)
    more = visit.here(cursor=told.cursor) if told.cursor else ""
    roles = {"": Text("Tất cả", "All")} if not clerk else {}
    return visit.page(
        "programme.html",
        programme=_text(visit, rides.words.title),
        tiles=(),
        tiers=None,
        table=_cases(visit, rides, told.items, more),
        roles=[
            Choice(_text(visit, text), visit.here(role=code, cursor=""), code == role)
            for code, text in (roles | dict(rides.words.roles)).items()
        ],
        stands=[
            Choice(visit.t(f"programmes.stands.{one}"), visit.here(stands=one.value, cursor=""), one is query.stands)
            for one in Stands
        ],
        tabs=_places(visit, rides, "cases"),
        behind=found.behind,
        command=f"truc programmes cases {rides.name} --as {visit.caller.agency} --stands {query.stands}",
    )


def _cases(visit: Visit, rides: Programme, items: tuple[Case, ...], more: str) -> Table:
    t, words = visit.t, rides.words
    columns = (
        Column(t("programmes.case"), head=True),
        Column(t("programmes.state")),
        Column(t("programmes.parties")),
        Column(t("programmes.due")),
        Column(t("programmes.marks")),
    )
    rows = []
    for one in items:
        late = one.overdue or bool(one.late)
        parties = [party for party in one.parties if party.agency != visit.caller.agency] or list(one.parties)
        first = parties[0] if parties else None
        rows.append(
            (
                Cell(one.title or one.id, _address(rides, one.id), one.id if one.title else ""),
                Cell(word_of(visit, words.states, one.state)),
                _party(visit, rides, first),
                Cell(one.due or "–", tone="er" if late else ""),
                Cell(_marks(visit, one), tone="er" if late else ""),
            )
        )
    return Table(t("programmes.cases"), columns, rows, t("programmes.no_cases"), more)


def _party(visit: Visit, rides: Programme, party: Party | None) -> Cell:
    if party is None:
        return Cell("–")
    return Cell(party.name or party.agency, note=word_of(visit, rides.words.roles, party.role))


def _marks(visit: Visit, one: Case) -> str:
    told = [mark.vi if visit.lang == "vi" else mark.en for mark in one.marks]
    return ", ".join(told) or (visit.t("programmes.late") if one.overdue or one.late else "")


async def case(visit: Visit) -> web.StreamResponse:
    rides = _programme(visit)
    query: CasePageQuery = visit.query or CasePageQuery()
    found = await asking.case(visit.exchange, visit.caller, rides.name, visit.call.path["case"], 100, query.after)
    spent(found.seconds)
    told = views.life(found, rides, visit.exchange.directory)
    words, t = rides.words, visit.t
    columns = (
        Column(t("programmes.day"), head=True),
        Column(t("programmes.act")),
        Column(t("programmes.by")),
        Column(t("programmes.document")),
    )
    rows = [
        (
            Cell(event.day),
            Cell(word_of(visit, words.acts, event.act), note=str((event.body or {}).get("reason") or "")),
            Cell(event.name or event.by, note=event.by if event.name else ""),
            Cell(event.document[9:], f"/console/documents/{event.document[9:]}", mono=True),
        )
        for event in told.events
    ]
    more = visit.here(after=str(told.after)) if told.after else ""
    one = told.case
    facts = [
        (t("programmes.code"), one.id),
        (t("programmes.state"), word_of(visit, words.states, one.state)),
        (t("programmes.due"), " · ".join(filter(None, (one.due, _marks(visit, one)))) or "–"),
        *((word_of(visit, words.roles, p.role), f"{p.name} ({p.agency})" if p.name else p.agency) for p in one.parties),
    ]
    return visit.page(
        "programme_case.html",
        heading=one.title or one.id,
        facts=facts,
        table=Table(t("programmes.events"), columns, rows, t("programmes.no_cases"), more),
        tabs=_places(visit, rides, ""),
        command=f"truc programmes show {rides.name} '{one.id}' --as {visit.caller.agency}",
    )


async def board(visit: Visit) -> web.StreamResponse:
    rides = _programme(visit)
    query: BoardPageQuery = visit.query or BoardPageQuery()
    found = await asking.board(visit.exchange, visit.caller, rides.name, query.role, query.parent)
    spent(found.seconds)
    told: Board = await visit.context.milliseconds.aside(views.board, found, rides.name, visit.exchange.directory)
    return visit.page(
        "programme.html",
        programme=_text(visit, rides.words.title),
        tiles=_tiles(visit, told.total),
        table=_board(visit, told, found.root),
        tiers=_tiers(visit, told),
        roles=[
            Choice(_text(visit, text), visit.here(role=code), code == found.role)
            for code, text in rides.words.roles.items()
        ],
        stands=[],
        tabs=_places(visit, rides, "board"),
        behind=found.behind,
        command=f"truc programmes board {rides.name} --as {visit.caller.agency}"
        + (f" --parent {found.root}" if found.root else ""),
    )


def _tiles(visit: Visit, total: BoardLine) -> list[Tile]:
    t = visit.t
    of = t("programmes.of", n=visit.num(total.total))
    return [
        Tile(t("programmes.total"), visit.num(total.total)),
        Tile(t("programmes.open"), visit.num(total.open), of),
        Tile(t("programmes.overdue"), visit.num(total.overdue), of, tone="er" if total.overdue else ""),
        Tile(t("programmes.ended"), visit.num(total.ended), of),
        Tile(t("programmes.ended_late"), visit.num(total.late), of, tone="wa" if total.late else ""),
    ]


def _heads(visit: Visit, first: str) -> tuple[Column, ...]:
    names = ("total", "open", "overdue", "ended", "ended_late")
    return (Column(first, head=True), *(Column(visit.t(f"programmes.{name}"), number=True) for name in names))


def _figures(visit: Visit, one: BoardLine) -> tuple[Cell, ...]:
    counts = (one.total, one.open, one.overdue, one.ended, one.late)
    tones = ("", "", "er" if one.overdue else "", "", "wa" if one.late else "")
    return tuple(Cell(visit.num(n), tone=tone, value=n) for n, tone in zip(counts, tones, strict=True))


def _board(visit: Visit, told: Board, root: str) -> Table:
    t = visit.t
    rows: list[tuple[Cell, ...]] = []
    for one in told.lines:
        deeper = one.code != root and bool(visit.exchange.directory.children(one.code))
        address = visit.here(parent=one.code) if deeper else ""
        rows.append((Cell(one.name or one.code, address, one.code), *_figures(visit, one)))
    if told.rest is not None:
        rows.append((Cell(t("programmes.rest", n=visit.num(told.left_out))), *_figures(visit, told.rest)))
    if rows:
        rows.append((Cell(t("programmes.sum")), *_figures(visit, told.total)))
    return Table(t("programmes.board"), _heads(visit, t("agencies.agency")), rows, t("programmes.no_cases"), total=True)


def _tiers(visit: Visit, told: Board) -> Table:
    known = {tier.value for tier in Tier}
    rows = [
        (Cell(visit.t(f"tier.{one.tier}") if one.tier in known else "–"), *_figures(visit, one)) for one in told.tiers
    ]
    return Table(visit.t("programmes.tiers"), _heads(visit, visit.t("agencies.tier")), rows)


def _programme(visit: Visit) -> Programme:
    return asking.programme(visit.exchange, visit.call.path["programme"])


def _places(visit: Visit, rides: Programme, here: str) -> list[Choice]:
    base = f"/console/programmes/{rides.name}"
    return [
        Choice(visit.t("programmes.cases"), base, here == "cases"),
        Choice(visit.t("programmes.board"), f"{base}/board", here == "board"),
        Choice(visit.t("programmes.faults"), f"{_BASE}/faults?programme={rides.name}", here == "faults"),
    ]


def _address(rides: Programme, case: str) -> str:
    return f"/console/programmes/{rides.name}/cases/{quote(case, safe='')}"


def _text(visit: Visit, text: Text) -> str:
    return text.vi if visit.lang == "vi" else text.en


def word_of(visit: Visit, words: Mapping[str, Text], code: str) -> str:
    """Of a programme, in the language of the page; the code where it has none."""
    found = words.get(code)
    return _text(visit, found) if found is not None else code


_BASE: Final = "/console/programmes"
_ONE: Final = f"{_BASE}/{{programme}}"
PAGES: Final = (
    Page("GET", _BASE, every, Right.CASES, "nav.programmes"),
    Page("GET", _ONE, show, Right.CASES, "nav.programmes", ProgrammeQuery),
    Page("GET", f"{_ONE}/board", board, Right.CASES, "nav.programmes", BoardPageQuery),
    Page("GET", f"{_ONE}/cases/{{case}}", case, Right.CASES, "nav.programmes", CasePageQuery),
)
TEXTS: Final[Mapping[str, Text]] = {
    "nav.programmes": Text("Chương trình", "Programmes"),
    "programmes.name": Text("Chương trình", "Programme"),
    "programmes.none": Text("Trục này không có chương trình nào.", "This hub has no programme."),
    "programmes.cases": Text("Hồ sơ", "Cases"),
    "programmes.case": Text("Hồ sơ", "Case"),
    "programmes.code": Text("Mã", "Identifier"),
    "programmes.board": Text("Bảng tổng hợp", "Board"),
    "programmes.tiers": Text("Theo cấp", "By tier"),
    "programmes.faults": Text("Lỗi", "Faults"),
    "programmes.state": Text("Trạng thái", "State"),
    "programmes.parties": Text("Bên kia", "With"),
    "programmes.due": Text("Hạn", "Due"),
    "programmes.marks": Text("Tình trạng", "Today"),
    "programmes.late": Text("quá hạn", "late"),
    "programmes.as": Text("Với tư cách", "As"),
    "programmes.stands": Text("Tình trạng", "Standing"),
    "programmes.stands.any": Text("Tất cả", "All"),
    "programmes.stands.open": Text("Đang mở", "Open"),
    "programmes.stands.overdue": Text("Quá hạn", "Late"),
    "programmes.stands.ended": Text("Đã xong", "Ended"),
    "programmes.no_cases": Text(
        "Chưa có hồ sơ nào. Hồ sơ hình thành từ văn bản gửi qua Trục.",
        "There is no case. Cases are made by documents that go over the axis.",
    ),
    "programmes.events": Text("Diễn biến, mỗi bước do một văn bản chứng minh", "Events, each proved by a document"),
    "programmes.day": Text("Ngày", "Day"),
    "programmes.act": Text("Việc", "Act"),
    "programmes.by": Text("Cơ quan", "By"),
    "programmes.document": Text("Văn bản", "Document"),
    "programmes.total": Text("Tổng số", "Total"),
    "programmes.open": Text("Đang mở", "Open"),
    "programmes.overdue": Text("Quá hạn", "Late"),
    "programmes.ended": Text("Đã xong", "Ended"),
    "programmes.ended_late": Text("Xong quá hạn", "Ended late"),
    "programmes.of": Text("trong {n}", "of {n}"),
    "programmes.sum": Text("Tổng", "Total"),
    "programmes.rest": Text("{n} cơ quan khác", "{n} others"),
    "programmes.behind": Text("Còn {n} văn bản chưa đọc.", "{n} documents are not read yet."),
}
