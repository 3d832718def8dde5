"""A derived file beside the record: opened, emptied and made again where it is damaged.

A file of its own, since nothing of it is the record: no acceptance waits for its pages, its commits sync nothing, no
backup carries it, and where it is damaged or missing it is made again. Its journal is consistent after a kill; after a
power loss it may end earlier, with the mark that belongs to that.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final, Self, TypeVar
from urllib.parse import quote

import aiosqlite

from hub.base.internals import driver_of, join_thread, thread_of
from hub.core.errors import Unavailable

T = TypeVar("T")
Run = Callable[[Callable[[sqlite3.Connection], Any]], Awaitable[Any]]
"""Runs a function on a connection's thread."""

_WRITER: Final = ("journal_mode=WAL", "synchronous=NORMAL", "wal_autocheckpoint=2000", "mmap_size=0", "temp_store=2")
_READER: Final = ("wal_autocheckpoint=0", "mmap_size=0", "query_only=ON", "cache_size=-16384")


class DerivedFile:
    """One writing connection and one that reads. `what` names it in errors; `version` in the file itself."""

    what: ClassVar[str]
    version: ClassVar[int]
    schema: ClassVar[str]
    """Statements that make an empty one."""
    probe: ClassVar[str]
    """A statement that shows whether its tables are there."""

    def __init__(self, path: Path, driver: Any) -> None:
        self._path = path
        self._driver = driver
        self._open = AsyncExitStack()
        self._writer: Run | None = None
        self._reader: Run | None = None
        self._damaged = self._ended = False
        self._opening = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path, driver: Any) -> Self:
        """Open or create. A file that is none of this version is replaced by an empty one; where even that cannot be
        made, on a full disk, it is tried again when somebody asks: a hub without it accepts documents all the same."""
        made = cls(path, driver)
        with suppress(Unavailable):
            await made._ready("SELECT 1")
        return made

    async def close(self) -> None:
        self._ended = True
        await self._shut()

    async def reset(self) -> None:
        self._damaged = True
        await self._ready("SELECT 1")

    async def _ready(self, question: str) -> Any:
        """The first row of the answer, once a file is there that can answer."""
        async with self._opening:
            for again in (False, True):  # where the first look finds damage, the second makes a new one
                if self._damaged:
                    await self._shut()
                if self._writer is None and not self._ended:
                    await self._opened(again=again)
            return await self._asked(lambda db: db.execute(question).fetchone())

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
            self._damaged = not await self._writer(self._prepare)
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

    async def _shut(self) -> None:
        self._writer = self._reader = None
        closing, self._open = self._open, AsyncExitStack()
        await closing.aclose()

    def _prepare(self, db: sqlite3.Connection) -> bool:
        """Make a new one; False for a file of another version or maker."""
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version == 0 and not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            db.executescript(f"BEGIN IMMEDIATE; {self.schema}; PRAGMA user_version={self.version}; COMMIT;")
        elif version != self.version:
            return False
        db.execute(self.probe).fetchone()
        return True

    async def _batch(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """One transaction: all of the work or nothing."""

        def write(db: sqlite3.Connection) -> None:
            db.execute("BEGIN IMMEDIATE")
            try:
                work(db)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

        await self._written(write)

    async def _written(self, work: Callable[[sqlite3.Connection], T]) -> T:
        run = self._writer
        if run is None:
            raise Unavailable(found=f"{self.what}: closed")
        return await self._told(lambda: run(work))

    async def _asked(self, work: Callable[[sqlite3.Connection], T]) -> T:
        run = self._reader
        if run is None:
            raise Unavailable(found=f"{self.what}: closed")
        return await self._told(lambda: run(work))

    async def _told(self, work: Callable[[], Awaitable[T]]) -> T:
        """An error of the engine is none of the record's: the file is not there for now, and a damaged one is made
        again when its mark is asked for."""
        try:
            return await work()
        except (self._driver.Error, OSError, ValueError) as error:
            damaged = isinstance(error, self._driver.DatabaseError)
            self._damaged |= damaged and not isinstance(error, self._driver.OperationalError)
            raise Unavailable(found=f"{self.what}: {error}") from error
