"""Write the manifest of a day that has ended: see `hub.core.manifest`. Counting was done before, beside the record."""

from __future__ import annotations

from datetime import date

import msgspec

from hub.core import manifest
from hub.core.evidence import Kind, digest_text, encode_nonce
from hub.core.manifest import Line
from hub.scribe import Scribe

EVENT = "DailyManifest"


class RecordManifest(msgspec.Struct, frozen=True):
    """`lines` count the evidence of `day` in the leaves from `start` to `end`.

    The answer is False, and nothing is written, where what was counted is no longer all of the day: another manifest
    came first, or a batch of that day was under way. Then it is counted again.
    """

    day: date
    start: int
    end: int
    lines: tuple[Line, ...]

    def run(self, scribe: Scribe) -> tuple[bool, tuple[int, ...]]:
        last = scribe.last_of_kind(Kind.MANIFEST)
        if (manifest.decode(last.object).end if last else 0) != self.start or not self._over(scribe):
            return False, ()
        content = manifest.encode(
            manifest.Manifest(
                type="manifest",
                day=self.day.isoformat(),
                origin=scribe.origin,
                start=self.start,
                end=self.end,
                agencies=self.lines,
                nonce=encode_nonce(scribe.random(16)),
                previous=digest_text(last.object) if last else "",
            )
        )
        return True, (scribe.leaf(Kind.MANIFEST, content, event=EVENT).leaf,)

    def _over(self, scribe: Scribe) -> bool:
        """That the day has ended in the record itself, and the leaf at `end`, if there is one, is of a later day."""
        ends = manifest.day_ends(self.day)
        following = scribe.tx.leaf(self.end)
        return scribe.at >= ends and (following is None or following.at >= ends)
