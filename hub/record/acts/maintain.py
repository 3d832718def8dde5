"""Maintenance begins, changes its words, or is over: see `hub.core.evidence.maintenance`."""

from __future__ import annotations

import msgspec

from hub.core.evidence import maintenance
from hub.core.evidence.format import Kind, encode_nonce
from hub.core.evidence.maintenance import EVENT, TYPE, Maintenance
from hub.core.model import Millis, iso_utc
from hub.record.evidence_writer import EvidenceWriter
from hub.store import MaintenanceRow


class Maintain(msgspec.Struct, frozen=True, kw_only=True):
    """`on`: it is from now on, or goes on with these words. Answers how it stands then, None where it is over. Nothing
    is stated where nothing becomes another. `minimum`, `expire_after`: as in `Beat`."""

    on: bool
    by: str
    minimum: int
    expire_after: tuple[int, ...]
    expected: Millis = Millis(0)
    reason: str = ""

    def run(self, writer: EvidenceWriter) -> tuple[MaintenanceRow | None, tuple[int, ...]]:
        known = writer.tx.maintenance()
        if not self.on:
            if known is not None:
                self._end(writer, known)
            return None, ()
        since = known.since if known is not None else writer.at
        row = MaintenanceRow(since=since, by=self.by, expected=self.expected, reason=self.reason)
        if known is None or (known.expected, known.reason) != (row.expected, row.reason):
            self._state(writer, row, None)
            writer.tx.maintain(row)
            return row, ()
        return known, ()

    def _end(self, writer: EvidenceWriter, known: MaintenanceRow) -> None:
        ended = msgspec.structs.replace(known, by=self.by)
        self._state(writer, ended, writer.at)
        writer.tx.put_off("", writer.at - known.since, Millis(writer.at + self.minimum), self.expire_after)
        writer.tx.beat(writer.at)  # no absence is left to be stated after it
        writer.tx.maintain(None)

    def _state(self, writer: EvidenceWriter, row: MaintenanceRow, until: Millis | None) -> None:
        said = Maintenance(
            type=TYPE,
            since=iso_utc(row.since),
            by=row.by,
            minimum=self.minimum,
            expected=iso_utc(row.expected) if row.expected else "",
            until=iso_utc(until) if until is not None else "",
            reason=row.reason,
            nonce=encode_nonce(writer.random(16)),
        )
        writer.leaf(Kind.STATEMENT, maintenance.encode(said), event=EVENT, recipient="")
