"""The messages of the HTTP interface, as records: the one description from which server, client and OpenAPI are made.

Times are RFC 3339 UTC with milliseconds; digests are lower-case hex SHA-256; receipts are whole `.tlog-proof` files as
text. Members that do not apply are left out.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.core import errors
from hub.core.wire_words import (
    Business,
    EventName,
    Fault,
    Kind,
    Priority,
    Severity,
    SignaturePolicy,
    SignatureProfile,
    State,
    Status,
    Tier,
    Verdict,
)

Limit = Annotated[int, msgspec.Meta(ge=1, le=1000)]

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# The lengths beside the patterns are no ornament: `$` also matches before a newline at the end.
Identifier = Annotated[str, msgspec.Meta(pattern=f"^urn:uuid:{_UUID}$", min_length=45, max_length=45)]
"""Of a message or an evidence, in its one form: clients make file names and addresses of it."""

Named = Annotated[str, msgspec.Meta(pattern=f"^(urn:uuid:{_UUID})?$", max_length=45)]
"""An Identifier, or empty."""

Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", min_length=64, max_length=64)]
Bearer = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._~+/=-]+$(?!\n)", max_length=8000)]
"""The characters that may stand in a header."""


class Wire(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all records on the wire."""


class TokenRequest(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 7523: `assertion` is a JWS (ES256, ES384, PS256) by a registered key of the agency, at most five minutes
    long."""

    assertion: str
    grant_type: str = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class TokenAnswer(Wire, frozen=True, kw_only=True, omit_defaults=True):
    access_token: Bearer
    expires_in: Annotated[int, msgspec.Meta(ge=0, le=1 << 31)]
    token_type: str = "Bearer"


class Message(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A document or status on the axis. `about`: the document that a status, recall, update or replacement concerns.
    `sender_name`: as the directory has it, where documents are looked for or looked at one by one."""

    id: Identifier
    kind: Kind
    business: Business
    sender: str
    document_id: str
    code: str
    subject: str
    type_name: str
    priority: Priority
    sha256: Digest
    size: Annotated[int, msgspec.Meta(ge=0)]
    verdict: Verdict
    accepted_at: str
    recipients: int
    about: Named = ""
    status_code: Status = ""
    sender_name: str = ""


class Delivery(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One recipient of a message. `state` is the axis' own (waiting, handed_over, taken_back, refused, expired);
    `progress` the last of 01..06 that the recipient reported. `take_back_pending`: it was asked to give it back.
    `offered_at`: when its bytes were first to leave for the recipient, which may have read it since. `name`: the
    recipient's, as the directory has it. While it waits: `due_at`, when the sender is warned next or it expires;
    `ends_at`, when it expires."""

    recipient: str
    state: State
    seq: int
    placed_at: str
    handed_at: str = ""
    ended_at: str = ""
    forwarded_from: str = ""
    progress: Status = ""
    take_back_pending: bool = False
    warned: bool = False
    offered_at: str = ""
    name: str = ""
    due_at: str = ""
    ends_at: str = ""


class Event(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a document's life: an evidence, its leaf in the log, and whether a recipient signed for it. Where a
    status brought it: `status` is that message, `description` its words, `department` and `staff` who reported it."""

    evidence: Identifier
    leaf: int
    event: EventName
    at: str
    recipient: str = ""
    reasons: list[str] = []
    countersigned: bool = False
    status_code: Status = ""
    status: Named = ""
    description: str = ""
    department: str = ""
    staff: str = ""


class File(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An attachment as the message names it; `size` in bytes, as it travels."""

    name: str
    size: Annotated[int, msgspec.Meta(ge=0)] = 0


class Register(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A register's facts about a document (NĐ 30/2020, Annex IV), as its sender wrote it: each text cut at 500
    characters, each list at 50. `competence`: "TM.", "KT." and the like; `attached`: how many files there are;
    `certificate`: SHA-256 of the one it was signed with; of a status `department` and `staff` report it."""

    promulgated: str = ""
    due: str = ""
    place: str = ""
    sender_name: str = ""
    competence: str = ""
    position: str = ""
    signer: str = ""
    sphere: str = ""
    content: str = ""
    pages: int | None = None
    copies: int | None = None
    to_places: list[str] = []
    files: list[File] = []
    attached: int = 0
    certificate: str = ""
    department: str = ""
    staff: str = ""


class FoundDocument(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A document as its finder may see it: how many of its deliveries are in which state, and the first of
    them; for a recipient its own alone. An operator is shown no subject and nothing else that was written in words."""

    message: Message
    states: dict[State, int]
    deliveries: list[Delivery]
    register: Register | None = None
    says: Says | None = None


class Found(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`cursor` continues the search, empty at its end; a page may hold less than its limit, or nothing, and still have
    one. `behind`: documents that are not in the index yet, of an earlier version or of this moment."""

    items: list[FoundDocument]
    cursor: str = ""
    behind: int = 0


class Life(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A message with its deliveries (all for the sender, one's own for a recipient) and its timeline. `promulgated`:
    the day that the document names as its own, `2026-11-22`; absent as `says` may be."""

    message: Message
    deliveries: list[Delivery]
    timeline: list[Event]
    says: Says | None = None
    promulgated: str = ""
    register: Register | None = None


class Notice(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Something to know though it was accepted: DUPLICATE_CODE, FORWARDED, ORIGINAL_UNKNOWN; or a rule of `clause` that
    the message breaks harmlessly, with the code of a Finding, the `right` form, and in `subjects` the one found. Those
    codes stand in the evidence of the acceptance, and so in the timeline, too."""

    code: str
    vi: str
    en: str
    subjects: list[str] = []
    clause: str = ""
    right_vi: str = ""
    right_en: str = ""


class Submitted(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Accepted, durably. 201 for the first time, 200 with `repeated` when these bytes were accepted before."""

    message: Message
    receipt: str
    recipients: list[str]
    repeated: bool = False
    notices: list[Notice] = []


class Answered(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A document that a message answers (ResponseFor), as its sender names it; `promulgated`: `2026-11-22`."""

    organ_id: str = ""
    code: str = ""
    document_id: str = ""
    promulgated: str = ""


class Says(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A message's words on other documents and on the task, as its sender wrote them, each cut at 500 characters and
    each list at 50; the message has all of it. `answers`: the documents it answers. `of`: the DocumentIds of the ones
    it recalls, updates or replaces (`business` says which); `reason`: why, of a status its description; `added` and
    `removed`: the agencies that an update makes or unmakes recipients. `due`: until when it asks for an answer,
    `2026-11-22`. `notices`: rules that it breaks harmlessly, the first 20. Absent until the hub has read again the
    documents that an earlier version accepted."""

    answers: list[Answered] = []
    of: list[str] = []
    reason: str = ""
    added: list[str] = []
    removed: list[str] = []
    due: str = ""
    steering: int | None = None
    tasks: list[str] = []
    application: str = ""
    notices: list[Notice] = []


class Asked(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody asks the recipient of a document to give it back or to agree to an update: with the message `by`, for
    this `reason`. It is answered by a signed status about the document or about that message: one of `answer_with`, 15
    agrees, 16 does not and needs a reason."""

    by: Identifier
    business: Business
    status_code: Status = ""
    reason: str = ""
    answer_with: list[Status]


class BatchEnd(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The number of items looked at, and their outcome. `problem`: why the rest was not; send it again, after the time
    it gives."""

    items: int
    accepted: int
    repeated: int
    refused: int
    problem: Problem | None = None


class BatchLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the answer to a batch: the outcome of the item with this `index` (from 0), `submitted` or `problem`
    with the `status` that it would have had alone; or, as the last line, the `end`."""

    index: int | None = None
    status: int = 0
    submitted: Submitted | None = None
    problem: Problem | None = None
    end: BatchEnd | None = None


class InboxItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A message in the mailbox; `leased_until` when this call took it from other workers. `content`: its bytes as
    received, where the call asked for them and they are small; without, they are to be read at its own address.
    `asked`: a request that awaits an answer, about this document, or this message itself."""

    message: Message
    delivery: Delivery
    leased_until: str = ""
    content: bytes | None = None
    says: Says | None = None
    asked: Asked | None = None


class Inbox(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`cursor` continues the listing; empty at its end."""

    items: list[InboxItem]
    cursor: str = ""


class FetchRequest(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Take up to `limit` documents, waiting up to `wait` seconds for the first. `agency`: on whose behalf. `content`:
    small ones with their bytes."""

    limit: Limit = 50
    wait: Annotated[float, msgspec.Meta(ge=0, le=300)] = 0
    agency: str = ""
    content: bool = False


class UnsignedItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    message: str
    sha256: Digest


class AcknowledgeRequest(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Either `signed`, a JWS over the items (`truc-acknowledgement/1`), or `items` from a client that cannot sign."""

    signed: str = ""
    items: Annotated[list[UnsignedItem], msgspec.Meta(max_length=1000)] = []
    agency: str = ""


class AcknowledgedItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome of one item: its `state` and `evidence`, or the `problem` that kept it as it was."""

    message: Identifier
    state: State = ""
    evidence: Named = ""
    receipt: str = ""
    repeated: bool = False
    problem: Problem | None = None


class Acknowledgements(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[AcknowledgedItem]


class AcknowledgeBatch(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Acknowledgements of several mailboxes, or several signed ones of the same."""

    requests: Annotated[list[AcknowledgeRequest], msgspec.Meta(min_length=1, max_length=64)]


class Acknowledging(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome of one acknowledgement: its `items`, or the `problem` that refused it whole, with the `status` that
    it would have had alone."""

    status: int
    items: list[AcknowledgedItem] = []
    problem: Problem | None = None


class AcknowledgedBatch(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """In the order of the requests."""

    answers: list[Acknowledging]


class OutboxItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    message: Message
    deliveries: list[Delivery]


class Outbox(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[OutboxItem]
    cursor: str = ""


class Certificate(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A registered certificate: SHA-256 over the DER, and the DER in base64."""

    sha256: Digest
    der: str
    added: str = ""
    withdrawn: str = ""


class Agency(Wire, frozen=True, kw_only=True, omit_defaults=True):
    code: str
    name: str
    tier: Tier
    code_qd20: str = ""
    parent: str = ""
    short_name: str = ""
    email: str = ""
    address: str = ""
    valid_from: str = ""
    valid_to: str = ""
    successor: str = ""
    centre: str = ""
    suspended: bool = False
    signature_policy: SignaturePolicy = "strict"
    signature_profile: SignatureProfile = "strict"
    certificates: list[Certificate] = []
    heirs: list[str] = []


class Agencies(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[Agency]
    total: int
    cursor: str = ""


class AgencyChanges(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Entries to add or to replace whole, by code (operator only)."""

    agencies: Annotated[list[Agency], msgspec.Meta(min_length=1, max_length=200_000)]


class Changed(Wire, frozen=True, kw_only=True, omit_defaults=True):
    changes: int


class Rate(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Documents and deliveries per second, minute or day: the mean over the window, and the busiest one."""

    documents: float
    deliveries: float
    peak_documents: int
    peak_deliveries: int


class TierFigures(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One tier: `share` is the part of its agencies that exchanged documents (98 % over the country, Nov 2022)."""

    tier: Tier
    agencies: int
    exchanged: int
    share: float
    sent: int
    received: int


class Flow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One cell of the 4 × 4 matrix."""

    sender: Tier
    recipient: Tier
    deliveries: int
    handed_over: int


class Latency(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """From submission to hand-over, in milliseconds."""

    measured: int
    p50: int = 0
    p99: int = 0


class LedgerLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """accepted = waiting + handed_over + taken_back + refused + expired; any `difference` but 0 is an alarm."""

    name: str
    accepted: int
    waiting: int = 0
    handed_over: int = 0
    taken_back: int = 0
    refused: int = 0
    expired: int = 0
    difference: int = 0


class Figures(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The report over documents accepted in [since, until)."""

    since: str
    until: str
    documents: int
    deliveries: int
    statuses: int
    bytes: int
    signed: int
    signed_share: float
    per_second: Rate
    per_minute: Rate
    per_day: Rate
    tiers: list[TierFigures]
    matrix: list[Flow]
    latency: Latency
    ledger: list[LedgerLine]


class Finding(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One wrong field: `N.` missing, `R.` too long, `M.` wrong value, `T.` wrong type, then the path. An `error` keeps
    the message from being made or routed, a `notice` does not. `value`: the one found; `rule`, `rule_vi`: the right
    form; `line`, `column`: where it begins; `excerpt`: the text there. `F.` is of the form of the whole: the form that
    came in place of edXML."""

    code: str
    value: str
    rule: str
    clause: str
    vi: str
    en: str
    severity: Severity = "error"
    path: str = ""
    rule_vi: str = ""
    line: int = 0
    column: int = 0
    excerpt: str = ""

    @classmethod
    def of(cls, finding: errors.Finding) -> Finding:
        return cls(
            code=finding.code,
            value=finding.found,
            rule=finding.right.en,
            clause=finding.clause,
            vi=finding.vi,
            en=finding.en,
            severity=finding.severity.value,
            path=finding.path,
            rule_vi=finding.right.vi,
            line=finding.line,
        )


class EntryProblem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One thing wrong with one entry of the directory: `value` is the one found, `vi` and `en` tell the right one.
    `line` is its line in a file, 0 where there was none."""

    entry: str
    field: str
    reason: str
    value: str
    vi: str
    en: str
    line: int = 0


class Candidate(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A document that a name may mean: its identifier, number and notation, and when it is of: the day where its
    DocumentId tells it, else the year."""

    id: Identifier
    code: str
    date: str
    sender: str
    document_id: str
    subject: str
    accepted_at: str


class Problem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457. `code` is stable; `fault` names the party that must act; `receipt` proves a recorded refusal;
    `documents`: those that an ambiguous name may mean."""

    type: str
    title: str
    status: int
    code: str
    fault: Fault
    detail: str
    vi: str
    en: str
    hint_vi: str = ""
    hint_en: str = ""
    expected: str = ""
    found: str = ""
    findings: list[Finding] = []
    recipients: dict[str, str] = {}
    retry_after: float = 0
    receipt: str = ""
    entries: list[EntryProblem] = []
    documents: list[Candidate] = []


class ProblemKind(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One code of Problem: its status, the party that must act, its text and its remedy. Some answers of HTTP itself
    (405, 431) carry REQUEST_INVALID under their own status."""

    code: str
    status: int
    fault: Fault
    vi: str
    en: str
    hint_vi: str
    hint_en: str


class ProblemKinds(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[ProblemKind]


class LogObject(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An object that the log commits to: number of its leaf, kind (0x01 evidence, 0x02 directory, 0x03 release, 0x04
    manifest, 0x05 time stamp, 0x06 statement), and its bytes."""

    leaf: int
    kind: int
    object: bytes


class LogObjects(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`size`: leaves under the newest checkpoint when this was read."""

    items: list[LogObject]
    size: int


class SignedCheckpoint(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A checkpoint that was published: when it was made, and the signed note."""

    size: int
    at: str
    note: str


class SignedCheckpoints(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[SignedCheckpoint]


class Health(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`status`: ok, or in a word why the hub is not ready. The limits, as they were found last: bytes free on the disk,
    when certificates end (of the seal, of TLS, of the first CA), when each lane's oldest document came; `crl_ends`,
    `first_crl_ends`: until when the last and the first revocation list is believed. `not_indexed`: documents that a
    search does not find yet."""

    status: str
    version: str
    log_size: int = 0
    waiting: int = 0
    reason: str = ""
    disk_free: int | None = None
    certificates: dict[str, str] = {}
    crl_ends: str = ""
    first_crl_ends: str = ""
    oldest_waiting: dict[str, str] = {}
    not_indexed: int = 0
