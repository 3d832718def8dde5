"""Reading a mailbox: documents are offered in their order, and each is in one worker's hands at a time.

A lease is taken before the row is believed: what a batch ended meanwhile (taken back, expired) is read again and not
handed out, so that evidence may say NEVER_FETCHED and be true.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from hub.config import MailboxSettings
from hub.core.errors import DeliveryConflict
from hub.core.model import DeliveryState, Millis
from hub.leases import Leases
from hub.notices import Notices
from hub.store import DeliveryRow, InboxEntry, Store


class Leased(msgspec.Struct, frozen=True):
    """A document handed to one worker until `until`; after that it is offered again unless acknowledged."""

    entry: InboxEntry
    until: Millis


class Reading(Protocol):
    """How an exchange reads mailboxes: `Mailboxes`, or in a front process the way to them."""

    async def fetch(self, agency: str, limit: int, wait: float) -> list[Leased]: ...
    async def hold(self, row: DeliveryRow) -> DeliveryState: ...


class Mailboxes:
    """The mailboxes of all agencies over one store. Used on the event loop only."""

    def __init__(
        self, store: Store, leases: Leases, notices: Notices, settings: MailboxSettings, clock: Callable[[], Millis]
    ) -> None:
        self._store = store
        self._leases = leases
        self._notices = notices
        self._settings = settings
        self._clock = clock

    async def fetch(self, agency: str, limit: int, wait: float) -> list[Leased]:
        """Up to `limit` waiting documents, leased; when there are none, wait up to `wait` seconds for one."""
        loop = asyncio.get_running_loop()
        end = loop.time() + min(wait, self._settings.wait_seconds)
        with self._notices.subscribed([agency]) as subscription:
            while True:
                leased = await self._lease(agency, limit)
                left = end - loop.time()
                if leased or left <= 0 or subscription.closed:
                    return leased
                lapse = self._leases.next_end(agency)
                pause = left if lapse is None else min(left, max(0.001, (lapse - self._clock()) / 1000))
                await subscription.wait(pause)
                subscription.drain()

    async def _lease(self, agency: str, limit: int) -> list[Leased]:
        leased: list[Leased] = []
        skipped = 0
        while True:
            active = self._leases.active(agency, self._clock())
            room = min(limit - len(leased), self._leases.most - active)
            if room <= 0:
                return leased
            asked = room + active + skipped
            entries = await self._waiting(agency, asked)
            leased += self._take(agency, entries, room)
            if len(entries) < asked:
                return leased
            # Some of what was read is in other workers' hands by now, or pending: there may be more behind it.
            skipped = sum(entry.delivery.pending is not None for entry in entries)

    async def _waiting(self, agency: str, limit: int) -> list[InboxEntry]:
        """The front of a mailbox as it is now: read again where a batch ended some of it meanwhile."""
        while True:
            seen = self._leases.ended(agency)
            entries = await self._store.inbox(agency, DeliveryState.WAITING, limit)
            if seen == self._leases.ended(agency):
                return entries

    def _take(self, agency: str, entries: Sequence[InboxEntry], room: int) -> list[Leased]:
        at = self._clock()
        until = self._lease_end(at)
        leased: list[Leased] = []
        for entry in entries:
            if len(leased) == room:
                break
            # A pending take-back keeps it from being offered anew; the sweep ends it when its lease has lapsed.
            if entry.delivery.pending is None and self._leases.take(agency, entry.message.number, until, at):
                leased.append(Leased(entry, until))
        return leased

    def _lease_end(self, at: Millis) -> Millis:
        return Millis(at + int(self._settings.lease_seconds * 1000))

    async def hold(self, row: DeliveryRow) -> DeliveryState:
        """Its state; where it waits, leased to the reader from before the state was read."""
        if row.state is not DeliveryState.WAITING:
            return row.state
        at = self._clock()
        leased = self._leases.take(row.recipient, row.message, self._lease_end(at), at)
        fresh = await self._store.delivery(row.message, row.recipient)
        if fresh is None or not (leased or self._leases.holds(row.recipient, row.message, at)):
            raise DeliveryConflict(expected="a delivery that may be read", found="one that is just ending")
        if leased and fresh.state is not DeliveryState.WAITING:
            self._leases.release(row.recipient, row.message)
        return fresh.state
