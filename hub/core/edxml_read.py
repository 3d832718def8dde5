"""Bytes to a claimed message, and a claimed message to its fields. Nothing is believed on the way.

1. `parse`: the bytes pass `xmlsafe`; the root is `edXML`; under it exactly one envelope, header and
   MessageHeader. Whether it is a document or a status is told by what its header holds: StatusCode and no
   To is a status.
2. `read`: one pass over the children of each element, by the table of `edxml_rules`. Children of any order,
   of any of the four namespaces, with any white space. All faults that keep a message from being made are
   collected, then refused together as InvalidFields.

What could mean two things is a fault, never a choice: an element twice where the table has it once;
elements inside a text; a header with both StatusCode and To. What is empty is absent. What the table does
not know, a Signature among it, is passed over. Not checked here: lengths and the other rules of the
validator (`edxml_check`), signatures.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final, cast

import msgspec
from lxml import etree

from hub.core.edxml_message import Message, Reference
from hub.core.edxml_rules import DOCUMENT, NAMESPACES, REFERENCE, STATUS, STATUS_CODE, Group, Leaf, Need, Part
from hub.core.edxml_values import VALUE_OF, Kind, WrongType, WrongValue
from hub.core.edxml_words import missing, too_long, twice, wrong_type, wrong_value
from hub.core.errors import Finding, InvalidFields, NotEdxml
from hub.core.model import MessageKind
from hub.core.text import nfc
from hub.core.xmlsafe import STRICT, Limits, parse_xml


class Claimed(msgspec.Struct, frozen=True, eq=False):
    """An edXML message that somebody sent and nobody has verified.

    `raw` are the bytes as received, `sha256` their digest in lower-case hex, `claimed_sender` the text of
    From/OrganId, empty where there is none or more than one.
    """

    root: etree._Element
    raw: bytes
    sha256: str
    kind: MessageKind
    claimed_sender: str


def parse(data: bytes, limits: Limits = STRICT) -> Claimed:
    """`data` as a claimed message; FormatRefusal (MalformedXml, ForbiddenXml, XmlTooComplex, NotEdxml)
    otherwise."""
    root = parse_xml(data, limits)
    if root.tag not in _names("edXML"):
        raise NotEdxml(expected="edXML", found=str(root.tag))
    message_header = _only(header_of(root), "MessageHeader")
    sender = _at_most_one(message_header, "From")
    organ_id = _at_most_one(sender, "OrganId") if sender is not None else None
    return Claimed(
        root=root,
        raw=data,
        sha256=hashlib.sha256(data).hexdigest(),
        kind=_kind(message_header),
        claimed_sender=_trimmed(organ_id.text) if organ_id is not None and len(organ_id) == 0 else "",
    )


def read(claimed: Claimed) -> Message:
    """The message's fields. InvalidFields with every fault that keeps a Message from being made."""
    walk = Walk(strict=False)
    header = header_of(claimed.root)
    walk.check_kind(_only(header, "MessageHeader"))
    message = walk.make(header, spec_of(claimed.kind))
    if walk.findings or message is None:
        raise InvalidFields(walk.findings)
    return cast(Message, message)


def references(claimed: Claimed) -> tuple[Reference, ...]:
    """The manifest's lines, without any content. InvalidFields where one cannot be read."""
    walk = Walk(strict=False)
    found = tuple(walk.make(element, REFERENCE) for element in reference_elements(claimed.root))
    if walk.findings:
        raise InvalidFields(walk.findings)
    return found


def spec_of(kind: MessageKind) -> Group:
    return DOCUMENT if kind is MessageKind.DOCUMENT else STATUS


def header_of(root: etree._Element) -> etree._Element:
    """edXMLHeader of an edXML root. NotEdxml where it, or the envelope, is not there exactly once."""
    return _only(_only(root, "edXMLEnvelope"), "edXMLHeader")


def reference_elements(root: etree._Element) -> list[etree._Element]:
    """Reference elements of `edXMLManifest`, or `Manifest`, in the body."""
    manifests = [
        manifest
        for envelope in children(root, "edXMLEnvelope")
        for body in children(envelope, "edXMLBody")
        for manifest in (*children(body, "edXMLManifest"), *children(body, "Manifest"))
    ]
    return [reference for manifest in manifests for reference in children(manifest, "Reference")]


def attachment_elements(root: etree._Element) -> list[etree._Element]:
    """Attachment elements beside the envelope."""
    return [
        attachment for encoded in children(root, "AttachmentEncoded") for attachment in children(encoded, "Attachment")
    ]


def children(element: etree._Element, tag: str) -> list[etree._Element]:
    names = _names(tag)
    return [child for child in element if child.tag in names]


_NAMES: Final[dict[str, frozenset[str]]] = {}


def _names(tag: str) -> frozenset[str]:
    names = _NAMES.get(tag)
    if names is None:  # tags come from our own code only, so this stays small
        names = _NAMES[tag] = frozenset(f"{{{ns}}}{tag}" if ns else tag for ns in NAMESPACES)
    return names


def _only(element: etree._Element, tag: str) -> etree._Element:
    found = children(element, tag)
    if len(found) != 1:
        raise NotEdxml(expected=f"one {tag}", found=str(len(found)))
    return found[0]


