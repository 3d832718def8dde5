"""Calls of the published interface over `http`: tokens of many agencies, `clients.protocol` for the messages."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import Final, TypeVar

from clients import protocol
from clients.protocol import Call, Request, Response
from hub.core.model import Millis
from hub.core.signature import assertion, jws
from hub.lab.http import Pool, Reply, head
from hub.pki.issue import Credential

T = TypeVar("T")

_RENEW: Final = 0.8


def now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)


class Agency:
    """One agency at the hub: its key, its token, its calls. `audience`: the hub's token endpoint as it knows it."""

    def __init__(self, code: str, credential: Credential, pool: Pool, audience: str) -> None:
        self.code = code
        self.credential = credential
        self.kid = jws.key_id(credential.certificate)
        self._pool = pool
        self._audience = audience
        self._host = f"{pool.address.host}:{pool.address.port}"
        self._token = ""
        self._renew_at = 0.0
        self._granting = asyncio.Lock()

    async def call(self, call: Call[T], pool: Pool | None = None) -> T:
        """The answer, read as `clients.protocol` says. `pool`: another one, for a call that waits."""
        return call.read(await self.send(call.request, pool))

    async def send(self, request: Request, pool: Pool | None = None) -> Response:
        lines = [f"{name}: {value}" for name, value in request.headers.items()]
        if request.authorized:
            lines.append(f"Authorization: Bearer {await self.token()}")
        top = head(request.method, request.target, self._host, len(request.body), *lines)
        return response_of(await (pool or self._pool).call(top, request.body))

    async def token(self) -> str:
        if time.monotonic() < self._renew_at:
            return self._token
        async with self._granting:
            if time.monotonic() >= self._renew_at:
                await self._grant()
            return self._token

    async def _grant(self) -> None:
        mine = self.credential
        signed = assertion.build(self.code, self._audience, secrets.token_urlsafe(18), now(), mine.key, self.kid)
        answer = await self.call(protocol.token(signed))
        self._token = answer.access_token
        self._renew_at = time.monotonic() + _RENEW * answer.expires_in


def response_of(reply: Reply) -> Response:
    """The parts that `clients.protocol` reads: of the headers, the media type and the ETag."""
    headers = {}
    for line in reply.head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        headers[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
    return Response(reply.status, headers, reply.body)
