"""The course of one dossier: its state after the accounts and steps so far, and the clock that they move.

A step that comes late is put where its time belongs; where it does not fit there, and where it would end a dossier that
went on since, it is a fault. One that was told before changes nothing, so a sender that is unsure sends again. Nothing
is told ahead: the time to compare with is that of the document or body on record, never a clock. The state is that of
the newest step; one that cannot follow the state before (stopping a solved dossier) is a fault, and the dossier stays
as it was. The clock stands while the citizen has to act (states 5 and 6): the day of the result moves by the time that
took, unless the request itself named a new one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec

from hub.programmes.onestop.indicators import Dossier, Step, asked
from hub.programmes.onestop.reading import DossierFacts, Filed, Moved
from hub.programmes.onestop.states import PAUSED, DossierState, Move, move
from hub.programmes.riding import Fault

_S = DossierState
MOST_STEPS: Final = 500
AHEAD: Final = timedelta(days=1)
"""How far the clock of a unit may be before that of the axis."""
_MEMBERS: Final = {
    _S.REGISTERED: "NgayNopHoSo",
    _S.ACCEPTED: "NgayTiepNhan",
    _S.NOT_ACCEPTED: "NgayTuChoi",
    _S.IN_PROGRESS: "DanhSachHoSoBoSung",
    _S.SUPPLEMENT_ASKED: "DanhSachHoSoBoSung",
    _S.STOPPED: "NgayKetThucXuLy",
    _S.SOLVED: "NgayKetThucXuLy",
    _S.RETURNED: "NgayTra",
}
"""Where an account tells when it came into a state."""
ENDS: Final = frozenset({_S.NOT_ACCEPTED, _S.STOPPED, _S.SOLVED, _S.RETURNED})
"""States in which processing is over. In a solved dossier an error may still be found: then it goes on."""


_STEP_TIME: Final = "TienDo.ThoiDiemXuLy"


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step of the course. due: until when it was to be done; by: the agency that told of it; document: in which
    document, or batch of a sync service."""

    at: datetime
    state: DossierState
    by: str
    document: str
    due: datetime | None = None


class Course(DossierFacts, frozen=True, kw_only=True, omit_defaults=True):
    """What a case keeps of a dossier, as JSON. account: the document or batch that told the whole of it last; batch:
    its number among batches, 0 of a document. None of it names a person."""

    steps: tuple[Told, ...] = ()
    account: str = ""
    skipped: int = 0

    @property
    def opened(self) -> datetime | None:
        """When it came: its reception, else its submission, else the first that is told of it."""
        return self.received or self.submitted or (self.steps[0].at if self.steps else None)

    @property
    def ended(self) -> datetime | None:
        """When processing ended; None while it goes on. A solved dossier ended then, though it is handed out later, or
        said to be solved again; a withdrawal is an end when it led to one."""
        if self.state not in ENDS:
            return None
        solved = self.state is _S.RETURNED and any(step.state is _S.SOLVED for step in self.steps)
        end = _S.SOLVED if solved else self.state
        states = [None, *(step.state for step in self.steps)]
        begun = (step.at for step, last in zip(self.steps, states, strict=False) if step.state is end is not last)
        return max(begun, default=None)

    @property
    def paused(self) -> bool:
        return self.state in PAUSED

    @property
    def due_now(self) -> datetime | None:
        """The appointment as the clock stands: None while it stands still."""
        if self.due is None or self.paused:
            return None
        if self.moved_to is not None:
            return self.moved_to
        return self.due + pauses(self.steps, self.due)

    @property
    def moved_to(self) -> datetime | None:
        """The appointment that the last request for papers named."""
        return next((one.due_after for one in reversed(self.supplements) if one.due_after is not None), None)

    @property
    def due_first(self) -> datetime | None:
        """The appointment before any request moved it: by this one, less the citizen's time, QĐ 766 counts."""
        moved = (one.due_before for one in self.supplements if one.due_after is not None)
        return next((due for due in moved if due is not None), self.due)

    @property
    def late(self) -> bool | None:
        """Of an ended one whether it ended after its appointment, or papers were asked for more than once."""
        ended, due = self.ended, self.due_now
        if ended is None:
            return None
        return asked(self.dossier) > 1 or (due is not None and ended > due)

    @property
    def dossier(self) -> Dossier:
        """As the indicators see it."""
        return Dossier(
            code=self.number,
            received=self.received or self.opened or datetime.min,
            steps=tuple(Step(step.at, step.state) for step in self.steps),
            due=None if self.by_law else self.due_first,
            channel=self.channel,
            legal_days=self.legal_days,
            gives_document=self.gives_document,
            components=self.components,
            results=self.results,
            in_store=self.in_store,
            complained=self.complained,
        )


def pauses(steps: Sequence[Told], until: datetime) -> timedelta:
    """How long the citizen had to act: from each state in which the clock stands to the next other one. One that goes
    on has no length yet."""
    total, since = timedelta(), None
    for step in steps:
        if step.state in PAUSED:
            since = since or step.at
        elif since is not None:
            total, since = total + (step.at - since), None
    return total


