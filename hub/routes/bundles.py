"""The bundle of a document's life as one ZIP file: the sender's holds all, a recipient's the part that concerns it, an
auditor's all, on record."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub import access, auditing
from hub.access import Seen
from hub.auditing import Part
from hub.core import wire
from hub.core.bundle.contents import MEDIA_TYPE
from hub.evidence_export.export import Wish
from hub.http.call import Call
from hub.http.limits import key_of
from hub.http.problems import HEADERS
from hub.routes import content as contents
from hub.store import MessageRow

_PATIENCE: Final = 3.0
"""Seconds for the witnesses."""


class BundleQuery(wire.Wire, frozen=True, kw_only=True):
    """`document`: with its own bytes. `statuses`: with the signed status messages, which name people. `recipient`: the
    part of one recipient only."""

    document: bool = False
    statuses: bool = True
    recipient: Annotated[str, msgspec.Meta(max_length=100)] = ""


async def bundle(call: Call) -> web.StreamResponse:
    """Everything is made before the first byte goes out: an error is a problem, never half a file. It lies on disk
    meanwhile: a slow reader holds no memory. Its place among the exports is free when the last byte has left."""
    query: BundleQuery = call.query
    seen = await _seen(call, call.path["id"], query.document)
    message = seen.message
    recipients = await access.part_of(call.context.store, seen, query.recipient)
    await _witnessed(call, message)
    wish = Wish(recipients=recipients, document=query.document, statuses=query.statuses)
    name = message.id.removeprefix("urn:uuid:")
    limits = call.context.settings.limits
    async with call.hub_only.exports.made(key_of(call.caller), message, wish) as file:
        size = os.fstat(file.fileno()).st_size
        call.context.bodies.quotas.sent.take(key_of(call.caller), size)
        told = {"Content-Type": MEDIA_TYPE, "Content-Disposition": f'attachment; filename="{name}.evidence.zip"'}
        return await contents.send_open(
            call.request,
            web.StreamResponse(headers=HEADERS | told),
            file,
            slice(0, size),
            limits.body_seconds + size / limits.body_bytes_per_second,
        )


async def _seen(call: Call, name: str, document: bool) -> Seen:
    """The message, where the caller may have it; with its bytes only by the rules of reading them."""
    exchange = call.context.exchange
    if document:
        seen = await auditing.readable(exchange, call.caller, name)
        async with exchange.reading(seen):
            name = seen.message.id  # it is on record as offered; the export takes the bytes for itself
    return await auditing.seen(exchange, call.caller, name, Part.BUNDLE)


async def _witnessed(call: Call, message: MessageRow) -> None:
    """Give the witnesses a moment to cosign the newest leaves, a look of this very auditor for one: a bundle that none
    of them has signed for yet does not satisfy a policy with a quorum. A late witness is not waited for."""
    witnesses = call.hub_only.witnesses
    if not witnesses.sizes:
        return
    leaves = await call.context.store.timeline(message.number)
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await witnesses.reached(leaves[-1].number + 1 if leaves else 0)
