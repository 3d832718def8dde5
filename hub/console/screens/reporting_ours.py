"""A clerk's part of reporting: the agency's own report until it is signed, and those that came to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console.mailbox import reports
from hub.console.mailbox.acts import Prepared
from hub.console.mailbox.carrying import asked, desk_of, told
from hub.console.page import Page, Visit
from hub.console.screens import reporting
from hub.console.screens.mailbox import signing
from hub.console.screens.mailbox_new import next_number
from hub.console.screens.reporting_parts import (
    AT,
    ReportingQuery,
    Seen,
    figures,
)
from hub.console.upload import uploaded
from hub.core import wire_reporting as wire
from hub.core.errors import AxisError, BadRequest, Text
from hub.core.phrases.table import EXPECTED_FOUND
from hub.programmes import xlsx
from hub.programmes.reporting import procedures
from hub.programmes.reporting.letters import day as day_of
from hub.programmes.reporting.letters import subject
from hub.programmes.reporting.packets import Figure, ReportPacket
from hub.programmes.reporting.regime import Aggregation
from hub.programmes.reporting.sheet import figure_of
from hub.routes.programmes.reporting import filling
from hub.routes.programmes.reporting import told as records
from hub.routes.programmes.reporting.book import DRAFTED
from hub.routes.programmes.reporting.calls import workbook_answer

_MOST_ASKED: Final = 64 * 1024


async def fill(visit: Visit) -> web.StreamResponse:
    seen = await Seen.of(visit)
    try:
        return await _fill(seen, None)
    except BadRequest as error:  # nobody of that code: the page of the regime asks for another
        if error.facts.get("field") != "receiver" or visit.call.request.method != "GET":
            raise
        visit.error = error
        visit.call = visit.call._replace(query=msgspec.structs.replace(visit.query, receiver=""))
        return await reporting.show(visit)


async def _owed(seen: Seen) -> filling.Owed:
    """Where the directory says of nobody that the agency reports to, the page says so."""
    query = seen.visit.query or ReportingQuery()
    return await filling.owed(seen.book, seen.known, seen.period, seen.book.agency(), query.receiver)


async def _fill(seen: Seen, given: wire.FilledReport | None, error: AxisError | None = None) -> web.Response:
    visit, regime = seen.visit, seen.known.regime
    this = await _owed(seen)
    fresh = bool(visit.query and visit.query.fresh)
    found = given or await filling.filled(seen.book, this, visit.hub, visit.context.milliseconds, fresh)
    desk = desk_of(visit)
    number, notation = await next_number(desk, seen.book.today.year)
    report = found.report
    by = {f.indicator: f for f in report.figures if not f.row}
    names = [(one, visit.t.pick(Text(one.vi, one.en))) for one in regime.indicators]
    fields = [
        (one.code, name, one.unit, "" if (f := by.get(one.code)) is None or f.actual is None else str(f.actual))
        for one, name in names
        if one.aggregation is Aggregation.SUM
    ]
    packet = records.packet(report)
    return signing(
        visit.again(
            "reporting_fill.html",
            error,
            seen=seen,
            desk=desk,
            name=visit.t.pick(Text(regime.vi, regime.en)),
            found=found,
            fields=fields,
            lists=procedures.fits(regime),
            rows=len({f.row for f in report.figures if f.row}),
            receiver=visit.name_of(this.receiver),
            receiver_code=this.receiver,
            due=day_of(found.due) if found.due else "–",
            wrong=[(w.place, w.found, w.vi if visit.lang == "vi" else w.en) for w in found.wrong],
            locked=this.stands.state.value in ("DA_NOP", "DA_DUYET"),
            state=found.state,
            reason=this.stands.reason if this.stands.state.value == "TRA_LAI" else "",
            subject=subject(packet, regime.vi),
            number=number,
            notation=notation,
        )
    )


async def save(visit: Visit) -> web.StreamResponse:
    """The typed values become the agency's draft."""
    form = await visit.form()
    seen = await Seen.of(visit)
    this = await _owed(seen)
    before = await filling.filled(seen.book, this, visit.hub, visit.context.milliseconds, fresh=False)
    packet = records.packet(before.report)
    figures = [one for one in packet.figures if one.row]
    for code in seen.known.regime.sums:
        if text := form.get(f"f-{code}", 40):
            number = figure_of(text)
            if isinstance(number, str):
                wrong = wire.WrongTold(place=code, found=text, vi=EXPECTED_FOUND.vi(number), en=number)
                error = BadRequest(expected=wrong.en, found=text, field=f"f-{code}")
                return await _fill(seen, msgspec.structs.replace(before, wrong=[wrong, *before.wrong]), error)
            figures.append(Figure(indicator=code, actual=number))
    packet = msgspec.structs.replace(packet, figures=tuple(figures))
    state = DRAFTED[form.get("state") == DRAFTED[1]]
    await seen.book.save(packet, this.key, state, before.revision, visit.me.name, "")
    return visit.see(seen.at("/fill", receiver=this.receiver))


