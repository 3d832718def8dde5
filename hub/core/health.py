"""The limits that a hub runs into: room on the disk, certificates, revocation lists, the patience of those that wait.
Pure.

    Measured   the findings, as times in Millis and bytes
    Bounds     from where on the hub says that it is not ready
    unwell     which of them is passed, in a word and a sentence

A list counts by when it stops being believed: its next update and the settings' grace. Where a CA has several, one that
ended speaks for nobody any more; the hub is unwell when all have, for then no signature can be judged.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from hub.core.model import Millis, iso_utc

SEAL: Final = "seal"
TLS: Final = "tls"
CAS: Final = "anchors"
CERTIFICATES: Final = (SEAL, TLS, CAS)
"""Whose certificate: the hub's seal, its TLS, and of the CAs that it trusts the one that ends first."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """`certificates`: when each ends, by name. `lists`: when each is no longer believed. `oldest`: when the document
    that waits longest was placed, by lane. None: nobody could tell."""

    disk_free: int | None = None
    certificates: dict[str, Millis] = {}
    lists: tuple[Millis, ...] = ()
    oldest: dict[int, Millis] = {}


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """In bytes and ms. `waiting` 0: however long a document waits, the hub itself is well."""

    disk_free: int = 0
    certificate: int = 0
    crl: int = 0
    waiting: int = 0


class Unwell(NamedTuple):
    status: str
    reason: str


def unwell(measured: Measured, bounds: Bounds, at: Millis) -> Unwell | None:
    """The first bound that is passed; None where none is."""
    if measured.disk_free is not None and measured.disk_free < bounds.disk_free:
        return Unwell("disk-low", f"{measured.disk_free} bytes are free, at least {bounds.disk_free} are wanted")
    for name in (SEAL, TLS):  # a CA that ends is told by its metric: others may go on
        ends = measured.certificates.get(name)
        if ends is not None and ends - bounds.certificate <= at:
            return Unwell("certificate-ending", f"the certificate of {name} ends {iso_utc(ends)}")
    if measured.lists and (last := max(measured.lists)) - bounds.crl <= at:
        return Unwell("crl-ending", f"the last revocation list is believed until {iso_utc(last)}")
    if bounds.waiting and measured.oldest:
        lane, since = min(measured.oldest.items(), key=lambda pair: pair[1])
        if since + bounds.waiting <= at:
            return Unwell("waiting-long", f"a document of lane {lane} waits since {iso_utc(since)}")
    return None
