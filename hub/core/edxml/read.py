"""Bytes to a claimed message, and a claimed message to its fields. Nothing is believed on the way.

1. `parse`: the bytes pass `xmlsafe`; the root is `edXML`; under it exactly one envelope, header and
   MessageHeader. Whether it is a document or a status is told by its header: StatusCode and no
   To is a status.
2. `read`: one pass over the children of each element, by the table of `fields`. Children of any order,
   of any of the four namespaces, with any white space. All faults that keep a message from being made are
   collected, then refused together as InvalidFields.

An ambiguous part is a fault, never a choice: an element twice where the table has it once;
elements inside a text; a header with both StatusCode and To. An empty element counts as absent. Elements that the table
does not know, a Signature among them, are passed over. Not checked here: lengths and the other rules of the validator
(`check`), signatures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from typing import Any, Final, cast

import msgspec
from lxml import etree

from hub.core.edxml.damaged_text import damage_in
from hub.core.edxml.fields import DOCUMENT, REFERENCE, STATUS
from hub.core.edxml.finding_texts import PLAIN, damaged, missing, too_long, twice, wrong_type, wrong_value
from hub.core.edxml.message import Message, Reference
from hub.core.edxml.parts import AXIS, NAMESPACES, Group, Leaf
from hub.core.edxml.severity import KIND, missing_is, unread_is
from hub.core.edxml.text import nfc
from hub.core.edxml.values import DESCRIBED, Kind, WrongType, WrongValue
from hub.core.edxml.xmlsafe import STRICT, Limits, parse_xml
from hub.core.errors import Finding, InvalidFields, NotEdxml, Severity
from hub.core.model import MessageKind

Values = dict[str, list[Any]]


class Reading(msgspec.Struct, frozen=True):
    """The result of one walk. `made`: a value of each element, None where it cannot be made; `findings`: all that the
    table finds, and in `places` the element of each; `values`: by path, the readable values of the fields that rules
    across fields look at."""

    made: tuple[Any, ...]
    findings: list[Finding]
    places: list[etree._Element]
    values: Values

    @property
    def faults(self) -> list[Finding]:
        """Those that keep a value from being made."""
        return [finding for finding in self.findings if finding.is_error]


class Claimed(msgspec.Struct, frozen=True, eq=False, dict=True):
    """An edXML message that somebody sent and nobody has verified.

    `raw` are the bytes as received, `sha256` their digest in lower-case hex, `claimed_sender` the text of
    From/OrganId, empty where there is none or more than one.

    Its tree is walked once, for the first that asks. Nobody changes the tree but check 8 of `xmldsig`, which takes out
    the signature: that stands where no walk looks, so the text that was read is also the text that is left and was
    verified.
    """

    root: etree._Element
    raw: bytes
    sha256: str
    kind: MessageKind
    claimed_sender: str

    @cached_property
    def header(self) -> Reading:
        """Of the header: one value, the message."""
        walk = Walk()
        header = header_of(self.root)
        walk.check_kind(_only(header, "MessageHeader"))
        return walk.over([header], spec_of(self.kind))

    @cached_property
    def manifest(self) -> Reading:
        """Of the manifest: a Reference for each line."""
        return Walk().over(reference_elements(self.root), REFERENCE)


def parse(data: bytes, limits: Limits = STRICT, sha256: str = "") -> Claimed:
    """`data` as a claimed message; FormatRefusal (MalformedXml, ForbiddenXml, XmlTooComplex, NotEdxml)
    otherwise. `sha256` where the caller has taken it of these bytes already."""
    root = parse_xml(data, limits)
    if root.tag not in _names("edXML"):
        raise NotEdxml(expected="edXML", found=str(root.tag))
    told: dict[str, list[etree._Element]] = {"From": [], "To": [], "StatusCode": []}
    for child in _only(header_of(root), "MessageHeader"):
        name = _TELLING.get(child.tag)
        if name is not None:
            told[name].append(child)
    return Claimed(
        root=root,
        raw=data,
        sha256=sha256 or hashlib.sha256(data).hexdigest(),
        kind=MessageKind.STATUS if told["StatusCode"] and not told["To"] else MessageKind.DOCUMENT,
        claimed_sender=_organ_id(told["From"]),
    )


def _organ_id(senders: list[etree._Element]) -> str:
    codes = children(senders[0], "OrganId") if len(senders) == 1 else []
    return _trimmed(codes[0].text) if len(codes) == 1 and len(codes[0]) == 0 else ""


def read(claimed: Claimed) -> Message:
    """The message's fields. InvalidFields with every fault that keeps a Message from being made."""
    (message,) = claimed.header.made
    if claimed.header.faults or message is None:
        raise InvalidFields(claimed.header.faults)
    return cast(Message, message)


def references(claimed: Claimed) -> tuple[Reference, ...]:
    """The manifest's lines, without any content. InvalidFields where one cannot be read."""
    if claimed.manifest.faults:
        raise InvalidFields(claimed.manifest.faults)
    return claimed.manifest.made


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


@cache  # tags come from our own code only, so this stays small
def _names(tag: str) -> frozenset[str]:
    return frozenset(f"{{{ns}}}{tag}" if ns else tag for ns in NAMESPACES)


_TELLING: Final = {name: tag for tag in ("From", "To", "StatusCode") for name in _names(tag)}
"""By qualified tag, the elements that tell the kind of a message and its sender."""


def _only(element: etree._Element, tag: str) -> etree._Element:
    found = children(element, tag)
    if len(found) != 1:
        raise NotEdxml(expected=f"one {tag}", found=str(len(found)))
    return found[0]


