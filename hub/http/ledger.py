"""The ledger of answers: every byte of an answer that this process holds for a reader, and for whom.

The rules:
1. An answer is entered with its whole size before its first byte goes out, and stands until its last byte has left for
   the kernel. Of one that is sent piece by piece (a stream, a file) the part that the kernel did not take is entered;
   of one that a front passes on, the length that the hub told.
2. A caller, or an address without one, holds `answers_per_caller`; all together hold `answers_in_memory`, those without
   a token half of it. One answer always finds room where its holder holds nothing else, however large it is, as long as
   there is room in all.
3. An answer that finds no room is refused before anything of it was sent: LIMIT_TOO_MANY to a holder that has its
   share, HUB_OVERLOADED where all are too many. An answer that has begun cannot be refused: its connection is ended.

So memory for answers is bounded for readers of any kind, and a caller that reads finds room. `hub.http.listener` enters
and strikes out; no route can answer past it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hub.base.limit_settings import LimitSettings
from hub.core.errors import Overloaded, TooMany, TryLater

_RETRY_SECONDS: Final = 2.0


class Ledger:
    """Of one process. Used on its event loop only. `count` hears the fate of those that found no room: `refused` or
    `cut`."""

    def __init__(self, limits: LimitSettings, count: Callable[[str], None] = lambda outcome: None) -> None:
        self._most = limits.answers_in_memory
        self._each = limits.answers_per_caller
        self._of: dict[str, int] = {}
        self._strangers = 0
        self.held = 0
        self.count = count

    def refusal(self, whose: str, amount: int, *, stranger: bool) -> TryLater | None:
        """Why `amount` more has no room; None where it has. Nobody's (`whose` empty) counts in all alone."""
        mine = self._of.get(whose, 0)
        if mine and mine + amount > self._each:
            return TooMany(
                retry_after=_RETRY_SECONDS,
                expected=f"at most {self._each} bytes of answers that were not read yet",
                found=str(mine + amount),
            )
        if self.held + amount > self._most or (stranger and self._strangers + amount > self._most // 2):
            found = f"{self.held + amount} bytes"
            return Overloaded(retry_after=_RETRY_SECONDS, expected="fewer answers under way at once", found=found)
        return None

    def enter(self, whose: str, amount: int, *, stranger: bool) -> None:
        """Hold so much more, or so much less, for this holder."""
        self.held += amount
        if stranger:
            self._strangers += amount
        if whose:
            left = self._of.get(whose, 0) + amount
            if left > 0:
                self._of[whose] = left
            else:
                self._of.pop(whose, None)

    def __len__(self) -> int:
        return len(self._of)


class Tab:
    """The entries of one connection: under the caller that they were entered for first, until all is struck out."""

    __slots__ = ("_ledger", "_stranger", "_whose", "amount")

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._whose = ""
        self._stranger = True
        self.amount = 0

    def room(self, whose: str, *, known: bool) -> None:
        """TryLater where this holder has its share already: before anything is begun for it."""
        refused = self._ledger.refusal(whose, 1, stranger=not known)
        if refused is not None:
            self._ledger.count("refused")
            raise refused

    def hold(self, amount: int, whose: str, *, known: bool) -> None:
        """At least `amount` from now on. TryLater where there is no room; then nothing was entered."""
        more = amount - self.amount
        if more <= 0:
            return
        if not self.amount:
            self._whose, self._stranger = whose, not known
        refused = self._ledger.refusal(self._whose, more, stranger=self._stranger)
        if refused is not None:
            raise refused
        self._ledger.enter(self._whose, more, stranger=self._stranger)
        self.amount = amount

    def keep(self, amount: int) -> None:
        """At most `amount` from now on."""
        if amount < self.amount:
            self._ledger.enter(self._whose, amount - self.amount, stranger=self._stranger)
            self.amount = amount

    def refused(self) -> None:
        self._ledger.count("refused")

    def cut(self) -> None:
        self._ledger.count("cut")
