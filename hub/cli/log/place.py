"""URL or folder: where `truc log` reads a log from.

http://…, https://…      a running hub; with --as auditor also the objects
DIR with `checkpoint`    the output of `truc log export`, or any C2SP log's files
DIR with `axis.sqlite`   a hub's data folder, best a copy; opened read-only
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import click
from msgspec.structs import replace

from clients.log_source import CHECKPOINT, FolderSource, HttpSource, Missing, Source
from hub.cli.common import Shared
from hub.cli.connect import transport
from hub.core.evidence.format import ENTRY_VERSION
from hub.core.log.merkle import TILE_WIDTH, leaf_hash, tile_root
from hub.core.log.tiles import encode_entries
from hub.store import LeafRow, Store
from hub.store.sqlite import SqliteStore

STORE = "axis.sqlite"


@asynccontextmanager
async def log_at(shared: Shared, place: str) -> AsyncIterator[Source]:
    """The log at `place`; UsageError where there is none."""
    if place.startswith(("http://", "https://")):
        calls = transport(replace(shared, url=place.rstrip("/").removesuffix("/log")))
        try:
            yield HttpSource(calls)
        finally:
            await calls.close()
        return
    folder = Path(place)
    if (folder / CHECKPOINT).is_file():
        yield FolderSource(folder)
    elif (folder / STORE).is_file():
        store = await SqliteStore.open_copy(folder / STORE)
        try:
            yield StoreSource(store)
        finally:
            await store.close()
    else:
        raise click.UsageError(
            shared.pick(
                f"{place}: không phải URL, không phải thư mục của truc log export hay dữ liệu của Trục",
                f"{place}: neither a URL, nor a folder of truc log export, nor a hub's data",
            )
        )


class StoreSource:
    """A hub's store. Only full tiles are kept there; partial ones are made when they are asked for."""

    live = False
    has_objects = True
    has_partial_tiles = False

    def __init__(self, store: Store) -> None:
        self._store = store

    async def checkpoint(self, cosigned: bool = False) -> bytes:
        witnessed = await self._store.last_cosigned() if cosigned else None
        if witnessed is not None:
            return witnessed.note
        last = await self._store.last_checkpoint()
        if last is None:
            raise Missing(CHECKPOINT)
        return last.note

    async def tile(self, level: int, n: int, width: int) -> bytes:
        if width < TILE_WIDTH:
            return await self._partial(level, n, width)
        kept = await self._store.tile(level, n)
        if kept is None:
            raise Missing(f"tile {level}/{n}")
        return kept

    async def _partial(self, level: int, n: int, width: int) -> bytes:
        if level == 0:
            return b"".join(leaf_hash(_entry(row)) for row in await self._leaves(n * TILE_WIDTH, width))
        below = [await self.tile(level - 1, n * TILE_WIDTH + i, TILE_WIDTH) for i in range(width)]
        return b"".join(tile_root(hashes) for hashes in below)

    async def entries(self, n: int, width: int) -> bytes:
        rows = await self._leaves(n * TILE_WIDTH, width)
        if len(rows) < width:
            raise Missing(f"bundle {n}")
        return encode_entries([_entry(row) for row in rows])

    async def objects(self, start: int, count: int) -> list[bytes]:
        return [row.object for row in await self._leaves(start, count)]

    async def _leaves(self, start: int, count: int) -> list[LeafRow]:
        rows = await self._store.leaves(start, count)
        gap = next((number for number, row in enumerate(rows) if row.number != start + number), len(rows))
        return rows[:gap]


def _entry(row: LeafRow) -> bytes:
    """Of the kind that it states: the audit judges it."""
    return bytes((ENTRY_VERSION, row.kind)) + sha256(row.object).digest() if 0 <= row.kind < 256 else b""
