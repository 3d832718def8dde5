"""Attacks with certificates, keys and revocation lists."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.core.model import Millis
from hub.core.signature import trust
from hub.core.signature.anchors import DAY
from hub.pki.issue import Credential, Revocation, make_crl, make_issuing, make_root, new_key
from tests.attacks.register import ALGORITHM, INVALID, MALFORMED, PROFILE, UNTRUSTED, attack, oddity, setting
from tests.attacks.simulator import (
    AT,
    CODE,
    PSS,
    RSA,
    Simulator,
    World,
    b64,
    certificate,
    ecdsa_raw,
    raw_signature,
    rsa_key,
)

EXPIRED = "SIGNATURE_CERTIFICATE_EXPIRED"
TOO_EARLY = "SIGNATURE_CERTIFICATE_NOT_YET_VALID"
REVOKED = "SIGNATURE_CERTIFICATE_REVOKED"
UNKNOWN = "SIGNATURE_REVOCATION_UNKNOWN"
KEY_USAGE = "SIGNATURE_KEY_USAGE"
IDENTITY = "SIGNATURE_IDENTITY_MISMATCH"


def der(one: x509.Certificate) -> bytes:
    return one.public_bytes(Encoding.DER)


# -- what stands in KeyInfo ------------------------------------------------------------------------------------------

KEY_VALUE = "<KeyValue><RSAKeyValue><Modulus>AQAB</Modulus><Exponent>AQAB</Exponent></RSAKeyValue></KeyValue>"
KEY_NAME = "<KeyName>000.00.00.G22</KeyName>"
RETRIEVAL = '<RetrievalMethod URI="http://127.0.0.1:1/key"/>'
for kind, xml in (("key-value", KEY_VALUE), ("key-name", KEY_NAME), ("retrieval-method", RETRIEVAL)):
    setting(f"{kind}-alone", MALFORMED, key_info=xml)

    @attack(f"{kind}-beside-certificate", PROFILE)
    def _(s: Simulator, xml: str = xml) -> None:
        s.key_info = (
            f"{xml}<X509Data><X509Certificate>{b64(der(s.world.agency.certificate))}</X509Certificate></X509Data>"
        )


@attack("subject-name-beside-certificate", PROFILE)
def _(s: Simulator) -> None:
    holder = f"<X509Certificate>{b64(der(s.world.agency.certificate))}</X509Certificate>"
    s.key_info = f"<X509Data><X509SubjectName>CN=x</X509SubjectName>{holder}</X509Data>"


@attack("reversed-chain", KEY_USAGE)
def _(s: Simulator) -> None:
    s.certificates = (der(s.world.issuing.certificate), der(s.world.agency.certificate))


@attack("extra-certificate", UNTRUSTED)
def _(s: Simulator) -> None:
    s.certificates = (der(s.world.agency.certificate), der(s.world.other.certificate))


@attack("extra-certificate-after-the-root", UNTRUSTED)
def _(s: Simulator) -> None:
    s.certificates = (der(s.world.agency.certificate), der(s.world.root.certificate))


@attack("four-certificates", PROFILE)
def _(s: Simulator) -> None:
    s.certificates = (der(s.world.agency.certificate),) * 4


@attack("same-certificate-twice", UNTRUSTED)
def _(s: Simulator) -> None:
    s.certificates = (der(s.world.agency.certificate),) * 2


setting("certificate-is-junk", MALFORMED, certificates=(bytes(200),))


@attack("certificate-followed-by-bytes", MALFORMED)
def _(s: Simulator) -> None:
    s.certificates = (der(s.world.agency.certificate) + b"\0",)


@attack("certificate-bit-flipped", UNTRUSTED)
def _(s: Simulator) -> None:
    """In the signature of the CA, at the very end."""
    whole = der(s.world.agency.certificate)
    s.certificates = (whole[:-1] + bytes([whole[-1] ^ 1]),)


# -- whose key ---------------------------------------------------------------------------------------------------------

setting("attackers-key-with-genuine-certificate", INVALID, key=new_key())


@attack("another-agencys-certificate", IDENTITY)
def _(s: Simulator) -> None:
    s.use(s.world.other.certificate, s.world.other.key)
    s.registered = frozenset({s.world.agency.certificate.fingerprint(hashes.SHA256()).hex()})


@attack("agency-without-registered-certificate", IDENTITY)
def _(s: Simulator) -> None:
    s.registered = frozenset()


@attack("self-signed", UNTRUSTED)
def _(s: Simulator) -> None:
    key = new_key()
    own = Credential(key, (s.world.agency.certificate,))
    s.use(certificate(own, key.public_key(), issuer_name=name_of(CODE)), key)


@attack("self-signed-with-the-issuers-name", UNTRUSTED)
def _(s: Simulator) -> None:
    key = new_key()
    s.use(certificate(Credential(key, s.world.issuing.chain), key.public_key()), key)


@attack("own-root-with-the-same-names", UNTRUSTED)
def _(s: Simulator) -> None:
    root = make_root(Millis(AT - 400 * DAY))
    issuing = make_issuing(root, Millis(AT - 300 * DAY))
    key = new_key()
    s.use(certificate(issuing, key.public_key()), key)
    assert s.certificates is not None
    s.certificates = (*s.certificates, der(issuing.certificate), der(root.certificate))


@attack("leaf-as-ca", UNTRUSTED)
def _(s: Simulator) -> None:
    """An agency issues a certificate for another one with its own key."""
    key = new_key()
    s.use(certificate(s.world.agency, key.public_key()), key)
    assert s.certificates is not None
    s.certificates = (*s.certificates, der(s.world.agency.certificate))


@attack("path-too-long", UNTRUSTED)
def _(s: Simulator) -> None:
    """The issuing CA has path length 0 and issues a CA all the same."""
    between, key = new_key(), new_key()
    ca = certificate(s.world.issuing, between.public_key(), name="sub CA", ca=True, usage="key_cert_sign")
    s.use(certificate(Credential(between, (ca,)), key.public_key()), key)
    assert s.certificates is not None
    s.certificates = (*s.certificates, der(ca))


@attack("ca-without-certificate-signing", UNTRUSTED)
def _(s: Simulator) -> None:
    between, key = new_key(), new_key()
    ca = certificate(s.world.root, between.public_key(), name="odd CA", ca=True, usage="crl_sign")
    s.use(certificate(Credential(between, (ca,)), key.public_key()), key)
    assert s.certificates is not None
    s.certificates = (*s.certificates, der(ca))


@attack("no-anchors", UNTRUSTED)
def _(s: Simulator) -> None:
    s.anchors = trust.Anchors(())


# -- what the certificate says -----------------------------------------------------------------------------------------


def says(name: str, code: str, **options: Any) -> None:
    @attack(name, code)
    def _(s: Simulator) -> None:
        s.use(certificate(s.world.issuing, s.world.agency.key.public_key(), **options))


def name_of(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


says("expired", EXPIRED, since=AT - 60 * DAY, until=AT - 1000)
says("not-yet-valid", TOO_EARLY, since=AT + 1000, until=AT + DAY)
says("no-key-usage", KEY_USAGE, usage=None)
says("key-usage-for-encryption", KEY_USAGE, usage="key_encipherment")
says("key-usage-for-agreement-only", KEY_USAGE, usage="key_agreement")
says("server-auth-only", KEY_USAGE, purpose=ExtendedKeyUsageOID.SERVER_AUTH)
says("time-stamping-only", KEY_USAGE, purpose=ExtendedKeyUsageOID.TIME_STAMPING)
says("ocsp-signing-only", KEY_USAGE, purpose=ExtendedKeyUsageOID.OCSP_SIGNING)
says("ca-as-leaf", KEY_USAGE, ca=True)


@attack("issuing-ca-signs-a-document", KEY_USAGE)
def _(s: Simulator) -> None:
    s.use(s.world.issuing.certificate, s.world.issuing.key)


@attack("unknown-critical-extension", UNTRUSTED)
def _(s: Simulator) -> None:
    original = s.world.agency.certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(original.subject)
        .issuer_name(original.issuer)
        .public_key(original.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(original.not_valid_before_utc)
        .not_valid_after(original.not_valid_after_utc)
        .add_extension(original.extensions.get_extension_for_class(x509.KeyUsage).value, True)
        .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
    )
    s.use(builder.sign(s.world.issuing.key, hashes.SHA256()))


# -- keys that the profile does not allow ------------------------------------------------------------------------------


@attack("rsa-1024", ALGORITHM)
def _(s: Simulator) -> None:
    key = rsa_key(1024)
    s.method = PSS
    s.use(certificate(s.world.issuing, key.public_key()), key)


@attack("rsa-5120", ALGORITHM)
def _(s: Simulator) -> None:
    """Slow to verify, by choice. Only the modulus matters here: nobody needs to know its factors."""
    public = rsa.RSAPublicNumbers(65537, (1 << 5119) | 1).public_key()
    s.method, s.value = RSA, lambda _: bytes(512)
    s.use(certificate(s.world.issuing, public))


@attack("rsa-exponent-three", ALGORITHM)
def _(s: Simulator) -> None:
    public = rsa.RSAPublicNumbers(3, rsa_key().public_key().public_numbers().n).public_key()
    s.method, s.value = RSA, lambda _: bytes(256)
    s.use(certificate(s.world.issuing, public))


def slow(bits: int) -> rsa.RSAPublicKey:
    """Verifying with it takes as long as signing would, or longer: the exponent has as many bits as the modulus."""
    return rsa.RSAPublicNumbers((1 << (bits - 2)) | 1, (1 << (bits - 1)) | 1).public_key()


@attack("rsa-exponent-as-long-as-the-modulus", ALGORITHM)
def _(s: Simulator) -> None:
    s.method, s.value = RSA, lambda _: bytes(384)
    s.use(certificate(s.world.issuing, slow(3072)))


@attack("slow-authorities-of-one-name", ALGORITHM)
def _(s: Simulator) -> None:
    """Two that issued each other and themselves: every way up among them would be tried."""
    name, own = name_of("slow CA"), Credential(new_key(), s.world.issuing.chain)
    first, second = (certificate(own, slow(3072), name="slow CA", ca=True, issuer_name=name) for _ in range(2))
    key = new_key()
    s.use(certificate(own, key.public_key(), issuer_name=name), key)
    assert s.certificates is not None
    s.certificates = (*s.certificates, der(first), der(second))


@attack("authorities-of-one-name-and-key", UNTRUSTED)
def _(s: Simulator) -> None:
    """Each is the issuer of both, so there are as many ways up as a path is long."""
    name, own = name_of("own CA"), Credential(new_key(), s.world.issuing.chain)
    assert isinstance(own.key, ec.EllipticCurvePrivateKey)
    options: Any = {"name": "own CA", "ca": True, "issuer_name": name, "usage": "key_cert_sign"}
    first, second = (certificate(own, own.key.public_key(), **options) for _ in range(2))
    key = new_key()
    s.use(certificate(own, key.public_key(), issuer_name=name), key)
    assert s.certificates is not None
    s.certificates = (*s.certificates, der(first), der(second))


@attack("self-signed-and-not-registered", IDENTITY)
def _(s: Simulator) -> None:
    """Whose it is is asked before a path is looked for: two faults, and the cheap one is told."""
    key = new_key()
    s.use(certificate(Credential(key, s.world.issuing.chain), key.public_key()), key)
    s.registered = frozenset()


@attack("rsa-exponent-one", ALGORITHM)
def _(s: Simulator) -> None:
    """With e = 1 anybody can make signatures: the value is the padded digest itself."""
    key = rsa_key()
    honest = certificate(s.world.issuing, key.public_key())
    s.method = RSA
    s.value = lambda data: padded(data)
    s.certificates = (with_public_key(honest, s.world.issuing, exponent_one(key)),)


@attack("p-192", ALGORITHM)
def _(s: Simulator) -> None:
    key = ec.generate_private_key(ec.SECP192R1())
    s.value = lambda data: ecdsa_raw(key, data)
    s.use(certificate(s.world.issuing, key.public_key()), key)


@attack("p-521", ALGORITHM)
def _(s: Simulator) -> None:
    key = ec.generate_private_key(ec.SECP521R1())
    s.value = lambda _: b"\x01" * 96
    s.use(certificate(s.world.issuing, key.public_key()), key)


@attack("p-384-with-a-value-of-p-256", INVALID)
def _(s: Simulator) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    s.value = lambda _: b"\x01" * 64
    s.use(certificate(s.world.issuing, key.public_key()), key)


@attack("ed25519", ALGORITHM)
def _(s: Simulator) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    s.value = lambda data: key.sign(data)
    s.use(certificate(s.world.issuing, key.public_key()), key)


@attack("rsa-method-with-ec-certificate", INVALID)
def _(s: Simulator) -> None:
    s.method, s.value = RSA, lambda _: bytes(256)


@attack("ec-method-with-rsa-certificate", INVALID)
def _(s: Simulator) -> None:
    key = rsa_key()
    s.value = lambda _: b"\x01" * 64
    s.use(certificate(s.world.issuing, key.public_key()), key)


@attack("pss-value-under-pkcs1-method", INVALID)
def _(s: Simulator) -> None:
    key = rsa_key()
    s.method, s.value = RSA, lambda data: raw_signature(PSS, key, data)
    s.use(certificate(s.world.issuing, key.public_key()), key)


@attack("rsa-value-too-short", INVALID)
def _(s: Simulator) -> None:
    key = rsa_key()
    s.method, s.value = RSA, lambda data: raw_signature(RSA, key, data)[:-1]
    s.use(certificate(s.world.issuing, key.public_key()), key)


def padded(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest.finalize()
    return b"\x00\x01" + b"\xff" * (256 - 3 - len(info)) + b"\x00" + info


def exponent_one(key: rsa.RSAPrivateKey) -> bytes:
    """The key's SubjectPublicKeyInfo with e = 1: the library will not make it, so by hand."""
    n = key.public_key().public_numbers().n
    modulus = tlv(0x02, b"\0" + n.to_bytes(256, "big"))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return tlv(0x30, algorithm + tlv(0x03, b"\0" + tlv(0x30, modulus + tlv(0x02, b"\x01"))))


