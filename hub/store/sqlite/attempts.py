"""Tries of webhooks, see `hub.store.attempts`."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from hub.core.model import Millis
from hub.store.attempts import HookAttemptRow

T = TypeVar("T")

TABLES: Final = """
CREATE TABLE hook_attempt (hook INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL,
type TEXT NOT NULL, outcome TEXT NOT NULL, status INTEGER NOT NULL, ms INTEGER NOT NULL, PRIMARY KEY (hook, number))
STRICT, WITHOUT ROWID;
CREATE INDEX hook_attempt_at ON hook_attempt (at);
"""
"""As a store of schema 6 gets them; `schema.sql` says the same."""

_COLUMNS: Final = "hook, at, id, type, outcome, status, ms"
_ADD: Final = (
    f"INSERT INTO hook_attempt (number, {_COLUMNS}) VALUES "
    "((SELECT coalesce(max(number), 0) + 1 FROM hook_attempt WHERE hook=?1), ?1, ?2, ?3, ?4, ?5, ?6, ?7)"
)
_TRIM: Final = (
    "DELETE FROM hook_attempt WHERE hook=?1 AND number <= (SELECT max(number) FROM hook_attempt WHERE hook=?1) - ?2"
)
_OF_HOOK: Final = f"SELECT {_COLUMNS} FROM hook_attempt WHERE hook=? ORDER BY number DESC LIMIT ?"
_OLD: Final = "SELECT count(*) FROM (SELECT 1 FROM hook_attempt WHERE at<? LIMIT ?)"
_DROP: Final = (
    "DELETE FROM hook_attempt WHERE (hook, number) IN (SELECT hook, number FROM hook_attempt ORDER BY at LIMIT ?)"
)


def add(db: sqlite3.Connection, rows: Sequence[HookAttemptRow], most: int) -> None:
    db.executemany(_ADD, [(r.hook, r.at, r.id, r.type, r.outcome, r.status, r.ms) for r in rows])
    db.executemany(_TRIM, [(hook, most) for hook in dict.fromkeys(row.hook for row in rows)])


def drop(db: sqlite3.Connection, before: Millis, held: int, most: int) -> int:
    old: int = db.execute(_OLD, (before, most)).fetchone()[0]
    kept: int = db.execute("SELECT count(*) FROM hook_attempt").fetchone()[0]
    going = min(most, max(old, kept - held))
    if going:
        db.execute(_DROP, (going,))
    return going


def forget(db: sqlite3.Cursor, hook: int) -> None:
    db.execute("DELETE FROM hook_attempt WHERE hook=?", (hook,))


def of_hook(db: sqlite3.Connection, hook: int, limit: int) -> list[HookAttemptRow]:
    return [HookAttemptRow(*row) for row in db.execute(_OF_HOOK, (hook, limit))]


class AttemptTransaction:
    """A part of the transaction."""

    _db: sqlite3.Connection

    def add_hook_attempts(self, rows: Sequence[HookAttemptRow], most: int) -> None:
        add(self._db, rows, most)

    def drop_hook_attempts(self, before: Millis, held: int, most: int) -> int:
        return drop(self._db, before, held, most)


class AttemptReader(ABC):
    """A part of the store."""

    @abstractmethod
    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T: ...

    async def hook_attempts(self, hook: int, limit: int) -> list[HookAttemptRow]:
        return await self._read(lambda db: of_hook(db, hook, limit))
