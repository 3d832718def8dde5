"""Revocation lists: which of them count, and what they say of one certificate at one time (check 6.6).

A certificate counts as revoked from the date that the list gives: a document accepted before it stays what it
was. A list that is newer than the given time will do: it knows more, not less; unless the certificate had
expired before the list was made, for then its entry may have been dropped. Past its next update plus a grace
period a list tells nothing any more, and not to know is a refusal.

A list counts if a known CA signed it, with SHA-2, and may sign lists; of each CA the newest is kept, an older
one is never taken back. Ignored: foreign lists, and those with critical extensions (indirect, partial, delta).
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

from hub.core.dsig_profile import refusal
from hub.core.errors import Verdict
from hub.core.model import Millis, iso_utc

E = TypeVar("E", bound=x509.ExtensionType)

_CRL_HASHES: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class Link(msgspec.Struct, frozen=True):
    """One certificate of a path, as the question that 6.6 asks of its issuer's list."""

    issuer: bytes
    serial: int
    not_after: int


class RevocationList(msgspec.Struct, frozen=True):
    """A CRL whose signature was checked; times in Millis; `number`: CRLNumber, 0 where
    there is none; `revoked` maps serial numbers to dates."""

    crl: x509.CertificateRevocationList
    number: int
    this_update: int
    next_update: int
    revoked: Mapping[int, int]

    @property
    def age(self) -> tuple[int, int]:
        """Times are in whole seconds, so two lists of one second differ by their number."""
        return self.this_update, self.number


def check_not_revoked(lists: Mapping[bytes, RevocationList], link: Link, at: Millis, grace: int) -> None:
    """SignatureRefusal (step 6) if the certificate of `link` is revoked at `at`, or that is not known."""
    entry = lists.get(link.issuer)
    if entry is None:
        raise refusal(Verdict.REVOCATION_UNKNOWN, "a revocation list of the issuer", "none", 6)
    since = entry.revoked.get(link.serial)
    if since is not None and since <= at:
        raise refusal(Verdict.CERTIFICATE_REVOKED, "", f"revoked {iso_utc(Millis(since))}", 6)
    if at > entry.next_update + grace:
        expected = f"a list newer than {iso_utc(Millis(entry.next_update))}"
        raise refusal(Verdict.REVOCATION_UNKNOWN, expected, iso_utc(at), 6)
    if entry.this_update > link.not_after:
        raise refusal(Verdict.REVOCATION_UNKNOWN, "a list from the certificate's own time", "a later one", 6)


def newest(
    authorities: Mapping[bytes, x509.Certificate],
    held: Mapping[bytes, RevocationList],
    crls: Iterable[x509.CertificateRevocationList],
) -> dict[bytes, RevocationList]:
    """`held`, by issuing CA, with what is newer among `crls`."""
    lists = dict(held)
    for authority, entry in signed(authorities, crls):
        if authority not in lists or entry.age > lists[authority].age:
            lists[authority] = entry
    return lists


def signed(
    authorities: Mapping[bytes, x509.Certificate], crls: Iterable[x509.CertificateRevocationList]
) -> Iterator[tuple[bytes, RevocationList]]:
    """Those of `crls` that one of the authorities signed, with which. Of each list only the authorities that bear its
    issuer's name are tried, so nobody who is no authority adds to what a list costs."""
    by_name: dict[bytes, list[tuple[bytes, x509.Certificate]]] = {}
    for authority, ca in authorities.items():
        by_name.setdefault(ca.subject.public_bytes(), []).append((authority, ca))
    for crl in crls:
        signers = [a for a, ca in by_name.get(crl.issuer.public_bytes(), ()) if _signed_by(crl, ca)]
        if signers:
            entry = _read(crl)
            yield from ((authority, entry) for authority in signers)


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

    def check(self, link: Link, at: Millis, grace: int) -> None:
        """SignatureRefusal (step 6) if any list says that the certificate was revoked at `at`, or none that was made
        before the certificate's end still spoke at that time."""
        since = self._revoked.get(link.serial)
        if since is not None and since <= at:
            raise refusal(Verdict.CERTIFICATE_REVOKED, "", f"revoked {iso_utc(Millis(since))}", 6)
        known = bisect_right(self._made, link.not_after)
        if not known:
            raise refusal(Verdict.REVOCATION_UNKNOWN, "a list from the certificate's own time", "a later one", 6)
        if at > self._good_until[known - 1] + grace:
            expected = f"a list newer than {iso_utc(Millis(self._good_until[known - 1]))}"
            raise refusal(Verdict.REVOCATION_UNKNOWN, expected, iso_utc(at), 6)


def _signed_by(crl: x509.CertificateRevocationList, ca: x509.Certificate) -> bool:
    usage = extension_of(ca, x509.KeyUsage)
    if usage is None or not usage.crl_sign or crl.next_update_utc is None:
        return False
    if any(extension.critical for extension in crl.extensions):
        return False
    if not isinstance(crl.signature_hash_algorithm, _CRL_HASHES):
        return False
    key = ca.public_key()
    return isinstance(key, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey)) and crl.is_signature_valid(key)


def _read(crl: x509.CertificateRevocationList) -> RevocationList:
    assert crl.next_update_utc is not None  # _signed_by
    number = extension_of(crl, x509.CRLNumber)
    return RevocationList(
        crl=crl,
        number=number.crl_number if number is not None else 0,
        this_update=millis(crl.last_update_utc),
        next_update=millis(crl.next_update_utc),
        revoked={entry.serial_number: millis(entry.revocation_date_utc) for entry in crl},
    )


def authority_of(ca: x509.Certificate) -> bytes:
    """Name and key of a CA: what signs its certificates and lists, whichever certificate states it."""
    spki = ca.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(ca.subject.public_bytes() + spki).digest()


def extension_of(certificate: x509.Certificate | x509.CertificateRevocationList, kind: type[E]) -> E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def millis(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
