"""Where the parts are chosen and put together: the only module that knows them all.

    async with running(settings) as hub:      a whole hub in this process, listening
        hub.url, hub.exchange, …

Order of opening: keys, store, log (which refuses on a mismatch), directory, door, listener. Closing is the reverse:
readiness says no, streams end, the queue runs dry, the store closes.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import structlog
from aiohttp import web

from hub import pki
from hub.api.calls import Axis
from hub.api.door import OPERATOR, Door, Principals, load_secret
from hub.api.server import make_app
from hub.config import Settings
from hub.core import jws
from hub.core.directory import Directory, TierPolicy
from hub.core.keys import Signer
from hub.core.model import Millis, Tier
from hub.exchange import Exchange
from hub.leases import Leases
from hub.log import Log
from hub.metrics import Metrics
from hub.notices import Notices
from hub.sequencer import Sequencer
from hub.store.blobs import Blobs
from hub.store.sqlite import SqliteStore

log = structlog.get_logger("app")
_CLOSING_SECONDS = 4.0
_CRL_CHECK_SECONDS = 300.0


def system_clock() -> Millis:
    return Millis(time.time_ns() // 1_000_000)


class Hub(msgspec.Struct):
    """A running hub."""

    url: str
    exchange: Exchange
    log: Log
    door: Door
    settings: Settings


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    clock: Callable[[], Millis] = system_clock,
    entropy: Callable[[int], bytes] = os.urandom,
    sweeping: bool = True,
) -> AsyncIterator[Hub]:
    """A hub over the folders that `settings` names, listening until the block ends."""
    async with opened(settings, clock=clock, entropy=entropy) as (exchange, journal, profile):
        principals = Principals({OPERATOR: _key_of(profile, "operator")})
        secret = load_secret(Path(settings.hub.data) / "token.secret", entropy)
        door = Door(exchange, settings, principals, secret, clock)
        axis = Axis(exchange, door, journal, settings, Metrics(), clock)
        chores = [asyncio.create_task(_crls(exchange, profile, settings), name="crls")]
        if sweeping:
            chores.append(asyncio.create_task(_sweep(exchange, settings), name="sweep"))
        try:
            async with _listening(axis, settings) as url:
                public = settings.http.public_url or url
                door.audiences = (f"{public}/v1/token",)
                log.info("listening", url=url, agencies=len(exchange.directory))
                yield Hub(url, exchange, journal, door, settings)
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    clock: Callable[[], Millis] = system_clock,
    entropy: Callable[[int], bytes] = os.urandom,
) -> AsyncIterator[tuple[Exchange, Log, pki.Profile]]:
    """The exchange without HTTP, for commands that work on the folders of a hub that does not run."""
    data = Path(settings.hub.data)
    os.makedirs(data, mode=0o700, exist_ok=True)
    profile = pki.ensure_profile(Path(settings.hub.keys), clock())
    anchors = profile.anchors(grace=int(settings.trust.crl_grace_hours * 3_600_000))
    signer = Signer.from_seed(settings.hub.origin, profile.note_key("log").private_bytes_raw())
    store = await SqliteStore.open(data / "axis.sqlite")
    try:
        blobs = Blobs(data, inline=settings.limits.inline_bytes)
        notices, leases = Notices(), Leases(settings.limits.leases)
        journal = Log(settings.hub.origin, [signer])
        sequencer = Sequencer(
            store,
            journal,
            notices,
            leases,
            clock=clock,
            entropy=entropy,
            lease_ms=int(settings.mailbox.lease_seconds * 1000),
            most=settings.limits.batch,
            queue=settings.limits.queue,
        )
        await sequencer.start()
        directory = Directory.of(await store.agencies(), _tier_policy(settings))
        exchange = Exchange(store, blobs, sequencer, notices, leases, settings, clock, directory, anchors)
        try:
            yield exchange, journal, profile
        finally:
            notices.close()
            await sequencer.stop()
            exchange.close()
    finally:
        await store.close()


@asynccontextmanager
async def _listening(axis: Axis, settings: Settings) -> AsyncIterator[str]:
    runner = web.AppRunner(
        make_app(axis),
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=settings.limits.header_seconds,
        shutdown_timeout=_CLOSING_SECONDS,
        handler_cancellation=True,
    )
    await runner.setup()
    http = settings.http
    try:
        site = web.TCPSite(runner, http.host, http.port, ssl_context=_tls(settings), backlog=1024)
        await site.start()
        port = runner.addresses[0][1]
        host = f"[{http.host}]" if ":" in http.host else http.host
        yield f"{'https' if http.tls_key else 'http'}://{host}:{port}"
        axis.exchange.notices.close()
    finally:
        await runner.cleanup()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.http.tls_key:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.http.tls_certificate, settings.http.tls_key)
    return context


async def _sweep(exchange: Exchange, settings: Settings) -> None:
    """Look for passed deadlines, for ever; an error of one round is logged and the next round tries again."""
    while True:
        try:
            while await exchange.sweep():
                pass
        except Exception:
            log.exception("sweep-failed")
        await asyncio.sleep(settings.mailbox.sweep_seconds)


async def _crls(exchange: Exchange, profile: pki.Profile, settings: Settings) -> None:
    """Read CRLs again now and then, in the background: never in a request."""
    while True:
        await asyncio.sleep(_CRL_CHECK_SECONDS)
        try:
            fresh = await asyncio.to_thread(profile.anchors, int(settings.trust.crl_grace_hours * 3_600_000))
            exchange.anchors = exchange.anchors.with_crls(fresh.crls)
        except Exception:
            log.exception("crls-not-read")


def _tier_policy(settings: Settings) -> TierPolicy:
    forbidden = settings.tiers.forbidden
    return TierPolicy.of({a: [b for b in Tier if (a, b.value) not in forbidden] for a in Tier})


def _key_of(profile: pki.Profile, use: str) -> dict[str, jws.KeySource]:
    certificate = profile.hub(use).certificate
    return {jws.key_id(certificate): certificate}
