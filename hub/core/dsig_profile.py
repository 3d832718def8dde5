"""The vocabulary of the signature profile: URIs, the tables of algorithms and digests, the canonical form.

What is not in a table is not allowed. The law's list (TT 15/2025/TT-BKHCN) is RSASSA-PSS with at least 2048
bits or ECDSA with at least 256, over SHA-2 or SHA-3; RSASSA-PKCS1-v1_5 with SHA-256 is what the field still
signs with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from lxml import etree

from hub.core.errors import SignatureRefusal, Verdict

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Algorithm(NamedTuple):
    """`check(key, value, data)` raises InvalidSignature, `make(key, data)` is its inverse.

    `name` is the short name in reports and evidence, `sizes` the lengths in bytes that a signature may have.
    """

    name: str
    key: type[PublicKey]
    sizes: range
    check: Callable[[PublicKey, bytes, bytes], None]
    make: Callable[[PrivateKey, bytes], bytes]


_SHA256: Final = hashes.SHA256()
_PSS: Final = padding.PSS(mgf=padding.MGF1(_SHA256), salt_length=32)
_PKCS1: Final = padding.PKCS1v15()
_ECDSA: Final = ec.ECDSA(_SHA256)
_ECDSA_RFC6979: Final = ec.ECDSA(_SHA256, deterministic_signing=True)


def _check_ecdsa(key: PublicKey, value: bytes, data: bytes) -> None:
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big")
    key.verify(encode_dss_signature(r, s), data, _ECDSA)  # refuses r and s outside 1..n-1


def _make_ecdsa(key: PrivateKey, data: bytes) -> bytes:
    # RFC 6979: the same document and key give the same bytes, and no bad random number can leak the key.
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(key.sign(data, _ECDSA_RFC6979))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _rsa(name: str, pad: padding.AsymmetricPadding) -> Algorithm:
    def check(key: PublicKey, value: bytes, data: bytes) -> None:
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(value, data, pad, _SHA256)

    def make(key: PrivateKey, data: bytes) -> bytes:
        assert isinstance(key, rsa.RSAPrivateKey)
        return key.sign(data, pad, _SHA256)

    return Algorithm(name, rsa.RSAPublicKey, range(128, 513), check, make)


ALGORITHMS: Final[dict[str, Algorithm]] = {
    "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1": _rsa("sha256-rsa-MGF1", _PSS),
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256": Algorithm(
        "ecdsa-sha256", ec.EllipticCurvePublicKey, range(64, 65), _check_ecdsa, _make_ecdsa
    ),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": _rsa("rsa-sha256", _PKCS1),
}
"""By URI; the first that fits a key is that key's default."""


class Digest(NamedTuple):
    name: Literal["sha256", "sha512"]
    size: int


DIGESTS: Final[dict[str, Digest]] = {
    "http://www.w3.org/2001/04/xmlenc#sha256": Digest("sha256", 32),
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
