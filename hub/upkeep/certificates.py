"""Keep the trusted objects: certificates and revocation lists, as they are when they come into use.

Years later an auditor needs the list of then, and nobody else has it. Nothing of it is evidence; each is signed by its
authority and speaks for itself.

The certificates and lists that the hub trusts at present, kept for auditors of later years: see
`hub.upkeep.certificates`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core.signature.anchors import Anchors
from hub.core.signature.archive import is_authority
from hub.record.evidence_writer import EvidenceWriter
from hub.record.record import Record
from hub.store import X509Row


class KeepX509(msgspec.Struct, frozen=True):
    """`found` are (kind, DER)."""

    found: tuple[tuple[Literal["certificate", "authority", "crl"], bytes], ...]

    def run(self, writer: EvidenceWriter) -> tuple[int, tuple[int, ...]]:
        rows = [X509Row(sha256(der).hexdigest(), kind, der, writer.at) for kind, der in self.found]
        writer.tx.keep_x509(rows)
        return len(rows), ()


Found = tuple[Literal["certificate", "authority", "crl"], bytes]


def of_anchors(anchors: Anchors) -> list[Found]:
    """Its authorities below the roots, and the lists in use. A verifier has roots of its own."""
    found: list[Found] = [
        ("authority", ca.public_bytes(Encoding.DER)) for ca in anchors.intermediates if is_authority(ca)
    ]
    return found + [("crl", crl.public_bytes(Encoding.DER)) for crl in anchors.crls]


def of_chain(chain: Sequence[x509.Certificate]) -> list[Found]:
    """A certificate and its issuers."""
    own, *issuers = (certificate.public_bytes(Encoding.DER) for certificate in chain)
    found: list[Found] = [("certificate", own)]
    return found + [("authority", issuer) for issuer in issuers]


async def keep(record: Record, found: Iterable[Found]) -> int:
    """Keep those that are not kept yet; their number. Writes nothing when there is nothing new."""
    new = tuple([one for one in found if await record.store.x509(sha256(one[1]).hexdigest()) is None])
    if new:
        await record.recorder.submit(KeepX509(new), receipts=False)
    return len(new)
