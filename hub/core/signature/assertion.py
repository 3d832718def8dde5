"""How an agency's program gets a token: a signed assertion (RFC 7523 section 3), as any JWT library writes it.

The rule: a JWS (`typ` JWT or none, see `jws`) over a JSON object in any spelling, no member twice, with `aud`, `exp`,
`iat`, `iss`, `jti`, `sub`, perhaps `nbf`, and claims that say nothing to us:
1. The signature is by a key handed in; `kid` says which certificate.
2. `iss` and `sub` are the same agency code, `aud` is this hub's token endpoint or a list with it.
3. `iat` and `nbf` lie at most LEEWAY ahead, `exp` not more than LEEWAY behind, and `exp - iat` is at most
   MAX_LIFETIME. Parts of a second are allowed (RFC 7519 section 2).

Not checked here: that `jti` was not used before (the caller keeps them until `expires`), and that the
directory holds the certificate `certificate_sha256` for the agency `subject` (the caller compares).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from hub.core import canonical
from hub.core.errors import ProofInvalid, Unauthenticated
from hub.core.model import Millis
from hub.core.signature import jws
from hub.core.strict import MAX_INTEGER

TYPE: Final = "JWT"
MAX_LIFETIME: Final = 300
"""Seconds between `iat` and `exp`."""

LEEWAY: Final = 60
"""Seconds by which clocks may differ."""

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


_Names = Annotated[list[_Name], msgspec.Meta(min_length=1, max_length=16)]
_Seconds = Annotated[float, msgspec.Meta(ge=0, le=MAX_INTEGER)]


class _Claims(msgspec.Struct, frozen=True):
    aud: _Name | _Names
    exp: _Seconds
    iat: _Seconds
    iss: _Name
    jti: Annotated[str, msgspec.Meta(min_length=16, max_length=100)]
    sub: _Name
    nbf: _Seconds = 0


class Assertion(msgspec.Struct, frozen=True):
    """`jti` must not be accepted again before `expires` (Millis, leeway included); `issued` is `iat` in Millis."""

    subject: str
    jti: str
    expires: Millis
    certificate_sha256: str
    issued: Millis


_decoder: Final = msgspec.json.Decoder(_Claims)


def build(
    subject: str,
    audience: str,
    jti: str,
    at: Millis,
    key: jws.PrivateKey,
    kid: str,
    lifetime: int = MAX_LIFETIME,
) -> str:
    """The signed assertion. `jti`: 16 to 100 characters never used before; `lifetime`: seconds."""
    now = at // 1000
    claims = {"aud": audience, "exp": now + lifetime, "iat": now, "iss": subject, "jti": jti, "sub": subject}
    return jws.sign(canonical.encode(claims), key, kid, TYPE)


def verify(token: str, keys: Mapping[str, jws.KeySource], audience: str, at: Millis) -> Assertion:
    """Checks 1 to 3. Unauthenticated if one fails."""
    try:
        payload = jws.verify(token, keys, TYPE, untyped=True)  # 1
        claims = canonical.decode_any(payload, _decoder, "claims aud, exp, iat, iss, jti, sub")
    except ProofInvalid as error:
        raise Unauthenticated(expected=error.expected, found=error.found) from None
    _need(claims.iss == claims.sub, "iss equal to sub", claims.iss)  # 2
    named = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    _need(audience in named, f"aud {audience} (http.public_url of the hub)", ", ".join(named))
    _check_times(claims, at // 1000)  # 3
    return Assertion(
        claims.sub,
        claims.jti,
        Millis((math.ceil(claims.exp) + LEEWAY) * 1000),  # not a moment before `_check_times` says so
        jws.unverified_kid(token),
        Millis(int(claims.iat * 1000)),
    )


def _check_times(claims: _Claims, now: int) -> None:
    iat, exp, nbf = claims.iat, claims.exp, claims.nbf
    _need(iat <= now + LEEWAY, "an assertion that is not from the future", f"iat {iat:.0f}, now {now}")
    _need(nbf <= now + LEEWAY, "an assertion that is valid already", f"nbf {nbf:.0f}, now {now}")
    _need(now < exp + LEEWAY, "an assertion that has not expired", f"exp {exp:.0f}, now {now}")
    # A clock that was read twice, for iat and for exp, has gone on by a part of a second.
    _need(0 < exp - iat < MAX_LIFETIME + 1, f"exp at most {MAX_LIFETIME} s after iat", f"{exp - iat:.0f} s")


def _need(holds: bool, expected: str, found: str) -> None:
    if not holds:
        raise Unauthenticated(expected=expected, found=found[:200])
