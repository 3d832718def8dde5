"""Facts of one PDF file, by pyHanko. Runs in the child that `worker` forks, and nowhere else: an error or a death here
is the file's trouble.

pyHanko's own summary (`bottom_line`) is not taken, for it calls the daily practice of offices tampering; its single
facts are. The difference analysis is left to it as well, since nobody who asks whether content came after a signature
should write that by himself.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import CMSExtractionError, UnacceptableSignerError
from pyhanko.sign.validation import (
    EmbeddedPdfSignature,
    PdfSignatureStatus,
    SignatureCoverageLevel,
    async_validate_pdf_signature,
)
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    InsufficientPOEError,
    InsufficientRevinfoError,
    InvalidCertificateError,
    NotYetValidError,
    PathBuildingError,
    PathValidationError,
    RevokedError,
)
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)

from hub.core.model import Millis
from hub.pdf.messages import Job
from hub.programmes.signatures.facts import (
    Certificate,
    Change,
    Coverage,
    Path,
    PdfFacts,
    PdfSignature,
    TimeSource,
    Trouble,
)

_LONGEST: Final = 200
_PAGES: Final = 2_000
"""Pages that are looked at for text. A file with more is no scan of a letter."""

_COVERAGE: Final = {
    SignatureCoverageLevel.ENTIRE_FILE: Coverage.WHOLE_FILE,
    SignatureCoverageLevel.ENTIRE_REVISION: Coverage.REVISION,
    # The bytes up to there are whole; the rest is no revision of its own, such as a line end from a mail program.
    SignatureCoverageLevel.CONTIGUOUS_BLOCK_FROM_START: Coverage.REVISION,
    SignatureCoverageLevel.UNCLEAR: Coverage.PARTIAL,
}
_CHANGES: Final = {
    ModificationLevel.NONE: Change.NONE,
    ModificationLevel.LTA_UPDATES: Change.PROOFS,
    ModificationLevel.FORM_FILLING: Change.FORM,
    ModificationLevel.ANNOTATIONS: Change.ANNOTATIONS,
    ModificationLevel.OTHER: Change.OTHER,
}
_RULES: Final = (
    RevocationCheckingPolicy(RevocationCheckingRule.CRL_REQUIRED, RevocationCheckingRule.CRL_REQUIRED),
    RevocationCheckingPolicy(RevocationCheckingRule.CRL_REQUIRED, RevocationCheckingRule.NO_CHECK),
    NO_REVOCATION,
)
"""Asked one after the other, as long as lists are missing: of all certificates, of the signer's alone, of none."""

_ANY_USE: Final = KeyUsageConstraints(key_usage=set(), extd_key_usage=None)
"""Keys of the field sign documents with digitalSignature, nonRepudiation, or both."""


def facts(job: Job) -> PdfFacts:
    """PdfFacts of the job's file. RecursionError and MemoryError are left to the caller, which has the child's end."""
    try:
        file = PdfFileReader(BytesIO(job.content), strict=False)
        if file.encrypted:
            return PdfFacts(trouble=Trouble.ENCRYPTED)
        signatures = tuple(_signatures(file, job))
        pages, images_only = _pages(file) if not signatures else (0, False)
        return PdfFacts(
            signatures=signatures,
            revisions=file.xrefs.total_revisions,
            pages=pages,
            images_only=images_only,
            archive_stamps=len(file.embedded_timestamp_signatures),
        )
    except (PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, NotImplementedError):
        # A hostile file trips the library in many ways; each is the file's fault.
        return PdfFacts(trouble=Trouble.DAMAGED)


def _signatures(file: PdfFileReader, job: Job) -> Iterator[PdfSignature]:
    for embedded in file.embedded_regular_signatures:
        yield asyncio.run(_signature(embedded, job))


async def _signature(embedded: EmbeddedPdfSignature, job: Job) -> PdfSignature:
    certificate = _certificate(embedded)
    try:
        status = await _validated(embedded, job)
        time, source = _time(status)
        proved = time if source is TimeSource.STAMP and time is not None else job.received
        path, revocation_known = await _path(embedded, job, _moment(min(proved, job.received)))
    except (SignatureValidationError, CMSExtractionError, UnacceptableSignerError, ValueError, KeyError, TypeError):
        return _unsound(embedded, certificate)
    return PdfSignature(
        field=_text(embedded.field_name),
        subfilter=_text(embedded.sig_object.get("/SubFilter")),
        certificate=certificate,
        revision=embedded.signed_revision + 1,
        coverage=_COVERAGE.get(status.coverage or SignatureCoverageLevel.UNCLEAR, Coverage.PARTIAL),
        intact=bool(status.intact),
        sound=bool(status.valid),
        path=path,
        revocation_known=revocation_known,
        time=time,
        time_source=source,
        changes=_change(status),
        certifies=embedded.docmdp_level is not None,
    )


