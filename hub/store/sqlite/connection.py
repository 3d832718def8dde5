"""How SQLite is opened: which driver, with which settings, on whose threads, and that one process alone writes."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import aiosqlite

from hub.base.internals import driver_of, join_thread, thread_of
from hub.core.errors import AlreadyRunning, Unavailable

T = TypeVar("T")
Driver = Any
"""A DB-API module for SQLite: the standard library's `sqlite3` or another of the same shape."""

DRIVERS: Final[dict[str, Driver]] = {"sqlite3": sqlite3}
"""Those that are installed, the preferred one last."""
try:
    from pysqlite3 import dbapi2
except ImportError:  # not Linux, or a Python for which no wheel exists
    pass
else:
    DRIVERS["pysqlite3"] = dbapi2
PREFERRED: Final[Driver] = list(DRIVERS.values())[-1]

WRITER_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA mmap_size=0",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
)
READER_PRAGMAS: Final = (
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA mmap_size=0",
    "PRAGMA query_only=ON",
    "PRAGMA cache_size=-16384",
)


class Connection(aiosqlite.Connection):
    """aiosqlite's connection with one verb more: run a function on its thread."""

    async def opened(self) -> Connection:
        await self
        self._on_thread, self._db = thread_of(self), driver_of(self)
        return self

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._on_thread(partial(work, self._db))
        return result


async def connect(driver: Driver, path: Path, *, read_only: bool, still: bool = False) -> Connection:
    """`still`: nobody changes the file meanwhile."""
    target = f"file:{quote(str(path))}?mode={'ro' if read_only else 'rwc'}{'&immutable=1' if still else ''}"

    def connector() -> sqlite3.Connection:
        db: sqlite3.Connection = driver.connect(
            target,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=5.0,
            cached_statements=256,
        )
        try:
            for pragma in READER_PRAGMAS if read_only else WRITER_PRAGMAS:
                db.execute(pragma)
        except BaseException:
            db.close()
            raise
        return db

    connection = Connection(connector, iter_chunk_size=64)
    try:
        return await connection.opened()
    except BaseException:
        # Its thread has been told to end; a loop that closed before it does would make it fail aloud.
        await asyncio.to_thread(join_thread, connection)
        raise


def settle(db: sqlite3.Connection) -> None:
    """Move the journal into the file and begin a new one, before anything is promised on top of it.

    After an fsync that failed, the system counts as written the pages that it could not write: the journal's content
    may be in memory only, and a later fsync that succeeds says nothing of it. A process that died then leaves such a
    journal to the next one. Here everything is written again, to another file, under an fsync of its own.
    """
    busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise Unavailable(found="the journal cannot be moved into the file while somebody reads it")


def make_private(path: Path) -> None:
    """Where it is missing, so that SQLite does not make it readable by others; its journal gets the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def take_lock(path: Path) -> int:
    """The lock is the system's, and ends with its process; the file says whose it is, for people."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    except OSError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace")
        os.close(descriptor)
        found = f"process {holder}" if holder.isdigit() else "another process"
        raise AlreadyRunning(expected="one process on this store", found=found, path=str(path)) from None
    return descriptor


def check_not_running(path: Path) -> None:
    """AlreadyRunning where a process has the store of this path open."""
    lock = path.with_suffix(".lock")
    if lock.exists():
        os.close(take_lock(lock))
