"""Change the directory: entries stored, and every change of a certificate a leaf of the log of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from hub.core import canonical
from hub.core.directory import Directory
from hub.core.evidence import Kind, encode_nonce
from hub.core.model import Agency, iso_utc
from hub.scribe import Scribe


class CertificateChange(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="version", tag="1"):
    """The object of a leaf of kind 0x02: which certificate an agency gained or lost, when, and who said so."""

    agency: str
    certificate: str
    change: str
    time: str
    by: str
    nonce: str = msgspec.field(name="x-nonce")


class ChangeDirectory(msgspec.Struct, frozen=True):
    """`certificates` are (agency, SHA-256 hex, "added" | "withdrawn")."""

    agencies: tuple[Agency, ...]
    certificates: tuple[tuple[str, str, str], ...]
    by: str

    @classmethod
    def between(cls, old: Directory, changed: Sequence[Agency], by: str) -> ChangeDirectory:
        return cls(tuple(changed), tuple(_certificate_changes(old, changed)), by)

    def run(self, scribe: Scribe) -> tuple[int, tuple[int, ...]]:
        scribe.tx.put_agencies(self.agencies)
        for agency, certificate, change in self.certificates:
            content = canonical.encode(
                CertificateChange(
                    agency=agency,
                    certificate=f"sha-256:{certificate}",
                    change=change,
                    time=iso_utc(scribe.at),
                    by=self.by,
                    nonce=encode_nonce(scribe.random(16)),
                )
            )
            scribe.leaf(Kind.DIRECTORY, content, event="DirectoryChange", recipient=agency)
        return len(self.agencies), ()


def _certificate_changes(old: Directory, changed: Sequence[Agency]) -> Iterator[tuple[str, str, str]]:
    for agency in changed:
        before = old.get(agency.code)
        held = {c.sha256 for c in before.certificates if c.withdrawn is None} if before else set()
        holds = {c.sha256 for c in agency.certificates if c.withdrawn is None}
        yield from ((agency.code, sha256, "added") for sha256 in sorted(holds - held))
        yield from ((agency.code, sha256, "withdrawn") for sha256 in sorted(held - holds))
