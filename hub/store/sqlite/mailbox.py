"""Reading a mailbox, each time in one go: rows in their order, what they are about, and bytes where they are wanted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Final

from hub.core.model import DeliveryState
from hub.store import InboxEntry, Numbers
from hub.store.sqlite.rows import DELIVERY, MESSAGE, STATE_NUMBER, Row, delivery_of, message_of

_WIDTH: Final = len(DELIVERY.split(","))
_SELECT: Final = (
    f"SELECT {', '.join('d.' + column.strip() for column in DELIVERY.split(','))}, m.*, "
    "(SELECT id FROM message WHERE number = m.about) "
    f"FROM delivery d JOIN (SELECT {MESSAGE} FROM message) m ON m.number = d.message "
    "WHERE d.recipient=? AND d.state=? AND "
)
_ORDER: Final = " ORDER BY -d.lane, d.message LIMIT ?"
# (-lane, message) grows along the index, so a cursor is one comparison of row values.
_AFTER: Final = f"{_SELECT}(-d.lane, d.message) > (?, ?){_ORDER}"
_OFFERED: Final = f"{_SELECT}d.pending IS NULL{_ORDER}"
_FIRST: Final = (99, 0)


def inbox(
    db: sqlite3.Connection, recipient: str, state: DeliveryState, limit: int, after: tuple[int, int] | None
) -> list[InboxEntry]:
    lane, number = after or _FIRST
    rows = db.execute(_AFTER, (recipient, STATE_NUMBER[state], -lane, number, limit)).fetchall()
    return [_entry(row, None) for row in rows]


def offered(
    db: sqlite3.Connection, recipient: str, limit: int, without: Numbers, content_bytes: int
) -> list[InboxEntry]:
    entries: list[InboxEntry] = []
    waiting = STATE_NUMBER[DeliveryState.WAITING]
    # Closed when enough was read: a statement under way would keep the WAL from being moved into the file.
    with closing(db.execute(_OFFERED, (recipient, waiting, limit + len(without)))) as rows:
        for row in rows:
            if len(entries) == limit:
                break
            if row[0] in without:
                continue
            entry = _entry(row, None)
            if entry.message.size <= content_bytes:
                entry = _entry(row, _content(db, row[0]))
                content_bytes -= len(entry.content or b"")
            entries.append(entry)
    return entries


def _content(db: sqlite3.Connection, message: int) -> bytes | None:
    row = db.execute("SELECT bytes FROM content WHERE message=?", (message,)).fetchone()
    return bytes(row[0]) if row else None


def _entry(row: Row, content: bytes | None) -> InboxEntry:
    return InboxEntry(message_of(row[_WIDTH:-1]), delivery_of(row[:_WIDTH]), row[-1] or "", content)
