"""Makes the bundle of a document: gathers what `hub.core.bundle.contents` describes from the store, and proves it.

The checkpoint is the newest that the witnesses have in common and that covers the document's evidence; where none of
them has got that far, the newest of the log. Proofs are made some at a time on the store's thread, so that no batch
waits for a large export. Nothing is judged here: what is wrong in the record is for the verifier to find.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import IO, Final

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding

from hub.access import check_kept
from hub.base.config import LimitSettings
from hub.base.runtime import finished
from hub.core.bundle import contents as bundles
from hub.core.bundle.contents import Bundle, named, numbered
from hub.core.bundle.log import write_proof
from hub.core.directory import log as directory_log
from hub.core.directory.log import DelegationsChange
from hub.core.errors import BadRequest, IntegrityAlarm, Overloaded, TooLarge, TooMany, Unavailable
from hub.core.evidence import format as ev
from hub.core.evidence.format import Evidence, Kind
from hub.core.evidence.receipt import Receipt
from hub.core.ids import number_or_0
from hub.core.log import timestamp
from hub.core.model import MessageKind, from_iso_utc
from hub.core.signature import jws
from hub.core.signature import proof as dsig_proof
from hub.evidence_export.parts import Item, ended_among, held, hub_seal, in_use, represented, stand_ins
from hub.exchange import Exchange
from hub.record.log import Log
from hub.store import CheckpointRow, LeafRow, MessageRow, TimestampRow, Transaction, X509Row

MOST_EVIDENCE = 20_000
_CHUNK = 32
_RETRY: Final = 5.0


class Wish(msgspec.Struct, frozen=True):
    """recipients  whose part of the life; empty: all
    document    with the document's own bytes
    statuses    with the signed status messages, which name people
    """

    recipients: frozenset[str] = frozenset()
    document: bool = False
    statuses: bool = True


def _nameless(folder: Path) -> IO[bytes]:
    """A file that is gone when it is closed, or with the process. Made under a name that goes at once: not every file
    system, nor every library that stands before the system, knows files that never had one."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".bundle-")
    os.unlink(name)
    return os.fdopen(descriptor, "w+b")


class Exports:
    """Makes bundles into files without a name, which end with their reader or with the process.

    A few are made at a time, for each holds a document and its life in memory meanwhile; `limits.exports` and
    `limits.exports_per_caller` bound how many there are from being asked for until their last byte has left."""

    def __init__(self, exchange: Exchange, journal: Log, limits: LimitSettings, at_once: int = 2) -> None:
        self._exchange = exchange
        self._log = journal
        self._limits = limits
        self._room = asyncio.Semaphore(at_once)
        self._of: Counter[str] = Counter()
        self._folder = Path(exchange.settings.hub.data)

    @asynccontextmanager
    async def made(self, whose: str, message: MessageRow, wish: Wish) -> AsyncIterator[IO[bytes]]:
        """The bundle as `export` describes it, in a file until the block ends. TooMany where this caller has as many as
        it may, Overloaded where all have."""
        self._check(whose)
        self._of[whose] += 1
        try:
            with _nameless(self._folder) as file:
                async with self._room:
                    bundle = await gathered(self._exchange, self._log, message, wish)
                    await finished(None, _written, file, bundle)
                    del bundle
                yield file
        finally:
            self._of[whose] -= 1
            if not self._of[whose]:
                del self._of[whose]

    def _check(self, whose: str) -> None:
        each, most = self._limits.exports_per_caller, self._limits.exports
        if self._of[whose] >= each:
            raise TooMany(retry_after=_RETRY, expected=f"at most {each} bundles at a time", found="more")
        if self._of.total() >= most:
            raise Overloaded(retry_after=_RETRY, expected=f"at most {most} bundles at a time", found="more")


async def export(exchange: Exchange, journal: Log, message: MessageRow, wish: Wish) -> bytes:
    """The bundle. BadRequest for a status message, TooLarge for a life of too many events (ask for fewer recipients),
    PayloadGone where the document is wanted and was deleted."""
    bundle = await gathered(exchange, journal, message, wish)
    try:
        return await asyncio.to_thread(bundles.write, bundle)
    except ValueError as error:
        raise _too_large(error) from None


async def gathered(exchange: Exchange, journal: Log, message: MessageRow, wish: Wish) -> Bundle:
    """What `export` writes; its errors."""
    if message.kind is not MessageKind.DOCUMENT:
        raise BadRequest(expected="a document", found="a status message: export the document that it is about")
    if wish.document:
        check_kept(await exchange.store.message(message.number) or message)
    return await _Exporter(exchange, journal, message, wish).gather()


