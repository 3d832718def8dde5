"""Searching documents."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub.admission.submission import AGENCY
from hub.core import wire
from hub.core.errors import BadRequest
from hub.core.model import DeliveryState, Millis, Tier
from hub.core.register import Book
from hub.finding.asked import Asked, Line
from hub.finding.find import find
from hub.http.call import Call, answer
from hub.http.milliseconds import spent
from hub.http.speaking import Lang, spoken
from hub.routes import exporting, views
from hub.routes.exporting import Form

_NUMBER: Final = re.compile(r"[0-9]{1,15}")
Urgency = Annotated[int, msgspec.Meta(ge=0, le=4)]


class Sort(StrEnum):
    NEWEST = "newest"
    OLDEST = "oldest"


class Kind(StrEnum):
    """The effect of a document on earlier ones."""

    NEW = "new"
    RECALL = "recall"
    UPDATE = "update"
    REPLACEMENT = "replacement"


class Filters(wire.Wire, frozen=True, kw_only=True):
    """All of them have to hold; a member left out asks for nothing."""

    text: Line = ""
    agency: Line = ""
    sender: Line = ""
    recipient: Line = ""
    sender_tier: Tier | None = None
    recipient_tier: Tier | None = None
    business: Kind | None = None
    state: DeliveryState | None = None
    verdict: Line = ""
    priority: Urgency | None = None
    task: Line = ""
    application: Line = ""
    since: Line = ""
    until: Line = ""
    dated_since: date | None = None
    dated_until: date | None = None
    arrival: Line = ""
    cursor: Line = ""


class FindQuery(Filters, frozen=True, kw_only=True):
    sort: Sort = Sort.NEWEST
    limit: wire.Limit = 50


class ExportQuery(Filters, frozen=True, kw_only=True):
    """`book`: the columns of a register; of documents that came in or went out, those of the caller alone."""

    sort: Sort = Sort.OLDEST
    format: Form = Form.CSV
    book: Book = Book.FOUND
    lang: Lang = msgspec.UNSET


async def search(call: Call) -> web.StreamResponse:
    """One page; the processor's time that it takes in the store's threads is on the caller's bill."""
    found = await find(call.context.exchange, call.caller, asked_of(call.query))
    spent(found.seconds)
    return answer(views.found(found, call.context.exchange.directory))


async def export(call: Call) -> web.StreamResponse:
    """All that is found, as one file."""
    query: ExportQuery = call.query
    asked, agency = asked_of(query), query.agency or call.caller.agency
    if query.book is not Book.FOUND and call.caller.role != AGENCY and not query.agency:
        raise BadRequest(expected="agency: whose register", found="none")
    if query.book is Book.IN:
        asked = msgspec.structs.replace(asked, recipient=agency)
    elif query.book is Book.OUT:
        asked = msgspec.structs.replace(asked, sender=agency)
    wish = exporting.Wish(query.format, query.book, agency, spoken(call.request, query.lang))
    return await exporting.send(call.context, call.request, call.caller, asked, wish)


def asked_of(query: FindQuery | ExportQuery) -> Asked:
    if query.cursor and not _NUMBER.fullmatch(query.cursor):
        raise BadRequest(expected="a cursor from an earlier answer", found=query.cursor[:40])
    return Asked(
        text=query.text,
        agency=query.agency,
        sender=query.sender,
        recipient=query.recipient,
        sender_tier=query.sender_tier,
        recipient_tier=query.recipient_tier,
        kind=query.business.value if query.business is not None else "",
        state=query.state,
        verdict=query.verdict,
        priority=query.priority,
        task=query.task,
        application=query.application,
        since=_moment(query.since),
        until=_moment(query.until),
        dated_since=query.dated_since,
        dated_until=query.dated_until,
        arrival=query.arrival,
        oldest=query.sort is Sort.OLDEST,
        limit=query.limit if isinstance(query, FindQuery) else exporting.PAGE,
        cursor=int(query.cursor) if query.cursor else None,
    )


def _moment(text: str) -> Millis | None:
    return views.moment_asked(text) if text else None
