"""Calls over aiohttp: tokens fetched and renewed unasked, failures tried again after the schedule of `retry`.

    call ─► token? ─ none or old ─► sign an assertion, ask /v1/token, once for all callers that wait
        └─► request ─► 401: forget the token, sign a fresh assertion, once
                   ├─► no answer, 429, 502, 503, 504: pause, again (but never HUB_INTEGRITY)
                   └─► anything else: the call reads it

Tokens are kept in memory only; where the TLS connection names the caller there are none. Redirects are not followed: a
token is for the hub that granted it. A TLS certificate that does not verify is never tried again.

A server may be hostile: of each answer no more is read than its request allows (`Request.most`), of a refusal
no more than MAX_PROBLEM, of its head as much as aiohttp allows (128 lines of 8 kB); a body that came compressed is not
unpacked but refused, for a small one may become a large one; cookies are not kept.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from io import BytesIO
from typing import Final, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import aiohttp
import msgspec
from cryptography import x509

from clients import protocol
from clients.errors import ClientError, HubUntrusted, UnexpectedAnswer, Unreachable
from clients.protocol import Call, Request, Response
from clients.retry import RETRIED, Backoff
from hub.core.errors import Text
from hub.core.model import Millis
from hub.core.signature import assertion, jws

T = TypeVar("T")

TOKEN_PATH: Final = "/v1/token"
CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 30.0
SLOWEST: Final = 32 * 1024
"""Bytes per second: at least so fast a body is sent."""

STREAM_SECONDS: Final = 45.0
"""Silence after which an event stream is dead; the hub sends something every 15 s."""

_AT_ONCE: Final = 1 << 20

_HOPELESS: Final = (
    aiohttp.ClientSSLError,
    aiohttp.InvalidURL,
    ssl.SSLCertVerificationError,
)


class NoCredential(ClientError):
    code = "CLIENT_NO_CREDENTIAL"
    text = Text("Lệnh này cần khóa của đơn vị", "This call needs an agency's key")
    hint = Text("Tạo AxisClient với agency, key và certificate", "Make the AxisClient with agency, key and certificate")


class Credential(msgspec.Struct, frozen=True):
    """The caller: the agency's code, its private key, and its certificate followed by those of its issuers."""

    agency: str
    key: jws.PrivateKey
    chain: tuple[x509.Certificate, ...]

    @property
    def kid(self) -> str:
        return jws.key_id(self.chain[0])


class _Token(msgspec.Struct, frozen=True):
    text: str
    renew_at: float


