"""When to ask again a party that does not answer; pure.

After each failure the pause doubles, from `first` to `longest` seconds, a half of it drawn at random so that many
askers do not come back together. After `OPEN_AFTER` failures in a row the circuit is open: then there is one try in
`longest`, and nothing more is said about it until one succeeds.
"""

from __future__ import annotations

from typing import Final

OPEN_AFTER: Final = 5


class Breaker:
    def __init__(self, first: float, longest: float) -> None:
        self._first = min(first, longest)
        self._longest = longest
        self.failures = 0

    @property
    def open(self) -> bool:
        return self.failures >= OPEN_AFTER

    def succeeded(self) -> bool:
        """Whether it is news: the circuit was open."""
        was, self.failures = self.open, 0
        return was

    def failed(self, chance: float) -> float:
        """Seconds until the next try; `chance` in [0, 1)."""
        self.failures += 1
        doubled = self._first * 2.0 ** min(self.failures - 1, 32)
        return (self._longest if self.open else min(doubled, self._longest)) * (0.5 + 0.5 * chance)
