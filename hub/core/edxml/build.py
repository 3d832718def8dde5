"""A message and its files to the bytes that travel: one exact form, the field's own.

XML declaration, the QCVN namespace as default on the root and again under the prefix `edXML` on the
envelope, two spaces of indent, every field in the order of the table, nothing for an empty value,
`AttachmentEncoded` beside the envelope and unprefixed, base64 on one line. Text is trimmed and
NFC-normalised, as the reader does. Unsigned: see `xmldsig.sign`. Nothing is validated but characters that XML itself
cannot carry; `findings(parse(build(…)))` does the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from hub.core.edxml.fields import ATTACHMENT, DOCUMENT, REFERENCE, STATUS
from hub.core.edxml.finding_texts import wrong_value
from hub.core.edxml.message import Attachment, Document, Message
from hub.core.edxml.packing import packed
from hub.core.edxml.parts import NAMESPACE, Group, Leaf
from hub.core.edxml.text import nfc
from hub.core.edxml.values import TEXT_OF, Kind
from hub.core.errors import InvalidFields, Severity, Text

_PREFIX: Final = "edXML:"
_DECLARE: Final = f' xmlns:edXML="{NAMESPACE}"'
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OF_XML: Final = Text("các ký tự của XML 1.0", "characters of XML 1.0")
_DECLARED_EACH: Final = 8
"""Up to so many files declare the prefix each, as the field does; beyond, it is declared once, because the
number of namespace declarations in a message is limited (`xmlsafe.Limits`)."""


def build(message: Message, attachments: Sequence[Attachment] = (), *, zip: bool = False) -> bytes:
    """The message as UTF-8 bytes. With `zip`, files are packed as the field's library does; without, all
    travel raw.

    InvalidFields where a text holds a character that XML 1.0 cannot carry; ValueError for a status with files.
    """
    if attachments and not isinstance(message, Document):
        raise ValueError("a status carries no files")
    files = [packed(file) for file in attachments] if zip else list(attachments)
    is_document = isinstance(message, Document)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<edXML xmlns="{NAMESPACE}">',
        f"  <edXML:edXMLEnvelope{_DECLARE}>",
        "    <edXML:edXMLHeader>",
        *_fields(message, DOCUMENT if is_document else STATUS, "      "),
        "    </edXML:edXMLHeader>",
        *(_body(files) if is_document else ()),
        "  </edXML:edXMLEnvelope>",
        *_encoded(files),
        "</edXML>\n",
    ]
    return "\n".join(lines).encode("utf-8")


def _fields(value: Any, spec: Group, indent: str, prefix: str = _PREFIX) -> Iterator[str]:
    for part in spec.parts:
        if isinstance(part, Leaf):
            found = getattr(value, part.attr)
            for one in found if part.many else (found,):
                text = "" if one is None else _text(one, part)
                if text:
                    yield f"{indent}<{prefix}{part.tag}>{text}</{prefix}{part.tag}>"
        elif part.make is None:
            yield from _element(part.tag, value, part, indent)
        else:
            found = getattr(value, part.attr)
            for one in found if part.many else (found,):
                if one is not None:
                    yield from _element(part.tag, one, part, indent)


def _element(tag: str, value: Any, spec: Group, indent: str) -> Iterator[str]:
    inner = list(_fields(value, spec, indent + "  "))
    if inner:
        yield f"{indent}<{_PREFIX}{tag}>"
        yield from inner
        yield f"{indent}</{_PREFIX}{tag}>"


def _text(value: Any, leaf: Leaf) -> str:
    text = TEXT_OF[leaf.kind](value)
    if leaf.kind not in (Kind.TEXT, Kind.CONTENT_ID):
        return text
    text = nfc(text.strip())
    odd = _NOT_XML.search(text)
    if odd:
        found = f"U+{ord(odd[0]):04X}"
        raise InvalidFields([wrong_value(leaf.path, found, _OF_XML, leaf.clause, Severity.ERROR)])
    # A bare carriage return would come back as a newline.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _body(files: Sequence[Attachment]) -> Iterator[str]:
    yield "    <edXML:edXMLBody>"
    yield '      <edXML:edXMLManifest version="1.0">'
    for file in files:
        yield from _element("Reference", file, REFERENCE, "        ")
    yield "      </edXML:edXMLManifest>"
    yield "    </edXML:edXMLBody>"


def _encoded(files: Sequence[Attachment]) -> Iterator[str]:
    if not files:
        return
    once = len(files) > _DECLARED_EACH
    content = ATTACHMENT.parts[-1]
    yield f"  <AttachmentEncoded{_DECLARE if once else ''}>"
    for file in files:
        yield "    <Attachment>"
        yield from _fields(file, _FILE_WITHOUT_CONTENT, "      ", prefix="")
        opening = f"{_PREFIX}{content.tag}{'' if once else _DECLARE}"
        yield f"      <{opening}>{TEXT_OF[Kind.BASE64](file.data)}</{_PREFIX}{content.tag}>"
        yield "    </Attachment>"
    yield "  </AttachmentEncoded>"


_FILE_WITHOUT_CONTENT: Final = Group(tag=ATTACHMENT.tag, parts=ATTACHMENT.parts[:-1])
