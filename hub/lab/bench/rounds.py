"""Figures of several rounds as one: the median, and how far apart they were.

The parts of a run are taken in turns, round after round, and a ratio is made within its round: a disturbance of some
seconds then disturbs both sides of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """A median with the lowest and the highest of its rounds."""

    median: float
    low: float
    high: float
    rounds: int


class Rounds:
    """Values by name, one for each round."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def put(self, name: str, value: float) -> None:
        self._values.setdefault(name, []).append(value)

    def ratio(self, name: str, above: str, below: str) -> None:
        """`above` ÷ `below` of the latest round, where both were measured."""
        if self._values.get(above) and self._values.get(below):
            self.put(name, self._values[above][-1] / self._values[below][-1])

    def last(self, name: str) -> float:
        return self._values[name][-1]

    def figures(self) -> dict[str, Figure]:
        return {n: Figure(median(v), min(v), max(v), len(v)) for n, v in self._values.items() if v}


def quantile(values: Sequence[float], q: float) -> float:
    """The value that a share `q` does not exceed; 0 where there is none."""
    ascending = sorted(values)
    return ascending[min(len(ascending) - 1, int(q * len(ascending)))] if ascending else 0.0
