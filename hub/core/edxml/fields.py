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

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any, Final

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
from hub.core.edxml.values import VALUE_OF, Kind, check_base64

NAMESPACE: Final = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
NAMESPACES: Final = (NAMESPACE, "http://www.e-doc.vn/Schema/", "http://www.go.vn/eDoc", "")
"""The namespaces that are read: the standard's, the legacy one, a wrong one seen in the field, none. Only the first is
written."""

QCVN: Final = "QCVN 102:2016/BTTTT"
ND30: Final = "NĐ 30/2020/NĐ-CP, Phụ lục VI"
QD20: Final = "QĐ 20/2020/QĐ-TTg"
PROVINCE: Final = "Thông lệ của trục cấp tỉnh (a provincial hub's practice)"
AXIS: Final = "Giới hạn của Trục (the axis' own bound)"


class Need(IntEnum):
    OPTIONAL = 0
    REQUIRED = 1
    ESSENTIAL = 2


MOST_OF_KEYS: Final = 1_000
MOST_OF_TEXTS: Final = 4_000
"""Our own bounds, in characters: of texts that records are found by, and of all other text. They are far above the
field's values, and keep the cost of one message for the record and its readers bounded."""


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """From `path` on: derived when it is placed in the table. `convert` is None for text as it is."""

    tag: str
    attr: str
    kind: Kind = Kind.TEXT
    need: Need = Need.OPTIONAL
    most: int = 0
    bound: int = MOST_OF_TEXTS
    decides: bool = False
    many: bool = False
    default: Any = None
    clause: str = QCVN
    path: str = ""
    convert: Callable[[str], Any] | None = None
    remembered: bool = False


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """From `lookup` on: derived. `lookup`: parts by qualified tag; `wanted`: those whose absence matters; `lists`: the
    fields of `make` that may have several values."""

    tag: str
    attr: str = ""
    make: Callable[..., Any] | None = None
    need: Need = Need.OPTIONAL
    many: bool = False
    default: Any = None
    clause: str = QCVN
    path: str = ""
    parts: tuple[Leaf | Group, ...] = ()
    lookup: dict[str, Leaf | Group] = {}
    wanted: tuple[Leaf | Group, ...] = ()
    lists: tuple[str, ...] = ()


Part = Leaf | Group


def _text(tag: str, attr: str, most: int, clause: str, need: Need = Need.OPTIONAL) -> Leaf:
    return Leaf(tag=tag, attr=attr, most=most, clause=clause, need=need)


def _key(tag: str, attr: str, most: int, clause: str, need: Need = Need.OPTIONAL) -> Leaf:
    return Leaf(tag=tag, attr=attr, most=most, bound=MOST_OF_KEYS, clause=clause, need=need)


def _typed(tag: str, attr: str, kind: Kind, need: Need = Need.OPTIONAL, most: int = 0, clause: str = QCVN) -> Leaf:
    return Leaf(tag=tag, attr=attr, kind=kind, need=need, most=most, clause=clause)


def _list(tag: str, attr: str, most: int, clause: str) -> Leaf:
    return Leaf(tag=tag, attr=attr, most=most, clause=clause, many=True)


def _wrap(tag: str, *parts: Part, need: Need = Need.OPTIONAL, many: bool = False) -> Group:
    return Group(tag=tag, parts=parts, need=need, many=many)


def _organ_id(attr: str = "organ_id", need: Need = Need.ESSENTIAL) -> Leaf:
    return _key("OrganId", attr, 35, QD20, need)


_REQ: Final = Need.REQUIRED
_ESS: Final = Need.ESSENTIAL

_ORGAN: Final[tuple[Part, ...]] = (
    _organ_id(),
    _text("OrganizationInCharge", "in_charge", 500, PROVINCE),
    _text("OrganName", "name", 200, ND30),
    _text("OrganAdd", "address", 500, PROVINCE),
    _text("Email", "email", 100, PROVINCE),
    _text("Telephone", "telephone", 20, PROVINCE),
    _text("Fax", "fax", 20, PROVINCE),
    _text("Website", "website", 200, AXIS),
)
_FROM: Final = Group(tag="From", attr="sender", make=Organ, need=_ESS, parts=_ORGAN)

_CODE: Final = _key("Code", "code", 42, ND30)  # number 11 + "/" + notation 30
_DOCUMENT_ID: Final = _key("DocumentId", "document_id", 255, AXIS)
_PROMULGATED: Final = _typed("PromulgationDate", "promulgation_date", Kind.DATE)

_DEPARTMENT: Final = _text("Department", "department", 200, AXIS)
_STAFF_NAME: Final = _text("Staff", "staff", 100, AXIS)
_STAFF_EMAIL: Final = _text("Email", "email", 100, PROVINCE)
_MOBILE: Final = _text("Mobile", "mobile", 20, PROVINCE)

