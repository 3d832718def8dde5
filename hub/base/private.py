"""Folders and files that nobody else on the machine may enter or read, also where they were there before.

A folder that somebody made with `mkdir`, or an older program left, stays as open as it was made: so it is closed at
every start, before a secret is written into it or a caller is heard. A folder that cannot be closed is refused.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

OTHERS: Final = 0o077
_DEPTH: Final = 1
"""Folders below: a user that cannot enter the folder above them reads nothing in them, however many there are."""


class Exposed(OSError):
    """`lines` say in both languages which folder, and the remedy for its owner."""

    def __init__(self, path: Path, state: os.stat_result) -> None:
        place = f"{path} (mode {stat.S_IMODE(state.st_mode):o}, user {state.st_uid})"
        self.lines = (
            f"others on this machine can read {place}: give the hub a folder of its own user, chmod -R go=",
            f"Người khác trên máy đọc được {place}: dùng thư mục riêng của người dùng chạy Trục, chmod -R go=",
        )
        super().__init__("; ".join(self.lines))


def umask() -> None:
    """From now on everything that this process and its children make is its user's alone."""
    os.umask(OTHERS)


def close(folder: Path) -> None:
    """Nobody else may enter `folder`, read a file in it, or one in a folder directly below it. It is made where it is
    missing. Exposed where it cannot be closed: it is somebody else's, or shared by many, as /tmp is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in _within(folder, _DEPTH):
        _close(path)


def _within(folder: Path, depth: int) -> Iterator[Path]:
    yield folder
    for entry in os.scandir(folder):
        if entry.is_symlink():
            continue  # its target is another folder's
        if entry.is_dir():
            if depth:
                yield from _within(folder / entry.name, depth - 1)
        else:
            yield folder / entry.name


def _close(path: Path) -> None:
    try:
        state = path.stat()
    except FileNotFoundError:
        return  # removed meanwhile
    if not state.st_mode & OTHERS:
        return
    if state.st_mode & stat.S_ISVTX:
        raise Exposed(path, state)
    try:
        path.chmod(stat.S_IMODE(state.st_mode) & ~OTHERS)
    except PermissionError:
        raise Exposed(path, state) from None
