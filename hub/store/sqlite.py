"""The store on one machine: SQLite in WAL mode, one writing connection, readers beside it.

SQLite before 3.51.3 can corrupt a WAL database when two connections write or checkpoint at once. Hence exactly one
connection writes and alone checkpoints, readers are opened read-only with `wal_autocheckpoint=0`, nothing is mapped
into memory, and a lock file keeps a second process out. On Linux `pysqlite3` carries a fixed SQLite and is preferred.

`synchronous=FULL`: a commit returns after the WAL was fsynced, so what `write` returned survives kill -9 and power
loss. Every batch is one such commit; each request of it is a savepoint.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import aiosqlite
import msgspec

from hub.core.errors import IntegrityAlarm, Unavailable
from hub.core.model import Agency, Business, DeliveryState, MessageKind, Millis, Tier
from hub.core.report import Flow, Peak, ReportRows, Tally
from hub.store import CheckpointRow, Counter, DeliveryRow, InboxEntry, LeafRow, MessageRow

try:
    from pysqlite3 import dbapi2 as driver
except ImportError:  # not Linux, or a Python for which no wheel exists
    driver = sqlite3

T = TypeVar("T")
_Row = tuple[Any, ...]

SCHEMA_VERSION: Final = 1
_SCHEMA: Final = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
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
    "sha256, size, verdict, accepted_at, about, leaf, fanout, status_code"
)
_DELIVERY: Final = (
    "message, recipient, kind, seq, lane, state, placed_at, forwarded_from, handed_at, ended_at, progress, pending, "
    "due_at, warned"
)
_LEAF: Final = "number, kind, object, at, message, recipient, event"


class _Connection(aiosqlite.Connection):
    """aiosqlite's connection with one verb more: run a function on its thread. A batch is one hop between threads
    instead of one for each statement."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._execute(lambda: work(self._conn))  # type: ignore[no-untyped-call]
        return result


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
            "INSERT INTO checkpoint (size, root, at, note) VALUES (?, ?, ?, ?)",
            (row.size, row.root, row.at, row.note),
        )

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

    def leaf_count(self) -> int:
        row = self._one("SELECT coalesce(max(number) + 1, 0) FROM leaf")
        return int(row[0]) if row else 0

    def last_checkpoint(self) -> CheckpointRow | None:
        row = self._one("SELECT size, root, at, note FROM checkpoint ORDER BY size DESC LIMIT 1")
        return CheckpointRow(*row) if row else None

    def checkpoint_covering(self, leaf: int) -> CheckpointRow | None:
        row = self._one("SELECT size, root, at, note FROM checkpoint WHERE size>? ORDER BY size LIMIT 1", leaf)
        return CheckpointRow(*row) if row else None


