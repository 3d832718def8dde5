"""The shapes of RFC 3161 in DER: request, response, token (CMS SignedData, RFC 5652) and the signed part in it.

The rule: DER has one encoding, and these shapes read and write only that: `decode` decodes, encodes again and compares.
These classes have every member that a token of ours or of a foreign authority may hold; any other algorithm parameter,
choice or extra member does not decode. Nothing is verified here; that is `timestamp`.

Two departures from DER are met in the field and are read: a certificate set that is not sorted (OpenSSL writes it as it
comes), and optional members that are kept as they are (`tsa`, extensions, unsigned attributes).
"""

from __future__ import annotations

from typing import Annotated, Final, TypeVar

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from hub.core.errors import ProofInvalid

T = TypeVar("T")

SHA256: Final = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
SIGNED_DATA: Final = ObjectIdentifier("1.2.840.113549.1.7.2")
TST_INFO: Final = ObjectIdentifier("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE: Final = ObjectIdentifier("1.2.840.113549.1.9.3")
MESSAGE_DIGEST: Final = ObjectIdentifier("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE_V2: Final = ObjectIdentifier("1.2.840.113549.1.9.16.2.47")


@asn1.sequence
class AlgorithmIdentifier:
    algorithm: ObjectIdentifier
    parameters: asn1.Null | None = None


@asn1.sequence
class MessageImprint:
    algorithm: AlgorithmIdentifier
    digest: bytes


@asn1.sequence
class TimeStampReq:
    version: int
    imprint: MessageImprint
    policy: ObjectIdentifier | None = None
    nonce: int | None = None
    cert_req: Annotated[bool, asn1.Default(False)] = False
    extensions: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)] = None


@asn1.sequence
class Accuracy:
    seconds: int | None = None
    millis: Annotated[int | None, asn1.Implicit(0)] = None
    micros: Annotated[int | None, asn1.Implicit(1)] = None


@asn1.sequence
class TSTInfo:
    version: int
    policy: ObjectIdentifier
    imprint: MessageImprint
    serial: int
    gen_time: asn1.GeneralizedTime
    accuracy: Accuracy | None = None
    ordering: Annotated[bool, asn1.Default(False)] = False
    nonce: int | None = None
    # An explicit [0] around one GeneralName has the same bytes as an implicit [0] sequence with one member.
    tsa: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)] = None
    extensions: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)] = None


@asn1.sequence
class Attribute:
    kind: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class IssuerAndSerial:
    issuer: asn1.TLV
    serial: int


@asn1.sequence
class SignerInfo:
    version: int
    sid: IssuerAndSerial
    digest_algorithm: AlgorithmIdentifier
    signed: Annotated[asn1.SetOf[Attribute], asn1.Implicit(0)]
    signature_algorithm: AlgorithmIdentifier
    signature: bytes
    unsigned: Annotated[asn1.SetOf[Attribute] | None, asn1.Implicit(1)] = None


@asn1.sequence
class EncapsulatedContent:
    kind: ObjectIdentifier
    content: Annotated[bytes, asn1.Explicit(0)]


@asn1.sequence
class SignedData:
    version: int
    digest_algorithms: asn1.SetOf[AlgorithmIdentifier]
    content: EncapsulatedContent
    certificates: Annotated[list[x509.Certificate] | None, asn1.Implicit(0)] = None
    crls: Annotated[list[x509.CertificateRevocationList] | None, asn1.Implicit(1)] = None
    signers: asn1.SetOf[SignerInfo]


@asn1.sequence
class Token:
    """ContentInfo: the form of a TimeStampToken."""

    kind: ObjectIdentifier
    content: Annotated[SignedData, asn1.Explicit(0)]


@asn1.sequence
class EssCertIdV2:
    algorithm: AlgorithmIdentifier | None = None  # absent: SHA-256
    digest: bytes
    issuer_serial: list[asn1.TLV] | None = None


@asn1.sequence
class SigningCertificateV2:
    certificates: list[EssCertIdV2]
    policies: list[asn1.TLV] | None = None


@asn1.sequence
class PkiStatusInfo:
    status: int
    texts: list[str] | None = None
    failure: asn1.BitString | None = None


@asn1.sequence
class TimeStampResp:
    status: PkiStatusInfo
    token: Token | None = None


def encode(value: object) -> bytes:
    return bytes(asn1.encode_der(value))


def decode(kind: type[T], data: bytes, what: str) -> T:
    """`data` as `kind`. ProofInvalid unless it is that, in DER, and nothing more."""
    try:
        value = asn1.decode_der(kind, data)
        again = encode(value)
    except Exception as error:  # the library names bad input in several ways
        raise ProofInvalid(expected=f"{what} in DER", found=type(error).__name__) from None
    if again != data:
        raise ProofInvalid(expected=f"{what} in DER", found="another encoding of it")
    return value
