"""A report of a period on the wire: lines of figures, each with its definition beside it."""

from __future__ import annotations

from datetime import date

from hub.core.model import Tier
from hub.core.wire import Wire


class Definition(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A figure's definition: `code` is its member in a line; `of`, of a share, the code of its denominator."""

    code: str
    vi: str
    en: str
    name_vi: str
    name_en: str
    of: str = ""


class PeriodLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The figures of one unit, of one tier, or of all. Shares are of 1, times in ms; left out where there is nothing
    to divide by or to measure, which is no zero. `folded`: how many units this line stands for, where they are not told
    apart. Always: received = acknowledged + waiting + returned + taken_back + expired."""

    code: str
    name: str
    tier: Tier | None = None
    agencies: int
    exchanging: int
    exchanging_share: float | None = None
    sent: int
    signed: int
    signed_share: float | None = None
    received: int
    acknowledged: int
    acknowledged_share: float | None = None
    waiting: int
    returned: int
    taken_back: int
    expired: int
    fetched: int
    fetch_median: int | None = None
    fetch_p95: int | None = None
    acknowledge_median: int | None = None
    acknowledge_p95: int | None = None
    folded: int = 0


class PeriodStep(Wire, frozen=True, kw_only=True):
    """One day, week, month or quarter of the window, both days included."""

    code: str
    first: date
    last: date
    sent: int
    signed: int
    received: int


class Hole(Wire, frozen=True, kw_only=True):
    """A thing that the figures do not tell. `kind`: not-over, before-record, tier-ended, silent, unmeasured."""

    kind: str
    count: int
    vi: str
    en: str


class PeriodReport(Wire, frozen=True, kw_only=True):
    """Documents accepted from `first` to `last`, both included, as they stood at `as_of`. `units`: ministries,
    provinces, districts and communes, by tier and code; their sums are the tiers' lines."""

    period: str
    first: date
    last: date
    as_of: str
    record_since: str
    total: PeriodLine
    tiers: list[PeriodLine]
    units: list[PeriodLine]
    steps: list[PeriodStep]
    holes: list[Hole]
    definitions: list[Definition]


class RegimeFigure(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An indicator of a regime; `value` of a ratio is in percent, left out where there is nothing to divide by. A sum
    beyond 2^53, which JSON tells not to everybody alike, stands in `digits` in place of `value`."""

    code: str
    vi: str
    en: str
    unit: str = ""
    value: float | None = None
    digits: str = ""


class RegimeReport(Wire, frozen=True, kw_only=True):
    """The report of one agency with all below it under a regime, as it would be. `due`: the last day for it, empty
    where its tier does not report."""

    agency: str
    name: str
    tier: Tier
    due: str
    figures: list[RegimeFigure]


class RegimeReports(Wire, frozen=True, kw_only=True):
    """Figures of a regime out of the hub's own record, per ministry and province, and of all of them together.
    `silent`: agencies that should report and exchanged nothing; theirs are zeros that were counted."""

    regime: str
    vi: str
    en: str
    basis: str
    period: str
    first: date
    last: date
    as_of: str
    total: list[RegimeFigure]
    agencies: list[RegimeReport]
    silent: list[str]
    holes: list[Hole]


class PublicFigures(Wire, frozen=True, kw_only=True):
    """The figures that anybody may have (QĐ 28/2018/QĐ-TTg Art. 14.3). `ever`: since the beginning of the record;
    `quarter`: by tier and unit, where units of few documents are one line; `least`: fewer than so many are few."""

    as_of: str
    record_since: str
    ever: PeriodLine
    months: list[PeriodStep]
    quarter: str
    quarters: list[str]
    first: date
    last: date
    total: PeriodLine
    tiers: list[PeriodLine]
    units: list[PeriodLine]
    holes: list[Hole]
    least: int
    definitions: list[Definition]
