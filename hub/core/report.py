"""The flow: the figures that the law asks for (QĐ 28/2018 Art. 11, 14.3, 15.1) and that operators watch.

The store counts (`ReportRows`, `Tally`); here the counts become rates, shares, the 4 × 4 matrix of tiers and the
ledger. The ledger's rule, for every agency and tier: accepted = waiting + handed over + taken back + refused + expired.
`accepted` comes from the mailbox's own gap-free numbering and the rest from the deliveries, so that a difference can
be seen at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import msgspec

from hub.core import wire
from hub.core.model import DeliveryState, MessageKind, Millis, Tier, iso_utc


class Tally(msgspec.Struct, frozen=True):
    """One line of the ledger: how many deliveries of `kind` of an agency are in each state, and how many its mailbox
    was given. `difference` is 0 or an alarm."""

    agency: str
    kind: MessageKind
    accepted: int
    states: dict[DeliveryState, int]

    @property
    def difference(self) -> int:
        return self.accepted - sum(self.states.values())


class Flow(msgspec.Struct, frozen=True):
    """Documents and deliveries from one tier to another within a time window: one cell of the 4 × 4 matrix."""

    sender: Tier
    recipient: Tier
    deliveries: int
    handed_over: int


class Peak(msgspec.Struct, frozen=True):
    """The busiest second, minute or day of the window: how many documents and deliveries were accepted in it."""

    documents: int
    deliveries: int


class Waiting(msgspec.Struct, frozen=True):
    """The waiting documents of one agency in one lane: how many documents, since when the oldest, when the first
    expires."""

    agency: str
    lane: int
    documents: int
    oldest: Millis
    ends_at: Millis | None


class Surge(msgspec.Struct, frozen=True):
    """How often something happened to one agency (empty: to all together) since `since`, and how often it does in as
    long a time as usual."""

    agency: str
    count: int
    usual: float
    since: Millis


class Expired(msgspec.Struct, frozen=True):
    """Deliveries to one agency that nobody fetched in time: how many, how many lately, the first and last."""

    agency: str
    deliveries: int
    lately: int
    first: Millis
    last: Millis


class Speed(msgspec.Struct, frozen=True):
    """From acceptance to hand-over in one lane, in ms: how many were measured, half of them within, 99 % within."""

    lane: int
    measured: int
    p50: int
    p99: int


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How it flows just now. `minutes`: documents accepted in each of the sixty minutes before `until`, oldest first;
    `expired`: deliveries that expired of documents accepted in the last two weeks, and when the last one did."""

    minutes: tuple[int, ...]
    waiting: list[Waiting]
    speeds: list[Speed]
    expired: int
    expired_at: Millis | None


class ReportRows(msgspec.Struct, frozen=True, kw_only=True):
    """The input of a report, counted by the store over documents (not statuses) accepted in [since, until).

    sent        documents by the tier of their sender
    active      agencies of each tier that sent or were sent a document; `agencies` all that the directory holds
    latencies   ms from submission to hand-over, ascending, at most 100,000 of them evenly drawn
    """

    documents: int
    deliveries: int
    signed: int
    statuses: int
    bytes: int
    first_at: Millis | None
    last_at: Millis | None
    peaks: dict[str, Peak]
    sent: dict[Tier, int]
    flows: list[Flow]
    agencies: dict[Tier, int]
    active: dict[Tier, int]
    latencies: list[int]


VIETNAM_MS = 7 * 3_600_000
"""Days are Vietnam's."""
_STEP_MS = {"second": 1_000, "minute": 60_000, "day": 86_400_000}


