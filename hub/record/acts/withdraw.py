"""Take one delivery back, at the request of any of these: status 13, a recall, an update that removes the receiver, a
replacement.

    waiting, never offered  → taken back at once; it leaves the mailbox, the evidence says NEVER_FETCHED, and a
                              reader of the same moment gets no bytes: that they are offered is an act too
    waiting, once offered   → pending: its recipient may have read it. It is offered no more, and answered with 15
                              (taken back) or 16 (goes on as before), or it expires, FETCHED_NOT_ACKNOWLEDGED
    handed over             → pending; the recipient answers 15 (taken back) or 16 (stays)
    anything else           → nothing to take back; a refused document was given back with that (NĐ 30 Art. 21.2)

NĐ 30/2020 Art. 18.4.b: the receiver destroys document and metadata, keeps the record of the recall, tells the sender.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from hub.core.errors import DeliveryConflict
from hub.core.evidence import format as ev
from hub.core.evidence.format import Event
from hub.core.evidence.statement import Said
from hub.core.model import Business, DeliveryState, MessageKind
from hub.record.evidence_writer import EvidenceWriter
from hub.store import DeliveryRow, MessageRow


class Withdrawal(StrEnum):
    DONE = "done"
    PENDING = "pending"
    NOTHING = "nothing"

    @staticmethod
    def possible(row: DeliveryRow) -> bool:
        return row.state in (DeliveryState.WAITING, DeliveryState.HANDED_OVER)

    @staticmethod
    def needs_answer(row: DeliveryRow) -> bool:
        """Whether its recipient may have read it. A lease says nothing of that: a worker that took one and has not got
        the bytes yet finds that there are none."""
        return row.state is DeliveryState.HANDED_OVER or (row.state is DeliveryState.WAITING and not row.unread)


def withdraw(
    writer: EvidenceWriter, original: MessageRow, row: DeliveryRow, request: MessageRow, cause: ev.Cause
) -> Withdrawal:
    """Take `row` back for `request`, or leave it pending until its recipient answers."""
    if not Withdrawal.possible(row):
        return Withdrawal.NOTHING
    if not Withdrawal.needs_answer(row):
        take_back(writer, original, row, ev.RecallMark(request.id, cause))
        return Withdrawal.DONE
    move(writer, row, msgspec.structs.replace(row, pending=request.number))
    return Withdrawal.PENDING


def is_named(row: DeliveryRow, *codes: str) -> bool:
    """Whether one of these codes means this delivery: its recipient, or the ended agency that it was forwarded from."""
    return row.recipient in codes or (row.forwarded_from != "" and row.forwarded_from in codes)


_CAUSES: Final[Mapping[Business, ev.Cause]] = {
    Business.RECALL: "recall",
    Business.UPDATE: "update",
    Business.REPLACEMENT: "replacement",
}


def cause_of(request: MessageRow) -> ev.Cause:
    """The kind of the message that asked: as evidence names it in `x-recall`."""
    return "status-13" if request.kind is MessageKind.STATUS else _CAUSES[request.business]


def take_back(writer: EvidenceWriter, original: MessageRow, row: DeliveryRow, recall: ev.RecallMark) -> None:
    """The delivery ends here: out of the mailbox, with evidence that says why and that nobody had fetched it."""
    after = msgspec.structs.replace(row, state=DeliveryState.TAKEN_BACK, ended_at=writer.at, pending=None, due_at=None)
    move(writer, row, after)
    writer.evidence(
        Event.RECALL_CONFIRMED,
        original,
        Said(
            recipients=[row.recipient],
            recall=recall,
            reasons=[("NEVER_FETCHED", "")],
        ),
        owner=(row.recipient, "in"),
        recipient=row.recipient,
    )


def move(writer: EvidenceWriter, before: DeliveryRow, after: DeliveryRow) -> None:
    """Compare-and-swap of a delivery's state; the store's row count is the last judge."""
    if not writer.tx.move(before, after):
        raise DeliveryConflict(expected=before.state.value, found="another state")
