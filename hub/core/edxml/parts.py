"""The kinds of entries in the table of fields (`hub.core.edxml.fields`), the rules that they name, and how they are put
into their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any, Final

import msgspec

from hub.core.edxml.values import VALUE_OF, Kind

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


def text(tag: str, attr: str, most: int, clause: str, need: Need = Need.OPTIONAL) -> Leaf:
    return Leaf(tag=tag, attr=attr, most=most, clause=clause, need=need)


def key(tag: str, attr: str, most: int, clause: str, need: Need = Need.OPTIONAL) -> Leaf:
    return Leaf(tag=tag, attr=attr, most=most, bound=MOST_OF_KEYS, clause=clause, need=need)


def typed(tag: str, attr: str, kind: Kind, need: Need = Need.OPTIONAL, most: int = 0, clause: str = QCVN) -> Leaf:
    return Leaf(tag=tag, attr=attr, kind=kind, need=need, most=most, clause=clause)


def listed(tag: str, attr: str, most: int, clause: str) -> Leaf:
    return Leaf(tag=tag, attr=attr, most=most, clause=clause, many=True)


def wrap(tag: str, *parts: Part, need: Need = Need.OPTIONAL, many: bool = False) -> Group:
    return Group(tag=tag, parts=parts, need=need, many=many)


def organ_id(attr: str = "organ_id", need: Need = Need.ESSENTIAL) -> Leaf:
    return key("OrganId", attr, 35, QD20, need)


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
    return indexed(part, path, tuple(_placed(inner, path) for inner in part.parts))


def indexed(spec: Group, path: str, parts: tuple[Part, ...]) -> Group:
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


def header(make: Callable[..., Any], *parts: Part) -> Group:
    # Paths begin below the header, as in the field: `MessageHeader.From.OrganId`.
    return indexed(Group(tag="edXMLHeader", make=make), "", tuple(_placed(part) for part in parts))


def file(tag: str, under: str, make: Callable[..., Any], *parts: Part) -> Group:
    placed = _placed(Group(tag=tag, make=make, many=True, parts=parts), under)
    assert isinstance(placed, Group)
    return placed


def rules(spec: Group) -> Iterator[Part]:
    """Every part under `spec`, depth first, in the order of writing."""
    for part in spec.parts:
        yield part
        if isinstance(part, Group):
            yield from rules(part)
