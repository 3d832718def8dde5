"""The wrong forms of the field, which come in place of an edXML message: each with its name and its remedy.

Two kinds. By the first bytes: something that is no XML at all (packed, encoded, another format). By the tree: XML that
is not the message, or is nearly it. Nothing here is a verdict of the hub's: it says why one was reached.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lxml import etree

from hub.core.edxml.parts import NAMESPACE, NAMESPACES, QCVN
from hub.core.edxml.read import children
from hub.core.edxml.xmlsafe import BOM
from hub.core.errors import Finding, Severity, Text

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"


class Form(NamedTuple):
    """One wrong form. `code`: after `F.`; `text`: its description, `right`: the form to be sent instead."""

    code: str
    severity: Severity
    text: Text
    right: Text

    def finding(self, found: str = "", line: int = 0) -> Finding:
        return Finding(
            code=f"F.{self.code}",
            severity=self.severity,
            clause=QCVN,
            path="",
            found=found[:80],
            right=self.right,
            vi=self.text.vi,
            en=self.text.en,
            line=line,
        )


_PLAIN: Final = Text("XML UTF-8 của gói tin, không nén, không mã hóa thêm", "the message's XML in UTF-8, as it is")


def _bytes(code: str, vi: str, en: str, right: Text = _PLAIN) -> Form:
    return Form(code, Severity.ERROR, Text(vi, en), right)


EMPTY: Final = _bytes("EMPTY", "Tệp rỗng", "The file is empty")
GZIP: Final = _bytes("GZIP", "Gói tin bị nén gzip", "Packed with gzip")
ZIPPED: Final = _bytes("ZIP", "Tệp zip (hoặc docx, xlsx), không phải XML", "A zip (or docx, xlsx), not XML")
BASE64: Final = _bytes("BASE64", "Gói tin bị mã hóa base64", "Encoded in base64")
JSON: Final = _bytes("JSON", "JSON, không phải XML", "JSON, not XML")
HTML: Final = _bytes(
    "HTML",
    "Trang HTML, thường là trang lỗi hoặc trang đăng nhập của máy chủ khác",
    "An HTML page, mostly another server's error or login page",
    Text("xem địa chỉ đã gọi; lấy lại gói tin gốc", "look at the address that was called; get the message itself"),
)
PDF: Final = _bytes(
    "PDF",
    "Tệp PDF, không phải gói tin",
    "A PDF, not a message",
    Text("gửi PDF làm tệp đính kèm: truc send", "send it as an attachment: truc send"),
)
WORD: Final = _bytes(
    "OLE",
    "Tệp Word/Excel đời cũ, không phải gói tin",
    "An old Word or Excel file, not a message",
    Text("gửi tệp làm tệp đính kèm: truc send", "send it as an attachment: truc send"),
)
UTF16: Final = _bytes("UTF16", "XML mã hóa UTF-16", "XML in UTF-16", Text("XML UTF-8", "XML in UTF-8"))
ESCAPED: Final = _bytes("ESCAPED", "XML bị thay ký tự (&lt; hoặc %3C)", "XML with its signs escaped (&lt; or %3C)")
MIME: Final = _bytes("MIME", "Thư hoặc biểu mẫu nhiều phần", "A mail or a multipart form")

_SIGNS: Final[tuple[tuple[bytes, Form], ...]] = (
    (b"\x1f\x8b", GZIP),
    (b"PK\x03\x04", ZIPPED),
    (b"%PDF", PDF),
    (b"\xd0\xcf\x11\xe0", WORD),
    (b"\xff\xfe", UTF16),
    (b"\xfe\xff", UTF16),
    (b"<\0", UTF16),
    (b"\0<", UTF16),
)
_STARTS: Final[tuple[tuple[bytes, Form], ...]] = (
    (b"{", JSON),
    (b"[", JSON),
    (b"<!doctype html", HTML),
    (b"<html", HTML),
    (b"&lt;", ESCAPED),
    (b"%3c", ESCAPED),
    (b"--", MIME),
    (b"content-type:", MIME),
    (b"mime-version:", MIME),
)
_HEAD: Final = 4_096
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/]{16,}={0,2}")
_INSIDE: Final = (b"<", BOM + b"<", b"\x1f\x8b", b"PK\x03\x04", b"\xff\xfe<", b"\xfe\xff\0<")


def of_bytes(data: bytes) -> Form | None:
    """The form of the first bytes, where they are not XML."""
    for sign, form in _SIGNS:
        if data.startswith(sign):
            return form
    head = data[:_HEAD].removeprefix(BOM).strip()
    if not head:
        return EMPTY if not data.strip() else None
    for start, form in _STARTS:
        if head[:20].lower().startswith(start):
            return form
    return BASE64 if _is_base64(head) else None


def _is_base64(head: bytes) -> bool:
    packed = head.strip(b'"').translate(None, b" \t\r\n")[:64]
    if not _BASE64.fullmatch(packed):
        return False
    try:
        inside = binascii.a2b_base64(packed[: len(packed) // 4 * 4])
    except binascii.Error:
        return False
    return inside.lstrip().startswith(_INSIDE)


_TREE: Final = Text(
    "edXML / edXMLEnvelope / edXMLHeader / MessageHeader", "edXML / edXMLEnvelope / edXMLHeader / MessageHeader"
)
SOAP: Final = Form(
    "SOAP",
    Severity.ERROR,
    Text("Gói tin nằm trong phong bì SOAP", "The message is in a SOAP envelope"),
    Text("chỉ gửi phần tử edXML, không có phong bì SOAP", "send the edXML element alone, without the envelope"),
)
FLAT: Final = Form(
    "FLAT",
    Severity.ERROR,
    Text("Cây phẳng kiểu cũ, thiếu edXMLEnvelope hoặc edXMLHeader", "The old flat tree, without envelope or header"),
    _TREE,
)
FRAGMENT: Final = Form(
    "FRAGMENT", Severity.ERROR, Text("Chỉ là một phần của gói tin", "Only a part of the message"), _TREE
)
NAME: Final = Form(
    "NAME",
    Severity.ERROR,
    Text("Tên phần tử gốc viết sai hoa thường", "The root's name is in the wrong case"),
    Text("edXML", "edXML"),
)
FOREIGN: Final = Form(
    "NAMESPACE",
    Severity.ERROR,
    Text("Không gian tên lạ", "A namespace that is nobody's"),
    Text(NAMESPACE, NAMESPACE),
)
OLD: Final = Form(
    "NAMESPACE",
    Severity.NOTICE,
    Text("Không gian tên cũ hoặc sai; vẫn đọc được", "An old or wrong namespace; it is read nevertheless"),
    Text(NAMESPACE, NAMESPACE),
)
SIGNATURE: Final = Form(
    "SIGNATURE_NAMESPACE",
    Severity.NOTICE,
    Text(
        "Signature nằm sai không gian tên: không ai xác minh được",
        "Signature in the wrong namespace: none can verify it",
    ),
    Text(DS, DS),
)
TRANSFORM: Final = Form(
    "TRANSFORM",
    Severity.NOTICE,
    Text("URI của phép biến đổi không tồn tại", "The transform's URI names no algorithm"),
    Text(EXCLUSIVE, EXCLUSIVE),
)
INLINE: Final = Form(
    "INLINE",
    Severity.NOTICE,
    Text(
        "Tệp đính kèm nằm trong phong bì: bên nhận không thấy tệp", "Attachments inside the envelope: nobody reads them"
    ),
    Text("AttachmentEncoded nằm cạnh edXMLEnvelope", "AttachmentEncoded beside edXMLEnvelope"),
)
ALL: Final = (
    *dict.fromkeys([EMPTY, *(form for _, form in (*_SIGNS, *_STARTS)), BASE64]),
    *(SOAP, FLAT, FRAGMENT, NAME, FOREIGN, OLD, SIGNATURE, TRANSFORM, INLINE),
)

_SOAPS: Final = frozenset({"http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"})
_PARTS: Final = frozenset({"edXMLEnvelope", "edXMLHeader", "MessageHeader", "edXMLBody", "AttachmentEncoded"})
_ROOTS: Final = frozenset({"edxml", "edoc", "edocument", "message"})
_FILES: Final = ("Attachment", "AttachmentEncoded", "ContentTransferEncoded")
_WRONG_TRANSFORM: Final = "http://www.w3.org/TR/xml-exc-c14n#"


def of_tree(root: etree._Element) -> Iterator[tuple[Form, str, etree._Element]]:
    """Each wrong form of this tree, with the text found and its place."""
    name, space = _named(root)
    if space in _SOAPS or name == "Envelope":
        inside = "status" if next(root.iter("{*}StatusCode"), None) is not None else "document"
        yield SOAP, f"{inside} in {space or name}", root
    elif name in _PARTS:
        yield FRAGMENT, name, root
    elif name != "edXML" and name.lower() == "edxml":
        yield NAME, name, root
    elif name.lower() in _ROOTS and not _holds(root, "edXMLEnvelope") and _is_flat(root):
        yield FLAT, name, root
    if name.lower() in _ROOTS and space != NAMESPACE:
        yield (OLD if space in NAMESPACES else FOREIGN), space or "no namespace", root
    yield from _of_signature(root)
    yield from _inline(root)


def _named(element: etree._Element) -> tuple[str, str]:
    name = etree.QName(element)
    return name.localname, name.namespace or ""


def _holds(element: etree._Element, name: str) -> bool:
    return any(_named(child)[0] == name for child in element)


def _is_flat(root: etree._Element) -> bool:
    return any(_named(child)[0].lower() in ("messageheader", "edxmlheader", "header", "from", "to") for child in root)


def _of_signature(root: etree._Element) -> Iterator[tuple[Form, str, etree._Element]]:
    for element in root.iter("{*}Signature"):
        space = _named(element)[1]
        if space in NAMESPACES:
            yield SIGNATURE, space or "no namespace", element
        break
    for element in root.iter("{*}Transform", "{*}CanonicalizationMethod"):
        if element.get("Algorithm") == _WRONG_TRANSFORM:
            yield TRANSFORM, _WRONG_TRANSFORM, element
            break


def _inline(root: etree._Element) -> Iterator[tuple[Form, str, etree._Element]]:
    for envelope in children(root, "edXMLEnvelope"):
        for element in envelope.iter(*(f"{{*}}{name}" for name in _FILES)):
            yield INLINE, _named(element)[0], element
            return
