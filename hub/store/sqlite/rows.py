"""Rows of SQLite as records, and back: the columns of each table in their order."""

from __future__ import annotations

from typing import Any, Final

from hub.core.model import Business, DeliveryState, MessageKind
from hub.store import DeliveryRow, LeafRow, MessageRow

Row = tuple[Any, ...]

STATES: Final = tuple(DeliveryState)  # the number kept in a row is the position in the declaration
STATE_NUMBER: Final = {state: number for number, state in enumerate(STATES)}
KINDS: Final = tuple(MessageKind)
KIND_NUMBER: Final = {kind: number for number, kind in enumerate(KINDS)}

MESSAGE: Final = (
    "number, id, kind, business, sender, identity, document_id, code, year, subject, type_name, priority, "
    "sha256, size, verdict, accepted_at, about, leaf, fanout, status_code, purged_at"
)
DELIVERY: Final = (
    "message, recipient, kind, seq, lane, state, placed_at, forwarded_from, handed_at, ended_at, progress, pending, "
    "due_at, warned"
)
LEAF: Final = "number, kind, object, at, message, recipient, event"
CHECKPOINT: Final = "size, root, at, note, seal"


def marks(columns: str) -> str:
    return ", ".join("?" * len(columns.split(",")))


def message_of(row: Row) -> MessageRow:
    return MessageRow(
        number=row[0],
        id=row[1],
        kind=KINDS[row[2]],
        business=Business(row[3]),
        sender=row[4],
        identity=row[5],
        document_id=row[6],
        code=row[7],
        year=row[8],
        subject=row[9],
        type_name=row[10],
        priority=row[11],
        sha256=row[12].hex(),
        size=row[13],
        verdict=row[14],
        accepted_at=row[15],
        about=row[16],
        leaf=row[17],
        fanout=row[18],
        status_code=row[19],
        purged_at=row[20],
    )


def message_values(m: MessageRow) -> Row:
    return (
        m.number,
        m.id,
        KIND_NUMBER[m.kind],
        int(m.business),
        m.sender,
        m.identity,
        m.document_id,
        m.code,
        m.year,
        m.subject,
        m.type_name,
        m.priority,
        bytes.fromhex(m.sha256),
        m.size,
        m.verdict,
        m.accepted_at,
        m.about,
        m.leaf,
        m.fanout,
        m.status_code,
        m.purged_at,
    )


def delivery_of(row: Row) -> DeliveryRow:
    return DeliveryRow(
        message=row[0],
        recipient=row[1],
        kind=KINDS[row[2]],
        seq=row[3],
        lane=row[4],
        state=STATES[row[5]],
        placed_at=row[6],
        forwarded_from=row[7],
        handed_at=row[8],
        ended_at=row[9],
        progress=row[10],
        pending=row[11],
        due_at=row[12],
        warned=bool(row[13]),
    )


def delivery_values(d: DeliveryRow) -> Row:
    return (
        d.message,
        d.recipient,
        KIND_NUMBER[d.kind],
        d.seq,
        d.lane,
        STATE_NUMBER[d.state],
        d.placed_at,
        d.forwarded_from,
        d.handed_at,
        d.ended_at,
        d.progress,
        d.pending,
        d.due_at,
        int(d.warned),
    )


def leaf_of(row: Row) -> LeafRow:
    return LeafRow(number=row[0], kind=row[1], object=row[2], at=row[3], message=row[4], recipient=row[5], event=row[6])
