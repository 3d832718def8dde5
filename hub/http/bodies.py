"""Bodies on their way in: how large, how slow, and how many bytes of all of them at once.

The rules:
1. No Content-Encoding: signed bytes come as they were signed. No Transfer-Encoding but chunked.
2. A body is at most as large as its route allows, against its own declaration too, and is counted while it comes.
3. It has `body_seconds` plus its size over the least rate to arrive; our own time for writing it does not count.
4. A body that goes into a file is digested and written in pieces by threads, and never held whole.
5. The room of all bodies under way, in memory and in the spool, is bounded, and that of one caller's; bytes count from
   their arrival until the request ends, so nobody can hold room with bytes that were only declared.
6. A caller's bytes have a rate. The declared size is taken from it beforehand, so that a caller above it is told before
   sending; the part that did not come is given back.
7. A body of many messages is read item by item; each is held from its first byte until it was dealt with.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from typing import Final

from aiohttp import HttpVersion11, web

from hub.admission.submission import Caller, Submission
from hub.base.limit_settings import LimitSettings
from hub.base.runtime import finished
from hub.core import framing
from hub.core.errors import BadRequest, EncodedBody, TooLarge, TooMany, TooSlow
from hub.core.model import Priority
from hub.http.limits import BodyShare, Quotas, key_of
from hub.store.blobs import Blobs, Spool

_WRITERS: Final = 2
"""Threads that digest and write large bodies: more of them would only take the processor from the event loop, and two
write faster than a network brings."""


async def _continue(request: web.Request) -> None:
    """Only now: a body that is refused by its head need not be sent."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # no part of the answer


