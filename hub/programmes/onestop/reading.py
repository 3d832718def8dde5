"""A dossier's fields as facts, and their faults. No person is left in either: no name, no number of
a paper, no address, no free text. A case keeps, shows and counts these facts alone.

The rules, each with its code:

DOSSIER_NUMBER    MaHoSo has one of the forms of `codes`; its day is the day of reception, or that of submission
DOSSIER_TIME      a time has one of the forms of `fields.moment`
DOSSIER_MISSING   a received dossier has NgayTiepNhan and DonViXuLy; NgayHenTra, or the procedure's legal maximum
DOSSIER_AHEAD     (`course`) nothing is told before it happened
DOSSIER_ORDER     nothing ends, and no appointment lies, before the reception
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Final

import msgspec

from hub.programmes.onestop.clocks import appointment
from hub.programmes.onestop.codes import DossierNumber, dossier_number
from hub.programmes.onestop.fields import TIME, DossierFields, Progress, moment
from hub.programmes.onestop.indicators import Channel, Component, Step
from hub.programmes.onestop.procedures import Known, Procedure
from hub.programmes.onestop.states import DossierState
from hub.programmes.riding import Fault, cut
from hub.programmes.working_days import WorkingDays

_S = DossierState
_BEFORE_RECEPTION: Final = frozenset({_S.REGISTERED, _S.NOT_ACCEPTED, _S.WITHDRAWAL_ASKED})
"""States in which a dossier may never have been received."""


class Paused(msgspec.Struct, frozen=True, omit_defaults=True):
    """Papers that were asked for. `due_before`, `due_after`: the appointment, where the request moved it."""

    asked: datetime
    answered: datetime | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None


class DossierFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Facts of a dossier, in an account of it and in the case that keeps it. Times are Vietnam local. `unit`: the
    agency that took it, `solving`: the one that solves it, both as they are written."""

    number: str
    unit: str
    procedure: str
    state: DossierState
    procedure_name: str = ""
    field: str = ""
    channel: Channel = Channel.DIRECT
    solving: str = ""
    submitted: datetime | None = None
    received: datetime | None = None
    due: datetime | None = None
    by_law: bool = False
    supplements: tuple[Paused, ...] = ()
    legal_days: int = 0
    gives_document: bool = False
    components: tuple[Component, ...] = ()
    results: int = 0
    in_store: bool = False
    complained: bool = False


class Filed(DossierFacts, frozen=True, kw_only=True, omit_defaults=True):
    """One account of a dossier."""

    steps: tuple[Step, ...] = ()


