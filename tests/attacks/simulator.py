"""An agency that signs on demand, in any way: honest until one attribute is changed.

Its own signing code, not the project's: it also makes what the project refuses to make. `Simulator()` is an honest
agency with a valid certificate; `document()` its signed bytes; `submit()` hands them to the verifier the way the
hub does. Everything happens at `AT`.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from hub.core import edxml
from hub.core.model import Millis, SignatureProfile, to_datetime
from hub.core.signature import trust
from hub.core.signature.anchors import DAY
from hub.pki.issue import AGENCY, Credential, issue, make_crl, make_issuing, make_root

AT = Millis(1_795_334_400_000)  # 2026-11-22T08:00:00Z
CODE = "000.00.00.G22"
OTHER_CODE = "000.00.00.H52"
CRL_URL = "http://localhost/issuing.crl"

DS = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
ENVELOPED = DS + "enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ECDSA = MORE + "ecdsa-sha256"
RSA = MORE + "rsa-sha256"
PSS = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"
HMAC = MORE + "hmac-sha256"

DIGESTS = {
    SHA256: "sha256",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    DS + "sha1": "sha1",
    MORE + "md5": "md5",
}

MESSAGE = """<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">
  <edXML:edXMLEnvelope xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">
    <edXML:edXMLHeader>
      <edXML:MessageHeader>
        <edXML:From>
          <edXML:OrganId>000.00.00.G22</edXML:OrganId>
          <edXML:OrganName>Văn phòng Chính phủ</edXML:OrganName>
        </edXML:From>
        <edXML:To>
          <edXML:OrganId>000.00.00.H52</edXML:OrganId>
          <edXML:OrganName>Ủy ban nhân dân tỉnh Sơn La</edXML:OrganName>
        </edXML:To>
        <edXML:DocumentId>000.00.00.G22,2026/11/22,1011/VPCP-KSTT</edXML:DocumentId>
        <edXML:Code>
          <edXML:CodeNumber>1011</edXML:CodeNumber>
          <edXML:CodeNotation>VPCP-KSTT</edXML:CodeNotation>
        </edXML:Code>
        <edXML:PromulgationInfo>
          <edXML:Place>Hà Nội</edXML:Place>
          <edXML:PromulgationDate>2026/11/22</edXML:PromulgationDate>
        </edXML:PromulgationInfo>
        <edXML:DocumentType>
          <edXML:Type>1</edXML:Type>
          <edXML:TypeDetail>18</edXML:TypeDetail>
          <edXML:TypeName>Công văn</edXML:TypeName>
        </edXML:DocumentType>
        <edXML:Subject>V/v rà soát thủ tục hành chính nội bộ</edXML:Subject>
        <edXML:SignerInfo>
          <edXML:Competence>TL.</edXML:Competence>
          <edXML:Position>Cục trưởng</edXML:Position>
          <edXML:FullName>Người ký thử nghiệm</edXML:FullName>
        </edXML:SignerInfo>
      </edXML:MessageHeader>
      <edXML:TraceHeaderList>
        <edXML:TraceHeader>
          <edXML:OrganId>000.00.00.G22</edXML:OrganId>
          <edXML:Timestamp>2026/11/22 15:00:00</edXML:Timestamp>
        </edXML:TraceHeader>
      </edXML:TraceHeaderList>
    </edXML:edXMLHeader>
    <edXML:edXMLBody>
      <edXML:edXMLManifest version="1.0"/>
    </edXML:edXMLBody>
  </edXML:edXMLEnvelope>
