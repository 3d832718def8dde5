"""The counters of the record, and the number of its last message, as the last durable batch left them, so that the
next one need not read them.

The rule: memory is never ahead of the table. Only numbers that a durable transaction wrote are kept (`keep`); where
that is not certain (after a rollback, a commit with an unknown outcome, a reopening), the sequencer drops the whole and
begins again. Behind the table it cannot be either, for all counters are written by batches and there is one writer.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Final

from hub.store import Counter, Transaction

Key = tuple[str, str]
"""Agency and direction: in, out, mailbox-document, mailbox-status."""

MOST: Final = 65_536
"""Counters kept, about 300 bytes each: those of all agencies of the country, twice."""

_NONE_YET: Final = Counter(0, "")


class Counters:
    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._known: dict[Key, Counter] = {}
        self._message: int | None = None

    def last(self, tx: Transaction, key: Key) -> Counter:
        """The last one given before this batch; number 0 where none was."""
        return self._known.get(key) or tx.counter(*key) or _NONE_YET

    def last_message(self, tx: Transaction) -> int:
        """The number of the last message before this batch."""
        if self._message is None:
            self._message = tx.last_message()
        return self._message

    def keep(self, written: Mapping[Key, Counter], last_message: int | None = None) -> None:
        """The numbers that a batch wrote, which are durable now; `last_message`: None where it wrote none. The longest
        known go where there are too many."""
        self._known.update(written)
        if last_message is not None:
            self._message = last_message
        for key in list(islice(self._known, max(0, len(self._known) - self._most))):
            del self._known[key]

    def __len__(self) -> int:
        return len(self._known)
