"""Who may see which message: its sender, its recipients, the centres that act for them, and the successors of those
that have ended. Nobody else is told that it exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from hub.admission.submission import Caller
from hub.core.directory.routing import Directory, stands_for
from hub.core.errors import DeliveryConflict, Forbidden, NotFound, PayloadGone
from hub.core.ids import number_of
from hub.core.model import Agency, DeliveryState, iso_utc
from hub.store import DeliveryRow, MessageRow, Store

READABLE: Final = frozenset({DeliveryState.WAITING, DeliveryState.HANDED_OVER})
"""States in which a recipient may read the bytes. What it refused it gave back with that (NĐ 30/2020 Art. 21.2)."""


async def visible(
    store: Store, directory: Directory, caller: Caller, message_id: str, on: date
) -> tuple[MessageRow, list[DeliveryRow]]:
    """The message where the caller is its sender (then no deliveries) or a recipient (then its own); else NotFound."""
    try:
        number = number_of(message_id)
    except ValueError:
        raise NotFound(found=message_id[:80]) from None
    message = await store.message(number)
    if message is not None and message.id == message_id:
        if stands_for(directory, caller.agency, message.sender, on):
            return message, []
        rows = await store.deliveries(number)
        if mine := [row for row in rows if stands_for(directory, caller.agency, row.recipient, on)]:
            return message, mine
    raise NotFound(found=message_id[:80])


def represented(directory: Directory, caller: Caller, code: str, on: date) -> Agency:
    """The agency of that code (the caller's own when empty), if the caller may act for it or succeeded it; else
    Forbidden."""
    agency = directory.get(code or caller.agency)
    if agency is None or not stands_for(directory, caller.agency, agency.code, on):
        raise Forbidden(expected=f"{caller.agency} or an agency that it acts for", found=code)
    return agency


def check_readable(states: Sequence[DeliveryState]) -> None:
    """DeliveryConflict where none of a recipient's deliveries may be read; a sender has none and may."""
    if states and READABLE.isdisjoint(states):
        raise DeliveryConflict(expected="a delivery that may be read", found=states[0].value)


def check_kept(message: MessageRow) -> None:
    """PayloadGone where retention has deleted the message's bytes."""
    if message.purged_at is not None:
        raise PayloadGone(found=f"deleted {iso_utc(message.purged_at)}", message=message.id)
