"""Electronic results: what stands at a time."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import Millis, from_iso_utc
from hub.programmes.results.validity import UNKNOWN, Measure, Result, Standing, Verdict, at

T0 = from_iso_utc("2026-01-10T02:00:00.000Z")
DAY = 86_400_000


def result(**more: object) -> Result:
    return Result(code="H20-260105-0001-KQ1", sha256="0" * 64, issuer="H20", registered=T0, **more)  # type: ignore[arg-type]


def day(number: int) -> Millis:
    return Millis(T0 + number * DAY)


def test_a_result_is_unknown_before_its_registration() -> None:
    assert at(None, T0) == at(result(), Millis(T0 - 1)) == UNKNOWN
    assert at(result(), T0).standing is Standing.VALID


def test_a_revocation_does_not_reach_back() -> None:
    revoked = result(revoked=(day(5), "sai đối tượng"))
    assert at(revoked, day(4)) == Verdict(Standing.VALID, later=Standing.REVOKED)
    assert at(revoked, day(5)) == Verdict(Standing.REVOKED, day(5), "sai đối tượng")


def test_what_ended_it_first_is_told() -> None:
    both = result(revoked=(day(9), "x"), superseded=(day(5), "H20-260105-0001-KQ2"))
    assert at(both, day(10)) == Verdict(Standing.SUPERSEDED, day(5), "H20-260105-0001-KQ2")
    assert at(both, day(1)).later is Standing.SUPERSEDED


@pytest.mark.parametrize(
    ("number", "standing"),
    [(1, Standing.NOT_YET), (2, Standing.VALID), (4, Standing.VALID), (5, Standing.EXPIRED)],
)
def test_days_of_validity_are_days_in_vietnam(number: int, standing: Standing) -> None:
    bounded = result(first=date(2026, 1, 12), last=date(2026, 1, 14))
    assert at(bounded, day(number)).standing is standing
    midnight = from_iso_utc("2026-01-14T17:00:00.000Z")  # the 15th in Vietnam
    assert at(bounded, midnight).standing is Standing.EXPIRED
    assert at(bounded, Millis(midnight - 1)).standing is Standing.VALID


MOMENTS = st.integers(0, 30).map(day)
ENDS = st.none() | st.tuples(MOMENTS, st.just("x"))


@given(ENDS, ENDS, MOMENTS, MOMENTS)
def test_what_is_over_stays_over(
    revoked: tuple[Millis, str] | None, superseded: tuple[Millis, str] | None, one: Millis, other: Millis
) -> None:
    made = result(revoked=revoked, superseded=superseded)
    earlier, later = sorted((one, other))
    if at(made, earlier).standing is not Standing.VALID:
        assert at(made, later) == at(made, earlier)


def test_a_measure_of_a_country_is_a_sum() -> None:
    assert Measure(10, 5, 4, 3).plus(Measure(1, 1, 1, 0)) == Measure(11, 6, 5, 3)
