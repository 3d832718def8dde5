"""Reading a mailbox: documents are offered in their order, and each is in one worker's hands at a time.

A document that leaves for its recipient for the first time is put on record as offered before its first byte does, in a
batch like any act: where that batch comes after the one that took it back, nothing is handed out, and evidence may say
NEVER_FETCHED and be true; where it comes before, the take-back asks. A document that was offered before costs no write.
A lease is taken before the row is believed: a delivery that a batch let expire meanwhile is read again.

A poll looks into the store once for new documents, and a mailbox that was handed out whole is not looked at again: a
document placed in it is told by the batch that placed it, before its sender hears that it was accepted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NamedTuple, Protocol

import msgspec

from hub.base import failpoint
from hub.base.config import MailboxSettings
from hub.core.errors import DeliveryConflict
from hub.core.evidence.happenings import ARRIVAL
from hub.core.model import DeliveryState, Millis
from hub.delivery.contacts import Contacts
from hub.delivery.leases import Leases
from hub.delivery.notices import Notices
from hub.record.acts.delivery import Acknowledge, Acknowledged, Offer
from hub.record.sequencer import Recorder
from hub.store import DeliveryRow, InboxEntry, Store


class Leased(msgspec.Struct, frozen=True):
    """A document handed to one worker until `until`; after that it is offered again unless acknowledged."""

    entry: InboxEntry
    until: Millis


class Reading(Protocol):
    """How an exchange reads mailboxes: `Mailboxes`, or in a front process the way to them."""

    notices: Notices
    leases: Leases

    async def fetch(
        self, agency: str, limit: int, wait: float, content_bytes: int = 0, inherited: tuple[str, ...] = ()
    ) -> list[Leased]: ...
    def hold(self, row: DeliveryRow) -> AbstractAsyncContextManager[DeliveryState]: ...
    def give_back(self, leased: Sequence[Leased]) -> None: ...
    def release(self, act: Acknowledge, done: Sequence[Acknowledged]) -> None: ...


class _Seen(NamedTuple):
    """The result of a look. `moves`: before it; `whole`: nothing was left out that may come back."""

    entries: list[InboxEntry]
    moves: tuple[int, int]
    whole: bool


class _Drained(NamedTuple):
    """A mailbox of which all was handed out after so many moves; `until`: when it is looked at again in any case, at
    the latest when the first lease of then ends."""

    moves: tuple[int, int]
    since: Millis
    until: Millis


class Mailboxes:
    """The mailboxes of all agencies over one store. Used on the event loop only."""

    def __init__(
        self,
        store: Store,
        sequencer: Recorder,
        leases: Leases,
        notices: Notices,
        settings: MailboxSettings,
        clock: Callable[[], Millis],
    ) -> None:
        self._store = store
        self._sequencer = sequencer
        self.leases = leases
        self.notices = notices
        self._settings = settings
        self._clock = clock
        self._drained: dict[str, _Drained] = {}
        self.contacts = Contacts()

    async def fetch(
        self, agency: str, limit: int, wait: float, content_bytes: int = 0, inherited: tuple[str, ...] = ()
    ) -> list[Leased]:
        """Up to `limit` waiting documents, leased; when there are none, wait up to `wait` seconds for one. Small ones
        with their bytes, up to `content_bytes` in all. `inherited`: whose mailboxes the agency took over."""
        boxes = [agency, *inherited]
        self.contacts.fetched(agency, self._clock())
        if wait <= 0:
            return await self._leased_of(boxes, limit, content_bytes)
        loop = asyncio.get_running_loop()
        end = loop.time() + min(wait, self._settings.wait_seconds)
        with self.notices.subscribed(boxes, only=ARRIVAL) as subscription:
            while True:
                subscription.drain()
                leased = await self._leased_of(boxes, limit, content_bytes)
                left = end - loop.time()
                if leased or left <= 0 or subscription.closed:
                    return leased
                lapse = min((at for box in boxes if (at := self.leases.next_end(box)) is not None), default=None)
                pause = left if lapse is None else min(left, max(0.001, (lapse - self._clock()) / 1000))
                await subscription.wait(pause)

    async def _leased_of(self, boxes: Sequence[str], limit: int, content_bytes: int) -> list[Leased]:
        """Of several mailboxes, those first in whose front the most urgent and oldest document lies."""
        if len(boxes) == 1:
            return await self._leased(boxes[0], limit, content_bytes)
        at = self._clock()
        fronts = []
        for box in boxes:
            if not self._is_drained(box, at):
                fronts += await self._store.offered(box, 1, self.leases.held(box, at).keys())
        order = [entry.delivery.recipient for entry in sorted(fronts, key=lambda e: _place_of(e.delivery))]
        leased: list[Leased] = []
        try:
            for box in order + [box for box in boxes if box not in order]:
                came = sum(len(item.entry.content or b"") for item in leased)
                # One answer names a message once: a message that went to two of them is handed out one after the other.
                had = frozenset(item.entry.message.number for item in leased)
                leased += await self._leased(box, limit - len(leased), content_bytes - came, had)
        except BaseException:
            self.give_back(leased)
            raise
        return sorted(leased, key=lambda item: _place_of(item.entry.delivery))

    async def _leased(
        self, agency: str, limit: int, content_bytes: int, but: frozenset[int] = frozenset()
    ) -> list[Leased]:
        leased: list[Leased] = []
        try:
            while await self._lease_more(agency, limit, content_bytes, leased, but):
                pass  # some of the rows that were read are in other workers' hands by now: there may be more behind it
        except BaseException:
            self.give_back(leased)
            raise
        if leased:
            failpoint.hit("deliver.leased")
        return leased

    async def _lease_more(
        self, agency: str, limit: int, content_bytes: int, leased: list[Leased], but: frozenset[int]
    ) -> bool:
        """Take from the front as many as fit, without `but`; whether to look again."""
        at = self._clock()
        held = self.leases.held(agency, at)
        room = min(limit - len(leased), self.leases.most - len(held))
        if room <= 0 or self._is_drained(agency, at):
            return False
        came = sum(len(item.entry.content or b"") for item in leased)
        seen = await self._look(agency, room, held, content_bytes - came, but)
        taken = self._take(agency, seen.entries)
        before = len(leased)
        leased += taken  # a caller that gives up from here on gives these back too
        leased[before:] = await self._offered(agency, taken)
        if len(seen.entries) == room:
            return True
        if len(taken) == len(seen.entries) and seen.whole:
            # Everything that waits is held. Until a lease of these ends, only documents placed or given back can be
            # handed out.
            self._drained[agency] = _Drained(seen.moves, at, min([self._lease_end(at), *held.values()]))
        return False

    async def _offered(self, agency: str, taken: Sequence[Leased]) -> list[Leased]:
        """Those that may leave, each on record as offered."""
        unread = [item.entry.delivery for item in taken if not item.entry.delivery.offered_at]
        if not unread:
            return list(taken)
        marked = await self._offer(agency, unread)
        found = []
        for item in taken:
            row = item.entry.delivery
            if row.offered_at:
                found.append(item)
            elif row.message in marked:
                row = msgspec.structs.replace(row, offered_at=marked[row.message])
                entry = msgspec.structs.replace(item.entry, delivery=row)
                found.append(msgspec.structs.replace(item, entry=entry))
            else:
                self.leases.release(agency, row.message)  # it ended before it was offered
        return found

    async def _offer(self, agency: str, rows: Sequence[DeliveryRow]) -> dict[int, Millis]:
        """A crash after this and before the first byte: they count as offered. Never the reverse."""
        act = Offer(recipient=agency, messages=tuple(row.message for row in rows))
        sealed = await self._sequencer.submit(act, max(row.lane for row in rows), receipts=False)
        return sealed.answer

    def give_back(self, leased: Sequence[Leased]) -> None:
        """Nobody got them: they are offered again."""
        for item in leased:
            self.leases.give_back(item.entry.delivery.recipient, item.entry.delivery.message)
            self.notices.wake(item.entry.delivery.recipient)

    def release(self, act: Acknowledge, done: Sequence[Acknowledged]) -> None:
        """An acknowledged document is in nobody's hands any more."""
        if any(item.refusal is None for item in done):
            self.contacts.acknowledged(act.recipient, self._clock())
        for item in done:
            if item.refusal is None:
                self.leases.release(item.recipient or act.recipient, item.number)

    async def _look(
        self, agency: str, limit: int, held: Mapping[int, Millis], content_bytes: int, but: frozenset[int]
    ) -> _Seen:
        """The front of a mailbox as it is now, without held documents and `but`: read again where a batch ended some of
        it meanwhile."""
        while True:
            ended, moves = self.leases.ended(agency), self._moves(agency)
            ending = self.leases.ending(agency)
            entries = await self._store.offered(agency, limit, held.keys() | ending | but, content_bytes)
            if ended == self.leases.ended(agency):
                return _Seen(entries, moves, not ending and not but)

    def _is_drained(self, agency: str, at: Millis) -> bool:
        """Whether there is nothing to hand out, as far as a look before this one told."""
        drained = self._drained.get(agency)
        return drained is not None and drained.moves == self._moves(agency) and drained.since <= at < drained.until

    def _moves(self, agency: str) -> tuple[int, int]:
        """How often something came into a mailbox, or back into it."""
        return self.notices.arrivals(agency), self.leases.given_back(agency)

    def _take(self, agency: str, entries: Sequence[InboxEntry]) -> list[Leased]:
        at = self._clock()  # after the look: documents that another worker took meanwhile are held
        until = self._lease_end(at)
        return [Leased(e, until) for e in entries if self.leases.take(agency, e.message.number, until, at)]

    def _lease_end(self, at: Millis) -> Millis:
        return Millis(at + int(self._settings.lease_seconds * 1000))

    @asynccontextmanager
    async def hold(self, row: DeliveryRow) -> AsyncIterator[DeliveryState]:
        """Its state; where it waits, it is on record as offered, and leased to its reader for as long as the block
        lasts and the time of a lease after it."""
        if row.state is not DeliveryState.WAITING:
            yield row.state
            return
        if not self.leases.begin(row.recipient, row.message, self._clock()):
            raise DeliveryConflict(expected="a delivery that may be read", found="one that is just ending")
        state = DeliveryState.EXPIRED
        try:
            state = await self._state(row)
            yield state
        finally:
            at = self._clock()
            self.leases.end(row.recipient, row.message, self._lease_end(at) if state is DeliveryState.WAITING else at)

    async def _state(self, row: DeliveryRow) -> DeliveryState:
        """As it is now that it is leased, offered if it waits."""
        fresh = await self._store.delivery(row.message, row.recipient)
        if fresh is not None and fresh.state is DeliveryState.WAITING and not fresh.offered_at:
            if row.message in await self._offer(row.recipient, [row]):
                return fresh.state
            fresh = await self._store.delivery(row.message, row.recipient)
        if fresh is None:
            raise DeliveryConflict(expected="a delivery that may be read", found="none")
        return fresh.state


def _place_of(row: DeliveryRow) -> tuple[int, int]:
    """Where it stands in the order of delivery."""
    return -row.lane, row.message
