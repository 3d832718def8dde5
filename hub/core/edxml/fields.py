"""The edXML message as one table: which fields, in which order, of which type, how long, by which rule.

Reader, validator and builder all walk this table, and a test compares it with the XSDs, so they cannot
disagree.

- `Leaf`: an element that holds text. `Group`: an element that holds elements; with `make` it becomes a
  value of its own, without it is only a wrapper, and its fields belong to the value around it.
- Need: OPTIONAL; REQUIRED, its absence is a notice; ESSENTIAL, without it no message can be made at all.
- `most`: the number that the clause allows, of characters (Unicode, after NFC), for whole numbers of digits; 0 = no
  limit. Above it is a notice, above `bound`, our own, an error.
- `decides`: the message means another thing without this value, so one that cannot be read is an error.
- Order in the table is the order of writing. In reading, order does not matter, and neither does which of
  the four namespaces a child is in; other elements are passed over.

Clauses: NĐ 30 Annex VI sets the legal lengths; a provincial hub's practice the rest; where neither speaks
and the axis itself needs a bound, the clause says so.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hub.core.edxml.message import (
    Attachment,
    BusinessInfo,
    Code,
    Document,
    DocumentType,
    Organ,
    OtherInfo,
    Receiver,
    Reference,
    Replacement,
    ResponseFor,
    Signer,
    Staff,
    Status,
    Trace,
)
from hub.core.edxml.parts import (
    AXIS,
    MOST_OF_KEYS,
    ND30,
    PROVINCE,
    QD20,
    Group,
    Leaf,
    Need,
    Part,
    file,
    header,
    indexed,
    key,
    listed,
    organ_id,
    text,
    typed,
    wrap,
)
from hub.core.edxml.values import Kind, check_base64

_REQ: Final = Need.REQUIRED
_ESS: Final = Need.ESSENTIAL

_ORGAN: Final[tuple[Part, ...]] = (
    organ_id(),
    text("OrganizationInCharge", "in_charge", 500, PROVINCE),
    text("OrganName", "name", 200, ND30),
    text("OrganAdd", "address", 500, PROVINCE),
    text("Email", "email", 100, PROVINCE),
    text("Telephone", "telephone", 20, PROVINCE),
    text("Fax", "fax", 20, PROVINCE),
    text("Website", "website", 200, AXIS),
)
_FROM: Final = Group(tag="From", attr="sender", make=Organ, need=_ESS, parts=_ORGAN)

_CODE: Final = key("Code", "code", 42, ND30)  # number 11 + "/" + notation 30
_DOCUMENT_ID: Final = key("DocumentId", "document_id", 255, AXIS)
_PROMULGATED: Final = typed("PromulgationDate", "promulgation_date", Kind.DATE)

_DEPARTMENT: Final = text("Department", "department", 200, AXIS)
_STAFF_NAME: Final = text("Staff", "staff", 100, AXIS)
_STAFF_EMAIL: Final = text("Email", "email", 100, PROVINCE)
_MOBILE: Final = text("Mobile", "mobile", 20, PROVINCE)

_OTHER_INFO: Final = Group(
    tag="OtherInfo",
    attr="other",
    make=OtherInfo,
    parts=(
        typed("Priority", "priority", Kind.PRIORITY),
        text("SphereOfPromulgation", "sphere", 100, PROVINCE),
        text("TyperNotation", "typer_notation", 10, PROVINCE),
        typed("PromulgationAmount", "promulgation_amount", Kind.INT),
        typed("PageAmount", "page_amount", Kind.INT, most=3, clause=ND30),
        typed("Direction", "direction", Kind.BOOL),
        wrap("Appendixes", listed("Appendix", "appendixes", 500, AXIS)),
    ),
)

_DOCUMENT_HEADER: Final = wrap(
    "MessageHeader",
    _FROM,
    Group(tag="To", attr="recipients", make=Organ, need=_ESS, many=True, parts=_ORGAN),
    key("DocumentId", "document_id", 255, AXIS, _ESS),
    Group(
        tag="Code",
        attr="code",
        make=Code,
        need=_ESS,
        parts=(
            key("CodeNumber", "number", 11, ND30, _ESS),
            key("CodeNotation", "notation", 30, ND30, _REQ),
        ),
    ),
    wrap(
        "PromulgationInfo",
        text("Place", "place", 50, PROVINCE, _REQ),
        typed("PromulgationDate", "promulgation_date", Kind.DATE, _ESS),
        need=_ESS,
    ),
    Group(
        tag="DocumentType",
        attr="type",
        make=DocumentType,
        need=_REQ,
        parts=(
            typed("Type", "type", Kind.INT, _REQ),
            typed("TypeDetail", "detail", Kind.INT, _REQ),
            text("TypeName", "name", 100, ND30, _REQ),
        ),
    ),
    text("Subject", "subject", 500, ND30, _ESS),
    text("Content", "content", 500, PROVINCE),
    Group(
        tag="SignerInfo",
        attr="signer",
        make=Signer,
        need=_REQ,
        parts=(
            text("Competence", "competence", 100, AXIS),
            text("Position", "position", 100, ND30, _REQ),
            text("FullName", "full_name", 50, ND30, _REQ),
        ),
    ),
    typed("DueDate", "due_date", Kind.DATE),
    _OTHER_INFO,
    Group(
        tag="ResponseFor",
        attr="response_for",
        make=ResponseFor,
        many=True,
        parts=(organ_id(need=Need.OPTIONAL), _CODE, _DOCUMENT_ID, _PROMULGATED),
    ),
    typed("SteeringType", "steering_type", Kind.INT),
    wrap("ResponseForTask", listed("TaskCode", "task_codes", 100, AXIS)),
    text("ApplicationType", "application_type", 50, AXIS),
    wrap("ToPlaces", listed("Place", "to_places", 150, PROVINCE)),
    need=_ESS,
)

_BUSINESS: Final = Group(
    tag="Bussiness",
    attr="business",
    make=BusinessInfo,
    parts=(
        _DOCUMENT_ID,
        # Unread, a recall would be a new document.
        msgspec.structs.replace(typed("BussinessDocType", "type", Kind.BUSINESS, _REQ), decides=True),
        text("BussinessDocReason", "reason", 500, AXIS),
        typed("Paper", "paper", Kind.INT),
        wrap(
            "BussinessDocumentInfo",
            typed("DocumentInfo", "document_info", Kind.BIT),
            typed("DocumentReceiver", "document_receiver", Kind.BIT),
            wrap(
                "ReceiverList",
                Group(
                    tag="Receiver",
                    attr="receivers",
                    make=Receiver,
                    many=True,
                    parts=(organ_id(), typed("ReceiverType", "added", Kind.FLAG, _ESS)),
                ),
            ),
            many=True,
        ),
        wrap(
            "ReplacementInfoList",
            Group(
                tag="ReplacementInfo",
                attr="replacements",
                make=Replacement,
                many=True,
                parts=(
                    key("DocumentId", "document_id", 255, AXIS, _ESS),
                    wrap("OrganIdList", listed("OrganId", "organ_ids", 35, QD20)),
                ),
            ),
            many=True,
        ),
        Group(
            tag="StaffInfo",
            attr="staff",
            make=Staff,
            many=True,
            parts=(_DEPARTMENT, _STAFF_NAME, _STAFF_EMAIL, _MOBILE),
        ),
    ),
)

_TRACES: Final = wrap(
    "TraceHeaderList",
    Group(
        tag="TraceHeader",
        attr="traces",
        make=Trace,
        many=True,
        # A note of the way, on which nothing rests.
        parts=(organ_id(need=_REQ), typed("Timestamp", "timestamp", Kind.TIME, _REQ)),
    ),
    _BUSINESS,
    need=_REQ,
)

_STATUS_HEADER: Final = wrap(
    "MessageHeader",
    _FROM,
    Group(
        tag="ResponseFor",
        attr="response_for",
        make=ResponseFor,
        need=_ESS,
        parts=(organ_id(), _CODE, _PROMULGATED, _DOCUMENT_ID),
    ),
    Group(
        tag="StaffInfo",
        attr="staff",
        make=Staff,
        default=Staff(),
        parts=(_DEPARTMENT, _STAFF_NAME, _MOBILE, _STAFF_EMAIL),
    ),
    typed("StatusCode", "code", Kind.STATUS, _ESS),
    Leaf(tag="Description", attr="description", most=500, clause=ND30, default=""),
    typed("Timestamp", "timestamp", Kind.TIME, _REQ),
    need=_ESS,
)

# Without an id or a name a file can still be handed to a person.
_CONTENT_ID: Final = Leaf(
    tag="ContentId",
    attr="content_id",
    kind=Kind.CONTENT_ID,
    need=_REQ,
    most=100,
    bound=MOST_OF_KEYS,
    default="",
    clause=AXIS,
)
_FILE_NAME: Final = Leaf(tag="AttachmentName", attr="name", need=_REQ, most=255, default="", clause=AXIS)
_FILE_DESCRIPTION: Final = text("Description", "description", 500, ND30)
_FILE_TYPE: Final = text("ContentType", "content_type", 150, AXIS)


DOCUMENT: Final = header(Document, _DOCUMENT_HEADER, _TRACES)
STATUS: Final = header(Status, _STATUS_HEADER)
REFERENCE: Final = file("Reference", "edXMLManifest", Reference, _CONTENT_ID, _FILE_TYPE, _FILE_DESCRIPTION, _FILE_NAME)
ATTACHMENT: Final = file(
    "Attachment",
    "AttachmentEncoded",
    Attachment,
    _CONTENT_ID,
    _FILE_NAME,
    _FILE_DESCRIPTION,
    _FILE_TYPE,
    msgspec.structs.replace(typed("ContentTransferEncoded", "data", Kind.BASE64, _REQ), decides=True),
)

_CHECKED: Final = tuple(
    msgspec.structs.replace(part, convert=check_base64) if isinstance(part, Leaf) and part.kind is Kind.BASE64 else part
    for part in ATTACHMENT.parts
)
ATTACHED: Final = indexed(msgspec.structs.replace(ATTACHMENT, make=None), ATTACHMENT.path, _CHECKED)
"""ATTACHMENT for the validator: whether its content is base64, without making a file of it."""

TO_PLACES_MOST: Final = 1000
"""Characters of all ToPlaces together (NĐ 30 Annex VI)."""
