"""Rates, tiers, the matrix and the ledger."""

from __future__ import annotations

from hub.core.wire.base import Wire
from hub.core.wire_words import Tier


class Rate(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Documents and deliveries per second, minute or day: the mean over the window, and the busiest one."""

    documents: float
    deliveries: float
    peak_documents: int
    peak_deliveries: int


class TierFigures(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One tier: `share` is the part of its agencies that exchanged documents (98 % over the country, Nov 2022)."""

    tier: Tier
    agencies: int
    exchanged: int
    share: float
    sent: int
    received: int


class Flow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One cell of the 4 × 4 matrix."""

    sender: Tier
    recipient: Tier
    deliveries: int
    handed_over: int


class Latency(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """From submission to hand-over, in milliseconds."""

    measured: int
    p50: int = 0
    p99: int = 0


class LedgerLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """accepted = waiting + handed_over + taken_back + refused + expired; any `difference` but 0 is an alarm."""

    name: str
    accepted: int
    waiting: int = 0
    handed_over: int = 0
    taken_back: int = 0
    refused: int = 0
    expired: int = 0
    difference: int = 0


class Figures(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The report over documents accepted in [since, until)."""

    since: str
    until: str
    documents: int
    deliveries: int
    statuses: int
    bytes: int
    signed: int
    signed_share: float
    per_second: Rate
    per_minute: Rate
    per_day: Rate
    tiers: list[TierFigures]
    matrix: list[Flow]
    latency: Latency
    ledger: list[LedgerLine]
