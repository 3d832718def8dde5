"""The report of a run: one record, for programs as JSON, for people as a page (`page`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

import msgspec

from hub.core import wire
from hub.core.model import VIETNAM
from hub.lab import machine
from hub.lab.machine import Machine
from hub.lab.simulate.check import Invariant
from hub.lab.simulate.country import FANOUT
from hub.lab.simulate.run import Moment, Played

_EDGES: Final = tuple(round(10 ** (step / 4), 3) for step in range(-2, 21))
"""Upper edges of the latency classes in ms, four to a decade, from 0.3 ms to 100 s."""

_MOST_STEPS: Final = 240


class Spread(msgspec.Struct, frozen=True):
    """Milliseconds. `classes`: how many fall below each edge of `edges`, the last those above all."""

    count: int
    p50: float
    p90: float
    p99: float
    most: float
    edges: list[float]
    classes: list[int]


class Step(msgspec.Struct, frozen=True):
    """One step of the timeline: the events per second in it, the hub's memory and its share of a processor."""

    at: float
    documents: float
    deliveries: float
    statuses: float
    rss_mb: float
    cpu_percent: float


class Lane(msgspec.Struct, frozen=True):
    """One priority: how long until its documents were accepted, and until they were handed over (ms)."""

    priority: int
    documents: int
    accept_p50: float
    accept_p99: float
    delivery_p50: float
    delivery_p99: float


class Report(msgspec.Struct, frozen=True):
    """`ok`: every invariant holds. Rates are per second over the run. `generator_late_ms_p99`: how late the players
    were in an open loop; when it grows, they and not the hub were the limit. `processors_used`: hub and players."""

    ok: bool
    made: str
    options: dict[str, object]
    machine: Machine
    seconds: float
    planned: int
    documents: int
    deliveries: int
    handed_over: int
    statuses: int
    updates: int
    take_backs: int
    bytes: int
    fanout: float
    documents_per_s: float
    deliveries_per_s: float
    messages_per_s: float
    accept: Spread
    delivery: Spread
    generator_late_ms_p99: float
    hub_cpu_seconds: float
    players_cpu_seconds: float
    hub_rss_mb: float
    receipts_given: int
    receipts_verified: int
    outcomes: dict[str, int]
    refused: dict[str, int]
    invariants: list[Invariant]
    timeline: list[Step]
    lanes: list[Lane]
    fanouts: dict[str, int]
    sizes: dict[str, int]
    figures: wire.Figures


def report_of(played: Played) -> Report:
    merged, library = played.merged, played.merged.library
    entries = [library[s.number] for s in merged.sent]
    deliveries = sum(len(s.recipients) for s in merged.sent)
    seconds = max(played.seconds, 0.001)
    documents = len(merged.sent)
    last = played.moments[-1] if played.moments else Moment(0, 0, 0, 0, 0, 0, 0, 0, "")
    return Report(
        ok=played.holds,
        made=datetime.now(VIETNAM).isoformat(timespec="seconds"),
        options=_options(played),
        machine=machine.look(),
        seconds=round(seconds, 2),
        planned=played.planned,
        documents=documents,
        deliveries=deliveries,
        handed_over=sum(1 for h in merged.handed if h.number),
        statuses=len(merged.said),
        updates=sum(1 for e in entries if e.sending.original),
        take_backs=sum(s.code == "13" for s in merged.said),
        bytes=sum(e.document.length for e in entries),
        fanout=round(deliveries / documents, 2) if documents else 0.0,
        documents_per_s=round(documents / seconds, 1),
        deliveries_per_s=round(deliveries / seconds, 1),
        messages_per_s=round((documents + len(merged.said)) / seconds, 1),
        accept=spread(s.latency * 1000 for s in merged.sent),
        delivery=spread(_delivery_times(played).values()),
        generator_late_ms_p99=quantile(sorted(t * 1000 for b in played.books for t in b.late), 0.99),
        hub_cpu_seconds=last.cpu,
        players_cpu_seconds=round(sum(b.cpu_seconds for b in played.books), 2),
        hub_rss_mb=max((m.rss_mb for m in played.moments), default=0.0),
        receipts_given=merged.receipts_given,
        receipts_verified=merged.receipts_verified,
        outcomes=dict(sorted(Counter(s.code for s in merged.said).items())),
        refused=_refused(played),
        invariants=played.invariants,
        timeline=_timeline(played),
        lanes=_lanes(played),
        fanouts=_fanouts(played),
        sizes=_sizes([e.document.length for e in entries]),
        figures=played.seen.figures,
    )


