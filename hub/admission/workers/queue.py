"""The order in which documents get a worker.

The urgent before the rest. Within a lane by when it came, and as much later as it is large, once for itself and once
for each of its agency that waits already. So a small one does not wait for ten large ones, an agency that sends many
waits behind one that sends one, and within a lane nobody waits for ever.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Final

from hub.core.model import Priority

_BYTES_PER_SECOND: Final = 10_000_000


class WorkerQueue:
    """`most` at once. Used on the event loop only."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: list[tuple[int, float, int, asyncio.Future[None]]] = []
        self._of: dict[str, int] = {}
        self._tickets = count()

    @asynccontextmanager
    async def turn(self, agency: str, priority: Priority, size: int) -> AsyncIterator[None]:
        """The block runs when it is this document's turn. `size` in bytes."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(agency, priority, size)
        try:
            yield
        finally:
            self._next()

    async def _wait(self, agency: str, priority: Priority, size: int) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        among = self._of[agency] = self._of.get(agency, 0) + 1
        due = loop.time() + among * size / _BYTES_PER_SECOND
        heapq.heappush(self._waiting, (-priority, due, next(self._tickets), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._next()  # it was given to a caller that went away
            raise
        finally:
            self._of[agency] -= 1
            if not self._of[agency]:
                del self._of[agency]

    def _next(self) -> None:
        """Hand the place on, or leave it free."""
        while self._waiting:
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
