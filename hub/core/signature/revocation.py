"""Revocation lists: which of them count, and their word on one certificate at one time (check 6.6).

A certificate counts as revoked from the date that the list gives: a document accepted before it stays as it was. A list
that is newer than the given time will do: it knows more, not less; unless the certificate had expired before the list
was made, for then its entry may have been dropped. Past its next update plus a grace
period a list tells nothing any more, and not to know is a refusal.

A list counts if a known CA signed it, with SHA-2, and may sign lists; of each CA the newest is kept, an older
one is never taken back. Passed over: foreign lists, and those that are limited (indirect, of some reasons or kinds
of certificates alone, delta). A list that names the distribution point where it lies speaks for the certificates
that name this point too, and for those that name none (RFC 5280 section 6.3.3): a CA may cut its lists in parts.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import accumulate
from typing import Final, TypeVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hub.core.errors import Verdict
from hub.core.model import Millis, iso_utc
from hub.core.signature.profile import refusal

E = TypeVar("E", bound=x509.ExtensionType)

_CRL_HASHES: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class Link(msgspec.Struct, frozen=True):
    """One certificate of a path, as the question that 6.6 asks of its issuer's list."""

    issuer: bytes
    serial: int
    not_after: int
    points: frozenset[str] = frozenset()

    @classmethod
    def of(cls, certificate: x509.Certificate, issuer: bytes) -> Link:
        stated = extension_of(certificate, x509.CRLDistributionPoints)
        points = frozenset[str]().union(*(_names(point.full_name) for point in stated or ()))
        return cls(issuer, certificate.serial_number, millis(certificate.not_valid_after_utc), points)


class RevocationList(msgspec.Struct, frozen=True):
    """A CRL whose signature was checked; times in Millis; `number`: CRLNumber, 0 where
    there is none; `revoked` maps serial numbers to dates."""

    crl: x509.CertificateRevocationList
    number: int
    this_update: int
    next_update: int
    revoked: Mapping[int, int]
    points: frozenset[str] = frozenset()

    @property
    def age(self) -> tuple[int, int]:
        """Times are in whole seconds, so two lists of one second differ by their number."""
        return self.this_update, self.number


Lists = Mapping[bytes, Mapping[frozenset[str], RevocationList]]
"""By issuing CA, then by the distribution points that a list names; none for a list of everything."""


def speaks_for(points: frozenset[str], link: Link) -> bool:
    """Whether a list that names these distribution points is about the certificate of `link`."""
    return not points or not link.points or not points.isdisjoint(link.points)


def check_not_revoked(lists: Lists, link: Link, at: Millis, grace: int, otherwise: str = "none") -> None:
    """SignatureRefusal (step 6) if the certificate of `link` is revoked at `at`, or that is not known. `otherwise`: the
    finding instead of a list that counts."""
    parts = lists.get(link.issuer, {})
    entries = [entry for points, entry in parts.items() if speaks_for(points, link)]
    if not entries:
        found = f"lists of other distribution points: {_short(parts)}" if parts else otherwise
        raise refusal(Verdict.REVOCATION_UNKNOWN, "a revocation list of the issuer", found, 6)
    for entry in entries:
        since = entry.revoked.get(link.serial)
        if since is not None and since <= at:
            raise refusal(Verdict.CERTIFICATE_REVOKED, "", f"revoked {iso_utc(Millis(since))}", 6)
    entry = max(entries, key=lambda entry: entry.age)
    if at > entry.next_update + grace:
        expected = f"a list newer than {iso_utc(Millis(entry.next_update))}"
        raise refusal(Verdict.REVOCATION_UNKNOWN, expected, iso_utc(at), 6)
    if entry.this_update > link.not_after:
        raise refusal(Verdict.REVOCATION_UNKNOWN, "a list from the certificate's own time", "a later one", 6)


def newest(
    authorities: Mapping[bytes, x509.Certificate],
    held: Lists,
    crls: Iterable[x509.CertificateRevocationList],
) -> Lists:
    """`held` with the newer ones among `crls`."""
    lists = {authority: dict(parts) for authority, parts in held.items()}
    for authority, entry in signed(authorities, crls):
        parts = lists.setdefault(authority, {})
        if entry.points not in parts or entry.age > parts[entry.points].age:
            parts[entry.points] = entry
    return lists


def signed(
    authorities: Mapping[bytes, x509.Certificate], crls: Iterable[x509.CertificateRevocationList]
) -> Iterator[tuple[bytes, RevocationList]]:
    """Those of `crls` that one of the authorities signed, with which. Of each list only the authorities that bear its
    issuer's name are tried, so nobody but an authority adds to the cost of a list."""
    by_name = _by_name(authorities)
    for crl in crls:
        signers = [a for a, ca in by_name.get(crl.issuer.public_bytes(), ()) if not _why_not(crl, ca)]
        if signers:
            entry = _read(crl)
            yield from ((authority, entry) for authority in signers)


