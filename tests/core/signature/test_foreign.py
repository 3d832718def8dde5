"""Certificates that others made come in by one door, and cost whoever computes with them a bounded time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import VerificationError

from hub.core.errors import SignatureRefusal, Verdict
from hub.core.model import Millis
from hub.core.signature import foreign
from hub.core.signature.anchors import DAY, Anchors, ladder
from hub.core.signature.anchors_uses import TIME_STAMPS, TLS_CLIENTS
from hub.pki.issue import Credential, new_key
from tests.attacks.build_certificates import name_of, slow
from tests.attacks.simulator import AT, certificate, world

ROOT = Path(__file__).parents[3]
ELSEWHERE = {
    "hub/core/signature/foreign.py": "the door itself",
    "clients/verify_receipt.py": "stands alone, and reads the certificate of a proof that the evidence names",
    "hub/lab/bench/floor.py": "the floor that others are measured against reads what it has made itself",
}


def loaders(tree: ast.AST) -> Iterator[str]:
    """Names of the library's loaders of certificates and lists, however they are reached."""
    for node in ast.walk(tree):
        names = {
            ast.Attribute: lambda n: [n.attr],
            ast.Name: lambda n: [n.id],
            ast.ImportFrom: lambda n: [alias.name for alias in n.names],
            ast.Constant: lambda n: [n.value] if isinstance(n.value, str) else [],
        }.get(type(node), lambda n: [])(node)
        yield from (name for name in names if name.startswith("load_") and ("x509" in name or "pkcs" in name))


def test_nothing_else_loads_a_certificate_or_a_list() -> None:
    found = {
        str(path.relative_to(ROOT)): sorted(set(loaders(ast.parse(path.read_text(encoding="utf-8")))))
        for part in ("hub", "clients")
        for path in (ROOT / part).rglob("*.py")
    }
    assert {name for name, names in found.items() if names} == set(ELSEWHERE)


def test_the_only_other_decoder_of_certificates_is_that_of_time_stamps() -> None:
    """`cryptography.hazmat.asn1` decodes what a class declares; `timestamp` hands each to the door."""
    users = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "hub").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("Token", "SignedData")
        if isinstance(node.value, ast.Name) and node.value.id == "tsp"
    }
    assert users == {"hub/core/log/timestamp.py", "hub/pki/tsa.py"}, "tsa writes tokens of its own"


def test_the_loaders_are_found_however_they_are_reached() -> None:
    for source in (
        "x509.load_der_x509_crl(b)",
        "from cryptography.x509 import load_pem_x509_certificates as f",
        "getattr(x509, 'load_der_x509_certificate')",
        "load = x509.load_pem_x509_crl",
    ):
        assert list(loaders(ast.parse(source))), source


def der(one: x509.Certificate) -> bytes:
    return one.public_bytes(Encoding.DER)


def with_rsa(exponent: int, modulus: int) -> bytes:
    return der(certificate(world().issuing, rsa.RSAPublicNumbers(exponent, modulus).public_key()))


@pytest.mark.parametrize(
    ("exponent", "bits", "refused"),
    [(65537, 2048, False), (3, 2048, False), ((1 << 30) | 1, 4096, False), ((1 << 31) | 1, 2048, True),
     ((1 << 3070) | 1, 3072, True), (65537, 8192, False), (65537, 8193, True)],
)  # fmt: skip
def test_the_budget_of_keys(exponent: int, bits: int, refused: bool) -> None:
    data = with_rsa(exponent, (1 << (bits - 1)) | 1)
    if not refused:
        assert der(foreign.certificate(data)) == data
        return
    with pytest.raises(foreign.TooCostly):
        foreign.certificate(data)


def test_the_budget_of_bytes() -> None:
    data = der(world().agency.certificate)
    pem = world().agency.certificate.public_bytes(Encoding.PEM)
    assert len(foreign.certificates_in_pem(pem * 2)) == 2
    with pytest.raises(foreign.TooCostly):
        foreign.certificates_in_pem(pem * (foreign.MAX_IN_FILE + 1))
    with pytest.raises(foreign.TooCostly):
        foreign.certificate(data + bytes(foreign.MAX_CERTIFICATE))
    with pytest.raises(foreign.TooCostly):
        foreign.revocation_list(bytes(foreign.MAX_LIST + 1))
    for read in (foreign.certificate, foreign.certificates_in_pem, foreign.revocation_list):
        with pytest.raises(foreign.Unreadable):
            read(b"no")


@pytest.mark.parametrize("use", [None, TLS_CLIENTS, TIME_STAMPS])
def test_a_slow_key_is_refused_by_name_for_every_use(use: object) -> None:
    for chain in ([der(certificate(world().issuing, slow(2048)))], [der(world().agency.certificate), der(slow_ca())]):
        with pytest.raises(SignatureRefusal) as refusal:
            world().anchors.signer(chain, AT, use)  # type: ignore[arg-type]
        assert refusal.value.verdict is Verdict.ALGORITHM_FORBIDDEN


def slow_ca() -> x509.Certificate:
    return certificate(world().root, slow(3072), name="slow CA", ca=True)


# the way up


def authority(name: str, issuer: str, *, since: int = AT - DAY, until: int = AT + DAY) -> Credential:
    key = new_key()
    above = Credential(key, world().issuing.chain)
    options = {"since": since, "until": until}
    made = certificate(above, key.public_key(), name=name, ca=True, issuer_name=name_of(issuer), **options)  # type: ignore[arg-type]
    return Credential(key, (made,))


def test_a_path_is_made_of_what_leads_up_and_of_nothing_else() -> None:
    ours = world()
    own = [authority(name, "Demo issuing CA").certificate for name in ("a", "b", "c")]
    known = [*own, ours.issuing.certificate, ours.other.certificate]
    assert ladder(ours.agency.certificate, known, AT) == [ours.issuing.certificate]


def test_of_an_authority_with_two_certificates_the_one_in_date_is_taken() -> None:
    ours = world()
    key = ours.issuing.key
    assert not isinstance(key, rsa.RSAPrivateKey)

    def again(since: int, until: int) -> x509.Certificate:
        old = ours.issuing.certificate
        return (
            x509.CertificateBuilder(old.subject, old.issuer, old.public_key(), 7)
            .not_valid_before(certificate(ours.issuing, key.public_key(), since=since).not_valid_before_utc)
            .not_valid_after(certificate(ours.issuing, key.public_key(), until=until).not_valid_after_utc)
            .add_extension(x509.BasicConstraints(True, 0), True)
            .sign(ours.root.key, hashes.SHA384())
        )

    past, future = again(AT - 20 * DAY, AT - 10 * DAY), again(AT + 10 * DAY, AT + 20 * DAY)
    for known in ([past, ours.issuing.certificate, future], [future, past, ours.issuing.certificate]):
        assert ladder(ours.agency.certificate, known, AT) == [ours.issuing.certificate]


def test_names_that_lead_nowhere_are_not_followed_for_ever() -> None:
    subject = world().issuing.certificate.subject
    name = str(subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
    leaf = certificate(authority(name, name), new_key().public_key(), issuer_name=name_of("x"))
    many = [authority("x", "x").certificate for _ in range(17)]
    with pytest.raises(VerificationError):
        ladder(leaf, many, AT)
    anchors = Anchors([world().root.certificate], many)
    with pytest.raises(SignatureRefusal) as refusal:
        anchors.signer([der(leaf)], Millis(AT))
    assert refusal.value.verdict is Verdict.CERTIFICATE_UNTRUSTED
