"""The store on one machine: SQLite in WAL mode, one writing connection, readers beside it.

SQLite before 3.51.3 can corrupt a WAL database when two connections write or checkpoint at once. Hence exactly one
connection writes and alone checkpoints, readers are opened read-only with `wal_autocheckpoint=0`, nothing is mapped
into memory, and a lock file keeps a second process out. On Linux `pysqlite3` carries a fixed SQLite and is preferred.

`synchronous=FULL`: a commit returns after the WAL was fsynced, so what `write` returned survives kill -9 and power
loss. Every batch is one such commit; each request of it is a savepoint.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import aiosqlite
import msgspec

from hub.core.errors import IntegrityAlarm, Unavailable
from hub.core.model import Agency, Business, DeliveryState, MessageKind, Millis, Tier
from hub.core.report import Flow, Peak, ReportRows, Tally
from hub.store import (
    CheckpointRow,
    CosignedRow,
    Counter,
    DeliveryRow,
    InboxEntry,
    LeafRow,
    MessageRow,
    TimestampRow,
    X509Row,
)

T = TypeVar("T")
_Row = tuple[Any, ...]
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

SCHEMA_VERSION: Final = 3
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
}
"""Version → what makes the next one of it."""
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

_STATES: Final = tuple(DeliveryState)  # the number kept in a row is the position in the declaration
_STATE_NUMBER: Final = {state: number for number, state in enumerate(_STATES)}
_KINDS: Final = tuple(MessageKind)
_KIND_NUMBER: Final = {kind: number for number, kind in enumerate(_KINDS)}

_MESSAGE: Final = (
    "number, id, kind, business, sender, identity, document_id, code, year, subject, type_name, priority, "
    "sha256, size, verdict, accepted_at, about, leaf, fanout, status_code, purged_at"
)
_DELIVERY: Final = (
    "message, recipient, kind, seq, lane, state, placed_at, forwarded_from, handed_at, ended_at, progress, pending, "
    "due_at, warned"
)
_LEAF: Final = "number, kind, object, at, message, recipient, event"
_CHECKPOINT: Final = "size, root, at, note, seal"


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection with one verb more: run a function on its thread. A batch is one hop between threads
    instead of one for each statement."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._execute(lambda: work(self._conn))  # type: ignore[no-untyped-call]
        return result

    def join(self) -> None:
        """Wait for the end of its thread, once it was stopped."""
        self._thread.join()


def _marks(columns: str) -> str:
    return ", ".join("?" * len(columns.split(",")))


def _message(row: _Row) -> MessageRow:
    return MessageRow(
        number=row[0],
        id=row[1],
        kind=_KINDS[row[2]],
        business=Business(row[3]),
        sender=row[4],
        identity=row[5],
        document_id=row[6],
        code=row[7],
        year=row[8],
        subject=row[9],
        type_name=row[10],
        priority=row[11],
        sha256=row[12].hex(),
        size=row[13],
        verdict=row[14],
        accepted_at=row[15],
        about=row[16],
        leaf=row[17],
        fanout=row[18],
        status_code=row[19],
        purged_at=row[20],
    )


def _message_values(m: MessageRow) -> _Row:
    return (
        m.number,
        m.id,
        _KIND_NUMBER[m.kind],
        int(m.business),
        m.sender,
        m.identity,
        m.document_id,
        m.code,
        m.year,
        m.subject,
        m.type_name,
        m.priority,
        bytes.fromhex(m.sha256),
        m.size,
        m.verdict,
        m.accepted_at,
        m.about,
        m.leaf,
        m.fanout,
        m.status_code,
        m.purged_at,
    )


def _delivery(row: _Row) -> DeliveryRow:
    return DeliveryRow(
        message=row[0],
        recipient=row[1],
        kind=_KINDS[row[2]],
        seq=row[3],
        lane=row[4],
        state=_STATES[row[5]],
        placed_at=row[6],
        forwarded_from=row[7],
        handed_at=row[8],
        ended_at=row[9],
        progress=row[10],
        pending=row[11],
        due_at=row[12],
        warned=bool(row[13]),
    )


def _delivery_values(d: DeliveryRow) -> _Row:
    return (
        d.message,
        d.recipient,
        _KIND_NUMBER[d.kind],
        d.seq,
        d.lane,
        _STATE_NUMBER[d.state],
        d.placed_at,
        d.forwarded_from,
        d.handed_at,
        d.ended_at,
        d.progress,
        d.pending,
        d.due_at,
        int(d.warned),
    )


def _leaf(row: _Row) -> LeafRow:
    return LeafRow(number=row[0], kind=row[1], object=row[2], at=row[3], message=row[4], recipient=row[5], event=row[6])


class SqliteTransaction:
    """The verbs of `Transaction` on the writing connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def _one(self, sql: str, *values: object) -> _Row | None:
        row: _Row | None = self._db.execute(sql, values).fetchone()
        return row

    @contextmanager
    def step(self) -> Iterator[None]:
        self._db.execute("SAVEPOINT step")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO step")
            self._db.execute("RELEASE step")
            raise
        self._db.execute("RELEASE step")

    def message(self, number: int) -> MessageRow | None:
        row = self._one(f"SELECT {_MESSAGE} FROM message WHERE number=?", number)
        return _message(row) if row else None

    def message_by_identity(self, sender: str, identity: str) -> MessageRow | None:
        row = self._one(f"SELECT {_MESSAGE} FROM message WHERE sender=? AND identity=?", sender, identity)
        return _message(row) if row else None

    def messages_by_document(self, sender: str, document_id: str) -> list[MessageRow]:
        # Their identities are the DocumentId itself, or it with "#" and more: one range of the unique index.
        rows = self._db.execute(
            f"SELECT {_MESSAGE} FROM message WHERE sender=? AND identity>=? AND identity<? AND document_id=? "
            "AND kind=0 ORDER BY identity<>document_id, number DESC LIMIT 100",
            (sender, document_id, f"{document_id}$", document_id),
        )
        return [_message(row) for row in rows]

    def messages_by_code(self, sender: str, code: str, year: int) -> list[MessageRow]:
        rows = self._db.execute(
            f"SELECT {_MESSAGE} FROM message WHERE sender=? AND code=? AND year=? AND kind=0 "
            "ORDER BY number DESC LIMIT 100",
            (sender, code, year),
        )
        return [_message(row) for row in rows]

    def deliveries(self, message: int) -> list[DeliveryRow]:
        rows = self._db.execute(f"SELECT {_DELIVERY} FROM delivery WHERE message=?", (message,))
        return [_delivery(row) for row in rows]

    def delivery(self, message: int, recipient: str) -> DeliveryRow | None:
        row = self._one(f"SELECT {_DELIVERY} FROM delivery WHERE message=? AND recipient=?", message, recipient)
        return _delivery(row) if row else None

    def add_message(self, row: MessageRow, content: bytes | None) -> None:
        self._db.execute(f"INSERT INTO message ({_MESSAGE}) VALUES ({_marks(_MESSAGE)})", _message_values(row))
        if content is not None:
            self._db.execute("INSERT INTO content (message, bytes) VALUES (?, ?)", (row.number, content))

    def add_deliveries(self, rows: Sequence[DeliveryRow]) -> None:
        self._db.executemany(
            f"INSERT INTO delivery ({_DELIVERY}) VALUES ({_marks(_DELIVERY)})", map(_delivery_values, rows)
        )

    def move(self, before: DeliveryRow, after: DeliveryRow) -> bool:
        cursor = self._db.execute(
            "UPDATE delivery SET state=?, handed_at=?, ended_at=?, progress=?, pending=?, due_at=?, warned=? "
            "WHERE message=? AND recipient=? AND state=?",
            (
                _STATE_NUMBER[after.state],
                after.handed_at,
                after.ended_at,
                after.progress,
                after.pending,
                after.due_at,
                int(after.warned),
                before.message,
                before.recipient,
                _STATE_NUMBER[before.state],
            ),
        )
        return cursor.rowcount == 1

    def last_message(self) -> int:
        row = self._one("SELECT max(number) FROM message")
        return int(row[0] or 0) if row else 0

    def counter(self, agency: str, direction: str) -> Counter | None:
        row = self._one("SELECT n, previous FROM counter WHERE agency=? AND direction=?", agency, direction)
        return Counter(row[0], row[1]) if row else None

    def set_counters(self, values: dict[tuple[str, str], Counter]) -> None:
        self._db.executemany(
            "INSERT INTO counter (agency, direction, n, previous) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (agency, direction) DO UPDATE SET n=excluded.n, previous=excluded.previous",
            ((agency, direction, c.n, c.previous) for (agency, direction), c in values.items()),
        )

    def keep_signed(self, digest: str, signed: bytes) -> None:
        self._db.execute("INSERT OR IGNORE INTO signed (digest, bytes) VALUES (?, ?)", (bytes.fromhex(digest), signed))

    def add_leaves(self, rows: Sequence[LeafRow]) -> None:
        self._db.executemany(
            f"INSERT INTO leaf ({_LEAF}) VALUES ({_marks(_LEAF)})",
            ((r.number, r.kind, r.object, r.at, r.message, r.recipient, r.event) for r in rows),
        )

    def add_tiles(self, tiles: Sequence[tuple[int, int, bytes]]) -> None:
        self._db.executemany(
            "INSERT INTO tile (level, n, hashes) VALUES (?, ?, ?) "
            "ON CONFLICT (level, n) DO UPDATE SET hashes=excluded.hashes",
            tiles,
        )

    def add_checkpoint(self, row: CheckpointRow) -> None:
        self._db.execute(
            f"INSERT INTO checkpoint ({_CHECKPOINT}) VALUES ({_marks(_CHECKPOINT)})",
            (row.size, row.root, row.at, row.note, row.seal),
        )

    def add_timestamp(self, row: TimestampRow) -> None:
        self._db.execute("INSERT INTO timestamp (size, leaf, at) VALUES (?, ?, ?)", (row.size, row.leaf, row.at))

    def keep_x509(self, rows: Sequence[X509Row]) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO x509 (digest, kind, der, seen_at) VALUES (?, ?, ?, ?)",
            ((bytes.fromhex(r.sha256), r.kind, r.der, r.seen_at) for r in rows),
        )

    def purge(self, message: int, at: Millis) -> bool:
        cursor = self._db.execute("UPDATE message SET purged_at=? WHERE number=? AND purged_at IS NULL", (at, message))
        self._db.execute("DELETE FROM content WHERE message=?", (message,))
        return cursor.rowcount == 1

    def cosigned(self, size: int) -> CosignedRow | None:
        row = self._one("SELECT size, at, note FROM cosigned WHERE size=?", size)
        return CosignedRow(*row) if row else None

    def cosigned_by(self, witness: str, least: int) -> int | None:
        row = self._one("SELECT min(size) FROM cosignature WHERE witness=? AND size>=?", witness, least)
        return row[0] if row else None

    def keep_cosigned(self, row: CosignedRow, witness: str) -> None:
        self._db.execute(
            "INSERT INTO cosigned (size, at, note) VALUES (?, ?, ?) "
            "ON CONFLICT (size) DO UPDATE SET at=excluded.at, note=excluded.note",
            (row.size, row.at, row.note),
        )
        self._db.execute("INSERT OR IGNORE INTO cosignature (witness, size) VALUES (?, ?)", (witness, row.size))

    def put_agencies(self, agencies: Sequence[Agency]) -> None:
        self._db.executemany(
            "INSERT INTO agency (code, tier, entry) VALUES (?, ?, ?) "
            "ON CONFLICT (code) DO UPDATE SET tier=excluded.tier, entry=excluded.entry",
            ((a.code, a.tier.value, msgspec.json.encode(a)) for a in agencies),
        )

    def read_tile(self, level: int, n: int) -> bytes:
        row = self._one("SELECT hashes FROM tile WHERE level=? AND n=?", level, n)
        if row is None:
            raise IntegrityAlarm(expected=f"tile {level}/{n}", found="none")
        return bytes(row[0])

    def leaf(self, number: int) -> LeafRow | None:
        row = self._one(f"SELECT {_LEAF} FROM leaf WHERE number=?", number)
        return _leaf(row) if row else None

    def leaves(self, start: int, count: int) -> list[LeafRow]:
        rows = self._db.execute(
            f"SELECT {_LEAF} FROM leaf WHERE number>=? AND number<? ORDER BY number", (start, start + count)
        )
        return [_leaf(row) for row in rows]

    def leaf_of(self, message: int, recipient: str, event: str) -> LeafRow | None:
        row = self._one(
            f"SELECT {_LEAF} FROM leaf WHERE message=? AND recipient=? AND event=? ORDER BY number LIMIT 1",
            message,
            recipient,
            event,
        )
        return _leaf(row) if row else None

    def last_of_kind(self, kind: int) -> LeafRow | None:
        row = self._one(f"SELECT {_LEAF} FROM leaf WHERE kind=? AND kind<>1 ORDER BY number DESC LIMIT 1", kind)
        return _leaf(row) if row else None

    def leaf_count(self) -> int:
        row = self._one("SELECT coalesce(max(number) + 1, 0) FROM leaf")
        return int(row[0]) if row else 0

    def last_checkpoint(self) -> CheckpointRow | None:
        row = self._one(f"SELECT {_CHECKPOINT} FROM checkpoint ORDER BY size DESC LIMIT 1")
        return CheckpointRow(*row) if row else None

    def checkpoint_covering(self, leaf: int) -> CheckpointRow | None:
        row = self._one(f"SELECT {_CHECKPOINT} FROM checkpoint WHERE size>? ORDER BY size LIMIT 1", leaf)
        return CheckpointRow(*row) if row else None


