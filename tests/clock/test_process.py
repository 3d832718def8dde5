"""A real hub on a machine whose clock goes wrong: nine days ahead, then right again (libfaketime)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from clients.axis import AxisClient
from clients.errors import Busy
from clients.retry import ONCE
from hub.base.runtime import system_clock
from hub.core import edxml
from hub.core.model import iso_utc
from hub.core.signature import xmldsig
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from hub.store.sqlite import SqliteStore
from tests.support.axis import SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
needs_faketime = pytest.mark.skipif(LIBRARY is None, reason="libfaketime is not installed: apt-get install faketime")


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await true():  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # what is waited for is in another process, and tells nobody


@needs_faketime
@pytest.mark.parametrize("fronts", [0, 1])
async def test_nine_days_ahead_in_a_real_process(tmp_path: Path, fronts: int) -> None:
    settings = await asyncio.to_thread(prepare, tmp_path)
    config = tmp_path / "hub.toml"
    config.write_text(config.read_text("utf-8").replace("[http]", f"[http]\nfronts = {fronts}"), "utf-8")
    profile = pki.Profile(Path(settings.hub.keys))
    mine = profile.agency(VPCP)
    first, second = (xmldsig.sign(edxml.build(a_document(VPCP, [SON_LA], n)), mine.key, mine.chain) for n in range(2))
    shift = tmp_path / "shift"
    shift.write_text("+0")
    environment = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(shift),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }

    async def says(status: str) -> bool:
        async with session.get(f"{hub.url}/readyz") as response:
            return bool((await response.json())["status"] == status)

    async with aiohttp.ClientSession() as session, HubProcess(config, free_port(), environment) as hub:
        async with AxisClient(hub.url, VPCP, mine.key, mine.chain, backoff=ONCE) as vpcp:
            await vpcp.send(first)
            shift.write_text("+9d")
            await until(lambda: says("clock-in-doubt"))
            with pytest.raises(Busy) as told:
                await vpcp.send(second)
            assert told.value.code == "HUB_CLOCK_IN_DOUBT"
            shift.write_text("+0")
            await until(lambda: says("ok"))
            await vpcp.send(second)
        assert hub.stop() == 0
    store = await SqliteStore.open(Path(settings.hub.data) / "axis.sqlite")
    try:
        last = await store.last_checkpoint()
    finally:
        await store.close()
    assert last is not None
    assert last.at <= system_clock(), "nothing bears the time of a clock that was wrong"


async def test_the_command_writes_the_operator_s_word(tmp_path: Path) -> None:
    before = system_clock()
    done = await asyncio.to_thread(truc, "clock", "trust", "--data", tmp_path, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    said = int((tmp_path / "clock.trusted").read_text())
    assert before <= said <= system_clock()
    assert json.loads(done.stdout)["trusted"] <= iso_utc(system_clock())
    refused = await asyncio.to_thread(truc, "clock", "trust", "--data", tmp_path / "nowhere", "--yes")
    assert refused.returncode == 2


async def test_who_does_not_confirm_says_nothing(tmp_path: Path) -> None:
    done = await asyncio.to_thread(truc, "clock", "trust", "--data", tmp_path)
    assert done.returncode == 1
    assert not (tmp_path / "clock.trusted").exists()
