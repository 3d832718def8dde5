"""Maintenance with front processes: each of them refuses, a restart ends nothing, the command line orders it."""

from __future__ import annotations

import asyncio
import json
import os
import signal

import pytest

from clients.errors import ProblemError
from clients.retry import ONCE
from tests.fronts.test_processes import FRONTS, Country, country, until
from tests.support.axis import SON_LA, VPCP
from tests.support.process import truc

__all__ = ["country"]


async def test_every_front_refuses_until_the_operator_says_that_it_is_over(country: Country) -> None:
    async def ordered(*words: str) -> tuple[int, dict[str, object]]:
        options = ("--url", country.hub.url, "--keys", str(country.folder / "keys"), "--json")
        done = await asyncio.to_thread(truc, "maintenance", *words, *options)
        return done.returncode, json.loads(done.stdout or "{}")

    async def refused(count: int = 6) -> None:
        for _ in range(count):  # each by a connection of its own: to any front
            async with country.client(VPCP, ONCE) as axis:
                with pytest.raises(ProblemError) as told:
                    await axis.send(country.document(1))
            assert told.value.code == "HUB_MAINTENANCE"

    async with country.client(VPCP) as axis:
        sent = await axis.send(country.document(7))
    code, state = await ordered("on", "--minutes", "30", "--reason", "Nâng cấp")
    assert (code, state["on"], state["reason"]) == (0, True, "Nâng cấp")
    await refused()
    async with country.client(SON_LA) as axis:
        assert [item.message.id for item in await axis.fetch()] == [sent.answer.message.id]

    for front in country.fronts():
        os.kill(front, signal.SIGKILL)

    async def again() -> bool:
        return len(country.fronts()) == FRONTS and (await ordered("status"))[0] == 4

    await until(again)
    await refused()

    country.hub.stop()
    await country.hub.start()
    await refused()
    ready = await asyncio.to_thread(truc, "ready", "--config", str(country.hub.config), "--port", str(country.hub.port))
    assert ready.returncode == 0
    assert "maintenance" in ready.stdout
    assert (await ordered("off"))[0] == 0
    assert (await ordered("status"))[0] == 0
    async with country.client(VPCP) as axis:
        await axis.send(country.document(1))
