"""RFC 3161: our authority, our verifier, and two strangers that must agree: OpenSSL and rfc3161-client.

The rule for strangers: what we accept, they accept.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
import rfc3161_client
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from hub.core.errors import ProofInvalid
from hub.core.log import timestamp, tsp
from hub.core.log.timestamp import Stamp
from hub.core.model import Millis
from hub.core.signature.anchors import Anchors
from hub.core.signature.anchors_uses import DOCUMENT_SIGNING
from hub.pki import tsa
from hub.pki.issue import BACKDATE, DAY, HUB_USES, Credential, Revocation, Use, issue, make_crl, make_issuing, make_root
from tests.support.axis import NOON

DIGEST = sha256(b"a checkpoint").digest()
NONCE = 0x1234_5678_9ABC_DEF0
OPENSSL = shutil.which("openssl")
AT = Millis(NOON + 123)


class Pki:
    """A root, an issuing CA and its list; credentials of any use on demand."""

    def __init__(self) -> None:
        self.root = make_root(NOON)
        self.issuing = make_issuing(self.root, NOON)

    @cache  # noqa: B019
    def credential(self, use: Use = HUB_USES["tsa"], at: int = NOON, bits: int = 0) -> Credential:
        key = rsa.generate_private_key(65537, bits) if bits else None
        return issue(self.issuing, use, "", "Test TSA", Millis(at), crl_url="http://localhost/crl", key=key)

    def anchors(self, *revoked: Revocation, at: int = NOON) -> Anchors:
        lists = [make_crl(self.root, [], 1, Millis(at), 7), make_crl(self.issuing, revoked, 1, Millis(at), 7)]
        return Anchors([self.root.certificate], [self.issuing.certificate], lists)


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki()


def answer(credential: Credential, query: bytes | None = None, at: Millis = AT) -> bytes:
    authority = tsa.Authority(credential, lambda: at)
    return authority.answer(query if query is not None else timestamp.request(DIGEST, NONCE))


def token(credential: Credential, at: Millis = AT) -> bytes:
    return timestamp.token_of(answer(credential, at=at))


@pytest.mark.parametrize("bits", [0, 2048], ids=["P-256", "RSA"])
def test_a_token_says_when_its_digest_existed(pki: Pki, bits: int) -> None:
    made = token(pki.credential(bits=bits))
    stamp = timestamp.verify(made, DIGEST, pki.anchors(), policy=tsa.POLICY, nonce=NONCE)
    assert (stamp.at, stamp.digest, stamp.policy) == (AT, DIGEST, tsa.POLICY)
    own = pki.credential(bits=bits).certificate
    assert stamp.certificate == own.fingerprint(hashes.SHA256()).hex()
    assert set(timestamp.certificates_of(made)) == {own, pki.issuing.certificate}


# strangers


def strangers_accept(pki: Pki, response: bytes) -> bool:
    builder = rfc3161_client.VerifierBuilder(
        roots=[pki.root.certificate], intermediates=[pki.issuing.certificate], nonce=NONCE
    )
    try:
        return bool(builder.build().verify(rfc3161_client.decode_timestamp_response(response), DIGEST))
    except (rfc3161_client.VerificationError, ValueError):
        return False


def openssl_accepts(pki: Pki, made: bytes, folder: Path, *, digest: bytes = DIGEST) -> bool:
    assert OPENSSL is not None
    names = {"token": made, "root": pem(pki.root), "issuing": pem(pki.issuing)}
    for name, data in names.items():
        (folder / name).write_bytes(data)
    done = subprocess.run(
        [OPENSSL, "ts", "-verify", "-digest", digest.hex(), "-in", "token", "-token_in",
         "-CAfile", "root", "-untrusted", "issuing", "-attime", str(NOON // 1000 + 60)],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode == 0 and "OK" in done.stdout


def pem(credential: Credential) -> bytes:
    return credential.certificate.public_bytes(Encoding.PEM)


@pytest.mark.parametrize("bits", [0, 2048], ids=["P-256", "RSA"])
def test_strangers_accept_what_our_authority_makes(pki: Pki, bits: int) -> None:
    assert strangers_accept(pki, answer(pki.credential(bits=bits)))


@pytest.mark.skipif(OPENSSL is None, reason="no openssl here")
@pytest.mark.parametrize("bits", [0, 2048], ids=["P-256", "RSA"])
def test_openssl_accepts_what_our_authority_makes(pki: Pki, bits: int, tmp_path: Path) -> None:
    made = token(pki.credential(bits=bits))
    assert openssl_accepts(pki, made, tmp_path)
    assert not openssl_accepts(pki, made, tmp_path, digest=sha256(b"else").digest())


@pytest.mark.skipif(OPENSSL is None, reason="no openssl here")
def test_our_authority_answers_a_query_that_openssl_made(pki: Pki, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a checkpoint")
    assert OPENSSL is not None
    subprocess.run(
        [OPENSSL, "ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    response = answer(pki.credential(), (tmp_path / "query").read_bytes())
    assert timestamp.verify(timestamp.token_of(response), DIGEST, pki.anchors()).at == AT
    (tmp_path / "response").write_bytes(response)
    (tmp_path / "root").write_bytes(pem(pki.root))
    done = subprocess.run(
        [OPENSSL, "ts", "-verify", "-queryfile", "query", "-in", "response", "-CAfile", "root",
         "-attime", str(NOON // 1000 + 60)],
        cwd=tmp_path, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "OK" in done.stdout, done.stderr


CONFIG = """
[tsa]
default_tsa = own
[own]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = {name}
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@pytest.mark.skipif(OPENSSL is None, reason="no openssl here")
@pytest.mark.parametrize("name", ["yes", "no"])
@pytest.mark.parametrize("bits", [0, 2048], ids=["P-256", "RSA"])
def test_we_accept_what_openssl_makes(pki: Pki, bits: int, name: str, tmp_path: Path) -> None:
    """Another maker: other order of certificates, its own name in the token, `ordering`, nonce of its own."""
    credential = pki.credential(bits=bits, at=NOON)
    key = credential.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files = {
        "config": CONFIG.format(name=name).encode(),
        "serial": b"01\n",
        "key": key,
        "cert": pem(credential),
        "chain": pem(pki.issuing) + pem(pki.root),
        "query": timestamp.request(DIGEST, NONCE),
    }
    for file, data in files.items():
        (tmp_path / file).write_bytes(data)
    assert OPENSSL is not None
    subprocess.run(
        [OPENSSL, "ts", "-reply", "-config", "config", "-queryfile", "query", "-signer", "cert", "-inkey", "key",
         "-chain", "chain", "-out", "response"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    made = timestamp.token_of((tmp_path / "response").read_bytes())
    info = tsp.decode(tsp.TSTInfo, tsp.decode(tsp.Token, made, "").content.content.content, "")
    moment = Millis(round(info.gen_time.as_datetime().timestamp() * 1000))
    if moment < NOON - BACKDATE:
        pytest.skip("this machine's clock is before the test's certificates")
    trusted = pki.anchors(at=moment)
    stamp = timestamp.verify(made, DIGEST, trusted, policy="1.2.3.4.1", nonce=NONCE)
    assert stamp.at == moment
    (tmp_path / "chain").write_bytes(pem(pki.root))
    checked = subprocess.run(
        [OPENSSL, "ts", "-verify", "-queryfile", "query", "-in", "response", "-CAfile", "chain"],
        cwd=tmp_path, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert "OK" in checked.stdout


def test_a_certificate_set_out_of_order_is_read_as_openssl_writes_it(pki: Pki) -> None:
    """rfc3161-client refuses such a token, for DER sorts sets: which is why it is not what the hub verifies with."""
    made = tsp.decode(tsp.TimeStampResp, answer(pki.credential()), "")
    assert made.token is not None
    made.token.content.certificates = list(reversed(made.token.content.certificates or ()))
    response = tsp.encode(made)
    assert timestamp.verify(timestamp.token_of(response), DIGEST, pki.anchors()).at == AT
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        rfc3161_client.decode_timestamp_response(response)


# attacks, each by what it changes


def rebuilt(pki: Pki, change: Callable[[tsp.Token, tsp.TSTInfo], None], *, sign: bool = False) -> bytes:
    """A token with one thing changed; signed anew where the attacker is the authority's own key."""
    made = tsp.decode(tsp.Token, token(pki.credential()), "")
    info = tsp.decode(tsp.TSTInfo, made.content.content.content, "")
    change(made, info)
    made.content.content.content = tsp.encode(info)
    (signer,) = made.content.signers.as_list()
    if sign:
        for attribute in signer.signed.as_list():
            if attribute.kind == tsp.MESSAGE_DIGEST:
                value = tsp.encode(sha256(made.content.content.content).digest())
                attribute.values = asn1.SetOf([asn1.decode_der(asn1.TLV, value)])
        signer.signed = asn1.SetOf(sorted(signer.signed.as_list(), key=tsp.encode))
        key = pki.credential().key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        signer.signature = key.sign(tsp.encode(signer.signed), ec.ECDSA(hashes.SHA256()))
    made.content.signers = asn1.SetOf([signer])
    return tsp.encode(made)


def signer_of(made: tsp.Token) -> tsp.SignerInfo:
    return made.content.signers.as_list()[0]


def kept(made: tsp.Token, *kinds: x509.ObjectIdentifier) -> None:
    """Leaves only these signed attributes."""
    signer = signer_of(made)
    signer.signed = asn1.SetOf([a for a in signer.signed.as_list() if a.kind in kinds])
    made.content.signers = asn1.SetOf([signer])


def other_time(made: tsp.Token, info: tsp.TSTInfo) -> None:
    info.gen_time = asn1.GeneralizedTime(datetime(2020, 1, 1, tzinfo=UTC))


FORGED: dict[str, tuple[str, bool, Callable[[tsp.Token, tsp.TSTInfo], None]]] = {
    "another time": ("messageDigest", False, other_time),
    "another serial number": ("messageDigest", False, lambda t, i: setattr(i, "serial", 5)),
    "no certificate": ("certificate in the token", False, lambda t, i: setattr(t.content, "certificates", None)),
    "TSTInfo of version 2": ("version 1", True, lambda t, i: setattr(i, "version", 2)),
    "SHA-384 imprint": (
        "SHA-256",
        True,
        lambda t, i: setattr(i.imprint.algorithm, "algorithm", x509.ObjectIdentifier("2.16.840.1.101.3.4.2.2")),
    ),
    "without signingCertificate": (
        "signed attribute", True, lambda t, i: kept(t, tsp.CONTENT_TYPE, tsp.MESSAGE_DIGEST),
    ),
    "without contentType": (
        "signed attribute", True, lambda t, i: kept(t, tsp.SIGNING_CERTIFICATE_V2, tsp.MESSAGE_DIGEST),
    ),
    "another content": ("TSTInfo", False, lambda t, i: setattr(t.content.content, "kind", tsp.SIGNED_DATA)),
    "no SignedData": ("SignedData", False, lambda t, i: setattr(t, "kind", tsp.TST_INFO)),
    "SignedData of version 1": ("version 3", False, lambda t, i: setattr(t.content, "version", 1)),
}  # fmt: skip


@pytest.mark.parametrize("attack", FORGED)
def test_a_forged_token_is_refused(pki: Pki, attack: str) -> None:
    expected, sign, change = FORGED[attack]
    with pytest.raises(ProofInvalid) as caught:
        timestamp.verify(rebuilt(pki, change, sign=sign), DIGEST, pki.anchors())
    assert expected in caught.value.expected


def test_signed_anew_and_unchanged_it_is_good(pki: Pki) -> None:
    assert timestamp.verify(rebuilt(pki, lambda t, i: None, sign=True), DIGEST, pki.anchors()).at == AT


def test_it_is_about_the_digest_policy_and_nonce_that_were_asked(pki: Pki) -> None:
    made = token(pki.credential())
    wrong: list[dict[str, object]] = [{"digest": bytes(32)}, {"policy": "1.2.3"}, {"nonce": 5}]
    for change in wrong:
        with pytest.raises(ProofInvalid):
            timestamp.verify(made, **({"digest": DIGEST, "anchors": pki.anchors()} | change))  # type: ignore[arg-type]


CERTIFICATES: dict[str, tuple[str, Use]] = {
    "documents' key usage": ("KEY_USAGE", Use(700, (DOCUMENT_SIGNING,), eku_critical=True)),
    "time stamping not critical": ("KEY_USAGE", Use(700, (ExtendedKeyUsageOID.TIME_STAMPING,))),
    "time stamping and more": (
        "KEY_USAGE", Use(700, (ExtendedKeyUsageOID.TIME_STAMPING, DOCUMENT_SIGNING), eku_critical=True),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CERTIFICATES)
def test_a_certificate_for_something_else_is_refused(pki: Pki, case: str) -> None:
    verdict, use = CERTIFICATES[case]
    with pytest.raises(ProofInvalid, match=verdict):
        timestamp.verify(token(pki.credential(use)), DIGEST, pki.anchors())


def test_a_certificate_is_judged_at_the_tokens_time(pki: Pki) -> None:
    use = Use(10, (ExtendedKeyUsageOID.TIME_STAMPING,), eku_critical=True)
    credential = pki.credential(use)
    late = Millis(NOON + 20 * DAY)
    with pytest.raises(ProofInvalid, match="CERTIFICATE_EXPIRED"):
        timestamp.verify(token(credential, late), DIGEST, pki.anchors(at=late))
    assert timestamp.verify(token(credential), DIGEST, pki.anchors()).at == AT  # whenever that is asked
    serial = credential.certificate.serial_number
    early = Revocation(serial, Millis(NOON - 1000), x509.ReasonFlags.key_compromise)
    with pytest.raises(ProofInvalid, match="CERTIFICATE_REVOKED"):
        timestamp.verify(token(credential), DIGEST, pki.anchors(early))
    after = Revocation(serial, Millis(NOON + DAY), x509.ReasonFlags.key_compromise)
    assert timestamp.verify(token(credential), DIGEST, pki.anchors(after, at=NOON + 2 * DAY)).at == AT
    with pytest.raises(ProofInvalid, match="REVOCATION_UNKNOWN"):
        timestamp.verify(token(credential), DIGEST, Anchors([pki.root.certificate], [pki.issuing.certificate]))
    with pytest.raises(ProofInvalid, match="CERTIFICATE_UNTRUSTED"):
        timestamp.verify(token(credential), DIGEST, Pki().anchors())


def test_any_bit_flipped_is_refused_or_changes_nothing_that_is_believed(pki: Pki) -> None:
    """The issuer's certificate travels unsigned in a token: flips in it may pass, for it is not read. Nothing else
    may."""
    made = token(pki.credential())
    good = timestamp.verify(made, DIGEST, pki.anchors(), nonce=NONCE)
    issuer = pki.issuing.certificate.public_bytes(Encoding.DER)
    unsigned = range(8 * made.index(issuer), 8 * (made.index(issuer) + len(issuer)))
    passed = 0
    for bit in random.Random(3161).sample(range(8 * len(made)), 1_200):
        at = bit // 8
        data = made[:at] + bytes([made[at] ^ 1 << bit % 8]) + made[at + 1 :]
        stamp = attempt(data, pki)
        if stamp is not None:
            assert bit in unsigned, bit
            assert stamp == good
            passed += 1
    assert passed < 800


def attempt(data: bytes, pki: Pki) -> Stamp | None:
    try:
        return timestamp.verify(data, DIGEST, pki.anchors(), nonce=NONCE)
    except ProofInvalid:
        return None


def test_what_we_accept_of_changed_tokens_strangers_accept(pki: Pki) -> None:
    accepted = 0
    for _, sign, change in FORGED.values():
        data = rebuilt(pki, change, sign=sign)
        response = tsp.encode(
            tsp.TimeStampResp(status=tsp.PkiStatusInfo(status=0), token=tsp.decode(tsp.Token, data, ""))
        )
        if attempt(data, pki) is not None:
            accepted += 1
            assert strangers_accept(pki, response)
    assert accepted == 0


@pytest.mark.parametrize("data", [b"", b"junk", b"\x30\x80", b"\x30" * 3_000, bytes(100_000)], ids=len)
def test_bytes_that_are_no_token_are_refused(pki: Pki, data: bytes) -> None:
    with pytest.raises(ProofInvalid):
        timestamp.verify(data, DIGEST, pki.anchors())
    with pytest.raises(ProofInvalid):
        timestamp.token_of(data)


# what the authority says no to


def asked(**changes: object) -> bytes:
    request = tsp.decode(tsp.TimeStampReq, timestamp.request(DIGEST, NONCE), "")
    for name, value in changes.items():
        setattr(request, name, value)
    return tsp.encode(request)


def imprint(algorithm: str, digest: bytes) -> tsp.MessageImprint:
    identifier = tsp.AlgorithmIdentifier(algorithm=x509.ObjectIdentifier(algorithm))
    return tsp.MessageImprint(algorithm=identifier, digest=digest)


REFUSED = {
    "not DER": (b"\x30\x80\x00\x00", 5),
    "empty": (b"", 5),
    "too long": (bytes(20_000), 5),
    "version 2": (asked(version=2), 2),
    "SHA-1": (asked(imprint=imprint("1.3.14.3.2.26", bytes(20))), 0),
    "a short digest": (asked(imprint=imprint("2.16.840.1.101.3.4.2.1", bytes(20))), 5),
    "another policy": (asked(policy=x509.ObjectIdentifier("1.2.3")), 15),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_authority_refuses_by_the_bit_of_rfc_3161(pki: Pki, case: str) -> None:
    query, bit = REFUSED[case]
    response = answer(pki.credential(), query)
    status = tsp.decode(tsp.TimeStampResp, response, "").status
    assert status.status == 2
    assert status.failure is not None
    assert int.from_bytes(status.failure.as_bytes().ljust(4, b"\0"), "big") == 1 << (31 - bit)
    with pytest.raises(ProofInvalid, match="status 2"):
        timestamp.token_of(response)


def test_certificates_travel_only_when_asked_for(pki: Pki) -> None:
    made = timestamp.token_of(answer(pki.credential(), asked(cert_req=False)))
    assert timestamp.certificates_of(made) == ()
    with pytest.raises(ProofInvalid, match="certificate in the token"):
        timestamp.verify(made, DIGEST, pki.anchors())
