"""An operator's changes of the directory, before anybody makes them: the entry as it would be, and what that changes.

The command line and the console prepare a change by these functions, show it, ask, and make exactly the change that
was shown. Whatever they bring is checked once more by the directory itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec.structs import replace

from hub.core.directory import entries as directory_entries
from hub.core.directory.diff import Change, diff
from hub.core.directory.files import Entry
from hub.core.errors import DirectoryRefusal
from hub.core.model import Agency, Millis, RegisteredCertificate
from hub.core.signature import foreign
from hub.core.signature.archive import is_authority


def changes(known: Mapping[str, Agency], new: Sequence[Agency]) -> list[Change]:
    """Of these entries, by code."""
    return diff((known[a.code] for a in new if a.code in known), new)


def differing(registered: Callable[[str], Agency | None], entries: Iterable[Entry]) -> list[Agency]:
    """The agencies that the entries of a file change or add. DirectoryRefusal for new ones that state too little."""
    merged = directory_entries.merge(registered, entries)
    return [agency for agency in merged if registered(agency.code) != agency]


def ended(agency: Agency, last_day: date, successor: str, heirs: tuple[str, ...] = ()) -> Agency:
    """It sends and receives until that day; its documents go to the successor from then on."""
    return replace(agency, valid_to=last_day, successor=successor, heirs=heirs)


def certified(agency: Agency, certificate: x509.Certificate, at: Millis) -> Agency:
    """With that certificate beside those that it has; unchanged where it has it. DirectoryRefusal for one that was
    withdrawn."""
    der = certificate.public_bytes(Encoding.DER)
    digest = hashlib.sha256(der).hexdigest()
    for one in agency.certificates:
        if one.sha256 == digest and one.withdrawn is None:
            return agency
        if one.sha256 == digest:
            raise DirectoryRefusal(expected="a certificate that was not withdrawn", found=digest)
    return replace(agency, certificates=(*agency.certificates, RegisteredCertificate(digest, der, at)))


def own_certificate(data: bytes) -> x509.Certificate:
    """The one certificate of a file (DER or PEM) that may belong to an agency. CAs hand out the chain with it: whoever
    may issue certificates is no agency. ValueError."""
    if len(data) > foreign.MAX_FILE:
        raise foreign.TooCostly(f"at most {foreign.MAX_FILE} bytes", str(len(data)))
    if b"-----BEGIN" not in data:
        return foreign.certificate(data)
    found = [c for c in foreign.certificates_in_pem(data) if not is_authority(c)]
    if len(found) != 1:
        raise foreign.Unreadable(f"{len(found)} certificates; one is wanted, the agency's own")
    return found[0]


def check_affordable(given: Iterable[Agency], registered: Callable[[str], Agency | None]) -> None:
    """DirectoryRefusal for a new certificate that would cost its users too much. One that cannot be read at all is
    nobody's key, and does no harm."""
    for entry in given:
        known = registered(entry.code)
        held = {certificate.sha256 for certificate in known.certificates} if known is not None else set()
        for certificate in entry.certificates:
            if certificate.sha256 not in held:
                try:
                    foreign.certificate(certificate.der)
                except foreign.Unreadable:
                    continue
                except foreign.TooCostly as error:
                    raise DirectoryRefusal(expected=error.expected, found=f"{entry.code}: {error.found}") from None
