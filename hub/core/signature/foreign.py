"""The one door through which a certificate or a revocation list that somebody else made comes into the program.

The rule: nothing else calls the library's loaders (`tests/core/signature/test_foreign.py` reads the source for it), and
a certificate that comes out of here costs its users a bounded time. The budget:

    a certificate     `MAX_CERTIFICATE` bytes, its name, extensions and key readable
    a file of them    `MAX_FILE` bytes, `MAX_IN_FILE` certificates
    a revocation list `MAX_LIST` bytes
    an RSA key        a modulus of at most `MAX_MODULUS` bits, an exponent of at most `MAX_EXPONENT_BITS` bits

An RSA signature is verified in time that grows with modulus and exponent: a 3072-bit exponent makes it three hundred
times as slow as 65537 does, and the sender of a certificate chooses it. Nobody honest has one: other verifiers take 31
bits too. The use of a key is not asked here (`anchors`, 6.2): an unknown kind of key is let through, for nothing is
ever computed with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

MAX_CERTIFICATE: Final = 16_384
MAX_FILE: Final = 4 * 1024 * 1024
MAX_IN_FILE: Final = 1_000
MAX_LIST: Final = 16 * 1024 * 1024
MAX_MODULUS: Final = 8_192
MAX_EXPONENT_BITS: Final = 31

S = TypeVar("S")
T = TypeVar("T")


class Unreadable(ValueError):
    """The bytes are no certificate, or no list, that can be read; says how the library put it."""


class TooCostly(ValueError):
    """Well formed, and beyond the budget: `expected` and `found` say in which."""

    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"{expected}; found {found}")
        self.expected = expected
        self.found = found


def certificate(der: bytes) -> x509.Certificate:
    """A certificate in DER. Unreadable, TooCostly."""
    _bounded("a certificate", len(der), MAX_CERTIFICATE)
    return within_budget(_read(x509.load_der_x509_certificate, der))


def certificates_in_pem(data: bytes) -> list[x509.Certificate]:
    """All certificates of a PEM file, at least one. Unreadable, TooCostly."""
    _bounded("a file of certificates", len(data), MAX_FILE)
    found = _read(x509.load_pem_x509_certificates, data)
    if len(found) > MAX_IN_FILE:
        raise TooCostly(f"at most {MAX_IN_FILE} certificates in a file", str(len(found)))
    return [within_budget(one) for one in found]


def certificates_in_pkcs7(data: bytes) -> list[x509.Certificate]:
    """All certificates of a PKCS#7 bundle (`.p7b`), PEM or DER; its signatures, if any, count for nothing. Unreadable,
    TooCostly."""
    _bounded("a file of certificates", len(data), MAX_FILE)
    load = pkcs7.load_pem_pkcs7_certificates if data.startswith(b"-----") else pkcs7.load_der_pkcs7_certificates
    found = _read(load, data)
    if len(found) > MAX_IN_FILE:
        raise TooCostly(f"at most {MAX_IN_FILE} certificates in a file", str(len(found)))
    return [within_budget(one) for one in found]


def revocation_list(der: bytes) -> x509.CertificateRevocationList:
    """A revocation list in DER. Unreadable, TooCostly."""
    _bounded("a revocation list", len(der), MAX_LIST)
    return _readable_list(_read(x509.load_der_x509_crl, der))


def revocation_list_in_pem(data: bytes) -> x509.CertificateRevocationList:
    """The revocation list of a PEM file. Unreadable, TooCostly."""
    _bounded("a revocation list", len(data), 2 * MAX_LIST)
    return _readable_list(_read(x509.load_pem_x509_crl, data))


def key_store(data: bytes, password: bytes | None) -> tuple[object, list[x509.Certificate]]:
    """The key of a PKCS#12 file and its certificates. Unreadable, TooCostly."""
    _bounded("a key store", len(data), MAX_FILE)
    held = _read(lambda given: pkcs12.load_pkcs12(given, password), data)
    found = [one.certificate for one in (held.cert, *held.additional_certs) if one is not None]
    return held.key, [within_budget(one) for one in found]


def request_in_pem(data: bytes) -> x509.CertificateSigningRequest:
    """A request for a certificate in PEM, its key readable. Unreadable, TooCostly."""
    _bounded("a request", len(data), MAX_CERTIFICATE)
    asked = _read(x509.load_pem_x509_csr, data)
    _read(lambda one: one.public_key(), asked)
    return asked


def within_budget(one: x509.Certificate) -> x509.Certificate:
    """`one`, which came inside something larger that was decoded as a whole (a time stamp). Unreadable, TooCostly."""
    _read(lambda c: (c.extensions, c.subject, c.issuer, c.not_valid_before_utc, c.not_valid_after_utc), one)
    try:
        key = one.public_key()
    except Exception:  # a kind that the library does not know, or a damaged one: 6.2 refuses it by name
        return one
    if isinstance(key, rsa.RSAPublicKey):
        _bounded("an RSA modulus", key.key_size, MAX_MODULUS, "bits")
        _bounded("an RSA exponent", key.public_numbers().e.bit_length(), MAX_EXPONENT_BITS, "bits")
    return one


def _readable_list(crl: x509.CertificateRevocationList) -> x509.CertificateRevocationList:
    _read(lambda c: (c.extensions, c.issuer, len(c), c.next_update_utc, c.last_update_utc), crl)
    return crl


def _read(load: Callable[[S], T], data: S) -> T:
    try:
        return load(data)
    except Exception as error:  # the library names bad input in a dozen ways
        raise Unreadable(type(error).__name__) from None


def _bounded(what: str, size: int, most: int, unit: str = "bytes") -> None:
    if size > most:
        raise TooCostly(f"{what} of at most {most} {unit}", f"{size} {unit}")
