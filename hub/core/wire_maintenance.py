"""The records of maintenance."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from hub.core.wire import Wire

MAINTENANCE: Final = "maintenance"
"""The status of `/readyz` meanwhile: 200, for the hub is well and serves all but new messages."""
Reason = Annotated[str, msgspec.Meta(max_length=300)]


class MaintenanceChange(Wire, frozen=True, kw_only=True):
    """`on`: no message is taken from now on; false: they are again. `minutes`: how long it should last, 0 where nobody
    knows; it is over when an operator says so. `reason`: shown to everybody whose message is refused."""

    on: bool
    minutes: Annotated[int, msgspec.Meta(ge=0, le=10_080)] = 0
    reason: Reason = ""


class MaintenanceState(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the axis is in maintenance: since when, until about when, why; `by` whose order, for operators
    and auditors alone. `under_way`: acts that the record has still to write."""

    on: bool
    since: str = ""
    expected: str = ""
    reason: str = ""
    by: str = ""
    under_way: int = 0
