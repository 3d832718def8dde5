"""Keys of the log and its witnesses: three algorithms in one table, and their text forms.

The rule (C2SP signed-note, tlog-cosignature): a key is a name, an algorithm and a public key; its id is the
first four bytes of SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key). The signed bytes depend on the algorithm:

    0x01  Ed25519               the text of the note; no time 0x04  Ed25519 cosignature
    `cosignature/v1\\ntime <t>\\n` + the text; 8 bytes of time stand before the signature 0x06  ML-DSA-44
    a record of signer's name, time, origin, size and root; time before the signature too

As a log's own signature 0x01 and 0x06 may stand, as a witness' 0x04 and 0x06. ML-DSA-44 withstands quantum
computers and names its signer, so one key may not speak for another; it is 2.4 kB, so it comes beside
Ed25519.

Text forms: vkey `name+hex(id)+base64(algorithm ‖ public)` and skey `PRIVATE+KEY+name+hex(id)+base64(algorithm
‖ seed)`, the latter as Go's note package writes it. Keys are not X.509; nothing here expires or is revoked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from hub.core.errors import ProofInvalid
from hub.core.model import Millis
from hub.core.strict import MAX_SIZE, decode_base64, decode_decimal, encode_base64

SEED_SIZE: Final = 32
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}")
_SKEY_PREFIX: Final = "PRIVATE+KEY+"

PublicKey = Ed25519PublicKey | MLDSA44PublicKey
PrivateKey = Ed25519PrivateKey | MLDSA44PrivateKey


class Algorithm(IntEnum):
    """Signature type byte of the signed-note format."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


LOG_ALGORITHMS: Final = frozenset({Algorithm.ED25519, Algorithm.ML_DSA_44})
WITNESS_ALGORITHMS: Final = frozenset({Algorithm.COSIGNATURE, Algorithm.ML_DSA_44})


class Checkpoint(msgspec.Struct, frozen=True):
    """A tree head: `origin` names the log, `size` counts its leaves, `root` is 32 bytes."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n".encode()


def parse_checkpoint(text: str) -> Checkpoint:
    """From exactly three lines. Extension lines, which C2SP advises against, are refused: ours has none."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise ProofInvalid(expected="a checkpoint of three lines", found=f"{len(lines) - 1} lines")
    return Checkpoint(lines[0], decode_decimal(lines[1], "tree size"), decode_base64(lines[2], "root", 32))


def _text_message(name: str, checkpoint: Checkpoint, seconds: int) -> bytes:
    return checkpoint.text


def _cosignature_message(name: str, checkpoint: Checkpoint, seconds: int) -> bytes:
    return b"cosignature/v1\ntime %d\n" % seconds + checkpoint.text


def _subtree_message(name: str, checkpoint: Checkpoint, seconds: int) -> bytes:
    signer, origin = name.encode(), checkpoint.origin.encode()
    if not (1 <= len(signer) <= 255 and 1 <= len(origin) <= 255):
        raise ProofInvalid(expected="names of 1 to 255 bytes", found=f"{len(signer)} and {len(origin)}")
    return b"".join(
        (
            b"subtree/v1\n\0",
            bytes([len(signer)]) + signer,
            seconds.to_bytes(8, "big"),
            bytes([len(origin)]) + origin,
            (0).to_bytes(8, "big"),  # start: a checkpoint begins at the first leaf
            checkpoint.size.to_bytes(8, "big"),
            checkpoint.root,
        )
    )


class _Rule(NamedTuple):
    public_size: int
    signature_size: int
    timed: bool
    message: Callable[[str, Checkpoint, int], bytes]
    load_public: Callable[[bytes], PublicKey]
    load_private: Callable[[bytes], PrivateKey]


_RULES: Final[dict[Algorithm, _Rule]] = {
    Algorithm.ED25519: _Rule(
        32, 64, False, _text_message, Ed25519PublicKey.from_public_bytes, Ed25519PrivateKey.from_private_bytes
    ),
    Algorithm.COSIGNATURE: _Rule(
        32,
        64,
        True,
        _cosignature_message,
        Ed25519PublicKey.from_public_bytes,
        Ed25519PrivateKey.from_private_bytes,
    ),
    Algorithm.ML_DSA_44: _Rule(
        1312,
        2420,
        True,
        _subtree_message,
        MLDSA44PublicKey.from_public_bytes,
        MLDSA44PrivateKey.from_seed_bytes,
    ),
}


def _check_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() or c < " " for c in name):
        raise ProofInvalid(expected="a key name without spaces and plus", found=name[:80])