_OTHER_INFO: Final = Group(
    tag="OtherInfo",
    attr="other",
    make=OtherInfo,
    parts=(
        _typed("Priority", "priority", Kind.PRIORITY),
        _text("SphereOfPromulgation", "sphere", 100, PROVINCE),
        _text("TyperNotation", "typer_notation", 10, PROVINCE),
        _typed("PromulgationAmount", "promulgation_amount", Kind.INT),
        _typed("PageAmount", "page_amount", Kind.INT, most=3, clause=ND30),
        _typed("Direction", "direction", Kind.BOOL),
        _wrap("Appendixes", _list("Appendix", "appendixes", 500, AXIS)),
    ),
)

_DOCUMENT_HEADER: Final = _wrap(
    "MessageHeader",
    _FROM,
    Group(tag="To", attr="recipients", make=Organ, need=_ESS, many=True, parts=_ORGAN),
    _key("DocumentId", "document_id", 255, AXIS, _ESS),
    Group(
        tag="Code",
        attr="code",
        make=Code,
        need=_ESS,
        parts=(
            _key("CodeNumber", "number", 11, ND30, _ESS),
            _key("CodeNotation", "notation", 30, ND30, _REQ),
        ),
    ),
    _wrap(
        "PromulgationInfo",
        _text("Place", "place", 50, PROVINCE, _REQ),
        _typed("PromulgationDate", "promulgation_date", Kind.DATE, _ESS),
        need=_ESS,
    ),
    Group(
        tag="DocumentType",
        attr="type",
        make=DocumentType,
        need=_REQ,
        parts=(
            _typed("Type", "type", Kind.INT, _REQ),
            _typed("TypeDetail", "detail", Kind.INT, _REQ),
            _text("TypeName", "name", 100, ND30, _REQ),
        ),
    ),
    _text("Subject", "subject", 500, ND30, _ESS),
    _text("Content", "content", 500, PROVINCE),
    Group(
        tag="SignerInfo",
        attr="signer",
        make=Signer,
        need=_REQ,
        parts=(
            _text("Competence", "competence", 100, AXIS),
            _text("Position", "position", 100, ND30, _REQ),
            _text("FullName", "full_name", 50, ND30, _REQ),
        ),
    ),
    _typed("DueDate", "due_date", Kind.DATE),
    _OTHER_INFO,
    Group(
        tag="ResponseFor",
        attr="response_for",
        make=ResponseFor,
        many=True,
        parts=(_organ_id(need=Need.OPTIONAL), _CODE, _DOCUMENT_ID, _PROMULGATED),
    ),
    _typed("SteeringType", "steering_type", Kind.INT),
    _wrap("ResponseForTask", _list("TaskCode", "task_codes", 100, AXIS)),
    _text("ApplicationType", "application_type", 50, AXIS),
    _wrap("ToPlaces", _list("Place", "to_places", 150, PROVINCE)),
    need=_ESS,
)

