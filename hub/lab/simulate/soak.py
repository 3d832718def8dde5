"""Hours of the same traffic against one hub: does anything creep?

One hub runs from beginning to end. The traffic comes in rounds of some minutes, each with documents, players and books
of its own, so that neither the players' memory nor the disk bounds the hours; each round's invariants are checked from
its books when it ends. Between two rounds the next is signed, and the hub stands idle. Meanwhile the process is looked
at every few seconds from outside. At the end the hub is stopped, `fsck` reads its whole record, and its figures must be
the sums of all books.

The report of each quantity: its median in the first and in the last tenth, and its slope per hour by least squares,
over all of the time and over the second half alone, where caches are full and a figure that still grows creeps.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Final

import msgspec

from hub.core import wire
from hub.lab import hub_process, machine
from hub.lab.country import world_2022
from hub.lab.hub_process import HubProcess
from hub.lab.machine import Machine
from hub.lab.simulate import plan
from hub.lab.simulate.check import Invariant, invariant
from hub.lab.simulate.report import quantile
from hub.lab.simulate.run import Moment, OnProgress, Options, Played, perform

_TENTH: Final = 0.1
_RECEIPTS: Final = 4_000
_MAY_GROW: Final = {"descriptors": 32.0, "threads": 2.0}
"""By how much the last tenth's median may lie above the first's, over any hours: these are counted, not cached."""
_ENOUGH: Final = 60
"""Looks before that is judged: in the first minutes callers are still connecting."""


class Length(msgspec.Struct, frozen=True, kw_only=True):
    """How long and how much. `round_seconds`: of traffic in one round; `every`: seconds between two looks."""

    hours: float = 1.0
    rate: float = 20.0
    agencies: int = 100
    round_seconds: float = 1_200.0
    every: float = 5.0
    window: float = 60.0
    sizes: str = "mix"
    seed: int = 2022
    processes: int = 2


class Look(msgspec.Struct, frozen=True):
    """The kernel's figures of the hub, `at` hours since the first traffic."""

    at: float
    rss_mb: float
    descriptors: int
    threads: int
    wal_mb: float
    cpu_seconds: float
    traffic: bool


class Window(msgspec.Struct, frozen=True):
    """The documents that were accepted within one window; milliseconds."""

    at: float
    documents: int
    accept_p50: float
    accept_p99: float
    delivery_p50: float
    delivery_p99: float


class Trend(msgspec.Struct, frozen=True):
    """One quantity over the hours. `steady` is False where it grew and may not."""

    name: str
    unit: str
    first: float
    last: float
    per_hour: float
    per_hour_second_half: float
    steady: bool = True


class Round(msgspec.Struct, frozen=True):
    """`began`, hours since the first traffic; `late_ms_p99`: how late the generator was, which is not the hub's."""

    began: float
    seconds: float
    documents: int
    deliveries: int
    statuses: int
    late_ms_p99: float
    refused: int
    invariants: list[Invariant]


class Soaked(msgspec.Struct, frozen=True):
    """`ok`: every invariant of every round holds, `fsck` found nothing, nothing grew that may not. Before the end, with
    the rounds until then, `fsck` has not been asked, and nothing is `ok`."""

    ok: bool
    length: Length
    machine: Machine
    hours: float
    hours_of_traffic: float
    documents: int
    deliveries: int
    statuses: int
    trends: list[Trend]
    rounds: list[Round]
    closing: list[Invariant]
    looks: list[Look]
    windows: list[Window]


class Watch:
    """Looks at a process every few seconds, on a thread of its own, inside a with block."""

    def __init__(self, pid: int, data: Path, every: float) -> None:
        self._pid = pid
        self._wal = data / "axis.sqlite-wal"
        self._every = every
        self._over = Event()
        self._thread = Thread(target=self._look_on, name="watch", daemon=True)
        self.traffic = False
        self.looks: list[tuple[float, Look]] = []

    def _look_on(self) -> None:
        while not self._over.wait(self._every):
            self.looks.append((time.monotonic(), self._look()))

    def _look(self) -> Look:
        return Look(
            at=0.0,
            rss_mb=round(hub_process.rss_mb(self._pid), 2),
            descriptors=hub_process.descriptors(self._pid),
            threads=hub_process.threads(self._pid),
            wal_mb=round(self._wal.stat().st_size / 1e6, 2) if self._wal.exists() else 0.0,
            cpu_seconds=hub_process.cpu_seconds(self._pid),
            traffic=self.traffic,
        )

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def soak(
    length: Length, folder: Path, told: OnProgress, so_far: Callable[[Soaked], object] = lambda soaked: None
) -> Soaked:
    """All of it, in `folder`, which should be new; `so_far` gets the state after each round. HubFailed, WorkerFailed
    where the traffic itself cannot be made."""
    run = _Run(length, folder, told)
    run.prepare()
    with HubProcess(folder / "hub") as hub, Watch(hub.pid, folder / "hub" / "data", length.every) as watch:
        while run.traffic_seconds < length.hours * 3600 - 0.5:
            run.round(hub.url, watch)
            so_far(run.told(list(watch.looks), None))
        hub.stop()
        looks = list(watch.looks)
        fsck = hub.fsck()
    return run.told(looks, fsck)


