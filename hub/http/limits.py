"""One caller's part of the shared resources: bytes in and out, room for bodies under way, connections of one address.

    Amounts     a mean with a burst, of anything that is counted (GCRA): bytes received, bytes sent
    Shares      how much one caller holds just now
    Crowd       how many submissions are under way at once, and whose; an agency below its share always finds room
    Addresses   connections by where they come from; an IPv6 address counts as its /64, which one host may have whole

A refusal is TooMany and says when to come again. An idle caller is forgotten.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from ipaddress import IPv6Address
from typing import Final

from hub.admission.submission import Caller
from hub.base.limit_settings import LimitSettings
from hub.core.errors import TooMany

_MANY: Final = 100_000
_REFUSED_SECONDS: Final = 10.0


def key_of(caller: Caller) -> str:
    """The key that a caller is counted under. An operator or auditor chooses its name: it must not be counted as an
    agency."""
    return f"{caller.role}:{caller.agency}"


def one_too_many(under_way: int, most: int, mine: int, callers: int) -> bool:
    """Whether a caller that has `mine` of the calls under way must wait: there are `most`, and it has an equal
    share."""
    return under_way >= most and mine >= max(1, most // max(1, callers))


def crowded(under_way: int, most: int) -> TooMany:
    """The refusal, with a time that grows with the crowd."""
    return TooMany(
        retry_after=1.0 + under_way / most, expected=f"at most {most} submissions under way", found=str(under_way)
    )


class Amounts:
    """`per_second` on average, `burst` at once, for each caller."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float], what: str) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._what = what
        self._free_at: dict[str, float] = {}
        self._sweep_at = _MANY

    def take(self, caller: str, amount: int) -> None:
        """Count `amount`. TooMany with the time to wait when that is above the mean and the burst; then nothing was
        counted."""
        now = self._clock()
        free_at = max(self._free_at.get(caller, now), now)
        slack = (self._burst - amount) / self._per_second
        if free_at - now > slack:
            raise TooMany(
                retry_after=free_at - now - slack,
                expected=f"at most {self._per_second:g} {self._what} per second",
                found="more",
            )
        self._free_at[caller] = free_at + amount / self._per_second
        if len(self._free_at) > self._sweep_at:
            self._free_at = {c: t for c, t in self._free_at.items() if t > now}
            self._sweep_at = max(_MANY, 2 * len(self._free_at))

    def give_back(self, caller: str, amount: int) -> None:
        """The part that was taken and not used."""
        if amount > 0 and caller in self._free_at:
            self._free_at[caller] -= amount / self._per_second

    def __len__(self) -> int:
        return len(self._free_at)


class Rates(Amounts):
    """A rate of requests for each caller: `per_second` on average, `burst` at once."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float]) -> None:
        super().__init__(per_second, burst, clock, "requests")

    def check(self, caller: str) -> None:
        """Count one request. TooMany with the time to wait when the caller is above its rate."""
        self.take(caller, 1)


class Shares:
    """Each caller's holdings, at most `most`."""

    def __init__(self, most: int, what: str) -> None:
        self.most = most
        self._what = what
        self._held: dict[str, int] = {}

    def add(self, caller: str, amount: int) -> None:
        """Held from now on, also where it is too much: TooMany says so, and the holder gives it back at its end."""
        held = self._held.get(caller, 0) + amount
        self._held[caller] = held
        if held > self.most:
            raise TooMany(expected=f"at most {self.most} {self._what} of one caller", found="more")

    def remove(self, caller: str, amount: int) -> None:
        left = self._held.get(caller, 0) - amount
        if left > 0:
            self._held[caller] = left
        else:
            self._held.pop(caller, None)

    def __len__(self) -> int:
        return len(self._held)


