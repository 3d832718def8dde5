"""The listening socket: how many connections there are, how long each may keep us waiting, the answers to broken ones.

The rules:
1. Above `connections`, or above `connections_per_address` of its own address, a new one is told LIMIT_TOO_MANY and
   closed; the process may open that many files and some more.
2. The header of a request is complete within `header_seconds` of connecting or of the answer before, the TLS handshake
   likewise; else the connection is closed. (aiohttp keeps this time under the name of keep-alive.)
3. A request that does not parse as HTTP/1.1 gets a problem and is closed, and leaves no trace above the level of
   debugging.
4. An answer that its reader does not take within `body_seconds` is given up, and so is a connection whose peer takes
   nothing for so long, for any answer: see `hub.http.answering`.
5. On closing, nobody new is let in, calls under way have `CLOSING_SECONDS`, and then are cut off.
"""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import structlog
from aiohttp import http_exceptions, web

from hub.base.config import HttpSettings, Settings
from hub.base.internals import is_idle, reads_nothing, request_under_way
from hub.base.limit_settings import LimitSettings
from hub.core.errors import AxisError, BadRequest, TooMany, Unexpected
from hub.http import problems
from hub.http.answering import Answering
from hub.http.ledger import Ledger
from hub.http.limits import Addresses, address_of
from hub.http.overload import ConnectionGate
from hub.http.tls import Tls

log = structlog.get_logger("http")
CLOSING_SECONDS: Final = 2.0
_MAX_LINE: Final = 8190
_MAX_HEADERS: Final = 64
_READ_BUFFER: Final = 64 * 1024
_UNSENT: Final = 256 * 1024
"""Bytes that the kernel takes of one connection before they are on their way: by itself it takes 3 MB from a fast link,
which no ledger of ours would see. The peer's window bounds the bytes on their way, so nothing gets slower."""
_LINGER_SECONDS: Final = 2.0
_REFUSED_SECONDS: Final = 1.0
_OTHER_FILES: Final = 256


@asynccontextmanager
async def listening(
    app: web.Application | web.Server,
    settings: Settings,
    sock: socket.socket | None = None,
    tls: Tls | None = None,
    gate: ConnectionGate | None = None,
    ledger: Ledger | None = None,
) -> AsyncIterator[str]:
    """Serve `app` until the block ends; the URL under which it listens. `sock`: a socket that was bound before. `tls`:
    made of the settings unless given. `gate`: one that knows no caller unless given. `ledger`: its own unless
    given."""
    http = settings.http
    if http.tls_key and tls is None:
        tls = Tls(http)
    runner = _runner(app)
    await runner.setup()
    assert runner.server is not None
    try:
        sock = sock or bound(http, settings.limits)
        server = await asyncio.get_running_loop().create_server(
            _Factory(runner.server, settings.limits, gate, ledger),
            sock=sock,
            ssl=tls.context if tls else None,
            ssl_handshake_timeout=settings.limits.header_seconds if tls else None,
            backlog=1024,
        )
        try:
            yield url_of(http, sock)
        finally:
            server.close()
            await _emptied(runner.server)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def listening_inside(app: web.Server, settings: Settings, path: str, ledger: Ledger) -> AsyncIterator[None]:
    """Serve `app` on a socket of the file system, to the hub's own front processes: without TLS, and without a bound on
    connections, for theirs are bounded."""
    runner = _runner(app)
    await runner.setup()
    assert runner.server is not None
    try:
        factory = _Factory(runner.server, settings.limits, None, ledger)
        server = await asyncio.get_running_loop().create_unix_server(factory, path, backlog=4096)
        try:
            yield
        finally:
            server.close()
            await _emptied(runner.server)
    finally:
        await runner.cleanup()


def _runner(app: web.Application | web.Server) -> web.BaseRunner:
    if isinstance(app, web.Server):
        return web.ServerRunner(app, shutdown_timeout=1.0)
    return web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0)


async def _emptied(server: web.Server) -> None:
    """Close idle connections, wait for calls under way, cut off the rest."""
    loop = asyncio.get_running_loop()
    end = loop.time() + CLOSING_SECONDS
    server.pre_shutdown()
    while server.connections and loop.time() < end:  # noqa: ASYNC110 (nothing tells when a connection has ended)
        await asyncio.sleep(0.01)
    for connection in server.connections:
        if connection.transport is not None:
            connection.transport.abort()


def learn(request: web.BaseRequest, whose: str) -> None:
    """Whose the connection of this request is."""
    if isinstance(request.protocol, _Connection):
        request.protocol.whose, request.protocol.known = whose, True


def check_room(request: web.BaseRequest) -> None:
    """TooMany for the one that was let in to be told so; see `hub.http.overload`."""
    connection = request.protocol
    if isinstance(connection, _Connection) and connection.too_many:
        connection.too_many = False
        connection.gate.refuse()


