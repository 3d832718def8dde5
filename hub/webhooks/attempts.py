"""The latest attempts at each endpoint, for whoever wants to see why one does not take its webhooks.

In memory, a few of each: a crash loses them, and loses nothing that is owed. What has not arrived is in the store.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from hub.core.model import Millis

_EACH: Final = 10


class Attempt(NamedTuple):
    """`outcome`: a word of `hub.core.webhooks.outcomes`; `status`: of HTTP, 0 = no answer; `ms`: that it took."""

    at: Millis
    id: str
    type: str
    outcome: str
    status: int
    ms: int


class Attempts:
    def __init__(self) -> None:
        self._of: dict[int, deque[Attempt]] = {}

    def note(self, hook: int, attempt: Attempt) -> None:
        self._of.setdefault(hook, deque(maxlen=_EACH)).append(attempt)

    def of(self, hook: int) -> Sequence[Attempt]:
        """The newest first."""
        return [*reversed(self._of.get(hook, ()))]

    def forget(self, hook: int) -> None:
        self._of.pop(hook, None)
