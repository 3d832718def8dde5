"""The most urgent work first: facts of a hub, ranked. Pure.

    1 integrity     the ledger differs, the hub halted, the clock is in doubt
    2 acceptance    the hub takes nothing, or soon will not: disk, seal, revocation lists
    3 urgent        urgent documents that nobody fetched
    4 expiry        expired, or about to
    5 silence       agencies that leave documents waiting for more than a day; more waits in all than is usual
    6 surges        refusals of one code, one agency or all, messages of one agency or all: above three times the usual
    7 time left     certificates, revocation lists, witnesses, time stamps; agencies that are registered by half

Within a rank a matter that concerns more, for longer, comes first. An item states its kind, how many, since when, and
the agencies to look at; its words belong to the room that shows it: the console, the command line, an alert
(`hub.core.alerts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from hub.core.model import Millis, Priority
from hub.core.report import Surge, Waiting

DAY: Final = 86_400_000
_MINUTE: Final = 60_000
_MANY_TIMES: Final = 3
_SOON: Final = 6 * 3_600_000
"""Before it expires, a waiting document is worth a word."""
_RENEW: Final = 30 * DAY
"""Of time left: what ends sooner weighs more, as if it had gone on for that much longer."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """From where on a fact is worth a word. Times in ms. `urgent`: that an express document may wait, a scheduled one a
    third of it; `silent`: that any may; `backlog`: documents that wait in all, 0 = however many; `disk`: bytes free;
    `certificate`, `crl`: left of each; `refusals`, of one code or agency, and `traffic`, messages of one agency: in an
    hour, and three times as many as usual."""

    urgent: int = 15 * _MINUTE
    silent: int = DAY
    backlog: int = 0
    disk: int = 0
    certificate: int = 30 * DAY
    crl: int = 2 * DAY
    refusals: int = 20
    traffic: int = 200

    def patience(self, lane: int) -> int | None:
        """How long an urgent document may wait before somebody is to be called; None: it is not urgent."""
        if lane == Priority.SCHEDULED_EXPRESS:
            return self.urgent // 3
        return self.urgent if lane == Priority.EXPRESS else None


class What(StrEnum):
    DIFFERENCE = "difference"
    HALTED = "halted"
    CLOCK = "clock"
    UNWELL = "unwell"
    DISK = "disk"
    URGENT = "urgent"
    EXPIRED = "expired"
    EXPIRING = "expiring"
    SILENT = "silent"
    BACKLOG = "backlog"
    REFUSALS = "refusals"
    TURNED_AWAY = "turned_away"
    TRAFFIC = "traffic"
    CERTIFICATE = "certificate"
    REVOCATION = "revocation"
    WITNESS = "witness"
    STAMPS = "stamps"
    NO_CERTIFICATE = "no_certificate"
    UNPROVEN = "unproven"
    NEVER_CAME = "never_came"


RANKS: Final = {
    What.DIFFERENCE: 1,
    What.HALTED: 1,
    What.CLOCK: 1,
    What.UNWELL: 2,
    What.DISK: 2,
    What.URGENT: 3,
    What.EXPIRED: 4,
    What.EXPIRING: 4,
    What.SILENT: 5,
    What.BACKLOG: 5,
    What.REFUSALS: 6,
    What.TURNED_AWAY: 6,
    What.TRAFFIC: 6,
    What.CERTIFICATE: 7,
    What.REVOCATION: 7,
    What.WITNESS: 7,
    What.STAMPS: 7,
    What.NO_CERTIFICATE: 7,
    What.UNPROVEN: 7,
    What.NEVER_CAME: 7,
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


class Refused(msgspec.Struct, frozen=True):
    """A code that callers were told `count` times in this hour, `usual` in an hour before, since `since`; most often
    these `agencies`, of `of`."""

    code: str
    count: int
    usual: float
    since: Millis
    agencies: tuple[str, ...] = ()
    of: int = 0


class Half(msgspec.Struct, frozen=True):
    """Agencies that are registered by half: `no_certificate`: none that counts today and no centre that acts for it;
    `unproven`: a webhook's endpoint whose secret it has not shown to hold; `never_came`: a certificate, and never heard
    of since. Codes."""

    no_certificate: Sequence[str] = ()
    unproven: Sequence[str] = ()
    never_came: Sequence[str] = ()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts known of a hub at `now`. `halted`, `doubt`, `unwell`: why, empty where it is well. `certificates`: name
    and end of those that end within a month. `crl`: until when the first revocation list is believed. `behind`: names
    of witnesses whose last cosignature is older than some minutes though the log grew. `disk_free`: bytes. `stamped`:
    the last time stamp, None where it is as young as it should be, or none is asked for. `turned_away`:
    refusals of agencies, of all codes together; `traffic`: messages that they sent."""

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
    disk_free: int | None = None
    refused: Sequence[Refused] = ()
    stamped: Millis | None = None
    turned_away: Sequence[Surge] = ()
    traffic: Sequence[Surge] = ()
    half: Half = Half()
    bounds: Bounds = Bounds()


