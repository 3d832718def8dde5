"""A front process: `python -m hub.fronts.process CHANNEL LISTENING`, two inherited descriptors. The fleet starts it.

It serves the hot routes with the handlers that the hub itself would serve them with, over an exchange whose sequencer
and mailboxes are the hub's, and passes everything else on. It reads the store (read-only, as any reader beside the one
writer), the keys' public half and the secret of the access tokens; it writes nothing but large bodies in the blobs'
folder, durable before the act that names them goes to the hub.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import structlog
from aiohttp import web

from hub.accounts.visitors import VisitorsCopy
from hub.admission.workers.pool import automatic
from hub.appointments import of_profile
from hub.base.config import Settings
from hub.base.limit_settings import LimitSettings
from hub.base.metrics import Metrics
from hub.base.runtime import configure_logging, keep_what_is_there, run, steady_clock, system_clock
from hub.base.timekeeper import Timekeeper
from hub.core.directory.routing import Directory
from hub.core.model import Agency
from hub.exchange import Exchange
from hub.fronts import frames
from hub.fronts.channel import Channel
from hub.fronts.front_side import HubProxy
from hub.fronts.proxy import Forwarder
from hub.http.bodies import BodyReader
from hub.http.call import Context
from hub.http.callers import Authenticator
from hub.http.limits import Quotas
from hub.http.listener import listening
from hub.http.milliseconds import Milliseconds
from hub.http.secret import load_secret
from hub.http.tls import Tls, tls_of
from hub.pki import profile as pki
from hub.record.record import Record
from hub.routes.dispatch import gate_of, ledger_of, make_server
from hub.routes.table import HOT
from hub.store import MaintenanceRow
from hub.store.blobs import Blobs
from hub.store.sqlite import SqliteStore

log = structlog.get_logger("front")
_FIGURES_SECONDS: Final = 1.0


class Front:
    """The frames of the channel, handed to those that they concern."""

    def __init__(self) -> None:
        self.welcome: asyncio.Future[frames.Welcome] = asyncio.get_running_loop().create_future()
        self.closing = asyncio.Event()
        self.channel: Channel[frames.FromHub] = Channel(frames.from_hub, self._take, self._lost)
        self.hub_proxy = HubProxy(self.channel.send)
        self.exchange: Exchange | None = None
        self.keeper: Timekeeper | None = None
        self.visitors = VisitorsCopy()
        self.door: MaintenanceRow | None = None
        self.tls: Tls | None = None
        self.authenticator: Authenticator | None = None
        self._early: list[Agency] = []
        self._reading: set[asyncio.Task[None]] = set()

    def _take(self, frame: frames.FromHub) -> None:
        match frame:
            case frames.Entered() | frames.Fetched() | frames.Held() | frames.Failed():
                self.hub_proxy.answered(frame)
            case frames.Changed(agencies=agencies):
                self._change(agencies)
            case frames.Reread(tls=tls):
                if tls:
                    self._reload()
                task = asyncio.create_task(self._reread())
                self._reading.add(task)
                task.add_done_callback(self._reading.discard)
            case frames.Welcome():
                self.welcome.set_result(frame)
            case frames.Clock(offset=offset, doubt=doubt):
                self.hub_proxy.doubt = doubt
                if self.keeper is not None:
                    self.keeper.follow(offset, doubt)
            case frames.Visitors(opened=opened, ended=ended, marks=marks):
                self.visitors.take(opened, ended, marks)
            case frames.Door(maintenance=row):
                self.door = row
                if self.exchange is not None:
                    self.exchange.door.put(row)
            case frames.Close():
                self.closing.set()

    def _change(self, agencies: Sequence[Agency]) -> None:
        if self.exchange is None:
            self._early += agencies
        else:
            self.exchange.directory = self.exchange.directory.with_changes(list(agencies))

    def serve(self, exchange: Exchange) -> None:
        """From now on changes go to this exchange; those that came while it was being made are made up for. They may
        be among the entries it read already: the same entry twice is the same entry."""
        self.exchange = exchange
        exchange.door.put(self.door)
        self._change(self._early)

    def _reload(self) -> None:
        if self.tls is not None:
            try:
                self.tls.reload()
            except OSError:
                log.exception("tls-not-read")

    async def _reread(self) -> None:
        exchange = self.exchange
        if exchange is None:
            return
        try:
            fresh = await asyncio.to_thread(_profile(exchange.settings).anchors, exchange.settings.trust.grace_ms)
            exchange.anchors = exchange.anchors.with_crls(fresh.crls)
            if self.authenticator is not None:
                self.authenticator.principals = await asyncio.to_thread(of_profile, _profile(exchange.settings))
        except Exception:
            log.exception("crls-not-read")

    def _lost(self) -> None:
        """The hub has gone. Everything that it had promised is in its store; callers that wait here are told to ask
        again."""
        self.hub_proxy.lose()
        self.closing.set()
        if not self.welcome.done():
            self.welcome.cancel()


async def main(channel: int, listening_on: int) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):  # sent to the whole group: the hub says when to end
        loop.add_signal_handler(number, lambda: None)
    front = Front()
    await loop.create_connection(lambda: front.channel, sock=socket.socket(fileno=channel))
    welcome = await front.welcome
    configure_logging(welcome.level)
    settings = shared(welcome.settings)
    data = Path(settings.hub.data)
    store = await SqliteStore.open_beside(data / "axis.sqlite")
    try:
        front.keeper = Timekeeper(system_clock, steady_clock, settings.clock.bounds)
        blobs = Blobs(data, inline=settings.limits.inline_bytes, alone=settings.http.fronts == 1)
        exchange = Exchange(
            Record(store, blobs, front.hub_proxy, front.keeper),
            front.hub_proxy,
            settings,
            Directory.of(await store.agencies(), settings.tiers.policy),
            _profile(settings).anchors(settings.trust.grace_ms),
        )
        front.serve(exchange)
        try:
            await _serve(front, exchange, socket.socket(fileno=listening_on), welcome.inner)
        finally:
            exchange.close()
    finally:
        await store.close()
        front.channel.close()


async def _serve(front: Front, exchange: Exchange, sock: socket.socket, inner: str) -> None:
    settings = exchange.settings
    metrics = Metrics()
    authenticator = Authenticator(
        exchange,
        settings,
        of_profile(_profile(settings)),
        load_secret(Path(settings.hub.data) / "token.secret", os.urandom),
        exchange.clock,
    )
    front.authenticator = authenticator
    context = Context(
        exchange,
        exchange.store,
        authenticator,
        _bodies(exchange),
        settings,
        metrics,
        None,
        Milliseconds(settings.limits),
        front.visitors,
    )
    tls = front.tls = tls_of(settings.http, lambda: _profile(settings).anchors())
    if settings.http.client_certificates != "off":
        authenticator.mutual.learn(exchange.directory)

    async def pass_on(request: web.Request) -> web.StreamResponse:
        return await hub.pass_on(request, authenticator.stand_in(request))

    server = make_server(context, HOT, pass_on)
    outside = listening(server, settings, sock, tls, gate_of(context), ledger_of(context))
    async with Forwarder(inner) as hub, outside:
        keep_what_is_there()
        front.channel.send(frames.Ready())
        telling = asyncio.create_task(_tell(front, metrics))
        await front.closing.wait()
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    front.channel.send(frames.Figures(metrics.samples()))


def _bodies(exchange: Exchange) -> BodyReader:
    limits = exchange.settings.limits
    return BodyReader(exchange.blobs, limits, Quotas(limits, time.monotonic))


async def _tell(front: Front, metrics: Metrics) -> None:
    """The front's figures, whenever they have changed."""
    told = metrics.samples()
    while True:
        await asyncio.sleep(_FIGURES_SECONDS)
        samples = metrics.samples()
        if samples != told:
            told = samples
            front.channel.send(frames.Figures(samples))


