"""Counts on pages about agencies, found once for all readers: waiting documents, ending certificates, failures.

Each is made again when it is older than some seconds and than ten times the time of its making (`board.Kept`). A page
of a list asks the census for its lines alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from hub.console.board import Kept
from hub.console.drafts import Drafts
from hub.console.fares import Waits, waits
from hub.console.page import Visit
from hub.core.errors import ProofInvalid
from hub.core.evidence.format import decode
from hub.core.model import Agency, Millis, Tier
from hub.core.report import Expired
from hub.exchange import Exchange
from hub.store import LeafRow
from hub.upkeep.ending import Ends

DAY: Final = 86_400_000
SPAN: Final = 8 * DAY
"""How far back failures are counted: the last day, against the seven before it."""
MOST_REFUSALS: Final = 20_000
"""Refusals that are looked at, the newest."""
_OFTEN: Final = 5.0
_SELDOM: Final = 60.0


class Refused(NamedTuple):
    """One message that was refused at the door; its words are not here."""

    at: Millis
    agency: str
    code: str
    leaf: int


class Ending(NamedTuple):
    """When the last certificate of an agency ends, and how many of its certificates are good now."""

    ends: Millis
    code: str
    live: int
    tier: Tier


class Endings:
    """All of them, soonest first; parts that somebody asked for are found once."""

    def __init__(self, every: Sequence[Ending]) -> None:
        self._every = every
        self._parts: dict[tuple[str, str], tuple[Sequence[Ending], Sequence[Millis]]] = {}

    def part(self, tier: str, renewed: str) -> tuple[Sequence[Ending], Sequence[Millis]]:
        """Those of a tier (empty: of all) that have a second one (`yes`), or none (`no`); and their ends."""
        key = (tier, renewed)
        if key not in self._parts:
            found = [e for e in self._every if tier in ("", e.tier) and renewed in ("", "yes" if e.live > 1 else "no")]
            self._parts[key] = found, [e.ends for e in found]
        return self._parts[key]


class Failures(NamedTuple):
    """Newest first; `all` False where older ones were left out."""

    at: Millis
    refused: Sequence[Refused]
    expired: Sequence[Expired]
    all: bool


class Census:
    """Of one hub."""

    def __init__(self) -> None:
        self.drafts = Drafts()
        self._waits: Kept[dict[str, Waits]] = Kept()
        self._failures: Kept[Failures] = Kept(_OFTEN)
        self._ending: Kept[Endings] = Kept(_SELDOM)

    async def waits(self, visit: Visit) -> dict[str, Waits]:
        """Waiting documents, by agency; an agency with none is not there."""

        async def make() -> dict[str, Waits]:
            return waits((await visit.exchange.store.pace(visit.now)).waiting)

        return await self._waits.get(make)

    async def failures(self, visit: Visit) -> Failures:
        async def make() -> Failures:
            store, now = visit.exchange.store, visit.now
            rows = await store.refusals(Millis(now - SPAN), Millis(now + 1), MOST_REFUSALS)
            refused = await visit.context.milliseconds.aside(lambda: [r for row in rows for r in _refused(row)])
            expired = await store.expired(Millis(now - SPAN), Millis(now - DAY))
            return Failures(now, refused, expired, len(rows) < MOST_REFUSALS)

        return await self._failures.get(make)

    async def ending(self, visit: Visit) -> Endings:
        """Of every agency that has a certificate and is not suspended, soonest first."""

        async def make() -> Endings:
            ends = visit.hub.attention.ends
            return Endings(await visit.context.milliseconds.aside(_ends_of, visit.exchange.directory, ends, visit.now))

        return await self._ending.get(make)

    def changed(self) -> None:
        """The directory is another: the person that changed it sees that at once."""
        self._ending = Kept(_SELDOM)


def _ends_of(agencies: Iterable[Agency], ends: Ends, now: Millis) -> list[Ending]:
    found = []
    for agency in agencies:
        spans = ends.spans(agency) if not agency.suspended else []
        if spans:
            live = sum(begin <= now < end for begin, end in spans)
            found.append(Ending(spans[-1][1], agency.code, live, agency.tier))
    return sorted(found)


def _refused(row: LeafRow) -> list[Refused]:
    try:
        evidence = decode(row.object)
    except ProofInvalid:  # of an earlier form, or damaged: fsck tells
        return []
    agency = evidence.sender.identifier if evidence.sender is not None else ""
    return [Refused(row.at, agency, reason.code, row.number) for reason in evidence.reasons[:1]]


_CENSUSES: WeakKeyDictionary[Exchange, Census] = WeakKeyDictionary()
"""One for each hub of this process."""


def census(visit: Visit) -> Census:
    return _CENSUSES.setdefault(visit.exchange, Census())