def _written(file: IO[bytes], bundle: Bundle) -> None:
    try:
        file.writelines(bundles.pieces(bundle))
        file.flush()
    except ValueError as error:
        raise _too_large(error) from None
    except OSError as error:
        raise Unavailable(found=f"a bundle's file: {error.strerror}") from error


def _too_large(error: ValueError) -> TooLarge:
    return TooLarge(expected=f"a bundle of at most {bundles.MAX_BUNDLE} bytes", found=str(error))


class _Exporter:
    """One export; `members` grows by one part after the other."""

    def __init__(self, exchange: Exchange, journal: Log, message: MessageRow, wish: Wish) -> None:
        self._exchange = exchange
        self._store = exchange.store
        self._log = journal
        self._message = message
        self._wish = wish
        self.members: dict[str, bytes] = {}

    async def gather(self) -> Bundle:
        items = await self._life()
        main = await self._checkpoint(items[-1].leaf.number)
        self.members[bundles.CHECKPOINT] = main.note
        firsts = await self._evidence(items, main)
        stamps = await self._timestamps(items, main)
        await self._checkpoints({row.size for row in firsts} | {row.size for row in stamps}, main)
        self._seals(items, firsts)
        await self._main_seal(items, main)
        await self._counters(items)
        requests = await self._requests(items, main)
        await self._proofs([items[0].evidence, *(evidence for _, evidence in requests)], requests)
        await self._directory(items, main)
        await self._credentials(items, firsts, stamps)
        if self._wish.document:
            self.members[bundles.DOCUMENT] = await self._bytes(self._message)
        return Bundle(self._message.id, tuple(sorted(self._wish.recipients)), self.members)

    async def _life(self) -> list[Item]:
        """The evidence that is wanted, by leaf."""
        wanted = self._wish.recipients
        leaves = [
            leaf
            for leaf in await self._store.timeline(self._message.number)
            if leaf.kind == Kind.EVIDENCE and (not wanted or not leaf.recipient or leaf.recipient in wanted)
        ]
        if len(leaves) > MOST_EVIDENCE:
            raise TooLarge(expected=f"at most {MOST_EVIDENCE} events; name recipients", found=f"{len(leaves)}")
        if not leaves:
            raise IntegrityAlarm(expected=f"evidence of {self._message.id}", found="none")
        return [Item(leaf, ev.decode(leaf.object)) for leaf in leaves]

    # the log

    async def _checkpoint(self, last: int) -> CheckpointRow:
        """What everything is proved under: its note is cosigned where it can be."""
        names = [verifier.id for verifier in self._log.witnesses]
        rows = [row for name in names if (row := await self._store.last_cosigned(name)) is not None]
        common = min((row.size for row in rows), default=0)
        found = next((row for row in rows if row.size == common), None)
        if found is None or common <= last:
            found = await self._store.last_cosigned()
        plain = await self._first(found.size - 1) if found is not None and found.size > last else None
        if plain is not None and found is not None:
            return msgspec.structs.replace(plain, note=found.note)
        newest = await self._store.last_checkpoint()
        if newest is None:
            raise IntegrityAlarm(expected="a checkpoint", found="none")
        return newest

    async def _first(self, leaf: int) -> CheckpointRow:
        """The first checkpoint that covers a leaf."""
        row = await self._store.checkpoint_covering(leaf)
        if row is None:
            raise IntegrityAlarm(expected=f"leaf {leaf} under a checkpoint", found="none")
        return row

    async def _evidence(self, items: Sequence[Item], main: CheckpointRow) -> list[CheckpointRow]:
        """Each evidence under the newest checkpoint and in its first receipt; the checkpoints of these."""
        firsts: list[CheckpointRow] = []

        def prove(tx: Transaction, part: Sequence[Item]) -> None:
            for item in part:
                number, first = item.leaf.number, tx.checkpoint_covering(item.leaf.number)
                if first is None:
                    raise IntegrityAlarm(expected=f"leaf {number} under a checkpoint", found="none")
                for place, row in (("evidence", main), ("receipts", first)):
                    proof = tuple(self._log.inclusion(tx, number, row.size))
                    receipt = Receipt(evidence=item.leaf.object, index=number, proof=proof, note=row.note)
                    self.members[numbered(place, number, "tlog-proof")] = receipt.encode()
                firsts.append(first)

        for start in range(0, len(items), _CHUNK):
            part = items[start : start + _CHUNK]
            await self._store.inspect(lambda tx, part=part: prove(tx, part))  # type: ignore[misc]
        return firsts

    async def _prove(self, place: str, name: int, leaf: int, main: CheckpointRow) -> None:
        proof = await self._store.inspect(lambda tx: self._log.inclusion(tx, leaf, main.size))
        receipt = Receipt(evidence=b"", index=leaf, proof=tuple(proof), note=main.note)
        self.members[numbered(place, name, "tlog-proof")] = receipt.encode()

    async def _timestamps(self, items: Sequence[Item], main: CheckpointRow) -> list[TimestampRow]:
        """For each evidence the first time stamp that covers it, where it lies within the bundle's checkpoint."""
        found: dict[int, TimestampRow] = {}
        for item in items:
            if any(row.size > item.leaf.number for row in found.values()):
                continue  # by leaf: what covers an earlier one and this too covers this one first
            row = await self._store.timestamp_covering(item.leaf.number)
            if row is None or row.size > main.size:
                break  # and so it is for all that come after
            found[row.size] = row
        for row in found.values():
            token = await self._store.leaf(row.leaf)
            if token is None:
                raise IntegrityAlarm(expected=f"the token in leaf {row.leaf}", found="none")
            self.members[numbered("timestamps", row.size, "tst")] = token.object
            if row.leaf < main.size:
                await self._prove("timestamps", row.size, row.leaf, main)
        return list(found.values())

    async def _checkpoints(self, sizes: Collection[int], main: CheckpointRow) -> None:
        """Each earlier checkpoint with its consistency."""
        for size in sorted(set(sizes) - {main.size}):
            row = await self._first(size - 1)
            proof = await self._store.inspect(lambda tx, size=size: self._log.consistency(tx, size, main.size))  # type: ignore[misc]
            self.members[numbered("checkpoints", size, "note")] = row.note
            self.members[numbered("checkpoints", size, "proof")] = write_proof(proof)

    def _seals(self, items: Sequence[Item], firsts: Sequence[CheckpointRow]) -> None:
        for item, row in zip(items, firsts, strict=True):
            if row.seal and item.evidence.issuer.certificate_digest:
                self.members[numbered("seals", row.size, "jws")] = row.seal.encode()

    async def _main_seal(self, items: Sequence[Item], main: CheckpointRow) -> None:
        """That of the newest checkpoint, while the hub's seal is one that this evidence names."""
        if main.seal and jws.unverified_kid(main.seal) in {hub_seal(item.evidence) for item in items}:
            self.members[numbered("seals", main.size, "jws")] = main.seal.encode()

    # who signed

    async def _counters(self, items: Sequence[Item]) -> None:
        for item in items:
            counter = item.evidence.counter
            if counter is None or not counter.digest:
                continue
            digest = counter.digest.removeprefix("sha-256:")
            if item.evidence.status is None:
                kept = await self._store.signed(digest)
                if kept is not None:
                    self.members[named("counters", digest, "jws")] = kept
            elif self._wish.statuses:
                status = await self._store.message(number_or_0(item.evidence.status.message))
                if status is not None:
                    self.members[named("counters", digest, "edxml")] = await self._bytes(status)

    async def _requests(self, items: Sequence[Item], main: CheckpointRow) -> list[tuple[MessageRow, Evidence]]:
        """The documents that took this one back, with their acceptances; their bytes for those who may see them: the
        sender, auditors, and whom they were addressed to."""
        found: dict[int, tuple[MessageRow, Evidence]] = {}
        for item in items:
            recall = item.evidence.recall
            request = await self._store.message(number_or_0(recall.message)) if recall is not None else None
            if request is None or request.kind is not MessageKind.DOCUMENT or request.number in found:
                continue
            leaf = await self._store.leaf(request.leaf)
            if leaf is None or request.number == self._message.number:
                continue
            proof = await self._store.inspect(lambda tx, n=leaf.number: self._log.inclusion(tx, n, main.size))  # type: ignore[misc]
            receipt = Receipt(evidence=leaf.object, index=leaf.number, proof=tuple(proof), note=main.note)
            self.members[numbered("requests", leaf.number, "tlog-proof")] = receipt.encode()
            found[request.number] = (request, ev.decode(leaf.object))
            if await self._may_see(request, recall.cause if recall is not None else ""):
                self.members[named("counters", request.sha256, "edxml")] = await self._bytes(request)
        return list(found.values())

    async def _may_see(self, request: MessageRow, cause: str) -> bool:
        if request.purged_at is not None or not self._wish.statuses:
            return False
        addressed = {row.recipient for row in await self._store.deliveries(request.number)}
        return cause == "recall" or self._wish.recipients <= addressed

    async def _proofs(self, accepted: Sequence[Evidence], requests: Sequence[tuple[MessageRow, Evidence]]) -> None:
        """What proves the signature of each document whose bytes are not enclosed."""
        rows = [self._message, *(row for row, _ in requests)]
        for given, evidence in zip(rows, accepted, strict=True):
            row = await self._store.message(given.number) or given
            proof = evidence.signature.proof.removeprefix("sha-256:") if evidence.signature else ""
            enclosed = named("counters", row.sha256, "edxml") in self.members
            if not proof or enclosed or (self._wish.document and given is self._message):
                continue
            kept = await self._store.signed(proof)
            if kept is None and row.purged_at is None:
                kept = await asyncio.to_thread(dsig_proof.of_document, await self._bytes(row))
            if kept is not None:
                self.members[named("signatures", proof, "json")] = kept

    async def _bytes(self, message: MessageRow) -> bytes:
        data = await self._store.content(message.number)
        if data is None:
            path = self._exchange.blobs.path(message.sha256)
            try:
                data = await asyncio.to_thread(path.read_bytes)
            except OSError as error:
                raise IntegrityAlarm(expected=f"the bytes of {message.id}", found=error.strerror or "none") from None
        return data

    async def _directory(self, items: Sequence[Item], main: CheckpointRow) -> None:
        """Every change of the certificates of those who signed, and where one signed for another every change of who
        acts for that one, as far as the checkpoint goes."""
        for agency in sorted(await self._signers(items)):
            for leaf in await self._store.certificate_leaves(agency):
                await self._change(leaf, main)
        acting = ended_among(self._exchange.directory, items) | represented(items)
        for leaf in await self._store.certificate_leaves("") if acting else ():
            change = directory_log.decode(leaf.object)
            if isinstance(change, DelegationsChange) and any(one.agency in acting for one in change.delegations):
                await self._change(leaf, main)

    async def _change(self, leaf: LeafRow, main: CheckpointRow) -> None:
        if leaf.number < main.size:
            self.members[numbered("directory", leaf.number, "json")] = leaf.object
            await self._prove("directory", leaf.number, leaf.number, main)

    async def _signers(self, items: Sequence[Item]) -> set[str]:
        """Sender, who counter-signed, for whom and in whose place, and the centres that may have signed for them."""
        signers = {self._message.sender}
        for counter in (item.evidence.counter for item in items):
            signers |= {counter.by, counter.signer} if counter is not None else set()
        signers |= stand_ins(items)
        directory = self._exchange.directory
        centres = {agency.centre for code in signers if (agency := directory.get(code)) is not None}
        strange = self._kids().difference(*(held(directory.get(code)) for code in signers | centres))
        owners = {agency.code for agency in directory if strange & held(agency)} if strange else set()
        return (signers | centres | owners) - {""}

    def _kids(self) -> set[str]:
        """The certificates that the acknowledgements name."""
        return {
            jws.unverified_kid(data.decode())
            for name, data in self.members.items()
            if name.startswith("counters/") and name.endswith(".jws")
        }

    # certificates and lists

    async def _credentials(
        self, items: Sequence[Item], firsts: Sequence[CheckpointRow], stamps: Sequence[TimestampRow]
    ) -> None:
        wanted = self._kids() | {hub_seal(item.evidence) for item in items}
        wanted |= {mark.certificate.removeprefix("sha-256:") for i in items if (mark := i.evidence.signature)}
        wanted |= {c.certificate.removeprefix("sha-256:") for i in items if (c := i.evidence.counter)}
        for digest in sorted(wanted - {""}):
            der = await self._certificate(digest)
            if der is not None:
                self.members[named("certificates", digest, "cer")] = der
        tokens = [data for name, data in self.members.items() if name.endswith(".tst")]
        authorities = [row.der for row in await self._store.x509_of("authority")]
        authorities += [ca.public_bytes(Encoding.DER) for ca in self._exchange.anchors.intermediates]
        travelling = chain.from_iterable(timestamp.certificates_of(token) for token in tokens)
        for der in (*authorities, *(c.public_bytes(Encoding.DER) for c in travelling)):
            self.members[named("certificates", sha256(der).hexdigest(), "cer")] = der
        times = {item.evidence.at for item in items} | {row.at for row in firsts} | {row.at for row in stamps}
        times |= {from_iso_utc(i.evidence.submission_time) for i in items if i.evidence.submission_time}
        for row in in_use(await self._lists(), times):
            self.members[named("crls", row.sha256, "crl")] = row.der

    async def _certificate(self, digest: str) -> bytes | None:
        kept = await self._store.x509(digest)
        if kept is not None:
            return kept.der
        certificates = (c for agency in self._exchange.directory for c in agency.certificates)
        return next((c.der for c in certificates if c.sha256 == digest), None)

    async def _lists(self) -> list[X509Row]:
        """Every list that was kept, and those in use now."""
        now = [crl.public_bytes(Encoding.DER) for crl in self._exchange.anchors.crls]
        rows = await self._store.x509_of("crl")
        known = {row.sha256 for row in rows}
        at = self._exchange.clock()
        return rows + [X509Row(d, "crl", der, at) for der in now if (d := sha256(der).hexdigest()) not in known]
