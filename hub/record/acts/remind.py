"""An operator has a document that waits told of again, or gives its recipient more time.

Both are evidence: a HandoverWarning, of which streams and webhooks of recipient and sender tell like of any other, with
the operator and the reason in it. A later end is its `x-due`, as after a pause of the axis, so that whoever verifies
knows the new time. The warning before the end comes as it would have; nothing is ever ended earlier.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hub.core.errors import DeliveryConflict, NotFound
from hub.core.evidence.format import Event
from hub.core.evidence.statement import Said
from hub.core.model import DeliveryState, MessageKind, Millis, iso_utc
from hub.record.acts.withdraw import move
from hub.record.evidence_writer import EvidenceWriter

AGAIN: Final = "NOTIFIED_AGAIN"
PUT_OFF: Final = "DEADLINE_PUT_OFF"
REMINDERS: Final = frozenset({AGAIN, PUT_OFF})
"""Reasons of a HandoverWarning that is no warning before the end: after a pause it says so of one that was warned."""
_DAY: Final = 86_400_000
_LONGEST_DAYS: Final = 366


class Remind(msgspec.Struct, frozen=True, kw_only=True):
    """`days`: more until its end, 0 to tell of it again alone; `why`: operator and reason. Answers when it ends."""

    message: int
    recipient: str
    days: int
    why: str

    def run(self, writer: EvidenceWriter) -> tuple[Millis | None, tuple[int, ...]]:
        row, message = writer.tx.delivery(self.message, self.recipient), writer.tx.message(self.message)
        if row is None or message is None or message.kind is not MessageKind.DOCUMENT:
            raise NotFound(found=f"{self.message} {self.recipient}")
        if row.state is not DeliveryState.WAITING:
            raise DeliveryConflict(expected="a delivery that waits", found=row.state.value)
        ends = row.ends_at or writer.promised(message)
        if self.days:
            ends = self._later(ends if row.due_at is not None else None, writer.at)
            # One that was warned is looked at next when it ends; any other is warned first, at its time.
            move(writer, row, msgspec.structs.replace(row, ends_at=ends, due_at=ends if row.warned else row.due_at))
        written = writer.evidence(
            Event.HANDOVER_WARNING,
            message,
            Said(
                recipients=[row.recipient],
                reasons=[(PUT_OFF if self.days else AGAIN, self.why)],
                due=ends if self.days else None,
            ),
            owner=(row.recipient, "in"),
            recipient=row.recipient,
        )
        return ends, (written.leaf,)

    def _later(self, ends: Millis | None, now: Millis) -> Millis:
        if ends is None:
            raise DeliveryConflict(expected="a delivery with a deadline", found="none")
        later = Millis(max(ends, now) + self.days * _DAY)
        if later > now + _LONGEST_DAYS * _DAY:
            raise DeliveryConflict(expected=f"an end within {_LONGEST_DAYS} days", found=iso_utc(later))
        return later
