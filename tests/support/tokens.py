"""Keys and certificates for tests of signed tokens, made once for the run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from hub.core.signature import jws


@cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def certificate_of(key: jws.PrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=3650))
    return builder.sign(key, hashes.SHA256())


def keys_of(*private: jws.PrivateKey) -> dict[str, x509.Certificate]:
    """What the directory would hold: certificates by their kid."""
    return {jws.key_id(c): c for c in map(certificate_of, private)}


def kid_of(key: jws.PrivateKey) -> str:
    return jws.key_id(certificate_of(key))
