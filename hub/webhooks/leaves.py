"""Evidence that was just read, for the next endpoint that is told of the same leaf.

A circular's acceptance names each of its 11,000 recipients: 350 kB, and some milliseconds to decode strictly. Each of
their endpoints reads the same leaf within a minute, so a few decoded ones are kept, as many as their bytes allow.
"""

from __future__ import annotations

from typing import Final

from hub.delivery.news import Read, read

_BYTES: Final = 2 * 1024 * 1024
"""Of evidence as it is in the log; decoded it takes some six times as much."""


class Leaves:
    """Leaves never change, so their number names them."""

    def __init__(self, most: int = _BYTES) -> None:
        self._most = most
        self._held: dict[int, tuple[Read, int]] = {}
        self._bytes = 0

    def read(self, leaf: int, content: bytes) -> Read:
        """ProofInvalid for bytes that are no evidence."""
        held = self._held.pop(leaf, None)
        if held is None:
            held = (read(content), len(content))
            self._bytes += len(content)
        self._held[leaf] = held  # the one used last goes last
        while self._bytes > self._most and len(self._held) > 1:
            _, size = self._held.pop(next(iter(self._held)))
            self._bytes -= size
        return held[0]