class BodyReader:
    """Takes bodies in. `in_memory` and `in_spool` are the bytes held just now. Used on the event loop only."""

    def __init__(self, blobs: Blobs, limits: LimitSettings, quotas: Quotas) -> None:
        self._blobs = blobs
        self._limits = limits
        self.quotas = quotas
        self._threads = ThreadPoolExecutor(_WRITERS, thread_name_prefix="spool")
        self.in_memory = 0
        self.in_spool = 0

    @asynccontextmanager
    async def body(self, request: web.Request, most: int, caller: str = "") -> AsyncIterator[Spool]:
        """The whole body, digested, until the block ends. EncodedBody, TooLarge, TooSlow, TooMany, BadRequest.
        `caller`: whose quotas it is counted under, empty for nobody's."""
        self._check_head(request, most)
        with self.quotas.body(caller, request.content_length) as quota:
            await _continue(request)
            spool = self._blobs.spool()
            try:
                await self._read(request, spool, most, quota)
                yield spool
            finally:
                self.let_go(spool)

    @asynccontextmanager
    async def submission(self, request: web.Request, caller: Caller) -> AsyncIterator[Submission]:
        """The message that the body is, when it is this caller's next, until the block ends. Refusals as of `body`;
        TooMany, also of the block, is told when the crowd lets it."""
        key = key_of(caller)
        try:
            async with self.body(request, self._limits.document_bytes, key) as spool:
                submission = Submission.of(spool, caller)
                async with self.quotas.submissions.joined(key, urgent=submission.priority > Priority.NORMAL):
                    yield submission
        except TooMany:
            await self.quotas.submissions.until_told()
            raise

    @asynccontextmanager
    async def batch(
        self, request: web.Request, caller: Caller
    ) -> AsyncIterator[AsyncGenerator[Spool | TooLarge, None]]:
        """The messages of one body, as of `hub.core.framing`, each when it is whole: to be given to `let_go` when it
        was dealt with, before the block ends. One that is larger than a message may be is passed over, and told in its
        place. The error that refuses the rest is raised where it is found: as of `body`."""
        self._check_head(request, self._limits.batch_bytes)
        with self.quotas.body(key_of(caller), request.content_length) as quota:
            await _continue(request)
            async with aclosing(self._items(request, quota)) as items:
                yield items

    async def _items(self, request: web.Request, quota: BodyShare) -> AsyncGenerator[Spool | TooLarge, None]:
        limits = self._limits
        frames, pace = framing.Frames(), _Pace(limits)
        spool: Spool | None = None
        try:
            while chunk := await pace.next(request):
                if pace.size > limits.batch_bytes:
                    raise TooLarge(expected=f"at most {limits.batch_bytes} bytes", found="more")
                quota.came(len(chunk))
                for piece in frames.feed(chunk):
                    if piece.first:
                        if frames.items > limits.batch_items:
                            raise TooLarge(expected=f"at most {limits.batch_items} items", found="more")
                        spool = self._blobs.spool() if piece.size <= limits.document_bytes else None
                    if spool is None:
                        if piece.last:
                            yield TooLarge(
                                expected=f"at most {limits.document_bytes} bytes", found=f"{piece.size} bytes"
                            )
                        continue
                    if self._take(spool, piece.data) or piece.last:
                        await self._flush(spool)
                    if piece.last:
                        whole, spool = spool, None
                        yield whole
            frames.end()
        finally:
            if spool is not None:
                self.let_go(spool)

    def let_go(self, spool: Spool) -> None:
        """Nothing more is done with it."""
        self._hold(spool, -1)
        spool.close()

    def at_hand(self, request: web.Request, most: int, caller: str = "") -> bytes | None:
        """A body that came whole before it was asked for, as small ones do: there is nothing to wait for, and nothing
        to hold. None for any other; then `body` reads it. Refusals as there."""
        content = request.content
        if not content.is_eof() or content.exception() is not None:
            return None
        self._check_head(request, most)
        data = content.read_nowait()
        while not content.at_eof():
            data += content.read_nowait()
        if len(data) > most:
            raise TooLarge(expected=f"at most {most} bytes", found="more")
        if caller:
            self.quotas.received.take(caller, len(data))
        return data

    @staticmethod
    def _check_head(request: web.Request, most: int) -> None:
        encoding = ", ".join(request.headers.getall("Content-Encoding", ["identity"])).lower()
        if encoding != "identity":
            raise EncodedBody(expected="identity", found=encoding[:40])
        coding = ", ".join(request.headers.getall("Transfer-Encoding", ["chunked"])).lower()
        if coding != "chunked" or ("Transfer-Encoding" in request.headers and request.version < HttpVersion11):
            raise BadRequest(expected="Content-Length, or chunked in HTTP/1.1", found=coding[:40])
        declared = request.content_length
        if declared is not None and declared > most:
            raise TooLarge(expected=f"at most {most} bytes", found=f"{declared} bytes")

    async def _read(self, request: web.Request, spool: Spool, most: int, quota: BodyShare) -> None:
        limits = self._limits
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            async with asyncio.timeout(limits.body_seconds) as patience:
                async for chunk in request.content.iter_any():
                    if spool.size + len(chunk) > most:
                        raise TooLarge(expected=f"at most {most} bytes", found="more")
                    quota.came(len(chunk))
                    if self._take(spool, chunk):
                        patience.reschedule(None)
                        start += await self._flush(spool)  # our own time is not the sender's
                    allowed = limits.body_seconds + spool.size / limits.body_bytes_per_second
                    patience.reschedule(start + allowed)
            await self._flush(spool)
        except TimeoutError:
            rate = f"at least {limits.body_bytes_per_second} bytes per second"
            raise TooSlow(expected=rate, found=f"{spool.size} bytes in {loop.time() - start:.0f} s") from None
        except web.RequestPayloadError as error:
            raise BadRequest(expected="a whole body", found=str(error)) from None

    async def _flush(self, spool: Spool) -> float:
        """Seconds that it took."""
        began = asyncio.get_running_loop().time()
        if spool.in_file:
            await finished(self._threads, spool.flush)
        return asyncio.get_running_loop().time() - began

    def _take(self, spool: Spool, chunk: bytes) -> bool:
        """Whether enough was taken to be worth a flush."""
        self._hold(spool, -1)
        due = spool.take(chunk)
        self._hold(spool, 1)
        limits = self._limits
        if self.in_memory > limits.bodies_in_memory or self.in_spool > limits.bodies_in_spool:
            raise TooMany(expected="fewer bytes under way at once", found=f"{self.in_memory + self.in_spool} bytes")
        return due

    def _hold(self, spool: Spool, sign: int) -> None:
        if spool.in_file:
            self.in_spool += sign * spool.size
        else:
            self.in_memory += sign * spool.size


class _Pace:
    """How fast a body of many messages comes. The time between two calls of `next` is ours."""

    def __init__(self, limits: LimitSettings) -> None:
        self._limits = limits
        self._seconds = 0.0
        self.size = 0

    async def next(self, request: web.Request) -> bytes:
        """The next bytes; none at its end. TooSlow, BadRequest where it breaks off."""
        limits, began = self._limits, asyncio.get_running_loop().time()
        allowed = limits.body_seconds + self.size / limits.body_bytes_per_second
        try:
            async with asyncio.timeout(allowed - self._seconds):
                chunk = await request.content.readany()
        except TimeoutError:
            rate = f"at least {limits.body_bytes_per_second} bytes per second"
            raise TooSlow(expected=rate, found=f"{self.size} bytes in {allowed:.0f} s") from None
        except web.RequestPayloadError as error:
            raise BadRequest(expected="a whole body", found=str(error)) from None
        self._seconds += asyncio.get_running_loop().time() - began
        self.size += len(chunk)
        return chunk
