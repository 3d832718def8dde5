"""The public routes: the directory, the figures (QĐ 28/2018 Art. 14.3), the log, and how the hub feels."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from hub.base import failpoint
from hub.base.timekeeper import refusal
from hub.base.version import VERSION
from hub.core import wire
from hub.core.directory import amend
from hub.core.directory import wire as directory_wire
from hub.core.errors import AxisError, BadRequest, DirectoryRefusal, NotFound, ProofInvalid
from hub.core.evidence.format import Kind, entry
from hub.core.log import tiles
from hub.core.log.merkle import TILE_WIDTH, leaf_hash
from hub.core.misfit import DAY, TIME, one_of, words_of
from hub.core.model import Agency, Millis, Tier, iso_utc
from hub.core.wire_maintenance import MAINTENANCE
from hub.exchange import Exchange
from hub.http import problems
from hub.http.call import Call, answer
from hub.routes import views

_WRITER_SECONDS = 2.0
_MOST_WORDS = 20


class AgenciesQuery(wire.Wire, frozen=True, kw_only=True):
    """`text`: the start of a code, or words of the name without regard to accents; `cursor`: the last code seen."""

    text: Annotated[str, msgspec.Meta(max_length=200)] = ""
    tier: Tier | msgspec.UnsetType = msgspec.UNSET  # and not None, which `null` would mean
    parent: str = ""
    limit: wire.Limit = 50
    cursor: str = ""


class FiguresQuery(wire.Wire, frozen=True, kw_only=True):
    """A window of acceptance times, RFC 3339 or dates of Vietnam; by default everything."""

    since: str = ""
    until: str = ""


async def agencies(call: Call) -> web.StreamResponse:
    query: AgenciesQuery = call.query
    directory = call.context.exchange.directory
    if len(query.text.split()) > _MOST_WORDS:
        raise BadRequest(expected=f"at most {_MOST_WORDS} words", found=query.text[:80])
    found = await call.context.milliseconds.aside(
        directory.search, query.text, query.tier or None, query.parent, query.limit, query.cursor
    )
    cursor = found[-1].code if len(found) == query.limit else ""
    items = [directory_wire.to_wire(a, certificates=False) for a in found]
    return answer(wire.Agencies(items=items, total=len(directory), cursor=cursor))


async def agency(call: Call) -> web.StreamResponse:
    code = call.path["code"]
    entry = call.context.exchange.directory.get(code)
    if entry is None:
        raise NotFound(expected="a registered agency", found=code[:80])
    return answer(directory_wire.to_wire(entry))


class ChangeQuery(wire.Wire, frozen=True, kw_only=True):
    """`dry_run`: check all that a change is checked for, count its effects, and change nothing."""

    dry_run: bool = False


async def change_agencies(call: Call) -> web.StreamResponse:
    query: ChangeQuery = call.query
    changes: wire.AgencyChanges = call.body
    entries = [_entry(f"agencies[{n}]", record) for n, record in enumerate(changes.agencies)]
    amend.check_affordable(entries, call.context.exchange.directory.get)
    if query.dry_run:
        return answer(wire.Changed(changes=call.context.exchange.would_change(entries)))
    count = await call.context.exchange.change_directory(entries, f"{call.caller.role}:{call.caller.agency}")
    return answer(wire.Changed(changes=count))


def _entry(place: str, record: wire.Agency) -> Agency:
    """DirectoryRefusal names the first member that is none of its kind."""
    for name, words in words_of(wire.Agency).items():
        if (given := getattr(record, name)) not in words:
            raise DirectoryRefusal(expected=f"`{place}.{name}`: {one_of(words)}", found=given[:80])
    for name in ("valid_from", "valid_to"):
        if (given := getattr(record, name)) and not _is_day(given):
            raise DirectoryRefusal(expected=f"`{place}.{name}`: {DAY}", found=given[:80])
    try:
        return directory_wire.from_wire(record)
    except ValueError:
        right = "certificates with der in base64 and RFC 3339 times"
        raise DirectoryRefusal(expected=f"`{place}`: {right}", found="another value") from None


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


async def figures(call: Call) -> web.StreamResponse:
    query: FiguresQuery = call.query
    try:
        since = views.moment(query.since) if query.since else Millis(0)
        until = views.moment(query.until) if query.until else None
    except (ValueError, OverflowError):
        raise BadRequest(expected=TIME, found=f"{query.since} {query.until}"[:80]) from None
    made = await call.hub_only.reports.figures(since, until)
    call.context.metrics.difference.set(made.ledger[-1].difference)
    return answer(made)


async def checkpoint(call: Call) -> web.StreamResponse:
    """The newest signed checkpoint (C2SP tlog-tiles), with the witnesses' lines that came for this very size."""
    store = call.context.store
    last = await store.last_checkpoint()
    if last is None:
        raise NotFound(expected="a checkpoint", found="an empty log")
    failpoint.hit("checkpoint.read")
    cosigned = await store.cosigned(last.size - 1, 1)
    return _note(cosigned[0].note if cosigned and cosigned[0].size == last.size else last.note)


async def cosigned_checkpoint(call: Call) -> web.StreamResponse:
    """The newest checkpoint that a witness cosigned: some seconds old, where `/log/checkpoint` may have none yet."""
    last = await call.context.store.last_cosigned()
    if last is None:
        raise NotFound(expected="a cosigned checkpoint", found="none")
    return _note(last.note)


def _note(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="text/plain", charset="utf-8", headers={"Cache-Control": "no-store"})