def _trimmed(text: str | None) -> str:
    if not text:
        return ""
    text = text.strip()
    return nfc(text)


def _is_empty(element: etree._Element) -> bool:
    """Of a tag, and of all that stands in it."""
    return not (element.text or "").strip() and all(_is_empty(child) for child in element)


def _line(element: etree._Element) -> int:
    return cast("int", element.sourceline or 0)


ABSENT: Final = object()
UNREAD: Final = object()
"""There, but no value: a notice says why, and the message is made without it."""
BROKEN: Final = object()


class Walk:
    """One walk over elements by their spec; its result is a `Reading`."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._places: list[etree._Element] = []
        self._values: Values = {}

    def over(self, elements: Iterable[etree._Element], spec: Group) -> Reading:
        made = tuple([self._make(element, spec) for element in elements])
        return Reading(made, self._findings, self._places, self._values)

    def _told(self, finding: Finding, element: etree._Element) -> None:
        self._findings.append(finding)
        self._places.append(element)

    def check_kind(self, message_header: etree._Element) -> None:
        """A header with both StatusCode and To is no message of either kind."""
        codes = children(message_header, "StatusCode")
        if codes and children(message_header, "To"):
            self._told(KIND.broken(_trimmed(codes[0].text), _line(codes[0])), codes[0])

    def _make(self, element: etree._Element, spec: Group) -> Any:
        """The value that `spec.make` builds from `element`, or None where an essential part is missing or
        broken."""
        fields: dict[str, Any] = {}
        if not self._fields(element, spec, fields) or spec.make is None:
            return None
        for name in spec.lists:
            if name in fields:
                fields[name] = tuple(fields[name])
        return spec.make(**fields)

    def _fields(self, element: etree._Element, spec: Group, fields: dict[str, Any]) -> bool:
        """Fill `fields`; False where a value for this element cannot be made."""
        whole = True
        seen: set[str] = set()
        known = spec.lookup.get
        for child in element:
            part = known(child.tag)
            if part is None:
                continue
            tag, attr = part.tag, part.attr
            if tag in seen and not part.many:
                if not _is_empty(child):
                    self._told(twice(part.path, part.clause, Severity.ERROR, _line(child)), child)
                    whole = False
                continue
            value = self._leaf(child, part) if isinstance(part, Leaf) else self._group(child, part, fields)
            if value is ABSENT:
                continue
            seen.add(tag)
            if value is UNREAD:
                if part.default is not None:
                    fields[attr] = part.default
                continue
            if value is BROKEN:
                whole = False
            elif part.many and attr:
                fields.setdefault(attr, []).append(value)
            elif attr:
                # Only wrappers may repeat with single fields inside (BussinessDocumentInfo): "changed" wins.
                fields[attr] = max(fields[attr], value) if attr in fields else value
        return self._nothing_missing(element, spec, seen, fields) and whole

    def _leaf(self, element: etree._Element, leaf: Leaf) -> Any:
        if len(element):
            self._told(wrong_type(leaf.path, "", PLAIN, leaf.clause, Severity.ERROR, _line(element)), element)
            return BROKEN
        text = _trimmed(element.text)
        if not text:
            return ABSENT
        value: Any = text if leaf.convert is None else self._value(element, leaf, leaf.convert, text)
        if value is BROKEN or value is UNREAD:
            return value
        if leaf.most and len(text) > leaf.most and not self._is_bounded(element, leaf, value, text):
            return BROKEN
        if leaf.kind is Kind.TEXT and (seen := damage_in(text)) is not None:
            self._told(damaged(leaf.path, text, seen.damage.value, seen.meant, _line(element)), element)
        if leaf.remembered:
            self._values.setdefault(leaf.path, []).append(value)
        return value

    def _value(self, element: etree._Element, leaf: Leaf, convert: Callable[[str], Any], text: str) -> Any:
        try:
            return convert(text)
        except WrongType:
            report = wrong_type
        except WrongValue:
            report = wrong_value
        shown = f"{len(text)} characters" if leaf.kind is Kind.BASE64 else text
        severity = unread_is(leaf)
        self._told(report(leaf.path, shown, DESCRIBED[leaf.kind], leaf.clause, severity, _line(element)), element)
        return BROKEN if severity is Severity.ERROR else UNREAD

    def _is_bounded(self, element: etree._Element, leaf: Leaf, value: Any, text: str) -> bool:
        """Whether it is as long as one message may have it; above its clause's bound, that is told."""
        # Never longer than the text: digits without leading zeros, an id without `cid:`.
        measured = str(value) if leaf.kind in (Kind.INT, Kind.CONTENT_ID) else text
        if len(measured) > leaf.bound:
            self._told(too_long(leaf.path, measured, leaf.bound, AXIS, Severity.ERROR, _line(element)), element)
            return False
        if len(measured) > leaf.most:
            self._told(too_long(leaf.path, measured, leaf.most, leaf.clause, Severity.NOTICE, _line(element)), element)
        return True

    def _group(self, element: etree._Element, spec: Group, fields: dict[str, Any]) -> Any:
        if _is_empty(element):
            return ABSENT
        if spec.make is None:
            return None if self._fields(element, spec, fields) else BROKEN
        value = self._make(element, spec)
        return BROKEN if value is None else value

    def _nothing_missing(self, element: etree._Element, spec: Group, seen: set[str], fields: dict[str, Any]) -> bool:
        whole = True
        for part in spec.wanted:
            if part.tag in seen:
                continue
            if part.default is not None:
                fields[part.attr] = part.default
            if part.need:
                severity = missing_is(part)
                self._told(missing(part.path, part.clause, severity, _line(element)), element)
                whole = whole and severity is not Severity.ERROR
        return whole
