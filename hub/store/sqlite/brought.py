"""Bodies of sync services, as they were received, and statuses: programmes read them beside documents."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from hub.core.model import Millis
from hub.store.rows import BroughtRow, MessageRow
from hub.store.sqlite.rows import MESSAGE, Row, message_of

TABLES: Final = """
CREATE TABLE brought (number INTEGER PRIMARY KEY, agency TEXT NOT NULL, caller TEXT NOT NULL, service TEXT NOT NULL,
sha256 BLOB NOT NULL CHECK (length(sha256) = 32), at INTEGER NOT NULL, leaf INTEGER NOT NULL, facts BLOB NOT NULL,
bytes BLOB NOT NULL, reduced_at INTEGER) STRICT;
CREATE INDEX brought_agency ON brought (agency, number);
CREATE INDEX brought_leaf ON brought (leaf);
"""
"""As a store of schema 6 gets them; `schema.sql` says the same."""

_COLUMNS: Final = "number, agency, caller, service, sha256, at, leaf, facts, bytes, reduced_at"
_ADD: Final = f"INSERT INTO brought ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REDUCE: Final = "UPDATE brought SET bytes=?, reduced_at=? WHERE number=? AND reduced_at IS NULL"
_WHOLE: Final = f"SELECT {_COLUMNS} FROM brought WHERE number>? AND at<? AND reduced_at IS NULL ORDER BY number LIMIT ?"
_LAST: Final = f"SELECT {_COLUMNS} FROM brought WHERE agency=? ORDER BY number DESC LIMIT 1"
_ONE: Final = f"SELECT {_COLUMNS} FROM brought WHERE number=?"
_NEXT: Final = f"SELECT {_COLUMNS} FROM brought WHERE number>? ORDER BY number LIMIT ?"
_STATUSES: Final = (
    f"SELECT {MESSAGE} FROM message WHERE kind=1 AND number>=? AND number<? AND status_code IN ({{}}) "
    "ORDER BY number LIMIT ?"
)
_OF_LEAF: Final = f"SELECT {_COLUMNS} FROM brought WHERE leaf=?"


def _row(values: Row) -> BroughtRow:
    number, agency, caller, service, sha256, at, leaf, facts, body, reduced_at = values
    return BroughtRow(
        number=number,
        agency=agency,
        caller=caller,
        service=service,
        sha256=sha256.hex(),
        at=Millis(at),
        leaf=leaf,
        facts=bytes(facts),
        body=bytes(body),
        reduced_at=Millis(reduced_at) if reduced_at is not None else None,
    )


def add(db: sqlite3.Connection, row: BroughtRow) -> None:
    digest = bytes.fromhex(row.sha256)
    told = (row.number, row.agency, row.caller, row.service, digest, row.at, row.leaf, row.facts, row.body)
    db.execute(_ADD, (*told, row.reduced_at))


def reduce(db: sqlite3.Connection, number: int, body: bytes, at: Millis) -> bool:
    return db.execute(_REDUCE, (body, at, number)).rowcount > 0


def whole(db: sqlite3.Connection, before: Millis, number: int, limit: int) -> list[BroughtRow]:
    return [_row(values) for values in db.execute(_WHOLE, (number, before, limit)).fetchall()]


def last(db: sqlite3.Connection, agency: str) -> BroughtRow | None:
    found = db.execute(_LAST, (agency,)).fetchone()
    return _row(found) if found else None


def last_number(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(number), 0) FROM brought").fetchone()[0])


def one(db: sqlite3.Connection, number: int) -> BroughtRow | None:
    found = db.execute(_ONE, (number,)).fetchone()
    return _row(found) if found else None


def of_leaf(db: sqlite3.Connection, leaf: int) -> BroughtRow | None:
    found = db.execute(_OF_LEAF, (leaf,)).fetchone()
    return _row(found) if found else None


def statuses(db: sqlite3.Connection, codes: Sequence[str], low: int, high: int, limit: int) -> list[MessageRow]:
    sql = _STATUSES.format(", ".join("?" * len(codes)))
    return [message_of(row) for row in db.execute(sql, (low, high, *codes, limit))]


def after(db: sqlite3.Connection, number: int, limit: int) -> list[BroughtRow]:
    return [_row(values) for values in db.execute(_NEXT, (number, limit)).fetchall()]
