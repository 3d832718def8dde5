"""Findings of a reader of PDF files, as typed values: facts, no judgement. A reader works on hostile bytes in a process
of its own, so the hub takes nothing else from it. Times are milliseconds since the epoch, UTC.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from hub.core.model import Millis


class Trouble(StrEnum):
    """Why nothing can be said of a file."""

    NOT_PDF = "not-pdf"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    TOO_COMPLEX = "too-complex"
    """More revisions or signatures than any office makes, or more time or memory than a reading may cost."""

    NOT_READ = "not-read"
    """The reader is not installed, or could not be started: nothing was decided about the file."""


class Coverage(StrEnum):
    WHOLE_FILE = "whole-file"
    REVISION = "revision"
    """All of the file as it was when it was signed; something was added later."""

    PARTIAL = "partial"
    """Not even that: bytes of its own revision are left out, which no honest program does."""


class Change(StrEnum):
    """The additions to the file after a signature."""

    NONE = "none"
    PROOFS = "proofs"
    """Revocation lists and time stamps for the archive (DSS)."""

    FORM = "form"
    """Form fields filled, or another signature."""

    ANNOTATIONS = "annotations"
    OTHER = "other"
    """Content of pages."""

    UNKNOWN = "unknown"


class Path(StrEnum):
    """Where the signer's certificate leads to, at the time of the signature."""

    TRUSTED = "trusted"
    UNKNOWN_ISSUER = "unknown-issuer"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    REVOKED = "revoked"
    INVALID = "invalid"


class TimeSource(StrEnum):
    STAMP = "time-stamp"
    """RFC 3161, of an authority that is trusted."""

    UNTRUSTED_STAMP = "untrusted-time-stamp"
    CLAIMED = "claimed"
    """The signer's own clock: `signingTime` or `/M`."""

    NONE = "none"


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """Of the signer, as it stands in the file; texts are cut at 200 characters."""

    common_name: str
    organization: str
    issuer: str
    sha256: str
    first: Millis
    last: Millis


class PdfSignature(msgspec.Struct, frozen=True, kw_only=True):
    """One signature.

    revision    of the file that it signs, from 1; two signatures may share none
    intact      the digest over its bytes fits
    sound       the signature value fits the digest and the certificate
    changes     after it, up to the end of the file
    revocation_known   a list of revocations had its say about the certificate
    certifies   it is a certification (DocMDP) and names the changes still allowed
    """

    field: str
    subfilter: str
    certificate: Certificate | None
    revision: int
    coverage: Coverage
    intact: bool
    sound: bool
    path: Path
    revocation_known: bool = False
    time: Millis | None
    time_source: TimeSource
    changes: Change
    certifies: bool = False


class PdfFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One file. signatures: in the order in which they were made. pages: 0 where they were not counted.
    images_only: pages without any text, which is a scan. archive_stamps: document time stamps."""

    trouble: Trouble | None = None
    signatures: tuple[PdfSignature, ...] = ()
    revisions: int = 0
    pages: int = 0
    images_only: bool = False
    archive_stamps: int = 0
