"""A regime (chế độ báo cáo) as data: figures, reporters, receivers, deadlines (NĐ 09/2019/NĐ-CP Art. 9 to 11).

One TOML file a regime, in `regimes/` beside this module or in an administration's own folder. All that the decree asks
a regime to state is required; a statement that no regime has is refused with its place (RegimeFault), for a
deadline that was misspelt would be no deadline.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final

import msgspec

from hub.core.model import Tier
from hub.programmes.reporting.periods import ART_12, DeadlineRule, Span, WindowRule
from hub.programmes.tables import folder

_MOST_INDICATORS: Final = 500


class Kind(StrEnum):
    """Art. 4: at fixed times, on one topic, on an abnormal event."""

    PERIODIC = "dinh_ky"
    TOPICAL = "chuyen_de"
    SUDDEN = "dot_xuat"


class Value(StrEnum):
    """SoLieuKeHoach, SoLieuUocLuong, SoLieuThucHien: three values of one figure, never mixed."""

    PLAN = "plan"
    ESTIMATE = "estimate"
    ACTUAL = "actual"


class Binds(StrEnum):
    """Which day binds where a deadline falls on a day off; the decree is silent, the Civil Code moves it."""

    NAMED = "named"
    MOVED = "moved"


class Aggregation(StrEnum):
    SUM = "sum"
    RATIO = "ratio"
    """Computed again from the sums of its parts; never averaged."""

    TEXT = "text"
    """Stays with whom it is from: texts are listed, not added."""


class Indicator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """code: the column's name in packets; part, whole: of a ratio, the codes that it is computed from, in `percent`."""

    code: str
    vi: str
    en: str
    unit: str = ""
    aggregation: Aggregation = Aggregation.SUM
    part: str = ""
    whole: str = ""


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One figure that is the sum of others, such as 3 = 7 + 11 of form II.06a."""

    total: str
    parts: tuple[str, ...]


class Rows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The breakdown of the figures: fields of procedures, localities. `known`: their names; empty = any."""

    vi: str
    en: str
    known: tuple[str, ...] = ()


class Milestone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a topical regime: the aim before a day, in percent of `of`."""

    before: date
    figure: str
    of: str
    percent: int


class Regime(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """deadlines: by the reporter's tier; a tier that is not named does not report.
    receiver: the code of the agency that the last tier reports to
    figures_from: `record` where the hub fills the figures from its own record
    values: which values of a figure it asks for; `rows`: further breakdowns of figures
    """

    code: str
    kind: Kind
    vi: str
    en: str
    basis: str
    receiver: str
    spans: tuple[Span, ...] = ()
    window: WindowRule = ART_12
    deadlines: dict[Tier, DeadlineRule] = {}
    binds: Binds = Binds.NAMED
    valid_from: date
    valid_to: date | None = None
    indicators: tuple[Indicator, ...]
    identities: tuple[Identity, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    figures_from: str = ""
    values: tuple[Value, ...] = (Value.ACTUAL,)
    rows: Rows | None = None

    def __post_init__(self) -> None:
        for wrong in self._wrong():
            raise ValueError(wrong)

    def _wrong(self) -> Iterator[str]:
        by = {one.code: one for one in self.indicators}
        if len(by) != len(self.indicators) or not 0 < len(by) <= _MOST_INDICATORS:
            yield f"indicators: 1 to {_MOST_INDICATORS}, each code once"
        if not self.values:
            yield "values: at least one of plan, estimate, actual"
        if self.kind is Kind.PERIODIC and not self.spans:
            yield "spans: a periodic regime names its periods (NĐ 09/2019 Art. 11.2)"
        for one in self.indicators:
            if one.aggregation is Aggregation.RATIO and not {one.part, one.whole} <= _sums(by):
                yield f"indicators.{one.code}: part and whole are codes of sums"
        for identity in self.identities:
            if not {identity.total, *identity.parts} <= _sums(by):
                yield f"identities: {identity.total} and its parts are codes of sums"
        for milestone in self.milestones:
            if not {milestone.figure, milestone.of} <= _sums(by):
                yield f"milestones: {milestone.figure} and {milestone.of} are codes of sums"

    @property
    def sums(self) -> tuple[str, ...]:
        return tuple(one.code for one in self.indicators if one.aggregation is Aggregation.SUM)


def _sums(by: Mapping[str, Indicator]) -> set[str]:
    return {code for code, one in by.items() if one.aggregation is Aggregation.SUM}


class RegimeFault(ValueError):
    """The file is no regime: where (`place`), and the right thing."""


def parse(text: str) -> Regime:
    """One regime of its TOML. RegimeFault tells the first thing that is wrong with its place in the file."""
    try:
        return msgspec.convert(tomllib.loads(text), Regime, strict=True)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise RegimeFault(str(error)[:300]) from None


@cache
def shipped() -> dict[str, Regime]:
    """The regimes that come with the project, by code."""
    regimes = map(parse, folder(".toml", "reporting", "regimes"))
    return {regime.code: regime for regime in sorted(regimes, key=lambda regime: regime.code)}