async def _validated(embedded: EmbeddedPdfSignature, job: Job) -> PdfSignatureStatus:
    """Integrity, signature value and time stamp. Where the certificate leads to is asked by itself (`_path`)."""
    return await async_validate_pdf_signature(
        embedded,
        signer_validation_context=_context(job, _moment(job.received), NO_REVOCATION),
        key_usage_settings=_ANY_USE,
    )


def _context(job: Job, moment: datetime, rule: RevocationCheckingPolicy) -> ValidationContext:
    return ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(der) for der in job.roots],
        other_certs=[asn1_x509.Certificate.load(der) for der in job.intermediates],
        crls=[asn1_crl.CertificateList.load(der) for der in job.crls],
        moment=moment,
        allow_fetching=False,
        # A list tells of revocations before it was issued: it may be younger than the signature.
        revinfo_policy=CertRevTrustPolicy(rule, retroactive_revinfo=True),
    )


async def _path(embedded: EmbeddedPdfSignature, job: Job, moment: datetime) -> tuple[Path, bool]:
    """Where the certificate leads to at a moment, and whether a revocation list had its say. A list that is missing or
    too old leaves the question open, for the packet itself is judged by the hub's own rules about lists."""
    for rule in _RULES:
        validator = CertificateValidator(
            embedded.signer_cert, embedded.other_embedded_certs, validation_context=_context(job, moment, rule)
        )
        try:
            await validator.async_validate_path()
        except RevokedError:
            return Path.REVOKED, True
        except ExpiredError:
            return Path.EXPIRED, False
        except NotYetValidError:
            return Path.NOT_YET_VALID, False
        except PathBuildingError:
            return Path.UNKNOWN_ISSUER, False
        except (InsufficientRevinfoError, InsufficientPOEError):
            continue
        except (PathValidationError, InvalidCertificateError):
            return Path.INVALID, False
        return Path.TRUSTED, rule is not NO_REVOCATION
    return Path.INVALID, False


def _unsound(embedded: EmbeddedPdfSignature, certificate: Certificate | None) -> PdfSignature:
    """A signature that is no signature: its container cannot be read, or says something that it must not."""
    return PdfSignature(
        field=_text(embedded.field_name),
        subfilter=_text(embedded.sig_object.get("/SubFilter")),
        certificate=certificate,
        revision=embedded.signed_revision + 1,
        coverage=Coverage.PARTIAL,
        intact=False,
        sound=False,
        path=Path.INVALID,
        time=None,
        time_source=TimeSource.NONE,
        changes=Change.UNKNOWN,
    )


def _change(status: PdfSignatureStatus) -> Change:
    level = status.modification_level
    return Change.UNKNOWN if level is None else _CHANGES[level]


def _time(status: PdfSignatureStatus) -> tuple[Millis | None, TimeSource]:
    stamp = status.timestamp_validity
    if stamp is not None:
        good = stamp.valid and stamp.intact and stamp.trusted
        return _millis(stamp.timestamp), TimeSource.STAMP if good else TimeSource.UNTRUSTED_STAMP
    if status.signer_reported_dt is not None:
        return _millis(status.signer_reported_dt), TimeSource.CLAIMED
    return None, TimeSource.NONE


def _certificate(embedded: EmbeddedPdfSignature) -> Certificate | None:
    try:
        certificate = embedded.signer_cert
        subject, issuer = certificate.subject.native, certificate.issuer.native
        return Certificate(
            common_name=_text(subject.get("common_name")),
            organization=_text(subject.get("organization_name") or subject.get("organizational_unit_name")),
            issuer=_text(issuer.get("common_name")),
            sha256=hashlib.sha256(certificate.dump()).hexdigest(),
            first=_millis(certificate.not_valid_before),
            last=_millis(certificate.not_valid_after),
        )
    except (CMSExtractionError, SignatureValidationError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _pages(file: PdfFileReader) -> tuple[int, bool]:
    """How many pages there are, and whether none of them shows text and each shows a picture."""
    seen = texts = pictures = 0
    for page in _leaves(file.root["/Pages"]):
        seen += 1
        resources = page.get("/Resources") or {}
        texts += bool(resources.get("/Font"))
        objects = resources.get("/XObject") or {}
        pictures += any(objects[name].get("/Subtype") == "/Image" for name in objects)
    return seen, bool(seen) and not texts and pictures == seen


def _leaves(node: Any) -> Iterable[Any]:
    """The pages below a node of the tree, at most _PAGES of them; the child's bounds end a tree without end."""
    stack, found = [node], 0
    while stack and found < _PAGES:
        one = stack.pop()
        if one.get("/Type") == "/Page":
            found += 1
            yield one
        else:
            kids = one.get("/Kids", ())
            # Indexing follows references, iterating does not.
            stack.extend(kids[number] for number in reversed(range(len(kids))))


def _text(value: object) -> str:
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return "" if value is None else str(value)[:_LONGEST]


def _moment(at: Millis) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC)


def _millis(moment: datetime) -> Millis:
    return Millis(round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000))
