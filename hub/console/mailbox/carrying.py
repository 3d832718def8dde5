"""Calls of the mailbox's scripts: JSON, with a problem where a page would be an error. Bytes that the agency's key
signed take the way of every submission from here on; the session only carries them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar

import msgspec
from aiohttp import web

from hub.console.mailbox import acts
from hub.console.mailbox.acts import Prepared, Wanted
from hub.console.mailbox.desk import Desk, Noted
from hub.console.mailbox.letters import Letter
from hub.console.page import PageQuery, Visit
from hub.core import typed
from hub.core.edxml import Staff
from hub.core.errors import AxisError, BadRequest
from hub.core.model import MessageKind
from hub.desk import groups
from hub.http import problems
from hub.routes import views
from hub.store import MessageRow

T = TypeVar("T")
FORM: Final = "X-Truc-Form"
"""The header with the token of this session's forms: no other site can send it."""
MOST_LETTER: Final = 48 * 1024 * 1024
_MOST_ASKED: Final = 64 * 1024
_MOST_TOKEN: Final = 512 * 1024
_DEPARTMENT: Final = "Văn thư"

Told = Callable[[Visit], Awaitable[Mapping[str, Any] | Prepared]]


def told(handler: Told) -> Callable[[Visit], Awaitable[web.StreamResponse]]:
    """Answer as JSON, an error as its problem; for nobody but a page of this very session."""

    @wraps(handler)
    async def answered(visit: Visit) -> web.StreamResponse:
        try:
            if visit.call.request.method == "POST":
                visit.check_origin()
                visit.check_token(visit.call.request.headers.get(FORM, ""))
            return _json(200, await handler(visit))
        except AxisError as error:
            visit.context.metrics.refusals.labels(error.code).inc()
            problem = problems.problem(error)
            return _json(problem.status, problem)

    return answered


def _json(status: int, value: object) -> web.Response:
    body = msgspec.json.encode(value)
    return web.Response(status=status, body=body, content_type="application/json", charset="utf-8")


def desk_of(visit: Visit) -> Desk:
    return Desk(visit.exchange, visit.caller)


async def asked(visit: Visit, kind: type[T], most: int) -> T:
    body = await visit.body(most)
    try:
        return await visit.context.milliseconds.aside(lambda: msgspec.json.decode(body, type=kind))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest(expected="a request as this page makes it", found="another") from None


@told
async def prepare(visit: Visit) -> Prepared:
    """The bytes to be signed for one act."""
    wanted = await asked(visit, Wanted, _MOST_ASKED)
    return await acts.prepare(desk_of(visit), wanted, Staff(_DEPARTMENT, visit.me.title or visit.me.name))


@told
async def letter(visit: Visit) -> Prepared:
    """The bytes to be signed for a document that was typed."""
    given = await asked(visit, Letter, MOST_LETTER)
    return await acts.compose(desk_of(visit), given)


class SubmitQuery(PageQuery, frozen=True, kw_only=True):
    """The book's notes beside: the recipients, the deadline; `answers`: the one that this is a reply to."""

    assignee: str = ""
    due: str = ""
    answers: str = ""


@told
async def submit(visit: Visit) -> Mapping[str, Any]:
    """A signed message: accepted or refused as from any other way in."""
    typed.check({"assignee": visit.query.assignee, "due": visit.query.due})
    if visit.query.answers:  # there or not, before anything is accepted: a document on record is never told as refused
        await desk_of(visit).line(visit.query.answers)
    async with visit.context.bodies.submission(visit.call.request, visit.caller) as submission:
        sealed = await visit.exchange.accept(submission)
    message = sealed.answer.message
    if not sealed.answer.repeated:
        visit.context.metrics.messages.labels(message.kind.value).inc()
    # A crash right here leaves the book behind the record; the next reader puts it right.
    number = await _noted(visit, message)
    receipt = views.submitted(sealed, "").receipt
    return {"id": message.id, "code": message.code, "number": number, "receipt": receipt}


async def _noted(visit: Visit, message: MessageRow) -> int:
    """The arrival number of the document that a status was about, 0 for none."""
    desk, query = desk_of(visit), visit.query
    if message.kind is MessageKind.DOCUMENT:
        if query.answers:
            answered = await desk.line(query.answers)
            await desk.settle(answered.delivery, visit.me.name, Noted(answer=message.code[:200]))
        return 0
    about = await visit.exchange.store.message(message.about) if message.about is not None else None
    if about is None or about.sender == desk.code:
        return 0
    line = await desk.line(about.id)
    noted = Noted(query.assignee.strip()[:200], query.due[:10]) if query.assignee.strip() else Noted()
    row = await desk.settle(line.delivery, visit.me.name, noted)
    return row.number if row is not None else 0


@told
async def acknowledge(visit: Visit) -> Mapping[str, Any]:
    """A signed acknowledgement."""
    token = (await visit.body(_MOST_TOKEN)).decode("ascii", "replace").strip()
    sealed = await visit.exchange.acknowledge(visit.caller, "", token)
    refusals = [item.refusal for item in sealed.answer if item.refusal is not None]
    if len(refusals) == len(sealed.answer):
        raise refusals[0]
    desk = desk_of(visit)
    for item in sealed.answer:
        if item.refusal is None:
            delivery = await visit.exchange.store.delivery(item.number, item.recipient)
            message = await visit.exchange.store.message(item.number)
            if delivery is not None and message is not None and message.kind is MessageKind.DOCUMENT:
                await desk.settle(delivery, visit.me.name)
    return {"items": len(sealed.answer) - len(refusals)}


@told
async def news(visit: Visit) -> Mapping[str, Any]:
    """A page that stays open asks this when something happened: how much waits, and the last arrival."""
    lines = await desk_of(visit).waiting()
    return {"waiting": len(lines), "newest": max((line.message.number for line in lines), default=0)}


class AgencyQuery(PageQuery, frozen=True, kw_only=True):
    text: str = ""


@told
async def agencies(visit: Visit) -> Mapping[str, Any]:
    """Recipients by words of their names or by their codes."""
    text = visit.query.text.strip()[:200]
    found = visit.exchange.directory.search(text, limit=12) if text else []
    named: list[dict[str, str]] = [{"code": a.code, "name": a.name, "ended": str(a.valid_to or "")} for a in found]
    desk = desk_of(visit)
    suggested = await groups.suggested(desk.store, visit.exchange.directory, desk.code, text) if text else []
    meant = [{"group": one.name, "name": one.vi if visit.lang == "vi" else one.en} for one in suggested]
    return {"items": [*named, *meant]}
