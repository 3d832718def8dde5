"""Auditors' reading, and the log's objects that anyone may read.

Evidence and manifests tell the correspondence: only auditors get their objects, each export on record. Changes of the
directory, releases, time stamps and the operator's statements are public.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

import msgspec
from aiohttp import web

from hub import auditing
from hub.core import wire
from hub.core.errors import BadRequest, NotFound
from hub.core.evidence.format import Kind
from hub.core.misfit import one_of
from hub.core.model import iso_utc
from hub.http.call import Call, answer
from hub.store import LeafRow

PUBLIC_KINDS: Final = {
    "directory": Kind.DIRECTORY,
    "release": Kind.RELEASE,
    "timestamp": Kind.TIMESTAMP,
    "statement": Kind.STATEMENT,
}
_PUBLIC_PAGE: Final = 256
_PUBLIC_BYTES: Final = 512 * 1024
_PART: Final = 32
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=4096)]


class LeavesQuery(wire.Wire, frozen=True, kw_only=True):
    """`start`: number of the first leaf; fewer than `count` may come, then go on after the last."""

    start: _Number = 0
    count: _Count = 1000


class CheckpointsQuery(wire.Wire, frozen=True, kw_only=True):
    """`above`: a size; those after it come."""

    above: _Number = 0
    count: _Count = 1000


async def leaves(call: Call) -> web.StreamResponse:
    query: LeavesQuery = call.query
    return await _objects(call, await auditing.export(call.context.exchange, call.caller, query.start, query.count))


async def public_objects(call: Call) -> web.StreamResponse:
    query: LeavesQuery = call.query
    name = call.path["kind"]
    kind = PUBLIC_KINDS.get(name)
    if kind is None:
        raise NotFound(expected=one_of(PUBLIC_KINDS), found=name[:80])
    return await _objects(call, await _page(call, kind, query.start, min(query.count, _PUBLIC_PAGE)))


async def _page(call: Call, kind: Kind, start: int, count: int) -> list[LeafRow]:
    """Some of a kind: fewer than `count` where they are large."""
    rows: list[LeafRow] = []
    size = 0
    while len(rows) < count and size < _PUBLIC_BYTES:
        part = await call.context.store.leaves_of_kind(kind, start, min(_PART, count - len(rows)))
        rows += part
        if len(part) < min(_PART, count - len(rows) + len(part)):
            break
        start = part[-1].number + 1
        size += sum(len(row.object) for row in part)
    return rows


async def _objects(call: Call, rows: list[LeafRow]) -> web.StreamResponse:
    last = await call.context.store.last_checkpoint()
    items = [wire.LogObject(leaf=row.number, kind=row.kind, object=row.object) for row in rows]
    return answer(wire.LogObjects(items=items, size=last.size if last is not None else 0))


async def checkpoints(call: Call) -> web.StreamResponse:
    query: CheckpointsQuery = call.query
    rows = await auditing.checkpoints(call.context.exchange, call.caller, query.above, query.count)
    items = [wire.SignedCheckpoint(size=r.size, at=iso_utc(r.at), note=r.note.decode()) for r in rows]
    return answer(wire.SignedCheckpoints(items=items))


async def signed(call: Call) -> web.StreamResponse:
    """An acknowledgement as the recipient signed it. A signed status is a message: its content is that."""
    digest = call.path["digest"]
    if not _SHA256.fullmatch(digest):
        raise BadRequest(expected="SHA-256 in lower-case hex", found=digest[:80])
    kept = await auditing.signed(call.context.exchange, call.caller, digest)
    return web.Response(body=kept, content_type="text/plain", charset="utf-8")
