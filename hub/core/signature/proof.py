"""The proof of a document's signature when the document is gone: SignedInfo, signature value and certificate.

The rule: this holds the input of checks 6 and 7 of `xmldsig`, and no more; check 8 needs the document. So the proof
shows that the holder of the certificate signed a document whose canonical form has the digest in SignedInfo; that this
was the document of that very SHA-256 is, once its bytes are gone, the word of the hub that compared both, given when it
accepted: the acceptance names the digest of the proof, and a proof serves one document of a log (`record`).

One proof, one encoding: canonical JSON, with the certificate in it, so that it can be examined alone.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from hub.core import canonical
from hub.core.edxml.read import parse
from hub.core.errors import ProofInvalid, SignatureRefusal
from hub.core.model import SignatureProfile
from hub.core.signature import foreign
from hub.core.signature.profile import PublicKey
from hub.core.signature.xmldsig import SignatureClaim, algorithm_of, check_value_alone, examine
from hub.core.strict import decode_base64, encode_base64

MAX_PROOF: Final = 64_000
_TYPE: Final = "truc-signature/1"


class _Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=_TYPE):
    certificate: str
    signed: str
    value: str


_decoder: Final = msgspec.json.Decoder(_Proof)


class Proved(msgspec.Struct, frozen=True):
    """`certificate` DER and `sha256` (hex) of it; `alg` as evidence names it. Nothing is trusted by it."""

    certificate: bytes
    sha256: str
    alg: str


def of_claim(claim: SignatureClaim) -> bytes:
    """The proof of a signature that was examined."""
    parts = (claim.certificates[0], claim.signed, claim.value)
    return canonical.encode(_Proof(*map(encode_base64, parts)))


def of_document(data: bytes) -> bytes:
    """The proof of a document's signature. FormatRefusal or SignatureRefusal where there is none to be read."""
    return of_claim(examine(parse(data).root, SignatureProfile.LEGACY))


def digest(proof: bytes) -> str:
    """`sha-256:…`, as the acceptance names it."""
    return "sha-256:" + sha256(proof).hexdigest()


def verify(proof: bytes) -> Proved:
    """That the certificate's key made the signature over SignedInfo. ProofInvalid otherwise; whose certificate it is,
    and whether it was good, the caller judges."""
    if len(proof) > MAX_PROOF:
        raise ProofInvalid(expected=f"a proof of at most {MAX_PROOF} bytes", found=f"{len(proof)} bytes")
    read = canonical.decode(proof, _decoder, "the proof of a signature")
    parts = (read.certificate, read.signed, read.value)
    der, signed, value = (decode_base64(part, "a part of the proof") for part in parts)
    try:
        algorithm = algorithm_of(signed)
        check_value_alone(algorithm, _key(der), value, signed)
    except SignatureRefusal as error:
        raise ProofInvalid(expected=error.expected or "a valid signature", found=error.found or error.verdict) from None
    return Proved(der, sha256(der).hexdigest(), algorithm.name)


def _key(der: bytes) -> PublicKey:
    try:
        return foreign.certificate(der).public_key()  # type: ignore[return-value]
    except Exception as error:  # of an unknown kind, or none; which kind it is the algorithm compares
        raise ProofInvalid(expected="an X.509 certificate", found=str(error)[:200]) from None
