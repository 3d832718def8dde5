"""Whether a result was valid at a time, and since when it is not (NĐ 45/2020 Art. 14.3, 15).

A revocation does not reach back: at a time before it, the result was valid, and the verdict says so, with the event
that came later. Times are milliseconds since the epoch, UTC, as in all evidence; validity is in days of Vietnam.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

import msgspec

from hub.core.model import Millis, vietnam_date


class Standing(StrEnum):
    VALID = "valid"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    NOT_YET = "not-yet-valid"
    UNKNOWN = "unknown"


class CopyKind(StrEnum):
    """NĐ 30/2020 Art. 25: the names of copies, and so the words of their text marks."""

    ORIGINAL = "original"
    TRUE_COPY = "sao-y"
    COPY_OF_COPY = "sao-luc"
    EXTRACT = "trich-sao"


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """From paper (NĐ 137/2024 Art. 4): a mark that it was converted, when, and the converter's full name."""

    at: Millis
    by: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """code        `<dossier>-KQ1`
    sha256        of the signed file
    issuer        the agency that answers for it
    registered    when the axis took the registration on record
    signed        the time that the file's signature tells, None where the file is not signed
    first, last   days on which it is valid; None = no bound
    revoked       when, and why; None = it is not
    superseded    when, and the code of its successor
    """

    code: str
    sha256: str
    issuer: str
    registered: Millis
    signed: Millis | None = None
    first: date | None = None
    last: date | None = None
    revoked: tuple[Millis, str] | None = None
    superseded: tuple[Millis, str] | None = None
    copy: CopyKind = CopyKind.ORIGINAL
    converted: Conversion | None = None


class Verdict(NamedTuple):
    """since: when this standing began, where it has a moment; detail: why, or the code of the successor.
    later: its fate after the time that was asked for."""

    standing: Standing
    since: Millis | None = None
    detail: str = ""
    later: Standing | None = None


UNKNOWN = Verdict(Standing.UNKNOWN)


def at(result: Result | None, time: Millis) -> Verdict:
    """The verdict at a time. Before its registration the axis knows nothing of a result, and says so."""
    if result is None or time < result.registered:
        return UNKNOWN
    ends = [
        (moment, standing, detail)
        for standing, end in ((Standing.REVOKED, result.revoked), (Standing.SUPERSEDED, result.superseded))
        if end
        for moment, detail in (end,)
    ]
    passed = [end for end in ends if end[0] <= time]
    if passed:
        moment, standing, detail = min(passed)
        return Verdict(standing, moment, detail)
    day = vietnam_date(time)
    later = min(ends)[1] if ends else None
    if result.first and day < result.first:
        return Verdict(Standing.NOT_YET, later=later)
    if result.last and day > result.last:
        return Verdict(Standing.EXPIRED, later=later)
    return Verdict(Standing.VALID, later=later)


class Measure(NamedTuple):
    """The seed's measure made honest: of the results that are claimed, how many are signed, how many of those verify,
    and how many of those can be fetched by their digest. 5.92 % in November 2022 counted links."""

    claimed: int
    signed: int
    verified: int
    retrievable: int

    def plus(self, other: Measure) -> Measure:
        return Measure(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))