def passed_over(
    authorities: Mapping[bytes, x509.Certificate], crls: Iterable[x509.CertificateRevocationList]
) -> dict[bytes, str]:
    """By authority, why a list that bears its name does not count: told where no other does."""
    by_name = _by_name(authorities)
    return {
        authority: f"a list that does not count: {why}"
        for crl in crls
        for authority, ca in by_name.get(crl.issuer.public_bytes(), ())
        if (why := _why_not(crl, ca))
    }


def _by_name(authorities: Mapping[bytes, x509.Certificate]) -> dict[bytes, list[tuple[bytes, x509.Certificate]]]:
    by_name: dict[bytes, list[tuple[bytes, x509.Certificate]]] = {}
    for authority, ca in authorities.items():
        by_name.setdefault(ca.subject.public_bytes(), []).append((authority, ca))
    return by_name


class History:
    """Every list of one authority: asked in a time that does not grow with their number."""

    def __init__(self, lists: Iterable[RevocationList]) -> None:
        ordered = sorted(lists, key=lambda entry: entry.this_update)
        self._made = [entry.this_update for entry in ordered]
        self._good_until = list(accumulate((entry.next_update for entry in ordered), max))
        self._revoked: dict[int, int] = {}
        for entry in ordered:
            for serial, since in entry.revoked.items():
                self._revoked[serial] = min(since, self._revoked.get(serial, since))

    def check_not_listed(self, link: Link, at: Millis) -> None:
        """SignatureRefusal (step 6) if any list says that the certificate was revoked at `at`."""
        since = self._revoked.get(link.serial)
        if since is not None and since <= at:
            raise refusal(Verdict.CERTIFICATE_REVOKED, "", f"revoked {iso_utc(Millis(since))}", 6)

    def check_spoken_for(self, link: Link, at: Millis, grace: int) -> None:
        """SignatureRefusal (step 6) if none that was made before the certificate's end still spoke at `at`."""
        known = bisect_right(self._made, link.not_after)
        if not known:
            raise refusal(Verdict.REVOCATION_UNKNOWN, "a list from the certificate's own time", "a later one", 6)
        if at > self._good_until[known - 1] + grace:
            expected = f"a list newer than {iso_utc(Millis(self._good_until[known - 1]))}"
            raise refusal(Verdict.REVOCATION_UNKNOWN, expected, iso_utc(at), 6)


def _why_not(crl: x509.CertificateRevocationList, ca: x509.Certificate) -> str:
    """Why a list that bears the name of `ca` does not count; empty where it does."""
    usage = extension_of(ca, x509.KeyUsage)
    if usage is None or not usage.crl_sign:
        return "its issuer's keyUsage lacks cRLSign"
    if crl.next_update_utc is None:
        return "it does not say until when it is good"
    for extension in crl.extensions:
        counts = extension.critical or isinstance(extension.value, x509.IssuingDistributionPoint)
        if counts and (why := _limit(extension.value)):
            return f"critical extension {extension.oid.dotted_string} ({why})"
    if not isinstance(crl.signature_hash_algorithm, _CRL_HASHES):
        return "it is not signed with SHA-2"
    key = ca.public_key()
    if not isinstance(key, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey)) or not crl.is_signature_valid(key):
        return "its signature is not its issuer's"
    return ""


def _limit(value: object) -> str:
    """How a critical extension limits a list; empty where it only names a distribution point."""
    if not isinstance(value, x509.IssuingDistributionPoint):
        return "not understood"
    limits = {
        "indirectCRL": value.indirect_crl,
        "onlyContainsUserCerts": value.only_contains_user_certs,
        "onlyContainsCACerts": value.only_contains_ca_certs,
        "onlyContainsAttributeCerts": value.only_contains_attribute_certs,
        "onlySomeReasons": value.only_some_reasons is not None,
        "nameRelativeToCRLIssuer": value.relative_name is not None,
    }
    return " ".join(name for name, limited in limits.items() if limited)


def _names(names: Iterable[x509.GeneralName] | None) -> frozenset[str]:
    return frozenset(str(name.value) for name in names or ())


def _short(parts: Iterable[frozenset[str]]) -> str:
    return " ".join(sorted(name for points in parts for name in points))[:200]


def _read(crl: x509.CertificateRevocationList) -> RevocationList:
    assert crl.next_update_utc is not None  # _why_not
    point = extension_of(crl, x509.IssuingDistributionPoint)
    number = extension_of(crl, x509.CRLNumber)
    return RevocationList(
        crl=crl,
        number=number.crl_number if number is not None else 0,
        this_update=millis(crl.last_update_utc),
        next_update=millis(crl.next_update_utc),
        revoked={entry.serial_number: millis(entry.revocation_date_utc) for entry in crl},
        points=_names(point.full_name) if point is not None else frozenset(),
    )


def authority_of(ca: x509.Certificate) -> bytes:
    """Name and key of a CA: the signer of its certificates and lists, whichever certificate states it."""
    spki = ca.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(ca.subject.public_bytes() + spki).digest()


def extension_of(certificate: x509.Certificate | x509.CertificateRevocationList, kind: type[E]) -> E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def millis(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
