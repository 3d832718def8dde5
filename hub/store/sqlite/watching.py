"""Contacts of agencies, the alerts that the hub raised, and its maintenance."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from hub.core.alerts import Alert
from hub.core.contact import Contact
from hub.core.model import Millis
from hub.core.report import Waiting
from hub.store import MaintenanceRow

TABLES: Final = """
CREATE TABLE contact (agency TEXT PRIMARY KEY, entry BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE alert (code TEXT PRIMARY KEY, entry BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE maintenance (one INTEGER PRIMARY KEY CHECK (one = 1), entry BLOB NOT NULL) STRICT;
"""
"""As a store of schema 6 gets them; `schema.sql` says the same."""

_PUT: Final = "INSERT OR REPLACE INTO {} VALUES (?, ?)"
_CONTACT: Final = msgspec.json.Decoder(Contact).decode
_MAINTENANCE: Final = msgspec.json.Decoder(MaintenanceRow).decode
_ALERT: Final = msgspec.json.Decoder(Alert).decode
# By the index of waiting documents: the first message of a lane was placed first.
_WAITING: Final = (
    "SELECT w.lane, w.n, d.placed_at, w.ends FROM (SELECT lane, count(*) AS n, min(message) AS first, "
    "min(ends_at) AS ends FROM delivery WHERE recipient=?1 AND state=0 AND kind=0 GROUP BY lane) w "
    "JOIN delivery d ON d.message=w.first AND d.recipient=?1 ORDER BY w.lane"
)


def contacts(db: sqlite3.Connection) -> dict[str, Contact]:
    return {code: _CONTACT(entry) for code, entry in db.execute("SELECT agency, entry FROM contact")}


def put_contacts(db: sqlite3.Connection, rows: Sequence[tuple[str, Contact]]) -> None:
    db.executemany(_PUT.format("contact"), ((code, msgspec.json.encode(contact)) for code, contact in rows))


def alerts(db: sqlite3.Connection) -> list[Alert]:
    return [_ALERT(entry) for (entry,) in db.execute("SELECT entry FROM alert ORDER BY code")]


def put_alerts(db: sqlite3.Connection, rows: Sequence[Alert]) -> None:
    db.executemany(_PUT.format("alert"), ((row.code, msgspec.json.encode(row)) for row in rows))


def drop_alerts(db: sqlite3.Connection, codes: Sequence[str]) -> None:
    db.executemany("DELETE FROM alert WHERE code=?", ((code,) for code in codes))


def maintenance(db: sqlite3.Connection) -> MaintenanceRow | None:
    row = db.execute("SELECT entry FROM maintenance").fetchone()
    return _MAINTENANCE(row[0]) if row is not None else None


def maintain(db: sqlite3.Connection, row: MaintenanceRow | None) -> None:
    if row is None:
        db.execute("DELETE FROM maintenance")
    else:
        db.execute(_PUT.format("maintenance"), (1, msgspec.json.encode(row)))


def waiting_of(db: sqlite3.Connection, agency: str) -> list[Waiting]:
    found = db.execute(_WAITING, (agency,)).fetchall()
    return [Waiting(agency, lane, n, Millis(oldest), ends) for lane, n, oldest, ends in found]
