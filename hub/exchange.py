"""The story of a document on the axis. Read this file first.

    accept        bytes → claimed → verified → routed → recorded, and only then answered, with a receipt
    fetch         the mailbox in its order, each document leased to one worker at a time
    acknowledge   the recipient signs for the digests that it holds: handed over
    take back     by status 13 or a message of type 1: what was never fetched disappears, the rest is asked for
    status        01..06, 15, 16 of the recipient, matched, held against the table, passed on to the sender
    sweep         what nobody fetched in time: a warning, then expiry

Deciding is pure (`hub.core`, `hub.admission`), recording is one act in one batch (`hub.acts`, `hub.sequencer`); here
they meet. A take-back and a status are messages too: they come in through `accept`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from typing import TypeVar

import msgspec

from hub.acts.directory import ChangeDirectory
from hub.acts.document import AcceptDocument
from hub.acts.incoming import Accepted
from hub.acts.mailbox import Acknowledge, Acknowledged, Item, RunOut
from hub.acts.refusal import RecordRefusal
from hub.acts.status import AcceptStatus
from hub.admission import Caller, admit, keys_of
from hub.config import Settings
from hub.core import acknowledgement
from hub.core.anchors import Anchors
from hub.core.directory import Directory, may_act_for
from hub.core.errors import AcknowledgementRefusal, DeliveryConflict, Forbidden, NotFound, PayloadGone, Refusal
from hub.core.evidence import Event
from hub.core.ids import number_of
from hub.core.model import Agency, DeliveryState, Millis, iso_utc
from hub.leases import Leases
from hub.notices import Notices
from hub.sequencer import Sealed, Sequencer
from hub.store import DeliveryRow, InboxEntry, MessageRow, Store
from hub.store.blobs import Blobs, Spool

T = TypeVar("T")

_ON_LOOP = 32 * 1024
"""Bytes up to which a document is verified on the event loop: below, the hop to a thread costs more than it frees."""

_READABLE = frozenset({DeliveryState.WAITING, DeliveryState.HANDED_OVER, DeliveryState.REFUSED})


class Leased(msgspec.Struct, frozen=True):
    """A document handed to one worker until `until`; after that it is offered again unless acknowledged."""

    entry: InboxEntry
    until: Millis


def check_kept(message: MessageRow) -> None:
    """PayloadGone where retention has deleted the message's bytes."""
    if message.purged_at is not None:
        raise PayloadGone(found=f"deleted {iso_utc(message.purged_at)}", message=message.id)


