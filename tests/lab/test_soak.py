"""A soak plays its rounds against one hub, and what creeps is seen. Nothing here looks at a clock."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from hub.cli.soak import command
from hub.lab.simulate.run import Moment
from hub.lab.simulate.soak import Length, Look, Soaked, slope, soak, trend, trends

LENGTH = Length(
    hours=8 / 3600, rate=10.0, agencies=12, round_seconds=4.0, every=0.2, window=1.0, sizes="small", processes=1
)


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Soaked:
    phases: list[str] = []

    def told(phase: str, done: int, of: int, moment: Moment | None) -> None:
        phases.append(phase)

    folder = tmp_path_factory.mktemp("soak")
    so_far: list[Soaked] = []
    result = soak(LENGTH, folder, told, so_far.append)
    assert [(len(s.rounds), s.ok) for s in so_far] == [(1, False), (2, False)]
    assert phases.count("checking") == 2
    assert not list(folder.glob("corpus-*")), "what was played is not kept"
    return result


def test_every_round_is_checked_and_the_hub_lives_through_all(soaked: Soaked) -> None:
    assert [i.name for r in soaked.rounds for i in r.invariants if not i.holds] == []
    assert [(i.name, i.wrong) for i in soaked.closing] == [("books", []), ("record", [])]
    assert [r.documents for r in soaked.rounds] == [40, 40]
    assert soaked.documents == 80 == sum(w.documents for w in soaked.windows)
    assert soaked.rounds[1].began > soaked.rounds[0].began == 0
    assert soaked.ok


def test_the_process_is_looked_at_from_outside_all_the_time(soaked: Soaked) -> None:
    busy = [look for look in soaked.looks if look.traffic]
    assert len(busy) >= 20
    assert all(look.rss_mb > 20 and look.descriptors > 5 and look.threads > 1 for look in busy)
    assert max(look.wal_mb for look in busy) > 0
    assert [look.at for look in soaked.looks] == sorted(look.at for look in soaked.looks)
    names = {t.name for t in soaked.trends}
    assert names >= {"memory", "descriptors", "threads", "wal", "processor", "accept_p99", "delivery_p99"}
    assert msgspec.json.decode(msgspec.json.encode(soaked), type=Soaked) == soaked


def a_look(minute: int, **members: float) -> Look:
    base = {"rss_mb": 100.0, "descriptors": 50, "threads": 8, "wal_mb": 16.0}
    return Look(at=minute / 60, cpu_seconds=6.0 * minute, traffic=True, **(base | members))


def test_a_leak_of_descriptors_or_threads_is_no_steady_state() -> None:
    def leaking(name: str, per_minute: float) -> list[Look]:
        return [a_look(m, **{name: int(50 + per_minute * m)}) for m in range(120)]

    for name in ("descriptors", "threads"):
        assert {t.name for t in trends(leaking(name, 1.0), []) if not t.steady} == {name}
        assert all(t.steady for t in trends(leaking(name, 0.01), []))


def test_a_slope_is_told_for_all_and_for_the_second_half() -> None:
    looks = [a_look(m, rss_mb=100.0 + (m if m < 60 else 60)) for m in range(120)]  # fills a cache in one hour
    memory = next(t for t in trends(looks, []) if t.name == "memory")
    assert (memory.first, memory.last) == (105.5, 160.0)
    assert memory.per_hour == pytest.approx(30.0, abs=0.6)
    assert memory.per_hour_second_half == 0.0
    assert next(t for t in trends(looks, []) if t.name == "processor").first == pytest.approx(0.1)


def test_an_idle_hub_between_rounds_does_not_count() -> None:
    looks = [a_look(m) for m in range(60)] + [
        msgspec.structs.replace(a_look(m, descriptors=5), traffic=False) for m in range(60, 120)
    ]
    assert next(t for t in trends(looks, []) if t.name == "descriptors").per_hour == 0.0


def test_slopes_by_least_squares() -> None:
    assert slope([(x, 3.0 - 2.0 * x) for x in range(10)]) == pytest.approx(-2.0)
    assert slope([(0.0, 0.0), (1.0, 0.0), (2.0, 3.0)]) == pytest.approx(1.5)
    assert slope([(1.0, 5.0)]) == slope([]) == slope([(2.0, 1.0), (2.0, 9.0)]) == 0.0
    assert trend("x", "", []).first == 0.0


def test_a_folder_with_something_in_it_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "letter").touch()
    done = CliRunner().invoke(command, ["--folder", str(tmp_path)])
    assert done.exit_code == 2
    assert "not empty" in done.output
