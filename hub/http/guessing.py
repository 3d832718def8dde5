"""Numbers that can be guessed: how many of them one caller, and all strangers together, may ask after.

A result's number counts a unit's dossiers of a day, so the numbers of a whole province could be walked. A question by
a number alone is counted before anything is looked up, whether there is one of that number or not. One that shows a
digest or a tag as well is counted where these turn out to be wrong. So whoever holds the file or the paper with its QR
never waits, and an office behind one address looks up by number what a day brings to its counters.

A stranger's first few questions of an hour are of its own: however many others ask, it is answered. Only those beyond
them come out of the part that all strangers share.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from ipaddress import IPv6Address
from typing import Final

from hub.core.errors import TooMany
from hub.http.limits import Amounts
from hub.http.milliseconds import Payer, current

_TOGETHER: Final = 40
"""Strangers from many addresses together have so many times the part of one."""
_BURST: Final = 1 / 3
"""The part of an hour's questions that may come at once."""
_FIRST: Final = 1 / 60
"""The part of one caller's questions that a stranger's own first ones are: 5 of 300."""
MOST_ADDRESSES: Final = 16_384
"""Of each family whose first questions are kept apart. Strangers beyond them have the shared part alone."""
_SWEEP_SECONDS: Final = 10.0
_NETWORK_BITS: Final = 56
"""Of IPv6, that count as one stranger's address here: a line at home or in an office has a network of that size."""
_LATER: Final = 60.0
_WHAT: Final = "numbers"


class _First(Amounts):
    """First questions of at most MOST_ADDRESSES strangers at a time."""

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float]) -> None:
        super().__init__(per_second, burst, clock, _WHAT)
        self._full_until = clock()

    def take(self, caller: str, amount: int) -> None:
        if caller not in self._free_at and len(self) >= MOST_ADDRESSES and not self._room():
            raise TooMany(retry_after=_LATER, expected=_WHAT, found="more")
        super().take(caller, amount)

    def _room(self) -> bool:
        """Those whose hour is over are forgotten; looked for now and then, for that passes over all of them."""
        now = self._clock()
        if now >= self._full_until:
            self._free_at = {c: t for c, t in self._free_at.items() if t > now}
            self._full_until = now + _SWEEP_SECONDS
        return len(self) < MOST_ADDRESSES


class Guesses:
    """Of one process. Used on its event loop only. The payer of a call is the one that its milliseconds are charged
    to: a caller by its name, a stranger by its address."""

    def __init__(self, an_hour: int, clock: Callable[[], float]) -> None:
        self._an_hour = an_hour
        self._each = self._amounts(an_hour, clock)
        self._together = self._amounts(an_hour * _TOGETHER, clock)
        first = max(1.0, an_hour * _FIRST)
        self._first = {six: _First(first / 3600, first, clock) for six in (False, True)}

    @staticmethod
    def _amounts(an_hour: int, clock: Callable[[], float]) -> Amounts:
        return Amounts(an_hour / 3600, max(1.0, an_hour * _BURST), clock, _WHAT)

    def count(self) -> None:
        """One question of the call that runs here. TooMany with the time to wait."""
        meter = current()
        payer = meter.payer if meter is not None else Payer("")
        try:
            self._each.take(payer.name, 1)
        except TooMany as error:
            expected = f"at most {self._an_hour} numbers of results in an hour; a file or a QR is not counted"
            raise TooMany(retry_after=error.retry_after, expected=expected, found="more") from None
        if payer.together:
            self._take_as_stranger(payer)

    def _take_as_stranger(self, payer: Payer) -> None:
        """The time to wait is that until the next one of its own: of the shared part others may be quicker."""
        name, six = _network(payer.name)
        try:
            self._first[six].take(name, 1)
        except TooMany as own:
            try:
                self._together.take(payer.together, 1)
            except TooMany:
                self._each.give_back(payer.name, 1)
                most = self._an_hour * _TOGETHER
                expected = (
                    f"at most {most} numbers of results in an hour of all strangers; a file or a QR is not counted"
                )
                raise TooMany(retry_after=own.retry_after, expected=expected, found="more") from None


def _network(name: str) -> tuple[str, bool]:
    """A stranger's name with an address of IPv6 as its network, and whether it is one."""
    purse, _, address = name.partition(":")
    with suppress(ValueError):
        host = int(IPv6Address(address.partition("/")[0]))
        return f"{purse}:{host >> 128 - _NETWORK_BITS:x}", True
    return name, False
