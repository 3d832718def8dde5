"""Where an auditor reads a log from: a hub over HTTP, or a folder of files under the names that C2SP gives them.

    <folder>/checkpoint
             tile/<L>/<N>[.p/<W>]          hashes
             tile/entries/<N>[.p/<W>]      entries
             objects/<N>[.p/<W>]           the objects of the entries: each object with its length before it in four
                                           bytes, big end first; only where an auditor exported them

`truc log export` writes such a folder; the first three may as well be any other C2SP log's.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from clients import protocol
from clients.errors import ProblemError
from clients.transport import Transport
from hub.core.errors import ProofInvalid
from hub.core.log.merkle import TILE_WIDTH
from hub.core.log.tiles import entries_path, tile_path

OBJECTS_AT_ONCE = 4096
MAX_OBJECTS = 128 * 1024 * 1024
"""Bytes of the objects that are asked for at once; evidence has some three kilobytes each."""
MAX_FILE = 20 * 1024 * 1024
"""Bytes of a tile or a bundle of entries in a folder: 256 entries of 64 kB."""
CHECKPOINT = "checkpoint"


class Missing(Exception):
    """The source has no such checkpoint, tile, bundle or object."""


class Source(Protocol):
    """A log to read. `live`: it is now as it is read, so deliveries that are overdue by the clock are overdue.
    `has_objects`: `objects` may be called. `has_partial_tiles`: hashes of tiles that are not full are kept too."""

    live: bool
    has_objects: bool
    has_partial_tiles: bool

    async def checkpoint(self, cosigned: bool = False) -> bytes:
        """The newest, or the newest that a witness cosigned where there is one."""

    async def tile(self, level: int, n: int, width: int) -> bytes: ...
    async def entries(self, n: int, width: int) -> bytes: ...
    async def objects(self, start: int, count: int) -> list[bytes]:
        """Of the leaves from `start` on; fewer where the source ends."""


class HttpSource:
    """A running hub. With an auditor's credential in `transport`, objects too: every export is recorded there."""

    live = True
    has_partial_tiles = True

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.has_objects = transport.credential is not None

    async def checkpoint(self, cosigned: bool = False) -> bytes:
        if cosigned:
            with suppress(Missing):
                return await self._file(f"{CHECKPOINT}/cosigned")
        return await self._file(CHECKPOINT)

    async def tile(self, level: int, n: int, width: int) -> bytes:
        return await self._file(tile_path(level, n, width))

    async def entries(self, n: int, width: int) -> bytes:
        return await self._file(entries_path(n, width))

    async def objects(self, start: int, count: int) -> list[bytes]:
        found: list[bytes] = []
        size = 0
        while len(found) < count:
            wanted = min(OBJECTS_AT_ONCE, count - len(found))
            page = await self._transport.call(protocol.audit_leaves(start + len(found), wanted))
            for item in page.items:
                if item.leaf != start + len(found):
                    return found
                found.append(item.object)
                size += len(item.object)
            if size > MAX_OBJECTS:
                raise ProofInvalid(expected=f"{count} objects of at most {MAX_OBJECTS} bytes", found=f"{size}")
            if not page.items:
                break
        return found

    async def _file(self, path: str) -> bytes:
        try:
            return await self._transport.call(protocol.log_file(path))
        except ProblemError as error:
            if error.status == 404:
                raise Missing(path) from None
            raise


class FolderSource:
    """A folder that `truc log export` wrote."""

    live = False
    has_partial_tiles = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.has_objects = (folder / "objects").is_dir()

    async def checkpoint(self, cosigned: bool = False) -> bytes:
        return self._read(CHECKPOINT)

    async def tile(self, level: int, n: int, width: int) -> bytes:
        return self._read(tile_path(level, n, width))

    async def entries(self, n: int, width: int) -> bytes:
        return self._read(entries_path(n, width))

    async def objects(self, start: int, count: int) -> list[bytes]:
        """`start` may lie in the middle of a bundle."""
        found: list[bytes] = []
        while len(found) < count:
            n, skip = divmod(start + len(found), TILE_WIDTH)
            bundle = self._bundle(n)
            if len(bundle) <= skip:
                break
            found += bundle[skip:]
        return found[:count]

    def _bundle(self, n: int) -> list[bytes]:
        """The whole bundle, or else the longest part of it that is here."""
        full = self._folder / objects_path(n, TILE_WIDTH)
        if full.is_file():
            return decode_objects(full.read_bytes())
        parts = full.parent / f"{full.name}.p"
        widths = [int(path.name) for path in parts.iterdir() if path.name.isdecimal()] if parts.is_dir() else []
        return decode_objects((parts / str(max(widths))).read_bytes()) if widths else []

    def _read(self, path: str) -> bytes:
        try:
            with (self._folder / path).open("rb") as file:
                data = file.read(MAX_FILE + 1)
        except OSError:
            raise Missing(path) from None
        if len(data) > MAX_FILE:
            raise ProofInvalid(expected=f"{path} of at most {MAX_FILE} bytes", found="more")
        return data


def objects_path(n: int, width: int) -> str:
    return entries_path(n, width).replace("tile/entries/", "objects/", 1)


def encode_objects(objects: Sequence[bytes]) -> bytes:
    return b"".join(len(item).to_bytes(4, "big") + item for item in objects)


def decode_objects(data: bytes) -> list[bytes]:
    """ProofInvalid unless `data` is a whole number of objects."""
    found, at = [], 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if at + 4 > len(data) or end > len(data):
            raise ProofInvalid(expected="a whole object", found=f"the bundle ends at byte {len(data)}")
        found.append(data[at + 4 : end])
        at = end
    return found


def put(folder: Path, path: str, data: bytes) -> None:
    """One file, whole or not at all."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    beside.write_bytes(data)
    os.replace(beside, target)
