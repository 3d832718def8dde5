"""One after another: the party that had no turn for longest is next, and the entries of one party come in their
order."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Rotation(Generic[T]):
    """Items by whose they are, in as many lines."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, deque[T]] = OrderedDict()

    def push(self, whose: str, item: T) -> None:
        self._lines.setdefault(whose, deque()).append(item)

    def pop(self) -> T:
        """IndexError when there is none."""
        if not self._lines:
            raise IndexError("nobody waits")
        whose, line = self._lines.popitem(last=False)
        item = line.popleft()
        if line:
            self._lines[whose] = line  # behind the others
        return item

    def of(self, whose: str) -> int:
        """How many of this one wait."""
        return len(self._lines.get(whose, ()))

    @property
    def lines(self) -> int:
        """How many have something that waits."""
        return len(self._lines)

    def __bool__(self) -> bool:
        return bool(self._lines)
