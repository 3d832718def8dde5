"""Keep the body of a call of a sync service as received, the meaning of its codes by the directory, and evidence of
both digests, of the caller and of the time. The programme reads the body, again whenever cases are made.

Sending again is harmless. The same bytes right behind themselves, in the same name and for the same service, are the
same call: it is answered with the evidence of the first, and nothing is written. Where something else came in between,
they are on record once more, for only so can a dossier go back to where it was.
"""

from __future__ import annotations

from typing import Final

import msgspec

from hub.core.evidence import format as ev
from hub.core.model import Millis
from hub.record.evidence_writer import EvidenceWriter
from hub.store import BroughtRow

CALLER: Final = "CALLER"
DIRECTORY: Final = "DIRECTORY"
"""Reasons of the evidence beside the service: the caller's code, the digest of the meaning of codes."""


class Brought(msgspec.Struct, frozen=True):
    """On record: the evidence's identifier and leaf, when, the body's number among all such, and whether it was there
    before this call."""

    evidence: str
    leaf: int
    at: Millis
    number: int
    repeated: bool = False


class Bring(msgspec.Struct, frozen=True, kw_only=True):
    """`agency`: in whose name; `auth`, `certificate`: how the caller was established; `rows`: how many the body has."""

    agency: str
    caller: str
    auth: str
    certificate: str
    service: str
    sha256: str
    rows: int
    facts: bytes
    body: bytes

    def run(self, writer: EvidenceWriter) -> tuple[Brought, tuple[int, ...]]:
        last = writer.tx.last_brought(self.agency)
        if last is not None and (last.sha256, last.service) == (self.sha256, self.service):
            row = writer.row(last.leaf)
            if row is not None:
                return Brought(writer.id_of(row), last.leaf, last.at, last.number, repeated=True), (last.leaf,)
        digest = f"sha-256:{self.certificate}" if self.certificate else ""
        party = ev.Party(identifier=self.agency, auth_method=self.auth, certificate_digest=digest)
        facts = ev.digest_text(self.facts)
        reasons = [(self.service, str(self.rows)), (CALLER, self.caller), (DIRECTORY, facts)]
        written = writer.brought(party, self.sha256, reasons)
        number = writer.tx.brought_count() + 1
        writer.tx.add_brought(
            BroughtRow(
                number=number,
                agency=self.agency,
                caller=self.caller,
                service=self.service,
                sha256=self.sha256,
                at=writer.at,
                leaf=written.leaf,
                facts=self.facts,
                body=self.body,
            )
        )
        return Brought(written.id, written.leaf, writer.at, number), (written.leaf,)
