"""Figures of a period: a small record counted by hand, and what holds for every record."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core import period
from hub.core.model import Agency, DeliveryState, Millis, Tier
from hub.core.period import Period, PeriodRows, Sums
from hub.core.period_words import DEFINITIONS
from hub.core.wire_report import PeriodLine

WAITING, HANDED, TAKEN, REFUSED, EXPIRED = DeliveryState
MINISTRY, OFFICE, PROVINCE, DEPARTMENT, DISTRICT, COMMUNE = "G01", "G01.02", "H52", "H52.13", "H52.21", "H52.21.05"
DISTRICTS_ENDED = date(2025, 6, 30)
DIRECTORY = (
    Agency(code=MINISTRY, name="Bộ", tier=Tier.CENTRAL),
    Agency(code=OFFICE, name="Cục", tier=Tier.CENTRAL, parent=MINISTRY),
    Agency(code=PROVINCE, name="Tỉnh", tier=Tier.PROVINCIAL),
    Agency(code=DEPARTMENT, name="Sở", tier=Tier.PROVINCIAL, parent=PROVINCE),
    Agency(code=DISTRICT, name="Huyện", tier=Tier.DISTRICT, parent=PROVINCE, valid_to=DISTRICTS_ENDED),
    Agency(code=COMMUNE, name="Xã", tier=Tier.COMMUNE, parent=DISTRICT, valid_from=date(2024, 1, 1)),
)


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


ROWS = PeriodRows(
    first_at=Millis(1_748_000_000_000),  # 2025-05-23
    sent={MINISTRY: (3, 2), OFFICE: (1, 1), PROVINCE: (2, 1)},
    states={
        PROVINCE: {HANDED: 3, WAITING: 1},
        DEPARTMENT: {REFUSED: 1},
        DISTRICT: {HANDED: 1, EXPIRED: 2},
        MINISTRY: {TAKEN: 1, HANDED: 1},
    },
    fetch={PROVINCE: {1_000: 2, 5_000: 1}, DEPARTMENT: {90: 1}},
    acknowledge={PROVINCE: {2_000: 3}, DEPARTMENT: {9_000: 1}, DISTRICT: {100: 1}, MINISTRY: {50: 1}},
    unmeasured=2,
    days={day("2025-05-31"): (2, 1, 3), day("2025-06-01"): (3, 2, 5), day("2025-06-30"): (1, 1, 2)},
)
AS_OF = Millis(1_752_000_000_000)  # 2025-07-09, 01:40 in Vietnam


def made(step: Period, first: str, last: str) -> period.PeriodReport:
    return period.report(step, date.fromisoformat(first), date.fromisoformat(last), ROWS, DIRECTORY, AS_OF)


def test_a_small_record_counted_by_hand() -> None:
    report = made(Period.MONTH, "2025-04-01", "2025-06-30")
    assert report.total == PeriodLine(
        code="all",
        name="",
        agencies=6,
        exchanging=5,  # all but the commune
        exchanging_share=0.8333,
        sent=6,
        signed=4,
        signed_share=0.6667,
        received=10,
        acknowledged=5,
        acknowledged_share=0.5,
        waiting=1,
        returned=1,
        taken_back=1,
        expired=2,
        fetched=4,
        fetch_median=1_000,  # 90, 1000, 1000, 5000
        fetch_p95=5_000,
        acknowledge_median=2_000,  # 50, 100, 2000, 2000, 2000, 9000
        acknowledge_p95=9_000,
    )
    tiers = {line.code: (line.agencies, line.exchanging, line.sent, line.received) for line in report.tiers}
    assert tiers == {
        "central": (2, 2, 4, 2),
        "provincial": (2, 2, 2, 5),
        "district": (1, 1, 0, 3),
        "commune": (1, 0, 0, 0),
    }
    assert [(line.code, line.sent, line.signed, line.received) for line in report.units] == [
        (MINISTRY, 4, 3, 2),
        (PROVINCE, 2, 1, 5),
        (DISTRICT, 0, 0, 3),
        (COMMUNE, 0, 0, 0),
    ]
    assert [(s.code, s.sent, s.signed, s.received) for s in report.steps] == [
        ("2025-04", 0, 0, 0),
        ("2025-05", 2, 1, 3),
        ("2025-06", 4, 3, 7),
    ]
    commune = report.units[-1]
    assert (commune.signed_share, commune.acknowledged_share, commune.fetch_median) == (None, None, None), "no zeros"
    assert [(hole.kind, hole.count) for hole in report.holes] == [
        ("before-record", 52),
        ("silent", 1),
        ("unmeasured", 2),
    ]


def test_tiers_are_those_of_the_period() -> None:
    after = made(Period.QUARTER, "2025-07-01", "2025-09-30")
    assert [line.agencies for line in after.tiers] == [2, 2, 0, 1]
    assert after.tiers[2].received == 3, "what was counted is told, whoever has ended"
    assert [(hole.kind, hole.count) for hole in after.holes if hole.kind in ("not-over", "tier-ended")] == [
        ("not-over", 84),
        ("tier-ended", 1),
    ]
    before = period.report(Period.DAY, date(2023, 1, 1), date(2023, 1, 1), ROWS, DIRECTORY, AS_OF)
    assert [line.agencies for line in before.tiers] == [2, 2, 1, 0]


@pytest.mark.parametrize(
    ("step", "on", "first", "last", "code"),
    [
        (Period.DAY, "2026-11-22", "2026-11-22", "2026-11-22", "2026-11-22"),
        (Period.WEEK, "2026-11-22", "2026-11-16", "2026-11-22", "2026-W47"),
        (Period.WEEK, "2027-01-01", "2026-12-28", "2027-01-03", "2026-W53"),
        (Period.MONTH, "2024-02-29", "2024-02-01", "2024-02-29", "2024-02"),
        (Period.QUARTER, "2026-05-31", "2026-04-01", "2026-06-30", "2026-Q2"),
        (Period.QUARTER, "2026-12-31", "2026-10-01", "2026-12-31", "2026-Q4"),
    ],
)
def test_periods_of_the_calendar(step: Period, on: str, first: str, last: str, code: str) -> None:
    found = date.fromisoformat(on)
    begin = period.first_of(step, found)
    assert (begin.isoformat(), period.last_of(step, found).isoformat()) == (first, last)
    assert period.code_of(step, begin) == code


def test_days_are_vietnams() -> None:
    since, until = period.window(date(2026, 11, 22), date(2026, 11, 22))
    assert (since, until - since) == (1_795_320_000_000 - 11 * 3_600_000, 86_400_000)


CODES = [agency.code for agency in DIRECTORY] + ["nobody"]
COUNTS = st.integers(0, 40)
SENT = st.tuples(COUNTS, COUNTS).map(lambda pair: (max(pair), min(pair)))
"""Documents, and those of them that are signed: never more."""
RECORDS = st.builds(
    PeriodRows,
    first_at=st.none(),
    sent=st.dictionaries(st.sampled_from(CODES), SENT),
    states=st.dictionaries(st.sampled_from(CODES), st.dictionaries(st.sampled_from(list(DeliveryState)), COUNTS)),
    fetch=st.dictionaries(st.sampled_from(CODES), st.dictionaries(st.integers(0, 10**6), st.integers(1, 9))),
    acknowledge=st.dictionaries(st.sampled_from(CODES), st.dictionaries(st.integers(0, 10**6), st.integers(1, 9))),
    unmeasured=COUNTS,
    days=st.dictionaries(st.integers(day("2024-12-01"), day("2025-12-31")), st.tuples(COUNTS, COUNTS, COUNTS)),
)
ADDED = ("agencies", "exchanging", "sent", "signed", "received", "acknowledged", "waiting", "returned", "taken_back",
         "expired", "fetched")  # fmt: skip


def sums(lines: list[PeriodLine]) -> list[int]:
    return [sum(getattr(line, name) for line in lines) for name in ADDED]


@settings(max_examples=60, deadline=None)
@given(RECORDS, st.sampled_from(list(Period)))
def test_units_add_up_to_tiers_tiers_to_the_whole_and_days_to_everything(rows: PeriodRows, step: Period) -> None:
    first, last = period.first_of(step, date(2025, 1, 1)), period.last_of(step, date(2025, 12, 31))
    report = period.report(step, first, last, rows, DIRECTORY, AS_OF)
    assert sums(report.tiers) == sums([report.total])
    for line in report.tiers[:4]:
        assert sums([unit for unit in report.units if unit.tier is line.tier]) == sums([line])
    for line in (report.total, *report.tiers, *report.units):
        ended = line.acknowledged + line.waiting + line.returned + line.taken_back + line.expired
        assert line.received == ended
        assert line.exchanging <= line.agencies
    inside = [counts for of, counts in rows.days.items() if first <= date(1970, 1, 1) + timedelta(days=of) <= last]
    assert sum(s.sent for s in report.steps) == sum(counts[0] for counts in inside)
    daily = period.report(Period.DAY, first, last, rows, DIRECTORY, AS_OF)
    assert sum(s.received for s in daily.steps) == sum(s.received for s in report.steps)
    assert report.steps[0].first == first
    assert report.steps[-1].last == last


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 12), max_size=9), st.integers(2, 6))
def test_units_of_few_documents_are_one_line_that_tells_none_of_them(sent: list[int], least: int) -> None:
    directory = [Agency(code=f"C{n}", name="Xã", tier=Tier.COMMUNE) for n in range(len(sent))]
    rows = PeriodRows(
        first_at=None, sent={f"C{n}": (count, 0) for n, count in enumerate(sent) if count}, states={}, fetch={},
        acknowledge={}, unmeasured=0, days={},
    )  # fmt: skip
    lines = period.folded(Sums(rows, directory, AS_OF_DAY, AS_OF_DAY), Tier.COMMUNE, least)
    assert sum(line.sent for line in lines) == sum(sent), "nothing is lost"
    assert all(line.sent >= least for line in lines if not line.folded)
    for line in lines:
        if line.folded:
            all_hidden = line.folded == sum(1 for count in sent if count)
            assert all_hidden or (line.folded > 1 and line.sent >= least)
            assert line.code == line.name == ""


AS_OF_DAY = date(2025, 7, 8)


def test_every_figure_of_a_line_has_its_definition() -> None:
    known = {definition.code for definition in DEFINITIONS}
    told = set(PeriodLine.__struct_fields__) - {"code", "name", "tier", "folded", "fetched"}
    assert known == told
    for definition in DEFINITIONS:
        assert not definition.of or definition.of in PeriodLine.__struct_fields__
        assert all((definition.vi, definition.en, definition.name_vi, definition.name_en))
