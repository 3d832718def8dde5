"""`truc webhooks listen`: a receiver on this machine, to try webhooks with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import click
import msgspec
from aiohttp import web

from clients.axis import AxisClient
from clients.webhooks import MAX_BODY, Event, Keys, verify
from hub.cli import printing
from hub.cli.common import Exit, Shared, make_command
from hub.cli.connect import client, run
from hub.cli.screen import local
from hub.core.errors import ProofInvalid
from hub.core.evidence.kinds import TYPES

_KEPT: Final = 1_000


class Listener:
    """A verified message waits in `events`; the rest is told and answered 401."""

    def __init__(self, shared: Shared) -> None:
        self.keys = Keys()
        self.events: asyncio.Queue[Event] = asyncio.Queue(_KEPT)
        self._shared = shared
        self._seen: dict[str, None] = {}

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.content.read(MAX_BODY + 1)
        while len(body) <= MAX_BODY and (more := await request.content.read(MAX_BODY)):
            body += more
        try:
            event = verify(request.headers, body, self.keys)
        except ProofInvalid as error:
            text = self._shared.pick(f"không tin: {error.vi}", f"not believed: {error.en}")
            printing.line(text, mark="✗", good=False, err=True)
            return web.Response(status=401)
        if event.challenge:
            return web.json_response({"challenge": event.challenge})
        if event.id not in self._seen:
            if self.events.full():
                return web.Response(status=503, headers={"Retry-After": "5"})
            self._seen[event.id] = None
            if len(self._seen) > _KEPT:
                del self._seen[next(iter(self._seen))]
            self.events.put_nowait(event)
        return web.Response(status=204)


@make_command(
    "listen",
    "agency",
    example="truc webhooks listen --as 000.00.00.H52\ntruc webhooks listen --as 000.00.00.H52 --count 1 --json",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of this machine; by default any that is free.")
@click.option("--type", "types", multiple=True, type=click.Choice(TYPES), help="Only these events; several.")
@click.option("--count", type=click.IntRange(1, 1_000_000), help="End after so many events [never].")
@click.option("--seconds", type=click.FloatRange(0.1, 86_400.0), help="End after so many seconds [never].")
def listen(shared: Shared, port: int, types: tuple[str, ...], count: int | None, seconds: float | None) -> int:
    """Máy nhận thử trên máy này: đăng ký, kiểm chữ ký, in ra; dừng thì xóa.

    A receiver on this machine: registered at the hub, each webhook verified and printed, removed at the end. For a hub
    that may call this machine, as `truc sandbox` does (webhooks.plain).
    """
    return run(_listen(shared, port, types, count, seconds))


async def _listen(shared: Shared, port: int, types: tuple[str, ...], count: int | None, seconds: float | None) -> int:
    listener = Listener(shared)
    async with _serving(listener, port) as url, client(shared) as axis, _registered(shared, axis, listener, url, types):
        try:
            async with asyncio.timeout(seconds):
                told = 0
                while count is None or told < count:
                    _print(shared, await listener.events.get())
                    told += 1
        except TimeoutError:
            pass
    return Exit.OK


@asynccontextmanager
async def _serving(listener: Listener, port: int) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(listener.handle))
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError as error:
            raise click.UsageError(f"--port {port}: {error.strerror}") from None
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _registered(
    shared: Shared, axis: AxisClient, listener: Listener, url: str, types: tuple[str, ...]
) -> AsyncIterator[None]:
    made = await axis.add_webhook(url, types)
    try:
        listener.keys = Keys.parse(made.secret, *(await axis.webhooks()).keys)
        tested = await axis.test_webhook(made.id)
        if not tested.ok:
            raise ProofInvalid(expected="a challenge from the hub", found=tested.webhook.outcome)
        if not shared.json:
            shared.say(f"{made.id} nghe ở {url}, Ctrl-C để dừng", f"{made.id} listens on {url}, Ctrl-C ends it")
        yield
    finally:
        await axis.remove_webhook(made.id)


def _print(shared: Shared, event: Event) -> None:
    if shared.json:
        printing.json({"id": event.id, "type": event.type, "at": event.at, **msgspec.to_builtins(event.data)}, indent=0)
    else:
        data = event.data
        printing.line(
            f"{local(event.at)}  {event.type}  {data.document or data.certificate}  {data.recipient}".rstrip()
        )
