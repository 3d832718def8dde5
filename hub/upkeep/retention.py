"""Retention: the bytes of old documents are deleted, their evidence never.

Order: the batch says durably that a message's bytes are gone, with evidence; only then the file goes. A crash in
between leaves a file that no row needs, which `fsck --mend` removes. A file goes only when no other message needs the
same bytes. The same bytes cannot come in again as a new message meanwhile: they carry their own identity, which the
row of the deleted one still holds, so they are a repetition.

Signed status messages are counter-signatures: evidence, which stays.

Delete the bytes of a document whose time is over. Its life stays proved: its evidence, the statements signed for it,
and evidence of the deletion itself, in the chain of its sender.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from hashlib import sha256

import msgspec

from hub.core.errors import IntegrityAlarm, NotFound
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event
from hub.core.evidence.statement import Said
from hub.core.model import DeliveryState, MessageKind, Millis, iso_utc
from hub.core.signature import proof as dsig_proof
from hub.programmes.onestop.reducing import reduced
from hub.programmes.onestop.sync import Facts
from hub.programmes.riding import carries_packet
from hub.programmes.working_days import vietnam
from hub.record.evidence_writer import EvidenceWriter
from hub.record.record import Record
from hub.store import MessageRow


class ApplyRetention(msgspec.Struct, frozen=True):
    """Documents accepted before `before` go. The answer is False, and nothing is written, where the message is none of
    those: it is gone already, somebody still waits for it, or a take-back awaits its answer. `proof`: the proof of its
    signature, as its acceptance names it; that outlives it, or nothing is deleted."""

    message: int
    before: Millis
    proof: bytes = b""

    def run(self, writer: EvidenceWriter) -> tuple[bool, tuple[int, ...]]:
        message = writer.tx.message(self.message)
        if message is None:
            raise NotFound(found=str(self.message))
        wanted = any(
            row.state is DeliveryState.WAITING or row.pending is not None
            for row in writer.tx.deliveries(message.number)
        )
        young = message.accepted_at >= self.before
        if message.kind is not MessageKind.DOCUMENT or wanted or young:
            return False, ()
        self._check_proof(writer, message)
        if not writer.tx.purge(self.message, writer.at):
            return False, ()
        if self.proof:
            writer.tx.keep_signed(sha256(self.proof).hexdigest(), self.proof)
        written = writer.evidence(
            Event.RETENTION_APPLIED,
            message,
            Said(
                reasons=[("ACCEPTED_BEFORE", iso_utc(self.before))],
            ),
            owner=(message.sender, "out"),
        )
        return True, (written.leaf,)

    def _check_proof(self, writer: EvidenceWriter, message: MessageRow) -> None:
        first = writer.row(message.leaf)
        mark = ev.decode(first.object).signature if first is not None else None
        found = ev.digest_text(self.proof) if self.proof else ""
        if mark is not None and mark.proof != found:
            raise IntegrityAlarm(expected=f"the proof {mark.proof or 'of none'} of {message.id}", found=found or "none")


class ReduceBrought(msgspec.Struct, frozen=True):
    """Put `body`, which reads to the same facts and names no person, in the place of the bytes that a sync service
    brought. The answer is False where that was done before. The evidence of the bytes as received stays as it is."""

    number: int
    body: bytes

    def run(self, writer: EvidenceWriter) -> tuple[bool, tuple[int, ...]]:
        return writer.tx.reduce_brought(self.number, self.body, writer.at), ()


_PAGE = 256


class Outcome(msgspec.Struct, frozen=True):
    """`documents` whose bytes were deleted (or would be), `bytes` of them in all; `files` removed; `kept`: documents
    with a data packet, whose time is over as well. `brought`: bodies of sync services that were reduced to their facts
    (or would be); `brought_kept`: those that would read differently then, and stay."""

    documents: int
    bytes: int
    files: int
    kept: int = 0
    brought: int = 0
    brought_kept: int = 0


async def apply(record: Record, before: Millis, *, dry_run: bool = False) -> Outcome:
    """Delete the bytes of every document accepted before that time which nobody waits for. Those that carry data for a
    programme stay: what is derived of them has to be derived again from them, and from nothing else."""
    documents = size = files = after = kept = 0
    while found := await record.store.purgeable(before, after, _PAGE):
        after = found[-1].number
        details = await record.store.details([row.number for row in found])
        rows = [row for row in found if row.number not in details or not carries_packet(details[row.number])]
        kept += len(found) - len(rows)
        gone = rows if dry_run else await _delete(record, rows, before)
        documents += len(gone)
        size += sum(row.size for row in gone)
        files += 0 if dry_run else await _remove(record, gone)
    return Outcome(documents, size, files, kept)


async def reduce(record: Record, before: Millis, *, dry_run: bool = False) -> Outcome:
    """Of every body that a sync service brought before that time only the facts stay that cases are made of. A rebuild
    reads them instead of the bytes, and makes the same: each is compared before the bytes go."""
    done = kept = number = 0
    while found := await record.store.brought_whole(before, number, _PAGE):
        number = found[-1].number
        for row in found:
            units = msgspec.json.decode(row.facts, type=Facts).units
            body = await asyncio.to_thread(reduced, row.body, units, vietnam())
            if body is None:
                kept += 1
            elif dry_run or (await record.recorder.submit(ReduceBrought(row.number, body), receipts=False)).answer:
                done += 1
    return Outcome(0, 0, 0, brought=done, brought_kept=kept)


async def _delete(record: Record, rows: Iterable[MessageRow], before: Millis) -> list[MessageRow]:
    acts = [(row, ApplyRetention(row.number, before, await _proof(record, row))) for row in rows]
    done = await asyncio.gather(*(record.recorder.submit(act, receipts=False) for _, act in acts))
    return [row for (row, _), sealed in zip(acts, done, strict=True) if sealed.answer]


async def _proof(record: Record, row: MessageRow) -> bytes:
    """The proof of the signature of a document that is still there; empty where its acceptance names none."""
    leaf = await record.store.leaf(row.leaf)
    mark = ev.decode(leaf.object).signature if leaf is not None else None
    if mark is None or not mark.proof or row.purged_at is not None:
        return b""
    content = await record.store.content(row.number)
    path = record.blobs.path(row.sha256)

    def read() -> bytes:
        return dsig_proof.of_document(path.read_bytes() if content is None else content)

    return await asyncio.to_thread(read)


async def _remove(record: Record, gone: Iterable[MessageRow]) -> int:
    """The files of these that no message names any more."""
    digests = {row.sha256 for row in gone if record.blobs.path(row.sha256).exists()}
    if not digests:
        return 0
    free = digests - await record.store.blobs_named()
    for digest in free:
        record.blobs.remove(digest)
    return len(free)
