"""From a document's certificates to a key that may be used, or a verdict: check 6 of `xmldsig`.

    6.1  Every certificate parses. The first is the signer's; each other is the issuer of the one before it.
    6.2  The signer's key is of an allowed kind: P-256, P-384, or RSA of 2048 to 4096 bits with e at least 65537.
    6.3  The signer's certificate is fit for its use: not a CA, keyUsage digitalSignature, or for `DOCUMENTS` and
         `TIME_STAMPS` contentCommitment (nonRepudiation), which is there to verify signatures on documents, and
         for `DOCUMENTS` an extended key usage, where it has one, of `FIT_FOR_DOCUMENTS`;
         for `TIME_STAMPS` a critical one that is timeStamping and nothing else (RFC 3161 section 2.3);
         for `TLS_CLIENTS` clientAuth, where it has one.
         `Signer.logs_in` says whether digitalSignature is there: a caller that asks for a token needs it.
    6.4  The certificate is one that the caller's list allows, where it has one: the directory's, for documents.
         Nothing is computed with anybody else's.
    6.5  A path to a root, at the given time: signatures, dates, CA flags, path lengths, name constraints,
         no unknown critical extension. `cryptography`'s path validation judges; here it is only told its demands, and
         given the certificates that a path can be made of and nothing else (`ladder`): it tries every way up that names
         allow, and a sender that chooses the names chooses how many there are. Why there is none is told
         in words of ours (`no_path`), never in the library's.
    6.6  No certificate of the path, the root apart, is revoked at the given time. The list of each issuer
         has to be there and fresh (`revocation`): past its next update plus `grace`, the state is unknown,
         and unknown is a refusal.

6.1 to 6.5 but for 6.4 depend on the certificates alone and on the time only through an interval, so a path that passed
is remembered by SHA-256 of the certificates together with that interval. Refusals are not remembered. 6.4 and 6.6 are
asked every time.

NOT checked: OCSP, certificate policies, any agency's name in the subject (the directory binds certificates
to agencies, `trust`).
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from hub.core.errors import SignatureRefusal, Verdict
from hub.core.model import Millis, iso_utc, to_datetime
from hub.core.signature import foreign
from hub.core.signature.anchors_uses import DOCUMENTS, TO_LOG_IN, Use, allowed_key, has_usage
from hub.core.signature.profile import PublicKey, refusal
from hub.core.signature.revocation import Link, authority_of, check_not_revoked, millis, newest, passed_over

DAY: Final = 86_400_000
_MOST_TRIED: Final = 16
_DEEPEST: Final = 4
"""Authorities between a signer and its root."""


class Signer(msgspec.Struct, frozen=True):
    """A path that passed 6.1 to 6.5, good from `not_before` to `not_after` (Millis, both included)."""

    certificate: x509.Certificate
    sha256: str
    key: PublicKey
    logs_in: bool
    links: tuple[Link, ...]
    not_before: int
    not_after: int


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
        self._authorities = {authority_of(ca): ca for ca in (*self.roots, *self.intermediates)}
        self.offered = tuple(crls)
        self._lists = newest(self._authorities, {}, self.offered)
        self._passed_over = self._why_none(self.offered)

    @property
    def crls(self) -> tuple[x509.CertificateRevocationList, ...]:
        """The lists in use: of each known issuer the newest, its signature checked."""
        return tuple(entry.crl for parts in self._lists.values() for entry in parts.values())

    def with_crls(self, crls: Iterable[x509.CertificateRevocationList]) -> Anchors:
        """The same anchors, with the newer ones among `crls`. An older or a foreign list changes nothing."""
        other, came = Anchors.__new__(Anchors), tuple(crls)
        other.__dict__.update(self.__dict__, _lists=newest(self._authorities, self._lists, came))
        other._passed_over = {**self._passed_over, **other._why_none(came)}
        return other

    def _why_none(self, crls: Iterable[x509.CertificateRevocationList]) -> dict[bytes, str]:
        """Of each authority that no list counts of, why one that bears its name does not."""
        return passed_over({a: ca for a, ca in self._authorities.items() if a not in self._lists}, crls)

    def including(self, intermediates: Iterable[x509.Certificate]) -> Anchors:
        """These anchors with more to build paths from. Nothing is trusted because it is included."""
        return Anchors(self.roots, (*self.intermediates, *intermediates), (*self.crls, *self.offered), grace=self.grace)

    def signer(
        self,
        certificates: Sequence[bytes],
        at: Millis,
        use: Use | None = None,
        allowed: Callable[[str], None] | None = None,
    ) -> Signer:
        """Check 6 for the DER `certificates` of a document, or for another use, at `at`. SignatureRefusal
        (step 6) otherwise. `allowed` is asked with the SHA-256 (hex) of the first before a path is looked for,
        and raises where it is nobody's."""
        use = use or DOCUMENTS
        key = tuple([hashlib.sha256(der).digest() for der in certificates])
        known = key if use is DOCUMENTS else (use.name.encode(), *key)
        signer = self._memory.get(known)
        if signer is None or not signer.not_before <= at <= signer.not_after:
            try:
                signer = self._examine(certificates, key[0].hex(), at, use, allowed)
            except SignatureRefusal:
                raise
            except Exception as error:  # any error of the library over a hostile one: fail closed, and by name
                kind = type(error).__name__
                raise refusal(Verdict.MALFORMED, "certificates that can be processed", kind, 6) from None
            self._memory.put(known, signer)
        elif allowed is not None:
            allowed(signer.sha256)  # 6.4
        for link in signer.links:
            self._check_revocation(link, at)  # 6.6
        return signer

    def _check_revocation(self, link: Link, at: Millis) -> None:
        check_not_revoked(self._lists, link, at, self.grace, self._passed_over.get(link.issuer, "none"))

    def _examine(
        self,
        certificates: Sequence[bytes],
        sha256: str,
        at: Millis,
        use: Use,
        allowed: Callable[[str], None] | None,
    ) -> Signer:
        leaf, *others = _parse(certificates)  # 6.1
        key = allowed_key(leaf)  # 6.2
        use.check(leaf)  # 6.3
        if allowed is not None:
            allowed(sha256)  # 6.4
        path = self._path(leaf, others, at)  # 6.5
        if path[: len(others) + 1] != [leaf, *others]:
            raise _untrusted("certificates in the order of the path, and no others")
        return Signer(
            certificate=leaf,
            sha256=sha256,
            key=key,
            logs_in=has_usage(leaf, TO_LOG_IN),
            links=tuple(Link.of(c, authority_of(ca)) for c, ca in pairwise(path)),
            not_before=max(millis(c.not_valid_before_utc) for c in path),
            not_after=min(millis(c.not_valid_after_utc) for c in path),
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
            raise self._no_path(reason, leaf, others)
        try:
            self._validate(leaf, others, nearest)
        except VerificationError:
            raise self._no_path(reason, leaf, others) from None
        if at > end:
            raise refusal(Verdict.CERTIFICATE_EXPIRED, f"use up to {iso_utc(Millis(end))}", iso_utc(at), 6)
        raise refusal(Verdict.CERTIFICATE_NOT_YET_VALID, f"use from {iso_utc(Millis(start))}", iso_utc(at), 6)

    def _validate(self, leaf: x509.Certificate, others: list[x509.Certificate], at: Millis) -> list[x509.Certificate]:
        if self._policy is None:
            raise VerificationError("no trust anchors")
        steps = ladder(leaf, (*others, *self.intermediates), at)
        return self._policy.time(to_datetime(at)).build_client_verifier().verify(leaf, steps).chain

    def _dates(self, leaf: x509.Certificate, others: Iterable[x509.Certificate]) -> tuple[int, int]:
        """The interval in which all certificates are in date that lead up from `leaf` by name."""
        up = self._by_name(leaf, others)
        return max(millis(c.not_valid_before_utc) for c in up), min(millis(c.not_valid_after_utc) for c in up)

    def _by_name(self, leaf: x509.Certificate, others: Iterable[x509.Certificate]) -> list[x509.Certificate]:
        """`leaf` and the certificates that lead up from it by name, each once: a root last, where there is one."""
        by_name = {c.subject: c for c in (*self.intermediates, *others, *self.roots)}
        up, current, seen = list[x509.Certificate](), leaf, set[bytes]()
        while (mark := current.fingerprint(hashes.SHA256())) not in seen:
            seen.add(mark)
            up.append(current)
            current = by_name.get(current.issuer, current)
        return up

    def _no_path(self, reason: str, leaf: x509.Certificate, others: Iterable[x509.Certificate]) -> SignatureRefusal:
        """Why there is no path, the most telling reason first; `reason` is the library's, and for us alone."""
        if not self.roots:
            return _untrusted("no trust anchors")
        up = self._by_name(leaf, others)
        trusted = up[-1] in self.roots
        for one in up[:-1] if trusted else up:
            digest = one.signature_hash_algorithm
            if digest is not None and not isinstance(digest, SIGNED_WITH):
                found = f"{_called(one)} is signed with {digest.name.upper().replace('SHA1', 'SHA-1')}"
                return refusal(Verdict.ALGORITHM_FORBIDDEN, "certificates signed with SHA-2", found, 6)
        if not trusted:
            return _untrusted(f"the issuer {shortened(up[-1].issuer)} is not among the anchors")
        for below, above in pairwise(up):
            if not issued(above, below):
                return _untrusted(f"{_called(below)} was not signed by that {_called(above)}")
        return _untrusted(next((said for word, said in _RULES if word in reason), _OTHER_RULE))


def ladder(leaf: x509.Certificate, known: Iterable[x509.Certificate], at: Millis) -> list[x509.Certificate]:
    """Those of `known` that lead up from `leaf`, by name and by signature: of each authority (name and key) one
    certificate, the first that is in date at `at`, else the first. VerificationError where too much would have to be
    tried: names that say nothing cost the verifier that follows them."""
    by_name: dict[x509.Name, list[x509.Certificate]] = {}
    for ca in known:
        by_name.setdefault(ca.subject, []).append(ca)
    steps: dict[bytes, x509.Certificate] = {}
    below = [leaf]
    tried = 0
    while below:
        current = below.pop()
        for ca in by_name.get(current.issuer, ()):
            tried += 1
            if tried > _MOST_TRIED:
                raise VerificationError(f"more than {_MOST_TRIED} certificates of the names that lead up")
            if not issued(ca, current):
                continue
            authority = authority_of(ca)
            if authority not in steps:
                below.append(ca)
            elif _in_date(steps[authority], at) or not _in_date(ca, at):
                continue
            steps[authority] = ca
    return list(steps.values())


def _in_date(ca: x509.Certificate, at: Millis) -> bool:
    return millis(ca.not_valid_before_utc) <= at <= millis(ca.not_valid_after_utc)


def issued(ca: x509.Certificate, below: x509.Certificate) -> bool:
    """Whether the key of `ca` signed `below`, which names it as its issuer."""
    try:
        if not isinstance(ca.public_key(), (ec.EllipticCurvePublicKey, rsa.RSAPublicKey)):
            return False
        below.verify_directly_issued_by(ca)
    except Exception:  # InvalidSignature, and the library's errors over a hostile one: no way up
        return False
    return True


SIGNED_WITH: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

_OTHER_RULE: Final = "a path that breaks a rule of RFC 5280"
_RULES: Final = (
    ("more than", "too many certificates of the names that lead up"),
    ("without keyCertSign", "a CA certificate whose keyUsage lacks keyCertSign"),
    ("path length", "a path that is longer than a CA certificate allows"),
    ("max chain depth", "a path that is longer than a CA certificate allows"),
    ("basicConstraints", "an issuer that is no CA"),
    ("asicConstraints", "an issuer that is no CA"),
    ("ame constraint", "a name that a CA certificate excludes"),
    ("critical extension", "a critical extension that is not understood"),
    ("public key", "a CA key of a kind that is not allowed"),
    ("signature algorithm", "a certificate signed with an algorithm that is not allowed"),
)
"""By words in the library's reason, which is made for its developers and never shown."""


def shortened(name: x509.Name) -> str:
    """A name for people: its common name, else all of it."""
    common = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(common[0].value)[:120] if common else name.rfc4514_string()[:120]


def _called(certificate: x509.Certificate) -> str:
    return f"certificate {shortened(certificate.subject)}"


def _untrusted(found: str) -> SignatureRefusal:
    return refusal(Verdict.CERTIFICATE_UNTRUSTED, "a path to a trusted root", found, 6)


def _parse(certificates: Sequence[bytes]) -> list[x509.Certificate]:
    try:
        return [foreign.certificate(der) for der in certificates]
    except foreign.TooCostly as error:
        raise refusal(Verdict.ALGORITHM_FORBIDDEN, error.expected, error.found, 6) from None
    except foreign.Unreadable as error:
        raise refusal(Verdict.MALFORMED, "X.509 certificates", str(error), 6) from None


def _demands() -> PolicyBuilder:
    """The demands of 6.5 on every CA; 6.3 has looked at the signer's own certificate."""

    def signs_certificates(_: Policy, __: x509.Certificate, usage: x509.KeyUsage) -> None:
        if not usage.key_cert_sign:
            raise ValueError("a CA without keyCertSign")

    authority = (
        ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, Criticality.CRITICAL, None)
        .require_present(x509.KeyUsage, Criticality.AGNOSTIC, signs_certificates)
    )
    builder = PolicyBuilder().max_chain_depth(_DEEPEST)
    return builder.extension_policies(ca_policy=authority, ee_policy=ExtensionPolicy.permit_all())
