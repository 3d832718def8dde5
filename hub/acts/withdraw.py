"""Take one delivery back, whatever asked for it: status 13, a recall, an update that removes the receiver, a
replacement.

    waiting, nobody holds a lease   → taken back at once; it leaves the mailbox, the evidence says NEVER_FETCHED,
                                      and no worker can take a lease before that is durable
    waiting under a lease           → pending; when the lease ends without an acknowledgement it is taken back,
                                      when the acknowledgement comes first the recipient answers 15 or 16
    handed over                     → pending; the recipient answers 15 (taken back) or 16 (stays)
    anything else                   → nothing to take back

NĐ 30/2020 Art. 18.4.b: the receiver destroys document and metadata, keeps the record of the recall, tells the sender.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from hub.core.errors import DeliveryConflict
from hub.core.evidence import Event
from hub.core.model import DeliveryState, MessageKind, Millis
from hub.scribe import Scribe
from hub.store import DeliveryRow, MessageRow


class Withdrawal(StrEnum):
    DONE = "done"
    PENDING = "pending"
    NOTHING = "nothing"

    @staticmethod
    def possible(row: DeliveryRow) -> bool:
        return row.state in (DeliveryState.WAITING, DeliveryState.HANDED_OVER)

    @staticmethod
    def needs_answer(row: DeliveryRow, scribe: Scribe) -> bool:
        if row.state is DeliveryState.WAITING:
            return scribe.leased(row.message, row.recipient)
        return row.state is DeliveryState.HANDED_OVER


def withdraw(scribe: Scribe, original: MessageRow, row: DeliveryRow, request: MessageRow, cause: str) -> Withdrawal:
    """Take `row` back for `request`, or leave it pending until its recipient answers."""
    if not Withdrawal.possible(row):
        return Withdrawal.NOTHING
    if not Withdrawal.needs_answer(row, scribe):
        take_back(scribe, original, row, (request.id, cause), "NEVER_FETCHED")
        return Withdrawal.DONE
    due = row.due_at
    if row.state is DeliveryState.WAITING:
        due = Millis(scribe.at + scribe.lease_ms)
    move(scribe, row, msgspec.structs.replace(row, pending=request.number, due_at=due))
    return Withdrawal.PENDING


def is_named(row: DeliveryRow, *codes: str) -> bool:
    """Whether one of these codes means this delivery: its recipient, or the ended agency that it was forwarded from."""
    return row.recipient in codes or (row.forwarded_from != "" and row.forwarded_from in codes)


def cause_of(request: MessageRow) -> str:
    """What kind of message asked: as evidence names it in `x-recall`."""
    return "status-13" if request.kind is MessageKind.STATUS else request.business.name.lower()


def take_back(scribe: Scribe, original: MessageRow, row: DeliveryRow, recall: tuple[str, str], reason: str) -> None:
    """The delivery ends here: out of the mailbox, with evidence that says why and that nobody had fetched it."""
    after = msgspec.structs.replace(row, state=DeliveryState.TAKEN_BACK, ended_at=scribe.at, pending=None, due_at=None)
    move(scribe, row, after)
    scribe.evidence(
        Event.RECALL_CONFIRMED,
        original,
        owner=(row.recipient, "in"),
        recipients=[row.recipient],
        recipient=row.recipient,
        recall=recall,
        reasons=[(reason, "")],
    )


def move(scribe: Scribe, before: DeliveryRow, after: DeliveryRow) -> None:
    """Compare-and-swap of a delivery's state; the store's row count is the last judge."""
    if not scribe.tx.move(before, after):
        raise DeliveryConflict(expected=before.state.value, found="another state")
