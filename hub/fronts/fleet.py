"""The front processes of a hub: their listening sockets, their start, their starting again, their end.

    open   bind one socket for each front → speak HTTP inside → start the fronts → all are ready → the address is told
    close  tell them → they let nobody new in and finish → wait → the rest is killed

The sockets stay the hub's: a front that died leaves its queue of connections to the next one. A front that dies again
and again is started ever later, up to `_LATEST` seconds, and the others go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from hub.base.config import Settings
from hub.core.errors import Unavailable
from hub.fronts import frames
from hub.fronts.hub_side import FrontConnection, FrontServer
from hub.http.ledger import Ledger
from hub.http.listener import CLOSING_SECONDS, bound, listening_inside, url_of

log = structlog.get_logger("front")
PROGRAM: Final = "hub.fronts.process"
_READY_SECONDS: Final = 60.0
_LATEST: Final = 10.0
_MORE: Final = 2.0
_FREED_SECONDS: Final = 5.0
_AGAIN_SECONDS: Final = 0.2


@asynccontextmanager
async def serving(
    front_server: FrontServer, server: web.Server, settings: Settings, known: Callable[[str], None], ledger: Ledger
) -> AsyncIterator[str]:
    """Fronts that serve the hub until the block ends; the URL under which they listen. `server` answers the calls that
    they pass on. `known` is told the URL before anybody listens. Unavailable when they do not start."""
    sockets = await _sockets(settings)
    url = url_of(settings.http, sockets[0])
    known(url)
    with tempfile.TemporaryDirectory(prefix="truc-") as folder:
        inner = str(Path(folder) / "http")
        fronts = [Front(f"front-{n}", sock, settings, inner, front_server) for n, sock in enumerate(sockets, 1)]
        try:
            async with listening_inside(server, settings, inner, ledger):
                try:
                    await asyncio.gather(*(front.open() for front in fronts))
                    yield url
                finally:
                    await asyncio.gather(*(front.close() for front in fronts))
        finally:
            for sock in sockets:
                sock.close()


async def _sockets(settings: Settings) -> list[socket.socket]:
    """One for each front, all on one port. OSError when somebody else listens there, which sharing would hide."""
    first = await _first(settings)
    port = first.getsockname()[1]
    first.close()
    return [bound(settings.http, settings.limits, port=port, shared=True) for _ in range(settings.http.fronts)]


async def _first(settings: Settings) -> socket.socket:
    """The fronts of a hub that was killed hold its port until they have noticed, which those that were only starting do
    last: so for a while it is asked for again."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _FREED_SECONDS
    while True:
        try:
            return bound(settings.http, settings.limits)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or loop.time() > end:
                raise
            log.warning("address-in-use", port=settings.http.port)
            await asyncio.sleep(_AGAIN_SECONDS)


class Front:
    """One front process, kept running from `open` to `close`."""

    def __init__(
        self, name: str, sock: socket.socket, settings: Settings, inner: str, front_server: FrontServer
    ) -> None:
        self._name = name
        self._sock = sock
        self._settings = settings
        self._inner = inner
        self._front_server = front_server
        self._process: asyncio.subprocess.Process | None = None
        self._connection: FrontConnection | None = None
        self._keeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Returns when it listens."""
        connection = await self._start()
        await self._until_ready(connection)
        self._keeping = asyncio.create_task(self._keep(connection), name=self._name)

    async def _start(self) -> FrontConnection:
        ours, theirs = socket.socketpair()
        with theirs, contextlib.ExitStack() as unless_started:
            unless_started.callback(ours.close)
            inherited = (theirs.fileno(), self._sock.fileno())
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", PROGRAM, *map(str, inherited)),
                pass_fds=inherited,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
            )
            unless_started.pop_all()
        connection = self._connection = self._front_server.connection(self._name)
        await asyncio.get_running_loop().create_connection(lambda: connection.channel, sock=ours)
        connection.channel.send(frames.Welcome(self._settings, self._inner, log.get_effective_level()))
        self._front_server.introduce(connection)
        return connection

    async def _until_ready(self, connection: FrontConnection) -> None:
        waits = [asyncio.create_task(event.wait()) for event in (connection.ready, connection.gone)]
        try:
            await asyncio.wait(waits, timeout=_READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if not connection.ready.is_set():
            raise Unavailable(expected=f"{self._name} to listen", found="it ended, or took too long")

    async def _keep(self, connection: FrontConnection) -> None:
        while True:
            await connection.gone.wait()
            log.error("front-ended", front=self._name, status=await self._end())
            connection = await self._again()

    async def _again(self) -> FrontConnection:
        """Started until it listens, against any obstacle: the machine may have no process or file left for a while."""
        pause = 0.1
        while True:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LATEST)
            try:
                connection = await self._start()
                await self._until_ready(connection)
                return connection
            except (OSError, Unavailable) as error:
                log.error("front-not-started", front=self._name, error=str(error), again_in=pause)
                await self._end()

    async def _end(self) -> int | None:
        """In the middle of any work: nothing that it holds is lost with it."""
        process, self._process = self._process, None
        if process is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        return await process.wait()

    async def close(self) -> None:
        """Let it finish the calls under way, then see that it has ended."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        connection = self._connection
        if connection is not None and not connection.gone.is_set():
            connection.channel.send(frames.Close())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSING_SECONDS + _MORE):
                    await connection.gone.wait()
            connection.channel.close()
        await self._end()