def with_public_key(honest: x509.Certificate, issuer: Credential, spki: bytes) -> bytes:
    """`honest` with another SubjectPublicKeyInfo, signed by the CA again."""
    old = honest.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return signed_again(honest.tbs_certificate_bytes, issuer, old, spki, hashes.SHA256(), WITH_SHA256)


WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
WITH_SHA1 = bytes.fromhex("300906072a8648ce3d0401")


def signed_again(
    body: bytes, issuer: Credential, old: bytes, new: bytes, digest: hashes.HashAlgorithm, algorithm: bytes
) -> bytes:
    """A to-be-signed part with `old` replaced, in its envelope: what the library would refuse to make."""
    assert body.count(old) == 1
    header = 2 if body[1] < 0x80 else 2 + (body[1] & 0x7F)
    fresh = tlv(0x30, body[header:].replace(old, new))
    assert isinstance(issuer.key, ec.EllipticCurvePrivateKey)
    return tlv(0x30, fresh + algorithm + tlv(0x03, b"\0" + issuer.key.sign(fresh, ec.ECDSA(digest))))


@attack("certificate-signed-with-sha-1", ALGORITHM)
def _(s: Simulator) -> None:
    honest = certificate(s.world.issuing, s.world.agency.key.public_key())
    body = honest.tbs_certificate_bytes
    s.certificates = (signed_again(body, s.world.issuing, WITH_SHA256, WITH_SHA1, hashes.SHA1(), WITH_SHA1),)


