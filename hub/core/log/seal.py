"""The hub's X.509 seal over a checkpoint: the signature that the law knows, beside the one that the log's keys make.

The rule: a seal is a JWS (`jws`, typ `truc-seal/1`) by the hub's seal certificate over the canonical JSON of
`{origin, root, size, time}`. The log's own keys prove one history and are no certificates; the seal says the same
checkpoint in a form for which there are certificates, revocation and liability. One is made for each batch, in its
transaction, and kept with the checkpoint.

`verify` checks the token, with one given certificate, and that it is about one given checkpoint. Whether the
certificate is trusted at the seal's time, the caller asks its anchors; whether it is the hub's, the evidence under the
checkpoint says (`EvidenceIssuerDetails/CertificateDigest`).
"""

from __future__ import annotations

from typing import Final

import msgspec
from cryptography import x509

from hub.core import canonical
from hub.core.canonical import Count
from hub.core.errors import ProofInvalid
from hub.core.log.keys import Checkpoint
from hub.core.model import Millis, from_iso_utc, iso_utc
from hub.core.signature import jws
from hub.core.strict import encode_base64

TYPE: Final = "truc-seal/1"
MAX_SEAL: Final = 4_000


class _Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    origin: str
    root: str
    size: Count
    time: str


_decoder: Final = msgspec.json.Decoder(_Payload)


class Sealer(msgspec.Struct, frozen=True):
    """The seal's private key with `kid`, the SHA-256 (hex) of its certificate."""

    key: jws.PrivateKey
    kid: str

    @classmethod
    def of(cls, key: jws.PrivateKey, certificate: x509.Certificate) -> Sealer:
        return cls(key, jws.key_id(certificate))

    def seal(self, checkpoint: Checkpoint, at: Millis) -> str:
        """The token over `checkpoint`, which became true at `at`."""
        payload = _Payload(checkpoint.origin, encode_base64(checkpoint.root), checkpoint.size, iso_utc(at))
        return jws.sign(canonical.encode(payload), self.key, self.kid, TYPE)


def verify(token: str, certificate: x509.Certificate, checkpoint: Checkpoint) -> Millis:
    """The time at which `certificate` sealed exactly this checkpoint. ProofInvalid if it did not."""
    if len(token) > MAX_SEAL:
        raise ProofInvalid(expected=f"a seal of at most {MAX_SEAL} characters", found=str(len(token)))
    payload = jws.verify(token, {jws.key_id(certificate): certificate}, TYPE)
    sealed = canonical.decode(payload, _decoder, "a seal of origin, root, size and time")
    said = (sealed.origin, sealed.size, sealed.root)
    if said != (checkpoint.origin, checkpoint.size, encode_base64(checkpoint.root)):
        raise ProofInvalid(expected=f"a seal of {checkpoint.origin} at size {checkpoint.size}", found=str(said)[:200])
    try:
        at = from_iso_utc(sealed.time)
        exact = iso_utc(at) == sealed.time
    except (ValueError, OverflowError):
        exact = False
    if not exact:
        raise ProofInvalid(expected="a UTC time with milliseconds", found=sealed.time[:80])
    return at