async def vkey(call: Call) -> web.StreamResponse:
    """The log's public keys, one a line, as a policy file names them."""
    lines = "".join(f"log {key}\n" for key in call.hub_only.log.vkeys)
    return web.Response(text=lines + "quorum none\n", content_type="text/plain", charset="utf-8")


async def tile(call: Call) -> web.StreamResponse:
    """`/log/tile/<level>/<n>[.p/<width>]` and `/log/tile/entries/…`: immutable, so cached for a year."""
    path = call.path["path"]
    try:
        ref = tiles.parse_tile_path(f"tile/{path}")
    except ProofInvalid as error:
        raise NotFound(expected=error.expected, found=path[:80]) from None
    last = await call.context.store.last_checkpoint()
    size = last.size if last is not None else 0
    bundle = ref.level == tiles.ENTRIES
    level = 0 if bundle else ref.level
    if (ref.n * TILE_WIDTH + ref.width) << (8 * level) > size:
        raise NotFound(expected=f"a tile of {size} leaves", found=path[:80])
    body = await (_entries(call, ref) if bundle else _hashes(call, ref))
    return web.Response(
        body=body,
        content_type="application/octet-stream",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


async def _entries(call: Call, ref: tiles.TileRef) -> bytes:
    rows = await call.context.store.leaves(ref.n * TILE_WIDTH, ref.width)
    return tiles.encode_entries([entry(Kind(row.kind), row.object) for row in rows])


async def _hashes(call: Call, ref: tiles.TileRef) -> bytes:
    store = call.context.store
    kept = await store.tile(ref.level, ref.n)
    if kept is not None and len(kept) >= 32 * ref.width:
        return kept[: 32 * ref.width]
    if ref.level == 0:
        rows = await store.leaves(ref.n * TILE_WIDTH, ref.width)
        return b"".join(leaf_hash(entry(Kind(row.kind), row.object)) for row in rows)
    log = call.hub_only.log
    return await store.inspect(lambda tx: log.tile(tx, ref.level, ref.n, ref.width))


async def healthy(call: Call) -> web.StreamResponse:
    """The process runs."""
    return answer(wire.Health(status="ok", version=VERSION))


async def ready(call: Call) -> web.StreamResponse:
    """The hub takes submissions: the writer answers and nothing is closing."""
    exchange = call.context.exchange
    if exchange.notices.closing or exchange.notices.leaving:
        return _not_ready("closing", "shutting down")
    if exchange.sequencer.halted:
        return _not_ready("halted", exchange.sequencer.halted)
    if (doubt := exchange.sequencer.doubt) is not None:
        error = refusal(doubt)
        return _not_ready("clock-in-doubt", f"{error.en} [{doubt.cause}]. {error.hint.en}")
    try:
        async with asyncio.timeout(_WRITER_SECONDS):
            last = await exchange.store.inspect(lambda tx: tx.last_checkpoint())
    except (TimeoutError, AxisError, OSError) as error:
        return _not_ready("failing", f"the store does not answer: {type(error).__name__}")
    health = call.hub_only.health
    found = views.health(health.measured, last.size if last is not None else 0, exchange.sequencer.waiting)
    lost = {file: why for file, why in _derived(exchange).items() if why}
    behind = _not_followed(exchange)
    found = msgspec.structs.replace(found, not_indexed=_not_indexed(exchange), not_followed=behind, derived=lost)
    if (shut := exchange.door.row) is not None:
        found = msgspec.structs.replace(found, status=MAINTENANCE, reason=f"since {iso_utc(shut.since)}")
    if (unwell := health.unwell()) is not None:
        return answer(msgspec.structs.replace(found, status=unwell.status, reason=unwell.reason), 503)
    return answer(found)


def _not_ready(status: str, reason: str) -> web.StreamResponse:
    return answer(wire.Health(status=status, version=VERSION, reason=reason), 503)


def _not_indexed(exchange: Exchange) -> int:
    return exchange.indexing.behind if exchange.indexing is not None else 0


def _not_followed(exchange: Exchange) -> int:
    return exchange.following.behind if exchange.following is not None else 0


def _derived(exchange: Exchange) -> dict[str, str]:
    """Each file that is derived from the record by followers: why it cannot be used now, empty where it can."""
    followers = {"programmes": exchange.following, "signatures": exchange.leaders}
    return {name: one.lost for name, one in followers.items() if one is not None}


async def problem_kinds(call: Call) -> web.StreamResponse:
    """The page that `type` of a problem points to."""
    return answer(wire.ProblemKinds(items=problems.kinds()))


async def metrics(call: Call) -> web.StreamResponse:
    context, hub_only = call.context, call.hub_only

    async def measure() -> None:
        last = await context.store.last_checkpoint()
        context.metrics.log_size.set(last.size if last else 0)
        context.metrics.waiting.set(context.exchange.sequencer.waiting)
        hub_only.witnesses.measure(last.size if last else 0)
        context.metrics.clock_in_doubt.set(context.exchange.sequencer.doubt is not None)
        context.metrics.batches.set(context.exchange.sequencer.batches)
        context.metrics.not_indexed.set(_not_indexed(context.exchange))
        context.metrics.not_followed.set(_not_followed(context.exchange))
        for file, why in _derived(context.exchange).items():
            context.metrics.derived_lost.labels(file).set(bool(why))
        hub_only.health.tell()

    body = await hub_only.scrape.text(context.milliseconds, measure)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
