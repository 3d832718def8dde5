"""Messages of an agency as they are to be signed: whole, checked, in canonical form.

The canonical form (exclusive C14N) is the message itself here: the signer digests the very bytes that it was given
and can read, and puts the signature into them. Nobody has to trust that two forms say the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from hub.core import edxml, typed
from hub.core.edxml import (
    Attachment,
    BusinessInfo,
    Code,
    Document,
    Message,
    Signer,
    Staff,
    compose,
)
from hub.core.edxml.codes import DOCUMENT_TYPES
from hub.core.edxml.detail import Detail
from hub.core.edxml.xmlsafe import parse_xml
from hub.core.errors import BadRequest, InvalidFields, Severity
from hub.core.evidence import acknowledgement
from hub.core.evidence.acknowledgement import Acknowledgement, Item, Outcome
from hub.core.model import Agency, Business, Millis, Priority, StatusCode, vietnam_date
from hub.core.signature.profile import EXCLUSIVE, canonical
from hub.store import MessageRow

MOST_RECIPIENTS: Final = 1_000


def to_sign(message: Message, files: Sequence[Attachment], today: date) -> str:
    """The message, once the checks of the door find nothing against it; of a document not even those that the door lets
    pass with a notice, but for those that another agency's document brought along. InvalidFields, BadAttachment,
    StateSecret."""
    data = edxml.build(message, files)
    claimed, found = edxml.checked(data, hashlib.sha256(data).hexdigest(), today)
    noted = [f for f in found if isinstance(message, Document) and "ResponseFor" not in f.path]
    if noted:
        raise InvalidFields([msgspec.structs.replace(f, severity=Severity.ERROR) for f in noted])
    edxml.check_not_secret(claimed)
    return canonical(parse_xml(data), EXCLUSIVE, 0).decode()


def status(
    sender: Agency, code: StatusCode, about: MessageRow, at: Millis, staff: Staff, other: str, reason: str
) -> str:
    """`other`: the other party, as a status names it."""
    made = compose.status(compose.organ(sender), code, about, at, other=other, reason=reason, staff=staff)
    return to_sign(made, (), vietnam_date(at))


def received(agency: str, rows: Sequence[MessageRow], at: Millis) -> str:
    """The payload of an acknowledgement."""
    items = tuple(Item(row.id, row.sha256, Outcome.CONTENT_HANDOVER) for row in rows)
    return acknowledgement.encode(Acknowledgement(agency, at, items)).decode()


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    data: bytes


class Letter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A letter as a clerk typed it. Days are `yyyy-MM-dd`, empty = none. `answers`: the document that it replies to;
    `of`: the own document that it updates or replaces, as `change` says (empty = neither)."""

    number: str = ""
    notation: str = ""
    day: str = ""
    place: str = ""
    to: tuple[str, ...] = ()
    kind: str = "Công văn"
    subject: str = ""
    priority: int = 0
    due: str = ""
    position: str = ""
    signer: str = ""
    answers: str = ""
    of: str = ""
    change: str = ""
    reason: str = ""
    files: tuple[File, ...] = ()


def _day(text: str, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadRequest(expected=f"{name} as 2026-11-22", found=text[:20]) from None


def _wanted(text: str, name: str) -> str:
    if not text.strip():
        raise BadRequest(expected=name, found="nothing")
    return text.strip()


def priority(number: int) -> Priority:
    try:
        return Priority(number)
    except ValueError:
        raise BadRequest(expected="an urgency from 0 to 4", found=str(number)) from None


def letter(
    given: Letter,
    sender: Agency,
    recipients: Sequence[Agency],
    at: Millis,
    answers: tuple[MessageRow, Detail] | None,
    changes: MessageRow | None,
) -> str:
    """The document that was typed, to be signed. BadRequest names the first field that lacks or is none; the
    findings of the message's own rules come after that, all at once."""
    texts = {name: text for name, text in msgspec.structs.asdict(given).items() if isinstance(text, str)}
    typed.check(texts | {"files": "".join(file.name for file in given.files)})
    if not recipients or len(recipients) > MOST_RECIPIENTS:
        raise BadRequest(expected=f"1 to {MOST_RECIPIENTS} recipients", found=str(len(recipients)))
    code = Code(_wanted(given.number, "a number"), _wanted(given.notation, "a notation"))
    made = compose.document(
        sender,
        recipients,
        code=code,
        at=at,
        promulgated=_day(given.day, "the day"),
        type_name=_type(given.kind),
        subject=_wanted(given.subject, "a subject"),
        place=given.place,
        signer=Signer(position=given.position or "Cơ quan ban hành", full_name=given.signer or sender.name[:50]),
        due_date=_day(given.due, "the deadline"),
        priority=priority(given.priority),
        business=_business(given, recipients, changes),
        response_for=[compose.answering(answers[0], answers[1].promulgated)] if answers is not None else (),
    )
    return to_sign(made, files(given), vietnam_date(at))


def _type(name: str) -> str:
    if name not in DOCUMENT_TYPES:
        raise BadRequest(expected="a type of document of NĐ 30/2020", found=name[:80])
    return name


def _business(given: Letter, recipients: Sequence[Agency], changes: MessageRow | None) -> BusinessInfo:
    if changes is None:
        return BusinessInfo(type=Business.NEW)
    reason = _wanted(given.reason, "a reason")
    if given.change == "update":
        return compose.update(changes.document_id, reason)
    if given.change == "replacement":
        return compose.replacement(changes.document_id, [agency.code for agency in recipients], reason)
    raise BadRequest(expected="update or replacement", found=given.change[:20] or "nothing")


def files(given: Letter) -> tuple[Attachment, ...]:
    """Each under the type that its bytes show, not its name."""
    made = []
    for number, file in enumerate(given.files, 1):
        if not file.data:
            raise BadRequest(expected="a file with content", found=file.name[:80])
        bare = Attachment(content_id=str(number), name=edxml.safe_name(file.name), data=file.data)
        made.append(msgspec.structs.replace(bare, content_type=bare.sniffed_type))
    return tuple(made)