def figures(
    rows: ReportRows,
    tallies: Sequence[Tally],
    since: Millis,
    until: Millis,
    tier_of: Callable[[str], Tier | None],
) -> wire.Figures:
    """The report as it goes over the wire. `tier_of` gives the tier of an agency code."""
    rates = {name: _rate(name, rows, since, until) for name in _STEP_MS}
    return wire.Figures(
        since=iso_utc(since),
        until=iso_utc(until),
        documents=rows.documents,
        deliveries=rows.deliveries,
        statuses=rows.statuses,
        bytes=rows.bytes,
        signed=rows.signed,
        signed_share=_share(rows.signed, rows.documents),
        per_second=rates["second"],
        per_minute=rates["minute"],
        per_day=rates["day"],
        tiers=[_tier(tier, rows) for tier in Tier],
        matrix=[
            wire.Flow(sender=f.sender, recipient=f.recipient, deliveries=f.deliveries, handed_over=f.handed_over)
            for f in _full(rows.flows)
        ],
        latency=wire.Latency(
            measured=len(rows.latencies),
            p50=quantile(rows.latencies, 0.50),
            p99=quantile(rows.latencies, 0.99),
        ),
        ledger=ledger(tallies, tier_of),
    )


def ledger(tallies: Iterable[Tally], tier_of: Callable[[str], Tier | None]) -> list[wire.LedgerLine]:
    """One line for each tier and one for all, over documents; agencies no longer registered count as `unknown`."""
    lines: dict[str, list[Tally]] = defaultdict(list)
    for tally in tallies:
        if tally.kind is MessageKind.DOCUMENT:
            lines[tier_of(tally.agency) or "unknown"].append(tally)
    every = [tally for group in lines.values() for tally in group]
    return [line(name, lines[name]) for name in (*Tier, "unknown") if name in lines] + [line("all", every)]


def line(name: str, tallies: Sequence[Tally]) -> wire.LedgerLine:
    """The sum of some tallies. `difference` is the sum of each one's absolute difference: two errors never cancel."""
    counts = {state: sum(t.states.get(state, 0) for t in tallies) for state in DeliveryState}
    return wire.LedgerLine(
        name=name,
        accepted=sum(t.accepted for t in tallies),
        waiting=counts[DeliveryState.WAITING],
        handed_over=counts[DeliveryState.HANDED_OVER],
        taken_back=counts[DeliveryState.TAKEN_BACK],
        refused=counts[DeliveryState.REFUSED],
        expired=counts[DeliveryState.EXPIRED],
        difference=sum(abs(t.difference) for t in tallies),
    )


def quantile(ascending: Sequence[int], q: float) -> int:
    """The smallest value that at least a share `q` of the values does not exceed; 0 when there are none."""
    if not ascending:
        return 0
    rank = -(-len(ascending) * int(q * 100) // 100)
    return ascending[max(0, min(len(ascending), rank) - 1)]


def _rate(name: str, rows: ReportRows, since: Millis, until: Millis) -> wire.Rate:
    """The mean over the window that was asked for; where no beginning was, from the first document on. Divided by the
    seconds, minutes or days that the window touches, as the peak is counted: so no mean is above its peak."""
    peak = rows.peaks[name]
    if rows.first_at is None:
        return wire.Rate(documents=0, deliveries=0, peak_documents=0, peak_deliveries=0)
    step, begin = _STEP_MS[name], since or rows.first_at
    units = (until - 1 + VIETNAM_MS) // step - (begin + VIETNAM_MS) // step + 1
    return wire.Rate(
        documents=round(rows.documents / units, 3),
        deliveries=round(rows.deliveries / units, 3),
        peak_documents=peak.documents,
        peak_deliveries=peak.deliveries,
    )


def _tier(tier: Tier, rows: ReportRows) -> wire.TierFigures:
    agencies, active = rows.agencies.get(tier, 0), rows.active.get(tier, 0)
    return wire.TierFigures(
        tier=tier,
        agencies=agencies,
        exchanged=active,
        share=_share(active, agencies),
        sent=rows.sent.get(tier, 0),
        received=sum(f.deliveries for f in rows.flows if f.recipient is tier),
    )


def _full(flows: Sequence[Flow]) -> list[Flow]:
    """All sixteen cells, the empty ones too."""
    known = {(f.sender, f.recipient): f for f in flows}
    return [known.get((a, b), Flow(a, b, 0, 0)) for a in Tier for b in Tier]


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
