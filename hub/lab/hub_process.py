"""A hub of one's own: a folder with a directory in it, `truc serve` as a process, and the kernel's figures of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from hub.app import opened
from hub.base.config import HttpSettings, Settings, load
from hub.base.runtime import system_clock
from hub.core.model import Agency
from hub.lab.sandbox import with_keys
from hub.pki import profile as pki

TRUC: Final = (sys.executable, "-m", "hub.cli.main")
_STOP_SECONDS: Final = 60
FRONTS: Final = HttpSettings().fronts
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICK: Final = os.sysconf("SC_CLK_TCK")
_PROCESS_CLOCK: Final = 2
"""CPUCLOCK_SCHED: clock_getcpuclockid(3) of Linux, which Python gives for threads alone."""

_TOML: Final = """\
[hub]
origin = "truc.localhost/load"
data = "{data}"
keys = "{keys}"
[http]
port = {port}
fronts = {fronts}
[limits]
requests_per_second = 1000000
burst = 1000000
anonymous_per_second = 1000000
anonymous_burst = 1000000
stranger_ms_per_second = 1000000
stranger_ms_burst = 1000000
caller_ms_per_second = 1000000
caller_ms_burst = 1000000
bytes_per_second = 4000000000
bytes_burst = 4000000000
"""


def for_load(processors: int) -> int:
    """Front processes of a hub that is set up for load and has so many processors."""
    return min(4, processors) if processors > 1 else 0


class HubFailed(RuntimeError):
    """The hub did not start, or did not end well. `code`: how its process ended, as `subprocess` tells it."""

    def __init__(self, said: str, code: int = 0) -> None:
        super().__init__(said)
        self.code = code


def prepare(
    folder: Path,
    keys: Path,
    agencies: Sequence[Agency],
    keyed: Sequence[Agency],
    *,
    port: int = 0,
    fronts: int = FRONTS,
) -> Settings:
    """A hub's folder with these agencies; `keyed` get keys. All settings are the defaults, but for the rates of one
    caller and one address: a load has few callers that ask for many."""
    settings = settled(folder, keys, port, fronts)
    asyncio.run(fill(folder, settings, agencies, keyed))
    return settings


def settled(folder: Path, keys: Path, port: int = 0, fronts: int = FRONTS) -> Settings:
    """The folder with its settings only."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "hub.toml"
    config.write_text(_TOML.format(data="data", keys=keys.absolute().as_posix(), port=port, fronts=fronts), "utf-8")
    return load(config)


async def fill(folder: Path, settings: Settings, agencies: Sequence[Agency], keyed: Sequence[Agency]) -> None:
    pki.ensure_profile(Path(settings.hub.keys), system_clock())
    async with opened(settings) as (exchange, log, profile):
        profile.issue_agencies(keyed, system_clock())
        if not len(exchange.directory):
            await exchange.change_directory(with_keys(agencies, profile), "load")
        policy = "".join(f"log {key}\n" for key in log.vkeys) + "quorum none\n"
        (folder / "policy").write_text(policy, encoding="utf-8")


def issue_keys(keys: Path, agencies: Sequence[Agency]) -> None:
    """Keys for these agencies, with the PKI they need."""
    pki.ensure_profile(keys, system_clock()).issue_agencies(agencies, system_clock())


class HubProcess:
    """`truc serve` over a prepared folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.environment = dict(environment or {})
        self.url = ""
        self.start_seconds = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Returns when it listens; `start_seconds` is how long that took."""
        began = time.perf_counter()
        with (self.folder / "hub.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*TRUC, "serve", "--config", str(self.folder / "hub.toml"), "--json", "--log-level", "warning"],
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | self.environment,
            )
        line = self._process.stdout.readline() if self._process.stdout else b""
        if not line:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)  # it is about to end by itself: how, is worth knowing
            raise HubFailed(self._said(), self._end(signal.SIGKILL))
        self.url = json.loads(line)["url"]
        self.start_seconds = time.perf_counter() - began

    @property
    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def stop(self) -> None:
        """SIGTERM. HubFailed unless it ends with 0."""
        code = self._end(signal.SIGTERM)
        if code != 0:
            raise HubFailed(f"the hub ended with {code}: {self._said()}", code)

    def _said(self) -> str:
        return (self.folder / "hub.log").read_text(errors="replace")[-800:]

    def kill(self) -> int:
        """SIGKILL, where it still runs; how its process ended."""
        return self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            code = process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if process.stdout:
            process.stdout.close()
        return code

    def __enter__(self) -> HubProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def fsck(self) -> dict[str, object]:
        """`truc fsck` over the folder, the hub being stopped: its JSON with `ok`."""
        done = subprocess.run(
            [*TRUC, "fsck", "--config", str(self.folder / "hub.toml"), "--json"], capture_output=True, check=False
        )
        try:
            told = msgspec.json.decode(done.stdout, type=dict[str, object])
        except msgspec.DecodeError:
            told = {"output": done.stdout.decode(errors="replace")[-800:]}
        return told | {"ok": done.returncode == 0}


def rss_mb(pid: int) -> float:
    """Resident memory of a process, in MB (10^6 bytes); 0 where the system does not tell."""
    return _proc(pid, "statm", lambda text: int(text.split()[1]) * _PAGE / 1e6)


def peak_mb(pid: int) -> float:
    """The most resident memory that a process ever had, in MB."""
    return _proc(pid, "status", lambda text: int(text.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6)


def family(pid: int) -> list[int]:
    """The process and those that it started."""
    with contextlib.suppress(OSError):
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [pid, *(int(child) for task in tasks for child in (task / "children").read_text().split())]
    return [pid]


def forget_peak(pid: int) -> None:
    """From now on `peak_mb` tells of the time to come."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def threads(pid: int) -> int:
    return int(_proc(pid, "status", lambda text: int(text.partition("Threads:")[2].split()[0])))


def descriptors(pid: int) -> int:
    """Open files and sockets of a process; 0 where the system does not tell."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used."""
    # The second field is a name that may hold spaces; utime and stime are the 12th and 13th after it.
    return _proc(pid, "stat", lambda text: sum(map(int, text.rpartition(")")[2].split()[11:13])) / _TICK)


def precise_cpu_seconds(pid: int) -> float:
    """The same of a process that still runs, by its clock, which counts nanoseconds and not ticks; 0 where the system
    has none."""
    try:
        return time.clock_gettime((~pid << 3) | _PROCESS_CLOCK)
    except OSError:
        return 0.0


def _proc(pid: int, name: str, read: Callable[[str], float]) -> float:
    try:
        return read(Path(f"/proc/{pid}/{name}").read_text())
    except OSError:
        return 0.0
