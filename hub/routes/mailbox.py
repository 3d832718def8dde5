"""The two ends of a delivery: the inbox with its leases and acknowledgements, the outbox with its states."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, chain
from typing import Final

from aiohttp import web

from hub.core import wire
from hub.core.errors import AxisError, BadRequest
from hub.core.model import DeliveryState
from hub.delivery.mailboxes import Leased
from hub.http.call import Call, answer, answer_with
from hub.routes import views
from hub.routes.documents import about_of
from hub.store import InboxEntry, MessageRow

_CURSOR: Final = re.compile(r"([0-9]{1,2})\.([0-9]{1,15})")
_NUMBER: Final = re.compile(r"[0-9]{1,15}")
_DELIVERIES: Final = 20_000


class InboxQuery(wire.Wire, frozen=True, kw_only=True):
    """`state`: one of the five states; `cursor`: from the answer before."""

    agency: str = ""
    state: DeliveryState = DeliveryState.WAITING
    limit: wire.Limit = 50
    cursor: str = ""


class OutboxQuery(wire.Wire, frozen=True, kw_only=True):
    agency: str = ""
    limit: wire.Limit = 50
    cursor: str = ""


async def look(call: Call) -> web.StreamResponse:
    """List a mailbox without taking anything from it."""
    query: InboxQuery = call.query
    acting, after = call.context.exchange.acting(call.caller, query.agency), _position(query.cursor)
    pages = [await call.context.store.inbox(box, query.state, query.limit, after) for box in acting.boxes]
    entries = _first(list(chain.from_iterable(pages)), query.limit)
    cursor = ""
    if len(entries) >= query.limit:
        last = entries[-1].delivery
        cursor = f"{last.lane}.{last.message}"
    items = [views.inbox_item(entry) for entry in entries]
    return answer(wire.Inbox(items=items, cursor=cursor))


def _first(entries: list[InboxEntry], limit: int) -> list[InboxEntry]:
    """The first `limit` in the order of delivery; and those that share their place with the last of them, for the next
    page begins behind that place: a document may have gone to an agency and to one that it took over."""
    entries.sort(key=_place)
    last = entries[limit - 1 : limit]
    return entries[:limit] + [entry for entry in entries[limit:] if last and _place(entry) == _place(last[0])]


def _place(entry: InboxEntry) -> tuple[int, int]:
    return -entry.delivery.lane, entry.delivery.message


def _position(cursor: str) -> tuple[int, int] | None:
    if not cursor:
        return None
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise BadRequest(expected="a cursor from an earlier answer", found=cursor[:40])
    return int(found[1]), int(found[2])


async def fetch(call: Call) -> web.StreamResponse:
    """Take waiting documents under a lease, waiting for the first if asked to."""
    wanted: wire.FetchRequest = call.body
    exchange, directory = call.context.exchange, call.context.exchange.directory
    asked = exchange.fetch(call.caller, wanted.agency, wanted.limit, wanted.wait, content=wanted.content)
    with call.context.metrics.streams.track_inprogress():
        leased = await asked
    with _let_go_if_refused(call, leased):
        if wanted.wait or exchange.directory is not directory:
            # It may have waited long: a suspended agency is told nothing, nor a centre that is none any more.
            call.context.authenticator.check_again(call.caller, call.request)
            exchange.acting(call.caller, wanted.agency)
        inbox = wire.Inbox(items=[views.leased_item(item) for item in leased])
        return answer_with(call, inbox, sum(len(item.entry.content or b"") for item in leased))


@contextmanager
def _let_go_if_refused(call: Call, leased: Sequence[Leased]) -> Iterator[None]:
    """Nobody holds a document that nobody was given."""
    try:
        yield
    except AxisError:
        call.context.exchange.mailboxes.give_back(leased)
        raise


async def acknowledge(call: Call) -> web.StreamResponse:
    """One signature over any number of documents; each item has its own outcome.

    When no item stands, the first one's refusal is the answer: a client that looks at the status alone is not misled.
    """
    return answer(wire.Acknowledgements(items=await acknowledged(call, call.body)))


async def acknowledged(call: Call, given: wire.AcknowledgeRequest) -> list[wire.AcknowledgedItem]:
    """The outcome of each item. Its refusal, where that is all there is. Its act stands in the queue before this waits
    for anything."""
    if bool(given.signed) == bool(given.items):
        raise BadRequest(expected="either signed or items", found="both" if given.signed else "neither")
    exchange = call.context.exchange
    if given.signed:
        sealed = await exchange.acknowledge(call.caller, given.agency, given.signed)
    else:
        pairs = [(item.message, item.sha256) for item in given.items]
        sealed = await exchange.acknowledge_unsigned(call.caller, given.agency, pairs)
    refusals = [item.refusal for item in sealed.answer if item.refusal is not None]
    if len(refusals) == len(sealed.answer):
        raise refusals[0]
    return views.acknowledged(sealed.answer, sealed.receipts)


async def outbox(call: Call) -> web.StreamResponse:
    """An agency's sent documents, newest first, with the state at every recipient."""
    query: OutboxQuery = call.query
    acting = call.context.exchange.acting(call.caller, query.agency)
    if query.cursor and not _NUMBER.fullmatch(query.cursor):
        raise BadRequest(expected="a cursor from an earlier answer", found=query.cursor[:40])
    store = call.context.store
    before = int(query.cursor) if query.cursor else None
    sent = [row for one in acting.boxes for row in await store.outbox(one, query.limit, before)]
    found = sorted(sent, key=lambda row: -row.number)[: query.limit]
    rows = _page(found)
    items = [
        wire.OutboxItem(
            message=views.message(row, await about_of(call, row)),
            deliveries=[views.delivery(d) for d in await store.deliveries(row.number)],
        )
        for row in rows
    ]
    more = len(found) == query.limit or len(rows) < len(found)
    return answer(wire.Outbox(items=items, cursor=str(rows[-1].number) if rows and more else ""))


def _page(rows: Sequence[MessageRow]) -> Sequence[MessageRow]:
    """The first row, and those after it as long as the page stays readable: a circular has thousands of deliveries."""
    counts = accumulate(row.fanout for row in rows)
    return rows[: max(1, sum(1 for count in counts if count <= _DELIVERIES))]
