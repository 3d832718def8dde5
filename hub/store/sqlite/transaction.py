"""The verbs of `Transaction` on SQLite's one writing connection.

Each statement is one constant, so the driver finds it prepared, and one cursor runs them all: an act of some tens of
microseconds notices both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from hub.core.alerts import Alert
from hub.core.contact import Contact
from hub.core.errors import IntegrityAlarm
from hub.core.model import Agency, Millis
from hub.store import (
    NO_COUNTERS,
    AccountRow,
    BroughtRow,
    CheckpointRow,
    CosignedRow,
    Counter,
    DeedRow,
    DeliveryRow,
    HookNoticeRow,
    HookRow,
    InboxEntry,
    LeafRow,
    MaintenanceRow,
    MessageRow,
    Namesakes,
    SessionRow,
    TimestampRow,
    X509Row,
)
from hub.store.mail import MailRow
from hub.store.sqlite import accounts, brought, finding, hooks, mail, mailbox, watching
from hub.store.sqlite.attempts import AttemptTransaction
from hub.store.sqlite.drafts import WritingDrafts
from hub.store.sqlite.papers import PaperTransaction
from hub.store.sqlite.rows import (
    ABSENT,
    CHECKPOINT,
    DELIVERY,
    LEAF,
    MESSAGE,
    STATE_NUMBER,
    Row,
    delivery_of,
    delivery_values,
    insertion,
    leaf_of,
    leaf_values,
    message_of,
    message_values,
)

_MESSAGE: Final = f"SELECT {MESSAGE} FROM message WHERE number=?"
_BY_IDENTITY: Final = f"SELECT {MESSAGE} FROM message WHERE sender=? AND identity=?"
# Their identities are the DocumentId itself, or it with "#" and more: one range of the unique index.
_BY_DOCUMENT: Final = (
    f"SELECT {MESSAGE} FROM message WHERE sender=? AND identity>=? AND identity<? AND document_id=? AND kind=0 "
    "ORDER BY identity<>document_id, number DESC LIMIT 100"
)
_BY_KEY_AND_YEAR: Final = (
    f"SELECT {MESSAGE} FROM message WHERE sender=? AND key=? AND year=? AND kind=0 ORDER BY number DESC LIMIT 100"
)
_BY_KEY: Final = f"SELECT {MESSAGE} FROM message WHERE sender=? AND key=? AND kind=0 ORDER BY number DESC LIMIT 100"
_DELIVERIES: Final = f"SELECT {DELIVERY} FROM delivery WHERE message=?"
_DELIVERY: Final = f"SELECT {DELIVERY} FROM delivery WHERE message=? AND recipient=?"
_ADD_MESSAGE: Final = insertion("message", MESSAGE, "about, purged_at")
_ADD_CONTENT: Final = insertion("content", "message, bytes")
_ADD_DETAIL: Final = "INSERT OR IGNORE INTO detail (message, told) VALUES (?, ?)"
_ADD_DELIVERY: Final = insertion(
    "delivery", DELIVERY, "handed_at, ended_at, pending, due_at, offered_at, ends_at, reported"
)
_MOVE: Final = (
    "UPDATE delivery SET state=?, handed_at=nullif(?, -1), ended_at=nullif(?, -1), progress=?, pending=nullif(?, -1), "
    "due_at=nullif(?, -1), warned=?, ends_at=nullif(?, -1), reported=nullif(?, -1) "
    "WHERE message=? AND recipient=? AND state=?"
)
_OFFER: Final = (
    "UPDATE delivery SET offered_at=? WHERE message=? AND recipient=? AND state=0 AND coalesce(offered_at, 0) = 0"
)
_OFFERED: Final = "SELECT offered_at FROM delivery WHERE message=? AND recipient=? AND state=0"
_PUT_OFF: Final = (
    "UPDATE delivery SET ends_at=max(?1 + coalesce(ends_at, placed_at + "
    "CASE lane WHEN 0 THEN ?4 WHEN 1 THEN ?5 WHEN 2 THEN ?6 WHEN 3 THEN ?7 ELSE ?8 END), ?2) "
    "WHERE state=0 AND due_at IS NOT NULL AND (?3='' OR recipient=?3)"
)
_COUNTER: Final = "SELECT n, previous FROM counter WHERE agency=? AND direction=?"
_SET_COUNTER: Final = (
    "INSERT INTO counter (agency, direction, n, previous) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (agency, direction) DO UPDATE SET n=excluded.n, previous=excluded.previous"
)
_KEEP_SIGNED: Final = "INSERT OR IGNORE INTO signed (digest, bytes) VALUES (?, ?)"
_ADD_LEAF: Final = insertion("leaf", LEAF, "message")


class SqliteTransaction(AttemptTransaction, PaperTransaction, WritingDrafts):
    """The verbs of `Transaction` on the writing connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._cursor = connection.cursor()

    def close(self) -> None:
        """Give back the statement: an error whose traceback still holds this would else keep the file open after the
        connection was closed, until the collector comes."""
        self._cursor.close()

    def _one(self, sql: str, *values: object) -> Row | None:
        row: Row | None = self._cursor.execute(sql, values).fetchone()
        return row

    def _all(self, sql: str, *values: object) -> list[Row]:
        return self._cursor.execute(sql, values).fetchall()

    def changes(self) -> int:
        return self._db.total_changes

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
        row = self._one(_MESSAGE, number)
        return message_of(row) if row else None

    def message_by_identity(self, sender: str, identity: str) -> MessageRow | None:
        row = self._one(_BY_IDENTITY, sender, identity)
        return message_of(row) if row else None

    def messages_by_document(self, sender: str, document_id: str) -> list[MessageRow]:
        rows = self._all(_BY_DOCUMENT, sender, document_id, f"{document_id}$", document_id)
        return [message_of(row) for row in rows]

    def messages_by_key(self, sender: str, key: str, year: int) -> list[MessageRow]:
        rows = self._all(_BY_KEY_AND_YEAR, sender, key, year) if year else self._all(_BY_KEY, sender, key)
        return [message_of(row) for row in rows]

    def namesakes(self, sender: str, document_id: str, key: str, year: int) -> Namesakes:
        by_document = self.messages_by_document(sender, document_id)
        return Namesakes(by_document, self.messages_by_key(sender, key, year))

    def deliveries(self, message: int) -> list[DeliveryRow]:
        return [delivery_of(row) for row in self._all(_DELIVERIES, message)]

    def delivery(self, message: int, recipient: str) -> DeliveryRow | None:
        row = self._one(_DELIVERY, message, recipient)
        return delivery_of(row) if row else None

    def consigned(self, recipient: str, messages: Sequence[int]) -> dict[int, InboxEntry]:
        return mailbox.consigned(self._cursor, recipient, messages)

    def add_message(
        self,
        row: MessageRow,
        content: bytes | None,
        deliveries: Sequence[DeliveryRow] = (),
        detail: bytes = b"",
        notable: Sequence[int] = (),
    ) -> None:
        self._cursor.execute(_ADD_MESSAGE, message_values(row))
        if content is not None:
            self._cursor.execute(_ADD_CONTENT, (row.number, bytearray(content)))
        if deliveries:
            self.add_deliveries(deliveries)
        if detail:
            self.add_detail(row.number, detail)
        for what in notable:
            self._cursor.execute(finding.ADD_NOTABLE, (what, row.number))

    def add_detail(self, message: int, told: bytes) -> None:
        self._cursor.execute(_ADD_DETAIL, (message, bytearray(told)))

    def add_deliveries(self, rows: Sequence[DeliveryRow]) -> None:
        self._cursor.executemany(_ADD_DELIVERY, map(delivery_values, rows))

    def move(self, before: DeliveryRow, after: DeliveryRow) -> bool:
        moved = self._cursor.execute(
            _MOVE,
            (
                STATE_NUMBER[after.state],
                ABSENT if after.handed_at is None else after.handed_at,
                ABSENT if after.ended_at is None else after.ended_at,
                after.progress,
                ABSENT if after.pending is None else after.pending,
                ABSENT if after.due_at is None else after.due_at,
                int(after.warned),
                ABSENT if after.ends_at is None else after.ends_at,
                ABSENT if after.reported is None else after.reported,
                before.message,
                before.recipient,
                STATE_NUMBER[before.state],
            ),
        )
        return moved.rowcount == 1

    def offer(self, recipient: str, messages: Sequence[int], at: Millis) -> dict[int, Millis]:
        self._cursor.executemany(_OFFER, ((at, number, recipient) for number in messages))
        found = ((number, self._one(_OFFERED, number, recipient)) for number in messages)
        return {number: row[0] for number, row in found if row is not None}

    def heartbeat(self) -> Millis | None:
        row = self._one("SELECT coalesce((SELECT at FROM heartbeat), (SELECT max(at) FROM checkpoint))")
        return Millis(row[0]) if row and row[0] is not None else None

    def beat(self, at: Millis) -> None:
        self._cursor.execute(
            "INSERT INTO heartbeat VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at=excluded.at", (at,)
        )

    def locked_out(self) -> dict[str, tuple[Millis, str]]:
        return {row[0]: (Millis(row[1]), row[2]) for row in self._all("SELECT agency, since, why FROM locked_out")}

    def lock_out(self, agency: str, since: Millis, why: str) -> None:
        self._cursor.execute("INSERT INTO locked_out (agency, since, why) VALUES (?, ?, ?)", (agency, since, why))

    def let_in(self, agency: str) -> None:
        self._cursor.execute("DELETE FROM locked_out WHERE agency=?", (agency,))

    def put_off(self, recipient: str, length: int, not_before: Millis, expire_after: Sequence[int]) -> None:
        self._cursor.execute(_PUT_OFF, (length, not_before, recipient, *expire_after))

    def maintenance(self) -> MaintenanceRow | None:
        return watching.maintenance(self._db)

    def maintain(self, row: MaintenanceRow | None) -> None:
        watching.maintain(self._db, row)

    def last_message(self) -> int:
        row = self._one("SELECT max(number) FROM message")
        return int(row[0] or 0) if row else 0

    def counter(self, agency: str, direction: str) -> Counter | None:
        row = self._one(_COUNTER, agency, direction)
        return Counter(row[0], row[1]) if row else None

    def set_counters(self, values: Mapping[tuple[str, str], Counter]) -> None:
        self._cursor.executemany(
            _SET_COUNTER, ((agency, direction, c.n, c.previous) for (agency, direction), c in values.items())
        )

    def keep_signed(self, digest: str, signed: bytes) -> None:
        self._cursor.execute(_KEEP_SIGNED, (bytearray.fromhex(digest), bytearray(signed)))

    def add_leaves(self, rows: Sequence[LeafRow], counters: Mapping[tuple[str, str], Counter] = NO_COUNTERS) -> None:
        self._cursor.executemany(_ADD_LEAF, map(leaf_values, rows))
        if counters:
            self.set_counters(counters)

    def add_tiles(self, tiles: Sequence[tuple[int, int, bytes]]) -> None:
        self._db.executemany(
            "INSERT INTO tile (level, n, hashes) VALUES (?, ?, ?) "
            "ON CONFLICT (level, n) DO UPDATE SET hashes=excluded.hashes",
            tiles,
        )

    def add_checkpoint(self, row: CheckpointRow) -> None:
        self._db.execute(insertion("checkpoint", CHECKPOINT), (row.size, row.root, row.at, row.note, row.seal))

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

    def account(self, name: str) -> AccountRow | None:
        return accounts.account(self._db, name)

    def put_account(self, row: AccountRow) -> None:
        accounts.put_account(self._db, row)

    def put_session(self, row: SessionRow) -> None:
        accounts.put_session(self._db, row)

    def end_sessions(self, digests: Sequence[bytes]) -> None:
        accounts.end_sessions(self._db, digests)

    def add_deed(self, row: DeedRow) -> None:
        accounts.add_deed(self._db, row)

    def mail(self, agency: str, message: int) -> MailRow | None:
        return mail.one(self._db, agency, message)

    def put_mail(self, row: MailRow) -> None:
        mail.put(self._db, row)

    def last_mail_number(self, agency: str, year: int) -> int:
        return mail.last_number(self._db, agency, year)

    def add_hook(self, row: HookRow) -> HookRow:
        return hooks.add(self._cursor, row)

    def keep_hooks(self, rows: Sequence[HookRow]) -> None:
        hooks.keep(self._cursor, rows)

    def remove_hook(self, number: int) -> None:
        hooks.remove(self._cursor, number)

    def set_hook_scan(self, leaf: int) -> None:
        hooks.scanned(self._cursor, leaf)

    def keep_hook_notices(self, rows: Sequence[HookNoticeRow], most: int) -> None:
        hooks.keep_notices(self._cursor, rows, most)

    def drop_hook_notice(self, hook: int, identifier: str) -> None:
        hooks.drop_notice(self._cursor, hook, identifier)

    def put_contacts(self, rows: Sequence[tuple[str, Contact]]) -> None:
        watching.put_contacts(self._db, rows)

    def put_alerts(self, rows: Sequence[Alert]) -> None:
        watching.put_alerts(self._db, rows)

    def drop_alerts(self, codes: Sequence[str]) -> None:
        watching.drop_alerts(self._db, codes)

    def add_brought(self, row: BroughtRow) -> None:
        brought.add(self._db, row)

    def last_brought(self, agency: str) -> BroughtRow | None:
        return brought.last(self._db, agency)

    def brought_count(self) -> int:
        return brought.last_number(self._db)

    def reduce_brought(self, number: int, body: bytes, at: Millis) -> bool:
        return brought.reduce(self._db, number, body, at)

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

    def timeline(self, message: int) -> list[LeafRow]:
        return [leaf_of(row) for row in self._all(f"SELECT {LEAF} FROM leaf WHERE message=? ORDER BY number", message)]

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
