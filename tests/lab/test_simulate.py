"""The plan has the shares of the field, and the same seed gives the same plan."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from random import Random

import pytest

from hub.core.model import Tier
from hub.lab.bench import material
from hub.lab.bench.material import Lot
from hub.lab.bench.rounds import Rounds
from hub.lab.bench.suite import _spread
from hub.lab.country import world_2022
from hub.lab.simulate import country, plan
from hub.lab.simulate.charts import compact, duration, nice
from hub.lab.simulate.report import spread
from hub.lab.simulate.riding import DOSSIERS, NEXT, TASKS, TASKS_EACH, Ride

SOME = 4_000


@pytest.fixture(scope="module")
def sample() -> plan.Sample:
    return plan.sample(plan.choose(world_2022(), 200, 1), 1)


@pytest.fixture(scope="module")
def sendings(sample: plan.Sample) -> list[plan.Sending]:
    return list(islice(plan.Planner(sample, 1), SOME))


@pytest.mark.parametrize("agencies", [20, 100, 1_000, 12_000])
def test_fanout_has_its_mean_and_a_heavy_tail(agencies: int) -> None:
    weights = country.fanout(agencies)
    assert country.mean_of(weights) == pytest.approx(country.FANOUT, rel=1e-3)
    assert weights.pairs[0][1] == max(weight for _, weight in weights.pairs)
    assert weights.at(0.99999) > 5 * country.FANOUT


def test_shares_of_what_becomes_of_a_delivery(sendings: list[plan.Sending]) -> None:
    courses = Counter(course for s in sendings for course in s.courses)
    total = courses.total()
    reaches = {
        code: sum(n for c, n in courses.items() if code in c.split()) / total for code in ("02", "03", "05", "06")
    }
    assert reaches["02"] == pytest.approx(0.067, abs=0.01)
    assert reaches["03"] == pytest.approx(0.82, abs=0.01)
    assert reaches["05"] == pytest.approx(0.68, abs=0.015)
    assert reaches["06"] == pytest.approx(0.055, abs=0.01)


def test_shares_of_what_is_sent(sendings: list[plan.Sending]) -> None:
    updates = sum(bool(s.original) for s in sendings) / SOME
    assert updates == pytest.approx(country.UPDATES, abs=0.03)
    assert 0 < sum(s.take_back for s in sendings) / SOME < 0.02
    assert all(s.sender not in s.recipients and len(set(s.recipients)) == len(s.recipients) > 0 for s in sendings)
    assert {s.priority for s in sendings} == {0, 1, 2, 3, 4}


def test_what_rides_has_its_shares_and_is_answered_by_whoever_took_it_in(sample: plan.Sample) -> None:
    drawn = list(islice(plan.Planner(sample, 3, rides=True), SOME))
    by_number = {s.number: s for s in drawn}
    riding = [s for s in drawn if s.riding is not None]
    fresh = sum(not s.answers for s in drawn)
    begun = Counter(s.riding.ride for s in riding if not s.answers and s.riding)
    assert begun[Ride.TASK] / fresh == pytest.approx(TASKS * (1 - country.UPDATES), abs=0.02)
    assert begun[Ride.DOSSIER] / fresh == pytest.approx(DOSSIERS * (1 - country.UPDATES), abs=0.02)
    counts = [s.riding.count for s in riding if s.riding and s.riding.ride is Ride.TASK]
    assert sum(counts) / len(counts) == pytest.approx(TASKS_EACH, rel=0.15)
    openers = [s.sender for s in riding if s.riding and s.riding.ride is Ride.PERIOD]
    assert len(openers) == len(set(openers)) > 0, "one period of an agency"
    assert not any(s.original or s.take_back for s in riding)
    for s in riding:
        if s.answers and s.riding:
            of = by_number[s.answers]
            assert of.riding is not None
            place = of.recipients.index(s.sender)
            assert (s.recipients, of.courses[place][:2], s.sender in sample.asleep) == ((of.sender,), "03", False)
            assert (s.riding.first, NEXT[of.riding.ride][0]) == (of.riding.first, s.riding.ride)
    assert sum(s.riding.result for s in riding if s.riding) > 0


def test_an_update_names_an_earlier_document_of_its_sender(sendings: list[plan.Sending]) -> None:
    known: dict[int, plan.Sending] = {}
    dropped = []
    for s in sendings:
        if s.original:
            original = known[s.original]
            assert original.sender == s.sender
            assert not original.original
            assert set(s.recipients) | ({s.dropped} - {-1}) == set(original.recipients)
            dropped += [s.original] if s.dropped >= 0 else []
        known[s.number] = s
    assert len(dropped) == len(set(dropped)) > 0


def test_the_same_seed_is_the_same_plan(sample: plan.Sample, sendings: list[plan.Sending]) -> None:
    assert list(islice(plan.Planner(sample, 1), 300)) == sendings[:300]
    assert list(islice(plan.Planner(sample, 2), 300)) != sendings[:300]


def test_a_sample_has_all_four_tiers_and_some_that_sleep() -> None:
    agencies = plan.choose(world_2022(), 100, 3)
    assert len({a.code for a in agencies}) == 100
    assert {a.tier for a in agencies} == set(Tier)
    assert len(plan.sample(agencies, 3).asleep) == 2
    assert not plan.sample(agencies[:40], 3).asleep


def test_arrivals_follow_the_rate_and_the_day() -> None:
    steady = country.arrivals(Random(1), SOME, 100.0)
    assert SOME / steady[-1] == pytest.approx(100, rel=0.1)
    assert steady == sorted(steady)
    day = 40.0
    curved = country.arrivals(Random(1), SOME, 100.0, day)
    assert SOME / curved[-1] == pytest.approx(100, rel=0.2)
    hours = Counter(int(country.FIRST_HOUR + 24 * t / day) % 24 for t in curved)
    assert hours[9] > 5 * hours[3]


def test_a_lot_has_its_mean_in_any_stretch() -> None:
    sendings = material.sendings(Lot("life", 1, 400, mean=country.FANOUT))
    for start in range(0, 400, 100):
        part = sendings[start : start + 100]
        assert sum(len(s.recipients) for s in part) / 100 == pytest.approx(country.FANOUT, rel=0.15)


def test_the_mix_keeps_its_shares() -> None:
    mix = [size for size, share in country.XROAD_MIX for _ in range(round(share * 1000))]
    sizes = Counter(_spread(mix, 300))
    assert sizes.total() == 300
    assert sizes[10_000_000] == 1
    assert sizes[10_000] == pytest.approx(180, abs=2)
    assert sizes[2_000] == pytest.approx(90, abs=2)


def test_a_ratio_is_made_within_its_round() -> None:
    rounds = Rounds()
    for ours, theirs in ((10.0, 5.0), (1.0, 0.25), (30.0, 10.0)):
        rounds.put("ours", ours)
        rounds.put("theirs", theirs)
        rounds.ratio("ratio", "ours", "theirs")
    rounds.ratio("nothing", "ours", "absent")
    figures = rounds.figures()
    assert (figures["ratio"].median, figures["ratio"].low, figures["ratio"].high) == (3.0, 2.0, 4.0)
    assert "nothing" not in figures


def test_numbers_as_people_read_them() -> None:
    assert [nice(v) for v in (0, 0.7, 1, 99, 101, 450)] == [1.0, 0.8, 1.0, 100.0, 150.0, 500.0]
    assert [compact(v) for v in (0, 0.25, 12, 1234, 12_345, 2_500_000)] == ["0", "0.25", "12", "1,234", "12.3k", "2.5M"]
    assert [duration(v) for v in (0.56, 56.2, 999, 5620)] == ["0.56 ms", "56.2 ms", "999 ms", "5.62 s"]
    told = spread([1.0, 2.0, 3.0, 1e9])
    assert sum(told.classes) == told.count == 4
    assert told.classes[-1] == 1
