"""The centre's sums over any tree, who is not told apart, and the essential services as data."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.core.directory.snapshot import Directory
from hub.core.model import Agency, Tier
from hub.core.period import LEAST, few
from hub.programmes import centre
from hub.programmes.boards import Counted, Line
from hub.programmes.centre import Flow, Sum
from hub.programmes.onestop import essential
from tests.programmes.dossiers import told
from tests.programmes.test_dossiers import made

DAY = date(2026, 11, 20)
TIERS = list(Tier)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Directory, dict[str, Flow], list[Counted]]:
    count = draw(st.integers(1, 12))
    agencies = []
    for n in range(count):
        parent = draw(st.integers(-1, n - 1))
        above = TIERS.index(agencies[parent].tier) if parent >= 0 else 0
        agencies.append(
            Agency(
                code=f"A{n}",
                name=f"Đơn vị {n}",
                tier=TIERS[min(3, above + (parent >= 0))],
                parent=f"A{parent}" if parent >= 0 else "",
            )
        )
    codes = st.sampled_from([*(a.code for a in agencies), "gone"])
    flow = draw(st.dictionaries(codes, st.builds(Flow, *[st.integers(0, 9)] * 5), max_size=8))
    rows = st.builds(
        Counted, codes, st.just("k"), st.sampled_from(["a", "b"]), st.sampled_from([None, True, False]),
        st.integers(1, 9), st.just(0),
    )  # fmt: skip
    return Directory.of(agencies), flow, draw(st.lists(rows, max_size=12))


def figures(one: Sum) -> tuple[Any, ...]:
    line = one.cases.get("p", Line())
    return one.agencies, one.active, *one.flow, line.open, line.ended, line.late, len(line.agencies)


@given(worlds())
def test_lines_and_tiers_add_up_and_a_line_is_the_total_of_the_board_below_it(
    world: tuple[Directory, dict[str, Flow], list[Counted]],
) -> None:
    directory, flow, rows = world
    for root in ["", *(agency.code for agency in directory)]:
        found = centre.centre(flow, {"p": rows}, directory, root, DAY)
        for part in (found.lines, found.tiers):
            sums = [sum(column) for column in zip(*map(figures, part.values()), strict=True)]
            assert sums == list(figures(found.total)) or not part
        for code, line in found.lines.items():
            if code != root and directory.get(code) is not None:
                assert figures(centre.centre(flow, {"p": rows}, directory, code, DAY).total) == figures(line)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 12), max_size=12))
def test_nobody_of_few_is_told_apart(counts: dict[str, int]) -> None:
    hidden = few(counts.items())
    assert {code for code, n in counts.items() if n < LEAST} <= hidden
    together = sum(counts[code] for code in hidden)
    assert not hidden or len(hidden) == len(counts) or (len(hidden) > 1 and together >= LEAST)


def test_the_essential_services_are_25_and_each_says_on_what_it_stands() -> None:
    services = essential.services()
    assert [one.service for one in services] == [f"{n:02}" for n in range(1, 26)]
    assert len({one.name.vi for one in services}) == 25
    for one in services:
        assert (one.basis == "unknown") == (not one.procedures), one.service


def test_a_dossier_counts_for_the_service_of_its_procedure_by_the_table_alone() -> None:
    counted = {m.name: m.n for m in made(told(MaTTHC="1.004222.000.00.00.H52", KenhThucHien=2)).measures}
    assert (counted["essential-03"], counted["essential-03-online"]) == (1, 1)
    by_hand = {m.name: m.n for m in made(told(MaTTHC="1.004222", KenhThucHien=1)).measures}
    assert by_hand["essential-03"] == 1
    assert "essential-03-online" not in by_hand
    other = {m.name for m in made(told(MaTTHC="1.999999")).measures}
    assert not [name for name in other if name.startswith(essential.PREFIX)]
