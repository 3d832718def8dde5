"""Retention: the bytes of old documents are deleted, their evidence never.

Order: the batch says durably that a message's bytes are gone, with evidence; only then the file goes. A crash in
between leaves a file that no row needs, which `fsck --mend` removes. A file goes only when no other message needs the
same bytes. The same bytes cannot come in again as a new message meanwhile: they carry their own identity, which the
row of the deleted one still holds, so they are a repetition.

Signed status messages are counter-signatures: evidence, which stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import msgspec

from hub.acts.retention import ApplyRetention
from hub.core import dsig_proof
from hub.core import evidence as ev
from hub.core.model import Millis
from hub.exchange import Exchange
from hub.store import MessageRow

_PAGE = 256


class Outcome(msgspec.Struct, frozen=True):
    """`documents` whose bytes were deleted (or would be), `bytes` of them in all; `files` removed."""

    documents: int
    bytes: int
    files: int


async def apply(exchange: Exchange, before: Millis, *, dry_run: bool = False) -> Outcome:
    """Delete the bytes of every document accepted before that time which nobody waits for."""
    documents = size = files = after = 0
    while rows := await exchange.store.purgeable(before, after, _PAGE):
        after = rows[-1].number
        gone = rows if dry_run else await _delete(exchange, rows, before)
        documents += len(gone)
        size += sum(row.size for row in gone)
        files += 0 if dry_run else await _remove(exchange, gone)
    return Outcome(documents, size, files)


async def _delete(exchange: Exchange, rows: Iterable[MessageRow], before: Millis) -> list[MessageRow]:
    acts = [(row, ApplyRetention(row.number, before, await _proof(exchange, row))) for row in rows]
    done = await asyncio.gather(*(exchange.sequencer.submit(act, receipts=False) for _, act in acts))
    return [row for (row, _), sealed in zip(acts, done, strict=True) if sealed.answer]


async def _proof(exchange: Exchange, row: MessageRow) -> bytes:
    """What proves the signature of a document that is still there; empty where its acceptance names none."""
    leaf = await exchange.store.leaf(row.leaf)
    mark = ev.decode(leaf.object).signature if leaf is not None else None
    if mark is None or not mark.proof or row.purged_at is not None:
        return b""
    content = await exchange.store.content(row.number)
    path = exchange.blobs.path(row.sha256)

    def read() -> bytes:
        return dsig_proof.of_document(path.read_bytes() if content is None else content)

    return await asyncio.to_thread(read)


async def _remove(exchange: Exchange, gone: Iterable[MessageRow]) -> int:
    """The files of these that no message names any more."""
    digests = {row.sha256 for row in gone if exchange.blobs.path(row.sha256).exists()}
    if not digests:
        return 0
    free = digests - await exchange.store.blobs_named()
    for digest in free:
        exchange.blobs.remove(digest)
    return len(free)
