"""The latest tries at each endpoint, for whoever wants to see why one does not take its webhooks.

Noted in memory as they end, and written together with the endpoints' changes about once a second: no commit of their
own, and never one a try. A crash loses those of the last second, and nothing that is owed: a webhook that has not
arrived is in the store. Kept are the last `EACH` of an endpoint, `DAYS` long, and `HELD` in all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hub.core.model import Millis
from hub.store import Store
from hub.store.attempts import HookAttemptRow

EACH: Final = 100
DAYS: Final = 30
HELD: Final = 200_000
"""Some 30 MB."""
_UNWRITTEN: Final = 20_000
"""While the store takes nothing: beyond them the oldest go."""
_DROPPED: Final = 1_000
"""In one transaction, so that a submission behind it waits some milliseconds."""
_SWEEP_MS: Final = 60_000
_DAY: Final = 86_400_000


class Attempts:
    """`take`, then `written` or `put_back`: by the one that flushes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: list[HookAttemptRow] = []
        self._writing: list[HookAttemptRow] = []
        self._swept: Millis | None = None

    def note(self, row: HookAttemptRow) -> None:
        self._noted.append(row)
        if len(self._noted) > _UNWRITTEN:
            del self._noted[: _UNWRITTEN // 10]

    def take(self) -> Sequence[HookAttemptRow]:
        """Those that are not written yet, in their order."""
        self._writing, self._noted = self._noted, []
        return self._writing

    def written(self) -> None:
        self._writing = []

    def put_back(self) -> None:
        self._noted, self._writing = [*self._writing, *self._noted], []

    async def of(self, hook: int) -> Sequence[HookAttemptRow]:
        """The newest first: those that are not written yet, then those of the store."""
        fresh = [row for row in reversed([*self._writing, *self._noted]) if row.hook == hook]
        seen = set(fresh)  # some of them may be written by now
        kept = await self._store.hook_attempts(hook, EACH)
        return [*fresh, *(row for row in kept if row not in seen)][:EACH]

    def forget(self, hook: int) -> None:
        """Those of a removed endpoint; the store's go with it."""
        self._noted = [row for row in self._noted if row.hook != hook]

    async def sweep(self, now: Millis) -> None:
        """Once a minute delete those that are too old or too many."""
        if self._swept is not None and self._swept <= now < self._swept + _SWEEP_MS:
            return
        before = Millis(now - DAYS * _DAY)
        while await self._store.write(lambda tx: tx.drop_hook_attempts(before, HELD, _DROPPED)) == _DROPPED:
            pass
        self._swept = now
