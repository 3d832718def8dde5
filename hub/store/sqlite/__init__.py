"""The store on one machine: SQLite in WAL mode, one writing connection, readers beside it.

SQLite before 3.51.3 can corrupt a WAL database when two connections write or checkpoint at once. Hence exactly one
connection writes and alone checkpoints, readers are opened read-only with `wal_autocheckpoint=0`, nothing is mapped
into memory, and a lock file keeps a second process out. On Linux `pysqlite3` carries a fixed SQLite and is preferred.

`synchronous=FULL`: a commit returns after the WAL was fsynced, so everything that `write` returned survives kill -9 and
power loss. Every batch is one such commit; each request of it is a savepoint.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack, closing, suppress
from pathlib import Path
from typing import Final, TypeVar

from hub.base import failpoint
from hub.core.errors import IntegrityAlarm, Unavailable
from hub.store.programmes import Programmes
from hub.store.search import Finder, Search
from hub.store.sqlite.connection import (
    DRIVERS,
    PREFERRED,
    Connection,
    Driver,
    check_not_running,
    connect,
    make_private,
    settle,
    take_lock,
)
from hub.store.sqlite.finding import SqliteFinder
from hub.store.sqlite.programmes import NAME as PROGRAMMES
from hub.store.sqlite.programmes import SqliteProgrammes
from hub.store.sqlite.reading import SqliteReads
from hub.store.sqlite.schema import SCHEMA_VERSION, migrate
from hub.store.sqlite.search import NAME, SqliteSearch
from hub.store.sqlite.transaction import SqliteTransaction

__all__ = ["DRIVERS", "PREFERRED", "SCHEMA_VERSION", "Driver", "SqliteStore", "check_not_running"]

T = TypeVar("T")
SIGNATURES: Final = "signatures.sqlite"
"""A file of its own: its mark goes at the pace of a reader of PDF files, which is no programme's."""


