"""One-stop dossiers: those that one is a party of, found by number, unit, procedure, state and clock; and one of them
with its course, its pauses, the document that proves each step, and its present holder.

No page shows a person: names and numbers of papers stand in the documents alone, for agencies that may read them.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Final, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
from aiohttp import web

from hub.access import Right, Role
from hub.console.page import Page, PageQuery, Visit
from hub.console.screens.dossiers_texts import DOSSIERS
from hub.console.screens.programmes import word_of
from hub.console.ui import Cell, Chip, Choice, Column, Table
from hub.core.errors import AxisError, Text
from hub.core.wire_programmes import Case
from hub.following import asking
from hub.http.milliseconds import spent
from hub.programmes.onestop import states
from hub.programmes.onestop.course import Course, Told
from hub.programmes.onestop.programme import NAME, course_of
from hub.programmes.onestop.states import PAUSED, DossierState
from hub.programmes.onestop.words import BY_WORD, RECEIVING, SOLVING, STATES, WORDS
from hub.programmes.riding import Case as Kept
from hub.routes.programmes import views
from hub.routes.programmes.generic import CasesQuery, Month, Sort, Stands, asked_of

AT: Final = f"/console/programmes/{NAME}"
_PAGE: Final = 50
_EVENTS: Final = 1_000
_S: Final = DossierState
_AT_RECEPTION: Final = frozenset({_S.REGISTERED, _S.ACCEPTED, _S.SOLVED})
_OVER: Final = frozenset({_S.NOT_ACCEPTED, _S.STOPPED, _S.RETURNED})
Word = Annotated[str, msgspec.Meta(max_length=100)]


class DossiersQuery(PageQuery, frozen=True, kw_only=True):
    """`number`: of one dossier, whole. `unit`: whose; `measure` to `last`: those behind a count, as in `CasesQuery`."""

    number: Word = ""
    unit: Word = ""
    procedure: Word = ""
    state: Word = ""
    role: Word = ""
    stands: Stands = Stands.ANY
    measure: Word = ""
    without: Word = ""
    first: Month = ""
    last: Month = ""
    cursor: Word = ""


async def show(visit: Visit) -> web.StreamResponse:
    query: DossiersQuery = visit.query or DossiersQuery()
    number = query.number.strip()
    if number:
        return visit.see(address(number))
    error: AxisError | None = None
    told: tuple[Case, ...] = ()
    cursor, behind = "", 0
    try:
        found = await asking.cases(visit.exchange, visit.caller, asked_of(NAME, _asked(query)))
        spent(found.seconds)
        page = views.cases(found, asking.programme(visit.exchange, NAME), visit.exchange.directory)
        told, cursor, behind = page.items, page.cursor, page.behind
    except AxisError as wrong:
        error = wrong
    t = visit.t
    return visit.again(
        "dossiers.html",
        error,
        query=query,
        words=visit.me.role != Role.OPERATOR,
        tabs=places(visit, "cases"),
        stands=[
            Choice(t(f"programmes.stands.{one}"), visit.here(stands=one.value, cursor=""), one is query.stands)
            for one in Stands
            if not (query.measure and one is Stands.OVERDUE)
        ],
        states=[(word, _state(visit, word)) for word in STATES.values()],
        chips=_chips(visit, query),
        clean=AT,
        table=_table(visit, told, visit.here(cursor=cursor) if cursor else ""),
        behind=behind,
        command=_command(visit, query),
    )


def _asked(query: DossiersQuery) -> CasesQuery:
    return CasesQuery(
        agency=query.unit.strip(),
        about=query.procedure.strip(),
        state=query.state,
        role=query.role,
        stands=query.stands,
        sort=Sort.DUE if query.stands is Stands.OVERDUE else Sort.NEWEST,
        measure=query.measure,
        without=query.without,
        first=query.first,
        last=query.last,
        limit=_PAGE,
        cursor=query.cursor,
    )


_OPTIONS: Final = ("unit", "procedure", "state", "role", "measure", "without")


def _command(visit: Visit, query: DossiersQuery) -> str:
    given = [(f"--{name}", getattr(query, name)) for name in _OPTIONS]
    given += [("--from", query.first), ("--to", query.last)]
    given += [("--stands", query.stands.value if query.stands is not Stands.ANY else "")]
    words = [word for name, value in given if value for word in (name, shlex.quote(value))]
    return " ".join(["truc dossiers list --as", visit.caller.agency, *words])


def _chips(visit: Visit, query: DossiersQuery) -> list[Chip]:
    """The conditions that hold, each with the address of this page without it."""
    t = visit.t
    without = {"measure": "", "without": "", "first": "", "last": "", "cursor": ""}
    removed = {"unit": {"unit": "", **without}, "procedure": {"procedure": "", "cursor": ""}}  # a count is one unit's
    chips = [
        Chip(f"{t(f'dossiers.{name}')}: {value}", visit.here(**removed[name]))
        for name in ("unit", "procedure")
        if (value := getattr(query, name))
    ]
    if query.state:
        chips.append(Chip(_state(visit, query.state), visit.here(state="", cursor="")))
    if query.measure:
        texts = [_measure(visit, query.measure)]
        texts += [t("dossiers.without", what=_measure(visit, query.without))] if query.without else []
        span = query.first if query.first == query.last else f"{query.first} – {query.last}"
        chips.append(Chip(f"{', '.join(texts)}, {span}", visit.here(**without)))
    return chips


def _measure(visit: Visit, name: str) -> str:
    return word_of(visit, asking.programme(visit.exchange, NAME).words.measures, name)


def _table(visit: Visit, items: Sequence[Case], more: str) -> Table:
    t = visit.t
    columns = (
        Column(t("dossiers.number"), head=True),
        Column(t("programmes.state")),
        Column(t("dossiers.clock")),
        Column(t("programmes.due")),
        Column(t("dossiers.solving")),
    )
    rows = []
    for one in items:
        text, tone = _clock(visit, one)
        parties = {party.role: party.name or party.agency for party in one.parties}
        rows.append(
            (
                Cell(one.id, address(one.id), one.title, mono=True),
                Cell(_state(visit, one.state)),
                Cell(text, tone=tone),
                Cell(visit.day(date.fromisoformat(one.due)) if one.due else "–"),
                Cell(parties.get(SOLVING, "–"), note=parties.get(RECEIVING, "")),
            )
        )
    return Table(t("nav.dossiers"), columns, rows, t("dossiers.none"), more)


def _clock(visit: Visit, one: Case) -> tuple[str, str]:
    """How the clock of a dossier stands, and its colour."""
    t = visit.t
    if one.overdue:
        return t("dossiers.overdue"), "er"
    if one.ended:
        return (t("dossiers.late"), "wa") if one.late else (t("dossiers.in_time"), "ok")
    if BY_WORD.get(one.state) in PAUSED:
        return t("dossiers.paused"), "q"
    return (t("dossiers.running"), "") if one.due else (t("dossiers.no_due"), "q")


def _state(visit: Visit, word: str) -> str:
    return word_of(visit, WORDS.states, word)


class Step(NamedTuple):
    """A line of the course. `day` names the year where it is another than that of the line before. `held`: the
    time for which the clock stood from here on; `href` of the proof, empty for a reader that may not see it."""

    at: datetime
    day: str
    state: str
    icon: str
    tone: str
    by: str
    due: datetime | None
    held: str
    proof: str
    href: str


_LOOKS: Final[Mapping[DossierState, tuple[str, str]]] = {
    _S.REGISTERED: ("tray", ""),
    _S.ACCEPTED: ("tray", "go"),
    _S.NOT_ACCEPTED: ("back", "re"),
    _S.IN_PROGRESS: ("play", "go"),
    _S.SUPPLEMENT_ASKED: ("pause", "wa"),
    _S.PAYMENT_ASKED: ("pause", "wa"),
    _S.WITHDRAWAL_ASKED: ("undo", ""),
    _S.STOPPED: ("stop", "er"),
    _S.SOLVED: ("check", "ok"),
    _S.RETURNED: ("checks", "ok"),
}


async def one(visit: Visit) -> web.StreamResponse:
    found = await asking.case(visit.exchange, visit.caller, NAME, visit.call.path["case"], _EVENTS)
    spent(found.seconds)
    told = views.life(found, asking.programme(visit.exchange, NAME), visit.exchange.directory)
    kept, t = found.row.case, visit.t
    course = course_of(kept)
    assert course is not None
    brought = {row.event.document: row.event.by for row in found.events if "source" in row.event.body}
    text, tone = _clock(visit, told.case)
    return visit.page(
        "dossier.html",
        one=told.case,
        words=found.words,
        course=course,
        state=_state(visit, kept.state),
        clock=text,
        tone=tone,
        holder=_holder(visit, kept, course.state),
        parties=[(_role(visit, p.role), p.name, p.agency) for p in told.case.parties],
        steps=_steps(visit, course, brought),
        supplements=course.supplements,
        proofs=_proofs(visit, found, brought),
        tabs=places(visit, ""),
        when=lambda at: f"{at:%d/%m/%Y %H:%M}" if visit.lang == "vi" else f"{at:%Y-%m-%d %H:%M}",
        essence=t("dossiers.no_person"),
        command=f"truc dossiers show --as {visit.caller.agency} {shlex.quote(kept.id)}",
    )


def _role(visit: Visit, role: str) -> str:
    return word_of(visit, WORDS.roles, role)


def _holder(visit: Visit, kept: Kept, state: DossierState) -> tuple[str, str]:
    """The agency that has to act now, and its part; the citizen while the clock stands."""
    t = visit.t
    if state in _OVER:
        return t("dossiers.nobody"), ""
    if state in PAUSED:
        return t("dossiers.citizen"), t("dossiers.citizen.why")
    role = RECEIVING if state in _AT_RECEPTION else SOLVING
    code = next((agency for each, agency in kept.parties if each == role), "")
    return visit.name_of(code) if code else "–", _role(visit, role)


def _steps(visit: Visit, course: Course, brought: Mapping[str, str]) -> list[Step]:
    made, year = [], 0
    for n, step in enumerate(course.steps):
        following = course.steps[n + 1].at if n + 1 < len(course.steps) else None
        icon, tone = _LOOKS[step.state]
        made.append(
            Step(
                at=step.at,
                day=_day(visit, step.at, year),
                state=visit.t.pick(Text(*states.NAMES[step.state])),
                icon=icon,
                tone=tone,
                by=visit.name_of(step.by),
                due=step.due,
                held=_held(visit, step, following),
                proof=step.document.removeprefix("urn:uuid:"),
                href=_proof(visit, step.document, brought.get(step.document)),
            )
        )
        year = step.at.year
    return made


def _day(visit: Visit, at: datetime, year: int) -> str:
    short = f"{at:%d/%m}" if visit.lang == "vi" else f"{at.day} {at:%b}"
    return short if at.year == year else f"{short} {at.year}"


def _held(visit: Visit, step: Told, following: datetime | None) -> str:
    """How long the citizen had to act; empty where the clock ran."""
    if step.state not in PAUSED:
        return ""
    if following is None:
        return visit.t("dossiers.held.still")
    return visit.t("dossiers.held", time=visit.age(int((following - step.at).total_seconds() * 1000)))


def _proof(visit: Visit, document: str, bringer: str | None) -> str:
    """The page of a document; of a call of a sync service its evidence, which its caller and an auditor may see."""
    name = document.removeprefix("urn:uuid:")
    if bringer is None:
        return f"/console/documents/{name}"
    own = visit.caller.agency == bringer or visit.me.role == Role.AUDITOR
    return f"/console/evidence/{name}" if own and visit.may(Right.EVIDENCE) else ""


def _proofs(visit: Visit, found: asking.OneCase, brought: Mapping[str, str]) -> Table:
    t = visit.t
    columns = (
        Column(t("programmes.day"), head=True),
        Column(t("programmes.act")),
        Column(t("programmes.by")),
        Column(t("dossiers.proof")),
    )
    rows = []
    for row in found.events:
        event = row.event
        href = _proof(visit, event.document, brought.get(event.document))
        rows.append(
            (
                Cell(visit.moment(event.at)),
                Cell(word_of(visit, WORDS.acts, event.act)),
                Cell(visit.name_of(event.by), note=event.by),
                Cell(event.document.removeprefix("urn:uuid:"), href, mono=True),
            )
        )
    return Table(t("dossiers.proofs"), columns, rows)


def places(visit: Visit, here: str) -> list[Choice]:
    """The pages of dossiers, side by side."""
    t = visit.t
    return [
        Choice(t("programmes.cases"), AT, here == "cases"),
        Choice(t("programmes.board"), f"{AT}/board", here == "board"),
        Choice(t("dossiers.indicators"), f"{AT}/indicators", here == "indicators"),
    ]


def address(number: str) -> str:
    return f"{AT}/cases/{quote(number, safe='')}"


def behind(unit: str, role: str, measure: str, first: str, last: str, without: str = "") -> str:
    """The address of the dossiers behind a count."""
    given = {"unit": unit, "role": role, "measure": measure, "without": without, "first": first, "last": last}
    return f"{AT}?{urlencode({name: value for name, value in given.items() if value})}"


PAGES: Final = (
    Page("GET", AT, show, Right.CASES, "nav.dossiers", DossiersQuery),
    Page("GET", f"{AT}/cases/{{case}}", one, Right.CASES, "nav.dossiers"),
)
TEXTS: Final[Mapping[str, Text]] = DOSSIERS
