"""The content of an edXML message, as values: the nouns of QCVN 102:2016/BTTTT under the field's own names.

Rules that hold for every value here:

- Text is trimmed (Unicode white space at both ends) and in Unicode NFC; an absent element and an empty one
  are the same thing, `""` for text, `None` for everything else, `()` for lists.
- Dates are days in Vietnam; timestamps are naive Vietnam local time to the second, as the field writes them.
- Values only: nothing here says that anybody signed, sent or may send it.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime

import msgspec

from hub.core.edxml.filetype import sniff
from hub.core.model import Business, Priority, StatusCode


class Organ(msgspec.Struct, frozen=True):
    """`From` or `To`: one agency as the message describes it. Only the code routes."""

    organ_id: str
    in_charge: str = ""
    name: str = ""
    address: str = ""
    email: str = ""
    telephone: str = ""
    fax: str = ""
    website: str = ""


class Code(msgspec.Struct, frozen=True):
    """Number and notation; numbers restart every year, so a code alone names no document."""

    number: str
    notation: str = ""

    @property
    def text(self) -> str:
        """`7816/VPCP-TTĐT`; of a dossier without a notation the number alone."""
        return f"{self.number}/{self.notation}" if self.notation else self.number


class DocumentType(msgspec.Struct, frozen=True):
    """`type` 1 = administrative; `detail` after NĐ 30/2020; the name is to be trusted where they disagree."""

    type: int = 0
    detail: int = 0
    name: str = ""


class Signer(msgspec.Struct, frozen=True):
    """`competence` is "TL.", "KT.", "TM." and the like; empty where the head signs."""

    competence: str = ""
    position: str = ""
    full_name: str = ""


class OtherInfo(msgspec.Struct, frozen=True):
    priority: Priority = Priority.NORMAL
    sphere: str = ""
    typer_notation: str = ""
    promulgation_amount: int | None = None
    page_amount: int | None = None
    direction: bool | None = None
    appendixes: tuple[str, ...] = ()


class ResponseFor(msgspec.Struct, frozen=True):
    """The document that this message answers. In a status, `organ_id` is the other party."""

    organ_id: str = ""
    code: str = ""
    document_id: str = ""
    promulgation_date: date | None = None


class Staff(msgspec.Struct, frozen=True):
    department: str = ""
    staff: str = ""
    email: str = ""
    mobile: str = ""


class Trace(msgspec.Struct, frozen=True):
    """One station of the way, as the message tells it; the axis of the field adds some that name nobody."""

    organ_id: str = ""
    timestamp: datetime | None = None


class Receiver(msgspec.Struct, frozen=True):
    """One change of the list of receivers: added, or else removed."""

    organ_id: str
    added: bool


class Replacement(msgspec.Struct, frozen=True):
    """A document that this one replaces, and at which agencies."""

    document_id: str
    organ_ids: tuple[str, ...] = ()


class BusinessInfo(msgspec.Struct, frozen=True):
    """`Bussiness` (sic). Several `BussinessDocumentInfo` in one message are read as one."""

    type: Business = Business.NEW
    document_id: str = ""
    reason: str = ""
    paper: int | None = None
    document_info: int | None = None
    document_receiver: int | None = None
    receivers: tuple[Receiver, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    staff: tuple[Staff, ...] = ()


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document message: the official document's metadata; its files are read apart, with `attachments`."""

    sender: Organ
    recipients: tuple[Organ, ...]
    document_id: str
    code: Code
    place: str = ""
    promulgation_date: date
    type: DocumentType = DocumentType()
    subject: str
    content: str = ""
    signer: Signer = Signer()
    due_date: date | None = None
    other: OtherInfo | None = None
    response_for: tuple[ResponseFor, ...] = ()
    steering_type: int | None = None
    task_codes: tuple[str, ...] = ()
    application_type: str = ""
    to_places: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = ()
    business: BusinessInfo | None = None

    @property
    def priority(self) -> Priority:
        return self.other.priority if self.other else Priority.NORMAL

    @property
    def business_type(self) -> Business:
        return self.business.type if self.business else Business.NEW


class Status(msgspec.Struct, frozen=True):
    """A status message about a document that was received, or (13) sent."""

    sender: Organ
    response_for: ResponseFor
    staff: Staff
    code: StatusCode
    description: str
    timestamp: datetime | None = None


Message = Document | Status


class Reference(msgspec.Struct, frozen=True):
    """One line of the manifest: one attachment, without its content."""

    content_id: str = ""
    name: str = ""
    description: str = ""
    content_type: str = ""


class Attachment(msgspec.Struct, frozen=True):
    """One file. `content_id` is without `cid:`; `content_type` is the claimed one; `data` are the file's
    own bytes."""

    content_id: str
    name: str
    description: str = ""
    content_type: str = ""
    data: bytes = b""

    @property
    def sha256(self) -> str:
        """SHA-256 of `data`, lower-case hex."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def sniffed_type(self) -> str:
        """The media type that the bytes themselves show; see `hub.core.edxml.filetype`."""
        return sniff(self.data)


def document_id(organ_id: str, promulgated: date, code: Code) -> str:
    """A sender's DocumentId in the field's custom form, `<OrganId>,<yyyy/MM/dd>,<number>/<notation>`."""
    day = f"{promulgated.year:04}/{promulgated.month:02}/{promulgated.day:02}"
    return f"{organ_id},{day},{code.text}"
