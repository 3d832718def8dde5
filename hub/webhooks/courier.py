"""Takes one webhook to one address, and brings back a word: the only code here that opens connections.

Each is bounded from the first look-up of the name to the head of the answer by one time; of the body nothing is read,
or of a challenge's answer the first kilobyte, and the connection ends with it. Where a name leads is judged on the very
socket (`targets`), so no second look-up can lead elsewhere. Redirects are not followed. Names are looked up in threads
of their own: a slow server of names holds up webhooks only.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from hub.base.version import VERSION
from hub.base.webhook_settings import WebhookSettings
from hub.core.errors import WebhookRefused
from hub.core.model import Millis
from hub.core.webhooks import outcomes
from hub.core.webhooks.pauses import retry_after
from hub.core.webhooks.targets import Rules, check_address, networks_of, target

Lookup = Callable[[str, int], list[tuple[Any, ...]]]
"""As `socket.getaddrinfo`, of a name and a port; blocks."""

_LOOKUPS: Final = 16
_HEADERS: Final = {"Content-Type": "application/json", "User-Agent": f"truc/{VERSION}", "Accept-Encoding": "identity"}
_WINDOW: Final = 4_096
_REMEMBERED_SECONDS: Final = 30


class Reply(NamedTuple):
    """The outcome: a word of `outcomes`, the status (0 = no answer), ms that the receiver asks for, `body` where
    it was wanted; `why` is for the hub's own log."""

    outcome: str
    status: int = 0
    asked: int = 0
    body: bytes = b""
    why: str = ""

    @property
    def delivered(self) -> bool:
        return self.outcome == outcomes.DELIVERED


def rules_of(settings: WebhookSettings) -> Rules:
    return Rules(networks_of(settings.networks), settings.ports, settings.plain)


def system_lookup(host: str, port: int) -> list[tuple[Any, ...]]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


class Courier:
    def __init__(self, settings: WebhookSettings, lookup: Lookup = system_lookup) -> None:
        self.rules = rules_of(settings)
        self._settings = settings
        self._lookup = lookup
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        pool = ThreadPoolExecutor(_LOOKUPS, "webhook-names")
        connector = aiohttp.TCPConnector(
            limit=0,
            force_close=True,
            ssl=ssl.create_default_context(cafile=self._settings.tls_ca or None),
            ttl_dns_cache=_REMEMBERED_SECONDS,
            # A proxy is the operator's choice; where it goes then is its own judgement.
            resolver=None if self._settings.proxy else _Names(pool, self._lookup, self.rules),
            socket_factory=None if self._settings.proxy else self._socket,
        )
        try:
            async with aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=self._settings.timeout_seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                read_bufsize=_WINDOW,
            ) as session:
                self._session = session
                yield
        finally:
            self._session = None
            pool.shutdown(wait=False, cancel_futures=True)

    def _socket(self, info: tuple[Any, ...]) -> socket.socket:
        """The second gate, where nothing comes between it and the connection."""
        family, kind, protocol, _, address = info
        check_address(address[0], self.rules)
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, now: Millis, *, most: int = 0) -> Reply:
        """Never raises but to be cancelled. `most`: bytes of the answer that are read."""
        assert self._session is not None, "not running"
        try:
            target(url, self.rules)
            async with (
                asyncio.timeout(self._settings.timeout_seconds),
                self._session.post(
                    URL(url, encoded=True),
                    data=body,
                    headers=_HEADERS | dict(headers),
                    allow_redirects=False,
                    proxy=self._settings.proxy or None,
                ) as answer,
            ):
                try:
                    said = await _head_of(answer, most)
                finally:
                    answer.close()
                return Reply(_word(answer.status), answer.status, retry_after(_asked(answer), now), said)
        except Exception as error:
            return Reply(_of_error(error), why=f"{type(error).__name__}: {error}"[:200])


async def _head_of(answer: aiohttp.ClientResponse, most: int) -> bytes:
    said = b""
    while len(said) < most and (part := await answer.content.read(most - len(said))):
        said += part
    return said


def _asked(answer: aiohttp.ClientResponse) -> str:
    return answer.headers.get("Retry-After", "")


def _word(status: int) -> str:
    if 200 <= status < 300:
        return outcomes.DELIVERED
    if 300 <= status < 400:
        return outcomes.REDIRECT
    return {410: outcomes.GONE, 429: outcomes.BUSY, 503: outcomes.BUSY}.get(status, outcomes.STATUS)


_ERRORS: Final[tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...]] = (
    (WebhookRefused, outcomes.REFUSED),
    (TimeoutError, outcomes.TIMEOUT),
    (aiohttp.ClientConnectorDNSError, outcomes.NAME),
    ((aiohttp.ClientSSLError, ssl.SSLError), outcomes.TLS),
    (aiohttp.ClientConnectorError, outcomes.CONNECT),
    ((aiohttp.ClientError, ValueError), outcomes.PROTOCOL),
    (OSError, outcomes.CONNECT),
)
"""The first that fits."""


def _of_error(error: BaseException) -> str:
    if isinstance(error, ExceptionGroup):  # of several addresses, each its own
        return _of_error(error.exceptions[0])
    return next((word for kind, word in _ERRORS if isinstance(error, kind)), outcomes.PROTOCOL)


class _Names(AbstractResolver):
    """Names to addresses. One address that is not allowed refuses the name: which one is taken is chance."""

    def __init__(self, pool: ThreadPoolExecutor, lookup: Lookup, rules: Rules) -> None:
        self._pool = pool
        self._lookup = lookup
        self._rules = rules

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(self._pool, self._lookup, host, port)
        results: list[ResolveResult] = []
        for kind, _, protocol, _, address in found:
            check_address(address[0], self._rules)
            results.append(
                ResolveResult(
                    hostname=host,
                    host=address[0],
                    port=port,
                    family=kind,
                    proto=protocol,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
            )
        if not results:
            raise OSError(f"no address of {host}")
        return results

    async def close(self) -> None:
        """The pool ends with the courier."""