class _Run:
    def __init__(self, length: Length, folder: Path, told: OnProgress) -> None:
        self._length = length
        self._folder = folder
        self._keys = folder / "keys"
        self._tell = told
        self._began: float | None = None
        self._rounds: list[Round] = []
        self._windows: list[Window] = []
        self._figures: wire.Figures | None = None
        self.traffic_seconds = 0.0

    def prepare(self) -> None:
        self._tell("hub", 0, 1, None)
        world = world_2022()
        hub_process.prepare(
            self._folder / "hub", self._keys, world, plan.choose(world, self._length.agencies, self._length.seed)
        )

    def round(self, url: str, watch: Watch) -> None:
        """Sign, send, receive, check; then forget the books."""
        number, length = len(self._rounds), self._length
        seconds = min(length.round_seconds, length.hours * 3600 - self.traffic_seconds)
        corpus = self._folder / f"corpus-{number}"
        options = Options(
            agencies=length.agencies,
            documents=max(1, round(seconds * length.rate)),
            rate=length.rate,
            seed=length.seed + number,
            processes=length.processes,
            sizes=length.sizes,
            corpus=corpus,
            url=url,
            keys=self._keys,
            policy=self._folder / "hub" / "policy",
            receipts=_RECEIPTS,
            dossiers=0.0,  # a day of them is 0.8 GB
        )
        start = _Start(self._tell, watch)
        played = perform(options, start)
        shutil.rmtree(corpus)
        self.traffic_seconds += seconds
        self._begin(start.at)
        began = self._since(start.at)
        self._figures = played.seen.figures
        self._rounds.append(_round(played, began))
        self._windows += windows(played, began, length.window)

    def _begin(self, at: float) -> None:
        if self._began is None:
            self._began = at

    def _since(self, at: float) -> float:
        return (at - (self._began or 0.0)) / 3600

    def told(self, looks: Sequence[tuple[float, Look]], fsck: dict[str, object] | None) -> Soaked:
        timed = [msgspec.structs.replace(look, at=round(self._since(at), 5)) for at, look in looks]
        kept = [look for look in timed if look.at >= 0]
        found = trends(kept, self._windows)
        closing = [_sums(self._rounds, self._figures)]
        if fsck is not None:
            closing.append(invariant("record", 1, [] if fsck["ok"] else [str(fsck)[:400]]))
        holds = all(i.holds for r in self._rounds for i in r.invariants) and all(i.holds for i in closing)
        return Soaked(
            ok=fsck is not None and holds and all(trend.steady for trend in found),
            length=self._length,
            machine=machine.look(self._folder),
            hours=round(kept[-1].at, 3) if kept else 0.0,
            hours_of_traffic=round(self.traffic_seconds / 3600, 3),
            documents=sum(r.documents for r in self._rounds),
            deliveries=sum(r.deliveries for r in self._rounds),
            statuses=sum(r.statuses for r in self._rounds),
            trends=found,
            rounds=list(self._rounds),
            closing=closing,
            looks=kept,
            windows=list(self._windows),
        )


class _Start:
    """Passes progress on, and remembers when the traffic of this round began."""

    def __init__(self, told: OnProgress, watch: Watch) -> None:
        self._told = told
        self._watch = watch
        self.at = time.monotonic()

    def __call__(self, phase: str, done: int, of: int, moment: Moment | None) -> None:
        if moment is not None and not self._watch.traffic:
            self.at = time.monotonic() - moment.at
        self._watch.traffic = moment is not None
        self._told(phase, done, of, moment)


def _round(played: Played, began: float) -> Round:
    merged = played.merged
    return Round(
        began=round(began, 4),
        seconds=round(played.seconds, 1),
        documents=len(merged.sent),
        deliveries=sum(len(s.recipients) for s in merged.sent),
        statuses=len(merged.said),
        late_ms_p99=quantile(sorted(t * 1000 for b in played.books for t in b.late), 0.99),
        refused=sum(merged.refused.values()),
        invariants=played.invariants,
    )


