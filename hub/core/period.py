"""Figures of a period: per tier and per ministry, province, district and commune (QĐ 28/2018/QĐ-TTg Art. 11, 15.1).

The store counts by agency and day (`PeriodRows`); here the counts are summed, by the tiers as they were in the period.
Every figure has its definition (`DEFINITIONS`), and a `Hole` tells each thing that the figures leave out.

A unit is the topmost agency of its tier in the line of parents: a department belongs to its province, a ward to itself.
So the units of a tier share nothing, and their sums are the tier's figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from hub.core.model import Agency, DeliveryState, Millis, Tier, iso_utc, vietnam_date
from hub.core.period_words import DEFINITIONS, hole_of
from hub.core.wire_report import Hole, PeriodLine, PeriodReport, PeriodStep

_EPOCH: Final = date(1970, 1, 1)
MOST_DAYS: Final = 12_000
"""Of a window: longer than the axis is old."""
MOST_STEPS: Final = 800

Histogram = dict[int, int]
"""ms, to two significant digits → how many."""


class PeriodRows(msgspec.Struct, frozen=True, kw_only=True):
    """Counted by the store over documents (not statuses) accepted in a window.

    first_at    when the first document on record was accepted
    sent        by sender: documents, and those of them with a valid signature
    states      by recipient: deliveries in each state
    fetch, acknowledge   by recipient: ms from the mailbox until the bytes first left for it, until it acknowledged
    unmeasured  deliveries whose bytes left before the record kept the time of that
    days        by day since 1970-01-01 in Vietnam: documents, signed ones, deliveries
    """

    first_at: Millis | None
    sent: dict[str, tuple[int, int]]
    states: dict[str, dict[DeliveryState, int]]
    fetch: dict[str, Histogram]
    acknowledge: dict[str, Histogram]
    unmeasured: int
    days: dict[int, tuple[int, int, int]]


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


def first_of(period: Period, day: date) -> date:
    """The first day of the period that `day` is in; weeks begin on Monday."""
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    if period is Period.MONTH:
        return day.replace(day=1)
    if period is Period.QUARTER:
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day


def last_of(period: Period, day: date) -> date:
    """The last day of the period that `day` is in. OverflowError at the end of all calendars."""
    longest = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31, Period.QUARTER: 92}[period]
    first = first_of(period, day)
    return (
        first_of(period, first + timedelta(days=longest)) - timedelta(days=1)
        if longest > 7
        else first + timedelta(days=longest - 1)
    )


def code_of(period: Period, first: date) -> str:
    """`2026-11-22`, `2026-W47`, `2026-11`, `2026-Q4`."""
    if period is Period.WEEK:
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02}"
    if period is Period.MONTH:
        return f"{first:%Y-%m}"
    if period is Period.QUARTER:
        return f"{first.year}-Q{(first.month + 2) // 3}"
    return first.isoformat()


def steps_of(period: Period, first: date, last: date) -> list[tuple[date, date]]:
    """The periods from that of `first` to that of `last`, whole ones, in order."""
    found = []
    day = first_of(period, first)
    while day <= last:
        end = last_of(period, day)
        found.append((day, end))
        day = end + timedelta(days=1)
    return found


def window(first: date, last: date) -> tuple[Millis, Millis]:
    """[since, until) of these days in Vietnam."""
    begin = ((first - _EPOCH).days * 24 - 7) * 3_600_000
    return Millis(begin), Millis(begin + ((last - first).days + 1) * 86_400_000)


def unit_of(agency: Agency, held: Callable[[str], Agency | None]) -> Agency:
    """The topmost agency of the same tier above it, or itself. A line of parents comes to an end, by the directory's
    own rules."""
    unit, above = agency, held(agency.parent) if agency.parent else None
    while above is not None:
        if above.tier is agency.tier:
            unit = above
        above = held(above.parent) if above.parent else None
    return unit


def existed(agency: Agency, first: date, last: date) -> bool:
    """Whether the agency may send and receive on a day of the window."""
    return (agency.valid_from is None or agency.valid_from <= last) and (
        agency.valid_to is None or agency.valid_to >= first
    )


_COUNTS: Final = ("sent", "signed", "received", "acknowledged", "waiting", "returned", "taken_back", "expired")
_STATES: Final = {
    "acknowledged": DeliveryState.HANDED_OVER,
    "waiting": DeliveryState.WAITING,
    "returned": DeliveryState.REFUSED,
    "taken_back": DeliveryState.TAKEN_BACK,
    "expired": DeliveryState.EXPIRED,
}


class Sum:
    """The sums of one line."""

    def __init__(self) -> None:
        self.agencies = 0
        self.exchanging = 0
        self.counts = dict.fromkeys(_COUNTS, 0)
        self.fetch: Histogram = {}
        self.acknowledge: Histogram = {}

    def add(self, agency: str, rows: PeriodRows, *, existed: bool) -> None:
        sent, signed = rows.sent.get(agency, (0, 0))
        states = rows.states.get(agency, {})
        self.agencies += existed
        self.exchanging += existed and bool(sent or states)
        self.counts["sent"] += sent
        self.counts["signed"] += signed
        self.counts["received"] += sum(states.values())
        for name, state in _STATES.items():
            self.counts[name] += states.get(state, 0)
        _merge(self.fetch, rows.fetch.get(agency, {}))
        _merge(self.acknowledge, rows.acknowledge.get(agency, {}))

    def plus(self, other: Sum) -> None:
        self.agencies += other.agencies
        self.exchanging += other.exchanging
        for name, count in other.counts.items():
            self.counts[name] += count
        _merge(self.fetch, other.fetch)
        _merge(self.acknowledge, other.acknowledge)

    def line(self, code: str, name: str, tier: Tier | None = None, folded: int = 0) -> PeriodLine:
        counts = self.counts
        return PeriodLine(
            code=code,
            name=name,
            tier=tier,
            agencies=self.agencies,
            exchanging=self.exchanging,
            exchanging_share=_share(self.exchanging, self.agencies),
            signed_share=_share(counts["signed"], counts["sent"]),
            acknowledged_share=_share(counts["acknowledged"], counts["received"]),
            fetched=sum(self.fetch.values()),
            fetch_median=quantile(self.fetch, 50),
            fetch_p95=quantile(self.fetch, 95),
            acknowledge_median=quantile(self.acknowledge, 50),
            acknowledge_p95=quantile(self.acknowledge, 95),
            folded=folded,
            **counts,
        )

    @property
    def documents(self) -> int:
        return self.counts["sent"] + self.counts["received"]


def _merge(into: Histogram, more: Histogram) -> None:
    for ms, count in more.items():
        into[ms] = into.get(ms, 0) + count


def quantile(histogram: Histogram, percent: int) -> int | None:
    """The smallest value that at least so many percent of the values do not exceed; None where there are none."""
    total = sum(histogram.values())
    rank, passed = -(-total * percent // 100), 0
    for ms in sorted(histogram):
        passed += histogram[ms]
        if passed >= rank:
            return ms
    return None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


class Sums:
    """The lines of a period before they are told: of each unit, of each tier, of all."""

    def __init__(self, rows: PeriodRows, directory: Iterable[Agency], first: date, last: date) -> None:
        agencies = {agency.code: agency for agency in directory}
        self.units: dict[str, Sum] = {}
        self.unit: dict[str, Agency] = {}
        self.tiers: dict[Tier, Sum] = {}
        self.total = Sum()
        active = rows.sent.keys() | rows.states.keys()
        for code, agency in agencies.items():
            was = existed(agency, first, last)
            if was or code in active:
                unit = unit_of(agency, agencies.get)
                self.unit[unit.code] = unit
                self.units.setdefault(unit.code, Sum()).add(code, rows, existed=was)
        self.nobody = Sum()
        for code in sorted(active - agencies.keys()):
            self.nobody.add(code, rows, existed=False)
        for code, one in self.units.items():
            self.tiers.setdefault(self.unit[code].tier, Sum()).plus(one)
        for one in (*self.tiers.values(), self.nobody):
            self.total.plus(one)

    def of_tier(self, tier: Tier) -> list[tuple[str, Sum]]:
        """By code."""
        return sorted(pair for pair in self.units.items() if self.unit[pair[0]].tier is tier)

    def tier_lines(self) -> list[PeriodLine]:
        lines = [self.tiers.get(tier, Sum()).line(tier.value, "", tier) for tier in Tier]
        return [*lines, self.nobody.line("unknown", "")] if self.nobody.documents or self.nobody.fetch else lines

    def unit_lines(self) -> list[PeriodLine]:
        return [one.line(code, self.unit[code].name, tier) for tier in Tier for code, one in self.of_tier(tier)]


def report(
    period: Period, first: date, last: date, rows: PeriodRows, directory: Iterable[Agency], as_of: Millis
) -> PeriodReport:
    """The report over whole periods, from `first` to `last`."""
    sums = Sums(rows, directory, first, last)
    return PeriodReport(
        period=period.value,
        first=first,
        last=last,
        as_of=iso_utc(as_of),
        record_since=iso_utc(rows.first_at) if rows.first_at is not None else "",
        total=sums.total.line("all", ""),
        tiers=sums.tier_lines(),
        units=sums.unit_lines(),
        steps=steps(period, first, last, rows.days),
        holes=holes(sums, rows, first, last, as_of),
        definitions=list(DEFINITIONS),
    )


def steps(period: Period, first: date, last: date, days: Mapping[int, tuple[int, int, int]]) -> list[PeriodStep]:
    found = []
    for begin, end in steps_of(period, first, last):
        span = range((begin - _EPOCH).days, (end - _EPOCH).days + 1)
        inside = [days[day] for day in span if day in days]
        sent, signed, received = (sum(column) for column in zip(*inside, strict=True)) if inside else (0, 0, 0)
        found.append(
            PeriodStep(code=code_of(period, begin), first=begin, last=end, sent=sent, signed=signed, received=received)
        )
    return found


def holes(sums: Sums, rows: PeriodRows, first: date, last: date, as_of: Millis) -> list[Hole]:
    """A gap that a reader would take for zeros, or for final."""
    found = []
    today = vietnam_date(as_of)
    if last >= today:
        left = (last - today).days + 1
        found.append(hole_of("not-over", left))
    begun = vietnam_date(rows.first_at) if rows.first_at is not None else None
    if begun is None or begun > first:
        found.append(hole_of("before-record", ((begun or min(today, last + timedelta(days=1))) - first).days))
    gone = [tier for tier in Tier if not sums.tiers.get(tier, Sum()).agencies]
    if gone:
        found.append(hole_of("tier-ended", len(gone)))
    silent = sum(1 for one in sums.units.values() if one.agencies and not one.documents)
    if silent:
        found.append(hole_of("silent", silent))
    if rows.unmeasured:
        found.append(hole_of("unmeasured", rows.unmeasured))
    return [hole for hole in found if hole.count > 0]


LEAST: Final = 5
"""Documents that a unit sent or was sent, below which the public figures do not tell it apart."""


def few(counts: Iterable[tuple[str, int]], least: int = LEAST) -> set[str]:
    """The units that are not told apart: all with fewer than `least`; and where these are one alone, or fewer than that
    together, the next smallest with them, for a sum would tell them after all."""
    hidden: set[str] = set()
    together = 0
    for code, count in sorted(counts, key=lambda one: (one[1], one[0])):
        if count >= least and (not hidden or (len(hidden) > 1 and together >= least)):
            break
        hidden.add(code)
        together += count
    return hidden


def folded(sums: Sums, tier: Tier, least: int = LEAST) -> list[PeriodLine]:
    """The units of a tier as anybody may see them: those that exchanged documents, where all of fewer than `least` are
    one line. A line of one unit, or of few documents, would tell it after all, by the tier's sum: then the next
    smallest joins them."""
    units = [(code, one) for code, one in sums.of_tier(tier) if one.documents]
    hidden = few(((code, one.documents) for code, one in units), least)
    other = Sum()
    for code, one in units:
        if code in hidden:
            other.plus(one)
    lines = [one.line(code, sums.unit[code].name, tier) for code, one in units if code not in hidden]
    return [*lines, other.line("", "", tier, folded=len(hidden))] if hidden else lines
