"""How many refusals of each agency go on record in an hour: evidence is for ever, and a refused body costs nothing.

Counted where everything is recorded, from durable refusals, by the hours of the record's time. Above it the act refuses
with RefusalsSpent: nothing is promised then, the bytes are as good as never sent, and valid messages go on. The count
lives in memory: a restart begins a new one, and no agency can bring that about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from hub.core.errors import RefusalsSpent
from hub.core.model import Millis

_HOUR: Final = 3_600_000


class RefusalBudget:
    """`most` for each agency and hour. Used on the store's thread, but for `spend`, which has no batch beside it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._hour = 0
        self._spent: Counter[str] = Counter()

    def check(self, agency: str, under_way: int, at: Millis, why: str) -> None:
        """RefusalsSpent when one more, after those that are not durable yet, would be above it. `why`: the refusal."""
        spent = self._spent[agency] if at // _HOUR == self._hour else 0
        if spent + under_way >= self._most:
            rest = (_HOUR - at % _HOUR) / 1000
            raise RefusalsSpent(retry_after=rest, expected=f"at most {self._most} refusals in an hour", found=why)

    def spend(self, agencies: Mapping[str, int], at: Millis) -> None:
        """These became durable."""
        if at // _HOUR != self._hour:
            self._hour = at // _HOUR
            self._spent.clear()
        self._spent.update(agencies)
