"""Milliseconds of the processor are charged to the caller: every call of every route, of any outcome.

Calls are counted elsewhere; here they are weighed. Time is measured where it is spent: each step of a call's coroutine
on the event loop, and its work aside, in a thread. Waiting costs nothing. The time of a call is charged when it ends,
of long ones now and then; a payer that owes more than the burst is refused before anything is done for it, and told
when it will not be.

    a caller with a token or certificate    pays from its own purse
    everybody else                          from the purse of one address, and from one that all of them share: together
                                            they are one poor caller. Four such purses, so that a caller that asks how
                                            the hub feels, who needs a token, and who signs in to the console, is not
                                            shut out by readers of the log

Many calls may begin before the first has ended and was charged: so each pays `ADVANCE` when it begins, and gets back
the unused part. An assertion that was good is paid for by its agency: newcomers pay for bad ones only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar

from hub.base.limit_settings import LimitSettings
from hub.base.runtime import finished
from hub.core.errors import TooMany

T = TypeVar("T")
WATCHERS: Final = "watchers"
NEWCOMERS: Final = "newcomers"
STRANGERS: Final = "strangers"
VISITORS: Final = "visitors"
PURSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "/healthz": WATCHERS,
        "/readyz": WATCHERS,
        "/metrics": WATCHERS,
        "/v1/token": NEWCOMERS,
        "/console/login": VISITORS,
    }
)
"""From which purse a call without a token is paid, by the path of its route; all others are strangers'."""
ADVANCE: Final = 0.005
"""Seconds."""
SETTLED_ABOVE: Final = 0.05
"""Seconds of a call that goes on: more is charged at once."""
_MANY: Final = 100_000
_SHARE_OF_ONE: Final = 0.5
"""One address' part of the purse of those without a token."""


class Payer(NamedTuple):
    """`name` pays, and `together` too where it is not empty."""

    name: str
    together: str = ""


class Meter:
    """The time of one call since it was last charged, and its payer: a stranger, until the caller is known."""

    __slots__ = ("_advance", "_milliseconds", "payer", "seconds")

    def __init__(self, milliseconds: Milliseconds, payer: Payer) -> None:
        self.payer = payer
        self.seconds = 0.0
        self._advance = 0.0
        self._milliseconds = milliseconds

    def begin(self, payer: Payer) -> None:
        """This is the payer. TooMany with the time to wait, for a payer that owes too much."""
        self.payer = payer
        self._milliseconds.check(payer)
        self._advance = ADVANCE
        self._milliseconds.charge(payer, ADVANCE)

    def again(self) -> None:
        """One more of the many things that this call does. TooMany for a payer that owes too much by now."""
        self._milliseconds.charge(self.payer, self.seconds)
        self.seconds = 0.0
        self._milliseconds.check(self.payer)

    def settle(self) -> None:
        self._milliseconds.charge(self.payer, self.seconds - self._advance)
        self.seconds = self._advance = 0.0

    def ahead(self, seconds: float) -> None:
        """So much more is paid before it is done. TooMany for a payer that owes too much already."""
        self._milliseconds.check(self.payer)
        self._milliseconds.charge(self.payer, seconds)
        self._advance += seconds

    def leave_to(self, payer: Payer) -> None:
        """Somebody else pays for all of this call."""
        self._milliseconds.charge(self.payer, -self._advance)
        self._advance, self.payer = 0.0, payer


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


def leave_to(name: str) -> None:
    """This caller pays for the call that runs here, which began as a stranger's."""
    if (meter := _meter.get()) is not None:
        meter.leave_to(Payer(name))


def ahead(seconds: float) -> None:
    """The call that runs here pays for so much before it is done: it gets back the unused rest."""
    if (meter := _meter.get()) is not None:
        meter.ahead(seconds)


def spent(seconds: float) -> None:
    """The call that runs here had so much done elsewhere."""
    if (meter := _meter.get()) is not None:
        meter.seconds += seconds


def begin_again() -> None:
    """Before each of many things that one call does: TooMany as if it were a call of its own."""
    if (meter := _meter.get()) is not None:
        meter.again()


class _Purse:
    """Debts that melt by `per_second` milliseconds each second, each at most `burst` when a call begins."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._free_at: dict[str, float] = {}
        self._sweep_at = _MANY

    def check(self, name: str, now: float) -> None:
        wait = self._free_at.get(name, now) - now - self._burst / self._per_second
        if wait > 0:
            expected = f"at most {self._per_second:g} ms of the processor per second"
            raise TooMany(retry_after=wait, expected=expected, found="more")

    def charge(self, name: str, milliseconds: float, now: float) -> None:
        """Less than nothing: given back."""
        self._free_at[name] = max(self._free_at.get(name, now), now) + milliseconds / self._per_second
        if len(self._free_at) > self._sweep_at:
            self._free_at = {n: t for n, t in self._free_at.items() if t > now}
            self._sweep_at = max(_MANY, 2 * len(self._free_at))


class Milliseconds:
    """Of one process. Used on its event loop only."""

    def __init__(self, limits: LimitSettings, clock: Callable[[], float] = time.monotonic) -> None:
        poor, burst = limits.stranger_ms_per_second, limits.stranger_ms_burst
        self._callers = _Purse(limits.caller_ms_per_second, limits.caller_ms_burst)
        self._together = _Purse(poor, burst)
        self._addresses = _Purse(poor * _SHARE_OF_ONE, burst * _SHARE_OF_ONE)
        self._clock = clock
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="aside")

    @staticmethod
    def stranger(path: str, address: str) -> Payer:
        """The payer of a call without a token to the route of this path."""
        purse = PURSES.get(path, STRANGERS)
        return Payer(f"{purse}:{address}", purse)

    def check(self, payer: Payer) -> None:
        """TooMany with the time to wait, for a payer that owes too much."""
        now = self._clock()
        if payer.together:
            self._together.check(payer.together, now)
            self._addresses.check(payer.name, now)
        else:
            self._callers.check(payer.name, now)

    def charge(self, payer: Payer, seconds: float) -> None:
        now, milliseconds = self._clock(), seconds * 1000
        if payer.together:
            self._together.charge(payer.together, milliseconds, now)
            self._addresses.charge(payer.name, milliseconds, now)
        else:
            self._callers.charge(payer.name, milliseconds, now)

    async def aside(self, work: Callable[..., T], *args: object) -> T:
        """Work of more than a few milliseconds, off the event loop, one after another, and on the call's bill."""
        return await apart(work, *args, threads=self._aside)


async def apart(work: Callable[..., T], *args: object, threads: ThreadPoolExecutor | None = None) -> T:
    """Work in one of `threads` (None: the loop's own), on the bill of the call that runs here."""
    meter = _meter.get()
    took: list[float] = []

    def timed() -> T:
        began = time.thread_time()
        try:
            return work(*args)
        finally:
            took.append(time.thread_time() - began)

    try:
        return await finished(threads, timed)
    finally:
        if meter is not None:
            meter.seconds += sum(took)


def begin(meter: Meter) -> None:
    """Work done aside from here on, in this task, is on this meter's bill."""
    _meter.set(meter)


def current() -> Meter | None:
    """The meter of the call that runs here."""
    return _meter.get()
