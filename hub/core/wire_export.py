"""Lines of an export, as records."""

from __future__ import annotations

from hub.core.wire import FoundDocument, Wire
from hub.core.wire_desk import Correction


class ExportEnd(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The last line, which every whole export has. `lines`: how many documents stand before it. `cursor`: not empty
    where there are more, with `why` it stopped (`lines`: at the most of one export; `time`: at its longest); the next
    export goes on there. `behind`: documents that are not in the index yet, and may be missing."""

    lines: int
    cursor: str = ""
    why: str = ""
    behind: int = 0


class ExportLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One document, or the end. In the caller's own registers: `arrival`, the number under which it was registered (by
    a clerk, a system or a command; 0 = not yet), `unit`, whoever has it in hand, and its line's `corrections`."""

    document: FoundDocument | None = None
    arrival: int = 0
    unit: str = ""
    corrections: list[Correction] = []
    end: ExportEnd | None = None
