"""A mailbox in its order: lane 4 first, then by arrival. Each reading is one go: rows, their messages, and bytes where
they are wanted.

Waiting deliveries have an index of their own, which stays as small as their number. Ended deliveries would need one by
recipient over everything that ever was, and each new entry would dirty another page of it: by measurement that cost
more than the rest of a
delivery. So ended deliveries are indexed by *volume*, 1024 messages each, and by recipient within it; all
entries of one time lie together, and a reader looks into each volume. Waiting mailboxes are read all the time, ended
ones hardly ever.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Final

import msgspec

from hub.core.model import Business, DeliveryState, MessageKind
from hub.store import DeliveryRow, InboxEntry, MessageRow, Numbers, Request
from hub.store.sqlite.rows import DELIVERY, MESSAGE, STATE_NUMBER, Row, delivery_of, message_of

_WIDTH: Final = len(DELIVERY.split(", "))
_COLUMNS: Final = ", ".join(f"d.{column}" for column in DELIVERY.split(", "))
_ENTRY: Final = (
    f"{_COLUMNS}, m.*, (SELECT id FROM message WHERE number = m.about), "
    "(SELECT told FROM detail WHERE message = m.number)"
)
_REQUEST: Final = (
    f"SELECT {MESSAGE}, (SELECT told FROM detail WHERE message = message.number) FROM message WHERE number=?"
)
_ORIGINALS: Final = "SELECT pending, reported FROM delivery WHERE message=? AND recipient=?"
_SELECT: Final = (
    f"SELECT {_ENTRY} FROM delivery d JOIN (SELECT {MESSAGE} FROM message) m ON m.number = d.message "
    "WHERE d.recipient=? AND d.state=0 AND "
)
_ORDER: Final = " ORDER BY -d.lane, d.message LIMIT ?"
# (-lane, message) grows along both indexes, so a cursor is one comparison of row values.
_WAITING: Final = f"{_SELECT}(-d.lane, d.message) > (?, ?){_ORDER}"
_OFFERED: Final = f"{_SELECT}d.pending IS NULL{_ORDER}"
_ENDED: Final = (
    "WITH RECURSIVE volume (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM volume "
    "WHERE n < (SELECT max(number) >> 10 FROM message)), "
    "found AS (SELECT e.message FROM volume CROSS JOIN delivery e INDEXED BY delivery_ended "
    "WHERE e.message >> 10 = volume.n AND e.recipient=?1 AND e.state=?2 AND e.state<>0 "
    "AND (-e.lane, e.message) > (?3, ?4) ORDER BY -e.lane, e.message LIMIT ?5) "
    f"SELECT {_ENTRY} FROM found CROSS JOIN delivery d ON d.message = found.message AND d.recipient=?1 "
    f"JOIN (SELECT {MESSAGE} FROM message) m ON m.number = d.message ORDER BY -d.lane, d.message"
)
_CONSIGNED: Final = (
    f"SELECT {_COLUMNS}, m.* FROM json_each(?1) asked "
    "CROSS JOIN delivery d ON d.message=asked.value AND d.recipient=?2 "
    f"CROSS JOIN (SELECT {MESSAGE} FROM message) m ON m.number=d.message"
)
_FIRST: Final = (99, 0)


def consigned(cursor: sqlite3.Cursor, recipient: str, messages: Sequence[int]) -> dict[int, InboxEntry]:
    rows = cursor.execute(_CONSIGNED, (f"[{','.join(map(str, messages))}]", recipient)).fetchall()
    return {row[0]: InboxEntry(message_of(row[_WIDTH:]), delivery_of(row[:_WIDTH])) for row in rows}


def inbox(
    db: sqlite3.Connection, recipient: str, state: DeliveryState, limit: int, after: tuple[int, int] | None
) -> list[InboxEntry]:
    lane, number = after or _FIRST
    if state is DeliveryState.WAITING:
        rows = db.execute(_WAITING, (recipient, -lane, number, limit))
    else:
        rows = db.execute(_ENDED, (recipient, STATE_NUMBER[state], -lane, number, limit))
    return [_entry(db, row) for row in rows.fetchall()]


def offered(
    db: sqlite3.Connection, recipient: str, limit: int, without: Numbers, content_bytes: int
) -> list[InboxEntry]:
    entries: list[InboxEntry] = []
    # Closed when enough was read: a statement under way would keep the WAL from being moved into the file.
    with closing(db.execute(_OFFERED, (recipient, limit + len(without)))) as rows:
        for row in rows:
            if len(entries) == limit:
                break
            if row[0] in without:
                continue
            entry = _entry(db, row)
            if entry.message.size <= content_bytes:
                entry = msgspec.structs.replace(entry, content=_content(db, row[0]))
                content_bytes -= len(entry.content or b"")
            entries.append(entry)
    return entries


def _content(db: sqlite3.Connection, message: int) -> bytes | None:
    row = db.execute("SELECT bytes FROM content WHERE message=?", (message,)).fetchone()
    return bytes(row[0]) if row else None


def _entry(db: sqlite3.Connection, row: Row) -> InboxEntry:
    message, delivery = message_of(row[_WIDTH:-2]), delivery_of(row[:_WIDTH])
    return InboxEntry(
        message,
        delivery,
        about=row[-2] or "",
        told=bytes(row[-1] or b""),
        asked=_request(db, delivery.pending) if delivery.pending is not None else None,
        asks=_asks(db, message, delivery),
    )


def _request(db: sqlite3.Connection, number: int) -> Request | None:
    row = db.execute(_REQUEST, (number,)).fetchone()
    return Request(message_of(row[:-1]), bytes(row[-1] or b"")) if row else None


def _asks(db: sqlite3.Connection, message: MessageRow, delivery: DeliveryRow) -> bool:
    """An update that takes nothing away may be answered, too: then no delivery waits for that, and it asks until its
    recipient has reported on either document since."""
    if message.business is Business.NEW and message.kind is not MessageKind.STATUS:
        return False
    if message.about is None:
        return False
    original = db.execute(_ORIGINALS, (message.about, delivery.recipient)).fetchone()
    pending, reported = original or (None, None)
    silent = delivery.reported is None and (reported or 0) < message.number
    return pending == message.number or (message.business is Business.UPDATE and silent)
