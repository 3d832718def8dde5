"""The flow, and the first thing to be done: for an operator's ten seconds, live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console import flow, live
from hub.console.board import PERIODS, Board, Boards, Period, since
from hub.console.page import Page, PageQuery, Visit
from hub.console.screens.todo_texts import TODO
from hub.console.ui import Cell, Choice, Column, Table, Tile
from hub.core.attention import Item, What
from hub.core.errors import Text
from hub.core.model import Millis, Priority, vietnam_date
from hub.exchange import Exchange

_BOARDS: WeakKeyDictionary[Exchange, Boards] = WeakKeyDictionary()
"""One for each hub of this process."""
_PROMISED: Final = {4: 60_000, 3: 15 * 60_000, 2: 2 * 3_600_000, 1: 2 * 3_600_000, 0: 4 * 3_600_000}
"""ms within which half of a lane is expected to be handed over."""


class OverviewQuery(PageQuery, frozen=True, kw_only=True):
    period: Annotated[str, msgspec.Meta(pattern=r"^(day|week|month|quarter)?$(?!\n)", max_length=7)] = ""


class Row(NamedTuple):
    """An item as it is shown. `href`: the next step."""

    icon: str
    tone: str
    title: str
    lane: int
    why: str
    age: str
    href: str
    do: str


def boards_of(exchange: Exchange) -> Boards:
    return _BOARDS.setdefault(exchange, Boards())


async def show(visit: Visit) -> web.StreamResponse:
    """A person that has no flow to see goes to the page of its work."""
    if not visit.may(Right.FLOW):
        return visit.see(visit.home)
    return visit.page("overview.html", **await _values(visit))


async def part(visit: Visit) -> web.StreamResponse:
    return visit.page("overview_live.html", **await _values(visit))


async def _values(visit: Visit) -> dict[str, Any]:
    key = visit.query.period if visit.query is not None and visit.query.period else "week"
    period = next(period for period in PERIODS if period.key == key)
    boards = boards_of(visit.exchange)
    board = await boards.get(visit, period)
    rows = [_row(visit, item) for item in board.items]
    return {
        "feels": live.state_of(visit),
        "board": board,
        "again": boards.again(board, period, visit.exchange.sequencer.batches),
        "rows": rows,
        "grave": sum(item.grave for item in board.items),
        "period": key,
        "periods": [Choice(visit.t(f"period.{p.key}"), f"/console?period={p.key}", p.key == key) for p in PERIODS],
        "minutes": _minutes(visit, board),
        "tiles": _tiles(visit, board),
        "indicators": _indicators(visit, board),
        "picture": flow.picture(board.figures),
        "ledger": _ledger(visit, board),
        "speeds": _speeds(visit, board),
        "matrix": _matrix(visit, board, period),
        "documents": _documents(visit, period),
        "columns": flow.COLUMNS,
    }


def _row(visit: Visit, item: Item) -> Row:
    t, now = visit.t, visit.now
    names = ", ".join(visit.name_of(code) for code in item.agencies) or t("todo.everybody")
    more = t("todo.more", n=item.of - len(item.agencies)) if item.of > len(item.agencies) else ""
    age = visit.age(now - item.since) if item.since is not None else ""
    if item.until is not None:
        left = item.until - now
        age = t("todo.left", time=visit.age(left)) if left > 0 else t("todo.over", time=visit.age(-left))
    href, do = _STEPS[item.what]
    if item.what in _OF_AGENCIES and item.of == 1:
        href = f"/console/agencies/{item.agencies[0]}"
    why = t(f"todo.{item.what}.why", names=f"{names} {more}".strip(), of=item.of, why=item.why)
    return Row(
        icon="stop" if item.grave else "warn",
        tone="er" if item.grave else "wa",
        title=t(f"todo.{item.what}", n=item.count, of=item.of, why=item.why),
        lane=item.lane,
        why=why,
        age=age,
        href=href if visit.leads(href.partition("?")[0]) else "/console/system" if visit.may(Right.SYSTEM) else "",
        do=t(do),
    )


_OF_AGENCIES: Final = (
    What.URGENT,
    What.EXPIRING,
    What.SILENT,
    What.TURNED_AWAY,
    What.TRAFFIC,
    What.NO_CERTIFICATE,
    What.NEVER_CAME,
)
_STEPS: Final[Mapping[What, tuple[str, str]]] = {
    What.DIFFERENCE: ("/console/log", "todo.do.log"),
    What.HALTED: ("/console/system", "todo.do.system"),
    What.CLOCK: ("/console/system", "todo.do.system"),
    What.UNWELL: ("/console/system", "todo.do.system"),
    What.DISK: ("/console/system", "todo.do.system"),
    What.URGENT: ("/console/agencies", "todo.do.agency"),
    What.EXPIRED: ("/console/failures", "todo.do.failures"),
    What.EXPIRING: ("/console/agencies", "todo.do.agency"),
    What.SILENT: ("/console/agencies", "todo.do.agency"),
    What.BACKLOG: ("/console/agencies", "todo.do.agency"),
    What.REFUSALS: ("/console/failures", "todo.do.failures"),
    What.TURNED_AWAY: ("/console/failures", "todo.do.failures"),
    What.TRAFFIC: ("/console/agencies", "todo.do.agency"),
    What.CERTIFICATE: ("/console/certificates", "todo.do.certificates"),
    What.REVOCATION: ("/console/certificates", "todo.do.certificates"),
    What.WITNESS: ("/console/log", "todo.do.log"),
    What.STAMPS: ("/console/system", "todo.do.system"),
    What.NO_CERTIFICATE: ("/console/agencies?lacks=certificate", "todo.do.agencies"),
    What.UNPROVEN: ("/console/failures", "todo.do.failures"),
    What.NEVER_CAME: ("/console/agencies?lacks=contact", "todo.do.agencies"),
}


def _minutes(visit: Visit, board: Board) -> Table:
    t = visit.t
    begin = board.at // 60_000 - 59
    rows = [
        (
            Cell(visit.clock(Millis((begin + place) * 60_000))),
            Cell(visit.num(count), value=count),
            Cell(visit.num(low), value=low),
            Cell(visit.num(high), value=high),
        )
        for place, (count, (low, high)) in enumerate(zip(board.pace.minutes, board.usual, strict=True))
    ]
    columns = (
        Column(t("flow.minute"), head=True),
        Column(t("flow.documents"), number=True),
        Column(t("flow.low"), number=True),
        Column(t("flow.high"), number=True),
    )
    return Table(t("flow.title"), columns, rows)


def _tiles(visit: Visit, board: Board) -> Sequence[Tile]:
    t, total, figures = visit.t, board.figures.ledger[-1], board.figures
    oldest = min((w.oldest for w in board.pace.waiting), default=None)
    age = t("tile.oldest", time=visit.age(board.at - oldest)) if oldest is not None else t("tile.none_waits")
    good = total.difference == 0
    return (
        Tile(t("tile.waiting"), visit.num(total.waiting), age),
        Tile(
            t("tile.difference"),
            visit.num(total.difference),
            t("tile.difference.note"),
            "check" if good else "stop",
            "ok" if good else "er",
        ),
        Tile(
            t("tile.latency"),
            visit.age(figures.latency.p50) if figures.latency.measured else "–",
            t("tile.latency.note", time=visit.age(figures.latency.p99)) if figures.latency.measured else "",
        ),
        Tile(
            t("tile.signed"),
            visit.share(figures.signed_share) if figures.documents else "–",
            t("tile.signed.note", share=visit.share(1 - figures.signed_share)) if figures.documents else "",
        ),
    )


def _indicators(visit: Visit, board: Board) -> Sequence[Tile]:
    """The law's figures: all that was ever exchanged, the share of agencies that exchange, by tier."""
    t, ever = visit.t, board.ever
    shares = [
        Tile(t(f"tier.{f.tier}"), visit.share(f.share), t("tile.of", n=f.exchanged, of=f.agencies))
        for f in ever.tiers
        if f.agencies
    ]
    return (Tile(t("tile.ever"), visit.num(ever.documents), t("tile.ever.note", n=ever.deliveries)), *shares)


