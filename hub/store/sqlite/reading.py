"""Reading beside the writer: each verb one look at the state committed when it begins."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from hub.core.alerts import Alert
from hub.core.contact import Contact
from hub.core.edxml import detail
from hub.core.edxml.detail import Detail
from hub.core.errors import IntegrityAlarm
from hub.core.evidence.format import Kind
from hub.core.model import Agency, DeliveryState, Millis
from hub.core.period import PeriodRows
from hub.core.report import Expired, Pace, ReportRows, Surge, Tally, Waiting
from hub.store import (
    AccountRow,
    BroughtRow,
    CheckpointRow,
    CosignedRow,
    Counter,
    DeedRow,
    DeliveryRow,
    HappenedRow,
    HookNoticeRow,
    HookRow,
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
from hub.store.drafts import DraftKey, ReportDraft
from hub.store.mail import MailRow, Stage
from hub.store.search import Bill
from hub.store.sqlite import accounts, brought, drafts, failures, finding, hooks, mail, mailbox, named, watching
from hub.store.sqlite.attempts import AttemptReader
from hub.store.sqlite.pace import minutes, pace
from hub.store.sqlite.papers import PaperReader
from hub.store.sqlite.period import period
from hub.store.sqlite.report import oldest_waiting, report, tallies
from hub.store.sqlite.rows import CHECKPOINT, DELIVERY, LEAF, MESSAGE, Row, delivery_of, leaf_of, message_of
from hub.store.sqlite.surges import surges

T = TypeVar("T")


class SqliteReads(AttemptReader, PaperReader, ABC):
    """The reading verbs of `Store`, over two ways to run them: short looks, and those that read tables as a whole."""

    @abstractmethod
    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T: ...

    @abstractmethod
    async def _scan(self, work: Callable[[sqlite3.Connection], T]) -> T: ...

    async def _scanned(self, sql: str, *values: object) -> list[Row]:
        return await self._scan(lambda db: db.execute(sql, values).fetchall())

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

    async def mail(self, agency: str, message: int) -> MailRow | None:
        return await self._read(lambda db: mail.one(db, agency, message))

    async def mails(self, agency: str, stage: Stage, limit: int, before: int | None = None) -> list[MailRow]:
        return await self._read(lambda db: mail.of_stage(db, agency, stage, limit, before))

    async def mail_book(self, agency: str, year: int, after: int, limit: int) -> list[MailRow]:
        return await self._read(lambda db: mail.book(db, agency, year, after, limit))

    async def report_draft(self, key: DraftKey) -> ReportDraft | None:
        return await self._read(lambda db: drafts.one(db, key))

    async def report_drafts(self, agency: str) -> list[ReportDraft]:
        return await self._read(lambda db: drafts.all_of(db, agency))

    async def mail_counts(self, agency: str) -> dict[Stage, int]:
        return await self._read(lambda db: mail.counts(db, agency))

    async def oldest_waiting(self) -> dict[int, Millis]:
        return await self._scan(oldest_waiting)

    async def evidence(self, start: int, end: int) -> list[HappenedRow]:
        return await self._read(lambda db: hooks.evidence(db, start, end))

    async def placed(self, message: int) -> list[str]:
        return [row[0] for row in await self._rows("SELECT recipient FROM delivery WHERE message=?", message)]

    async def hooks(self) -> list[HookRow]:
        return await self._read(hooks.rows)

    async def hook_scan(self) -> int | None:
        row = await self._row("SELECT leaf FROM hook_scan")
        return row[0] if row else None

    async def hook_notices(self, hook: int, limit: int, after: str = "") -> list[HookNoticeRow]:
        return await self._read(lambda db: hooks.notices(db, hook, limit, after))

    async def hook_notice(self, hook: int, identifier: str) -> HookNoticeRow | None:
        return await self._read(lambda db: hooks.notice(db, hook, identifier))

    async def hooks_due(self) -> dict[int, tuple[Millis, int]]:
        return await self._read(hooks.due_all)

    async def hook_due(self, hook: int) -> tuple[HookNoticeRow, int] | None:
        return await self._read(lambda db: hooks.due(db, hook))

    async def refusals(self, since: Millis, until: Millis, limit: int) -> list[LeafRow]:
        return await self._scan(lambda db: failures.refusals(db, since, until, limit))

    async def expired(self, since: Millis, recent: Millis) -> list[Expired]:
        return await self._scan(lambda db: failures.expired(db, since, recent))

    async def expired_of(self, recipient: str, since: Millis, limit: int) -> list[DeliveryRow]:
        return await self._scan(lambda db: failures.expired_of(db, recipient, since, limit))

    async def contacts(self) -> dict[str, Contact]:
        return await self._read(watching.contacts)

    async def alerts(self) -> list[Alert]:
        return await self._read(watching.alerts)

    async def brought(self, number: int) -> BroughtRow | None:
        return await self._read(lambda db: brought.one(db, number))

    async def brought_by_leaf(self, leaf: int) -> BroughtRow | None:
        return await self._read(lambda db: brought.of_leaf(db, leaf))

    async def brought_whole(self, before: Millis, number: int, limit: int) -> list[BroughtRow]:
        return await self._read(lambda db: brought.whole(db, before, number, limit))

    async def brought_last(self) -> int:
        return await self._read(brought.last_number)

    async def statuses(self, codes: Sequence[str], low: int, high: int, limit: int) -> list[MessageRow]:
        return await self._scan(lambda db: brought.statuses(db, codes, low, high, limit))

    async def brought_after(self, number: int, limit: int) -> list[BroughtRow]:
        return await self._read(lambda db: brought.after(db, number, limit))

    async def waiting_of(self, agency: str) -> list[Waiting]:
        return await self._read(lambda db: watching.waiting_of(db, agency))

    async def tallies(self) -> list[Tally]:
        return await self._scan(tallies)

    async def pace(self, until: Millis) -> Pace:
        return await self._scan(lambda db: pace(db, until))

    async def surges(self, until: Millis, least: int) -> list[Surge]:
        return await self._scan(lambda db: surges(db, until, least))

    async def minutes(self, until: Millis) -> tuple[int, ...]:
        return await self._scan(lambda db: minutes(db, until))

    async def report(self, since: Millis, until: Millis) -> ReportRows:
        return await self._scan(lambda db: report(db, since, until))

    async def period(self, since: Millis, until: Millis) -> PeriodRows:
        return await self._scan(lambda db: period(db, since, until))
