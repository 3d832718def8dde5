"""Signatures of webhooks: an independent library reads what we write, ours refuses what was changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook, WebhookVerificationError

from hub.core.errors import ProofInvalid
from hub.core.model import Millis
from hub.core.webhooks import signing
from hub.core.webhooks.signing import Keys

NOW = Millis(1_795_320_000_123)
BODY = '{"type":"document.arrived","data":{"agency":"000.00.00.H52","note":"Sơn La"}}'.encode()
SEED = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
SECRET = signing.secret_of(SEED, 1, b"s" * 32)
OLD = signing.secret_of(SEED, 1, b"o" * 32)


def test_the_reference_library_makes_the_same_signature() -> None:
    headers = signing.sign("evt_1", NOW, BODY, [SECRET], None)
    theirs = Webhook(signing.secret_text(SECRET)).sign("evt_1", datetime.fromtimestamp(NOW // 1000, UTC), BODY.decode())
    assert headers[signing.SIGNATURE] == theirs


def test_the_reference_library_verifies_what_is_signed_twice_while_a_secret_is_exchanged() -> None:
    at = Millis(int(datetime.now(UTC).timestamp()) * 1000)  # its clock is the system's
    headers = signing.sign("evt_1", at, BODY, [SECRET, OLD], KEY)
    assert [part.split(",")[0] for part in headers[signing.SIGNATURE].split(" ")] == ["v1", "v1", "v1a"]
    for secret in (SECRET, OLD):
        assert Webhook(signing.secret_text(secret)).verify(BODY, headers)["type"] == "document.arrived"
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.secret_text(b"x" * 32)).verify(BODY, headers)


def test_either_key_is_enough_and_headers_come_in_any_case() -> None:
    headers = {name.title(): value for name, value in signing.sign("evt_1", NOW, BODY, [SECRET], KEY).items()}
    for text in (signing.secret_text(SECRET), signing.public_text(KEY.public_key())):
        assert signing.verify(headers, BODY, Keys.parse(text), NOW) == "evt_1"


@pytest.mark.parametrize(
    ("changes", "body", "now"),
    [
        ({"webhook-id": "evt_2"}, BODY, NOW),
        ({"webhook-id": ""}, BODY, NOW),
        ({"webhook-id": "evt.1"}, BODY, NOW),
        ({"webhook-timestamp": "1795320001"}, BODY, NOW),
        ({"webhook-timestamp": "1e9"}, BODY, NOW),
        ({"webhook-timestamp": "²"}, BODY, NOW),
        ({"webhook-timestamp": "9" * 5_000}, BODY, NOW),
        ({"webhook-signature": ""}, BODY, NOW),
        ({"webhook-signature": "v1"}, BODY, NOW),
        ({"webhook-signature": "v2,AAAA"}, BODY, NOW),
        ({}, BODY + b" ", NOW),
        ({}, BODY, Millis(NOW + 301_000)),
        ({}, BODY, Millis(NOW - 301_000)),
    ],
)
def test_what_was_changed_or_is_old_is_refused(changes: dict[str, str], body: bytes, now: Millis) -> None:
    headers = signing.sign("evt_1", NOW, BODY, [SECRET], KEY) | changes
    keys = Keys((SECRET,), (KEY.public_key(),))
    with pytest.raises(ProofInvalid):
        signing.verify(headers, body, keys, now)


def test_a_signature_of_one_kind_is_none_of_the_other() -> None:
    """Somebody who knows the public key makes an HMAC under it."""
    public = KEY.public_key().public_bytes_raw()
    headers = signing.sign("evt_1", NOW, BODY, [public], None)
    with pytest.raises(ProofInvalid):
        signing.verify(headers, BODY, Keys((), (KEY.public_key(),)), NOW)


def test_a_key_that_is_none_is_named() -> None:
    for text in ("whsec_", "whsec_AAAA", "whpk_AAAA", "whsec_…", "whpk_" + "A" * 43 + "B"):
        with pytest.raises(ProofInvalid):
            Keys.parse(text)


def test_each_endpoint_and_each_rotation_has_a_secret_of_its_own() -> None:
    secrets = {signing.secret_of(seed, n, salt) for seed in (SEED, bytes(32)) for n in (1, 2) for salt in (b"a", b"b")}
    assert len(secrets) == 8
