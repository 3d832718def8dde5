"""A message whose bytes have all come, and the facts that the way to the record needs repeatedly, each found once."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from hub.core.model import Priority
from hub.store.blobs import Spool

_HEADER: Final = 64 * 1024
"""Bytes of a message that are looked at for its priority."""
_PRIORITY: Final = re.compile(rb"<(?:\w{1,20}:)?Priority>\s{0,20}([0-4])\s{0,20}<")


AGENCY: Final = "agency"
OPERATOR: Final = "operator"
AUDITOR: Final = "auditor"
"""The roles of callers."""


class Caller(NamedTuple):
    """The caller: agency code, role, how it was established, and the certificate (SHA-256 hex) if one was."""

    agency: str
    role: str
    auth: str
    certificate: str = ""


class Submission(NamedTuple):
    """Made where the body ends (`hub.http.bodies`), handed down to the code that examines it, keeps it, or records its
    refusal. `priority` is the one that the bytes claim: turns are taken by it, and nothing else believes it."""

    spool: Spool
    caller: Caller
    sha256: str
    size: int
    priority: Priority

    @classmethod
    def of(cls, spool: Spool, caller: Caller) -> Submission:
        sha256, header = spool.told(_HEADER)
        return cls(spool, caller, sha256, spool.size, claimed_priority(header))


def claimed_priority(data: bytes) -> Priority:
    """The first OtherInfo/Priority in the bytes, NORMAL where none is found. Not parsed, not believed."""
    found = _PRIORITY.search(data, 0, _HEADER)
    return Priority(int(found[1])) if found else Priority.NORMAL