class _Factory:
    """Makes the protocol of each new connection."""

    def __init__(
        self, server: web.Server, limits: LimitSettings, gate: ConnectionGate | None, ledger: Ledger | None
    ) -> None:
        self._server = server
        self._most = _room_for(limits.connections)
        self._options: dict[str, Any] = {
            "keepalive_timeout": limits.header_seconds,
            "lingering_time": _LINGER_SECONDS,
            "max_line_size": _MAX_LINE,
            "max_field_size": _MAX_LINE,
            "max_headers": _MAX_HEADERS,
            "read_bufsize": _READ_BUFFER,
            "auto_decompress": False,
            "access_log": None,
        }
        self._sending = limits.body_seconds
        self._addresses = Addresses(limits.connections_per_address)
        self._gate = gate or ConnectionGate(limits.submissions)
        self._ledger = Ledger(limits) if ledger is None else ledger

    def __call__(self) -> asyncio.Protocol:
        if len(self._server.connections) >= self._most:
            return _Refused(f"at most {self._most} connections")
        return _Connection(
            self._server,
            self._sending,
            self._addresses,
            self._gate,
            self._ledger,
            loop=asyncio.get_running_loop(),
            **self._options,
        )


class _Connection(Answering):
    __slots__ = ("_address", "_addresses", "gate", "held", "too_many", "urgent")

    def __init__(
        self,
        manager: web.Server,
        sending: float,
        addresses: Addresses,
        gate: ConnectionGate,
        ledger: Ledger,
        **options: Any,
    ) -> None:
        super().__init__(manager, sending, ledger, **options)
        self._addresses = addresses
        self.gate = gate
        self._address: str | None = None
        self.urgent = self.too_many = False
        self.held: bytearray | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Only here it is known where a connection comes from."""
        address = address_of(transport.get_extra_info("peername"))
        if self._addresses.enter(address):
            self._address = self.whose = address
            super().connection_made(transport)
        else:
            refused = _Refused(f"at most {self._addresses.most} connections of one address")
            cast(asyncio.Transport, transport).set_protocol(refused)
            refused.connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._address is not None:
            self._addresses.leave(self._address)
            self._address = None
        self.gate.gone(self)
        super().connection_lost(exc)

    # as a visitor of the gate

    def data_received(self, data: bytes) -> None:
        if data:
            self.gate.come(self, data)
        else:
            super().data_received(data)  # aiohttp itself, which goes on with its connections

    @property
    def continuing(self) -> bool:
        request = request_under_way(self)
        return request is not None and not request.content.is_eof()

    def let_in(self, data: bytes) -> None:
        super().data_received(data)

    def pause(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def resume(self) -> None:
        """Unless aiohttp waits as well."""
        if reads_nothing(self):
            return
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def close(self) -> None:
        """On closing: an idle connection ends at once, which aiohttp would leave open until it is cut off."""
        super().close()
        if is_idle(self) and self.transport is not None:
            self.transport.close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """An escape from the application: bytes that are no HTTP, or an error of ours."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        if status == 400:
            log.debug("not-http", error=type(exc).__name__)
            response = _not_http(exc)
        else:
            log.error("unexpected", exc_info=exc)
            response = problems.respond(Unexpected())
        response.force_close()
        return response

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        self.gate.answered(self)
        if isinstance(resp, web.HTTPException):  # raised before the application could: an Expect that is not known
            resp = problems.respond(BadRequest(found=resp.reason), resp.status)
        return await super().finish_response(request, resp, start_time)


def _not_http(error: BaseException | None) -> web.Response:
    told = str(getattr(error, "message", "")).partition("\n")[0].partition(": ")[0].rstrip(":")
    status = 431 if isinstance(error, http_exceptions.LineTooLong) else 400
    return problems.respond(BadRequest(expected="HTTP/1.1", found=told[:120]), status)


class _Refused(asyncio.Protocol):
    """A connection too many: it is told so when it asks for something, or closed when it does not ask soon."""

    def __init__(self, expected: str) -> None:
        self._answer = _as_bytes(TooMany(expected=expected, found="more"))
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports are of no class of asyncio's
        self._end = asyncio.get_running_loop().call_later(_REFUSED_SECONDS, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._answer)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._end is not None:
            self._end.cancel()


def _as_bytes(error: AxisError) -> bytes:
    response = problems.respond(error)
    assert isinstance(response.body, bytes)
    headers = {**response.headers, "Content-Length": str(len(response.body)), "Connection": "close"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {response.status} {response.reason}\r\n{lines}\r\n".encode() + response.body


def _room_for(connections: int) -> int:
    """How many connections there may be, once the process was allowed as many open files as that takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        wanted = soft
    return max(1, wanted - _OTHER_FILES)


def url_of(http: HttpSettings, sock: socket.socket) -> str:
    """How a client on this machine reaches the server on `sock`."""
    host = f"[{http.host}]" if ":" in http.host else http.host
    return f"{'https' if http.tls_key else 'http'}://{host}:{sock.getsockname()[1]}"


def bound(http: HttpSettings, limits: LimitSettings, *, port: int | None = None, shared: bool = False) -> socket.socket:
    """A listening socket. `shared`: others of this process may listen on the same port, and the kernel spreads
    connections over them."""
    family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
    where = (http.host, http.port if port is None else port)
    sock = socket.create_server(where, family=family, backlog=1024, reuse_port=shared)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; the connections inherit it
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(limits.body_seconds * 1000))
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # likewise
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)
    return sock
