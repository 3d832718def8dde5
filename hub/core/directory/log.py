"""The directory in the log: leaves of kind 0x02, which anyone may read.

Three objects, all canonical JSON with a random `x-nonce`:

    a certificate   an agency gained or lost one, or its times changed: the right to sign for it
    delegations     up to `ENTRIES_IN_LEAF` agencies for which another began or ceased to act: its centre, or its
                    successor once it has ended
    entries         up to `ENTRIES_IN_LEAF` entries that were added or changed, each by the digest of the
                    members that `GET /v1/agencies/{code}` then shows: name, centre, successor, policies, everything

So an agency sees, from the public log alone, every certificate that was ever registered for it, and every time that
its entry was touched. The directory itself is public; nothing here tells more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec

from hub.core import canonical
from hub.core.directory import delegation
from hub.core.directory.delegation import Delegation
from hub.core.directory.diff import ChangeKind, certificate_changes
from hub.core.directory.wire import to_wire
from hub.core.errors import ProofInvalid
from hub.core.leaf_object import LeafObject, type_of
from hub.core.model import Agency, Millis, RegisteredCertificate, from_iso_utc, iso_utc

ENTRIES_IN_LEAF: Final = 200
_DIGEST: Final = re.compile(r"sha-256:[0-9a-f]{64}")
_Text = Annotated[str, msgspec.Meta(min_length=1)]

_KINDS: Final[dict[ChangeKind, Literal["added", "withdrawn", "changed"]]] = {
    ChangeKind.CERTIFICATE_ADDED: "added",
    ChangeKind.CERTIFICATE_WITHDRAWN: "withdrawn",
    ChangeKind.CERTIFICATE_CHANGED: "changed",
}


class CertificateChange(LeafObject, frozen=True, kw_only=True, omit_defaults=True):
    """`certificate`: sha-256:… of the DER. `since`, `until`: the times between which the directory now binds it, ""
    where open. `by`: the operator behind it, as role and name."""

    agency: _Text
    certificate: str
    change: Literal["added", "withdrawn", "changed"]
    time: str
    by: _Text
    since: str = ""
    until: str = ""


class DelegationsChange(LeafObject, frozen=True, kw_only=True):
    """From `time` on these are in effect, or are so no more. `by`: the operator behind it, as role and name."""

    type: Literal["delegations"]
    change: Literal["began", "ended"]
    delegations: Annotated[tuple[Delegation, ...], msgspec.Meta(min_length=1)]
    time: str
    by: _Text


class EntryDigest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    agency: _Text
    digest: str


class EntriesChange(LeafObject, frozen=True, kw_only=True):
    """Entries added or changed at one time."""

    type: Literal["entries"]
    entries: Annotated[tuple[EntryDigest, ...], msgspec.Meta(min_length=1)]
    time: str
    by: _Text


_certificate: Final = msgspec.json.Decoder(CertificateChange)
_entries: Final = msgspec.json.Decoder(EntriesChange)
_delegation: Final = msgspec.json.Decoder(DelegationsChange)

Change = CertificateChange | DelegationsChange | EntriesChange


def encode(change: Change) -> bytes:
    return canonical.encode(change)


def decode(data: bytes) -> Change:
    """The object of a leaf of kind 0x02. ProofInvalid for any other bytes."""
    kind = type_of(data)
    change: Change
    digests: list[str] = []
    if kind == "entries":
        change = canonical.decode(data, _entries, "a change of entries")
        digests = [entry.digest for entry in change.entries]
    elif kind == "delegations":
        change = canonical.decode(data, _delegation, "a change of who acts for whom")
    else:
        change = canonical.decode(data, _certificate, "a change of a certificate")
        digests = [change.certificate]
    _check_time(change.time)
    for digest in digests:
        if not _DIGEST.fullmatch(digest):
            raise ProofInvalid(expected="sha-256:… in lower-case hex", found=digest[:80])
    return change


def _check_time(time: str) -> None:
    try:
        from_iso_utc(time)
    except ValueError:
        raise ProofInvalid(expected="a UTC time with milliseconds", found=time[:80]) from None


def entry_digest(agency: Agency) -> str:
    """`sha-256:…` over the canonical JSON of the record that the HTTP interface shows of this entry."""
    return "sha-256:" + sha256(canonical.encode(to_wire(agency))).hexdigest()


def entries_changed(changed: Sequence[Agency], time: str, by: str, nonces: Iterator[str]) -> Iterator[EntriesChange]:
    """The leaves that record these entries, some hundreds in each."""
    for start in range(0, len(changed), ENTRIES_IN_LEAF):
        part = changed[start : start + ENTRIES_IN_LEAF]
        digests = tuple(EntryDigest(agency.code, entry_digest(agency)) for agency in part)
        yield EntriesChange(type="entries", entries=digests, time=time, by=by, nonce=next(nonces))


class DelegationSteps(msgspec.Struct, frozen=True):
    """The delegations that ended and those that began, not yet at a time nor by anybody."""

    ended: tuple[Delegation, ...]
    began: tuple[Delegation, ...]

    def at(self, time: str, by: str, nonces: Iterator[str]) -> Iterator[DelegationsChange]:
        """The leaves that record it, some hundreds in each; ended ones first."""
        for change, every in (("ended", self.ended), ("began", self.began)):
            for start in range(0, len(every), ENTRIES_IN_LEAF):
                yield DelegationsChange(
                    type="delegations",
                    change=change,  # type: ignore[arg-type]
                    delegations=every[start : start + ENTRIES_IN_LEAF],
                    time=time,
                    by=by,
                    nonce=next(nonces),
                )


def delegation_steps(pairs: Iterable[tuple[Agency | None, Agency]]) -> DelegationSteps:
    """Every change of delegations of these agencies, by old and new entry: none comes into effect without a leaf."""
    states = [(delegation.of(old), delegation.of(new)) for old, new in pairs]
    ended = [one for before, after in states for one in sorted(before - after)]
    began = [one for before, after in states for one in sorted(after - before)]
    return DelegationSteps(tuple(ended), tuple(began))


class CertificateStep(msgspec.Struct, frozen=True):
    """The change of one certificate of `agency`, not yet at a time nor by anybody."""

    agency: str
    sha256: str
    change: Literal["added", "withdrawn", "changed"]
    since: str = ""
    until: str = ""

    def at(self, time: str, by: str, nonce: str) -> CertificateChange:
        return CertificateChange(
            agency=self.agency,
            certificate=f"sha-256:{self.sha256}",
            change=self.change,
            time=time,
            by=by,
            nonce=nonce,
            since=self.since,
            until=self.until,
        )


def certificate_steps(old: Agency | None, new: Agency) -> Iterator[CertificateStep]:
    """Every certificate that is bound otherwise than before: none may come into use without a leaf of its own."""
    held = {c.sha256: c for c in new.certificates}
    for change in certificate_changes(new.code, old, new):
        kind = _KINDS[change.kind]
        now = held.get(change.certificate)
        yield CertificateStep(new.code, change.certificate, kind, *(_times(now) if now else ("", "")))


def _times(certificate: RegisteredCertificate) -> tuple[str, str]:
    until = certificate.withdrawn
    return iso_utc(Millis(certificate.added)) if certificate.added else "", iso_utc(Millis(until)) if until else ""
