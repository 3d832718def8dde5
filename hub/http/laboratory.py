"""In a sandbox alone: the last calls with their answers, and mishaps made to order. A real hub has none of it.

    ring     the last calls of the interface, bounded; nothing of what they carried
    mishaps  each call waits, or every n-th is answered 503, until a time that is never far

A place where people try their own program: does it wait, does it send again, does it say what happened?
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from aiohttp import web

from hub.admission.submission import Caller
from hub.core.errors import Unavailable
from hub.core.model import Millis
from hub.http import peer

MOST_CALLS: Final = 500
MOST_DELAY_MS: Final = 10_000
MINUTES: Final = 15
"""A mishap ends by itself."""
_CALLER: Final = web.RequestKey("truc-caller", Caller)
_SHOWN: Final = 200


class Seen(NamedTuple):
    """One call: whose, from where, what was asked and what was answered."""

    at: Millis
    caller: str
    address: str
    method: str
    path: str
    status: int
    ms: float


class Mishaps(NamedTuple):
    """`delay_ms`: before each call is dealt with; `every`: of so many calls one is answered 503, 0 = none. `until`: by
    the monotonic clock."""

    delay_ms: int = 0
    every: int = 0
    until: float = 0.0


class Laboratory:
    """Used on the event loop only."""

    def __init__(self, clock: Callable[[], Millis], now: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._now = now
        self._calls: deque[Seen] = deque(maxlen=MOST_CALLS)
        self._mishaps = Mishaps()
        self._count = 0

    @property
    def mishaps(self) -> Mishaps:
        """Those of now; none once their time is over."""
        return self._mishaps if self._now() < self._mishaps.until else Mishaps()

    def order(self, delay_ms: int, every: int) -> None:
        """From now on, for a quarter of an hour; 0 and 0 end it."""
        self._mishaps = Mishaps(min(max(0, delay_ms), MOST_DELAY_MS), max(0, every), self._now() + 60 * MINUTES)
        self._count = 0

    async def before(self, request: web.Request, caller: Caller) -> None:
        """What befalls a call of the interface. Unavailable where it is its turn."""
        if not request.path.startswith("/v1/"):
            return
        request[_CALLER] = caller
        mishaps = self.mishaps
        if mishaps.delay_ms:
            await asyncio.sleep(mishaps.delay_ms / 1000)
        if mishaps.every:
            self._count += 1
            if self._count % mishaps.every == 0:
                raise Unavailable(retry_after=1.0, expected="a hub without mishaps", found="one made to order")

    def saw(self, request: web.Request, status: int, seconds: float) -> None:
        if request.path.startswith("/v1/"):
            caller = request.get(_CALLER)
            name = caller.agency if caller is not None else ""
            path = request.path[:_SHOWN]
            address = peer.address(request)
            self.keep(Seen(self._clock(), name, address, request.method, path, status, seconds * 1000))

    def keep(self, seen: Seen) -> None:
        self._calls.append(seen)

    def calls(self, agency: str = "") -> Iterator[Seen]:
        """Newest first; of one agency where it is named."""
        return (seen for seen in reversed(self._calls) if agency in ("", seen.caller))
