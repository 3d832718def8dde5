"""The machine under the figures: without it they mean nothing."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from pathlib import Path

import aiohttp
import cryptography
import msgspec
from cryptography.hazmat.backends.openssl import backend
from lxml import etree

from hub.base.version import VERSION
from hub.store.sqlite import PREFERRED


class Machine(msgspec.Struct, frozen=True):
    """`fsync_ms`: median of appending 4 kB to a file and syncing it, where temporary files lie. `load`: of the last
    minute, when it was looked at."""

    processor: str
    processors: int
    memory_gb: float
    system: str
    python: str
    truc: str
    sqlite: str
    openssl: str
    libxml2: str
    aiohttp: str
    cryptography: str
    fsync_ms: float
    load: float


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def look(folder: Path | None = None) -> Machine:
    return Machine(
        processor=_processor(),
        processors=processors(),
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        truc=VERSION,
        sqlite=str(PREFERRED.sqlite_version),
        openssl=backend.openssl_version_text(),
        libxml2=".".join(map(str, etree.LIBXML_VERSION)),
        aiohttp=aiohttp.__version__,
        cryptography=cryptography.__version__,
        fsync_ms=fsync_ms(folder),
        load=round(os.getloadavg()[0], 2),
    )


def fsync_ms(folder: Path | None = None, times: int = 15) -> float:
    """Median milliseconds of one small durable write."""
    taken = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return round(sorted(taken)[times // 2] * 1000, 3)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
