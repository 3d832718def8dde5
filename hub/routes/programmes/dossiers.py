"""One-stop dossiers: the field's sync services, and the indicators of QĐ 766.

A service is answered in the field's form, also where it is refused: JSON with `error_code` and `message`, each row with
its own. The answer follows the commit; a caller that lost it sends the same bytes again. A body is charged like a
document: its bytes by the rate of the caller, its work by milliseconds, its turn among its agency's submissions.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub import access, bringing
from hub.admission.submission import Caller
from hub.bringing import Taken
from hub.core import errors, wire
from hub.core import wire_dossiers as records
from hub.core.directory.routing import Directory
from hub.core.errors import AxisError, BadRequest, TooMany
from hub.core.misfit import one_of
from hub.core.model import Agency, vietnam_date
from hub.following import asking
from hub.http import problems
from hub.http.call import Call, Context, answer
from hub.http.limits import key_of
from hub.http.milliseconds import spent
from hub.http.speaking import spoken
from hub.programmes import boards
from hub.programmes.onestop import measures, shares, sync
from hub.programmes.onestop.indicators import INDICATORS, NOT_COMPUTED
from hub.programmes.onestop.procedures import Known
from hub.programmes.onestop.programme import NAME, course_of, lists_of
from hub.programmes.onestop.states import NAMES
from hub.programmes.onestop.words import KINDS, NAMED, RECEIVING, SOLVING, WORDS
from hub.programmes.riding import FRAME, Case, Fault
from hub.store.programmes import SumRow

DONE: Final = records.DONE
_SOME: Final = "1"
_CODES: Final[tuple[tuple[type[AxisError], str], ...]] = (
    (errors.TooLarge, "4"),
    (errors.TryLater, "5"),
    (errors.SenderNotAllowed, "3"),
    (errors.Unauthenticated, "3"),
    (errors.Forbidden, "3"),
    (errors.BadRequest, "2"),
)
_ELSE: Final = "9"
_TIME: Final = "%Y%m%d%H%M%S"
_MOST_LINES: Final = 1_000
_MONTH: Final = r"^20[0-9]{2}-(0[1-9]|1[0-2])$(?!\n)"
Month = Annotated[str, msgspec.Meta(pattern=_MONTH, examples=["2026-11"])]
Line = Annotated[str, msgspec.Meta(max_length=300)]


async def service(call: Call) -> web.StreamResponse:
    """DongBoHoSoMC, CapNhatTienDoHoSoMC, TraCuuHoSo: which one says the body."""
    key, bodies = key_of(call.caller), call.context.bodies
    try:
        async with bodies.body(call.request, sync.MOST_BYTES, key) as spool:
            data, sha256 = spool.read(), spool.sha256
            body = bringing.opened(data)
            if body.service == sync.ASK:
                return answer(await _looked_up(call, body))
            async with bodies.quotas.submissions.joined(key, urgent=False):
                taken = await bringing.bring(call.context.exchange, call.caller, body, data, sha256)
    except TooMany:
        await bodies.quotas.submissions.until_told()
        raise
    return answer(_taken(taken))


def refused(request: web.Request, error: AxisError, status: int | None) -> web.Response:
    """A problem as on every route, with the members beside it that the field's systems look for."""
    response = problems.respond(error, status, spoken(request, otherwise="en"))
    assert isinstance(response.body, bytes)
    code = next((code for kind, code in _CODES if isinstance(error, kind)), _ELSE)
    response.body = msgspec.json.encode(msgspec.json.decode(response.body) | {"error_code": code, "message": error.vi})
    return response


def _taken(taken: Taken) -> records.ServiceAnswer:
    rows = tuple(_outcome(row) for row in taken.rows)
    wrong = sum(row.error_code != DONE for row in rows)
    sealed = taken.sealed.answer if taken.sealed is not None else None
    return records.ServiceAnswer(
        error_code=_SOME if wrong else DONE,
        message=f"{wrong}/{len(rows)} bản ghi không hợp lệ" if wrong else f"Đã ghi nhận {len(rows)} bản ghi",
        data=rows,
        receipt=sealed.evidence if sealed is not None else "",
        repeated=sealed.repeated if sealed is not None else False,
    )


