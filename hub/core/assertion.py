"""How an agency's program gets a token: a signed assertion (RFC 7523 section 3), in our strict form.

The rule: a JWS (`typ` JWT, see `jws`) over exactly `aud`, `exp`, `iat`, `iss`, `jti`, `sub`, canonical JSON:
1. The signature is by a key handed in; `kid` says which certificate.
2. `iss` and `sub` are the same agency code, `aud` is this hub's token endpoint.
3. `iat` lies at most LEEWAY ahead, `exp` not more than LEEWAY behind, and `exp - iat` is at most
   MAX_LIFETIME.

Not checked here: that `jti` was not used before (the caller keeps them until `expires`), and that the
directory holds the certificate `certificate_sha256` for the agency `subject` (the caller compares).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec

from hub.core import canonical, jws
from hub.core.canonical import Count
from hub.core.errors import ProofInvalid, Unauthenticated
from hub.core.model import Millis

TYPE: Final = "JWT"
MAX_LIFETIME: Final = 300
"""Seconds between `iat` and `exp`."""

LEEWAY: Final = 60
"""Seconds by which clocks may differ."""

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class _Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    aud: _Name
    exp: Count
    iat: Count
    iss: _Name
    jti: Annotated[str, msgspec.Meta(min_length=16, max_length=100)]
    sub: _Name


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
    claims = _Claims(aud=audience, exp=now + lifetime, iat=now, iss=subject, jti=jti, sub=subject)
    return jws.sign(canonical.encode(claims), key, kid, TYPE)


def verify(token: str, keys: Mapping[str, jws.KeySource], audience: str, at: Millis) -> Assertion:
    """Checks 1 to 3. Unauthenticated if one fails."""
    try:
        payload = jws.verify(token, keys, TYPE)  # 1
        claims = canonical.decode(payload, _decoder, "claims aud, exp, iat, iss, jti, sub")
    except ProofInvalid as error:
        raise Unauthenticated(expected=error.expected, found=error.found) from None
    _need(claims.iss == claims.sub, "iss equal to sub", claims.iss)  # 2
    _need(claims.aud == audience, f"aud {audience} (http.public_url of the hub)", claims.aud)
    _check_times(claims, at // 1000)  # 3
    return Assertion(
        claims.sub,
        claims.jti,
        Millis((claims.exp + LEEWAY) * 1000),
        jws.unverified_kid(token),
        Millis(claims.iat * 1000),
    )


def _check_times(claims: _Claims, now: int) -> None:
    _need(claims.iat <= now + LEEWAY, "an assertion that is not from the future", f"iat {claims.iat}, now {now}")
    _need(now < claims.exp + LEEWAY, "an assertion that has not expired", f"exp {claims.exp}, now {now}")
    lifetime = claims.exp - claims.iat
    _need(0 < lifetime <= MAX_LIFETIME, f"exp at most {MAX_LIFETIME} s after iat", f"{lifetime} s")


def _need(holds: bool, expected: str, found: str) -> None:
    if not holds:
        raise Unauthenticated(expected=expected, found=found[:200])