_LEDGER: Final = ("accepted", "handed_over", "waiting", "refused", "taken_back", "expired", "difference")


def _ledger(visit: Visit, board: Board) -> Table:
    t = visit.t
    columns = (Column(t("ledger.tier"), head=True), *(Column(t(f"ledger.{name}"), number=True) for name in _LEDGER))
    rows = []
    for line in board.figures.ledger:
        bad = ("expired", "difference")
        rows.append(
            (
                Cell(t(f"tier.{line.name}")),
                *(
                    Cell(visit.num(n), tone="er" if n and name in bad else "")
                    for name in _LEDGER
                    for n in [getattr(line, name)]
                ),
            )
        )
    return Table(t("ledger.title"), columns, rows, total=True)


def _documents(visit: Visit, period: Period) -> str:
    """The search for the documents that a ribbon counts, but for its two tiers; empty where it is not for this
    person."""
    path, day = "/console/documents", vietnam_date(since(period, visit.now))
    return f"{path}?since={day}" if visit.leads(path) else ""


def _matrix(visit: Visit, board: Board, period: Period) -> Table:
    t, documents = visit.t, _documents(visit, period)
    cells = {(f.sender, f.recipient): f.deliveries for f in board.figures.matrix}
    tiers = [node.tier for node in flow.picture(board.figures).recipients]
    columns = (Column(t("matrix.from"), head=True), *(Column(t(f"tier.{r}"), number=True) for r in tiers))

    def cell(sender: str, recipient: str) -> Cell:
        count = cells.get((sender, recipient), 0)
        href = f"{documents}&from_tier={sender}&to_tier={recipient}" if documents and count else ""
        return Cell(visit.num(count), href)

    rows = [(Cell(t(f"tier.{s}")), *(cell(s, r) for r in tiers)) for s in tiers]
    return Table(t("matrix.title"), columns, rows)


