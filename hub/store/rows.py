"""Rows of the record as values, one class for each table and for each answer that joins several."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sized
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, Protocol

import msgspec

from hub.core.model import Business, DeliveryState, MessageKind, Millis


class Numbers(Container[int], Sized, Protocol):
    """Numbers of messages."""


class Side(StrEnum):
    """Whose documents a name may mean: those that the agency sent, that it was sent, or both."""

    BOTH = ""
    SENT = "sent"
    RECEIVED = "received"


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """A document's names, in one of its readings: one of `document_ids`, or number and notation by their `key`
    (`hub.core.edxml.naming`). `sender`, `year`: of that agency and year only, where they are told."""

    document_ids: tuple[str, ...] = ()
    key: str = ""
    sender: str = ""
    year: int = 0


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message as the axis keeps it beside its bytes.

    number      arrival order, from 1
    id          urn:uuid of the message; carries `number`
    identity    the mark of the same message again, with `sender`
    code        number and notation, `7816/VPCP-TTĐT`
    key         of a document its code as people compare it, with `sender` and `year` the duplicate key of NĐ 30; of a
                status its statement without its time; both by `hub.core.edxml.naming`; "" for a status of earlier
                versions
    about       number of the message that this one recalls, updates, replaces or reports on; None = stands alone
    leaf        number of the leaf with its first evidence; the receipt is made from it
    fanout      deliveries placed with it
    purged_at   when retention deleted its bytes; None = they are there
    """

    number: int
    id: str
    kind: MessageKind
    business: Business
    sender: str
    identity: str
    document_id: str
    code: str
    year: int
    subject: str
    type_name: str
    priority: int
    sha256: str
    size: int
    verdict: str
    accepted_at: Millis
    about: int | None
    leaf: int
    fanout: int
    status_code: str = ""
    purged_at: Millis | None = None
    key: str = ""

    @property
    def original(self) -> int:
        """The number of the document that it is, or that it recalls or updates."""
        by_itself = self.business in (Business.NEW, Business.REPLACEMENT) or self.about is None
        return self.number if by_itself else self.about or self.number


class DeliveryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one recipient. `seq` numbers the recipient's mailbox without gaps; times are Millis.

    progress    last status 01..06 that the recipient reported, "" = none
    reported    number of the last status 01..06, 15 or 16 that the recipient sent; None = none, or one of an earlier
                version
    pending     number of the message whose request (take-back, update, replacement) awaits an answer
    due_at      next deadline while waiting: first the warning's, then the expiry's; None = none
    offered_at  when its bytes were first to leave for the recipient, durable before they did; None = never, 0 = an
                earlier version kept no record of it
    ends_at     when it expires if it still waits: never before `x-due`, later by the pauses on record; None = never, or
                placed by an earlier version
    """

    message: int
    recipient: str
    kind: MessageKind
    seq: int
    lane: int
    state: DeliveryState
    placed_at: Millis
    forwarded_from: str = ""
    handed_at: Millis | None = None
    ended_at: Millis | None = None
    progress: str = ""
    pending: int | None = None
    due_at: Millis | None = None
    warned: bool = False
    offered_at: Millis | None = None
    ends_at: Millis | None = None
    reported: int | None = None

    @property
    def unread(self) -> bool:
        """Whether it is certain that none of its bytes ever left for the recipient."""
        return self.offered_at is None


class LeafRow(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log with the object that it commits to. `number` is the leaf's index."""

    number: int
    kind: int
    object: bytes
    at: Millis
    message: int | None = None
    recipient: str = ""
    event: str = ""


class CheckpointRow(msgspec.Struct, frozen=True):
    """`seal`: the hub's X.509 seal over it, empty where none was made."""

    size: int
    root: bytes
    at: Millis
    note: bytes
    seal: str = ""


class CosignedRow(msgspec.Struct, frozen=True):
    """The checkpoint of `size` leaves with every witness' line that came for it until `at`."""

    size: int
    at: Millis
    note: bytes


class TimestampRow(msgspec.Struct, frozen=True):
    """A token (the object of leaf number `leaf`) over the checkpoint of `size` leaves; `at` is the time it states."""

    size: int
    leaf: int
    at: Millis


class X509Row(msgspec.Struct, frozen=True):
    """A certificate, an authority's certificate or a revocation list that was relied on, first at `seen_at`. `sha256`
    is hex, over the DER."""

    sha256: str
    kind: Literal["certificate", "authority", "crl"]
    der: bytes
    seen_at: Millis


class HookRow(msgspec.Struct, frozen=True, kw_only=False):
    """A webhook's endpoint. Times are Millis.

    agency         whose it is; "" = the operator's
    kinds          types that it wants, with blanks between; "" = all
    why            it is disabled: gone, failing, ended, paused; else ""
    salt           of its secret; `old_salt` of the one before, which signs too until `old_until`
    next           first leaf that is still to be told; None = none before `hook_scan`
    failures       in a row, since `failing_since`; not tried before `retry_at`
    outcome        of the last try, a word of `hub.core.webhooks.outcomes`; `status`: of HTTP, 0 = no answer
    """

    number: int
    agency: str
    url: str
    kinds: str
    state: Literal["unproven", "active", "disabled", "removed"]
    why: str
    salt: bytes
    old_salt: bytes
    old_until: Millis
    created_at: Millis
    next: int | None = None
    failures: int = 0
    failing_since: Millis | None = None
    retry_at: Millis = Millis(0)
    sent_at: Millis | None = None
    outcome: str = ""
    status: int = 0


