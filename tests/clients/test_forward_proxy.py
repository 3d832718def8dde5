"""Agencies' networks have a proxy: the client goes through it where it, or the environment, says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from clients.axis import AxisClient
from clients.errors import Unreachable
from clients.transport import Backoff, proxy_of
from tests.support.axis import SON_LA, VPCP
from tests.support.web import a_web

ONCE = Backoff(tries=1)


@asynccontextmanager
async def a_forward_proxy(asked: list[str]) -> AsyncIterator[str]:
    """Passes on requests in absolute form and writes down for which host."""
    async with ClientSession(auto_decompress=False) as onward:

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            asked.append(f"{request.url.host}:{request.url.port}")
            headers = {n: v for n, v in request.headers.items() if n.lower() not in ("host", "transfer-encoding")}
            body = await request.read()
            async with onward.request(request.method, request.url, data=body, headers=headers) as answer:
                kept = {n: v for n, v in answer.headers.items() if n.lower() != "transfer-encoding"}
                return web.Response(status=answer.status, headers=kept, body=await answer.read())

        runner = web.ServerRunner(web.Server(handle))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()


async def test_a_client_that_is_told_of_a_proxy_goes_through_it(tmp_path: Path, keys: Path) -> None:
    asked: list[str] = []
    async with a_web(tmp_path / "hub", keys) as hub, a_forward_proxy(asked) as proxy:
        mine, clock = hub.credential(SON_LA), hub.axis.clock
        sent = await hub.send(VPCP, SON_LA)
        options = {"backoff": ONCE, "clock": lambda: clock() / 1000}
        async with AxisClient(hub.url, SON_LA, mine.key, mine.chain, proxy=proxy, **options) as axis:
            (item,) = await axis.fetch()
            await item.acknowledge()
            assert item.message.id == sent.message.id
        assert set(asked) == {hub.url.removeprefix("http://")}
        count = len(asked)
        async with AxisClient(hub.url, SON_LA, mine.key, mine.chain, proxy="", **options) as axis:
            await axis.look()
        assert len(asked) == count


async def test_a_proxy_that_is_away_is_an_unreachable_hub(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as hub, a_forward_proxy([]) as gone:
        pass
    async with AxisClient(hub.url, proxy=gone, backoff=ONCE) as axis:
        with pytest.raises(Unreachable):
            await axis.health()


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({"HTTPS_PROXY": "http://p:3128"}, "https://truc.example", "http://p:3128"),
        ({"https_proxy": "http://p:3128"}, "https://truc.example", "http://p:3128"),
        ({"HTTP_PROXY": "http://p:3128"}, "https://truc.example", ""),
        ({"ALL_PROXY": "http://p:3128"}, "https://truc.example", "http://p:3128"),
        ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "other.example,.example"}, "https://truc.example", ""),
        ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "*"}, "https://truc.example", ""),
        ({"HTTP_PROXY": "http://p:3128"}, "http://127.0.0.1:8470", ""),
        ({"HTTP_PROXY": "http://p:3128"}, "http://localhost:8470", ""),
        ({"HTTP_PROXY": "http://p:3128"}, "http://[::1]:8470", ""),
        ({"HTTP_PROXY": "http://p:3128"}, "http://truc.example", "http://p:3128"),
        ({}, "https://truc.example", ""),
    ],
)
def test_the_environment_names_the_proxy(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, proxy: str
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_of(url) == proxy
