"""The witness over HTTP, as C2SP tlog-witness has it.

    POST /add-checkpoint            200 signature lines · 400 malformed · 403 not signed by the log · 404 unknown log
                                    409 and the size signed last, as text/x.tlog.size · 413 too large · 408 too slow
                                    422 another history · 503 not now: the clock is behind, or the disk refuses
    GET  /<SHA-256 of origin>/checkpoint    the note signed last, with the log's signature and the witness'
    GET  /healthz                   ok

There is no authentication but the log's signature, so everything is bounded: body, time, connections. Requests are
worked off one after another on a thread of its own.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, TypeVar

import structlog
from aiohttp import web

from hub.base.config import HttpSettings, Settings
from hub.base.limit_settings import LimitSettings
from hub.core.log.witness import SIZE_TYPE, Refused, size_body
from hub.http.listener import listening
from hub.witness.service import Witness

T = TypeVar("T")
MAX_BODY: Final = 256 * 1024
BODY_SECONDS: Final = 10.0
LIMITS: Final = LimitSettings(connections=256, header_seconds=15.0, body_seconds=BODY_SECONDS)
_TEXT: Final = "text/plain; charset=utf-8"
_HASH: Final = re.compile(r"[0-9a-f]{64}")

log = structlog.get_logger("witness")


@asynccontextmanager
async def serving(witness: Witness, http: HttpSettings) -> AsyncIterator[str]:
    """Serve `witness` until the block ends; the URL, which is its submission prefix."""
    with ThreadPoolExecutor(1, thread_name_prefix="witness") as thread:
        async with listening(make_app(witness, thread), Settings(http=http, limits=LIMITS)) as url:
            yield url


def make_app(witness: Witness, thread: ThreadPoolExecutor) -> web.Application:
    """`thread`: of one worker."""

    async def on_thread(work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, partial(work, *args))

    async def add_checkpoint(request: web.Request) -> web.Response:
        try:
            body = await _body(request)
            # Shielded: a log that hangs up must not leave half a request on the thread unnoticed.
            examined = asyncio.ensure_future(on_thread(witness.add_checkpoint, body))
            # A refusal that nobody waits for any more is no error of ours.
            examined.add_done_callback(lambda done: done.cancelled() or done.exception())
            lines = await asyncio.shield(examined)
        except Refused as refused:
            return _refusal(refused)
        except sqlite3.Error as error:
            log.error("state-not-written", error=str(error))
            return _refusal(Refused(503, "the state cannot be written"))
        return _text(200, lines)

    async def latest(request: web.Request) -> web.Response:
        hashed = request.match_info["hash"]
        note = await on_thread(witness.latest, hashed) if _HASH.fullmatch(hashed) else None
        return _text(404, b"nothing signed of this log\n") if note is None else _text(200, note)

    async def healthy(request: web.Request) -> web.Response:
        return _text(200, b"ok\n")

    app = web.Application()
    app.router.add_post("/add-checkpoint", add_checkpoint)
    app.router.add_get("/healthz", healthy)
    app.router.add_get("/{hash}/checkpoint", latest)
    return app


async def _body(request: web.Request) -> bytes:
    """The body, of bounded size and within bounded time."""
    if request.content_length is not None and request.content_length > MAX_BODY:
        raise Refused(413, f"at most {MAX_BODY} bytes")
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.content.iter_any():
                size += len(part)
                if size > MAX_BODY:
                    raise Refused(413, f"at most {MAX_BODY} bytes")
                parts.append(part)
    except TimeoutError:
        raise Refused(408, f"a body within {BODY_SECONDS:.0f} s") from None
    return b"".join(parts)


def _refusal(refused: Refused) -> web.Response:
    if refused.status == 409:
        return web.Response(status=409, body=size_body(refused.size), headers=_headers(SIZE_TYPE))
    response = _text(refused.status, f"{refused.why}\n".encode())
    if refused.status == 503:
        response.headers["Retry-After"] = "1"
    if refused.status in (408, 413):
        response.force_close()
    return response


def _text(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, headers=_headers(_TEXT))


def _headers(content_type: str) -> dict[str, str]:
    return {"Content-Type": content_type, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
