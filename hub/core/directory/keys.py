"""Whose keys count: of those registered for agencies, the ones that the anchors vouch for at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from hub.core.directory.snapshot import Directory
from hub.core.errors import SignatureRefusal
from hub.core.model import Millis
from hub.core.signature import jws
from hub.core.signature.anchors import Anchors


def keys_of(
    directory: Directory, anchors: Anchors, agencies: Iterable[str], at: Millis, *, to_log_in: bool = False
) -> Mapping[str, jws.KeySource]:
    """SHA-256 (hex) of certificate → public key, of every certificate that these agencies may sign with at `at`, or
    ask for a token with. A suspended agency may sign with none, no matter which caller brings its signature."""
    keys: dict[str, jws.KeySource] = {}
    for agency in filter(None, map(directory.get, agencies)):
        if agency.suspended:
            continue
        usable = agency.certificate_ids(at)
        for certificate in agency.certificates:
            if certificate.sha256 in usable:
                # An expired or revoked certificate is no key; that another of them is good is enough.
                with suppress(SignatureRefusal):
                    signer = anchors.signer([certificate.der], at)
                    if signer.logs_in or not to_log_in:
                        keys[certificate.sha256] = signer.key
    return keys
