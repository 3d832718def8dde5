"""Compact JWS: what joserfc makes and reads, and every known way to cheat with one."""

from __future__ import annotations

import base64
import hmac
import json
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey, RSAKey

from hub.core.errors import ProofInvalid
from hub.core.signature import jws
from tests.support.tokens import certificate_of, ec_key, keys_of, kid_of, rsa_key

TYP = "test/1"
PAYLOAD = b'{"a":1}'
P384 = ec.generate_private_key(ec.SECP384R1())
KEYS = keys_of(ec_key(), rsa_key(), P384)
ALL = ["ES256", "ES384", "PS256", "PS384", "PS512"]
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def foreign(key: jws.PrivateKey) -> ECKey | RSAKey:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ECKey.import_key(pem) if isinstance(key, ec.EllipticCurvePrivateKey) else RSAKey.import_key(pem)


def assembled(header: dict[str, object] | bytes, key: jws.PrivateKey, payload: bytes = PAYLOAD) -> str:
    """A token with any header, rightly signed by `key`."""
    raw = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    signed = f"{b64(raw)}.{b64(payload)}"
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return f"{signed}.{b64(key.sign(signed.encode(), pss, hashes.SHA256()))}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    size = (key.curve.key_size + 7) // 8
    return f"{signed}.{b64(r.to_bytes(size, 'big') + s.to_bytes(size, 'big'))}"


BOTH = pytest.mark.parametrize("key", [ec_key(), rsa_key(), P384], ids=["ES256", "PS256", "ES384"])


@BOTH
def test_a_token_comes_back(key: jws.PrivateKey) -> None:
    token = jws.sign(PAYLOAD, key, kid_of(key), TYP)
    assert jws.verify(token, KEYS, TYP) == PAYLOAD
    assert jws.verify(token, {kid_of(key): key.public_key()}, TYP) == PAYLOAD
    assert jws.unverified_kid(token) == kid_of(key)


@BOTH
def test_joserfc_reads_what_we_write(key: jws.PrivateKey) -> None:
    token = jws.sign(PAYLOAD, key, kid_of(key), TYP)
    read = joserfc_jws.deserialize_compact(token, foreign(key), algorithms=ALL)
    assert read.payload == PAYLOAD
    assert read.headers() == {"alg": jws.algorithm_of(key), "kid": kid_of(key), "typ": TYP}


@BOTH
def test_we_read_what_joserfc_writes(key: jws.PrivateKey) -> None:
    header = {"alg": jws.algorithm_of(key), "kid": kid_of(key), "typ": TYP}
    token = joserfc_jws.serialize_compact(header, PAYLOAD, foreign(key), algorithms=ALL)
    assert jws.verify(token, KEYS, TYP) == PAYLOAD


@pytest.mark.parametrize("algorithm", ["PS384", "PS512"])
def test_an_rsa_key_may_hash_longer_as_the_law_allows(algorithm: str) -> None:
    key = rsa_key()
    header = {"alg": algorithm, "kid": kid_of(key), "typ": TYP}
    assert jws.verify(joserfc_jws.serialize_compact(header, PAYLOAD, foreign(key), algorithms=ALL), KEYS, TYP)


@pytest.mark.parametrize(("algorithm", "key"), [("ES384", ec_key()), ("ES256", P384), ("PS256", ec_key())])
def test_an_algorithm_of_another_key_is_refused(algorithm: str, key: jws.PrivateKey) -> None:
    header = json.dumps({"alg": algorithm, "kid": kid_of(key), "typ": TYP}, separators=(",", ":")).encode()
    with pytest.raises(ProofInvalid, match="as the key is"):
        jws.verify(assembled(header, key), KEYS, TYP)


