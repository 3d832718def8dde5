"""A time stamp of RFC 3161 over a digest: the request, and whether the token that came back is good.

`verify` numbers its checks. A token is a CMS signature over a `TSTInfo`, which names a digest and a time.
1. It is DER, SignedData of one signer over a TSTInfo, and nothing in it is of a shape that is not in `tsp`.
2. The TSTInfo, version 1, names SHA-256 and exactly the digest wanted; the policy and the nonce asked for, if any were.
3. The signer's certificate is in the token, and the signed attribute signingCertificateV2 (RFC 5816) names it by its
   digest: another certificate of the same key cannot stand in for it.
4. The signed attributes, each once: contentType is TSTInfo, messageDigest is that of the TSTInfo.
5. At the token's own time the certificate was good: a path to the anchors, extended key usage timeStamping alone and
   critical, not revoked (`anchors`, checks 6.1 to 6.6).
6. Its key made the signature over the signed attributes. ECDSA P-256 or RSA of 2048 bits and more, SHA-2.

NOT checked: accuracy, ordering, extensions, the authority's name in `tsa`; SHA-1 (signingCertificate of version 1) and
RSASSA-PSS tokens are refused, though RFC 3161 allows them.
"""

from __future__ import annotations

from hashlib import sha256, sha384, sha512
from typing import Final, NamedTuple

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core.errors import ProofInvalid, SignatureRefusal
from hub.core.log import tsp
from hub.core.model import Millis
from hub.core.signature import foreign
from hub.core.signature.anchors import Anchors
from hub.core.signature.anchors_uses import TIME_STAMPS
from hub.core.signature.profile import PublicKey

MAX_TOKEN: Final = 64_000
QUERY_TYPE: Final = "application/timestamp-query"
REPLY_TYPE: Final = "application/timestamp-reply"
_GRANTED: Final = (0, 1)
_MOST_CERTIFICATES: Final = 16

_DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": sha256,
    "2.16.840.1.101.3.4.2.2": sha384,
    "2.16.840.1.101.3.4.2.3": sha512,
}


class _Algorithm(NamedTuple):
    key: type[PublicKey]
    hash: hashes.HashAlgorithm | None  # None: the signer's digest algorithm decides


_SIGNATURES: Final = {
    "1.2.840.10045.4.3.2": _Algorithm(ec.EllipticCurvePublicKey, hashes.SHA256()),
    "1.2.840.10045.4.3.3": _Algorithm(ec.EllipticCurvePublicKey, hashes.SHA384()),
    "1.2.840.10045.4.3.4": _Algorithm(ec.EllipticCurvePublicKey, hashes.SHA512()),
    "1.2.840.113549.1.1.11": _Algorithm(rsa.RSAPublicKey, hashes.SHA256()),
    "1.2.840.113549.1.1.12": _Algorithm(rsa.RSAPublicKey, hashes.SHA384()),
    "1.2.840.113549.1.1.13": _Algorithm(rsa.RSAPublicKey, hashes.SHA512()),
    "1.2.840.113549.1.1.1": _Algorithm(rsa.RSAPublicKey, None),
}
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}


class Stamp(msgspec.Struct, frozen=True):
    """The statement of a good token: `digest` existed at `at`. `certificate`: SHA-256 (hex) of the authority's
    certificate."""

    at: Millis
    digest: bytes
    policy: str
    serial: int
    certificate: str


def request(digest: bytes, nonce: int, policy: str = "") -> bytes:
    """The query for a token over a SHA-256 `digest`; `nonce`: a random number that the token has to repeat."""
    return tsp.encode(
        tsp.TimeStampReq(
            version=1,
            imprint=tsp.MessageImprint(
                algorithm=tsp.AlgorithmIdentifier(algorithm=tsp.SHA256, parameters=asn1.Null()), digest=digest
            ),
            policy=x509.ObjectIdentifier(policy) if policy else None,
            nonce=nonce,
            cert_req=True,
        )
    )


