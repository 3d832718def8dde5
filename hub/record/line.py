"""Acts that become ready in any order and are recorded in a given one: those of one batch of one caller.

An update follows its original, a status the one before it. So each has its place; its submissions wait until all that
stand before it were submitted, or have ended otherwise. Lanes overtake each other in the queue: an act of another lane
waits until those of the same line that are under way are durable. Acts of one lane stand side by side and share a
transaction.

A crash here loses nothing: unanswered items are sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from hub.core.errors import RefusalsSpent, TryLater
from hub.core.timekeeping import Doubt
from hub.record.sequencer import Act, Recorder, Sealed

T = TypeVar("T")


class Line:
    """Used on one event loop. `broken`: why one in the line is to be sent again: none after it is recorded before."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.broken: TryLater | None = None
        self._places = 0
        self._next = 0
        self._passed: set[int] = set()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._lane = 0
        self._under_way = 0
        self._none_under_way = asyncio.Event()

    @contextmanager
    def place(self) -> Iterator[Recorder]:
        """The next place, until the block ends: a recorder for the item there."""
        number = self._places
        self._places += 1
        try:
            yield _Place(self, number)
        except RefusalsSpent:  # of this one alone: valid items go on
            raise
        except TryLater as error:
            self.broken = self.broken or error
            raise
        finally:
            self.pass_on(number)

    async def reach(self, number: int, lane: int) -> None:
        """Return when it is this place's turn in this lane. TryLater where the line broke before it."""
        if number != self._next:
            future = self._waiting[number] = asyncio.get_running_loop().create_future()
            try:
                await future
            finally:
                self._waiting.pop(number, None)
        if lane != self._lane and self._under_way:
            await self._none_under_way.wait()
        self._lane = lane
        if self.broken is not None:
            raise self.broken

    def pass_on(self, number: int) -> None:
        """Nobody waits for this place any more."""
        if number >= self._next:
            self._passed.add(number)
        while self._next in self._passed:
            self._passed.discard(self._next)
            self._next += 1
        if (future := self._waiting.get(self._next)) is not None and not future.done():
            future.set_result(None)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        self._under_way += 1
        self._none_under_way.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._none_under_way.set()


class _Place:
    """A recorder that submits the first act when its turn has come, and any further at once."""

    def __init__(self, line: Line, number: int) -> None:
        self._line = line
        self._number = number
        self._submitted = False

    @property
    def waiting(self) -> int:
        return self._line.recorder.waiting

    @property
    def batches(self) -> int:
        return self._line.recorder.batches

    @property
    def halted(self) -> str:
        return self._line.recorder.halted

    @property
    def doubt(self) -> Doubt | None:
        return self._line.recorder.doubt

    async def submit(self, act: Act[T], lane: int = 0, *, receipts: bool = True) -> Sealed[T]:
        if not self._submitted:
            await self._line.reach(self._number, lane)
            self._submitted = True
            # An item woken by this runs after the act below stands in the queue, or after its refusal was told.
            self._line.pass_on(self._number)
        with self._line.under_way():
            return await self._line.recorder.submit(act, lane, receipts=receipts)
