"""Change the directory: entries stored, and every change a leaf of the log: see `hub.core.directory.log`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from hub.core.directory import log as directory_log
from hub.core.directory.log import CertificateStep, DelegationSteps
from hub.core.directory.routing import Directory
from hub.core.evidence.format import Kind, encode_nonce
from hub.core.model import Agency, iso_utc
from hub.record.acts.presence import Access, settle
from hub.record.evidence_writer import EvidenceWriter
from hub.store import X509Row

EVENT = "DirectoryChange"


class ChangeDirectory(msgspec.Struct, frozen=True):
    """Entries as they will be; each part that differs from before becomes a leaf."""

    agencies: tuple[Agency, ...]
    changed: tuple[Agency, ...]
    certificates: tuple[CertificateStep, ...]
    delegations: DelegationSteps
    by: str
    access: tuple[Access, ...] = ()
    minimum: int = 0
    expire_after: tuple[int, ...] = ()

    @classmethod
    def between(cls, old: Directory, given: Sequence[Agency], by: str) -> ChangeDirectory:
        changed = tuple(agency for agency in given if old.get(agency.code) != agency)
        pairs = [(old.get(agency.code), agency) for agency in changed]
        steps = [step for was, agency in pairs for step in directory_log.certificate_steps(was, agency)]
        return cls(tuple(given), changed, tuple(steps), directory_log.delegation_steps(pairs), by)

    def run(self, writer: EvidenceWriter) -> tuple[int, tuple[int, ...]]:
        writer.tx.put_agencies(self.agencies)
        # An entry may be replaced by one without it; a verifier of its earlier signatures still needs it.
        held = {c.sha256: c.der for agency in self.changed for c in agency.certificates}
        writer.tx.keep_x509([X509Row(sha256, "certificate", der, writer.at) for sha256, der in held.items()])
        time, nonces = iso_utc(writer.at), _nonces(writer)
        for entries in directory_log.entries_changed(self.changed, time, self.by, nonces):
            writer.leaf(Kind.DIRECTORY, directory_log.encode(entries), event=EVENT)
        _declare(writer, self.delegations, self.by, nonces)
        for step in self.certificates:
            change = step.at(time, self.by, next(nonces))
            writer.leaf(Kind.DIRECTORY, directory_log.encode(change), event=EVENT, recipient=step.agency)
        settle(writer, self.access, self.minimum, self.expire_after)
        return len(self.changed), ()


class DeclareDelegations(msgspec.Struct, frozen=True):
    """All statements of a directory of earlier versions that the log does not show yet, at once."""

    steps: DelegationSteps

    def run(self, writer: EvidenceWriter) -> tuple[int, tuple[int, ...]]:
        _declare(writer, self.steps, "start", _nonces(writer))
        return len(self.steps.began), ()


def _declare(writer: EvidenceWriter, steps: DelegationSteps, by: str, nonces: Iterator[str]) -> None:
    for change in steps.at(iso_utc(writer.at), by, nonces):
        writer.leaf(Kind.DIRECTORY, directory_log.encode(change), event=EVENT)


def _nonces(writer: EvidenceWriter) -> Iterator[str]:
    while True:
        yield encode_nonce(writer.random(16))
