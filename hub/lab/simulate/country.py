"""How the country behaves: shares, sizes, fan-out and the curve of a working day, as tables with their source.

Measured in the field: 3.59 deliveries per document (135,164 sent, 485,666 received, July 2022); 82 % of deliveries are
accepted (03), 68 % reach 05, 5.5 % reach 06, 6.7 % are refused (02), the rest stays silent; 15 % of sendings are
updates, 0.6 % are taken back; 98 % of agencies exchange, so 2 % never fetch. Sizes: the public load mix of X-Road, or
the field's attachments (median 0.64 MB, mean 3.7 MB, at most 29 MB).

Assumed, for nobody published it: the shares of priorities and of tiers, the correspondents, the hours of a day. Fan-out
is a power law, cut where there are no more agencies, whose exponent is solved for the mean.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from math import exp, log, sqrt
from random import Random
from typing import Final, Generic, TypeVar

from hub.core.model import Business, Priority, Tier

T = TypeVar("T")

FANOUT: Final = 3.59
MOST_RECIPIENTS: Final = 1_000
UPDATES: Final = 0.15
TAKE_BACKS: Final = 0.006
ASLEEP: Final = 0.02
"""Share of agencies that never fetch."""

COURSES: Final = (("02", 0.067), ("03", 0.14), ("03 05", 0.625), ("03 05 06", 0.055), ("", 0.113))
"""The fate of a delivery after it was handed over, as the statuses that its recipient reports: 6.7 % 02; 82 % 03, 68 %
05 and 5.5 % 06 of all."""

PRIORITIES: Final = (
    (Priority.NORMAL, 0.86),
    (Priority.URGENT, 0.09),
    (Priority.VERY_URGENT, 0.03),
    (Priority.EXPRESS, 0.015),
    (Priority.SCHEDULED_EXPRESS, 0.005),
)
SENDERS: Final = {Tier.CENTRAL: 0.12, Tier.PROVINCIAL: 0.45, Tier.DISTRICT: 0.28, Tier.COMMUNE: 0.15}
RECIPIENTS: Final = {
    Tier.CENTRAL: {Tier.CENTRAL: 0.25, Tier.PROVINCIAL: 0.65, Tier.DISTRICT: 0.06, Tier.COMMUNE: 0.04},
    Tier.PROVINCIAL: {Tier.CENTRAL: 0.12, Tier.PROVINCIAL: 0.38, Tier.DISTRICT: 0.35, Tier.COMMUNE: 0.15},
    Tier.DISTRICT: {Tier.CENTRAL: 0.02, Tier.PROVINCIAL: 0.36, Tier.DISTRICT: 0.14, Tier.COMMUNE: 0.48},
    Tier.COMMUNE: {Tier.CENTRAL: 0.01, Tier.PROVINCIAL: 0.17, Tier.DISTRICT: 0.66, Tier.COMMUNE: 0.16},
}
POPULATION: Final = {Tier.CENTRAL: 0.06, Tier.PROVINCIAL: 0.22, Tier.DISTRICT: 0.22, Tier.COMMUNE: 0.50}
"""How a sample of agencies is drawn from the directory; each tier has at least one."""

XROAD_MIX: Final = ((2_000, 0.30), (10_000, 0.60), (100_000, 0.09), (2_000_000, 0.009), (10_000_000, 0.001))
SMALLEST: Final = 5_000
"""Bytes of a signed document without files: the mix' 2 kB cannot be smaller than this here."""

_MEDIAN, _MEAN, _LARGEST = 640_000, 3_700_000, 29_000_000

DAY: Final = (
    0.02, 0.02, 0.02, 0.02, 0.02, 0.05, 0.2, 0.7, 2.2, 3.1, 2.9, 1.9,
    0.5, 1.4, 2.8, 3.0, 2.7, 1.3, 0.4, 0.25, 0.2, 0.15, 0.08, 0.05,
)  # fmt: skip
"""Load of each hour of a working day in Vietnam, relative to the day's mean."""

FIRST_HOUR: Final = 7


class Weighted(Generic[T]):
    """Draws one of some values by their weights."""

    def __init__(self, pairs: Sequence[tuple[T, float]]) -> None:
        self.pairs = tuple(pairs)
        self._sums = list(accumulate(weight for _, weight in pairs))

    def draw(self, rng: Random) -> T:
        return self.at(rng.random())

    def at(self, share: float) -> T:
        """The value below which a `share` (0 to 1) of all draws lies."""
        position = bisect_right(self._sums, share * self._sums[-1])
        return self.pairs[min(position, len(self.pairs) - 1)][0]


def fanout(agencies: int, mean: float = FANOUT) -> Weighted[int]:
    """How many recipients a document has when there are so many agencies; the mean is exact but for the cut part."""
    most = max(1, min(MOST_RECIPIENTS, agencies - 1))
    sizes = range(1, most + 1)
    exponent = _exponent(sizes, mean)
    return Weighted([(size, size**-exponent) for size in sizes])


def mean_of(weights: Weighted[int]) -> float:
    """The mean of a `fanout`."""
    return sum(value * weight for value, weight in weights.pairs) / sum(weight for _, weight in weights.pairs)


def _exponent(sizes: range, mean: float) -> float:
    low, high = 0.0, 8.0
    for _ in range(60):
        middle = (low + high) / 2
        weights = [size**-middle for size in sizes]
        above = sum(s * w for s, w in zip(sizes, weights, strict=True)) / sum(weights) > mean
        low, high = (middle, high) if above else (low, middle)
    return (low + high) / 2


def _field(rng: Random) -> int:
    spread = sqrt(2 * log(_MEAN / _MEDIAN))
    return int(min(_LARGEST, _MEDIAN * exp(rng.gauss(0, spread))))


_MIX: Final = Weighted(XROAD_MIX)
SIZES: Final[dict[str, Callable[[Random], int]]] = {
    "small": lambda rng: SMALLEST,
    "mix": _MIX.draw,
    "field": _field,
}
"""Bytes of a document: without files, as X-Road's load mix, or as attachments in the field."""


def business(rng: Random, *, may_update: bool) -> Business:
    return Business.UPDATE if may_update and rng.random() < UPDATES else Business.NEW


def intensity(seconds: float, day: float) -> float:
    """Load `seconds` after the beginning, relative to the mean, where a day of 24 hours takes `day` seconds; it begins
    at seven in the morning."""
    hour = (FIRST_HOUR + 24 * seconds / day) % 24
    first, part = int(hour), hour % 1
    scale = 24 / sum(DAY)
    return scale * (DAY[first] * (1 - part) + DAY[(first + 1) % 24] * part)


def arrivals(rng: Random, count: int, rate: float, day: float = 0.0) -> list[float]:
    """When each of `count` documents is sent, in seconds: Poisson arrivals, `rate` per second on average; with `day`,
    along the curve of a working day. Thinned from the busiest hour's rate."""
    times: list[float] = []
    now, peak = 0.0, max(DAY) * 24 / sum(DAY) if day else 1.0
    while len(times) < count:
        now += rng.expovariate(rate * peak)
        if not day or rng.random() * peak <= intensity(now, day):
            times.append(now)
    return times