def account(course: Course | None, filed: Filed, by: str, document: str, at: datetime) -> Course | Fault:
    """The course after one more account of the whole dossier, told at that time."""
    before = course.state if course is not None else None
    how = move(before, filed.state)
    if how is Move.IMPOSSIBLE:
        return impossible(before, filed.state, "HoSo.TrangThaiHoSo")
    steps = course.steps if course is not None else ()
    dated = [(_in_day(steps, step, filed.steps), step.state) for step in filed.steps]
    ends = [when for when, state in dated if state is filed.state and state in ENDS]
    if ends:
        # Its own word of the end counts, also where the end was told otherwise before.
        before_end, steps = _going_on(steps, dated)
        if before_end and ends[-1] < before_end[-1].at:
            return out_of_order(f"HoSo.{_MEMBERS[filed.state]}", ends[-1], "last step")
    for when, state in dated:
        steps = placed(steps, Told(when, state, by, document))
    if not ends and filed.state not in {step.state for step in steps[-1:]}:
        # Its own dates do not tell since when. The first account finds it so since the last that is dated, and steps
        # that are told afterwards still count; of a later one it is so since it was told.
        last = steps[-1].at if steps else at
        since = last if course is None else max(at, last)
        steps = placed(steps, Told(since, filed.state, by, document))
    if len(steps) > MOST_STEPS:
        return too_long(len(steps))
    facts = {name: getattr(filed, name) for name in DossierFacts.__struct_fields__}
    skipped = (course.skipped if course is not None else 0) + (how is Move.SKIPPED)
    return Course(**facts, steps=steps, account=document, skipped=skipped)


def _going_on(
    steps: tuple[Told, ...], dated: Sequence[tuple[datetime, DossierState]]
) -> tuple[tuple[Told, ...], tuple[Told, ...]]:
    """The steps before the ends that an account tells of anew; and these with the ends that stay."""
    states = {state for _, state in dated if state in ENDS}
    n = len(steps)
    while n and steps[n - 1].state in states:
        n -= 1
    return steps[:n], (*steps[:n], *(step for step in steps[n:] if (step.at, step.state) in dated))


def _in_day(steps: Sequence[Told], told: Step | Moved, beside: Sequence[Step] = ()) -> datetime:
    """A day alone that ends a dossier is the end of that day that is known, else behind the other steps of the day."""
    if told.state not in ENDS or told.at.time() != time.min:
        return told.at
    day = told.at.date()
    same = [step.at for step in steps if step.at.date() == day and step.state is told.state]
    return same[-1] if same else max(step.at for step in (told, *steps, *beside) if step.at.date() == day)


def step(course: Course, moved: Moved, by: str, document: str) -> Course | Fault:
    """The course after one step. One that is older than the newest takes its place among the others, or has none."""
    at = _in_day(course.steps, moved)
    told = Told(at, moved.state, by, document, moved.due)
    if any((known.at, known.state) == (at, moved.state) for known in course.steps):
        return msgspec.structs.replace(course, steps=placed(course.steps, told))
    if course.received is not None and at < course.received and moved.state is not _S.REGISTERED:
        return out_of_order(_STEP_TIME, moved.at, "reception")
    newest = not course.steps or at >= course.steps[-1].at
    how = move(course.state, moved.state) if newest else Move.REPEATED
    if how is Move.IMPOSSIBLE:
        return impossible(course.state, moved.state, "TienDo.TrangThai")
    if not newest and not _fits(course, told):
        return out_of_order(_STEP_TIME, moved.at, "last step")
    steps = placed(course.steps, told)
    if len(steps) > MOST_STEPS:
        return too_long(len(steps))
    return msgspec.structs.replace(
        course,
        steps=steps,
        state=moved.state if newest else course.state,
        skipped=course.skipped + (how is Move.SKIPPED),
    )


def _fits(course: Course, late: Told) -> bool:
    """Whether a late step has a place: between states that it may follow and that may follow it, and no end of a
    dossier that went on."""
    where = bisect_right(course.steps, late.at, key=lambda step: step.at)
    before = course.steps[where - 1].state if where else None
    around = move(before, late.state), move(late.state, course.steps[where].state)
    return Move.IMPOSSIBLE not in around and (late.state not in ENDS or course.state in ENDS)


def ahead(told: Filed | Moved, at: datetime) -> Fault | None:
    """The first time that is later than the moment of its telling, with an allowance for clocks."""
    times = (
        [(told.at, _STEP_TIME)]
        if isinstance(told, Moved)
        else [(told.submitted, "HoSo.NgayNopHoSo"), *((one.at, f"HoSo.{_MEMBERS[one.state]}") for one in told.steps)]
    )
    for when, place in times:
        if when is not None and when > at + AHEAD:
            expected = "a time that is not after the moment of the call or the document"
            return Fault(code="DOSSIER_AHEAD", place=place, expected=expected, found=when.isoformat())
    return None


def out_of_order(place: str, at: datetime, event: str) -> Fault:
    expected = f"a time that is not before the {event}"
    return Fault(code="DOSSIER_ORDER", place=place, expected=expected, found=at.isoformat())


def placed(steps: tuple[Told, ...], one: Told) -> tuple[Told, ...]:
    """With one more, by its time, behind those of the same time; unless it was told before."""
    for n, known in enumerate(steps):
        if (known.at, known.state) == (one.at, one.state):
            if one.due is None or known.due is not None:
                return steps
            return (*steps[:n], msgspec.structs.replace(known, due=one.due), *steps[n + 1 :])
    where = bisect_right(steps, one.at, key=lambda step: step.at)
    return (*steps[:where], one, *steps[where:])


def impossible(before: DossierState | None, after: DossierState, place: str) -> Fault:
    expected = f"a state that may follow {before:d}" if before is not None else "a state"
    return Fault(code="DOSSIER_STATE", place=place, expected=expected, found=str(int(after)))


def too_long(steps: int) -> Fault:
    return Fault(
        code="DOSSIER_LONG", place="TienDo", expected=f"at most {MOST_STEPS} steps of a dossier", found=str(steps)
    )


def day(at: datetime | None) -> date | None:
    return at.date() if at is not None else None
