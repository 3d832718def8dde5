"""The programme: the meaning of a document, a batch of a sync service or a status for dossiers, and the case after it.

    packet dossier/1, HoSo          filed   the whole dossier as its sender has it; recipients are those that it is
                                            handed over to
    packet dossier/1, TienDo        moved   one step each
    MCDT_DT without the packet      sent    the field's older form: number, day of the result, recipient
    a row of DongBoHoSoMC           filed   told by the unit for which the caller speaks
    a row of CapNhatTienDoHoSoMC    moved
    a status 05, 06                 answered  by a recipient about the document that handed the dossier over

A case is called by the dossier's whole number. Its parties: the one-stop that received it, the agency that solves it,
others that take part, those that passed it on, and those that told of it by a service.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from hub.core.edxml.detail import Detail
from hub.core.model import VIETNAM, Millis, to_datetime
from hub.programmes.onestop import course as courses
from hub.programmes.onestop import sync
from hub.programmes.onestop.codes import dossier_number
from hub.programmes.onestop.course import Course, Told
from hub.programmes.onestop.fields import PACKET, DossierPacket
from hub.programmes.onestop.levels import level_one, may_tell
from hub.programmes.onestop.lists import Lists, shipped
from hub.programmes.onestop.measures import measures
from hub.programmes.onestop.procedures import base
from hub.programmes.onestop.reading import Filed, Moved, filed, moved
from hub.programmes.onestop.states import DossierState
from hub.programmes.onestop.words import JOINT, KINDS, NAMED, PASSED, RECEIVING, SOLVING, SOURCE, STATES, words
from hub.programmes.riding import Case, Event, Fault, Packet, Ridden, Vocabulary, carries_packet, cut, fields
from hub.programmes.serving import BroughtBody, Said
from hub.programmes.working_days import WorkingDays, vietnam

APPLICATION: Final = "MCDT_DT"
NAME: Final = "dossiers"
FILED: Final = "filed"
MOVED: Final = "moved"
SENT: Final = "sent"
ANSWERED: Final = "answered"
_SHORTEST_NAME: Final = 4
_PROCEDURE: Final = 20
_STATUSES: Final = {"05": DossierState.IN_PROGRESS, "06": DossierState.SOLVED}
"""Of a recipient's status messages those that say how a dossier stands (QĐ 28/2018): 05 worked on, 06 finished."""
Parties = tuple[tuple[str, str], ...]


def local(at: Millis) -> datetime:
    """Vietnam local, to the second, as all times of dossiers."""
    return to_datetime(at).astimezone(VIETNAM).replace(tzinfo=None, microsecond=0)


