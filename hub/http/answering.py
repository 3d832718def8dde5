"""A connection that answers by the ledger (`hub.http.ledger`): every route's answer goes out through here.

The transport has no buffer of its own: it asks to wait as soon as the kernel does not take all. So an answer has ended
when its last byte is with the kernel, and the rest is seen at once, also of streams, of errors, of bytes that no route
ever saw. A reader that takes nothing for `body_seconds` is cut off; one that takes nothing and has no room left, at
once.

Under TLS the transport below cannot be asked. There large answers go out in pieces, and the bytes that may still lie
below stay in the ledger until the kernel says that everything was sent.
"""

from __future__ import annotations

import asyncio
import fcntl
import struct
import termios
from typing import Any, Final, cast

from aiohttp import web

from hub.base import failpoint
from hub.core.errors import TryLater
from hub.http import problems
from hub.http.ledger import Ledger, Tab

_AT_ONCE: Final = 32 * 1024
"""An answer of so many bytes goes out without a look at the ledger: the part that the kernel does not take is entered
then."""
_PIECE: Final = 64 * 1024
"""The bytes that aiohttp may write to a transport that has asked to wait, and how a large answer is cut for TLS."""
_BEHIND: Final = 128 * 1024
"""The bytes that may lie behind TLS: a buffer of 64 kB, and a piece more."""
_FREE_BEHIND: Final = 16 * 1024
_LOOK_SECONDS: Final = 1.0


def check_answers(request: web.BaseRequest) -> None:
    """TryLater where the caller has not read its earlier answers, and holds its share."""
    connection = request.protocol
    if isinstance(connection, Answering):
        connection.tab.room(connection.whose, known=connection.known)


def charge(request: web.BaseRequest, size: int) -> None:
    """Enter an answer of so many bytes now, before it is sent. TryLater where there is no room for it."""
    connection = request.protocol
    if isinstance(connection, Answering):
        connection.enter(size)


def comes_from(request: web.BaseRequest, address: str) -> None:
    """A stranger's call that a front passes on: its connection is many callers', one after another."""
    connection = request.protocol
    if isinstance(connection, Answering) and connection.inside:
        connection.whose, connection.known = address, False


def size_of(response: web.StreamResponse) -> int:
    """Bytes of a body that is held whole."""
    body = response.body if isinstance(response, web.Response) else None
    return len(body) if isinstance(body, bytes | bytearray) else 0


class Answering(web.RequestHandler):
    """`whose`: the caller where `known`, else the address."""

    __slots__ = ("_behind", "_look", "_sending", "_tls", "_too_late", "_whole", "inside", "known", "tab", "whose")

    def __init__(self, manager: web.Server, sending: float, ledger: Ledger, **options: Any) -> None:
        super().__init__(manager, **options)
        self._sending = sending
        self.tab = Tab(ledger)
        self.whose = ""
        self.known = False
        self.inside = False
        self._tls = False
        self._behind = self._whole = 0
        self._look: asyncio.TimerHandle | None = None
        self._too_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._tls = transport.get_extra_info("sslcontext") is not None
        self.inside = not isinstance(transport.get_extra_info("peername"), tuple)
        # One byte is too many; a TLS transport takes 0 to mean that none is.
        cast(asyncio.Transport, transport).set_write_buffer_limits(high=int(self._tls), low=0)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        for timer in (self._too_late, self._look):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)
        self.tab.keep(0)

    def enter(self, size: int) -> None:
        """The answer under way, with its whole size. TryLater where there is no room for it."""
        try:
            self.hold(size)
        except TryLater:
            self.tab.refused()
            raise
        self._whole = max(self._whole, size)

    def hold(self, amount: int) -> None:
        self.tab.hold(amount, self.whose, known=self.known)

    def pause_writing(self) -> None:
        """The kernel did not take all: it stands in the ledger from now on, and for a time."""
        super().pause_writing()
        if self.transport is None:
            return
        self._too_late = asyncio.get_running_loop().call_later(self._sending, self._cut, self.transport)
        if not self._whole:  # else it stands there already
            self._hold_or_cut(self.transport.get_write_buffer_size() + _PIECE)

    def resume_writing(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None
        super().resume_writing()
        self.tab.keep(max(self._whole, self._hidden()))

    def _hold_or_cut(self, amount: int) -> None:
        try:
            self.hold(amount)
        except TryLater:
            self.tab.cut()
            # Not from within a write of this very transport.
            asyncio.get_running_loop().call_soon(self._cut, self.transport)

    def _cut(self, transport: asyncio.Transport | None) -> None:
        if transport is not None:
            transport.abort()

    def _answered(self, size: int) -> None:
        """An answer of `size` has gone to the transport; the part that has not left yet stays in the ledger."""
        self._whole = 0
        if self.transport is None:
            return
        if self._tls:
            self._behind = min(self._behind + size, _BEHIND)
        waiting = self.transport.get_write_buffer_size()
        left = max(waiting + _PIECE if waiting else 0, self._hidden())
        self._hold_or_cut(left)
        self.tab.keep(left)

    def _hidden(self) -> int:
        """Bytes that may wait behind TLS. None do where the kernel has nothing left to send; else it is asked again."""
        if self._behind <= _FREE_BEHIND:
            return 0
        if not _unsent(self.transport):
            self._behind = 0
        elif self._look is None:
            self._look = asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look_again)
        return self._behind

    def _look_again(self) -> None:
        self._look = None
        hidden = self._hidden()
        if not self.writing_paused:
            self.tab.keep(max(self._whole, hidden))

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if self._fits(resp):
            sent = await super().finish_response(request, resp, start_time)
            self._answered(_let_go(resp))
            return sent
        resp = self._entered(resp)
        try:
            async with asyncio.timeout(self._sending):
                if self._tls and not resp.prepared:
                    await _in_pieces(request, resp)
                sent = await super().finish_response(request, resp, start_time)
                failpoint.hit("answer.sent")
                return sent
        except TimeoutError:
            problems.hang_up(request)
            return resp, True
        finally:
            self._answered(_let_go(resp))

    def _entered(self, response: web.StreamResponse) -> web.StreamResponse:
        """The answer, once it stands in the ledger; or the refusal of it, of which nothing was sent yet."""
        if response.prepared:
            return response
        try:
            self.enter(size_of(response))
        except TryLater as refused:
            return problems.respond(refused)
        return response

    def _fits(self, response: web.StreamResponse) -> bool:
        """Whether the transport takes the whole answer at once, so that there is no reader to wait for."""
        if type(response) is not web.Response or self.transport is None:
            return False
        body = response.body
        return type(body) is bytes and len(body) <= _AT_ONCE and not self.transport.get_write_buffer_size()


def _let_go(response: web.StreamResponse) -> int:
    """The size of a body that was held, which aiohttp would keep until the connection has its next answer."""
    size = size_of(response)
    if size and isinstance(response, web.Response):
        response.body = None
    return size


async def _in_pieces(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """The body, a piece when the one before has left: TLS would take all of it at once and tell that nothing waits."""
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes) or request.method == "HEAD":
        return
    body = response.body
    await response.prepare(request)
    for at in range(0, len(body), _PIECE):
        await response.write(body[at : at + _PIECE])
    await web.StreamResponse.write_eof(response)


def _unsent(transport: asyncio.Transport | None) -> int:
    """Bytes that the kernel has not sent, or the peer not acknowledged."""
    sock = transport.get_extra_info("socket") if transport is not None else None
    if sock is None or not hasattr(termios, "TIOCOUTQ"):
        return 0
    try:
        return int(struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)))[0])
    except OSError:
        return 0