def ranked(facts: Facts) -> list[Item]:
    """The gravest first."""
    return sorted(_items(facts), key=lambda item: (RANKS[item.what], -_weight(item, facts.now)))


def _weight(item: Item, now: Millis) -> int:
    left = _RENEW - (item.until - now) if item.until is not None else 1
    age = now - item.since if item.since is not None else left
    return item.count * max(1, age)


def _items(facts: Facts) -> Iterator[Item]:
    if facts.difference:
        yield Item(what=What.DIFFERENCE, count=facts.difference)
    for what, why in ((What.HALTED, facts.halted), (What.CLOCK, facts.doubt), (What.UNWELL, facts.unwell)):
        if why:
            yield Item(what=what, why=why)
    if facts.disk_free is not None and facts.disk_free < facts.bounds.disk:
        yield Item(what=What.DISK, why=f"{facts.disk_free // 1_000_000} MB")
    yield from _waiting(facts)
    if facts.expired:
        yield Item(what=What.EXPIRED, count=facts.expired, since=facts.expired_at)
    yield from _of_many_times(facts)
    yield from _of_time_left(facts)
    for what, codes in (
        (What.NO_CERTIFICATE, facts.half.no_certificate),
        (What.UNPROVEN, facts.half.unproven),
        (What.NEVER_CAME, facts.half.never_came),
    ):
        if codes:
            yield Item(what=what, count=len(codes), agencies=tuple(codes[:3]), of=len(codes))


def _of_many_times(facts: Facts) -> Iterator[Item]:
    """An agency's refusals are told where no code tells them already."""
    bounds, told = facts.bounds, set[str]()
    for code in facts.refused:
        if _many(code.count, code.usual, bounds.refusals):
            told.update(code.agencies, ("",))
            yield Item(
                what=What.REFUSALS,
                count=code.count,
                since=code.since,
                agencies=code.agencies,
                of=code.of,
                why=code.code,
            )
    yield from _surge(What.TURNED_AWAY, [s for s in facts.turned_away if s.agency not in told], bounds.refusals)
    yield from _surge(What.TRAFFIC, facts.traffic, bounds.traffic)


def _surge(what: What, surges: Sequence[Surge], least: int) -> Iterator[Item]:
    """One item: the agencies above the usual, or all together where no single one is. `why`: the factor of the agency
    that is most above it."""
    above = [s for s in surges if _many(s.count, s.usual, least)]
    single = sorted((s for s in above if s.agency), key=lambda s: -_times(s)) or above
    if single:
        codes = tuple(s.agency for s in single if s.agency)
        yield Item(
            what=what,
            count=sum(s.count for s in single),
            since=min(s.since for s in single),
            agencies=codes[:3],
            of=len(codes),
            why=str(max(map(_times, single))),
        )


def _many(count: int, usual: float, least: int) -> bool:
    return count >= least and count > _MANY_TIMES * usual


def _times(surge: Surge) -> int:
    return int(surge.count / max(1.0, surge.usual))


def _waiting(facts: Facts) -> Iterator[Item]:
    bounds = facts.bounds
    urgent = [w for w in facts.waiting if (p := bounds.patience(w.lane)) is not None and facts.now - w.oldest > p]
    if urgent:
        yield _about(What.URGENT, urgent, lane=max(w.lane for w in urgent))
    ending = [w for w in facts.waiting if w.ends_at is not None and w.ends_at - facts.now < _SOON]
    if ending:
        first = min(w.ends_at for w in ending if w.ends_at is not None)
        yield _about(What.EXPIRING, ending, until=first)
    silent = [w for w in facts.waiting if facts.now - w.oldest > bounds.silent]
    if silent:
        yield _about(What.SILENT, silent)
    if bounds.backlog and sum(w.documents for w in facts.waiting) > bounds.backlog:
        yield _about(What.BACKLOG, facts.waiting)


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
    ending = sorted((end, name) for name, end in facts.certificates if end - facts.now < facts.bounds.certificate)
    if ending:
        yield Item(
            what=What.CERTIFICATE,
            count=len(ending),
            until=ending[0][0],
            agencies=tuple(name for _, name in ending[:3]),
            of=len(ending),
        )
    if facts.crl is not None and facts.crl - facts.now < facts.bounds.crl:
        yield Item(what=What.REVOCATION, until=facts.crl)
    if facts.behind:
        yield Item(what=What.WITNESS, count=len(facts.behind), agencies=tuple(facts.behind[:3]), of=len(facts.behind))
    if facts.stamped is not None:
        yield Item(what=What.STAMPS, since=facts.stamped)
