"""Keep a time stamp over a checkpoint: the token is the object of a leaf of kind 0x05, so the log commits to it."""

from __future__ import annotations

import msgspec

from hub.core.evidence import Kind
from hub.core.model import Millis
from hub.scribe import Scribe
from hub.store import TimestampRow

EVENT = "TimeStamp"


class KeepTimestamp(msgspec.Struct, frozen=True):
    """`token` was verified; it is over the checkpoint of `size` leaves and states the time `at`."""

    size: int
    token: bytes
    at: Millis

    def run(self, scribe: Scribe) -> tuple[int, tuple[int, ...]]:
        leaf = scribe.leaf(Kind.TIMESTAMP, self.token, event=EVENT).leaf
        scribe.tx.add_timestamp(TimestampRow(self.size, leaf, self.at))
        return leaf, ()
