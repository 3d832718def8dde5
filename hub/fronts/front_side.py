"""The front's side of the channel: the part of an `Exchange` that only the hub's process has.

`HubProxy` is a sequencer and mailboxes to the exchange of a front: it asks the hub and waits for its answer. The
promise is the hub's and is not weakened: its answer is durable. When the channel ends, all that wait are told to try
again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

import msgspec

from hub.core.error_records import error_of
from hub.core.errors import Unavailable
from hub.core.model import DeliveryState
from hub.core.timekeeping import Doubt
from hub.delivery.leases import Leases
from hub.delivery.mailboxes import Leased
from hub.delivery.notices import Notices
from hub.fronts import frames
from hub.record.acts.delivery import Acknowledge, Acknowledged
from hub.record.sequencer import Act, Sealed
from hub.store import DeliveryRow

T = TypeVar("T")


class Send(Protocol):
    def __call__(self, frame: frames.FromFront, *, urgent: bool = False) -> None: ...


class HubProxy:
    """Asks over `send`; `answered` takes the replies."""

    halted = ""
    batches = 0
    doubt: Doubt | None = None
    """The hub's, as it tells it."""

    def __init__(self, send: Send) -> None:
        self.notices, self.leases = Notices(), Leases()  # nothing is told or leased here
        self._send = send
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._last = 0
        self._lost = False

    @property
    def waiting(self) -> int:
        return len(self._asked)

    async def submit(self, act: Act[T], lane: int = 0, *, receipts: bool = True) -> Sealed[T]:
        """As `Sequencer.submit`, with the receipts always."""
        assert isinstance(act, frames.FrontAct)
        frame = await self._ask(lambda number: frames.Record(number, lane, act), urgent=lane > 0)
        return frames.sealed(frame)

    async def fetch(
        self, agency: str, limit: int, wait: float, content_bytes: int = 0, inherited: tuple[str, ...] = ()
    ) -> list[Leased]:
        question = partial(frames.Fetch, agency=agency, limit=limit, wait=wait)
        frame: frames.Fetched = await self._ask(
            lambda number: question(number, content_bytes=content_bytes, inherited=inherited)
        )
        return frame.leased

    def give_back(self, leased: Sequence[Leased]) -> None:
        bare = [
            msgspec.structs.replace(item, entry=msgspec.structs.replace(item.entry, content=None)) for item in leased
        ]
        self._send(frames.GiveBack(bare))

    def release(self, act: Acknowledge, done: Sequence[Acknowledged]) -> None:
        """The hub did it, before it answered."""

    @asynccontextmanager
    async def hold(self, row: DeliveryRow) -> AsyncIterator[DeliveryState]:
        """As `Mailboxes.hold`; the hub's process holds it until this block ends, or this front."""
        frame: frames.Held = await self._ask(lambda number: frames.Hold(number, row))
        try:
            yield frame.state
        finally:
            self._send(frames.GiveUp(frame.id))

    async def _ask(self, question: Callable[[int], frames.FromFront], *, urgent: bool = False) -> Any:
        if self._lost:
            raise _gone()
        self._last += 1
        number = self._last
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked[number] = future
        self._send(question(number), urgent=urgent)
        try:
            return await future
        except asyncio.CancelledError:
            self._send(frames.GiveUp(number))
            raise
        finally:
            self._asked.pop(number, None)
            del future  # else an error would keep itself until the collector comes by

    def answered(self, frame: frames.Entered | frames.Fetched | frames.Held | frames.Failed) -> None:
        future = self._asked.get(frame.id)
        if future is None or future.done():  # the caller has gone
            return
        if isinstance(frame, frames.Failed):
            future.set_exception(error_of(frame.error))
        else:
            future.set_result(frame)

    def lose(self) -> None:
        """The hub is gone: nobody waits for ever."""
        self._lost = True
        for future in self._asked.values():
            if not future.done():
                future.set_exception(_gone())


def _gone() -> Unavailable:
    return Unavailable(found="the hub is shutting down")
