"""When to try again, and how long to wait before: pure, so that the schedule can be tested without a clock.

The rule: only calls that may succeed unchanged are tried again (no answer, 429, 502, 503, 504), because every call
of the interface may be made twice: a submission is known by its bytes, an acknowledgement by its item, a
fetch by its lease. The pause before try n+1 grows as `first * factor**(n-1)` up to `longest`, and half of it
is drawn at random, so that a thousand clients that lost the hub together do not come back together. Where the
hub names a time, that is waited and a random part is added to it. After `tries` tries, or when the next pause
would pass `budget`, it is over.
"""

from __future__ import annotations

from typing import Final

import msgspec

RETRIED: Final = frozenset({429, 502, 503, 504})
"""Statuses that say nothing against the request itself."""


class Backoff(msgspec.Struct, frozen=True):
    """Seconds, but for `factor` and `tries`. `budget` bounds the whole call, pauses included."""

    first: float = 0.25
    factor: float = 2.0
    longest: float = 15.0
    budget: float = 90.0
    tries: int = 10

    def pause(self, tried: int, elapsed: float, asked: float, chance: float) -> float | None:
        """Seconds to wait after `tried` failed tries and `elapsed` seconds, or None: give up.

        `asked`: the hub's Retry-After, 0 for nothing. `chance`: a random number in [0, 1).
        """
        if tried >= self.tries:
            return None
        ceiling = min(self.longest, self.first * self.factor ** min(tried - 1, 64))
        pause = asked + ceiling * chance if asked > 0 else ceiling * (0.5 + 0.5 * chance)
        return pause if elapsed + pause <= self.budget else None


ONCE: Final = Backoff(tries=1)
"""No second try, for callers that bring their own."""
