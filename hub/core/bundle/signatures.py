"""Steps 4 and 5 of an audit: one document and its signature.

Step 4. All evidence is about one message: the identifier of the manifest, one DocumentId, one digest, one sender, one
issuer, which is the log's origin. Exactly one is its SubmissionAcceptance; every recipient named later is named there.
The document, where there is one, has that digest.

Step 5. The document's XMLDSig was valid when the hub examined it, by the strict verifier (`trust`), with a certificate
that the directory bound to the sender then. Certificates may have expired since, revocation lists of then are in the
bundle (`archive`). The legacy profile is admitted and told. Where the document is not at hand, its proof (`proof`) is
judged: the signature is genuine, and that it was made over this document is the hub's word. Without either all is the
hub's word, and a bundle of the present rules has one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography import x509

from hub.core import edxml
from hub.core.bundle.contents import DOCUMENT, Bundle, named
from hub.core.bundle.log import Bindings, Entry
from hub.core.errors import ProofInvalid, Text
from hub.core.evidence.format import Event, SignatureMark
from hub.core.model import Millis, SignatureProfile, from_iso_utc
from hub.core.signature import foreign, trust
from hub.core.signature import proof as dsig_proof
from hub.core.signature.anchors import Anchors
from hub.core.signature.archive import Archive, is_authority
from hub.core.signature.trust import Verified

MAX_LISTS: Final = 64 * 1024 * 1024
"""Bytes of all revocation lists in a bundle: read, they take some ten times as much memory."""
MOST_AUTHORITIES: Final = 256


class Credentials(NamedTuple):
    """The certificates of the bundle by SHA-256 (hex), and the auditor's anchors with everything of then."""

    certificates: dict[str, x509.Certificate]
    archive: Archive


class Identity(NamedTuple):
    """The result of step 4. `document`: its bytes, where they are at hand."""

    acceptance: Entry
    sender: str
    document_id: str
    digest: bytes
    recipients: tuple[str, ...]
    document: bytes | None


def credentials(bundle: Bundle, anchors: Anchors) -> Credentials:
    """Certificates and lists parsed. ProofInvalid for one that is none; nothing is trusted by it."""
    size = sum(len(data) for name, data in bundle.members.items() if name.startswith("crls/"))
    _need(size <= MAX_LISTS, f"revocation lists of at most {MAX_LISTS} bytes together", f"{size}")
    digests = bundle.digests("certificates", "cer")
    certificates = {digest: _certificate(bundle.need(named("certificates", digest, "cer"))) for digest in digests}
    count = sum(is_authority(certificate) for certificate in certificates.values())
    _need(count <= MOST_AUTHORITIES, f"at most {MOST_AUTHORITIES} certificates of authorities", f"{count}")
    crls = [_crl(bundle.need(named("crls", digest, "crl"))) for digest in bundle.digests("crls", "crl")]
    return Credentials(certificates, Archive(anchors, certificates.values(), crls))


def _certificate(der: bytes) -> x509.Certificate:
    try:
        certificate = foreign.certificate(der)
        certificate.public_key()
        return certificate
    except Exception as error:  # the library names bad input in several ways
        raise ProofInvalid(expected="an X.509 certificate", found=type(error).__name__) from None


def _crl(der: bytes) -> x509.CertificateRevocationList:
    try:
        return foreign.revocation_list(der)
    except Exception as error:
        raise ProofInvalid(expected="an X.509 revocation list", found=type(error).__name__) from None


def bound(bindings: Bindings, agency: str, at: Millis, leaf: int) -> frozenset[str]:
    """SHA-256 (hex) of the certificates that the directory bound to `agency` at `at`, as the log shows it by the time
    of `leaf`."""
    held: dict[str, bool] = {}
    for binding in bindings.of(agency):
        change = binding.change
        if binding.leaf > leaf or from_iso_utc(change.time) > at:
            continue
        ended = change.change == "withdrawn" and not change.until
        begun = not change.since or from_iso_utc(change.since) <= at
        over = bool(change.until) and from_iso_utc(change.until) <= at
        held[change.certificate.removeprefix("sha-256:")] = begun and not ended and not over
    return frozenset(digest for digest, holds in held.items() if holds)


# step 4


