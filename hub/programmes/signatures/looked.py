"""Findings in one document's PDF attachments, as they are kept and told: a line for each file, one for each
signature in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from hub.core.model import Millis
from hub.programmes.signatures.verdict import Judged, PdfVerdict, Role, Signed

GOOD: Final = (PdfVerdict.VALID, PdfVerdict.VALID_UNTIMED)


class LookedSignature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """verdict: by itself, apart from later additions to the file. role: person, agency, unknown. `signer`,
    `organization`, `issuer`, `certificate` (SHA-256): as the certificate says. time: as its `source` tells it, None for
    none. covers: the whole file, its revision, less. changes_after: additions to the file behind it.
    revocation_known: a list of revocations had its say."""

    verdict: PdfVerdict
    role: Role
    signer: str = ""
    organization: str = ""
    issuer: str = ""
    certificate: str = ""
    time: Millis | None = None
    source: str
    covers: str
    changes_after: str
    revocation_known: bool = False


class LookedFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """name as its sender wrote it, digest and size of its own bytes; verdict: the gravest that holds. between: content
    was added between signatures, as clerks do."""

    name: str
    sha256: str
    size: int
    verdict: PdfVerdict
    between: bool = False
    signatures: tuple[LookedSignature, ...] = ()

    @property
    def by_leader(self) -> bool:
        """A person's signature in it holds."""
        return self._by(Role.PERSON)

    @property
    def by_agency(self) -> bool:
        return self._by(Role.AGENCY)

    def _by(self, role: Role) -> bool:
        return any(one.role is role and one.verdict in GOOD for one in self.signatures)


class Bearing(StrEnum):
    """The signatures on a document's attachments, all together: the first that holds."""

    LEADER = "leader"
    """A person's valid signature, in at least one of them: a leader signed."""

    AGENCY = "agency"
    """An agency's valid signature, and no person's."""

    FAULTY = "faulty"
    """Signatures, none of which holds."""

    UNSIGNED = "unsigned"
    UNREAD = "unread"
    """None of them was read, so nothing is known."""


def looked_file(name: str, sha256: str, size: int, judged: Judged) -> LookedFile:
    return LookedFile(
        name=name,
        sha256=sha256,
        size=size,
        verdict=judged.verdict,
        between=judged.between,
        signatures=tuple(map(_signature, judged.signed)),
    )


def _signature(signed: Signed) -> LookedSignature:
    one, certificate = signed.signature, signed.signature.certificate
    return LookedSignature(
        verdict=signed.verdict,
        role=signed.role,
        signer=certificate.common_name if certificate else "",
        organization=certificate.organization if certificate else "",
        issuer=certificate.issuer if certificate else "",
        certificate=certificate.sha256 if certificate else "",
        time=one.time,
        source=one.time_source,
        covers=one.coverage,
        changes_after=one.changes,
        revocation_known=one.revocation_known,
    )


def bearing(files: Sequence[LookedFile]) -> Bearing:
    if any(file.by_leader for file in files):
        return Bearing.LEADER
    if any(file.by_agency for file in files):
        return Bearing.AGENCY
    if any(file.signatures for file in files):
        return Bearing.FAULTY
    read = [file for file in files if file.verdict is not PdfVerdict.NOT_READ]
    return Bearing.UNSIGNED if read else Bearing.UNREAD
