"""The programmes that this hub has, by their names: the one place that knows them all."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from hub.programmes.onestop.programme import Dossiers
from hub.programmes.reporting.fold import Reporting
from hub.programmes.results.programme import Results
from hub.programmes.riding import Programme
from hub.programmes.tasks.programme import Tasks

_ALL: Final[tuple[Programme, ...]] = (Reporting(), Tasks(), Dossiers(), Results())
"""In the order in which people find them. A programme's line is all that it needs to be followed, kept, asked and
shown."""

PROGRAMMES: Final[Mapping[str, Programme]] = MappingProxyType({programme.name: programme for programme in _ALL})

PACKETS: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {called: kind for programme in _ALL for called, kind in programme.packets.items()}
)
"""The data packets of all of them."""
