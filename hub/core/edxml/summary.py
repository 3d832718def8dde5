"""The facts that the record keeps of a message beside its bytes: one value, by the names that the record has for its
members."""

from __future__ import annotations

from typing import NamedTuple

from hub.core.edxml.message import Document, Message, Status
from hub.core.edxml.naming import matching_key, saying
from hub.core.model import Business, MessageKind, Priority


class Summary(NamedTuple):
    """`identity`: the mark of the same message again. `priority`: None for a status, which has that of its
    document. `key`: of a document its number and notation as they are compared, of a status its statement."""

    kind: MessageKind
    business: Business
    identity: str
    document_id: str
    code: str
    year: int
    subject: str
    type_name: str
    status_code: str
    priority: Priority | None
    key: str


def summary_of(message: Message, sha256: str) -> Summary:
    """`sha256`: of the bytes that it was read from, in hex."""
    return _of_status(message, sha256) if isinstance(message, Status) else _of_document(message, sha256)


def _of_document(document: Document, sha256: str) -> Summary:
    business = document.business_type
    identity = document.document_id
    if business in (Business.RECALL, Business.UPDATE):
        # One often carries the DocumentId of its original, so the bytes themselves are its identity: sent twice it is
        # one, changed it is another act on the original.
        identity = f"{identity}#{business.value}#{sha256[:32]}"
    return Summary(
        kind=MessageKind.DOCUMENT,
        business=business,
        identity=identity,
        document_id=document.document_id,
        code=document.code.text,
        year=document.promulgation_date.year,
        subject=document.subject,
        type_name=document.type.name,
        status_code="",
        priority=document.priority,
        key=matching_key(document.code.text),
    )


def _of_status(status: Status, sha256: str) -> Summary:
    meant = status.response_for
    return Summary(
        kind=MessageKind.STATUS,
        business=Business.NEW,
        identity=f"#status#{sha256}",
        document_id=meant.document_id,
        code=meant.code,
        year=meant.promulgation_date.year if meant.promulgation_date else 0,
        subject="",
        type_name="",
        status_code=status.code.value,
        priority=None,
        key=saying(status),
    )
