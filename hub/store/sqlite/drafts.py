"""Drafts of reports, see `hub.store.drafts`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from hub.core.model import Millis
from hub.store.drafts import DraftKey, ReportDraft

TABLES: Final = """
CREATE TABLE report_draft (agency TEXT NOT NULL, regime TEXT NOT NULL, owner TEXT NOT NULL, period TEXT NOT NULL,
receiver TEXT NOT NULL, state TEXT NOT NULL, revision INTEGER NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL,
note TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (agency, regime, owner, period, receiver)) STRICT, WITHOUT ROWID;
"""
"""As a store of schema 6 gets it; `schema.sql` says the same."""

_KEY: Final = "agency, regime, owner, period, receiver"
_COLUMNS: Final = f"{_KEY}, state, revision, at, by, note"
_IS: Final = "agency=? AND regime=? AND owner=? AND period=? AND receiver=?"


def _of(row: Sequence[Any], body: bytes) -> ReportDraft:
    *key, state, revision, at, by, note = row
    return ReportDraft(key=DraftKey(*key), state=state, revision=revision, at=Millis(at), by=by, note=note, body=body)


def _values(key: DraftKey) -> tuple[str, ...]:
    return (key.agency, key.regime, key.owner, key.period, key.receiver)


def one(db: sqlite3.Connection, key: DraftKey) -> ReportDraft | None:
    row = db.execute(f"SELECT {_COLUMNS}, body FROM report_draft WHERE {_IS}", _values(key)).fetchone()
    return _of(row[:-1], row[-1]) if row is not None else None


def all_of(db: sqlite3.Connection, agency: str) -> list[ReportDraft]:
    rows = db.execute(f"SELECT {_COLUMNS} FROM report_draft WHERE agency=? ORDER BY {_KEY}", (agency,))
    return [_of(row, b"") for row in rows]


def put(db: sqlite3.Connection, row: ReportDraft) -> None:
    db.execute(
        f"INSERT OR REPLACE INTO report_draft ({_COLUMNS}, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*_values(row.key), row.state, row.revision, row.at, row.by, row.note, row.body),
    )


def drop(db: sqlite3.Connection, key: DraftKey) -> None:
    db.execute(f"DELETE FROM report_draft WHERE {_IS}", _values(key))


class WritingDrafts:
    """The part of a transaction that is about them."""

    _db: sqlite3.Connection

    def report_draft(self, key: DraftKey) -> ReportDraft | None:
        return one(self._db, key)

    def report_drafts(self, agency: str) -> list[ReportDraft]:
        return all_of(self._db, agency)

    def put_report_draft(self, row: ReportDraft) -> None:
        put(self._db, row)

    def drop_report_draft(self, key: DraftKey) -> None:
        drop(self._db, key)
