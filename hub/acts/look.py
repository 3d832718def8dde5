"""Keep evidence of what auditors do: each look at a document or a receipt of it, each export of leaves, checkpoints and
what recipients signed, before they see anything.

A look continues the chain of the document's sender, who so sees every one of them, in its timeline and by a gap where
one was hidden. An export concerns nobody's document alone; it continues the auditor's own chain.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from hub.core import evidence as ev
from hub.core.errors import NotFound
from hub.core.evidence import Event
from hub.scribe import Scribe


class Part(StrEnum):
    """What of a document was looked at."""

    LIFE = "LIFE"
    CONTENT = "CONTENT"
    BUNDLE = "BUNDLE"
    RECEIPT = "RECEIPT"


class Taken(StrEnum):
    """What of the record as a whole was taken."""

    LEAVES = "LEAVES"
    CHECKPOINTS = "CHECKPOINTS"


class Auditor(msgspec.Struct, frozen=True):
    """Who looks: the name it goes by, how it was authenticated, and its certificate (SHA-256 hex)."""

    name: str
    auth: str
    certificate: str

    @property
    def party(self) -> ev.Party:
        digest = f"sha-256:{self.certificate}" if self.certificate else ""
        return ev.Party(identifier=f"auditor:{self.name}", auth_method=self.auth, certificate_digest=digest)


class LookAt(msgspec.Struct, frozen=True, tag=True):
    message: int
    part: Part
    who: Auditor

    def run(self, scribe: Scribe) -> tuple[str, tuple[int, ...]]:
        message = scribe.tx.message(self.message)
        if message is None:
            raise NotFound(found=str(self.message))
        written = scribe.evidence(
            Event.DOCUMENT_LOOKED_AT,
            message,
            owner=(message.sender, "out"),
            party=self.who.party,
            reasons=[(self.part.value, "")],
        )
        return written.id, (written.leaf,)


class Export(msgspec.Struct, frozen=True):
    """`count` leaves from number `start` on, or checkpoints of sizes above it, go to an auditor."""

    start: int
    count: int
    who: Auditor
    what: Taken = Taken.LEAVES

    def run(self, scribe: Scribe) -> tuple[str, tuple[int, ...]]:
        reasons = [(self.what.value, f"{self.start} {self.count}")]
        written = scribe.acted(Event.EVIDENCE_EXPORTED, self.who.party, reasons)
        return written.id, (written.leaf,)


class ExportSigned(msgspec.Struct, frozen=True):
    """What a recipient signed goes to an auditor: one token may concern a thousand documents of as many senders."""

    digest: str
    who: Auditor

    def run(self, scribe: Scribe) -> tuple[str, tuple[int, ...]]:
        written = scribe.acted(Event.EVIDENCE_EXPORTED, self.who.party, [("SIGNED", f"sha-256:{self.digest}")])
        return written.id, (written.leaf,)
