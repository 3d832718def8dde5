"""The listeners that hear of durable events, as the sequencer needs them: `hub.delivery` has both, above the record."""

from __future__ import annotations

from typing import Protocol

from hub.core.evidence.happenings import Happening
from hub.core.model import Millis


class Listeners(Protocol):
    """Long polls and streams; `hub.delivery.notices.Notices`."""

    def publish(self, happenings: list[Happening], /) -> None: ...
    def wake(self, agency: str, /) -> None: ...
    def unknown(self) -> None: ...


class InHand(Protocol):
    """The documents that workers of the recipients hold; `hub.delivery.leases.Leases`."""

    def forgotten(self, last: int, until: Millis, /) -> None: ...
    def unbar(self) -> None: ...
    def held_else_barred(self, recipient: str, message: int, at: Millis, /) -> Millis | None: ...
    def returned(self, recipient: str, /) -> None: ...
