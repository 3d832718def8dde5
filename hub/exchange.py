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
from hashlib import sha256
from typing import TypeVar

from hub import sight
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
from hub.core.directory import Directory
from hub.core.errors import AcknowledgementRefusal, DeliveryConflict, Refusal
from hub.core.evidence import Event
from hub.core.ids import number_of
from hub.core.model import Agency, Millis
from hub.heavy.pool import Heavy
from hub.leases import Leases
from hub.mailboxes import Leased, Mailboxes
from hub.notices import Notices
from hub.offload import finished
from hub.sequencer import Sealed, Sequencer
from hub.store import DeliveryRow, MessageRow, Store
from hub.store.blobs import Blobs, Spool

T = TypeVar("T")

_ON_LOOP = 32 * 1024
"""Bytes up to which a document is verified on the event loop: below, the hop to a thread costs more than it frees."""


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
        self._mailboxes = Mailboxes(store, leases, notices, settings.mailbox, clock)
        self._changing = asyncio.Lock()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="verify")
        self.heavy = Heavy(settings.limits.large_workers, settings.limits.large_seconds)

    def close(self) -> None:
        self.heavy.close()
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
        """By size: here, in a thread, in a process of its own."""
        if body.path is not None and body.size > self.settings.limits.large_bytes:
            return await self.heavy.admit(
                body.path, body.size, body.sha256, caller, self.directory, self.anchors, self.settings, self.clock
            )

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
        return await self._mailboxes.fetch(agency, limit, wait)

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
        message, rows = await sight.visible(self.store, self.directory, caller, message_id)
        sight.check_kept(message)
        states = [await self._mailboxes.hold(row) for row in rows]
        if states and sight.READABLE.isdisjoint(states):
            raise DeliveryConflict(expected="a delivery that may be read", found=states[0].value)
        return message, await self.store.content(message.number)

    async def visible(self, caller: Caller, message_id: str) -> tuple[MessageRow, DeliveryRow | None]:
        """The message, and the caller's delivery of it: none for its sender, a readable one before others."""
        message, rows = await sight.visible(self.store, self.directory, caller, message_id)
        return message, next((row for row in rows if row.state in sight.READABLE), rows[0] if rows else None)

    def represented(self, caller: Caller, code: str) -> Agency:
        """The agency of that code (the caller's own when empty), if the caller may act for it; else Forbidden."""
        return sight.represented(self.directory, caller, code)

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
        return await finished(self._threads, work, *args)