def _speeds(visit: Visit, board: Board) -> Table:
    t = visit.t
    waits: dict[int, tuple[int, Millis]] = {}
    for w in board.pace.waiting:
        n, oldest = waits.get(w.lane, (0, w.oldest))
        waits[w.lane] = n + w.documents, min(oldest, w.oldest)
    known = {s.lane: s for s in board.pace.speeds}
    columns = (
        Column(t("speed.lane"), head=True),
        Column(t("speed.half"), number=True),
        Column(t("speed.most"), number=True),
        Column(t("speed.waiting"), number=True),
        Column(t("speed.judged")),
    )
    rows = []
    for lane in reversed(Priority):
        speed, (n, oldest) = known.get(lane), waits.get(lane, (0, board.at))
        late = board.at - oldest > _PROMISED[lane] or (speed is not None and speed.p50 > _PROMISED[lane])
        state = "unused" if speed is None and not n else "warned" if late else "good"
        bound = t("speed.bound", time=visit.age(_PROMISED[lane]))
        rows.append(
            (
                Cell(t(f"urgency.{int(lane)}")),
                Cell(visit.age(speed.p50) if speed is not None else "–"),
                Cell(visit.age(speed.p99) if speed is not None else "–"),
                Cell(visit.num(n), note=t("tile.oldest", time=visit.age(board.at - oldest)) if n else ""),
                Cell(bound, state=state),
            )
        )
    return Table(t("speed.title"), columns, rows)


