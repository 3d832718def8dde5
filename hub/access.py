"""Who may see which message: its sender, its recipients, the centres that act for them, and the successors of those
that have ended. Nobody else is told that it exists. And which page of the console is whose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hub.admission.submission import Caller
from hub.core.directory.routing import Directory, stands_for
from hub.core.errors import DeliveryConflict, Forbidden, NotFound, PayloadGone
from hub.core.ids import number_of
from hub.core.model import Agency, DeliveryState, iso_utc
from hub.store import DeliveryRow, MessageRow, Store

READABLE: Final = frozenset({DeliveryState.WAITING, DeliveryState.HANDED_OVER})
"""States in which a recipient may read the bytes. What it refused it gave back with that (NĐ 30/2020 Art. 21.2)."""


class Role(StrEnum):
    """Of a person who signs in to the console; each account has one."""

    OPERATOR = "operator"  # runs the axis, and reads no document
    AUDITOR = "auditor"  # reads everything, each look on record
    CLERK = "clerk"  # of one agency
    ADMINISTRATOR = "administrator"  # of accounts


class Right(StrEnum):
    """What a page of the console shows, or an act on it does."""

    ANYONE = "anyone"  # signed in or not
    SELF = "self"  # one's own session, password and second factor
    FLOW = "flow"  # how much of what goes from where to where, what waits, what fails; no word of a document
    DOCUMENTS = "documents"  # finding documents; what of each is shown, `visible` and auditing decide
    AGENCIES = "agencies"  # how an agency fares: certificates, fetches, refusals
    RUN = "run"  # changing the directory, notifying again, trying connections
    PROOFS = "proofs"  # the log, its witnesses, its checkpoints
    SYSTEM = "system"  # store, disk, clock, settings
    MAINTAIN = "maintain"  # maintenance mode
    ACCOUNTS = "accounts"  # who may sign in
    TRAIL = "trail"  # who did what on the console
    MAILBOX = "mailbox"  # one's own agency's


_O, _A, _C, _M = Role.OPERATOR, Role.AUDITOR, Role.CLERK, Role.ADMINISTRATOR
RIGHTS: Final[Mapping[Right, frozenset[Role]]] = MappingProxyType(
    {
        Right.ANYONE: frozenset(Role),
        Right.SELF: frozenset(Role),
        Right.FLOW: frozenset({_O, _A}),
        Right.DOCUMENTS: frozenset({_O, _A, _C}),
        Right.AGENCIES: frozenset({_O, _A}),
        Right.RUN: frozenset({_O}),
        Right.PROOFS: frozenset({_O, _A}),
        Right.SYSTEM: frozenset({_O, _A, _M}),
        Right.MAINTAIN: frozenset({_O}),
        Right.ACCOUNTS: frozenset({_M}),
        Right.TRAIL: frozenset({_A, _M}),
        Right.MAILBOX: frozenset({_C}),
    }
)


def check_right(role: str, right: Right) -> None:
    """Forbidden for a role that has not this right."""
    if role not in RIGHTS[right]:
        raise Forbidden(expected=" or ".join(sorted(RIGHTS[right])), found=role)


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
