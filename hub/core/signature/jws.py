"""Signed objects of agencies: compact JWS, ECDSA and RSASSA-PSS with SHA-2, as any library writes it.

The rule: a token is `header.payload.signature` in base64url without padding. The header is JSON in any spelling, for
it is signed as it came; it has `alg`, `kid`, mostly `typ`, and may have members that say nothing to us (`cty`).
Checks:
1. Three parts, canonical base64url, not too long; no member of the header twice.
2. `alg` is one of the table, `kid` that of a known key, `typ` the one expected. The algorithm is thus one of five;
   `none` and HS256 are not refused, they do not exist. There is no `crit` and no `b64`, which change a signature's
   meaning, and no key beside `kid` (`jwk`, `jku`, `x5c`, `x5u`), for another reader might believe it.
3. The algorithm is one of the key's type: ES256 for P-256, ES384 for P-384, PS256 (which is written), PS384 or
   PS512 for RSA of 2048 to 4096 bits.
4. The signature verifies: raw r ‖ s of 64 or 96 bytes, or PSS with a salt as long as the hash (RFC 7518 section
   3).

`kid` is the SHA-256 of the certificate in lower-case hex; the caller hands in the keys that the directory
holds. Law: TT 15/2025/TT-BKHCN lists RSASSA-PSS from 2048 bits and ECDSA from 256 bits, with SHA-2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core import canonical
from hub.core.errors import ProofInvalid
from hub.core.strict import decode_base64url, encode_base64url

MAX_TOKEN: Final = 500_000
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
KeySource = x509.Certificate | PublicKey

_KID: Final = re.compile(r"[0-9a-f]{64}")


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """`foreign`: the members that must not be there, each unset where it is not."""

    alg: str
    kid: str
    typ: str = ""
    crit: object = msgspec.UNSET
    b64: object = msgspec.UNSET
    jwk: object = msgspec.UNSET
    jku: object = msgspec.UNSET
    x5c: object = msgspec.UNSET
    x5u: object = msgspec.UNSET

    @property
    def foreign(self) -> list[str]:
        return [name for name in _REFUSED if getattr(self, name) is not msgspec.UNSET]


_REFUSED: Final = ("crit", "b64", "jwk", "jku", "x5c", "x5u")


class _Algorithm(NamedTuple):
    """`family`: the first of those that the same keys may use, which is the one that is written."""

    family: str
    sign: Callable[[PrivateKey, bytes], bytes]
    verify: Callable[[PublicKey, bytes, bytes], None]


def _ecdsa(name: str, digest: hashes.HashAlgorithm, coordinate: int) -> _Algorithm:
    scheme = ec.ECDSA(digest)

    def sign(key: PrivateKey, message: bytes) -> bytes:
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(key.sign(message, scheme))
        return r.to_bytes(coordinate, "big") + s.to_bytes(coordinate, "big")

    def verify(key: PublicKey, signature: bytes, message: bytes) -> None:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        if len(signature) != 2 * coordinate:
            expected = f"an {name} signature of {2 * coordinate} bytes"
            raise ProofInvalid(expected=expected, found=f"{len(signature)} bytes")
        r, s = (int.from_bytes(part, "big") for part in (signature[:coordinate], signature[coordinate:]))
        key.verify(encode_dss_signature(r, s), message, scheme)

    return _Algorithm(name, sign, verify)


def _pss(digest: hashes.HashAlgorithm) -> _Algorithm:
    scheme = padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)

    def sign(key: PrivateKey, message: bytes) -> bytes:
        assert isinstance(key, rsa.RSAPrivateKey)
        return key.sign(message, scheme, digest)

    def verify(key: PublicKey, signature: bytes, message: bytes) -> None:
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(signature, message, scheme, digest)

    return _Algorithm("PS256", sign, verify)


_ALGORITHMS: Final = {
    "ES256": _ecdsa("ES256", hashes.SHA256(), 32),
    "ES384": _ecdsa("ES384", hashes.SHA384(), 48),
    "PS256": _pss(hashes.SHA256()),
    "PS384": _pss(hashes.SHA384()),
    "PS512": _pss(hashes.SHA512()),
}
_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384"}


def key_id(certificate: x509.Certificate) -> str:
    """The `kid` of a certificate."""
    return sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def algorithm_of(key: object) -> str:
    """The algorithm of a key: ES256, ES384 or PS256. ProofInvalid for a key of any other type, curve or size."""
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        if (name := _CURVES.get(key.curve.name)) is not None:
            return name
        raise ProofInvalid(expected="a key on P-256 or P-384", found=key.curve.name)
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        if 2048 <= key.key_size <= 4096:
            return "PS256"
        raise ProofInvalid(expected="an RSA key of 2048 to 4096 bits", found=f"{key.key_size} bits")
    raise ProofInvalid(expected="a key on P-256 or P-384, or an RSA key", found=type(key).__name__)


def sign(payload: bytes, key: PrivateKey, kid: str, typ: str) -> str:
    """The token over `payload`. ProofInvalid if the key is of no allowed type."""
    algorithm = algorithm_of(key)
    signed = f"{encode_base64url(_header(algorithm, kid, typ))}.{encode_base64url(payload)}"
    signature = _ALGORITHMS[algorithm].sign(key, signed.encode("ascii"))
    return f"{signed}.{encode_base64url(signature)}"


def verify(token: str, keys: Mapping[str, KeySource], typ: str, *, untyped: bool = False) -> bytes:
    """Checks 1 to 4; the payload, which is only now to be read. ProofInvalid if one fails. `untyped`: the header may
    leave `typ` out."""
    header, payload, signature = _parts(token)  # 1
    algorithm, key = _select(_read_header(header), keys, (typ, "") if untyped else (typ,))  # 2, 3
    try:
        _ALGORITHMS[algorithm].verify(key, signature, token.rpartition(".")[0].encode("ascii"))  # 4
    except InvalidSignature:
        raise ProofInvalid(expected=f"an {algorithm} signature of the key named", found="a bad one") from None
    return payload


def unverified_kid(token: str) -> str:
    """The `kid` that a token claims, to look up its key. Nothing is verified; believe nothing more."""
    return _read_header(_parts(token)[0]).kid


def _parts(token: str) -> tuple[bytes, bytes, bytes]:
    parts = token.split(".", 3) if len(token) <= MAX_TOKEN else []
    if len(parts) != 3:
        raise ProofInvalid(expected=f"header.payload.signature of at most {MAX_TOKEN} characters", found=token[:40])
    names = ("the header", "the payload", "the signature")
    header, payload, signature = (decode_base64url(p, n) for p, n in zip(parts, names, strict=True))
    return header, payload, signature


def _read_header(raw: bytes) -> Header:
    header = canonical.decode_any(raw, _header_decoder, "a header of alg, kid and typ")
    if header.foreign:
        raise ProofInvalid(expected="a header without crit, b64 and keys of its own", found=", ".join(header.foreign))
    if header.alg not in _ALGORITHMS:
        raise ProofInvalid(expected=f"alg {', '.join(_ALGORITHMS)}", found=header.alg[:80])
    if not _KID.fullmatch(header.kid):
        raise ProofInvalid(
            expected="kid: SHA-256 of the certificate's DER, 64 hex digits, lower case", found=header.kid[:80]
        )
    return header


def _select(header: Header, keys: Mapping[str, KeySource], types: tuple[str, ...]) -> tuple[str, PublicKey]:
    if header.typ.lower() not in map(str.lower, types):  # a media type, so without case (RFC 7515 section 4.1.9)
        raise ProofInvalid(expected=f"typ {types[0]}", found=header.typ[:80])
    source = keys.get(header.kid)
    if source is None:
        raise ProofInvalid(expected="the key of a registered certificate", found=f"kid {header.kid}")
    key = _public_key(source, header.kid)
    if algorithm_of(key) != _ALGORITHMS[header.alg].family:
        raise ProofInvalid(expected=f"alg {algorithm_of(key)}, as the key is", found=header.alg)
    return header.alg, key


def _public_key(source: KeySource, kid: str) -> PublicKey:
    if not isinstance(source, x509.Certificate):
        return source
    if key_id(source) != kid:
        raise ProofInvalid(expected=f"the certificate with SHA-256 {kid}", found=key_id(source))
    key = source.public_key()
    algorithm_of(key)
    assert isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
    return key


def _header(algorithm: str, kid: str, typ: str) -> bytes:
    return canonical.encode(Header(algorithm, kid, typ))


_header_decoder: Final = msgspec.json.Decoder(Header)