class Exchange:
    """The verbs of the axis over one store. `directory` and `anchors` are snapshots, replaced as a whole."""

    def __init__(
        self,
        store: Store,
        blobs: Blobs,
        sequencer: Sequencer,
        notices: Notices,
        leases: Leases,
        settings: Settings,
        clock: Callable[[], Millis],
        directory: Directory,
        anchors: Anchors,
    ) -> None:
        self.store = store
        self.blobs = blobs
        self.sequencer = sequencer
        self.notices = notices
        self.leases = leases
        self.settings = settings
        self.clock = clock
        self.directory = directory
        self.anchors = anchors
        self._changing = asyncio.Lock()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="verify")

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def accept(self, body: Spool, caller: Caller) -> Sealed[Accepted]:
        """Accept the message in `body`, or raise the refusal; both leave evidence, whose receipt goes with it."""
        try:
            act = await self._off_loop_if_large(body, caller)
            if body.in_file:
                # A crash after this leaves a file that no row names; never a row without its file.
                await self._in_thread(self.blobs.keep, body)
            return await self.sequencer.submit(act, act.incoming.priority)
        except Refusal as refusal:
            await self._record(refusal, body, caller)
            raise

    async def _off_loop_if_large(self, body: Spool, caller: Caller) -> AcceptDocument | AcceptStatus:
        def work() -> AcceptDocument | AcceptStatus:
            return admit(body.read(), body.sha256, caller, self.directory, self.anchors, self.settings, self.clock())

        return work() if body.size <= _ON_LOOP else await self._in_thread(work)

    async def _record(self, refusal: Refusal, body: Spool, caller: Caller) -> None:
        act = RecordRefusal(
            agency=caller.agency,
            auth=caller.auth,
            code=refusal.code,
            found=refusal.found,
            sha256=body.sha256,
            submitted_at=self.clock(),
        )
        sealed = await self.sequencer.submit(act)
        refusal.facts["receipt"] = sealed.receipts[sealed.answer]

    async def fetch(self, agency: str, limit: int, wait: float) -> list[Leased]:
        """Up to `limit` waiting documents, leased; when there are none, wait up to `wait` seconds for one."""
        loop = asyncio.get_running_loop()
        end = loop.time() + min(wait, self.settings.mailbox.wait_seconds)
        with self.notices.subscribed([agency]) as subscription:
            while True:
                leased = await self._lease(agency, limit)
                left = end - loop.time()
                if leased or left <= 0 or subscription.closed:
                    return leased
                lapse = self.leases.next_end(agency)
                pause = left if lapse is None else min(left, max(0.001, (lapse - self.clock()) / 1000))
                await subscription.wait(pause)
                subscription.drain()

    async def _lease(self, agency: str, limit: int) -> list[Leased]:
        leased: list[Leased] = []
        skipped = 0
        while True:
            active = self.leases.active(agency, self.clock())
            room = min(limit - len(leased), self.leases.most - active)
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
            seen = self.leases.ended(agency)
            entries = await self.store.inbox(agency, DeliveryState.WAITING, limit)
            if seen == self.leases.ended(agency):
                return entries

    def _take(self, agency: str, entries: Sequence[InboxEntry], room: int) -> list[Leased]:
        at = self.clock()
        until = self._lease_end(at)
        leased: list[Leased] = []
        for entry in entries:
            if len(leased) == room:
                break
            # A pending take-back keeps it from being offered anew; the sweep ends it when its lease has lapsed.
            if entry.delivery.pending is None and self.leases.take(agency, entry.message.number, until, at):
                leased.append(Leased(entry, until))
        return leased

    def _lease_end(self, at: Millis) -> Millis:
        return Millis(at + int(self.settings.mailbox.lease_seconds * 1000))

    async def acknowledge(self, caller: Caller, recipient: str, token: str) -> Sealed[tuple[Acknowledged, ...]]:
        """Record the recipient's signed acknowledgement of any number of documents; each item has its own outcome."""
        agency = self.represented(caller, recipient)
        at = self.clock()
        signed = acknowledgement.verify(token, keys_of(self.directory, self.anchors, (agency.code, caller.agency), at))
        if signed.recipient != agency.code:
            raise AcknowledgementRefusal(expected=f"recipient {agency.code}", found=signed.recipient)
        act = Acknowledge(
            recipient=agency.code,
            items=tuple(Item(i.message_id, i.sha256, i.event.event) for i in signed.items),
            signed=token.encode(),
            digest=sha256(token.encode()).hexdigest(),
        )
        return await self._acknowledge(act)

    async def acknowledge_unsigned(
        self, caller: Caller, recipient: str, items: Sequence[tuple[str, str]]
    ) -> Sealed[tuple[Acknowledged, ...]]:
        """The same for a client that cannot sign: the evidence says so, and how the client was authenticated."""
        agency = self.represented(caller, recipient)
        act = Acknowledge(
            recipient=agency.code,
            items=tuple(Item(message, sha256, Event.CONTENT_HANDOVER) for message, sha256 in items),
            unsigned=caller.auth,
        )
        return await self._acknowledge(act)

    async def _acknowledge(self, act: Acknowledge) -> Sealed[tuple[Acknowledged, ...]]:
        sealed = await self.sequencer.submit(act)
        for done in sealed.answer:
            if done.refusal is None:
                self.leases.release(act.recipient, number_of(done.message))
        return sealed

    async def content(self, caller: Caller, message_id: str) -> tuple[MessageRow, bytes | None]:
        """The message and its bytes as received; None for bytes that lie in `blobs.path(message.sha256)`.

        A recipient that reads a waiting document holds it from then on: a take-back has to ask for it.
        """
        message, rows = await self._visible(caller, message_id)
        check_kept(message)
        states = [await self._held(row) for row in rows]
        if states and _READABLE.isdisjoint(states):
            raise DeliveryConflict(expected="a delivery that may be read", found=states[0].value)
        return message, await self.store.content(message.number)

    async def _held(self, row: DeliveryRow) -> DeliveryState:
        """Its state; where it waits, leased to the reader from before the state was read."""
        if row.state is not DeliveryState.WAITING:
            return row.state
        at = self.clock()
        leased = self.leases.take(row.recipient, row.message, self._lease_end(at), at)
        fresh = await self.store.delivery(row.message, row.recipient)
        if fresh is None or not (leased or self.leases.holds(row.recipient, row.message, at)):
            raise DeliveryConflict(expected="a delivery that may be read", found="one that is just ending")
        if leased and fresh.state is not DeliveryState.WAITING:
            self.leases.release(row.recipient, row.message)
        return fresh.state

    async def visible(self, caller: Caller, message_id: str) -> tuple[MessageRow, DeliveryRow | None]:
        """The message where the caller is its sender (no delivery) or a recipient (its delivery, one that may be read
        before others where it acts for several); else NotFound."""
        message, rows = await self._visible(caller, message_id)
        return message, next((row for row in rows if row.state in _READABLE), rows[0] if rows else None)

    async def _visible(self, caller: Caller, message_id: str) -> tuple[MessageRow, list[DeliveryRow]]:
        try:
            number = number_of(message_id)
        except ValueError:
            raise NotFound(found=message_id[:80]) from None
        message = await self.store.message(number)
        if message is not None and message.id == message_id:
            if may_act_for(self.directory, caller.agency, message.sender):
                return message, []
            rows = await self.store.deliveries(number)
            if mine := [row for row in rows if may_act_for(self.directory, caller.agency, row.recipient)]:
                return message, mine
        raise NotFound(found=message_id[:80])

    def represented(self, caller: Caller, code: str) -> Agency:
        """The agency of that code (the caller's own when empty), if the caller may act for it; else Forbidden."""
        agency = self.directory.get(code or caller.agency)
        if agency is None or not may_act_for(self.directory, caller.agency, agency.code):
            raise Forbidden(expected=f"{caller.agency} or an agency that it acts for", found=code)
        return agency

    async def sweep(self) -> int:
        """Act on every deadline that has passed; the number of deliveries looked at."""
        rows = await self.store.due(self.clock(), 500)
        expire = self.settings.mailbox.expire_after
        acts = [RunOut(message=r.message, recipient=r.recipient, expire_after=expire(r.lane)) for r in rows]
        await asyncio.gather(*(self.sequencer.submit(act, receipts=False) for act in acts))
        return len(rows)

    async def change_directory(self, changed: Sequence[Agency], by: str) -> int:
        """Add or replace entries; every change of a certificate becomes a leaf of the log. The number of changes."""
        async with self._changing:
            directory = self.directory.with_changes(list(changed))
            act = ChangeDirectory.between(self.directory, changed, by)
            sealed = await self.sequencer.submit(act, receipts=False)
            self.directory = directory
        return sealed.answer

    async def _in_thread(self, work: Callable[..., T], *args: object) -> T:
        """Ends when the work has ended, also when the caller went away meanwhile: only then may its spool be closed,
        whose descriptor would else be another file's."""
        working = asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait([working])
            if not working.cancelled():
                working.exception()
            raise