class Dossiers:
    """Stateless and pure; see `hub.programmes.riding.Programme`."""

    name: Final = NAME
    version: Final = 4
    services = frozenset({sync.DOSSIERS, sync.STEPS})
    statuses = frozenset(_STATUSES)

    def __init__(self, calendar: WorkingDays | None = None, lists: Lists | None = None) -> None:
        self._calendar = calendar or vietnam()
        self.lists = lists or shipped()
        self._words = words(self.lists.services)

    @property
    def lists_digest(self) -> str:
        return self.lists.digest

    @property
    def words(self) -> Vocabulary:
        return self._words

    @property
    def packets(self) -> Mapping[str, type[msgspec.Struct]]:
        return {PACKET: DossierPacket}

    def concerns(self, told: Detail) -> bool:
        return told.application == APPLICATION or carries_packet(told)

    def read(self, ridden: Ridden) -> Sequence[Event | Fault]:
        found: list[Event | Fault] = []
        for packet in ridden.of_kind("dossier"):
            found += self._read_packet(ridden, packet)
        if not found and ridden.application == APPLICATION:
            found.append(_without_packet(ridden))
        return found

    def _read_packet(self, ridden: Ridden, packet: Packet) -> Iterator[Event | Fault]:
        given = fields(packet, self.packets, DossierPacket)
        if isinstance(given, Fault):
            yield given
            return
        if given.dossier is None and not given.progress:
            expected = "HoSo or TienDo"
            yield Fault(code="DOSSIER_EMPTY", place=packet.place(), expected=expected, found="neither")
            return
        if given.dossier is not None:
            made = filed(given.dossier, self._calendar, self.lists.procedure, packet.place("$.HoSo"))
            if isinstance(made, Fault):
                yield made
                return
            yield Event.of(ridden, made.number, FILED, record=_plain(made), to=list(ridden.recipients))
            if _names(ridden.subject, given.dossier.applicant):
                expected = "a subject without the applicant's name"
                yield Fault(code="DOSSIER_SHOWN", place="MessageHeader.Subject", expected=expected, found="a name")
        for n, one in enumerate(given.progress):
            step = moved(one, packet.place(f"$.TienDo[{n}]"))
            yield step if isinstance(step, Fault) else Event.of(ridden, step.number, MOVED, record=_plain(step))

    def read_brought(self, brought: BroughtBody) -> Sequence[Event | Fault]:
        """The meaning of a body of a sync service, row by row. The fault of a row was told to its caller at once, and
        may be a person's name in a wrong place: it is not told again."""
        call = sync.body(brought.body)
        if isinstance(call, Fault):
            return [call]
        units = msgspec.json.decode(brought.facts, type=sync.Facts).units
        rows = sync.rows(call.service, call.data, units, self._calendar, self.lists.procedure)
        return [_row(brought, row, row.made, units) for row in rows if not isinstance(row.made, Fault)]

    def read_status(self, ridden: Ridden, said: Said) -> Sequence[Event | Fault]:
        """A recipient's status about the document that handed dossiers over is one of each of them."""
        handed = [event for event in self.read(ridden) if isinstance(event, Event) and event.act in (FILED, SENT)]
        return [_answered(event.case, said) for event in handed]

    def apply(self, case: Case | None, event: Event) -> Case | Fault:
        before = course_of(case)
        if event.by not in {agency for _, agency in (case.parties if case is not None else ())}:
            number = dossier_number(event.case)
            if not (may_tell(event.by, number) and (case is not None or event.act in (FILED, SENT))):
                return _not_theirs(case, event)
        after = self._course(before, event)
        if isinstance(after, Fault):
            return after
        return self._case(after, _parties(case.parties if case is not None else (), event), event)

    def _course(self, before: Course | None, event: Event) -> Course | Fault:
        if event.act == FILED:
            filed = msgspec.convert(event.body["record"], Filed)
            at = local(event.at)
            return courses.ahead(filed, at) or courses.account(before, filed, event.by, event.document, at)
        if event.act == SENT:
            return _handed_over(before, event)
        if before is None:
            return _unknown(event)
        if event.act == MOVED:
            moved = msgspec.convert(event.body["record"], Moved)
            return courses.ahead(moved, local(event.at)) or courses.step(before, moved, event.by, event.document)
        # A status is of now: if a unit's clock ran before the axis's, the status comes behind the unit's steps.
        at = max([local(event.at), *(step.at for step in before.steps[-1:])])
        step = Moved(number=event.case, at=at, state=DossierState(event.body["state"]))
        return courses.step(before, step, event.by, event.document)

    def _case(self, course: Course, parties: Parties, event: Event) -> Case:
        opened = course.opened
        return Case(
            id=course.number,
            kind=KINDS[course.channel],
            state=STATES[course.state],
            parties=parties,
            title=course.procedure_name or course.procedure,
            opened=opened.date() if opened is not None else event.day,
            due=courses.day(course.due_now),
            ended=courses.day(course.ended),
            late=course.late,
            measures=measures(course, self._calendar, self.lists.service_of),
            body=msgspec.json.encode(course),
            about=base(course.procedure),
        )


def lists_of(programmes: Mapping[str, object]) -> Lists:
    """Those that the dossiers of a hub with these programmes go by."""
    found = programmes.get(NAME)
    return found.lists if isinstance(found, Dossiers) else shipped()


def course_of(case: Case | None) -> Course | None:
    """The programme's part of a case."""
    return msgspec.json.decode(case.body, type=Course) if case is not None else None


def _row(brought: BroughtBody, row: sync.Row, made: Filed | Moved, units: sync.Units) -> Event:
    told: dict[str, Any] = {"record": _plain(made), "source": brought.by}
    if isinstance(made, Filed):
        told["receiving"] = units[made.unit].code
        solving = units.get(made.solving.strip())
        if solving is not None:
            # Of its own body the teller may say who solves; an agency of another one is bound by its own word alone.
            own = level_one(solving.code) == level_one(brought.by)
            told["solving" if own else "named"] = solving.code
    return Event(
        case=row.number,
        act=FILED if isinstance(made, Filed) else MOVED,
        at=brought.at,
        day=local(brought.at).date(),
        document=brought.id,
        by=brought.by,
        body=told,
        place=row.place,
    )


