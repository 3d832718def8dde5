"""A store that was set back to an old copy signs no second history, also where there is no witness."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from hub.app import opened, running
from hub.base.config import HttpSettings, HubSettings, Settings
from hub.core.errors import Unavailable
from hub.core.log import note
from tests.record.faults import refusal_of
from tests.support.axis import SON_LA, VPCP, Axis, Clock, an_axis

COPIED = ("axis.sqlite", "axis.sqlite-wal", "axis.sqlite-shm")


async def with_past(folder: Path, keys: Path) -> Path:
    """A hub that was stopped, and the copy of its database that was made before its last document."""
    async with an_axis(folder, keys, Clock()) as axis:
        await axis.send(VPCP, SON_LA)
    copy = folder.with_name("back-up")
    copy.mkdir()
    shutil.copy(folder / "axis.sqlite", copy)
    async with an_axis(folder, keys, Clock()) as axis:
        axis.numbers = 1
        await axis.send(VPCP, SON_LA)
    return copy


def set_back(folder: Path, copy: Path) -> None:
    for name in COPIED:
        (folder / name).unlink(missing_ok=True)
    shutil.copy(copy / "axis.sqlite", folder)


async def test_a_database_that_was_set_back_is_not_continued(tmp_path: Path, keys: Path) -> None:
    folder = tmp_path / "hub"
    copy = await with_past(folder, keys)
    high = (folder / "high-water").read_bytes()
    set_back(folder, copy)
    for _ in range(2):  # and the refusal does not wear off
        async with an_axis(folder, keys, Clock()) as axis:
            before = await axis.exchange.store.last_checkpoint()
            with pytest.raises(Unavailable, match="set back"):
                await axis.send(VPCP, SON_LA)
            assert await axis.exchange.store.last_checkpoint() == before
            assert len(await axis.exchange.store.agencies()) > 0, "reading goes on"
        assert (folder / "high-water").read_bytes() == high


async def test_the_right_database_put_back_goes_on(tmp_path: Path, keys: Path) -> None:
    folder = tmp_path / "hub"
    copy = await with_past(folder, keys)
    newest = tmp_path / "newest"
    newest.mkdir()
    shutil.copy(folder / "axis.sqlite", newest)
    set_back(folder, copy)
    async with an_axis(folder, keys, Clock()):
        pass
    set_back(folder, newest)
    async with an_axis(folder, keys, Clock()) as axis:
        axis.numbers = 2
        await axis.send(VPCP, SON_LA)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def of_another_log(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"truc.localhost/log", b"truc.localhost/old"))


def no_file_but_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("change", [cut_off, of_another_log, no_file_but_a_folder])
async def test_a_file_that_does_not_fit_halts(tmp_path: Path, keys: Path, change: Callable[[Path], None]) -> None:
    folder = tmp_path / "hub"
    await with_past(folder, keys)
    change(folder / "high-water")
    async with an_axis(folder, keys, Clock()) as axis:
        assert axis.exchange.sequencer.halted
        with pytest.raises(Unavailable):
            await axis.exchange.sequencer.submit(refusal_of())


async def test_another_history_under_the_same_key_halts_though_it_is_longer(tmp_path: Path, keys: Path) -> None:
    folder = tmp_path / "hub"
    await with_past(folder, keys)
    async with an_axis(tmp_path / "other", keys, Clock()) as axis:
        for n in range(40):
            await axis.exchange.sequencer.submit(refusal_of(n))
    set_back(folder, tmp_path / "other")
    async with an_axis(folder, keys, Clock()) as axis:
        assert "root" in axis.exchange.sequencer.halted


async def test_a_hub_without_the_file_begins_one_and_it_follows_the_log(tmp_path: Path, keys: Path) -> None:
    folder, elsewhere = tmp_path / "hub", tmp_path / "other-disk" / "mark"
    elsewhere.parent.mkdir()
    settings = Settings(hub=HubSettings(data=str(folder), keys=str(keys), high_water=str(elsewhere)))
    sizes = []
    async with an_axis(tmp_path / "once", keys, Clock()):  # the keys are there
        pass
    for n in range(3):
        async with opened(settings, clock=Clock()) as (exchange, journal, _):
            await exchange.sequencer.submit(refusal_of(n))
        sizes.append(note.open_note(elsewhere.read_bytes(), journal.verifiers).checkpoint.size)
    assert sizes == sorted(set(sizes))
    assert not (folder / "high-water").exists()
    # The whole folder set back, the file elsewhere is not.
    shutil.rmtree(folder)
    async with opened(settings, clock=Clock()) as (exchange, _, _):
        assert "set back" in exchange.sequencer.halted


async def test_over_http_it_says_halted_and_why(tmp_path: Path, keys: Path) -> None:
    folder = tmp_path / "hub"
    copy = await with_past(folder, keys)
    set_back(folder, copy)
    async with a_hub(folder, keys) as (url, _), aiohttp.ClientSession() as session:
        async with session.get(f"{url}/readyz") as answer:
            told = await answer.json()
            assert (answer.status, told["status"]) == (503, "halted")
            assert "set back" in told["reason"]
        async with session.get(f"{url}/log/checkpoint") as answer:
            assert answer.status == 200
        async with session.get(f"{url}/metrics") as answer:
            assert "truc_halted 1.0" in await answer.text()


@asynccontextmanager
async def a_hub(folder: Path, keys: Path) -> AsyncIterator[tuple[str, Axis | None]]:
    settings = Settings(hub=HubSettings(data=str(folder), keys=str(keys)), http=HttpSettings(port=0))
    async with running(settings, clock=Clock(), sweeping=False) as hub:
        yield hub.url, None


async def test_a_disk_that_does_not_take_the_file_stops_nothing(tmp_path: Path, keys: Path) -> None:
    settings = Settings(
        hub=HubSettings(data=str(tmp_path / "hub"), keys=str(keys), high_water=str(tmp_path / "nowhere" / "mark"))
    )
    async with opened(settings, clock=Clock()) as (exchange, _, _):
        await exchange.sequencer.submit(refusal_of())
