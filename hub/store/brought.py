"""The contract of a store, for data that sync services of programmes bring, and for statuses that programmes read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from hub.core.model import Millis
from hub.store.rows import BroughtRow, MessageRow


class BroughtWriting(Protocol):
    """Inside `write`."""

    def add_brought(self, row: BroughtRow) -> None: ...
    def last_brought(self, agency: str) -> BroughtRow | None:
        """The newest that was brought in this agency's name."""

    def brought_count(self) -> int:
        """Their numbers go from 1 to it."""

    def reduce_brought(self, number: int, body: bytes, at: Millis) -> bool:
        """Put `body` in the place of the bytes as received; False where that was done before."""


class BroughtReading(Protocol):
    async def brought(self, number: int) -> BroughtRow | None: ...
    async def brought_by_leaf(self, leaf: int) -> BroughtRow | None: ...
    async def brought_after(self, number: int, limit: int) -> list[BroughtRow]:
        """Up to `limit` of a number above `number`, in their order."""

    async def brought_whole(self, before: Millis, number: int, limit: int) -> list[BroughtRow]:
        """Up to `limit` of a number above `number` whose bytes are as they were received, before that time."""

    async def brought_last(self) -> int:
        """The number of the newest, 0 for none."""

    async def statuses(self, codes: Sequence[str], low: int, high: int, limit: int) -> list[MessageRow]:
        """Up to `limit` statuses of these codes with a number from `low` on and below `high`, oldest first."""