def shared(settings: Settings) -> Settings:
    """Of every limit that bounds the whole hub, this front's part; each caller's rate too, for its connections are
    spread over the fronts."""
    fronts = settings.http.fronts
    parts = {name: -(-getattr(settings.limits, name) // fronts) for name in _DIVIDED}
    for name in _A_DOCUMENT_AT_LEAST:
        parts[name] = max(parts[name], settings.limits.document_bytes)
    parts["large_workers"] = max(1, (settings.limits.large_workers or automatic()) // fronts)
    return msgspec.structs.replace(settings, limits=msgspec.structs.replace(settings.limits, **parts))


_DIVIDED: Final = (
    "connections",
    "connections_per_address",
    "submissions",
    "abreast",
    "calls_at_once",
    "requests_per_second",
    "burst",
    "anonymous_per_second",
    "anonymous_burst",
    "bytes_per_second",
    "bytes_burst",
    "bodies_per_caller",
    "bodies_in_memory",
    "bodies_in_spool",
    "answers_in_memory",
    "answers_per_caller",
)
_A_DOCUMENT_AT_LEAST: Final = ("bytes_burst", "bodies_per_caller")
assert set(_DIVIDED) <= set(LimitSettings.__struct_fields__)


def _profile(settings: Settings) -> pki.Profile:
    return pki.Profile(Path(settings.hub.keys))


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):  # the hub had gone before it said a word
        run(main(int(sys.argv[1]), int(sys.argv[2])))
