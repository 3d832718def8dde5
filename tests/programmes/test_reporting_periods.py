"""Windows and deadlines of NĐ 09/2019, by the dates that the decree gives for 2026 and for a leap year."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.programmes.reporting.periods import (
    ART_12,
    ART_13,
    MONTHS,
    DeadlineRule,
    Period,
    Span,
    WindowRule,
    period,
    time_to_write,
)
from hub.programmes.working_days import vietnam

RULES = st.builds(WindowRule, st.integers(0, 28), st.integers(-12, 12))
YEARS = st.integers(2000, 2199)


def test_the_first_quarter_of_2026() -> None:
    quarter = period("2026-Q1")
    window = ART_12.window(quarter)
    assert window == (date(2025, 12, 15), date(2026, 3, 14))
    assert window.days == 90
    due = ART_13.due(quarter, window, vietnam())
    assert due.day == due.moved == date(2026, 3, 25)


def test_the_months_of_2026() -> None:
    months = [Period(Span.MONTH, 2026, number) for number in range(1, 13)]
    assert [ART_12.window(m).days for m in months] == [31, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30]
    due = [ART_13.due(m, ART_12.window(m), vietnam()) for m in months]
    assert [m.number for m, d in zip(months, due, strict=True) if d.day.weekday() > 4] == [1, 4, 7, 10]
    assert [m.number for m in months if ART_12.window(m).last.weekday() > 4] == [2, 3, 6, 11]


@pytest.mark.parametrize(
    ("code", "days"),
    [("2026-H1", 182), ("2026-H2", 183), ("2026", 365), ("2028-Q1", 91), ("2028", 366), ("2026-9M", 274)],
)
def test_the_length_of_a_window(code: str, days: int) -> None:
    assert ART_12.window(period(code)).days == days


@given(YEARS, RULES)
def test_windows_tile_the_year(year: int, rule: WindowRule) -> None:
    whole = rule.window(Period(Span.YEAR, year, 1))
    for span in (Span.MONTH, Span.QUARTER, Span.HALF):
        parts = [rule.window(Period(span, year, number)) for number in range(1, 12 // MONTHS[span] + 1)]
        assert (parts[0].first, parts[-1].last) == whole
        assert all(b.first == a.last + timedelta(days=1) for a, b in pairwise(parts))


def test_regimes_that_deviate() -> None:
    october = WindowRule(close_day=0, months=-3)  # 1 October to 30 September
    assert october.window(period("2026")) == (date(2025, 10, 1), date(2026, 9, 30))
    cascade = [DeadlineRule(day=day, months=-2, before=True) for day in (3, 5, 10)]
    year = period("2026")
    assert [rule.due(year, october.window(year), vietnam()).day for rule in cascade] == [
        date(2026, 10, 2),
        date(2026, 10, 4),
        date(2026, 10, 9),
    ]
    two = DeadlineRule(working_days=2)
    assert two.due(period("2026-Q1"), ART_12.window(period("2026-Q1")), vietnam()).day == date(2026, 3, 17)


def test_before_a_day_excludes_it() -> None:
    quarter = period("2026-Q2")
    window = ART_12.window(quarter)
    assert DeadlineRule(day=20, before=True).due(quarter, window, vietnam()).day == date(2026, 6, 19)
    assert DeadlineRule(day=20).due(quarter, window, vietnam()).day == date(2026, 6, 20)


def test_a_deadline_on_a_day_off_is_told_with_the_day_it_moves_to() -> None:
    january = period("2026-01")
    due = ART_13.due(january, ART_12.window(january), vietnam())
    assert (due.day, due.moved) == (date(2026, 1, 25), date(2026, 1, 26))
    assert time_to_write(ART_12.window(january), due, vietnam()) >= 1


@given(st.sampled_from(Span), YEARS, st.data())
def test_a_period_is_read_as_it_is_written(span: Span, year: int, data: st.DataObject) -> None:
    which = Period(span, year, data.draw(st.integers(1, 1 if span is Span.NINE_MONTHS else 12 // MONTHS[span])))
    assert period(which.code) == which
    assert ART_12.window(which.next()).first > ART_12.window(which).first


@pytest.mark.parametrize("code", ["2026-Q5", "2026-13", "2026-00", "26-Q1", "2026-q1", "2026-Q1 ", "٢٠٢٦", "9999", ""])
def test_other_texts_are_no_period(code: str) -> None:
    with pytest.raises(ValueError, match="a period is"):
        period(code)


@pytest.mark.parametrize("rule", [{}, {"day": 3, "working_days": 2}, {"day": 31}, {"working_days": 9999}])
def test_a_deadline_that_says_nothing_or_too_much(rule: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        DeadlineRule(**rule)


@given(st.dates(date(2003, 1, 1), date(2196, 12, 31)), RULES, st.sampled_from(Span))
def test_a_day_lies_in_the_window_of_its_period(day: date, rule: WindowRule, span: Span) -> None:
    found = rule.period_of(span, day)
    assert day <= rule.window(found).last
    if span is not Span.NINE_MONTHS:
        assert rule.window(found).first <= day


def test_after_its_close_a_quarter_gives_way_to_the_next() -> None:
    days = (date(2026, 12, 14), date(2026, 12, 15), date(2026, 12, 29), date(2027, 1, 1))
    assert [ART_12.period_of(Span.QUARTER, day).code for day in days] == ["2026-Q4", "2027-Q1", "2027-Q1", "2027-Q1"]
