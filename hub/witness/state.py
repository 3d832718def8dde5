"""The checkpoint of each log that a witness signed last, in one file.

The rules:
1. `advance` is one statement that names the value it replaces; its count of rows is the judge. So two requests, two
   threads or two processes over one file cannot both go on from the same place.
2. It returns when the change is on disk: a rollback journal with `synchronous=EXTRA`, FULL and the folder's own entry.
   There is no second file that a back-up could forget, but for the instant of a write.
3. The file names the keys that it belongs to and is made once, together with them. It is never made again in passing:
   a witness without its memory may sign anything.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from hub.core.log.witness import Known, origin_hash
from hub.core.model import Millis

MOST_CONTRADICTIONS: Final = 100
"""Kept of one log; a broken log must not fill the disk."""

_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE witness (vkey TEXT PRIMARY KEY) STRICT;
-- The last checkpoint signed of each log; `at` is the time stated in the signature, in milliseconds.
CREATE TABLE log (
    origin TEXT PRIMARY KEY,
    hash   TEXT NOT NULL UNIQUE,
    size   INTEGER NOT NULL,
    root   BLOB NOT NULL CHECK (length(root) = 32),
    at     INTEGER NOT NULL,
    note   BLOB NOT NULL
) STRICT;
-- Requests that a log signed and that do not continue what was signed last: what can be held against it.
CREATE TABLE contradiction (
    origin  TEXT NOT NULL,
    size    INTEGER NOT NULL,
    root    BLOB NOT NULL,
    at      INTEGER NOT NULL,
    why     TEXT NOT NULL,
    request BLOB NOT NULL,
    PRIMARY KEY (origin, size, root)
) STRICT;
"""


class StateError(Exception):
    """The state is missing, belongs to another key, or is no state of a witness."""


class LogState(msgspec.Struct, frozen=True):
    """One log as the witness knows it; `note` as it was signed, with the witness' own line."""

    origin: str
    size: int
    root: bytes
    at: Millis
    note: bytes
    contradictions: int = 0


class Contradiction(msgspec.Struct, frozen=True):
    origin: str
    size: int
    root: bytes
    at: Millis
    why: str
    request: bytes


class State:
    """Open with `create` or `open`. For one thread at a time; other processes may have the file open too."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @classmethod
    def create(cls, path: Path, vkeys: Sequence[str]) -> State:
        """A new, empty state for a new witness. FileExistsError where there is one."""
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        state = cls(_open(path))
        _prepare(state._db)
        state._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version={_VERSION}; COMMIT;")
        state._db.execute("BEGIN IMMEDIATE")
        state._db.executemany("INSERT INTO witness (vkey) VALUES (?)", [(vkey,) for vkey in vkeys])
        state._db.execute("COMMIT")
        _sync_folder(path.parent)
        return state

    @classmethod
    def open(cls, path: Path, vkeys: Sequence[str]) -> State:
        """The state of the witness with these keys; StateError if it is not exactly that."""
        if not path.exists():
            raise StateError(
                f"no {path.name}: a witness without its memory must not sign; make a new one, under another name"
            )
        db = _open(path)
        try:
            _prepare(db)
            version = db.execute("PRAGMA user_version").fetchone()[0]
            owners = [row[0] for row in db.execute("SELECT vkey FROM witness ORDER BY vkey")] if version else []
        except sqlite3.DatabaseError as error:
            db.close()
            raise StateError(f"{path.name}: {error}") from None
        if version != _VERSION or owners != sorted(vkeys):
            db.close()
            raise StateError(f"{path.name} is not the state of the witness with this key")
        return cls(db)

    def close(self) -> None:
        self._db.close()

    def known(self, origin: str) -> Known:
        row = self._db.execute("SELECT size, root, at FROM log WHERE origin=?", (origin,)).fetchone()
        return Known(*row) if row else Known()

    def advance(self, origin: str, before: Known, after: Known, note: bytes) -> bool:
        """Replace `before` by `after` if it still stands; False, and nothing changed, when it does not."""
        # A log that was never signed has no row; where one came in between, it is not `before` any more.
        cursor = self._db.execute(
            "INSERT INTO log (origin, hash, size, root, at, note) SELECT :origin, :hash, :size, :root, :at, :note "
            "WHERE :first OR EXISTS (SELECT 1 FROM log WHERE origin=:origin) "
            "ON CONFLICT (origin) DO UPDATE SET size=excluded.size, root=excluded.root, at=excluded.at, "
            "note=excluded.note WHERE log.size=:old_size AND log.root=:old_root AND log.at=:old_at",
            {
                "origin": origin,
                "hash": origin_hash(origin),
                "size": after.size,
                "root": after.root,
                "at": after.at,
                "note": note,
                "first": before == Known(),
                "old_size": before.size,
                "old_root": before.root,
                "old_at": before.at,
            },
        )
        return cursor.rowcount == 1

    def note(self, hashed: str) -> bytes | None:
        """The last note signed of the log whose origin has this hash."""
        row = self._db.execute("SELECT note FROM log WHERE hash=?", (hashed,)).fetchone()
        return bytes(row[0]) if row else None

    def logs(self) -> list[LogState]:
        rows = self._db.execute(
            "SELECT origin, size, root, at, note, "
            "(SELECT count(*) FROM contradiction c WHERE c.origin = log.origin) FROM log ORDER BY origin"
        )
        return [LogState(*row) for row in rows]

    def keep_contradiction(self, kept: Contradiction) -> None:
        """Once for each size and root, and not without end."""
        self._db.execute(
            "INSERT OR IGNORE INTO contradiction (origin, size, root, at, why, request) SELECT ?, ?, ?, ?, ?, ? "
            "WHERE (SELECT count(*) FROM contradiction WHERE origin=?) < ?",
            (kept.origin, kept.size, kept.root, kept.at, kept.why, kept.request, kept.origin, MOST_CONTRADICTIONS),
        )

    def contradictions(self) -> list[Contradiction]:
        rows = self._db.execute(
            "SELECT origin, size, root, at, why, request FROM contradiction ORDER BY origin, at, size"
        )
        return [Contradiction(*row) for row in rows]


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)


def _prepare(db: sqlite3.Connection) -> None:
    # Not WAL: its second file is part of the state, and a copy of the first alone would be an old state.
    for pragma in ("journal_mode=DELETE", "synchronous=EXTRA", "fullfsync=ON"):
        db.execute(f"PRAGMA {pragma}")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
