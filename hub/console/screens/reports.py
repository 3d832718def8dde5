"""Figures of days, weeks, months and quarters by tier and unit, with each figure's meaning: to read, to print, to take
along."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web

from hub.access import Right
from hub.base.sheets import period_book
from hub.console import period_parts as parts
from hub.console.page import Page, PageQuery, Visit
from hub.console.ui import Choice
from hub.core import period_table as tables
from hub.core import register
from hub.core.errors import BadRequest, Text
from hub.core.model import Tier, from_iso_utc, vietnam_date
from hub.core.period import Period, first_of, last_of
from hub.core.wire_report import PeriodReport
from hub.routes.reports import pdf_of, report_of

_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LOOK_BACK: Final = {Period.DAY: 13, Period.WEEK: 83, Period.MONTH: 364, Period.QUARTER: 729}
"""Days before today that a report without days begins with."""
Day = Annotated[str, msgspec.Meta(max_length=10)]


class ReportsQuery(PageQuery, frozen=True, kw_only=True):
    """`period`: the steps; `first`, `last`: days, empty as a form sends them; `tier`: whose units."""

    period: Period = Period.MONTH
    first: Day = ""
    last: Day = ""
    tier: Tier = Tier.PROVINCIAL


async def _report(visit: Visit) -> PeriodReport:
    query = visit.query or ReportsQuery()
    today = vietnam_date(visit.now)
    last = _day(query.last) or today
    back = timedelta(days=_LOOK_BACK[query.period])
    first = _day(query.first) or first_of(query.period, max(last, date.min + back) - back)
    return await report_of(visit.hub, visit.context, query.period, first, last)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadRequest(expected="a day as 2025-06-30", found=text) from None


async def show(visit: Visit) -> web.StreamResponse:
    query, report, t = visit.query or ReportsQuery(), await _report(visit), visit.t
    units = [line for line in report.units if line.tier is query.tier and (line.sent or line.received or line.agencies)]
    units.sort(key=lambda line: (-line.sent - line.received, line.code))
    values: dict[str, Any] = {
        "report": report,
        "at": from_iso_utc(report.as_of),
        "period": query.period.value,
        "periods": [
            Choice(t(f"reports.{p.value}"), visit.here(period=p.value, first="", last=""), p is query.period)
            for p in Period
        ],
        "tier": query.tier.value,
        "tiers": [Choice(t(f"figures.units.{x.value}"), visit.here(tier=x.value), x is query.tier) for x in Tier],
        "span": _span(visit, report),
        "tiles": parts.tiles(visit, report.total),
        "steps": parts.steps(visit, t("figures.steps"), report.steps),
        "by_tier": parts.table(visit, t("figures.tiers"), [*report.tiers, report.total], parts.EXCHANGE),
        "outcome": parts.table(visit, t("figures.outcome"), [*report.tiers, report.total], parts.OUTCOME),
        "speed": parts.table(visit, t("figures.speed"), [*report.tiers, report.total], parts.SPEED),
        "units": parts.table(visit, t(f"figures.units.{query.tier.value}"), units, (*parts.EXCHANGE, "expired")),
        "count": len(units),
        "most": parts.MOST_ROWS,
        "holes": [tables.hole_text(hole, visit.lang) for hole in report.holes],
        "definitions": parts.definitions(visit, (*parts.EXCHANGE, *parts.OUTCOME, *parts.SPEED)),
        "earlier": _other(visit, report, -1),
        "later": _other(visit, report, 1),
        "files": _files(visit, report),
        "command": f"truc report --period {report.period} --from {report.first} --to {report.last}",
    }
    return visit.page("reports.html", **values)


def _span(visit: Visit, report: PeriodReport) -> str:
    return visit.t("reports.span", first=_told(visit, report.first), last=_told(visit, report.last))


def _told(visit: Visit, day: date) -> str:
    return f"{day:%d/%m/%Y}" if visit.lang == "vi" else f"{day.day} {day:%b %Y}"


def _other(visit: Visit, report: PeriodReport, way: int) -> str:
    """The address of as many days before or after."""
    try:
        days = (report.last - report.first).days + 1
        first, last = report.first + way * timedelta(days=days), report.last + way * timedelta(days=days)
        period = Period(report.period)
        return visit.here(first=first_of(period, first).isoformat(), last=last_of(period, last).isoformat())
    except OverflowError:
        return ""


def _files(visit: Visit, report: PeriodReport) -> list[tuple[str, str]]:
    query = f"period={report.period}&first={report.first}&last={report.last}"
    return [(name, f"/console/reports/{name}?{query}") for name in ("csv", "xlsx", "pdf")]


async def as_csv(visit: Visit) -> web.StreamResponse:
    report = await _report(visit)

    def work() -> str:
        cells = ([str(cell) for cell in row] for row in tables.rows(report, visit.lang))
        return "".join(register.csv_lines(cells, tables.head(visit.lang)))

    return _file(report, (await visit.context.milliseconds.aside(work)).encode(), "csv", "text/csv")


async def as_xlsx(visit: Visit) -> web.StreamResponse:
    report = await _report(visit)

    def work() -> bytes:
        target = io.BytesIO()
        period_book(target, report, visit.lang)
        return target.getvalue()

    return _file(report, await visit.context.milliseconds.aside(work), "xlsx", _XLSX)


async def as_pdf(visit: Visit) -> web.StreamResponse:
    report = await _report(visit)
    return _file(report, await pdf_of(visit.hub, report, visit.lang), "pdf", "application/pdf")


def _file(report: PeriodReport, body: bytes, suffix: str, media: str) -> web.Response:
    name = f"truc-{report.period}-{report.first}-{report.last}.{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, content_type=media, headers=headers)


PAGES: Final = (
    Page("GET", "/console/reports", show, Right.FLOW, "nav.reports", ReportsQuery),
    Page("GET", "/console/reports/csv", as_csv, Right.FLOW, "nav.reports", ReportsQuery, part=True),
    Page("GET", "/console/reports/xlsx", as_xlsx, Right.FLOW, "nav.reports", ReportsQuery, part=True),
    Page("GET", "/console/reports/pdf", as_pdf, Right.FLOW, "nav.reports", ReportsQuery, part=True),
)
TEXTS: Final[Mapping[str, Text]] = {
    **parts.TEXTS,
    "reports.day": Text("Ngày", "Days"),
    "reports.week": Text("Tuần", "Weeks"),
    "reports.month": Text("Tháng", "Months"),
    "reports.quarter": Text("Quý", "Quarters"),
    "reports.period": Text("Chia theo", "By"),
    "reports.first": Text("Từ ngày", "From"),
    "reports.last": Text("Đến ngày", "To"),
    "reports.show": Text("Xem", "Show"),
    "reports.span": Text("Từ {first} đến {last}", "{first} to {last}"),
    "reports.earlier": Text("Trước", "Earlier"),
    "reports.later": Text("Sau", "Later"),
    "reports.units": Text("Theo đơn vị", "By unit"),
    "reports.print": Text(
        "In: Ctrl+P; trang in khổ A4. Tệp PDF đã dàn trang sẵn.",
        "Print: Ctrl+P; the page is laid out for A4. The PDF file is laid out already.",
    ),
    "reports.holes": Text("Điều số liệu chưa cho biết", "What the figures do not tell"),
}
