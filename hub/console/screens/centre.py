"""The centre: flow, reports, lateness, of every programme; from the country down to one agency, live."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console import live
from hub.console.board import Kept
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Cell, Column, Table, Tile
from hub.core.errors import Text
from hub.core.model import vietnam_date
from hub.core.wire_centre import Centre, CentreCases, CentreLine
from hub.core.wire_results import DossierMeasure, OfDossiers
from hub.exchange import Exchange
from hub.routes.programmes.centre import board_of

_MOST_KEPT: Final = 200
_PATH: Final = "/console/centre"

Board = tuple[int, Centre]
"""How far the record had grown before it was made, and the board."""
_KEPT: WeakKeyDictionary[Exchange, dict[tuple[str, date], Kept[Board]]] = WeakKeyDictionary()


class CentreQuery(PageQuery, frozen=True, kw_only=True):
    """`parent`: below whom; left out: the country. `all`: with the agencies that have nothing, each by itself."""

    parent: Annotated[str, msgspec.Meta(max_length=64)] = ""
    all: Annotated[str, msgspec.Meta(pattern=r"^1?$(?!\n)")] = ""


async def show(visit: Visit) -> web.StreamResponse:
    return visit.page("centre.html", **await _values(visit))


async def part(visit: Visit) -> web.StreamResponse:
    return visit.page("centre_live.html", **await _values(visit))


def kept_of(exchange: Exchange, root: str, day: date) -> Kept[Board]:
    """One for each root, for all readers; a few hundred at once."""
    boards = _KEPT.setdefault(exchange, {})
    if (root, day) not in boards and len(boards) >= _MOST_KEPT:
        boards.clear()
    return boards.setdefault((root, day), Kept())


async def _values(visit: Visit) -> dict[str, Any]:
    query: CentreQuery = visit.query or CentreQuery()
    t, sequencer = visit.t, visit.exchange.sequencer
    agency = visit.exchange.directory.get(query.parent) if query.parent else None
    root = agency.code if agency is not None else query.parent

    async def make() -> Board:
        batches = sequencer.batches
        return batches, await board_of(visit.hub, visit.context, visit.caller, root)

    kept = kept_of(visit.exchange, root, vietnam_date(visit.now))
    batches, board = await kept.get(make)
    old = batches != sequencer.batches or board.behind
    lines = _Lines.of(board, root, all_=bool(query.all))
    given = urlencode({name: value for name, value in (("parent", root), ("all", query.all)) if value})
    return {
        "feels": live.state_of(visit),
        "board": board,
        "again": max(0, int((kept.until - time.monotonic()) * 1000)) + 1 if old else None,
        "address": f"{_PATH}?{given}" if given else _PATH,
        "part": f"{_PATH}/live?{given}" if given else f"{_PATH}/live",
        "tiles": _tiles(visit, board),
        "flow": _flow(visit, board, lines),
        "cases": _cases(visit, board, lines),
        "tiers": _flow(visit, board, _Lines(board.tiers)),
        "tier_cases": _cases(visit, board, _Lines(board.tiers)),
        "services": _services(visit, board),
        "measured": measured(visit, board.shares, board.measures),
        "since": visit.day(board.since),
        "name": agency.name if agency is not None else t("centre.country"),
        "agency": f"/console/agencies/{root}" if root and visit.leads("/console/agencies") else "",
        "command": f"truc centre --parent {root}" if root else "truc centre",
    }


def _tiles(visit: Visit, board: Centre) -> list[Tile]:
    t, flow = visit.t, board.total.flow
    tiles = [
        Tile(t("centre.active"), visit.num(flow.active), t("centre.of", n=flow.agencies)),
        Tile(t("centre.sent"), visit.num(flow.sent), t("centre.received_n", n=flow.received)),
        Tile(t("centre.waiting"), visit.num(flow.waiting), t("centre.expired_n", n=flow.expired)),
    ]
    for programme, cases in zip(board.programmes, board.total.cases, strict=True):
        late = cases.overdue
        title = programme.vi if visit.lang == "vi" else programme.en
        note = t("centre.overdue_n", n=late) if late else t("centre.none_overdue")
        tiles.append(Tile(title, visit.num(cases.open), note, "warn" if late else "check", "wa" if late else "ok"))
    return tiles


def _who(visit: Visit, board: Centre, line: CentreLine) -> Cell:
    t = visit.t
    if not line.code:
        return Cell(t(f"tier.{line.tier}") if line.tier else t("centre.unknown"))
    if line.code == board.root:
        return Cell(t("centre.itself"), note=line.code)
    known = visit.exchange.directory.get(line.code) is not None
    return Cell(line.name or line.code, f"{_PATH}?parent={line.code}" if known else "", line.code)


class _Lines(NamedTuple):
    """`quiet`: lines without anything in them, for which one row stands; it leads to `all_`."""

    listed: Sequence[CentreLine]
    quiet: Sequence[CentreLine] = ()
    all_: str = ""

    @classmethod
    def of(cls, board: Centre, root: str, *, all_: bool) -> _Lines:
        listed, quiet = (board.lines, []) if all_ else board.told_apart()
        rest = [board.rest] if board.rest is not None else []
        return cls([*listed, *rest], quiet, f"{_PATH}?{urlencode({'parent': root, 'all': 1} if root else {'all': 1})}")

    def name(self, visit: Visit) -> Cell:
        return Cell(visit.t("centre.quiet", n=len(self.quiet)), self.all_)


def _flow(visit: Visit, board: Centre, lines: _Lines) -> Table:
    t = visit.t
    columns = (
        Column(t("centre.agency"), head=True),
        *(Column(t(f"centre.{name}"), number=True) for name in ("active", "sent", "received", "waiting", "expired")),
    )

    def row(first: Cell, line: CentreLine) -> tuple[Cell, ...]:
        flow = line.flow
        return (
            first,
            Cell(visit.num(flow.active), note=t("centre.of", n=flow.agencies)),
            Cell(visit.num(flow.sent)),
            Cell(visit.num(flow.received)),
            Cell(visit.num(flow.waiting)),
            Cell(visit.num(flow.expired), tone="er" if flow.expired else ""),
        )

    rows = [row(_who(visit, board, line), line) for line in lines.listed]
    if lines.quiet:
        flow = msgspec.structs.replace(lines.quiet[0].flow, agencies=sum(one.flow.agencies for one in lines.quiet))
        rows.append(row(lines.name(visit), msgspec.structs.replace(lines.quiet[0], flow=flow)))
    rows.append(row(Cell(t("centre.total")), board.total))
    return Table(t("centre.flow"), columns, rows, total=True)


def _cases(visit: Visit, board: Centre, lines: _Lines) -> Table:
    t = visit.t
    titles = [one.vi if visit.lang == "vi" else one.en for one in board.programmes]
    columns = (Column(t("centre.agency"), head=True), *(Column(title, number=True) for title in titles))

    def cell(cases: CentreCases) -> Cell:
        if not cases.total:
            return Cell("–", tone="q")
        late = t("centre.overdue_n", n=cases.overdue) if cases.overdue else ""
        ended = t("centre.ended_n", n=cases.ended, late=cases.late)
        return Cell(
            t("centre.open_n", n=cases.open),
            note=" · ".join(filter(None, (late, ended))),
            tone="wa" if cases.overdue else "",
        )

    rows = [(_who(visit, board, line), *map(cell, line.cases)) for line in lines.listed]
    if lines.quiet:
        rows.append((lines.name(visit), *map(cell, lines.quiet[0].cases)))
    rows.append((Cell(t("centre.total")), *map(cell, board.total.cases)))
    return Table(t("centre.cases"), columns, rows, total=True)


def measured(visit: Visit, shares: Sequence[OfDossiers], measures: Sequence[DossierMeasure]) -> Table:
    """Shares of dossiers, each with its two counts and their definition."""
    t, vi = visit.t, visit.lang == "vi"
    columns = (
        Column(t("centre.measure"), head=True),
        Column(t("centre.share"), number=True),
        Column(t("centre.part"), number=True),
        Column(t("centre.whole"), number=True),
        Column(t("centre.then"), number=True),
    )
    told = {one.code: one for one in measures}
    rows = []
    for one in shares:
        means = told[one.code]
        then = visit.share(float(means.then) / 100) if means.then else "–"
        rows.append(
            (
                Cell(means.vi if vi else means.en, note=means.defined_vi if vi else means.defined_en),
                Cell(visit.share(one.part / one.whole) if one.whole else "–", value=one.percent),
                Cell(visit.num(one.part), value=one.part),
                Cell(visit.num(one.whole), value=one.whole),
                Cell(then, tone="q"),
            )
        )
    return Table(t("centre.measured"), columns, rows)


def _services(visit: Visit, board: Centre) -> Table:
    t = visit.t
    columns = (
        Column(t("centre.service"), head=True),
        Column(t("centre.dossiers"), number=True),
        Column(t("centre.online"), number=True),
        Column(t("centre.basis")),
    )
    rows = [
        (
            Cell(f"{one.service} {one.vi if visit.lang == 'vi' else one.en}"),
            Cell(visit.num(one.received) if one.basis != "unknown" else "–"),
            Cell(visit.share(one.online / one.received) if one.received else "–"),
            Cell(t(f"centre.basis.{one.basis}"), tone="q"),
        )
        for one in board.services
    ]
    return Table(t("centre.services"), columns, rows)


PAGES: Final = (
    Page("GET", _PATH, show, Right.FLOW, "centre.title", CentreQuery),
    Page("GET", f"{_PATH}/live", part, Right.FLOW, "centre.title", CentreQuery, part=True),
)
TEXTS: Final[Mapping[str, Text]] = {
    "nav.centre": Text("Điều hành", "Centre"),
    "centre.title": Text("Trung tâm điều hành", "Centre"),
    "centre.country": Text("Cả nước", "The country"),
    "centre.way": Text("Đường tới đơn vị", "The way to the agency"),
    "centre.itself": Text("Chính đơn vị này", "The agency itself"),
    "centre.unknown": Text("Không còn trong danh mục", "No longer in the directory"),
    "centre.agency": Text("Đơn vị", "Agency"),
    "centre.look": Text("Xem đơn vị", "Look at the agency"),
    "centre.active": Text("Đơn vị có gửi, nhận", "Agencies that exchange"),
    "centre.of": Text("trên {n} đơn vị", "of {n} agency|of {n} agencies"),
    "centre.sent": Text("Văn bản gửi", "Documents sent"),
    "centre.received": Text("Lượt nhận", "Deliveries"),
    "centre.received_n": Text("{n} lượt nhận", "{n} delivery|{n} deliveries"),
    "centre.waiting": Text("Chờ nhận", "Waiting"),
    "centre.expired": Text("Quá hạn nhận", "Expired"),
    "centre.expired_n": Text("{n} quá hạn nhận", "{n} expired"),
    "centre.flow": Text("Văn bản lưu thông", "What flows"),
    "centre.flow.note": Text("văn bản chấp nhận từ {day}", "documents accepted since {day}"),
    "centre.cases": Text("Hệ thống trên trục: ai báo cáo, việc gì trễ", "Programmes: who reports, what is late"),
    "centre.open_n": Text("{n} đang mở", "{n} open"),
    "centre.overdue_n": Text("{n} quá hạn", "{n} overdue"),
    "centre.none_overdue": Text("đang mở, không quá hạn", "open, none overdue"),
    "centre.ended_n": Text("{n} xong, {late} trễ", "{n} ended, {late} late"),
    "centre.tiers": Text("Theo cấp", "By tier"),
    "centre.total": Text("Tổng", "Total"),
    "centre.services": Text("25 dịch vụ công thiết yếu (Đề án 06)", "The 25 essential services of Project 06"),
    "centre.services.note": Text("hồ sơ tiếp nhận trong {month}", "dossiers received in {month}"),
    "centre.measured": Text("Kết quả điện tử, số hóa", "Electronic results, digitised dossiers"),
    "centre.measured.note": Text("trong {month}, theo đơn vị giải quyết", "in {month}, by the solving agency"),
    "centre.measure": Text("Chỉ số và cách tính", "Measure, and how it is computed"),
    "centre.share": Text("Tỷ lệ", "Share"),
    "centre.part": Text("Tử số", "Numerator"),
    "centre.whole": Text("Mẫu số", "Denominator"),
    "centre.then": Text("Tháng 11/2022", "November 2022"),
    "centre.service": Text("Dịch vụ", "Service"),
    "centre.dossiers": Text("Hồ sơ", "Dossiers"),
    "centre.online": Text("Trực tuyến", "Online"),
    "centre.basis": Text("Mã thủ tục", "Codes of procedures"),
    "centre.basis.published": Text("đã công bố", "published"),
    "centre.basis.assumed": Text("theo trí nhớ, chưa đối chiếu", "remembered, not checked"),
    "centre.basis.unknown": Text("chưa biết mã, chưa đếm được", "not known, so nothing counts"),
    "centre.behind": Text("{n} văn bản chưa tính vào", "{n} document not counted yet|{n} documents not counted yet"),
    "centre.quiet": Text("{n} đơn vị chưa có gì", "{n} agency without anything|{n} agencies without anything"),
    "centre.rest": Text("{n} đơn vị nhỏ gộp một dòng", "{n} small agency as one line|{n} small agencies as one line"),
    "centre.open": Text("Dữ liệu mở", "Open data"),
}
