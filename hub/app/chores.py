"""The tasks of a running hub that come round for ever: deadlines, the clock told to fronts, revocation lists."""

from __future__ import annotations

import asyncio
from typing import Protocol

import structlog

from hub import appointments
from hub.accounts.book import Accounts
from hub.base.config import Settings
from hub.base.timekeeper import Timekeeper
from hub.core.errors import ClockInDoubt
from hub.exchange import Exchange
from hub.fronts.hub_side import FrontServer
from hub.http.callers import Authenticator
from hub.pki import profile as pki
from hub.upkeep import certificates
from hub.upkeep.manifests import Manifests

log = structlog.get_logger("app")
_CRL_CHECK_SECONDS = 300.0
_CLOCK_TOLD_SECONDS = 0.5


async def sweep(exchange: Exchange, settings: Settings) -> None:
    """Look for passed deadlines and ended days, for ever; an error of one round is logged, the next tries again."""
    manifests = Manifests(exchange.record)
    while True:
        try:
            if exchange.sequencer.doubt is None:
                # First: a process that stood still must not expire documents that nobody could fetch.
                await exchange.beat()
            while exchange.sequencer.doubt is None and await exchange.sweep():
                pass
            if exchange.sequencer.doubt is None:
                await manifests.make()
        except ClockInDoubt:  # it came while this round was under way
            pass
        except Exception:
            log.exception("sweep-failed")
        await asyncio.sleep(settings.mailbox.sweep_seconds)


async def tell_clock(keeper: Timekeeper, front_server: FrontServer) -> None:
    """The front processes keep no time of their own."""
    while True:
        front_server.clock(keeper.offset, keeper.doubt)
        await asyncio.sleep(_CLOCK_TOLD_SECONDS)


class Reread(Protocol):
    """The others that have to read revocation lists again, and with `tls` certificate and key: the fronts, where there
    are."""

    def __call__(self, *, tls: bool) -> None: ...


def nobody_told(*, tls: bool) -> None:
    """One process does it all."""


async def crls(
    exchange: Exchange, profile: pki.Profile, told: Reread, authenticator: Authenticator, accounts: Accounts
) -> None:
    """Read CRLs and appointments again now and then, in the background: never in a request."""
    while True:
        await asyncio.sleep(_CRL_CHECK_SECONDS)
        try:
            await read_crls(exchange, profile, told, authenticator)
            await accounts.keep_roles()
        except Exception:
            log.exception("crls-not-read")


async def read_crls(
    exchange: Exchange,
    profile: pki.Profile,
    told: Reread,
    authenticator: Authenticator,
    *,
    tls: bool = False,
) -> None:
    """`tls`: the fronts take certificate and key again as well."""
    # A profile with its own CA issues a new list when the old one ages; one without reads the given files.
    await asyncio.to_thread(pki.open_profile, profile.folder, exchange.clock())
    fresh = await asyncio.to_thread(profile.anchors, exchange.settings.trust.grace_ms)
    exchange.anchors = exchange.anchors.with_crls(fresh.offered)
    await appointments.keep(exchange, authenticator, profile)
    told(tls=tls)
    await certificates.keep(exchange.record, certificates.of_anchors(exchange.anchors))
