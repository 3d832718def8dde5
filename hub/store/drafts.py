"""Reports that an agency has begun and not sent: its own papers, and no evidence. A sent report is a document."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from hub.core.model import Millis

MOST_OF_ONE: Final = 500
"""Drafts of one agency."""


class DraftKey(msgspec.Struct, frozen=True):
    """Whose, of which regime (`owner` empty: one that comes with the project) and period, and for whom."""

    agency: str
    regime: str
    owner: str
    period: str
    receiver: str


class ReportDraft(msgspec.Struct, frozen=True, kw_only=True):
    """state: NHAP or CHO_DUYET_DON_VI. `revision` counts from 1, so that nobody overwrites what another has just
    written. body: the packet `report/1` as JSON. at, by: time and author of the last change."""

    key: DraftKey
    state: str
    revision: int
    at: Millis
    by: str
    note: str = ""
    body: bytes


class WritesDrafts(Protocol):
    """Of a transaction."""

    def report_draft(self, key: DraftKey) -> ReportDraft | None: ...
    def report_drafts(self, agency: str) -> list[ReportDraft]:
        """Without their bodies."""

    def put_report_draft(self, row: ReportDraft) -> None:
        """Add it, or replace the one of that key."""

    def drop_report_draft(self, key: DraftKey) -> None: ...


class ReadsDrafts(Protocol):
    """Of a store."""

    async def report_draft(self, key: DraftKey) -> ReportDraft | None: ...
    async def report_drafts(self, agency: str) -> list[ReportDraft]:
        """Of this agency, in the order of their keys, without their bodies."""
