"""The mean is over the window that was asked for, and never above its peak."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core import wire
from hub.core.model import Millis
from hub.core.report import VIETNAM_MS, Peak, ReportRows, figures

SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000
MIDNIGHT = Millis(1_795_366_800_000 - 1_795_366_800_000 % DAY - VIETNAM_MS)
"""Of a day in Vietnam."""


def report(times: list[int], since: int, until: int) -> wire.Figures:
    """As the store counts: the busiest second, minute, day of the documents in the window."""
    inside = sorted(t for t in times if since <= t < until)
    peaks = {}
    for name, step in (("second", SECOND), ("minute", MINUTE), ("day", DAY)):
        most = max(Counter((t + VIETNAM_MS) // step for t in inside).values(), default=0)
        peaks[name] = Peak(most, most)
    rows = ReportRows(
        documents=len(inside),
        deliveries=len(inside),
        signed=0,
        statuses=0,
        bytes=0,
        first_at=Millis(inside[0]) if inside else None,
        last_at=Millis(inside[-1]) if inside else None,
        peaks=peaks,
        sent={},
        flows=[],
        agencies={},
        active={},
        latencies=[],
    )
    return figures(rows, [], Millis(since), Millis(until), lambda code: None)


def rates(made: wire.Figures) -> list[wire.Rate]:
    return [made.per_second, made.per_minute, made.per_day]


@pytest.mark.parametrize("apart", [SECOND, MINUTE, DAY])
def test_two_documents_one_unit_apart_are_one_in_each(apart: int) -> None:
    times = [MIDNIGHT, MIDNIGHT + apart]
    rate = rates(report(times, 0, times[-1] + 1))[[SECOND, MINUTE, DAY].index(apart)]
    assert (rate.documents, rate.peak_documents) == (1, 1)


def test_the_window_that_was_asked_for_is_what_is_divided_by() -> None:
    week = report([MIDNIGHT + 5 * DAY, MIDNIGHT + 5 * DAY + 1], MIDNIGHT, MIDNIGHT + 7 * DAY)
    assert week.per_day.documents == pytest.approx(2 / 7, abs=0.001)
    assert week.per_day.peak_documents == 2
    hour = report([MIDNIGHT + 1, MIDNIGHT + 2, MIDNIGHT + 3], MIDNIGHT, MIDNIGHT + 60 * MINUTE)
    assert hour.per_minute.documents == 0.05
    assert hour.per_day.documents == 3, "an hour is not made a day by multiplying"


def test_without_a_beginning_it_counts_from_the_first_document_to_the_end() -> None:
    made = report([MIDNIGHT, MIDNIGHT + 1], 0, MIDNIGHT + 10 * DAY)
    assert made.per_day.documents == 0.2


@given(
    st.lists(st.integers(0, 3 * DAY), max_size=30),
    st.integers(0, 3 * DAY),
    st.integers(1, 3 * DAY),
)
def test_no_mean_is_above_its_peak(offsets: list[int], start: int, length: int) -> None:
    times = [MIDNIGHT + offset for offset in offsets]
    for since, until in ((MIDNIGHT + start, MIDNIGHT + start + length), (0, MIDNIGHT + start + length)):
        for rate in rates(report(times, since, until)):
            assert rate.documents <= rate.peak_documents
            assert rate.deliveries <= rate.peak_deliveries
