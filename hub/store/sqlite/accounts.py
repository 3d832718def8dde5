"""People of the console, their sessions, and their acts."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import msgspec

from hub.core.model import Millis
from hub.store import AccountRow, DeedRow, SessionRow

TABLES: Final = """
CREATE TABLE account (name TEXT PRIMARY KEY, entry BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE session (digest BLOB PRIMARY KEY CHECK (length(digest) = 32), account TEXT NOT NULL,
second INTEGER NOT NULL, opened_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, address TEXT NOT NULL)
STRICT, WITHOUT ROWID;
CREATE TABLE deed (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, account TEXT NOT NULL, role TEXT NOT NULL,
address TEXT NOT NULL, deed TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
CREATE INDEX deed_account ON deed (account, number);
CREATE TRIGGER deed_stays BEFORE UPDATE ON deed BEGIN SELECT RAISE(ABORT, 'a deed stays as it is'); END;
CREATE TRIGGER deed_is_kept BEFORE DELETE ON deed BEGIN SELECT RAISE(ABORT, 'a deed is kept'); END;
"""
"""As a store of schema 6 gets them; `schema.sql` says the same."""

_DEED: Final = "at, account, role, address, deed, target, detail, number"
_decode: Final = msgspec.json.Decoder(AccountRow).decode


def account(db: sqlite3.Connection, name: str) -> AccountRow | None:
    row = db.execute("SELECT entry FROM account WHERE name=?", (name,)).fetchone()
    return _decode(row[0]) if row is not None else None


def accounts(db: sqlite3.Connection) -> list[AccountRow]:
    return [_decode(row[0]) for row in db.execute("SELECT entry FROM account ORDER BY name")]


def put_account(db: sqlite3.Connection, row: AccountRow) -> None:
    db.execute(
        "INSERT INTO account (name, entry) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET entry=excluded.entry",
        (row.name, msgspec.json.encode(row)),
    )


def sessions(db: sqlite3.Connection) -> list[SessionRow]:
    rows = db.execute("SELECT digest, account, second, opened_at, seen_at, address FROM session ORDER BY digest")
    return [SessionRow(bytes(d), a, bool(s), Millis(o), Millis(n), at) for d, a, s, o, n, at in rows]


def put_session(db: sqlite3.Connection, row: SessionRow) -> None:
    db.execute(
        "INSERT OR REPLACE INTO session (digest, account, second, opened_at, seen_at, address) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (row.digest, row.account, int(row.second), row.opened_at, row.seen_at, row.address),
    )


def end_sessions(db: sqlite3.Connection, digests: Sequence[bytes]) -> None:
    db.executemany("DELETE FROM session WHERE digest=?", ((digest,) for digest in digests))


def add_deed(db: sqlite3.Connection, row: DeedRow) -> None:
    db.execute(
        "INSERT INTO deed (at, account, role, address, deed, target, detail) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (row.at, row.account, row.role, row.address, row.deed, row.target, row.detail),
    )


def deeds(db: sqlite3.Connection, limit: int, before: int | None, account: str) -> list[DeedRow]:
    whose = "account=:account AND " if account else ""
    rows = db.execute(
        f"SELECT {_DEED} FROM deed WHERE {whose}number<:before ORDER BY number DESC LIMIT :limit",
        {"account": account, "before": before if before is not None else 1 << 62, "limit": limit},
    )
    return [
        DeedRow(at=Millis(at), account=who, role=role, address=place, deed=deed, target=target, detail=detail, number=n)
        for at, who, role, place, deed, target, detail, n in rows
    ]
