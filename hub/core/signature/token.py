"""The hub's own access tokens: the caller, the end, and a MAC that only the hub can make.

The rule: `t1.<claims>.<tag>`, both in base64url; claims are canonical JSON of exactly subject, role, how the
caller was authenticated, its certificate and the end of validity; the tag is HMAC-SHA256 over everything
before it. So a token is checked without the database. Nobody but the hub can read a right into it, but anyone
can read it: it holds no secret. It cannot be withdrawn before it ends, hence it ends after minutes.

Several keys may be given, the newest first: the first mints, all verify, so keys can be changed without an
outage.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Final

import msgspec

from hub.core import canonical
from hub.core.canonical import Count
from hub.core.errors import ProofInvalid, Unauthenticated
from hub.core.model import Millis
from hub.core.strict import decode_base64url, encode_base64url

PREFIX: Final = "t1"
MAX_TOKEN: Final = 2_000
KEY_SIZE: Final = 32
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Access(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    rename={
        "subject": "sub",
        "auth_method": "how",
        "certificate_sha256": "crt",
        "expires": "exp",
    },
):
    """The caller. `certificate_sha256` is hex, empty where there was no certificate; `expires` is Millis."""

    subject: _Name
    role: _Name
    auth_method: _Name
    certificate_sha256: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?\Z")]
    expires: Count


_decoder: Final = msgspec.json.Decoder(Access)


def mint(access: Access, keys: Sequence[bytes]) -> str:
    """The token under the first of `keys` (32 bytes or more each)."""
    signed = f"{PREFIX}.{encode_base64url(canonical.encode(access))}"
    return f"{signed}.{encode_base64url(_tag(_usable(keys)[0], signed))}"


def verify(token: str, keys: Sequence[bytes], at: Millis) -> Access:
    """The caller, if one of `keys` made the token and it has not ended at `at`. Unauthenticated otherwise."""
    try:
        access = _verified(token, keys)
    except ProofInvalid as error:
        raise Unauthenticated(expected=error.expected, found=error.found) from None
    if at >= access.expires:
        raise Unauthenticated(expected="a token that has not expired", found=f"expired {at - access.expires} ms ago")
    return access


def _verified(token: str, keys: Sequence[bytes]) -> Access:
    signed, _, tag_text = token.rpartition(".")
    prefix, _, claims = signed.partition(".")
    if len(token) > MAX_TOKEN or prefix != PREFIX or not token.isascii():
        raise ProofInvalid(expected="an access token of this hub", found="another text")
    tag = decode_base64url(tag_text, "the tag", sha256().digest_size)
    matches = [hmac.compare_digest(tag, _tag(key, signed)) for key in _usable(keys)]
    if not any(matches):
        raise ProofInvalid(expected="an access token of this hub", found="another tag")
    return canonical.decode(decode_base64url(claims, "the claims"), _decoder, "claims of an access token")


def _tag(key: bytes, signed: str) -> bytes:
    return hmac.digest(key, signed.encode("ascii"), "sha256")


def _usable(keys: Sequence[bytes]) -> Sequence[bytes]:
    if not keys or any(len(key) < KEY_SIZE for key in keys):
        raise ValueError(f"token keys have at least {KEY_SIZE} bytes, and there is at least one")
    return keys
