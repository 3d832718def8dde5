"""How often somebody may be wrong: by address, and by name, without locking out who is honest.

A browser that once signed in keeps a mark that only this hub can make. Attempts with it are counted by that mark; all
attempts without one are counted by the name. So who guesses at a name from anywhere uses up what strangers may try, and
its owner, whose browser is known, comes in all the same (OWASP calls these device cookies). Nothing is for ever: what
was counted melts away with time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from hub.core.errors import TooMany

_MINUTES: Final = 15.0
_WRONG: Final = 10
"""Wrong attempts at one name in so many minutes, of strangers together and of each browser that is known."""
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


class Throttle:
    """`clock`: seconds that nobody sets. Used on the event loop only."""

    def __init__(self, key: bytes, clock: Callable[[], float]) -> None:
        self._key = key
        self._names = _Attempts(_WRONG, clock)
        self._addresses = _Attempts(_BY_ADDRESS, clock)

    def begin(self, name: str, address: str, mark: str) -> None:
        """One attempt. TooMany with the time to wait. Many share an address, behind a proxy all do: a browser that is
        known is not kept out by what others there used up."""
        if self.known(name, mark):
            self._names.take(self._whose(name, mark))
            return
        self._addresses.take(address)
        try:
            self._names.take(name)
        except Exception:
            self._addresses.give_back(address)
            raise

    def good(self, name: str, address: str, mark: str) -> None:
        """It was right: not counted."""
        if not self.known(name, mark):
            self._addresses.give_back(address)
        self._names.give_back(self._whose(name, mark))

    def mark(self, name: str, nonce: str) -> str:
        """What the browser keeps of a name that signed in on it."""
        return f"{name}~{nonce}~{self._mac(name, nonce)}"

    def owner(self, mark: str) -> str:
        """Whose browser it is; empty where nobody made this mark."""
        name, _, rest = mark.partition("~")
        nonce, _, mac = rest.partition("~")
        good = hmac.compare_digest(self._mac(name, nonce).encode(), mac.encode("utf-8", "replace"))
        return name if nonce and good else ""

    def known(self, name: str, mark: str) -> bool:
        return bool(mark) and self.owner(mark) == name

    def _whose(self, name: str, mark: str) -> str:
        return f"{name} {mark}" if self.known(name, mark) else name

    def _mac(self, name: str, nonce: str) -> str:
        said = f"browser\n{name}\n{nonce}".encode("utf-8", "replace")
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()[:32]
