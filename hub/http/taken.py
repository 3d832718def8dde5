"""Which assertions were taken: remembered, and where a restart would not make them too old, kept in a file (`Taken`)
before their token is given.

A process takes no assertion issued before it began. An assertion of a clock that is ahead, or of this very second, is
not older than a process that begins a moment later, though this one took it: so it is written down until it ends.
Of a name the digest is kept. Half a record at the end is of a token that was never given.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Final

from hub.base.runtime import finished
from hub.core.errors import TooMany, Unauthenticated, Unavailable
from hub.core.model import Millis

_DIGEST: Final = 32
_RECORD: Final = 8 + _DIGEST
_MANY: Final = 100_000
_MOST: Final = 20_000
"""Records in the file, above which those that ended are left out."""


class Once:
    """Which assertions were taken, each until it ends."""

    def __init__(self, most: int = 5 * _MANY) -> None:
        self._most = most
        self._until: dict[str, Millis] = {}
        self._sweep_at = _MANY

    def take(self, jti: str, until: Millis, at: Millis) -> None:
        """Unauthenticated when it was taken before, TooMany when no more can be remembered."""
        if len(self._until) >= self._sweep_at:
            self._until = {j: u for j, u in self._until.items() if u > at}
            self._sweep_at = max(_MANY, 2 * len(self._until))
        if jti in self._until:
            raise Unauthenticated(expected="an assertion used once", found="a replay")
        if len(self._until) >= self._most:
            raise TooMany(retry_after=60, expected="fewer tokens", found=str(len(self._until)))
        self._until[jti] = until


class Taken:
    """`before` is asked on the event loop; files are written in a thread of its own."""

    def __init__(self, path: Path, at: Millis) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="taken")
        self._lock = Lock()
        self._until = {name: until for name, until in _read(path).items() if until > at}
        self._earlier = frozenset(self._until)
        self._records = len(self._until)
        self._anew_at = max(_MOST, 2 * self._records)
        _write(path, self._until)

    def close(self) -> None:
        """Nothing is kept any more; each act begun is durable when this returns."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def before(self, jti: str) -> bool:
        """Whether a process before this one took it."""
        return _name(jti) in self._earlier

    async def keep(self, jti: str, until: Millis, at: Millis) -> None:
        """Durable when it returns. Unavailable where the disk does not take it."""
        try:
            await finished(self._threads, self._keep, _name(jti), until, at)
        except OSError as error:
            raise Unavailable(found=f"an assertion cannot be written down: {error.strerror}") from None

    def _keep(self, name: bytes, until: Millis, at: Millis) -> None:
        with self._lock:
            self._until[name] = until
            if self._records < self._anew_at:
                self._append(name, until)
            else:
                self._write_anew(at)

    def _append(self, name: bytes, until: Millis) -> None:
        whole = self._records * _RECORD
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, until.to_bytes(8, "big") + name, whole)  # over the leftovers of a failure
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._records += 1

    def _write_anew(self, at: Millis) -> None:
        self._until = {n: u for n, u in self._until.items() if u > at}
        _write(self._path, self._until)
        self._records = len(self._until)
        self._anew_at = max(_MOST, 2 * self._records)


def _name(jti: str) -> bytes:
    return sha256(jti.encode()).digest()


def _read(path: Path) -> dict[bytes, int]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    whole = range(0, len(data) - _RECORD + 1, _RECORD)
    return {data[at + 8 : at + _RECORD]: int.from_bytes(data[at : at + 8], "big") for at in whole}


def _write(path: Path, until: dict[bytes, int]) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for name, end in until.items():
            file.write(end.to_bytes(8, "big") + name)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
