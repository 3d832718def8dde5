"""Trust anchors for looking back: was this certificate good on that day, when today its list is gone?

The rule: who verifies years later has the roots, and revocation lists of then that travel with the proof; perhaps
lists of his own, of now. A list counts if a CA of the path signed it, wherever it comes from. For a certificate of the
path at a time `at`:

1. If any list says that it was revoked at `at` or before, it was: also a list made later, for a theft is often found
   later than it happened.
2. Otherwise some list has to speak for it: made before the certificate expired, and at `at` not older than its next
   update plus the grace period.
3. If none does, the state is unknown, and unknown is a refusal.

Checks 6.1 to 6.4 of `anchors` stay as they are, at the same `at`.
"""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509

from hub.core.anchors import Anchors
from hub.core.dsig_profile import refusal
from hub.core.errors import SignatureRefusal, Verdict
from hub.core.model import Millis
from hub.core.revocation import Link, RevocationList, check_not_revoked, extension_of, newest


class Archive(Anchors):
    """`anchors` are the verifier's own; `certificates` and `crls` came with the proof and are believed in nothing that
    the anchors do not sign."""

    def __init__(
        self,
        anchors: Anchors,
        certificates: Iterable[x509.Certificate] = (),
        crls: Iterable[x509.CertificateRevocationList] = (),
    ) -> None:
        authorities = [certificate for certificate in certificates if _is_authority(certificate)]
        super().__init__(anchors.roots, (*anchors.intermediates, *authorities), anchors.offered, grace=anchors.grace)
        self._of: dict[bytes, list[RevocationList]] = {}
        for crl in dict.fromkeys((*anchors.crls, *anchors.offered, *crls)):
            for authority, entry in newest(self._authorities, {}, [crl]).items():
                self._of.setdefault(authority, []).append(entry)

    def _check_revocation(self, link: Link, at: Millis) -> None:
        unknown = refusal(Verdict.REVOCATION_UNKNOWN, "a revocation list of the issuer, of that time", "none", 6)
        answered = False
        for entry in self._of.get(link.issuer, ()):
            try:
                check_not_revoked({link.issuer: entry}, link, at, self.grace)
                answered = True
            except SignatureRefusal as error:
                if error.verdict is Verdict.CERTIFICATE_REVOKED:
                    raise
                unknown = error
        if not answered:
            raise unknown


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        constraints = extension_of(certificate, x509.BasicConstraints)
    except ValueError:
        return False
    return constraints is not None and constraints.ca
