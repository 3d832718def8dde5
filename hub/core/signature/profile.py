"""The vocabulary of the signature profile: URIs, the tables of algorithms and digests, the canonical form.

An algorithm that is not in a table is not allowed. The law's list (TT 15/2025/TT-BKHCN) is RSASSA-PSS with at least
2048
bits or ECDSA with at least 256, over SHA-2 or SHA-3; RSASSA-PKCS1-v1_5 with SHA-2 is still used by the field. Of SHA-2
the three sizes that certificates are made with, of the curves P-256 and P-384: either hash goes with either curve, as
XMLDSig has it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from lxml import etree

from hub.core.errors import SignatureRefusal, Verdict

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

DigestName = Literal["sha256", "sha384", "sha512"]
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Algorithm(NamedTuple):
    """`check(key, value, data)` raises InvalidSignature, `make(key, data)` is its inverse.

    `name` is the short name in reports and evidence, `sizes` the lengths in bytes that a signature may have, `digest`
    the hash, in SignedInfo's signature and, by the maker, for the content too.
    """

    name: str
    key: type[PublicKey]
    sizes: range
    check: Callable[[PublicKey, bytes, bytes], None]
    make: Callable[[PrivateKey, bytes], bytes]
    digest: DigestName


_PKCS1: Final = padding.PKCS1v15()
_HASHES: Final[dict[DigestName, hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}


def coordinate(key: ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey) -> int:
    """Bytes of r and of s."""
    return (key.curve.key_size + 7) // 8


def _ecdsa(digest: DigestName) -> Algorithm:
    scheme = ec.ECDSA(_HASHES[digest])
    # RFC 6979: the same document and key give the same bytes, and no bad random number can leak the key.
    repeatable = ec.ECDSA(_HASHES[digest], deterministic_signing=True)

    def check(key: PublicKey, value: bytes, data: bytes) -> None:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        size = coordinate(key)
        if len(value) != 2 * size:
            raise InvalidSignature  # of another curve
        r, s = int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big")
        key.verify(encode_dss_signature(r, s), data, scheme)  # refuses r and s outside 1..n-1

    def make(key: PrivateKey, data: bytes) -> bytes:
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(key.sign(data, repeatable))
        return r.to_bytes(coordinate(key), "big") + s.to_bytes(coordinate(key), "big")

    return Algorithm(f"ecdsa-{digest}", ec.EllipticCurvePublicKey, range(64, 97, 32), check, make, digest)


def _rsa(name: str, pad: padding.AsymmetricPadding, digest: DigestName) -> Algorithm:
    scheme = _HASHES[digest]

    def check(key: PublicKey, value: bytes, data: bytes) -> None:
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(value, data, pad, scheme)

    def make(key: PrivateKey, data: bytes) -> bytes:
        assert isinstance(key, rsa.RSAPrivateKey)
        return key.sign(data, pad, scheme)

    return Algorithm(name, rsa.RSAPublicKey, range(128, 513), check, make, digest)


def _pss(digest: DigestName) -> Algorithm:
    scheme = _HASHES[digest]
    return _rsa(f"{digest}-rsa-MGF1", padding.PSS(padding.MGF1(scheme), scheme.digest_size), digest)


_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007: Final = "http://www.w3.org/2007/05/xmldsig-more#"

ALGORITHMS: Final[dict[str, Algorithm]] = {
    **{f"{_MORE_2007}{digest}-rsa-MGF1": _pss(digest) for digest in _HASHES},
    **{f"{_MORE}ecdsa-{digest}": _ecdsa(digest) for digest in _HASHES},
    **{f"{_MORE}rsa-{digest}": _rsa(f"rsa-{digest}", _PKCS1, digest) for digest in _HASHES},
}
"""By URI."""


def default_for(key: object) -> str:
    """The URI with which a key signs where nothing else is asked for; empty for a key of no allowed kind."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return {"secp256r1": f"{_MORE}ecdsa-sha256", "secp384r1": f"{_MORE}ecdsa-sha384"}.get(key.curve.name, "")
    return f"{_MORE_2007}sha256-rsa-MGF1" if isinstance(key, rsa.RSAPublicKey) else ""


class Digest(NamedTuple):
    name: DigestName
    size: int


DIGESTS: Final[dict[str, Digest]] = {
    "http://www.w3.org/2001/04/xmlenc#sha256": Digest("sha256", 32),
    f"{_MORE}sha384": Digest("sha384", 48),
    "http://www.w3.org/2001/04/xmlenc#sha512": Digest("sha512", 64),
}


def refusal(verdict: Verdict, expected: str, found: str, step: int) -> SignatureRefusal:
    """`step`: the number of the check in `xmldsig`; 0 while signing."""
    return SignatureRefusal(verdict, expected=expected, found=found, step=step)


def place_of(root: etree._Element) -> list[str]:
    """Tags from the signature's parent up to the root, all in the root's own namespace."""
    space = str(root.tag).removesuffix("edXML")
    return [f"{space}edXMLHeader", f"{space}edXMLEnvelope", f"{space}edXML"]


def canonical(element: etree._Element, method: str, step: int) -> bytes:
    """`element` and all below it in canonical form, never empty; `method` is EXCLUSIVE or INCLUSIVE."""
    try:
        form = etree.tostring(element, method="c14n", exclusive=method == EXCLUSIVE, with_comments=False)
    except (etree.LxmlError, ValueError) as error:
        # libxml2 gives up on, for one, a relative namespace URI; other programs then digest the empty string.
        raise refusal(Verdict.PROFILE_VIOLATION, "content with a canonical form", type(error).__name__, step) from None
    if not form:
        raise refusal(Verdict.PROFILE_VIOLATION, "content with a canonical form", "an empty one", step)
    return form
