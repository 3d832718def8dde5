"""Who comes in, and how often: tokens, rates, and how many calls of one caller may be open at once.

An assertion is taken once (its `jti` is remembered until it ends) and not at all when it was issued before this
process began: so a restart forgets nothing that a thief could use.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from aiohttp import web

from hub.admission import Caller, keys_of
from hub.api import mutual
from hub.config import Settings
from hub.core import assertion, jws, token, wire
from hub.core.errors import BadRequest, Forbidden, ProofInvalid, TooMany, Unauthenticated
from hub.core.model import Agency, Millis
from hub.core.strict import decode_base64url
from hub.exchange import Exchange

OPERATOR = "operator"
AGENCY = "agency"
AUDITOR = "auditor"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MANY = 100_000
_MOMENT = 60_000
_SECRET_BYTES = 32


class Principals(msgspec.Struct, frozen=True):
    """Callers that are no agency: role → SHA-256 (hex) of certificate → public key or certificate."""

    keys: Mapping[str, Mapping[str, jws.KeySource]]

    def role_of(self, kid: str) -> str | None:
        return next((role for role, keys in self.keys.items() if kid in keys), None)


class Rates:
    """A rate for each caller (GCRA): `per_second` on average, `burst` at once. Forgets callers that are idle."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float]) -> None:
        self._gap = 1.0 / per_second
        self._slack = (burst - 1) / per_second
        self._clock = clock
        self._free_at: dict[str, float] = {}
        self._sweep_at = _MANY

    def check(self, caller: str) -> None:
        """Count one request. TooMany with the time to wait when the caller is above its rate."""
        now = self._clock()
        free_at = max(self._free_at.get(caller, now), now)
        if free_at - now > self._slack:
            raise TooMany(
                retry_after=free_at - now - self._slack,
                expected=f"at most {1 / self._gap:.0f} requests per second",
                found="more",
            )
        self._free_at[caller] = free_at + self._gap
        if len(self._free_at) > self._sweep_at:
            self._free_at = {c: t for c, t in self._free_at.items() if t > now}
            self._sweep_at = max(_MANY, 2 * len(self._free_at))


class Once:
    """Which assertions were taken, each until it ends."""

    def __init__(self, most: int = 5 * _MANY) -> None:
        self._most = most
        self._until: dict[str, Millis] = {}
        self._sweep_at = _MANY

    def take(self, jti: str, until: Millis, at: Millis) -> None:
        """Unauthenticated when it was taken before, TooMany when no more can be remembered."""
        if len(self._until) >= self._sweep_at:
            self._until = {j: u for j, u in self._until.items() if u > at}
            self._sweep_at = max(_MANY, 2 * len(self._until))
        if jti in self._until:
            raise Unauthenticated(expected="an assertion used once", found="a replay")
        if len(self._until) >= self._most:
            raise TooMany(retry_after=60, expected="fewer tokens", found=str(len(self._until)))
        self._until[jti] = until


