"""Say who may run the axis and who may audit it from now on: see `hub.core.appointments`."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from hub.core.appointments import TYPE, Appointments, Step, encode
from hub.core.evidence import Kind, encode_nonce
from hub.core.model import iso_utc
from hub.scribe import Scribe
from hub.store import X509Row

EVENT = "Appointments"


class Appoint(msgspec.Struct, frozen=True):
    """`certificates`: those that were appointed, kept for whoever asks years later."""

    changes: tuple[Step, ...]
    certificates: tuple[bytes, ...]

    def run(self, scribe: Scribe) -> tuple[int, tuple[int, ...]]:
        rows = [X509Row(sha256(der).hexdigest(), "certificate", der, scribe.at) for der in self.certificates]
        scribe.tx.keep_x509(rows)
        nonce = encode_nonce(scribe.random(16))
        said = Appointments(type=TYPE, changes=self.changes, time=iso_utc(scribe.at), nonce=nonce)
        return len(self.changes), (scribe.leaf(Kind.STATEMENT, encode(said), event=EVENT).leaf,)