class SqliteStore:
    """`Store` in one file. Open with `SqliteStore.open`; a second process on the same file is refused."""

    def __init__(self, driver: Driver, connections: list[_Connection], closing: AsyncExitStack) -> None:
        self._driver = driver
        self._writer, *self._readers = connections
        self._closing = closing
        self._turn = 0

    @classmethod
    async def open(cls, path: Path, *, readers: int = 2, driver: Driver = PREFERRED) -> SqliteStore:
        """Open or create. IntegrityAlarm when the file is another schema's, no store at all, or in use."""
        path.parent.mkdir(parents=True, exist_ok=True)
        closing = AsyncExitStack()
        closing.callback(os.close, _take_lock(path.with_suffix(".lock")))
        connections = []
        try:
            for number in range(1 + readers):
                connection = await _connect(driver, path, read_only=number > 0)
                closing.push_async_callback(connection.close)
                connections.append(connection)
                if number == 0:
                    await connection.run(_migrate)
        except BaseException as error:
            await closing.aclose()
            if isinstance(error, driver.DatabaseError):
                raise IntegrityAlarm(expected="a store of this hub", found=str(error), path=str(path)) from error
            raise
        return cls(driver, connections, closing)

    @classmethod
    async def open_copy(cls, path: Path, *, driver: Driver = PREFERRED) -> SqliteStore:
        """For reading only, beside whoever else reads: nothing is locked, made or changed. IntegrityAlarm likewise."""
        closing = AsyncExitStack()
        connections = []
        wal = path.with_name(f"{path.name}-wal")
        # Without a journal nobody has it open: then not even the files that readers share need to be made.
        still = not wal.exists() or not wal.stat().st_size
        try:
            for _ in range(2):
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

    async def close(self) -> None:
        """Readers first: the writer's end is the last and moves the WAL into the file."""
        await self._closing.aclose()

    async def write(self, work: Callable[[SqliteTransaction], T]) -> T:
        def batch(db: sqlite3.Connection) -> T:
            try:
                self._rollback(db)  # of a batch before, where the disk refused even that
                db.execute("BEGIN IMMEDIATE")
            except self._driver.Error as error:
                raise Unavailable(found=f"begin: {error}") from error
            try:
                result = work(SqliteTransaction(db))
            except BaseException as error:
                self._rollback(db)
                if isinstance(error, self._driver.OperationalError):
                    raise Unavailable(found=f"write: {error}") from error
                raise
            try:
                db.execute("COMMIT")
            except self._driver.Error as error:
                # A crash or error right here leaves the outcome unknown; only the file can tell.
                self._rollback(db)
                raise Unavailable(found=f"commit: {error}") from error
            return result

        return await self._writer.run(batch)

    def _rollback(self, db: sqlite3.Connection) -> None:
        if db.in_transaction:
            # What made this necessary is what the caller has to hear of.
            with suppress(self._driver.Error):
                db.execute("ROLLBACK")

    async def inspect(self, work: Callable[[SqliteTransaction], T]) -> T:
        return await self._run(self._writer, lambda db: work(SqliteTransaction(db)))

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._turn = (self._turn + 1) % len(self._readers)
        return await self._run(self._readers[self._turn], work)

    async def _run(self, connection: _Connection, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await connection.run(work)
        except self._driver.OperationalError as error:
            raise Unavailable(found=f"read: {error}") from error
        except self._driver.DatabaseError as error:
            raise IntegrityAlarm(expected="a sound database file", found=str(error)) from error

    async def _rows(self, sql: str, *values: object) -> list[_Row]:
        return await self._read(lambda db: db.execute(sql, values).fetchall())

    async def _row(self, sql: str, *values: object) -> _Row | None:
        return await self._read(lambda db: db.execute(sql, values).fetchone())

    async def last_checkpoint(self) -> CheckpointRow | None:
        row = await self._row(f"SELECT {_CHECKPOINT} FROM checkpoint ORDER BY size DESC LIMIT 1")
        return CheckpointRow(*row) if row else None

    async def checkpoint_covering(self, leaf: int) -> CheckpointRow | None:
        row = await self._row(f"SELECT {_CHECKPOINT} FROM checkpoint WHERE size>? ORDER BY size LIMIT 1", leaf)
        return CheckpointRow(*row) if row else None

    async def agencies(self) -> list[Agency]:
        rows = await self._rows("SELECT entry FROM agency ORDER BY code")
        decode = msgspec.json.Decoder(Agency).decode
        return [decode(row[0]) for row in rows]

    async def message(self, number: int) -> MessageRow | None:
        row = await self._row(f"SELECT {_MESSAGE} FROM message WHERE number=?", number)
        return _message(row) if row else None

    async def content(self, number: int) -> bytes | None:
        row = await self._row("SELECT bytes FROM content WHERE message=?", number)
        return bytes(row[0]) if row else None

    async def delivery(self, message: int, recipient: str) -> DeliveryRow | None:
        row = await self._row(f"SELECT {_DELIVERY} FROM delivery WHERE message=? AND recipient=?", message, recipient)
        return _delivery(row) if row else None

    async def deliveries(self, message: int) -> list[DeliveryRow]:
        return [_delivery(r) for r in await self._rows(f"SELECT {_DELIVERY} FROM delivery WHERE message=?", message)]

    async def inbox(
        self, recipient: str, state: DeliveryState, limit: int, after: tuple[int, int] | None = None
    ) -> list[InboxEntry]:
        # (-lane, message) grows along the index, so a cursor is one comparison of row values.
        lane, number = (-after[0], after[1]) if after else (-99, 0)
        columns = ", ".join("d." + c.strip() for c in _DELIVERY.split(","))
        rows = await self._rows(
            f"SELECT {columns}, m.* FROM delivery d JOIN (SELECT {_MESSAGE} FROM message) m ON m.number = d.message "
            "WHERE d.recipient=? AND d.state=? AND (-d.lane, d.message) > (?, ?) "
            "ORDER BY -d.lane, d.message LIMIT ?",
            recipient,
            _STATE_NUMBER[state],
            lane,
            number,
            limit,
        )
        width = len(_DELIVERY.split(","))
        return [InboxEntry(_message(row[width:]), _delivery(row[:width])) for row in rows]

    async def outbox(self, sender: str, limit: int, before: int | None = None) -> list[MessageRow]:
        rows = await self._rows(
            f"SELECT {_MESSAGE} FROM message WHERE sender=? AND number<? ORDER BY number DESC LIMIT ?",
            sender,
            before if before is not None else 1 << 62,
            limit,
        )
        return [_message(row) for row in rows]

    async def due(self, at: Millis, limit: int) -> list[DeliveryRow]:
        rows = await self._rows(
            f"SELECT {_DELIVERY} FROM delivery WHERE state=0 AND due_at<=? ORDER BY due_at LIMIT ?", at, limit
        )
        return [_delivery(row) for row in rows]

    async def leaf(self, number: int) -> LeafRow | None:
        row = await self._row(f"SELECT {_LEAF} FROM leaf WHERE number=?", number)
        return _leaf(row) if row else None

    async def leaves(self, start: int, count: int) -> list[LeafRow]:
        rows = await self._rows(
            f"SELECT {_LEAF} FROM leaf WHERE number>=? AND number<? ORDER BY number", start, start + count
        )
        return [_leaf(row) for row in rows]

    async def leaves_of_kind(self, kind: int, start: int, count: int) -> list[LeafRow]:
        rows = await self._rows(
            f"SELECT {_LEAF} FROM leaf WHERE kind=? AND kind<>1 AND number>=? ORDER BY number LIMIT ?",
            kind,
            start,
            count,
        )
        return [_leaf(row) for row in rows]

    async def certificate_leaves(self, agency: str) -> list[LeafRow]:
        rows = await self._rows(f"SELECT {_LEAF} FROM leaf WHERE kind=2 AND recipient=? ORDER BY number", agency)
        return [_leaf(row) for row in rows]

    async def timeline(self, message: int) -> list[LeafRow]:
        rows = await self._rows(f"SELECT {_LEAF} FROM leaf WHERE message=? ORDER BY number", message)
        return [_leaf(row) for row in rows]

    async def signed(self, digest: str) -> bytes | None:
        row = await self._row("SELECT bytes FROM signed WHERE digest=?", bytes.fromhex(digest))
        return bytes(row[0]) if row else None

    async def checkpoints(self, above: int, count: int) -> list[CheckpointRow]:
        rows = await self._rows(
            f"SELECT {_CHECKPOINT} FROM checkpoint WHERE size>? ORDER BY size LIMIT ?", above, count
        )
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
            found = [str(row[0]) for row in await self._rows("PRAGMA integrity_check(100)")]
        except IntegrityAlarm as error:
            return [error.found]
        return [] if found == ["ok"] else found

    async def rows(self, table: str, *columns: str) -> list[_Row]:
        return await self._rows(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}")

    async def strays(self) -> list[tuple[str, int]]:
        found = []
        for table in ("content", "delivery"):
            rows = await self._rows(
                f"SELECT DISTINCT message FROM {table} WHERE message NOT IN (SELECT number FROM message)"
            )
            found += [(table, row[0]) for row in rows]
        return found

    async def blobs_named(self) -> set[str]:
        rows = await self._rows(
            "SELECT sha256 FROM message m WHERE purged_at IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM content c WHERE c.message = m.number)"
        )
        return {row[0].hex() for row in rows}

    async def purgeable(self, before: Millis, after: int, limit: int) -> list[MessageRow]:
        rows = await self._rows(
            f"SELECT {_MESSAGE} FROM message m WHERE kind=0 AND purged_at IS NULL AND accepted_at<? AND number>? "
            "AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.message=m.number AND (d.state=0 OR d.pending IS NOT NULL)) "
            "ORDER BY number LIMIT ?",
            before,
            after,
            limit,
        )
        return [_message(row) for row in rows]

    async def happenings(self, agency: str, after: int, until: int) -> list[tuple[int, str, str, int]]:
        rows = await self._rows(
            "SELECT l.number, l.event, m.id, m.priority FROM leaf l JOIN message m ON m.number=l.message "
            "WHERE l.number>?2 AND l.number<=?3 AND ((m.sender=?1 AND l.event<>'SubmissionAcceptance') "
            "OR l.recipient=?1 OR (l.recipient='' AND EXISTS (SELECT 1 FROM delivery d WHERE d.message=m.number "
            "AND d.recipient=?1))) ORDER BY l.number",
            agency,
            after,
            until,
        )
        return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def tallies(self) -> list[Tally]:
        return await self._read(_tallies)

    async def report(self, since: Millis, until: Millis) -> ReportRows:
        return await self._read(lambda db: _report(db, since, until))


def _tallies(db: sqlite3.Connection) -> list[Tally]:
    # One read transaction: both queries see the same instant, or the ledger would show differences that never were.
    db.execute("BEGIN")
    try:
        given = db.execute("SELECT agency, direction, n FROM counter WHERE direction LIKE 'mailbox-%'").fetchall()
        counted = db.execute(
            "SELECT recipient, kind, state, count(*) FROM delivery GROUP BY recipient, kind, state"
        ).fetchall()
    finally:
        db.execute("COMMIT")
    states: dict[tuple[str, MessageKind], dict[DeliveryState, int]] = {}
    for recipient, kind, state, count in counted:
        states.setdefault((recipient, _KINDS[kind]), {})[_STATES[state]] = count
    accepted = {(agency, MessageKind(direction[len("mailbox-") :])): n for agency, direction, n in given}
    return [
        Tally(agency, kind, accepted.get((agency, kind), 0), states.get((agency, kind), {}))
        for agency, kind in sorted(states.keys() | accepted.keys())
    ]


_WINDOW: Final = "m.kind=0 AND m.accepted_at>=:since AND m.accepted_at<:until"
_PEAK_MS: Final = {"second": 1_000, "minute": 60_000, "day": 86_400_000}
_VIETNAM_MS: Final = 7 * 3_600_000
_MAX_LATENCIES: Final = 100_000


def _report(db: sqlite3.Connection, since: Millis, until: Millis) -> ReportRows:
    window = {"since": since, "until": until}

    def rows(sql: str, **more: int) -> list[_Row]:
        return db.execute(sql, window | more).fetchall()

    db.execute("BEGIN")
    try:
        totals = rows(
            "SELECT count(*), coalesce(sum(fanout), 0), coalesce(sum(verdict='VALID'), 0), coalesce(sum(size), 0), "
            f"min(accepted_at), max(accepted_at) FROM message m WHERE {_WINDOW}"
        )[0]
        statuses = rows("SELECT count(*) FROM message WHERE kind=1 AND accepted_at>=:since AND accepted_at<:until")[0][
            0
        ]
        peaks = {
            name: rows(
                "SELECT count(*) AS documents, sum(fanout) FROM message m "
                f"WHERE {_WINDOW} GROUP BY (m.accepted_at + :zone) / :step ORDER BY documents DESC LIMIT 1",
                step=step,
                zone=_VIETNAM_MS,
            )
            for name, step in _PEAK_MS.items()
        }
        sent = rows(
            f"SELECT a.tier, count(*) FROM message m JOIN agency a ON a.code=m.sender WHERE {_WINDOW} GROUP BY a.tier"
        )
        joined = (
            "FROM message m JOIN delivery d ON d.message=m.number JOIN agency s ON s.code=m.sender "
            f"JOIN agency r ON r.code=d.recipient WHERE {_WINDOW}"
        )
        flows = rows(f"SELECT s.tier, r.tier, count(*), sum(d.handed_at IS NOT NULL) {joined} GROUP BY s.tier, r.tier")
        agencies = rows("SELECT tier, count(*) FROM agency GROUP BY tier")
        active = rows(
            "SELECT a.tier, count(*) FROM agency a WHERE a.code IN ("
            f"SELECT m.sender FROM message m WHERE {_WINDOW} UNION "
            f"SELECT d.recipient FROM message m JOIN delivery d ON d.message=m.number WHERE {_WINDOW}) GROUP BY a.tier"
        )
        latencies = rows(
            "SELECT d.handed_at - m.accepted_at FROM message m JOIN delivery d ON d.message=m.number "
            f"WHERE {_WINDOW} AND d.handed_at IS NOT NULL ORDER BY 1"
        )
    finally:
        db.execute("COMMIT")
    every = max(1, -(-len(latencies) // _MAX_LATENCIES))
    return ReportRows(
        documents=totals[0],
        deliveries=totals[1],
        signed=totals[2],
        statuses=statuses,
        bytes=totals[3],
        first_at=totals[4],
        last_at=totals[5],
        peaks={name: Peak(*found[0]) if found else Peak(0, 0) for name, found in peaks.items()},
        sent={Tier(tier): n for tier, n in sent},
        flows=[Flow(Tier(s), Tier(r), n, handed) for s, r, n, handed in flows],
        agencies={Tier(tier): n for tier, n in agencies},
        active={Tier(tier): n for tier, n in active},
        latencies=[row[0] for row in latencies[::every]],
    )


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
        await connection
    except BaseException:
        # Its thread has been told to end; a loop that closed before it does would make it fail aloud.
        await asyncio.to_thread(connection.join)
        raise
    return connection


def _migrate(db: sqlite3.Connection) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    while version in _UPGRADES:
        db.executescript(f"BEGIN IMMEDIATE; {_UPGRADES[version]} PRAGMA user_version={version + 1}; COMMIT;")
        version += 1
    if version == SCHEMA_VERSION:
        return
    if version != 0 or db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise IntegrityAlarm(expected=f"store schema {SCHEMA_VERSION}", found=str(version or "another program's file"))
    db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")


def _take_lock(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise IntegrityAlarm(
            expected="one process on this store", found=f"{path.name} is held by another", path=str(path)
        ) from None
    return descriptor
