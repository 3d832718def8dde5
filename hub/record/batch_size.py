"""How many acts the next batch takes.

A batch costs something once (BEGIN, the checkpoint's signature, the commit with its fsync) and something for each act.
The more acts, the less of the first falls on each; but an act that comes while it runs, however urgent, waits until it
ends. So a batch takes as many as make its fixed cost a fifth of the whole, by the times of the last batches: sixteen
where a commit is quick, up to the setting where a disk is slow. More would serve those that wait no faster.
"""

from __future__ import annotations

from typing import Final

LEAST: Final = 16
_SHARE: Final = 4.0
"""The least time that the acts of a batch take for each unit of its fixed cost."""
_WEIGHT: Final = 0.1
"""Of the newest batch in the running means."""
_SPIKE: Final = 4.0
_LITTLE: Final = 1e-5
"""A batch counts for at most so many times the mean: a disk that stalled once says nothing of the next."""


class BatchSize:
    """`most`: never more. Fed with the time of each batch, in seconds."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._once = 0.0
        self._each = 0.0

    @property
    def now(self) -> int:
        if not self._each:
            return self._most
        return min(self._most, max(LEAST, round(_SHARE * self._once / self._each)))

    def learn(self, acts: int, whole: float, of_acts: float) -> None:
        """A batch of `acts` took `whole`, of which `of_acts` for the acts themselves."""
        each, once = of_acts / acts, max(0.0, whole - of_acts)
        if not self._each:
            self._once, self._each = once, each
            return
        self._once += _WEIGHT * (min(once, _SPIKE * self._once + _LITTLE) - self._once)
        self._each += _WEIGHT * (min(each, _SPIKE * self._each + _LITTLE) - self._each)