</edXML>
"""


class World:
    """The honest PKI around the simulator."""

    def __init__(self) -> None:
        self.root = make_root(Millis(AT - 400 * DAY))
        self.issuing = make_issuing(self.root, Millis(AT - 300 * DAY))
        self.agency = self.issue(CODE)
        self.other = self.issue(OTHER_CODE)
        self.root_crl = make_crl(self.root, (), 1, Millis(AT - DAY), 180)
        self.crl = make_crl(self.issuing, (), 1, Millis(AT - DAY), 7)
        self.anchors = self.anchors_with(self.crl)

    def issue(self, code: str, key: Any = None) -> Credential:
        made = issue(self.issuing, AGENCY, code, code, Millis(AT - 30 * DAY), crl_url=CRL_URL, key=key)
        return Credential(made.key, made.chain[:1])

    def anchors_with(self, *crls: x509.CertificateRevocationList) -> trust.Anchors:
        roots, between = [self.root.certificate], [self.issuing.certificate]
        return trust.Anchors(roots, between, [self.root_crl, *crls])


@lru_cache(maxsize=1)
def world() -> World:
    return World()


@lru_cache(maxsize=4)
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def certificate(
    issuer: Credential,
    public: Any,
    *,
    name: str = CODE,
    since: int = AT - 30 * DAY,
    until: int = AT + 30 * DAY,
    ca: bool = False,
    path_length: int | None = None,
    usage: str | None = "digital_signature",
    purpose: x509.ObjectIdentifier | None = None,
    issuer_name: x509.Name | None = None,
) -> x509.Certificate:
    """A certificate with one thing about it chosen by the attacker."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer_name or issuer.certificate.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(to_datetime(Millis(since)))
        .not_valid_after(to_datetime(Millis(until)))
        .add_extension(x509.BasicConstraints(ca, path_length), True)
        .add_extension(x509.SubjectKeyIdentifier(hashlib.sha256(name.encode()).digest()[:20]), False)
    )
    if usage is not None:
        bits = dict.fromkeys(USAGES, False) | {usage: True}
        builder = builder.add_extension(x509.KeyUsage(**bits), True)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), False)
    return builder.sign(issuer.key, hashes.SHA256())


USAGES = [
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
]


def ecdsa_raw(key: ec.EllipticCurvePrivateKey, data: bytes, size: int = 32) -> bytes:
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def raw_signature(method: str, key: Any, data: bytes) -> bytes:
    """The value that `method` asks for, allowed or not; a foreign key type signs as it can."""
    if "hmac" in method:
        return hmac.new(key if isinstance(key, bytes) else b"", data, "sha256").digest()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return ecdsa_raw(key, data)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    weak = {DS + "rsa-sha1": hashes.SHA1(), MORE + "rsa-md5": hashes.MD5()}
    return bytes(key.sign(data, pss if method == PSS else padding.PKCS1v15(), weak.get(method, hashes.SHA256())))


def in_header(document: str, signature: str) -> str:
    """The signature's proper place: last child of edXMLHeader."""
    return document.replace("</edXML:edXMLHeader>", signature + "</edXML:edXMLHeader>", 1)


def b64(data: bytes) -> str:
    return b64encode(data).decode()


