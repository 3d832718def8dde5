"""The clients' memory. The hub may be killed; they are not, and they hold it to its words."""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from hub.core.model import MessageKind
from hub.lab.torture.kills import Kill

LOST: Final = "lost"
DOUBLED: Final = "doubled"
BROKEN: Final = "broken"


class Finding(msgspec.Struct, frozen=True):
    """One thing that must not be. `kind`: lost, doubled, or broken (anything else); `after`: the last kill before it
    was seen; `again`: the command that plays the same kills and the same load again."""

    kind: str
    what: str
    after: str = ""
    again: str = ""


class Submission(msgspec.Struct, frozen=True):
    """A message that was acknowledged with this receipt. `number`: of the line of the plan, 0 for none."""

    sender: int
    kind: MessageKind
    number: int
    data: bytes
    sha256: str
    id: str
    receipt: bytes
    recipients: tuple[str, ...]
    status: str = ""


class HandOver(msgspec.Struct, frozen=True):
    """A message that an agency read, signed for, and has the evidence of."""

    agency: int
    message: str
    sha256: str
    evidence: str
    receipt: bytes


class Books(msgspec.Struct):
    """`read`: (agency, message) → digest of the bytes and when they came (Millis), signed for or not. `refused`:
    digests of messages that the hub refused, with the code. `checkpoints`: every note that was ever seen."""

    submissions: list[Submission] = []
    handovers: dict[tuple[int, str], HandOver] = {}
    read: dict[tuple[int, str], tuple[str, int]] = {}
    refused: dict[str, str] = {}
    refusals: Counter[str] = msgspec.field(default_factory=Counter)
    checkpoints: set[bytes] = set()
    findings: list[Finding] = []
    kills: list[Kill] = []
    directory: list[str] = []
    """Names that an entry of the directory was given, in order; the hub said yes to all but perhaps the last."""

    def find(self, kind: str, what: str) -> None:
        """Once, however often it is seen."""
        finding = Finding(kind, what[:500], str(self.kills[-1]) if self.kills else "before the first kill")
        if all(known.what != finding.what for known in self.findings):
            self.findings.append(finding)