class HookNoticeRow(msgspec.Struct, frozen=True):
    """A webhook that is sent out of turn, or was given up. `body`: as it is sent; `at`: since when it is here; `state`:
    waiting until `next_at`, failed for good, or sent and kept so that it is not sent again."""

    hook: int
    id: str
    type: str
    body: bytes
    at: Millis
    attempts: int = 0
    next_at: Millis | None = None
    state: Literal["waiting", "failed", "sent"] = "waiting"
    outcome: str = ""
    status: int = 0


class HappenedRow(msgspec.Struct, frozen=True):
    """Evidence of leaf number `leaf`, with sender and lane of the document that it is about."""

    leaf: int
    object: bytes
    sender: str
    lane: int


class Counter(msgspec.Struct, frozen=True):
    """Last number given and the digest of the object that got it."""

    n: int
    previous: str


class BroughtRow(msgspec.Struct, frozen=True, kw_only=True):
    """Data that a sync service of a programme brought, in one call.

    number   in their own order, from 1, without a gap
    agency   in whose name the caller spoke; `caller` is the caller's code
    service  the field's name of it
    sha256   hex, of the bytes as received: those of `body`, until retention left its facts alone there
    leaf     of the evidence; `at` is its time
    facts    the directory's entries for the codes in it, as JSON
    reduced_at   when retention did so; None while `body` is as received
    """

    number: int
    agency: str
    caller: str
    service: str
    sha256: str
    at: Millis
    leaf: int
    facts: bytes
    body: bytes
    reduced_at: Millis | None = None


class AccountRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person that may sign in to the console. No secret of it is here in clear but hashes of long secrets.

    name        as the person types it, by `hub.accounts.NAME`
    role        one of `hub.access.Role`; `agency`: whose clerk it is, empty for all others
    title       how the person is called on pages
    password    PHC string of Argon2id; empty = none, so nobody signs in with one
    first       the password was given by somebody else and has to be changed
    second      the secret of the second factor, encrypted; empty = none yet
    step        last time step of it that was used
    recovery    SHA-256 (hex) of each recovery code that was not used yet
    disabled    signs in no more; `sample`: of a sandbox, without a password
    made_at     Millis; `seen_at`: when it last signed in, 0 = never
    homes       addresses from which it signed in last
    """

    name: str
    role: str
    made_at: Millis
    agency: str = ""
    title: str = ""
    password: str = ""
    first: bool = False
    second: bytes = b""
    step: int = 0
    recovery: tuple[str, ...] = ()
    disabled: bool = False
    sample: bool = False
    seen_at: Millis = Millis(0)
    homes: tuple[str, ...] = ()


class SessionRow(msgspec.Struct, frozen=True):
    """A person that is signed in. `digest`: SHA-256 of the browser's secret; `second`: the second factor was shown;
    `seen_at` may be some minutes old."""

    digest: bytes
    account: str
    second: bool
    opened_at: Millis
    seen_at: Millis
    address: str = ""


class MaintenanceRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The axis is in maintenance: since when, by whose order, until about when (0: nobody said), and why."""

    since: Millis
    by: str
    expected: Millis = Millis(0)
    reason: str = ""


class DeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the console's own trail: an act and its doer, which nobody changes. `number` grows by one from 1; 0 =
    not written yet."""

    at: Millis
    account: str
    role: str
    address: str
    deed: str
    target: str = ""
    detail: str = ""
    number: int = 0


class Request(msgspec.Struct, frozen=True):
    """A take-back, update or replacement that awaits the recipient's answer; `told` as in InboxEntry."""

    message: MessageRow
    told: bytes = b""


class InboxEntry(msgspec.Struct, frozen=True):
    """`about`: identifier of the message that this one is about, empty for none; `content`: where it was asked for.

    told     its register's facts (`hub.core.edxml.detail`), empty where nothing is known yet
    asked    the request that awaits an answer of this delivery
    asks     whether this very message is such a request, about another document of this recipient
    """

    message: MessageRow
    delivery: DeliveryRow
    about: str = ""
    content: bytes | None = None
    told: bytes = b""
    asked: Request | None = None
    asks: bool = False


class Shown(msgspec.Struct, frozen=True):
    """Deliveries of one message: how many are in which state, and the first of them."""

    states: dict[DeliveryState, int]
    deliveries: list[DeliveryRow]


class Namesakes(NamedTuple):
    """Documents of one sender, as `messages_by_document` and `messages_by_key` find them."""

    by_document: list[MessageRow]
    by_key: list[MessageRow]


NO_COUNTERS: Final[Mapping[tuple[str, str], Counter]] = MappingProxyType({})
