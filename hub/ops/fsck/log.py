"""The log in the store: its objects as an auditor checks them, and every row that it is kept in.

The objects' promises about each other are `hub.core.audit.log`. Here: that leaves are without a gap, that the columns
beside an object are those of the object, that each checkpoint is signed over the root computed again, that full
tiles are kept and no others, that cosigned notes and time stamps belong to their checkpoints.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from hashlib import sha256

from hub import appointments as appoint_act
from hub.core.audit.findings import Findings
from hub.core.audit.log import LogCheck
from hub.core.audit.record import UNPROVED, kind_of
from hub.core.directory import log as directory_log
from hub.core.directory.log import CertificateChange, EntriesChange
from hub.core.errors import ProofInvalid
from hub.core.evidence import account_roles, maintenance, pauses
from hub.core.evidence import format as ev
from hub.core.evidence.format import ENTRY_VERSION, Event, Evidence, Kind
from hub.core.ids import number_of
from hub.core.log import note, seal
from hub.core.log.keys import Checkpoint, Verifier
from hub.core.log.merkle import TILE_HEIGHT, TILE_WIDTH
from hub.core.model import Millis, from_iso_utc
from hub.core.signature import foreign, jws
from hub.ops.fsck.faults import PAGE, Fault, Progress, differing, of
from hub.record.acts import directory as directory_act
from hub.store import CheckpointRow, LeafRow, MaintenanceRow, Store
from hub.upkeep import manifests as manifest_act
from hub.upkeep import timestamps as timestamp_act

_EVENTS = {
    Kind.DIRECTORY: directory_act.EVENT,
    Kind.MANIFEST: manifest_act.EVENT,
    Kind.TIMESTAMP: timestamp_act.EVENT,
    Kind.STATEMENT: appoint_act.EVENT,
}
_OF_BOTH = frozenset({Event.SUBMISSION_ACCEPTANCE, Event.RECALL_REQUEST})
"""Events that name recipients and belong to the document as a whole."""


class LogPass:
    """After `run`: the log's word on the other tables."""

    def __init__(self, store: Store, origin: str, verifiers: list[Verifier], progress: Progress) -> None:
        self._store = store
        self._origin = origin
        self._verifiers = verifiers
        self._progress = progress
        self._findings = Findings()
        self._checkpoints: list[CheckpointRow] = []  # those still to be met
        self._read_to = 0
        self._cosigners: dict[int, set[str]] = defaultdict(set)  # size → its signers, as the table says
        self._notes: dict[int, bytes] = {}  # cosigned notes still to be met
        self._seen: set[int] = set()
        self._diverged = False
        self.chains: dict[tuple[str, str], tuple[int, str]] = {}
        self.entries: dict[str, str] = {}  # agency → digest of its entry, as last logged
        self.acknowledged: set[str] = set()  # digests of recipients' signed objects and of proofs kept, in hex
        self.brought: dict[int, Evidence] = {}  # by leaf, of data that services brought
        self._proofs: dict[int, str] = {}
        self.stamps: set[int] = set()
        self.locked_out: dict[str, tuple[int, str]] = {}
        self.maintenance: MaintenanceRow | None = None
        self.last_message = 0
        self.counts: Counter[str] = Counter()

    async def run(self) -> AsyncGenerator[Fault, None]:
        check = LogCheck.begin(self._origin, self._findings, objects=True)
        self._notes = {row.size: row.note for row in await self._store.cosigned(0, 1 << 62)}
        for witness, size in await self._store.rows("cosignature", "witness", "size"):
            self._cosigners[size].add(witness)
        async for fault in self._leaves(check):
            yield fault
        async for fault in self._ends(check.tree.size):
            yield fault
        if check.record is not None:
            check.record.finish(None)
            if unproved := check.record.counts[UNPROVED]:
                self.counts[UNPROVED] = unproved
            chains = check.record.save().chains
            self.chains = {(a, d): (link.n, link.digest) for a, links in chains.items() for d, link in links.items()}
        for fault in of(self._findings):
            yield fault
        self.counts["leaves"] = check.tree.size

    async def _leaves(self, check: LogCheck) -> AsyncIterator[Fault]:
        """Up to the first one that is missing: later ones cannot be judged."""
        size = 0
        while leaves := await self._store.leaves(size, PAGE):
            await self._read_checkpoints(leaves[-1].number + 1)
            for batch in self._batches(leaves):
                if batch[0].number != size:
                    yield Fault("leaf-missing", f"leaf {size}", str(size), str(batch[0].number))
                    return
                size += len(batch)
                for fault in await self._batch(check, batch):
                    yield fault
            self._progress("leaves", size)

    async def _batch(self, check: LogCheck, batch: list[LeafRow]) -> list[Fault]:
        faults = [fault for leaf in batch for fault in self._row(leaf)]
        for level, n, hashes in check.add([_entry(leaf) for leaf in batch], [leaf.object for leaf in batch]):
            found = await self._store.tile(level, n)
            if found != hashes:
                kept = _digest(found) if found else "none"
                faults.append(Fault("tile-differs", f"tile {level}/{n}", _digest(hashes), kept))
        return faults + await self._covered(batch, check.tree.size, check.tree.root())

    def _batches(self, leaves: list[LeafRow]) -> Iterator[list[LeafRow]]:
        """The leaves cut where a checkpoint lies or a number is missing."""
        cuts = {row.size for row in self._checkpoints}
        batch: list[LeafRow] = []
        for leaf in leaves:
            if batch and (leaf.number in cuts or leaf.number != batch[-1].number + 1):
                yield batch
                batch = []
            batch.append(leaf)
        if batch:
            yield batch

    # checkpoints

    async def _covered(self, batch: list[LeafRow], size: int, root: bytes) -> list[Fault]:
        """The checkpoint of that size, where there is one; it has the time of every leaf of its batch."""
        signed = self._notes.pop(size, None)
        covering = self._checkpoints[0].root if self._checkpoints and self._checkpoints[0].size == size else root
        faults = self._witnessed(size, signed, covering) if signed is not None else []
        while self._checkpoints and self._checkpoints[0].size <= size:
            row = self._checkpoints.pop(0)
            self.counts["checkpoints"] += 1
            faults += await self._checkpoint(row, batch, size, root)
        return faults

    async def _read_checkpoints(self, until: int) -> None:
        """All up to that size are known afterwards, and so is where every batch of the leaves before it ends."""
        while self._read_to < until and (rows := await self._store.checkpoints(self._read_to, PAGE)):
            self._checkpoints += rows
            self._read_to = rows[-1].size

    async def _checkpoint(self, row: CheckpointRow, batch: list[LeafRow], size: int, root: bytes) -> list[Fault]:
        where = f"checkpoint {row.size}"
        if row.size < size:
            return [Fault("checkpoint-inside-batch", where, str(size), str(row.size))]
        faults = self._root(row, batch, root)
        faults += [*self._note(row.note, size, row.root), *await self._seal(row, where)]
        other = next((leaf for leaf in batch if leaf.at != row.at), None)
        if other is not None:
            faults.append(Fault("leaf-time", f"leaf {other.number}", f"the time of {where}: {row.at}", str(other.at)))
        return faults

    def _root(self, row: CheckpointRow, batch: list[LeafRow], root: bytes) -> list[Fault]:
        """Told once, where it begins: after one wrong leaf every later root is another."""
        if row.root == root or self._diverged:
            return []
        self._diverged = True
        where = f"checkpoint {row.size}, leaf {batch[0].number} to leaf {batch[-1].number}"
        return [Fault("root-differs", where, row.root.hex(), root.hex())]

    def _note(self, signed: bytes, size: int, root: bytes) -> Iterator[Fault]:
        where = f"checkpoint {size} note"
        try:
            opened = note.open_note(signed, self._verifiers)
        except ProofInvalid as error:
            yield Fault("checkpoint-signature", where, error.expected, error.found)
            return
        if opened.checkpoint != Checkpoint(self._origin, size, root):
            yield Fault("checkpoint-differs", where, f"{self._origin} {root.hex()}", opened.checkpoint.origin)

    async def _seal(self, row: CheckpointRow, where: str) -> list[Fault]:
        """The X.509 seal, where one was made: by a certificate that was kept, over this checkpoint at its time."""
        if not row.seal:
            return []
        try:
            kept = await self._store.x509(jws.unverified_kid(row.seal))
            if kept is None:
                raise ProofInvalid(expected="a certificate that was kept", found="none")
            certificate = foreign.certificate(kept.der)
            at = seal.verify(row.seal, certificate, Checkpoint(self._origin, row.size, row.root))
        except (ProofInvalid, ValueError) as error:
            return [Fault("seal-invalid", f"{where} seal", "a seal over it", str(error)[:200])]
        return [Fault("seal-invalid", f"{where} seal", str(row.at), str(at))] if at != row.at else []

    def _witnessed(self, size: int, signed: bytes, root: bytes) -> list[Fault]:
        """A cosigned note: good signatures over that checkpoint, by the log and by those that the table names."""
        self.counts["cosigned"] += 1
        self._seen.add(size)
        where = f"cosigned {size}"
        try:
            opened = note.open_note(signed, self._verifiers)
        except ProofInvalid as error:
            return [Fault("cosignature", where, error.expected, error.found)]
        own = {verifier.id for verifier in self._verifiers if verifier.name == self._origin}
        lines = {f"{line.name}+{line.key_id.hex()}" for line in note.parse(signed).lines}
        found = (opened.checkpoint, bool(lines & own), lines - own)
        expected = (Checkpoint(self._origin, size, root), True, self._cosigners.get(size, set()))
        return [] if found == expected else [Fault("cosigned-differs", where, str(expected)[:300], str(found)[:300])]

    async def _ends(self, size: int) -> AsyncIterator[Fault]:
        last = await self._store.last_checkpoint()
        if size and (last is None or last.size != size):
            yield Fault("leaves-without-checkpoint", f"leaf {last.size if last else 0}", str(size))
        await self._read_checkpoints(1 << 62)
        for row in self._checkpoints:
            yield Fault("checkpoint-beyond-log", f"checkpoint {row.size}", f"at most {size}", str(row.size))
        for other in sorted(self._notes.keys() | (self._cosigners.keys() - self._seen)):
            yield Fault("cosigned-without-checkpoint", f"cosigned {other}", "a checkpoint and a note", "not both")
        expected = set(_full_tiles(size))
        for level, n in await self._store.rows("tile", "level", "n"):
            if (level, n) not in expected:
                yield Fault("tile-orphan", f"tile {level}/{n}", f"a tile of {size} leaves", "none")
        sizes = {r[0] for r in await self._store.rows("checkpoint", "size")}
        for stamped, leaf in await self._store.rows("timestamp", "size", "leaf"):
            if leaf not in self.stamps or stamped not in sizes:
                yield Fault("timestamp-orphan", f"timestamp {stamped}", "its checkpoint and its leaf", str(leaf))

    # rows

    def _row(self, leaf: LeafRow) -> list[Fault]:
        """The columns beside the object, held against the object; unreadable objects are told by the audit."""
        where = f"leaf {leaf.number}"
        kind = kind_of(_entry(leaf))
        if kind is None:
            return [Fault("leaf-kind", where, "a known kind", str(leaf.kind))]
        try:
            if kind is Kind.EVIDENCE:
                return self._evidence(where, leaf, ev.decode(leaf.object))
            recipient = self._directory(leaf) if kind is Kind.DIRECTORY else ""
            event = _EVENTS.get(kind, leaf.event)
            if kind is Kind.STATEMENT and pauses.is_one(leaf.object):
                event, recipient = pauses.EVENT, self._pause(leaf)
            if kind is Kind.STATEMENT and account_roles.is_one(leaf.object):
                event = account_roles.EVENT
            if kind is Kind.STATEMENT and maintenance.is_one(leaf.object):
                event, recipient = maintenance.EVENT, self._maintained(leaf)
        except ProofInvalid:
            return []
        if kind is Kind.TIMESTAMP:
            self.stamps.add(leaf.number)
        pairs: list[tuple[str, object, object]] = [
            ("event", event, leaf.event),
            ("message", None, leaf.message),
            ("recipient", recipient, leaf.recipient),
        ]
        return differing(where, "leaf-differs", pairs)

    def _pause(self, leaf: LeafRow) -> str:
        pause = pauses.decode(leaf.object)
        if pause.agency and not pause.until:
            self.locked_out[pause.agency] = (from_iso_utc(pause.since), pause.why)
        elif pause.agency:
            self.locked_out.pop(pause.agency, None)
        return pause.agency

    def _maintained(self, leaf: LeafRow) -> str:
        said = maintenance.decode(leaf.object)
        self.maintenance = None
        if not said.until:
            since, expected = from_iso_utc(said.since), from_iso_utc(said.expected) if said.expected else Millis(0)
            self.maintenance = MaintenanceRow(since=since, by=said.by, expected=expected, reason=said.reason)
        return ""

    def _directory(self, leaf: LeafRow) -> str:
        change = directory_log.decode(leaf.object)
        if isinstance(change, EntriesChange):
            self.entries |= {entry.agency: entry.digest for entry in change.entries}
            return ""
        return change.agency if isinstance(change, CertificateChange) else ""

    def _evidence(self, where: str, leaf: LeafRow, evidence: Evidence) -> list[Fault]:
        message = _number(evidence.message)
        if message is not None:
            self.last_message = max(self.last_message, message)
        named = [r.identifier for r in evidence.recipients]
        alone = evidence.event not in _OF_BOTH and len(named) == 1
        counter = evidence.counter
        if counter and counter.digest and evidence.status is None:
            self.acknowledged.add(counter.digest.removeprefix("sha-256:"))
        if message is not None and evidence.event is Event.SUBMISSION_ACCEPTANCE and evidence.signature:
            self._proofs[message] = evidence.signature.proof.removeprefix("sha-256:")
        if evidence.event is Event.DATA_BROUGHT and evidence.sender is not None:
            self.brought[leaf.number] = evidence
        if message is not None and evidence.event is Event.RETENTION_APPLIED:
            self.acknowledged |= {self._proofs.get(message, "")} - {""}
        pairs: list[tuple[str, object, object]] = [
            ("event", evidence.event.short, leaf.event),
            ("at", evidence.at, leaf.at),
            ("message", message, leaf.message),
            ("recipient", named[0] if alone else "", leaf.recipient),
        ]
        return differing(where, "leaf-differs", pairs)


def _entry(leaf: LeafRow) -> bytes:
    return bytes((ENTRY_VERSION, leaf.kind & 0xFF)) + sha256(leaf.object).digest()


def _number(message: str) -> int | None:
    try:
        return number_of(message) if message else None
    except ValueError:
        return -1


def _full_tiles(size: int) -> Iterator[tuple[int, int]]:
    level, count = 0, size >> TILE_HEIGHT
    while count:
        yield from ((level, n) for n in range(count))
        level, count = level + 1, count // TILE_WIDTH


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
