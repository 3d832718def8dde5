"""Keep evidence of a refused submission: that it came, when, with which digest, and why it was refused."""

from __future__ import annotations

import msgspec

from hub.core.model import Millis
from hub.scribe import Scribe


class RecordRefusal(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The refused bytes themselves are not kept; the sender has them, and the digest ties them to this evidence."""

    agency: str
    auth: str
    code: str
    found: str
    sha256: str
    submitted_at: Millis

    def run(self, scribe: Scribe) -> tuple[int, tuple[int, ...]]:
        written = scribe.rejected(
            self.agency, self.auth, self.sha256, self.submitted_at, reasons=[(self.code, self.found)]
        )
        return written.leaf, (written.leaf,)
