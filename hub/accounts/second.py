"""The second factor: codes that change every half minute (RFC 6238), and codes on paper for when the telephone is lost.

The secret is kept encrypted with a key that lies beside the store, not in it: a thief of a backup of the store has no
second factor of anybody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote, urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from hub.core.errors import IntegrityAlarm
from hub.core.model import Millis

STEP_MS: Final = 30_000
DIGITS: Final = 6
_SECRET: Final = 20
_NONCE: Final = 12
_RECOVERY: Final = 10
_RECOVERY_BYTES: Final = 10
_DRIFT: Final = (0, -1, 1)
"""Steps by which the telephone's clock may be wrong, as RFC 6238 allows."""


class Seal:
    """Encrypts the secrets of second factors. `key`: 32 bytes from a file of the hub's own."""

    def __init__(self, key: bytes, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._cipher = AESGCM(hashlib.sha256(b"second factor\n" + key).digest())
        self._entropy = entropy

    def make(self) -> bytes:
        """A new secret."""
        return self._entropy(_SECRET)

    def close(self, secret: bytes, name: str) -> bytes:
        nonce = self._entropy(_NONCE)
        return nonce + self._cipher.encrypt(nonce, secret, name.encode())

    def open(self, closed: bytes, name: str) -> bytes:
        """IntegrityAlarm where it was closed with another key, or for somebody else."""
        try:
            return self._cipher.decrypt(closed[:_NONCE], closed[_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            raise IntegrityAlarm(expected=f"the second factor of {name}", found="one under another key") from None


def step_of(code: str, secret: bytes, at: Millis, after: int) -> int | None:
    """The time step whose code this is, later than `after`, so that none is used twice; None where it is none."""
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    totp = TOTP(secret, DIGITS, SHA1(), STEP_MS // 1000, enforce_key_length=False)
    now = at // STEP_MS
    for drift in _DRIFT:
        step = now + drift
        if step > after and hmac.compare_digest(totp.generate(step * STEP_MS // 1000), code.encode()):
            return step
    return None


def shown(secret: bytes) -> str:
    """For typing: base32 in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address(secret: bytes, name: str, issuer: str) -> str:
    """For photographing: the `otpauth:` address of a QR code."""
    text = base64.b32encode(secret).decode().rstrip("=")
    query = urlencode({"secret": text, "issuer": issuer, "digits": DIGITS, "period": STEP_MS // 1000}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(name)}?{query}"


def recovery_codes(entropy: Callable[[int], bytes] = os.urandom) -> list[str]:
    """Ten codes of 80 bits, each good once."""
    made = [base64.b32encode(entropy(_RECOVERY_BYTES)).decode().lower() for _ in range(_RECOVERY)]
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in made]


def kept(codes: Sequence[str]) -> tuple[str, ...]:
    """As they are kept: long and random, so a plain digest is enough."""
    return tuple(digest_of(code) for code in codes)


def digest_of(code: str) -> str:
    bare = code.replace("-", "").replace(" ", "").lower()
    return hashlib.sha256(bare.encode()).hexdigest()
