"""Corrections of an unsigned message that need no question to its author.

A correction is safe where the message says the same before and after, to every reader that understands both: packing
taken off, namespaces and spellings that are read anyhow made the standard's, values in their one form, fields in order,
empty elements left out, lines of the manifest that its files imply, a type's number that its name implies. Nothing is
invented and nothing dropped: elements that nobody knows stay where they are. A signed message is never touched.

`fix` says each thing that it changed. Afterwards the message is examined again; the findings left over need a person.
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final, NamedTuple

from lxml import etree

from hub.core.edxml import wrong_forms
from hub.core.edxml.fields import ATTACHMENT, REFERENCE
from hub.core.edxml.parts import NAMESPACE, NAMESPACES, Group, Leaf
from hub.core.edxml.read import Claimed, attachment_elements, children, header_of, parse, reference_elements, spec_of
from hub.core.edxml.text import nfc
from hub.core.edxml.values import TEXT_OF, Kind, WrongType, WrongValue
from hub.core.edxml.xmlsafe import BOM
from hub.core.errors import FormatRefusal, Text

MOST_UNPACKED: Final = 64 * 1024 * 1024
TYPE_NAMES: Final = (
    *("Nghị quyết", "Quyết định", "Chỉ thị", "Quy chế", "Quy định", "Thông cáo", "Thông báo", "Hướng dẫn"),
    *("Chương trình", "Kế hoạch", "Phương án", "Đề án", "Dự án", "Báo cáo", "Biên bản", "Tờ trình", "Hợp đồng"),
    *("Công văn", "Công điện", "Bản ghi nhớ", "Bản cam kết", "Bản thỏa thuận", "Giấy chứng nhận", "Giấy ủy quyền"),
    *("Giấy mời", "Giấy giới thiệu"),
)
"""Administrative documents of NĐ 30/2020 in their order: the number is TypeDetail."""


class Change(NamedTuple):
    """One change: its place (empty for the whole), and its kind, in words."""

    path: str
    text: Text


class Fixed(NamedTuple):
    """`data` is None where nothing was changed; `why` says it where nothing may be."""

    data: bytes | None
    changes: tuple[Change, ...]
    why: Text | None = None


SIGNED: Final = Text("gói tin đã ký: sửa là mất chữ ký", "it is signed: any change would break the signature")
UNREADABLE: Final = Text("không đọc được gói tin", "the message cannot be read")


def fix(data: bytes) -> Fixed:
    """The corrected message. Never an exception, for any bytes."""
    plain, changes = _taken_out(data)
    try:
        return _fixed(parse(plain), plain, changes)
    except FormatRefusal:  # also of its text: marks in a row are counted where they are read
        return Fixed(None, (), UNREADABLE)


def _fixed(claimed: Claimed, plain: bytes, changes: list[Change]) -> Fixed:
    root = claimed.root
    if next(root.iter("{*}Signature"), None) is not None:
        return Fixed(plain if changes else None, tuple(changes), SIGNED)
    changes += _namespaces(root)
    root, header = _again(root)
    changes += _manifest(root)
    for element, spec in _parts(root, header, spec_of(claimed.kind)):
        changes += _corrected(element, spec)
    changes += _type_number(header)
    if not changes:
        return Fixed(None, ())
    return Fixed(etree.tostring(root, xml_declaration=True, encoding="UTF-8"), tuple(changes))


# Packing


def _taken_out(data: bytes) -> tuple[bytes, list[Change]]:
    """Out of gzip, base64 and UTF-16, two deep at most: the bytes inside are the message, signed or not."""
    changes: list[Change] = []
    for _ in range(2):
        form = wrong_forms.of_bytes(data)
        inside = _UNPACK[form](data) if form in _UNPACK else None
        if form is None or inside is None:
            break
        data = inside
        changes.append(Change("", Text(f"bỏ lớp: {form.text.vi}", f"taken off: {form.text.en}")))
    return data, changes


def _from_gzip(data: bytes) -> bytes | None:
    machine = zlib.decompressobj(wbits=31)
    try:
        inside = machine.decompress(data, MOST_UNPACKED)
    except zlib.error:
        return None
    return inside if machine.eof and not machine.unused_data else None


def _from_base64(data: bytes) -> bytes | None:
    packed = data.removeprefix(BOM).translate(None, b" \t\r\n").strip(b'"')
    try:
        return binascii.a2b_base64(packed, strict_mode=True)
    except binascii.Error:
        return None


def _from_utf16(data: bytes) -> bytes | None:
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-le")
    except UnicodeDecodeError:
        return None
    head, end, rest = text.partition("?>")
    if end and head.lstrip().startswith("<?xml"):
        text = '<?xml version="1.0" encoding="UTF-8"?>' + rest
    return text.encode("utf-8", "surrogatepass")


_UNPACK: Final = {
    wrong_forms.GZIP: _from_gzip,
    wrong_forms.BASE64: _from_base64,
    wrong_forms.UTF16: _from_utf16,
}


# Names


def _namespaces(root: etree._Element) -> list[Change]:
    """Into the standard's, each element of ours that is in another namespace that is read alike."""
    moved: dict[str, int] = {}
    for element in root.iter(etree.Element):
        space = etree.QName(element).namespace or ""
        if space != NAMESPACE and space in NAMESPACES:
            element.tag = f"{{{NAMESPACE}}}{etree.QName(element).localname}"
            moved[space] = moved.get(space, 0) + 1
    return [
        Change("", Text(f"{n} phần tử: không gian tên {space or '(không có)'} → {NAMESPACE}",
                        f"{n} elements: namespace {space or '(none)'} → {NAMESPACE}"))
        for space, n in moved.items()
    ]  # fmt: skip


