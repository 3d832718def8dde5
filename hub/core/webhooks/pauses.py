"""When an endpoint that did not take a webhook is tried again: the pauses of Standard Webhooks, with chance in them.

The list is the operator's (`webhooks.retry_seconds`). After its end its last pause comes again, as long as anybody
tries. A fifth either way is drawn at random, so that thousands of endpoints that failed together do not come back
together. The receiver's wish (`Retry-After`) makes a pause longer, never shorter, and never longer than the longest of
the list: nobody keeps the hub's memory of itself waiting for a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from hub.core.model import Millis

_SPREAD: Final = 0.2
_MOST_SECONDS: Final = 10_000_000


def pause(schedule: Sequence[float], failures: int, chance: float, asked: int = 0) -> int:
    """Milliseconds until the next try after so many `failures` in a row, 1 or more. `schedule` in seconds; `chance` in
    [0, 1); `asked`: ms that the receiver wants."""
    planned = schedule[min(failures, len(schedule)) - 1] * (1 - _SPREAD + 2 * _SPREAD * chance)
    return max(int(planned * 1000), min(asked, int(max(schedule) * 1000)))


def retry_after(value: str, now: Millis) -> int:
    """Milliseconds that a `Retry-After` asks for: seconds or a date; 0 for a text that is neither, or is past."""
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return min(int(text[:12]), _MOST_SECONDS) * 1000
    try:
        at = parsedate_to_datetime(text[:64])
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return min(max(0, int(at.timestamp() * 1000) - now), _MOST_SECONDS * 1000)
