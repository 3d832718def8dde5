"""Leaders' signatures, and results that count: both as shares with their denominators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console.page import Page, PageQuery, Visit
from hub.console.screens.centre import measured
from hub.console.ui import Cell, Column, Table
from hub.core.errors import Text
from hub.core.wire_results import ResultLine
from hub.core.wire_signatures import LeaderLine
from hub.http.milliseconds import spent
from hub.routes import leaders, results
from hub.routes.leaders import MonthsQuery

_MONTH: Final = msgspec.Meta(pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$(?!\n)", max_length=7)
_PAGE: Final = 50


class LeadersQuery(PageQuery, frozen=True, kw_only=True):
    """Months, as `MonthsQuery`; `cursor`: the last agency seen."""

    since: Annotated[str, _MONTH] = ""
    until: Annotated[str, _MONTH] = ""
    cursor: Annotated[str, msgspec.Meta(max_length=100)] = ""


async def show(visit: Visit) -> web.StreamResponse:
    query: LeadersQuery = visit.query or LeadersQuery()
    asked = MonthsQuery(since=query.since, until=query.until, cursor=query.cursor, limit=_PAGE)
    found, seconds = await leaders.counted(visit.exchange, visit.caller, asked)
    counted, more = await results.counted(visit.exchange, visit.caller, asked)
    spent(seconds + more)
    t = visit.t
    agencies = [_row(visit, line, line.name or line.key) for line in found.lines]
    tiers = [_row(visit, line, t(f"tier.{line.key}")) for line in found.tiers]
    own = [_result(visit, line, line.name or line.key) for line in counted.lines]
    next_page = visit.here(cursor=found.cursor) if found.cursor else ""
    return visit.page(
        "leaders.html",
        found=found,
        counted=counted,
        defined=found.defined_vi if visit.lang == "vi" else found.defined_en,
        counts=counted.defined_vi if visit.lang == "vi" else counted.defined_en,
        tiers=Table(
            t("leaders.tiers"),
            _columns(visit),
            [*tiers, _row(visit, found.total, t("leaders.all"))],
            t("leaders.none"),
            total=True,
        ),
        agencies=Table(t("leaders.agencies"), _columns(visit), agencies, t("leaders.none"), next_page),
        measured=measured(visit, counted.total.of_dossiers, counted.measures),
        results=Table(
            t("leaders.results"),
            _of_results(visit),
            [*own, _result(visit, counted.total, t("leaders.all"))] if own else [],
            t("leaders.results.none"),
            total=bool(own),
        ),
    )


def _columns(visit: Visit) -> tuple[Column, ...]:
    t = visit.t
    names = ("read", "leader", "agency", "faulty", "unsigned", "unread", "share", "share_agencies")
    folded = ("faulty", "unsigned", "unread")
    return (
        Column(t("leaders.whose"), head=True),
        *(Column(t(f"leaders.{name}"), number=True, fold=name in folded) for name in names),
    )


def _row(visit: Visit, line: LeaderLine, name: str) -> tuple[Cell, ...]:
    read = line.leader + line.agency + line.faulty + line.unsigned
    counts = (read, line.leader, line.agency, line.faulty, line.unsigned, line.unread)
    shares = (line.share_documents, line.share_agencies)
    return (
        Cell(name),
        *(Cell(visit.num(count), value=count) for count in counts),
        *(_share(visit, share) for share in shares),
    )


def _share(visit: Visit, share: float | None) -> Cell:
    return Cell(visit.share(share), value=share) if share is not None else Cell("–")


def _of_results(visit: Visit) -> tuple[Column, ...]:
    t = visit.t
    names = ("claimed", "attached", "signed", "verified", "share_verified")
    return (
        Column(t("leaders.whose"), head=True),
        *(Column(t(f"leaders.{name}"), number=True, fold=name == "attached") for name in names),
    )


def _result(visit: Visit, line: ResultLine, name: str) -> tuple[Cell, ...]:
    counts = (line.claimed, line.attached, line.signed, line.verified)
    return (
        Cell(name),
        *(Cell(visit.num(count), value=count) for count in counts),
        _share(visit, line.share_verified),
    )


PAGES: Final = (Page("GET", "/console/leaders", show, Right.AGENCIES, "leaders.title", LeadersQuery),)
TEXTS: Final[Mapping[str, Text]] = {
    "leaders.title": Text("Lãnh đạo ký số, kết quả điện tử", "Leaders who sign, electronic results"),
    "leaders.off": Text(
        "Trục này không đọc tệp PDF (thiếu phần mở rộng pdf): không có số liệu về chữ ký.",
        "This hub reads no PDF files (the extra pdf is missing): there are no figures of signatures.",
    ),
    "leaders.behind": Text("Còn {n} văn bản chưa đọc tới.", "{n} documents were not looked at yet."),
    "leaders.since": Text("Từ tháng", "From month"),
    "leaders.until": Text("Đến tháng", "To month"),
    "leaders.show": Text("Xem", "Show"),
    "leaders.tiers": Text("Theo cấp", "By tier"),
    "leaders.agencies": Text("Theo cơ quan", "By agency"),
    "leaders.none": Text("Chưa có văn bản nào có tệp PDF trong khoảng này.", "No document with a PDF in these months."),
    "leaders.all": Text("Tất cả", "All"),
    "leaders.whose": Text("Cấp, cơ quan", "Tier, agency"),
    "leaders.read": Text("Đã đọc", "Read"),
    "leaders.leader": Text("Lãnh đạo ký", "By a leader"),
    "leaders.agency": Text("Chỉ cơ quan", "Agency only"),
    "leaders.faulty": Text("Chữ ký lỗi", "Faulty"),
    "leaders.unsigned": Text("Không ký", "Unsigned"),
    "leaders.unread": Text("Chưa đọc", "Unread"),
    "leaders.share": Text("Tỷ lệ văn bản", "Of documents"),
    "leaders.share_agencies": Text("Tỷ lệ cơ quan", "Of agencies"),
    "leaders.results": Text("Kết quả điện tử", "Electronic results"),
    "leaders.results.none": Text("Chưa có kết quả nào được đăng ký.", "No result is registered."),
    "leaders.claimed": Text("Đăng ký", "Claimed"),
    "leaders.attached": Text("Có tệp", "With file"),
    "leaders.signed": Text("Có chữ ký", "Signed"),
    "leaders.verified": Text("Chữ ký đạt", "Verified"),
    "leaders.share_verified": Text("Tỷ lệ đạt", "Share verified"),
    "leaders.verify": Text("Tra cứu một kết quả", "Verify a result"),
}