def _again(root: etree._Element) -> tuple[etree._Element, etree._Element]:
    etree.cleanup_namespaces(root)
    return root, header_of(root)


def _manifest(root: etree._Element) -> list[Change]:
    """`Manifest` under its name, and a line for each file that has none."""
    changes: list[Change] = []
    bodies = [body for envelope in children(root, "edXMLEnvelope") for body in children(envelope, "edXMLBody")]
    for body in bodies:
        for manifest in children(body, "Manifest"):
            manifest.tag = f"{{{NAMESPACE}}}edXMLManifest"
            changes.append(Change("edXMLManifest", Text("Manifest → edXMLManifest", "Manifest → edXMLManifest")))
    manifests = [manifest for body in bodies for manifest in children(body, "edXMLManifest")]
    for manifest in manifests:
        if manifest.get("version") is None:
            manifest.set("version", "1.0")
            changes.append(Change("edXMLManifest", Text('thêm version="1.0"', 'version="1.0" added')))
    if len(manifests) == 1:
        changes += _lines(root, manifests[0])
    return changes


def _lines(root: etree._Element, manifest: etree._Element) -> Iterator[Change]:
    listed = {_bare(_text(reference, "ContentId")) for reference in reference_elements(root)}
    for file in attachment_elements(root):
        content_id = _bare(_text(file, "ContentId"))
        if not content_id or content_id in listed:
            continue
        listed.add(content_id)
        line = etree.SubElement(manifest, f"{{{NAMESPACE}}}Reference")
        for part in REFERENCE.parts:
            if value := _text(file, part.tag):
                etree.SubElement(line, f"{{{NAMESPACE}}}{part.tag}").text = value
        said = Text(f"thêm dòng kê cho tệp {content_id[:80]}", f"a line for the file {content_id[:80]}")
        yield Change(REFERENCE.path, said)


def _text(element: etree._Element, tag: str) -> str:
    found = children(element, tag)
    return (found[0].text or "").strip() if len(found) == 1 else ""


def _bare(content_id: str) -> str:
    return content_id[4:].strip() if content_id[:4].lower() == "cid:" else content_id


# Values and order


def _parts(root: etree._Element, header: etree._Element, spec: Group) -> Iterator[tuple[etree._Element, Group]]:
    yield header, spec
    yield from ((element, REFERENCE) for element in reference_elements(root))
    yield from ((element, ATTACHMENT) for element in attachment_elements(root))


def _corrected(element: etree._Element, spec: Group) -> Iterator[Change]:
    for child in list(element):
        part = spec.lookup.get(str(child.tag))
        if part is None or (len(child) and isinstance(part, Leaf)):
            continue
        if isinstance(part, Group):
            yield from _corrected(child, part)
        else:
            yield from _value(child, part)
        if not len(child) and not (child.text or "").strip() and not child.attrib:
            _remove(child)
            yield Change(part.path, Text("bỏ phần tử rỗng", "an empty element left out"))
    yield from _ordered(element, spec)


def _value(element: etree._Element, leaf: Leaf) -> Iterator[Change]:
    if leaf.kind is Kind.BASE64:
        return
    was = element.text or ""
    try:
        text = nfc(was.strip())
        value: Any = text if leaf.convert is None or not text else leaf.convert(text)
    except (WrongType, WrongValue, FormatRefusal):
        return
    now = TEXT_OF[leaf.kind](value) if text else ""
    if now and now != was:
        element.text = now
        yield Change(leaf.path, Text(f"“{was[:80]}” → “{now[:80]}”", f"“{was[:80]}” → “{now[:80]}”"))


def _ordered(element: etree._Element, spec: Group) -> Iterator[Change]:
    """Known children by the table; unknown elements stay behind the element that they stood behind."""
    ranks = {part.tag: number for number, part in enumerate(spec.parts)}
    rank, keyed = -1, []
    for child in element:
        part = spec.lookup.get(str(child.tag))
        rank = ranks[part.tag] if part is not None else rank
        keyed.append((rank, child))
    if any(a > b for (a, _), (b, _) in pairwise(keyed)):
        for _, child in sorted(keyed, key=lambda pair: pair[0]):
            element.append(child)
        yield Change(spec.path, Text("sắp các trường theo thứ tự của quy chuẩn", "fields in the standard's order"))


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _type_number(header: etree._Element) -> Iterator[Change]:
    """TypeDetail, where TypeName is one of the law's names to the letter."""
    for message in children(header, "MessageHeader"):
        for kind in children(message, "DocumentType"):
            name = nfc(_text(kind, "TypeName"))
            if children(kind, "TypeDetail") or name not in TYPE_NAMES or _text(kind, "Type") != "1":
                continue
            detail = etree.Element(f"{{{NAMESPACE}}}TypeDetail")
            detail.text = str(TYPE_NAMES.index(name) + 1)
            children(kind, "TypeName")[0].addprevious(detail)
            said = Text(f"{detail.text}, theo tên loại “{name}”", f"{detail.text}, after the name “{name}”")
            yield Change("MessageHeader.DocumentType.TypeDetail", said)