class SqliteStore:
    """`Store` in one file. Open with `SqliteStore.open`; a second process on the same file is refused."""

    def __init__(self, writer: _Connection, readers: list[_Connection], lock: int) -> None:
        self._writer = writer
        self._readers = readers
        self._lock = lock
        self._turn = 0

    @classmethod
    async def open(cls, path: Path, *, readers: int = 2) -> SqliteStore:
        """Open or create. IntegrityAlarm when the file is another schema's, or in use."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = _take_lock(path.with_suffix(".lock"))
        try:
            writer = await _connect(path, _WRITER_PRAGMAS, read_only=False)
            try:
                await writer.run(_migrate)
            except BaseException:
                await writer.close()
                raise
            others = [await _connect(path, _READER_PRAGMAS, read_only=True) for _ in range(readers)]
        except BaseException:
            os.close(lock)
            raise
        return cls(writer, others, lock)

    async def close(self) -> None:
        for reader in self._readers:
            await reader.close()
        await self._writer.close()
        os.close(self._lock)

    async def write(self, work: Callable[[SqliteTransaction], T]) -> T:
        def batch(db: sqlite3.Connection) -> T:
            try:
                db.execute("BEGIN IMMEDIATE")
            except driver.Error as error:
                raise Unavailable(found=f"begin: {error}") from error
            try:
                result = work(SqliteTransaction(db))
            except BaseException as error:
                _rollback(db)
                if isinstance(error, driver.OperationalError):
                    raise Unavailable(found=f"write: {error}") from error
                raise
            try:
                db.execute("COMMIT")
            except driver.Error as error:
                # A crash or error right here leaves the outcome unknown; only the file can tell.
                _rollback(db)
                raise Unavailable(found=f"commit: {error}") from error
            return result

        return await self._writer.run(batch)

    async def inspect(self, work: Callable[[SqliteTransaction], T]) -> T:
        return await self._writer.run(lambda db: work(SqliteTransaction(db)))

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._turn = (self._turn + 1) % len(self._readers)
        return await self._readers[self._turn].run(work)

    async def _rows(self, sql: str, *values: object) -> list[_Row]:
        return await self._read(lambda db: db.execute(sql, values).fetchall())

    async def _row(self, sql: str, *values: object) -> _Row | None:
        return await self._read(lambda db: db.execute(sql, values).fetchone())

    async def last_checkpoint(self) -> CheckpointRow | None:
        row = await self._row("SELECT size, root, at, note FROM checkpoint ORDER BY size DESC LIMIT 1")
        return CheckpointRow(*row) if row else None

    async def checkpoint_covering(self, leaf: int) -> CheckpointRow | None:
        row = await self._row("SELECT size, root, at, note FROM checkpoint WHERE size>? ORDER BY size LIMIT 1", leaf)
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

    async def timeline(self, message: int) -> list[LeafRow]:
        rows = await self._rows(f"SELECT {_LEAF} FROM leaf WHERE message=? ORDER BY number", message)
        return [_leaf(row) for row in rows]

    async def signed(self, digest: str) -> bytes | None:
        row = await self._row("SELECT bytes FROM signed WHERE digest=?", bytes.fromhex(digest))
        return bytes(row[0]) if row else None

    async def checkpoints(self, above: int, count: int) -> list[CheckpointRow]:
        rows = await self._rows(
            "SELECT size, root, at, note FROM checkpoint WHERE size>? ORDER BY size LIMIT ?", above, count
        )
        return [CheckpointRow(*row) for row in rows]

    async def counter(self, agency: str, direction: str) -> Counter | None:
        row = await self._row("SELECT n, previous FROM counter WHERE agency=? AND direction=?", agency, direction)
        return Counter(row[0], row[1]) if row else None

    async def tile(self, level: int, n: int) -> bytes | None:
        row = await self._row("SELECT hashes FROM tile WHERE level=? AND n=?", level, n)
        return bytes(row[0]) if row else None

    async def blobs_named(self) -> set[str]:
        rows = await self._rows(
            "SELECT sha256 FROM message m WHERE NOT EXISTS (SELECT 1 FROM content c WHERE c.message = m.number)"
        )
        return {row[0].hex() for row in rows}

    async def happenings(self, agency: str, after: int, until: int) -> list[tuple[int, str, str, int]]:
        rows = await self._rows(
            "SELECT l.number, l.event, m.id, m.priority FROM leaf l JOIN message m ON m.number=l.message "
            "WHERE l.number>?2 AND l.number<=?3 AND (m.sender=?1 OR l.recipient=?1 OR (l.recipient='' AND EXISTS "
            "(SELECT 1 FROM delivery d WHERE d.message=m.number AND d.recipient=?1))) ORDER BY l.number",
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


async def _connect(path: Path, pragmas: Sequence[str], *, read_only: bool) -> _Connection:
    target = f"file:{quote(str(path))}?mode={'ro' if read_only else 'rwc'}"

    def connector() -> sqlite3.Connection:
        db: sqlite3.Connection = driver.connect(
            target,
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=5.0,
            cached_statements=256,
        )
        for pragma in pragmas:
            db.execute(pragma)
        return db

    connection = _Connection(connector, iter_chunk_size=64)
    await connection
    return connection


def _migrate(db: sqlite3.Connection) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == SCHEMA_VERSION:
        return
    if version != 0:
        raise IntegrityAlarm(expected=f"store schema {SCHEMA_VERSION}", found=str(version))
    db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")


def _rollback(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("ROLLBACK")


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
