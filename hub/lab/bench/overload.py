"""A hub under far more than it can bear: ten times the rate that it sustains, and one agency that floods while others
are polite.

    1 sustainable    as fast as 64 senders go, for a moment
    2 idle           urgent documents, and nothing else
    3 overload       ten times the sustainable rate, while the urgent go on; the hub's memory and queue are watched
    4 recovery       how long after the flood until a document is accepted as quickly as before
    5 fairness       ten polite agencies alone, and beside one that floods
    6 lost           kill -9, start again, fsck; then every outbox is walked: every acknowledged one has to be there

The hub is one of our own, with the settings as they are; nothing leaves this machine. It has half of the processors and
the load the others, so that the figures are the hub's and not the load's. A flood asks for ten times the sustainable
rate and has 2,000 connections for it, each of which waits for its answer: the rate asked for and the rate sent are both
told.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from clients.axis import AxisClient
from hub.core.model import Priority
from hub.lab import hub_process, machine
from hub.lab.bench import material
from hub.lab.bench.flood import Flood, Flooded, Polite, flood
from hub.lab.bench.material import Lot
from hub.lab.bench.results import rounded
from hub.lab.bench.rounds import quantile
from hub.lab.hub_process import HubProcess
from hub.lab.machine import Machine
from hub.lab.processes import Worker
from hub.pki import profile as pki

_TIMES: Final = 10
_CONNECTIONS: Final = 2_000
_TRIAL: Final = 1_200
_WARM: Final = 200
_FLOODER: Final = 0
_POLITE: Final = tuple(range(1, 11))
_URGENT: Final = tuple(range(11, 16))
_OTHERS: Final = tuple(range(16, material.SENDERS))
_URGENT_PAUSE: Final = 0.1
_POLITE_PAUSE: Final = 0.25
_BESIDE: Final = 0.65
"""How much of the flood's seconds one agency floods beside the polite, which are there for half of them."""
_ANSWER_SECONDS: Final = 4_000.0
_RECOVERED: Final = 5
_MARGIN: Final = 0.01

OnProgress = Callable[[str], None]


class Scale(msgspec.Struct, frozen=True):
    """`seconds`: of the flood, and half as long of its comparison; `most`: documents of the flood."""

    seconds: float = 60.0
    most: int = 200_000
    connections: int = _CONNECTIONS
    times: float = _TIMES


class Overload(msgspec.Struct, frozen=True):
    """Figures by name; `wrong`: answers that should not have been."""

    figures: dict[str, float]
    wrong: list[str]
    machine: Machine
    seconds: float

    def flat(self) -> dict[str, object]:
        told: dict[str, object] = {name: rounded(value) for name, value in self.figures.items()}
        told |= {f"machine_{name}": getattr(self.machine, name) for name in self.machine.__struct_fields__}
        return told | {"seconds": rounded(self.seconds), "wrong": "; ".join(self.wrong)}


def measure(scale: Scale, told: OnProgress = lambda what: None, fronts: int | None = None) -> Overload:
    """The whole run, against a hub of its own in a temporary folder. `fronts`: None for as many as its processors
    bear."""
    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="truc-overload-")))
        under = machine.look(folder)
        told("keys")
        everyone = material.agencies()
        of_hub, of_load = _halves()
        fronts = hub_process.for_load(len(of_hub)) if fronts is None else fronts
        hub_process.prepare(folder / "hub", folder / "keys", everyone, everyone, fronts=fronts)
        with _on(of_hub):
            hub = stack.enter_context(HubProcess(folder / "hub"))
        stack.enter_context(_on(of_load))
        bench = _Bench(folder, hub, scale, told)
        bench.all_parts(stack)
        bench.figures["overload_fronts"] = float(fronts)
        return Overload(bench.figures, bench.wrong, under, time.perf_counter() - began)


def _halves() -> tuple[set[int], set[int]]:
    """Of the processors that we may use: the hub's, and those of the load. One alone they share."""
    ours = sorted(os.sched_getaffinity(0))
    half = len(ours) // 2
    return (set(ours[:half]), set(ours[half:])) if half else (set(ours), set(ours))


