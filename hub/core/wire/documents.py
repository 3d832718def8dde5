"""A document, its deliveries, its life, and what it says of others."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.core.wire.base import Digest, Identifier, Named, Wire
from hub.core.wire.signatures import Signatures
from hub.core.wire_words import Business, EventName, Kind, Priority, State, Status, Verdict


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


class Answered(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A document that a message answers (ResponseFor), as its sender names it; `promulgated`: `2026-11-22`."""

    organ_id: str = ""
    code: str = ""
    document_id: str = ""
    promulgated: str = ""


class Notice(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Something to know though it was accepted: DUPLICATE_CODE, FORWARDED, ORIGINAL_UNKNOWN; or a rule of `clause` that
    the message breaks harmlessly, with the code of a Finding, the `right` form, and in `subjects` the one found. Those
    codes stand in the evidence of the acceptance, and so in the timeline, too. Or a fault that a programme finds in a
    data packet: `clause` names the programme, `path` the place. The document travels; that packet changes no case.
    PACKETS_NOT_READ: a document too large to be read for this; the list of faults tells."""

    code: str
    vi: str
    en: str
    subjects: list[str] = []
    clause: str = ""
    right_vi: str = ""
    right_en: str = ""
    path: str = ""


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


class Submitted(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Accepted, durably. 201 for the first time, 200 with `repeated` when these bytes were accepted before."""

    message: Message
    receipt: str
    recipients: list[str]
    repeated: bool = False
    notices: list[Notice] = []


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
    the day that the document names as its own, `2026-11-22`; absent as `says` may be. `signatures`: those inside its
    attachments."""

    message: Message
    deliveries: list[Delivery]
    timeline: list[Event]
    says: Says | None = None
    promulgated: str = ""
    register: Register | None = None
    signatures: Signatures | None = None