_BUSINESS: Final = Group(
    tag="Bussiness",
    attr="business",
    make=BusinessInfo,
    parts=(
        _DOCUMENT_ID,
        # Unread, a recall would be a new document.
        msgspec.structs.replace(_typed("BussinessDocType", "type", Kind.BUSINESS, _REQ), decides=True),
        _text("BussinessDocReason", "reason", 500, AXIS),
        _typed("Paper", "paper", Kind.INT),
        _wrap(
            "BussinessDocumentInfo",
            _typed("DocumentInfo", "document_info", Kind.BIT),
            _typed("DocumentReceiver", "document_receiver", Kind.BIT),
            _wrap(
                "ReceiverList",
                Group(
                    tag="Receiver",
                    attr="receivers",
                    make=Receiver,
                    many=True,
                    parts=(_organ_id(), _typed("ReceiverType", "added", Kind.FLAG, _ESS)),
                ),
            ),
            many=True,
        ),
        _wrap(
            "ReplacementInfoList",
            Group(
                tag="ReplacementInfo",
                attr="replacements",
                make=Replacement,
                many=True,
                parts=(
                    _key("DocumentId", "document_id", 255, AXIS, _ESS),
                    _wrap("OrganIdList", _list("OrganId", "organ_ids", 35, QD20)),
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

_TRACES: Final = _wrap(
    "TraceHeaderList",
    Group(
        tag="TraceHeader",
        attr="traces",
        make=Trace,
        many=True,
        # A note of the way, on which nothing rests.
        parts=(_organ_id(need=_REQ), _typed("Timestamp", "timestamp", Kind.TIME, _REQ)),
    ),
    _BUSINESS,
    need=_REQ,
)

_STATUS_HEADER: Final = _wrap(
    "MessageHeader",
    _FROM,
    Group(
        tag="ResponseFor",
        attr="response_for",
        make=ResponseFor,
        need=_ESS,
        parts=(_organ_id(), _CODE, _PROMULGATED, _DOCUMENT_ID),
    ),
    Group(
        tag="StaffInfo",
        attr="staff",
        make=Staff,
        default=Staff(),
        parts=(_DEPARTMENT, _STAFF_NAME, _MOBILE, _STAFF_EMAIL),
    ),
    _typed("StatusCode", "code", Kind.STATUS, _ESS),
    Leaf(tag="Description", attr="description", most=500, clause=ND30, default=""),
    _typed("Timestamp", "timestamp", Kind.TIME, _REQ),
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
_FILE_DESCRIPTION: Final = _text("Description", "description", 500, ND30)
_FILE_TYPE: Final = _text("ContentType", "content_type", 150, AXIS)


REMEMBERED: Final = frozenset(
    {
        "MessageHeader.PromulgationInfo.PromulgationDate",
        "MessageHeader.To.OrganId",
        "MessageHeader.ToPlaces.Place",
        "MessageHeader.StatusCode",
        "MessageHeader.Description",
        "MessageHeader.ResponseFor.DocumentId",
        "MessageHeader.ResponseFor.Code",
        "edXMLManifest.Reference.ContentId",
        "AttachmentEncoded.Attachment.ContentId",
    }
)
"""The fields that the rules across fields look at, by path (`edxml.check.ACROSS`)."""


def _placed(part: Part, under: str = "") -> Part:
    path = f"{under}.{part.tag}" if under else part.tag
    if isinstance(part, Leaf):
        convert = None if part.kind is Kind.TEXT else VALUE_OF[part.kind]
        return msgspec.structs.replace(part, path=path, convert=convert, remembered=path in REMEMBERED)
    return _indexed(part, path, tuple(_placed(inner, path) for inner in part.parts))


def _indexed(spec: Group, path: str, parts: tuple[Part, ...]) -> Group:
    return msgspec.structs.replace(
        spec,
        path=path,
        parts=parts,
        lookup={f"{{{ns}}}{part.tag}" if ns else part.tag: part for part in parts for ns in NAMESPACES},
        wanted=tuple(part for part in parts if part.need or part.default is not None),
        lists=tuple(_lists(parts)),
    )


def _lists(parts: tuple[Part, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Group) and part.make is None:
            yield from part.lists  # a wrapper's fields belong to the value around it
        elif part.many:
            yield part.attr


def _header(make: Callable[..., Any], *parts: Part) -> Group:
    # Paths begin below the header, as in the field: `MessageHeader.From.OrganId`.
    return _indexed(Group(tag="edXMLHeader", make=make), "", tuple(_placed(part) for part in parts))


def _file(tag: str, under: str, make: Callable[..., Any], *parts: Part) -> Group:
    placed = _placed(Group(tag=tag, make=make, many=True, parts=parts), under)
    assert isinstance(placed, Group)
    return placed


DOCUMENT: Final = _header(Document, _DOCUMENT_HEADER, _TRACES)
STATUS: Final = _header(Status, _STATUS_HEADER)
REFERENCE: Final = _file(
    "Reference", "edXMLManifest", Reference, _CONTENT_ID, _FILE_TYPE, _FILE_DESCRIPTION, _FILE_NAME
)
ATTACHMENT: Final = _file(
    "Attachment",
    "AttachmentEncoded",
    Attachment,
    _CONTENT_ID,
    _FILE_NAME,
    _FILE_DESCRIPTION,
    _FILE_TYPE,
    msgspec.structs.replace(_typed("ContentTransferEncoded", "data", Kind.BASE64, _REQ), decides=True),
)

_CHECKED: Final = tuple(
    msgspec.structs.replace(part, convert=check_base64) if isinstance(part, Leaf) and part.kind is Kind.BASE64 else part
    for part in ATTACHMENT.parts
)
ATTACHED: Final = _indexed(msgspec.structs.replace(ATTACHMENT, make=None), ATTACHMENT.path, _CHECKED)
"""ATTACHMENT for the validator: whether its content is base64, without making a file of it."""

TO_PLACES_MOST: Final = 1000
"""Characters of all ToPlaces together (NĐ 30 Annex VI)."""


def rules(spec: Group) -> Iterator[Part]:
    """Every part under `spec`, depth first, in the order of writing."""
    for part in spec.parts:
        yield part
        if isinstance(part, Group):
            yield from rules(part)
