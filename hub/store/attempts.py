"""The latest tries of each webhook's endpoint, so that its owner sees after a restart too why it takes none.

None of it is evidence: a webhook that has to arrive is in `hook` and `hook_notice`, whatever is forgotten here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from hub.core.model import Millis


class HookAttemptRow(msgspec.Struct, frozen=True):
    """`hook`: the endpoint's number; `id`, `type`: of the webhook; `outcome`: a word of `hub.core.webhooks.outcomes`;
    `status`: of HTTP, 0 = no answer; `ms`: until the answer or the end of patience."""

    hook: int
    at: Millis
    id: str
    type: str
    outcome: str
    status: int
    ms: int


class AttemptWriting(Protocol):
    """Of a transaction."""

    def add_hook_attempts(self, rows: Sequence[HookAttemptRow], most: int) -> None:
        """In their order; of each of their endpoints only the newest `most` stay."""

    def drop_hook_attempts(self, before: Millis, held: int, most: int) -> int:
        """Delete the oldest: those from before that time, and those beyond `held` in all, but no more than `most` at
        once; how many were deleted."""


class AttemptReading(Protocol):
    """Of a store."""

    async def hook_attempts(self, hook: int, limit: int) -> list[HookAttemptRow]:
        """The newest first."""
