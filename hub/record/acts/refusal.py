"""Keep evidence of a refused submission: that it came, when, with which digest, and why it was refused; unless it is
the very message that was accepted before.

The rules' verdict on a message may change after its acceptance: a recipient is suspended, a certificate expires. A
sender that then sends the same bytes again, because the answer was lost, must get the same receipt and no refusal
beside it.
"""

from __future__ import annotations

import msgspec

from hub.core.model import Millis
from hub.record.acts.incoming import Accepted, accepted_before, repeated
from hub.record.evidence_writer import EvidenceWriter


class RecordRefusal(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The refused bytes themselves are not kept; the sender has them, and the digest ties them to this evidence.

    `sender`, `identity`: as the bytes claim, empty where they do not or the caller may not act for that sender. They
    only find the message whose digest is then compared.
    """

    agency: str
    auth: str
    code: str
    found: str
    sha256: str
    submitted_at: Millis
    sender: str = ""
    identity: str = ""

    def run(self, writer: EvidenceWriter) -> tuple[int | Accepted, tuple[int, ...]]:
        """The leaf of the refusal; or the acceptance of these bytes before. RefusalsSpent above the agency's budget."""
        known = accepted_before(writer.tx, self.sender, self.identity, self.sha256) if self.identity else None
        if known is not None:
            return repeated(writer, known), (known.leaf,)
        writer.may_refuse(self.agency, f"{self.code} {self.found}")
        written = writer.rejected(
            self.agency, self.auth, self.sha256, self.submitted_at, reasons=[(self.code, self.found)]
        )
        return written.leaf, (written.leaf,)
