"""Delete the bytes of a document whose time is over. What happened to it stays proved: its evidence, what was signed
for it, and evidence of the deletion itself, in the chain of its sender.
"""

from __future__ import annotations

import msgspec

from hub.core.errors import NotFound
from hub.core.evidence import Event
from hub.core.model import DeliveryState, MessageKind, Millis, iso_utc
from hub.scribe import Scribe


class ApplyRetention(msgspec.Struct, frozen=True):
    """Documents accepted before `before` go. The answer is False, and nothing is written, where the message is none of
    those: it is gone already, somebody still waits for it, or a take-back awaits its answer."""

    message: int
    before: Millis

    def run(self, scribe: Scribe) -> tuple[bool, tuple[int, ...]]:
        message = scribe.tx.message(self.message)
        if message is None:
            raise NotFound(found=str(self.message))
        wanted = any(
            row.state is DeliveryState.WAITING or row.pending is not None
            for row in scribe.tx.deliveries(message.number)
        )
        young = message.accepted_at >= self.before
        if message.kind is not MessageKind.DOCUMENT or wanted or young or not scribe.tx.purge(self.message, scribe.at):
            return False, ()
        written = scribe.evidence(
            Event.RETENTION_APPLIED,
            message,
            owner=(message.sender, "out"),
            reasons=[("ACCEPTED_BEFORE", iso_utc(self.before))],
        )
        return True, (written.leaf,)
