"""Numbers that can be guessed: how many of them one caller, and all strangers together, may ask after.

A result's number counts a unit's dossiers of a day, so the numbers of a whole province could be walked. A question by
a number alone is counted before anything is looked up, whether there is one of that number or not. One that shows a
digest or a tag as well is counted where these turn out to be wrong. So whoever holds the file or the paper with its QR
never waits, and an office behind one address looks up by number what a day brings to its counters.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hub.core.errors import TooMany
from hub.http.limits import Amounts
from hub.http.milliseconds import Payer, current

_TOGETHER: Final = 40
"""Strangers from many addresses together have so many times the part of one."""
_BURST: Final = 1 / 3
"""The part of an hour's questions that may come at once."""
_WHAT: Final = "numbers"


class Guesses:
    """Of one process. Used on its event loop only. The payer of a call is the one that its milliseconds are charged
    to: a caller by its name, a stranger by its address."""

    def __init__(self, an_hour: int, clock: Callable[[], float]) -> None:
        self._an_hour = an_hour
        self._each = self._amounts(an_hour, clock)
        self._together = self._amounts(an_hour * _TOGETHER, clock)

    @staticmethod
    def _amounts(an_hour: int, clock: Callable[[], float]) -> Amounts:
        return Amounts(an_hour / 3600, max(1.0, an_hour * _BURST), clock, _WHAT)

    def count(self) -> None:
        """One question of the call that runs here. TooMany with the time to wait."""
        meter = current()
        payer = meter.payer if meter is not None else Payer("")
        try:
            self._each.take(payer.name, 1)
            self._take_together(payer)
        except TooMany as error:
            expected = f"at most {self._an_hour} numbers of results in an hour; a file or a QR is not counted"
            raise TooMany(retry_after=error.retry_after, expected=expected, found="more") from None

    def _take_together(self, payer: Payer) -> None:
        if not payer.together:
            return
        try:
            self._together.take(payer.together, 1)
        except TooMany:
            self._each.give_back(payer.name, 1)
            raise
