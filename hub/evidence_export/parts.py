"""The lookups and computations of making bundles: delegations, which revocation lists were in use."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain

import msgspec
from cryptography import x509

from hub.core.directory.routing import Directory
from hub.core.evidence.countersign import FORWARDED
from hub.core.evidence.format import Event, Evidence
from hub.core.model import Agency, Millis
from hub.core.signature import foreign, jws
from hub.core.signature.revocation import extension_of
from hub.store import LeafRow, X509Row

Members = dict[str, bytes]
"""Of a bundle: name → content."""


class Wish(msgspec.Struct, frozen=True):
    """recipients  whose part of the life; empty: all
    document    with the document's own bytes
    statuses    with the signed status messages, which name people
    """

    recipients: frozenset[str] = frozenset()
    document: bool = False
    statuses: bool = True


class Item(msgspec.Struct, frozen=True):
    leaf: LeafRow
    evidence: Evidence


def ended_among(directory: Directory, items: Sequence[Item]) -> set[str]:
    """The agencies in whose place a successor stands, and those between them."""
    reasons = chain.from_iterable(item.evidence.reasons for item in items)
    line = [reason.details.split(" ")[0] for reason in reasons if reason.code == FORWARDED]
    found: set[str] = set()
    while line:
        agency = directory.get(line.pop())
        if agency is not None and agency.code not in found:
            found.add(agency.code)
            line.append(agency.successor)
    return found


def represented(items: Sequence[Item]) -> set[str]:
    """The agencies for which another signed."""
    counters = [counter for item in items if (counter := item.evidence.counter) is not None]
    return {counter.by for counter in counters if counter.signer not in ("", counter.by)}


def stand_ins(items: Sequence[Item]) -> set[str]:
    """The successors that acted in the place of agencies that had ended."""
    acts = [item.evidence for item in items if item.evidence.event is not Event.SUBMISSION_ACCEPTANCE]
    reasons = chain.from_iterable(evidence.reasons for evidence in acts)
    return {reason.details.partition(" ")[2] for reason in reasons if reason.code == FORWARDED} - {""}


def kids_of(counters: Members) -> set[str]:
    """The certificates that the acknowledgements among these members name."""
    return {jws.unverified_kid(data.decode()) for name, data in counters.items() if name.endswith(".jws")}


def held(agency: Agency | None) -> set[str]:
    return {certificate.sha256 for certificate in agency.certificates} if agency is not None else set()


def hub_seal(evidence: Evidence) -> str:
    return evidence.issuer.certificate_digest.removeprefix("sha-256:")


def _authority(crl: x509.CertificateRevocationList) -> bytes:
    key = extension_of(crl, x509.AuthorityKeyIdentifier)
    return crl.issuer.public_bytes() + (key.key_identifier or b"" if key is not None else b"")


def in_use(rows: Sequence[X509Row], times: Collection[Millis]) -> list[X509Row]:
    """Of each issuer, the list that was the newest one here at each of these times; where none was, the first. And the
    newest of all: it knows of thefts that were found later."""
    of: dict[bytes, list[X509Row]] = {}
    for row in rows:
        of.setdefault(_authority(foreign.revocation_list(row.der)), []).append(row)
    wanted = {}
    for lists in of.values():
        for at in times:
            known = [row for row in lists if row.seen_at <= at] or lists[:1]
            wanted[known[-1].sha256] = known[-1]
        wanted[lists[-1].sha256] = lists[-1]
    return list(wanted.values())
