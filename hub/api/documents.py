"""Submitting documents and statuses, and reading what became of them."""

from __future__ import annotations

from aiohttp import web

from hub.acts.incoming import Accepted
from hub.api import views
from hub.api.calls import Call, answer
from hub.core import wire
from hub.core.errors import NotFound
from hub.core.evidence import decode
from hub.core.ids import number_of
from hub.sequencer import Sealed
from hub.store import LeafRow, MessageRow


async def token(call: Call) -> web.StreamResponse:
    return answer(call.axis.door.grant(call.body))


async def submit(call: Call) -> web.StreamResponse:
    """Documents and statuses alike; the message itself says what it is."""
    spool = await call.axis.door.body(call.request)
    try:
        sealed = await call.axis.exchange.accept(spool, call.caller)
    finally:
        spool.close()
    if not sealed.answer.repeated:
        call.axis.metrics.messages.labels(sealed.answer.message.kind.value).inc()
    return await _submitted(call, sealed)


async def _submitted(call: Call, sealed: Sealed[Accepted]) -> web.StreamResponse:
    about = await about_of(call, sealed.answer.message)
    response = answer(views.submitted(sealed, about), 200 if sealed.answer.repeated else 201)
    response.headers["Location"] = f"/v1/documents/{sealed.answer.message.id.removeprefix('urn:uuid:')}"
    return response


async def life(call: Call) -> web.StreamResponse:
    """A sender sees every delivery, a recipient its own; the timeline likewise."""
    exchange = call.axis.exchange
    message, mine = await exchange.visible(call.caller, _id(call))
    rows = [mine] if mine is not None else await exchange.store.deliveries(message.number)
    leaves = await exchange.store.timeline(message.number)
    if mine is not None:
        leaves = [leaf for leaf in leaves if leaf.recipient in ("", mine.recipient)]
    return answer(
        wire.Life(
            message=views.message(message, await about_of(call, message)),
            deliveries=[views.delivery(row) for row in rows],
            timeline=[line for leaf in leaves if (line := views.event(leaf)) is not None],
        )
    )


async def content(call: Call) -> web.StreamResponse:
    """The bytes as received. Large ones go from the file to the socket without passing through Python."""
    message, inline = await call.axis.exchange.content(call.caller, _id(call))
    headers = {
        "ETag": f'"{message.sha256}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{message.id.removeprefix("urn:uuid:")}.edxml"',
        "X-Content-Type-Options": "nosniff",
    }
    if f'"{message.sha256}"' in call.request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    if inline is None:
        path = call.axis.exchange.blobs.path(message.sha256)
        # FileResponse would derive an ETag from the file's time; ours is the digest and goes with the bytes.
        response: web.StreamResponse = web.FileResponse(path, headers=headers)
        response.content_type = "application/xml"
        return response
    return _ranged(call.request, inline, headers)


def _ranged(request: web.Request, data: bytes, headers: dict[str, str]) -> web.Response:
    headers["Accept-Ranges"] = "bytes"
    try:
        wanted = request.http_range
    except ValueError:
        wanted = slice(None)
    if wanted.start is None and wanted.stop is None:
        return web.Response(body=data, headers=headers, content_type="application/xml")
    start, stop, _ = wanted.indices(len(data))
    if start >= stop:
        headers["Content-Range"] = f"bytes */{len(data)}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return web.Response(status=206, body=data[start:stop], headers=headers, content_type="application/xml")


async def acceptance_receipt(call: Call) -> web.StreamResponse:
    """Receipt of the evidence with which the message was accepted."""
    message, _ = await call.axis.exchange.visible(call.caller, _id(call))
    return await _receipt(call, message.leaf)


async def receipt(call: Call) -> web.StreamResponse:
    """Receipt of any evidence that concerns the caller."""
    leaf = await _visible_leaf(call)
    return await _receipt(call, leaf.number)


async def _visible_leaf(call: Call) -> LeafRow:
    identifier = _id(call)
    try:
        leaf = await call.axis.exchange.store.leaf(number_of(identifier))
    except ValueError:
        raise NotFound(found=identifier[:80]) from None
    if leaf is None or leaf.message is None or decode(leaf.object).identifier != identifier:
        raise NotFound(found=identifier[:80])
    named = await call.axis.exchange.store.message(leaf.message)
    if named is None:
        raise NotFound(found=identifier[:80])
    _, mine = await call.axis.exchange.visible(call.caller, named.id)
    if mine is not None and leaf.recipient not in ("", mine.recipient):
        raise NotFound(found=identifier[:80])
    return leaf


async def _receipt(call: Call, leaf: int) -> web.StreamResponse:
    log = call.axis.log
    body = await call.axis.exchange.store.inspect(lambda tx: log.receipt(tx, leaf))
    return web.Response(body=body, content_type="text/plain", charset="utf-8")


async def about_of(call: Call, message: MessageRow) -> str:
    """The identifier of the document that a status, recall, update or replacement concerns."""
    if message.about is None:
        return ""
    about = await call.axis.exchange.store.message(message.about)
    return about.id if about is not None else ""


def _id(call: Call) -> str:
    given = call.request.match_info["id"].lower()
    return given if given.startswith("urn:uuid:") else f"urn:uuid:{given}"
