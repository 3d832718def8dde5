"""The contract of a store, in the field's verbs.

The contract, which `tests/store` runs against every implementation:

* `write(work)` runs `work` in the store's one writing transaction, on the store's own thread, and returns its result
  **only when the transaction is durable**: a kill at any instant leaves all of it or nothing. When `work` raises,
  nothing of it is kept. When the commit itself fails the outcome is unknown: `Unavailable` is raised and the caller
  reads `last_checkpoint` again before it believes anything.
* Writers are serial. A reader sees whole transactions only, and never waits for a writer.
* `move` changes a delivery's state in one statement that names the state it must be in, and reports whether it did:
  the constraint, not the check before it, is the last judge.
* Rows go in by arrival: message numbers and leaf numbers grow by one without gaps and are never used again, and no
  message was accepted before one of a lower number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from hub.core.alerts import Alert
from hub.core.contact import Contact
from hub.core.edxml.detail import Detail
from hub.core.model import Agency, DeliveryState, Millis
from hub.core.period import PeriodRows
from hub.core.report import Expired, Pace, ReportRows, Surge, Tally, Waiting
from hub.store.attempts import AttemptReading, AttemptWriting
from hub.store.brought import BroughtReading, BroughtWriting
from hub.store.drafts import ReadsDrafts, WritesDrafts
from hub.store.mail import MailRow, Stage
from hub.store.papers import PaperReading, PaperWriting
from hub.store.programmes import Programmes
from hub.store.rows import (
    NO_COUNTERS,
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
    MaintenanceRow,
    MessageRow,
    Name,
    Namesakes,
    Numbers,
    Request,
    SessionRow,
    Shown,
    Side,
    TimestampRow,
    X509Row,
)
from hub.store.search import Bill, Finder, Search

T = TypeVar("T")

__all__ = [
    "NO_COUNTERS",
    "AccountRow",
    "BroughtRow",
    "CheckpointRow",
    "CosignedRow",
    "Counter",
    "DeedRow",
    "DeliveryRow",
    "HappenedRow",
    "HookNoticeRow",
    "HookRow",
    "InboxEntry",
    "LeafRow",
    "MaintenanceRow",
    "MessageRow",
    "Name",
    "Namesakes",
    "Numbers",
    "Request",
    "SessionRow",
    "Shown",
    "Side",
    "Store",
    "TimestampRow",
    "Transaction",
    "X509Row",
]


class Transaction(AttemptWriting, BroughtWriting, PaperWriting, WritesDrafts, Protocol):
    """Inside `write`. Synchronous; used on the store's thread only, and only until `work` returns."""

    def step(self) -> AbstractContextManager[None]:
        """The work of one request of a batch: undone alone when it raises."""

    def changes(self) -> int:
        """Grows with every row that is added, changed or deleted: whether an act wrote."""

    def message(self, number: int) -> MessageRow | None: ...
    def message_by_identity(self, sender: str, identity: str) -> MessageRow | None: ...
    def messages_by_document(self, sender: str, document_id: str) -> list[MessageRow]:
        """The documents of that DocumentId: the one that it identifies first, then those that recall or update it under
        the same DocumentId, newest first."""

    def messages_by_key(self, sender: str, key: str, year: int) -> list[MessageRow]:
        """The documents of that number and notation, newest first; of every year when `year` is 0."""

    def namesakes(self, sender: str, document_id: str, key: str, year: int) -> Namesakes:
        """Both of these, for a document that is about to be added."""

    def deliveries(self, message: int) -> list[DeliveryRow]: ...
    def delivery(self, message: int, recipient: str) -> DeliveryRow | None: ...
    def consigned(self, recipient: str, messages: Sequence[int]) -> dict[int, InboxEntry]:
        """Each of these messages that was placed with `recipient`, with its delivery there, by number."""

    def add_message(
        self,
        row: MessageRow,
        content: bytes | None,
        deliveries: Sequence[DeliveryRow] = (),
        detail: bytes = b"",
        notable: Sequence[int] = (),
    ) -> None:
        """With its deliveries, a register's facts about it where they are not empty, and what it is notable for (both
        of `hub.core.edxml.detail`)."""

    def add_detail(self, message: int, told: bytes) -> None:
        """The detail of a message that has none yet; one that is there already stays."""

    def add_deliveries(self, rows: Sequence[DeliveryRow]) -> None: ...
    def move(self, before: DeliveryRow, after: DeliveryRow) -> bool:
        """Replace `before` by `after` if it still is in `before.state`; False when it is not."""

    def offer(self, recipient: str, messages: Sequence[int], at: Millis) -> dict[int, Millis]:
        """Mark those of them that wait as offered at `at`, where they are not marked yet; when each that waits was."""

    def heartbeat(self) -> Millis | None:
        """The last sign of life; before there was any, the last checkpoint's time."""

    def beat(self, at: Millis) -> None: ...
    def locked_out(self) -> dict[str, tuple[Millis, str]]:
        """The agencies that cannot come in, since when and why."""

    def lock_out(self, agency: str, since: Millis, why: str) -> None: ...
    def let_in(self, agency: str) -> None: ...
    def put_off(self, recipient: str, length: int, not_before: Millis, expire_after: Sequence[int]) -> None:
        """Every delivery with a deadline that waits for this recipient, or for any where empty: it ends later by
        `length` ms, and not before that time. `expire_after`: ms from placing, by lane, where it has no end of its own
        yet."""

    def maintenance(self) -> MaintenanceRow | None:
        """How the maintenance stands that began and is not over."""

    def maintain(self, row: MaintenanceRow | None) -> None: ...
    def last_message(self) -> int: ...
    def counter(self, agency: str, direction: str) -> Counter | None: ...
    def set_counters(self, values: Mapping[tuple[str, str], Counter]) -> None: ...
    def keep_signed(self, digest: str, signed: bytes) -> None:
        """A recipient's signed acknowledgement, under the SHA-256 (hex) of its bytes; once."""

    def add_leaves(self, rows: Sequence[LeafRow], counters: Mapping[tuple[str, str], Counter] = NO_COUNTERS) -> None:
        """The leaves of a batch, with the counters by which they are numbered."""

    def add_tiles(self, tiles: Sequence[tuple[int, int, bytes]]) -> None: ...
    def add_checkpoint(self, row: CheckpointRow) -> None: ...
    def add_timestamp(self, row: TimestampRow) -> None: ...
    def keep_x509(self, rows: Sequence[X509Row]) -> None:
        """Each once: a row that is there already keeps the time at which it was first seen."""

    def purge(self, message: int, at: Millis) -> bool:
        """Delete the bytes that the store itself holds of a message, and mark it; False when it is marked already."""

    def cosigned(self, size: int) -> CosignedRow | None: ...
    def cosigned_by(self, witness: str, least: int) -> int | None:
        """The smallest size, `least` or above, that this witness cosigned."""

    def keep_cosigned(self, row: CosignedRow, witness: str) -> None:
        """Add or replace the note of that size, which `witness` has just cosigned."""

    def put_agencies(self, agencies: Sequence[Agency]) -> None: ...
    def account(self, name: str) -> AccountRow | None: ...
    def put_account(self, row: AccountRow) -> None:
        """Add it, or replace the one of that name."""

    def put_session(self, row: SessionRow) -> None: ...
    def end_sessions(self, digests: Sequence[bytes]) -> None: ...
    def add_deed(self, row: DeedRow) -> None: ...
    def mail(self, agency: str, message: int) -> MailRow | None: ...
    def put_mail(self, row: MailRow) -> None:
        """Add it, or replace the one of that agency and message, whose arrival stays; so does its number once given."""

    def last_mail_number(self, agency: str, year: int) -> int: ...
    def add_hook(self, row: HookRow) -> HookRow:
        """With a number that no endpoint ever had."""

    def keep_hooks(self, rows: Sequence[HookRow]) -> None: ...
    def remove_hook(self, number: int) -> None:
        """Its address, secrets, notices and tries go; its number stays taken."""

    def set_hook_scan(self, leaf: int) -> None: ...
    def keep_hook_notices(self, rows: Sequence[HookNoticeRow], most: int) -> None:
        """Add or replace. Of an endpoint's failed ones only the newest `most` stay."""

    def drop_hook_notice(self, hook: int, identifier: str) -> None: ...
    def put_contacts(self, rows: Sequence[tuple[str, Contact]]) -> None:
        """The last contacts of these agencies, in place of earlier ones."""

    def put_alerts(self, rows: Sequence[Alert]) -> None:
        """Add or replace, by code."""

    def drop_alerts(self, codes: Sequence[str]) -> None: ...
    def read_tile(self, level: int, n: int) -> bytes: ...
    def leaf(self, number: int) -> LeafRow | None: ...
    def leaves(self, start: int, count: int) -> list[LeafRow]: ...
    def leaf_of(self, message: int, recipient: str, event: str) -> LeafRow | None: ...
    def timeline(self, message: int) -> list[LeafRow]: ...
    def last_of_kind(self, kind: int) -> LeafRow | None:
        """The newest leaf of a kind other than evidence."""

    def leaf_count(self) -> int: ...
    def last_checkpoint(self) -> CheckpointRow | None: ...
    def checkpoint_covering(self, leaf: int) -> CheckpointRow | None: ...


