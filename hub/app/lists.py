"""The programmes as this hub has them: with an operator's own lists where the settings name a folder of such."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from hub.base.config import Settings
from hub.core.errors import ListInvalid
from hub.programmes.onestop.lists import FILES, lists
from hub.programmes.onestop.programme import NAME, Dossiers
from hub.programmes.onestop.rows import MOST_BYTES
from hub.programmes.registry import PROGRAMMES
from hub.programmes.riding import Programme


def programmes_of(settings: Settings) -> Mapping[str, Programme]:
    """ListInvalid with file and line: a hub that counts by another list than its operator meant does not start."""
    if not settings.programmes.lists:
        return PROGRAMMES
    given = _read(Path(settings.programmes.lists))
    return MappingProxyType({**PROGRAMMES, NAME: Dossiers(lists=lists(given))})


def _read(folder: Path) -> dict[str, str]:
    """Text by name of the files that are there."""
    if not folder.is_dir():
        raise ListInvalid(expected="a folder", found=str(folder))
    found = {}
    for path in (folder / name for name in FILES):
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ListInvalid(expected="a file that can be read", found=f"{path}: {error.strerror}") from error
        if len(data) > MOST_BYTES:
            raise ListInvalid(expected=f"at most {MOST_BYTES} bytes", found=str(path))
        try:
            found[path.name] = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ListInvalid(expected="UTF-8", found=f"{path.name}:{line}") from error
    return found
