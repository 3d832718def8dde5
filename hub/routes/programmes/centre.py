"""The centre: one board of documents and of all programmes, from the country down to one agency, and its open data.

python -m hub.routes.programmes.centre > schemas/public-programmes.schema.json      the committed schema
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from aiohttp import web

from hub import access
from hub.admission.submission import Caller
from hub.core import wire
from hub.core import wire_centre as records
from hub.core.directory.snapshot import Directory
from hub.core.errors import NotFound
from hub.core.model import Millis, Tier, iso_utc, vietnam_date
from hub.core.period import LEAST
from hub.following import asking
from hub.http.call import Call, Context, HubOnly, answer
from hub.http.milliseconds import spent
from hub.programmes import boards
from hub.programmes import centre as pure
from hub.programmes.boards import Counted
from hub.programmes.centre import Flow, Sum
from hub.programmes.onestop.essential import Essential
from hub.programmes.onestop.programme import NAME as DOSSIERS
from hub.programmes.onestop.programme import lists_of
from hub.programmes.riding import Programme
from hub.routes import results
from hub.routes.open_data import open_answer
from hub.store.programmes import SumRow
from hub.store.search import Bill

_FRESH_SECONDS: Final = 10.0
_MOST_LINES: Final = 1_000
_DEEPEST: Final = 12


class CentreQuery(wire.Wire, frozen=True, kw_only=True):
    """`parent`: the board counts agencies below this one; left out, those below the caller, or all for operators and
    auditors. `day`: cases are overdue by this day, by default today."""

    parent: Annotated[str, msgspec.Meta(max_length=64)] = ""
    day: date | None = None


class _Found(NamedTuple):
    """The counts behind a board."""

    root: str
    flow: Mapping[str, Flow]
    since: date
    counted: Mapping[str, list[Counted]]
    sums: list[SumRow]
    measured: Mapping[str, int]
    at: Millis
    day: date
    behind: int


async def board(call: Call) -> web.StreamResponse:
    query: CentreQuery = call.query
    return answer(await board_of(call.hub_only, call.context, call.caller, query.parent, query.day))


async def open_data(call: Call) -> web.StreamResponse:
    body = await public(call.hub_only, call.context)
    return open_answer(call, msgspec.json.encode(body), "application/json")


async def board_of(
    hub: HubOnly, context: Context, caller: Caller, parent: str = "", day: date | None = None
) -> records.Centre:
    """NotFound where the caller may not see that board, as for a code that none has."""
    exchange = context.exchange
    root = access.board_root(exchange.directory, caller, parent, exchange.clock())
    found = await _counts(hub, context, root, day)
    return await context.milliseconds.aside(_told, found, exchange.directory, programmes(context))


def programmes(context: Context) -> Mapping[str, Programme]:
    following = context.exchange.following
    return following.programmes if following is not None else {}


async def _counts(hub: HubOnly, context: Context, root: str, day: date | None) -> _Found:
    exchange, cache = context.exchange, hub.reports.periods
    now = exchange.clock()
    today = vietnam_date(now)
    since = today.replace(day=1)

    async def make() -> Mapping[str, Flow]:
        counted = await cache.count(since, today, charged=False)
        return await context.milliseconds.aside(pure.flows, counted.rows)

    flow = await cache.get(("centre", since), make)
    whose = boards.below(exchange.directory, root) if root else None
    counted: dict[str, list[Counted]] = {}
    behind, seconds = 0, 0.0
    for name, one in programmes(context).items():
        found = await asking.counted(exchange, name, next(iter(one.words.roles)), whose, day or today)
        behind, seconds = max(behind, found.behind), seconds + found.seconds
        counted[name] = [Counted(*row) for row in found.rows]
    month = f"{today:%Y-%m}"
    sums = await asking.summed(exchange, DOSSIERS, whose, month) if DOSSIERS in counted else []
    bill = Bill()
    measured = results.added((await results.sums(exchange, bill, whose, month, month)).values())
    spent(seconds + bill.seconds)
    return _Found(root, flow, since, counted, sums, measured, now, day or today, behind)


def _told(found: _Found, directory: Directory, known: Mapping[str, Programme]) -> records.Centre:
    made = pure.centre(found.flow, found.counted, directory, found.root, found.day)
    lines = dict(made.lines)
    left = sorted(lines, key=lambda code: (-_weight(lines[code]), code))[_MOST_LINES:]
    rest = [lines.pop(code) for code in left]
    names = tuple(known)
    return records.Centre(
        as_of=iso_utc(found.at),
        since=found.since,
        day=found.day,
        month=f"{vietnam_date(found.at):%Y-%m}",
        root=found.root,
        above=_above(directory, found.root),
        programmes=tuple(_programme(one) for one in known.values()),
        total=_line(made.total, names),
        lines=tuple(_agency(directory, found.root, code, one, names) for code, one in lines.items()),
        tiers=tuple(_line(made.tiers[tier], names, tier=tier) for tier in (*Tier, "") if tier in made.tiers),
        services=services(found.sums, lists_of(known).services),
        shares=results.of_dossiers(found.measured),
        measures=results.definitions(),
        behind=found.behind,
        left_out=len(rest),
        rest=_line(_together(rest), names) if rest else None,
    )


def _weight(one: Sum) -> int:
    return one.flow.sent + one.flow.received + sum(line.total for line in one.cases.values())


def _together(sums: list[Sum]) -> Sum:
    made = Sum()
    for one in sums:
        made.agencies += one.agencies
        made.active += one.active
        made.flow = made.flow.plus(one.flow)
    for name in {name for one in sums for name in one.cases}:
        made.cases[name] = boards.added(one.cases[name] for one in sums if name in one.cases)
    return made


def _programme(one: Programme) -> records.CentreProgramme:
    role, said = next(iter(one.words.roles.items()))
    title = one.words.title
    return records.CentreProgramme(name=one.name, vi=title.vi, en=title.en, role=role, role_vi=said.vi, role_en=said.en)


def _agency(directory: Directory, root: str, code: str, one: Sum, names: tuple[str, ...]) -> records.CentreLine:
    agency = directory.get(code)
    leads = code != root and agency is not None and directory.below(code) > 0
    name, tier = (agency.name, agency.tier.value) if agency is not None else ("", "")
    return _line(one, names, code=code, name=name, tier=tier, leads=leads)


def _line(one: Sum, names: tuple[str, ...], **said: Any) -> records.CentreLine:
    flow = records.CentreFlow(agencies=one.agencies, active=one.active, **one.flow._asdict())
    return records.CentreLine(flow=flow, cases=tuple(_cases(name, one.cases.get(name)) for name in names), **said)


def _cases(name: str, line: boards.Line | None) -> records.CentreCases:
    line = line or boards.Line()
    return records.CentreCases(
        programme=name,
        agencies=len(line.agencies),
        total=line.total,
        open=line.open,
        overdue=line.overdue,
        ended=line.ended,
        late=line.late,
    )


def _above(directory: Directory, root: str) -> tuple[records.CentrePlace, ...]:
    way: list[records.CentrePlace] = []
    agency = directory.get(root) if root else None
    while agency is not None and len(way) < _DEEPEST:
        way.insert(0, records.CentrePlace(code=agency.code, name=agency.name))
        agency = directory.get(agency.parent) if agency.parent else None
    return tuple(way)


def services(sums: list[SumRow], of: Sequence[Essential], least: int = 0) -> tuple[records.CentreService, ...]:
    """Those with at least so many dossiers."""
    by_measure: dict[str, int] = {}
    for row in sums:
        by_measure[row.measure] = by_measure.get(row.measure, 0) + row.n
    told = (
        records.CentreService(
            service=one.service,
            vi=one.name.vi,
            en=one.name.en,
            basis=one.basis,
            received=by_measure.get(one.measure, 0),
            online=by_measure.get(one.online, 0),
        )
        for one in of
    )
    return tuple(one for one in told if one.received >= least)


async def public(hub: HubOnly, context: Context) -> records.PublicProgrammes:
    """The open data, made once for all callers within some seconds. NotFound where the settings have no public
    figures."""
    if not context.settings.console.public_figures:
        raise NotFound(expected="public figures, which are switched off here", found="none")

    async def make() -> records.PublicProgrammes:
        found = await _open_counts(hub, context)
        return await context.milliseconds.aside(_public, found, context.exchange.directory, programmes(context))

    return await hub.reports.periods.get(("public-programmes",), make, _FRESH_SECONDS)


async def _open_counts(hub: HubOnly, context: Context) -> _Found:
    exchange, now = context.exchange, context.exchange.clock()
    today = vietnam_date(now)
    counted: dict[str, list[Counted]] = {}
    for name, one in programmes(context).items():
        found = await asking.counted(exchange, name, next(iter(one.words.roles)), None, today)
        counted[name] = [Counted(*row) for row in found.rows]
    sums = await asking.summed(exchange, DOSSIERS, None, f"{today:%Y-%m}") if DOSSIERS in counted else []
    return _Found("", {}, today.replace(day=1), counted, sums, {}, now, today, 0)


def _public(found: _Found, directory: Directory, known: Mapping[str, Programme]) -> records.PublicProgrammes:
    made = []
    for name, one in known.items():
        title, board = one.words.title, boards.board(found.counted[name], directory, "")
        told = pure.shares(board.lines)
        units = tuple(_unit(share.line, directory, share.code, share.folded) for share in told)
        total = _unit(board.total, directory) if told else None
        made.append(records.OpenProgramme(name=name, vi=title.vi, en=title.en, units=units, total=total))
    return records.PublicProgrammes(
        as_of=iso_utc(found.at),
        day=found.day,
        month=f"{found.day:%Y-%m}",
        least=LEAST,
        programmes=tuple(made),
        services=services(found.sums, lists_of(known).services, LEAST),
    )


def _unit(line: boards.Line, directory: Directory, code: str = "", folded: int = 0) -> records.OpenUnit:
    agency = directory.get(code) if code else None
    return records.OpenUnit(
        code=code,
        name=agency.name if agency is not None else "",
        folded=folded,
        total=line.total,
        open=line.open,
        overdue=line.overdue,
        ended=line.ended,
        late=line.late,
    )


def schema() -> dict[str, Any]:
    """Of the open data."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return head | msgspec.json.schema(records.PublicProgrammes)


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(schema()), indent=1) + b"\n")
