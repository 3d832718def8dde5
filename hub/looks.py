"""What auditors read of the record, across agencies: whatever they see was recorded before, durably.

They read lives, contents, evidence, receipts, leaves, checkpoints and what was signed; they change nothing. A test goes
over the table of routes: whatever an auditor may call and not everybody leaves a look or an export. Operators get none
of this: they run the axis and need no document for it.
"""

from __future__ import annotations

from hub.acts.look import Auditor, Export, ExportSigned, LookAt, Part, Taken
from hub.admission import Caller
from hub.core.errors import NotFound
from hub.core.ids import number_of
from hub.exchange import Exchange
from hub.store import CheckpointRow, LeafRow, MessageRow

_MOST_BYTES = 8 * 1024 * 1024
"""Objects in one answer, but for the last part of them."""

_PAGE = 256


def auditor(caller: Caller) -> Auditor:
    return Auditor(caller.agency[:100], caller.auth, caller.certificate)


async def find(exchange: Exchange, message_id: str) -> MessageRow:
    """Any agency's message; NotFound when there is none of that identifier."""
    try:
        message = await exchange.store.message(number_of(message_id))
    except ValueError:
        message = None
    if message is None or message.id != message_id:
        raise NotFound(found=message_id[:80])
    return message


async def look(exchange: Exchange, caller: Caller, message_id: str, part: Part) -> MessageRow:
    """The message, once it is on record that this auditor looked at `part` of it."""
    message = await find(exchange, message_id)
    # A crash right here leaves a look on record that nobody had; never a look that is not on record.
    await exchange.sequencer.submit(LookAt(message.number, part, auditor(caller)), receipts=False)
    return message


async def export(exchange: Exchange, caller: Caller, start: int, count: int) -> list[LeafRow]:
    """Leaves with their objects, from `start` on: fewer than `count` where they are large; recorded likewise."""
    last = await exchange.store.last_checkpoint()
    end = min(start + count, last.size if last is not None else 0)
    leaves: list[LeafRow] = []
    size = 0
    while start + len(leaves) < end and size < _MOST_BYTES:
        number = start + len(leaves)
        part = await exchange.store.leaves(number, min(_PAGE, end - number))
        leaves += part
        size += sum(len(leaf.object) for leaf in part)
    if leaves:
        await exchange.sequencer.submit(Export(start, len(leaves), auditor(caller)), receipts=False)
    return leaves


async def look_at_leaf(exchange: Exchange, caller: Caller, leaf: LeafRow) -> None:
    """One evidence, for its receipt: a look at its document, or where it is about none, an export of one leaf."""
    message = await exchange.store.message(leaf.message) if leaf.message is not None else None
    if message is not None:
        await look(exchange, caller, message.id, Part.RECEIPT)
    else:
        await exchange.sequencer.submit(Export(leaf.number, 1, auditor(caller)), receipts=False)


async def checkpoints(exchange: Exchange, caller: Caller, above: int, count: int) -> list[CheckpointRow]:
    """Signed checkpoints of sizes above `above`: when and how much the hub recorded; on record likewise."""
    rows = await exchange.store.checkpoints(above, count)
    if rows:
        act = Export(above, len(rows), auditor(caller), Taken.CHECKPOINTS)
        await exchange.sequencer.submit(act, receipts=False)
    return rows


async def signed(exchange: Exchange, caller: Caller, digest: str) -> bytes:
    """What a recipient signed, by its SHA-256 (hex)."""
    kept = await exchange.store.signed(digest)
    if kept is None:
        raise NotFound(expected="an acknowledgement of that digest", found=digest)
    await exchange.sequencer.submit(ExportSigned(digest, auditor(caller)), receipts=False)
    return kept