PAGES: Final = (
    Page("GET", "/console", show, Right.SELF, "nav.overview", OverviewQuery),
    Page("GET", "/console/", show, Right.SELF, "nav.overview", OverviewQuery),
    Page("GET", "/console/overview/live", part, Right.FLOW, "nav.overview", OverviewQuery, part=True),
)
TEXTS: Final[Mapping[str, Text]] = {
    **TODO,
    "flow.title": Text("Lưu lượng", "Flow"),
    "flow.minute": Text("Phút", "Minute"),
    "flow.documents": Text("Văn bản", "Documents"),
    "flow.low": Text("Thường lệ, thấp nhất", "Usual, least"),
    "flow.high": Text("Thường lệ, cao nhất", "Usual, most"),
    "flow.per_minute": Text("văn bản/phút", "documents a minute"),
    "flow.today": Text("{n} trong kỳ", "{n} in the period"),
    "flow.label": Text(
        "Văn bản mỗi phút trong một giờ qua; nền xám: thường lệ của bảy ngày trước",
        "Documents a minute over the last hour; grey: as usual in the seven days before",
    ),
    "tile.waiting": Text("Chờ nhận", "Waiting"),
    "tile.oldest": Text("lâu nhất {time}", "the oldest for {time}"),
    "tile.none_waits": Text("không có văn bản chờ", "nothing waits"),
    "tile.difference": Text("Chênh lệch", "Difference"),
    "tile.difference.note": Text("gửi tới = tổng kết quả", "accepted = sum of outcomes"),
    "tile.latency": Text("Thời gian giao", "Time to hand over"),
    "tile.latency.note": Text("99 %: dưới {time}", "99 %: below {time}"),
    "tile.signed": Text("Có ký số hợp lệ", "Validly signed"),
    "tile.signed.note": Text("{share} chỉ để tham khảo", "{share} for information only"),
    "tile.ever": Text("Từ trước đến nay", "Since the beginning"),
    "tile.ever.note": Text("văn bản, tới {n} nơi nhận", "documents, to {n} recipient|documents, to {n} recipients"),
    "tile.of": Text("{n} trên {of} đơn vị", "{n} of {of} agencies"),
    "indicators.title": Text("Đơn vị đã gửi nhận, theo cấp", "Agencies that exchange, by tier"),
    "period.day": Text("Hôm nay", "Today"),
    "period.week": Text("7 ngày", "7 days"),
    "period.month": Text("Tháng", "Month"),
    "period.quarter": Text("Quý", "Quarter"),
    "period.title": Text("Kỳ", "Period"),
    "picture.title": Text(
        "Văn bản giữa các cấp và kết quả giao nhận", "Documents between tiers, and what became of them"
    ),
    "picture.note": Text(
        "{n} văn bản trong kỳ; sổ cái từ trước đến nay", "{n} documents in the period; ledger of all time"
    ),
    "picture.documents": Text("xem văn bản", "look at the documents"),
    "picture.sent": Text("gửi", "sent"),
    "picture.received": Text("nhận", "received"),
    "ledger.title": Text("Sổ cái giao nhận", "Ledger of deliveries"),
    "ledger.tier": Text("Cấp nhận", "Receiving tier"),
    "ledger.accepted": Text("Gửi tới", "Accepted"),
    "ledger.handed_over": Text("= Đã nhận", "= Received"),
    "ledger.waiting": Text("+ Chờ nhận", "+ Waiting"),
    "ledger.refused": Text("+ Trả lại", "+ Returned"),
    "ledger.taken_back": Text("+ Đã lấy lại", "+ Taken back"),
    "ledger.expired": Text("+ Quá hạn", "+ Expired"),
    "ledger.difference": Text("Chênh lệch", "Difference"),
    "matrix.title": Text("Cấp gửi (dòng) tới cấp nhận (cột)", "From tier (line) to tier (column)"),
    "matrix.from": Text("Cấp gửi", "From"),
    "speed.title": Text("Thời gian giao theo độ khẩn", "Time to hand over, by urgency"),
    "speed.note": Text("của một ngày qua", "of the last day"),
    "speed.lane": Text("Độ khẩn", "Urgency"),
    "speed.half": Text("Một nửa nhận trong", "Half within"),
    "speed.most": Text("99 % nhận trong", "99 % within"),
    "speed.waiting": Text("Đang chờ", "Waiting"),
    "speed.judged": Text("So với ngưỡng", "Against the bound"),
    "speed.bound": Text("ngưỡng {time}", "bound {time}"),
}
