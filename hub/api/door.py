"""Who comes in, how often, and with how much: tokens, rates, and the spooling of bodies.

An assertion is taken once (its `jti` is remembered until it ends) and not at all when it was issued before this
process began: so a restart forgets nothing that a thief could use.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from aiohttp import web

from hub.admission import Caller, keys_of
from hub.config import Settings
from hub.core import assertion, jws, token, wire
from hub.core.errors import EncodedBody, Forbidden, ProofInvalid, TooLarge, TooMany, TooSlow, Unauthenticated
from hub.core.model import Millis
from hub.core.strict import decode_base64url
from hub.exchange import Exchange
from hub.store.blobs import Spool

OPERATOR = "operator"
AGENCY = "agency"


class Principals(msgspec.Struct, frozen=True):
    """Callers that are no agency: role → SHA-256 (hex) of certificate → public key or certificate."""

    keys: Mapping[str, Mapping[str, jws.KeySource]]

    def role_of(self, kid: str) -> str | None:
        return next((role for role, keys in self.keys.items() if kid in keys), None)


class Rates:
    """A rate for each caller (GCRA): `per_second` on average, `burst` at once. Forgets callers that are idle."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float]) -> None:
        self._gap = 1.0 / per_second
        self._slack = burst / per_second
        self._clock = clock
        self._free_at: dict[str, float] = {}

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
        if len(self._free_at) > 200_000:
            self._free_at = {c: t for c, t in self._free_at.items() if t > now}


class Door:
    """Checks callers and takes bodies in. Used on the event loop only."""

    def __init__(
        self,
        exchange: Exchange,
        settings: Settings,
        principals: Principals,
        secret: bytes,
        clock: Callable[[], Millis],
    ) -> None:
        self._exchange = exchange
        self._settings = settings
        self._principals = principals
        self._secrets = (secret,)
        self._clock = clock
        self._began = clock()
        self._seen: dict[str, Millis] = {}
        self._in_memory = 0
        self.audiences: tuple[str, ...] = ()
        limits = settings.limits
        self._rates = Rates(limits.requests_per_second, limits.burst, lambda: clock() / 1000)

    def grant(self, request: wire.TokenRequest) -> wire.TokenAnswer:
        """A token for a signed assertion. Unauthenticated tells why not."""
        at = self._clock()
        kid, claimed = _unverified(request.assertion)
        role = self._principals.role_of(kid) or AGENCY
        claims = self._verified(request.assertion, role, claimed, at)
        self._check_once(claims, at)
        if role == AGENCY:
            self._check_agency(claims.subject)
        life = self._settings.trust.token_seconds
        access = token.Access(
            subject=claims.subject,
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

    def _check_once(self, claims: assertion.Assertion, at: Millis) -> None:
        if claims.issued + 999 < self._began:  # iat counts whole seconds
            raise Unauthenticated(expected="an assertion issued since the hub started", found="an older one")
        if claims.jti in self._seen:
            raise Unauthenticated(expected="an assertion used once", found="a replay")
        if len(self._seen) > 100_000:
            self._seen = {jti: until for jti, until in self._seen.items() if until > at}
        if len(self._seen) > 500_000:
            raise TooMany(retry_after=60, expected="fewer tokens", found=str(len(self._seen)))
        self._seen[claims.jti] = claims.expires

    def _check_agency(self, code: str) -> None:
        agency = self._exchange.directory.get(code)
        if agency is None or agency.suspended:
            raise Unauthenticated(expected="an active agency", found=code[:80])

    def caller(self, request: web.Request) -> Caller:
        """Who calls. Unauthenticated without a valid token, TooMany above the caller's rate."""
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated(expected="Authorization: Bearer …", found=scheme[:20] or "none")
        access = token.verify(text.strip(), self._secrets, self._clock())
        if access.role == AGENCY:
            self._check_agency(access.subject)
        self._rates.check(access.subject)
        code = self._exchange.directory[access.subject].code if access.role == AGENCY else access.subject
        return Caller(code, access.role, access.auth_method, access.certificate_sha256)

    async def body(self, request: web.Request) -> Spool:
        """The whole body, digested, in memory or in the spool. TooLarge, TooSlow, EncodedBody, TooMany.

        The caller closes what it gets. A body has `body_seconds` plus its size over the least rate to arrive.
        """
        limits = self._settings.limits
        encoding = request.headers.get("Content-Encoding", "identity").lower()
        if encoding != "identity":
            raise EncodedBody(expected="identity", found=encoding[:40])
        declared = request.content_length
        if declared is not None and declared > limits.document_bytes:
            raise TooLarge(expected=f"at most {limits.document_bytes} bytes", found=f"{declared} bytes")
        reserved = declared if declared is not None else limits.document_bytes
        if self._in_memory + reserved > max(limits.bodies_in_memory, limits.document_bytes):
            raise TooMany(expected="less under way at once", found=f"{self._in_memory} bytes")
        self._in_memory += reserved
        spool = self._exchange.blobs.spool()
        try:
            await self._read(request, spool)
        except BaseException:
            spool.close()
            raise
        finally:
            self._in_memory -= reserved
        return spool

    async def _read(self, request: web.Request, spool: Spool) -> None:
        limits = self._settings.limits
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            async with asyncio.timeout(limits.body_seconds) as patience:
                async for chunk in request.content.iter_any():
                    if spool.size + len(chunk) > limits.document_bytes:
                        raise TooLarge(expected=f"at most {limits.document_bytes} bytes", found="more")
                    spool.write(chunk)
                    allowed = limits.body_seconds + spool.size / limits.body_bytes_per_second
                    patience.reschedule(start + allowed)
        except TimeoutError:
            rate = f"at least {limits.body_bytes_per_second} bytes per second"
            raise TooSlow(expected=rate, found=f"{spool.size} bytes in {loop.time() - start:.0f} s") from None

    @staticmethod
    def require(caller: Caller, roles: frozenset[str]) -> None:
        if caller.role not in roles:
            raise Forbidden(expected=" or ".join(sorted(roles)), found=caller.role)


def load_secret(path: Path, entropy: Callable[[int], bytes]) -> bytes:
    """The secret that makes access tokens, made once, mode 0600. Deleting it ends every token."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(entropy(32))
    return path.read_bytes()


class _Subject(msgspec.Struct):
    sub: str


def _unverified(text: str) -> tuple[str, str]:
    """kid and subject as claimed, to find the keys with; nothing else is read from it before it verifies."""
    try:
        kid = jws.unverified_kid(text)
        payload = decode_base64url(text.split(".")[1], "the payload")
        return kid, msgspec.json.decode(payload, type=_Subject).sub
    except (ProofInvalid, msgspec.MsgspecError, IndexError, UnicodeError) as error:
        raise Unauthenticated(expected="a signed assertion (RFC 7523)", found=str(error)[:120]) from None
