"""The three packets of the programme, as they travel in an attachment `….packet.json` of an ordinary document.

    result/1               the issuer registers a result by the digest of its signed file
    result-revocation/1    the issuer, or its heir, revokes it (NĐ 45/2020 Art. 15)
    result-succession/1    the issuer, or its heir, says which other result takes its place

The agency that acts is the document's sender, whose signature the axis verified; a packet does not say it again. The
person whom a result is about appears as a digest alone, and not in the document's subject.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from hub.programmes.results.validity import CopyKind

RESULT: Final = "result"
REVOCATION: Final = "result-revocation"
SUCCESSION: Final = "result-succession"

_Line = msgspec.Meta(min_length=1, max_length=500)
_Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
_DigestOrNone = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$(?!\n)")]
"""`(?!\\n)`: Python's `$` also matches before a line end, that of JSON Schema does not."""
_Code = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class OwnerKind(StrEnum):
    """The register that the owner's identity is a number of (TT 01/2023 Art. 9)."""

    CITIZEN = "citizen"
    PASSPORT = "passport"
    BUSINESS = "business"
    NONE = "none"


class Owner(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """digest: `hub.programmes.results.owner`, never the number itself; empty for kind `none`, which is described."""

    kind: OwnerKind
    digest: _DigestOrNone = ""
    described: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Converted(msgspec.Struct, frozen=True, kw_only=True):
    """From paper (NĐ 137/2024 Art. 4): when, and the converter's full name."""

    at: datetime
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class CopyOf(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of which paper a copy is one: the number of a result on the axis, or the digest of its file, or words."""

    code: Annotated[str, msgspec.Meta(max_length=80)] = ""
    sha256: _DigestOrNone = ""
    described: Annotated[str, msgspec.Meta(max_length=200)] = ""


class ResultPacket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """code        `<dossier>-KQ1`
    name        of the paper, without the name of a person
    kind        code of its kind in the national database of procedures
    procedure   code of the procedure (TTHC)
    sha256      of the signed file, in hex
    file        name of the attachment that it is, where the document carries it
    first, last days on which it is valid; left out = no bound
    copy, copy_of   sao y, sao lục, trích sao (NĐ 30/2020 Art. 25), and of which original
    converted   from paper
    """

    packet: Annotated[str, msgspec.Meta(pattern=r"^result/1$(?!\n)")]
    code: _Code
    name: Annotated[str, _Line]
    sha256: _Digest
    kind: Annotated[str, msgspec.Meta(max_length=50)] = ""
    procedure: Annotated[str, msgspec.Meta(max_length=50)] = ""
    file: Annotated[str, msgspec.Meta(max_length=300)] = ""
    owner: Owner | None = None
    first: date | None = None
    last: date | None = None
    copy: CopyKind = CopyKind.ORIGINAL
    copy_of: CopyOf | None = None
    converted: Converted | None = None


class RevocationPacket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """issuer: the agency that registered it, where the sender is its heir."""

    packet: Annotated[str, msgspec.Meta(pattern=r"^result-revocation/1$(?!\n)")]
    code: _Code
    reason: Annotated[str, _Line]
    decision: Annotated[str, msgspec.Meta(max_length=100)] = ""
    issuer: Annotated[str, msgspec.Meta(max_length=100)] = ""


class SuccessionPacket(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """successor: the number of the result that takes its place, which is on record already."""

    packet: Annotated[str, msgspec.Meta(pattern=r"^result-succession/1$(?!\n)")]
    code: _Code
    successor: _Code
    issuer: Annotated[str, msgspec.Meta(max_length=100)] = ""


KINDS: Final[dict[tuple[str, int], type[ResultPacket] | type[RevocationPacket] | type[SuccessionPacket]]] = {
    (RESULT, 1): ResultPacket,
    (REVOCATION, 1): RevocationPacket,
    (SUCCESSION, 1): SuccessionPacket,
}

OWNER_TAG: Final = 16
"""Hex digits of an owner's digest that a QR carries: enough to say that both mean one person, and nothing to look a
person up by."""
OWNER_ROUNDS: Final = 600_000
_IDENTITY: Final = re.compile(r"[0-9A-Z][0-9A-Z.-]{3,29}")


def identity(text: str) -> str:
    """The number of a person or business in the one spelling that is digested. ValueError on any other text."""
    plain = "".join(text.split()).upper()
    if not _IDENTITY.fullmatch(plain):
        raise ValueError(f"a personal number, passport or business code, not {len(plain)} characters")
    return plain
