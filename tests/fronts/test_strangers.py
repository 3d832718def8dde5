"""Who has no token that verifies is counted by its address, also behind a front, and cannot say that it is another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from hub.base.config import HttpSettings, Settings, load
from hub.fronts.proxy import Forwarder
from hub.http.ledger import Ledger
from hub.http.listener import listening, listening_inside
from hub.lab.sandbox import prepare
from hub.routes.dispatch import make_server
from tests.fronts.test_processes import FRONTS, Country
from tests.support.process import free_port
from tests.support.web import a_web

FORGED = {"Authorization": "Bearer e30.e30.e30"}
BURST = 8
MANY = 60
"""So many in a row are above the burst, unless each of them takes the better part of a second."""


@pytest_asyncio.fixture
async def country(tmp_path: Path) -> AsyncIterator[Country]:
    await asyncio.to_thread(prepare, tmp_path)
    config = tmp_path / "hub.toml"
    text = config.read_text("utf-8").replace("[http]", f"[http]\nfronts = {FRONTS}")
    config.write_text(f"{text}\n[limits]\nanonymous_per_second = 1\nanonymous_burst = {BURST}\n", "utf-8")
    made = Country(tmp_path, load(config))
    async with made.hub:
        yield made


async def statuses(source: str, url: str, count: int, headers: dict[str, str]) -> list[int]:
    connector = aiohttp.TCPConnector(local_addr=(source, 0), force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        seen = []
        for _ in range(count):
            async with session.get(url, headers=headers) as answer:
                seen.append(answer.status)
                assert answer.status != 429 or int(answer.headers["Retry-After"]) >= 1
        return seen


@pytest.mark.parametrize("path", ["/v1/agencies?limit=1", "/v1/inbox"])
async def test_a_forged_token_switches_no_limit_off(country: Country, path: str) -> None:
    url = country.hub.url + path
    good = 401 if path == "/v1/inbox" else 200
    seen = await statuses("127.0.0.1", url, MANY, FORGED)
    assert set(seen) == {good, 429}
    assert seen.count(429) > MANY / 2
    assert 429 in await statuses("127.0.0.1", url, MANY, FORGED | {"Truc-Peer": "192.0.2.9"}), "says that it is another"
    assert await statuses("127.0.0.2", url, 1, FORGED | {"Truc-Peer": "127.0.0.1"}) == [good]


async def test_the_hub_counts_by_what_a_front_says_and_on_its_inner_socket_alone(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[web.Server] = []

    def noted(*given: object, **named: object) -> web.Server:
        made.append(make_server(*given, **named))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr("hub.app.make_server", noted)
    async with a_web(tmp_path / "hub", keys, anonymous_per_second=1, anonymous_burst=2) as hub:
        inner = str(tmp_path / "inner")
        async with listening_inside(made[0], hub.hub.settings, inner, Ledger(hub.hub.settings.limits)):

            async def inside(peer: str) -> int:
                headers = FORGED | {"Truc-Peer": peer}
                async with (
                    aiohttp.ClientSession(connector=aiohttp.UnixConnector(inner)) as session,
                    session.get("http://hub/v1/agencies", headers=headers) as answer,
                ):
                    return answer.status

            assert [await inside("192.0.2.1") for _ in range(4)] == [200, 200, 429, 429]
            assert [await inside("192.0.2.2") for _ in range(3)] == [200, 200, 429]
        outside = [await hub.get("/v1/agencies", headers={"Truc-Peer": f"192.0.2.{n}"}) for n in range(10, 14)]
        assert [answer.status for answer in outside] == [200, 200, 429, 429]


async def test_a_front_writes_the_address_in_place_of_any_that_came(tmp_path: Path) -> None:
    told = []

    async def hear(request: web.BaseRequest) -> web.StreamResponse:
        told.append(request.headers.getall("Truc-Peer"))
        return web.Response(text="heard")

    settings = Settings(http=HttpSettings(port=free_port()))
    inner = str(tmp_path / "inner")
    async with listening_inside(web.Server(hear), settings, inner, Ledger(settings.limits)), Forwarder(inner) as hub:

        async def pass_on(request: web.BaseRequest) -> web.StreamResponse:
            assert isinstance(request, web.Request)
            return await hub.pass_on(request)

        front = web.Application()
        front.router.add_route("*", "/{path:.*}", pass_on)
        async with listening(front, settings) as url, aiohttp.ClientSession() as session:
            forged = [
                {"Truc-Peer": "192.0.2.1"},
                {"truc-peer": "192.0.2.1", "Connection": "Truc-Peer"},
                {},
            ]
            for headers in forged:
                async with session.get(f"{url}/x", headers=headers) as answer:
                    assert await answer.text() == "heard"
    assert told == [["127.0.0.1"]] * 3
