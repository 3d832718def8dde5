"""When the hub dies: kill number n of a seed is always the same one.

Named instants (`hub.base.failpoint`) come in turn, in an order drawn by the seed, each at its first, second … time;
between them the hub is killed after a random time, wherever it happens to be, also while it starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

import msgspec

from hub.base.failpoint import POINTS, Rule

RANDOM_EVERY: Final = 4
"""Of so many kills one is at a random time."""

_AT_STARTS: Final = ("start.", "stop.")
_RARE: Final = frozenset({"directory.recorded", "sweep.due", "witness.cosigned", "checkpoint.read"})
_LATEST: Final = 3.0


class Kill(msgspec.Struct, frozen=True):
    """`rule`: a named instant; None: after `times` the time that a start takes on this machine."""

    number: int
    rule: Rule | None
    times: float = 0.0

    def __str__(self) -> str:
        return f"kill {self.number}: {self.rule or f'after {self.times:.3f} times the time of a start'}"


def draw(seed: int, only: Sequence[str] = ()) -> Iterator[Kill]:
    """Kills 1, 2, 3 … of this seed; with `only`, at these instants alone."""
    points = list(only or POINTS)
    number = 0
    while True:
        order = Random(f"{seed}/order/{number}").sample(points, len(points))
        for point in order:
            number += 1
            rng = Random(f"{seed}/kill/{number}")
            if not only and number % RANDOM_EVERY == 0:
                yield Kill(number, None, rng.uniform(0.0, _LATEST))
                number += 1
            yield Kill(number, _rule(point, rng))


def _rule(point: str, rng: Random) -> Rule:
    latest = 1 if point.startswith(_AT_STARTS) or point in _RARE else 12
    action = "torn" if point == "blob.write" and rng.random() < 0.7 else "kill"
    return Rule(point, action, 1 + int(latest * rng.random() ** 2))
