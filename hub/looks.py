"""What auditors read of the record, across agencies: whatever they see was recorded before, durably.

They read lives, contents, evidence and leaves; they change nothing. Operators get none of this: they run the axis and
need no document for it.
"""

from __future__ import annotations

from hub.acts.look import Auditor, Export, LookAt, Part
from hub.admission import Caller
from hub.core.errors import NotFound
from hub.core.ids import number_of
from hub.exchange import Exchange
from hub.store import LeafRow, MessageRow

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
