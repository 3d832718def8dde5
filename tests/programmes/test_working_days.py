"""The State's working days: holidays, exchanged days, sums of days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.programmes.working_days import CalendarFault, parse, vietnam

DAYS = st.dates(date(2018, 1, 1), date(2027, 12, 31))
HEAD = "date,kind,name,basis\n"


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2025-01-29", False),  # Tết of the year of the Snake
        ("2026-02-17", False),
        ("2027-02-06", False),  # a Saturday anyway
        ("2026-04-26", False),  # Hùng Kings, a Sunday
        ("2026-04-27", False),  # and the day given for it
        ("2025-05-02", False),  # exchanged
        ("2025-04-26", True),  # a Saturday worked for it
        ("2026-08-31", False),
        ("2026-08-22", True),
        ("2026-03-25", True),
        ("2026-10-25", False),
    ],
)
def test_days_that_differ_from_their_weekday(day: str, works: bool) -> None:
    assert vietnam().works(date.fromisoformat(day)) is works


@given(DAYS, st.integers(1, 300))
def test_a_sum_lands_on_a_working_day_and_counts_back(day: date, count: int) -> None:
    calendar = vietnam()
    last = calendar.after(day, count)
    assert calendar.works(last)
    assert calendar.between(day, last) == count


@given(DAYS)
def test_the_first_working_day_from_a_day_on(day: date) -> None:
    due = vietnam().due(day)
    assert due.moved >= day
    assert due.falls_off is not vietnam().works(day)
    passed = (day + timedelta(days=number) for number in range((due.moved - day).days))
    assert not any(vietnam().works(other) for other in passed)


def test_backwards_and_none() -> None:
    calendar = vietnam()
    assert calendar.after(date(2026, 9, 3), -1) == date(2026, 8, 28)
    assert calendar.after(date(2026, 8, 29), 0) == date(2026, 9, 3)
    assert calendar.between(date(2026, 9, 3), date(2026, 9, 3)) == 0
    with pytest.raises(ValueError, match="more than"):
        calendar.after(date(2026, 9, 3), 10**9)


def test_a_year_without_rows_is_known_to_be_unknown() -> None:
    assert vietnam().knows(2026)
    assert not vietnam().knows(2030)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("day,kind\n", 1),
        (HEAD + "2026-13-01,off,x,law\n", 2),
        (HEAD + "2026-01-01,free,x,law\n", 2),
        (HEAD + "2026-01-01,off,x,hearsay\n", 2),
        (HEAD + "2026-01-01,off\n", 2),
        (HEAD + "2026-01-01,off,x,law\n2026-01-01,work,x,swap\n", 3),
    ],
)
def test_a_wrong_line_is_named(text: str, line: int) -> None:
    with pytest.raises(CalendarFault) as caught:
        parse(text)
    assert caught.value.line == line


def test_a_spreadsheets_bom_and_line_ends() -> None:
    assert not parse("\ufeff" + HEAD.replace("\n", "\r\n") + "2026-03-25,off,thử,swap\r\n").works(date(2026, 3, 25))
