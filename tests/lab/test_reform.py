"""The reorganisation of July 2025 with documents under way: who plays, what the night changes, and that all holds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli.main import main
from hub.core.directory.routing import Directory, active
from hub.core.model import Tier
from hub.lab.country import reorganised, world_2025, world_of_june
from hub.lab.simulate import reform, reform_books

DAY = date(2026, 3, 1)


def test_the_country_of_june_and_the_night_are_the_country_of_july() -> None:
    june = Directory.of(world_of_june())
    july = june.with_changes(reorganised(date(2025, 7, 1)))
    assert {a.code: a for a in july} == {a.code: a for a in world_2025()}
    assert not any(a.valid_to == date(2025, 6, 30) or a.heirs for a in june)


def test_the_night_may_be_any_day() -> None:
    july = Directory.of(world_of_june()).with_changes(reorganised(DAY))
    for tier, before, after in ((Tier.COMMUNE, 10_599, 3_321), (Tier.DISTRICT, 814, 0)):
        on = [a for a in july if a.tier is tier]
        assert sum(active(a, date(2026, 2, 28)) for a in on) == before
        assert sum(active(a, DAY) for a in on) == after


def test_every_kind_of_ending_plays() -> None:
    june, changes = world_of_june(), reorganised(DAY)
    cast = reform.choose(june, changes, DAY, reform.Options(ending=12))
    july = Directory.of(june).with_changes(changes)
    kinds = {(a.tier, bool(a.heirs), bool(a.parent)) for a in cast.ending}
    ended = [a for a in changes if a.valid_to is not None and a.code_qd20]
    assert kinds == {(a.tier, bool(a.heirs), bool(a.parent)) for a in ended}
    assert {Tier.PROVINCIAL, Tier.DISTRICT, Tier.COMMUNE} == {a.tier for a in cast.ending}
    for agency in cast.ending:
        assert active(july[cast.heirs[agency.code]], DAY)
        assert cast.place(agency.code) == agency.successor
    assert cast == reform.choose(june, changes, DAY, reform.Options(ending=12))


def test_the_reform_is_played_and_every_invariant_holds(tmp_path: Path) -> None:
    arguments = ["simulate", "--reform", "--agencies", "7", "--documents", "15", "--out", str(tmp_path), "--lang", "en"]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    for text in reform_books.NAMES.values():
        assert f"✓ │ {text.en}" in done.output
    assert (tmp_path / "reform.json").exists()


def test_it_is_played_at_a_hub_of_its_own() -> None:
    assert CliRunner().invoke(main, ["simulate", "--reform", "--url", "http://127.0.0.1:1"]).exit_code == 2


@pytest.mark.parametrize("what", ["delegation-brief", "delegation-missing"])
def test_whatever_is_wrong_with_the_record_counts(what: str) -> None:
    assert reform_books.of_record({"findings": [{"what": what}], "ok": False}).holds is False
    assert reform_books.of_record({"findings": [], "ok": True}).holds is True
    assert reform_books.of_record({"output": "killed", "ok": False}).holds is False
