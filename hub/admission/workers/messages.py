"""The messages between a hub and its workers for large documents: typed records, one msgpack message each.

    hub → worker    Job        admit this file
    worker → hub    Ask        which agencies have these codes?
    hub → worker    Extract    these have; a code that it lacks is in no directory
    worker → hub    Document | StatusReport | Refused | Failed

Typed and checked in both directions: a worker reads hostile bytes in a parser written in C, so the hub takes nothing
from it but these. A worker could lie about its own decision, and about nothing else.
"""

from __future__ import annotations

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding

from hub.admission.submission import Caller
from hub.base.config import Settings
from hub.core.directory.routing import TierPolicy
from hub.core.error_records import ErrorRecord
from hub.core.model import Agency, Millis
from hub.core.signature import foreign
from hub.core.signature.anchors import Anchors
from hub.record.acts.document import AcceptDocument
from hub.record.acts.status import AcceptStatus


class Trusted(msgspec.Struct, frozen=True):
    """Anchors as DER. `with_crls` keeps the lists' present content; those that were offered may fit other
    authorities."""

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    grace: int

    @classmethod
    def of(cls, anchors: Anchors) -> Trusted:
        return cls(
            roots=tuple(c.public_bytes(Encoding.DER) for c in anchors.roots),
            intermediates=tuple(c.public_bytes(Encoding.DER) for c in anchors.intermediates),
            crls=tuple(c.public_bytes(Encoding.DER) for c in anchors.crls),
            grace=anchors.grace,
        )

    def anchors(self) -> Anchors:
        return Anchors(
            [foreign.certificate(der) for der in self.roots],
            [foreign.certificate(der) for der in self.intermediates],
            [foreign.revocation_list(der) for der in self.crls],
            grace=self.grace,
        )


class Job(msgspec.Struct, frozen=True):
    """`trusted`: when it differs from the one that this worker has. `seconds`: after which it ends itself."""

    path: str
    sha256: str
    caller: Caller
    policy: TierPolicy
    settings: Settings
    at: Millis
    seconds: int
    trusted: Trusted | None = None


class Extract(msgspec.Struct, frozen=True):
    """Of the directory: the agencies that were asked for, and their successors."""

    agencies: list[Agency]


class Ask(msgspec.Struct, frozen=True, tag=True):
    codes: list[str]


class Document(msgspec.Struct, frozen=True, tag=True):
    act: AcceptDocument


class StatusReport(msgspec.Struct, frozen=True, tag=True):
    act: AcceptStatus


class Refused(msgspec.Struct, frozen=True, tag=True):
    error: ErrorRecord


class Failed(msgspec.Struct, frozen=True, tag=True):
    """An error that nobody foresaw, as text for the hub's log."""

    trace: str


Said = Ask | Document | StatusReport | Refused | Failed
