"""A disk under SQLite that fails where it is told, and loses power: a VFS of SQLite's own kind over the real one.

The engine, its files and its locks are real. Between them lie these rules, which are the worst that Linux does:

1. What was written is in memory; it is on the disk when an fsync of its file has succeeded.
2. An fsync that failed has dropped what it could not write: it stays readable, counts as clean, and a later fsync does
   not try it again ("fsyncgate").
3. A process that is killed leaves what was written; a machine that loses power leaves what is on the disk, and of what
   was only written any part.
"""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from hub.store.sqlite import PREFERRED

_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_DELETE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)
_CLOSE = CFUNCTYPE(c_int, c_void_p)
_OK, _FULL = 0, 13
_IOERR_WRITE, _IOERR_SYNC, _IOERR_TRUNCATE = 10 | (3 << 8), 10 | (4 << 8), 10 | (6 << 8)


class _Vfs(Structure):
    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("path_size", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", c_void_p),
        ("delete", c_void_p),
        ("rest", c_void_p * 12),
    )


class _Methods(Structure):
    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", c_void_p),
        ("truncate", c_void_p),
        ("sync", c_void_p),
        ("rest", c_void_p * 13),
    )


class Fault(StrEnum):
    """What happens to one call of the engine to its disk."""

    FAILS = "fails"
    DONE = "done but reported as failed"
    TORN = "torn"


class Call(NamedTuple):
    file: str  # "db" or "wal"
    what: str  # "write", "sync" or "truncate"


class _Image:
    """One file as it is on the disk, and what was written since the last fsync."""

    def __init__(self, data: bytes = b"") -> None:
        self.disk = bytearray(data)
        self.dirty: list[tuple[int, bytes | None]] = []  # None: truncated to there

    def synced(self, only: Random | None = None) -> None:
        """All of it reaches the disk, or some of it."""
        for at, data in self.dirty:
            if only is not None and only.random() < 0.5:
                continue
            if data is None:
                del self.disk[at:]
            else:
                self.disk.extend(bytes(max(0, at - len(self.disk))))
                self.disk[at : at + len(data)] = data
        self.dirty.clear()


