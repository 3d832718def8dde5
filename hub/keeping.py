"""Files of documents that are on their way into the record, and what becomes of one that is refused there.

A file is durable before the transaction that names it, so a refusal inside the batch leaves a file that no row names.
It is removed when this acceptance made it (so no row named it before), nobody else who brings the same bytes is under
way, and none of those who were has been accepted. Where that is not known, after a crash, a caller that went away, or
a store that could not promise, the file stays, for `truc fsck --mend`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from hub.core.errors import Refusal
from hub.store.blobs import Blobs, Spool


@dataclass
class _Bytes:
    """What all know together that bring the same bytes. `made`: by one of them; `named`: a row may name it."""

    users: int = 0
    made: bool = False
    named: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Keeping:
    """Used on the event loop only. `in_thread` runs blocking work to its end."""

    def __init__(self, blobs: Blobs, in_thread: Callable[..., Awaitable[Any]]) -> None:
        self._blobs = blobs
        self._in_thread = in_thread
        self._under_way: dict[str, _Bytes] = {}

    @asynccontextmanager
    async def kept(self, body: Spool) -> AsyncIterator[None]:
        """The file of `body` is durable in the block; a Refusal out of the block may remove it. Nothing for a body
        that is in memory."""
        if not body.in_file:
            yield
            return
        digest = body.sha256
        entry = self._under_way.setdefault(digest, _Bytes())
        entry.users += 1
        refused = False
        try:
            async with entry.lock:
                entry.made |= await self._in_thread(self._blobs.keep, body)
            yield
        except Refusal:
            refused = True
            raise
        finally:
            entry.named |= not refused
            await self._leave(digest, entry)

    async def _leave(self, digest: str, entry: _Bytes) -> None:
        try:
            if entry.users == 1 and entry.made and not entry.named:
                async with entry.lock:  # whoever comes now waits, and then finds no file
                    if entry.users == 1 and not entry.named:
                        await self._in_thread(self._blobs.remove, digest)
                        entry.made = False
        finally:
            entry.users -= 1
            if not entry.users:
                del self._under_way[digest]
