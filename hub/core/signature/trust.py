"""From a claimed message to a verified one: the only place where `Verified` and `Recorded` are made.

The order of checks is `xmldsig`'s: 5 the signature's structure, 6 its certificate (`anchors`), and before anything is
computed with it, that the directory has registered it for the agency that From/OrganId names, 7 the signature value,
8 the content, and

9. The fields are read from the tree whose canonical form was compared in 8, and the sender that they name
   is the one that was looked up in 6. Nothing goes back to the bytes.

`verify` raises `SignatureRefusal` with the first check that failed. `admit` applies the agency's policy:
under `record` a message whose signature is not VALID is taken as `Recorded` with its own verdict, "for
information" (QĐ 28/2018/QĐ-TTg Art. 4). Bytes that are hostile or unreadable as XML or as edXML (FORMAT_*) are refused
under any policy.

Both take the signature out of `claimed.root`: a claimed message is verified once.

NOT checked here: lengths and values of fields (`edxml.findings`), attachments, the permission to send to a recipient
(`directory`).
"""

from __future__ import annotations

import hashlib

import msgspec

from hub.core.edxml.message import Message
from hub.core.edxml.read import Claimed, read
from hub.core.edxml.xmlsafe import LEGACY, parse_xml
from hub.core.errors import SignatureRefusal, Verdict
from hub.core.model import Agency, Millis, SignaturePolicy, SignatureProfile
from hub.core.signature import proof as dsig_proof
from hub.core.signature.anchors import Anchors
from hub.core.signature.xmldsig import SignatureClaim, check_content, check_plain, check_value, examine, only_verdicts

__all__ = ["Admitted", "Anchors", "Recorded", "SignatureReport", "Verified", "admit", "verify"]


class SignatureReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """The verdict on a signature, in evidence and to people.

    `alg`: short name of `dsig_profile.ALGORITHMS`; `certificate_sha256`: hex, over the DER of the first
    certificate; both empty where check 5 did not get that far. `legacy`: accepted by the legacy profile
    only. `step`, `expected`, `found`: of the check that failed, empty for VALID. `proof`: digest of the proof of a
    VALID one without the document (`proof`).
    """

    verdict: Verdict
    alg: str = ""
    certificate_sha256: str = ""
    legacy: bool = False
    step: int = 0
    expected: str = ""
    found: str = ""
    proof: str = ""


class Verified(msgspec.Struct, frozen=True):
    """A message whose signature is VALID. `raw`: the bytes as received; `sha256`: their digest, hex."""

    message: Message
    raw: bytes
    sha256: str
    signature: SignatureReport


class Recorded(msgspec.Struct, frozen=True):
    """A message that was admitted although its signature is not VALID; `signature` says why. Never as
    `Verified`."""

    message: Message
    raw: bytes
    sha256: str
    signature: SignatureReport


Admitted = Verified | Recorded


def verify(
    claimed: Claimed,
    registered: frozenset[str],
    anchors: Anchors,
    at: Millis,
    profile: SignatureProfile = SignatureProfile.STRICT,
) -> Verified:
    """`claimed` as a verified message at time `at`.

    `registered`: SHA-256 (hex) of the certificates that the directory holds for `claimed.claimed_sender`.
    Raises SignatureRefusal, whose `facts` hold `alg`, `certificate_sha256`, `legacy` from check 6 on;
    FormatRefusal where the fields cannot be read or a legacy message exceeds the legacy limits.
    """
    claim = examine(claimed.root, profile)
    check_plain(claimed.raw)
    if claim.legacy:
        parse_xml(claimed.raw, LEGACY)  # for its limits only; the tree in hand is the one that counts
    try:
        certificate = _check_signature(claimed, claim, registered, anchors, at)
        message = read(claimed)
        _check_sender(claimed, message)
    except SignatureRefusal as refusal:
        refusal.facts.update(_facts(claim))
        raise
    proof = dsig_proof.digest(dsig_proof.of_claim(claim))
    report = SignatureReport(Verdict.VALID, claim.algorithm.name, certificate, claim.legacy, proof=proof)
    return Verified(message=message, raw=claimed.raw, sha256=claimed.sha256, signature=report)


def admit(claimed: Claimed, agency: Agency, anchors: Anchors, at: Millis) -> Admitted:
    """`claimed` under the policy and profile of `agency`, the one that From/OrganId names. Raises as
    `verify`."""
    try:
        return verify(claimed, agency.certificate_ids(at), anchors, at, agency.signature_profile)
    except SignatureRefusal as refusal:
        if agency.signature_policy is not SignaturePolicy.RECORD:
            raise
        report = _report(refusal)
    return Recorded(message=read(claimed), raw=claimed.raw, sha256=claimed.sha256, signature=report)


@only_verdicts(6)
def _check_signature(
    claimed: Claimed, claim: SignatureClaim, registered: frozenset[str], anchors: Anchors, at: Millis
) -> str:
    def allowed(sha256: str) -> None:
        if sha256 not in registered:
            expected = f"a certificate registered for {claimed.claimed_sender or 'the sender'}"
            raise SignatureRefusal(Verdict.IDENTITY_MISMATCH, expected=expected, found=sha256, step=6)

    signer = anchors.signer(claim.certificates, at, allowed=allowed)
    check_value(claim, signer.key)
    check_content(claim, claimed.root)
    return signer.sha256


def _check_sender(claimed: Claimed, message: Message) -> None:
    found = message.sender.organ_id
    if not found or found != claimed.claimed_sender:
        expected = claimed.claimed_sender or "one sender"
        raise SignatureRefusal(Verdict.IDENTITY_MISMATCH, expected=expected, found=found, step=9)


def _facts(claim: SignatureClaim) -> dict[str, object]:
    first = hashlib.sha256(claim.certificates[0]).hexdigest()
    return {"alg": claim.algorithm.name, "certificate_sha256": first, "legacy": claim.legacy}


def _report(refusal: SignatureRefusal) -> SignatureReport:
    facts = refusal.facts
    return SignatureReport(
        verdict=refusal.verdict,
        alg=str(facts.get("alg", "")),
        certificate_sha256=str(facts.get("certificate_sha256", "")),
        legacy=bool(facts.get("legacy", False)),
        step=refusal.step,
        expected=refusal.expected,
        found=refusal.found,
    )
