"""Whose turn it is to be examined: the urgent before the rest, and within a lane one agency after another.

Examining a message (parse, hold against the rules, verify) takes the event loop for a fraction of a millisecond. When
many wait, first come first served would let an urgent one stand behind every bulk document that arrived before it, and
a flooding agency push all others back. So each waits for its turn:

    a few at a time; between two rounds the loop looks at the network, so that a message that arrives meanwhile may go
    first
    lanes by the priority that the bytes claim, highest first
    within a lane the agencies in rotation, each agency's own messages in their order

The claimed priority is not believed for anything but this; the record goes by the verified one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.admission.rotation import Rotation
from hub.core.model import Priority


class Turns:
    """Used on the event loop only. A lone caller waits for nobody. `at_once`: turns that may be taken side by side, in
    one round of the loop or by as many threads."""

    def __init__(self, at_once: int = 1) -> None:
        self._lanes: tuple[Rotation[asyncio.Future[None]], ...] = tuple(Rotation() for _ in Priority)
        self._free = at_once

    @asynccontextmanager
    async def turn(self, agency: str, priority: Priority) -> AsyncIterator[None]:
        """The block runs when it is this message's turn. Keep it short, and do not wait in it but for a thread."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(self._lanes[priority], agency)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, lane: Rotation[asyncio.Future[None]], agency: str) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        lane.push(agency, future)
        try:
            await future
        except asyncio.CancelledError:
            if not future.cancelled():  # its turn had come, and nobody else would pass it on
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        if not self._grant():
            # Not free before the loop has gone round: everything else that is ready in this round waits its turn too.
            asyncio.get_running_loop().call_soon(self._rest)

    def _rest(self) -> None:
        if not self._grant():
            self._free += 1

    def _grant(self) -> bool:
        for lane in reversed(self._lanes):
            while lane:
                future = lane.pop()
                if not future.done():
                    future.set_result(None)
                    return True
        return False
