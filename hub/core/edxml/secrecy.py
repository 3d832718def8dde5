"""Marks of state secrecy: a document that bears one may not travel on the axis (QĐ 28/2018/QĐ-TTg Art. 1.2).

The three levels are Mật, Tối mật, Tuyệt mật. The same words are ordinary ones too: bảo mật, bí mật nhà
nước, mật độ dân số, nuôi ong lấy mật, even "danh mục bí mật nhà nước độ Tối mật" are about something, they
are no stamp. So it is the *form* of a mark that is looked for, line by line, in Unicode NFC, without
invisible characters, `_` read as a space:

1. a line that is nothing but a level;
2. a level alone in brackets, in any case: `[MẬT]`, `(Tối mật)`, `(Độ mật: Mật)`, `[HỎA TỐC - MẬT]`;
3. a label and a level: `Độ mật: Mật`, `Mức độ mật - Tuyệt mật`;
4. at the beginning of a line, a level and a separator: `Mật: …`, `TỐI MẬT - …`;
5. at the end, a level with a capital after a separator: `… - Mật`;
6. TUYỆT MẬT or TỐI MẬT in capitals, at the beginning or the end;
7. MẬT in capitals, at the beginning before, or at the end after, a word that is not in capitals: `Báo cáo
   quý 3 MẬT`.

Where form alone cannot tell ("DANH MỤC BÍ MẬT NHÀ NƯỚC ĐỘ TUYỆT MẬT", all in capitals) it refuses: to be
asked to rewrite a title costs less than a secret on the wire. In the name of a person only forms 2, 3 and 6 count:
people are called Mật.

A mark counts wherever it stands (`check_not_secret`): in the text and the attributes of every element of the message,
known or not, in text that other elements interrupt, in names of files in the manifest, beside the attachments and
inside attached zips. Not in a status's Description: a recipient that refuses a secret sent by mistake has to be able to
say so. It cannot find an unmarked secret, a mark without diacritics, or one in an attachment's text; the sender answers
for those.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from hub.core.edxml.read import Claimed, attachment_elements
from hub.core.edxml.text import nfc
from hub.core.edxml.zipread import BadZip, entries, extract, names
from hub.core.errors import StateSecret
from hub.core.model import MessageKind

_LEVEL: Final = r"(?:tuyệt\s+mật|tối\s+mật|mật)"
_HIGH: Final = r"(?:TUYỆT\s+MẬT|TỐI\s+MẬT)"
_TITLED: Final = r"(?:(?:Tuyệt|TUYỆT|Tối|TỐI)\s+(?:[Mm]ật|MẬT)|Mật|MẬT)"
_LABEL: Final = r"\b(?:mức\s+độ|độ|mức|dấu)\s+(?:chỉ\s+(?:mức\s+)?độ\s+)?mật\s*[:=–—-]\s*"
_URGENT: Final = r"(?:hỏa\s+tốc|hoả\s+tốc|thượng\s+khẩn|khẩn)"
_BETWEEN: Final = r"\s*[-–—,/+;]\s*"

_FORMS: Final[tuple[re.Pattern[str], ...]] = (
    re.compile(rf"^\W*{_LEVEL}\W*\Z", re.IGNORECASE),  # 1
    re.compile(  # 2
        rf"[\[({{<【（]\s*(?:{_URGENT}{_BETWEEN})?(?:{_LABEL})?{_LEVEL}(?:{_BETWEEN}{_URGENT})?\s*[\])}}>】）]",
        re.IGNORECASE,
    ),
    re.compile(rf"{_LABEL}{_LEVEL}\b", re.IGNORECASE),  # 3
    re.compile(rf"^\W*{_LEVEL}(?:\s*[:|/\\–—]|\s+-|-\s)", re.IGNORECASE),  # 4
    re.compile(rf"(?:[:|/\\–—]|\s-|-\s)\s*{_TITLED}\W*\Z"),  # 5
    re.compile(rf"^\W*{_HIGH}\b|\b{_HIGH}\W*\Z"),  # 6
)
_FORMS_BESIDE_NAMES: Final = (_FORMS[1], _FORMS[2], _FORMS[5])
_SUSPECT: Final = re.compile(
    r"[mM][^\w\s\u0302\u0323]*+[aAâÂạẠ]?+[^\w\s\u0302\u0323]*+[ậẬ\u0302\u0323]"
)  # the two letters, or the accents of the second that did not join, with any unseen characters between them
_UNSEEN: Final = re.compile(
    "[\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"  # category Cf
    "\u034f\ufe00-\ufe0f]"  # joiner and variation selectors, which are marks by category
)
_PUNCTUATION: Final = ".,;:!?-–—/|\\\"'“”()[]"
_SEPARATORS: Final = re.compile(r"[/\\]")
_END_RECORD: Final = b"PK\x05\x06"
_NEEDED: Final = 4 * (65_536 + 64) // 3
"""Characters of base64 in which a zip's end record lies, if there is one."""
_LOOKED_FOR: Final = 2 * _NEEDED
_MOST_NAMES: Final = 65_536
_DEEPER_BYTES: Final = 16 * 1024 * 1024
_ORDINARY_BEFORE: Final = frozenset({"bảo", "bí", "cơ", "thân", "ong", "lấy"})


