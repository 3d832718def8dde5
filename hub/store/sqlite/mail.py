"""The book of an agency's mail, see `hub.store.mail`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from hub.core.model import Millis
from hub.store.mail import LIVE, MailRow, Stage

TABLES: Final = """
CREATE TABLE mail (agency TEXT NOT NULL, message INTEGER NOT NULL, stage INTEGER NOT NULL, year INTEGER NOT NULL,
number INTEGER NOT NULL, arrived_at INTEGER NOT NULL, entry BLOB NOT NULL, PRIMARY KEY (agency, message))
STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mail_number ON mail (agency, year, number) WHERE number > 0;
CREATE INDEX mail_stage ON mail (agency, stage, message);
CREATE TRIGGER mail_number_stays BEFORE UPDATE ON mail
WHEN OLD.number > 0 AND (NEW.number <> OLD.number OR NEW.year <> OLD.year)
BEGIN SELECT RAISE(ABORT, 'an arrival number stays'); END;
CREATE TRIGGER mail_is_kept BEFORE DELETE ON mail BEGIN SELECT RAISE(ABORT, 'a line of the book is kept'); END;
"""
"""As a store of schema 6 gets them; `schema.sql` says the same."""

_COLUMNS: Final = "agency, message, stage, year, number, arrived_at, entry"


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    assignee: str = ""
    due: str = ""
    answer: str = ""
    by: str = ""


_decode: Final = msgspec.json.Decoder(_Entry).decode


def _of(row: Sequence[Any]) -> MailRow:
    agency, message, stage, year, number, arrived_at, told = row
    entry = _decode(told)
    return MailRow(
        agency=agency,
        message=message,
        stage=Stage(stage),
        year=year,
        number=number,
        arrived_at=Millis(arrived_at),
        assignee=entry.assignee,
        due=entry.due,
        answer=entry.answer,
        by=entry.by,
    )


def one(db: sqlite3.Connection, agency: str, message: int) -> MailRow | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM mail WHERE agency=? AND message=?", (agency, message)).fetchone()
    return _of(row) if row is not None else None


def put(db: sqlite3.Connection, row: MailRow) -> None:
    entry = msgspec.json.encode(_Entry(row.assignee, row.due, row.answer, row.by))
    db.execute(
        f"INSERT INTO mail ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (agency, message) DO UPDATE SET "
        "stage=excluded.stage, year=excluded.year, number=excluded.number, entry=excluded.entry",
        (row.agency, row.message, int(row.stage), row.year, row.number, row.arrived_at, entry),
    )


def last_number(db: sqlite3.Connection, agency: str, year: int) -> int:
    found = db.execute(
        "SELECT number FROM mail WHERE agency=? AND year=? AND number>0 ORDER BY number DESC LIMIT 1", (agency, year)
    ).fetchone()
    return int(found[0]) if found is not None else 0


def of_stage(db: sqlite3.Connection, agency: str, stage: Stage, limit: int, before: int | None) -> list[MailRow]:
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM mail WHERE agency=? AND stage=? AND message<? ORDER BY message DESC LIMIT ?",
        (agency, int(stage), before if before is not None else 1 << 62, limit),
    )
    return [_of(row) for row in rows]


def book(db: sqlite3.Connection, agency: str, year: int, after: int, limit: int) -> list[MailRow]:
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM mail WHERE agency=? AND year=? AND number>0 AND number>? ORDER BY number LIMIT ?",
        (agency, year, after, limit),
    )
    return [_of(row) for row in rows]


def counts(db: sqlite3.Connection, agency: str) -> dict[Stage, int]:
    counted = "SELECT count(*) FROM mail WHERE agency=? AND stage=?"
    return {stage: int(db.execute(counted, (agency, int(stage))).fetchone()[0]) for stage in LIVE}
