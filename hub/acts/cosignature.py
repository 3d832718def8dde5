"""Keep what a witness signed: its line goes under the checkpoint of that size, beside the others'."""

from __future__ import annotations

import msgspec

from hub.core import note
from hub.core.errors import IntegrityAlarm
from hub.scribe import Scribe
from hub.store import CosignedRow


class KeepCosignature(msgspec.Struct, frozen=True):
    """`line` was verified; `witness` is the `id` of the key that made it. Writes no evidence and no leaf."""

    size: int
    witness: str
    line: bytes

    def run(self, scribe: Scribe) -> tuple[int, tuple[int, ...]]:
        tx = scribe.tx
        under = tx.cosigned(self.size) or tx.checkpoint_covering(self.size - 1)
        if under is None or under.size != self.size:
            raise IntegrityAlarm(expected=f"a checkpoint of {self.size} leaves", found=str(under and under.size))
        tx.keep_cosigned(CosignedRow(self.size, scribe.at, note.attach(under.note, self.line)), self.witness)
        return self.size, ()
