"""Makes the manifest of each day that has ended, also of those that ended while the hub was down.

The leaves of a day are counted beside the record, some hundreds at a time, so that nobody waits for it; the count is
written by one act, which refuses when it is no longer complete. The log itself says which days are done: nothing else
is kept.

Write the manifest of a day that has ended: see `hub.core.evidence.manifest`. Counting was done before, beside the
record.
"""

from __future__ import annotations

from datetime import date

import msgspec

from hub.core.evidence import manifest
from hub.core.evidence.format import Kind, digest_text, encode_nonce
from hub.core.evidence.manifest import Line
from hub.core.model import vietnam_date
from hub.record.evidence_writer import EvidenceWriter
from hub.record.record import Record

EVENT = "DailyManifest"


class RecordManifest(msgspec.Struct, frozen=True):
    """`lines` count the evidence of `day` in the leaves from `start` to `end`.

    The answer is False, and nothing is written, where the count is no longer all of the day: another manifest came
    first, or a batch of that day was under way. Then it is counted again.
    """

    day: date
    start: int
    end: int
    lines: tuple[Line, ...]

    def run(self, writer: EvidenceWriter) -> tuple[bool, tuple[int, ...]]:
        last = writer.last_of_kind(Kind.MANIFEST)
        if (manifest.decode(last.object).end if last else 0) != self.start or not self._over(writer):
            return False, ()
        content = manifest.encode(
            manifest.Manifest(
                type="manifest",
                day=self.day.isoformat(),
                origin=writer.origin,
                start=self.start,
                end=self.end,
                agencies=self.lines,
                nonce=encode_nonce(writer.random(16)),
                previous=digest_text(last.object) if last else "",
            )
        )
        return True, (writer.leaf(Kind.MANIFEST, content, event=EVENT).leaf,)

    def _over(self, writer: EvidenceWriter) -> bool:
        """That the day has ended in the record itself, and the leaf at `end`, if there is one, is of a later day."""
        ends = manifest.day_ends(self.day)
        following = writer.tx.leaf(self.end)
        return writer.at >= ends and (following is None or following.at >= ends)


_PAGE = 500


class Manifests:
    """Asked now and then, by one task: looks once a day, and again until that day's work is done."""

    def __init__(self, record: Record) -> None:
        self._store, _, self._recorder, self._clock = record
        self._done: date | None = None

    async def make(self) -> int:
        """The number of manifests written."""
        today, made = vietnam_date(self._clock()), 0
        if today == self._done:
            return made
        while (counted := await self._counted(today)) is not None:
            sealed = await self._recorder.submit(counted, receipts=False)
            if not sealed.answer:
                return made  # something came in between; the next round counts again
            made += 1
        self._done = today
        return made

    async def _counted(self, today: date) -> RecordManifest | None:
        """The first day before `today` that has evidence and no manifest."""
        last = await self._store.inspect(lambda tx: tx.last_of_kind(Kind.MANIFEST))
        start = manifest.decode(last.object).end if last is not None else 0
        number, day, counts = start, None, manifest.Counts()
        while leaves := await self._store.leaves(number, _PAGE):
            for leaf in leaves:
                if day is not None and leaf.at >= manifest.day_ends(day):
                    return RecordManifest(day, start, leaf.number, manifest.lines(counts))
                number = leaf.number + 1
                if leaf.kind != Kind.EVIDENCE:
                    continue
                if day is None:
                    day = vietnam_date(leaf.at)
                    if day >= today:
                        return None
                sequence = manifest.sequence_of(leaf.object)
                if sequence is not None:
                    manifest.add(counts, sequence)
        return RecordManifest(day, start, number, manifest.lines(counts)) if day is not None else None
