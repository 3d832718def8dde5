"""A hub that is an attacker: it grants tokens and then answers as the attack needs, over real connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import msgspec
from aiohttp import web

from hub.core import wire

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

UUID: Final = "01a2057f-6f84-80c3-b934-da0000000001"
URN: Final = f"urn:uuid:{UUID}"


@dataclass
class Hostile:
    """`answers`: by method and path, the longest path that the request's begins with. `asked`: what came. `sent`:
    bytes of endless bodies that somebody took."""

    answers: dict[tuple[str, str], Answer]
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    sent: int = 0
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        fits = [key for key in self.answers if key[0] == request.method and request.path.startswith(key[1])]
        if fits:
            self.asked.append((request.method, request.path, body))
            return await self.answers[max(fits, key=lambda key: len(key[1]))](request)
        if request.path == "/v1/token":
            return web.Response(
                body=msgspec.json.encode(wire.TokenAnswer(access_token="t", expires_in=600)),
                content_type="application/json",
            )
        self.asked.append((request.method, request.path, body))
        return web.json_response({}, status=404)

    def endless(self, chunk: bytes, status: int = 200, **headers: str) -> Answer:
        """A body without end, as fast as it is taken."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(status=status, headers=headers)
            await response.prepare(request)
            with contextlib.suppress(ConnectionError):
                while True:
                    await response.write(chunk)
                    self.sent += len(chunk)
            return response

        return answer


def said(value: object, status: int = 200, **headers: str) -> Answer:
    """The same JSON, or the same bytes, each time."""
    media = "application/problem+json" if status >= 400 else "application/json"
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers={"Content-Type": media} | headers)

    return answer


@asynccontextmanager
async def hostile(**answers: Answer) -> AsyncIterator[Hostile]:
    """`answers` by `GET_v1_inbox` for GET /v1/inbox; more are put into the table."""
    hub = Hostile({})
    for name, answer in answers.items():
        method, _, path = name.partition("_")
        hub.answers[method, "/" + path.replace("_", "/")] = answer
    app = web.Application(client_max_size=1 << 28)
    app.router.add_route("*", "/{path:.*}", hub.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield hub
    finally:
        await runner.cleanup()


@asynccontextmanager
async def speaking(answer: bytes) -> AsyncIterator[str]:
    """Whatever is asked, these bytes come back on the wire, then the connection ends."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