def headers() -> dict[str, bytes]:
    good = {"alg": "ES256", "kid": kid_of(ec_key()), "typ": TYP}

    def dumped(**changes: object) -> bytes:
        return json.dumps(good | changes, separators=(",", ":"), sort_keys=True).encode()

    plain = dumped()
    return {
        "none": dumped(alg="none"),
        "None": dumped(alg="None"),
        "HS256": dumped(alg="HS256"),
        "RS256": dumped(alg="RS256"),
        "ES384": dumped(alg="ES384"),
        "EdDSA": dumped(alg="EdDSA"),
        "the other key's": dumped(alg="PS256"),
        "no alg": json.dumps({k: v for k, v in good.items() if k != "alg"}, separators=(",", ":")).encode(),
        "crit": dumped(crit=["b64"]),
        "b64": dumped(b64=False, crit=["b64"]),
        "jwk": dumped(jwk={"kty": "EC"}),
        "x5c": dumped(x5c=[]),
        "jku": dumped(jku="http://attacker.example"),
        "another typ": dumped(typ="other/1"),
        "no kid": json.dumps({"alg": "ES256", "typ": TYP}, separators=(",", ":")).encode(),
        "an unknown kid": dumped(kid="0" * 64),
        "a kid in capitals": dumped(kid=kid_of(ec_key()).upper()),
        "a kid that is a path": dumped(kid="../../dev/null"),
        "kid as a number": dumped(kid=1),
        "alg twice": plain.replace(b'"alg":"ES256"', b'"alg":"none","alg":"ES256"'),
        "kid twice": plain.replace(b'"kid"', b'"kid":"x","kid"'),
        "crit that is null": dumped(crit=None),
        "b64 without crit": dumped(b64=True),
        "x5u": dumped(x5u="http://attacker.example"),
        "typ twice": plain.replace(b'"typ"', b'"typ":"other/1","typ"'),
        "a member twice, once escaped": plain.replace(b'"kid"', b'"\\u006bid":"x","kid"'),
        "a member twice where nobody looks": plain.replace(b'"kid"', b'"x":[{"a":1,"a":2}],"kid"'),
        "no typ": json.dumps({k: v for k, v in good.items() if k != "typ"}).encode(),
        "UTF-16": plain.decode().encode("utf-16"),
        "a byte order mark": b"\xef\xbb\xbf" + plain,
        "not a number": plain.replace(b'"kid"', b'"x":NaN,"kid"'),
        "a surrogate alone in a name twice": plain.replace(b'"kid"', b'"\\ud800":1,"\\ud800":1,"kid"'),
        "an array": b"[]",
        "nothing": b"",
        "not JSON": b"{",
        "not UTF-8": plain.replace(b"test", b"\xff\xfe\xfd\xfc"),
        "deep": b"[" * 100_000,
    }


@pytest.mark.parametrize("name", headers())
def test_any_other_header_is_refused_though_rightly_signed(name: str) -> None:
    with pytest.raises(ProofInvalid):
        jws.verify(assembled(headers()[name], ec_key()), KEYS, TYP)


def spellings() -> dict[str, bytes]:
    good = {"alg": "ES256", "kid": kid_of(ec_key()), "typ": TYP}
    plain = json.dumps(good, separators=(",", ":")).encode()
    return {
        "white space": plain.replace(b",", b" ,\n\t "),
        "another order": json.dumps({name: good[name] for name in ("typ", "kid", "alg")}).encode(),
        "an escape": plain.replace(b'"ES256"', b'"\\u0045S256"'),
        "members of no meaning here": json.dumps(good | {"cty": "json", "x5t#S256": "AAAA", "x": [{"a": 1}]}).encode(),
        "typ in capitals": json.dumps(good | {"typ": TYP.upper()}).encode(),
    }


@pytest.mark.parametrize("name", spellings())
def test_a_header_may_be_spelled_in_any_way(name: str) -> None:
    token = assembled(spellings()[name], ec_key())
    assert jws.verify(token, KEYS, TYP) == PAYLOAD
    assert jws.unverified_kid(token) == kid_of(ec_key())


def test_without_a_type_only_where_that_is_allowed() -> None:
    header = {"alg": "ES256", "kid": kid_of(ec_key())}
    assert jws.verify(assembled(header, ec_key()), KEYS, TYP, untyped=True) == PAYLOAD
    for typ, untyped in ((None, False), ("other/1", True)):
        with pytest.raises(ProofInvalid):
            jws.verify(assembled(header | ({"typ": typ} if typ else {}), ec_key()), KEYS, TYP, untyped=untyped)


def test_an_hmac_with_the_public_key_as_its_secret() -> None:
    public = ec_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    header = json.dumps({"alg": "HS256", "kid": kid_of(ec_key()), "typ": TYP}, separators=(",", ":")).encode()
    for secret in (public, b"", certificate_of(ec_key()).public_bytes(Encoding.DER)):
        signed = f"{b64(header)}.{b64(PAYLOAD)}"
        with pytest.raises(ProofInvalid):
            jws.verify(f"{signed}.{b64(hmac.digest(secret, signed.encode(), 'sha256'))}", KEYS, TYP)


def test_texts_that_are_not_three_parts() -> None:
    token = jws.sign(PAYLOAD, ec_key(), kid_of(ec_key()), TYP)
    head, payload, signature = token.split(".")
    for bad in (
        "",
        ".",
        "..",
        head,
        f"{head}.{payload}",
        f"{head}.{payload}.",
        f"{token}.",
        f"{token}.{signature}",
        f".{token}",
        f"{head}.{payload}.{signature}=",
        f"{head}.{payload}.{signature}\n",
        f" {token}",
        f"{head}=.{payload}.{signature}",
        f"{head}.{payload}.{signature[:-1]}",
        f"{head}.{payload}.{signature}é",
        token.replace("_", "/").replace("-", "+") + "+",
        json.dumps({"payload": payload, "protected": head, "signature": signature}),
        token + "A" * jws.MAX_TOKEN,
    ):
        with pytest.raises(ProofInvalid):
            jws.verify(bad, KEYS, TYP)


