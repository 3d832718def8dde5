"""Leaders who sign, as records of the wire."""

from __future__ import annotations

from hub.core.wire import Wire


class LeaderLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Documents with a PDF of one agency, a tier or all, by their signatures: `leader` a person's valid
    signature, `agency` an agency's alone, `faulty` none that holds, `unsigned` none, `unread` not examined. `agencies`
    sent one that was read, of `agencies_signing` a person signed at least once. Shares: leader ÷ read, agencies_signing
    ÷ agencies; absent where there is nothing to divide by."""

    key: str
    name: str = ""
    leader: int = 0
    agency: int = 0
    faulty: int = 0
    unsigned: int = 0
    unread: int = 0
    agencies: int = 0
    agencies_signing: int = 0
    share_documents: float | None = None
    share_agencies: float | None = None


class LeaderFigures(Wire, frozen=True, kw_only=True):
    """Leaders who sign, of the months from `first` to `last`. `state`: on, or off where this hub reads no attachments.
    `behind`: documents that were not looked at yet. `lines`: of single agencies, by code, with `cursor` for more."""

    state: str
    first: str
    last: str
    behind: int
    defined_vi: str
    defined_en: str
    total: LeaderLine
    tiers: list[LeaderLine]
    lines: list[LeaderLine]
    cursor: str = ""
