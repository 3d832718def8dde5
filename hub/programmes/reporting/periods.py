"""Periods of a report: which days it tells of, and until when it is due (NĐ 09/2019/NĐ-CP Art. 12, 13, 8.5).

By Art. 12 the books of a period close on the 14th of its last month, and those of the next open on the 15th, so that
windows neither overlap nor leave a gap. By Art. 13.1 a report to the Government or the Prime Minister is due on the
25th of the period's last month. Real regimes deviate, so a regime carries its own rules as data; these are the ones of
the decree.

A period is written as `2026` (year), `2026-H1`, `2026-9M`, `2026-Q1` or `2026-03`.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from hub.programmes.working_days import Due, WorkingDays


class Span(StrEnum):
    """How long a period is (Art. 12). Nine months are a custom of provinces."""

    MONTH = "thang"
    QUARTER = "quy"
    HALF = "6thang"
    NINE_MONTHS = "9thang"
    YEAR = "nam"


MONTHS: Final = {Span.MONTH: 1, Span.QUARTER: 3, Span.HALF: 6, Span.NINE_MONTHS: 9, Span.YEAR: 12}
_NUMBERS: Final = {Span.MONTH: 12, Span.QUARTER: 4, Span.HALF: 2, Span.NINE_MONTHS: 1, Span.YEAR: 1}
"""How many of them a year has."""

_FORM: Final = re.compile(r"(\d{4})(?:-(?:(\d\d)|Q([1-4])|H([12])|(9M)))?", re.ASCII)
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2199


class Period(NamedTuple):
    """One period of a year; `number` counts from 1 within its year."""

    span: Span
    year: int
    number: int

    @property
    def last_month(self) -> int:
        return MONTHS[self.span] * self.number

    @property
    def first_month(self) -> int:
        return self.last_month - MONTHS[self.span] + 1

    @property
    def code(self) -> str:
        marks = {
            Span.MONTH: f"-{self.number:02}",
            Span.QUARTER: f"-Q{self.number}",
            Span.HALF: f"-H{self.number}",
            Span.NINE_MONTHS: "-9M",
            Span.YEAR: "",
        }
        return f"{self.year}{marks[self.span]}"

    def next(self) -> Period:
        last = self.number == _NUMBERS[self.span]
        return Period(self.span, self.year + last, 1 if last else self.number + 1)


def period(code: str) -> Period:
    """Inverse of `Period.code`. ValueError, with the five forms, on any other text."""
    found = _FORM.fullmatch(code)
    if found:
        year, month, quarter, half, nine = found.groups()
        choices = ((Span.MONTH, month), (Span.QUARTER, quarter), (Span.HALF, half), (Span.NINE_MONTHS, nine and "1"))
        span, number = next(((span, int(text)) for span, text in choices if text), (Span.YEAR, 1))
        if _FIRST_YEAR <= int(year) <= _LAST_YEAR and 1 <= number <= _NUMBERS[span]:
            return Period(span, int(year), number)
    raise ValueError("a period is 2026, 2026-H1, 2026-9M, 2026-Q1 or 2026-03, of 2000 to 2199")


class Window(NamedTuple):
    """The days that a report tells of, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class WindowRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day on which a window closes: `close_day` of the period's last month, moved by `months`. 0 = the last day
    of that month. The next window opens on the day after."""

    close_day: int = 14
    months: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.close_day <= 28 or not -12 <= self.months <= 12:
            raise ValueError("close_day is 0 to 28, months -12 to 12")

    def window(self, of: Period) -> Window:
        return Window(
            self._close(of.year, of.last_month - MONTHS[of.span]) + timedelta(days=1),
            self._close(of.year, of.last_month),
        )

    def period_of(self, span: Span, day: date) -> Period:
        """The first period that closes on `day` or after it. Windows leave no gap, so the day lies in it; of nine
        months there is one in a year, so the day may lie before it."""
        of = Period(span, day.year - 2, 1)
        while self.window(of).last < day:
            of = of.next()
        return of

    def _close(self, year: int, month: int) -> date:
        if self.close_day:
            return _day(year, month + self.months, self.close_day)
        return _day(year, month + self.months + 1, 1) - timedelta(days=1)


class DeadlineRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when a report is due. Either `day` of the month `months` after the period's last one, or `working_days`
    after the cut-off. `before` = "trước ngày": the day itself is too late; else "chậm nhất ngày", which includes it."""

    day: int = 0
    months: int = 0
    working_days: int = 0
    before: bool = False

    def __post_init__(self) -> None:
        if bool(self.day) == bool(self.working_days):
            raise ValueError("a deadline has either a day of the month or working days after the cut-off")
        if not 0 <= self.day <= 28 or not -12 <= self.months <= 36 or not 0 <= self.working_days <= 250:
            raise ValueError("day is 1 to 28, months -12 to 36, working_days 1 to 250")

    def due(self, of: Period, window: Window, calendar: WorkingDays) -> Due:
        if self.working_days:
            return calendar.due(calendar.after(window.last, self.working_days))
        return calendar.due(_day(of.year, of.last_month + self.months, self.day) - timedelta(days=self.before))


ART_12: Final = WindowRule()
ART_13: Final = DeadlineRule(day=25)


def time_to_write(window: Window, due: Due, calendar: WorkingDays) -> int:
    """Working days between cut-off and deadline; Art. 8.5.b wants at least one."""
    return calendar.between(window.last, due.day)


def _day(year: int, month: int, day: int) -> date:
    """`month` may lie outside of 1 to 12: it counts on into other years."""
    years, index = divmod(month - 1, 12)
    return date(year + years, index + 1, day)
