"""The store on one machine: SQLite in WAL mode, one writing connection, readers beside it.

SQLite before 3.51.3 can corrupt a WAL database when two connections write or checkpoint at once. Hence exactly one
connection writes and alone checkpoints, readers are opened read-only with `wal_autocheckpoint=0`, nothing is mapped
into memory, and a lock file keeps a second process out. On Linux `pysqlite3` carries a fixed SQLite and is preferred.

`synchronous=FULL`: a commit returns after the WAL was fsynced, so everything that `write` returned survives kill -9 and
power loss. Every batch is one such commit; each request of it is a savepoint.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import aiosqlite
import msgspec

from hub.base import failpoint
from hub.base.internals import driver_of, join_thread, thread_of
from hub.core.edxml import detail
from hub.core.edxml.detail import Detail
from hub.core.edxml.naming import matching_key
from hub.core.errors import AlreadyRunning, IntegrityAlarm, Unavailable
from hub.core.evidence.format import Kind
from hub.core.model import Agency, DeliveryState, Millis
from hub.core.report import ReportRows, Tally
from hub.store import (
    AccountRow,
    CheckpointRow,
    CosignedRow,
    Counter,
    DeedRow,
    DeliveryRow,
    InboxEntry,
    LeafRow,
    MessageRow,
    Name,
    Numbers,
    SessionRow,
    Shown,
    Side,
    TimestampRow,
    X509Row,
)
from hub.store.search import Bill, Finder, Search
from hub.store.sqlite import accounts, finding, mailbox, named
from hub.store.sqlite.finding import SqliteFinder
from hub.store.sqlite.report import oldest_waiting, report, tallies
from hub.store.sqlite.rows import CHECKPOINT, DELIVERY, LEAF, MESSAGE, Row, delivery_of, leaf_of, message_of
from hub.store.sqlite.search import NAME, SqliteSearch
from hub.store.sqlite.transaction import SqliteTransaction

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

SCHEMA_VERSION: Final = 7
_SCHEMA: Final = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
_UPGRADES: Final = {
    1: """
    CREATE TABLE cosigned (size INTEGER PRIMARY KEY, at INTEGER NOT NULL, note BLOB NOT NULL) STRICT;
    CREATE TABLE cosignature (witness TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (witness, size))
    STRICT, WITHOUT ROWID;
    """,
    2: """
    ALTER TABLE message ADD COLUMN purged_at INTEGER;
    ALTER TABLE checkpoint ADD COLUMN seal TEXT NOT NULL DEFAULT '';
    CREATE INDEX IF NOT EXISTS leaf_kind ON leaf (kind, number) WHERE kind <> 1;
    CREATE INDEX leaf_directory ON leaf (recipient, number) WHERE kind = 2;
    CREATE TABLE timestamp (size INTEGER PRIMARY KEY, leaf INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
    CREATE TABLE x509 (digest BLOB PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('certificate', 'authority', 'crl')),
    der BLOB NOT NULL, seen_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    """,
    3: """
    DROP INDEX delivery_mailbox;
    CREATE INDEX delivery_waiting ON delivery (recipient, -lane, message, kind) WHERE state = 0;
    CREATE INDEX delivery_ended ON delivery (message >> 10, recipient, state, -lane, message, kind) WHERE state <> 0;
    ALTER TABLE signed RENAME TO signed_3;
    CREATE TABLE signed (digest BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;
    INSERT INTO signed (digest, bytes) SELECT digest, bytes FROM signed_3;
    DROP TABLE signed_3;
    """,
    # Nobody knows which of the waiting documents were read: neither "never fetched" nor "fetched" may be said of it.
    4: """
    ALTER TABLE delivery ADD COLUMN offered_at INTEGER;
    ALTER TABLE delivery ADD COLUMN ends_at INTEGER;
    UPDATE delivery SET offered_at = 0 WHERE state = 0;
    CREATE TABLE heartbeat (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL) STRICT;
    CREATE TABLE locked_out (agency TEXT PRIMARY KEY, since INTEGER NOT NULL, why TEXT NOT NULL) STRICT, WITHOUT ROWID;
    """,
    5: """
    ALTER TABLE message ADD COLUMN key TEXT NOT NULL DEFAULT '';
    ALTER TABLE delivery ADD COLUMN reported INTEGER;
    UPDATE message SET key = matching_key(code) WHERE kind = 0;
    DROP INDEX message_code;
    CREATE INDEX message_key ON message (sender, key, year) WHERE kind = 0;
    """,
    # The new tables' rows for old documents are read from their bytes, in the background: `upkeep.indexing`.
    6: f"""
    DROP INDEX message_key;
    CREATE INDEX message_key ON message (key, sender, year) WHERE kind = 0;
    CREATE INDEX message_document ON message (document_id, sender) WHERE kind = 0;
    CREATE TABLE detail (message INTEGER PRIMARY KEY, told BLOB NOT NULL) STRICT;
    CREATE INDEX delivery_open ON delivery (message, state) WHERE state <> 1;
    {accounts.TABLES}
    """,
}
"""Version → the step to the next one."""
_WRITER_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA mmap_size=0",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
)
_READER_PRAGMAS: Final = (
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA mmap_size=0",
    "PRAGMA query_only=ON",
    "PRAGMA cache_size=-16384",
)


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection with one verb more: run a function on its thread."""

    async def opened(self) -> _Connection:
        await self
        self._on_thread, self._db = thread_of(self), driver_of(self)
        return self

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._on_thread(partial(work, self._db))
        return result


class SqliteStore:
    """`Store` in one file. Open with `SqliteStore.open`; a second process on the same file is refused."""

    def __init__(
        self,
        driver: Driver,
        connections: list[_Connection],
        closing: AsyncExitStack,
        index: SqliteSearch | None = None,
    ) -> None:
        self._driver = driver
        self.index: Search | None = index
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
        """Open or create, and with `search` its index beside it. IntegrityAlarm when the file is another schema's or no
        store at all, AlreadyRunning when it is in use."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        closing = AsyncExitStack()
        closing.callback(os.close, _take_lock(path.with_suffix(".lock")))
        failpoint.hit("start.locked")
        connections, index = [], None
        try:
            _make_private(path)
            for number in range(2 + readers):
                connection = await _connect(driver, path, read_only=number > 0)
                closing.push_async_callback(connection.close)
                connections.append(connection)
                if number == 0:
                    await connection.run(_migrate)
                    await connection.run(_settle)
            if search:
                index = await SqliteSearch.open(path.with_name(NAME), driver)
                closing.push_async_callback(index.close)
        except BaseException as error:
            await closing.aclose()
            if isinstance(error, driver.OperationalError):
                raise Unavailable(found=f"open: {error}") from error
            if isinstance(error, driver.DatabaseError):
                raise IntegrityAlarm(expected="a store of this hub", found=str(error), path=str(path)) from error
            raise
        failpoint.hit("start.opened")
        return cls(driver, connections, closing, index)

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
                connection = await _connect(driver, path, read_only=True, still=still)
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
                connection = await _connect(driver, path, read_only=True)
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
            _settle(db)
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

    async def _scanned(self, sql: str, *values: object) -> list[Row]:
        return await self._scan(lambda db: db.execute(sql, values).fetchall())

    async def _run(self, connection: _Connection, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await connection.run(work)
        except self._driver.OperationalError as error:
            raise Unavailable(found=f"read: {error}") from error
        except self._driver.DatabaseError as error:
            raise IntegrityAlarm(expected="a sound database file", found=str(error)) from error

    async def _rows(self, sql: str, *values: object) -> list[Row]:
        return await self._read(lambda db: db.execute(sql, values).fetchall())

    async def _row(self, sql: str, *values: object) -> Row | None:
        return await self._read(lambda db: db.execute(sql, values).fetchone())

    async def last_checkpoint(self) -> CheckpointRow | None:
        row = await self._row(f"SELECT {CHECKPOINT} FROM checkpoint ORDER BY size DESC LIMIT 1")
        return CheckpointRow(*row) if row else None

    async def checkpoint_covering(self, leaf: int) -> CheckpointRow | None:
        row = await self._row(f"SELECT {CHECKPOINT} FROM checkpoint WHERE size>? ORDER BY size LIMIT 1", leaf)
        return CheckpointRow(*row) if row else None

    async def agencies(self) -> list[Agency]:
        rows = await self._rows("SELECT entry FROM agency ORDER BY code")
        decode = msgspec.json.Decoder(Agency).decode
        return [decode(row[0]) for row in rows]

    async def message(self, number: int) -> MessageRow | None:
        row = await self._row(f"SELECT {MESSAGE} FROM message WHERE number=?", number)
        return message_of(row) if row else None

    async def content(self, number: int) -> bytes | None:
        row = await self._row("SELECT bytes FROM content WHERE message=?", number)
        return bytes(row[0]) if row else None

    async def messages(self, bill: Bill, numbers: Sequence[int]) -> list[MessageRow]:
        return await self._read(bill.timed(lambda db: finding.messages(db, numbers)))

    async def shown(
        self, bill: Bill, numbers: Sequence[int], parties: Sequence[str] | None, most: int
    ) -> dict[int, Shown]:
        return await self._read(bill.timed(lambda db: finding.shown(db, numbers, parties, most)))

    async def details(self, messages: Sequence[int]) -> dict[int, Detail]:
        asked = f"[{','.join(map(str, messages))}]"
        rows = await self._rows(
            "SELECT message, told FROM detail WHERE message IN (SELECT value FROM json_each(?))", asked
        )
        return {number: detail.decode(told) for number, told in rows}

    async def delivery(self, message: int, recipient: str) -> DeliveryRow | None:
        row = await self._row(f"SELECT {DELIVERY} FROM delivery WHERE message=? AND recipient=?", message, recipient)
        return delivery_of(row) if row else None

    async def deliveries(self, message: int) -> list[DeliveryRow]:
        return [delivery_of(r) for r in await self._rows(f"SELECT {DELIVERY} FROM delivery WHERE message=?", message)]

    async def inbox(
        self, recipient: str, state: DeliveryState, limit: int, after: tuple[int, int] | None = None
    ) -> list[InboxEntry]:
        return await self._read(lambda db: mailbox.inbox(db, recipient, state, limit, after))

    async def offered(
        self, recipient: str, limit: int, without: Numbers = (), content_bytes: int = 0
    ) -> list[InboxEntry]:
        return await self._read(lambda db: mailbox.offered(db, recipient, limit, without, content_bytes))

    async def outbox(self, sender: str, limit: int, before: int | None = None) -> list[MessageRow]:
        rows = await self._rows(
            f"SELECT {MESSAGE} FROM message WHERE sender=? AND number<? ORDER BY number DESC LIMIT ?",
            sender,
            before if before is not None else 1 << 62,
            limit,
        )
        return [message_of(row) for row in rows]

    async def named(
        self, name: Name, parties: Sequence[str] | None, side: Side = Side.BOTH
    ) -> tuple[list[MessageRow], bool]:
        return await self._read(lambda db: named.named(db, name, parties, side))

    async def due(self, at: Millis, limit: int) -> list[DeliveryRow]:
        rows = await self._rows(
            f"SELECT {DELIVERY} FROM delivery WHERE state=0 AND due_at<=? ORDER BY due_at LIMIT ?", at, limit
        )
        return [delivery_of(row) for row in rows]

    async def leaf(self, number: int) -> LeafRow | None:
        row = await self._row(f"SELECT {LEAF} FROM leaf WHERE number=?", number)
        return leaf_of(row) if row else None

    async def leaves(self, start: int, count: int) -> list[LeafRow]:
        rows = await self._rows(
            f"SELECT {LEAF} FROM leaf WHERE number>=? AND number<? ORDER BY number", start, start + count
        )
        return [leaf_of(row) for row in rows]

    async def leaves_of_kind(self, kind: int, start: int, count: int) -> list[LeafRow]:
        rows = await self._rows(
            f"SELECT {LEAF} FROM leaf WHERE kind=? AND kind<>1 AND number>=? ORDER BY number LIMIT ?",
            kind,
            start,
            count,
        )
        return [leaf_of(row) for row in rows]

    async def certificate_leaves(self, agency: str) -> list[LeafRow]:
        rows = await self._rows(f"SELECT {LEAF} FROM leaf WHERE kind=2 AND recipient=? ORDER BY number", agency)
        return [leaf_of(row) for row in rows]

    async def timeline(self, message: int) -> list[LeafRow]:
        rows = await self._rows(f"SELECT {LEAF} FROM leaf WHERE message=? ORDER BY number", message)
        return [leaf_of(row) for row in rows]

    async def signed(self, digest: str) -> bytes | None:
        row = await self._row("SELECT bytes FROM signed WHERE digest=?", bytes.fromhex(digest))
        return bytes(row[0]) if row else None

    async def checkpoints(self, above: int, count: int) -> list[CheckpointRow]:
        rows = await self._rows(f"SELECT {CHECKPOINT} FROM checkpoint WHERE size>? ORDER BY size LIMIT ?", above, count)
        return [CheckpointRow(*row) for row in rows]

    async def timestamp_covering(self, leaf: int) -> TimestampRow | None:
        row = await self._row("SELECT size, leaf, at FROM timestamp WHERE size>? ORDER BY size LIMIT 1", leaf)
        return TimestampRow(*row) if row else None

    async def last_timestamp(self) -> TimestampRow | None:
        row = await self._row("SELECT size, leaf, at FROM timestamp ORDER BY size DESC LIMIT 1")
        return TimestampRow(*row) if row else None

    async def x509(self, sha256: str) -> X509Row | None:
        row = await self._row("SELECT kind, der, seen_at FROM x509 WHERE digest=?", bytes.fromhex(sha256))
        return X509Row(sha256, *row) if row else None

    async def x509_of(self, kind: str) -> list[X509Row]:
        rows = await self._rows(
            "SELECT digest, kind, der, seen_at FROM x509 WHERE kind=? ORDER BY seen_at, digest", kind
        )
        return [X509Row(row[0].hex(), *row[1:]) for row in rows]

    async def cosigned(self, above: int, count: int) -> list[CosignedRow]:
        rows = await self._rows("SELECT size, at, note FROM cosigned WHERE size>? ORDER BY size LIMIT ?", above, count)
        return [CosignedRow(*row) for row in rows]

    async def last_cosigned(self, witness: str = "") -> CosignedRow | None:
        row = await self._row(
            "SELECT size, at, note FROM cosigned WHERE size="
            "CASE ?1 WHEN '' THEN (SELECT max(size) FROM cosigned) "
            "ELSE (SELECT max(size) FROM cosignature WHERE witness=?1) END",
            witness,
        )
        return CosignedRow(*row) if row else None

    async def counter(self, agency: str, direction: str) -> Counter | None:
        row = await self._row("SELECT n, previous FROM counter WHERE agency=? AND direction=?", agency, direction)
        return Counter(row[0], row[1]) if row else None

    async def tile(self, level: int, n: int) -> bytes | None:
        row = await self._row("SELECT hashes FROM tile WHERE level=? AND n=?", level, n)
        return bytes(row[0]) if row else None

    async def integrity(self) -> list[str]:
        try:
            found = [str(row[0]) for row in await self._scanned("PRAGMA integrity_check(100)")]
        except IntegrityAlarm as error:
            return [error.found]
        return [] if found == ["ok"] else found

    async def rows(self, table: str, *columns: str) -> list[Row]:
        return await self._scanned(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}")

    async def strays(self) -> list[tuple[str, int]]:
        found = []
        for table in ("content", "delivery"):
            rows = await self._scanned(
                f"SELECT DISTINCT message FROM {table} WHERE message NOT IN (SELECT number FROM message)"
            )
            found += [(table, row[0]) for row in rows]
        return found

    async def blobs_named(self) -> set[str]:
        rows = await self._scanned(
            "SELECT sha256 FROM message m WHERE purged_at IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM content c WHERE c.message = m.number)"
        )
        return {row[0].hex() for row in rows}

    async def purgeable(self, before: Millis, after: int, limit: int) -> list[MessageRow]:
        rows = await self._scanned(
            f"SELECT {MESSAGE} FROM message m WHERE kind=0 AND purged_at IS NULL AND accepted_at<? AND number>? "
            "AND NOT EXISTS (SELECT 1 FROM delivery d "
            "WHERE d.message=m.number AND (d.state=0 OR d.pending IS NOT NULL)) "
            "ORDER BY number LIMIT ?",
            before,
            after,
            limit,
        )
        return [message_of(row) for row in rows]

    async def concerning(self, agency: str, start: int, end: int) -> list[tuple[int, bytes, str, int]]:
        rows = await self._rows(
            "SELECT l.number, l.object, m.sender, m.priority FROM leaf l JOIN message m ON m.number=l.message "
            "WHERE l.number>=?2 AND l.number<?3 AND l.kind=?4 AND (m.sender=?1 OR l.recipient=?1 OR (l.recipient='' "
            "AND EXISTS (SELECT 1 FROM delivery d WHERE d.message=m.number AND d.recipient=?1))) ORDER BY l.number",
            agency,
            start,
            end,
            int(Kind.EVIDENCE),
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def accounts(self) -> list[AccountRow]:
        return await self._read(accounts.accounts)

    async def sessions(self) -> list[SessionRow]:
        return await self._read(accounts.sessions)

    async def deeds(self, limit: int, before: int | None = None, account: str = "") -> list[DeedRow]:
        return await self._read(lambda db: accounts.deeds(db, limit, before, account))

    async def oldest_waiting(self) -> dict[int, Millis]:
        return await self._scan(oldest_waiting)

    async def tallies(self) -> list[Tally]:
        return await self._scan(tallies)

    async def report(self, since: Millis, until: Millis) -> ReportRows:
        return await self._scan(lambda db: report(db, since, until))


async def _connect(driver: Driver, path: Path, *, read_only: bool, still: bool = False) -> _Connection:
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
            for pragma in _READER_PRAGMAS if read_only else _WRITER_PRAGMAS:
                db.execute(pragma)
        except BaseException:
            db.close()
            raise
        return db

    connection = _Connection(connector, iter_chunk_size=64)
    try:
        return await connection.opened()
    except BaseException:
        # Its thread has been told to end; a loop that closed before it does would make it fail aloud.
        await asyncio.to_thread(join_thread, connection)
        raise


def _migrate(db: sqlite3.Connection) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    db.create_function("matching_key", 1, matching_key, deterministic=True)
    while version in _UPGRADES:
        db.executescript(f"BEGIN IMMEDIATE; {_UPGRADES[version]} PRAGMA user_version={version + 1}; COMMIT;")
        version += 1
    if version == SCHEMA_VERSION:
        return
    if version != 0 or db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise IntegrityAlarm(expected=f"store schema {SCHEMA_VERSION}", found=str(version or "another program's file"))
    db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")


def _settle(db: sqlite3.Connection) -> None:
    """Move the journal into the file and begin a new one, before anything is promised on top of it.

    After an fsync that failed, the system counts as written the pages that it could not write: the journal's content
    may be in memory only, and a later fsync that succeeds says nothing of it. A process that died then leaves such a
    journal to the next one. Here everything is written again, to another file, under an fsync of its own.
    """
    busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise Unavailable(found="the journal cannot be moved into the file while somebody reads it")


def _make_private(path: Path) -> None:
    """Where it is missing, so that SQLite does not make it readable by others; its journal gets the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _take_lock(path: Path) -> int:
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
        os.close(_take_lock(lock))
