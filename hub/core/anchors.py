"""From a document's certificates to a key that may be used, or a verdict: check 6 of `xmldsig`.

    6.1  Every certificate parses. The first is the signer's; each other is the issuer of the one before it.
    6.2  The signer's key is of an allowed kind: P-256, or RSA of 2048 to 4096 bits with e at least 65537.
    6.3  The signer's certificate may sign documents: not a CA, keyUsage digitalSignature, and an extended
         key usage, where it has one, of `FIT_FOR_DOCUMENTS`.
    6.4  A path to a root, at the given time: signatures, dates, CA flags, path lengths, name constraints,
         no unknown critical extension. `cryptography`'s path validation judges; here it is only told what
         to demand.
    6.5  No certificate of the path, the root apart, is revoked at the given time. The list of each issuer
         has to be there and fresh; past its next update plus `grace`, the state is unknown, and unknown is
         a refusal.

6.1 to 6.4 depend on the certificates alone and on the time only through an interval, so what passed is
remembered by SHA-256 of the certificates together with that interval. Refusals are not remembered. 6.5 is
asked every time.

A certificate counts as revoked from the date that the list gives: a document accepted before it stays what
it was. A list that is newer than the given time will do: it knows more, not less; unless the certificate
had expired before the list was made, for then its entry may have been dropped.

NOT checked: OCSP, certificate policies, any agency's name in the subject (the directory binds certificates
to agencies, `trust`). Lists with critical extensions (indirect, partial, delta) are ignored, as is a list
that no known CA signed.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final, TypeVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from hub.core.dsig_profile import PublicKey, refusal
from hub.core.errors import SignatureRefusal, Verdict
from hub.core.model import Millis, iso_utc, to_datetime

E = TypeVar("E", bound=x509.ExtensionType)

DAY: Final = 86_400_000
DOCUMENT_SIGNING: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
FIT_FOR_DOCUMENTS: Final = frozenset(
    {
        DOCUMENT_SIGNING,
        x509.ObjectIdentifier("1.3.6.1.4.1.311.10.3.12"),  # Microsoft's document signing, older than RFC 9336
        ExtendedKeyUsageOID.EMAIL_PROTECTION,
        ExtendedKeyUsageOID.CLIENT_AUTH,  # the State's CA issues one certificate for signing and log-in
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    }
)
_CRL_HASHES: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


class Link(msgspec.Struct, frozen=True):
    """One certificate of a path, as the question that 6.5 asks of its issuer's list."""

    issuer: bytes
    serial: int
    not_after: int


class Signer(msgspec.Struct, frozen=True):
    """What passed 6.1 to 6.4, good from `not_before` to `not_after` (Millis, both included)."""

    certificate: x509.Certificate
    sha256: str
    key: PublicKey
    links: tuple[Link, ...]
    not_before: int
    not_after: int


class RevocationList(msgspec.Struct, frozen=True):
    """A CRL whose signature was checked; times in Millis; `revoked` maps serial numbers to dates."""

    crl: x509.CertificateRevocationList
    this_update: int
    next_update: int
    revoked: Mapping[int, int]


