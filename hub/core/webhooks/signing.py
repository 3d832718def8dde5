"""Signatures of Standard Webhooks, made and verified: `v1` HMAC-SHA256 under a secret of the two, `v1a` Ed25519.

Signed is `id.timestamp.body`, the body as its bytes are. A header holds any number of signatures with a blank between,
for while a secret is exchanged there are two; a verifier takes those that it has a key for. Secrets are written
`whsec_` and base64, public keys `whpk_` and base64.

Source: Standard Webhooks 1.0, "Webhook signatures". An identifier holds no full stop, so nothing is read two ways.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.core.errors import ProofInvalid
from hub.core.model import Millis
from hub.core.strict import decode_base64, encode_base64

SECRET: Final = "whsec_"
PUBLIC: Final = "whpk_"
SALT_BYTES: Final = 32
TOLERANCE_MS: Final = 5 * 60_000
"""How far the time of a webhook may be from the receiver's clock."""

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
_MOST_SIGNATURES: Final = 20
_SECRET_BYTES: Final = range(24, 65)


class Keys(NamedTuple):
    """The means to sign or verify with: secrets (24 to 64 bytes) and public keys."""

    secrets: tuple[bytes, ...] = ()
    public: tuple[Ed25519PublicKey, ...] = ()

    @classmethod
    def parse(cls, *texts: str) -> Keys:
        """Of `whsec_…` and `whpk_…` as the hub tells them. ProofInvalid where one is neither."""
        secrets, public = [], []
        for text in texts:
            if text.startswith(PUBLIC):
                public.append(Ed25519PublicKey.from_public_bytes(_bytes_of(text.removeprefix(PUBLIC), (32,))))
            else:
                secrets.append(_bytes_of(text.removeprefix(SECRET), _SECRET_BYTES))
        return cls(tuple(secrets), tuple(public))


def _bytes_of(text: str, lengths: Iterable[int]) -> bytes:
    data = decode_base64(text, "a key of a webhook")
    if len(data) not in lengths:
        raise ProofInvalid(expected="a key of a webhook", found=f"{len(data)} bytes")
    return data


def secret_of(seed: bytes, number: int, salt: bytes) -> bytes:
    """The secret (32 bytes) of an endpoint: made of the hub's own key, so that no file of the record holds it."""
    info = b"truc webhook secret %d" % number
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(seed)


def secret_text(secret: bytes) -> str:
    return SECRET + encode_base64(secret)


def public_text(key: Ed25519PublicKey) -> str:
    return PUBLIC + encode_base64(key.public_bytes_raw())


def sign(
    identifier: str, at: Millis, body: bytes, secrets: Iterable[bytes], key: Ed25519PrivateKey | None
) -> dict[str, str]:
    """The three headers: one `v1` for each secret, the newest first, then a `v1a`. `at`: when it is sent."""
    timestamp = str(at // 1000)
    signed = _signed(identifier, timestamp, body)
    signatures = [f"v1,{encode_base64(hmac.digest(secret, signed, 'sha256'))}" for secret in secrets]
    if key is not None:
        signatures.append(f"v1a,{encode_base64(key.sign(signed))}")
    return {ID: identifier, TIMESTAMP: timestamp, SIGNATURE: " ".join(signatures)}


def verify(headers: Mapping[str, str], body: bytes, keys: Keys, now: Millis, tolerance: int = TOLERANCE_MS) -> str:
    """The identifier of a webhook that one of these keys signed. ProofInvalid where none did, or where its time is more
    than `tolerance` ms from `now`. `headers` in any case."""
    given = {name.lower(): value for name, value in headers.items()}
    identifier, timestamp = given.get(ID, ""), given.get(TIMESTAMP, "")
    if not identifier or "." in identifier:
        raise ProofInvalid(expected=f"one {ID}", found=identifier[:80] or "none")
    if not timestamp.isdecimal() or not timestamp.isascii() or len(timestamp) > 12:
        raise ProofInvalid(expected=f"{TIMESTAMP} in seconds", found=timestamp[:80] or "none")
    signed = _signed(identifier, timestamp, body)
    offered = given.get(SIGNATURE, "").split(" ")[:_MOST_SIGNATURES]
    if not any(_holds(signature, signed, keys) for signature in offered):
        raise ProofInvalid(expected="a signature by a key that is known here", found=f"{len(offered)} others")
    if abs(int(timestamp) * 1000 - now) > tolerance:  # last: a forger learns nothing of the clock
        raise ProofInvalid(expected=f"a time within {tolerance // 1000} s", found=timestamp)
    return identifier


def _signed(identifier: str, timestamp: str, body: bytes) -> bytes:
    return f"{identifier}.{timestamp}.".encode() + body


def _holds(signature: str, signed: bytes, keys: Keys) -> bool:
    version, _, text = signature.partition(",")
    if version not in ("v1", "v1a"):
        return False
    try:
        value = decode_base64(text, "a signature")
    except ProofInvalid:
        return False
    if version == "v1":
        return any(hmac.compare_digest(hmac.digest(secret, signed, sha256), value) for secret in keys.secrets)
    return any(_verifies(key, value, signed) for key in keys.public)


def _verifies(key: Ed25519PublicKey, value: bytes, signed: bytes) -> bool:
    try:
        key.verify(value, signed)
    except InvalidSignature:
        return False
    return True