def test_loose_bits_in_the_last_character() -> None:
    """64 bytes leave four bits over: a decoder that drops them accepts sixteen tokens for one."""
    token = jws.sign(PAYLOAD, ec_key(), kid_of(ec_key()), TYP)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    loose = alphabet[alphabet.index(token[-1]) ^ 1]
    with pytest.raises(ProofInvalid, match="canonical"):
        jws.verify(token[:-1] + loose, KEYS, TYP)


def test_signatures_of_another_form() -> None:
    token = jws.sign(PAYLOAD, ec_key(), kid_of(ec_key()), TYP)
    signed, _, text = token.rpartition(".")
    raw = base64.urlsafe_b64decode(text + "==")
    der = ec_key().sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    zero, one = bytes(32), (1).to_bytes(32, "big")
    order = ORDER.to_bytes(32, "big")
    for bad in (der, b"", raw[:-1], raw + b"\0", zero + raw[32:], raw[:32] + zero, zero * 2, one * 2, order * 2):
        with pytest.raises(ProofInvalid):
            jws.verify(f"{signed}.{b64(bad)}", KEYS, TYP)


def test_pss_with_another_salt_or_padding() -> None:
    key = rsa_key()
    header = json.dumps({"alg": "PS256", "kid": kid_of(key), "typ": TYP}, separators=(",", ":")).encode()
    signed = f"{b64(header)}.{b64(PAYLOAD)}"
    mgf = padding.MGF1(hashes.SHA256())
    schemes = [
        padding.PSS(mgf, 20),
        padding.PSS(mgf, 0),
        padding.PSS(padding.MGF1(hashes.SHA1()), 32),
        padding.PKCS1v15(),
    ]
    for scheme in schemes:
        with pytest.raises(ProofInvalid):
            jws.verify(f"{signed}.{b64(key.sign(signed.encode(), scheme, hashes.SHA256()))}", KEYS, TYP)


def test_keys_of_another_type_curve_or_size() -> None:
    small, p521 = rsa_key(1024), ec.generate_private_key(ec.SECP521R1())
    for key in (small, p521):
        with pytest.raises(ProofInvalid):
            jws.sign(PAYLOAD, key, "0" * 64, TYP)
    kid = "0" * 64
    for algorithm, key in (("PS256", small), ("ES256", p521)):
        header = json.dumps({"alg": algorithm, "kid": kid, "typ": TYP}, separators=(",", ":")).encode()
        token = f"{b64(header)}.{b64(PAYLOAD)}.{b64(bytes(64))}"
        with pytest.raises(ProofInvalid, match="key"):
            jws.verify(token, {kid: key.public_key()}, TYP)
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    header = json.dumps({"alg": "ES256", "kid": kid, "typ": TYP}, separators=(",", ":")).encode()
    with pytest.raises(ProofInvalid, match="Ed25519"):
        jws.verify(f"{b64(header)}.{b64(PAYLOAD)}.{b64(bytes(64))}", {kid: other}, TYP)  # type: ignore[dict-item]


def test_another_certificate_under_the_kid() -> None:
    token = jws.sign(PAYLOAD, ec_key(), kid_of(ec_key()), TYP)
    with pytest.raises(ProofInvalid, match="certificate"):
        jws.verify(token, {kid_of(ec_key()): certificate_of(ec_key(1))}, TYP)
    with pytest.raises(ProofInvalid, match="bad one"):
        jws.verify(token, {kid_of(ec_key()): ec_key(1).public_key()}, TYP)
    with pytest.raises(ProofInvalid, match="registered"):
        jws.verify(token, {}, TYP)


def test_a_signature_moved_to_another_payload() -> None:
    head, _, signature = jws.sign(PAYLOAD, ec_key(), kid_of(ec_key()), TYP).split(".")
    with pytest.raises(ProofInvalid, match="bad one"):
        jws.verify(f"{head}.{b64(b'{}')}.{signature}", KEYS, TYP)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.integers(0, 400))
def test_any_text_ends_as_a_refusal(piece: str, at: int) -> None:
    token = jws.sign(PAYLOAD, ec_key(), kid_of(ec_key()), TYP)
    for text in (piece, token[:at] + piece + token[at + len(piece) :]):
        if text != token:
            with pytest.raises(ProofInvalid):
                jws.verify(text, KEYS, TYP)
            with suppress(ProofInvalid):
                jws.unverified_kid(text)
