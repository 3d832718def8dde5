"""How far the log had come, kept in a file of its own: a store that was set back is noticed without a witness too.

The file holds the newest checkpoint note, written every `SECONDS` while the log grows and at a clean stop: beside
itself, fsynced, renamed, so that it is whole at any instant. At the start it is held against the store: signed by our
own key, over a tree that the store has as its beginning. Where that is not so the sequencer is halted, as it is when a
witness says it: going on would sign a second history.

It proves this: the store is not older than the file, but for the last `SECONDS`. It proves no more: it is worth nothing
where it is set back together with the store. So in service it lies elsewhere (`hub.high_water`), and witnesses are
better.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import structlog

from hub.core.errors import AxisError, ProofInvalid
from hub.core.log import note
from hub.record.log import Log
from hub.record.sequencer import Sequencer
from hub.store import Store
from hub.store.blobs import sync_folder

log = structlog.get_logger("high-water")
SECONDS: Final = 1.0
_MOST: Final = 64 * 1024


class HighWater:
    """The file at `path` over one store and its log."""

    def __init__(self, path: Path, store: Store, journal: Log, sequencer: Sequencer) -> None:
        self._path = path
        self._store = store
        self._log = journal
        self._sequencer = sequencer
        self._size = 0
        self._failing = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Compare, then keep it up to date until the block ends. A store that was set back halts the sequencer and
        leaves the file as it is."""
        why = await self.compare()
        if why:
            self._sequencer.halt(why)
        keeping = asyncio.create_task(self._keeping(), name="high-water")
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await self.keep()

    async def compare(self) -> str:
        """The fault of the store; empty where it has everything that the file knows of."""
        try:
            data = await asyncio.to_thread(_read, self._path)
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"{self._path} cannot be read: {error.strerror}"
        try:
            known = note.open_note(data, self._log.verifiers).checkpoint
        except ProofInvalid as error:
            return f"{self._path} is no checkpoint under this hub's key: {error.en}"
        last = await self._store.last_checkpoint()
        have = last.size if last is not None else 0
        if known.origin != self._log.origin:
            return f"{self._path} is of the log {known.origin}"
        if known.size > have:
            return f"{known.size} leaves of this log were signed, the store has {have}: it was set back ({self._path})"
        root = await self._store.inspect(lambda tx: self._log.root_at(tx, known.size))
        if root != known.root:
            return f"at {known.size} leaves the root {known.root.hex()} was signed, the store has {root.hex()}"
        self._size = known.size
        return ""

    async def _keeping(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            await self.keep()

    async def keep(self) -> None:
        """Write the newest checkpoint, if there is a newer one. A disk that fails is logged, once, and tried again."""
        if self._sequencer.halted:
            return
        try:
            last = await self._store.last_checkpoint()
            if last is None or last.size <= self._size:
                return
            await asyncio.to_thread(_write, self._path, last.note)
        except (AxisError, OSError) as error:
            if not self._failing:
                log.error("high-water-not-kept", path=str(self._path), error=str(error))
            self._failing = True
            return
        self._size, self._failing = last.size, False


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST)


def _write(path: Path, data: bytes) -> None:
    """A crash before the rename leaves the old file, after it the new one."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    sync_folder(path.parent)
