"""A player's memory of its run: the clients' own books, from which every invariant is checked.

Times are seconds on the machine's monotonic clock since the start of the run, the same for all processes.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import msgspec


class Task(msgspec.Struct, frozen=True):
    """The part of one process: the agencies whose position in the sample leaves `part` when divided by `parts`.

    rate        documents per second of the whole country on average, 0 = as fast as it goes
    closed      calls at once of the whole country that send documents, where `rate` is 0
    day         seconds in which a day passes, 0 = no working hours
    seconds     when sending ends at the latest, 0 = with the last document
    receipts    how many receipts are kept to be verified at the end
    dossiers    how many this part's one-stop units tell of by the sync services
    """

    url: str
    corpus: str
    keys: str
    policy: bytes
    part: int
    parts: int
    cacert: str = ""
    rate: float = 0.0
    closed: int = 16
    day: float = 0.0
    seconds: float = 0.0
    receipts: int = 50_000
    dossiers: int = 0


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """A document that was accepted. `recipients`: codes, as the hub answered. `latency`: from when it was due."""

    number: int
    id: str
    sha256: str
    recipients: list[str]
    at: float
    latency: float
    repeated: bool


class Handed(msgspec.Struct, frozen=True, array_like=True):
    """A message that its recipient holds and signed for. `number`: of the document, 0 for a status or a stranger's."""

    id: str
    agency: int
    number: int
    sha256: str
    at: float
    repeated: bool


class Said(msgspec.Struct, frozen=True, array_like=True):
    """A status that was accepted; `recipients`: whom the hub passed it on to."""

    id: str
    number: int
    agency: int
    code: str
    recipients: list[str]


class Books(msgspec.Struct):
    """All that one player remembers. `refused`: (the act tried, code of the problem, number of the document) → how
    often; `broken`: acts that a hub never should have done; `dossiers`: told by the sync services."""

    sent: list[Sent] = []
    handed: list[Handed] = []
    said: list[Said] = []
    refused: Counter[tuple[str, str, int]] = msgspec.field(default_factory=Counter)
    broken: list[str] = []
    late: list[float] = []
    dossiers: int = 0
    receipts_given: int = 0
    receipts_verified: int = 0
    cpu_seconds: float = 0.0


class Progress(msgspec.Struct, frozen=True):
    """Said now and then. `busy`: things under way, long polls not counted; `sending`: whether there is more to send."""

    sent: int
    handed: int
    said: int
    refused: int
    busy: int
    sending: bool
    phase: str = "playing"


class Kept:
    """A fair sample of at most `most` things of those that were put in."""

    def __init__(self, most: int, seed: int) -> None:
        self._most = most
        self._rng = Random(seed)
        self.given = 0
        self.items: list[Any] = []

    def put(self, item: Any) -> None:
        self.given += 1
        if len(self.items) < self._most:
            self.items.append(item)
        elif (place := self._rng.randrange(self.given)) < self._most:
            self.items[place] = item