async def sheet(visit: Visit) -> web.StreamResponse:
    """A form that was filled in becomes the draft; mistakes in its cells are told, and then nothing is kept."""
    given = await uploaded(visit, xlsx.MOST_BYTES + _MOST_ASKED)
    seen = await Seen.of(visit)
    this = await _owed(seen)
    try:
        packet, bad = await visit.context.milliseconds.aside(filling.read_form, this, given.file("file"))
    except AxisError as error:
        error.facts["field"] = "file"
        return await _fill(seen, None, error)
    if bad:
        return await _fill(seen, filling.answer(this, packet, "sheet", cells=bad))
    before = await seen.book.draft(this.key)
    revision = before.revision if before is not None else 0
    await seen.book.save(packet, this.key, DRAFTED[0], revision, visit.me.name, "")
    return visit.see(seen.at("/fill", receiver=this.receiver))


async def form(visit: Visit) -> web.StreamResponse:
    seen = await Seen.of(visit)
    this = await _owed(seen)
    found = await filling.filled(seen.book, this, visit.hub, visit.context.milliseconds, fresh=False)
    packet = records.packet(found.report)
    body = await visit.context.milliseconds.aside(filling.form, this, packet, visit.lang)
    return workbook_answer(body, packet, visit.lang)


# Another's report, which came to the clerk's agency.


async def one(visit: Visit) -> web.StreamResponse:
    seen = await Seen.of(visit)
    desk, query = desk_of(visit), visit.query or ReportingQuery()
    case = await seen.book.report(seen.known, seen.period, query.reporter, desk.code)
    number, notation = await next_number(desk, seen.book.today.year)
    told_wrong: list[wire.WrongTold] = []
    table = None
    if case is not None:
        packet = ReportPacket(
            regime=case.regime, owner=case.owner, period=case.period, receiver=case.receiver, figures=case.figures
        )
        told_wrong = filling.answer(
            filling.Owed(seen.known, seen.period, desk.agency, desk.code, None), packet, "given"
        ).wrong
        table = figures(visit, seen.known, case.figures)
    return signing(
        visit.page(
            "reporting_one.html",
            seen=seen,
            desk=desk,
            case=case,
            name=visit.name_of(query.reporter) if query.reporter else "",
            reporter=query.reporter,
            table=table,
            wrong=[(w.place, w.found, w.vi if visit.lang == "vi" else w.en) for w in told_wrong],
            number=number,
            notation=notation,
        )
    )


@told
async def letter(visit: Visit) -> Prepared:
    """The bytes that the agency's key has to sign for one act of reporting."""
    wanted = await asked(visit, reports.Wanted, _MOST_ASKED)
    return await reports.prepare(visit, desk_of(visit), wanted)


PAGES: Final = (
    Page("GET", f"{AT}/fill", fill, Right.MAILBOX, "reporting.fill", ReportingQuery),
    Page("POST", f"{AT}/fill", save, Right.MAILBOX, "reporting.fill", ReportingQuery),
    Page("POST", f"{AT}/sheet", sheet, Right.MAILBOX, "reporting.fill", ReportingQuery, again=f"{AT}/fill"),
    Page("GET", f"{AT}/form", form, Right.MAILBOX, query=ReportingQuery, part=True),
    Page("GET", f"{AT}/report", one, Right.MAILBOX, "reporting.one", ReportingQuery),
    Page("POST", "/console/mailbox/reporting", letter, Right.MAILBOX),
)
TEXTS: Final[Mapping[str, Text]] = {}