@contextlib.contextmanager
def _on(processors: set[int]) -> Iterator[None]:
    """Processes that are started within run on these."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class _Watch(threading.Thread):
    """Asks the hub how it feels while it is flooded, and looks at its memory."""

    def __init__(self, hub: HubProcess) -> None:
        super().__init__(daemon=True)
        self._hub = hub
        self._over = threading.Event()
        self.waiting = 0
        self.rss = 0.0
        self.answers: list[float] = []

    def run(self) -> None:
        host = self._hub.url.removeprefix("http://")
        while not self._over.wait(0.2):
            self.rss = max(self.rss, _rss_mb(self._hub.pid))
            connection = HTTPConnection(host, timeout=30)
            began = time.monotonic()
            with contextlib.suppress(OSError, HTTPException, msgspec.MsgspecError):
                connection.request("GET", "/readyz")
                told = msgspec.json.decode(connection.getresponse().read(), type=dict[str, object])
                self.waiting = max(self.waiting, int(str(told.get("waiting", 0))))
                self.answers.append(time.monotonic() - began)
            connection.close()

    def __enter__(self) -> _Watch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join(35)


class _Bench:
    def __init__(self, folder: Path, hub: HubProcess, scale: Scale, told: OnProgress) -> None:
        self._folder = folder
        self._hub = hub
        self._scale = scale
        self._told = told
        self._idle = 0.0
        self._accepted: set[str] = set()
        self.figures: dict[str, float] = {}
        self.wrong: list[str] = []

    def all_parts(self, stack: contextlib.ExitStack) -> None:
        self._sign([Lot("trial", 1, _TRIAL)])
        with self._worker() as driver:
            self._told("sustainable")
            sustainable = self._sustainable(driver)
        self._told("signing")
        self._sign(self._lots(sustainable))
        driver, other = (stack.enter_context(self._worker()) for _ in range(2))
        self._told("idle")
        self._idle_part(other)
        self._told("overload")
        self._overload(driver, other, sustainable * self._scale.times)
        self._told("fairness")
        self._fairness(driver, other)
        self._told("lost")
        self._lost()

    def _worker(self) -> Worker:
        worker = Worker(flood, (self._hub.url, self._folder / "material", self._folder / "keys"))
        worker.hear(_ANSWER_SECONDS)
        return worker

    def _sign(self, lots: Sequence[Lot]) -> None:
        material.sign(self._folder / "material", self._folder / "keys", lots, machine.processors())

    def _lots(self, sustainable: float) -> list[Lot]:
        seconds = self._scale.seconds
        # As many as can be accepted, and some more: a refused one comes again.
        bulk = min(self._scale.most, int(sustainable * seconds) + self._scale.connections)
        urgent = self._many(len(_URGENT), _URGENT_PAUSE, seconds * 2)
        polite = self._many(len(_POLITE), _POLITE_PAUSE, seconds * 2)
        return [
            Lot("bulk", 2, bulk, senders=(_FLOODER, *_OTHERS)),
            Lot("urgent", 3, urgent, priority=Priority.URGENT, senders=_URGENT),
            Lot("after", 4, 2_000, senders=_POLITE),
            Lot("polite", 5, polite, senders=_POLITE),
            Lot("one", 6, min(self._scale.most, int(sustainable * seconds * _BESIDE)), senders=(_FLOODER,)),
        ]

    @staticmethod
    def _many(senders: int, pause: float, seconds: float) -> int:
        return senders * (int(seconds / pause) + 2)

    def _ask(self, worker: Worker, order: Flood | Polite) -> Flooded:
        return self._checked(worker.ask(order, _ANSWER_SECONDS))

    def _checked(self, done: Flooded) -> Flooded:
        self.wrong += done.wrong
        self._accepted.update(done.accepted)
        if done.silent:
            self.wrong.append(f"{done.silent} refusals without Retry-After")
        return done

    # the parts

    def _sustainable(self, driver: Worker) -> float:
        self._ask(driver, Flood("trial", 0, _WARM, 0, 64, 10.0))
        done = self._ask(driver, Flood("trial", _WARM, _TRIAL, 0, 64, 20.0))
        rate = len(done.sent) / done.seconds
        self.figures["overload_sustainable_per_s"] = rate
        return rate

    def _idle_part(self, other: Worker) -> None:
        half = self._scale.seconds / 2
        count = self._many(len(_URGENT), _URGENT_PAUSE, half)
        idle = self._ask(other, Polite("urgent", 0, count, _URGENT_PAUSE, half))
        self._next_urgent = count
        latencies = [s.seconds for s in idle.sent]
        self._idle = quantile(latencies, 0.99)
        self.figures["overload_urgent_idle_ms_p99"] = 1000 * self._idle

    def _overload(self, driver: Worker, other: Worker, rate: float) -> None:
        seconds = self._scale.seconds
        before = _rss_mb(self._hub.pid)
        bulk = material.Shelf(self._folder / "material", "bulk")
        urgent = material.Shelf(self._folder / "material", "urgent")
        with _Watch(self._hub) as watch:
            driver.say(Flood("bulk", 0, len(bulk), rate, self._scale.connections, seconds))
            time.sleep(min(1.0, seconds / 5))
            count = min(len(urgent), self._next_urgent + self._many(len(_URGENT), _URGENT_PAUSE, seconds))
            flooded = self._ask(other, Polite("urgent", self._next_urgent, count, _URGENT_PAUSE, seconds * 0.75))
            done = self._checked(driver.hear(_ANSWER_SECONDS))
        self._recovery(other, done.ended)
        self._tell(done, flooded, watch, before, rate)

    def _recovery(self, other: Worker, ended: float) -> None:
        """Until five in a row are accepted as quickly as the slowest hundredth was before, and a little more."""
        after = self._ask(other, Polite("after", 0, 2_000, 0.2, max(2.0, min(20.0, self._scale.seconds / 2))))
        limit = 2 * self._idle + _MARGIN
        sent = sorted(after.sent, key=lambda s: s.due)
        for first in range(len(sent) - _RECOVERED + 1):
            if all(s.seconds <= limit and not s.refused for s in sent[first : first + _RECOVERED]):
                self.figures["overload_recovery_s"] = max(0.0, sent[first].answered - ended)
                self.figures["overload_recovered"] = 1.0
                return
        self.figures["overload_recovery_s"] = after.ended - ended
        self.figures["overload_recovered"] = 0.0

    def _tell(self, done: Flooded, urgent: Flooded, watch: _Watch, before: float, rate: float) -> None:
        in_time = [s for s in done.sent if s.answered <= done.ended]
        latencies = [s.seconds for s in urgent.sent]
        self.figures |= {
            "overload_asked_per_s": rate,
            "overload_offered_per_s": done.offered / done.seconds,
            "overload_accepted_per_s": len(in_time) / done.seconds,
            "overload_refused": float(sum(done.refused.values())),
            "overload_broken": float(done.broken),
            "overload_ms_p50": 1000 * quantile([s.seconds for s in in_time], 0.5),
            "overload_ms_p99": 1000 * quantile([s.seconds for s in in_time], 0.99),
            "overload_rss_before_mb": before,
            "overload_rss_mb": watch.rss,
            "overload_waiting_most": float(watch.waiting),
            "overload_health_ms_p50": 1000 * quantile(watch.answers, 0.5),
            "overload_urgent_ms_p50": 1000 * quantile(latencies, 0.5),
            "overload_urgent_ms_p99": 1000 * quantile(latencies, 0.99),
            "overload_urgent_refused": float(sum(urgent.refused.values())),
            "overload_urgent_p99_ratio": quantile(latencies, 0.99) / self._idle if self._idle else 0.0,
        }

    def _fairness(self, driver: Worker, other: Worker) -> None:
        """Latency of the polite, beside the flood ÷ alone; and how many of the flood's documents were accepted while
        one of theirs waited: in a fair rotation about as many as there are rounds, under any flood."""
        seconds = self._scale.seconds
        half = seconds / 2
        count = self._many(len(_POLITE), _POLITE_PAUSE, half)
        alone = self._ask(other, Polite("polite", 0, count, _POLITE_PAUSE, half))
        one = material.Shelf(self._folder / "material", "one")
        driver.say(Flood("one", 0, len(one), 0, min(256, self._scale.connections), seconds * _BESIDE))
        time.sleep(min(0.5, half / 5))
        beside = self._ask(other, Polite("polite", count, 2 * count, _POLITE_PAUSE, half))
        done = self._checked(driver.hear(_ANSWER_SECONDS))
        accepted = sorted(s.answered for s in done.sent)
        passed = [float(sum(s.due < at < s.answered for at in accepted)) for s in beside.sent]
        usual = median(s.seconds for s in alone.sent) if alone.sent else 0.0
        now = median(s.seconds for s in beside.sent) if beside.sent else 0.0
        self.figures |= {
            "fairness_ratio": now / usual if usual else 0.0,
            "fairness_alone_ms_p50": 1000 * usual,
            "fairness_beside_ms_p50": 1000 * now,
            "fairness_flood_per_s": len(done.sent) / done.seconds,
            "fairness_overtaken_p50": quantile(passed, 0.5),
            "fairness_overtaken_p99": quantile(passed, 0.99),
            "fairness_polite_refused": float(sum(beside.refused.values())),
        }

    def _lost(self) -> None:
        """By the senders' own outboxes, after a kill and a check of the whole record."""
        self._hub.kill()
        self._hub.start()
        there = asyncio.run(_outboxes(self._hub.url, self._folder / "keys"))
        self._hub.stop()
        if not self._hub.fsck()["ok"]:
            self.wrong.append("fsck finds faults")
        self.figures["overload_accepted"] = float(len(self._accepted))
        self.figures["overload_lost"] = float(len(self._accepted - there))


def _rss_mb(pid: int) -> float:
    """Of the hub with its fronts."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return sum(map(hub_process.rss_mb, (pid, *map(int, children))))


async def _outboxes(url: str, keys: Path) -> set[str]:
    """The digests of everything that the agencies sent."""
    profile = pki.Profile(keys)

    async def of(code: str) -> list[str]:
        mine = profile.agency(code)
        found: list[str] = []
        async with AxisClient(url, code, mine.key, mine.chain) as axis:
            cursor = ""
            while True:
                page = await axis.outbox(limit=1_000, cursor=cursor)
                found += [item.message.sha256 for item in page.items]
                cursor = page.cursor
                if not cursor:
                    return found

    return {sha256 for code in [a.code for a in material.agencies()] for sha256 in await of(code)}


REQUIRED: Final = (
    "overload_offered_per_s",
    "overload_accepted_per_s",
    "overload_refused",
    "overload_rss_mb",
    "overload_urgent_p99_ratio",
    "overload_recovery_s",
    "overload_lost",
    "fairness_ratio",
)
"""The least report of a run."""
