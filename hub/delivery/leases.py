"""Leases: which worker has a document in hand just now, so that two workers of one agency do not take the same one.

A lease is a courtesy, not a promise: it lives in memory, a restart forgets it, and then a document is offered again
(at least once on the wire; the acknowledgement makes it once in effect). It costs no write and no fsync. That bytes
were offered is another matter, and durable: `DeliveryRow.offered_at`.

A lease lasts as long as the transfers under it, and its time begins when the last of them has ended.

One thing it must never do: let a worker take a document that the running batch lets expire. So the batch asks with
`held_else_barred`; a document that nobody holds is barred from then on, until the batch is over (`unbar`).
A restart forgets all leases: for as long as one may last, a document that waited at the start counts as held when its
time runs out. It is offered meanwhile like anything else.

A reader whose rows may be older than the batch sees by `ended` that it has to read again.
"""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import Final

from hub.core.model import Millis

_NEVER: Final = (Millis(0), Millis(0))
_OPEN: Final = Millis(1 << 53)
"""The end of transfers under way."""


class Leases:
    """Leases by recipient and message number, each from a time to a time in Millis.

    A clock that is set back ends no lease that the record has to know of, and holds none up: a reader that asks for a
    document gets it.

    Used on the event loop, but `held_else_barred`, which runs on the store's thread.
    """

    def __init__(self, most: int = 1_000) -> None:
        self._held: dict[str, dict[int, tuple[Millis, Millis]]] = {}
        self._transfers: Counter[tuple[str, int]] = Counter()
        self._barred: set[tuple[str, int]] = set()
        self._ended: dict[str, int] = {}
        self._given_back: dict[str, int] = {}
        self._lock = Lock()
        self._unknown = (0, Millis(0))
        self.most = most

    def forgotten(self, last: int, until: Millis) -> None:
        """The process before this one may have leased any message up to number `last`, until `until` at the latest."""
        self._unknown = (last, until)

    def take(self, recipient: str, message: int, until: Millis, at: Millis) -> bool:
        """Lease it until `until`; False when another worker holds it still, or when it is about to end."""
        with self._lock:
            if self.holds(recipient, message, at) or (recipient, message) in self._barred:
                return False
            self._held.setdefault(recipient, {})[message] = (at, until)
            return True

    def begin(self, recipient: str, message: int, at: Millis) -> bool:
        """A transfer to any worker of this agency begins, held already or not; False when it is about to end."""
        with self._lock:
            if (recipient, message) in self._barred:
                return False
            held = self.holds(recipient, message, at)
            since = self._held[recipient][message][0] if held else at
            self._held.setdefault(recipient, {})[message] = (since, _OPEN)
            self._transfers[recipient, message] += 1
            return True

    def end(self, recipient: str, message: int, until: Millis) -> None:
        """A transfer ended; after the last one it is leased until `until`, unless it was released meanwhile."""
        key = (recipient, message)
        with self._lock:
            self._transfers[key] -= 1
            if self._transfers[key] > 0:
                return
            del self._transfers[key]
            held = self._held.get(recipient, {})
            if message in held:
                held[message] = (held[message][0], until)

    def holds(self, recipient: str, message: int, at: Millis) -> bool:
        since, until = self._held.get(recipient, {}).get(message, _NEVER)
        return since <= at < until

    def held_else_barred(self, recipient: str, message: int, at: Millis) -> Millis | None:
        """Since when a worker holds it (0: since before the start); when none does, none can take it until `unbar`."""
        with self._lock:
            last, until = self._unknown
            since, ends = self._held.get(recipient, {}).get(message, _NEVER)
            if at < ends:
                return since
            if message <= last and at < until:
                return Millis(0)
            self._barred.add((recipient, message))
            return None

    def unbar(self) -> None:
        """The batch is over: deliveries that it ended have ended in the store too, the others may be taken."""
        with self._lock:
            for recipient, _ in self._barred:
                self._ended[recipient] = self._ended.get(recipient, 0) + 1
            self._barred.clear()

    def ended(self, recipient: str) -> int:
        """Grows when deliveries of this agency may have ended: rows read before that are to be read again."""
        return self._ended.get(recipient, 0)

    def release(self, recipient: str, message: int) -> None:
        held = self._held.get(recipient)
        if held is not None:
            held.pop(message, None)
            if not held:
                del self._held[recipient]

    def give_back(self, recipient: str, message: int) -> None:
        """Release documents that no worker got: it is to be offered again."""
        self.release(recipient, message)
        self.returned(recipient)

    def returned(self, recipient: str) -> None:
        """Something of this agency's is to be offered again that was not for a while."""
        self._given_back[recipient] = self._given_back.get(recipient, 0) + 1

    def given_back(self, recipient: str) -> int:
        """How often something of this agency's was given back."""
        return self._given_back.get(recipient, 0)

    def held(self, recipient: str, at: Millis) -> dict[int, Millis]:
        """The leases of this agency that have not ended, as they are now; ended ones are forgotten on the way."""
        held = self._held.get(recipient)
        if held is None:
            return {}
        for message in [m for m, (_, until) in held.items() if until <= at]:
            del held[message]
        if not held:
            del self._held[recipient]
        return {message: until for message, (since, until) in held.items() if since <= at}

    def ending(self, recipient: str) -> frozenset[int]:
        """Deliveries of this agency that the running batch is about to end."""
        if not self._barred:
            return frozenset()
        with self._lock:
            return frozenset(message for code, message in self._barred if code == recipient)

    def next_end(self, recipient: str) -> Millis | None:
        """When the first lease of this agency ends; a waiting poll looks again then."""
        held = self._held.get(recipient)
        return min(until for _, until in held.values()) if held else None
