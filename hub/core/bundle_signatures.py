"""Steps 4, 5 and 6 of an audit: one document, its signature, and what its recipients signed.

Step 4. All evidence is about one message: the identifier of the manifest, one DocumentId, one digest, one sender, one
issuer, which is the log's origin. Exactly one is its SubmissionAcceptance; every recipient named later is named there.
The document, where there is one, has that digest.

Step 5. The document's XMLDSig was valid when the hub examined it, by the strict verifier (`trust`), with a certificate
that the directory bound to the sender then. Certificates may have expired since, revocation lists of then are in the
bundle (`archive`). The legacy profile is admitted and told.

Step 6. Whatever an evidence names as counter-signature is signed by a certificate that the directory bound to the
agency named, good at the time of the evidence, and says what the evidence says: an acknowledgement lists the message
with its digest and outcome; a status message has the code and names the document. An evidence that admits to have none
(`absent`) is reported as that. An acknowledgement may be signed by a centre for an agency that it acts for: told, for
the log does not show who acts for whom.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core import acknowledgement, edxml, foreign, jws, trust
from hub.core.anchors import Anchors
from hub.core.archive import Archive
from hub.core.bundle import DOCUMENT, Bundle, named
from hub.core.bundle_log import Binding, Entry
from hub.core.countersign import Standing, due_from, standing
from hub.core.edxml import Status
from hub.core.errors import ProofInvalid, Text
from hub.core.evidence import Event
from hub.core.model import Millis, SignatureProfile, StatusCode, from_iso_utc
from hub.core.trust import Verified


class Credentials(NamedTuple):
    """The certificates of the bundle by SHA-256 (hex), and the auditor's anchors with everything of then."""

    certificates: dict[str, x509.Certificate]
    archive: Archive


class Identity(NamedTuple):
    """What step 4 proved. `document`: its bytes, where they are at hand."""

    acceptance: Entry
    sender: str
    document_id: str
    digest: bytes
    recipients: tuple[str, ...]
    document: bytes | None


class Tally(NamedTuple):
    """What step 6 found: how many counter-signatures verified, how many evidence admit to have none, how many signed
    status messages are not enclosed; and what is to be told."""

    signed: int
    absent: int
    missing: int
    notes: tuple[Text, ...]


def credentials(bundle: Bundle, anchors: Anchors) -> Credentials:
    """Certificates and lists parsed. ProofInvalid for one that is none; nothing is trusted by it."""
    digests = bundle.digests("certificates", "cer")
    certificates = {digest: _certificate(bundle.need(named("certificates", digest, "cer"))) for digest in digests}
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


def bound(bindings: Sequence[Binding], agency: str, at: Millis, leaf: int) -> frozenset[str]:
    """SHA-256 (hex) of the certificates that the directory bound to `agency` at `at`, as the log shows it by the time
    of `leaf`."""
    held: dict[str, bool] = {}
    for binding in bindings:
        change = binding.change
        if change.agency != agency or binding.leaf > leaf or from_iso_utc(change.time) > at:
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
    expected = (bundle.message, acceptance.content, origin)
    for entry in entries:
        evidence = entry.evidence
        found = (evidence.message, evidence.content, evidence.issuer.identifier)
        _need(found == expected, f"evidence about {bundle.message} alone", f"leaf {entry.leaf}: {evidence.message}")
        # Who looked at it stands in the sender's place; everything else is about what the sender sent.
        if evidence.event is not Event.DOCUMENT_LOOKED_AT:
            sender = evidence.sender.identifier if evidence.sender else ""
            _need(sender == acceptance.sender.identifier, f"sender {acceptance.sender.identifier}", sender)
        others = {party.identifier for party in evidence.recipients} - set(recipients)
        _need(not others, "recipients named by the acceptance", ", ".join(sorted(others)))
    strangers = set(bundle.recipients) - set(recipients)
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


def document_signature(
    proved: Identity, bindings: Sequence[Binding], trusted: Credentials
) -> tuple[Verified | None, tuple[Text, ...]]:
    """Step 5 for a document that is at hand; None where the hub itself found no valid signature, with what it found.

    AxisError (SignatureRefusal, FormatRefusal, ProofInvalid) if it fails.
    """
    evidence = proved.acceptance.evidence
    mark = evidence.signature
    if mark is None or proved.document is None:
        raise ProofInvalid(expected="an acceptance that states a verdict", found="none")
    if mark.verdict != "VALID":
        verdict = mark.verdict[:40]
        vi = f"Trục đã ghi nhận chữ ký là {verdict}: văn bản để tham khảo"
        return None, (Text(vi, f"the hub recorded the signature as {verdict}: a document for information"),)
    at = from_iso_utc(evidence.submission_time or evidence.event_time)
    stated = mark.certificate.removeprefix("sha-256:")
    _need(
        stated in bound(bindings, proved.sender, at, proved.acceptance.leaf),
        f"a certificate bound to {proved.sender} then",
        stated,
    )
    verified = _verified(proved.document, frozenset({stated}), trusted.archive, at)
    _need(verified.signature.alg == mark.alg, f"algorithm {mark.alg}", verified.signature.alg)
    notes = [Text("Hồ sơ ký cũ (legacy)", "signed after the legacy profile")] if verified.signature.legacy else []
    return verified, tuple(notes)


