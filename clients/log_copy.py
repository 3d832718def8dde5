"""Copy a log into a folder of files: see `clients.log_source` for their names.

Full tiles and bundles never change: those that are there are not read again. The checkpoint is written last, so the
folder is at any moment a log under its checkpoint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from clients.log_source import CHECKPOINT, Missing, Source, encode_objects, objects_path, put
from clients.monitor import Progress
from hub.core.errors import ProofInvalid
from hub.core.log.merkle import TILE_HEIGHT, TILE_WIDTH
from hub.core.log.note import parse
from hub.core.log.tiles import TileRef, entries_path, tile_path

_AT_ONCE: Final = 16


async def copy(source: Source, folder: Path, progress: Progress | None = None) -> tuple[int, int]:
    """Entries under the checkpoint, and files written. ProofInvalid where the source lacks entries that its checkpoint
    covers."""
    try:
        note = await source.checkpoint(cosigned=True)
        size = parse(note).checkpoint.size
        written = 0
        done = 0
        for part in _parts(size):
            written += sum(await asyncio.gather(*(_leaves(source, folder, n, width) for n, width in part)))
            if source.has_objects:
                written += await _objects(source, folder, part)
            done += sum(width for _, width in part)
            if progress is not None:
                progress(done, size)
        for ref in _upper(size):
            written += await _kept(folder, tile_path(*ref), lambda ref=ref: source.tile(*ref))  # type: ignore[misc]
    except Missing as error:
        raise ProofInvalid(expected="what the checkpoint covers", found=f"no {error}") from None
    put(folder, CHECKPOINT, note)
    return size, written + 1


def _parts(size: int) -> Iterator[list[tuple[int, int]]]:
    """The tiles of leaves, number and width, some at a time: a log may claim any size."""
    count = -(-size // TILE_WIDTH)
    for at in range(0, count, _AT_ONCE):
        yield [(n, min(TILE_WIDTH, size - n * TILE_WIDTH)) for n in range(at, min(at + _AT_ONCE, count))]


def _upper(size: int) -> Iterator[TileRef]:
    level, count = 1, size >> TILE_HEIGHT
    while count:
        for n in range(-(-count // TILE_WIDTH)):
            yield TileRef(level, n, min(TILE_WIDTH, count - n * TILE_WIDTH))
        level, count = level + 1, count >> TILE_HEIGHT


async def _leaves(source: Source, folder: Path, n: int, width: int) -> int:
    """One tile of leaves and its entries."""
    written = await _kept(folder, entries_path(n, width), lambda: source.entries(n, width))
    return written + await _kept(folder, tile_path(0, n, width), lambda: source.tile(0, n, width))


async def _objects(source: Source, folder: Path, part: Sequence[tuple[int, int]]) -> int:
    """The objects of some tiles, asked for at once: each time that an auditor asks is recorded."""
    missing = [(n, width) for n, width in part if not (folder / objects_path(n, width)).exists()]
    if not missing:
        return 0
    start, end = missing[0][0] * TILE_WIDTH, missing[-1][0] * TILE_WIDTH + missing[-1][1]
    found = await source.objects(start, end - start)
    for n, width in missing:
        objects = found[n * TILE_WIDTH - start :][:width]
        if len(objects) != width:
            raise Missing(objects_path(n, width))
        _put(folder, objects_path(n, width), encode_objects(objects))
    return len(missing)


async def _kept(folder: Path, path: str, read: Callable[[], Awaitable[bytes]]) -> int:
    """1 where the file had to be written."""
    if (folder / path).exists():
        return 0
    _put(folder, path, await read())
    return 1


def _put(folder: Path, path: str, data: bytes) -> None:
    """A partial tile gives way to a wider one."""
    put(folder, path, data)
    target = folder / path
    parts = target.parent if target.parent.suffix == ".p" else target.with_name(f"{target.name}.p")
    for old in parts.iterdir() if parts.is_dir() else ():
        if old != target:
            old.unlink()
