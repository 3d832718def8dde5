"""The index of a search in a file of its own beside the record, on SQLite's FTS5.

A file of its own, since nothing of it is the record: no acceptance waits for its pages, its commits sync nothing, no
backup carries it, and where it is damaged or missing it is made again. Its journal is consistent after a kill; after a
power loss it may end earlier, with the mark that belongs to that.

Texts come folded, so the tokenizer only has to split at spaces. FTS5 keeps no text (`content=''`), and merges its
segments when it is told to and at no other time: a merge within a commit took 38 ms.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import aiosqlite

from hub.base.internals import driver_of, join_thread, thread_of
from hub.core.errors import Unavailable
from hub.store.search import COLUMNS, Bill, Branch, Entry, Mark, Match, OneOf, Phrase, Span

T = TypeVar("T")
Run = Callable[[Callable[[sqlite3.Connection], Any]], Awaitable[Any]]
"""Runs a function on a connection's thread."""

NAME: Final = "search.sqlite"
_VERSION: Final = 1
_MERGED: Final = 500
"""Pages of one step of a merge."""
_SCHEMA: Final = f"""
BEGIN IMMEDIATE;
CREATE VIRTUAL TABLE found USING fts5({", ".join(COLUMNS)}, content='', tokenize='unicode61 remove_diacritics 0');
INSERT INTO found (found, rank) VALUES ('automerge', 0);
CREATE TABLE mark (one INTEGER PRIMARY KEY CHECK (one = 1), low INTEGER NOT NULL, high INTEGER NOT NULL,
last TEXT NOT NULL) STRICT;
PRAGMA user_version={_VERSION};
COMMIT;
"""
_WRITER: Final = ("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=2000", "mmap_size=0", "temp_store=2")
_READER: Final = ("wal_autocheckpoint=0", "mmap_size=0", "query_only=ON", "cache_size=-16384")
_ADD: Final = f"INSERT INTO found (rowid, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)})"
_MARK: Final = (
    "INSERT INTO mark (one, low, high, last) VALUES (1, ?, ?, ?) "
    "ON CONFLICT (one) DO UPDATE SET low=excluded.low, high=excluded.high, last=excluded.last"
)
_MATCHING: Final = (
    "SELECT rowid FROM found WHERE found MATCH ? AND rowid>=? AND rowid<? {among}ORDER BY rowid {way} LIMIT ?"
)
_AMONG: Final = "AND rowid IN (SELECT value FROM json_each(?)) "


class SqliteSearch:
    """`Search` in one file; opened by the store that it lies beside."""

    def __init__(self, path: Path, driver: Any) -> None:
        self._path = path
        self._driver = driver
        self._open = AsyncExitStack()
        self._writer: Run | None = None
        self._reader: Run | None = None
        self._damaged = self._ended = False
        self._opening = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, driver: Any) -> SqliteSearch:
        """Open or create. A file that is no index of this version is replaced by an empty one; where even that cannot
        be made, on a full disk, it is tried again when somebody asks: a hub without a search accepts documents all the
        same."""
        made = cls(path, driver)
        with suppress(Unavailable):
            await made.mark()
        return made

    async def _opened(self, *, again: bool) -> None:
        try:
            await self._told(self._begin)
        except Unavailable:
            if again or not self._damaged:
                raise

    async def _begin(self) -> None:
        """Open the present one; in its place an empty one where that is none of ours."""
        for name in ("", "-wal", "-shm", "-journal") if self._damaged else ():
            self._path.with_name(self._path.name + name).unlink(missing_ok=True)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        try:
            self._writer = await self._connected("rwc", _WRITER)
            self._damaged = not await self._writer(_prepare)
            self._reader = await self._connected("ro", _READER)
        except BaseException:
            await self._shut()
            raise

    async def _connected(self, mode: str, pragmas: Sequence[str]) -> Run:
        target = f"file:{quote(str(self._path))}?mode={mode}"

        def connector() -> sqlite3.Connection:
            db: sqlite3.Connection = self._driver.connect(
                target, uri=True, isolation_level=None, check_same_thread=False, timeout=5.0
            )
            try:
                for pragma in pragmas:
                    db.execute(f"PRAGMA {pragma}")
            except BaseException:
                db.close()
                raise
            return db

        connection = aiosqlite.Connection(connector, iter_chunk_size=64)
        try:
            await connection
        except BaseException:
            join_thread(connection)
            raise
        self._open.push_async_callback(connection.close)
        on_thread, db = thread_of(connection), driver_of(connection)

        async def run(work: Callable[[sqlite3.Connection], Any]) -> Any:
            return await on_thread(partial(work, db))

        return run

    async def close(self) -> None:
        self._ended = True
        await self._shut()

    async def _shut(self) -> None:
        self._writer = self._reader = None
        closing, self._open = self._open, AsyncExitStack()
        await closing.aclose()

    async def reset(self) -> None:
        self._damaged = True
        await self.mark()

    async def mark(self) -> Mark | None:
        async with self._opening:
            for again in (False, True):  # where the first look finds damage, the second makes a new one
                if self._damaged:
                    await self._shut()
                if self._writer is None and not self._ended:
                    await self._opened(again=again)
            row = await self._asked(lambda db: db.execute("SELECT low, high, last FROM mark").fetchone())
        return Mark(*row) if row else None

    async def index(self, entries: Sequence[Entry], mark: Mark) -> None:
        def write(db: sqlite3.Connection) -> None:
            db.execute("BEGIN IMMEDIATE")
            try:
                db.executemany(_ADD, ((e.number, e.said, e.code, e.sender, e.names, e.tags, e.placed) for e in entries))
                db.execute(_MARK, (mark.low, mark.high, mark.last))
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

        await self._written(write)

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

    async def _written(self, work: Callable[[sqlite3.Connection], T]) -> T:
        run = self._writer
        if run is None:
            raise Unavailable(found="search: closed")
        return await self._told(lambda: run(work))

    async def _asked(self, work: Callable[[sqlite3.Connection], T]) -> T:
        run = self._reader
        if run is None:
            raise Unavailable(found="search: closed")
        return await self._told(lambda: run(work))

    async def _told(self, work: Callable[[], Awaitable[T]]) -> T:
        """An error of the engine is none of the record's: the search is not there for now, and a damaged one is made
        again when its mark is asked for."""
        try:
            return await work()
        except (self._driver.Error, OSError, ValueError) as error:
            damaged = isinstance(error, self._driver.DatabaseError)
            self._damaged |= damaged and not isinstance(error, self._driver.OperationalError)
            raise Unavailable(found=f"search: {error}") from error


def _prepare(db: sqlite3.Connection) -> bool:
    """Make a new one; False for a file of another version or maker."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0 and not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        db.executescript(_SCHEMA)
    elif version != _VERSION:
        return False
    db.execute("SELECT rowid FROM found LIMIT 1").fetchone()
    return True


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
