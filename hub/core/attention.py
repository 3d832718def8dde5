"""The most urgent work first: facts of a hub, ranked. Pure.

    1 integrity     the ledger differs, the hub halted, the clock is in doubt
    2 acceptance    the hub takes nothing, or soon will not
    3 urgent        urgent documents that nobody fetched
    4 expiry        expired, or about to
    5 silence       agencies that leave documents waiting for more than a day
    6 time left     certificates, revocation lists, witnesses, time stamps

Within a rank a matter that concerns more, for longer, comes first. An item states its kind, how many, since when, and
the agencies to look at; its words belong to the page that shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from hub.core.model import Millis, Priority
from hub.core.report import Waiting

_PATIENCE: Final = {Priority.EXPRESS: 15 * 60_000, Priority.SCHEDULED_EXPRESS: 5 * 60_000}
"""How long an express document may wait before somebody is to be called."""
DAY: Final = 86_400_000
_SOON: Final = 6 * 3_600_000
"""Before it expires, a waiting document is worth a word."""
_RENEW: Final = 30 * DAY


class What(StrEnum):
    DIFFERENCE = "difference"
    HALTED = "halted"
    CLOCK = "clock"
    UNWELL = "unwell"
    URGENT = "urgent"
    EXPIRED = "expired"
    EXPIRING = "expiring"
    SILENT = "silent"
    CERTIFICATE = "certificate"
    REVOCATION = "revocation"
    WITNESS = "witness"


RANKS: Final = {
    What.DIFFERENCE: 1,
    What.HALTED: 1,
    What.CLOCK: 1,
    What.UNWELL: 2,
    What.URGENT: 3,
    What.EXPIRED: 4,
    What.EXPIRING: 4,
    What.SILENT: 5,
    What.CERTIFICATE: 6,
    What.REVOCATION: 6,
    What.WITNESS: 6,
}
_GRAVE: Final = 4
"""Up to this rank an item is an error, beyond it a warning."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """`count` of them; `since` when, or `until` when there is time; `agencies`: the first few that it is about, and
    `of` how many; `why`: a word of the hub's own."""

    what: What
    count: int = 1
    since: Millis | None = None
    until: Millis | None = None
    agencies: tuple[str, ...] = ()
    of: int = 0
    lane: int = 0
    why: str = ""

    @property
    def grave(self) -> bool:
        return RANKS[self.what] <= _GRAVE


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts known of a hub at `now`. `halted`, `doubt`, `unwell`: why, empty where it is well. `certificates`: name
    and end of those that end within a month. `crl`: until when the first revocation list is believed. `behind`: names
    of witnesses whose last cosignature is older than some minutes though the log grew."""

    now: Millis
    difference: int = 0
    halted: str = ""
    doubt: str = ""
    unwell: str = ""
    waiting: Sequence[Waiting] = ()
    expired: int = 0
    expired_at: Millis | None = None
    certificates: Sequence[tuple[str, Millis]] = ()
    crl: Millis | None = None
    behind: Sequence[str] = ()


def ranked(facts: Facts) -> list[Item]:
    """The gravest first."""
    return sorted(_items(facts), key=lambda item: (RANKS[item.what], -_weight(item, facts.now)))


def _weight(item: Item, now: Millis) -> int:
    age = now - item.since if item.since is not None else _RENEW - (item.until - now) if item.until is not None else 1
    return item.count * max(1, age)


def _items(facts: Facts) -> Iterator[Item]:
    if facts.difference:
        yield Item(what=What.DIFFERENCE, count=facts.difference)
    for what, why in ((What.HALTED, facts.halted), (What.CLOCK, facts.doubt), (What.UNWELL, facts.unwell)):
        if why:
            yield Item(what=what, why=why)
    yield from _waiting(facts)
    if facts.expired:
        yield Item(what=What.EXPIRED, count=facts.expired, since=facts.expired_at)
    yield from _of_time_left(facts)


def _waiting(facts: Facts) -> Iterator[Item]:
    urgent = [w for w in facts.waiting if w.lane in _PATIENCE and facts.now - w.oldest > _PATIENCE[Priority(w.lane)]]
    if urgent:
        yield _about(What.URGENT, urgent, lane=max(w.lane for w in urgent))
    ending = [w for w in facts.waiting if w.ends_at is not None and w.ends_at - facts.now < _SOON]
    if ending:
        first = min(w.ends_at for w in ending if w.ends_at is not None)
        yield _about(What.EXPIRING, ending, until=first)
    silent = [w for w in facts.waiting if facts.now - w.oldest > DAY]
    if silent:
        yield _about(What.SILENT, silent)


def _about(what: What, rows: Sequence[Waiting], *, lane: int = 0, until: Millis | None = None) -> Item:
    oldest = sorted(rows, key=lambda w: w.oldest)
    codes = tuple(dict.fromkeys(w.agency for w in oldest))
    return Item(
        what=what,
        count=sum(w.documents for w in rows),
        since=oldest[0].oldest,
        until=until,
        agencies=codes[:3],
        of=len(codes),
        lane=lane,
    )


def _of_time_left(facts: Facts) -> Iterator[Item]:
    ending = sorted((end, name) for name, end in facts.certificates if end - facts.now < _RENEW)
    if ending:
        yield Item(
            what=What.CERTIFICATE,
            count=len(ending),
            until=ending[0][0],
            agencies=tuple(name for _, name in ending[:3]),
            of=len(ending),
        )
    if facts.crl is not None and facts.crl - facts.now < 2 * DAY:
        yield Item(what=What.REVOCATION, until=facts.crl)
    if facts.behind:
        yield Item(what=What.WITNESS, count=len(facts.behind), agencies=tuple(facts.behind[:3]), of=len(facts.behind))
