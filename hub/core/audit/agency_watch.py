"""An agency looks after its own name in the public log: was a certificate registered for it that it did not ask for?

Every leaf of kind 0x02 is public, with its object. The watcher holds each object against the entry of the log, sees
that none is kept back (entries show their kind), and picks out the changes that concern its agency:

    unexpected   a certificate added that is not among its own; one of its own withdrawn; an agency that
                 begins to act for it and is not among those that it named
    told         everything else: its own certificates, and that its entry was changed, by whom
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from hashlib import sha256

import msgspec

from hub.core.audit.findings import Findings, What
from hub.core.directory import log as directory_log
from hub.core.directory.log import CertificateChange, DelegationsChange
from hub.core.errors import ProofInvalid
from hub.core.evidence.format import Kind


class Happened(StrEnum):
    CERTIFICATE_ADDED = "certificate-added"
    CERTIFICATE_CHANGED = "certificate-changed"
    CERTIFICATE_WITHDRAWN = "certificate-withdrawn"
    ENTRY_CHANGED = "entry-changed"
    DELEGATION_BEGAN = "delegation-began"
    DELEGATION_ENDED = "delegation-ended"


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change of the agency's. `digest`: SHA-256 (hex) of the certificate, or of the entry as it then was; of a
    delegation, the agency that acts for this one."""

    leaf: int
    what: Happened
    digest: str
    time: str
    by: str
    since: str = ""
    until: str = ""
    unexpected: bool = False


class DirectoryWatch:
    """`known`: SHA-256 (hex) of the certificates that are the agency's own; `acting`: codes of those that it knows to
    act for it. Fed with every entry, then every object."""

    def __init__(
        self, agency: str, known: frozenset[str], findings: Findings, acting: frozenset[str] = frozenset()
    ) -> None:
        self._agency = agency
        self._acting = acting
        self._known = known
        self._findings = findings
        self._wanted: dict[int, bytes] = {}
        self.changes: list[Change] = []

    def entry(self, leaf: int, entry: bytes) -> None:
        if entry[1:2] == bytes([Kind.DIRECTORY]):
            self._wanted[leaf] = entry[2:]

    @property
    def next_wanted(self) -> int | None:
        """The first leaf whose object is still owed."""
        return next(iter(self._wanted), None)

    def object(self, leaf: int, content: bytes) -> None:
        digest = self._wanted.pop(leaf, None)
        if digest is None:
            return  # younger than the checkpoint, or not asked for: the next time
        if sha256(content).digest() != digest:
            found = sha256(content).hexdigest()
            self._findings.add(What.OBJECT_DIFFERS, leaf, expected=digest.hex(), found=found)
            return
        try:
            self.changes += self._mine(leaf, content)
        except ProofInvalid as error:
            self._findings.invalid(What.OBJECT_UNREADABLE, error, leaf)

    def finish(self) -> None:
        """Objects that the log names and nobody gave out."""
        for leaf, digest in self._wanted.items():
            self._findings.add(What.OBJECT_MISSING, leaf, expected=digest.hex(), found="none")

    def _mine(self, leaf: int, content: bytes) -> Iterator[Change]:
        change = directory_log.decode(content)
        if isinstance(change, CertificateChange):
            if change.agency == self._agency:
                yield self._certificate(leaf, change)
            return
        if isinstance(change, DelegationsChange):
            what = Happened(f"delegation-{change.change}")
            for one in change.delegations:
                if one.agency == self._agency:
                    strange = what is Happened.DELEGATION_BEGAN and one.to not in self._acting
                    yield Change(leaf, what, one.to, change.time, change.by, one.since, unexpected=strange)
            return
        for entry in change.entries:
            if entry.agency == self._agency:
                digest = entry.digest.removeprefix("sha-256:")
                yield Change(leaf, Happened.ENTRY_CHANGED, digest, change.time, change.by)

    def _certificate(self, leaf: int, change: CertificateChange) -> Change:
        digest = change.certificate.removeprefix("sha-256:")
        own = digest in self._known
        return Change(
            leaf=leaf,
            what=Happened(f"certificate-{change.change}"),
            digest=digest,
            time=change.time,
            by=change.by,
            since=change.since,
            until=change.until,
            unexpected=own if change.change == "withdrawn" else not own,
        )
