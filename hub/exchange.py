"""The story of a document on the axis. Read this file first.

    accept        bytes → claimed → verified → routed → recorded, and only then answered, with a receipt
    fetch         the mailbox in its order, each document leased to one worker at a time
    acknowledge   the recipient signs for the digests that it holds: handed over
    take back     by status 13 or a message of type 1: one never offered disappears, else the recipient is asked
    status        01..06, 15, 16 of the recipient, matched, held against the table, passed on to the sender
    succession    for an ended agency's documents, its successor does all of this in its place
    sweep         documents not fetched in time: a warning, then expiry

Deciding is pure (`hub.core`, `hub.admission.admit`), recording is one act in one batch (`hub.record.acts`,
`hub.record.sequencer`); here they meet. A take-back and a status are messages too: they come in through `accept`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

import msgspec

from hub import access
from hub.access import Seen
from hub.admission import packets
from hub.admission.door import Door
from hub.admission.examine import Examiner
from hub.admission.submission import Caller, Submission
from hub.base import failpoint
from hub.base.config import Settings
from hub.core import typed
from hub.core.directory import log as directory_log
from hub.core.directory.check import refuse, reserved_problems
from hub.core.directory.log import DelegationsChange
from hub.core.directory.routing import Acting, Directory
from hub.core.directory.snapshot import WhileSuspended
from hub.core.edxml.detail import Detail
from hub.core.errors import DirectoryRefusal, Refusal
from hub.core.evidence import handover, pauses
from hub.core.evidence.format import Event
from hub.core.ids import number_or_0
from hub.core.model import Agency, Millis
from hub.core.signature.anchors import Anchors
from hub.core.wire.signatures import Signatures
from hub.delivery.contacts import Contacts
from hub.delivery.mailboxes import Leased, Reading
from hub.programmes.folding import Folded
from hub.programmes.riding import Programme, Ridden
from hub.record.acts.delivery import Acknowledge, Acknowledged, Item, RunOut
from hub.record.acts.directory import ChangeDirectory, DeclareDelegations
from hub.record.acts.document import AcceptDocument
from hub.record.acts.incoming import Accepted
from hub.record.acts.maintain import Maintain
from hub.record.acts.presence import BEAT_MS, Access, Beat
from hub.record.acts.refusal import RecordRefusal
from hub.record.acts.status import AcceptStatus
from hub.record.record import Record
from hub.record.sequencer import Recorder, Sealed
from hub.store import DeliveryRow, MaintenanceRow, MessageRow, Side
from hub.store.programmes import Programmes


class Indexing(Protocol):
    """The keeper of the index of a search."""

    @property
    def behind(self) -> int:
        """Documents that were not in it when it was last looked at."""

    async def caught_up(self, seconds: float) -> int:
        """Once all documents accepted until now are in it, or that much time has passed: how many documents are not."""


class Followed(Protocol):
    """The keeper of programmes' cases."""

    @property
    def programmes(self) -> Mapping[str, Programme]:
        """Those that this hub has, by their names."""

    @property
    def behind(self) -> int:
        """Documents that were not taken in when it was last looked at."""

    async def caught_up(self, seconds: float) -> int:
        """Once all documents accepted until now are taken in, or that much time has passed: how many are not."""

    @property
    def lost(self) -> str:
        """Why the store of cases cannot be used now; empty while it can."""

    async def is_up(self, seconds: float) -> bool:
        """Whether all that was accepted until now is taken in, after that much time at most."""

    async def took(self, brought: int, seconds: float) -> bool:
        """Whether bodies of sync services up to that number are taken in, after that much time at most."""

    async def foretold(self, ridden: Ridden, told: Detail) -> Folded:
        """The effect of a document that is not accepted yet."""

    async def rebuild(self) -> None:
        """Throw away the derived cases; they are made again from the first document on."""


class Leaders(Protocol):
    """The reader of signatures inside attachments."""

    @property
    def store(self) -> Programmes:
        """Its findings, as cases and counts."""

    @property
    def reads(self) -> bool:
        """Whether this hub reads attachments at all."""

    @property
    def behind(self) -> int:
        """Documents that were not looked at when it was last looked."""

    @property
    def lost(self) -> str:
        """Why its store cannot be used now; empty while it can."""

    async def of(self, message: MessageRow) -> Signatures:
        """Signatures inside the attachments of a document, as far as they are known now."""

    async def caught_up(self, seconds: float) -> int:
        """Once all documents accepted until now were looked at, or that much time has passed: how many were not."""

    async def rebuild(self) -> None:
        """Throw the findings away; all files are read again."""