_NAMES_OF_PEOPLE: Final = frozenset({"FullName", "Staff"})
_NAMES_OF_FILES: Final = frozenset({"AttachmentName"})
_CONTENT: Final = "ContentTransferEncoded"
_INSIDE: Final = "a name inside a zip"
_REASON: Final = "Description"


def check_not_secret(claimed: Claimed) -> None:
    """StateSecret where a text of the message, known or not, or the name of a file bears a mark; says which mark and
    where."""
    for where, text in _texts(claimed):
        mark = mark_in(text, person=where in _NAMES_OF_PEOPLE)
        if mark:
            raise StateSecret(expected="no mark of secrecy", found=f"{mark} ({where})", field=where, mark=mark)


def _texts(claimed: Claimed) -> Iterator[tuple[str, str]]:
    """Every text that may bear a mark, with the name of its element. ASCII holds none."""
    contents = {child for file in attachment_elements(claimed.root) for child in file if _name(child) == _CONTENT}
    status = claimed.kind is MessageKind.STATUS
    interrupted: dict[etree._Element, None] = {}
    for element in claimed.root.iter("*"):
        for value in element.values():
            yield _name(element), str(value)
        if (tail := element.tail) and not tail.isspace() and (parent := element.getparent()) is not None:
            interrupted[parent] = None
        if element in contents:
            yield from ((_INSIDE, part) for name in names_inside(element.text or "") for part in _parts(name))
        elif (text := element.text) and not text.isascii():
            where = _name(element)
            if status and where == _REASON:
                continue
            yield where, text
            if where in _NAMES_OF_FILES:
                yield where, _stem(text)
    for element in interrupted:
        yield _name(element), "".join(_ends(str(text)) for text in element.itertext())


def _ends(text: str) -> str:
    """Of a text beside others, the places where a mark may go on in them: each is looked at as a whole where it
    stands."""
    return text if len(text) <= 400 else f"{text[:200]}\n{text[-200:]}"


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def names_inside(content: str, *, deeper: bool = True) -> Iterator[str]:
    """The names in an attached zip, which is in base64; none where it is no zip. `deeper`: where one file is packed
    as the field's library does it, and that is a zip itself, also the names in that one."""
    tail = "".join(content[-_LOOKED_FOR:].split())
    tail = tail[len(tail) % 4 :]
    if _END_RECORD not in _decoded(tail) and len(tail) >= _NEEDED:
        return
    data = _decoded(content)
    if _END_RECORD not in data:
        return
    yield from names(data, _MOST_NAMES)
    if deeper:
        yield from names(_only_file(data), _MOST_NAMES)


def _only_file(data: bytes) -> bytes:
    try:
        count, found = entries(data, 1)
        return extract(data, found[0], _DEEPER_BYTES) if count == 1 and found else b""
    except BadZip:
        return b""  # refused or passed on whole by the code that unpacks


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text)
    except ValueError:
        return b""  # a finding of the validator, which has come before


def _parts(name: str) -> Iterator[str]:
    """Folders and file, each with and without its ending."""
    for part in _SEPARATORS.split(name):
        yield part
        yield _stem(part)


def mark_in(text: str, *, person: bool = False) -> str:
    """The first mark of secrecy in `text`, as written there; empty where there is none. `person`: it is the name of
    one."""
    if text.isascii() or not _SUSPECT.search(nfc(text)):
        return ""
    lines = _readable(text).splitlines()
    look = _mark_beside_a_name if person else _mark_in_line
    return next((mark for mark in map(look, lines) if mark), "")


def _readable(text: str) -> str:
    # An unseen character between a letter and its accent keeps them from joining: first out, then NFC.
    return nfc(_UNSEEN.sub("", text)).replace("_", " ")


def _mark_in_line(line: str) -> str:
    for form in _FORMS:
        match = form.search(line)
        if match:
            return match[0].strip()
    words = [word for word in (token.strip(_PUNCTUATION) for token in line.split()) if word]
    if len(words) > 1 and words[0] == "MẬT" and not _in_capitals(words[1]):  # 7
        return words[0]
    if len(words) > 1 and words[-1] == "MẬT" and not _in_capitals(words[-2]):
        return "" if words[-2].lower() in _ORDINARY_BEFORE else words[-1]
    return ""


def _mark_beside_a_name(line: str) -> str:
    return next((match[0].strip() for form in _FORMS_BESIDE_NAMES if (match := form.search(line))), "")


def _in_capitals(word: str) -> bool:
    return word.isalpha() and word.isupper()


def _stem(name: str) -> str:
    stem, dot, _ = name.rpartition(".")
    return stem if dot else name