def _at_most_one(element: etree._Element, tag: str) -> etree._Element | None:
    found = children(element, tag)
    return found[0] if len(found) == 1 else None


def _kind(message_header: etree._Element) -> MessageKind:
    is_status = children(message_header, "StatusCode") and not children(message_header, "To")
    return MessageKind.STATUS if is_status else MessageKind.DOCUMENT


def _trimmed(text: str | None) -> str:
    if not text:
        return ""
    text = text.strip()
    return nfc(text)


def _is_empty(element: etree._Element) -> bool:
    return not len(element) and not _trimmed(element.text)


def _line(element: etree._Element) -> int | None:
    return cast("int | None", element.sourceline)


ABSENT: Final = object()
BROKEN: Final = object()


class Walk:
    """One walk over an element by its spec; collects findings, and with `strict` also those of REQUIRED and
    length.

    `values` remembers, per path, every value that could be read: what rules across fields look at.
    """

    def __init__(self, *, strict: bool) -> None:
        self.strict = strict
        self.findings: list[Finding] = []
        self.values: dict[str, list[Any]] = {}

    def check_kind(self, message_header: etree._Element) -> None:
        """A header with both StatusCode and To is no message of either kind."""
        codes = children(message_header, "StatusCode")
        if codes and children(message_header, "To"):
            self.findings.append(
                wrong_value(STATUS_CODE.path, _trimmed(codes[0].text), "no StatusCode beside To", STATUS_CODE.clause)
            )

    def make(self, element: etree._Element, spec: Group) -> Any:
        """The value that `spec.make` builds from `element`, or None where an essential part is missing or
        broken."""
        fields: dict[str, Any] = {}
        if not self._fields(element, spec, fields) or spec.make is None:
            return None
        return spec.make(**{name: tuple(v) if type(v) is list else v for name, v in fields.items()})

    def _fields(self, element: etree._Element, spec: Group, fields: dict[str, Any]) -> bool:
        """Fill `fields`; False where a value for this element cannot be made."""
        whole = True
        seen: set[str] = set()
        lookup = spec.lookup
        for child in element:
            part = lookup.get(child.tag)
            if part is None:
                continue
            if part.tag in seen and not part.many:
                if not _is_empty(child):
                    self.findings.append(twice(part.path, part.clause, _line(child)))
                    whole = False
                continue
            value = self._leaf(child, part) if type(part) is Leaf else self._group(child, part, fields)
            if value is ABSENT:
                continue
            seen.add(part.tag)
            if value is BROKEN:
                whole = False
            elif part.attr:
                _put(fields, part, value)
        return self._nothing_missing(element, spec, seen, fields) and whole

    def _leaf(self, element: etree._Element, leaf: Leaf) -> Any:
        if len(element):
            self.findings.append(wrong_type(leaf.path, "", "text without elements", leaf.clause, _line(element)))
            return BROKEN
        text = _trimmed(element.text)
        if not text:
            return ABSENT
        if leaf.kind is Kind.TEXT:
            value: Any = text
        else:
            value = self._value(element, leaf, text)
        if self.strict and value is not BROKEN:
            self._check_length(element, leaf, value, text)
            if leaf.kind is not Kind.BASE64:  # nobody compares contents; do not keep them all
                self.values.setdefault(leaf.path, []).append(value)
        return value

    def _value(self, element: etree._Element, leaf: Leaf, text: str) -> Any:
        try:
            return VALUE_OF[leaf.kind](text)
        except WrongType:
            report = wrong_type
        except WrongValue:
            report = wrong_value
        shown = f"{len(text)} characters" if leaf.kind is Kind.BASE64 else text
        self.findings.append(report(leaf.path, shown, leaf.kind.value, leaf.clause, _line(element)))
        return BROKEN

    def _check_length(self, element: etree._Element, leaf: Leaf, value: Any, text: str) -> None:
        if leaf.most:
            measured = str(value) if leaf.kind in (Kind.INT, Kind.CONTENT_ID) else text
            if len(measured) > leaf.most:
                self.findings.append(too_long(leaf.path, measured, leaf.most, leaf.clause, _line(element)))

    def _group(self, element: etree._Element, spec: Part, fields: dict[str, Any]) -> Any:
        assert isinstance(spec, Group)
        if _is_empty(element):
            return ABSENT
        if spec.make is None:
            return None if self._fields(element, spec, fields) else BROKEN
        value = self.make(element, spec)
        return BROKEN if value is None else value

    def _nothing_missing(self, element: etree._Element, spec: Group, seen: set[str], fields: dict[str, Any]) -> bool:
        whole = True
        for part in spec.parts:
            if part.tag in seen:
                continue
            if part.default is not None:
                fields[part.attr] = part.default
            if part.need is Need.ESSENTIAL or (self.strict and part.need):
                self.findings.append(missing(part.path, part.clause, _line(element)))
                whole = whole and part.need is not Need.ESSENTIAL
        return whole


def _put(fields: dict[str, Any], part: Part, value: Any) -> None:
    if part.many:
        fields.setdefault(part.attr, []).append(value)
    elif part.attr in fields:
        # Only wrappers may repeat with single fields inside (BussinessDocumentInfo): "changed" wins.
        fields[part.attr] = max(fields[part.attr], value)
    else:
        fields[part.attr] = value