@attack("list-signed-with-sha-1", UNKNOWN)
def _(s: Simulator) -> None:
    body = make_crl(s.world.issuing, (), 2, AT, 7).tbs_certlist_bytes
    made = signed_again(body, s.world.issuing, WITH_SHA256, WITH_SHA1, hashes.SHA1(), WITH_SHA1)
    s.anchors = s.world.anchors_with(x509.load_der_x509_crl(made))


def tlv(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 128:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + value


# -- revocation --------------------------------------------------------------------------------------------------------


def listed(world: World, ca: Credential, at: int, *, since: int = AT - 1000, days: int = 7) -> Any:
    """A list of `ca`, made at `at`, with the agency's certificate in it."""
    serial = world.agency.certificate.serial_number
    entry = Revocation(serial, Millis(since), x509.ReasonFlags.key_compromise)
    return make_crl(ca, [entry], 2, Millis(at), days)


@attack("revoked", REVOKED)
def _(s: Simulator) -> None:
    s.anchors = s.world.anchors_with(listed(s.world, s.world.issuing, AT))


@attack("revoked-then-older-list", REVOKED)
def _(s: Simulator) -> None:
    """An older list, genuine, is offered again: the newer one stays."""
    newer = listed(s.world, s.world.issuing, AT)
    s.anchors = s.world.anchors_with(newer).with_crls([s.world.crl])


@attack("revoked-issuing-ca", REVOKED)
def _(s: Simulator) -> None:
    serial = s.world.issuing.certificate.serial_number
    entry = Revocation(serial, Millis(AT - 1000), x509.ReasonFlags.ca_compromise)
    crl = make_crl(s.world.root, [entry], 2, AT, 30)
    s.anchors = s.world.anchors_with(s.world.crl).with_crls([crl])


@attack("stale-list", UNKNOWN)
def _(s: Simulator) -> None:
    s.anchors = s.world.anchors_with(make_crl(s.world.issuing, (), 2, Millis(AT - 9 * DAY), 7))


@attack("no-list", UNKNOWN)
def _(s: Simulator) -> None:
    s.anchors = s.world.anchors_with()


@attack("foreign-list-in-place-of-the-issuers", UNKNOWN)
def _(s: Simulator) -> None:
    """Same name, other key: a list that any attacker can make."""
    foreign = Credential(new_key(), s.world.issuing.chain)
    s.anchors = s.world.anchors_with(make_crl(foreign, (), 2, AT, 7))


@attack("list-by-an-agency", UNKNOWN)
def _(s: Simulator) -> None:
    s.anchors = s.world.anchors_with(make_crl(Credential(s.world.agency.key, s.world.agency.chain), (), 2, AT, 7))


@attack("list-by-a-ca-that-may-sign-none", UNKNOWN)
def _(s: Simulator) -> None:
    """keyUsage keyCertSign, but not cRLSign."""
    w, key, own = s.world, new_key(), new_key()
    ca = certificate(w.root, key.public_key(), name="CA", ca=True, usage="key_cert_sign")
    issuer = Credential(key, (ca,))
    s.use(certificate(issuer, own.public_key()), own)
    s.anchors = trust.Anchors([w.root.certificate], [ca], [w.root_crl, make_crl(issuer, (), 1, AT, 7)])


@attack("list-with-critical-extension", UNKNOWN)
def _(s: Simulator) -> None:
    """An indirect or partial list tells about other certificates than one would think."""
    point = x509.IssuingDistributionPoint(None, None, False, False, None, True, False)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(s.world.issuing.certificate.subject)
        .last_update(s.world.crl.last_update_utc)
        .next_update(s.world.crl.next_update_utc or s.world.crl.last_update_utc)
        .add_extension(point, True)
    )
    s.anchors = s.world.anchors_with(builder.sign(s.world.issuing.key, hashes.SHA256()))


@oddity("foreign-list-names-the-certificate")
def _(s: Simulator) -> None:
    """Nobody but the issuer can revoke."""
    foreign = Credential(new_key(), s.world.issuing.chain)
    s.anchors = s.world.anchors.with_crls([listed(s.world, foreign, AT)])


@oddity("list-just-stale-within-grace")
def _(s: Simulator) -> None:
    s.anchors = s.world.anchors_with(make_crl(s.world.issuing, (), 2, Millis(AT - 7 * DAY - 1000), 7))


@oddity("revoked-later")
def _(s: Simulator) -> None:
    """Accepted before the date of revocation: stays what it was."""
    s.anchors = s.world.anchors_with(listed(s.world, s.world.issuing, AT + DAY, since=AT + 1000))


@oddity("whole-chain-with-root")
def _(s: Simulator) -> None:
    w = s.world
    s.certificates = tuple(der(c) for c in (w.agency.certificate, w.issuing.certificate, w.root.certificate))
