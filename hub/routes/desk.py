"""An agency's own desk: drafts, groups of recipients, directions, corrections of its registers."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub import access
from hub.core import register, wire, wire_desk
from hub.core.errors import BadRequest, NotFound
from hub.core.model import vietnam_date
from hub.core.register import Book
from hub.desk import corrections, directions, drafts, groups
from hub.finding.asked import Asked
from hub.finding.find import find
from hub.http.call import Call, answer
from hub.http.milliseconds import spent
from hub.routes import exporting
from hub.store import MessageRow, Side

_MOST: Final = 1 << 40


class DirectionsQuery(wire.Wire, frozen=True, kw_only=True):
    document: Annotated[str, msgspec.Meta(max_length=200)] = ""
    text: Annotated[str, msgspec.Meta(max_length=300)] = ""
    due_until: Annotated[str, msgspec.Meta(max_length=10)] = ""
    cursor: Annotated[int, msgspec.Meta(ge=0, le=_MOST)] = 0


class CorrectionsQuery(wire.Wire, frozen=True, kw_only=True):
    cursor: Annotated[int, msgspec.Meta(ge=0, le=_MOST)] = 0


def _own(call: Call) -> str:
    return access.desk(call.context.exchange.directory, call.caller)


def _number(call: Call) -> int:
    text = call.path["id"]
    if not (text.isascii() and text.isdecimal() and len(text) < 13):
        raise NotFound(expected="a draft that is kept", found=text[:40])
    return int(text)


# LetterDrafts.


async def save_draft(call: Call) -> web.StreamResponse:
    own, clock = _own(call), call.context.exchange.clock
    return answer(await drafts.save(call.context.store, own, "", call.body, clock.stamp()))


async def list_drafts(call: Call) -> web.StreamResponse:
    return answer(await drafts.listed(call.context.store, _own(call)))


async def get_draft(call: Call) -> web.StreamResponse:
    return answer(await drafts.one(call.context.store, _own(call), _number(call)))


async def delete_draft(call: Call) -> web.StreamResponse:
    return answer(await drafts.delete(call.context.store, _own(call), _number(call)))


# Groups.


async def list_groups(call: Call) -> web.StreamResponse:
    exchange = call.context.exchange
    today = vietnam_date(exchange.clock())
    return answer(await groups.listed(call.context.store, exchange.directory, _own(call), today))


async def put_group(call: Call) -> web.StreamResponse:
    exchange, own = call.context.exchange, _own(call)
    at = exchange.clock.stamp()
    return answer(await groups.put(call.context.store, exchange.directory, own, "", call.body, at))


async def get_group(call: Call) -> web.StreamResponse:
    exchange = call.context.exchange
    today = vietnam_date(exchange.clock())
    found = await groups.members(call.context.store, exchange.directory, _own(call), call.path["name"], today)
    return answer(found)


async def delete_group(call: Call) -> web.StreamResponse:
    return answer(await groups.delete(call.context.store, _own(call), call.path["name"]))


# Directions.


async def add_direction(call: Call) -> web.StreamResponse:
    wanted: wire_desk.NewDirection = call.body
    own, exchange = _own(call), call.context.exchange
    seen = await exchange.seen(call.caller, wanted.document, Side.RECEIVED)
    if seen.whole:
        raise BadRequest(expected="a document that came in", found="one that went out")
    made = await directions.add(call.context.store, own, "", seen.message, wanted, exchange.clock.stamp())
    return answer(made, 201)


async def list_directions(call: Call) -> web.StreamResponse:
    query: DirectionsQuery = call.query
    own, store = _own(call), call.context.store
    if query.document:
        seen = await call.context.exchange.seen(call.caller, query.document, Side.RECEIVED)
        return answer(wire_desk.Directions(items=await directions.about(store, own, seen.message.number)))
    return answer(await directions.search(store, own, query.text, query.due_until, query.cursor or None))


# Corrections.


async def add_correction(call: Call) -> web.StreamResponse:
    wanted: wire_desk.NewCorrection = call.body
    own, exchange = _own(call), call.context.exchange
    book = Book(wanted.book)
    seen = await exchange.seen(call.caller, wanted.document, Side.RECEIVED if book is Book.IN else Side.SENT)
    if seen.whole is (book is Book.IN):
        raise BadRequest(expected="a document of this register", found=wanted.document[:80])
    row = await line_of(call, seen.message, book, own)
    made = await corrections.add(call.context.store, own, "", seen.message, row, wanted, exchange.clock.stamp())
    return answer(made, 201)


async def line_of(call: Call, message: MessageRow, book: Book, own: str) -> list[str]:
    """The document's line in a register, as `truc register` prints it without corrections."""
    exchange = call.context.exchange
    found = await find(exchange, call.caller, Asked(text=message.id))
    spent(found.seconds)
    lines = (await exporting.noted(exchange, call.caller, found, book, own)).lines(exchange.directory)
    if not lines:
        raise NotFound(found=message.id)
    return register.noted(book, lines[0], own)


async def list_corrections(call: Call) -> web.StreamResponse:
    query: CorrectionsQuery = call.query
    return answer(await corrections.listed(call.context.store, _own(call), query.cursor or None))
