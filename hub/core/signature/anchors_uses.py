"""The uses that a key and a certificate are fit for: checks 6.2 and 6.3 of `anchors`, each use as one line of a
table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.core.errors import Verdict
from hub.core.signature.profile import PublicKey, refusal
from hub.core.signature.revocation import extension_of

DOCUMENT_SIGNING: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
FIT_FOR_DOCUMENTS: Final = frozenset(
    {
        DOCUMENT_SIGNING,
        x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # Microsoft's document signing, older than RFC 9336
        x509.ObjectIdentifier("1.2.840.113583.1.1.5"),  # Adobe's Authentic Documents Trust: most CAs' before RFC 9336
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.CLIENT_AUTH,  # the State's CA issues one certificate for signing and log-in
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    }
)
_FIT_FOR_CALLS: Final = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
_FIT_FOR_SERVERS: Final = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})


def allowed_key(leaf: x509.Certificate) -> PublicKey:
    try:
        key = leaf.public_key()
    except Exception as error:  # the library names a bad key in several ways
        raise refusal(Verdict.ALGORITHM_FORBIDDEN, "an EC or RSA key", type(error).__name__, 6) from None
    if isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, ec.SECP256R1 | ec.SECP384R1):
            raise refusal(Verdict.ALGORITHM_FORBIDDEN, "curve P-256 or P-384", key.curve.name, 6)
        return key
    if isinstance(key, rsa.RSAPublicKey):
        if not 2048 <= key.key_size <= 4096:
            raise refusal(Verdict.ALGORITHM_FORBIDDEN, "RSA of 2048 to 4096 bits", str(key.key_size), 6)
        if key.public_numbers().e < 65537:
            raise refusal(Verdict.ALGORITHM_FORBIDDEN, "RSA exponent of at least 65537", "less", 6)
        return key
    raise refusal(Verdict.ALGORITHM_FORBIDDEN, "an EC or RSA key", type(key).__name__, 6)


TO_LOG_IN: Final = ("digitalSignature",)
_TO_SERVE: Final = ("keyEncipherment", "keyAgreement")
_TO_SIGN: Final = ("digitalSignature", "contentCommitment")
_USAGES: Final[Mapping[str, Callable[[x509.KeyUsage], bool]]] = {
    "digitalSignature": lambda usage: usage.digital_signature,
    "contentCommitment": lambda usage: usage.content_commitment,
    "keyEncipherment": lambda usage: usage.key_encipherment,
    "dataEncipherment": lambda usage: usage.data_encipherment,
    "keyAgreement": lambda usage: usage.key_agreement,
    "keyCertSign": lambda usage: usage.key_cert_sign,
    "cRLSign": lambda usage: usage.crl_sign,
}


def has_usage(leaf: x509.Certificate, enough: Sequence[str]) -> bool:
    usage = extension_of(leaf, x509.KeyUsage)
    return usage is not None and any(_USAGES[name](usage) for name in enough)


def _may(leaf: x509.Certificate, enough: Sequence[str]) -> None:
    """Not a CA's, and with one of the key usages that are enough."""
    constraints = extension_of(leaf, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise refusal(Verdict.KEY_USAGE, "the signer's certificate first", "a CA certificate", 6)
    if not has_usage(leaf, enough):
        usage = extension_of(leaf, x509.KeyUsage)
        found = " ".join(name for name, has in _USAGES.items() if has(usage)) if usage else ""
        raise refusal(Verdict.KEY_USAGE, f"keyUsage {' or '.join(enough)}", found or "none", 6)


def _may_sign(leaf: x509.Certificate) -> None:
    _may(leaf, _TO_SIGN)
    extended = extension_of(leaf, x509.ExtendedKeyUsage)
    if extended is not None and FIT_FOR_DOCUMENTS.isdisjoint(extended):
        found = " ".join(purpose.dotted_string for purpose in extended)
        raise refusal(Verdict.KEY_USAGE, "EKU documentSigning", found, 6)


def _may_stamp(leaf: x509.Certificate) -> None:
    _may(leaf, _TO_SIGN)
    try:
        extended = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise refusal(Verdict.KEY_USAGE, "EKU timeStamping", "none", 6) from None
    if not extended.critical or list(extended.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        found = " ".join(purpose.dotted_string for purpose in extended.value)
        raise refusal(Verdict.KEY_USAGE, "EKU timeStamping alone, critical", found, 6)


def _may_call(leaf: x509.Certificate) -> None:
    _may(leaf, TO_LOG_IN)
    extended = extension_of(leaf, x509.ExtendedKeyUsage)
    if extended is not None and _FIT_FOR_CALLS.isdisjoint(extended):
        found = " ".join(purpose.dotted_string for purpose in extended)
        raise refusal(Verdict.KEY_USAGE, "EKU clientAuth", found, 6)


def _may_serve(leaf: x509.Certificate) -> None:
    _may(leaf, (*_TO_SERVE, *TO_LOG_IN))
    extended = extension_of(leaf, x509.ExtendedKeyUsage)
    if extended is not None and _FIT_FOR_SERVERS.isdisjoint(extended):
        found = " ".join(purpose.dotted_string for purpose in extended)
        raise refusal(Verdict.KEY_USAGE, "EKU serverAuth", found, 6)
    names = extension_of(leaf, x509.SubjectAlternativeName)
    if names is None or not list(names):
        raise refusal(Verdict.KEY_USAGE, "a subjectAltName with the server's name", "none", 6)


class Use(NamedTuple):
    """A use of a certificate, and check 6.3 for it."""

    name: str
    check: Callable[[x509.Certificate], None]


DOCUMENTS: Final = Use("documents", _may_sign)
TIME_STAMPS: Final = Use("time stamps", _may_stamp)
TLS_SERVERS: Final = Use("TLS servers", _may_serve)
TLS_CLIENTS: Final = Use("TLS clients", _may_call)
