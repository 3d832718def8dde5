"""The course of one dossier: its state after the accounts and steps so far, and the clock that they move.

A step that comes late is put where its time belongs and changes no state; one that was told before changes nothing. So
a sender that is unsure sends again. The state is that of the newest step; one that cannot follow the state before
(stopping a solved dossier) is a fault, and the dossier stays as it was. The clock stands while the citizen has to act
(states 5 and 6): the day of the result moves by the time that took, unless the request itself named a new one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from hub.programmes.onestop.indicators import Dossier, Step, asked
from hub.programmes.onestop.reading import DossierFacts, Filed, Moved
from hub.programmes.onestop.states import PAUSED, DossierState, Move, move
from hub.programmes.riding import Fault

_S = DossierState
MOST_STEPS: Final = 500
ENDS: Final = frozenset({_S.NOT_ACCEPTED, _S.STOPPED, _S.SOLVED, _S.RETURNED})
"""States in which processing is over. In a solved dossier an error may still be found: then it goes on."""


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
        """When processing ended; None while it goes on. A solved dossier ended then, though it is handed out later; a
        withdrawal is an end when it led to one."""
        if self.state not in ENDS:
            return None
        solved = [step.at for step in self.steps if step.state is _S.SOLVED]
        if self.state is _S.RETURNED and solved:
            return solved[-1]
        return next((step.at for step in reversed(self.steps) if step.state is self.state), None)

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
    for step in filed.steps:
        steps = placed(steps, Told(step.at, step.state, by, document))
    if filed.state not in {step.state for step in steps[-1:]}:
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


def step(course: Course, moved: Moved, by: str, document: str) -> Course | Fault:
    """The course after one step. One that is older than the newest takes its place among the others."""
    told = Told(moved.at, moved.state, by, document, moved.due)
    newest = not course.steps or moved.at >= course.steps[-1].at
    how = move(course.state, moved.state) if newest else Move.REPEATED
    if how is Move.IMPOSSIBLE:
        return impossible(course.state, moved.state, "TienDo.TrangThai")
    steps = placed(course.steps, told)
    if len(steps) > MOST_STEPS:
        return too_long(len(steps))
    return msgspec.structs.replace(
        course,
        steps=steps,
        state=moved.state if newest else course.state,
        skipped=course.skipped + (how is Move.SKIPPED),
    )


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