def token_of(response: bytes) -> bytes:
    """The token in an authority's answer. ProofInvalid where it grants none; nothing is verified yet."""
    answer = tsp.decode(tsp.TimeStampResp, _bounded(response), "a time-stamp response")
    if answer.status.status not in _GRANTED or answer.token is None:
        texts = " ".join(answer.status.texts or ())[:200]
        raise ProofInvalid(expected="a time stamp", found=f"status {answer.status.status} {texts}".strip())
    return tsp.encode(answer.token)


def certificates_of(token: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates that travel in a token, the authority's and perhaps its issuers'; nothing is verified."""
    return tuple(_read(token).content.certificates or ())


def verify(token: bytes, digest: bytes, anchors: Anchors, *, policy: str = "", nonce: int | None = None) -> Stamp:
    """Checks 1 to 6. ProofInvalid if one fails. Issuers are looked for among `anchors`, not in the token: include
    those of `certificates_of` where they are to be used."""
    data = _read(token)  # 1
    signer = _signer(data)
    content = data.content.content.content
    info = tsp.decode(tsp.TSTInfo, content, "TSTInfo")
    _check_info(info, digest, policy, nonce)  # 2
    attributes = _attributes(signer)
    certificate = _certificate(data.content, signer, attributes)  # 3
    _check_attributes(attributes, signer, content)  # 4
    at = Millis(round(info.gen_time.as_datetime().timestamp() * 1000))
    der = certificate.public_bytes(Encoding.DER)
    try:
        key = anchors.signer([der], at, TIME_STAMPS).key  # 5
    except SignatureRefusal as refusal:
        found = f"{refusal.verdict} {refusal.found}".strip()
        raise ProofInvalid(expected=f"a time-stamp certificate good then; {refusal.expected}", found=found) from None
    except Exception as error:  # any error of a library over a hostile certificate: fail closed
        raise ProofInvalid(expected="a time-stamp certificate", found=type(error).__name__) from None
    _check_signature(key, signer)  # 6
    return Stamp(at, digest, info.policy.dotted_string, info.serial, sha256(der).hexdigest())


def _read(token: bytes) -> tsp.Token:
    """A token whose certificates cost a bounded time; else ProofInvalid."""
    data = tsp.decode(tsp.Token, _bounded(token), "a time-stamp token")
    certificates = data.content.certificates or ()
    _need(len(certificates) <= _MOST_CERTIFICATES, f"at most {_MOST_CERTIFICATES} certificates", str(len(certificates)))
    for certificate in certificates:
        try:
            foreign.within_budget(certificate)
        except foreign.TooCostly as error:
            raise ProofInvalid(expected=error.expected, found=error.found) from None
        except foreign.Unreadable:
            pass  # one that nobody needs to read; the check that needs it names the fault
    return data


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_TOKEN:
        raise ProofInvalid(expected=f"at most {MAX_TOKEN} bytes", found=f"{len(data)} bytes")
    return data


def _signer(token: tsp.Token) -> tsp.SignerInfo:
    signed = token.content
    signers = signed.signers.as_list()
    _need(token.kind == tsp.SIGNED_DATA and signed.version == 3, "SignedData of version 3", token.kind.dotted_string)
    _need(signed.content.kind == tsp.TST_INFO, "a TSTInfo in it", signed.content.kind.dotted_string)
    _need(len(signers) == 1 and signers[0].version == 1, "one signer", f"{len(signers)}")
    own, named = signers[0].digest_algorithm, signed.digest_algorithms.as_list()
    _need([one.algorithm for one in named] == [own.algorithm], "the signer's digest algorithm", f"{len(named)} others")
    return signers[0]


def _check_info(info: tsp.TSTInfo, digest: bytes, policy: str, nonce: int | None) -> None:
    _need(info.version == 1, "TSTInfo of version 1", str(info.version))
    _need(info.imprint.algorithm.algorithm == tsp.SHA256, "SHA-256", info.imprint.algorithm.algorithm.dotted_string)
    _need(info.imprint.digest == digest, f"a time stamp over {digest.hex()}", info.imprint.digest[:64].hex())
    _need(not policy or info.policy.dotted_string == policy, f"policy {policy}", info.policy.dotted_string)
    _need(nonce is None or info.nonce == nonce, "the nonce of the request", str(info.nonce)[:40])


def _attributes(signer: tsp.SignerInfo) -> dict[x509.ObjectIdentifier, asn1.TLV]:
    """Kind → its one value."""
    found: dict[x509.ObjectIdentifier, asn1.TLV] = {}
    for attribute in signer.signed.as_list():
        values = attribute.values.as_list()
        _need(attribute.kind not in found and len(values) == 1, "each attribute once", attribute.kind.dotted_string)
        found[attribute.kind] = values[0]
    for kind in (tsp.CONTENT_TYPE, tsp.MESSAGE_DIGEST, tsp.SIGNING_CERTIFICATE_V2):
        _need(kind in found, f"the signed attribute {kind.dotted_string}", "none")
    return found


def _certificate(
    data: tsp.SignedData, signer: tsp.SignerInfo, attributes: dict[x509.ObjectIdentifier, asn1.TLV]
) -> x509.Certificate:
    name = tsp.encode(signer.sid.issuer)
    for certificate in data.certificates or ():
        if _issued_as(certificate) == (name, signer.sid.serial):
            break
    else:
        raise ProofInvalid(expected="the signer's certificate in the token", found="none")
    named = tsp.decode(
        tsp.SigningCertificateV2, tsp.encode(attributes[tsp.SIGNING_CERTIFICATE_V2]), "signingCertificateV2"
    ).certificates
    _need(len(named) > 0, "a certificate named in signingCertificateV2", "none")
    algorithm = named[0].algorithm
    digest = _digest(algorithm.algorithm if algorithm else tsp.SHA256, certificate.public_bytes(Encoding.DER))
    _need(named[0].digest == digest, "the signer's certificate in signingCertificateV2", "another")
    return certificate


def _issued_as(certificate: x509.Certificate) -> tuple[bytes, int] | None:
    """Issuer and serial number; None where the library cannot read them, which it says in several ways."""
    try:
        return certificate.issuer.public_bytes(), certificate.serial_number
    except Exception:
        return None


def _check_attributes(
    attributes: dict[x509.ObjectIdentifier, asn1.TLV], signer: tsp.SignerInfo, content: bytes
) -> None:
    digest = _digest(signer.digest_algorithm.algorithm, content)
    kind, stated = attributes[tsp.CONTENT_TYPE], attributes[tsp.MESSAGE_DIGEST]
    _need(tsp.encode(kind) == tsp.encode(tsp.TST_INFO), "contentType TSTInfo", "another")
    _need(tsp.encode(stated) == tsp.encode(digest), "messageDigest of the TSTInfo", "another")


def _check_signature(key: PublicKey, signer: tsp.SignerInfo) -> None:
    name = signer.signature_algorithm.algorithm.dotted_string
    algorithm = _SIGNATURES.get(name)
    if algorithm is None or not isinstance(key, algorithm.key):
        raise ProofInvalid(expected="an ECDSA or RSA signature with SHA-2", found=f"{name} by {type(key).__name__}")
    chosen = algorithm.hash or _HASHES.get(signer.digest_algorithm.algorithm.dotted_string)
    assert chosen is not None  # 4 has looked it up
    signed = tsp.encode(signer.signed)  # as SET OF, the signed form (RFC 5652 section 5.4)
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signer.signature, signed, ec.ECDSA(chosen))
        else:
            key.verify(signer.signature, signed, padding.PKCS1v15(), chosen)
    except InvalidSignature:
        raise ProofInvalid(expected="a signature by the time-stamp authority", found="a bad one") from None


def _digest(algorithm: x509.ObjectIdentifier, data: bytes) -> bytes:
    make = _DIGESTS.get(algorithm.dotted_string)
    if make is None:
        raise ProofInvalid(expected="SHA-256, SHA-384 or SHA-512", found=algorithm.dotted_string)
    return make(data).digest()


def _need(holds: bool, expected: str, found: str) -> None:
    if not holds:
        raise ProofInvalid(expected=expected, found=found)
