"""A file that grows line by line, CSV, JSON lines or a workbook: beside its place until it is whole, then there.

Nothing is written over: where something else lies there already, it gets a free name. A crash leaves a `.part` file.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol

import msgspec

from hub.base.sheets import Growing
from hub.core import register
from hub.core.register import Line
from hub.core.wire_export import ExportLine


class _Sheet(Protocol):
    def add(self, item: ExportLine, rows: Sequence[Line]) -> None: ...
    def close(self) -> None: ...


class _Csv:
    def __init__(self, target: BinaryIO, head: Sequence[str]) -> None:
        self._target = target
        target.write("".join(register.csv_lines((), head)).encode())

    def add(self, item: ExportLine, rows: Sequence[Line]) -> None:
        self._target.write("".join(register.csv_more(row.cells for row in rows)).encode())

    def close(self) -> None:
        pass


class _Lines:
    def __init__(self, target: BinaryIO) -> None:
        self._target = target

    def add(self, item: ExportLine, rows: Sequence[Line]) -> None:
        self._target.write(msgspec.json.encode(item) + b"\n")

    def close(self) -> None:
        pass


class _Workbook:
    def __init__(self, target: BinaryIO, head: Sequence[str], title: str) -> None:
        self._book = Growing(target, title, head)

    def add(self, item: ExportLine, rows: Sequence[Line]) -> None:
        for row in rows:
            self._book.add([row.cells], struck=row.struck)

    def close(self) -> None:
        self._book.close()


class Made:
    """The file while it is made; gone at the end of its block where `placed` was not called."""

    def __init__(self, path: Path, head: Sequence[str], title: str) -> None:
        self._path = path
        self._beside = path.with_name(f".{secrets.token_hex(8)}.part")
        self._file = self._beside.open("xb")
        self._whole = False
        self._sheet: _Sheet
        if path.suffix.lower() == ".csv":
            self._sheet = _Csv(self._file, head)
        elif path.suffix.lower() == ".xlsx":
            self._sheet = _Workbook(self._file, head, title or head[0])
        else:
            self._sheet = _Lines(self._file)

    def add(self, item: ExportLine, rows: Sequence[Line]) -> None:
        self._sheet.add(item, rows)

    def placed(self) -> Path:
        """Durably where it belongs, or under the next free name; where it is now."""
        self._whole = True
        self._sheet.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        place, number = self._path, 1
        while not self._put(place):
            number += 1
            place = self._path.with_name(f"{self._path.stem} ({number}){self._path.suffix}")
        return place

    def _put(self, place: Path) -> bool:
        if place.is_symlink() or place.exists():
            return place.is_file() and filecmp.cmp(place, self._beside, shallow=False)
        try:
            os.link(self._beside, place)  # unlike a rename it fails where something came there meanwhile
        except FileExistsError:
            return False
        except OSError:
            self._beside.replace(place)  # a file system without links
        return True

    def __enter__(self) -> Made:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if not self._whole:
                with contextlib.suppress(Exception):  # it only lets go of its hold: the file goes
                    self._sheet.close()
            with contextlib.suppress(OSError):
                self._file.close()
        finally:
            with contextlib.suppress(FileNotFoundError):
                self._beside.unlink()


def sheet_of(path: Path, head: Sequence[str], title: str = "") -> Made | None:
    """A file of the form that its name's ending says; None for another ending."""
    return Made(path, head, title) if path.suffix.lower() in (".csv", ".xlsx", ".jsonl") else None
