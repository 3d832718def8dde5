"""National reporting on the wire: regimes, agencies that have sent, sums with their holes, drafts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

import msgspec

from hub.core.model import Tier
from hub.core.wire import Wire
from hub.core.wire_report import RegimeFigure

_Count = Annotated[int, msgspec.Meta(ge=0)]
Whole = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
"""A figure: as in the packet `report/1`."""
EXACT: Final = 2**53
"""Whole numbers up to here are the same to every reader of JSON."""
Short = Annotated[str, msgspec.Meta(max_length=40)]
Code = Annotated[str, msgspec.Meta(max_length=64)]


class RegimeBrief(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`owner`: the agency that sent it down, empty for one that comes with the hub. `figures_from`: `record` where the
    hub fills it by itself."""

    code: str
    owner: str = ""
    kind: str
    vi: str
    en: str
    basis: str
    receiver: str
    spans: list[str]
    figures_from: str = ""
    version: int = 1


class Regimes(Wire, frozen=True, kw_only=True):
    items: list[RegimeBrief]


class IndicatorTold(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`aggregation`: sum, ratio (of `part` and `whole`) or text."""

    code: str
    vi: str
    en: str
    unit: str = ""
    aggregation: str
    part: str = ""
    whole: str = ""


class IdentityTold(Wire, frozen=True, kw_only=True):
    """`total` is the sum of `parts`."""

    total: str
    parts: list[str]


class TierAsked(Wire, frozen=True, kw_only=True):
    """`due`: as the rule names it, `moved`: the working day that it falls on, `deadline`: the one that binds.
    `reporters`: those that report to the caller, by code; `working_days`: between cut-off and deadline."""

    tier: Tier
    due: date
    moved: date
    deadline: date
    working_days: _Count
    reporters: list[str]


class RegimeTold(Wire, frozen=True, kw_only=True):
    """A regime, and of the period that was asked for its window and deadlines, tier by tier. `binds`: which day counts
    where a deadline falls on a day off, `named` or `moved`."""

    regime: RegimeBrief
    binds: str
    values: list[str]
    rows_vi: str
    rows_en: str
    indicators: list[IndicatorTold]
    identities: list[IdentityTold]
    period: str
    first: date | None
    last: date | None
    tiers: list[TierAsked]


class ReportCount(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Of a tier, or of all (no `tier`). expected = in_time + late + waited_for + overdue; sent = in_time + late."""

    tier: Tier | None = None
    expected: _Count
    sent: _Count
    accepted: _Count
    returned: _Count
    in_time: _Count
    late: _Count
    waited_for: _Count
    overdue: _Count


class ReportLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """One report on a day. `state`: CHUA_NOP, DA_NOP, DA_DUYET, TRA_LAI; `how`: in-time, late, waited-for, overdue.
    `document`: the identifier of the document that brought the latest version, whose receipt is its evidence."""

    reporter: str
    name: str
    tier: Tier | None = None
    state: str
    how: str
    due: date | None = None
    deadline: date | None = None
    first_sent: date | None = None
    version: int = 0
    returns: int = 0
    chased: int = 0
    reason: str = ""
    document: str = ""


class ReportTable(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The agencies that have sent and those that are late, for one receiver. Counts are of all; `lines` are a page of
    those asked for."""

    regime: str
    owner: str = ""
    period: str
    receiver: str
    day: date
    first: date | None = None
    last: date | None = None
    total: ReportCount
    tiers: list[ReportCount]
    lines: list[ReportLine]
    cursor: str = ""


class SumHole(Wire, frozen=True, kw_only=True):
    """An agency whose figures are in no sum."""

    code: str
    name: str


class SumRow(Wire, frozen=True, kw_only=True):
    row: str
    figures: list[RegimeFigure]


class MilestoneTold(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`percent` of `of` is wanted before a day; `reached` is left out where there is nothing to be a share of. `asked`:
    whether that day had come within the figures' days."""

    before: date
    figure: str
    of: str
    percent: int
    part: int | None = None
    whole: int | None = None
    reached: float | None = None
    met: bool
    asked: bool


class AgencyFigures(Wire, frozen=True, kw_only=True):
    """`whole`: of the agency and all below it."""

    agency: str
    name: str
    whole: bool
    figures: list[RegimeFigure]
    wrong: _Count


class ReportSums(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Sums over all who report to a receiver and to those below it, and who is in them: of all, on every page. A ratio
    is computed from sums. `missing`: whose figures are not in them. `agencies`: a page of those that reported to the
    receiver, by code; `wrong`: faults in the figures of such a report."""

    regime: str
    owner: str
    period: str
    receiver: str
    value: str
    figures: list[RegimeFigure]
    rows: list[SumRow]
    agencies: list[AgencyFigures]
    reported: _Count
    missing: list[SumHole]
    milestones: list[MilestoneTold]
    cursor: str = ""


class FigureTold(Wire, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    indicator: Short
    row: Annotated[str, msgspec.Meta(max_length=200)] = ""
    plan: Whole | None = None
    estimate: Whole | None = None
    actual: Whole | None = None


class NarrativeTold(Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    indicator: Short
    text: Annotated[str, msgspec.Meta(max_length=20_000)]


class ReportTold(Wire, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The members of the packet `report/1`."""

    regime: Short
    owner: Code = ""
    period: Annotated[str, msgspec.Meta(max_length=16)]
    receiver: Code
    version: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    scope: Short = "own"
    figures: Annotated[tuple[FigureTold, ...], msgspec.Meta(max_length=5_000)] = ()
    texts: Annotated[tuple[NarrativeTold, ...], msgspec.Meta(max_length=500)] = ()
    missing: Annotated[tuple[Code, ...], msgspec.Meta(max_length=12_000)] = ()
    source: Short = ""


class WrongTold(Wire, frozen=True, kw_only=True):
    """A figure that cannot be, or a cell: `place` is an indicator with its row and value, or `G7`."""

    place: str
    found: str
    vi: str
    en: str


class FilledReport(Wire, frozen=True, kw_only=True):
    """A report that is not sent yet. `origin`: record, below (summed from those who report to the agency), draft,
    sheet, returned (the version that came back), empty. `file`: the name of the attachment that its packet travels as.
    `revision`: of the agency's draft, 0 where there is none."""

    report: ReportTold
    origin: str
    wrong: list[WrongTold]
    state: str
    due: date | None
    file: str
    revision: int = 0


class DraftWrite(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """`state`: NHAP, or CHO_DUYET_DON_VI for one that waits for approval. `revision`: of the draft that this replaces,
    0 for a new one."""

    report: ReportTold
    state: Short = "NHAP"
    revision: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class DraftTold(Wire, frozen=True, kw_only=True, omit_defaults=True):
    regime: str
    owner: str = ""
    period: str
    receiver: str
    state: str
    revision: int
    at: str
    by: str
    note: str = ""


class Drafts(Wire, frozen=True, kw_only=True):
    items: list[DraftTold]