class SubmissionLimit:
    """At most `most` under way, and some more: an agency that has less than an equal share, or none, is let in all the
    same, so that no flood keeps it out. Urgent ones are counted by themselves.

    Of those that are let in, `abreast` of one agency are examined and recorded side by side, its others wait: one
    agency alone makes no batch long.

    A refusal costs a quarter of an acceptance. Callers that do not wait as they were told would keep the hub busy with
    saying no; so one is told whenever a submission ends, or after `_REFUSED_SECONDS`, and its connection waits that
    long."""

    def __init__(self, most: int, abreast: int) -> None:
        self._most = most
        self._abreast = abreast
        self._lines: tuple[dict[str, asyncio.Semaphore], dict[str, asyncio.Semaphore]] = ({}, {})
        self._under_way: tuple[dict[str, int], dict[str, int]] = ({}, {})
        self._counts = [0, 0]
        self._refused: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def joined(self, caller: str, *, urgent: bool) -> AsyncIterator[None]:
        """One submission, when it is this agency's next. TooMany at once, with a time that grows with the crowd."""
        mine, total = self._under_way[urgent], self._counts[urgent]
        if one_too_many(total, self._most, mine.get(caller, 0), len(mine)):
            raise crowded(total, self._most)
        self._counts[urgent] += 1
        mine[caller] = mine.get(caller, 0) + 1
        line = self._lines[urgent].setdefault(caller, asyncio.Semaphore(self._abreast))
        try:
            async with line:
                yield
        finally:
            self._counts[urgent] -= 1
            mine[caller] -= 1
            if not mine[caller]:
                del mine[caller], self._lines[urgent][caller]
            self._let_one_be_told()

    async def until_told(self) -> None:
        """Wait until a refusal may be answered; not at all while there is room."""
        if max(self._counts) < self._most:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._refused.append(future)
        with suppress(TimeoutError):
            async with asyncio.timeout(_REFUSED_SECONDS):
                await future

    def _let_one_be_told(self) -> None:
        while self._refused:
            future = self._refused.popleft()
            if not future.done():
                future.set_result(None)
                return

    def __len__(self) -> int:
        return sum(self._counts)


class BodyShare:
    """One body on its way in. `declared`: its size where that is known beforehand."""

    def __init__(self, quotas: Quotas, caller: str, declared: int | None) -> None:
        self._quotas = quotas
        self._caller = caller
        self._counts_as_it_comes = declared is None
        self._size = 0
        if caller and declared:
            quotas.received.take(caller, declared)

    def came(self, count: int) -> None:
        """So many bytes more. TooMany when that is more than the caller may send, or hold."""
        if not self._caller:
            return
        if self._counts_as_it_comes:
            self._quotas.received.take(self._caller, count)
        self._size += count
        self._quotas.bodies.add(self._caller, count)

    def end(self, declared: int | None) -> None:
        if self._caller:
            self._quotas.received.give_back(self._caller, (declared or 0) - self._size)
            self._quotas.bodies.remove(self._caller, self._size)


class Quotas:
    """Of one hub. Used on the event loop only."""

    def __init__(self, limits: LimitSettings, clock: Callable[[], float]) -> None:
        self.received = Amounts(limits.bytes_per_second, limits.bytes_burst, clock, "bytes received")
        self.sent = Amounts(limits.bytes_per_second, limits.bytes_burst, clock, "bytes sent")
        self.bodies = Shares(limits.bodies_per_caller, "bytes under way")
        self.submissions = SubmissionLimit(limits.submissions, limits.abreast)

    @contextmanager
    def body(self, caller: str, declared: int | None) -> Iterator[BodyShare]:
        """A body of this caller until the block ends; nobody's where `caller` is empty."""
        coming = BodyShare(self, caller, declared)
        try:
            yield coming
        finally:
            coming.end(declared)


class Addresses:
    """Connections by address, at most `most` of each."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: dict[str, int] = {}

    def enter(self, address: str) -> bool:
        """One more connection; False when there are `most`, and then none was counted. Those of no address, from within
        the machine, are not."""
        if not address:
            return True
        count = self._open.get(address, 0)
        if count >= self.most:
            return False
        self._open[address] = count + 1
        return True

    def leave(self, address: str) -> None:
        left = self._open.get(address, 0) - 1
        if left > 0:
            self._open[address] = left
        else:
            self._open.pop(address, None)

    def __len__(self) -> int:
        return len(self._open)


def address_of(peer: object) -> str:
    """The key that a connection counts under: the address of a socket's peer name, of IPv6 the first half; empty where
    there
    is none."""
    host = str(peer[0]) if isinstance(peer, tuple) and peer else ""
    with suppress(ValueError):
        address = IPv6Address(host.partition("%")[0])
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return host
