"""Agencies and their certificates."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.core.wire.base import Digest, Wire
from hub.core.wire_words import SignaturePolicy, SignatureProfile, Tier


class Certificate(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A registered certificate: SHA-256 over the DER, and the DER in base64."""

    sha256: Digest
    der: str
    added: str = ""
    withdrawn: str = ""


class Agency(Wire, frozen=True, kw_only=True, omit_defaults=True):
    code: str
    name: str
    tier: Tier
    code_qd20: str = ""
    parent: str = ""
    short_name: str = ""
    email: str = ""
    address: str = ""
    valid_from: str = ""
    valid_to: str = ""
    successor: str = ""
    centre: str = ""
    suspended: bool = False
    signature_policy: SignaturePolicy = "strict"
    signature_profile: SignatureProfile = "strict"
    certificates: list[Certificate] = []
    heirs: list[str] = []


class Agencies(Wire, frozen=True, kw_only=True, omit_defaults=True):
    items: list[Agency]
    total: int
    cursor: str = ""


class AgencyChanges(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Entries to add or to replace whole, by code (operator only)."""

    agencies: Annotated[list[Agency], msgspec.Meta(min_length=1, max_length=200_000)]


class Changed(Wire, frozen=True, kw_only=True, omit_defaults=True):
    changes: int
