"""The facts that a register tells of a message beyond those that it is found by: the signer of a document, of which day
it is, until when it asks for an answer, its attachments (NĐ 30/2020, Annex IV), which documents it answers, recalls,
updates or
replaces and why, which rules it breaks harmlessly; of a status the reporting person and the words. Read from the
message's verified bytes, never from a caller's words.

Of each text the first `LONGEST` characters are kept, of each list the first `MOST`: a page of messages stays small for
any sender. The document itself has all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import IntEnum
from typing import Final

import msgspec
from lxml import etree

from hub.core.edxml.message import Document, Message, Status
from hub.core.edxml.read import Claimed, attachment_elements, children
from hub.core.edxml.text import nfc
from hub.core.errors import Finding
from hub.core.model import Business

MOST: Final = 50
MOST_NOTED: Final = 20
LONGEST: Final = 500
PACKET_ENDING: Final = ".packet.json"
_PDF_ENDING: Final = ".pdf"
_ENCODER: Final = msgspec.json.Encoder()


class Notable(IntEnum):
    """What a document may have to be read for once it is on record. The numbers stand in stores: none ever changes its
    meaning, and a wider reading of one needs another."""

    DATA = 1
    """What programmes go by: a data packet, a task code, a type of steering, an application type."""
    PDF = 2
    """A file that may have signatures of its own."""


class File(msgspec.Struct, frozen=True):
    """An attachment: its name as its sender wrote it, hostile like every text, and its size in bytes as it travels (the
    field's library packs some formats as zips)."""

    name: str
    size: int


class Answers(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document that this one answers, as its sender names it."""

    organ_id: str = ""
    code: str = ""
    document_id: str = ""
    promulgated: date | None = None


class Noted(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule that the message breaks harmlessly: the content of a Finding, in its words of both languages."""

    code: str
    vi: str
    en: str
    found: str = ""
    clause: str = ""
    right_vi: str = ""
    right_en: str = ""


class Detail(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`sender_name`, `place`, `signer` and all other texts as the document has them. `competence` is "TM.", "KT." and
    the like. `certificate`: SHA-256 (hex) of the certificate that it was signed with, empty where it was not. `files`:
    the first of them, and `attached` how many there are. `of`: the DocumentIds that it recalls, updates or replaces,
    `reason` why; `added` and `removed`: agencies that an update makes or unmakes recipients. `noted`: the first of the
    rules that it breaks harmlessly. Of a status `description` says why, `department` and `staff` name the person."""

    promulgated: date | None = None
    due: date | None = None
    place: str = ""
    sender_name: str = ""
    competence: str = ""
    position: str = ""
    signer: str = ""
    sphere: str = ""
    content: str = ""
    type_detail: int = 0
    steering: int | None = None
    tasks: tuple[str, ...] = ()
    application: str = ""
    answers: tuple[Answers, ...] = ()
    to_places: tuple[str, ...] = ()
    pages: int | None = None
    copies: int | None = None
    files: tuple[File, ...] = ()
    attached: int = 0
    certificate: str = ""
    of: tuple[str, ...] = ()
    reason: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    noted: tuple[Noted, ...] = ()
    description: str = ""
    department: str = ""
    staff: str = ""


def told_of(message: Message, claimed: Claimed, certificate: str = "", findings: Sequence[Finding] = ()) -> bytes:
    """`detail_of` as JSON, the form in which the record keeps it."""
    return encode(detail_of(message, claimed, certificate, findings))


def detail_of(message: Message, claimed: Claimed, certificate: str = "", findings: Sequence[Finding] = ()) -> Detail:
    """`claimed`: the form that the message was read from; `findings`: the notices that checking it gave."""
    noted = tuple(map(_noted, findings[:MOST_NOTED]))
    if isinstance(message, Status):
        return _of_status(message, certificate, noted)
    return _of_document(message, claimed, certificate, noted)


def encode(detail: Detail) -> bytes:
    return _ENCODER.encode(detail)


def notable(told: Detail) -> tuple[Notable, ...]:
    """What there is of each. A document that has none of it is read by nobody after its acceptance: what follows the
    record costs such a document nothing."""
    names = [file.name.lower() for file in told.files]
    packet = any(name.endswith(PACKET_ENDING) for name in names)
    found = []
    if packet or told.tasks or told.steering or told.application:
        found.append(Notable.DATA)
    if any(name.endswith(_PDF_ENDING) for name in names):
        found.append(Notable.PDF)
    return tuple(found)


def decode(told: bytes) -> Detail:
    return msgspec.json.decode(told, type=Detail)


def _of_status(status: Status, certificate: str, noted: tuple[Noted, ...]) -> Detail:
    return Detail(
        sender_name=_cut(status.sender.name),
        certificate=certificate,
        noted=noted,
        description=_cut(status.description),
        department=_cut(status.staff.department),
        staff=_cut(status.staff.staff),
    )


def _of_document(document: Document, claimed: Claimed, certificate: str, noted: tuple[Noted, ...]) -> Detail:
    elements = attachment_elements(claimed.root)
    signer, other, business = document.signer, document.other, document.business
    receivers = business.receivers if business is not None else ()
    return Detail(
        promulgated=document.promulgation_date,
        due=document.due_date,
        place=_cut(document.place),
        sender_name=_cut(document.sender.name),
        competence=_cut(signer.competence),
        position=_cut(signer.position),
        signer=_cut(signer.full_name),
        sphere=_cut(other.sphere) if other is not None else "",
        content=_cut(document.content),
        type_detail=document.type.detail,
        steering=document.steering_type,
        tasks=tuple(map(_cut, document.task_codes[:MOST])),
        application=_cut(document.application_type),
        answers=tuple(
            Answers(_cut(a.organ_id), _cut(a.code), _cut(a.document_id), a.promulgation_date)
            for a in document.response_for[:MOST]
        ),
        to_places=tuple(map(_cut, document.to_places[:MOST])),
        pages=other.page_amount if other is not None else None,
        copies=other.promulgation_amount if other is not None else None,
        files=tuple(map(_file, elements[:MOST])),
        attached=len(elements),
        certificate=certificate,
        of=tuple(map(_cut, concerned(document)[:MOST])),
        reason=_cut(business.reason) if business is not None else "",
        added=tuple(_cut(r.organ_id) for r in receivers if r.added)[:MOST],
        removed=tuple(_cut(r.organ_id) for r in receivers if not r.added)[:MOST],
        noted=noted,
    )


def concerned(document: Document) -> tuple[str, ...]:
    """The DocumentIds of the documents that it recalls, updates or replaces; of a new document none. A recall and an
    update may carry the DocumentId of their original as their own."""
    info = document.business
    if info is None or info.type is Business.NEW:
        return ()
    if info.type is Business.REPLACEMENT:
        named = tuple(r.document_id for r in info.replacements)
        return named or ((info.document_id,) if info.document_id else ())
    return (info.document_id or document.document_id,)


def _noted(finding: Finding) -> Noted:
    right = finding.right
    return Noted(
        finding.code, finding.vi, finding.en, _cut(finding.found), finding.clause, _cut(right.vi), _cut(right.en)
    )


def _file(element: etree._Element) -> File:
    """From the text alone: a file of sixty megabytes is not decoded to be measured."""
    name, coded = _text(element, "AttachmentName"), _text(element, "ContentTransferEncoded")
    length = len(coded) - sum(map(coded.count, " \t\r\n"))
    padding = coded[-8:].count("=")
    return File(_cut(nfc(name.strip())), max(length * 3 // 4 - padding, 0))


def _text(element: etree._Element, tag: str) -> str:
    found = children(element, tag)
    return str(found[0].text or "") if len(found) == 1 and not len(found[0]) else ""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
