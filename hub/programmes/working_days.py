"""Working days of the State: the five-day week, the holidays of the Labour Code, and the days that were exchanged.

`holidays.csv` holds one day a row: `date`, `kind` (`off` or `work`), `name`, `basis`. The basis says how far a row may
be trusted: `law` follows from the Labour Code 2019 Art. 112 and the lunar calendar; `swap` was announced for that year
(a working day given for a Saturday worked); `assumed` follows from the law too, but the year's announcement is not out
yet, and it may exchange days. An administration corrects the file by its own (`parse`), year by year.

Deadlines are days in Vietnam. A day that falls off does not move by itself: NĐ 09/2019 is silent about it, and the
Civil Code (Art. 148.5) moves it to the next working day. So both are told (`Due`), and a regime says which one binds.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Final, NamedTuple

from hub.programmes.tables import text

_DAY: Final = timedelta(days=1)
_COLUMNS: Final = ("date", "kind", "name", "basis")
_KINDS: Final = ("off", "work")
_BASES: Final = ("law", "swap", "assumed")
_FRIDAY: Final = 4
_MOST: Final = 5_000
"""Working days that one sum may run over: twenty years. A number beyond it is a slip in the configuration."""


class CalendarFault(ValueError):
    """The calendar file cannot be used; `line` (from 1), its text, and the right one."""

    def __init__(self, line: int, expected: str, found: str) -> None:
        super().__init__(f"line {line}: expected {expected}, found {found[:80]!r}")
        self.line, self.expected, self.found = line, expected, found[:80]


class Day(NamedTuple):
    """One day that differs from its weekday: `works` says how."""

    day: date
    works: bool
    name: str
    basis: str


class Due(NamedTuple):
    """A deadline. day: as the rule names it; moved: the first working day from there on (Civil Code Art. 148.5)."""

    day: date
    moved: date

    @property
    def falls_off(self) -> bool:
        return self.day != self.moved


class WorkingDays:
    """Which days the State works. Years without any row of the file are known by their weekdays alone (`knows`)."""

    def __init__(self, days: tuple[Day, ...]) -> None:
        self._differs = {entry.day: entry for entry in days}
        self._years = {entry.day.year for entry in days}

    def knows(self, year: int) -> bool:
        """Whether the holidays of that year are in the file."""
        return year in self._years

    def works(self, day: date) -> bool:
        entry = self._differs.get(day)
        return entry.works if entry else day.weekday() <= _FRIDAY

    def named(self, day: date) -> str:
        """The day's name in the file, empty for an ordinary one."""
        entry = self._differs.get(day)
        return entry.name if entry else ""

    def at_or_after(self, day: date) -> date:
        """The first working day that is not before `day`."""
        while not self.works(day):
            day += _DAY
        return day

    def at_or_before(self, day: date) -> date:
        """The last working day that is not after `day`."""
        while not self.works(day):
            day -= _DAY
        return day

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day` (before it, where `count` is negative). The day itself does not
        count, as in "within 3 working days from receipt". 0 is the first working day from `day` on."""
        if not count:
            return self.at_or_after(day)
        if abs(count) > _MOST:
            raise ValueError(f"{count} working days are more than {_MOST}")
        step = _DAY if count > 0 else -_DAY
        for _ in range(abs(count)):
            day += step
            while not self.works(day):
                day += step
        return day

    def between(self, first: date, last: date) -> int:
        """Working days after `first` up to and with `last`; 0 where `last` is not after `first`."""
        return sum(1 for day in _days(first + _DAY, last) if self.works(day))

    def due(self, day: date) -> Due:
        return Due(day, self.at_or_after(day))


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + number * _DAY


def parse(table: str) -> WorkingDays:
    """Read a calendar file (UTF-8, with or without BOM). CalendarFault names the first line that is wrong."""
    rows = csv.reader(table.removeprefix("\ufeff").splitlines())
    head = tuple(next(rows, ()))
    if head != _COLUMNS:
        raise CalendarFault(1, ",".join(_COLUMNS), ",".join(head))
    days = tuple(_day(number, row) for number, row in enumerate(rows, 2) if row)
    seen: set[date] = set()
    for number, entry in enumerate(days, 2):
        if entry.day in seen:
            raise CalendarFault(number, "a day once", entry.day.isoformat())
        seen.add(entry.day)
    return WorkingDays(days)


def _day(number: int, row: list[str]) -> Day:
    if len(row) != len(_COLUMNS):
        raise CalendarFault(number, f"{len(_COLUMNS)} cells", ",".join(row))
    written, kind, name, basis = row
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise CalendarFault(number, "a date as 2026-11-22", written) from None
    if kind not in _KINDS:
        raise CalendarFault(number, " or ".join(_KINDS), kind)
    if basis not in _BASES:
        raise CalendarFault(number, " or ".join(_BASES), basis)
    return Day(day, kind == "work", name, basis)


@cache
def vietnam() -> WorkingDays:
    """The calendar that the project ships."""
    return parse(text("holidays.csv"))
