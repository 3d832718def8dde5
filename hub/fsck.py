"""Check the whole store against itself: every digest, every leaf, every proof, every counter, every orphan.

Read what the hub wrote as a stranger would, from the store alone:

    1  the log        every leaf hashed anew, every full tile, every checkpoint's root and signature
    2  the evidence   each decodes, is canonical, and its `x-seq` chain has no gap and the right hash
    3  the bytes      each message's bytes are there, of the size and SHA-256 that its row names; or they are not, its
                      row says since when, and evidence says so too (RetentionApplied)
    4  the deliveries as many as the message placed, each with the events that its state needs, one terminal at most
    5  the ledger     accepted = waiting + handed over + taken back + refused + expired; mailbox numbers without gaps
    6  what was signed   each acknowledgement that evidence names is there, with that digest
    7  orphans        blobs that no message names, rows whose other half is missing

It yields findings; it mends nothing but orphaned blobs, and those only when asked.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator

import msgspec

from hub.core import evidence as ev
from hub.core import merkle, note
from hub.core.errors import AxisError, ProofInvalid
from hub.core.evidence import Event, Kind
from hub.core.keys import Checkpoint, Verifier
from hub.core.model import DeliveryState, MessageKind
from hub.store import CheckpointRow, DeliveryRow, LeafRow, MessageRow, Store
from hub.store.blobs import Blobs

_PAGE = 2_000
Progress = Callable[[str, int], None]


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong: `what` is a stable word, `where` names the row, file or leaf."""

    what: str
    where: str
    expected: str = ""
    found: str = ""


_EVENT_OF = {
    DeliveryState.HANDED_OVER: Event.CONTENT_HANDOVER.short,
    DeliveryState.TAKEN_BACK: Event.RECALL_CONFIRMED.short,
    DeliveryState.REFUSED: Event.CONSIGNMENT_REJECTION.short,
    DeliveryState.EXPIRED: Event.ACCEPTANCE_REJECTION_EXPIRY.short,
}
_FINAL = frozenset(
    {Event.RECALL_CONFIRMED.short, Event.CONSIGNMENT_REJECTION.short, Event.ACCEPTANCE_REJECTION_EXPIRY.short}
)


