"""Server-sent events: an agency's own, as they become durable, and again from a given point after a break.

An event says where to look; the mailbox is the record. After a long break the stream does not replay the years between
but says `reset`: look at inbox and outbox, then go on from here.
"""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from hub.api.calls import Call
from hub.core import wire
from hub.core.errors import BadRequest
from hub.notices import Subscription

HEARTBEAT_SECONDS = 15.0
_REPLAY = 5_000
_SENDING_SECONDS = 30.0


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
}
"""Event of the evidence → what a listener is told on replay; anything else is `status`."""


async def stream(call: Call) -> web.StreamResponse:
    query: EventsQuery = call.query
    agency = call.axis.exchange.represented(call.caller, query.agency).code
    last = call.request.headers.get("Last-Event-ID", "")
    if last and not (last.isascii() and last.isdigit() and len(last) < 16):
        raise BadRequest(expected="Last-Event-ID from this stream", found=last[:40])
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    with (
        call.axis.exchange.notices.subscribed([agency]) as subscription,
        call.axis.metrics.streams.track_inprogress(),
    ):
        await response.prepare(call.request)
        if last:
            await _replay(call, response, agency, int(last))
        await _follow(response, subscription)
    return response


async def _replay(call: Call, response: web.StreamResponse, agency: str, after: int) -> None:
    store = call.axis.exchange.store
    checkpoint = await store.last_checkpoint()
    size = checkpoint.size if checkpoint else 0
    if size - after > _REPLAY:
        await _send(response, _frame("reset", size, Happened(what="reset", agency=agency, message="")))
        return
    # An event's id is the size of the log after it: the next one to look at.
    for leaf, event, message, lane in await store.happenings(agency, after - 1, size):
        what = _WHAT.get(event, "status")
        await _send(response, _frame(what, leaf + 1, Happened(what=what, agency=agency, message=message, lane=lane)))


async def _follow(response: web.StreamResponse, subscription: Subscription) -> None:
    while not subscription.closed:
        if not await subscription.wait(HEARTBEAT_SECONDS):
            await _send(response, b": still here\n\n")
        if subscription.missed:
            subscription.missed = False
            await _send(response, _frame("reset", None, Happened(what="reset", agency="", message="")))
        for h in subscription.drain():
            told = Happened(what=h.what, agency=h.agency, message=h.message, lane=h.lane)
            await _send(response, _frame(h.what, h.leaf, told))


async def _send(response: web.StreamResponse, data: bytes) -> None:
    """A listener that does not read is dropped: it would hold memory for as long as it likes."""
    async with asyncio.timeout(_SENDING_SECONDS):
        await response.write(data)


def _frame(what: str, leaf: int | None, data: Happened) -> bytes:
    head = f"event: {what}\n" + (f"id: {leaf}\n" if leaf is not None else "")
    return head.encode() + b"data: " + msgspec.json.encode(data) + b"\n\n"
