"""Webhooks in the store: endpoints, how far each was told, and those sent out of turn."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from hub.core.evidence.format import Kind
from hub.core.model import Millis
from hub.store import HappenedRow, HookNoticeRow, HookRow
from hub.store.sqlite import attempts
from hub.store.sqlite.rows import Row

TABLES: Final = """
    CREATE TABLE hook (number INTEGER PRIMARY KEY, agency TEXT NOT NULL, url TEXT NOT NULL, kinds TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('unproven', 'active', 'disabled', 'removed')), why TEXT NOT NULL,
    salt BLOB NOT NULL, old_salt BLOB NOT NULL, old_until INTEGER NOT NULL, created_at INTEGER NOT NULL, next INTEGER,
    failures INTEGER NOT NULL, failing_since INTEGER, retry_at INTEGER NOT NULL, sent_at INTEGER,
    outcome TEXT NOT NULL, status INTEGER NOT NULL) STRICT;
    CREATE TABLE hook_scan (one INTEGER PRIMARY KEY CHECK (one = 1), leaf INTEGER NOT NULL) STRICT;
    CREATE TABLE hook_notice (hook INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, body BLOB NOT NULL,
    at INTEGER NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'failed', 'sent')), outcome TEXT NOT NULL, status INTEGER NOT NULL,
    PRIMARY KEY (hook, id)) STRICT, WITHOUT ROWID;
    CREATE INDEX hook_notice_due ON hook_notice (hook, next_at) WHERE state = 'waiting';
"""
"""The additions of the seventh version to the sixth."""

_HOOK: Final = HookRow.__struct_fields__
_NOTICE: Final = HookNoticeRow.__struct_fields__
_SELECT: Final = f"SELECT {', '.join(_NOTICE)} FROM hook_notice WHERE "


def _upsert(table: str, columns: Sequence[str], keys: Sequence[str]) -> str:
    marks = ", ".join(f"?{n}" for n in range(1, len(columns) + 1))
    changed = ", ".join(f"{column}=excluded.{column}" for column in columns if column not in keys)
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) "
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"
    )


_KEEP: Final = _upsert("hook", _HOOK, ["number"])
_KEEP_NOTICE: Final = _upsert("hook_notice", _NOTICE, ["hook", "id"])
_EVIDENCE: Final = (
    "SELECT l.number, l.object, m.sender, m.priority FROM leaf l JOIN message m ON m.number=l.message "
    "WHERE l.number>=? AND l.number<? AND l.kind=? ORDER BY l.number"
)


def rows(db: sqlite3.Connection) -> list[HookRow]:
    found = db.execute(f"SELECT {', '.join(_HOOK)} FROM hook WHERE state<>'removed' ORDER BY number").fetchall()
    return [HookRow(*row) for row in found]


def evidence(db: sqlite3.Connection, start: int, end: int) -> list[HappenedRow]:
    return [HappenedRow(*row) for row in db.execute(_EVIDENCE, (start, end, int(Kind.EVIDENCE))).fetchall()]


def notices(db: sqlite3.Connection, hook: int, limit: int, after: str) -> list[HookNoticeRow]:
    found = db.execute(f"{_SELECT} hook=? AND state<>'sent' AND id>? ORDER BY id LIMIT ?", (hook, after, limit))
    return [HookNoticeRow(*row) for row in found.fetchall()]


def notice(db: sqlite3.Connection, hook: int, identifier: str) -> HookNoticeRow | None:
    row = db.execute(f"{_SELECT} hook=? AND id=?", (hook, identifier)).fetchone()
    return HookNoticeRow(*row) if row else None


def due(db: sqlite3.Connection, hook: int) -> tuple[HookNoticeRow, int] | None:
    row = db.execute(f"{_SELECT} hook=? AND state='waiting' ORDER BY next_at LIMIT 1", (hook,)).fetchone()
    waiting = db.execute("SELECT count(*) FROM hook_notice WHERE hook=? AND state='waiting'", (hook,)).fetchone()
    return (HookNoticeRow(*row), waiting[0]) if row else None


def due_all(db: sqlite3.Connection) -> dict[int, tuple[Millis, int]]:
    found: list[Row] = db.execute(
        "SELECT hook, min(next_at), count(*) FROM hook_notice WHERE state='waiting' GROUP BY hook"
    ).fetchall()
    return {row[0]: (Millis(row[1]), row[2]) for row in found}


def add(cursor: sqlite3.Cursor, row: HookRow) -> HookRow:
    """With the next number: one above all that were ever given, those of removed ones too."""
    number = cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM hook").fetchone()[0]
    numbered = msgspec.structs.replace(row, number=number)
    keep(cursor, [numbered])
    return numbered


def keep(cursor: sqlite3.Cursor, given: Sequence[HookRow]) -> None:
    cursor.executemany(_KEEP, [_values(row) for row in given])


def remove(cursor: sqlite3.Cursor, number: int) -> None:
    cursor.execute(
        "UPDATE hook SET state='removed', url='', salt=x'', old_salt=x'', next=NULL WHERE number=?", (number,)
    )
    cursor.execute("DELETE FROM hook_notice WHERE hook=?", (number,))
    attempts.forget(cursor, number)


def scanned(cursor: sqlite3.Cursor, leaf: int) -> None:
    cursor.execute("INSERT INTO hook_scan VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET leaf=excluded.leaf", (leaf,))


def keep_notices(cursor: sqlite3.Cursor, given: Sequence[HookNoticeRow], most: int) -> None:
    """`most`: of those given up, the oldest of an endpoint go beyond it; the record still has their content."""
    cursor.executemany(_KEEP_NOTICE, [_values(row) for row in given])
    for hook in {row.hook for row in given if row.state == "failed"}:
        cursor.execute(
            "DELETE FROM hook_notice WHERE hook=?1 AND state='failed' AND id NOT IN (SELECT id FROM hook_notice "
            "WHERE hook=?1 AND state='failed' ORDER BY at DESC, id DESC LIMIT ?2)",
            (hook, most),
        )


def drop_notice(cursor: sqlite3.Cursor, hook: int, identifier: str) -> None:
    cursor.execute("DELETE FROM hook_notice WHERE hook=? AND id=?", (hook, identifier))


def _values(row: HookRow | HookNoticeRow) -> tuple[Any, ...]:
    return tuple(getattr(row, column) for column in row.__struct_fields__)
