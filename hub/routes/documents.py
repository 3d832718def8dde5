"""Submitting documents and statuses, and reading their fate."""

from __future__ import annotations

from typing import Annotated

import msgspec
import structlog
from aiohttp import web

from hub import auditing
from hub.auditing import Part
from hub.base import failpoint
from hub.core import wire
from hub.core.errors import AxisError
from hub.core.ids import number_of
from hub.core.model import MessageKind
from hub.exchange import Exchange
from hub.http import peer
from hub.http.call import Call, answer
from hub.http.callers import subject_of
from hub.http.limits import key_of
from hub.http.milliseconds import leave_to
from hub.http.problems import HEADERS
from hub.record.acts.incoming import Accepted
from hub.record.sequencer import Sealed
from hub.routes import content as contents
from hub.routes import views
from hub.store import MessageRow, Side

log = structlog.get_logger("http")


async def token(call: Call) -> web.StreamResponse:
    exchange = call.context.exchange
    try:
        granted = await call.context.authenticator.grant(call.body)
    except AxisError as error:
        claimed = exchange.directory.get(subject_of(call.body.assertion))
        if claimed is not None:
            exchange.contacts.denied(claimed.code, error.code, exchange.clock())
            # A name that nothing proves: the line says under which one a token was asked for.
            log.info("token-refused", claimed=claimed.code, address=peer.address(call.request), code=error.code)
        raise
    if (agency := call.context.authenticator.agency_of(granted.access_token)) is not None:
        exchange.contacts.token(agency, exchange.clock())
    leave_to(call.context.authenticator.whose(granted.access_token))
    return answer(granted)


async def submit(call: Call) -> web.StreamResponse:
    """Documents and statuses alike; the message itself tells its kind."""
    call.context.exchange.door.check(call.context.exchange.clock)
    async with call.context.bodies.submission(call.request, call.caller) as submission:
        sealed = await call.context.exchange.accept(submission)
    if not sealed.answer.repeated:
        call.context.metrics.messages.labels(sealed.answer.message.kind.value).inc()
    return await _submitted(call, sealed)


async def _submitted(call: Call, sealed: Sealed[Accepted]) -> web.StreamResponse:
    about = await about_of(call, sealed.answer.message)
    response = answer(views.submitted(sealed, about), 200 if sealed.answer.repeated else 201)
    response.headers["Location"] = f"/v1/documents/{sealed.answer.message.id.removeprefix('urn:uuid:')}"
    return response


class NamedQuery(wire.Wire, frozen=True, kw_only=True):
    """`name`: identifier, DocumentId, number and notation, or `<agency>,<yyyy/MM/dd>,<number>/<notation>`. `side`: of
    documents that the caller sent, of those sent to it, or of both."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    side: Side = Side.BOTH


async def named(call: Call) -> web.StreamResponse:
    """The one document of that name."""
    query: NamedQuery = call.query
    seen = await auditing.seen(call.context.exchange, call.caller, query.name, Part.LIFE, query.side)
    return answer(views.message(seen.message, await about_of(call, seen.message)))


async def life(call: Call) -> web.StreamResponse:
    """A sender sees every delivery, a recipient its own; the timeline likewise. An auditor sees all, on record."""
    seen = await auditing.seen(call.context.exchange, call.caller, call.path["id"], Part.LIFE)
    store, message = call.context.store, seen.message
    rows = [row for row in await store.deliveries(message.number) if seen.covers(row.recipient)]
    leaves = [leaf for leaf in await store.timeline(message.number) if seen.covers(leaf.recipient)]
    told = (await store.details([message.number])).get(message.number)
    return answer(
        wire.Life(
            message=views.message(message, await about_of(call, message), call.context.exchange.directory),
            deliveries=[views.delivery(row, call.context.exchange.directory) for row in rows],
            timeline=await _timeline(call, [line for leaf in leaves if (line := views.event(leaf)) is not None]),
            says=views.says(told) if told is not None else None,
            promulgated=views.day(told.promulgated) if told is not None else "",
            register=views.register(told) if told is not None else None,
            signatures=await signatures_of(call.context.exchange, message),
        )
    )


async def signatures_of(exchange: Exchange, message: MessageRow) -> wire.Signatures | None:
    """Those inside its attachments; None for a status, which has none."""
    if exchange.leaders is None or message.kind is not MessageKind.DOCUMENT:
        return None
    return await exchange.leaders.of(message)


async def _timeline(call: Call, events: list[wire.Event]) -> list[wire.Event]:
    """With the words of the statuses that brought them."""
    numbers = {event.status: number_of(event.status) for event in events if event.status}
    details = await call.context.store.details(list(numbers.values())) if numbers else {}
    return [views.worded(event, details.get(numbers.get(event.status, 0))) for event in events]


async def content(call: Call) -> web.StreamResponse:
    """The bytes as received; large ones from their file. To be told of them, without a byte, is no reading."""
    exchange = call.context.exchange
    seen = await auditing.readable(exchange, call.caller, call.path["id"])
    message = seen.message
    name = message.id.removeprefix("urn:uuid:")
    status, headers, part = contents.head(
        call.request,
        f'"{message.sha256}"',
        message.size,
        {"Cache-Control": "private, no-cache", "Content-Disposition": f'attachment; filename="{name}.edxml"'},
    )
    if part is None:
        return web.Response(status=status, headers=headers)
    call.context.bodies.quotas.sent.take(key_of(call.caller), part.stop - part.start)
    headers["Content-Type"] = "application/xml"
    if call.request.method == "HEAD":
        return await contents.send_head(call.request, status, HEADERS | headers, part)
    limits = call.context.settings.limits
    async with exchange.reading(seen) as inline:
        failpoint.hit("deliver.content")
        if inline is not None:
            return web.Response(status=status, headers=headers, body=inline[part])
        return await contents.send_file(
            call.request,
            web.StreamResponse(status=status, headers=HEADERS | headers),
            exchange.blobs.path(message.sha256),
            part,
            limits.body_seconds + (part.stop - part.start) / limits.body_bytes_per_second,
        )


async def acceptance_receipt(call: Call) -> web.StreamResponse:
    """Receipt of the evidence with which the message was accepted."""
    seen = await auditing.seen(call.context.exchange, call.caller, call.path["id"], Part.RECEIPT)
    return await _receipt(call, seen.message.leaf)


async def receipt(call: Call) -> web.StreamResponse:
    """Receipt of any evidence that concerns the caller; for an auditor, of any."""
    given = call.path["id"].lower()
    identifier = given if given.startswith("urn:uuid:") else f"urn:uuid:{given}"
    leaf = await auditing.evidence(call.context.exchange, call.caller, identifier)
    return await _receipt(call, leaf.number)


async def _receipt(call: Call, leaf: int) -> web.StreamResponse:
    """The newest form: under the checkpoint that most witnesses cosigned. The answer of `submit` stays as it was."""
    log = call.hub_only.log
    body = await call.context.store.inspect(lambda tx: log.newest_receipt(tx, leaf))
    return web.Response(body=body, content_type="text/plain", charset="utf-8")


async def about_of(call: Call, message: MessageRow) -> str:
    """The identifier of the document that a status, recall, update or replacement concerns."""
    if message.about is None:
        return ""
    about = await call.context.store.message(message.about)
    return about.id if about is not None else ""
