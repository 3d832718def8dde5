"""A client error looped for ever, polling hung (eFormidling); retries came back all at once, or did not end.

The schedule itself: tests/clients/test_axis_retry.py; single calls: test_axis.py; couriers: test_outages.py. Here every
loop of the client, against servers that never help, with the pauses counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from clients.axis import AxisClient
from clients.errors import Busy, ClientError, UnexpectedAnswer, Unreachable
from clients.retry import Backoff
from tests.support.axis import NOON, SON_LA, keyring

TOKEN = '{"access_token":"t","expires_in":100000}'
SCHEDULE = Backoff()


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = NOON / 1000
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class Server:
    """Answers everything but the token in one way, and counts."""

    def __init__(self, answer: Callable[[], web.Response]) -> None:
        self._answer = answer
        self.asked = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/v1/token":
            return web.Response(text=TOKEN, content_type="application/json")
        self.asked += 1
        return self._answer()


@asynccontextmanager
async def unhelpful(answer: Callable[[], web.Response], keys: Path) -> AsyncIterator[tuple[AxisClient, Server, Time]]:
    server, clock = Server(answer), Time()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    mine = keyring(str(keys)).agency(SON_LA)
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    client = AxisClient(url, SON_LA, mine.key, mine.chain, clock=clock, sleep=clock.sleep, backoff=SCHEDULE)
    try:
        async with client:
            yield client, server, clock
    finally:
        await runner.cleanup()


def says(status: int, **headers: str) -> Callable[[], web.Response]:
    return lambda: web.Response(status=status, headers=headers)


NEVER = {
    "busy": (says(503), Busy),
    "too many": (says(429), Busy),
    "too many, ask at once": (says(429, **{"Retry-After": "0"}), Busy),
    "busy for a year": (says(503, **{"Retry-After": "31536000"}), Busy),
    "bad gateway": (says(502), UnexpectedAnswer),
    "an error": (says(500), UnexpectedAnswer),
    "no token holds": (says(401), UnexpectedAnswer),
    "elsewhere": (says(302, Location="/v1/inbox"), UnexpectedAnswer),
}


@pytest.mark.parametrize("what", NEVER)
async def test_no_call_is_made_without_end(keys: Path, what: str) -> None:
    answer, kind = NEVER[what]
    async with unhelpful(answer, keys) as (client, server, clock):
        with pytest.raises(kind):
            await client.look()
        assert server.asked <= SCHEDULE.tries
        assert sum(clock.pauses) <= SCHEDULE.budget
        assert all(pause > 0 for pause in clock.pauses)


@pytest.mark.parametrize("what", [name for name in NEVER if name != "no token holds"])
async def test_no_stream_is_opened_without_end(keys: Path, what: str) -> None:
    answer, _ = NEVER[what]
    async with unhelpful(answer, keys) as (client, server, clock):
        with pytest.raises(ClientError):
            async for _ in client.events():
                pass
        assert server.asked <= SCHEDULE.tries
        assert sum(clock.pauses) <= SCHEDULE.budget


async def test_nobody_there_is_not_looked_for_without_end(keys: Path) -> None:
    mine, clock = keyring(str(keys)).agency(SON_LA), Time()
    async with AxisClient(
        "http://127.0.0.1:1", SON_LA, mine.key, mine.chain, clock=clock, sleep=clock.sleep, backoff=SCHEDULE
    ) as client:
        with pytest.raises(Unreachable):
            await client.look()
    assert len(clock.pauses) == SCHEDULE.tries - 1


async def test_an_inbox_that_is_empty_at_once_is_not_polled_without_a_pause(keys: Path) -> None:
    """A hub that is closing ends every long poll at once; so does a proxy that answers for it."""

    def empty() -> web.Response:
        return web.Response(text='{"items":[]}', content_type="application/json")

    async with unhelpful(empty, keys) as (client, server, clock):

        async def read() -> None:
            async for _ in client.inbox():
                pass

        reading = asyncio.ensure_future(read())
        while server.asked < 20:  # noqa: ASYNC110
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert len(clock.pauses) >= server.asked - 1
        assert all(pause >= SCHEDULE.first for pause in clock.pauses)
