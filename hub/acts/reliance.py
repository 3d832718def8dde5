"""Keep what is believed in: certificates and revocation lists, as they are when they come into use.

Years later the list of then is what an auditor needs and nobody else has. Nothing of it is evidence; each is signed by
its authority and speaks for itself.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Literal

import msgspec

from hub.scribe import Scribe
from hub.store import X509Row


class KeepX509(msgspec.Struct, frozen=True):
    """`found` are (kind, DER)."""

    found: tuple[tuple[Literal["certificate", "authority", "crl"], bytes], ...]

    def run(self, scribe: Scribe) -> tuple[int, tuple[int, ...]]:
        rows = [X509Row(sha256(der).hexdigest(), kind, der, scribe.at) for kind, der in self.found]
        scribe.tx.keep_x509(rows)
        return len(rows), ()
