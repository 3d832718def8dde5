"""Bodies on their way in: how large, how slow, and how many bytes of all of them at once.

The rules:
1. No Content-Encoding: what was signed comes as it was signed. No Transfer-Encoding but chunked.
2. A body is at most as large as its route allows, whatever it declares, and is counted while it comes.
3. It has `body_seconds` plus its size over the least rate to arrive; what we take to write it does not count.
4. A body that goes into a file is digested and written in pieces by threads, and never held whole.
5. What all bodies under way hold, in memory and in the spool, is bounded, and what those of one caller hold; bytes
   count from their arrival until the request ends, so nobody can hold room with what was only declared.
6. A caller's bytes have a rate. What is declared is taken from it beforehand, so that who is above it is told before
   sending; what did not come is given back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import HttpVersion11, web

from hub.admission.submission import Caller, Submission
from hub.base.config import LimitSettings
from hub.base.runtime import finished
from hub.core.errors import BadRequest, EncodedBody, TooLarge, TooMany, TooSlow
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
                self._hold(spool, -1)
                spool.close()

    @asynccontextmanager
    async def submission(self, request: web.Request, caller: Caller) -> AsyncIterator[Submission]:
        """The message that the body is, when it is this caller's next, until the block ends. Refusals as of `body`;
        TooMany, also of the block, is told when the crowd lets it."""
        key = key_of(caller)
        try:
            async with self.body(request, self._limits.document_bytes, key) as spool:
                submission = Submission.of(spool, caller)
                async with self.quotas.submissions.joined(key, urgent=submission.urgent):
                    yield submission
        except TooMany:
            await self.quotas.submissions.until_told()
            raise

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