class Fsck:
    """One pass over a store that nobody writes to. `verifiers`: the log's public keys."""

    def __init__(self, store: Store, blobs: Blobs, origin: str, verifiers: list[Verifier], progress: Progress) -> None:
        self._store = store
        self._blobs = blobs
        self._origin = origin
        self._verifiers = verifiers
        self._progress = progress
        self._events: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
        self._chain: dict[tuple[str, str], tuple[int, str]] = {}
        self._named: set[str] = set()
        self._statuses: set[str] = set()
        self.counts: Counter[str] = Counter()

    async def run(self) -> AsyncIterator[Fault]:
        async for fault in self._log():
            yield fault
        for fault in await self._counters():
            yield fault
        async for fault in self._messages():
            yield fault
        for fault in await self._ledger():
            yield fault
        async for fault in self._signed():
            yield fault
        for fault in await self._orphans():
            yield fault

    # 1, 2

    async def _log(self) -> AsyncIterator[Fault]:
        tiles: dict[tuple[int, int], bytes] = {}
        tree = merkle.Tree(lambda level, n: tiles[level, n])
        checkpoints = await self._store.checkpoints(0, _PAGE)
        size = 0
        while leaves := await self._store.leaves(size, _PAGE):
            for leaf in leaves:
                if leaf.number != size:
                    yield Fault("leaf-missing", f"leaf {size}", str(size), str(leaf.number))
                    return
                for fault in self._leaf(leaf):
                    yield fault
                tree.append(merkle.leaf_hash(ev.entry(Kind(leaf.kind), leaf.object)))
                size += 1
                while checkpoints and checkpoints[0].size <= size:
                    row = checkpoints.pop(0)
                    for fault in self._checkpoint(row, tree.root() if row.size == size else b""):
                        yield fault
                    if not checkpoints:
                        checkpoints = await self._store.checkpoints(size, _PAGE)
            for level, n, hashes in tree.take_full_tiles():
                tiles[level, n] = hashes
                if await self._store.tile(level, n) != hashes:
                    yield Fault("tile-differs", f"tile {level}/{n}", hashlib.sha256(hashes).hexdigest())
            self._progress("leaves", size)
        self.counts["leaves"] = size
        for row in checkpoints:
            yield Fault("checkpoint-beyond-log", f"checkpoint {row.size}", f"at most {size}", str(row.size))
        last = await self._store.last_checkpoint()
        if size and (last is None or last.size != size):
            yield Fault("leaves-without-checkpoint", f"leaf {last.size if last else 0}", str(size))

    def _checkpoint(self, row: CheckpointRow, root: bytes) -> Iterator[Fault]:
        self.counts["checkpoints"] += 1
        where = f"checkpoint {row.size}"
        if root != row.root:
            yield Fault("root-differs", where, row.root.hex(), root.hex())
        try:
            opened = note.open_note(row.note, self._verifiers)
        except ProofInvalid as error:
            yield Fault("checkpoint-signature", where, error.expected, error.found)
            return
        if opened.checkpoint != Checkpoint(self._origin, row.size, row.root):
            yield Fault("checkpoint-differs", where, self._origin, opened.checkpoint.origin)

    def _leaf(self, leaf: LeafRow) -> Iterator[Fault]:
        where = f"leaf {leaf.number}"
        if leaf.kind != Kind.EVIDENCE:
            return
        try:
            evidence = ev.decode(leaf.object)
        except AxisError as error:
            yield Fault("evidence-unreadable", where, error.expected, error.found)
            return
        if evidence.event.short != leaf.event:
            yield Fault("event-differs", where, evidence.event.short, leaf.event)
        if leaf.message is not None:
            self._events[leaf.message, leaf.recipient][leaf.event] += 1
        if evidence.counter and evidence.counter.digest and leaf.event != Event.RECALL_REQUEST.short:
            self._named.add(evidence.counter.digest.removeprefix("sha-256:"))
        if evidence.sequence is not None:
            yield from self._sequence(evidence.sequence, leaf, where)

    def _sequence(self, sequence: ev.Sequence, leaf: LeafRow, where: str) -> Iterator[Fault]:
        key = (sequence.agency, sequence.direction)
        n, previous = self._chain.get(key, (0, ""))
        if sequence.n != n + 1:
            yield Fault("sequence-gap", where, f"{key[0]} {key[1]} {n + 1}", str(sequence.n))
        if sequence.previous != previous:
            yield Fault("sequence-chain", where, previous, sequence.previous)
        self._chain[key] = (sequence.n, ev.digest_text(leaf.object))

    async def _counters(self) -> list[Fault]:
        faults = []
        for (agency, direction), (n, digest) in self._chain.items():
            kept = await self._store.counter(agency, direction)
            if kept is None or (kept.n, kept.previous) != (n, digest):
                found = f"{kept.n} {kept.previous}" if kept else "none"
                faults.append(Fault("counter-differs", f"{agency} {direction}", f"{n} {digest}", found))
        return faults

    # 3, 4

    async def _messages(self) -> AsyncIterator[Fault]:
        number = 0
        while True:
            message = await self._store.message(number + 1)
            if message is None:
                break
            number += 1
            for fault in await self._message(message):
                yield fault
            if number % 500 == 0:
                self._progress("messages", number)
        self.counts["messages"] = number
        beyond = {message for message, _ in self._events if message > number}
        for missing in sorted(beyond):
            yield Fault("message-missing", f"message {missing}", "a row", "none")

    async def _message(self, message: MessageRow) -> list[Fault]:
        where = f"message {message.number} {message.id}"
        faults = []
        if message.kind is MessageKind.STATUS:
            self._statuses.add(message.sha256)
        data = await self._store.content(message.number)
        purged = self._events[message.number, ""][Event.RETENTION_APPLIED.short]
        if purged != (message.purged_at is not None):
            faults.append(Fault("retention-differs", where, f"{message.purged_at}", f"{purged} RetentionApplied"))
        if data is None:
            path = self._blobs.path(message.sha256)
            data = path.read_bytes() if path.exists() else None
        if message.purged_at is not None:
            if data is not None and (inline or not await self._named_by_another(message)):
                faults.append(Fault("bytes-not-deleted", where, "none", f"{len(data)} bytes"))
        elif data is None:
            faults.append(Fault("bytes-missing", where, message.sha256))
        elif len(data) != message.size or hashlib.sha256(data).hexdigest() != message.sha256:
            faults.append(Fault("bytes-differ", where, message.sha256, hashlib.sha256(data).hexdigest()))
        rows = await self._store.deliveries(message.number)
        self.counts["deliveries"] += len(rows)
        if len(rows) != message.fanout:
            faults.append(Fault("deliveries-missing", where, str(message.fanout), str(len(rows))))
        if (
            message.kind is MessageKind.DOCUMENT
            and not self._events[message.number, ""][Event.SUBMISSION_ACCEPTANCE.short]
        ):
            faults.append(Fault("acceptance-missing", where, "SubmissionAcceptance", "none"))
        for row in rows:
            faults += self._delivery(row, where)
        return faults

    def _delivery(self, row: DeliveryRow, where: str) -> list[Fault]:
        events = self._events[row.message, row.recipient]
        faults = []
        needed = _EVENT_OF.get(row.state)
        if needed is not None and events[needed] != 1:
            faults.append(Fault("event-missing", f"{where} → {row.recipient}", needed, str(events[needed])))
        finals = sum(events[event] for event in _FINAL)
        if finals > 1 or (finals and row.state in (DeliveryState.WAITING, DeliveryState.HANDED_OVER)):
            found = ", ".join(sorted(events & Counter(dict.fromkeys(_FINAL, 9))))
            faults.append(Fault("state-contradicts-evidence", f"{where} → {row.recipient}", row.state.value, found))
        return faults

    # 5, 6, 7

    async def _ledger(self) -> list[Fault]:
        return [
            Fault("ledger-difference", f"{t.agency} {t.kind}", str(t.accepted), str(t.accepted - t.difference))
            for t in await self._store.tallies()
            if t.difference
        ]

    async def _signed(self) -> AsyncIterator[Fault]:
        # A status message is its own counter-signature: its bytes were compared as a message.
        for digest in sorted(self._named - self._statuses):
            kept = await self._store.signed(digest)
            if kept is None:
                yield Fault("acknowledgement-missing", digest, "its bytes", "none")
            elif hashlib.sha256(kept).hexdigest() != digest:
                yield Fault("acknowledgement-differs", digest, digest, hashlib.sha256(kept).hexdigest())

    async def _orphans(self) -> list[Fault]:
        named = await self._store.blobs_named()
        return [Fault("blob-orphan", name) for name in self._blobs.names() if name not in named]
