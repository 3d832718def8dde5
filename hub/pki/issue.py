"""Certificates and revocation lists of the demo PKI, made in memory: the kinds and their holders, as one table.

    root P-384 → issuing P-256 (path length 0) → agencies, and the hub's TLS, seal, time stamp, operator and auditor

Agencies: digitalSignature + contentCommitment, EKU documentSigning (RFC 9336) and clientAuth, organizationIdentifier
(2.5.4.97) = the agency's code, a CRL distribution point. New keys are P-256 (TT 15/2025/TT-BKHCN asks for
ECDSA of 256 bits). Times are Millis and given; randomness (keys, serial numbers) is taken here, which is
why this is not in `hub.core`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from hub.core.model import Millis, to_datetime
from hub.core.signature.anchors import DAY
from hub.core.signature.anchors_uses import DOCUMENT_SIGNING

YEAR: Final = 365 * DAY
BACKDATE: Final = 3_600_000
"""Certificates and lists start an hour early, for clocks that differ."""

SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
LOCAL_NAMES: Final[tuple[x509.GeneralName, ...]] = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    x509.IPAddress(ipaddress.ip_address("::1")),
)


class Credential(NamedTuple):
    """A private key and its certificate, followed by the certificates that travel with it."""

    key: SigningKey
    chain: tuple[x509.Certificate, ...]

    @property
    def certificate(self) -> x509.Certificate:
        return self.chain[0]


class Use(NamedTuple):
    """The use of a certificate. `days` of validity; `commits`: may sign content that binds its owner."""

    days: int
    eku: tuple[x509.ObjectIdentifier, ...]
    commits: bool = False
    eku_critical: bool = False
    names: tuple[x509.GeneralName, ...] = ()


AGENCY: Final = Use(730, (DOCUMENT_SIGNING, ExtendedKeyUsageOID.CLIENT_AUTH), commits=True)
HUB_USES: Final[dict[str, Use]] = {
    "tls": Use(397, (ExtendedKeyUsageOID.SERVER_AUTH,), names=LOCAL_NAMES),
    "seal": Use(730, (DOCUMENT_SIGNING,), commits=True),
    "tsa": Use(1825, (ExtendedKeyUsageOID.TIME_STAMPING,), commits=True, eku_critical=True),
    "operator": Use(730, (ExtendedKeyUsageOID.CLIENT_AUTH, DOCUMENT_SIGNING), commits=True),
    "auditor": Use(730, (ExtendedKeyUsageOID.CLIENT_AUTH, DOCUMENT_SIGNING), commits=True),
}


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def make_root(at: Millis) -> Credential:
    key = ec.generate_private_key(ec.SECP384R1())
    subject = _name("Demo root CA", "")
    builder = _authority(_start(subject, subject, key.public_key(), at, 20 * YEAR), key.public_key(), None)
    return Credential(key, (builder.sign(key, hashes.SHA384()),))


def make_issuing(root: Credential, at: Millis) -> Credential:
    key, ca = new_key(), root.certificate
    subject = _name("Demo issuing CA", "")
    builder = _authority(_start(subject, ca.subject, key.public_key(), at, 10 * YEAR), key.public_key(), 0)
    return Credential(key, (builder.add_extension(_issuer(ca), False).sign(root.key, hashes.SHA384()),))


def issue(
    issuing: Credential,
    use: Use,
    code: str,
    name: str,
    at: Millis,
    *,
    crl_url: str,
    key: SigningKey | None = None,
    organization: str = "",
) -> Credential:
    """A certificate for `key`, by default a new P-256 key. `code` becomes organizationIdentifier; `organization`: a
    person's office."""
    own, ca = key or new_key(), issuing.certificate
    public = own.public_key()
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
    builder = (
        _start(_name(name, code, organization), ca.subject, public, at, use.days * DAY)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(_key_usage(digital_signature=True, content_commitment=use.commits), True)
        .add_extension(x509.ExtendedKeyUsage(use.eku), use.eku_critical)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
        .add_extension(_issuer(ca), False)
        .add_extension(x509.CRLDistributionPoints([point]), False)
    )
    if use.names:
        builder = builder.add_extension(x509.SubjectAlternativeName(use.names), False)
    return Credential(own, (builder.sign(issuing.key, hashes.SHA256()), ca))


def request(
    key: SigningKey, use: Use, code: str, organization: str, title: str, hosts: Iterable[str]
) -> x509.CertificateSigningRequest:
    """A request for a certificate over `key`, with its use. `hosts`: names or addresses of a server."""
    builder = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_name(title, code, organization))
        .add_extension(_key_usage(digital_signature=True, content_commitment=use.commits), True)
        .add_extension(x509.ExtendedKeyUsage(use.eku), use.eku_critical)
    )
    if names := [_general_name(host) for host in hosts]:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return builder.sign(key, hashes.SHA256())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class Revocation(NamedTuple):
    serial: int
    since: Millis
    reason: x509.ReasonFlags


def make_crl(
    ca: Credential, revoked: Iterable[Revocation], number: int, at: Millis, days: int
) -> x509.CertificateRevocationList:
    """The CA's list as of `at`, to be replaced within `days`; later revocations are not yet in it."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(ca.certificate.subject)
        .last_update(to_datetime(Millis(at - BACKDATE)))
        .next_update(to_datetime(Millis(at + days * DAY)))
        .add_extension(x509.CRLNumber(number), False)
        .add_extension(_issuer(ca.certificate), False)
    )
    for entry in revoked:
        if entry.since <= at:
            builder = builder.add_revoked_certificate(_revoked(entry))
    return builder.sign(ca.key, hashes.SHA256())


def _revoked(entry: Revocation) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(entry.serial)
    builder = builder.revocation_date(to_datetime(entry.since))
    return builder.add_extension(x509.CRLReason(entry.reason), False).build()


def _start(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    at: Millis,
    life: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(to_datetime(Millis(at - BACKDATE)))
        .not_valid_after(to_datetime(Millis(at + life)))
    )


def _authority(
    builder: x509.CertificateBuilder, public: ec.EllipticCurvePublicKey, path_length: int | None
) -> x509.CertificateBuilder:
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
    )


def _issuer(ca: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


_USAGES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def _key_usage(**bits: bool) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: bits.get(name, False) for name in _USAGES})


def _name(name: str, code: str, organization: str = "") -> x509.Name:
    # X.520 allows 64 characters; the library counts bytes, and Vietnamese letters take up to three.
    short, above = (text.encode()[:64].decode(errors="ignore") for text in (name, organization or name))
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, above),
        x509.NameAttribute(NameOID.COMMON_NAME, short),
    ]
    if code:
        attributes.insert(2, x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, code))
    return x509.Name(attributes)
