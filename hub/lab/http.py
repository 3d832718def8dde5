"""As much of an HTTP/1.1 client as a load needs: keep-alive, bodies with a Content-Length, nothing else.

It shares two cores with the hub it measures, so it does as little as it can: requests are bytes made beforehand, an
answer is cut at its Content-Length, and no header is looked at but that. An answer of the hub in another form (chunked,
no length) is an error here. A connection serves one call at a time; how many there are, the caller decides.

A kept connection may be closed by the hub just when it is used again. A call that got no byte of an answer is made
once more on a new connection: every call of the interface may be made twice.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import Final, NamedTuple, cast
from urllib.parse import urlsplit

import msgspec

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED: Final = b"\r\ntransfer-encoding: chunked"
_LAST_CHUNK: Final = b"\r\n0\r\n\r\n"
_HEADER_END: Final = b"\r\n\r\n"
_NO_BODY: Final = frozenset({204, 304})


class Broken(ConnectionError):
    """The connection ended before the answer did. `unanswered`: not one byte of it had come."""

    def __init__(self, unanswered: bool) -> None:
        super().__init__("the connection ended before the answer")
        self.unanswered = unanswered


class Reply(NamedTuple):
    status: int
    head: bytes
    body: bytes


class Address(msgspec.Struct, frozen=True):
    """Where the hub listens. `cacert`: PEM file of the CA of its TLS certificate."""

    host: str
    port: int
    tls: bool = False
    cacert: str = ""

    @classmethod
    def of(cls, url: str, cacert: str = "") -> Address:
        parts = urlsplit(url)
        tls = parts.scheme == "https"
        return cls(parts.hostname or "127.0.0.1", parts.port or (443 if tls else 80), tls, cacert)

    def context(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.cacert or None) if self.tls else None


class Connection(asyncio.Protocol):
    """One connection; make it with `connect`."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Reply] | None = None
        self._buffer = bytearray()
        self._whole = 0
        self._body_at = 0
        self._chunked = False

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def call(self, head: bytes, body: bytes = b"") -> Reply:
        """Send a request and wait for its answer. Broken when the connection ends before."""
        if not self.usable or self._transport is None:
            raise Broken(unanswered=True)
        self._answer = asyncio.get_running_loop().create_future()
        self._buffer.clear()
        self._whole, self._chunked = 0, False
        if len(body) > 65_536:
            self._transport.writelines((head, body))
        else:
            self._transport.write(head + body)
        try:
            return await self._answer
        finally:
            if not self._answer.done() or self._answer.cancelled():
                self.close()  # the rest of an answer that nobody waits for any more
            self._answer = None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by its class

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._whole and not self._read_head():
            return
        if self._chunked:
            if not self._buffer.endswith(_LAST_CHUNK):
                return
            self._join_chunks()
        if len(self._buffer) >= self._whole and self._answer is not None and not self._answer.done():
            buffer = self._buffer
            status = int(buffer[9:12])
            reply = Reply(status, bytes(buffer[: self._body_at]), bytes(buffer[self._body_at : self._whole]))
            self._answer.set_result(reply)

    def _read_head(self) -> bool:
        end = self._buffer.find(_HEADER_END)
        if end < 0:
            return False
        self._body_at = end + len(_HEADER_END)
        found = _LENGTH.search(self._buffer, 0, self._body_at)
        self._chunked = found is None and _CHUNKED in self._buffer[:end].lower()
        if self._chunked:
            self._whole = self._body_at
            return True
        if found is None and int(self._buffer[9:12]) not in _NO_BODY:
            self.close()
            return False
        self._whole = self._body_at + (int(found[1]) if found else 0)
        return True

    def _join_chunks(self) -> None:
        """The body without the marks of its pieces: of a hub's answer, which is no stranger's."""
        parts, at = [], self._body_at
        while (size := int(self._buffer[at : (end := self._buffer.index(b"\r\n", at))], 16)) > 0:
            parts.append(self._buffer[end + 2 : end + 2 + size])
            at = end + 2 + size + 2
        self._buffer[self._body_at :] = b"".join(parts)
        self._whole, self._chunked = len(self._buffer), False

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Broken(unanswered=not self._buffer))


async def connect(address: Address, context: ssl.SSLContext | None = None) -> Connection:
    loop = asyncio.get_running_loop()
    _, made = await loop.create_connection(Connection, address.host, address.port, ssl=context)
    return made


class Pool:
    """Connections to one hub, as many as calls are under way, kept for the next. `most`: calls at once."""

    def __init__(self, address: Address, most: int = 1_000_000) -> None:
        self.address = address
        self._context = address.context()
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._room = asyncio.Semaphore(most)

    async def call(self, head: bytes, body: bytes = b"") -> Reply:
        async with self._room:
            while self._idle:
                kept = self._idle.pop()
                if not kept.usable:
                    continue
                try:
                    return await self._on(kept, head, body)
                except Broken as error:
                    if not error.unanswered:
                        raise
            return await self._on(await connect(self.address, self._context), head, body)

    async def _on(self, connection: Connection, head: bytes, body: bytes) -> Reply:
        self._busy.add(connection)
        try:
            reply = await connection.call(head, body)
        finally:
            self._busy.discard(connection)
        if connection.usable:
            self._idle.append(connection)
        return reply

    def close(self) -> None:
        for connection in (*self._idle, *self._busy):
            connection.close()
        self._idle.clear()


def head(method: str, target: str, host: str, length: int, *lines: str) -> bytes:
    """The head of a request; `lines` are further header lines."""
    return "\r\n".join(
        (f"{method} {target} HTTP/1.1", f"Host: {host}", *lines, f"Content-Length: {length}", "", "")
    ).encode("ascii")
