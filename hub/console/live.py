"""Pages that are true now: a stream that says that something changed, at most once a second.

The change itself is not told: the page asks for its part again, as its own visitor, and pays for it. A heartbeat says
that the hub is there; a page that hears none says that its figures are old. The stream ends with the session.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub.access import Right
from hub.console import guard
from hub.console.page import Page, PageQuery, Visit
from hub.core.errors import Text, TooMany
from hub.http.problems import hang_up

BEAT_SECONDS: Final = 5.0
_EVERY_SECONDS: Final = 1.0
_MOST: Final = 24
"""Streams of one account."""

_open: dict[tuple[int, str], int] = {}
"""By hub and account: how many streams are open. Used on the event loop only."""


class LiveQuery(PageQuery, frozen=True, kw_only=True):
    """`seen`: how far the record had grown when the page was made; news since then is told at once."""

    seen: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] | None = None


async def stream(visit: Visit) -> web.StreamResponse:
    """`changed` when the record grew, `state` when the hub feels otherwise, `beat` when nothing else was said."""
    key = (id(visit.exchange), visit.me.name)
    if _open.get(key, 0) >= _MOST:
        raise TooMany(retry_after=BEAT_SECONDS, expected=f"at most {_MOST} live pages", found="more")
    _open[key] = _open.get(key, 0) + 1
    try:
        return await _follow(visit)
    finally:
        _open[key] -= 1
        if not _open[key]:
            del _open[key]


async def _follow(visit: Visit) -> web.StreamResponse:
    headers = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    guard.secured(response, secure=visit.call.request.secure)
    request, seconds = visit.call.request, visit.context.settings.limits.body_seconds
    sequencer, session = visit.exchange.sequencer, visit.session
    assert session is not None
    loop = asyncio.get_running_loop()
    with visit.exchange.notices.subscribed([]) as subscription:
        await response.prepare(request)
        query: LiveQuery = visit.query or LiveQuery()
        seen = sequencer.batches if query.seen is None else query.seen
        feels, beat = state_of(visit), loop.time()
        await _say(request, response, seconds, "state", feels)
        while not subscription.closed:
            await subscription.wait(_EVERY_SECONDS)
            if subscription.closed or not visit.accounts.lasts(session):
                break
            now, feeling = sequencer.batches, state_of(visit)
            if feeling != feels:
                await _say(request, response, seconds, "state", feeling)
            if now != seen:
                await _say(request, response, seconds, "changed", "")
            elif loop.time() - beat < BEAT_SECONDS:
                continue
            else:
                await _say(request, response, seconds, "beat", "")
            seen, feels, beat = now, feeling, loop.time()
    return response


async def _say(request: web.Request, response: web.StreamResponse, seconds: float, event: str, data: str) -> None:
    try:
        async with asyncio.timeout(seconds):
            await response.write(f"event: {event}\ndata: {data}\n\n".encode())
    except TimeoutError:
        raise hang_up(request) from None


def state_of(visit: Visit) -> str:
    """How the hub feels, as the end of a text `live.…`."""
    exchange = visit.exchange
    if exchange.sequencer.halted:
        return "halted"
    if exchange.sequencer.doubt is not None:
        return "doubt"
    if exchange.notices.leaving or exchange.notices.closing:
        return "leaving"
    return "shut" if exchange.door.row is not None else "on"


TEXTS: Final[Mapping[str, Text]] = {}
PAGES: Final = (Page("GET", "/console/live", stream, Right.SELF, query=LiveQuery, endless=True),)
