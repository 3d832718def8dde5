"""Trust anchors as certificate authorities hand them out: any number of files, sorted by their content.

Names do not count: `.crt`, `.cer`, `.pem`, `.der`, `.crl`, `.p7b`, in PEM or DER, one certificate or a whole bundle. A
certificate that issued itself is a root, any other of an authority an intermediate. A file that is not taken is named
with the reason, file by file: an anchor that was dropped in silence is an outage that nobody understands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hub.core.errors import Text
from hub.core.signature import foreign
from hub.core.signature.anchors import Anchors
from hub.core.signature.archive import is_authority, read_pem_or_der

MOST_BYTES: Final = 2 * foreign.MAX_LIST + 1
"""Of one file that need be read: anything longer is refused."""

OURS: Final = ("log.policy", "log.policy.witnessed")
"""The files that the program itself writes beside the anchors."""

_KEY: Final = Text("khóa bí mật: không để ở đây", "a private key: it has no place here")
_NOTHING: Final = Text("không có chứng thư hay CRL nào đọc được", "no certificate and no revocation list in it")
_TOO_LONG: Final = Text("quá lớn", "too large")
_LEAF: Final = Text("chứng thư không phải của CA", "a certificate of no authority (basicConstraints)")
_STRANGER: Final = Text("CRL của CA không có ở đây", "a list of an authority that is not here")


class Untaken(NamedTuple):
    """A file, or a part of one, that is no anchor, and why."""

    name: str
    why: Text


class AnchorFiles(msgspec.Struct, frozen=True):
    """The content of a folder of anchors."""

    roots: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...]
    crls: tuple[x509.CertificateRevocationList, ...]
    untaken: tuple[Untaken, ...]

    def anchors(self, grace: int) -> Anchors:
        return Anchors(self.roots, self.intermediates, self.crls, grace=grace)


def sort(files: Iterable[tuple[str, bytes]]) -> AnchorFiles:
    """Files by name. Any bytes get an answer."""
    certificates: dict[bytes, x509.Certificate] = {}
    lists: list[tuple[str, x509.CertificateRevocationList]] = []
    untaken: list[Untaken] = []
    for name, data in files:
        found, crls, why = _read(data)
        taken = [c for c in found if is_authority(c)]
        certificates |= {c.fingerprint(hashes.SHA256()): c for c in taken}
        lists += [(name, crl) for crl in crls]
        if why or len(taken) < len(found):
            untaken.append(Untaken(name, why or _LEAF))
    known = {c.subject.public_bytes() for c in certificates.values()}
    untaken += [Untaken(name, _STRANGER) for name, crl in lists if crl.issuer.public_bytes() not in known]
    return AnchorFiles(
        roots=tuple(c for c in certificates.values() if c.subject == c.issuer),
        intermediates=tuple(c for c in certificates.values() if c.subject != c.issuer),
        crls=tuple(crl for _, crl in lists),
        untaken=tuple(untaken),
    )


def _read(data: bytes) -> tuple[list[x509.Certificate], list[x509.CertificateRevocationList], Text | None]:
    if len(data) >= MOST_BYTES:
        return [], [], _TOO_LONG
    if b"PRIVATE KEY-----" in data:
        return [], [], _KEY
    try:
        certificates, crls = read_pem_or_der(data)
    except foreign.TooCostly as error:
        return [], [], Text(f"vượt giới hạn: {error}", f"beyond the budget: {error}")
    except foreign.Unreadable:
        return [], [], Text("hỏng, không đọc được", "damaged, it cannot be read")
    return certificates, crls, None if certificates or crls else _NOTHING