class Disk:
    """`fault` plans one; `calls` is what was asked for since. Used by one store at a time."""

    def __init__(self, seed: int = 0) -> None:
        self.images: dict[str, _Image] = {}
        self.calls: list[Call] = []
        self.row: list[Call] = []
        self.hit: Call | None = None
        self._rng = Random(seed)
        self._plan: tuple[int, Fault, int] | None = None
        self._full_at: int | None = None
        self._broken = False
        self._names: dict[int, str] = {}
        self._methods: dict[int, tuple[_Methods, Any]] = {}
        self._kept: list[Any] = []

    # what happens

    def fault(self, number: int, fault: Fault, *, lasting: bool = False) -> None:
        """The call of that number, from 0, from now on; `lasting`: every one after it fails too, until `heal`."""
        self.calls.clear()
        self.hit = None
        self._plan = (number, fault, 1 if not lasting else 1 << 30)

    def full(self) -> None:
        """No file can grow."""
        self._full_at = 0

    def heal(self) -> None:
        self._plan, self._full_at, self._broken = None, None, False

    def killed(self, old: Path, new: Path) -> None:
        """The process dies: `new` is the folder as the next one finds it, with the same disk under it."""
        shutil.copytree(old, new)
        for name in [n for n in self.images if n.startswith(f"{old}/")]:
            self.images[name.replace(str(old), str(new), 1)] = self.images.pop(name)

    def power_lost(self, old: Path, new: Path, *, lucky: bool = False) -> None:
        """The machine dies: `new` is the folder as it lies on the disk; `lucky`: with a part of what was not synced."""
        shutil.copytree(old, new, ignore=shutil.ignore_patterns("axis.sqlite*"))
        for name in [n for n in self.images if n.startswith(f"{old}/")]:
            image = self.images.pop(name)
            if lucky:
                image.synced(self._rng)
            target = name.replace(str(old), str(new), 1)
            Path(target).write_bytes(image.disk)
            self.images[target] = _Image(image.disk)

    # the calls

    def _asked(self, file: int, what: str) -> Fault | None:
        name = self._names[file]
        call = Call("wal" if name.endswith("-wal") else "db", what)
        number = len(self.calls)
        self.calls.append(call)
        if self._plan is None:
            return None
        at, fault, times = self._plan
        if not at <= number < at + times:
            return None
        self.hit = self.hit or call
        return fault if number == at else Fault.FAILS

    def _write(self, real: Callable[..., int], file: int, data: int, size: int, at: int) -> int:
        fault = self._asked(file, "write")
        image = self._image(file)
        if self._full_at is not None and at + size > self._size(file):
            return _FULL
        if fault is Fault.FAILS:
            return _IOERR_WRITE
        part = size // 2 if fault is Fault.TORN else size
        done = real(file, data, part, at)
        if done == _OK:
            image.dirty.append((at, ctypes.string_at(data, part)))
        return done if fault is None else _IOERR_WRITE

    def _image(self, file: int) -> _Image:
        """An old process that closes what the next one has taken over closes nothing that counts."""
        return self.images.setdefault(self._names[file], _Image())

    def _size(self, file: int) -> int:
        return Path(self._names[file]).stat().st_size

    def _truncate(self, real: Callable[..., int], file: int, size: int) -> int:
        fault = self._asked(file, "truncate")
        if fault in (Fault.FAILS, Fault.TORN):
            return _IOERR_TRUNCATE
        done = real(file, size)
        if done == _OK:
            self._image(file).dirty.append((size, None))
        return done if fault is None else _IOERR_TRUNCATE

    def _sync(self, file: int) -> int:
        fault = self._asked(file, "sync")
        image = self._image(file)
        if fault is Fault.FAILS:
            image.dirty.clear()  # rule 2
            return _IOERR_SYNC
        image.synced(self._rng if fault is Fault.TORN else None)
        return _OK if fault is None else _IOERR_SYNC

    # under the engine

    @contextmanager
    def under(self) -> Iterator[Disk]:
        """Every database that is opened inside the block lies on this disk."""
        library = ctypes.CDLL(PREFERRED._sqlite3.__file__ if hasattr(PREFERRED, "_sqlite3") else _extension())
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        real = library.sqlite3_vfs_find(None)
        mine = _Vfs.from_buffer_copy(real.contents)
        mine.name = b"faulty"
        mine.open = self._function(_OPEN, self._opener(real))
        mine.delete = self._function(_DELETE, self._deleter(real))
        assert library.sqlite3_vfs_register(ctypes.byref(mine), 1) == _OK
        try:
            yield self
        finally:
            library.sqlite3_vfs_unregister(ctypes.byref(mine))
            library.sqlite3_vfs_register(real, 1)

    def _function(self, kind: Any, function: Callable[..., int]) -> int | None:
        made = kind(function)
        self._kept.append(made)
        return ctypes.cast(made, c_void_p).value

    def _opener(self, real: Any) -> Callable[..., int]:
        real_open = _OPEN(real.contents.open)

        def opened(vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
            done = real_open(vfs, name, file, flags, out)
            path = ctypes.string_at(name).decode() if name is not None else ""  # the engine keeps the pointer
            # The index beside the record is derived from it, and has tests of its own.
            if done == _OK and Path(path).name.startswith("axis.sqlite"):
                self._names[file] = path
                self.images.setdefault(path, _Image(Path(path).read_bytes()))
                methods = c_void_p.from_address(file)
                methods.value = ctypes.addressof(self._wrapped(int(methods.value or 0)))
            return int(done)

        return opened

    def _deleter(self, real: Any) -> Callable[..., int]:
        real_delete = _DELETE(real.contents.delete)

        def deleted(vfs: int, name: int, sync: int) -> int:
            self.images.pop(ctypes.string_at(name).decode(), None)
            return int(real_delete(vfs, name, sync))

        return deleted

    def _wrapped(self, address: int) -> _Methods:
        if address not in self._methods:
            real = _Methods.from_address(address)
            mine = _Methods.from_buffer_copy(real)
            write, truncate, close = _WRITE(real.write), _TRUNCATE(real.truncate), _CLOSE(real.close)

            def closed(file: int) -> int:
                self._names.pop(file, None)
                return int(close(file))

            mine.write = self._function(_WRITE, lambda f, data, size, at: self._write(write, f, data, size, at))
            mine.truncate = self._function(_TRUNCATE, lambda f, size: self._truncate(truncate, f, size))
            mine.sync = self._function(_SYNC, lambda f, flags: self._sync(f))
            mine.close = self._function(_CLOSE, closed)
            self._methods[address] = (mine, real)
        return self._methods[address][0]


def _extension() -> str:
    import pysqlite3._sqlite3 as extension

    return str(extension.__file__)
