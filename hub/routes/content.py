"""A document's bytes as an answer: whole or a range, from memory or from its file, under its digest as ETag.

The rule (RFC 9110 §13, §14): If-None-Match is looked at first and ends in 304; a single range of bytes is served with
206 or refused with 416; a range in any other form, several ranges, or one under an If-Range that is not this ETag are
as if there were none. HEAD answers like GET, without ranges.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

import structlog
from aiohttp import web

from hub.core.errors import IntegrityAlarm
from hub.http import sendfile
from hub.http.problems import hang_up

log = structlog.get_logger("http")

_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
_PART: Final = 64 * 1024


def not_modified(request: web.Request, etag: str) -> bool:
    given = request.headers.get("If-None-Match", "")
    return given.strip() == "*" or etag in (part.strip().removeprefix("W/") for part in given.split(","))


def span(request: web.Request, etag: str, size: int) -> tuple[int, int] | None:
    """[start, stop) of the range asked for, None for the whole; start ≥ stop is a range that does not exist."""
    asked = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    if asked is None or request.method != "GET" or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = asked.groups()
    if first and last and int(first) > int(last):
        return None
    if first:
        return int(first), min(int(last) + 1, size) if last else size
    return (max(0, size - int(last)), size) if last else None


def head(
    request: web.Request, etag: str, size: int, headers: Mapping[str, str]
) -> tuple[int, dict[str, str], slice | None]:
    """Status, headers, and which bytes go with them (None = none)."""
    told = {"ETag": etag, "Accept-Ranges": "bytes", **headers}
    if not_modified(request, etag):
        return 304, told, None
    part = span(request, etag, size)
    if part is None:
        return 200, told, slice(0, size)
    start, stop = part
    if start >= stop:
        return 416, told | {"Content-Range": f"bytes */{size}"}, None
    return 206, told | {"Content-Range": f"bytes {start}-{stop - 1}/{size}"}, slice(start, stop)


async def send_head(request: web.Request, status: int, headers: Mapping[str, str], part: slice) -> web.StreamResponse:
    """The head of GET's answer, without a byte of it."""
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = part.stop - part.start
    await response.prepare(request)
    await response.write_eof()
    return response


async def send_file(
    request: web.Request, response: web.StreamResponse, path: Path, part: slice, seconds: float
) -> web.StreamResponse:
    """As `send_open`."""
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except OSError as error:
        raise IntegrityAlarm(expected=f"the bytes of {path.name}", found=error.strerror or "none") from None
    with file:
        return await send_open(request, response, file, part, seconds)


async def send_open(
    request: web.Request, response: web.StreamResponse, file: IO[bytes], part: slice, seconds: float
) -> web.StreamResponse:
    """Send a part of a file: by the kernel over plain HTTP, through memory piece by piece over TLS. A reader that takes
    longer than `seconds` is cut off."""
    response.content_length = part.stop - part.start
    try:
        async with asyncio.timeout(seconds):
            await response.prepare(request)
            if request.method != "HEAD":
                await _send(request, response, file, part)
            await response.write_eof()
    except TimeoutError:
        raise hang_up(request) from None
    except IntegrityAlarm as error:
        if not response.prepared:
            raise
        # The head is out: a problem would stand among the bytes of the file, and its reader wait for the rest.
        log.error("integrity-alarm", error=error.en)
        raise hang_up(request) from None
    return response


async def _send(request: web.Request, response: web.StreamResponse, file: IO[bytes], part: slice) -> None:
    transport = request.transport
    if transport is None:
        raise ConnectionResetError("the reader is gone")
    sock = transport.get_extra_info("socket")
    if sock is not None and transport.get_extra_info("sslcontext") is None:
        await sendfile.send(transport, sock.fileno(), file.fileno(), part)
        return
    for at in range(part.start, part.stop, _PART):
        await response.write(await asyncio.to_thread(_read, file, at, min(_PART, part.stop - at)))


def _read(file: IO[bytes], at: int, count: int) -> bytes:
    data = os.pread(file.fileno(), count, at)
    if len(data) != count:
        raise IntegrityAlarm(expected=f"{count} bytes at {at}", found=f"{len(data)}")
    return data