@dataclass
class Simulator:
    """Attributes in the order in which they are used: the message, its signature, the bytes, the verifier."""

    world: World = field(default_factory=world)
    message: str = MESSAGE
    namespace: str = DS
    prefix: str = ""
    c14n: str = EXCLUSIVE
    method: str = ECDSA
    method_content: str = ""
    uri: str | None = ""
    transforms: tuple[str, ...] = (ENVELOPED, EXCLUSIVE)
    transform_content: str = ""
    digest_method: str = SHA256
    digest: bytes | None = None
    second_reference: str = ""
    key: Any = None
    value: Callable[[bytes], bytes] | None = None
    certificates: tuple[bytes, ...] | None = None
    key_info: str | None = None
    tail: str = ""
    place: Callable[[str, str], str] = in_header
    edit: Callable[[str], str] | None = None
    edit_bytes: Callable[[bytes], bytes] | None = None
    anchors: trust.Anchors | None = None
    registered: frozenset[str] | None = None
    at: Millis = AT
    profile: SignatureProfile = SignatureProfile.STRICT

    def use(self, certificate: x509.Certificate, key: Any = None) -> None:
        """Sign with another certificate, and with `key`, by default the honest one."""
        self.certificates = (certificate.public_bytes(Encoding.DER),)
        self.key = key or self.world.agency.key

    def document(self) -> bytes:
        info = self._info(self._digest())
        in_place = etree.fromstring(self.place(self.message, self._signature(info, "")).encode())
        element = next(e for e in in_place.iter(f"{{{self.namespace}}}SignedInfo"))
        value = self._value(self._canonical(etree.fromstring(etree.tostring(element, with_tail=False)), self.c14n))
        text = self.place(self.message, self._signature(info, b64(value)))
        if self.edit is not None:
            edited = self.edit(text)
            assert edited != text, "the attack changed nothing"
            text = edited
        data = text.encode()
        return data if self.edit_bytes is None else self.edit_bytes(data)

    def submit(self) -> trust.Verified:
        claimed = edxml.parse(self.document())
        anchors = self.anchors or self.world.anchors
        return trust.verify(claimed, self.registered_now(), anchors, self.at, self.profile)

    def registered_now(self) -> frozenset[str]:
        """What the directory holds for the sender: by default, the certificate that is sent."""
        if self.registered is not None:
            return self.registered
        return frozenset(hashlib.sha256(der).hexdigest() for der in self.der()[:1])

    def der(self) -> tuple[bytes, ...]:
        if self.certificates is not None:
            return self.certificates
        return tuple(c.public_bytes(Encoding.DER) for c in self.world.agency.chain)

    def _digest(self) -> bytes:
        if self.digest is not None:
            return self.digest
        root = etree.fromstring(self.message.encode())
        if self.uri and self.uri.startswith("#"):
            root = next((e for e in root.iter() if self.uri[1:] in e.attrib.values()), root)
        form = self._canonical(root, EXCLUSIVE if EXCLUSIVE in self.transforms else INCLUSIVE)
        return hashlib.new(DIGESTS.get(self.digest_method, "sha256"), form).digest()

    @staticmethod
    def _canonical(element: Any, method: str) -> bytes:
        return etree.tostring(element, method="c14n", exclusive=method == EXCLUSIVE)

    def _value(self, data: bytes) -> bytes:
        if self.value is not None:
            return self.value(data)
        return raw_signature(self.method, self.key or self.world.agency.key, data)

    def _info(self, digest: bytes) -> str:
        p = f"{self.prefix}:" if self.prefix else ""
        uri = "" if self.uri is None else f' URI="{self.uri}"'
        last = len(self.transforms) - 1
        transforms = "".join(
            f'<{p}Transform Algorithm="{t}">{self.transform_content if i == last else ""}</{p}Transform>'
            for i, t in enumerate(self.transforms)
        )
        return (
            f'<{p}SignedInfo><{p}CanonicalizationMethod Algorithm="{self.c14n}"/>'
            f'<{p}SignatureMethod Algorithm="{self.method}">{self.method_content}</{p}SignatureMethod>'
            f"<{p}Reference{uri}><{p}Transforms>{transforms}</{p}Transforms>"
            f'<{p}DigestMethod Algorithm="{self.digest_method}"/>'
            f"<{p}DigestValue>{b64(digest)}</{p}DigestValue></{p}Reference>{self.second_reference}</{p}SignedInfo>"
        )

    def _signature(self, info: str, value: str) -> str:
        p = f"{self.prefix}:" if self.prefix else ""
        declaration = f"xmlns:{self.prefix}" if self.prefix else "xmlns"
        holders = "".join(f"<{p}X509Certificate>{b64(der)}</{p}X509Certificate>" for der in self.der())
        key_info = self.key_info if self.key_info is not None else f"<{p}X509Data>{holders}</{p}X509Data>"
        return (
            f'<{p}Signature {declaration}="{self.namespace}">{info}<{p}SignatureValue>{value}</{p}SignatureValue>'
            f"<{p}KeyInfo>{key_info}</{p}KeyInfo>{self.tail}</{p}Signature>"
        )
