"""Trust anchors for looking back: was this certificate good on that day, when today its list is gone?

The rule: a verifier of later years has the roots, and revocation lists of then that travel with the proof; perhaps
lists of his own, of now. A list counts if a CA of the path signed it, wherever it comes from. For a certificate of the
path at a time `at`:

1. If any list says that it was revoked at `at` or before, it was: also a list made later, for a theft is often found
   later than it happened.
2. Otherwise some list has to speak for it: made before the certificate expired, and at `at` not older than its next
   update plus the grace period.
3. If none does, the state is unknown, and unknown is a refusal.

Checks 6.1 to 6.5 of `anchors` stay as they are, at the same `at`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hub.core.errors import SignatureRefusal, Verdict
from hub.core.model import Millis
from hub.core.signature import foreign
from hub.core.signature.anchors import Anchors, issued
from hub.core.signature.profile import refusal
from hub.core.signature.revocation import History, Link, RevocationList, authority_of, extension_of, signed, speaks_for


class Archive(Anchors):
    """`anchors` are the verifier's own; `certificates` and `crls` came with the proof and are believed in nothing that
    the anchors do not sign."""

    def __init__(
        self,
        anchors: Anchors,
        certificates: Iterable[x509.Certificate] = (),
        crls: Iterable[x509.CertificateRevocationList] = (),
    ) -> None:
        authorities = led_up((*anchors.roots, *anchors.intermediates), filter(is_authority, certificates))
        super().__init__(anchors.roots, (*anchors.intermediates, *authorities), anchors.offered, grace=anchors.grace)
        of: dict[bytes, dict[frozenset[str], list[RevocationList]]] = {}
        every = {crl.fingerprint(hashes.SHA256()): crl for crl in (*anchors.crls, *anchors.offered, *crls)}
        for authority, entry in signed(self._authorities, every.values()):
            of.setdefault(authority, {}).setdefault(entry.points, []).append(entry)
        self._of = {
            authority: {points: History(lists) for points, lists in parts.items()} for authority, parts in of.items()
        }

    def _check_revocation(self, link: Link, at: Millis) -> None:
        parts = self._of.get(link.issuer, {})
        histories = [history for points, history in parts.items() if speaks_for(points, link)]
        for history in histories:
            history.check_not_listed(link, at)
        unknown = refusal(Verdict.REVOCATION_UNKNOWN, "a revocation list of the issuer, of that time", "none", 6)
        for history in histories:
            try:
                return history.check_spoken_for(link, at, self.grace)
            except SignatureRefusal as error:
                unknown = error
        raise unknown


def led_up(known: Iterable[x509.Certificate], offered: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """Those of `offered` that a certificate of `known` issued, or one that was found so. Each is tried with the known
    of its issuer's name alone, and an authority that is not led up to adds nothing to them: so certificates that
    strangers put beside the proof cost one signature each, and names that say nothing cost nothing more."""
    waiting: dict[bytes, list[x509.Certificate]] = {}
    for certificate in offered:
        waiting.setdefault(certificate.issuer.public_bytes(), []).append(certificate)
    found: list[x509.Certificate] = []
    above = {(ca.subject.public_bytes(), authority_of(ca)): ca for ca in known}
    unasked = list(above.values())
    while unasked:
        ca = unasked.pop()
        name = ca.subject.public_bytes()
        rest = []
        for certificate in waiting.get(name, ()):
            if not issued(ca, certificate):
                rest.append(certificate)
                continue
            found.append(certificate)
            key = (certificate.subject.public_bytes(), authority_of(certificate))
            if key not in above:
                above[key] = certificate
                unasked.append(certificate)
        waiting[name] = rest
    return found


def read_pem_or_der(
    data: bytes,
) -> tuple[list[x509.Certificate], list[x509.CertificateRevocationList]]:
    """The certificates and revocation lists in a file: PEM blocks of either kind, or one of them in DER, or a PKCS#7
    bundle of certificates. Both empty where there is neither; ValueError for a block that is damaged."""
    blocks = list(_blocks(data))
    if blocks:
        certificate, trusted, crl, bundle = _KINDS
        alone = [(block.replace(trusted, certificate), kind) for block, kind in blocks]
        found = [foreign.certificates_in_pem(block)[0] for block, kind in alone if kind in (certificate, trusted)]
        found += [one for block, kind in blocks if kind == bundle for one in foreign.certificates_in_pkcs7(block)]
        return found, [foreign.revocation_list_in_pem(block) for block, kind in blocks if kind == crl]
    try:
        return [foreign.certificate(data)], []
    except foreign.Unreadable:
        pass
    except foreign.TooCostly:
        if len(data) <= foreign.MAX_CERTIFICATE:
            raise
    try:
        return [], [foreign.revocation_list(data)]
    except foreign.Unreadable:
        pass
    try:
        return foreign.certificates_in_pkcs7(data), []
    except foreign.Unreadable:
        return [], []


_BEGIN: Final = b"-----BEGIN "
_KINDS: Final = (b"CERTIFICATE-----", b"X509 CERTIFICATE-----", b"X509 CRL-----", b"PKCS7-----")
_END: Final = b"-----END "


def _blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each PEM block with its kind, in one pass: a kind whose last end has passed is not searched for again."""
    kinds = set(_KINDS)
    at = data.find(_BEGIN)
    while at >= 0:
        start = at + len(_BEGIN)
        kind = next(
            (k for k in kinds if data.startswith(k, start) and data[start + len(k) : start + len(k) + 1].isspace()), b""
        )
        end = data.find(_END + kind, start) if kind else -1
        if end >= 0:
            start = end + len(_END + kind)
            yield data[at:start], kind
        else:
            kinds.discard(kind)
        at = data.find(_BEGIN, start)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it says that it may issue certificates."""
    try:
        constraints = extension_of(certificate, x509.BasicConstraints)
    except ValueError:
        return False
    return constraints is not None and constraints.ca
