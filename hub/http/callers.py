"""The callers that come in, and how often: tokens, rates, and how many calls of one caller may be open at once.

An assertion is taken once (its `jti` is remembered until it ends) and not at all when it was issued before this
process began; one that is not older, though a process before this one took it, was written down (`hub.http.taken`). So
a restart forgets nothing that a thief could use.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import msgspec
from aiohttp import web

from hub import access
from hub.access import AGENCY as AGENCY
from hub.access import AUDITOR as AUDITOR
from hub.access import OPERATOR as OPERATOR
from hub.admission.submission import Caller
from hub.base.config import Settings
from hub.base.timekeeper import refusal
from hub.core import wire
from hub.core.directory.keys import keys_of
from hub.core.errors import (
    AxisError,
    BadRequest,
    ClockInDoubt,
    Forbidden,
    ProofInvalid,
    TooMany,
    Unauthenticated,
)
from hub.core.misfit import one_of
from hub.core.model import Agency, Millis
from hub.core.signature import assertion, jws, token
from hub.core.strict import decode_base64url
from hub.exchange import Exchange
from hub.http import client_certificates
from hub.http.guessing import Guesses
from hub.http.head import bearer_in
from hub.http.limits import Rates, key_of
from hub.http.principals import SIGNS_ONLY, TO_LOG_IN, Principals
from hub.http.taken import Once, Taken

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MANY = 100_000
_MOMENT = 60_000
_UNTIL = web.RequestKey("until", int)
_OPEN_END = 1 << 62


class Authenticator:
    """Checks callers. Used on the event loop only. `audiences`: the token endpoint's URLs as callers know it."""

    def __init__(
        self,
        exchange: Exchange,
        settings: Settings,
        principals: Principals,
        secret: bytes,
        clock: Callable[[], Millis],
        age: Callable[[], int] | None = None,
        taken: Taken | None = None,
    ) -> None:
        self._exchange = exchange
        self._settings = settings
        self.principals = principals
        self._secrets = (secret,)
        self._clock = clock
        self._age = age or _since_now()
        self._once = Once()
        self._taken = taken
        self._open: dict[str, int] = {}
        self._known: dict[str, token.Access] = {}
        self.audiences: tuple[str, ...] = ()
        self.mutual = client_certificates.ClientCertificates(exchange, AGENCY)
        limits = settings.limits
        # Rates follow a clock that nobody sets: a step of the wall clock must shut nobody out.
        self._rates = Rates(limits.requests_per_second, limits.burst, time.monotonic)
        self._grants = Rates(limits.tokens_per_minute / 60, limits.tokens_per_minute, time.monotonic)
        self._anonymous = Rates(limits.anonymous_per_second, limits.anonymous_burst, time.monotonic)
        self.guesses = Guesses(limits.numbers_per_hour, time.monotonic)

    def _unless_in_doubt(self, error: Unauthenticated) -> AxisError:
        """A caller turned away by a clock in doubt may be in the right: later, not never."""
        doubt = self._exchange.sequencer.doubt
        return error if doubt is None else refusal(doubt)

    async def grant(self, request: wire.TokenRequest) -> wire.TokenAnswer:
        """A token for a signed assertion. Unauthenticated tells why not."""
        try:
            return await self._granted(request)
        except Unauthenticated as error:
            raise self._unless_in_doubt(error) from None

    async def _granted(self, request: wire.TokenRequest) -> wire.TokenAnswer:
        if request.grant_type != _GRANT:
            raise BadRequest(expected=_GRANT, found=request.grant_type[:80])
        at = self._clock()
        kid, claimed = _unverified(request.assertion)
        role = self.principals.role_of(kid) or AGENCY
        claims = self._verified(request.assertion, role, claimed, kid, at)
        if at - claims.issued - 999 > self._age():  # iat counts whole seconds
            raise Unauthenticated(expected="an assertion issued since the hub started", found="an older one")
        subject = self._active(claims.subject).code if role == AGENCY else claims.subject
        key = key_of(Caller(subject, role, ""))
        self._rates.check(key)
        self._grants.check(key)  # the memory of used assertions is bounded: one caller must not fill it
        await self._take(claims, at)
        life = self._settings.trust.token_seconds
        access = token.Access(
            subject=subject,
            role=role,
            auth_method=f"jwt-bearer:{role}",
            certificate_sha256=claims.certificate_sha256,
            expires=at + life * 1000,
        )
        return wire.TokenAnswer(access_token=token.mint(access, self._secrets), expires_in=life)

    async def _take(self, claims: assertion.Assertion, at: Millis) -> None:
        """Once, in this process and those after it. A process that begins now would not find it too old when it is of
        this second or of a clock that is ahead: then it is written down before anybody has a token for it."""
        if self._taken is not None and self._taken.before(claims.jti):
            raise Unauthenticated(expected="an assertion used once", found="a replay")
        self._once.take(claims.jti, claims.expires, at)
        if self._taken is not None and claims.issued + 999 >= at:
            await self._taken.keep(claims.jti, claims.expires, at)

    def _verified(self, text: str, role: str, claimed: str, kid: str, at: Millis) -> assertion.Assertion:
        if role == AGENCY:
            directory, anchors = self._exchange.directory, self._exchange.anchors
            keys: Mapping[str, jws.KeySource] = keys_of(directory, anchors, [claimed], at, to_log_in=True)
            if kid not in keys and kid in keys_of(directory, anchors, [claimed], at):
                raise Unauthenticated(expected=TO_LOG_IN, found=SIGNS_ONLY)
            if kid not in keys:
                raise Unauthenticated(expected=f"a certificate registered for {claimed[:40]} (sub)", found=f"kid {kid}")
        else:
            keys = {kid: self.principals.good(kid, role, self._exchange.anchors, at)}
        failure = Unauthenticated(expected="aud of this hub", found="none configured")
        for audience in self.audiences:
            try:
                return assertion.verify(text, keys, audience, at)
            except Unauthenticated as error:
                failure = error
        raise failure

    def _active(self, code: str) -> Agency:
        return access.active(self._exchange.directory, code)

    def stand_in(self, request: web.Request) -> str:
        """A front's word to the hub for a caller that is known by its certificate, which the hub does not see: a token
        for the moment. Empty for all others, for they speak for themselves."""
        if "Authorization" in request.headers or not (certificate := client_certificates.presented(request)):
            return ""
        at = self._clock()
        try:
            known = self.mutual.caller(certificate, at)
        except Unauthenticated:  # the hub says so where it matters: a reader of public things needs no name
            return ""
        access = token.Access(
            subject=known.agency,
            role=known.role,
            auth_method=known.auth,
            certificate_sha256=known.certificate,
            expires=Millis(at + _MOMENT),
        )
        return f"Bearer {token.mint(access, self._secrets)}"

    def anonymous(self, address: str) -> None:
        """A call from there without a token that verifies. TooMany above the rate of its address."""
        self._anonymous.check(address)

    def known(self, request: web.Request) -> str:
        """Under whose key a call to a public route is counted, by a token or certificate that
        verifies; empty without one. TooMany above the caller's rate."""
        given = request.headers.getall("Authorization", ())
        if not given and (certificate := client_certificates.presented(request)):
            return self._whose_certificate(certificate)
        scheme, _, text = (given or ("",))[0].partition(" ")
        if len(given) != 1 or scheme.lower() != "bearer":
            return ""
        if key := self.whose(text.strip()):
            self._rates.check(key)
        return key

    def rated(self, key: str) -> str:
        """One call more under this key. TooMany above its rate."""
        self._rates.check(key)
        return key

    def _whose_certificate(self, certificate: bytes) -> str:
        try:
            key = key_of(self._by_certificate(certificate))
        except (Unauthenticated, ClockInDoubt):
            return ""
        self._rates.check(key)
        return key

    def whose(self, text: str) -> str:
        """Under whose key this token is counted; empty where it is none of ours, or has ended."""
        try:
            access = self._access(text)
        except (Unauthenticated, ClockInDoubt):
            return ""
        return key_of(Caller(access.subject, access.role, access.auth_method))

    def agency_of(self, text: str) -> str | None:
        """The agency that this token was given to; None where it is no agency's, or has ended."""
        try:
            access = self._access(text)
        except (Unauthenticated, ClockInDoubt):
            return None
        return access.subject if access.role == AGENCY else None

    def caller(self, request: web.Request) -> Caller:
        """The caller. Unauthenticated without a valid token or client certificate, TooMany above the caller's rate."""
        given = request.headers.getall("Authorization", [])
        if not given and (certificate := client_certificates.presented(request)):
            caller = self._by_certificate(certificate)
            request[_UNTIL] = _OPEN_END
            self._rates.check(key_of(caller))
            return caller
        scheme, _, text = (given or [""])[0].partition(" ")
        if scheme.lower() != "bearer" or len(given) > 1:
            found = scheme[:20] or "none"
            raise Unauthenticated(expected="Authorization: Bearer …, once", found=found)
        access = self._access(text.strip())
        caller = Caller(access.subject, access.role, access.auth_method, access.certificate_sha256)
        self._check_standing(caller, self._clock())
        request[_UNTIL] = access.expires
        self._rates.check(key_of(caller))
        return caller

    def count_again(self, caller: Caller, request: web.Request) -> None:
        """One more request in a call that carries several: TooMany above the caller's rate, else as `check_again`."""
        self._rates.check(key_of(caller))
        self.check_again(caller, request)

    def recognised(self, data: bytes) -> str:
        """Under whose key to count the call that these first bytes begin, by a token of ours in them; empty where there
        is none. Says nothing of whether the call is allowed."""
        text = bearer_in(data)
        if not text:
            return ""
        return self.whose(text.decode("ascii")) if text.isascii() else ""

    def _by_certificate(self, certificate: bytes) -> Caller:
        try:
            caller = self.mutual.caller(certificate, self._clock())
        except Unauthenticated as error:
            raise self._unless_in_doubt(error) from None
        self._active(caller.agency)
        return caller

    def _check_standing(self, caller: Caller, at: Millis) -> None:
        if caller.role != AGENCY:
            self.principals.good(caller.certificate, caller.role, self._exchange.anchors, at)
        else:
            agency = self._active(caller.agency)
            registered = not caller.auth.startswith(
                client_certificates.METHOD
            )  # else it was found by its key, a moment ago
            if registered and caller.certificate and caller.certificate not in agency.certificate_ids(at):
                raise Unauthenticated(expected="a certificate that the directory holds", found=caller.certificate)

    def check_again(self, caller: Caller, request: web.Request) -> None:
        """In a call that lasts: Unauthenticated once the token has ended, the agency is suspended, or its certificate
        withdrawn."""
        at = self._clock()
        if request[_UNTIL] == _OPEN_END:
            self._by_certificate(client_certificates.presented(request) or b"")
            return
        if at >= request[_UNTIL]:
            raise Unauthenticated(expected="a token that has not expired", found="one that ended meanwhile")
        self._check_standing(caller, at)

    def _access(self, text: str) -> token.Access:
        """The content of a token. One that verified before says the same until it ends: it need not be verified
        again."""
        at = self._clock()
        known = self._known.get(text)
        if known is not None and at < known.expires:
            return known
        try:
            access = token.verify(text, self._secrets, at)
        except Unauthenticated as error:
            raise self._unless_in_doubt(error) from None
        if len(self._known) >= _MANY:
            self._known.clear()
        self._known[text] = access
        return access

    @contextmanager
    def calling(self, caller: Caller) -> Iterator[None]:
        """One open call of this caller. TooMany above `calls_at_once`: one caller cannot take every connection."""
        key = key_of(caller)
        count = self._open.get(key, 0)
        most = self._settings.limits.calls_at_once
        if count >= most:
            raise TooMany(expected=f"at most {most} calls at once", found="more")
        self._open[key] = count + 1
        try:
            yield
        finally:
            left = self._open[key] - 1
            if left:
                self._open[key] = left
            else:
                del self._open[key]

    @staticmethod
    def require(caller: Caller, roles: frozenset[str]) -> None:
        if caller.role not in roles:
            raise Forbidden(expected=one_of(sorted(roles)), found=caller.role)


def _since_now() -> Callable[[], int]:
    """For how many milliseconds this process has been at the door, by a clock that nobody sets: after a step of the
    wall clock nothing that was issued since is older than the process."""
    began = time.monotonic()
    return lambda: int((time.monotonic() - began) * 1000)


class _Subject(msgspec.Struct):
    sub: str


def subject_of(assertion: str) -> str:
    """The agency that an assertion claims to speak for, which nothing proves; empty where it names none."""
    try:
        return _unverified(assertion)[1]
    except Unauthenticated:
        return ""


def _unverified(text: str) -> tuple[str, str]:
    """kid and subject as claimed, to find the keys with; nothing else is read from it before it verifies."""
    try:
        kid = jws.unverified_kid(text)
        payload = decode_base64url(text.split(".")[1], "the payload")
        return kid, msgspec.json.decode(payload, type=_Subject).sub
    except ProofInvalid as error:
        raise Unauthenticated(expected=error.expected, found=error.found) from None
    except (msgspec.MsgspecError, IndexError, UnicodeError, RecursionError) as error:
        raise Unauthenticated(expected="a signed assertion (RFC 7523)", found=str(error)[:120]) from None
