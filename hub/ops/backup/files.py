"""Files of a backup: copied with their digest, durable, and listed as `sha256sum` lists them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hub.ops.backup import SUMS, Refused
from hub.ops.fsck import Fault
from hub.store.blobs import sync_folder

_CHUNK: Final = 1 << 20
_LINE: Final = re.compile(r"([0-9a-f]{64})  ([^\\\n]+)")


def copy(source: Path, target: Path) -> str:
    """Copy and fsync, readable by the owner only; the SHA-256 (hex) of the copied bytes. The folder is the caller's to
    sync."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    beside = target.with_name(f"{target.name}.copying")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with source.open("rb") as reader, os.fdopen(descriptor, "wb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    beside.replace(target)
    return digest.hexdigest()


def write(target: Path, data: bytes) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def every(folder: Path) -> dict[str, Path]:
    """Relative name → path of every file below, sorted. Refused where one is neither file nor folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            raise Refused(Fault("file-unknown", str(path), "a file or a folder", "neither"))
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = path
    return found


def sync_folders(folder: Path) -> None:
    """Every name in it and below is durable."""
    for path in (folder, *(p for p in folder.rglob("*") if p.is_dir())):
        sync_folder(path)


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """A lock on a folder or file, of this process alone. Refused where another has it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(Fault(what, str(path), "nobody else at work on it", "another process")) from None
        yield
    finally:
        os.close(descriptor)


def write_sums(folder: Path, sums: Mapping[str, str]) -> None:
    """`sums`: relative name → digest of every file but this list itself."""
    write(folder / SUMS, "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode())


def read_sums(folder: Path) -> dict[str, str]:
    """The list, held against the names that are there. Refused on the least difference in form or names."""
    try:
        text = (folder / SUMS).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(Fault("sums-unreadable", str(folder / SUMS), "a list of digests", str(error)[:120])) from None
    lines = text.split("\n")
    matches = [_LINE.fullmatch(line) for line in lines[:-1]]
    sums = {match[2]: match[1] for match in matches if match}
    if lines[-1] or len(sums) != len(matches) or list(sums) != sorted(sums):
        raise Refused(Fault("sums-unreadable", SUMS, "lines as sha256sum writes them, sorted", "others"))
    there = set(every(folder)) - {SUMS}
    missing, unknown = sorted(sums.keys() - there), sorted(there - sums.keys())
    faults = [Fault("file-missing", name) for name in missing] + [Fault("file-unknown", name) for name in unknown]
    if faults:
        raise Refused(*faults)
    return sums