class Moved(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of a course. `due`: until when that step was to be done, None where nobody said so."""

    number: str
    at: datetime
    state: DossierState
    due: datetime | None = None


class _Wrong(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def filed(fields: DossierFields, calendar: WorkingDays, known: Known, place: str = "$.HoSo") -> Filed | Fault:
    """The first fault, where there is one. `known`: facts about procedures."""
    try:
        return _filed(fields, calendar, known(fields.procedure), place)
    except _Wrong as wrong:
        return wrong.fault


def moved(progress: Progress, place: str) -> Moved | Fault:
    try:
        number = _number(progress.number, f"{place}.MaHoSo")
        at = _time(progress.at, f"{place}.ThoiDiemXuLy")
        if at is None:
            raise _missing(f"{place}.ThoiDiemXuLy", TIME)
        due = _time(progress.due, f"{place}.NgayKetThucTheoQuyDinh", ends=True)
        return Moved(number=number.text, at=at, state=DossierState(progress.state), due=due)
    except _Wrong as wrong:
        return wrong.fault


def _filed(fields: DossierFields, calendar: WorkingDays, known: Procedure, place: str) -> Filed:
    number = _number(fields.number, f"{place}.MaHoSo")
    state = DossierState(fields.state)
    submitted = _time(fields.submitted, f"{place}.NgayNopHoSo")
    received = _time(fields.received, f"{place}.NgayTiepNhan")
    due = _time(fields.due, f"{place}.NgayHenTra", ends=True)
    legal_days = known.legal_days if fields.legal_days is None else fields.legal_days
    by_law = due is None and received is not None and legal_days > 0
    if by_law and received is not None:
        last = appointment(received, legal_days, calendar)
        due = datetime(last.year, last.month, last.day, 23, 59, 59)
    if state not in _BEFORE_RECEPTION:
        _check_received(fields, received, due, place)
    _check_day(number, received, submitted, place)
    if due is not None and received is not None and due < received:
        raise _order(f"{place}.NgayHenTra", fields.due)
    supplements = tuple(_supplements(fields, place))
    gives = known.gives_document if fields.gives_document is None else fields.gives_document == 1
    return Filed(
        number=number.text,
        unit=number.unit,
        procedure=fields.procedure,
        procedure_name=(fields.procedure_name or known.name)[:300],
        field=fields.field[:64],
        state=state,
        channel=Channel(fields.channel),
        solving=fields.solving[:64],
        submitted=submitted,
        received=received,
        due=due,
        by_law=by_law,
        steps=tuple(sorted(_steps(fields, submitted, received, supplements, place), key=lambda step: step.at)),
        supplements=supplements,
        legal_days=legal_days,
        gives_document=gives,
        components=tuple(_components(fields)),
        results=sum(1 for result in fields.results if result.link),
        in_store=any(result.in_store for result in fields.results),
        complained=fields.complained == 1,
    )


def _check_received(fields: DossierFields, received: datetime | None, due: datetime | None, place: str) -> None:
    if received is None:
        raise _missing(f"{place}.NgayTiepNhan", TIME)
    if due is None:
        raise _missing(f"{place}.NgayHenTra", f"{TIME}; or ThoiHanGiaiQuyet")
    if not fields.solving:
        raise _missing(f"{place}.DonViXuLy", "the code of the agency that solves the dossier")


def _check_day(number: DossierNumber, received: datetime | None, submitted: datetime | None, place: str) -> None:
    days = [at.date() for at in (received, submitted) if at is not None]
    if days and number.day not in days:
        expected = f"a number of the day {days[0].isoformat()}"
        raise _Wrong(Fault(code="DOSSIER_NUMBER", place=f"{place}.MaHoSo", expected=expected, found=number.text))


def _steps(
    fields: DossierFields,
    submitted: datetime | None,
    received: datetime | None,
    supplements: tuple[Paused, ...],
    place: str,
) -> Iterator[Step]:
    """The dossier's course by its own dates."""
    if submitted is not None and (received is None or submitted < received):
        yield Step(submitted, _S.REGISTERED)
    if received is not None:
        yield Step(received, _S.ACCEPTED)
    for one in supplements:
        yield Step(one.asked, _S.SUPPLEMENT_ASKED)
        if one.answered is not None:
            yield Step(one.answered, _S.IN_PROGRESS)
    for name, text, state in (
        ("NgayTuChoi", fields.refused, _S.NOT_ACCEPTED),
        ("NgayKetThucXuLy", fields.ended, _S.STOPPED if fields.state == _S.STOPPED else _S.SOLVED),
        ("NgayTra", fields.returned, _S.RETURNED),
    ):
        at = _time(text, f"{place}.{name}")
        if at is not None and received is not None and at < received and not _is_day_of(received, at):
            raise _order(f"{place}.{name}", text)
        if at is not None:
            yield Step(at, state)


def _is_day_of(received: datetime, at: datetime) -> bool:
    """Whether a day alone is that of the reception."""
    return at == datetime.combine(received.date(), time.min)


def _supplements(fields: DossierFields, place: str) -> Iterator[Paused]:
    for n, one in enumerate(fields.supplements):
        where = f"{place}.DanhSachHoSoBoSung[{n}]"
        asked = _time(one.asked, f"{where}.NgayBoSung")
        answered = _time(one.answered, f"{where}.NgayTiepNhanBoSung")
        if asked is None:
            raise _missing(f"{where}.NgayBoSung", TIME)
        if answered is not None and answered < asked:
            raise _order(f"{where}.NgayTiepNhanBoSung", one.answered, "request")
        before = _time(one.due_before, f"{where}.NgayHenTraTruoc", ends=True)
        yield Paused(asked, answered, before, _time(one.due_after, f"{where}.NgayHenTraMoi", ends=True))


def _components(fields: DossierFields) -> Iterator[Component]:
    for paper in fields.papers:
        if not paper.deleted:
            # Of a dossier of the portal the paper says it, of another one the dossier as a whole.
            reused = paper.reused > 0 and (fields.digitised == 1 or paper.digitised == 1)
            digitised = bool(paper.link or paper.file_id) and (paper.digitised == 1 or fields.digitised == 1)
            yield Component(digitised=digitised, reused=reused, national=paper.national == 1)


def _number(text: str, place: str) -> DossierNumber:
    try:
        return dossier_number(text)
    except ValueError:
        expected = "a dossier's number, such as H20.14-200703-0002"
        raise _Wrong(Fault(code="DOSSIER_NUMBER", place=place, expected=expected, found=cut(text))) from None


def _time(text: str, place: str, *, ends: bool = False) -> datetime | None:
    try:
        return moment(text, ends=ends)
    except ValueError:
        raise _Wrong(Fault(code="DOSSIER_TIME", place=place, expected=TIME, found=cut(text))) from None


def _missing(place: str, expected: str) -> _Wrong:
    return _Wrong(Fault(code="DOSSIER_MISSING", place=place, expected=expected, found="nothing"))


def _order(place: str, text: str, event: str = "reception") -> _Wrong:
    expected = f"a time that is not before the {event}"
    return _Wrong(Fault(code="DOSSIER_ORDER", place=place, expected=expected, found=cut(text)))
