"""Server-sent events: an agency's own, as they become durable, and again from a given point after a break.

An event says where to look; the mailbox is the record. The news of a leaf is one function (`core.happenings`), so the
stream goes on from any point as if there had been no break. Where it cannot (years lie between, or the record is not
the one that the point is of, for it was set back) it says `reset`: look at inbox and outbox, then go on from here.

A stream ends with the token that opened it, and when the agency is suspended or the caller no longer acts for it; at
the next event or heartbeat, before anything is told.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import NamedTuple

import msgspec
from aiohttp import web

from hub.core import wire
from hub.core.errors import AxisError, BadRequest
from hub.core.evidence.happenings import Happening, mark_of
from hub.core.wire_words import Status
from hub.delivery.news import of_leaf
from hub.delivery.notices import Subscription
from hub.http.call import Call
from hub.http.problems import HEADERS, hang_up
from hub.store import Store

_REPLAY = 5_000
_PAGE = 500
_ALL = 9_999
"""As the part of a leaf: all that it tells."""
_ID = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,4})\.([0-9a-f]{8}))?")
_STREAM = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}


class EventsQuery(wire.Wire, frozen=True, kw_only=True):
    agency: str = ""


class Happened(wire.Wire, frozen=True, kw_only=True):
    """The data of one event. `about`: of a status that arrives, the document that it reports on. `by`: of anything
    else, the status, take-back, update or replacement that brought it about; `status_code` of that status, `cause` of
    that take-back, `reason` in its sender's words. `notices`: codes of the rules that the arrival breaks harmlessly;
    their text is in the inbox."""

    what: str
    agency: str
    message: str
    lane: int = 0
    about: wire.Named = ""
    by: wire.Named = ""
    status_code: Status = ""
    cause: str = ""
    reason: str = ""
    notices: tuple[str, ...] = ()


async def stream(call: Call) -> web.StreamResponse:
    query: EventsQuery = call.query
    agency = call.context.exchange.represented(call.caller, query.agency).code
    last = _position(call.request.headers.get("Last-Event-ID", ""))
    settings = call.context.settings
    response = web.StreamResponse(headers=HEADERS | _STREAM)
    sender = _Sender(call.request, response, settings.limits.body_seconds)
    with (
        call.context.exchange.notices.subscribed([agency]) as subscription,
        call.context.metrics.streams.track_inprogress(),
    ):
        store = call.context.store
        start = await _size(store)  # before the head is sent: events after it is seen are told
        await response.prepare(call.request)
        if last is not None:
            start = await catch_up(store, agency, last, sender.tell)
        teller = _Teller(store, agency, sender, start)
        await _follow(teller, subscription, settings.mailbox.heartbeat_seconds, lambda: _may_listen(call, agency))
    return response


class Position(NamedTuple):
    """After the `part`th happening of leaf number `leaf`; `mark` empty: before it, as ids were once written."""

    leaf: int
    part: int = 0
    mark: str = ""


def _position(last: str) -> Position | None:
    if not last:
        return None
    found = _ID.fullmatch(last)
    if found is None:
        raise BadRequest(expected="Last-Event-ID from this stream", found=last[:40])
    leaf, part, mark = found.groups()
    return Position(int(leaf), int(part or 0), mark or "")


async def _size(store: Store) -> int:
    checkpoint = await store.last_checkpoint()
    return checkpoint.size if checkpoint else 0


async def catch_up(store: Store, agency: str, last: Position, tell: Callable[[Happening], Awaitable[None]]) -> int:
    """Tell the events after `last`, or `reset` where that cannot be known; the size of the log up to which it is."""
    size = await _size(store)
    if size - last.leaf > _REPLAY or not await _ours(store, last, size):
        await tell(await _reset(store, agency, size))
        return size
    for start in range(last.leaf, size, _PAGE):
        for number, content, sender, lane in await store.concerning(agency, start, min(start + _PAGE, size)):
            for happening in (await of_leaf(store, agency, number, content, sender, lane)).happenings:
                if number > last.leaf or not last.mark or happening.part > last.part:
                    await tell(happening)
    return size


async def _ours(store: Store, last: Position, size: int) -> bool:
    """Whether it is a point of this very record."""
    if not last.mark:
        return last.leaf <= size
    row = await store.leaf(last.leaf)
    return row is not None and mark_of(sha256(row.object).digest()) == last.mark


async def _reset(store: Store, agency: str, size: int) -> Happening:
    row = await store.leaf(size - 1) if size else None
    if row is None:
        return Happening(agency, "reset", "")
    return Happening(agency, "reset", "", 0, size - 1, _ALL, mark_of(sha256(row.object).digest()))


class _Sender(NamedTuple):
    """One stream. A listener that does not read for `seconds` is dropped: it would hold memory as long as it likes."""

    request: web.Request
    response: web.StreamResponse
    seconds: float

    async def tell(self, happening: Happening) -> None:
        h = happening
        data = msgspec.json.encode(
            Happened(
                what=h.what,
                agency=h.agency,
                message=h.message,
                lane=h.lane,
                about=h.about,
                by=h.by,
                status_code=h.status_code,
                cause=h.cause,
                reason=h.reason,
                notices=h.notices,
            )
        )
        id = h.id if h.mark else "0"  # of an empty log
        await self.write(f"event: {h.what}\nid: {id}\n".encode() + b"data: " + data + b"\n\n")

    async def write(self, data: bytes) -> None:
        try:
            async with asyncio.timeout(self.seconds):
                await self.response.write(data)
        except TimeoutError:
            raise hang_up(self.request) from None


def _may_listen(call: Call, agency: str) -> bool:
    try:
        call.context.authenticator.check_again(call.caller, call.request)
        call.context.exchange.represented(call.caller, agency)
    except AxisError:
        return False
    return True


class _Teller:
    """One listener and how far it was told: up to leaf number `_size`, and in the live ones beyond."""

    def __init__(self, store: Store, agency: str, sender: _Sender, size: int) -> None:
        self._store = store
        self._agency = agency
        self.sender = sender
        self._size = size
        self._last = Position(size)

    async def live(self, subscription: Subscription) -> None:
        """The events since. Where the queue was too short for it, the record tells."""
        if subscription.missed:
            subscription.missed = False
            subscription.drain()
            self._size = await catch_up(self._store, self._agency, self._last, self.sender.tell)
            self._last = Position(self._size)
            return
        for happening in subscription.drain():
            if happening.leaf >= self._size:  # else it was durable before it was looked for, and told from the record
                await self.sender.tell(happening)
                self._last = Position(happening.leaf, happening.part, happening.mark)


async def _follow(
    teller: _Teller, subscription: Subscription, heartbeat: float, may_listen: Callable[[], bool]
) -> None:
    while not subscription.closed:
        happened = await subscription.wait(heartbeat)
        if not may_listen():
            return
        if not happened:
            await teller.sender.write(b": still here\n\n")
        await teller.live(subscription)
