"""Server-sent events: an agency's own, as they become durable, and again from a given point after a break.

An event says where to look; the mailbox is the record. After a long break the stream does not replay the years between
but says `reset`: look at inbox and outbox, then go on from here.

A stream ends with the token that opened it, and when the agency is suspended or the caller no longer acts for it; at
the next event or heartbeat, before anything is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from aiohttp import web

from hub.api.calls import Call
from hub.api.problems import HEADERS, hang_up
from hub.core import wire
from hub.core.errors import AxisError, BadRequest
from hub.notices import Subscription

_REPLAY = 5_000
_STREAM = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}


class EventsQuery(wire.Wire, frozen=True, kw_only=True):
    agency: str = ""


class Happened(wire.Wire, frozen=True, kw_only=True):
    """The data of one event."""

    what: str
    agency: str
    message: str
    lane: int = 0


_WHAT = {
    "SubmissionAcceptance": "arrival",
    "ContentHandover": "acknowledged",
    "ConsignmentRejection": "refused",
    "RecallRequest": "take-back-pending",
    "RecallConfirmed": "taken-back",
    "HandoverWarning": "not-fetched",
    "AcceptanceRejectionExpiry": "expired",
    "DocumentLookedAt": "looked-at",
}
"""Event of the evidence → what a listener is told on replay; anything else is `status`."""


async def stream(call: Call) -> web.StreamResponse:
    query: EventsQuery = call.query
    agency = call.axis.exchange.represented(call.caller, query.agency).code
    last = call.request.headers.get("Last-Event-ID", "")
    if last and not (last.isascii() and last.isdigit() and len(last) < 16):
        raise BadRequest(expected="Last-Event-ID from this stream", found=last[:40])
    settings = call.axis.settings
    response = web.StreamResponse(headers=HEADERS | _STREAM)
    sender = _Sender(call.request, response, settings.limits.body_seconds)
    with (
        call.axis.exchange.notices.subscribed([agency]) as subscription,
        call.axis.metrics.streams.track_inprogress(),
    ):
        await response.prepare(call.request)
        if last:
            await _replay(call, sender, agency, int(last))
        await _follow(sender, subscription, settings.mailbox.heartbeat_seconds, lambda: _may_listen(call, agency))
    return response


class _Sender(NamedTuple):
    """One stream. A listener that does not read for `seconds` is dropped: it would hold memory as long as it likes."""

    request: web.Request
    response: web.StreamResponse
    seconds: float

    async def send(self, what: str, leaf: int | None, data: Happened) -> None:
        head = f"event: {what}\n" + (f"id: {leaf}\n" if leaf is not None else "")
        await self.write(head.encode() + b"data: " + msgspec.json.encode(data) + b"\n\n")

    async def write(self, data: bytes) -> None:
        try:
            async with asyncio.timeout(self.seconds):
                await self.response.write(data)
        except TimeoutError:
            raise hang_up(self.request) from None


async def _replay(call: Call, sender: _Sender, agency: str, after: int) -> None:
    store = call.axis.exchange.store
    checkpoint = await store.last_checkpoint()
    size = checkpoint.size if checkpoint else 0
    if size - after > _REPLAY:
        await sender.send("reset", size, Happened(what="reset", agency=agency, message=""))
        return
    # An event's id is the size of the log after it: the next one to look at.
    for leaf, event, message, lane in await store.happenings(agency, after - 1, size):
        what = _WHAT.get(event, "status")
        await sender.send(what, leaf + 1, Happened(what=what, agency=agency, message=message, lane=lane))


def _may_listen(call: Call, agency: str) -> bool:
    try:
        call.axis.door.check_again(call.caller, call.request)
        call.axis.exchange.represented(call.caller, agency)
    except AxisError:
        return False
    return True


async def _follow(
    sender: _Sender, subscription: Subscription, heartbeat: float, may_listen: Callable[[], bool]
) -> None:
    while not subscription.closed:
        happened = await subscription.wait(heartbeat)
        if not may_listen():
            return
        if not happened:
            await sender.write(b": still here\n\n")
        if subscription.missed:
            subscription.missed = False
            await sender.send("reset", None, Happened(what="reset", agency="", message=""))
        for h in subscription.drain():
            told = Happened(what=h.what, agency=h.agency, message=h.message, lane=h.lane)
            await sender.send(h.what, h.leaf, told)
