"""Does it stay fast? The same cost at ten thousand documents and at a million, and how much room everything takes.

    growth_accept_ratio   seconds for a document, most stored ÷ fewest stored          target ≤ 1.15
    growth_poll_ratio     seconds for an inbox poll (20 of a deep mailbox), likewise   target ≤ 1.15
    rss_waiting_mb        the hub's memory with all of them waiting, after the load    target < 300 at a million
    restart_s             from starting the process until it listens, most stored      target < 2
    idle_agency_kb        the hub's memory for one agency in a long poll, of 11,700    target ≤ 40
    notice_ms_p99         from sending until the recipient's poll is answered, then    target < 100
    fanout_11000_s        one document to 11,000 communes                              target < 0.5
    directory_120000_*    start and memory with a directory of 120,000
    large_29mb_*          memory of hub and workers for a document of 29 MB, and for ten at once, ÷ the size of one;
                          others' p99 while ten arrive ÷ alone
    large_worker_mb       the memory a worker for large documents holds while it has none

The hub is filled (`fill`) to each stage, and a copy is kept. Then the hubs of all stages run at once and are asked in
turns, so that a disturbance of the machine disturbs them alike.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from hub.core.model import Agency
from hub.lab import hub_process, machine
from hub.lab.bench import material
from hub.lab.bench.circular import send_wide
from hub.lab.bench.driver import Accept, Done, Look, Pace, drive
from hub.lab.bench.fill import fill
from hub.lab.bench.long_polls import Heard, Waiting, crowd
from hub.lab.bench.material import Lot
from hub.lab.bench.results import rounded
from hub.lab.bench.rounds import Rounds, quantile
from hub.lab.country import expand, world_2022
from hub.lab.hub_process import HubProcess
from hub.lab.machine import Machine
from hub.lab.processes import Worker, gather

_STAGES: Final = (10_000, 100_000, 1_000_000, 10_000_000)
_ROUNDS: Final = 7
_EACH: Final = 384
_POLLS: Final = 1_500
_TURNS: Final = 30
_RESTARTS: Final = 3
_CROWD: Final = 11_700
_NOTICES: Final = 150
_WIDE: Final = 11_000
_DIRECTORY: Final = 120_000
_LARGE: Final = 29_000_000
_LARGE_COUNT: Final = 10
_ANSWER_SECONDS: Final = 300.0
_PACE: Final = 40.0

OnProgress = Callable[[str], None]


class Growth(msgspec.Struct):
    """Figures by name; None for those that could not be measured, and why in `skipped`."""

    figures: dict[str, float | None]
    stages: list[int]
    machine: Machine
    skipped: list[str] = []
    wrong: list[str] = []
    seconds: float = 0.0

    def add(self, rounds: Rounds) -> None:
        """Each figure, with its lowest and highest round."""
        for name, figure in rounds.figures().items():
            self.figures |= {name: figure.median, f"{name}_low": figure.low, f"{name}_high": figure.high}

    def flat(self) -> dict[str, object]:
        told: dict[str, object] = {k: None if v is None else rounded(v) for k, v in self.figures.items()}
        told |= {f"machine_{name}": getattr(self.machine, name) for name in self.machine.__struct_fields__}
        return told | {
            "stages": " ".join(map(str, self.stages)),
            "seconds": rounded(self.seconds),
            "skipped": "; ".join(self.skipped),
            "wrong": "; ".join(self.wrong),
        }


class Extent(msgspec.Struct, frozen=True):
    """How much of everything; the defaults are the claimed ones, a test takes less."""

    stages: tuple[int, ...]
    rounds: int = _ROUNDS
    each: int = _EACH
    polls: int = _POLLS
    restarts: int = _RESTARTS
    crowd: int = _CROWD
    wide: int = _WIDE
    directory: int = _DIRECTORY
    large: int = _LARGE


def stages_upto(upto: int) -> tuple[int, ...]:
    """Powers of ten from ten thousand below `upto`, and `upto`; at least two stages."""
    below = [stage for stage in _STAGES if stage < upto]
    return (*(below or [max(1, upto // 10)]), upto)


def grow(upto: int, told: OnProgress = lambda what: None) -> Growth:
    return measure(Extent(stages_upto(upto)), told)


def measure(extent: Extent, told: OnProgress = lambda what: None) -> Growth:
    """All of it; minutes, or hours for ten million."""
    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="truc-growth-")))
        run = _Run(folder, extent, told)
        run.prepare()
        run.stages()
        run.crowd()
        run.wide()
        run.large()
        run.directory()
        run.growth.seconds = time.perf_counter() - began
        return run.growth


class _Run:
    def __init__(self, folder: Path, extent: Extent, told: OnProgress) -> None:
        self._folder = folder
        self._extent = extent
        self._told = told
        self._keys = folder / "keys"
        self._material = folder / "material"
        self._world = _world()
        self.growth = Growth({}, list(extent.stages), machine.look(folder))

    def prepare(self) -> None:
        """An empty hub with the whole country in its directory, and documents to send."""
        self._told("keys, directory")
        hub_process.prepare(self._folder / "hub", self._keys, self._world, material.agencies())
        e = self._extent
        small = 2 * e.rounds * e.each
        lots = [
            *(Lot(f"stage-{n}", 20 + n, small) for n in range(len(e.stages))),
            Lot("notice", 30, _NOTICES),
            Lot("others", 31, int(8 * _PACE)),
            Lot("huge", 32, _LARGE_COUNT + 2, (e.large,)),
        ]
        self._told("signing")
        material.sign(self._material, self._keys, lots, machine.processors())

    # the same at every stage

    def stages(self) -> None:
        with contextlib.ExitStack() as stack:
            running = [self._stage(n, stage, stack) for n, stage in enumerate(self._extent.stages)]
            accepts: list[list[float]] = [[] for _ in running]
            polls: list[list[float]] = [[] for _ in running]
            cpus: list[list[float]] = [[] for _ in running]
            for number in range(self._extent.rounds + 1):
                self._told(f"round {number}/{self._extent.rounds}")
                for n, (hub, driver) in enumerate(running):
                    first = number * self._extent.each
                    used = hub_process.cpu_seconds(hub.pid)
                    done = self._ask(driver, Accept(f"stage-{n}", first, first + self._extent.each, 64, 60.0))
                    if number:  # the first one is to get warm
                        accepts[n].append(done.seconds / max(1, done.count))
                        cpus[n].append((hub_process.cpu_seconds(hub.pid) - used) / max(1, done.count))
            for _ in range(_TURNS):
                for n, (_, driver) in enumerate(running):
                    looked = self._ask(driver, Look(f"stage-{n}", self._extent.polls // _TURNS + 1, 20))
                    polls[n].append(median(looked.latencies))
            self._tell_stages(accepts, polls, cpus)
            self.growth.figures["rss_waiting_mb"] = hub_process.rss_mb(running[-1][0].pid)
        self._restarts()

    def _stage(self, number: int, stage: int, stack: contextlib.ExitStack) -> tuple[HubProcess, Worker]:
        """The hub filled up to this stage, kept apart as a copy, running."""
        below = self._extent.stages[number - 1] if number else 0
        began = time.perf_counter()
        for _, count in gather(fill, [(self._folder / "hub", below, stage)]):
            self._told(f"filling {count}/{stage}")
        self.growth.figures[f"fill_per_s_{stage}"] = (stage - below) / (time.perf_counter() - began)
        home = self._home(number)
        self._told(f"copying {stage}")
        _copy(self._folder / "hub", home)
        hub = stack.enter_context(HubProcess(home))
        return hub, stack.enter_context(self._driver(hub))

    def _home(self, number: int) -> Path:
        return self._folder / f"stage-{number}"

    def _driver(self, hub: HubProcess) -> Worker:
        worker = Worker(drive, (hub.url, self._material, self._keys, (hub.folder / "policy").read_bytes()))
        worker.hear(_ANSWER_SECONDS)
        return worker

    def _tell_stages(
        self, accepts: Sequence[list[float]], polls: Sequence[list[float]], cpus: Sequence[list[float]]
    ) -> None:
        """Ratios are made within a round, last stage ÷ first."""
        figures = self.growth.figures
        for name, unit, rows in (("accept", 1000, accepts), ("poll", 1000, polls), ("accept_cpu", 1000, cpus)):
            for stage, values in zip(self._extent.stages, rows, strict=True):
                figures[f"{name}_ms_{stage}"] = unit * median(values)
            pairs = zip(rows[-1], rows[0], strict=True)
            figures[f"growth_{name}_ratio"] = median(above / below for above, below in pairs if below)

    def _restarts(self) -> None:
        self._told("restarts")
        taken = []
        for _ in range(self._extent.restarts):
            with HubProcess(self._home(len(self._extent.stages) - 1)) as hub:
                taken.append(hub.start_seconds)  # and then killed: the next start begins after a crash
        self.growth.figures["restart_s"] = median(taken)

    # many that wait

    def crowd(self) -> None:
        self._told("long polls")
        keyed = {a.code for a in material.agencies()}
        codes = [*keyed, *(a.code for a in self._world if a.code not in keyed)][: self._extent.crowd]
        # Mailboxes here are deep, and a poll of one that is not empty ends at once: so a hub without documents.
        with self._empty_hub("crowd", self._world) as hub:
            before = hub_process.rss_mb(hub.pid)
            with Worker(crowd, (hub.url, hub.folder, self._material, codes)) as worker:
                waiting: Waiting = worker.hear(_ANSWER_SECONDS)
                time.sleep(1.0)
                grown = hub_process.rss_mb(hub.pid) - before
                heard: Heard = worker.ask("send", _ANSWER_SECONDS)
                self.growth.wrong += heard.wrong[:5]
                worker.say("end")
        figures = self.growth.figures
        figures["idle_agencies"] = waiting.connections
        figures["idle_agency_kb"] = 1000 * grown / max(1, waiting.connections)
        figures["notice_ms_p50"] = 1000 * quantile(heard.latencies, 0.5)
        figures["notice_ms_p99"] = 1000 * quantile(heard.latencies, 0.99)
        if waiting.connections < self._extent.crowd:
            self.growth.skipped.append(f"only {waiting.connections} connections: the limit of open files")

    def _empty_hub(self, name: str, agencies: Sequence[Agency]) -> HubProcess:
        hub_process.prepare(self._folder / name, self._keys, agencies, material.agencies())
        return HubProcess(self._folder / name)

    # one to many

    def wide(self) -> None:
        self._told("one to 11,000")
        communes = [a for a in self._world if a.tier == "commune"][: self._extent.wide]
        keyed = {a.code for a in material.agencies()}
        others = [a for a in self._world if a.tier != "commune" and a.code not in keyed]
        recipients = [*communes, *others][: self._extent.wide]
        with self._empty_hub("wide", self._world) as hub:
            taken, refused = send_wide(hub, self._keys, recipients)
            self.growth.figures["fanout_11000_s"] = median(taken) if taken else None
            if refused:
                self.growth.wrong.append(f"fanout_11000_s: {refused}")

    # large ones

    def large(self) -> None:
        self._told("29 MB")
        with (
            self._empty_hub("large", material.agencies()) as hub,
            self._driver(hub) as steady,
            self._driver(hub) as bulk,
        ):
            half = int(4 * _PACE)
            alone = self._ask(steady, Pace("others", 0, half, _PACE))
            self._ask(bulk, Accept("huge", 0, 1, 1, 60.0))  # starts the worker
            figures = self.growth.figures
            figures["large_worker_mb"] = sum(map(hub_process.rss_mb, hub_process.family(hub.pid)[1:]))
            before = _memory(hub)
            self._ask(bulk, Accept("huge", 1, 2, 1, 60.0))
            one = _peak(hub) - before
            before = _memory(hub)
            bulk.say(Accept("huge", 2, _LARGE_COUNT + 2, _LARGE_COUNT, 120.0))
            among = self._ask(steady, Pace("others", half, 2 * half, _PACE))
            done: Done = bulk.hear(_ANSWER_SECONDS)
            self.growth.wrong += done.wrong
            size = self._extent.large / 1e6
            figures["large_29mb_memory_ratio"] = one / size
            figures["large_29mb_ten_memory_ratio"] = (_peak(hub) - before) / size
            figures["large_29mb_per_s"] = done.per_second
            figures["large_29mb_others_p99_ms"] = 1000 * quantile(among.latencies, 0.99)
            figures["large_29mb_alone_p99_ms"] = 1000 * quantile(alone.latencies, 0.99)
            figures["large_29mb_others_p99_ratio"] = quantile(among.latencies, 0.99) / quantile(alone.latencies, 0.99)

    # a large directory

    def directory(self) -> None:
        self._told("directory of 120,000")
        with self._empty_hub("directory", expand(self._world, self._extent.directory)) as hub:
            self.growth.figures["directory_120000_start_s"] = hub.start_seconds
            self.growth.figures["directory_120000_rss_mb"] = hub_process.rss_mb(hub.pid)

    def _ask(self, driver: Worker, order: Accept | Pace | Look) -> Done:
        done: Done = driver.ask(order, _ANSWER_SECONDS)
        self.growth.wrong += done.wrong
        return done


def _memory(hub: HubProcess) -> float:
    """MB that the hub and its workers hold; their peaks begin here."""
    for pid in hub_process.family(hub.pid):
        hub_process.forget_peak(pid)
    return sum(map(hub_process.rss_mb, hub_process.family(hub.pid)))


def _peak(hub: HubProcess) -> float:
    """The sum of the peaks of each: they need not have been at one time, so no less than there was."""
    return sum(map(hub_process.peak_mb, hub_process.family(hub.pid)))


def _world() -> list[Agency]:
    """The country of 2022, those that send standing alone as in `material.agencies`."""
    alone = {a.code: a for a in material.agencies()}
    return [alone.get(a.code, a) for a in world_2022()]


def _copy(hub: Path, to: Path) -> None:
    """A hub's folder that does not run, under another name; its settings say where its data lie from there."""
    shutil.copytree(hub, to)
