"""Large bytes as files named by their SHA-256, durable before the transaction that names them.

    spool/<random>          a body while it arrives; everything that lies here at start is left over and removed
    blobs/ab/cd/<sha256>    kept bytes; written once, never changed

Order: write, fsync the file, rename, fsync the folder, and only then commit the row. A crash before the commit leaves
a file that no row names (found and removed by `truc fsck --mend`, or used when the sender tries again), never a row
without its file. Bytes that are refused after they were kept are removed again, unless somebody else may need it
(`settle`).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Final

from hub.base import failpoint
from hub.core.errors import Unavailable

PIECE: Final = 256 * 1024
"""Bytes that are written at once."""
_SYNC: Final = 2 * 1024 * 1024
"""Bytes after which a file that still grows is made durable: a flush of all at its end would hold up, on the same disk,
the commits of everybody else."""
_MAKING: Final = Lock()
"""Held while a folder is made: a thread that finds one made by another may rely on its being durable."""


class Spool:
    """One body while it arrives: counted, digested, in memory up to `inline` bytes and in a file above.

    `take` counts and costs nothing; `flush` digests and writes the bytes taken, and blocks: for a body in a file call
    it off the event loop, whenever `take` says so and at the end. `in_file`: whether that is where it belongs.
    """

    def __init__(self, folder: Path, inline: int) -> None:
        self._folder = folder
        self._inline = inline
        self._digest = hashlib.sha256()
        self._chunks: list[bytes] = []
        self._waiting = 0
        self._unsynced = 0
        self._file: int | None = None
        self.path: Path | None = None
        self.size = 0
        self.in_file = inline < 0

    def take(self, chunk: bytes) -> bool:
        """The next bytes; whether enough was taken to be worth a flush."""
        self._chunks.append(chunk)
        self._waiting += len(chunk)
        self.size += len(chunk)
        self.in_file = self.size > self._inline
        return self.in_file and self._waiting >= PIECE

    def flush(self) -> None:
        """Write the bytes taken, where they belong into a file. Unavailable when the disk does not take it."""
        if not self.in_file:
            return
        if self._file is None:
            self._open()
        while self._chunks:
            chunk = self._chunks.pop(0)
            self._digest.update(chunk)
            _write_all(self._file, chunk)
            self._unsynced += len(chunk)
        self._waiting = 0
        if self._unsynced >= _SYNC:
            _sync(self._file)
            self._unsynced = 0

    def write(self, chunk: bytes) -> None:
        """`take` and `flush`. Blocking."""
        self.take(chunk)
        self.flush()

    def _open(self) -> None:
        path = self._folder / secrets.token_hex(16)
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Unavailable(found=f"spool: {error.strerror}") from error
        self.path = path

    @property
    def sha256(self) -> str:
        """Of all that was taken."""
        digest = self._digest.copy()
        for chunk in self._chunks:
            digest.update(chunk)
        return digest.hexdigest()

    def read(self) -> bytes:
        """All of it. Blocking, for a body in a file."""
        if not self.in_file:
            return b"".join(self._chunks)
        self.flush()
        assert self._file is not None
        with open(os.dup(self._file), "rb", buffering=0) as file:
            file.seek(0)
            return file.readall()

    def told(self, count: int) -> tuple[str, bytes]:
        """SHA-256 (hex) of all that was taken, and up to `count` of its first bytes."""
        first = b"".join(self._chunks)[:count] if self._file is None else os.pread(self._file, count, 0)
        return self.sha256, first

    def keep(self, target: Path) -> None:
        """Make the file durable under its final name. Blocking: call it off the event loop."""
        if self._file is None or self.path is None:
            raise ValueError("nothing was spooled to a file")
        try:
            failpoint.hit("blob.before-fsync")
            os.fsync(self._file)
            with _MAKING:
                for folder in (target.parent.parent, target.parent):
                    if not folder.exists():
                        folder.mkdir(exist_ok=True)
                        sync_folder(folder.parent)
            failpoint.hit("blob.before-rename")
            os.replace(self.path, target)
            failpoint.hit("blob.renamed")
            sync_folder(target.parent)
            failpoint.hit("blob.named")
        except OSError as error:
            raise Unavailable(found=f"blob: {error.strerror}") from error
        self.path = None

    def close(self) -> None:
        """Forget the bytes that were not kept."""
        self._chunks.clear()
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            self.path = None


class _Claim:
    """On one file: how many need it just now, whether it is younger than all of them, whether a row may name it."""

    __slots__ = ("holders", "named", "new")

    def __init__(self) -> None:
        self.holders, self.new, self.named = 0, False, False


class Blobs:
    """The folder of kept bytes and the spool beside it, on one file system so that a rename is atomic."""

    def __init__(self, root: Path, *, inline: int = 64 * 1024, alone: bool = True) -> None:
        """`alone`: no other process keeps files here just now. Then the spool's leftovers of one before are removed,
        and bytes that are refused after they were kept; else both stay, for they may be another's."""
        self.inline = inline
        self._blobs = root / "blobs"
        self._spool = root / "spool"
        self._blobs.mkdir(parents=True, exist_ok=True)
        self._spool.mkdir(parents=True, exist_ok=True)
        self._alone = alone
        self._claims: dict[str, _Claim] = {}
        self._claiming = Lock()
        if alone:
            for leftover in self._spool.iterdir():
                leftover.unlink()

    def spool(self) -> Spool:
        return Spool(self._spool, self.inline)

    def path(self, sha256: str) -> Path:
        return place(self._blobs, sha256)

    def claim(self, sha256: str) -> None:
        """Somebody is about to keep these bytes: their file stays from here on, until `settle`, which must follow."""
        with self._claiming:
            self._claims.setdefault(sha256, _Claim()).holders += 1

    def keep(self, spool: Spool) -> None:
        """Durable under its digest when this returns; `claim` goes before where it may be refused yet. The same bytes
        kept twice are one file."""
        spool.flush()
        target = self.path(spool.sha256)
        if target.exists():
            try:
                sync_folder(target.parent)  # its rename may be younger than the last fsync of the folder
            except OSError as error:
                raise Unavailable(found=f"blob: {error.strerror}") from error
        else:
            with self._claiming:
                if (claim := self._claims.get(spool.sha256)) is not None:
                    claim.new = True
            spool.keep(target)

    def settle(self, sha256: str, *, named: bool) -> None:
        """The fate of kept bytes: `named` by a row, now or perhaps, or certainly not. A file that no row named before
        and none does now is removed when the last of those that kept it says so."""
        with self._claiming:
            claim = self._claims[sha256]
            claim.holders -= 1
            claim.named |= named
            if claim.holders == 0:
                del self._claims[sha256]
                if self._alone and claim.new and not claim.named:
                    self.remove(sha256)

    def names(self) -> Iterator[str]:
        for path in self._blobs.glob("??/??/*"):
            yield path.name

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)


def place(blobs: Path, sha256: str) -> Path:
    """Where the bytes of that digest lie in a folder `blobs`."""
    return blobs / sha256[:2] / sha256[2:4] / sha256


def _write_all(descriptor: int | None, data: bytes) -> None:
    assert descriptor is not None
    view = memoryview(data)
    try:
        failpoint.hit("blob.write", descriptor=descriptor, data=data)
        while view:
            view = view[os.write(descriptor, view) :]
    except OSError as error:
        raise Unavailable(found=f"spool: {error.strerror}") from error


def _sync(descriptor: int | None) -> None:
    assert descriptor is not None
    try:
        os.fdatasync(descriptor)
    except OSError as error:
        raise Unavailable(found=f"spool: {error.strerror}") from error


def sync_folder(path: Path) -> None:
    """The names in it are durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
