"""One world that is the same on every machine and every day: keys from numbers, certificates signed without chance.

A kept input goes on meaning what it meant when it was found: its certificates lead to these roots, its tokens were
signed by these keys. The keys are worthless, and are made here rather than kept in a file. Everything happens at `AT`.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.core.model import Millis, to_datetime
from hub.core.signature import trust
from hub.core.signature.anchors import DAY
from hub.core.signature.anchors_uses import DOCUMENT_SIGNING
from hub.pki.issue import AGENCY, Credential
from tests.attacks.simulator import AT, CODE, OTHER_CODE, Simulator, World

DETERMINISTIC: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
YEAR: Final = 365 * DAY


def key_of(number: int) -> ec.EllipticCurvePrivateKey:
    secret = int.from_bytes(hashlib.sha256(b"fuzz %d" % number).digest(), "big") >> 2
    return ec.derive_private_key(secret, ec.SECP256R1())


def _certificate(number: int, name: str, issuer: Credential | None, *more: tuple[x509.ExtensionType, bool]) -> Any:
    key = key_of(number)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(to_datetime(Millis(AT - YEAR)))
        .not_valid_after(to_datetime(Millis(AT + YEAR)))
        .add_extension(x509.SubjectKeyIdentifier(number.to_bytes(20, "big")), False)
    )
    if issuer:
        above = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above), False)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical)
    made = builder.sign(issuer.key if issuer else key, hashes.SHA256(), ecdsa_deterministic=True)
    return Credential(key, (made,))


def _usage(**bits: bool) -> tuple[x509.KeyUsage, bool]:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    names += ("key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: bits.get(name, False) for name in names}), True


def _authority(number: int, name: str, issuer: Credential | None, length: int | None) -> Credential:
    return _certificate(
        number,
        name,
        issuer,
        (x509.BasicConstraints(True, length), True),
        _usage(key_cert_sign=True, crl_sign=True),
    )


def _holder(number: int, name: str, issuer: Credential, purpose: x509.ObjectIdentifier, critical: bool) -> Credential:
    return _certificate(
        number,
        name,
        issuer,
        (x509.BasicConstraints(False, None), True),
        _usage(digital_signature=True, content_commitment=AGENCY.commits),
        (x509.ExtendedKeyUsage([purpose]), critical),
    )


def _crl(ca: Credential, number: int) -> x509.CertificateRevocationList:
    above = ca.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.certificate.subject)
        .last_update(to_datetime(Millis(AT - DAY)))
        .next_update(to_datetime(Millis(AT + 30 * DAY)))
        .add_extension(x509.CRLNumber(number), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above), False)
        .sign(ca.key, hashes.SHA256(), ecdsa_deterministic=True)
    )


class FixedWorld(World):
    """The simulator's PKI, without chance. `stamper` is a time-stamp authority."""

    def __init__(self) -> None:
        self.root = _authority(1, "fuzz root", None, None)
        self.issuing = _authority(2, "fuzz issuing", self.root, 0)
        self.agency = _holder(3, CODE, self.issuing, DOCUMENT_SIGNING, False)
        self.other = _holder(4, OTHER_CODE, self.issuing, DOCUMENT_SIGNING, False)
        self.stamper = _holder(5, "fuzz tsa", self.issuing, ExtendedKeyUsageOID.TIME_STAMPING, True)
        self.root_crl = _crl(self.root, 1)
        self.crl = _crl(self.issuing, 2)
        self.anchors: trust.Anchors = self.anchors_with(self.crl)


@cache
def world() -> FixedWorld:
    return FixedWorld()


def simulator() -> Simulator:
    """An honest agency of this world, whose signatures hold no chance."""

    def value(data: bytes) -> bytes:
        return raw(world().agency.key, data)

    return Simulator(world=world(), value=value)


def raw(key: Any, data: bytes) -> bytes:
    """r ‖ s over `data`."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    r, s = decode_dss_signature(key.sign(data, DETERMINISTIC))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
