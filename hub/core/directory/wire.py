"""Entries of the directory as the wire writes them, and back: times as RFC 3339, certificates as base64."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import date

from hub.core import wire
from hub.core.model import (
    Agency,
    Millis,
    RegisteredCertificate,
    SignaturePolicy,
    SignatureProfile,
    Tier,
    from_iso_utc,
    iso_utc,
)

_SAME = (
    "code", "name", "code_qd20", "parent", "short_name", "email", "address", "successor", "centre",
    "suspended",
)  # fmt: skip
"""Members that are the same on both sides."""


def to_wire(agency: Agency, *, certificates: bool = True) -> wire.Agency:
    """The record that `PUT /v1/agencies` takes; without its certificates where a list would grow too long."""
    return wire.Agency(
        **{name: getattr(agency, name) for name in _SAME},
        tier=agency.tier.value,
        valid_from=_day(agency.valid_from),
        valid_to=_day(agency.valid_to),
        signature_policy=agency.signature_policy.value,
        signature_profile=agency.signature_profile.value,
        certificates=[certificate_to_wire(c) for c in agency.certificates] if certificates else [],
        heirs=list(agency.heirs),
    )


def certificate_to_wire(certificate: RegisteredCertificate) -> wire.Certificate:
    withdrawn = certificate.withdrawn
    return wire.Certificate(
        sha256=certificate.sha256,
        der=b64encode(certificate.der).decode("ascii"),
        added=iso_utc(Millis(certificate.added)) if certificate.added else "",
        withdrawn=iso_utc(Millis(withdrawn)) if withdrawn is not None else "",
    )


def from_wire(record: wire.Agency) -> Agency:
    """The entry that a record describes. ValueError where a member is none of its kind."""
    return Agency(
        **{name: getattr(record, name) for name in _SAME},
        tier=Tier(record.tier),
        valid_from=_read_day(record.valid_from),
        valid_to=_read_day(record.valid_to),
        signature_policy=SignaturePolicy(record.signature_policy),
        signature_profile=SignatureProfile(record.signature_profile),
        certificates=tuple(_read_certificate(c) for c in record.certificates),
        heirs=tuple(record.heirs),
    )


def _read_certificate(record: wire.Certificate) -> RegisteredCertificate:
    return RegisteredCertificate(
        sha256=record.sha256,
        der=b64decode(record.der, validate=True),
        added=from_iso_utc(record.added) if record.added else 0,
        withdrawn=from_iso_utc(record.withdrawn) if record.withdrawn else None,
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _read_day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
