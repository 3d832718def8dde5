"""Whether messages are taken at all: not while the axis is in maintenance. Reading, fetching and acknowledging go on.

Asked before a body is read, so that nobody sends one in vain, and once more before the act is handed to the record. It
is in memory, in every process that takes messages; the store and the log have the truth (`hub.record.acts.maintain`),
and a start reads it from there before anybody is let in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hub.core.errors import Maintenance
from hub.core.model import Millis, iso_utc
from hub.store import MaintenanceRow

_OFTEN_SECONDS: Final = 60.0
_SELDOM_SECONDS: Final = 600.0
"""Bounds of Retry-After: it may be over before it was expected to be."""


def _nobody_told(row: MaintenanceRow | None) -> None:
    """One process does it all."""


class Door:
    """Open, as long as `row` is None. `on_change` hears of each change."""

    def __init__(self) -> None:
        self.row: MaintenanceRow | None = None
        self.on_change: Callable[[MaintenanceRow | None], None] = _nobody_told

    def put(self, row: MaintenanceRow | None) -> None:
        self.row = row
        self.on_change(row)

    def check(self, clock: Callable[[], Millis]) -> None:
        """Maintenance, with a time to come again, while it is shut; the clock is asked for nothing else."""
        if (row := self.row) is None:
            return
        left = (row.expected - clock()) / 1000
        raise Maintenance(
            retry_after=min(max(left, _OFTEN_SECONDS), _SELDOM_SECONDS),
            expected=f"messages again about {iso_utc(row.expected)}" if left > 0 else "messages again later",
            found=f"maintenance since {iso_utc(row.since)}" + (f": {row.reason}" if row.reason else ""),
        )