def _outcome(row: sync.Row) -> records.ServiceRow:
    if isinstance(row.made, Fault):
        fault = row.made
        means = WORDS.faults.get(fault.code) or FRAME[fault.code]
        return records.ServiceRow(
            number=row.number,
            error_code=fault.code,
            message=f"{means.vi}: {fault.place}: {fault.said.vi}",
            message_en=f"{means.en}: {fault.place}: {fault.said.en}",
        )
    return records.ServiceRow(number=row.number, error_code=DONE, message="Đã ghi nhận")


async def _looked_up(call: Call, body: sync.Body) -> records.ServiceAnswer:
    """Of dossiers that the agency takes part in; another's is answered like one that there is not."""
    exchange = call.context.exchange
    agency = bringing.speaker(exchange, call.caller, body.unit)
    view = access.view(exchange.directory, call.caller, exchange.clock(), agency.code)
    numbers = sync.asked(body.data)
    cases = await asking.kept(exchange, NAME, [number for number in numbers if number])
    seen = {number: case for number, case in cases.items() if access.sees_case(view, case.parties)}
    rows = tuple(_found(number, seen.get(number)) for number in numbers)
    missing = sum(row.error_code != DONE for row in rows)
    return records.ServiceAnswer(
        error_code=_SOME if missing else DONE,
        message=f"Không tìm thấy {missing}/{len(rows)} hồ sơ" if missing else f"Tìm thấy {len(rows)} hồ sơ",
        data=rows,
    )


def _found(number: str, case: Case | None) -> records.ServiceRow:
    course = course_of(case)
    if case is None or course is None:
        code = "DOSSIER_UNKNOWN" if number else "DOSSIER_NUMBER"
        means = WORDS.faults[code]
        return records.ServiceRow(number=number, error_code=code, message=means.vi, message_en=means.en)
    return records.ServiceRow(
        number=number,
        error_code=DONE,
        message="Tìm thấy",
        procedure=course.procedure,
        procedure_name=course.procedure_name,
        channel=int(course.channel),
        state=int(course.state),
        state_name=NAMES[course.state].vi,
        received=_time(course.received),
        due=_time(course.moved_to or course.due),
        ended=_time(course.ended),
        receiving=_party(case, RECEIVING),
        solving=_party(case, NAMED) or _party(case, SOLVING),
    )


def _time(at: datetime | None) -> str:
    return at.strftime(_TIME) if at is not None else ""


def _party(case: Case, role: str) -> str:
    return next((agency for each, agency in case.parties if each == role), "")


