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
asked to rewrite a title costs less than a secret on the wire. It cannot find an unmarked secret, a mark
without diacritics, or one inside an attachment; the sender answers for those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final
from unicodedata import category

from hub.core.edxml_message import Document
from hub.core.errors import StateSecret
from hub.core.text import nfc

_LEVEL: Final = r"(?:tuyệt\s+mật|tối\s+mật|mật)"
_HIGH: Final = r"(?:TUYỆT\s+MẬT|TỐI\s+MẬT)"
_TITLED: Final = r"(?:(?:Tuyệt|TUYỆT|Tối|TỐI)\s+(?:[Mm]ật|MẬT)|Mật|MẬT)"
_LABEL: Final = r"\b(?:mức\s+độ|độ|mức|dấu)\s+(?:chỉ\s+(?:mức\s+)?độ\s+)?mật\s*[:=–—-]\s*"
_URGENT: Final = r"(?:hỏa\s+tốc|hoả\s+tốc|thượng\s+khẩn|khẩn)"
_BETWEEN: Final = r"\s*[-–—,/+;]\s*"

_FORMS: Final[tuple[re.Pattern[str], ...]] = (
    re.compile(rf"^\W*{_LEVEL}\W*$", re.IGNORECASE),  # 1
    re.compile(  # 2
        rf"[\[({{<【（]\s*(?:{_URGENT}{_BETWEEN})?(?:{_LABEL})?{_LEVEL}(?:{_BETWEEN}{_URGENT})?\s*[\])}}>】）]",
        re.IGNORECASE,
    ),
    re.compile(rf"{_LABEL}{_LEVEL}\b", re.IGNORECASE),  # 3
    re.compile(rf"^\W*{_LEVEL}(?:\s*[:|/\\–—]|\s+-|-\s)", re.IGNORECASE),  # 4
    re.compile(rf"(?:[:|/\\–—]|\s-|-\s)\s*{_TITLED}\W*$"),  # 5
    re.compile(rf"^\W*{_HIGH}\b|\b{_HIGH}\W*$"),  # 6
)
_SUSPECT: Final = re.compile("[ậẬ\u0302\u0323]")  # the letter, or one of its accents that did not join
_UNSEEN: Final = re.compile("[\u034f\ufe00-\ufe0f]")  # joiner and variation selectors, which are marks by category
_PUNCTUATION: Final = ".,;:!?-–—/|\\\"'“”()[]"
_ORDINARY_BEFORE: Final = frozenset({"bảo", "bí", "cơ", "thân", "ong", "lấy"})


def check_not_secret(document: Document, attachment_names: Sequence[str] = ()) -> None:
    """StateSecret where a field of the document, or the name of a file, bears a mark; says which mark and
    where."""
    for where, text in (*_fields(document), *(("AttachmentName", _stem(name)) for name in attachment_names)):
        mark = mark_in(text)
        if mark:
            raise StateSecret(expected="no mark of secrecy", found=f"{mark} ({where})", field=where, mark=mark)


def mark_in(text: str) -> str:
    """The first mark of secrecy in `text`, as written there; empty where there is none."""
    if text.isascii() or not _SUSPECT.search(nfc(text)):
        return ""
    lines = _readable(text).splitlines()
    return next((mark for mark in map(_mark_in_line, lines) if mark), "")


def _readable(text: str) -> str:
    # What stands unseen between a letter and its accent keeps them from joining: first out, then NFC.
    visible = "".join(c for c in text if category(c) != "Cf" and not _UNSEEN.match(c))
    return nfc(visible).replace("_", " ")


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


def _in_capitals(word: str) -> bool:
    return word.isalpha() and word.isupper()


def _stem(name: str) -> str:
    stem, dot, _ = name.rpartition(".")
    return stem if dot else name


def _fields(document: Document) -> Iterator[tuple[str, str]]:
    yield "Subject", document.subject
    yield "Content", document.content
    yield "TypeName", document.type.name
    yield "CodeNotation", document.code.notation
    if document.other is not None:
        yield "SphereOfPromulgation", document.other.sphere
        yield "TyperNotation", document.other.typer_notation
        yield from (("Appendix", appendix) for appendix in document.other.appendixes)
    if document.business is not None:
        yield "BussinessDocReason", document.business.reason
    yield from (("Place", place) for place in document.to_places)
