"""Where the parts are chosen and put together: the only room that knows them all.

    async with running(settings) as hub:      a whole hub in this process, listening
        hub.url, hub.exchange, …

Order of opening: keys, store, log (which refuses on a mismatch), directory, door, witnesses, listener. Closing is the
reverse: readiness says no, streams end, the queue runs dry, the store closes.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from pathlib import Path

import msgspec
import structlog

from hub import appointments
from hub.access import Role
from hub.accounts.book import Accounts
from hub.app import chores
from hub.app import keys as hub_keys
from hub.app.lists import programmes_of
from hub.base import failpoint, private
from hub.base.config import HttpSettings, Settings
from hub.base.metrics import Metrics
from hub.base.runtime import at_work, steady_clock, system_clock
from hub.base.timekeeper import Timekeeper
from hub.console import table as console
from hub.core.directory.routing import Directory
from hub.core.errors import TryLater
from hub.core.log.keys import Verifier
from hub.core.model import Millis
from hub.delivery.leases import Leases
from hub.delivery.mailboxes import Mailboxes
from hub.delivery.notices import Notices
from hub.evidence_export.export import Exports
from hub.exchange import Exchange
from hub.finding.indexing import Indexer
from hub.following.following import Following
from hub.following.leaders import LeadersReading
from hub.fronts import fleet
from hub.fronts.hub_side import FrontServer
from hub.http.bodies import BodyReader
from hub.http.call import Context, HubOnly
from hub.http.callers import Authenticator
from hub.http.laboratory import Laboratory
from hub.http.limits import Quotas
from hub.http.listener import bound, listening, url_of
from hub.http.milliseconds import Milliseconds
from hub.http.principals import Principals
from hub.http.report_cache import ReportCache
from hub.http.scrape import Scrape
from hub.http.secret import load_secret
from hub.http.taken import Taken
from hub.http.tls import Tls, tls_of
from hub.pki import profile as pki
from hub.programmes.riding import Programme
from hub.record.log import Log
from hub.record.record import Record
from hub.record.sequencer import Sequencer
from hub.routes.dispatch import gate_of, ledger_of, make_server
from hub.routes.table import WATCH
from hub.store.blobs import Blobs
from hub.store.sqlite import SqliteStore
from hub.upkeep import certificates, sessions
from hub.upkeep.alerts import Alerts
from hub.upkeep.attention import Attention
from hub.upkeep.clock import ClockWatch
from hub.upkeep.contacts import ContactKeeper
from hub.upkeep.health import Health
from hub.upkeep.highwater import HighWater
from hub.upkeep.timestamps import TimeStamps
from hub.upkeep.witnesses import Witnesses
from hub.webhooks.service import Webhooks

log = structlog.get_logger("app")


class Hub(msgspec.Struct):
    """A running hub. `reload`: take the files of certificate, key and CRLs again. `console`: where people find it,
    empty where the settings have none."""

    url: str
    exchange: Exchange
    log: Log
    authenticator: Authenticator
    bodies: BodyReader
    settings: Settings
    witnesses: Witnesses
    webhooks: Webhooks
    reload: Callable[[], Awaitable[None]]
    accounts: Accounts
    health: Health
    alerts: Alerts
    console: str = ""


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    clock: Callable[[], Millis] = system_clock,
    steady: Callable[[], Millis] | None = None,
    entropy: Callable[[int], bytes] = os.urandom,
    sweeping: bool = True,
    samples: Sequence[tuple[str, Role, str, str]] = (),
    programmes: Mapping[str, Programme] | None = None,
) -> AsyncIterator[Hub]:
    """A hub over the folders that `settings` names, listening until the block ends. `steady`: as in `opened`.
    `samples`: accounts of a sandbox, whose pages anybody may enter."""
    opening = opened(settings, clock=clock, steady=steady, entropy=entropy, programmes=programmes)
    async with opening as (exchange, journal, profile):
        keeper = _sequencer(exchange).keeper
        taken = await asyncio.to_thread(Taken, Path(settings.hub.data) / "assertions.taken", keeper())
        metrics = Metrics()
        metrics.halted.set(bool(exchange.sequencer.halted))
        secret = load_secret(Path(settings.hub.data) / "token.secret", entropy)
        authenticator = Authenticator(exchange, settings, Principals({}), secret, keeper, taken=taken)
        await appointments.keep(exchange, authenticator, profile)
        only = await _hub_only(settings, exchange, journal, profile, metrics, entropy, samples)
        context = _context(settings, exchange, authenticator, metrics, only)
        time_stamps = TimeStamps(
            settings.timestamp, exchange.record, lambda: exchange.anchors, journal.origin, metrics, entropy
        )
        fronts = None
        if settings.http.fronts:
            fronts = FrontServer(exchange, _sequencer(exchange), metrics, only.accounts)
        told = fronts.reread if fronts is not None else chores.nobody_told
        tls = tls_of(settings.http, profile.anchors)
        if settings.http.client_certificates != "off":
            authenticator.mutual.learn(exchange.directory)  # now, not in the first call

        async def reload() -> None:
            if tls is not None:
                tls.reload()
            await chores.read_crls(exchange, profile, told, authenticator, tls=True)
            await only.accounts.keep_roles()
            log.info("reloaded")

        assert exchange.store.signatures is not None
        exchange.leaders = leaders = LeadersReading(exchange, exchange.store.signatures)
        work = {
            "crls": chores.crls(exchange, profile, told, authenticator, only.accounts),
            "sessions": sessions.forget(only.accounts),
        }
        if fronts is not None:
            work["clock-told"] = chores.tell_clock(keeper, fronts)
        if sweeping:
            work["sweep"] = chores.sweep(exchange, settings)
        async with at_work(work):
            try:
                async with (
                    only.witnesses.running(),
                    time_stamps.running(),
                    only.health.running(),
                    only.webhooks.running(sending=sweeping),
                    ContactKeeper(exchange.store, exchange.contacts).running(),
                    only.alerts.running(looking=sweeping),
                    leaders.running(),
                    _watched(context),
                    _served(context, fronts, tls) as url,
                ):
                    _listening(exchange, url)
                    try:
                        yield _hub(url, settings, exchange, journal, authenticator, context, only, reload)
                    finally:
                        failpoint.hit("stop.asked")
                        exchange.notices.close()  # streams and long polls end by themselves
            finally:
                only.accounts.close()
                taken.close()


def _listening(exchange: Exchange, url: str) -> None:
    if failpoint.ARMED:
        log.warning("failpoints-armed", set=failpoint.ARMED, why="this hub is made to fail: never in service")
    log.info("listening", url=url, agencies=len(exchange.directory))
    failpoint.hit("start.listening")


def _hub(
    url: str,
    settings: Settings,
    exchange: Exchange,
    journal: Log,
    authenticator: Authenticator,
    context: Context,
    only: HubOnly,
    reload: Callable[[], Awaitable[None]],
) -> Hub:
    return Hub(
        url,
        exchange,
        journal,
        authenticator,
        context.bodies,
        settings,
        only.witnesses,
        only.webhooks,
        reload,
        only.accounts,
        only.health,
        only.alerts,
        f"{url}/console" if settings.console.enabled else "",
    )


async def _hub_only(
    settings: Settings,
    exchange: Exchange,
    journal: Log,
    profile: pki.Profile,
    metrics: Metrics,
    entropy: Callable[[int], bytes],
    samples: Sequence[tuple[str, Role, str, str]],
) -> HubOnly:
    """The parts that the recording process has and no front has; none of them runs yet."""
    keeper = _sequencer(exchange).keeper
    witnesses = Witnesses(settings.witness, exchange.store, journal, _sequencer(exchange), metrics, keeper)
    key = load_secret(Path(settings.hub.data) / "console.secret", entropy)
    accounts = await Accounts.opened(exchange.store, settings.console, key, keeper, exchange.sequencer)
    if samples:
        await accounts.add_samples(samples)
    else:
        await accounts.keep_roles()
    health = Health(exchange, settings, metrics, hub_keys.seal(profile, settings))
    webhooks = Webhooks(exchange, profile.note_key("webhooks"), metrics, entropy)
    attention = Attention(exchange, settings, health, witnesses, metrics)
    return HubOnly(
        ReportCache(exchange, keeper),
        journal,
        witnesses,
        Exports(exchange, journal, settings.limits),
        Scrape(metrics),
        accounts,
        health,
        webhooks,
        attention,
        Alerts(exchange, settings.alerts, attention, webhooks, metrics),
        Laboratory(keeper) if samples else None,
    )


def _context(
    settings: Settings, exchange: Exchange, authenticator: Authenticator, metrics: Metrics, only: HubOnly
) -> Context:
    bodies = BodyReader(exchange.blobs, settings.limits, Quotas(settings.limits, time.monotonic))
    milliseconds = Milliseconds(settings.limits)
    return Context(
        exchange, exchange.store, authenticator, bodies, settings, metrics, only, milliseconds, only.accounts
    )


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    clock: Callable[[], Millis] = system_clock,
    steady: Callable[[], Millis] | None = None,
    entropy: Callable[[int], bytes] = os.urandom,
    programmes: Mapping[str, Programme] | None = None,
) -> AsyncIterator[tuple[Exchange, Log, pki.Profile]]:
    """The exchange without HTTP, for commands that work on the folders of a hub that does not run. `steady`: the clock
    to hold it against; by default the system's steady clock for the system's, and any other clock for itself."""
    rides = programmes_of(settings) if programmes is None else programmes
    keeper = Timekeeper(clock, steady or (steady_clock if clock is system_clock else clock), settings.clock.bounds)
    data = Path(settings.hub.data)
    for folder in (data, Path(settings.hub.keys)):
        await asyncio.to_thread(private.close, folder)
    profile = hub_keys.usable(settings, clock())
    anchors = profile.anchors(grace=settings.trust.grace_ms)
    signers = hub_keys.log_signers(profile, settings.hub.origin, post_quantum=settings.hub.post_quantum)
    store = await SqliteStore.open(data / "axis.sqlite", search=True)
    try:
        blobs = Blobs(data, inline=settings.limits.inline_bytes)
        notices, leases = Notices(), Leases(settings.limits.leases)
        witnesses = [entry.verifier for entry in settings.witness.witnesses]
        sealer = hub_keys.sealer(profile, settings) if settings.hub.seal else None
        journal = Log(settings.hub.origin, signers, witnesses, sealer)
        watch = ClockWatch(keeper, data)
        await watch.begin(store)
        sequencer = Sequencer(
            store,
            journal,
            notices,
            leases,
            clock=keeper,
            entropy=entropy,
            lease_ms=int(settings.mailbox.lease_seconds * 1000),
            most=settings.limits.batch,
            queue=settings.limits.queue,
            refusals=settings.limits.refusals_per_hour,
        )
        await sequencer.start()
        directory = Directory.of(await store.agencies(), settings.tiers.policy)
        mailboxes = Mailboxes(store, sequencer, leases, notices, settings.mailbox, keeper)
        exchange = Exchange(Record(store, blobs, sequencer, keeper), mailboxes, settings, directory, anchors)
        exchange.reserved = profile.own_keys()
        exchange.contacts = mailboxes.contacts
        high_water = HighWater(Path(settings.hub.high_water or data / "high-water"), store, journal, sequencer)
        try:
            async with high_water.running(), watch.running(), _derived(exchange, rides):
                exchange.door.put(await store.inspect(lambda tx: tx.maintenance()))
                if not sequencer.halted and sequencer.doubt is None:
                    with suppress(TryLater):  # a disk that is full is read; no deadline is looked at before a beat
                        await exchange.beat()
                    await certificates.keep(
                        exchange.record, [*certificates.of_anchors(anchors), *hub_keys.own_chain(profile, settings)]
                    )
                    await exchange.declare_delegations()
                yield exchange, journal, profile
        finally:
            notices.close()
            await sequencer.stop()
            failpoint.hit("stop.drained")
            exchange.close()
    finally:
        await store.close()


@asynccontextmanager
async def _derived(exchange: Exchange, programmes: Mapping[str, Programme]) -> AsyncIterator[None]:
    assert exchange.store.index is not None
    assert exchange.store.programmes is not None
    exchange.indexing = indexer = Indexer(exchange, exchange.store.index)
    exchange.following = following = Following(exchange, exchange.store.programmes, programmes)
    async with indexer.running(), following.running():
        yield


@asynccontextmanager
async def at_rest(settings: Settings) -> AsyncIterator[tuple[SqliteStore, Blobs, list[Verifier]]]:
    """The record of a hub that does not run, with the public keys of its log and witnesses. Nothing of it is believed:
    its faults are for the caller to find."""
    verifiers = hub_keys.verifiers_of(settings)
    data = Path(settings.hub.data)
    store = await SqliteStore.open(data / "axis.sqlite")
    try:
        yield store, Blobs(data, inline=settings.limits.inline_bytes), verifiers
    finally:
        await store.close()


def _served(context: Context, fronts: FrontServer | None, tls: Tls | None) -> AbstractAsyncContextManager[str]:
    """Listening, here or in front processes; the URL. The door knows it before anybody can ask for a token: a client
    that knew the hub before it was started again does not wait until it says that it listens."""
    settings = context.settings
    server = make_server(context, pages=console.routes(context) if settings.console.enabled else ())

    def known(url: str) -> None:
        public = (settings.http.public_url or url).rstrip("/")
        context.authenticator.audiences = (f"{public}/v1/token",)

    if fronts is not None:
        return fleet.serving(fronts, server, settings, known, ledger_of(context))
    sock = bound(settings.http, settings.limits)
    known(url_of(settings.http, sock))
    return listening(server, settings, sock, tls, gate_of(context), ledger_of(context))


def _watched(context: Context) -> AbstractAsyncContextManager[object]:
    """How the hub feels, on an address of its own where the settings name one."""
    host, _, port = context.settings.http.watch.rpartition(":")
    if not port:
        return nullcontext()
    http = HttpSettings(host=host.strip("[]"), port=int(port))
    return listening(make_server(context, WATCH), msgspec.structs.replace(context.settings, http=http))


def _sequencer(exchange: Exchange) -> Sequencer:
    assert isinstance(exchange.sequencer, Sequencer), "the process that records"
    return exchange.sequencer
