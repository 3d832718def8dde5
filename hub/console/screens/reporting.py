"""National reporting: reports sent and late, live, and the sum of all reports, with the holes shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from hub.access import AGENCY, Right
from hub.console import live
from hub.console.mailbox.carrying import desk_of
from hub.console.page import Page, Visit
from hub.console.screens import reporting_parts as parts
from hub.console.screens.mailbox import signing
from hub.console.screens.mailbox_new import next_number
from hub.console.screens.reporting_parts import AT, ReportingQuery, Seen
from hub.console.screens.reporting_texts import REPORTING
from hub.console.ui import Choice
from hub.core import wire_reporting as wire
from hub.core.errors import BadRequest, NotFound, Text
from hub.programmes.reporting import tree
from hub.programmes.reporting.letters import day as day_of
from hub.programmes.reporting.regime import Value
from hub.routes.programmes.reporting import told as records


async def show(visit: Visit) -> web.StreamResponse:
    try:
        seen = await Seen.of(visit)
    except (BadRequest, NotFound) as error:
        query = visit.query or ReportingQuery()
        if not query.period:
            raise
        error.facts.setdefault("field", "period")
        visit.error = error
        visit.call = visit.call._replace(query=ReportingQuery(regime=query.regime, owner=query.owner))
        seen = await Seen.of(visit)
    values = await _values(seen)
    page = visit.page("reporting.html", **values)
    return signing(page) if values["desk"] is not None else page


async def part(visit: Visit) -> web.StreamResponse:
    return visit.page("reporting_live.html", **await _values(await Seen.of(visit)))


async def _values(seen: Seen) -> dict[str, Any]:
    visit, book, known = seen.visit, seen.book, seen.known
    clerk = visit.caller.role == AGENCY
    query = visit.query or ReportingQuery()
    named = query.receiver or (visit.caller.agency if clerk else book.top(known))
    receiver, words = book.receiver(known, named) if visit.exchange.directory.get(named) else (None, False)
    code = receiver.code if receiver is not None else ""
    down = await book.down(known, seen.period, code) if code else {}
    of = down.get(code, [])
    last = book.window(known, seen.period).last

    page = records.AgencyPage(parts.SHOWN)

    def work() -> tuple[tree.Table, wire.ReportSums]:
        made = tree.table(of, book.directory.get, book.today)
        summed = tree.summed(known.regime, code, down)
        held = book.directory.get
        return made, records.sums(known, seen.period, code, Value.ACTUAL, summed, down, held, last, page)

    made, sums = await visit.context.milliseconds.aside(work)
    regimes = await book.regimes()
    desk = desk_of(visit) if clerk else None
    number, notation = await next_number(desk, book.today.year) if desk is not None else ("", "")
    return {
        "feels": live.state_of(visit),
        "seen": seen,
        "name": visit.t.pick(Text(known.regime.vi, known.regime.en)),
        "regimes": [Choice(one.regime.code, parts.chosen(one), one.regime is known.regime) for one in regimes],
        "receiver": receiver,
        "span": f"{day_of(book.window(known, seen.period).first)} – {day_of(last)}",
        "tiles": parts.tiles(visit, made.total),
        "tiers": parts.tiers(visit, made),
        "lines": parts.lines(seen, made.lines[: parts.SHOWN], words=words, clerk=clerk),
        "count": len(made.lines),
        "sums": parts.sums(visit, sums),
        "missing": [f"{hole.name} ({hole.code})" for hole in sums.missing[:40]],
        "holes": len(sums.missing),
        "cut": parts.SHOWN if sums.cursor else 0,
        "all_sums": f"truc reports sums --regime {known.regime.code} --period {seen.period} --csv",
        "milestones": parts.milestones(visit, sums),
        "cost": parts.cost(visit, sums),
        "overdue": made.total.overdue,
        "desk": desk,
        "to": _goes_to(seen) if desk is not None else "",
        "number": number,
        "notation": notation,
        "command": f"truc reports table --regime {known.regime.code} --period {seen.period}",
    }


def _goes_to(seen: Seen) -> str:
    """Whom the agency's own report goes to; empty where the directory names nobody: then the page asks for it."""
    own = seen.book.agency()
    found = seen.book.directory.get(seen.book.receiver_of(seen.known, seen.period, own))
    return found.code if found is not None and found.code != own.code else ""


PAGES: Final = (
    Page("GET", AT, show, Right.DOCUMENTS, "nav.reporting", ReportingQuery),
    Page("GET", f"{AT}/live", part, Right.DOCUMENTS, "nav.reporting", ReportingQuery, part=True),
)
TEXTS: Final[Mapping[str, Text]] = REPORTING
