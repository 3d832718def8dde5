"""Events from other things than documents: bodies of its sync services, and statuses about documents.

Both are on record, and are read in the order of the record between the documents. A programme that has neither of these
functions is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

import msgspec

from hub.core.model import Millis
from hub.programmes.riding import Event, Fault, Programme, Ridden

MOST_ROWS: Final = 200
"""Rows of one body. The field's systems send one to fifty."""
FIRST_BROUGHT: Final = 1 << 40
"""Above every message's number: the number of the first body among the things that bring events."""


class BroughtBody(msgspec.Struct, frozen=True, kw_only=True):
    """A body of a sync service on record.

    number   its place among all such bodies, above `FIRST_BROUGHT`
    id       the evidence's identifier, by which its receipt is asked for
    by       in whose name it came; at: when
    facts    the directory's word of the codes in it, then
    body     the bytes as received
    """

    number: int
    id: str
    by: str
    at: Millis
    service: str
    facts: bytes
    body: bytes


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A recipient's status message about a document: its code, its sender, its time of acceptance."""

    id: str
    by: str
    at: Millis
    code: str


@runtime_checkable
class Served(Protocol):
    """A programme with sync services of those names."""

    services: frozenset[str]

    def read_brought(self, brought: BroughtBody) -> Sequence[Event | Fault]:
        """A body's meaning, from itself alone."""


@runtime_checkable
class Answering(Protocol):
    """A programme to which statuses of some codes say something."""

    statuses: frozenset[str]

    def read_status(self, ridden: Ridden, said: Said) -> Sequence[Event | Fault]:
        """The meaning of a status about that document."""


def codes(programmes: Mapping[str, Programme]) -> tuple[str, ...]:
    """Of the statuses that any of them reads."""
    found = {code for each in programmes.values() if isinstance(each, Answering) for code in each.statuses}
    return tuple(sorted(found))
