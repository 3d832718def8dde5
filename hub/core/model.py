"""The field's nouns: tiers, priorities, codes, agencies, and the states of a delivery.

Sources: QCVN 102:2016/BTTTT (message), QĐ 20/2020/QĐ-TTg (agency codes), NĐ 30/2020/NĐ-CP (document types, lengths),
QĐ 28/2018/QĐ-TTg (tiers, signature value, statuses). Time is an integer of milliseconds since the epoch, UTC, and is
always an argument: nothing in `hub.core` reads a clock.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import NewType

import msgspec

Millis = NewType("Millis", int)
"""Milliseconds since 1970-01-01T00:00:00Z."""

VIETNAM = timezone(timedelta(hours=7))
"""QĐ 28/2018 Art. 14.4: the axis speaks Vietnam time; no daylight saving since 1975."""


_EPOCH = datetime(1970, 1, 1)


def iso_utc(at: Millis) -> str:
    """`2026-11-22T08:00:00.123Z`, the form of every time in evidence."""
    return f"{_second(at // 1000)}.{at % 1000:03d}Z"


def iso_utc_each(*times: Millis | None) -> tuple[str, ...]:
    """The same of each; empty for None."""
    return tuple(iso_utc(at) if at is not None else "" for at in times)


@lru_cache(maxsize=256)
def _second(since: int) -> str:
    return f"{datetime.fromtimestamp(since, UTC):%Y-%m-%dT%H:%M:%S}"


def from_iso_utc(text: str) -> Millis:
    """Inverse of `iso_utc`, exact to the millisecond. ValueError on any other form."""
    shaped = len(text) == 24 and text[4:20:3] == "--T::." and text[23] == "Z" and text.isascii()
    if not shaped or not text[20:23].isdigit():
        raise ValueError(f"not a UTC time with milliseconds: {text!r}")
    since = datetime.fromisoformat(text[:19]) - _EPOCH
    return Millis((since.days * 86_400 + since.seconds) * 1000 + int(text[20:23]))


def to_datetime(at: Millis) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def vietnam_date(at: Millis) -> date:
    return datetime.fromtimestamp(at / 1000, VIETNAM).date()


class Tier(StrEnum):
    """Administrative tier. Not the level of the agency code: a department and a district are both level 2."""

    CENTRAL = "central"
    PROVINCIAL = "provincial"
    DISTRICT = "district"
    COMMUNE = "commune"


class Priority(IntEnum):
    """OtherInfo/Priority: thường, khẩn, thượng khẩn, hỏa tốc, hỏa tốc hẹn giờ. Also the number of the lane."""

    NORMAL = 0
    URGENT = 1
    VERY_URGENT = 2
    EXPRESS = 3
    SCHEDULED_EXPRESS = 4


class Business(IntEnum):
    """BussinessDocType of a document message."""

    NEW = 0
    RECALL = 1
    UPDATE = 2
    REPLACEMENT = 3


class StatusCode(StrEnum):
    """StatusCode of a status message; the rules for sending one after another are a table in
    `hub.core.evidence.status_rules`."""

    ARRIVED = "01"
    REFUSED = "02"
    ACCEPTED = "03"
    ASSIGNED = "04"
    IN_PROGRESS = "05"
    FINISHED = "06"
    TAKE_BACK = "13"
    AGREED = "15"
    DISAGREED = "16"


class MessageKind(StrEnum):
    DOCUMENT = "document"
    STATUS = "status"


class DeliveryState(StrEnum):
    """Each accepted delivery is in exactly one of these, always; their sum is the number accepted."""

    WAITING = "waiting"  # placed in the mailbox → any of the others
    HANDED_OVER = "handed_over"  # digest acknowledged by the recipient → refused (02), taken_back (15)
    TAKEN_BACK = "taken_back"  # final
    REFUSED = "refused"  # final
    EXPIRED = "expired"  # final


class SignaturePolicy(StrEnum):
    """The axis' treatment of a document of this agency whose signature is not VALID."""

    STRICT = "strict"  # refuse
    RECORD = "record"  # accept where the law allows (QĐ 28/2018 Art. 4: "for information"), label, say so in evidence


class SignatureProfile(StrEnum):
    STRICT = "strict"
    LEGACY = "legacy"  # also C14N 1.0, under tighter limits; the verdict says so


class RegisteredCertificate(msgspec.Struct, frozen=True, omit_defaults=True):
    """A certificate that the directory binds to an agency. Several may overlap while a key is renewed.

    `sha256` is lower-case hex over the DER; `der` is the certificate itself; `added`, `withdrawn` are Millis.
    """

    sha256: str
    der: bytes
    added: int = 0
    withdrawn: int | None = None


class Agency(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of the directory.

    code        QCVN 102 code, `000.00.00.H52`; the key of the entry, compared as registered
    code_qd20   QĐ 20/2020 code, `H52`; empty where none; resolves to the same agency
    tier        explicit; see Tier
    parent      code of the agency above, empty at the top
    valid_from, valid_to   first and last day on which it may send and receive; None = open
    successor   code of the agency that took over its business; receivers are forwarded there
    heirs       codes of further agencies that took over a part, where it was split; told, and nothing is sent there
    centre      code of the agency that sends and fetches on its behalf (`000.00.W00`), empty where none
    """

    code: str
    name: str
    tier: Tier
    code_qd20: str = ""
    parent: str = ""
    short_name: str = ""
    email: str = ""
    address: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str = ""
    centre: str = ""
    suspended: bool = False
    signature_policy: SignaturePolicy = SignaturePolicy.STRICT
    signature_profile: SignatureProfile = SignatureProfile.STRICT
    certificates: tuple[RegisteredCertificate, ...] = ()
    heirs: tuple[str, ...] = ()

    def certificate_ids(self, at: Millis) -> frozenset[str]:
        """SHA-256 (hex) of the certificates that the directory holds for it at `at`."""
        return frozenset(
            c.sha256 for c in self.certificates if c.added <= at and (c.withdrawn is None or at < c.withdrawn)
        )