class Door:
    """Checks callers. Used on the event loop only. `audiences`: the token endpoint's URLs as callers know it."""

    def __init__(
        self,
        exchange: Exchange,
        settings: Settings,
        principals: Principals,
        secret: bytes,
        clock: Callable[[], Millis],
        age: Callable[[], int] | None = None,
    ) -> None:
        self._exchange = exchange
        self._settings = settings
        self._principals = principals
        self._secrets = (secret,)
        self._clock = clock
        self._age = age or _since_now()
        self._once = Once()
        self._open: dict[str, int] = {}
        self._known: dict[str, token.Access] = {}
        self.audiences: tuple[str, ...] = ()
        self.mutual = mutual.Mutual(exchange, AGENCY)
        limits = settings.limits
        # Rates follow a clock that nobody sets: a step of the wall clock must shut nobody out.
        self._rates = Rates(limits.requests_per_second, limits.burst, time.monotonic)

    def grant(self, request: wire.TokenRequest) -> wire.TokenAnswer:
        """A token for a signed assertion. Unauthenticated tells why not."""
        if request.grant_type != _GRANT:
            raise BadRequest(expected=_GRANT, found=request.grant_type[:80])
        at = self._clock()
        kid, claimed = _unverified(request.assertion)
        role = self._principals.role_of(kid) or AGENCY
        claims = self._verified(request.assertion, role, claimed, at)
        if at - claims.issued - 999 > self._age():  # iat counts whole seconds
            raise Unauthenticated(expected="an assertion issued since the hub started", found="an older one")
        subject = self._active(claims.subject).code if role == AGENCY else claims.subject
        self._rates.check(subject)
        self._once.take(claims.jti, claims.expires, at)
        life = self._settings.trust.token_seconds
        access = token.Access(
            subject=subject,
            role=role,
            auth_method=f"jwt-bearer:{role}",
            certificate_sha256=claims.certificate_sha256,
            expires=at + life * 1000,
        )
        return wire.TokenAnswer(access_token=token.mint(access, self._secrets), expires_in=life)

    def _verified(self, text: str, role: str, claimed: str, at: Millis) -> assertion.Assertion:
        if role == AGENCY:
            keys: Mapping[str, jws.KeySource] = keys_of(self._exchange.directory, self._exchange.anchors, [claimed], at)
        else:
            keys = self._principals.keys[role]
        failure = Unauthenticated(expected="aud of this hub", found="none configured")
        for audience in self.audiences:
            try:
                return assertion.verify(text, keys, audience, at)
            except Unauthenticated as error:
                failure = error
        raise failure

    def _active(self, code: str) -> Agency:
        agency = self._exchange.directory.get(code)
        if agency is None or agency.suspended:
            raise Unauthenticated(expected="an active agency", found=code[:80])
        return agency

    def stand_in(self, request: web.Request) -> str:
        """A front's word to the hub for a caller that is known by its certificate, which the hub does not see: a token
        for the moment. Empty for all others, who speak for themselves."""
        if "Authorization" in request.headers or not (certificate := mutual.presented(request)):
            return ""
        at = self._clock()
        try:
            known = self.mutual.caller(certificate, at)
        except Unauthenticated:  # the hub says so where it matters: who asks for public things needs no name
            return ""
        access = token.Access(
            subject=known.agency,
            role=known.role,
            auth_method=known.auth,
            certificate_sha256=known.certificate,
            expires=Millis(at + _MOMENT),
        )
        return f"Bearer {token.mint(access, self._secrets)}"

    def caller(self, request: web.Request) -> Caller:
        """Who calls. Unauthenticated without a valid token or client certificate, TooMany above the caller's rate."""
        if "Authorization" not in request.headers and (certificate := mutual.presented(request)):
            known = self.mutual.caller(certificate, self._clock())
            self._active(known.agency)
            self._rates.check(known.agency)
            return known
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated(expected="Authorization: Bearer …", found=scheme[:20] or "none")
        access = self._access(text.strip())
        if access.role == AGENCY:
            self._active(access.subject)
        self._rates.check(access.subject)
        return Caller(access.subject, access.role, access.auth_method, access.certificate_sha256)

    def _access(self, text: str) -> token.Access:
        """What a token says. One that verified before says the same until it ends: it need not be verified again."""
        at = self._clock()
        known = self._known.get(text)
        if known is not None and at < known.expires:
            return known
        access = token.verify(text, self._secrets, at)
        if len(self._known) >= _MANY:
            self._known.clear()
        self._known[text] = access
        return access

    @contextmanager
    def calling(self, caller: Caller) -> Iterator[None]:
        """One open call of this caller. TooMany above `calls_at_once`: one caller cannot take every connection."""
        count = self._open.get(caller.agency, 0)
        most = self._settings.limits.calls_at_once
        if count >= most:
            raise TooMany(expected=f"at most {most} calls at once", found="more")
        self._open[caller.agency] = count + 1
        try:
            yield
        finally:
            left = self._open[caller.agency] - 1
            if left:
                self._open[caller.agency] = left
            else:
                del self._open[caller.agency]

    @staticmethod
    def require(caller: Caller, roles: frozenset[str]) -> None:
        if caller.role not in roles:
            raise Forbidden(expected=" or ".join(sorted(roles)), found=caller.role)


def _since_now() -> Callable[[], int]:
    """For how many milliseconds this process has been at the door, by a clock that nobody sets: after a step of the
    wall clock nothing that was issued since is older than the process."""
    began = time.monotonic()
    return lambda: int((time.monotonic() - began) * 1000)


def load_secret(path: Path, entropy: Callable[[int], bytes]) -> bytes:
    """The secret that makes access tokens, made once, mode 0600. Deleting it ends every token.

    It is whole or not there: whoever could make a hub start with half of it, or with none, could make tokens.
    """
    if path.exists() and len(secret := path.read_bytes()) == _SECRET_BYTES:
        return secret
    secret = entropy(_SECRET_BYTES)
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    return secret


class _Subject(msgspec.Struct):
    sub: str


def _unverified(text: str) -> tuple[str, str]:
    """kid and subject as claimed, to find the keys with; nothing else is read from it before it verifies."""
    try:
        kid = jws.unverified_kid(text)
        payload = decode_base64url(text.split(".")[1], "the payload")
        return kid, msgspec.json.decode(payload, type=_Subject).sub
    except (ProofInvalid, msgspec.MsgspecError, IndexError, UnicodeError, RecursionError) as error:
        raise Unauthenticated(expected="a signed assertion (RFC 7523)", found=str(error)[:120]) from None