def quantile(ascending: Sequence[float], q: float) -> float:
    """The value that a share `q` does not exceed, in three digits behind the point; 0 where there is none."""
    if not ascending:
        return 0.0
    return round(ascending[min(len(ascending) - 1, int(q * len(ascending)))], 3)


def spread(values: Iterable[float]) -> Spread:
    """Of values in ms."""
    ascending = sorted(values)
    classes = [0] * (len(_EDGES) + 1)
    place = 0
    for value in ascending:
        while place < len(_EDGES) and value > _EDGES[place]:
            place += 1
        classes[place] += 1
    p50, p90, p99 = (quantile(ascending, q) for q in (0.5, 0.9, 0.99))
    most = round(ascending[-1], 3) if ascending else 0.0
    return Spread(len(ascending), p50, p90, p99, most, list(_EDGES), classes)


def _options(played: Played) -> dict[str, object]:
    options = {k: v for k, v in msgspec.structs.asdict(played.options).items() if k not in ("keys", "policy", "cacert")}
    options["corpus"] = bool(played.options.corpus)
    about = played.about
    return options | {"agencies": len(about.agencies), "documents": about.documents, "seed": about.seed, "mean": FANOUT}


def _delivery_times(played: Played) -> dict[tuple[str, int], float]:
    """From acceptance to hand-over, ms, by message and recipient."""
    accepted = {s.id: s.at for s in played.merged.sent}
    # The sender learns of the acceptance a moment after it; a recipient may have been faster.
    return {
        (h.id, h.agency): max(0.0, (h.at - accepted[h.id]) * 1000)
        for h in played.merged.handed
        if h.number and h.id in accepted
    }


def _refused(played: Played) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for (what, code, _), count in played.merged.refused.items():
        counts[f"{what}: {code}"] += count
    return dict(counts.most_common())


def _timeline(played: Played) -> list[Step]:
    """Steps of half a second or longer, so that there are not too many."""
    moments = played.moments
    every = max(1, -(-len(moments) // _MOST_STEPS))
    picked = (
        [Moment(0, 0, 0, 0, 0, 0, moments[0].rss_mb, moments[0].cpu, ""), *moments[every - 1 :: every]]
        if moments
        else []
    )
    steps = []
    for before, after in pairwise(picked):
        wide = max(after.at - before.at, 0.01)
        steps.append(
            Step(
                at=after.at,
                documents=round((after.sent - before.sent) / wide, 1),
                deliveries=round((after.handed - before.handed) / wide, 1),
                statuses=round((after.said - before.said) / wide, 1),
                rss_mb=after.rss_mb,
                cpu_percent=round(100 * (after.cpu - before.cpu) / wide, 1),
            )
        )
    return steps


def _lanes(played: Played) -> list[Lane]:
    library, times = played.merged.library, _delivery_times(played)
    accepts: dict[int, list[float]] = {}
    deliveries: dict[int, list[float]] = {}
    lane_of: dict[str, int] = {}
    for sent in played.merged.sent:
        lane = lane_of[sent.id] = library[sent.number].sending.priority
        accepts.setdefault(lane, []).append(sent.latency * 1000)
    for (message, _), ms in times.items():
        deliveries.setdefault(lane_of[message], []).append(ms)
    return [
        Lane(
            lane,
            len(accepts[lane]),
            *(quantile(sorted(accepts[lane]), q) for q in (0.5, 0.99)),
            *(quantile(sorted(deliveries.get(lane, [])), q) for q in (0.5, 0.99)),
        )
        for lane in sorted(accepts, reverse=True)
    ]


def _fanouts(played: Played) -> dict[str, int]:
    bounds = (1, 2, 3, 5, 10, 20, 50, 100, 1_000_000)
    names = ("1", "2", "3", "4-5", "6-10", "11-20", "21-50", "51-100", "> 100")
    return _classes([len(s.recipients) for s in played.merged.sent], bounds, names)


def _sizes(sizes: Sequence[int]) -> dict[str, int]:
    bounds = (6_000, 12_000, 120_000, 1_200_000, 2_400_000, 12_000_000, 1 << 62)
    names = ("≤ 6 kB", "≤ 12 kB", "≤ 120 kB", "≤ 1.2 MB", "≤ 2.4 MB", "≤ 12 MB", "> 12 MB")
    return _classes(sizes, bounds, names)


def _classes(values: Iterable[int], bounds: Sequence[int], names: Sequence[str]) -> dict[str, int]:
    counts = dict.fromkeys(names, 0)
    for value in values:
        counts[next(name for bound, name in zip(bounds, names, strict=True) if value <= bound)] += 1
    return counts
