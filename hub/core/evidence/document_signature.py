"""Whether a document, or the proof of its signature, has the signature that its acceptance states."""

from __future__ import annotations

from hub.core.edxml.read import parse
from hub.core.errors import FormatRefusal, ProofInvalid, SignatureRefusal, Verdict
from hub.core.evidence.format import Evidence
from hub.core.model import SignatureProfile
from hub.core.signature.proof import digest, of_document, verify
from hub.core.signature.xmldsig import check_content, examine


def check(evidence: Evidence, shown: bytes, *, proof: bool) -> None:
    """That a document, or the proof of its signature, has the signature that its acceptance states; whose certificate
    that is the directory says. ProofInvalid otherwise; nothing is asked where none was found VALID."""
    mark = evidence.signature
    if mark is None or mark.verdict != Verdict.VALID:
        return
    try:
        kept = shown if proof else of_document(shown)
        found = verify(kept)
        if not proof:
            claimed = parse(shown)
            check_content(examine(claimed.root, SignatureProfile.LEGACY), claimed.root)
    except (SignatureRefusal, FormatRefusal) as error:
        raise ProofInvalid(expected=error.expected or "a valid signature", found=error.found or error.code) from None
    if mark.proof not in ("", digest(kept)):
        raise ProofInvalid(expected=f"the proof {mark.proof}", found=digest(kept))
    stated = (mark.certificate.removeprefix("sha-256:"), mark.alg)
    if (found.sha256, found.alg) != stated:
        raise ProofInvalid(expected=" ".join(stated), found=f"{found.sha256} {found.alg}")
