"""Reports of periods for who runs and who audits the axis, and the figures of a regime (QĐ 28/2018/QĐ-TTg Art. 11)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

import msgspec
from aiohttp import web

from hub.core import period as periods
from hub.core import wire
from hub.core.errors import BadRequest, NotFound
from hub.core.misfit import one_of
from hub.core.model import vietnam_date
from hub.core.period import Period, Sums
from hub.core.wire_report import PeriodReport, RegimeReports
from hub.http.call import Call, Context, HubOnly, answer
from hub.http.milliseconds import Milliseconds, spent
from hub.http.problems import HEADERS
from hub.http.speaking import Lang, spoken, told_in
from hub.programmes.reporting import from_record
from hub.programmes.reporting.periods import period as period_named
from hub.programmes.reporting.regime import shipped
from hub.programmes.working_days import vietnam
from hub.typeset import child

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)


class PeriodQuery(wire.Wire, frozen=True, kw_only=True):
    """`period`: the steps of the report; `first`, `last`: days, made whole to steps; left out: the step of today."""

    period: Period = Period.MONTH
    first: date | None = None
    last: date | None = None
    format: Literal["", "json", "pdf"] = ""
    lang: Lang = msgspec.UNSET


class RegimeQuery(wire.Wire, frozen=True, kw_only=True):
    """`period`: as the regime has them, `2026-Q1`; `agency`: that one alone, by its code."""

    regime: Annotated[str, msgspec.Meta(max_length=64)]
    period: Annotated[str, msgspec.Meta(max_length=16)]
    agency: Annotated[str, msgspec.Meta(max_length=64)] = ""


async def period(call: Call) -> web.StreamResponse:
    """As JSON, or as PDF where `format` or else the header Accept asks for it."""
    query: PeriodQuery = call.query
    found = await report_of(call.hub_only, call.context, query.period, query.first, query.last)
    if query.format == "pdf" or (not query.format and call.request.headers.get("Accept", "").strip() == child.MEDIA):
        lang = spoken(call.request, query.lang)
        return pdf(found, await pdf_of(call.hub_only, found, lang), lang)
    return answer(found)


async def pdf_of(hub: HubOnly, report: PeriodReport, lang: str) -> bytes:
    """The report as PDF, set once for all who ask for it. NotInstalled."""

    async def make() -> bytes:
        made = await child.report(report, lang)
        spent(made.seconds)
        return made.pdf

    return await hub.reports.periods.get(("pdf", report.period, report.first, report.last, report.as_of, lang), make)


def pdf(report: PeriodReport, body: bytes, lang: str) -> web.Response:
    name = f"truc-{report.period}-{report.first}-{report.last}.pdf"
    told = {"Content-Type": child.MEDIA, "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=body, headers=HEADERS | told_in(lang) | told)


async def report_of(
    hub: HubOnly, context: Context, step: Period, first: date | None, last: date | None
) -> PeriodReport:
    """The report of whole steps around these days. BadRequest for days that are none, or too many."""
    today = vietnam_date(context.exchange.clock())
    begin, end = first or last or today, last or first or today
    if not FIRST_DAY <= begin <= end <= LAST_DAY or (end - begin).days >= periods.MOST_DAYS:
        found = f"{begin} {end}"
        raise BadRequest(expected=f"days from {FIRST_DAY} to {LAST_DAY}, the first one first", found=found)
    begin, end = periods.first_of(step, begin), periods.last_of(step, end)
    if len(periods.steps_of(step, begin, end)) > periods.MOST_STEPS:
        raise BadRequest(expected=f"at most {periods.MOST_STEPS} steps", found=f"{begin} {end} {step}")
    cache = hub.reports.periods

    async def make() -> PeriodReport:
        counted = await cache.count(begin, end, charged=True)
        return await context.milliseconds.aside(
            periods.report, step, begin, end, counted.rows, counted.directory, counted.as_of
        )

    return await cache.get((step, begin, end), make)


async def regime(call: Call) -> web.StreamResponse:
    query: RegimeQuery = call.query
    directory = call.context.exchange.directory
    agency = directory.get(query.agency) if query.agency else None
    if query.agency and agency is None:
        raise NotFound(expected="a registered agency", found=query.agency)
    only = agency.code if agency is not None else ""
    return answer(await regime_of(call.hub_only, call.context.milliseconds, query.regime, query.period, only))


async def regime_of(hub: HubOnly, milliseconds: Milliseconds, code: str, name: str, only: str = "") -> RegimeReports:
    """BadRequest for a regime that is not filled from the record, and for a period that it has not."""
    known = {one.code: one for one in shipped().values() if from_record.fillable(one)}
    found = known.get(code)
    if found is None:
        raise BadRequest(expected=one_of(known), found=code[:64])
    try:
        of = period_named(name)
    except ValueError:
        raise BadRequest(expected="a period such as 2026-Q1", found=name[:16]) from None
    window = found.window.window(of)
    if of.span not in found.spans or window.last < found.valid_from:
        raise BadRequest(expected=f"a quarter from {found.valid_from} on, such as 2026-Q1", found=name[:16])
    cache = hub.reports.periods

    async def make() -> RegimeReports:
        counted = await cache.count(window.first, window.last, charged=True)

        def work() -> RegimeReports:
            rows, directory = counted.rows, counted.directory
            sums = Sums(rows, directory, window.first, window.last)
            holes = periods.holes(sums, rows, window.first, window.last, counted.as_of)
            return from_record.fill(found, of, window, rows, directory, vietnam(), counted.as_of, holes, only)

        return await milliseconds.aside(work)

    return await cache.get((code, name, only), make)