def identity(bundle: Bundle, entries: Sequence[Entry], origin: str, given: bytes | None) -> Identity:
    """Step 4. `given`: the document as the auditor has it. ProofInvalid if it fails."""
    accepted = [entry for entry in entries if entry.evidence.event is Event.SUBMISSION_ACCEPTANCE]
    _need(len(accepted) == 1, "one SubmissionAcceptance", str(len(accepted)))
    acceptance = accepted[0].evidence
    digest = acceptance.document_digest()
    if digest is None or acceptance.content is None or acceptance.sender is None:
        raise ProofInvalid(expected="an acceptance with sender and digest", found="none")
    recipients = tuple(party.identifier for party in acceptance.recipients)
    named_there = frozenset(recipients)
    expected = (bundle.message, acceptance.content, origin)
    for entry in entries:
        evidence = entry.evidence
        found = (evidence.message, evidence.content, evidence.issuer.identifier)
        _need(found == expected, f"evidence about {bundle.message} alone", f"leaf {entry.leaf}: {evidence.message}")
        # An auditor that looked at it stands in the sender's place; everything else is about the sender's document.
        if evidence.event is not Event.DOCUMENT_LOOKED_AT:
            sender = evidence.sender.identifier if evidence.sender else ""
            _need(sender == acceptance.sender.identifier, f"sender {acceptance.sender.identifier}", sender)
        others = {party.identifier for party in evidence.recipients} - named_there
        _need(not others, "recipients named by the acceptance", ", ".join(sorted(others)))
    strangers = set(bundle.recipients) - named_there
    _need(not strangers, "a view of recipients of the document", ", ".join(sorted(strangers)))
    document = _document(bundle, given, digest)
    sender = acceptance.sender.identifier
    return Identity(accepted[0], sender, acceptance.content.document_id, digest, recipients, document)


def _document(bundle: Bundle, given: bytes | None, digest: bytes) -> bytes | None:
    enclosed = bundle.members.get(DOCUMENT)
    for data in (enclosed, given):
        if data is not None and sha256(data).digest() != digest:
            raise ProofInvalid(expected=f"a document with SHA-256 {digest.hex()}", found=sha256(data).hexdigest())
    return enclosed if enclosed is not None else given


# step 5


class Shown(StrEnum):
    """The ground of the signature that an acceptance states."""

    DOCUMENT = "document"
    PROOF = "proof"
    HUBS_WORD = "hub's word"
    NONE_VALID = "none valid"


_HUBS_WORD: Final = Text(
    "chữ ký của văn bản: theo lời Trục, không có văn bản hay chứng cứ chữ ký kèm theo",
    "the document's signature: by the hub's word; neither the document nor a proof of it is at hand",
)
_PROVED: Final = Text(
    "chữ ký là thật, ký bằng chứng thư này; rằng ký trên chính văn bản này là theo lời Trục, vì văn bản không kèm theo",
    "a genuine signature by this certificate; that it is over this document is the hub's word, for that is not at hand",
)


def document_signature(
    bundle: Bundle,
    accepted: Entry,
    document: bytes | None,
    bindings: Bindings,
    trusted: Credentials,
) -> tuple[Shown, tuple[Text, ...]]:
    """Step 5 for the document of an acceptance, of this one or of a request.

    AxisError (SignatureRefusal, FormatRefusal, ProofInvalid) if it fails.
    """
    evidence, mark = accepted.evidence, accepted.evidence.signature
    if mark is None or evidence.sender is None:
        raise ProofInvalid(expected="an acceptance that states a verdict", found="none")
    if mark.verdict != "VALID":
        verdict = mark.verdict[:40]
        vi = f"Trục đã ghi nhận chữ ký là {verdict}: văn bản để tham khảo"
        return Shown.NONE_VALID, (Text(vi, f"the hub recorded the signature as {verdict}: a document for information"),)
    _need(bool(mark.proof) or not evidence.rules, "an acceptance that names what proves its signature", "none")
    if document is None and not mark.proof:
        return Shown.HUBS_WORD, (_HUBS_WORD,)
    at = from_iso_utc(evidence.submission_time or evidence.event_time)
    sender, stated = evidence.sender.identifier, mark.certificate.removeprefix("sha-256:")
    _need(stated in bound(bindings, sender, at, accepted.leaf), f"a certificate bound to {sender} then", stated)
    if document is None:
        _proof(bundle, mark, trusted.archive, at)
        return Shown.PROOF, (_PROVED,)
    found = verified(document, frozenset({stated}), trusted.archive, at).signature
    _need(found.alg == mark.alg, f"algorithm {mark.alg}", found.alg)
    _need(mark.proof in ("", found.proof), f"a signature with proof {mark.proof}", found.proof)
    notes = [Text("Hồ sơ ký cũ (legacy)", "signed after the legacy profile")] if found.legacy else []
    return Shown.DOCUMENT, tuple(notes)


def _proof(bundle: Bundle, mark: SignatureMark, archive: Archive, at: Millis) -> None:
    proof = bundle.need(named("signatures", mark.proof.removeprefix("sha-256:"), "json"))
    shown = dsig_proof.verify(proof)
    archive.signer([shown.certificate], at)
    stated = (mark.certificate.removeprefix("sha-256:"), mark.alg)
    _need((shown.sha256, shown.alg) == stated, f"the proof of {stated[0]} {stated[1]}", f"{shown.sha256} {shown.alg}")


def verified(data: bytes, registered: frozenset[str], archive: Archive, at: Millis) -> Verified:
    return trust.verify(edxml.parse(data), registered, archive, at, SignatureProfile.LEGACY)


def _need(holds: bool, expected: str, found: str) -> None:
    if not holds:
        raise ProofInvalid(expected=expected, found=found)