class IndicatorsQuery(wire.Wire, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """Months, both included; this month where they are left out. `role`: `receiving` counts by the agency that took the
    dossiers, `solving` by the one that solves them. `parent`: below whom; `kind`: direct, online or post; `procedures`:
    of how many procedures 2.2 is told by itself, however they were handed in."""

    first: Month = ""
    last: Month = ""
    role: Line = RECEIVING
    parent: Line = ""
    kind: Line = ""
    procedures: Annotated[int, msgspec.Meta(ge=0, le=500)] = 0


async def indicators(call: Call) -> web.StreamResponse:
    return answer(await indicated(call.context, call.caller, call.query))


async def indicated(context: Context, caller: Caller, query: IndicatorsQuery) -> records.Indicators:
    """BadRequest for a question that is none; NotFound for a board that is another's."""
    exchange = context.exchange
    if query.kind not in ("", *KINDS.values()):
        raise BadRequest(expected=one_of(KINDS.values()), found=query.kind[:40])
    today = vietnam_date(exchange.clock())
    first, last = months(query.first, query.last, today)
    board = await asking.board(exchange, caller, NAME, query.role, query.parent)
    sums = await asking.sums(exchange, caller, NAME, query.role, query.parent, first, last)
    things: dict[str, int] = {}
    more = 0.0
    if query.procedures:
        things, more = await asking.things(exchange, caller, NAME, query.role, query.parent, first, last)
    spent(board.seconds + more)

    known = lists_of(exchange.following.programmes if exchange.following is not None else {}).procedure

    def made() -> records.Indicators:
        found = _indicators(exchange.directory, board, sums, query.kind, (first, last))
        listed = measures.by_procedure(things)
        told = tuple(_of_procedure(known, one) for one in listed[: query.procedures])
        return msgspec.structs.replace(found, procedures=told, more_procedures=len(listed) - len(told))

    return await context.milliseconds.aside(made)


def _of_procedure(known: Known, one: measures.ByProcedure) -> records.ProcedureMean:
    named, mean = known(one.code), one.mean
    return records.ProcedureMean(
        code=one.code,
        name=named.name,
        days=mean.days,
        dossiers=mean.dossiers,
        mean_days=mean.each or 0.0,
        legal_days=named.legal_days,
        basis=named.basis,
    )


def months(first: str, last: str, today: date) -> tuple[str, str]:
    """BadRequest where they do not follow each other."""
    last = last or f"{today:%Y-%m}"
    first = first or last
    if first > last:
        raise BadRequest(expected="a month from which on, and one up to which", found=f"{first} {last}")
    return first, last


def _indicators(
    directory: Directory, board: asking.OneBoard, sums: Sequence[SumRow], kind: str, period: tuple[str, str]
) -> records.Indicators:
    places: dict[str, str | None] = {}

    def place(code: str) -> str | None:
        if code not in places:
            places[code] = boards.place(directory, board.root, code)
        return places[code]

    found = shares.gathered(
        (shares.Sum(row.agency, row.kind, row.measure, row.n) for row in sums),
        (shares.Standing(row.agency, row.kind, row.state, row.n, row.overdue) for row in board.rows),
        place,
        kind,
    )
    listed = list(found.lines.items())
    listed = sorted(listed, key=lambda line: (-line[1][measures.RECEIVED], line[0]))[:_MOST_LINES]
    return records.Indicators(
        role=board.role,
        first=period[0],
        last=period[1],
        day=board.day.isoformat(),
        root=board.root,
        total=line_of(found.total),
        lines=tuple(line_of(counts, directory.get(code), code) for code, counts in sorted(listed)),
        behind=board.behind,
        left_out=len(found.lines) - len(listed),
        formulas=tuple(
            records.Formula(number=one.number, version=measures.VERSION, vi=one.formula.vi, en=one.formula.en)
            for _, one in sorted(INDICATORS.items())
        ),
        not_computed=tuple(
            records.NotComputed(number=one.number, vi=one.name.vi, en=one.name.en, why_vi=one.why.vi, why_en=one.why.en)
            for one in NOT_COMPUTED
        ),
    )


def line_of(counts: shares.Counts, agency: Agency | None = None, code: str = "") -> records.IndicatorLine:
    mean = measures.mean(counts)
    return records.IndicatorLine(
        code=code,
        name=agency.name if agency is not None else "",
        tier=agency.tier.value if agency is not None else "",
        received=counts[measures.RECEIVED],
        online=counts[measures.ONLINE],
        ended=counts[measures.ENDED],
        early=counts[measures.EARLY],
        overdue=counts[shares.OVERDUE],
        paused=counts[shares.PAUSE],
        days=mean.days,
        timed=mean.dossiers,
        mean_days=mean.each,
        indicators=tuple(
            records.Indicator(
                number=one.indicator.number,
                version=one.version,
                vi=one.indicator.vi,
                en=one.indicator.en,
                part=one.share.part,
                whole=one.share.whole,
                full=one.indicator.full,
                percent=one.share.percent,
                of_part=one.part,
                of_whole=one.whole,
            )
            for one in measures.figures(counts)
        ),
    )
