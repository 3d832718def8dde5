"""One dossier's part in the sums of its parties, and the indicators of QĐ 766 as questions to these sums.

A dossier counts in the month in which it was received for questions about reception, in the month in which it ended
for questions about its end. Of one that goes on no indicator of the second kind is known, so none is counted: the
share of 2.1 is that of dossiers that ended in the month, and beside it stands how many are overdue on the day of the
question (tallies by due day). That reading is a version of its own (`VERSION`), beside that of the formulas.

Sums of agencies add up; shares are made of sums, never averaged. 2.2 is a mean in working days: days by dossiers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from hub.programmes.onestop.course import Course
from hub.programmes.onestop.essential import Essential
from hub.programmes.onestop.indicators import INDICATORS, QD_766, Dossier, Indicator, Share, Window, digitised
from hub.programmes.onestop.procedures import base
from hub.programmes.onestop.states import DossierState
from hub.programmes.riding import Measure
from hub.programmes.working_days import WorkingDays

VERSION: Final = f"{QD_766}/1"
RECEIVED: Final = "received"
ONLINE: Final = "received-online"
ENDED: Final = "processed"
"""Ended after a reception; a dossier that was never taken in is not among them."""
EARLY: Final = "processed-early"
DOCUMENTS: Final = "document-due"
DAYS: Final = "working-days"
TIMED: Final = "timed"
SOLVED: Final = "solved"
"""Ended with a result (9, 10): what was stopped or withdrawn is not among it."""
LINKED: Final = "solved-linked"
SOLVED_DIGITISED: Final = "solved-digitised"
DIGITISED: Final = "received-digitised"
_AT_RECEPTION: Final = ("4.3", "4.4")
_AT_END: Final = ("2.1", "3.3", "4.1", "4.2", "5.4")
_WHOLE: Final[Mapping[str, str]] = {
    **dict.fromkeys(_AT_RECEPTION, RECEIVED),
    **dict.fromkeys(_AT_END, ENDED),
    "4.1": DOCUMENTS,
}
_LONGEST_DAYS: Final = 3_660
"""A dossier that took longer is a slip in a date, and would be the mean of its unit for ever."""
_DONE: Final = frozenset({DossierState.SOLVED, DossierState.RETURNED})


ServiceOf = Callable[[str], Essential | None]


def measures(course: Course, calendar: WorkingDays, service_of: ServiceOf) -> tuple[Measure, ...]:
    """In a fixed order, none of count 0. `service_of`: the essential service that a procedure is of."""
    opened, ended, dossier = course.received, course.ended, course.dossier
    if opened is None:
        return ()
    found = list(_at_reception(course, dossier, opened, calendar, service_of(course.procedure)))
    if ended is not None and course.state is not DossierState.NOT_ACCEPTED:
        found += _at_end(course, dossier, ended, calendar)
    return tuple(one for one in found if one[2])


def _at_reception(
    course: Course, dossier: Dossier, opened: datetime, calendar: WorkingDays, service: Essential | None
) -> Iterator[Measure]:
    month = f"{opened:%Y-%m}"
    yield Measure(month, RECEIVED, 1)
    yield Measure(month, ONLINE, int(course.channel == 2))
    if service is not None:
        yield Measure(month, service.measure, 1)
        yield Measure(month, service.online, int(course.channel == 2))
    yield Measure(month, DIGITISED, int(digitised(dossier)))
    yield from _parts(month, _AT_RECEPTION, dossier, opened.date(), calendar)
    if course.state in _DONE and course.ended is not None and (course.ended - opened).days <= _LONGEST_DAYS:
        days, of = calendar.between(opened.date(), course.ended.date()), base(course.procedure)
        for name, n in ((TIMED, 1), (DAYS, days)):
            yield Measure(month, name, n)
            if of:
                yield Measure(month, f"{name}:{of}", n)


def _at_end(course: Course, dossier: Dossier, ended: datetime, calendar: WorkingDays) -> Iterator[Measure]:
    month = f"{ended:%Y-%m}"
    yield Measure(month, ENDED, 1)
    yield Measure(month, EARLY, int(course.due_now is not None and ended.date() < course.due_now.date()))
    yield Measure(month, DOCUMENTS, int(course.gives_document))
    if course.state in _DONE:
        yield Measure(month, SOLVED, 1)
        yield Measure(month, LINKED, int(dossier.has_e_result))
        yield Measure(month, SOLVED_DIGITISED, int(digitised(dossier)))
    yield from _parts(month, _AT_END, dossier, ended.date(), calendar)


def _parts(month: str, numbers: Sequence[str], dossier: Dossier, day: date, calendar: WorkingDays) -> Iterator[Measure]:
    window = Window(day, day)
    for number in numbers:
        indicator = INDICATORS[number]
        if indicator.whole(dossier, window, calendar):
            yield Measure(month, number, int(indicator.part(dossier, window, calendar)))


class Figure(NamedTuple):
    """An indicator of some agencies and months, by the version of its formula. `part`, `whole`: the measures that its
    share is made of."""

    indicator: Indicator
    version: str
    share: Share
    part: str
    whole: str


class Mean(NamedTuple):
    """2.2: working days of the dossiers that were received in the period and are solved."""

    days: int
    dossiers: int

    @property
    def each(self) -> float | None:
        return round(self.days / self.dossiers, 2) if self.dossiers else None


def figures(sums: Mapping[str, int]) -> tuple[Figure, ...]:
    """Every indicator out of sums by name of measure, in the order of their numbers."""
    return tuple(
        Figure(indicator, VERSION, Share(sums.get(number, 0), sums.get(whole, 0)), number, whole)
        for number, indicator in sorted(INDICATORS.items())
        for whole in (_WHOLE[number],)
    )


def mean(sums: Mapping[str, int]) -> Mean:
    return Mean(sums.get(DAYS, 0), sums.get(TIMED, 0))


class ByProcedure(NamedTuple):
    """2.2 of one procedure: `code` without what a province adds to it."""

    code: str
    mean: Mean


def by_procedure(things: Mapping[str, int]) -> list[ByProcedure]:
    """Those with the most dossiers first; out of sums of things, as the store keeps them."""
    found = [
        ByProcedure(code, Mean(things.get(f"{DAYS}:{code}", 0), count))
        for name, count in things.items()
        for measure, _, code in (name.partition(":"),)
        if measure == TIMED and count
    ]
    return sorted(found, key=lambda one: (-one.mean.dossiers, one.code))


def synced(received: int, portal: int | None, reported: int | None, last_year: int | None, months: int) -> Share:
    """Indicator 1.4: the dossiers that came here, by their number: the larger of the portal's count and the
    reporting system's; where neither is known, last year's figure by its share of the period."""
    known = [count for count in (portal, reported) if count is not None]
    whole = max(known) if known else (last_year or 0) * months // 12
    return Share(min(received, whole), whole)
