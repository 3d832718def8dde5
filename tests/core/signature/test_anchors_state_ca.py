"""What the State's CA issues and hands out is understood, and what is refused is told in words."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from clients import bundles
from hub.cli.main import main
from hub.core import edxml
from hub.core.directory.files import from_json
from hub.core.directory.routing import Directory
from hub.core.errors import SignatureRefusal, Verdict
from hub.core.model import Millis, SignatureProfile, to_datetime
from hub.core.signature import trust, xmldsig
from hub.core.signature.anchors import DAY, Anchors, Signer
from hub.core.signature.anchors_files import sort
from hub.core.signature.archive import Archive
from hub.pki.issue import Credential, Revocation
from tests.attacks.build import ATTACKS, build
from tests.attacks.simulator import AT, CODE, MESSAGE, Simulator, b64, certificate, world
from tests.core.signature import oracles

VECTORS = Path(__file__).parents[2] / "vectors/state-ca"
G22 = "000.00.00.G22"
LEGACY = Directory.of(from_json((VECTORS / "agencies-legacy.json").read_bytes()))


def judged(name: str, anchors: str = "anchors", profile: SignatureProfile = SignatureProfile.STRICT) -> tuple[str, str]:
    """Verdict and what was found, of a vector."""
    claimed = edxml.parse((VECTORS / name).read_bytes())
    certificates = xmldsig.examine(claimed.root, SignatureProfile.LEGACY).certificates if "-id" not in name else ()
    registered = frozenset({x509.load_der_x509_certificate(c).fingerprint(hashes.SHA256()).hex() for c in certificates})
    try:
        trust.verify(claimed, registered, bundles.load_anchors(VECTORS / anchors), AT, profile)
    except SignatureRefusal as refusal:
        return refusal.verdict, refusal.found
    return Verdict.VALID, ""


@pytest.mark.parametrize(
    ("name", "anchors"),
    [
        ("nonrepudiation-only.edxml", "anchors"),
        ("adobe-document-trust.edxml", "anchors"),
        ("signed-well.edxml", "anchors-list-with-critical-idp"),
        ("signed-well.edxml", "anchors-as-handed-out"),
    ],
)
def test_a_document_signed_as_the_states_ca_has_it_is_valid(name: str, anchors: str) -> None:
    assert judged(name, anchors) == (Verdict.VALID, "")


@pytest.mark.parametrize("name", ["legacy-with-subject-name.edxml", "legacy-with-issuer-serial.edxml"])
def test_hints_beside_the_certificate_are_the_legacy_profiles_alone(name: str) -> None:
    assert judged(name, profile=SignatureProfile.LEGACY) == (Verdict.VALID, "")
    claimed = edxml.parse((VECTORS / name).read_bytes())
    entry = LEGACY[G22]
    assert trust.verify(
        claimed, entry.certificate_ids(AT), bundles.load_anchors(VECTORS / "anchors"), AT, entry.signature_profile
    ).signature.legacy
    verdict, found = judged(name)
    assert verdict is Verdict.PROFILE_VIOLATION
    assert "X509" in found or "REC-xml-c14n" in found


@pytest.mark.parametrize(
    ("hint", "found"),
    [
        ("<X509SubjectName>CN=another</X509SubjectName>", "X509SubjectName in X509Data"),
        ("<X509SKI>AAAA</X509SKI>", "X509SKI in X509Data"),
        (
            "<X509IssuerSerial><X509IssuerName>x</X509IssuerName><X509SerialNumber>1</X509SerialNumber>"
            "</X509IssuerSerial>",
            "X509IssuerSerial in X509Data",
        ),
    ],
)
def test_nothing_is_read_from_hints(hint: str, found: str) -> None:
    """They may say what they like: the certificate counts. Under the strict profile they are named."""
    holder = f"<X509Certificate>{b64(world().agency.certificate.public_bytes(Encoding.DER))}</X509Certificate>"
    for inside in (hint + holder, holder + hint):
        lax = Simulator(key_info=f"<X509Data>{inside}</X509Data>", profile=SignatureProfile.LEGACY)
        assert lax.submit().signature.legacy
        with pytest.raises(SignatureRefusal) as refusal:
            Simulator(key_info=f"<X509Data>{inside}</X509Data>").submit()
        assert refusal.value.verdict is Verdict.PROFILE_VIOLATION
        assert found in refusal.value.found


@pytest.mark.parametrize(
    "hint",
    [
        "<X509SubjectName><x/></X509SubjectName>",
        '<X509SubjectName Id="x">CN=x</X509SubjectName>',
        "<X509IssuerSerial><X509IssuerName>x</X509IssuerName></X509IssuerSerial>",
        "<X509IssuerSerial>x<X509IssuerName>x</X509IssuerName><X509SerialNumber>1</X509SerialNumber></X509IssuerSerial>",
        "<X509CRL>AAAA</X509CRL>",
        '<X509SubjectName xmlns="urn:x">CN=x</X509SubjectName>',
        "<X509SubjectName>CN=x</X509SubjectName>" * 20,
    ],
)
def test_what_is_no_hint_is_refused_under_the_legacy_profile_too(hint: str) -> None:
    holder = f"<X509Certificate>{b64(world().agency.certificate.public_bytes(Encoding.DER))}</X509Certificate>"
    with pytest.raises(SignatureRefusal) as refusal:
        Simulator(key_info=f"<X509Data>{hint}{holder}</X509Data>", profile=SignatureProfile.LEGACY).submit()
    assert refusal.value.verdict in (Verdict.PROFILE_VIOLATION, Verdict.MALFORMED)


def test_a_departure_is_named() -> None:
    assert judged("signature-with-id.edxml") == (Verdict.PROFILE_VIOLATION, "attribute Id of Signature")
    id_of_info = Simulator(edit=lambda text: text.replace("<SignedInfo>", '<SignedInfo Id="x">'))
    with pytest.raises(SignatureRefusal) as refusal:
        id_of_info.submit()
    assert refusal.value.found == "attribute Id of SignedInfo"
    assert "attribute Id of SignedInfo" in refusal.value.en
    assert "thuộc tính Id của SignedInfo" in refusal.value.vi


# -- algorithms that the law allows --------------------------------------------------------------------------------


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=lambda c: c.name)
def test_either_curve_signs_with_each_of_sha_2(curve: ec.EllipticCurve, digest: str) -> None:
    one = world().issue(CODE, ec.generate_private_key(curve))
    uri = f"http://www.w3.org/2001/04/xmldsig-more#ecdsa-{digest}"
    data = xmldsig.sign(MESSAGE.encode(), one.key, one.chain, uri)
    verified = trust.verify(edxml.parse(data), ids(one), world().anchors, AT)
    assert verified.signature.alg == f"ecdsa-{digest}"
    assert digest in data.decode().partition("DigestMethod")[2][:80], "the content is hashed with it too"
    oracles.by_signxml(data, one.certificate)


def test_a_p_384_key_signs_with_sha_384_by_default() -> None:
    one = world().issue(CODE, ec.generate_private_key(ec.SECP384R1()))
    data = xmldsig.sign(MESSAGE.encode(), one.key, one.chain)
    assert trust.verify(edxml.parse(data), ids(one), world().anchors, AT).signature.alg == "ecdsa-sha384"


def ids(one: Credential) -> frozenset[str]:
    return frozenset({one.certificate.fingerprint(hashes.SHA256()).hex()})


# -- certificates: what they are for -------------------------------------------------------------------------------


def signer(**options: object) -> Signer:
    made = certificate(world().issuing, world().agency.key.public_key(), **options)  # type: ignore[arg-type]
    return world().anchors.signer([made.public_bytes(Encoding.DER)], AT)


def test_who_signs_documents_alone_does_not_log_in() -> None:
    assert not signer(usage="content_commitment").logs_in
    assert signer(usage="digital_signature").logs_in


def test_which_usages_were_found_is_told() -> None:
    with pytest.raises(SignatureRefusal) as refusal:
        signer(usage="key_encipherment")
    assert refusal.value.found == "keyEncipherment"
    assert refusal.value.expected == "keyUsage digitalSignature or contentCommitment"


def test_a_chain_signed_with_sha_1_is_told_in_words() -> None:
    with pytest.raises(SignatureRefusal) as refusal:
        build(ATTACKS["certificate-signed-with-sha-1"].change).submit()
    assert refusal.value.verdict is Verdict.ALGORITHM_FORBIDDEN
    assert "is signed with SHA-1" in refusal.value.found


UNTRUSTED = [name for name, one in ATTACKS.items() if one.code == "SIGNATURE_CERTIFICATE_UNTRUSTED"]


@pytest.mark.parametrize("name", UNTRUSTED)
def test_no_librarys_text_is_told(name: str) -> None:
    with pytest.raises(SignatureRefusal) as refusal:
        build(ATTACKS[name].change).submit()
    for word in ("candidates", "validation", "Phantom", "Identifier", "{", "exhausted"):
        assert word not in refusal.value.found


# -- revocation lists that are limited or not ------------------------------------------------------------------------


def a_list(*, serials: tuple[int, ...] = (), number: int = 2, **point: object) -> x509.CertificateRevocationList:
    issuing = world().issuing
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuing.certificate.subject)
        .last_update(to_datetime(Millis(AT - DAY)))
        .next_update(to_datetime(Millis(AT + DAY)))
        .add_extension(x509.CRLNumber(number), False)
    )
    if point:
        names = point.pop("names", None)
        full = [x509.UniformResourceIdentifier(n) for n in names] if names else None  # type: ignore[attr-defined]
        settings: dict[str, object] = {
            "full_name": full,
            "relative_name": None,
            "only_contains_user_certs": False,
            "only_contains_ca_certs": False,
            "only_some_reasons": None,
            "indirect_crl": False,
            "only_contains_attribute_certs": False,
            **point,
        }
        builder = builder.add_extension(x509.IssuingDistributionPoint(**settings), True)  # type: ignore[arg-type]
    for serial in serials:
        entry = Revocation(serial, Millis(AT - DAY), x509.ReasonFlags.key_compromise)
        made = x509.RevokedCertificateBuilder().serial_number(entry.serial).revocation_date(to_datetime(entry.since))
        builder = builder.add_revoked_certificate(made.build())
    return builder.sign(issuing.key, hashes.SHA256())


AGENCY = world().agency.certificate.public_bytes(Encoding.DER)
ITS_POINT = "http://localhost/issuing.crl"
"""As the certificate of `world().agency` names it."""


def state(anchors: Anchors) -> tuple[str, str]:
    try:
        anchors.signer([AGENCY], AT)
    except SignatureRefusal as refusal:
        return refusal.verdict, refusal.found
    return Verdict.VALID, ""


@pytest.mark.parametrize("archived", [False, True])
def test_a_list_that_names_its_point_speaks_for_the_certificates_of_that_point(archived: bool) -> None:
    serial = world().agency.certificate.serial_number

    def of(*crls: x509.CertificateRevocationList) -> str:
        anchors = world().anchors_with(*crls)
        return state(Archive(anchors) if archived else anchors)[0]

    assert of(a_list(names=[ITS_POINT, "ldap://x"])) is Verdict.VALID
    assert of(a_list(names=[ITS_POINT], serials=(serial,))) is Verdict.CERTIFICATE_REVOKED
    assert of(a_list(names=["http://localhost/part-2.crl"])) is Verdict.REVOCATION_UNKNOWN
    parts = [a_list(names=["http://localhost/part-2.crl"], number=9), a_list(names=[ITS_POINT], serials=(serial,))]
    assert of(*parts) is Verdict.CERTIFICATE_REVOKED, "a newer list of another part does not replace it"
    assert of(*reversed(parts)) is Verdict.CERTIFICATE_REVOKED


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ({"only_contains_ca_certs": True}, "onlyContainsCACerts"),
        ({"only_contains_user_certs": True}, "onlyContainsUserCerts"),
        ({"indirect_crl": True, "names": [ITS_POINT]}, "indirectCRL"),
        ({"only_some_reasons": frozenset({x509.ReasonFlags.key_compromise}), "names": [ITS_POINT]}, "onlySomeReasons"),
    ],
)
def test_a_list_that_is_limited_does_not_count_and_is_told(limit: dict[str, object], said: str) -> None:
    verdict, found = state(world().anchors_with(a_list(**limit)))  # type: ignore[arg-type]
    assert verdict is Verdict.REVOCATION_UNKNOWN
    assert found == f"a list that does not count: critical extension 2.5.29.28 ({said})"
    good = world().anchors_with(a_list(**limit), a_list())  # type: ignore[arg-type]
    assert state(good)[0] is Verdict.VALID


# -- files as they are handed out ------------------------------------------------------------------------------------


def test_files_are_taken_by_what_is_in_them_and_the_others_are_named() -> None:
    root, issuing = world().root.certificate, world().issuing.certificate
    pem, der = issuing.public_bytes(Encoding.PEM), issuing.public_bytes(Encoding.DER)
    files = {
        "root.p7b": pkcs7.serialize_certificates([root], Encoding.DER),
        "issuing.cer": der,
        "again.crt": b"Subject: CN=x\r\n" + pem.replace(b"\n", b"\r\n"),
        "lists.crl": world().crl.public_bytes(Encoding.DER),
        "root.crl.txt": world().root_crl.public_bytes(Encoding.PEM),
        "readme.txt": b"not a certificate",
        "damaged.crt": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "agency.cer": AGENCY,
        "root.key": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "p7.pem": pkcs7.serialize_certificates([root, issuing], Encoding.PEM),
    }
    found = sort(files.items())
    assert (found.roots, found.intermediates) == ((root,), (issuing,))
    assert len(found.crls) == 2
    assert {one.name for one in found.untaken} == {"readme.txt", "damaged.crt", "agency.cer", "root.key"}
    assert state(found.anchors(DAY))[0] is Verdict.VALID


@pytest.mark.parametrize(
    ("anchors", "name"),
    [
        ("anchors", "nonrepudiation-only.edxml"),
        ("anchors", "adobe-document-trust.edxml"),
        ("anchors-list-with-critical-idp", "signed-well.edxml"),
        ("anchors-as-handed-out", "signed-well.edxml"),
    ],
)
def test_the_command_says_valid_and_names_what_it_does_not_take(tmp_path: Path, anchors: str, name: str) -> None:
    folder = tmp_path / "anchors"
    shutil.copytree(VECTORS / anchors, folder)
    (folder / "ghi-chu.docx").write_bytes(b"x")
    arguments = ["check", "--anchors", str(folder), "--today", "2026-11-22", "--lang", "vi", str(VECTORS / name)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "hợp lệ" in result.output
    assert "ghi-chu.docx" in result.output


def test_a_folder_without_a_root_says_which_files_it_passed_over(tmp_path: Path) -> None:
    (tmp_path / "x.crt").write_bytes(b"no")
    with pytest.raises(ValueError, match=r"x\.crt"):
        bundles.load_anchors(tmp_path)
