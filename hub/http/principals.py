"""Callers that are no agency, by the certificates that are appointed: operators and auditors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from hub.core.errors import SignatureRefusal, Unauthenticated
from hub.core.evidence.appointments import Holder, Standing
from hub.core.model import Millis
from hub.core.signature import jws
from hub.core.signature.anchors import Anchors

TO_LOG_IN: Final = "a certificate with keyUsage digitalSignature"
SIGNS_ONLY: Final = "one that signs documents only"


class Principals(msgspec.Struct, frozen=True):
    """Callers that are no agency: SHA-256 (hex) of the certificate → its holder and role, and the DER."""

    held: Mapping[str, tuple[Holder, bytes]]

    @property
    def standing(self) -> Standing:
        return {digest: holder for digest, (holder, _) in self.held.items()}

    def role_of(self, kid: str) -> str | None:
        return self.held[kid][0].role if kid in self.held else None

    def among(self, standing: Standing) -> Principals:
        """Those of these that have the same role by another's word."""
        return Principals({digest: held for digest, held in self.held.items() if standing.get(digest) == held[0]})

    def good(self, digest: str, role: str, anchors: Anchors, at: Millis) -> jws.KeySource:
        """The key of an appointed certificate that is good now, by the same checks as an agency's. Unauthenticated."""
        holder, der = self.held.get(digest, (None, b""))
        if holder is None or holder.role != role:
            raise Unauthenticated(expected=f"a certificate of an appointed {role}", found=digest[:80] or "none")
        try:
            signer = anchors.signer([der], at)
        except SignatureRefusal as error:
            found = f"{error.code}: {error.found}"[:160]
            raise Unauthenticated(expected=f"an {role}'s certificate that is good now", found=found) from None
        if not signer.logs_in:
            raise Unauthenticated(expected=TO_LOG_IN, found=SIGNS_ONLY)
        return signer.key