def _answered(case: str, said: Said) -> Event:
    return Event(
        case=case,
        act=ANSWERED,
        at=said.at,
        day=local(said.at).date(),
        document=said.id,
        by=said.by,
        body={"state": int(_STATUSES[said.code]), "code": said.code},
    )


def _without_packet(ridden: Ridden) -> Event | Fault:
    """The field's older form has all in the header; of its subject only the procedure's code is taken."""
    text = ridden.code.split("/")[0].strip()
    try:
        number = dossier_number(text)
    except ValueError:
        expected = "a dossier's number, such as H20.14-200703-0002"
        return Fault(code="DOSSIER_NUMBER", place="MessageHeader.Code.CodeNumber", expected=expected, found=cut(text))
    first = ridden.subject.split("/")[0].strip()
    procedure = first if len(first) <= _PROCEDURE and first[:1].isdigit() and first.isascii() else ""
    due = ridden.due.isoformat() if ridden.due is not None else ""
    return Event.of(ridden, number.text, SENT, to=list(ridden.recipients), procedure=procedure, due=due)


def _handed_over(before: Course | None, event: Event) -> Course | Fault:
    at, number = local(event.at), dossier_number(event.case)
    if before is not None:
        return before
    due = event.body.get("due")
    return Course(
        number=number.text,
        unit=number.unit,
        procedure=event.body.get("procedure", ""),
        state=DossierState.IN_PROGRESS,
        received=at,
        due=datetime.fromisoformat(f"{due}T23:59:59") if due else None,
        steps=(Told(at, DossierState.IN_PROGRESS, event.by, event.document),),
        account=event.document,
    )


def _parties(before: Parties, event: Event) -> Parties:
    """The parties after it. Of the pairs each is there once; an agency that passed the dossier on stays. An agency that
    a service of another body named as the solving one is one as soon as it speaks itself, or gets the dossier."""
    if event.act not in (FILED, SENT):
        return _solved_by(dict.fromkeys(before), event.by) if (NAMED, event.by) in before else before
    named = event.body.get("named")
    found = dict.fromkeys(pair for pair in before if not (named and pair[0] == NAMED))
    told: Mapping[str, Any] = event.body
    if not before:
        found[(RECEIVING, told.get("receiving") or event.by)] = None
    if told.get("source"):
        found[(SOURCE, told["source"])] = None
    receiving = {agency for role, agency in found if role == RECEIVING}
    lead = told.get("solving") or _lead(told, receiving)
    if not lead and not any(role == SOLVING for role, _ in found):
        lead = next(iter(receiving))
    if lead and (SOLVING, lead) not in found:
        found = dict.fromkeys(_solved_by(found, lead))
    if named and (SOLVING, named) not in found:
        found[(NAMED, named)] = None
    for one in told.get("to", ()):
        if one != lead and one not in receiving:
            found[(JOINT, one)] = None
    return tuple(found)


def _solved_by(found: Mapping[tuple[str, str], None], lead: str) -> Parties:
    kept = {(PASSED if role == SOLVING else role, agency): None for role, agency in found}
    kept.pop((NAMED, lead), None)
    return (*kept, (SOLVING, lead))


def _lead(told: Mapping[str, Any], receiving: Collection[str]) -> str:
    """Of the agencies that a document hands a dossier over to the one that solves it: DonViXuLy where it is one of
    them, else the first by code. The others take part."""
    to = [one for one in told.get("to", ()) if one not in receiving]
    named = told.get("record", {}).get("solving", "")
    return named if named in to else next(iter(to), "")


def _names(subject: str, applicant: str) -> bool:
    name = " ".join(applicant.casefold().split())
    return len(name) >= _SHORTEST_NAME and name in " ".join(subject.casefold().split())


def _plain(record: Filed | Moved) -> Any:
    return msgspec.to_builtins(record)


def _unknown(event: Event) -> Fault:
    expected = "a dossier that was told of before its steps"
    return Fault(code="DOSSIER_UNKNOWN", place="MaHoSo", expected=expected, found=event.case)


def _not_theirs(case: Case | None, event: Event) -> Fault:
    if case is None and event.act not in (FILED, SENT):
        return _unknown(event)
    expected = "an agency of the dossier's province or ministry, or one that takes part in it"
    return Fault(code="DOSSIER_NOT_YOURS", place="MaHoSo", expected=expected, found=event.by)
