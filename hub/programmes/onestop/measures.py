"""One dossier's part in the sums of its parties, and the indicators of QĐ 766 as questions to these sums.

A dossier counts in the month in which it was received for questions about reception, in the month in which it ended
for questions about its end. Of one that goes on no indicator of the second kind is known, so none is counted: the
share of 2.1 is that of dossiers that ended in the month, and beside it stands how many are overdue on the day of the
question (tallies by due day). That reading is a version of its own (`VERSION`), beside that of the formulas.

Sums of agencies add up; shares are made of sums, never averaged. 2.2 is a mean in working days: days by dossiers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from hub.programmes.onestop.course import Course
from hub.programmes.onestop.essential import service_of
from hub.programmes.onestop.indicators import INDICATORS, QD_766, Dossier, Share, Window
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


def measures(course: Course, calendar: WorkingDays) -> tuple[Measure, ...]:
    """In a fixed order, none of count 0."""
    opened, ended, dossier = course.received, course.ended, course.dossier
    if opened is None:
        return ()
    found = list(_at_reception(course, dossier, opened, calendar))
    if ended is not None and course.state is not DossierState.NOT_ACCEPTED:
        found += _at_end(course, dossier, ended, calendar)
    return tuple(one for one in found if one[2])


def _at_reception(course: Course, dossier: Dossier, opened: datetime, calendar: WorkingDays) -> Iterator[Measure]:
    month = f"{opened:%Y-%m}"
    yield Measure(month, RECEIVED, 1)
    yield Measure(month, ONLINE, int(course.channel == 2))
    if (service := service_of(course.procedure)) is not None:
        yield Measure(month, service.measure, 1)
        yield Measure(month, service.online, int(course.channel == 2))
    yield from _parts(month, _AT_RECEPTION, dossier, opened.date(), calendar)
    if course.state in _DONE and course.ended is not None and (course.ended - opened).days <= _LONGEST_DAYS:
        yield Measure(month, TIMED, 1)
        yield Measure(month, DAYS, calendar.between(opened.date(), course.ended.date()))


def _at_end(course: Course, dossier: Dossier, ended: datetime, calendar: WorkingDays) -> Iterator[Measure]:
    month = f"{ended:%Y-%m}"
    yield Measure(month, ENDED, 1)
    yield Measure(month, EARLY, int(course.due_now is not None and ended.date() < course.due_now.date()))
    yield Measure(month, DOCUMENTS, int(course.gives_document))
    yield from _parts(month, _AT_END, dossier, ended.date(), calendar)


def _parts(month: str, numbers: Sequence[str], dossier: Dossier, day: date, calendar: WorkingDays) -> Iterator[Measure]:
    window = Window(day, day)
    for number in numbers:
        indicator = INDICATORS[number]
        if indicator.whole(dossier, window, calendar):
            yield Measure(month, number, int(indicator.part(dossier, window, calendar)))


class Figure(NamedTuple):
    """An indicator of some agencies and months. `number` as in QĐ 766, with the version of its formula; `full`: the
    percentage that earns full marks."""

    number: str
    version: str
    vi: str
    en: str
    share: Share
    full: int


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
        Figure(
            number,
            VERSION,
            indicator.vi,
            indicator.en,
            Share(sums.get(number, 0), sums.get(_WHOLE[number], 0)),
            indicator.full,
        )
        for number, indicator in sorted(INDICATORS.items())
    )


def mean(sums: Mapping[str, int]) -> Mean:
    return Mean(sums.get(DAYS, 0), sums.get(TIMED, 0))


def synced(received: int, portal: int | None, reported: int | None, last_year: int | None, months: int) -> Share:
    """Indicator 1.4: the dossiers that came here, by their number: the larger of the portal's count and the
    reporting system's; where neither is known, last year's figure by its share of the period."""
    known = [count for count in (portal, reported) if count is not None]
    whole = max(known) if known else (last_year or 0) * months // 12
    return Share(min(received, whole), whole)
