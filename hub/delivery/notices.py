"""Tell listeners that something of theirs changed: long polls and event streams wait here.

Nothing is promised by a notice: it is sent after the transaction is durable, may be lost with the process, and only
says where to look. The mailbox and the evidence are the record.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hub.core.evidence.happenings import ARRIVAL, Happening

_AT_ONCE: Final = 64
_PAUSE: Final = 0.001
"""A circular wakes 11,000 long polls, and each asks the store: so many at a time, and others come between."""


class Subscription:
    """A bounded queue of happenings for some agencies; when it overflows, the oldest go and `missed` says so. `only`:
    happenings of this kind alone, or of all when empty."""

    def __init__(self, most: int, only: str = "") -> None:
        self._queue: list[Happening] = []
        self._most = most
        self._only = only
        self._wake: asyncio.Future[None] | None = None
        self.missed = False
        self.closed = False

    def put(self, happening: Happening) -> None:
        if self._only and happening.what != self._only:
            return
        if len(self._queue) >= self._most:
            self._queue.pop(0)
            self.missed = True
        self._queue.append(happening)
        self.wake()

    def wake(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def close(self) -> None:
        self.closed = True
        self.wake()

    def drain(self) -> list[Happening]:
        taken, self._queue = self._queue, []
        return taken

    async def wait(self, seconds: float) -> bool:
        """True when something happened (or the hub is closing) within `seconds`."""
        if self._queue or self.closed:
            return True
        self._wake = asyncio.get_running_loop().create_future()
        handle = asyncio.get_running_loop().call_later(seconds, self._give_up, self._wake)
        try:
            await self._wake
        finally:
            handle.cancel()
            self._wake = None
        return bool(self._queue) or self.closed

    @staticmethod
    def _give_up(future: asyncio.Future[None]) -> None:
        if not future.done():
            future.set_result(None)


class Notices:
    """Subscriptions by agency. Used on the event loop only."""

    def __init__(self) -> None:
        self._by_agency: dict[str, set[Subscription]] = {}
        self._all: set[Subscription] = set()
        self._arrivals: dict[str, int] = {}
        self._unknown = 0
        self._due: deque[tuple[Subscription, Happening]] = deque()
        self._telling = False
        self.closing = False
        self.leaving = False
        """The hub was told to stop: a caller that asks for its readiness hears so, everything else goes on."""

    @contextmanager
    def subscribed(self, agencies: list[str], most: int = 256, only: str = "") -> Iterator[Subscription]:
        subscription = Subscription(most, only)
        subscription.closed = self.closing
        self._all.add(subscription)
        for agency in agencies:
            self._by_agency.setdefault(agency, set()).add(subscription)
        try:
            yield subscription
        finally:
            self._all.discard(subscription)
            for agency in agencies:
                listeners = self._by_agency[agency]
                listeners.discard(subscription)
                if not listeners:
                    del self._by_agency[agency]

    def publish(self, happenings: list[Happening]) -> None:
        """Tell the listeners, in the order of events; many listeners some at a time."""
        for happening in happenings:
            if happening.what == ARRIVAL:
                self._arrivals[happening.agency] = self._arrivals.get(happening.agency, 0) + 1
            for subscription in self._by_agency.get(happening.agency, ()):
                self._due.append((subscription, happening))
        if not self._telling:
            self._tell()

    def _tell(self) -> None:
        for _ in range(min(_AT_ONCE, len(self._due))):
            subscription, happening = self._due.popleft()
            subscription.put(happening)
        self._telling = bool(self._due)
        if self._telling:
            asyncio.get_running_loop().call_later(_PAUSE, self._tell)

    def arrivals(self, agency: str) -> int:
        """How often something was placed in this mailbox since the process began: while it does not grow, nothing was
        that has not been told."""
        return self._arrivals.get(agency, 0) + self._unknown

    def wake(self, agency: str) -> None:
        """Let all that wait for this agency look again, though nothing happened."""
        for subscription in self._by_agency.get(agency, ()):
            subscription.wake()

    def unknown(self) -> None:
        """A batch may have become durable of which nothing is told: any mailbox may have grown."""
        self._unknown += 1
        for subscription in self._all:
            subscription.wake()

    def listeners(self, agency: str) -> int:
        """Long polls and streams that wait for this agency just now."""
        return len(self._by_agency.get(agency, ()))

    def close(self) -> None:
        """End every wait: the hub is going down, and a long poll must not hold it."""
        self.closing = True
        for subscription in self._all:
            subscription.close()

    def __len__(self) -> int:
        return len(self._all)
