"""Texts of the packets, which pages for the public show: none holds a character that hides (`hub.core.typed`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hub.core import typed
from hub.programmes.riding import Fault


def hidden(name: str, fields: Mapping[str, Any], path: str = "$") -> Iterator[Fault]:
    """A fault for each text that holds one. `name`: of the file; `fields`: the packet's, as plain values."""
    for key, value in fields.items():
        place = f"{path}.{key}"
        if isinstance(value, str) and (found := typed.hidden(value)):
            yield Fault(code="PACKET_FIELDS", place=f"{name} {place}", expected=typed.PLAIN, found=found)
        elif isinstance(value, dict):
            yield from hidden(name, value, place)