class _Memory:
    """A bounded map, least recently used out first; shared by the `Anchors` that differ in CRLs only."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[tuple[bytes, ...], Signer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[bytes, ...]) -> Signer | None:
        with self._lock:
            signer = self._entries.get(key)
            if signer is not None:
                self._entries.move_to_end(key)
            return signer

    def put(self, key: tuple[bytes, ...], signer: Signer) -> None:
        with self._lock:
            self._entries[key] = signer
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)

    def __len__(self) -> int:
        return len(self._entries)


class Anchors:
    """Roots, the intermediates that need not travel with a document, and revocation lists. Immutable.

    `grace`: milliseconds past a list's next update during which it still counts.
    """

    def __init__(
        self,
        roots: Iterable[x509.Certificate],
        intermediates: Iterable[x509.Certificate] = (),
        crls: Iterable[x509.CertificateRevocationList] = (),
        *,
        grace: int = DAY,
        memory: int = 8192,
    ) -> None:
        self.roots = tuple(roots)
        self.intermediates = tuple(intermediates)
        self.grace = grace
        self._memory = _Memory(memory)
        self._policy = _demands().store(Store(list(self.roots))) if self.roots else None
        self._authorities = {_authority(ca): ca for ca in (*self.roots, *self.intermediates)}
        self._lists = _newest(self._authorities, {}, crls)

    @property
    def crls(self) -> tuple[x509.CertificateRevocationList, ...]:
        """The lists in use: of each known issuer the newest, its signature checked."""
        return tuple(entry.crl for entry in self._lists.values())

    def with_crls(self, crls: Iterable[x509.CertificateRevocationList]) -> Anchors:
        """The same anchors, with what is newer among `crls`. An older or a foreign list changes nothing."""
        other = Anchors.__new__(Anchors)
        other.__dict__.update(self.__dict__, _lists=_newest(self._authorities, self._lists, crls))
        return other

    def signer(self, certificates: Sequence[bytes], at: Millis) -> Signer:
        """Check 6 for the DER `certificates` of a document at `at`. SignatureRefusal (step 6) otherwise."""
        key = tuple([hashlib.sha256(der).digest() for der in certificates])
        signer = self._memory.get(key)
        if signer is None or not signer.not_before <= at <= signer.not_after:
            signer = self._examine(certificates, key[0].hex(), at)
            self._memory.put(key, signer)
        for link in signer.links:
            self._check_revocation(link, at)
        return signer

    def _examine(self, certificates: Sequence[bytes], sha256: str, at: Millis) -> Signer:
        leaf, *others = _parse(certificates)  # 6.1
        key = _allowed_key(leaf)  # 6.2
        _may_sign(leaf)  # 6.3
        path = self._path(leaf, others, at)  # 6.4
        if path[: len(others) + 1] != [leaf, *others]:
            raise _untrusted("certificates in the order of the path, and no others")
        return Signer(
            certificate=leaf,
            sha256=sha256,
            key=key,
            links=tuple(
                Link(issuer=_authority(ca), serial=c.serial_number, not_after=_millis(c.not_valid_after_utc))
                for c, ca in pairwise(path)
            ),
            not_before=max(_millis(c.not_valid_before_utc) for c in path),
            not_after=min(_millis(c.not_valid_after_utc) for c in path),
        )

    def _path(self, leaf: x509.Certificate, others: list[x509.Certificate], at: Millis) -> list[x509.Certificate]:
        try:
            return self._validate(leaf, others, at)
        except VerificationError as error:
            reason = str(error)
        # Was it only the time? Ask again for the nearest moment at which all of them, by name, are in date.
        start, end = self._dates(leaf, others)
        nearest = Millis(min(max(at, start), end))
        if nearest == at or start > end:
            raise _untrusted(reason)
        try:
            self._validate(leaf, others, nearest)
        except VerificationError:
            raise _untrusted(reason) from None
        if at > end:
            raise refusal(Verdict.CERTIFICATE_EXPIRED, f"use up to {iso_utc(Millis(end))}", iso_utc(at), 6)
        raise refusal(Verdict.CERTIFICATE_NOT_YET_VALID, f"use from {iso_utc(Millis(start))}", iso_utc(at), 6)

    def _validate(self, leaf: x509.Certificate, others: list[x509.Certificate], at: Millis) -> list[x509.Certificate]:
        if self._policy is None:
            raise VerificationError("no trust anchors")
        verifier = self._policy.time(to_datetime(at)).build_client_verifier()
        return verifier.verify(leaf, [*others, *self.intermediates]).chain

    def _dates(self, leaf: x509.Certificate, others: Iterable[x509.Certificate]) -> tuple[int, int]:
        """The interval in which all certificates are in date that lead up from `leaf` by name."""
        by_name = {c.subject: c for c in (*self.intermediates, *others, *self.roots)}
        start, end, current, seen = 0, 1 << 62, leaf, set[bytes]()
        while (mark := current.fingerprint(hashes.SHA256())) not in seen:
            seen.add(mark)
            start = max(start, _millis(current.not_valid_before_utc))
            end = min(end, _millis(current.not_valid_after_utc))
            current = by_name.get(current.issuer, current)
        return start, end

    def _check_revocation(self, link: Link, at: Millis) -> None:
        entry = self._lists.get(link.issuer)
        if entry is None:
            raise refusal(Verdict.REVOCATION_UNKNOWN, "a revocation list of the issuer", "none", 6)
        since = entry.revoked.get(link.serial)
        if since is not None and since <= at:
            raise refusal(Verdict.CERTIFICATE_REVOKED, "", f"revoked {iso_utc(Millis(since))}", 6)
        if at > entry.next_update + self.grace:
            expected = f"a list newer than {iso_utc(Millis(entry.next_update))}"
            raise refusal(Verdict.REVOCATION_UNKNOWN, expected, iso_utc(at), 6)
        if entry.this_update > link.not_after:
            raise refusal(Verdict.REVOCATION_UNKNOWN, "a list from the certificate's own time", "a later one", 6)


def _untrusted(found: str) -> SignatureRefusal:
    return refusal(Verdict.CERTIFICATE_UNTRUSTED, "a path to a trusted root", found, 6)


def _millis(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def _authority(ca: x509.Certificate) -> bytes:
    """Name and key of a CA: what signs its certificates and lists, whichever certificate states it."""
    spki = ca.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(ca.subject.public_bytes() + spki).digest()


def _parse(certificates: Sequence[bytes]) -> list[x509.Certificate]:
    try:
        parsed = [x509.load_der_x509_certificate(der) for der in certificates]
        for certificate in parsed:
            _ = certificate.extensions, certificate.subject, certificate.issuer
        return parsed
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise refusal(Verdict.MALFORMED, "X.509 certificates", type(error).__name__, 6) from None


def _allowed_key(leaf: x509.Certificate) -> PublicKey:
    try:
        key = leaf.public_key()
    except Exception as error:  # the library names a bad key in several ways
        raise refusal(Verdict.ALGORITHM_FORBIDDEN, "a P-256 or RSA key", type(error).__name__, 6) from None
    if isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, ec.SECP256R1):
            raise refusal(Verdict.ALGORITHM_FORBIDDEN, "curve P-256", key.curve.name, 6)
        return key
    if isinstance(key, rsa.RSAPublicKey):
        if not 2048 <= key.key_size <= 4096:
            raise refusal(Verdict.ALGORITHM_FORBIDDEN, "RSA of 2048 to 4096 bits", str(key.key_size), 6)
        if key.public_numbers().e < 65537:
            raise refusal(Verdict.ALGORITHM_FORBIDDEN, "RSA exponent of at least 65537", "less", 6)
        return key
    raise refusal(Verdict.ALGORITHM_FORBIDDEN, "a P-256 or RSA key", type(key).__name__, 6)


def _may_sign(leaf: x509.Certificate) -> None:
    constraints = _extension(leaf, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise refusal(Verdict.KEY_USAGE, "the signer's certificate first", "a CA certificate", 6)
    usage = _extension(leaf, x509.KeyUsage)
    if usage is None or not usage.digital_signature:
        found = "none" if usage is None else "other usage"
        raise refusal(Verdict.KEY_USAGE, "keyUsage digitalSignature", found, 6)
    extended = _extension(leaf, x509.ExtendedKeyUsage)
    if extended is not None and FIT_FOR_DOCUMENTS.isdisjoint(extended):
        found = " ".join(purpose.dotted_string for purpose in extended)
        raise refusal(Verdict.KEY_USAGE, "EKU documentSigning", found, 6)


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _demands() -> PolicyBuilder:
    """What 6.4 demands of every CA; 6.3 has looked at the signer's own certificate."""

    def signs_certificates(_: Policy, __: x509.Certificate, usage: x509.KeyUsage) -> None:
        if not usage.key_cert_sign:
            raise ValueError("a CA without keyCertSign")

    authority = (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.CRITICAL, None)
        .require_present(x509.KeyUsage, Criticality.AGNOSTIC, signs_certificates)
    )
    return PolicyBuilder().extension_policies(ca_policy=authority, ee_policy=ExtensionPolicy.permit_all())


def _newest(
    authorities: Mapping[bytes, x509.Certificate],
    held: Mapping[bytes, RevocationList],
    crls: Iterable[x509.CertificateRevocationList],
) -> dict[bytes, RevocationList]:
    lists = dict(held)
    for crl in crls:
        for authority, ca in authorities.items():
            if ca.subject != crl.issuer or not _signed_by(crl, ca):
                continue
            entry = _read(crl)
            if authority not in lists or entry.this_update > lists[authority].this_update:
                lists[authority] = entry
    return lists


def _signed_by(crl: x509.CertificateRevocationList, ca: x509.Certificate) -> bool:
    usage = _extension(ca, x509.KeyUsage)
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
    return RevocationList(
        crl=crl,
        this_update=_millis(crl.last_update_utc),
        next_update=_millis(crl.next_update_utc),
        revoked={entry.serial_number: _millis(entry.revocation_date_utc) for entry in crl},
    )
