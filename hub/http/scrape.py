"""The figures for Prometheus as text, made at most once a second, and off the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from hub.base.metrics import Metrics
from hub.http.milliseconds import Milliseconds

SECONDS: Final = 1.0


class Scrape:
    """`clock` is one that nobody sets."""

    def __init__(self, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._one = asyncio.Lock()
        self._made_at = 0.0
        self._text: bytes | None = None

    async def text(self, milliseconds: Milliseconds, measure: Callable[[], Awaitable[None]]) -> bytes:
        """A caller that asks while it is made waits for it. `measure` takes the figures that nobody keeps up to
        date."""
        async with self._one:
            if self._text is None or self._clock() - self._made_at >= SECONDS:
                await measure()
                self._text = await milliseconds.aside(self._metrics.render)
                self._made_at = self._clock()
            return self._text