def _verified(data: bytes, registered: frozenset[str], archive: Archive, at: Millis) -> Verified:
    return trust.verify(edxml.parse(data), registered, archive, at, SignatureProfile.LEGACY)


# step 6


def counter_signatures(
    bundle: Bundle, entries: Sequence[Entry], proved: Identity, bindings: Sequence[Binding], trusted: Credentials
) -> Tally:
    """Step 6. AxisError if one of them fails."""
    signed = absent = missing = 0
    notes: list[Text] = []
    for entry in entries:
        said = standing(entry.evidence)
        by, digest = said.by, said.sha256
        if said.standing in (Standing.MISSING, Standing.FOREIGN):
            due = ", ".join(due_from(entry.evidence)) or "nobody"
            found = f"leaf {entry.leaf}: {said.standing} {by}"
            raise ProofInvalid(expected=f"{entry.evidence.event.short} counter-signed by {due}"[:300], found=found)
        if said.standing is Standing.ABSENT:
            absent += 1
            notes.append(_told(entry, by, "không ký", "did not sign", said.why))
        if said.standing is not Standing.SIGNED:
            continue
        if (token := bundle.members.get(named("counters", digest, "jws"))) is not None:
            notes += _acknowledged(token, entry, by, proved, bindings, trusted)
            signed += 1
        elif (message := bundle.members.get(named("counters", digest, "edxml"))) is not None:
            notes += _reported(message, entry, by, proved, bindings, trusted)
            signed += 1
        else:
            _need(entry.evidence.status is not None, f"the acknowledgement {digest}", "no such member")
            missing += 1
            notes.append(_told(entry, by, "bản tin trạng thái không kèm theo", "signed status not enclosed"))
    return Tally(signed, absent, missing, tuple(notes))


def _told(entry: Entry, by: str, vi: str, en: str, more: str = "") -> Text:
    head, tail = f"{entry.evidence.event.short} {by}: ", f" ({more})" if more else ""
    return Text(f"{head}{vi}{tail}"[:300], f"{head}{en}{tail}"[:300])


def _acknowledged(
    token: bytes, entry: Entry, by: str, proved: Identity, bindings: Sequence[Binding], trusted: Credentials
) -> list[Text]:
    evidence = entry.evidence
    text = token.decode("ascii", "replace")
    kid = jws.unverified_kid(text)
    certificate = trusted.certificates.get(kid)
    if certificate is None:
        raise ProofInvalid(expected=f"the certificate {kid}", found="no such member")
    own = kid in bound(bindings, by, evidence.at, entry.leaf)
    owners = [b.change.agency for b in bindings if kid in bound(bindings, b.change.agency, evidence.at, entry.leaf)]
    _need(own or bool(owners), f"a certificate bound to {by} then", kid)
    trusted.archive.signer([certificate.public_bytes(Encoding.DER)], evidence.at)
    said = acknowledgement.verify(text, {kid: certificate})
    _need(said.recipient == by, f"an acknowledgement of {by}", said.recipient)
    items = [item for item in said.items if item.message_id == evidence.message]
    due = (proved.digest.hex(), evidence.event)
    found = [(item.sha256, item.event.event) for item in items]
    _need(found == [due], f"{evidence.event.short} of {due[0]}", str(found)[:200])
    return [] if own else [_told(entry, by, f"ký thay bởi {owners[0]}", f"signed on its behalf by {owners[0]}")]


def _reported(
    data: bytes, entry: Entry, by: str, proved: Identity, bindings: Sequence[Binding], trusted: Credentials
) -> list[Text]:
    evidence = entry.evidence
    mark = evidence.status
    if mark is None:
        raise ProofInvalid(expected="x-status with a signed status message", found="none")
    status = _verified(data, bound(bindings, by, evidence.at, entry.leaf), trusted.archive, evidence.at).message
    if not isinstance(status, Status):
        raise ProofInvalid(expected="a status message", found="a document")
    _need(status.code.value == mark.code, f"status {mark.code}", status.code.value)
    meant = status.response_for
    if status.code in (StatusCode.AGREED, StatusCode.DISAGREED) and meant.document_id != proved.document_id:
        request = meant.document_id or meant.code  # the message that asked may be named instead
        return [_told(entry, by, f"trả lời {request}", f"answers {request}")]
    if meant.document_id:
        _need(meant.document_id == proved.document_id, f"a status about {proved.document_id}", meant.document_id)
        return []
    if f",{proved.document_id}".endswith(f",{meant.code}"):
        return []
    vi = f"gọi văn bản theo số, ký hiệu {meant.code}"
    return [_told(entry, by, vi, f"names the document by {meant.code} only")]


def _need(holds: bool, expected: str, found: str) -> None:
    if not holds:
        raise ProofInvalid(expected=expected, found=found)
