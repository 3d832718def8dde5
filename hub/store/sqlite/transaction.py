"""The verbs of `Transaction` on SQLite's one writing connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from hub.core.errors import IntegrityAlarm
from hub.core.model import Agency, Millis
from hub.store import (
    CheckpointRow,
    CosignedRow,
    Counter,
    DeliveryRow,
    LeafRow,
    MessageRow,
    TimestampRow,
    X509Row,
)
from hub.store.sqlite.rows import (
    CHECKPOINT,
    DELIVERY,
    LEAF,
    MESSAGE,
    STATE_NUMBER,
    Row,
    delivery_of,
    delivery_values,
    leaf_of,
    marks,
    message_of,
    message_values,
)


class SqliteTransaction:
    """The verbs of `Transaction` on the writing connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def _one(self, sql: str, *values: object) -> Row | None:
        row: Row | None = self._db.execute(sql, values).fetchone()
        return row

    @contextmanager
    def step(self) -> Iterator[None]:
        self._db.execute("SAVEPOINT step")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # else the engine has undone everything already, as it does on a full disk
                self._db.execute("ROLLBACK TO step")
                self._db.execute("RELEASE step")
            raise
        self._db.execute("RELEASE step")

    def message(self, number: int) -> MessageRow | None:
        row = self._one(f"SELECT {MESSAGE} FROM message WHERE number=?", number)
        return message_of(row) if row else None

    def message_by_identity(self, sender: str, identity: str) -> MessageRow | None:
        row = self._one(f"SELECT {MESSAGE} FROM message WHERE sender=? AND identity=?", sender, identity)
        return message_of(row) if row else None

    def messages_by_document(self, sender: str, document_id: str) -> list[MessageRow]:
        # Their identities are the DocumentId itself, or it with "#" and more: one range of the unique index.
        rows = self._db.execute(
            f"SELECT {MESSAGE} FROM message WHERE sender=? AND identity>=? AND identity<? AND document_id=? "
            "AND kind=0 ORDER BY identity<>document_id, number DESC LIMIT 100",
            (sender, document_id, f"{document_id}$", document_id),
        )
        return [message_of(row) for row in rows]

    def messages_by_code(self, sender: str, code: str, year: int) -> list[MessageRow]:
        rows = self._db.execute(
            f"SELECT {MESSAGE} FROM message WHERE sender=? AND code=? AND year=? AND kind=0 "
            "ORDER BY number DESC LIMIT 100",
            (sender, code, year),
        )
        return [message_of(row) for row in rows]

    def deliveries(self, message: int) -> list[DeliveryRow]:
        rows = self._db.execute(f"SELECT {DELIVERY} FROM delivery WHERE message=?", (message,))
        return [delivery_of(row) for row in rows]

    def delivery(self, message: int, recipient: str) -> DeliveryRow | None:
        row = self._one(f"SELECT {DELIVERY} FROM delivery WHERE message=? AND recipient=?", message, recipient)
        return delivery_of(row) if row else None

    def add_message(self, row: MessageRow, content: bytes | None) -> None:
        self._db.execute(f"INSERT INTO message ({MESSAGE}) VALUES ({marks(MESSAGE)})", message_values(row))
        if content is not None:
            self._db.execute("INSERT INTO content (message, bytes) VALUES (?, ?)", (row.number, content))

    def add_deliveries(self, rows: Sequence[DeliveryRow]) -> None:
        self._db.executemany(
            f"INSERT INTO delivery ({DELIVERY}) VALUES ({marks(DELIVERY)})", map(delivery_values, rows)
        )

    def move(self, before: DeliveryRow, after: DeliveryRow) -> bool:
        cursor = self._db.execute(
            "UPDATE delivery SET state=?, handed_at=?, ended_at=?, progress=?, pending=?, due_at=?, warned=? "
            "WHERE message=? AND recipient=? AND state=?",
            (
                STATE_NUMBER[after.state],
                after.handed_at,
                after.ended_at,
                after.progress,
                after.pending,
                after.due_at,
                int(after.warned),
                before.message,
                before.recipient,
                STATE_NUMBER[before.state],
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
            f"INSERT INTO leaf ({LEAF}) VALUES ({marks(LEAF)})",
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
            f"INSERT INTO checkpoint ({CHECKPOINT}) VALUES ({marks(CHECKPOINT)})",
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
        row = self._one(f"SELECT {LEAF} FROM leaf WHERE number=?", number)
        return leaf_of(row) if row else None

    def leaves(self, start: int, count: int) -> list[LeafRow]:
        rows = self._db.execute(
            f"SELECT {LEAF} FROM leaf WHERE number>=? AND number<? ORDER BY number", (start, start + count)
        )
        return [leaf_of(row) for row in rows]

    def leaf_of(self, message: int, recipient: str, event: str) -> LeafRow | None:
        row = self._one(
            f"SELECT {LEAF} FROM leaf WHERE message=? AND recipient=? AND event=? ORDER BY number LIMIT 1",
            message,
            recipient,
            event,
        )
        return leaf_of(row) if row else None

    def last_of_kind(self, kind: int) -> LeafRow | None:
        row = self._one(f"SELECT {LEAF} FROM leaf WHERE kind=? AND kind<>1 ORDER BY number DESC LIMIT 1", kind)
        return leaf_of(row) if row else None

    def leaf_count(self) -> int:
        row = self._one("SELECT coalesce(max(number) + 1, 0) FROM leaf")
        return int(row[0]) if row else 0

    def last_checkpoint(self) -> CheckpointRow | None:
        row = self._one(f"SELECT {CHECKPOINT} FROM checkpoint ORDER BY size DESC LIMIT 1")
        return CheckpointRow(*row) if row else None

    def checkpoint_covering(self, leaf: int) -> CheckpointRow | None:
        row = self._one(f"SELECT {CHECKPOINT} FROM checkpoint WHERE size>? ORDER BY size LIMIT 1", leaf)
        return CheckpointRow(*row) if row else None
