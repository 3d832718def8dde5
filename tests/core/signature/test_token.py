"""Assertions of agencies' programs (RFC 7523) and the hub's own access tokens."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey

from hub.core import canonical
from hub.core.errors import Unauthenticated
from hub.core.model import Millis
from hub.core.signature import assertion, jws, token
from tests.support.tokens import ec_key, keys_of, kid_of, rsa_key

AT = Millis(1_795_334_400_123)
NOW = AT // 1000
AUDIENCE = "https://hub.example.gov.vn/v1/token"
AGENCY = "000.00.00.H52"
JTI = "0123456789abcdef"
KEYS = keys_of(ec_key(), rsa_key())


def built(**changes: object) -> str:
    claims = {"aud": AUDIENCE, "exp": NOW + 300, "iat": NOW, "iss": AGENCY, "jti": JTI, "sub": AGENCY} | changes
    payload = canonical.encode({k: v for k, v in claims.items() if v is not None})
    return jws.sign(payload, ec_key(), kid_of(ec_key()), "JWT")


@pytest.mark.parametrize("key", [ec_key(), rsa_key()], ids=["ES256", "PS256"])
def test_an_assertion_comes_back(key: jws.PrivateKey) -> None:
    made = assertion.build(AGENCY, AUDIENCE, JTI, AT, key, kid_of(key))
    read = assertion.verify(made, KEYS, AUDIENCE, AT)
    assert read == assertion.Assertion(AGENCY, JTI, Millis((NOW + 360) * 1000), kid_of(key), Millis(NOW * 1000))


def test_joserfc_makes_one_that_holds() -> None:
    pem = ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    header = {"alg": "ES256", "kid": kid_of(ec_key()), "typ": "JWT"}
    claims = {"aud": AUDIENCE, "exp": NOW + 300, "iat": NOW, "iss": AGENCY, "jti": JTI, "sub": AGENCY}
    made = joserfc_jws.serialize_compact(header, canonical.encode(claims), ECKey.import_key(pem))
    assert assertion.verify(made, KEYS, AUDIENCE, AT).subject == AGENCY


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({}, True),
        ({"iat": NOW + 60, "exp": NOW + 360}, True),
        ({"iat": NOW + 61, "exp": NOW + 361}, False),
        ({"iat": NOW - 359, "exp": NOW - 59}, True),
        ({"iat": NOW - 360, "exp": NOW - 60}, False),
        ({"exp": NOW + 301}, False),
        ({"exp": NOW}, False),
        ({"exp": NOW - 1}, False),
        ({"exp": 2**53}, False),
        ({"iat": -1, "exp": 299}, False),
        ({"aud": AUDIENCE + "/"}, False),
        ({"aud": [AUDIENCE]}, True),
        ({"aud": ["https://other.example", AUDIENCE]}, True),
        ({"aud": ["https://other.example"]}, False),
        ({"aud": []}, False),
        ({"aud": [AUDIENCE] * 17}, False),
        ({"aud": [[AUDIENCE]]}, False),
        ({"aud": ""}, False),
        ({"iss": "000.00.00.H01"}, False),
        ({"sub": "000.00.00.H01"}, False),
        ({"jti": "short"}, False),
        ({"jti": "x" * 101}, False),
        ({"jti": None}, False),
        ({"exp": None}, False),
        ({"iat": None}, False),
        ({"aud": None}, False),
        ({"nbf": NOW}, True),
        ({"nbf": NOW + 60}, True),
        ({"nbf": NOW + 61}, False),
        ({"nbf": "now"}, False),
        ({"iat": NOW + 0.5, "exp": NOW + 300.5}, True),
        ({"iat": NOW + 0.1, "exp": NOW + 300.2}, True),
        ({"iat": NOW + 60.5, "exp": NOW + 300}, False),
        ({"scope": "inbox", "roles": [{"a": 1}]}, True),
        ({"exp": True}, False),
        ({"exp": str(NOW + 300)}, False),
    ],
)
def test_claims_and_times(changes: dict[str, object], good: bool) -> None:
    if good:
        assert assertion.verify(built(**changes), KEYS, AUDIENCE, AT).subject == AGENCY
    else:
        with pytest.raises(Unauthenticated):
            assertion.verify(built(**changes), KEYS, AUDIENCE, AT)


SIGNER = ec_key(), kid_of(ec_key())


def test_an_assertion_in_any_spelling() -> None:
    good = json.loads(base64.urlsafe_b64decode(built().split(".")[1] + "=="))
    for text in (json.dumps(good, indent=1), json.dumps(dict(reversed(good.items()))).replace("/", "\\/")):
        for typ in ("JWT", "jwt", ""):
            made = jws.sign(text.encode(), *SIGNER, typ)
            assert assertion.verify(made, KEYS, AUDIENCE, AT).subject == AGENCY


def test_what_is_remembered_of_an_assertion_lasts_as_long_as_it_counts() -> None:
    """With parts of a second too: a moment between the two would be one for replays."""
    made = built(iat=NOW + 0.3, exp=NOW + 299.3)
    until = assertion.verify(made, KEYS, AUDIENCE, AT).expires
    assert assertion.verify(made, KEYS, AUDIENCE, Millis(until - 1)).subject == AGENCY
    with pytest.raises(Unauthenticated):
        assertion.verify(made, KEYS, AUDIENCE, until)


def test_an_assertion_of_another_key_or_type_or_with_a_member_twice() -> None:
    good = json.loads(base64.urlsafe_b64decode(built().split(".")[1] + "=="))
    for made, keys in (
        (built(), {}),
        (jws.sign(canonical.encode(good), ec_key(), kid_of(ec_key()), "other"), KEYS),
        (jws.sign(canonical.encode(good).replace(b'"iss"', b'"sub":"x","iss"'), *SIGNER, "JWT"), KEYS),
        (jws.sign(canonical.encode(good).replace(b'"iss"', b'"a":{"b":1,"b":2},"iss"'), *SIGNER, "JWT"), KEYS),
        (assertion.build(AGENCY, AUDIENCE, JTI, AT, ec_key(1), kid_of(ec_key())), KEYS),
        ("", KEYS),
    ):
        with pytest.raises(Unauthenticated):
            assertion.verify(made, keys, AUDIENCE, AT)


# --- access tokens

OLD, NEW = b"o" * 32, b"n" * 32
ACCESS = token.Access(AGENCY, "agency", "assertion", "a" * 64, AT + 600_000)


def test_an_access_token_comes_back_until_it_ends() -> None:
    made = token.mint(ACCESS, [NEW])
    assert token.verify(made, [NEW], AT) == ACCESS
    assert token.verify(made, [NEW], Millis(AT + 599_999)) == ACCESS
    with pytest.raises(Unauthenticated, match="expired"):
        token.verify(made, [NEW], Millis(AT + 600_000))
    without = msgspec.structs.replace(ACCESS, certificate_sha256="")
    assert token.verify(token.mint(without, [NEW]), [NEW], AT) == without
    assert len(made) < 400


def test_keys_change_without_an_outage() -> None:
    made = token.mint(ACCESS, [OLD])
    assert token.verify(made, [NEW, OLD], AT) == ACCESS
    with pytest.raises(Unauthenticated):
        token.verify(made, [NEW], AT)
    assert token.verify(token.mint(ACCESS, [NEW, OLD]), [NEW], AT) == ACCESS


def test_weak_keys_are_not_used() -> None:
    for keys in ([], [b""], [NEW, b"short"]):
        with pytest.raises(ValueError, match="32"):
            token.mint(ACCESS, keys)
        with pytest.raises(ValueError, match="32"):
            token.verify(token.mint(ACCESS, [NEW]), keys, AT)


def test_every_changed_character_is_refused() -> None:
    made = token.mint(ACCESS, [NEW])
    for i, old in enumerate(made):
        for new in {"A", "B", ".", "=", " ", "é"} - {old}:
            with pytest.raises(Unauthenticated):
                token.verify(made[:i] + new + made[i + 1 :], [NEW], AT)


def test_claims_of_another_form_are_refused_though_the_tag_is_right() -> None:
    good = json.loads(canonical.encode(ACCESS))
    for claims in (
        canonical.encode(good | {"admin": True}),
        canonical.encode(good | {"exp": str(AT)}),
        canonical.encode(good | {"crt": "A" * 64}),
        canonical.encode(good | {"crt": "a" * 64 + "\n"}),
        canonical.encode(good | {"sub": ""}),
        json.dumps(good).encode(),
        b"",
    ):
        signed = f"t1.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}"
        tag = base64.urlsafe_b64encode(token._tag(NEW, signed)).rstrip(b"=").decode()
        with pytest.raises(Unauthenticated):
            token.verify(f"{signed}.{tag}", [NEW], AT)


@settings(max_examples=100)
@given(st.text(max_size=100))
def test_any_text_ends_as_a_refusal(text: str) -> None:
    for made in (text, "t1." + text, token.mint(ACCESS, [NEW]) + text if text else "."):
        with pytest.raises(Unauthenticated):
            token.verify(made, [NEW], AT)


def test_an_assertion_is_no_access_token_and_the_reverse() -> None:
    with pytest.raises(Unauthenticated):
        token.verify(built(), [NEW], AT)
    with pytest.raises(Unauthenticated):
        assertion.verify(token.mint(ACCESS, [NEW]), KEYS, AUDIENCE, AT)
