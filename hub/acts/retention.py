"""Delete the bytes of a document whose time is over. What happened to it stays proved: its evidence, what was signed
for it, and evidence of the deletion itself, in the chain of its sender.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from hub.core import evidence as ev
from hub.core.errors import IntegrityAlarm, NotFound
from hub.core.evidence import Event
from hub.core.model import DeliveryState, MessageKind, Millis, iso_utc
from hub.scribe import Scribe
from hub.store import MessageRow


class ApplyRetention(msgspec.Struct, frozen=True):
    """Documents accepted before `before` go. The answer is False, and nothing is written, where the message is none of
    those: it is gone already, somebody still waits for it, or a take-back awaits its answer. `proof`: what proves its
    signature, as its acceptance names it; that outlives it, or nothing is deleted."""

    message: int
    before: Millis
    proof: bytes = b""

    def run(self, scribe: Scribe) -> tuple[bool, tuple[int, ...]]:
        message = scribe.tx.message(self.message)
        if message is None:
            raise NotFound(found=str(self.message))
        wanted = any(
            row.state is DeliveryState.WAITING or row.pending is not None
            for row in scribe.tx.deliveries(message.number)
        )
        young = message.accepted_at >= self.before
        if message.kind is not MessageKind.DOCUMENT or wanted or young:
            return False, ()
        self._check_proof(scribe, message)
        if not scribe.tx.purge(self.message, scribe.at):
            return False, ()
        if self.proof:
            scribe.tx.keep_signed(sha256(self.proof).hexdigest(), self.proof)
        written = scribe.evidence(
            Event.RETENTION_APPLIED,
            message,
            owner=(message.sender, "out"),
            reasons=[("ACCEPTED_BEFORE", iso_utc(self.before))],
        )
        return True, (written.leaf,)

    def _check_proof(self, scribe: Scribe, message: MessageRow) -> None:
        first = scribe.row(message.leaf)
        mark = ev.decode(first.object).signature if first is not None else None
        found = ev.digest_text(self.proof) if self.proof else ""
        if mark is not None and mark.proof != found:
            raise IntegrityAlarm(expected=f"the proof {mark.proof or 'of none'} of {message.id}", found=found or "none")
