"""What needs doing is ranked: integrity before everything, then by what concerns more, for longer."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core.attention import DAY, RANKS, Bounds, Facts, Half, Item, Refused, What, ranked
from hub.core.model import Millis
from hub.core.report import Surge, Waiting

NOW = Millis(1_795_320_000_000)
HOUR = 3_600_000


def waits(agency: str, lane: int, documents: int, age: int, left: int = 100 * HOUR) -> Waiting:
    return Waiting(agency, lane, documents, Millis(NOW - age), Millis(NOW + left))


def test_a_hub_that_is_well_has_nothing_to_do() -> None:
    assert ranked(Facts(now=NOW)) == []
    fresh = [waits("A", 4, 9, 4 * 60_000), waits("B", 3, 9, 14 * 60_000), waits("C", 0, 1, DAY)]
    assert ranked(Facts(now=NOW, waiting=fresh, crl=Millis(NOW + 2 * DAY))) == []


def test_every_kind_is_told_in_its_rank() -> None:
    facts = Facts(
        now=NOW,
        difference=2,
        halted="the store was set back",
        doubt="jump",
        unwell="disk-low",
        waiting=[waits("A", 4, 3, 6 * 60_000), waits("B", 0, 5, 2 * DAY, HOUR)],
        expired=7,
        expired_at=Millis(NOW - HOUR),
        certificates=[("C", Millis(NOW + DAY)), ("D", Millis(NOW + 40 * DAY))],
        crl=Millis(NOW + HOUR),
        behind=["w1"],
        disk_free=9,
        refused=[Refused("SIGNATURE_INVALID", 31, 10.0, Millis(NOW - HOUR), ("A", "B"), 2)],
        stamped=Millis(NOW - DAY),
        turned_away=[Surge("X", 40, 4.0, NOW)],
        traffic=[Surge("X", 400, 40.0, NOW)],
        half=Half(["F"], ["G"], ["H"]),
        bounds=Bounds(disk=10, backlog=7),
    )
    items = ranked(facts)
    assert {item.what for item in items} == set(What)
    ranks = [RANKS[item.what] for item in items]
    assert ranks == sorted(ranks)
    by = {item.what: item for item in items}
    assert (by[What.URGENT].count, by[What.URGENT].agencies, by[What.URGENT].lane) == (3, ("A",), 4)
    assert (by[What.SILENT].count, by[What.SILENT].agencies) == (5, ("B",))
    assert (by[What.EXPIRING].until, by[What.EXPIRING].count) == (NOW + HOUR, 5)
    assert (by[What.CERTIFICATE].count, by[What.CERTIFICATE].agencies) == (1, ("C",))
    assert by[What.DIFFERENCE].grave
    assert not by[What.WITNESS].grave


def only(what: What, facts: Facts) -> list[Item]:
    return [item for item in ranked(facts) if item.what is what]


@pytest.mark.parametrize(
    ("what", "silent", "told"),
    [
        (What.DISK, {"disk_free": 10}, {"disk_free": 9}),
        (What.DISK, {"disk_free": None}, {"disk_free": 0}),
        (
            What.BACKLOG,
            {"waiting": [waits("A", 0, 3, 1), waits("B", 0, 4, 1)]},
            {"waiting": [waits("A", 0, 4, 1), waits("B", 0, 4, 1)]},
        ),
        (What.REFUSALS, {"refused": [Refused("C", 19, 0.0, NOW)]}, {"refused": [Refused("C", 20, 0.0, NOW)]}),
        (What.REFUSALS, {"refused": [Refused("C", 30, 10.0, NOW)]}, {"refused": [Refused("C", 31, 10.0, NOW)]}),
        (
            What.TURNED_AWAY,
            {"turned_away": [Surge("A", 19, 0.0, NOW), Surge("B", 30, 10.0, NOW), Surge("", 49, 20.0, NOW)]},
            {"turned_away": [Surge("A", 19, 0.0, NOW), Surge("B", 31, 10.0, NOW)]},
        ),
        (What.TRAFFIC, {"traffic": [Surge("A", 199, 1.0, NOW)]}, {"traffic": [Surge("A", 200, 1.0, NOW)]}),
        (What.TRAFFIC, {"traffic": [Surge("", 600, 200.0, NOW)]}, {"traffic": [Surge("", 601, 200.0, NOW)]}),
        (What.NO_CERTIFICATE, {"half": Half(never_came=["A"])}, {"half": Half(no_certificate=["A"])}),
        (What.REVOCATION, {"crl": NOW + 2 * DAY}, {"crl": NOW + 2 * DAY - 1}),
        (What.CERTIFICATE, {"certificates": [("A", NOW + 30 * DAY)]}, {"certificates": [("A", NOW + 30 * DAY - 1)]}),
        (What.URGENT, {"waiting": [waits("A", 3, 1, 15 * 60_000)]}, {"waiting": [waits("A", 3, 1, 15 * 60_000 + 1)]}),
        (What.URGENT, {"waiting": [waits("A", 4, 1, 5 * 60_000)]}, {"waiting": [waits("A", 4, 1, 5 * 60_000 + 1)]}),
        (What.SILENT, {"waiting": [waits("A", 0, 1, DAY)]}, {"waiting": [waits("A", 0, 1, DAY + 1)]}),
    ],
)
def test_each_bound_is_the_last_moment_without_a_word(what: What, silent: dict[str, Any], told: dict[str, Any]) -> None:
    bounds = Bounds(disk=10, backlog=7)
    assert not only(what, Facts(now=NOW, bounds=bounds, **silent))
    assert len(only(what, Facts(now=NOW, bounds=bounds, **told))) == 1


def test_within_a_rank_more_for_longer_comes_first() -> None:
    facts = Facts(now=NOW, waiting=[waits("A", 0, 1, 2 * DAY, HOUR)], expired=1000, expired_at=Millis(NOW - 5 * DAY))
    assert [item.what for item in ranked(facts)] == [What.EXPIRED, What.EXPIRING, What.SILENT]
    few = Facts(now=NOW, waiting=[waits("A", 0, 900, 2 * DAY, HOUR)], expired=1, expired_at=Millis(NOW - 1000))
    assert [item.what for item in ranked(few)] == [What.EXPIRING, What.EXPIRED, What.SILENT]


def test_many_agencies_are_told_by_the_few_that_waited_longest() -> None:
    rows = [waits(f"A{n}", lane, 2, (2 + n) * DAY) for n in range(9) for lane in (0, 1)]
    (item,) = ranked(Facts(now=NOW, waiting=rows))
    assert (item.agencies, item.of, item.count) == (("A8", "A7", "A6"), 9, 36)
    assert item.since == NOW - 10 * DAY


def test_of_several_that_are_above_the_usual_the_one_most_above_is_first_and_the_whole_is_told_where_none_is() -> None:
    single = [Surge("", 900, 250.0, NOW), Surge("A", 300, 50.0, NOW), Surge("B", 250, 20.0, Millis(NOW - HOUR))]
    (item,) = only(What.TRAFFIC, Facts(now=NOW, traffic=single))
    assert (item.agencies, item.of, item.count, item.why, item.since) == (("B", "A"), 2, 550, "12", NOW - HOUR)
    (item,) = only(What.TRAFFIC, Facts(now=NOW, traffic=[Surge("", 900, 250.0, NOW), Surge("A", 300, 150.0, NOW)]))
    assert (item.agencies, item.of, item.count, item.why) == ((), 0, 900, "3")
    assert item.agencies == ()


def test_refusals_that_a_code_tells_are_not_told_again_for_its_agencies() -> None:
    refused = [Refused("C", 60, 10.0, NOW, ("A",), 1)]
    every = [Surge("", 110, 11.0, NOW), Surge("A", 60, 2.0, NOW), Surge("B", 50, 2.0, NOW)]
    (item,) = only(What.TURNED_AWAY, Facts(now=NOW, refused=refused, turned_away=every))
    assert (item.agencies, item.count) == (("B",), 50)
    assert only(What.TURNED_AWAY, Facts(now=NOW, refused=refused, turned_away=every[:2])) == []
