"""Who has a document in hand just now, so that two workers of one agency do not take the same one.

A lease is a courtesy, not a promise: it lives in memory, a restart forgets it, and then a document is offered again
(at least once on the wire; the acknowledgement makes it once in effect). It costs no write and no fsync.

One thing it must never do: let a worker take what the running batch takes back or lets expire as "never fetched".
So the batch asks with `held_else_barred`; what nobody holds is barred from then on, until the batch is over (`unbar`).
A reader whose rows may be older than the batch sees by `ended` that it has to read again.
"""

from __future__ import annotations

from threading import Lock

from hub.core.model import Millis


class Leases:
    """Leases by recipient and message number, each until a time in Millis.

    Used on the event loop, but `held_else_barred`, which runs on the store's thread.
    """

    def __init__(self, most: int = 1_000) -> None:
        self._held: dict[str, dict[int, Millis]] = {}
        self._barred: set[tuple[str, int]] = set()
        self._ended: dict[str, int] = {}
        self._lock = Lock()
        self.most = most

    def take(self, recipient: str, message: int, until: Millis, at: Millis) -> bool:
        """Lease it until `until`; False when another worker holds it still, or when it is about to end."""
        with self._lock:
            if self.holds(recipient, message, at) or (recipient, message) in self._barred:
                return False
            self._held.setdefault(recipient, {})[message] = until
            return True

    def holds(self, recipient: str, message: int, at: Millis) -> bool:
        return self._held.get(recipient, {}).get(message, 0) > at

    def held_else_barred(self, recipient: str, message: int, at: Millis) -> bool:
        """Whether a worker holds it; when none does, none can take it until `unbar`."""
        with self._lock:
            held = self.holds(recipient, message, at)
            if not held:
                self._barred.add((recipient, message))
            return held

    def unbar(self) -> None:
        """The batch is over: what it ended has ended in the store too, what it did not end may be taken."""
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

    def held(self, recipient: str, at: Millis) -> dict[int, Millis]:
        """The leases of this agency that have not ended, as they are now; ended ones are forgotten on the way."""
        held = self._held.get(recipient)
        if held is None:
            return {}
        for message in [m for m, until in held.items() if until <= at]:
            del held[message]
        if not held:
            del self._held[recipient]
        return dict(held)

    def ending(self, recipient: str) -> frozenset[int]:
        """What the running batch is about to end for this agency."""
        if not self._barred:
            return frozenset()
        with self._lock:
            return frozenset(message for code, message in self._barred if code == recipient)

    def next_end(self, recipient: str) -> Millis | None:
        """When the first lease of this agency ends; a waiting poll looks again then."""
        held = self._held.get(recipient)
        return Millis(min(held.values())) if held else None
