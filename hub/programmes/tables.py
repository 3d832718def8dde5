"""The tables that the programmes ship, read from the package's own files: the same wherever the hub runs."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources


def text(*path: str) -> str:
    """One file below this folder."""
    return resources.files(__package__).joinpath(*path).read_text("utf-8")


def folder(ending: str, *path: str) -> Iterator[str]:
    """The files of one folder whose names have that ending, in the order of their names."""
    names = (file.name for file in resources.files(__package__).joinpath(*path).iterdir())
    yield from (text(*path, name) for name in sorted(names) if name.endswith(ending))
