"""Whether a status names this very document: its description has to fit no other.

The rule. ResponseFor/OrganId is the document's issuer, by either of its codes. DocumentId, where given, is the
document's; number and notation, where given, are its, as people compare them (`matching_key`); so is the date. Without
DocumentId number and notation must be there; QCVN 102 lets a status leave out the date, and then the hub accepts it
only where one document between the two parties fits. Beside a DocumentId a date that differs within the year is let
pass, for the field fills it in carelessly. The hub holds a status against this before it records it, every verifier
after.

A document's names come from the document; where that is not at hand, from its DocumentId in the field's custom form
(`<OrganId>,<yyyy/MM/dd>,<number>/<notation>`), which its acceptance names.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from hashlib import sha256
from typing import Final

import msgspec

from hub.core.edxml.message import ResponseFor, Status

_CUSTOM: Final = re.compile(r"[^,]*,(?P<day>[0-9]{4}/[0-9]{2}/[0-9]{2}),(?P<code>.+)", re.DOTALL)


_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("ÐƉ", "Đ"),  # eth and the African letter, which fonts draw as the Vietnamese one
        **dict(zip("АВЕЅІЈКМНОРСТУХ", "ABESIJKMHOPCTYX", strict=True)),  # Cyrillic
        **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True)),  # Greek
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\u2043", "-"),
        **dict.fromkeys("\u2044\u2215\u29f8", "/"),
        **dict.fromkeys("\u0335\u0336", None),  # strokes laid over a letter: see `_STROKED`
    }
)
_STROKED: Final = re.compile("D[\u0335\u0336]")
_ZEROS: Final = re.compile("^0+(?=[0-9])")


def matching_key(code: str) -> str:
    """Number and notation as they are compared: `07 / qđ-vx` and `7/QÐ-VX` are the same, from any keyboard.

    The same are: leading zeros of the number or none; white space and invisible characters or none; composed and
    decomposed letters, wide and narrow ones; upper and lower case; the Cyrillic, Greek and Icelandic letters that look
    like ours; every dash, every slash. Not the same are letters that read differently: `05/ĐA-UBND` (a scheme) and
    `05/DA-UBND` (a project) are two documents.
    """
    text = unicodedata.normalize("NFKC", code).upper()
    text = _STROKED.sub("Đ", text).translate(_ALIKE)
    text = "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cf", "Cc"))
    return _ZEROS.sub("", unicodedata.normalize("NFC", text))


def saying(status: Status) -> str:
    """A digest of a status' statement, of any document: not its time, nor how its XML is written. Made again for a
    retry it is the same."""
    staff = status.staff
    said = (status.code.value, status.description, staff.department, staff.staff, staff.mobile, staff.email)
    plain = "\0".join(" ".join(unicodedata.normalize("NFC", part).split()) for part in said)
    return sha256(plain.encode()).hexdigest()[:32]


class Named(msgspec.Struct, frozen=True):
    """The names of a document. `code`, `day` and `year` are empty where they are not known."""

    issuer: str
    document_id: str
    code: str = ""
    day: date | None = None
    year: int = 0

    @classmethod
    def of(cls, issuer: str, document_id: str, code: str, year: int) -> Named:
        """Where it is known from the document itself; its day is told by a DocumentId that agrees with it."""
        told = cls.of_id(issuer, document_id)
        agrees = (matching_key(told.code), told.year) == (matching_key(code), year)
        return cls(issuer, document_id, code, told.day if agrees else None, year)

    @classmethod
    def of_id(cls, issuer: str, document_id: str) -> Named:
        match = _CUSTOM.fullmatch(document_id)
        try:
            day = date.fromisoformat(match["day"].replace("/", "-")) if match else None
        except ValueError:
            day = None
        return cls(issuer, document_id, match["code"], day, day.year) if match and day else cls(issuer, document_id)


_UUID: Final = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")


class Asked(msgspec.Struct, frozen=True):
    """A document's name in somebody's mouth, not knowing which of its names it is: the DocumentId, or number and
    notation, or both with issuer and day, which is the DocumentId of the field's custom form. `document_ids`: the
    spellings that a DocumentId may have; `named`: the last reading, where it is one."""

    text: str
    document_ids: tuple[str, ...]
    key: str
    named: Named

    @classmethod
    def of(cls, text: str) -> Asked:
        text = text.strip()
        spelled = [text, unicodedata.normalize("NFC", text)]
        if (match := _UUID.fullmatch(text)) is not None:
            spelled += [match[1], match[1].lower(), match[1].upper()]
        return cls(text, tuple(dict.fromkeys(filter(None, spelled))), matching_key(text), Named.of_id("", text))

    @property
    def issuer(self) -> str:
        """Of the custom form, else empty."""
        return self.text.split(",")[0].strip() if self.named.code else ""


class Unknown(Exception):
    """Number and notation are all that a status names, and the document's names are not known here."""


def mismatch(meant: ResponseFor, named: Named, *, issued: bool = True) -> tuple[str, str] | None:
    """The part of `meant` that is not so of `named`, as expected and found; None where it names that document and no
    other.

    `issued` False: the issuer itself speaks (13), and OrganId is whom it speaks to. Raises Unknown.
    """
    if issued and not same_agency(meant.organ_id, named.issuer):
        return f"OrganId {named.issuer}", meant.organ_id or "none"
    if meant.document_id and meant.document_id != named.document_id:
        return f"DocumentId {named.document_id}", meant.document_id
    day = meant.promulgation_date
    if not meant.document_id:
        if not meant.code:
            return "DocumentId, or number and notation", "none"
        if not named.code:
            raise Unknown
    if meant.code and named.code and matching_key(meant.code) != matching_key(named.code):
        return f"number and notation {named.code}", meant.code
    if day is None or not named.year:
        return None
    exact = named.day is not None and not meant.document_id
    if (exact and day != named.day) or day.year != named.year:
        return f"date {named.day or named.year}", day.isoformat()
    return None


def same_agency(one: str, other: str) -> bool:
    """Whether two codes are the same, or one of QCVN 102 and one of QĐ 20 for the same place: 000.00.13.H52, H52.13."""
    return one == other or (one != "" and _place(one) == _place(other))


def _place(code: str) -> list[str]:
    parts = code.upper().split(".")
    if parts[0].isdigit():
        parts.reverse()
    while len(parts) > 1 and not parts[-1].strip("0"):
        parts.pop()
    return parts
