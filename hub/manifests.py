"""Makes the manifest of each day that has ended, also of those that ended while the hub was down.

The leaves of a day are counted beside the record, some hundreds at a time, so that nobody waits for it; what was
counted is written by one act, which refuses when it is no longer all. The log itself says what was done: nothing else
is kept.
"""

from __future__ import annotations

from datetime import date

from hub.acts.manifest import RecordManifest
from hub.core import manifest
from hub.core.evidence import Kind
from hub.core.model import vietnam_date
from hub.exchange import Exchange

_PAGE = 500


class Manifests:
    """Asked now and then, by one task: looks once a day, and again until that day's work is done."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._done: date | None = None

    async def make(self) -> int:
        """The number of manifests written."""
        today, made = vietnam_date(self._exchange.clock()), 0
        if today == self._done:
            return made
        while (counted := await self._counted(today)) is not None:
            sealed = await self._exchange.sequencer.submit(counted, receipts=False)
            if not sealed.answer:
                return made  # something came in between; the next round counts again
            made += 1
        self._done = today
        return made

    async def _counted(self, today: date) -> RecordManifest | None:
        """The first day before `today` that has evidence and no manifest."""
        last = await self._exchange.store.inspect(lambda tx: tx.last_of_kind(Kind.MANIFEST))
        start = manifest.decode(last.object).end if last is not None else 0
        number, day, counts = start, None, manifest.Counts()
        while leaves := await self._exchange.store.leaves(number, _PAGE):
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
