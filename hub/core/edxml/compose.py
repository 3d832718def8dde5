"""From an agency's own data to a message: documents and statuses with the directory's own details.

Pure: time is an argument, nothing is sent or signed. A status names its document by DocumentId and by code,
and the other party by its agency code; for a take-back (13) the other party is one recipient, or oneself when
all are meant. A reply names the documents it answers (`answering`), a recall, update or replacement those it changes
(`recall`, `update`, `replacement`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from msgspec.structs import replace

from hub.core.edxml.codes import DESCRIPTIONS, DOCUMENT_TYPES, check_codes
from hub.core.edxml.message import (
    Attachment,
    BusinessInfo,
    Code,
    Document,
    DocumentType,
    Organ,
    OtherInfo,
    Receiver,
    Replacement,
    ResponseFor,
    Signer,
    Staff,
    Status,
    Trace,
    document_id,
)
from hub.core.model import VIETNAM, Business, Millis, Priority, StatusCode


class Described(Protocol):
    """An agency as any directory has it."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def email(self) -> str: ...


class Told(Protocol):
    """A message as any record has it: who sent it, and its two names."""

    @property
    def sender(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def document_id(self) -> str: ...


def local_time(at: Millis) -> datetime:
    """Naive Vietnam time to the second, as timestamps are written."""
    return datetime.fromtimestamp(at // 1000, VIETNAM).replace(tzinfo=None)


def organ(agency: Described) -> Organ:
    """An agency as `From` or `To` describes it."""
    return Organ(
        organ_id=agency.code,
        in_charge=agency.name,
        name=agency.name[:200],
        address=agency.address,
        email=agency.email,
    )


def document_type(name: str) -> DocumentType:
    """By name; a name that NĐ 30 does not list has TypeDetail 0."""
    detail = DOCUMENT_TYPES.index(name) + 1 if name in DOCUMENT_TYPES else 0
    return DocumentType(type=1, detail=detail, name=name)


def document(
    sender: Described,
    recipients: Sequence[Described],
    *,
    code: Code,
    subject: str,
    at: Millis,
    promulgated: date | None = None,
    identity: str = "",
    type_name: str = "Công văn",
    content: str = "",
    place: str = "",
    signer: Signer | None = None,
    due_date: date | None = None,
    priority: Priority = Priority.NORMAL,
    business: BusinessInfo | None = None,
    response_for: Sequence[ResponseFor] = (),
    steering: int | None = None,
    tasks: Sequence[str] = (),
    application: str = "",
) -> Document:
    """A document message of `sender`, promulgated today unless told otherwise.

    Without `signer` the agency signs as a body; without `identity` the DocumentId is the field's custom form.
    `steering`, `tasks`, `application`: codes of `hub.core.edxml.codes`; InvalidFields for one that is in no table, and
    for a due date before the day of promulgation.
    """
    day = promulgated or local_time(at).date()
    made = Document(
        sender=organ(sender),
        recipients=tuple(organ(recipient) for recipient in recipients),
        document_id=identity or document_id(sender.code, day, code),
        code=code,
        place=(place or sender.address or sender.name)[:50],
        promulgation_date=day,
        type=document_type(type_name),
        subject=subject,
        content=content,
        signer=signer or Signer(position="Cơ quan ban hành", full_name=sender.name[:50]),
        due_date=due_date,
        other=OtherInfo(priority=priority),
        traces=(Trace(organ_id=sender.code, timestamp=local_time(at)),),
        business=business or BusinessInfo(type=Business.NEW),
        response_for=tuple(response_for),
        steering_type=steering,
        task_codes=tuple(tasks),
        application_type=application,
    )
    check_codes(made)
    return made


def answering(answered: Told, promulgated: date | None = None) -> ResponseFor:
    """A reply's reference to the document that it answers. `promulgated`: its day, as `Life.promulgated` tells it."""
    return ResponseFor(
        organ_id=answered.sender,
        code=answered.code,
        document_id=answered.document_id,
        promulgation_date=promulgated,
    )


def recall(document_id: str, reason: str = "") -> BusinessInfo:
    """Takes that document back from the recipients of this message (business type 1)."""
    return BusinessInfo(type=Business.RECALL, document_id=document_id, reason=reason)


def update(
    document_id: str, reason: str = "", *, added: Sequence[str] = (), removed: Sequence[str] = ()
) -> BusinessInfo:
    """Updates that document (2); `added` become recipients, `removed` lose it."""
    receivers = tuple(Receiver(code, True) for code in added) + tuple(Receiver(code, False) for code in removed)
    return BusinessInfo(
        type=Business.UPDATE,
        document_id=document_id,
        reason=reason,
        document_info=1,
        document_receiver=int(bool(receivers)),
        receivers=receivers,
    )


def replacement(document_id: str, recipients: Sequence[str], reason: str = "") -> BusinessInfo:
    """Replaces that document (3) at these agencies."""
    replaced = Replacement(document_id, tuple(recipients))
    return BusinessInfo(type=Business.REPLACEMENT, reason=reason, replacements=(replaced,))


def status(
    sender: Organ,
    code: StatusCode,
    about: Told,
    at: Millis,
    *,
    other: str = "",
    reason: str = "",
    staff: Staff | None = None,
) -> Status:
    """A status of `sender` on the message `about`. `other`: the other party, where it is not `about`'s
    sender.
    """
    return Status(
        sender=sender,
        response_for=ResponseFor(organ_id=other or about.sender, code=about.code, document_id=about.document_id),
        staff=staff or Staff(),
        code=code,
        description=reason or DESCRIPTIONS[code],
        timestamp=local_time(at),
    )


def numbered(files: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """The files with ContentIds 1, 2, 3 …: the manifest needs each once."""
    return tuple(replace(file, content_id=str(number)) for number, file in enumerate(files, 1))
