"""A period over the tiers: who sent, who is late, sums with their holes, milestones."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import Agency, Tier
from hub.programmes.reporting.cases import Kept
from hub.programmes.reporting.course import Report, ReportState, Timeliness
from hub.programmes.reporting.figures import totals, wrongs
from hub.programmes.reporting.packets import Figure, Scope
from hub.programmes.reporting.regime import Binds, Value, shipped
from hub.programmes.reporting.rollup import ratios
from hub.programmes.reporting.tree import Count, reached, stands, summed, summed_rows, table
from tests.programmes.reports import II_06A, figures

FORM = shipped()["II.06a"]
S = ReportState
DUE = date(2026, 4, 25)
MOVED = date(2026, 4, 28)


def one(
    reporter: str,
    receiver: str = "G22",
    state: ReportState = S.SENT,
    sent: date | None = date(2026, 4, 20),
    scope: Scope = Scope.OWN,
    missing: tuple[str, ...] = (),
    binds: Binds = Binds.NAMED,
    given: tuple[Figure, ...] = figures(II_06A),
) -> Kept:
    there = state in (S.SENT, S.ACCEPTED, S.RETURNED)
    return Kept(
        regime="II.06a",
        period="2026-Q1",
        reporter=reporter,
        receiver=receiver,
        due=DUE,
        moved=MOVED,
        binds=binds,
        report=Report(state, int(there), sent if there else None, sent if there else None, "sai"),
        scope=scope,
        missing=missing,
        figures=given if there else (),
    )


def directory(code: str) -> Agency | None:
    tiers = {"H52": Tier.PROVINCIAL, "H20": Tier.PROVINCIAL, "G01": Tier.CENTRAL, "H52.1": Tier.COMMUNE}
    return Agency(code=code, name=f"Đơn vị {code}", tier=tiers[code]) if code in tiers else None


def test_the_table_tells_who_sent_and_who_is_late_and_adds_up() -> None:
    found = table(
        [
            one("H52"),
            one("H20", state=S.NOT_SENT),
            one("G01", sent=date(2026, 4, 26)),
            one("H52.1", state=S.RETURNED),
            one("X1", state=S.ACCEPTED),
        ],
        directory,
        date(2026, 4, 27),
    )
    assert [(line.reporter, line.how.value) for line in found.lines] == [
        ("H20", "overdue"),
        ("H52.1", "overdue"),
        ("G01", "late"),
        ("H52", "in-time"),
        ("X1", "in-time"),
    ]
    assert found.total == Count(None, 5, 3, 1, 1, 2, 1, 0, 2)
    assert [(c.tier, c.expected, c.sent, c.overdue) for c in found.tiers] == [
        (Tier.CENTRAL, 1, 1, 0),
        (Tier.PROVINCIAL, 2, 1, 1),
        (Tier.COMMUNE, 1, 0, 1),
    ]
    assert [line.reason for line in found.lines] == ["", "sai", "", "", ""]


@given(st.lists(st.sampled_from([s for s in S if s not in (S.DRAFT, S.TO_APPROVE)]), max_size=12), st.dates(DUE, MOVED))
def test_counts_add_up_by_construction(states: list[ReportState], today: date) -> None:
    total = table([one(f"H{n}", state=state) for n, state in enumerate(states)], directory, today).total
    assert total.expected == total.in_time + total.late + total.waited_for + total.overdue == len(states)
    assert total.sent == total.in_time + total.late


@pytest.mark.parametrize(
    ("binds", "sent", "today", "how"),
    [
        (Binds.NAMED, date(2026, 4, 27), MOVED, Timeliness.LATE),
        (Binds.MOVED, date(2026, 4, 27), MOVED, Timeliness.IN_TIME),
        (Binds.NAMED, None, date(2026, 4, 26), Timeliness.OVERDUE),
        (Binds.MOVED, None, date(2026, 4, 28), Timeliness.WAITED_FOR),
        (Binds.MOVED, None, date(2026, 4, 29), Timeliness.OVERDUE),
    ],
)
def test_a_deadline_on_a_day_off_binds_as_the_regime_says(
    binds: Binds, sent: date | None, today: date, how: Timeliness
) -> None:
    state = S.SENT if sent else S.NOT_SENT
    assert stands(one("H52", state=state, sent=sent, binds=binds), today) is how


def test_sums_go_down_the_tiers_and_show_their_holes() -> None:
    down = {
        "G22": [one("H52"), one("H20", scope=Scope.WHOLE, missing=("H20.7",)), one("H30", state=S.NOT_SENT)],
        "H52": [one("H52.1", "H52"), one("H52.2", "H52", S.NOT_SENT), one("H52.3", "H52", S.RETURNED)],
        "H20": [one("H20.1", "H20"), one("H20.2", "H20")],  # stand in the report of H20 already
        "H30": [one("H30.1", "H30", S.ACCEPTED)],
    }
    found = summed(FORM, "G22", down)
    assert found.rolled.reported == ("H20", "H30.1", "H52", "H52.1")
    assert found.rolled.missing == ("H20.7", "H30", "H52.2", "H52.3")
    assert found.rolled.figures == {code: 4 * figure for code, figure in II_06A.items()}
    assert found.whole == ("H20",)
    assert ratios(FORM, found.rolled.figures) == {"late_share": 6.25}
    own = summed(FORM, "H52", down, own=II_06A).rolled
    assert (own.reported, own.figures["3"]) == (("H52", "H52.1"), 200)


def test_those_who_report_to_each_other_count_once() -> None:
    found = summed(FORM, "A", {"A": [one("B", "A")], "B": [one("A", "B"), one("C", "B")], "C": [one("B", "C")]})
    assert found.rolled.reported == ("B", "C")


def test_rows_are_summed_by_name_and_held_against_the_total() -> None:
    land, civil = figures({**II_06A}, "Đất đai"), figures({**II_06A}, "Hộ tịch")
    both = (*land, *civil)
    assert totals(FORM, both, Value.ACTUAL) == {code: 2 * figure for code, figure in II_06A.items()}
    assert not wrongs(FORM, both)
    told = wrongs(FORM, (*both, *figures(II_06A)))
    assert {(wrong.indicator, wrong.right) for wrong in told} >= {("3", "the sum of its rows, 200")}
    (named,) = wrongs(FORM, (*figures({**II_06A, "12": 18, "11": 20}, "Đất đai"), *figures(II_06A)))[:1]
    assert named.indicator in ("11 [Đất đai]", "12")
    assert summed_rows(FORM, [one("H52", given=both), one("H20", given=land)]) == {
        "Đất đai": {code: 2 * figure for code, figure in II_06A.items()},
        "Hộ tịch": dict(II_06A),
    }


def test_plan_and_estimate_are_values_of_their_own() -> None:
    both = tuple(msgspec.structs.replace(f, plan=1) for f in figures(II_06A))
    assert {w.found for w in wrongs(FORM, both)} == {"plan"}, "the regime asks for what was done alone"
    asks = msgspec.structs.replace(FORM, values=(Value.ACTUAL, Value.PLAN))
    told = {(w.indicator, w.right) for w in wrongs(asks, both)}
    assert ("3 plan", "7 + 11 = 2") in told
    assert all(indicator.endswith(" plan") for indicator, _ in told)
    assert not wrongs(asks, figures(II_06A)), "a plan may come later"


def test_milestones_are_met_exactly() -> None:
    reviewed = shipped()["QD1085-2022"]
    of = {
        "counted": 1_763,
        "announced": 1_763,
        "class_a": 300,
        "class_a_public": 299,
        "reviewed": 882,
        "simplified": 311,
        "cost_before": 1_024_000 * 3_228,
        "cost_saved": 793_000 * 3_228,
    }
    found = reached(reviewed, of, date(2024, 1, 1))
    assert [(r.percent, r.met, r.asked) for r in found] == [
        (100.0, True, True),
        (99.67, False, True),
        (50.03, True, True),
        (50.03, False, False),
        (17.64, False, False),
        (77.44, True, False),
    ]
    nearly = reached(reviewed, {**of, "announced": 100_000, "counted": 100_001}, date(2024, 1, 1))[0]
    assert (nearly.percent, nearly.met) == (100.0, False)
    assert [r.met for r in reached(reviewed, {}, date(2026, 1, 1))] == [False] * 6
