"""Folder after folder: a hub under load that dies some dozens of times, then one last life in which all is checked.

    start → load → dies at its instant → start → … → start, undisturbed → all work ends → check → stop → fsck

The named instant of a kill may not come in `_LIFE` times the time of a start, because nothing of its kind was done;
then the hub is killed where it is.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from hub.base.failpoint import VARIABLE
from hub.core.model import Agency
from hub.lab.hub_process import HubFailed, HubProcess
from hub.lab.torture import check, kills
from hub.lab.torture.books import BROKEN, DOUBLED, LOST, Books, Finding
from hub.lab.torture.kills import Kill
from hub.lab.torture.load import Load, of_documents
from hub.lab.torture.setting import make_keys, prepared

ROUND: Final = 40
"""Kills of one folder: about as many as there are instants."""

_DOCUMENTS: Final = 6
_MORE: Final = 5
_LIFE: Final = 4.0
_LOOK_SECONDS: Final = 0.02
_MORE_SECONDS: Final = 0.4
_ASKED_AGAIN: Final = 3
_STOP_AFTER: Final = 0.5
_FINISH_SECONDS: Final = 60.0


class Options(msgspec.Struct, frozen=True):
    """`at`: only these instants; `folder`: where the hubs of rounds with findings are kept, None = nowhere; `fronts`:
    front processes of each hub (`http.fronts`). An instant that comes in one of them is that one's death, and counts as
    missed; they end with the hub."""

    kills: int = ROUND
    seed: int = 1
    at: tuple[str, ...] = ()
    folder: Path | None = None
    fronts: int = 0


class Report(msgspec.Struct, kw_only=True):
    """The report. `missed`: named instants that did not come before the hub was killed anyway; `instants`: how often it
    died at which."""

    seed: int
    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    findings: list[Finding] = []
    missed: int = 0
    documents: int = 0
    statuses: int = 0
    handed_over: int = 0
    refused: int = 0
    checkpoints: int = 0
    rounds: int = 0
    seconds: float = 0.0
    instants: dict[str, int] = {}


OnProgress = Callable[[Report], None]


def torture(options: Options, told: OnProgress) -> Report:
    """Play all kills. HubFailed where a hub cannot be set up at all."""
    began = time.monotonic()
    report = Report(seed=options.seed)
    with tempfile.TemporaryDirectory(prefix="truc-torture-") as place:
        keys = Path(place) / "keys"
        agencies = make_keys(keys, options.seed)
        left, seed = options.kills, options.seed
        while left > 0:
            many = min(ROUND, left)
            hub = Path(place) / f"seed-{seed}"
            done = asyncio.run(_Round(hub, keys, agencies, seed, many, options, report, told).play())
            _account(report, done, seed, many, options)
            if done.findings and options.folder is not None:
                shutil.copytree(hub, options.folder / hub.name, dirs_exist_ok=True)
                shutil.copytree(keys, options.folder / "keys", dirs_exist_ok=True)
            shutil.rmtree(hub, ignore_errors=True)
            left, seed = left - many, seed + 1
            report.seconds = round(time.monotonic() - began, 1)
            told(report)
    return report


def _account(report: Report, books: Books, seed: int, many: int, options: Options) -> None:
    at = "".join(f" --at {point}" for point in options.at)
    command = f"truc torture --seed {seed} --kills {many}{at}"
    if options.fronts:
        command += f" --fronts {options.fronts}"
    documents = of_documents(books.submissions)
    report.rounds += 1
    report.acknowledged += len(books.submissions) + len(books.handovers)
    report.documents += len(documents)
    report.statuses += len(books.submissions) - len(documents)
    report.handed_over += len(books.handovers)
    report.refused += sum(books.refusals.values())
    report.checkpoints += len(books.checkpoints)
    report.findings = [*report.findings, *(msgspec.structs.replace(f, again=command) for f in books.findings)]
    kinds = Counter(finding.kind for finding in report.findings)
    report.lost, report.doubled = kinds[LOST], kinds[DOUBLED]


class _Round:
    """One folder with its kills."""

    def __init__(
        self,
        folder: Path,
        keys: Path,
        agencies: list[Agency],
        seed: int,
        many: int,
        options: Options,
        report: Report,
        told: OnProgress,
    ) -> None:
        self._folder = folder
        self._keys = keys
        self._agencies = agencies
        self._seed = seed
        self._kills = list(islice(kills.draw(seed, options.at), many))
        self._fronts = options.fronts
        self._report = report
        self._told = told
        self._books = Books()
        self._start = 0.7

    async def play(self) -> Books:
        async with prepared(self._folder, self._keys, self._agencies, self._fronts) as setting:
            load = Load(setting, self._books, self._seed)
            hub = HubProcess(self._folder)
            try:
                load.start()
                for kill in self._kills:
                    self._books.kills.append(kill)
                    load.allow(_DOCUMENTS)
                    await self._live_and_die(hub, kill, load)
                    self._told(self._report)
                await self._end(hub, load, check.Checker(setting, self._books, load))
            finally:
                hub.kill()
                await load.close()
        return self._books

    async def _live_and_die(self, hub: HubProcess, kill: Kill, load: Load) -> None:
        hub.environment = {VARIABLE: str(kill.rule)} if kill.rule else {}
        starting = asyncio.create_task(asyncio.to_thread(hub.start))
        if kill.rule is None:
            await asyncio.wait([starting], timeout=kill.times * self._start)
            if not starting.done():
                _kill(hub)
                await asyncio.wait([starting])
                self._died(kill, self._code(starting, hub))
                return
        started = await self._started(starting)
        if started is not None:
            self._died(kill, started)
            return
        self._start = hub.start_seconds
        load.ask_again(_ASKED_AGAIN)
        at_random = kill.rule is None
        missed = not await self._killed(hub, kill, load)
        self._died(kill, hub.kill(), missed=missed and not at_random)

    async def _started(self, starting: asyncio.Task[None]) -> int | None:
        """None when it listens, else how it ended."""
        try:
            await starting
        except HubFailed as error:
            if error.code != -signal.SIGKILL:
                self._books.find(BROKEN, f"the hub did not start: {error}")
            return error.code
        return None

    def _code(self, starting: asyncio.Task[None], hub: HubProcess) -> int:
        """How it ended that was killed while it started, or just after."""
        error = starting.exception()
        return error.code if isinstance(error, HubFailed) else hub.kill()

    async def _killed(self, hub: HubProcess, kill: Kill, load: Load) -> bool:
        """Whether it died by itself; work is given to it until then."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._start * (_LIFE if kill.rule else max(0.0, kill.times - 1))
        more_at, stop_at = loop.time() + _MORE_SECONDS, loop.time() + _STOP_AFTER * self._start
        while loop.time() < end and not hub.ended:
            await asyncio.sleep(_LOOK_SECONDS)
            if loop.time() > more_at and not load.spare:
                load.allow(_MORE)
                more_at = loop.time() + _MORE_SECONDS
            if kill.rule and kill.rule.point.startswith("stop.") and loop.time() > stop_at:
                with suppress(ProcessLookupError):
                    os.kill(hub.pid, signal.SIGTERM)
                stop_at = end
        return hub.ended

    def _died(self, kill: Kill, code: int, *, missed: bool = False) -> None:
        if code != -signal.SIGKILL:
            self._books.find(BROKEN, f"the hub ended by itself with {code}")
        report = self._report
        report.kills += 1
        report.missed += missed
        where = kill.rule.point if kill.rule is not None and not missed else "at random"
        report.instants = report.instants | {where: report.instants.get(where, 0) + 1}

    async def _end(self, hub: HubProcess, load: Load, checker: check.Checker) -> None:
        hub.environment = {}
        try:
            await asyncio.to_thread(hub.start)
        except HubFailed as error:
            self._books.find(LOST, f"the hub does not start any more: {error}")
            return
        await load.finish(_FINISH_SECONDS)
        await checker.run()
        await check.ended(hub, self._books)


def _kill(hub: HubProcess) -> None:
    with suppress(ProcessLookupError):
        if hub.pid:
            os.kill(hub.pid, signal.SIGKILL)
