"""How often somebody may be wrong: by address, and by name, without locking out honest people.

    a browser that is known   by its mark alone (`hub.accounts.marks`; OWASP calls these device cookies): no guess of
                              anybody else counts against it
    an account at home        by name and address together, where it signed in from this very address before
    any other                 by its address, and by the name: strangers everywhere together
    a person signed in        by the session alone: its password or code is asked for once more

So a guesser at a name from elsewhere, or at any names from behind an address that many share, uses up the attempts that
strangers have; its owner comes in by the browser it used before, and by a fresh one from where it works. Left is this:
a guesser at this very name from this very address keeps fresh browsers out, for as long as that goes on. Nothing is for
ever: counts melt away with time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hub.accounts.marks import Marks
from hub.core.errors import TooMany

_MINUTES: Final = 15.0
_WRONG: Final = 10
"""Wrong attempts at one name in so many minutes, of strangers together, of each browser that is known, and from each
address where the account is at home."""
_BY_ADDRESS: Final = 30
_MANY: Final = 10_000


class _Attempts:
    """`most` at once, and as many in a quarter of an hour, for each name."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._every = _MINUTES * 60 / most
        self._most = most
        self._clock = clock
        self._free_at: dict[str, float] = {}
        self._sweep_at = _MANY

    def take(self, whose: str) -> None:
        now = self._clock()
        free_at = max(self._free_at.get(whose, now), now)
        wait = free_at - now - (self._most - 1) * self._every
        if wait > 0:
            expected = f"at most {self._most} attempts in {_MINUTES:g} minutes"
            raise TooMany(retry_after=wait, expected=expected, found="more")
        self._free_at[whose] = free_at + self._every
        if len(self._free_at) > self._sweep_at:
            self._free_at = {w: t for w, t in self._free_at.items() if t > now}
            self._sweep_at = max(_MANY, 2 * len(self._free_at))

    def give_back(self, whose: str) -> None:
        if whose in self._free_at:
            self._free_at[whose] -= self._every


class Attempt:
    """One attempt that is under way, and its counters."""

    __slots__ = ("_counted",)

    def __init__(self, *counted: tuple[_Attempts, str]) -> None:
        self._counted = counted

    def good(self) -> None:
        """It was right: not counted."""
        for attempts, whose in self._counted:
            attempts.give_back(whose)


class Throttle:
    """`clock`: seconds that nobody sets. Used on the event loop only."""

    def __init__(self, marks: Marks, clock: Callable[[], float]) -> None:
        self._marks = marks
        self._names = _Attempts(_WRONG, clock)
        self._addresses = _Attempts(_BY_ADDRESS, clock)

    def begin(self, name: str, address: str, mark: str, *, home: bool = False) -> Attempt:
        """One attempt. TooMany with the time to wait. `home`: this account signed in from this address before."""
        if self._marks.known(name, mark):
            return self._one(f"{name} {mark}")
        return self._one(f"{name} at {address}") if home else self._of_a_stranger(name, address)

    def inside(self, session: str) -> Attempt:
        """One attempt of a person that is signed in already. TooMany."""
        return self._one(session)

    def _of_a_stranger(self, name: str, address: str) -> Attempt:
        self._addresses.take(address)
        try:
            self._names.take(name)
        except TooMany:
            self._addresses.give_back(address)
            raise
        return Attempt((self._addresses, address), (self._names, name))

    def _one(self, whose: str) -> Attempt:
        self._names.take(whose)
        return Attempt((self._names, whose))