class Exchange:
    """The verbs of the axis over one record. `directory` and `anchors` are snapshots, replaced as a whole; `on_change`
    hears of entries that changed; `reserved` are public keys that can be no agency's; `indexing` is None where nobody
    searches, `following` where nobody asks programmes, `leaders` where nobody asks for signatures."""

    def __init__(
        self, record: Record, mailboxes: Reading, settings: Settings, directory: Directory, anchors: Anchors
    ) -> None:
        self.record = record
        self.store, self.blobs, self.sequencer, self.clock = record
        self.mailboxes = mailboxes
        self.notices, self.leases = mailboxes.notices, mailboxes.leases
        self.settings = settings
        self.directory = directory
        self.anchors = anchors
        self.on_change: Callable[[Sequence[Agency]], None] = lambda changed: None
        self.reserved: frozenset[bytes] = frozenset()
        self.indexing: Indexing | None = None
        self.following: Followed | None = None
        self.leaders: Leaders | None = None
        self.contacts = Contacts()
        self._changing = asyncio.Lock()
        self._beaten: Millis | None = None
        self.examiner = Examiner(settings, self.clock)
        self.door = Door()

    def close(self) -> None:
        self.examiner.close()

    async def accept(self, submission: Submission, recorder: Recorder | None = None) -> Sealed[Accepted]:
        """Accept this message, or raise the refusal; both leave evidence, whose receipt goes with it. `recorder`: its
        place in a line (`hub.record.line`), where it does not stand alone."""
        recorder = recorder or self.sequencer
        self.clock.stamp()  # ClockInDoubt: nobody's certificate is judged by a clock that may be wrong
        try:
            self.door.check(self.clock)
            act = await self.examiner.examine(submission, self.directory, self.anchors)
            self.door.check(self.clock)  # it may have been shut meanwhile
            sealed = await (
                self._kept(act, submission, recorder) if submission.spool.in_file else _submit(act, recorder)
            )
        except Refusal as refusal:
            before = await self._record(refusal, submission, recorder)
            if before is None:
                raise
            return before
        if self.following is None or not packets.has_packets(act):
            return sealed
        if packets.too_large(act):
            return packets.unread(sealed)
        programmes, at = self.following.programmes, self.clock()
        work = packets.notices_of(submission, programmes, self.directory, at)
        return packets.with_notices(sealed, await self.examiner.in_thread(work))

    async def _kept(
        self, act: AcceptDocument | AcceptStatus, submission: Submission, recorder: Recorder
    ) -> Sealed[Accepted]:
        """With its bytes in a file, durable before the row that names it, and gone again where the record refuses."""
        # A crash after this leaves a file that no row names; never a row without its file.
        self.blobs.claim(submission.sha256)
        named = True  # where nothing else is certain
        try:
            await self.examiner.in_thread(self.blobs.keep, submission.spool)
            failpoint.hit("accept.kept")
            return await _submit(act, recorder)
        except Refusal:
            named = False
            raise
        finally:
            self.blobs.settle(submission.sha256, named=named)

    async def _record(self, refusal: Refusal, submission: Submission, recorder: Recorder) -> Sealed[Accepted] | None:
        """Put it on record; unless these very bytes were accepted before, by other rules: then that acceptance."""
        # Bytes that were never kept as a file were never accepted as one: nothing hostile is read for that.
        known = not submission.spool.in_file or self.blobs.path(submission.sha256).exists()
        claims = await self.examiner.claimed(submission, self.directory) if known else ("", "")
        self.contacts.refused(submission.caller.agency, refusal.code, self.clock())
        act = RecordRefusal(
            agency=submission.caller.agency,
            auth=submission.caller.auth,
            code=refusal.code,
            found=refusal.found,
            sha256=submission.sha256,
            submitted_at=self.clock(),
            sender=claims[0],
            identity=claims[1],
        )
        answer, receipts = await recorder.submit(act)
        if isinstance(answer, Accepted):
            return Sealed(answer, receipts)
        refusal.facts["receipt"] = receipts[answer]
        return None

    def acting(self, caller: Caller, code: str) -> Acting:
        """In whose place the caller acts: as `access.acting`, which raises Forbidden."""
        return access.acting(self.directory, caller, code, self.clock())

    def represented(self, caller: Caller, code: str) -> Agency:
        """The agency of that code (the caller's own when empty), if the caller may act for it or succeeded it; else
        Forbidden."""
        return self.acting(caller, code).agency

    def fetch(
        self, caller: Caller, recipient: str, limit: int, wait: float, *, content: bool = False
    ) -> Coroutine[Any, Any, list[Leased]]:
        """Up to `limit` documents that wait for the recipient or whom it took over, leased; when there are none, wait
        up to `wait` seconds for one. `content`: with the bytes of those that the store itself holds, up to
        `limits.fetch_bytes` in all. Forbidden, at once, where the caller does not act for it."""
        acting = self.acting(caller, recipient)
        most = self.settings.limits.fetch_bytes if content else 0
        return self.mailboxes.fetch(acting.agency.code, limit, wait, most, acting.inherited)

    async def acknowledge(self, caller: Caller, recipient: str, token: str) -> Sealed[tuple[Acknowledged, ...]]:
        """Record the recipient's signed acknowledgement of any number of documents; each item has its own outcome."""
        at = self.clock.stamp()
        acting = access.acting(self.directory, caller, recipient, at)
        signed = handover.verified(token, caller.agency, acting, self.directory, self.anchors, at)
        own = signed.signer == acting.agency.code  # it may sign for the documents it took over as well
        act = Acknowledge(
            recipient=acting.agency.code,
            items=tuple(Item(*item) for item in signed.items),
            signed=token.encode(),
            digest=signed.digest,
            stand_in=caller.agency if acting.agency.suspended else "",
            signer=signed.signer,
            certificate=signed.certificate,
            heir="" if own else acting.heir,
            inherited=acting.inherited if own or not acting.heir else (),
        )
        return await self._acknowledge(act)

    async def acknowledge_unsigned(
        self, caller: Caller, recipient: str, items: Sequence[tuple[str, str]]
    ) -> Sealed[tuple[Acknowledged, ...]]:
        """The same for a client that cannot sign: the evidence says so, and how the client was authenticated."""
        acting = self.acting(caller, recipient)
        act = Acknowledge(
            recipient=acting.agency.code,
            items=tuple(
                Item(message, sha256, Event.CONTENT_HANDOVER, number_or_0(message)) for message, sha256 in items
            ),
            unsigned=caller.auth,
            stand_in=caller.agency if acting.agency.suspended else "",
            heir=acting.heir,
            inherited=() if acting.heir else acting.inherited,
        )
        return await self._acknowledge(act)

    async def _acknowledge(self, act: Acknowledge) -> Sealed[tuple[Acknowledged, ...]]:
        sealed = await self.sequencer.submit(act)
        failpoint.hit("acknowledge.recorded")
        self.mailboxes.release(act, sealed.answer)
        return sealed

    async def seen(self, caller: Caller, name: str, side: Side = Side.BOTH) -> Seen:
        """An agency's view of the message of that name (`access.find`); NotFound where that is nothing."""
        return await access.seen(self.store, self.directory, caller, name, self.clock(), side)

    async def find(self, name: str) -> MessageRow:
        """Anybody's message of that name: for auditors, whose looks are on record, and for the holder of the store
        itself."""
        return await access.find(self.store, self.directory, name, lambda: None)

    async def visible(self, caller: Caller, name: str, side: Side = Side.BOTH) -> tuple[MessageRow, DeliveryRow | None]:
        """The message of that name, and the caller's delivery of it: none for its sender."""
        seen = await self.seen(caller, name, side)
        return seen.message, seen.delivery

    async def readable(self, caller: Caller, name: str) -> Seen:
        """A message whose bytes the caller may read."""
        seen = await self.seen(caller, name)
        seen.check_bytes()
        return seen

    @asynccontextmanager
    async def reading(self, seen: Seen) -> AsyncIterator[bytes | None]:
        """For as long as its bytes are on their way, which may begin to leave inside the block: the bytes as received,
        or None for those that lie in `blobs.path(message.sha256)`. A waiting document is on record as offered before,
        and held until the block ends; a take-back has to ask for it from then on."""
        async with AsyncExitStack() as held:
            states = [await held.enter_async_context(self.mailboxes.hold(row)) for row in seen.mine]
            access.check_readable(states)
            yield await self.store.content(seen.message.number)

    async def content(self, caller: Caller, name: str) -> tuple[MessageRow, bytes | None]:
        """The message and its bytes, as `reading` has them, for callers that have them at once."""
        seen = await self.readable(caller, name)
        async with self.reading(seen) as inline:
            return seen.message, inline

    async def sweep(self) -> int:
        """Act on every deadline that has passed, none in maintenance; the number of deliveries looked at."""
        rows = await self.store.due(self.clock(), 500) if self.door.row is None else []
        if rows:
            failpoint.hit("sweep.due")
        expire = self.settings.mailbox.expire_after
        acts = [RunOut(message=r.message, recipient=r.recipient, expire_after=expire(r.lane)) for r in rows]
        await asyncio.gather(*(self.sequencer.submit(act, receipts=False) for act in acts))
        return len(rows)

    async def declare_delegations(self) -> int:
        """Put delegations on record where an earlier version has not; all at once, so that any leaf of that kind tells
        that it was done. The number of delegations."""
        steps = directory_log.delegation_steps((None, agency) for agency in self.directory)
        if not steps.began:
            return 0
        for leaf in await self.store.certificate_leaves(""):
            if isinstance(directory_log.decode(leaf.object), DelegationsChange):
                return 0
        return (await self.sequencer.submit(DeclareDelegations(steps), receipts=False)).answer

    async def beat(self) -> None:
        """A sign of life, now and then; after a long absence the record says so, and nobody is charged for it."""
        at = self.clock()
        if self._beaten is not None and self._beaten <= at < self._beaten + BEAT_MS:
            return
        everyone = self._access(self.directory, self.directory) if self._beaten is None else None
        act = Beat(
            minimum=self.settings.mailbox.pause_minimum_ms,
            expire_after=self.settings.mailbox.expire_all,
            locked_out=tuple(access for access in everyone if access.why) if everyone is not None else None,
        )
        await self.sequencer.submit(act, receipts=False)
        self._beaten = at

    async def maintain(
        self, *, on: bool, by: str, expected: Millis | None = None, reason: str = ""
    ) -> MaintenanceRow | None:
        """Take no message from now on, or again; how it stands then. When this returns, everything that was taken is on
        record."""
        typed.check({"reason": reason})
        act = Maintain(
            on=on,
            by=by,
            expected=expected or Millis(0),
            reason=reason,
            minimum=self.settings.mailbox.pause_minimum_ms,
            expire_after=self.settings.mailbox.expire_all,
        )
        async with self._changing:
            before = self.door.row
            if on and before is None:  # first: a document taken before the act stands before it in the queue
                self.door.put(MaintenanceRow(since=self.clock(), by=by, expected=act.expected, reason=reason))
            try:
                row = (await self.sequencer.submit(act, receipts=False)).answer
            except BaseException:
                self.door.put(before)
                raise
            self.door.put(row)
        return row

    @staticmethod
    def _access(directory: Directory, agencies: Iterable[Agency]) -> tuple[Access, ...]:
        reads = directory.policy.suspended is WhileSuspended.CENTRE
        return tuple(Access(a.code, pauses.locked_out(a, centre_reads=reads)) for a in agencies)

    def would_change(self, given: Sequence[Agency]) -> int:
        """How many entries `change_directory` would change. DirectoryRefusal where it would refuse."""
        refuse(reserved_problems(given, self.directory.get, self.reserved))
        directory = self.directory.with_changes(given)
        return sum(self.directory.get(agency.code) != directory[agency.code] for agency in given)

    async def change_directory(
        self, changed: Sequence[Agency], by: str, upon: Mapping[str, Agency | None] | None = None
    ) -> int:
        """Add or replace entries; every change of a certificate becomes a leaf of the log. The number of changes.
        `upon`: the entries as the caller saw them; DirectoryRefusal where one of them is another by now."""
        async with self._changing:
            if upon is not None and any(self.directory.get(code) != seen for code, seen in upon.items()):
                raise DirectoryRefusal(expected="the entries as they were shown", found="changed meanwhile")
            refuse(reserved_problems(changed, self.directory.get, self.reserved))
            directory = self.directory.with_changes(list(changed))
            act = msgspec.structs.replace(
                ChangeDirectory.between(self.directory, changed, by),
                access=self._access(directory, [directory[agency.code] for agency in changed]),
                minimum=self.settings.mailbox.pause_minimum_ms,
                expire_after=self.settings.mailbox.expire_all,
            )
            sealed = await self.sequencer.submit(act, receipts=False)
            failpoint.hit("directory.recorded")
            self.directory = directory
            self.on_change(changed)
        return sealed.answer


async def _submit(act: AcceptDocument | AcceptStatus, recorder: Recorder) -> Sealed[Accepted]:
    return await recorder.submit(act, act.incoming.priority)
