"""Rows of SQLite as records, and back: the columns of each table in their order.

The driver binds at once `int`, `str` and `bytearray`; `None` and `bytes` take the way through its adapters, 0.8 µs
each, which for a delivery was more than the insertion itself. So `ABSENT` is bound in place of None and made NULL by
the statement, and bytes are bound as a `bytearray` of them.
"""

from __future__ import annotations

from typing import Any, Final

from hub.core.model import Business, DeliveryState, MessageKind
from hub.store import DeliveryRow, LeafRow, MessageRow

Row = tuple[Any, ...]

STATES: Final = tuple(DeliveryState)  # the number kept in a row is the position in the declaration
STATE_NUMBER: Final = {state: number for number, state in enumerate(STATES)}
KINDS: Final = tuple(MessageKind)
KIND_NUMBER: Final = {kind: number for number, kind in enumerate(KINDS)}

BUSINESSES: Final = tuple(Business)

MESSAGE: Final = (
    "number, id, kind, business, sender, identity, document_id, code, year, subject, type_name, priority, "
    "sha256, size, verdict, accepted_at, about, leaf, fanout, status_code, purged_at, key"
)
DELIVERY: Final = (
    "message, recipient, kind, seq, lane, state, placed_at, forwarded_from, handed_at, ended_at, progress, pending, "
    "due_at, warned, offered_at, ends_at, reported"
)
LEAF: Final = "number, kind, object, at, message, recipient, event"
CHECKPOINT: Final = "size, root, at, note, seal"


ABSENT: Final = -1
"""Bound for None. No time, message or leaf has this number."""


def insertion(table: str, columns: str, absent: str = "") -> str:
    """The statement that adds a row of these columns; those in `absent` may be `ABSENT`."""
    optional = absent.split(", ")
    marks = ("nullif(?, -1)" if column in optional else "?" for column in columns.split(", "))
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(marks)})"


def message_of(row: Row) -> MessageRow:
    return MessageRow(
        number=row[0],
        id=row[1],
        kind=KINDS[row[2]],
        business=BUSINESSES[row[3]],
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
        key=row[21],
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
        bytearray.fromhex(m.sha256),
        m.size,
        m.verdict,
        m.accepted_at,
        ABSENT if m.about is None else m.about,
        m.leaf,
        m.fanout,
        m.status_code,
        ABSENT if m.purged_at is None else m.purged_at,
        m.key,
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
        offered_at=row[14],
        ends_at=row[15],
        reported=row[16],
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
        ABSENT if d.handed_at is None else d.handed_at,
        ABSENT if d.ended_at is None else d.ended_at,
        d.progress,
        ABSENT if d.pending is None else d.pending,
        ABSENT if d.due_at is None else d.due_at,
        int(d.warned),
        ABSENT if d.offered_at is None else d.offered_at,
        ABSENT if d.ends_at is None else d.ends_at,
        ABSENT if d.reported is None else d.reported,
    )


def leaf_values(r: LeafRow) -> Row:
    return (
        r.number,
        r.kind,
        bytearray(r.object),
        r.at,
        ABSENT if r.message is None else r.message,
        r.recipient,
        r.event,
    )


def leaf_of(row: Row) -> LeafRow:
    return LeafRow(number=row[0], kind=row[1], object=row[2], at=row[3], message=row[4], recipient=row[5], event=row[6])
