"""A bad network between a client and a hub: what happens to the n-th request is drawn from a seed.

It speaks just enough HTTP/1.1 to know where a request and an answer end, so that it can lose an answer after the hub
gave it, send one request twice, or cut either in the middle. It changes no byte of what it passes on.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from random import Random
from typing import Final
from urllib.parse import urlsplit

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Fault(StrEnum):
    """What happens to one request."""

    NONE = "none"
    REFUSED = "the connection is cut before the hub hears of it"
    HALF = "half of the request arrives, then the connection is cut"
    LOST = "the hub answers, and the answer is lost"
    CUT = "half of the answer arrives, then the connection is cut"
    TWICE = "the hub gets it twice at once, the client one of the answers"
    AGAIN = "the hub gets it a second time after it answered, and the client the second answer"
    LATE = "it waits until another request has passed it"
    BAD_GATEWAY = "the proxy says 502, the hub never heard of it"
    GATEWAY_TIMEOUT = "the proxy says 504, the hub has done it"


FAULTS: Final = [fault for fault in Fault if fault is not Fault.NONE]
_LATEST: Final = 0.2
"""Seconds after which a late request goes on although nothing passed it."""


class Proxy:
    """`share` of all requests meet a fault. `met` counts what happened; `url` is where clients go."""

    def __init__(self, target: str, seed: int, share: float = 0.5) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 0)
        self._draw = Random(f"proxy {seed}")
        self._share = share
        self._passed = asyncio.Condition()
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.met: Counter[Fault] = Counter()
        self.url = ""

    def _next(self) -> Fault:
        fault = self._draw.choice(FAULTS) if self._draw.random() < self._share else Fault.NONE
        self.met[fault] += 1
        return fault

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client, request after request."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, OSError):
                while await self._one(reader, writer):
                    pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        request = await message(reader)
        fault = self._next()
        if fault is Fault.REFUSED:
            return False
        if fault is Fault.BAD_GATEWAY:
            writer.write(_spoken(502, "Bad Gateway"))
            return True
        if fault is Fault.LATE:
            await self._wait_for_another()
        answer = await self._ask(request, fault)
        await self._tell_passed()
        if fault is Fault.GATEWAY_TIMEOUT:
            answer = _spoken(504, "Gateway Timeout")
        if fault in (Fault.LOST, Fault.HALF):
            return False
        writer.write(answer[: len(answer) // 2] if fault is Fault.CUT else answer)
        await writer.drain()
        return fault is not Fault.CUT

    async def _ask(self, request: bytes, fault: Fault) -> bytes:
        if fault is Fault.HALF:
            async with self._hub() as (_, writer):
                writer.write(request[: len(request) // 2])
                await writer.drain()
            return b""
        if fault is Fault.TWICE:
            answers = await asyncio.gather(self._exchange(request), self._exchange(request))
            return self._draw.choice(answers)
        answer = await self._exchange(request)
        return await self._exchange(request) if fault is Fault.AGAIN else answer

    async def _exchange(self, request: bytes) -> bytes:
        async with self._hub() as (reader, writer):
            writer.write(request)
            await writer.drain()
            return await message(reader)

    @asynccontextmanager
    async def _hub(self) -> AsyncIterator[Streams]:
        reader, writer = await asyncio.open_connection(*self._target, limit=1 << 20)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def _wait_for_another(self) -> None:
        seen = self._count
        async with self._passed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._passed.wait_for(lambda: self._count > seen), _LATEST)

    async def _tell_passed(self) -> None:
        self._count += 1
        async with self._passed:
            self._passed.notify_all()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def message(reader: asyncio.StreamReader) -> bytes:
    """One request or answer, whole: what all of ours have is a Content-Length, or no body."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return head + await reader.readexactly(length)


def _spoken(status: int, reason: str) -> bytes:
    return f"HTTP/1.1 {status} {reason}\r\nContent-Length: 0\r\nContent-Type: text/html\r\n\r\n".encode()


@asynccontextmanager
async def bad_network(target: str, seed: int, share: float = 0.5) -> AsyncIterator[Proxy]:
    """A proxy in front of the hub at `target` until the block ends."""
    proxy = Proxy(target, seed, share)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=1 << 20)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