class SqliteStore(SqliteReads):
    """`Store` in one file. Open with `SqliteStore.open`; a second process on the same file is refused."""

    def __init__(
        self,
        driver: Driver,
        connections: list[Connection],
        closing: AsyncExitStack,
        index: Search | None = None,
        programmes: Programmes | None = None,
        signatures: Programmes | None = None,
    ) -> None:
        self._driver = driver
        self.index = index
        self.programmes = programmes
        self.signatures = signatures
        self.finder: Finder = SqliteFinder(self._read)
        # A reading of whole tables has a connection of its own, or a report would hold up every other inbox.
        self._writer, self._long, *self._readers = connections
        self._closing = closing
        self._turn = 0
        self._doubtful = False

    @classmethod
    async def open(
        cls, path: Path, *, readers: int = 2, driver: Driver = PREFERRED, search: bool = False
    ) -> SqliteStore:
        """Open or create, and with `search` the derived files beside it: the index, the cases of programmes,
        the findings in attachments. IntegrityAlarm when the file is another schema's or no store at all, AlreadyRunning
        when it is in use."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        closing = AsyncExitStack()
        closing.callback(os.close, take_lock(path.with_suffix(".lock")))
        failpoint.hit("start.locked")
        connections, index, programmes, signatures = [], None, None, None
        try:
            make_private(path)
            for number in range(2 + readers):
                connection = await connect(driver, path, read_only=number > 0)
                closing.push_async_callback(connection.close)
                connections.append(connection)
                if number == 0:
                    await connection.run(migrate)
                    await connection.run(settle)
            if search:
                index = await SqliteSearch.open(path.with_name(NAME), driver)
                closing.push_async_callback(index.close)
                programmes = await SqliteProgrammes.open(path.with_name(PROGRAMMES), driver)
                closing.push_async_callback(programmes.close)
                signatures = await SqliteProgrammes.open(path.with_name(SIGNATURES), driver)
                closing.push_async_callback(signatures.close)
        except BaseException as error:
            await closing.aclose()
            if isinstance(error, driver.OperationalError):
                raise Unavailable(found=f"open: {error}") from error
            if isinstance(error, driver.DatabaseError):
                raise IntegrityAlarm(expected="a store of this hub", found=str(error), path=str(path)) from error
            raise
        failpoint.hit("start.opened")
        return cls(driver, connections, closing, index, programmes, signatures)

    @classmethod
    async def open_copy(cls, path: Path, *, driver: Driver = PREFERRED) -> SqliteStore:
        """For reading only, beside other readers: nothing is locked, made or changed. IntegrityAlarm likewise."""
        closing = AsyncExitStack()
        connections = []
        wal = path.with_name(f"{path.name}-wal")
        # Without a journal nobody has it open: then not even the files that readers share need to be made.
        still = not wal.exists() or not wal.stat().st_size
        try:
            for _ in range(3):
                connection = await connect(driver, path, read_only=True, still=still)
                closing.push_async_callback(connection.close)
                connections.append(connection)
            (version,) = await connections[0].run(lambda db: db.execute("PRAGMA user_version").fetchone())
            if version != SCHEMA_VERSION:
                raise IntegrityAlarm(expected=f"store schema {SCHEMA_VERSION}", found=str(version), path=str(path))
        except BaseException as error:
            await closing.aclose()
            if isinstance(error, driver.DatabaseError):
                raise IntegrityAlarm(expected="a store of this hub", found=str(error), path=str(path)) from error
            raise
        return cls(driver, connections, closing)

    @classmethod
    async def open_beside(cls, path: Path, *, readers: int = 2, driver: Driver = PREFERRED) -> SqliteStore:
        """For reading only, beside the process that writes: each read sees the state committed when it begins."""
        closing = AsyncExitStack()
        connections = []
        try:
            for _ in range(2 + readers):
                connection = await connect(driver, path, read_only=True)
                closing.push_async_callback(connection.close)
                connections.append(connection)
        except BaseException:
            await closing.aclose()
            raise
        return cls(driver, connections, closing)

    async def close(self) -> None:
        """Readers first: the writer's end is the last and moves the WAL into the file."""
        await self._closing.aclose()

    async def write(self, work: Callable[[SqliteTransaction], T]) -> T:
        def batch(db: sqlite3.Connection) -> T:
            try:
                self._rollback(db)  # of a batch before, where the disk refused even that
                self._settled(db)
                failpoint.hit("batch.begin", self._driver.OperationalError)
                db.execute("BEGIN IMMEDIATE")
            except self._driver.Error as error:
                raise Unavailable(found=f"begin: {error}") from error
            try:
                failpoint.hit("batch.begun", self._driver.OperationalError)
                with closing(SqliteTransaction(db)) as tx:
                    result = work(tx)
            except BaseException as error:
                self._rollback(db)
                raise self._told("write", error) from error
            try:
                failpoint.hit("batch.commit", self._driver.OperationalError)
                db.execute("COMMIT")
                failpoint.hit("batch.committed", self._driver.OperationalError)
            except self._driver.Error as error:
                # A crash or error right here leaves the outcome unknown; only the file can tell.
                self._doubtful = True
                self._rollback(db)
                raise Unavailable(found=f"commit: {error}") from error
            return result

        return await self._writer.run(batch)

    def _rollback(self, db: sqlite3.Connection) -> None:
        if db.in_transaction:
            # The caller has to hear of the cause.
            with suppress(self._driver.Error):
                db.execute("ROLLBACK")

    async def inspect(self, work: Callable[[SqliteTransaction], T]) -> T:
        def settled(db: sqlite3.Connection) -> T:
            self._settled(db)
            with closing(SqliteTransaction(db)) as tx:
                return work(tx)

        return await self._run(self._writer, settled)

    def _settled(self, db: sqlite3.Connection) -> None:
        if self._doubtful:
            settle(db)
            self._doubtful = False

    def _told(self, doing: str, error: BaseException) -> BaseException:
        """An error of the engine in our words; any other, a broken constraint too, as it is."""
        if isinstance(error, self._driver.OperationalError):
            return Unavailable(found=f"{doing}: {error}")
        if type(error) is self._driver.DatabaseError:
            return IntegrityAlarm(expected="a sound database file", found=str(error))
        return error

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._turn = (self._turn + 1) % len(self._readers)
        return await self._run(self._readers[self._turn], work)

    async def _scan(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._run(self._long, work)

    async def _run(self, connection: Connection, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await connection.run(work)
        except self._driver.OperationalError as error:
            raise Unavailable(found=f"read: {error}") from error
        except self._driver.DatabaseError as error:
            raise IntegrityAlarm(expected="a sound database file", found=str(error)) from error