class Transport:
    """One hub. `tokens` False: the certificate in the context `tls` names the caller (mTLS), no token is asked for.
    `proxy`: its URL, "" for none, None for the environment's. `sleep`, `clock` (seconds since the epoch), `chance` are
    for tests and simulations. `received` counts the bytes of bodies."""

    def __init__(
        self,
        url: str,
        credential: Credential | None,
        *,
        tls: ssl.SSLContext | bool = True,
        session: aiohttp.ClientSession | None = None,
        backoff: Backoff | None = None,
        audience: str = "",
        tokens: bool = True,
        proxy: str | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.url = url.rstrip("/")
        self.credential = credential
        self.backoff = backoff or Backoff()
        self.sleep = sleep
        self.clock = clock
        self.chance = chance
        self._audience = audience or self.url + TOKEN_PATH
        self._tokens = tokens
        self._tls = tls
        self._proxy = (proxy_of(self.url) if proxy is None else proxy) or None
        self._session = session
        self._own_session = session is None
        self.received = 0
        self._token: _Token | None = None
        self._granting = asyncio.Lock()

    def at(self) -> Millis:
        return Millis(int(self.clock() * 1000))

    async def close(self) -> None:
        if self._session is not None and self._own_session:
            await self._session.close()
            self._session = None

    async def call(self, call: Call[T]) -> T:
        """The answer to `call`, as its reader reads it. Unreachable or Busy when all tries are used up."""
        started, tried, fresh = self.clock(), 0, False
        while True:
            used = self._token
            outcome = await self._outcome(call.request)
            if isinstance(outcome, Response):
                if outcome.status == 401 and call.request.authorized and not fresh:
                    fresh = True
                    self._forget(used)
                    continue
                if outcome.status not in RETRIED:
                    return call.read(outcome)
            tried += 1
            pause = self._pause(call.request, outcome, tried, self.clock() - started)
            if pause is not None:
                await self.sleep(pause)
            elif isinstance(outcome, Response):
                return call.read(outcome)
            else:
                raise outcome

    async def _outcome(self, request: Request) -> Response | Unreachable:
        try:
            headers = await self._headers(request)
            return headers if isinstance(headers, Response) else await self._send(request, headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = self._failure(error)
            if isinstance(error, _HOPELESS):
                raise failure from error
            return failure

    def _failure(self, error: Exception) -> Unreachable:
        untrusted = isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError)
        return (HubUntrusted if untrusted else Unreachable)(f"{self.url} ({_describe(error)})")

    def _pause(self, request: Request, outcome: Response | Unreachable, tried: int, elapsed: float) -> float | None:
        if not request.again or (isinstance(outcome, Response) and protocol.hopeless(outcome)):
            return None
        asked = protocol.retry_after(outcome, self.clock()) if isinstance(outcome, Response) else 0.0
        return self.backoff.pause(tried, elapsed, asked, self.chance())

    async def stream(self, request: Request, silence: float = STREAM_SECONDS) -> AsyncIterator[bytes]:
        """The body of an answer as it comes, once: Unreachable when it breaks or nothing comes for `silence` seconds,
        ProblemError when it is refused.
        """
        try:
            headers = await self._headers(request)
            if isinstance(headers, Response):
                protocol.check(headers)
                return
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=silence)
            async with self._open().request(
                request.method,
                self.url + request.target,
                headers=headers,
                timeout=timeout,
                ssl=self._tls,
                proxy=self._proxy,
                allow_redirects=False,
            ) as answer:
                if answer.status != 200:
                    refused = await self._read(answer, protocol.MAX_PROBLEM)
                    if refused.status == 401:
                        self._token = None
                    protocol.check(refused)
                _check_plain(answer)
                async for chunk in answer.content.iter_any():
                    yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._failure(error) from error

    async def _headers(self, request: Request) -> dict[str, str] | Response:
        """The request's headers with a token; or the answer that there is none."""
        headers = {"Accept-Encoding": "identity"} | dict(request.headers)
        if not request.authorized or not self._tokens:
            return headers
        granted = await self._granted()
        if isinstance(granted, Response):
            return granted
        return headers | {"Authorization": f"Bearer {granted.text}"}

    async def _granted(self) -> _Token | Response:
        async with self._granting:
            if self._token is not None and self.clock() < self._token.renew_at:
                return self._token
            call = protocol.token(self._assertion())
            response = await self._send(call.request, {"Accept-Encoding": "identity"} | dict(call.request.headers))
            if response.status != 200:
                return response
            answer = call.read(response)
            # Four fifths of its life: clocks run alike over minutes, and a renewal never waits for a refusal.
            self._token = _Token(answer.access_token, self.clock() + 0.8 * answer.expires_in)
            return self._token

    def _assertion(self) -> str:
        mine = self.credential
        if mine is None:
            raise NoCredential
        return assertion.build(mine.agency, self._audience, secrets.token_urlsafe(18), self.at(), mine.key, mine.kid)

    def _forget(self, used: _Token | None) -> None:
        # Another caller may have renewed it in the meantime: only the one that was refused goes.
        if self._token is used or used is None:
            self._token = None

    async def _send(self, request: Request, headers: dict[str, str]) -> Response:
        patience = ANSWER_SECONDS + request.wait + len(request.body) / SLOWEST
        timeout = aiohttp.ClientTimeout(total=20 * patience, sock_connect=CONNECT_SECONDS, sock_read=patience)
        async with self._open().request(
            request.method,
            self.url + request.target,
            data=_in_pieces(request.body),
            headers=headers,
            timeout=timeout,
            ssl=self._tls,
            proxy=self._proxy,
            allow_redirects=False,
        ) as answer:
            return await self._read(answer, request.most if answer.status < 300 else protocol.MAX_PROBLEM)

    async def _read(self, answer: aiohttp.ClientResponse, most: int) -> Response:
        """The answer whole. UnexpectedAnswer, and the connection closed, where it is compressed or longer than
        `most`."""
        _check_plain(answer)
        parts: list[bytes] = []
        size = answer.content_length or 0
        found = 0
        while size <= most and found <= most and (part := await answer.content.readany()):
            parts.append(part)
            found += len(part)
        self.received += found
        if size > most or found > most:
            answer.close()
            raise UnexpectedAnswer(f"more than {most} bytes", answer.status)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status, headers, b"".join(parts))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
            self._own_session = True
        return self._session


def _in_pieces(body: bytes) -> bytes | BytesIO | None:
    """A body as aiohttp wants it: whole where it is small, read piece by piece where writing it at once would hold up
    everything else on this loop."""
    return (BytesIO(body) if len(body) > _AT_ONCE else body) or None


def _check_plain(answer: aiohttp.ClientResponse) -> None:
    found = ", ".join(answer.headers.getall("Content-Encoding", []))
    if found.strip().lower() not in ("", "identity"):
        answer.close()
        raise UnexpectedAnswer(f"Content-Encoding {found}", answer.status)


def _describe(error: Exception) -> str:
    return str(error) or type(error).__name__


def proxy_of(url: str) -> str:
    """The proxy that the environment names for this hub (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, in either case),
    "" for none; a hub on this very machine is called directly."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    named = getproxies_environment()
    if host == "localhost" or host == "::1" or host.startswith("127.") or proxy_bypass(host, named):
        return ""
    return named.get(parts.scheme) or named.get("all") or ""


def chain_of(
    certificate: x509.Certificate | Sequence[x509.Certificate] | None,
) -> tuple[x509.Certificate, ...]:
    """One certificate, or the signer's first and its issuers after it."""
    if certificate is None:
        return ()
    return (certificate,) if isinstance(certificate, x509.Certificate) else tuple(certificate)
