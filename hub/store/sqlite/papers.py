"""An agency's own papers, see `hub.store.papers`."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from hub.core.model import Millis
from hub.store.papers import Held, Paper, PaperRow

T = TypeVar("T")

TABLES: Final = """
CREATE TABLE paper (agency TEXT NOT NULL, kind INTEGER NOT NULL, number INTEGER NOT NULL, about INTEGER NOT NULL,
name TEXT NOT NULL, at INTEGER NOT NULL, author TEXT NOT NULL, entry BLOB NOT NULL, PRIMARY KEY (agency, kind, number))
STRICT;
CREATE UNIQUE INDEX paper_name ON paper (agency, kind, name) WHERE name <> '';
CREATE INDEX paper_about ON paper (agency, about, kind, number) WHERE about > 0;
CREATE TRIGGER paper_stays BEFORE UPDATE ON paper WHEN OLD.kind IN (3, 4)
BEGIN SELECT RAISE(ABORT, 'a direction or a correction stays as it is'); END;
CREATE TRIGGER paper_is_kept BEFORE DELETE ON paper WHEN OLD.kind IN (3, 4)
BEGIN SELECT RAISE(ABORT, 'a direction or a correction is kept'); END;
"""
"""As a store of schema 6 gets them; `schema.sql` says the same."""

_COLUMNS: Final = "agency, kind, number, about, name, at, author, entry"


def _of(row: Sequence[Any]) -> PaperRow:
    agency, kind, number, about, name, at, by, entry = row
    return PaperRow(
        agency=agency, kind=Paper(kind), number=number, about=about, name=name, at=Millis(at), by=by, entry=entry
    )


def one(db: sqlite3.Connection, agency: str, kind: Paper, number: int) -> PaperRow | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM paper WHERE agency=? AND kind=? AND number=?", (agency, int(kind), number)
    ).fetchone()
    return _of(row) if row is not None else None


def named(db: sqlite3.Connection, agency: str, kind: Paper, name: str) -> PaperRow | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM paper WHERE agency=? AND kind=? AND name=? AND name <> ''", (agency, int(kind), name)
    ).fetchone()
    return _of(row) if row is not None else None


def put(db: sqlite3.Connection, row: PaperRow) -> None:
    values = (row.agency, int(row.kind), row.number, row.about, row.name, row.at, row.by, row.entry)
    db.execute(
        f"INSERT INTO paper ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (agency, kind, number) DO UPDATE "
        "SET about=excluded.about, name=excluded.name, at=excluded.at, author=excluded.author, entry=excluded.entry",
        values,
    )


def drop(db: sqlite3.Connection, agency: str, kind: Paper, number: int) -> None:
    db.execute("DELETE FROM paper WHERE agency=? AND kind=? AND number=?", (agency, int(kind), number))


def held(db: sqlite3.Connection, agency: str, kind: Paper) -> Held:
    what = "count(*), coalesce(sum(length(entry)), 0), coalesce(max(number), 0)"
    return Held(*db.execute(f"SELECT {what} FROM paper WHERE agency=? AND kind=?", (agency, int(kind))).fetchone())


def last(db: sqlite3.Connection, agency: str, kind: Paper) -> int:
    found = db.execute(
        "SELECT number FROM paper WHERE agency=? AND kind=? ORDER BY number DESC LIMIT 1", (agency, int(kind))
    ).fetchone()
    return int(found[0]) if found is not None else 0


def of_kind(db: sqlite3.Connection, agency: str, kind: Paper, limit: int, before: int | None) -> list[PaperRow]:
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM paper WHERE agency=? AND kind=? AND number<? ORDER BY number DESC LIMIT ?",
        (agency, int(kind), before if before is not None else 1 << 62, limit),
    )
    return [_of(row) for row in rows]


def about(db: sqlite3.Connection, agency: str, kind: Paper, messages: Sequence[int]) -> list[PaperRow]:
    """In the order in which they were written."""
    marks = ",".join("?" * len(messages))
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM paper WHERE agency=? AND about IN ({marks}) AND about > 0 AND kind=? ORDER BY number",
        (agency, *messages, int(kind)),
    )
    return [_of(row) for row in rows]


class PaperTransaction:
    """A part of the transaction."""

    _db: sqlite3.Connection

    def paper(self, agency: str, kind: Paper, number: int) -> PaperRow | None:
        return one(self._db, agency, kind, number)

    def paper_named(self, agency: str, kind: Paper, name: str) -> PaperRow | None:
        return named(self._db, agency, kind, name)

    def papers_held(self, agency: str, kind: Paper) -> Held:
        return held(self._db, agency, kind)

    def last_paper(self, agency: str, kind: Paper) -> int:
        return last(self._db, agency, kind)

    def papers_about(self, agency: str, kind: Paper, messages: Sequence[int]) -> list[PaperRow]:
        return about(self._db, agency, kind, messages)

    def put_paper(self, row: PaperRow) -> None:
        put(self._db, row)

    def drop_paper(self, agency: str, kind: Paper, number: int) -> None:
        drop(self._db, agency, kind, number)


class PaperReader(ABC):
    """A part of the store."""

    @abstractmethod
    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T: ...

    async def paper(self, agency: str, kind: Paper, number: int) -> PaperRow | None:
        return await self._read(lambda db: one(db, agency, kind, number))

    async def paper_named(self, agency: str, kind: Paper, name: str) -> PaperRow | None:
        return await self._read(lambda db: named(db, agency, kind, name))

    async def papers(self, agency: str, kind: Paper, limit: int, before: int | None = None) -> list[PaperRow]:
        return await self._read(lambda db: of_kind(db, agency, kind, limit, before))

    async def papers_about(self, agency: str, kind: Paper, messages: Sequence[int]) -> list[PaperRow]:
        return await self._read(lambda db: about(db, agency, kind, messages))