def _split_key(text: str, what: str, size: Callable[[_Rule], int]) -> tuple[str, Algorithm, bytes, str]:
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    _check_name(name)
    raw = decode_base64(encoded, what)
    if not raw or raw[0] not in set(Algorithm) or not _KEY_ID.fullmatch(key_id):
        raise ProofInvalid(expected=f"{what} of type 1, 4 or 6", found=text[:80])
    algorithm = Algorithm(raw[0])
    if len(raw) - 1 != size(_RULES[algorithm]):
        raise ProofInvalid(expected=f"{what} of {size(_RULES[algorithm])} bytes", found=f"{len(raw) - 1}")
    return name, algorithm, raw[1:], key_id


@dataclass(frozen=True)
class Verifier:
    """A public key of a log or witness; made by `parse` or `Signer.verifier`."""

    name: str
    algorithm: Algorithm
    public: bytes
    key_id: bytes = field(init=False)
    _key: PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_name(self.name)
        digest = sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()
        object.__setattr__(self, "key_id", digest[:4])
        try:
            object.__setattr__(self, "_key", _RULES[self.algorithm].load_public(self.public))
        except ValueError:
            raise ProofInvalid(expected=f"a public key of type {self.algorithm}", found="not a key") from None

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """From a vkey whose id must be that of its key. ProofInvalid otherwise."""
        name, algorithm, public, key_id = _split_key(vkey, "a public key", lambda rule: rule.public_size)
        verifier = cls(name, algorithm, public)
        if verifier.key_id.hex() != key_id:
            raise ProofInvalid(expected=f"key id {verifier.key_id.hex()}", found=key_id)
        return verifier

    @property
    def id(self) -> str:
        """Name and key id, as a signature line names its key: `name+hex(id)`."""
        return f"{self.name}+{self.key_id.hex()}"

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.algorithm]) + self.public)}"

    def verify(self, checkpoint: Checkpoint, signature: bytes) -> Millis | None:
        """Check the part after the key id in a signature line; the time it states, None where it states
        none.
        """
        rule = _RULES[self.algorithm]
        expected = rule.signature_size + 8 * rule.timed
        if len(signature) != expected:
            raise ProofInvalid(expected=f"a signature of {expected} bytes by {self.name}", found=f"{len(signature)}")
        seconds = int.from_bytes(signature[:8], "big") if rule.timed else 0
        if seconds > MAX_SIZE:
            raise ProofInvalid(expected="a time below 2^63", found=str(seconds))
        try:
            self._key.verify(signature[8 * rule.timed :], rule.message(self.name, checkpoint, seconds))
        except InvalidSignature:
            raise ProofInvalid(expected=f"a signature by {self.name}+{self.key_id.hex()}", found="a bad one") from None
        return Millis(seconds * 1000) if rule.timed else None


@dataclass(frozen=True)
class Signer:
    """A private key with its public half. Never logged: `repr` shows the public half only."""

    verifier: Verifier
    seed: bytes = field(repr=False, compare=False)
    _key: PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", _RULES[self.verifier.algorithm].load_private(self.seed))

    @classmethod
    def from_seed(cls, name: str, seed: bytes, algorithm: Algorithm = Algorithm.ED25519) -> Signer:
        """`seed`: 32 random bytes, which are the whole secret."""
        if len(seed) != SEED_SIZE:
            raise ProofInvalid(expected="a seed of 32 bytes", found=f"{len(seed)} bytes")
        public = _RULES[algorithm].load_private(seed).public_key().public_bytes_raw()
        return cls(Verifier(name, algorithm, public), seed)

    @classmethod
    def parse(cls, skey: str) -> Signer:
        """From an skey, as `skey` writes it. The error never shows the text."""
        if not skey.startswith(_SKEY_PREFIX):
            raise ProofInvalid(expected=f"a private key that begins with {_SKEY_PREFIX}", found="another text")
        try:
            parts = _split_key(skey.removeprefix(_SKEY_PREFIX), "a private key", lambda rule: SEED_SIZE)
        except ProofInvalid:
            raise ProofInvalid(expected="a private key in the form of signed-note", found="another text") from None
        name, algorithm, seed, key_id = parts
        signer = cls.from_seed(name, seed, algorithm)
        if signer.verifier.key_id.hex() != key_id:
            raise ProofInvalid(expected=f"key id {signer.verifier.key_id.hex()}", found=key_id)
        return signer

    @property
    def skey(self) -> str:
        """The secret as text, for a file of mode 0600."""
        verifier = self.verifier
        secret = encode_base64(bytes([verifier.algorithm]) + self.seed)
        return f"{_SKEY_PREFIX}{verifier.name}+{verifier.key_id.hex()}+{secret}"

    def sign(self, checkpoint: Checkpoint, at: Millis) -> bytes:
        """The part after the key id in a signature line. `at` is used, in whole seconds, by 0x04 and 0x06
        only.

        Ed25519 is deterministic; ML-DSA-44 draws its own randomness inside the library.
        """
        rule = _RULES[self.verifier.algorithm]
        seconds = at // 1000
        signature = self._key.sign(rule.message(self.verifier.name, checkpoint, seconds))
        return (seconds.to_bytes(8, "big") if rule.timed else b"") + signature