class Store(AttemptReading, BroughtReading, PaperReading, ReadsDrafts, Protocol):
    """Writing through `write`, reading beside it. `index`: of a search; `programmes`: their cases; `signatures`:
    findings inside attachments; None where nobody asks it."""

    index: Search | None
    programmes: Programmes | None
    signatures: Programmes | None
    finder: Finder

    async def write(self, work: Callable[[Transaction], T]) -> T: ...
    async def inspect(self, work: Callable[[Transaction], T]) -> T:
        """Run `work`, which only reads, where nothing writes meanwhile."""

    async def close(self) -> None: ...
    async def last_checkpoint(self) -> CheckpointRow | None: ...
    async def checkpoint_covering(self, leaf: int) -> CheckpointRow | None: ...
    async def agencies(self) -> list[Agency]: ...
    async def message(self, number: int) -> MessageRow | None: ...
    async def content(self, number: int) -> bytes | None:
        """The bytes as received when the store holds them itself, else None: then the blob of that digest does."""

    async def details(self, messages: Sequence[int]) -> dict[int, Detail]:
        """The facts known of each of these, by number; nothing of one that an earlier version accepted and that was not
        read again yet."""

    async def messages(self, bill: Bill, numbers: Sequence[int]) -> list[MessageRow]: ...
    async def shown(
        self, bill: Bill, numbers: Sequence[int], parties: Sequence[str] | None, most: int
    ) -> dict[int, Shown]:
        """How the deliveries of each stand, and up to `most` of them, in the order of their recipients' codes; those to
        `parties` alone where they are given."""

    async def delivery(self, message: int, recipient: str) -> DeliveryRow | None: ...
    async def deliveries(self, message: int) -> list[DeliveryRow]: ...
    async def inbox(
        self, recipient: str, state: DeliveryState, limit: int, after: tuple[int, int] | None = None
    ) -> list[InboxEntry]:
        """In the order of delivery: lane 4 first, then by arrival; `after` is (lane, message) of the last one seen."""

    async def offered(
        self, recipient: str, limit: int, without: Numbers = (), content_bytes: int = 0
    ) -> list[InboxEntry]:
        """The documents that may be handed out, in the same order: they wait, nobody asked for them back, their number
        is not among `without`. With content as the store itself holds it, from the front on, of those that fit into the
        rest of `content_bytes`; None for all others, which `content` and the blobs tell."""

    async def outbox(self, sender: str, limit: int, before: int | None = None) -> list[MessageRow]:
        """Newest first; `before` is the number of the last one seen."""

    async def named(
        self, name: Name, parties: Sequence[str] | None, side: Side = Side.BOTH
    ) -> tuple[list[MessageRow], bool]:
        """The documents of that name that one of `parties` (None: anybody) sent or was sent, newest first, at most 100.
        False beside them where so many are called that, that not all were looked at."""

    async def due(self, at: Millis, limit: int) -> list[DeliveryRow]: ...
    async def leaf(self, number: int) -> LeafRow | None: ...
    async def leaves(self, start: int, count: int) -> list[LeafRow]: ...
    async def leaves_of_kind(self, kind: int, start: int, count: int) -> list[LeafRow]:
        """Up to `count` leaves of a kind other than evidence, from number `start` on."""

    async def certificate_leaves(self, agency: str) -> list[LeafRow]:
        """Every leaf that records a change of this agency's certificates, oldest first; for "" those that record
        changes of many agencies: of entries and of delegations."""

    async def timeline(self, message: int) -> list[LeafRow]: ...
    async def signed(self, digest: str) -> bytes | None: ...
    async def checkpoints(self, above: int, count: int) -> list[CheckpointRow]:
        """Up to `count` checkpoints of a size above `above`, by size."""

    async def timestamp_covering(self, leaf: int) -> TimestampRow | None:
        """The time stamp over the smallest checkpoint that covers `leaf`."""

    async def last_timestamp(self) -> TimestampRow | None: ...
    async def x509(self, sha256: str) -> X509Row | None: ...
    async def x509_of(self, kind: str) -> list[X509Row]:
        """All of a kind, by the time at which they were first seen; never asked for the certificates of agencies."""

    async def cosigned(self, above: int, count: int) -> list[CosignedRow]:
        """Up to `count` cosigned checkpoints of a size above `above`, by size."""

    async def last_cosigned(self, witness: str = "") -> CosignedRow | None:
        """The largest that any witness cosigned, or this one."""

    async def counter(self, agency: str, direction: str) -> Counter | None: ...
    async def tile(self, level: int, n: int) -> bytes | None:
        """A full tile, or the newest partial one of a level above 0."""

    async def concerning(self, agency: str, start: int, end: int) -> list[tuple[int, bytes, str, int]]:
        """(leaf, object, sender, lane) of the evidence in [start, end) about documents that `agency` sent or was sent;
        sender and lane of the document."""

    async def accounts(self) -> list[AccountRow]:
        """By name."""

    async def sessions(self) -> list[SessionRow]: ...
    async def deeds(self, limit: int, before: int | None = None, account: str = "") -> list[DeedRow]:
        """Newest first; `before` is the number of the last one seen, `account` whose."""

    async def mail(self, agency: str, message: int) -> MailRow | None: ...
    async def mails(self, agency: str, stage: Stage, limit: int, before: int | None = None) -> list[MailRow]:
        """Newest first; `before` is the message of the last one seen."""

    async def mail_book(self, agency: str, year: int, after: int, limit: int) -> list[MailRow]:
        """The numbered ones of a year, by their number, those above `after`."""

    async def mail_counts(self, agency: str) -> dict[Stage, int]:
        """How many are in each of the stages in which something is to be done."""

    async def oldest_waiting(self) -> dict[int, Millis]:
        """When the first of the documents that wait was accepted, by lane; lanes in which none waits are left out."""

    async def evidence(self, start: int, end: int) -> list[HappenedRow]:
        """The evidence in [start, end) about documents, whosever they are, in the log's order."""

    async def placed(self, message: int) -> list[str]:
        """Every recipient in whose mailbox the message was placed."""

    async def hooks(self) -> list[HookRow]:
        """All endpoints that were not removed, by number."""

    async def hook_scan(self) -> int | None:
        """Up to which leaf endpoints know of events; None = nobody ever looked."""

    async def hook_notices(self, hook: int, limit: int, after: str = "") -> list[HookNoticeRow]:
        """Those that wait or failed, by identifier."""

    async def hook_notice(self, hook: int, identifier: str) -> HookNoticeRow | None: ...
    async def hook_due(self, hook: int) -> tuple[HookNoticeRow, int] | None:
        """The one that waits and is due first, now or later, and how many wait."""

    async def hooks_due(self) -> dict[int, tuple[Millis, int]]:
        """Of each endpoint for which something waits out of turn: when the first of it is due, and how much."""

    async def refusals(self, since: Millis, until: Millis, limit: int) -> list[LeafRow]:
        """Evidence of messages that were refused at the door in [since, until), newest first."""

    async def expired(self, since: Millis, recent: Millis) -> list[Expired]:
        """By recipient, the deliveries of documents that expired from `since` on, and of those from `recent` on."""

    async def expired_of(self, recipient: str, since: Millis, limit: int) -> list[DeliveryRow]:
        """Some of these, the newest first."""

    async def contacts(self) -> dict[str, Contact]:
        """By agency."""

    async def alerts(self) -> list[Alert]:
        """By code."""

    async def waiting_of(self, agency: str) -> list[Waiting]:
        """The waiting documents of this mailbox, by lane; empty lanes are left out."""

    async def tallies(self) -> list[Tally]: ...
    async def pace(self, until: Millis) -> Pace: ...
    async def minutes(self, until: Millis) -> tuple[int, ...]:
        """Documents accepted in each of the sixty minutes before, oldest first."""

    async def surges(self, until: Millis, least: int) -> list[Surge]:
        """Messages of the hour before, of all together (`""`) and of the agencies that sent at least `least` of them,
        against the mean of the same hour in the seven days before, as far as there is record of them. Of more messages
        than some ten thousand the newest, in as long a time. Empty where there is record of less than two days."""

    async def report(self, since: Millis, until: Millis) -> ReportRows: ...
    async def period(self, since: Millis, until: Millis) -> PeriodRows: ...
    async def integrity(self) -> list[str]:
        """The complaints of the engine's own check of its file and indexes."""

    async def rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        """Those columns of every row as they are kept: for `fsck`, of tables that stay small beside the record."""

    async def strays(self) -> list[tuple[str, int]]:
        """(table, message) of contents and deliveries whose message is not there."""

    async def blobs_named(self) -> set[str]:
        """SHA-256 (hex) of every message whose bytes lie outside the store."""

    async def purgeable(self, before: Millis, after: int, limit: int) -> list[MessageRow]:
        """Documents accepted before that time, by number above `after`, whose bytes are there and that nobody waits
        for: no delivery is waiting, no request pending."""