def _sums(rounds: Sequence[Round], figures: wire.Figures | None) -> Invariant:
    """The hub's figures are the sums of all books: nobody else used it."""
    pairs = {
        "documents": (figures.documents if figures else 0, sum(r.documents for r in rounds)),
        "deliveries": (figures.deliveries if figures else 0, sum(r.deliveries for r in rounds)),
        "statuses": (figures.statuses if figures else 0, sum(r.statuses for r in rounds)),
    }
    wrong = (f"{name}: the hub says {hub}, the agencies {ours}" for name, (hub, ours) in pairs.items() if hub != ours)
    return invariant("books", len(pairs), wrong)


def windows(played: Played, began: float, seconds: float) -> list[Window]:
    """Latencies of one round, in windows by when the document was accepted. Open loop: from when it was due."""
    merged = played.merged
    accepts: dict[int, list[float]] = {}
    deliveries: dict[int, list[float]] = {}
    accepted = {}
    for sent in merged.sent:
        accepted[sent.id] = sent.at
        accepts.setdefault(int(sent.at / seconds), []).append(sent.latency * 1000)
    for handed in merged.handed:
        if handed.number and (at := accepted.get(handed.id)) is not None:
            deliveries.setdefault(int(at / seconds), []).append(max(0.0, (handed.at - at) * 1000))
    made = []
    for place in sorted(accepts):
        accept, delivery = sorted(accepts[place]), sorted(deliveries.get(place, []))
        quantiles = [quantile(values, q) for values in (accept, delivery) for q in (0.5, 0.99)]
        made.append(Window(round(began + place * seconds / 3600, 5), len(accept), *quantiles))
    return made


_OF_LOOKS: Final[tuple[tuple[str, str, Callable[[Look], float]], ...]] = (
    ("memory", "MB", lambda look: look.rss_mb),
    ("descriptors", "", lambda look: float(look.descriptors)),
    ("threads", "", lambda look: float(look.threads)),
    ("wal", "MB", lambda look: look.wal_mb),
)
_OF_WINDOWS: Final[tuple[tuple[str, str, Callable[[Window], float]], ...]] = (
    ("accept_p50", "ms", lambda window: window.accept_p50),
    ("accept_p99", "ms", lambda window: window.accept_p99),
    ("delivery_p50", "ms", lambda window: window.delivery_p50),
    ("delivery_p99", "ms", lambda window: window.delivery_p99),
)


def trends(looks: Sequence[Look], seen: Sequence[Window]) -> list[Trend]:
    """Of every quantity. Only looks under traffic count: an idle hub has fewer connections."""
    busy = [look for look in looks if look.traffic]
    of_looks = [trend(name, unit, [(x.at, of(x)) for x in busy]) for name, unit, of in _OF_LOOKS]
    of_windows = [trend(name, unit, [(x.at, of(x)) for x in seen]) for name, unit, of in _OF_WINDOWS]
    return [*of_looks, _cpu(looks), *of_windows]


def trend(name: str, unit: str, points: Sequence[tuple[float, float]]) -> Trend:
    """`points` are (hours, value) by time."""
    tenth = max(1, int(len(points) * _TENTH))
    values = [value for _, value in points]
    first, last = (median(part) if part else 0.0 for part in (values[:tenth], values[-tenth:]))
    return Trend(
        name,
        unit,
        round(first, 3),
        round(last, 3),
        round(slope(points), 3),
        round(slope(points[len(points) // 2 :]), 3),
        steady=len(points) < _ENOUGH or last - first <= _MAY_GROW.get(name, float("inf")),
    )


def _cpu(looks: Sequence[Look]) -> Trend:
    """Processor seconds per second, between one look and the next of the same round."""
    points = [
        (after.at, (after.cpu_seconds - before.cpu_seconds) / ((after.at - before.at) * 3600))
        for before, after in pairwise(looks)
        if before.traffic and after.traffic and after.at > before.at
    ]
    return trend("processor", "s/s", points)


def slope(points: Iterable[tuple[float, float]]) -> float:
    """By least squares; 0 where there is none."""
    pairs = list(points)
    if len(pairs) < 2:
        return 0.0
    mean_x = sum(x for x, _ in pairs) / len(pairs)
    mean_y = sum(y for _, y in pairs) / len(pairs)
    spread = sum((x - mean_x) ** 2 for x, _ in pairs)
    return sum((x - mean_x) * (y - mean_y) for x, y in pairs) / spread if spread else 0.0


__all__ = ["Length", "Look", "Round", "Soaked", "Trend", "Window", "slope", "soak", "trend", "trends", "windows"]
