"""Regimes, figures, roll-up, and the course of a report."""

from __future__ import annotations

from datetime import date
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import Tier
from hub.programmes.reporting.course import NEXT, NotNow, Report, ReportAct, ReportState, Timeliness, timeliness
from hub.programmes.reporting.periods import period
from hub.programmes.reporting.regime import Binds, RegimeFault, parse, shipped
from hub.programmes.reporting.rollup import Figures, check, ratios, roll_up, saving
from hub.programmes.working_days import Due, vietnam

II_06A = {"3": 100, "4": 40, "5": 50, "6": 10, "7": 80, "8": 20, "9": 55, "10": 5, "11": 20, "12": 19, "13": 1}
DAY = date(2026, 3, 20)


def test_the_regimes_that_are_shipped() -> None:
    assert set(shipped()) == {"TT01-2020-A", "II.06a", "QD1085-2022"}
    quarter = period("2026-Q1")
    for regime in shipped().values():
        window = regime.window.window(quarter)
        assert {
            regime.deadlines[t].due(quarter, window, vietnam()).day.day for t in (Tier.CENTRAL, Tier.PROVINCIAL)
        } == {25}


def test_form_ii_06a_holds_its_identities() -> None:
    form = shipped()["II.06a"]
    assert check(form, II_06A) == []
    assert [(w.indicator, w.right) for w in check(form, {**II_06A, "12": 18})] == [("11", "12 + 13 = 19")]
    assert [(w.indicator, w.right) for w in check(form, {**II_06A, "3": 101, "6": 11})] == [("3", "7 + 11 = 100")]
    assert ratios(form, II_06A) == {"late_share": 6.25}


def test_everything_wrong_is_told_at_once() -> None:
    figures = {**II_06A, "14": 1, "4": -1}
    del figures["13"]
    wrong = {w.indicator for w in check(shipped()["II.06a"], figures)}
    assert {"14", "13", "4"} <= wrong


def test_a_child_that_did_not_report_is_a_hole_and_no_zero() -> None:
    form = shipped()["II.06a"]
    rolled = roll_up(form, ("H20", "H20.1", "H20.2"), {"H20": II_06A, "H20.2": II_06A})
    assert rolled.missing == ("H20.1",)
    assert not rolled.is_whole
    assert rolled.figures == {code: 2 * figure for code, figure in II_06A.items()}
    assert roll_up(form, ("H20",), {}).figures == {}


FIGURES = st.dictionaries(st.sampled_from(sorted(II_06A)), st.integers(0, 10**6))


@given(st.lists(FIGURES, max_size=6))
def test_ratios_come_from_sums(reports: list[Figures]) -> None:
    form = shipped()["II.06a"]
    by = {str(n): figures for n, figures in enumerate(reports)}
    rolled = roll_up(form, tuple(by), by)
    solved, late = (sum(f.get(code, 0) for f in reports) for code in ("7", "10"))
    assert ratios(form, rolled.figures)["late_share"] == (round(100 * late / solved, 2) if solved else None)


def test_the_arithmetic_of_a_saving() -> None:
    assert saving([(1_024_000, 3_228)], [(231_000, 3_228)])[2] == 77.44
    assert saving([], []) == (0, 0, None)
    assert round(100 * 311 / 1_763, 2) == 17.64  # Đồng Tháp 2022


@pytest.mark.parametrize(
    ("change", "tells"),
    [
        (("receiver", "reciever"), "reciever"),
        (('part = "10"', 'part = "99"'), "late_share"),
        (('parts = ["7", "11"]', 'parts = ["7", "late_share"]'), "identities"),
        (('spans = ["quy", "nam"]', ""), "NĐ 09/2019 Art. 11.2"),
        (("day = 18", "day = 31"), "day is 1 to 28"),
        (('kind = "dinh_ky"', 'kind = "hang_gio"'), "hang_gio"),
        (("code =", "code = ="), "Invalid"),
    ],
)
def test_a_file_that_is_no_regime_says_where(change: tuple[str, str], tells: str) -> None:
    text = (resources.files("hub.programmes.reporting") / "regimes" / "vpcp-ii06a.toml").read_text("utf-8")
    with pytest.raises(RegimeFault, match=tells):
        parse(text.replace(*change, 1))


def test_a_report_that_was_returned_has_another_version_and_is_not_late_for_it() -> None:
    due = Due(date(2026, 3, 25), date(2026, 3, 25))
    sent = Report().after(ReportAct.FILL, DAY).after(ReportAct.ASK_APPROVAL, DAY).after(ReportAct.SEND, DAY)
    returned = sent.after(ReportAct.RETURN, DAY, "cột 7 sai")
    after = date(2026, 3, 30)
    assert timeliness(returned, due, Binds.NAMED, DAY) is Timeliness.WAITED_FOR
    assert timeliness(returned, due, Binds.NAMED, after) is Timeliness.OVERDUE
    again = returned.after(ReportAct.SEND, after)
    assert (again.version, again.first_sent, again.reason) == (2, DAY, "")
    assert timeliness(again, due, Binds.NAMED, after) is Timeliness.IN_TIME
    with pytest.raises(ValueError, match="reason"):
        sent.after(ReportAct.RETURN, DAY, "  ")


def test_a_day_off_binds_as_the_regime_says() -> None:
    due = Due(date(2026, 1, 25), date(2026, 1, 26))
    sent = Report().after(ReportAct.SEND, date(2026, 1, 26))
    assert timeliness(sent, due, Binds.NAMED, DAY) is Timeliness.LATE
    assert timeliness(sent, due, Binds.MOVED, DAY) is Timeliness.IN_TIME


@given(st.lists(st.sampled_from(ReportAct), max_size=10))
def test_any_history_of_a_report(acts: list[ReportAct]) -> None:
    report = Report()
    for act in acts:
        if act in NEXT[report.state]:
            before, report = report, report.after(act, DAY, "lý do")
            assert report.version - before.version == (act is ReportAct.SEND)
        else:
            with pytest.raises(NotNow):
                report.after(act, DAY, "lý do")
    assert (report.version > 0) == (report.sent is not None)
    assert report.state is not ReportState.ACCEPTED or report.version
