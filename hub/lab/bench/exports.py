"""Exports of many documents over HTTP: how long, how much memory, and what others wait meanwhile.

    export_csv_s, _xlsx_, _jsonl_     from asking to the last byte, an auditor's export of all documents
    export_csv_mb                     bytes of the file
    export_csv_memory_mb              the hub's most resident memory meanwhile − before it
    export_csv_cpu_s                  processor that the hub used meanwhile, for the submissions beside it too
    export_csv_ms_p50, _p99           a submission beside it, `_PER_SECOND` of them a second, each due at its time
    export_alone_ms_p50, _p99         the same with no export, before each of them

The store is filled by the acts that accept documents, with words and people as `searching` has them; its index is
complete before. One export at a time, from a process of its own that throws the bytes away.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

from clients.protocol import Request
from clients.transport import Credential, Transport
from hub.app import opened
from hub.base.config import load
from hub.finding.indexing import Indexer
from hub.lab import hub_process, machine
from hub.lab.bench import material, searching
from hub.lab.bench.driver import Done, Pace, drive
from hub.lab.bench.growth import Growth
from hub.lab.bench.material import Lot
from hub.lab.bench.rounds import quantile
from hub.lab.hub_process import HubProcess
from hub.lab.processes import Talk, Worker
from hub.lab.simulate.player import run
from hub.pki import profile as pki

FORMS: Final = ("csv", "xlsx", "jsonl")
_LOT: Final = "beside"
_PER_SECOND: Final = 20.0
_PIECE: Final = 20
_ALONE: Final = 5
"""Pieces before each export."""
_MOST: Final = 6_000
_ANSWER_SECONDS: Final = 900.0


class Exported(msgspec.Struct, frozen=True):
    """`refused`: the answer was cut off, or was none."""

    seconds: float
    size: int
    refused: str = ""


def measure(upto: int, told: Callable[[str], None] = lambda what: None, most: int = _MOST) -> Growth:
    """`most`: documents signed for the submissions beside."""
    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="truc-export-")))
        growth = Growth({}, [upto], machine.look(folder))
        keys = folder / "keys"
        told("keys, signing")
        hub_process.prepare(folder / "hub", keys, material.agencies(), material.agencies())
        material.sign(folder / "material", keys, [Lot(_LOT, 50, most)], machine.processors())
        run(_filled(folder / "hub", upto, told))
        hub = stack.enter_context(HubProcess(folder / "hub"))
        policy = (hub.folder / "policy").read_bytes()
        driver = stack.enter_context(Worker(drive, (hub.url, folder / "material", keys, policy)))
        driver.hear(_ANSWER_SECONDS)
        reader = stack.enter_context(Worker(read, (hub.url, keys)))
        _Beside(growth, hub, driver, reader, most, told).all_forms()
    growth.seconds = time.perf_counter() - began
    return growth


async def _filled(folder: Path, upto: int, told: Callable[[str], None]) -> None:
    settings = load(folder / "hub.toml")
    async with opened(settings) as (exchange, _, _):
        indexer = exchange.indexing
        assert isinstance(indexer, Indexer)
        async for count in searching.filled(exchange, settings, upto):
            told(f"filling {count}/{upto}")
        while await indexer.caught_up(60):
            told(f"indexing, {indexer.behind} left")


def read(talk: Talk, url: str, keys: Path) -> None:
    """The process that asks for a form and throws it away."""
    run(_read(talk, url, keys))


async def _read(talk: Talk, url: str, keys: Path) -> None:
    held = pki.Profile(keys).hub("auditor")
    hub = Transport(url, Credential("auditor", held.key, held.chain))
    try:
        while True:
            talk.say(await exported(hub, talk.hear()))
    finally:
        await hub.close()


async def exported(hub: Transport, form: str) -> Exported:
    """All documents in that form, read and thrown away. A workbook's first byte comes when the last row is in it."""
    began, size = time.perf_counter(), 0
    query = (("sort", "oldest"), ("format", form))
    request = Request(method="GET", path="/v1/documents:export", query=query)
    try:
        async for chunk in hub.stream(request, _ANSWER_SECONDS):
            size += len(chunk)
    except Exception as error:
        return Exported(time.perf_counter() - began, size, str(error)[:200])
    return Exported(time.perf_counter() - began, size)


class _Beside:
    def __init__(
        self, growth: Growth, hub: HubProcess, driver: Worker, reader: Worker, most: int, told: Callable[[str], None]
    ) -> None:
        self._growth = growth
        self._hub = hub
        self._driver = driver
        self._reader = reader
        self._most = most
        self._told = told
        self._sent = 0

    def all_forms(self) -> None:
        alone: list[float] = []
        for form in FORMS:
            self._told(f"{form}: alone")
            for _ in range(_ALONE):
                alone += self._piece()
            self._told(form)
            self._one(form)
        self._waits("alone", alone)

    def _piece(self) -> list[float]:
        """ms of each of the next submissions, a second of them; none where those that were signed are used up."""
        start, stop = self._sent, min(self._sent + _PIECE, self._most)
        if start == stop:
            return []
        done: Done = self._driver.ask(Pace(_LOT, start, stop, _PER_SECOND), _ANSWER_SECONDS)
        self._growth.wrong += done.wrong
        self._sent = stop
        return [1_000 * wait for wait in done.latencies]

    def _one(self, form: str) -> None:
        pid, figures = self._hub.pid, self._growth.figures
        before, used = hub_process.rss_mb(pid), hub_process.cpu_seconds(pid)
        hub_process.forget_peak(pid)
        waits: list[float] = []
        self._reader.say(form)
        while not self._reader.pipe.poll():
            piece = self._piece()
            waits += piece
            if not piece:
                break
        found: Exported = self._reader.hear(_ANSWER_SECONDS)
        if found.refused:
            self._growth.wrong.append(f"{form}: {found.refused}")
        figures[f"export_{form}_s"] = found.seconds
        figures[f"export_{form}_mb"] = found.size / 1e6
        figures[f"export_{form}_memory_mb"] = max(0.0, hub_process.peak_mb(pid) - before)
        figures[f"export_{form}_cpu_s"] = hub_process.cpu_seconds(pid) - used
        self._waits(form, waits)

    def _waits(self, name: str, waits: list[float]) -> None:
        self._growth.figures[f"export_{name}_ms_p50"] = median(waits) if waits else None
        self._growth.figures[f"export_{name}_ms_p99"] = quantile(waits, 0.99) if waits else None
