"""Receivers of webhooks on loopback: one that keeps what it gets, and answers as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import msgspec
from aiohttp import web

from hub.core.webhooks.payload import HookPayload


class Got(NamedTuple):
    """One webhook as it came."""

    id: str
    headers: dict[str, str]
    body: bytes

    @property
    def payload(self) -> HookPayload:
        return msgspec.json.decode(self.body, type=HookPayload)


class Receiver:
    """`answers`: the statuses of the next webhooks, 204 when they are used up. Challenges are repeated, while
    `willing`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.got: list[Got] = []
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        self.willing = True
        self.hold: asyncio.Event | None = None
        """While it is set and not fired, webhooks wait here."""
        self.waiting = 0

    @property
    def types(self) -> list[str]:
        return [got.payload.type for got in self.got]

    @property
    def ids(self) -> list[str]:
        return [got.id for got in self.got]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        got = Got(request.headers["webhook-id"], {k.lower(): v for k, v in request.headers.items()}, body)
        if got.payload.type == "webhook.challenge" and self.willing:
            return web.json_response({"challenge": got.payload.data.challenge})
        if self.hold is not None:
            self.waiting += 1
            await self.hold.wait()
        self.got.append(got)
        return web.Response(status=self.answers.pop(0) if self.answers else 204, headers=self.headers)


@asynccontextmanager
async def a_receiver() -> AsyncIterator[Receiver]:
    async with serving_http(lambda request: receiver.handle(request)) as url:
        receiver = Receiver(f"{url}/hooks")
        yield receiver


@asynccontextmanager
async def serving_http(
    handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], **site: Any
) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(handler))
    await runner.setup()
    try:
        listening = web.TCPSite(runner, "127.0.0.1", 0, **site)
        await listening.start()
        port = runner.addresses[0][1]
        yield f"{'https' if site else 'http'}://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def a_raw_server(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """One that speaks as it likes; `talk` ends with its connection."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"
    finally:
        server.close()
