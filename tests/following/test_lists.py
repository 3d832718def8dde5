"""An operator's own lists of procedures and of essential services: by data alone, and never another than was meant."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.app import opened
from hub.base.config import HubSettings, Settings
from hub.base.programme_settings import ProgrammeSettings
from hub.cli.main import main
from hub.core.errors import ListInvalid
from hub.programmes.onestop import essential, sync
from hub.programmes.onestop.lists import lists, shipped
from hub.programmes.onestop.reading import Filed
from hub.programmes.onestop.reducing import reduced
from hub.programmes.onestop.sync import Unit
from hub.programmes.riding import Fault
from hub.programmes.tables import text
from hub.programmes.working_days import vietnam
from hub.store.programmes import Mark
from tests.exchange.test_bringing import NUMBER, body, dossier
from tests.following.test_dossiers import bring, case, follows
from tests.support.axis import SO_TTTT, Axis, Clock, keyring, registered

OWN = "9.999001"
ESSENTIAL, PROCEDURES = text("onestop", "essential.csv"), text("onestop", "procedures.csv")
HEADS = {"essential.csv": ESSENTIAL.partition("\n")[0], "procedures.csv": PROCEDURES.partition("\n")[0]}


@asynccontextmanager
async def an_axis(folder: Path, keys: Path, own: Path | None = None) -> AsyncIterator[Axis]:
    clock, profile = Clock(), keyring(str(keys))
    rides = ProgrammeSettings(str(own)) if own is not None else ProgrammeSettings()
    settings = Settings(hub=HubSettings(data=str(folder), keys=str(keys)), programmes=rides)
    async with opened(settings, clock=clock) as (exchange, log, _):
        if not len(exchange.directory):
            await exchange.change_directory(registered(profile), "test")
        yield Axis(exchange, log, profile, clock)


async def counted(axis: Axis) -> dict[str, int]:
    found = await case(axis)
    assert found is not None
    return {one.name: one.n for one in found.measures if one.name.startswith(essential.PREFIX)}


async def mark(axis: Axis) -> Mark:
    store = axis.exchange.store.programmes
    assert store is not None
    found = await store.mark()
    assert found is not None
    return found


async def test_a_service_of_unknown_code_is_counted_by_data_alone(tmp_path: Path, keys: Path) -> None:
    """Break it: leave the digest out of `version_of`, or `known` out of `bringing`."""
    first = next(one for one in essential.services() if one.basis == "unknown")
    own = tmp_path / "lists"
    own.mkdir()
    (own / "essential.csv").write_text(
        ESSENTIAL.replace(f",{first.field},,unknown", f",{first.field},{OWN},published", 1), "utf-8-sig"
    )
    (own / "procedures.csv").write_text(f"{HEADS['procedures.csv']}\n{OWN},Thủ tục của tỉnh,,3,0,published\n")
    told = dossier(MaTTHC=f"{OWN}.000.00.00.H52", KenhThucHien=2)
    undated = dossier(MaTTHC=OWN, NgayHenTra=None, ThoiHanGiaiQuyet=None, MaHoSo=NUMBER[:-1] + "2")
    async with an_axis(tmp_path / "hub", keys) as axis:
        await bring(axis, [told, undated])
        assert await counted(axis) == {}
        assert await case(axis, undated["MaHoSo"]) is None, "no appointment, and no legal maximum is known"
        before = await mark(axis)
    async with an_axis(tmp_path / "hub", keys, own) as axis:
        assert await counted(axis) == {first.measure: 1, first.online: 1}
        found = await case(axis, undated["MaHoSo"])
        assert found is not None
        assert found.due is not None
        after = await mark(axis)
        assert after.versions != before.versions
        assert follows(axis).programmes["dossiers"].words.measures[first.measure] == first.name
    async with an_axis(tmp_path / "hub", keys, own) as axis:
        assert await mark(axis) == after, "the same lists: nothing is made again"
    (own / "essential.csv").unlink()
    async with an_axis(tmp_path / "hub", keys, own) as axis:
        assert await counted(axis) == {}, "and back again"


WRONG = [
    ("essential.csv", "service,name\n", "essential.csv:1, service,name"),
    ("essential.csv", "", "essential.csv:1"),
    ("essential.csv", "{head}\n01,a,b\n", "essential.csv:2, 3"),
    ("essential.csv", "{head}\n100,a,b,c,,unknown\n", "essential.csv:2, service: 100"),
    ("essential.csv", "{head}\n01,a,b,c,,unknown\n\n01,a,b,c,,unknown\n", "essential.csv:4, service: 01"),
    ("essential.csv", "{head}\n01,a,b,c,1.1,assumed\n02,a,b,c,1.1,assumed\n", "essential.csv:3, procedures: 1.1"),
    ("essential.csv", "{head}\n01,a,b,c,1.1 x,assumed\n", "essential.csv:2, procedures: 1.1 x"),
    ("essential.csv", "{head}\n01,a,b,c,1.1,unknown\n", "essential.csv:2, basis: unknown"),
    ("essential.csv", "{head}\n01,a,b,c,,published\n", "essential.csv:2, basis: published"),
    ("essential.csv", "{head}\n01,,b,c,,unknown\n", "essential.csv:2, name: "),
    ("procedures.csv", "{head}\n1.1,a,b,-1,0,assumed\n", "procedures.csv:2, legal_days: -1"),
    ("procedures.csv", "{head}\n1.1,a,b,3661,0,assumed\n", "procedures.csv:2, legal_days: 3661"),
    ("procedures.csv", "{head}\n1.1,a,b,1,2,assumed\n", "procedures.csv:2, gives_document: 2"),
    ("procedures.csv", "{head}\n1.1,a,b,1,1,known\n", "procedures.csv:2, basis: known"),
    ("procedures.csv", '{head}\n1.1,"a\nb",b,1,1,assumed\n1.1,a,b,1,1,assumed\n', "procedures.csv:4, code: 1.1"),
    ("procedures.csv", '{head}\n1.1,"a"x,b,1,1,assumed\n', "procedures.csv:2, "),
    ("procedures.csv", "{head}\n\n" + "1\n" * 2, "procedures.csv:3, 1"),
]


@pytest.mark.parametrize(("file", "given", "place"), WRONG, ids=[place for _, _, place in WRONG])
def test_what_is_wrong_is_told_by_file_line_and_column(file: str, given: str, place: str) -> None:
    with pytest.raises(ListInvalid) as caught:
        lists({file: given.replace("{head}", HEADS[file])})
    assert caught.value.found.startswith(place)
    assert caught.value.expected


def test_a_hub_with_a_wrong_list_does_not_start_and_the_check_says_why(tmp_path: Path, keys: Path) -> None:
    keyring(str(keys))
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "hub.toml").write_text(f'[hub]\ndata = "data"\nkeys = "{keys}"\n[programmes]\nlists = "own"\n')
    config = ("--config", str(tmp_path / "hub.toml"))

    def ran(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, [*arguments, *config], env={"TRUC_LANG": "vi"})
        return done.exit_code, done.output

    assert ran("config", "check", "--json")[0] == 0, "a folder that holds neither: both are the shipped ones"
    (own / "procedures.csv").write_text(f"{HEADS['procedures.csv']}\nx,a,b,1,1,assumed\n")
    code, told = ran("config", "check", "--json")
    (finding,) = [one for one in json.loads(told)["findings"] if one["needed"]]
    assert (code, "cần: mã thủ tục, ví dụ 1.001193; nhận được: procedures.csv:2, code: x" in finding["vi"]) == (1, True)
    assert "expected: a procedure's code, such as 1.001193; found: procedures.csv:2, code: x" in finding["en"]
    code, told = ran("serve", "--port", "0")
    assert (code, "HUB_LIST_INVALID" in told, "procedures.csv:2, code: x" in told) == (1, True, True)
    assert not (tmp_path / "data").exists()
    (own / "procedures.csv").write_bytes(HEADS["procedures.csv"].encode() + b"\n1.1,\xff,b,1,1,assumed\n")
    assert "procedures.csv:2" in ran("config", "check")[1]
    (own / "procedures.csv").write_bytes(b"x" * (4 * 1024 * 1024 + 1))
    assert "4194304" in ran("config", "check")[1]
    (own / "procedures.csv").unlink()
    own.rmdir()
    own.write_text("a file")
    assert ran("config", "check")[0] == 1


def test_a_reduced_body_keeps_a_row_that_only_another_list_makes_a_dossier_of() -> None:
    """Break it: reduce by the list in use."""
    data = body([dossier(MaTTHC=OWN, NgayHenTra=None, ThoiHanGiaiQuyet=None)])
    units = {"H52.13": Unit(SO_TTTT)}
    kept = reduced(data, units, vietnam())
    assert kept is not None
    assert reduced(kept, units, vietnam()) == kept
    own = lists({"procedures.csv": f"{HEADS['procedures.csv']}\n{OWN},a,b,3,0,assumed\n"})
    for known, made in ((own.procedure, Filed), (shipped().procedure, Fault)):
        (row,) = sync.rows(sync.DOSSIERS, sync.body(kept).data, units, vietnam(), known)  # type: ignore[union-attr]
        assert isinstance(row.made, made)
