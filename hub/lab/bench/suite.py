"""The parts of one run, in turns: floor, accept at several numbers of senders, life, 1 MB, the peer; then the rest.

    1 floor                       the least cost, in this process
    2 verify                      ours, signxml, python-xmlsec over four sizes
    3 accept                      over HTTP with receipts, 1, 16, 64, 256 senders; and in an open loop at half load
    4 life                        3.59 recipients: fetch, read, compare, sign, acknowledge those that came together; and
                                  each document by itself (`life_single_per_s`)
    5 mix                         X-Road's public mix of sizes
    6 batches                     calls of 1, 16, 64 documents against single ones, four senders
    7 peer                        pyas2lib over the same documents
    8 urgent                      urgent documents while 64 senders flood, and while nobody does
    9 machine                     of this run

Nothing else runs in this process while another one is measured. How many documents a round takes is found by a short
trial before, so that a round lasts about as long on any machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator
from math import gcd
from pathlib import Path
from typing import Final

import msgspec

from clients.axis import AxisClient
from hub.core import wire
from hub.core.model import Priority
from hub.lab import hub_process, machine
from hub.lab.bench import as2, material, verify
from hub.lab.bench.driver import Accept, Done, Life, Order, Pace, drive
from hub.lab.bench.floor import Floor
from hub.lab.bench.material import Lot, Shelf
from hub.lab.bench.rounds import Figure, Rounds, quantile
from hub.lab.hub_process import HubProcess
from hub.lab.machine import Machine
from hub.lab.processes import Worker
from hub.lab.simulate import country
from hub.pki import profile as pki

_URGENT_PER_SECOND: Final = 100.0
_ANSWER_SECONDS: Final = 120.0
_HALF: Final = 0.5
_TRIAL: Final = 160
_BATCHES: Final = (1, 16, 64)
_BATCHING: Final = 4
"""Agencies that send them, each on a connection of its own."""

OnProgress = Callable[[str], None]


class Scale(msgspec.Struct, frozen=True):
    """How much is measured. `seconds`: of one measurement; `most`: documents of one measurement."""

    rounds: int
    seconds: float
    verify_seconds: float
    steady: float
    levels: tuple[int, ...] = (1, 16, 64, 256)
    large: int = 10
    mix: int = 300
    most: int = 4_000
    verify_sizes: tuple[str, ...] = tuple(verify.SIZES)


QUICK: Final = Scale(rounds=3, seconds=0.5, verify_seconds=0.04, steady=2.0)
FULL: Final = Scale(rounds=7, seconds=2.0, verify_seconds=0.25, steady=10.0, large=24, mix=1_000, most=20_000)
TINY: Final = Scale(
    rounds=1, seconds=0.02, verify_seconds=0.001, steady=0.2, large=1, mix=10, most=12, verify_sizes=("4k", "10k")
)
"""For a test that it runs; its figures mean nothing."""


class Measured(msgspec.Struct, frozen=True):
    """One run. `skipped`: measures that could not be made, and why; `wrong`: answers that should not have been."""

    figures: dict[str, Figure]
    skipped: dict[str, str]
    wrong: list[str]
    machine: Machine
    seconds: float


def measure(scale: Scale, told: OnProgress = lambda what: None, fronts: int = hub_process.FRONTS) -> Measured:
    """The whole run, against a hub of its own in a temporary folder."""
    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="truc-bench-")))
        told("machine")
        under = machine.look(folder)
        bench = stack.enter_context(_set_up(folder, scale, told, fronts))
        bench.all_parts()
        return Measured(bench.rounds.figures(), bench.skipped, bench.wrong, under, time.perf_counter() - began)


@contextlib.contextmanager
def _set_up(folder: Path, scale: Scale, told: OnProgress, fronts: int) -> Iterator[Bench]:
    told("keys")
    keys, everyone = folder / "keys", material.agencies()
    hub_process.prepare(folder / "hub", keys, everyone, everyone, fronts=fronts)
    with contextlib.ExitStack() as stack:
        hub = stack.enter_context(HubProcess(folder / "hub"))
        bench = Bench(folder, keys, hub, scale, told)
        stack.callback(bench.floor.close)
        bench.rounds.put("fronts", fronts)
        told("trial")
        lots = bench.plan()
        told("signing")
        material.sign(folder / "material", keys, lots, machine.processors())
        bench.shelves = {lot.name: Shelf(folder / "material", lot.name) for lot in lots}
        for driver in ("steady", "flood"):
            bench.drivers[driver] = stack.enter_context(bench.driver())
        yield bench


class Bench:
    """One run's parts and their figures."""

    def __init__(self, folder: Path, keys: Path, hub: HubProcess, scale: Scale, told: OnProgress) -> None:
        self._folder = folder
        self._keys = keys
        self._hub = hub
        self._scale = scale
        self._told = told
        self.floor = Floor(folder / "floor.sqlite")
        self.rounds = Rounds()
        self.skipped: dict[str, str] = {}
        self.wrong: list[str] = []
        self.shelves: dict[str, Shelf] = {}
        self.drivers: dict[str, Worker] = {}
        self._peer, missing = as2.peer()
        if missing:
            self.skipped["accept_vs_pyas2"] = f"{missing}; {verify.INSTALL}"

    def driver(self) -> Worker:
        policy = (self._hub.folder / "policy").read_bytes()
        worker = Worker(drive, (self._hub.url, self._folder / "material", self._keys, policy))
        worker.hear(_ANSWER_SECONDS)
        return worker

    # how much

    def plan(self) -> list[Lot]:
        """The lots of this run, as large as a short trial says that they will be needed."""
        trial = Lot("trial", 1, min(_TRIAL, self._scale.most))
        material.sign(self._folder / "material", self._keys, [trial], 1)
        with self.driver() as driver:
            warm = trial.count // 4
            driver.ask(Accept(trial.name, 0, warm, 8), _ANSWER_SECONDS)
            done: Done = driver.ask(Accept(trial.name, warm, trial.count, 64), _ANSWER_SECONDS)
            rate = done.per_second
        scale, rounds = self._scale, self._scale.rounds
        self._counts = {level: self._count(rate * min(1.0, 0.3 + level / 64), scale.seconds) for level in scale.levels}
        self._together = self._count(rate, scale.seconds)
        self._lives = self._count(rate / 5, scale.seconds * 2)
        steady = self._count(rate * _HALF, scale.steady)
        flood = self._count(rate, scale.steady * 1.2)
        urgent = max(5, int(_URGENT_PER_SECOND * scale.steady))
        mix = [size for size, share in country.XROAD_MIX for _ in range(round(share * 1000))]
        return [
            Lot("small", 2, rounds * sum(self._counts.values()) + steady + flood),
            Lot("batch", 7, rounds * (1 + len(_BATCHES)) * self._together, senders=tuple(range(_BATCHING))),
            Lot("life", 3, 2 * rounds * self._lives, mean=country.FANOUT),
            Lot("large", 4, rounds * scale.large, (1_000_000,)),
            Lot("mix", 5, scale.mix, _spread(mix, scale.mix)),
            Lot("urgent", 6, 2 * urgent, priority=Priority.URGENT),
            *(Lot(f"verify-{name}", 10 + i, 4, (verify.SIZES[name],)) for i, name in enumerate(scale.verify_sizes)),
        ]

    def _count(self, per_second: float, seconds: float) -> int:
        return max(4, min(self._scale.most, int(per_second * seconds)))

    # the parts

    def all_parts(self) -> None:
        for number in range(self._scale.rounds):
            self._told(f"round {number + 1}/{self._scale.rounds}")
            self._round()
            self._verify()
        self._told("half load")
        self._half_load()
        self._told("mix")
        self._mix()
        self._told("urgent")
        self._urgent()
        self._told("ledger")
        self._ledger()

    def _round(self) -> None:
        """Parts 1, 3, 4, 6, 7 once."""
        put, ratio = self.rounds.put, self.rounds.ratio
        for level in sorted(self._scale.levels, reverse=True):
            positions = self.shelves["small"].take(self._counts[level])
            if level == 64:
                put("floor_per_s", self._floor("small", positions))
            done = self._ask(Accept("small", positions.start, positions.stop, level, 5 * self._scale.seconds + 0.5))
            put(f"accept_per_s_{level}", done.per_second)
            put(f"accept_ms_p50_{level}", 1000 * quantile(done.latencies, 0.5))
            put(f"accept_ms_p99_{level}", 1000 * quantile(done.latencies, 0.99))
            if level == 64:
                put("driver_cpu_64", done.cpu)
        ratio("accept_vs_floor_64", "accept_per_s_64", "floor_per_s")
        self._batches()
        self._life()
        self._large()
        self._against_peer()

    def _floor(self, lot: str, positions: range) -> float:
        """Documents per second."""
        shelf = self.shelves[lot]
        documents = [shelf.data(position) for position in positions]
        return len(documents) / self.floor.seconds(documents)

    def _batches(self) -> None:
        for together in (0, *_BATCHES):
            positions = self.shelves["batch"].take(self._together)
            most = 5 * self._scale.seconds + 0.5
            done = self._ask(Accept("batch", positions.start, positions.stop, _BATCHING, most, together))
            self.rounds.put(f"batch_per_s_{together}" if together else "batch_single_per_s", done.per_second)
            self.rounds.ratio(f"batch_{together}_vs_single", f"batch_per_s_{together}", "batch_single_per_s")

    def _life(self) -> None:
        positions = self.shelves["life"].take(self._lives)
        self.rounds.put("floor_life_per_s", self._floor("life", positions))
        done = self._ask(Life("life", positions.start, positions.stop, 16))
        self.rounds.put("life_per_s", done.per_second)
        self.rounds.put("life_deliveries_per_s", done.deliveries / done.seconds)
        self.rounds.put("driver_cpu_life", done.cpu)
        self.rounds.ratio("life_vs_floor", "life_per_s", "floor_life_per_s")
        positions = self.shelves["life"].take(self._lives)
        done = self._ask(Life("life", positions.start, positions.stop, 16, at_once=1))
        self.rounds.put("life_single_per_s", done.per_second)

    def _large(self) -> None:
        positions = self.shelves["large"].take(self._scale.large)
        self.rounds.put("floor_1mb_per_s", self._floor("large", positions))
        done = self._ask(Accept("large", positions.start, positions.stop, 8))
        self.rounds.put("accept_1mb_per_s", done.per_second)
        self.rounds.ratio("accept_1mb_vs_floor", "accept_1mb_per_s", "floor_1mb_per_s")

    def _against_peer(self) -> None:
        if self._peer is None:
            return
        messages = [self._peer.message(data) for data in self.shelves["small"].some(8)]
        per_second = verify.per_second(self._peer.receive, messages, self._scale.seconds)
        self.rounds.put("pyas2_per_s", per_second)
        self.rounds.ratio("accept_vs_pyas2", "accept_per_s_64", "pyas2_per_s")

    def _verify(self) -> None:
        checks, missing = self._contenders()
        for library, why in missing.items():
            self.skipped[f"verify_vs_{library}"] = why
        for size in self._scale.verify_sizes:
            documents = self.shelves[f"verify-{size}"].some(1)
            for check in checks.values():
                check(documents[0])
            for name, rate in verify.together(checks, documents, self._scale.verify_seconds).items():
                self.rounds.put(f"verify_{name}_per_s_{size}", rate)
            for library in ("signxml", "xmlsec"):
                for kind in ("", "_bare"):
                    ours, theirs = f"verify_ours{kind}_per_s_{size}", f"verify_{library}{kind}_per_s_{size}"
                    self.rounds.ratio(f"verify{kind}_vs_{library}_{size}", ours, theirs)

    def _contenders(self) -> tuple[dict[str, verify.Check], dict[str, str]]:
        signer = pki.Profile(self._keys).agency(material.agencies()[0].code)
        return verify.contenders(pki.Profile(self._keys), signer)

    def _half_load(self) -> None:
        rate = self.rounds.figures()["accept_per_s_64"].median * _HALF
        positions = self.shelves["small"].take(self._count(rate, self._scale.steady))
        done = self._ask(Pace("small", positions.start, positions.stop, rate))
        self.rounds.put("half_load_per_s", rate)
        self.rounds.put("half_load_ms_p50", 1000 * quantile(done.latencies, 0.5))
        self.rounds.put("half_load_ms_p99", 1000 * quantile(done.latencies, 0.99))
        lone = self.rounds.figures().get("accept_ms_p50_1")
        if lone is not None:
            self.rounds.put("lone_accept_ms_p50", lone.median)

    def _mix(self) -> None:
        shelf = self.shelves["mix"]
        whole = sum(piece.length for piece in shelf.pieces)
        done = self._ask(Accept("mix", 0, len(shelf), 64, 30.0))
        self.rounds.put("mix_per_s", done.per_second)
        self.rounds.put("mix_mb_per_s", whole / 1e6 * done.count / len(shelf) / done.seconds)
        self.rounds.put("mix_ms_p99", 1000 * quantile(done.latencies, 0.99))

    def _urgent(self) -> None:
        """First alone, then while 64 senders send bulk as fast as it goes from another process."""
        urgent, small = self.shelves["urgent"], self.shelves["small"]
        half = len(urgent) // 2
        idle = self._ask(Pace("urgent", 0, half, _URGENT_PER_SECOND))
        bulk = small.take(small.left)
        self.drivers["flood"].say(Accept("small", bulk.start, bulk.stop, 64, self._scale.steady * 1.1 + 0.2))
        time.sleep(min(0.2, self._scale.steady / 10))
        flooded = self._ask(Pace("urgent", half, len(urgent), _URGENT_PER_SECOND))
        flood = self._checked(self.drivers["flood"].hear(_ANSWER_SECONDS))
        for name, done in (("idle", idle), ("flood", flooded)):
            self.rounds.put(f"urgent_{name}_ms_p50", 1000 * quantile(done.latencies, 0.5))
            self.rounds.put(f"urgent_{name}_ms_p99", 1000 * quantile(done.latencies, 0.99))
        self.rounds.put("flood_per_s", flood.per_second)
        self.rounds.ratio("urgent_flood_vs_idle_p99", "urgent_flood_ms_p99", "urgent_idle_ms_p99")

    def _ledger(self) -> None:
        """The measured answers also have to be right."""
        figures = _figures(self._hub.url)
        total = figures.ledger[-1]
        if any(line.difference for line in figures.ledger):
            self.wrong.append(f"the ledger differs: {total}")
        self.rounds.put("documents", figures.documents)
        self.rounds.put("hub_rss_mb", sum(map(hub_process.rss_mb, hub_process.family(self._hub.pid))))
        self.rounds.put("hub_start_s", self._hub.start_seconds)

    def _ask(self, order: Order) -> Done:
        return self._checked(self.drivers["steady"].ask(order, _ANSWER_SECONDS))

    def _checked(self, done: Done) -> Done:
        self.wrong += done.wrong
        return done


def _spread(mix: list[int], count: int) -> tuple[int, ...]:
    """`count` sizes with the shares of the mix, the largest at least once, evenly strewn."""
    ordered = sorted(mix)
    picked = [ordered[min(len(ordered) - 1, int((i + 0.5) * len(ordered) / count))] for i in range(count)]
    picked[-1] = ordered[-1]
    stride = next(s for s in range(max(1, count * 5 // 8), 10 * count) if gcd(s, count) == 1)
    return tuple(picked[i * stride % count] for i in range(count))


def _figures(url: str) -> wire.Figures:
    async def ask() -> wire.Figures:
        async with AxisClient(url) as axis:
            return await axis.figures()

    return asyncio.run(ask())
