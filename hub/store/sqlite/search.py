"""The index of a search in a derived file beside the record, on SQLite's FTS5.

Texts come folded, so the tokenizer only has to split at spaces. FTS5 keeps no text (`content=''`), and merges its
segments when it is told to and at no other time: a merge within a commit took 38 ms.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Final

from hub.store.search import COLUMNS, Bill, Branch, Entry, Mark, Match, OneOf, Phrase, Span
from hub.store.sqlite.derived import DerivedFile

NAME: Final = "search.sqlite"
_MERGED: Final = 500
"""Pages of one step of a merge."""
_SCHEMA: Final = f"""
CREATE VIRTUAL TABLE found USING fts5({", ".join(COLUMNS)}, content='', tokenize='unicode61 remove_diacritics 0');
INSERT INTO found (found, rank) VALUES ('automerge', 0);
CREATE TABLE mark (one INTEGER PRIMARY KEY CHECK (one = 1), low INTEGER NOT NULL, high INTEGER NOT NULL,
last TEXT NOT NULL) STRICT
"""
_ADD: Final = f"INSERT INTO found (rowid, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)})"
_MARK: Final = (
    "INSERT INTO mark (one, low, high, last) VALUES (1, ?, ?, ?) "
    "ON CONFLICT (one) DO UPDATE SET low=excluded.low, high=excluded.high, last=excluded.last"
)
_MATCHING: Final = (
    "SELECT rowid FROM found WHERE found MATCH ? AND rowid>=? AND rowid<? {among}ORDER BY rowid {way} LIMIT ?"
)
_AMONG: Final = "AND rowid IN (SELECT value FROM json_each(?)) "


class SqliteSearch(DerivedFile):
    """`Search` in one file; opened by the store that it lies beside."""

    what = "search"
    version = 1
    schema = _SCHEMA
    probe = "SELECT rowid FROM found LIMIT 1"

    async def mark(self) -> Mark | None:
        row = await self._ready("SELECT low, high, last FROM mark")
        return Mark(*row) if row else None

    async def index(self, entries: Sequence[Entry], mark: Mark) -> None:
        def write(db: sqlite3.Connection) -> None:
            db.executemany(_ADD, ((e.number, e.said, e.code, e.sender, e.names, e.tags, e.placed) for e in entries))
            db.execute(_MARK, (mark.low, mark.high, mark.last))

        await self._batch(write)

    async def tidy(self) -> bool:
        def merge(db: sqlite3.Connection) -> bool:
            before = db.total_changes
            db.execute("INSERT INTO found (found, rank) VALUES ('merge', ?)", (_MERGED,))
            return db.total_changes - before >= 2  # fewer: nothing was merged, as FTS5 documents it

        return await self._written(merge)

    async def matching(
        self, bill: Bill, match: Match, span: Span, limit: int, among: Sequence[int] | None = None
    ) -> list[int]:
        if not match:
            return []
        sql = _MATCHING.format(among=_AMONG if among is not None else "", way="ASC" if span.oldest else "DESC")
        values: list[object] = [expression(match), span.low, span.high]
        if among is not None:
            values.append(f"[{','.join(map(str, among))}]")

        def read(db: sqlite3.Connection) -> list[int]:
            with closing(db.execute(sql, (*values, limit))) as rows:
                return [row[0] for row in rows]

        return await self._asked(bill.timed(read))


def expression(match: Match) -> str:
    """The query in FTS5's language. Words hold letters and digits alone, so none of them is syntax."""
    return " OR ".join(f"({_branch(branch)})" for branch in match)


def _branch(branch: Branch) -> str:
    return " AND ".join(map(_one_of, branch))


def _one_of(one: OneOf) -> str:
    return f"({{{' '.join(one.columns)}}} : ({' OR '.join(map(_phrase, one.phrases))}))"


def _phrase(phrase: Phrase) -> str:
    if not all(word.isalnum() for word in phrase.words):
        raise ValueError("words are folded before they are asked for")
    return f'"{" ".join(phrase.words)}"'
