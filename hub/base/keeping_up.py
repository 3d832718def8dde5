"""Work that follows the record: at its own pace, and at once for a caller that waits.

A step that had something to do is followed by a pause thrice as long as the work was, so that it is never in anybody's
way; one that had nothing by a second. A crash loses the step under way, which is done again.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

_EVERY_SECONDS: Final = 1.0
_PAUSES: Final = 3.0
_LEAST_PAUSE: Final = 0.01


class KeepingUp(ABC):
    """`_turn` is held by the one step that runs. `name`: of its tasks."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._turn = asyncio.Lock()
        self._catching: asyncio.Task[None] | None = None

    @abstractmethod
    async def _round(self) -> float | None:
        """One step; the seconds that it took, None where it had nothing to do."""

    @abstractmethod
    async def _catch_up(self) -> None:
        """All steps that a waiting caller may wait for. It raises nothing that a step may meet."""

    @abstractmethod
    def _failed(self, error: Exception) -> None:
        """Log the error of a round, while it is handled; the next round tries again."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        working = asyncio.create_task(self._run(), name=self._name)
        try:
            yield
        finally:
            for task in filter(None, (working, self._catching)):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """No step runs until the block ends: for a measure of its cost."""
        async with self._turn:
            yield

    async def _waited_for(self, seconds: float) -> None:
        """Return once what `_catch_up` does is done, or that much time has passed; several callers share one."""
        if self._catching is None or self._catching.done():
            self._catching = asyncio.create_task(self._catch_up(), name=f"{self._name}-now")
        await asyncio.wait([self._catching], timeout=seconds)

    async def _run(self) -> None:
        while True:
            took = None
            try:
                took = await self._round()
            except Exception as error:
                self._failed(error)
            await asyncio.sleep(_EVERY_SECONDS if took is None else max(_LEAST_PAUSE, _PAUSES * took))
