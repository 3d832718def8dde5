"""Submitting documents and statuses, and reading their fate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from aiohttp import web

from hub import auditing
from hub.access import check_kept
from hub.auditing import Part
from hub.base import failpoint
from hub.core import wire
from hub.core.errors import NotFound
from hub.core.evidence.format import Event, Kind, decode
from hub.core.ids import number_of
from hub.http.call import Call, answer
from hub.http.callers import AUDITOR
from hub.http.limits import key_of
from hub.http.milliseconds import leave_to
from hub.http.problems import HEADERS
from hub.record.acts.incoming import Accepted
from hub.record.sequencer import Sealed
from hub.routes import content as contents
from hub.routes import views
from hub.store import DeliveryRow, LeafRow, MessageRow, Side


async def token(call: Call) -> web.StreamResponse:
    granted = await call.context.authenticator.grant(call.body)
    leave_to(call.context.authenticator.whose(granted.access_token))
    return answer(granted)


async def submit(call: Call) -> web.StreamResponse:
    """Documents and statuses alike; the message itself tells its kind."""
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
    if call.caller.role == AUDITOR:
        message = await auditing.look(call.context.exchange, call.caller, query.name, Part.LIFE)
    else:
        message, _ = await call.context.exchange.visible(call.caller, query.name, query.side)
    return answer(views.message(message, await about_of(call, message)))


async def life(call: Call) -> web.StreamResponse:
    """A sender sees every delivery, a recipient its own; the timeline likewise. An auditor sees all, on record."""
    store = call.context.exchange.store
    message, mine = await _visible(call)
    rows = await store.deliveries(message.number)
    leaves = await store.timeline(message.number)
    if mine is not None:
        rows = [row for row in rows if _acts_for(call, row.recipient)]
        leaves = [leaf for leaf in leaves if not leaf.recipient or _acts_for(call, leaf.recipient)]
    told = (await store.details([message.number])).get(message.number)
    return answer(
        wire.Life(
            message=views.message(message, await about_of(call, message)),
            deliveries=[views.delivery(row) for row in rows],
            timeline=[line for leaf in leaves if (line := views.event(leaf)) is not None],
            says=views.says(told) if told is not None else None,
            promulgated=views.day(told.promulgated) if told is not None else "",
        )
    )


async def _visible(call: Call) -> tuple[MessageRow, DeliveryRow | None]:
    if call.caller.role == AUDITOR:
        return await auditing.look(call.context.exchange, call.caller, call.path["id"], Part.LIFE), None
    return await call.context.exchange.visible(call.caller, call.path["id"])


def _acts_for(call: Call, agency: str) -> bool:
    return call.context.exchange.stands_for(call.caller, agency)


async def content(call: Call) -> web.StreamResponse:
    """The bytes as received; large ones from their file. To be told of them, without a byte, is no reading."""
    message, rows = await _readable(call)
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
    async with call.context.exchange.reading(message, rows) as inline:
        failpoint.hit("deliver.content")
        if inline is not None:
            return web.Response(status=status, headers=headers, body=inline[part])
        return await contents.send_file(
            call.request,
            web.StreamResponse(status=status, headers=HEADERS | headers),
            call.context.exchange.blobs.path(message.sha256),
            part,
            limits.body_seconds + (part.stop - part.start) / limits.body_bytes_per_second,
        )


async def _readable(call: Call) -> tuple[MessageRow, Sequence[DeliveryRow]]:
    """For an auditor on record, and of no delivery."""
    exchange = call.context.exchange
    if call.caller.role != AUDITOR:
        return await exchange.readable(call.caller, call.path["id"])
    message = await auditing.find(exchange, call.caller, call.path["id"])
    check_kept(message)
    return await auditing.look(exchange, call.caller, message.id, Part.CONTENT), ()


async def acceptance_receipt(call: Call) -> web.StreamResponse:
    """Receipt of the evidence with which the message was accepted."""
    if call.caller.role == AUDITOR:
        message = await auditing.look(call.context.exchange, call.caller, call.path["id"], Part.RECEIPT)
    else:
        message, _ = await call.context.exchange.visible(call.caller, call.path["id"])
    return await _receipt(call, message.leaf)


async def receipt(call: Call) -> web.StreamResponse:
    """Receipt of any evidence that concerns the caller; for an auditor, of any."""
    given = call.path["id"].lower()
    identifier = given if given.startswith("urn:uuid:") else f"urn:uuid:{given}"
    leaf = await _leaf(call, identifier)
    if leaf is None or not await _concerns(call, leaf):
        raise NotFound(found=identifier[:80])
    if call.caller.role == AUDITOR:
        await auditing.look_at_leaf(call.context.exchange, call.caller, leaf)
    return await _receipt(call, leaf.number)


async def _leaf(call: Call, identifier: str) -> LeafRow | None:
    """The evidence of that identifier."""
    try:
        leaf = await call.context.exchange.store.leaf(number_of(identifier))
    except ValueError:
        return None
    if leaf is None or leaf.kind != Kind.EVIDENCE or decode(leaf.object).identifier != identifier:
        return None
    return leaf


async def _concerns(call: Call, leaf: LeafRow) -> bool:
    """Whether the caller acts for the sender of its message, for the recipient that it names, or where it names none,
    for any recipient."""
    if call.caller.role == AUDITOR:
        return True
    message = await call.context.exchange.store.message(leaf.message) if leaf.message is not None else None
    if message is None:
        # Of a refused message there is no row, only its submitter.
        sender = decode(leaf.object).sender if leaf.event == Event.SUBMISSION_REJECTION.short else None
        return sender is not None and _acts_for(call, sender.identifier)
    try:
        _, mine = await call.context.exchange.visible(call.caller, message.id)
    except NotFound:
        return False
    return mine is None or not leaf.recipient or _acts_for(call, leaf.recipient)


async def _receipt(call: Call, leaf: int) -> web.StreamResponse:
    """The newest form: under the checkpoint that most witnesses cosigned. The answer of `submit` stays as it was."""
    log = call.hub_only.log
    body = await call.context.exchange.store.inspect(lambda tx: log.newest_receipt(tx, leaf))
    return web.Response(body=body, content_type="text/plain", charset="utf-8")


async def about_of(call: Call, message: MessageRow) -> str:
    """The identifier of the document that a status, recall, update or replacement concerns."""
    if message.about is None:
        return ""
    about = await call.context.exchange.store.message(message.about)
    return about.id if about is not None else ""
