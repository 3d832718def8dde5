"""When certificates end: each is read once, however often pages ask."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from hub.core.model import Agency, Millis
from hub.core.signature import foreign

_MOST: Final = 400_000
"""Certificates that are remembered; beyond them all is read again."""


class Ends:
    """Of one hub; `known`: by digest. Used from one thread at a time or several: an entry is only ever added."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[Millis, Millis] | None] = {}

    def span(self, digest: str, der: bytes) -> tuple[Millis, Millis] | None:
        """From when until when; None for one that nobody can read: of no use, and of no harm."""
        if digest not in self.known:
            if len(self.known) >= _MOST:
                self.known.clear()
            try:
                read = foreign.certificate(der)
            except ValueError:
                self.known[digest] = None
            else:
                self.known[digest] = (_millis(read.not_valid_before_utc), _millis(read.not_valid_after_utc))
        return self.known[digest]

    def spans(self, agency: Agency) -> list[tuple[Millis, Millis]]:
        """Of those that count for it, by their ends."""
        held = (self.span(c.sha256, c.der) for c in agency.certificates if c.withdrawn is None)
        return sorted((span for span in held if span is not None), key=lambda span: span[1])

    def last(self, agency: Agency) -> Millis | None:
        """When its last certificate ends."""
        spans = self.spans(agency)
        return spans[-1][1] if spans else None


def _millis(time: datetime) -> Millis:
    return Millis(int(time.timestamp() * 1000))
