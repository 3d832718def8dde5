"""The figures of a regime that the hub fills by itself (`figures_from = "record"`): for each ministry and province with
all below it, and for all of them together.

An agency that exchanged nothing reports zeros that were counted, and is named as silent: the hub saw every document,
so there is no hole where another regime would have one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from hub.core.model import Agency, DeliveryState, Millis, Tier, iso_utc
from hub.core.period import PeriodRows, existed, unit_of
from hub.core.wire_report import Hole, RegimeFigure, RegimeReport, RegimeReports
from hub.programmes.reporting.periods import Period, Window
from hub.programmes.reporting.regime import Aggregation, Binds, Regime
from hub.programmes.reporting.rollup import Figures, ratios, roll_up
from hub.programmes.working_days import WorkingDays

RECORD: Final = "record"
INDICATORS: Final = (
    "sent",
    "sent_signed",
    "received",
    "received_acknowledged",
    "returned",
    "units",
    "units_exchanging",
)
"""Figures that the record can tell; a regime that asks for more is not filled from it."""


def fillable(regime: Regime) -> bool:
    return regime.figures_from == RECORD and set(regime.sums) <= set(INDICATORS)


def fill(
    regime: Regime,
    period: Period,
    window: Window,
    rows: PeriodRows,
    directory: Iterable[Agency],
    calendar: WorkingDays,
    as_of: Millis,
    holes: list[Hole],
    only: str = "",
) -> RegimeReports:
    """The reports of a period. `only`: of the agency with this code alone; none where it does not report."""
    agencies = {agency.code: agency for agency in directory}
    reporting = {
        code: agency
        for code, agency in agencies.items()
        if agency.tier in regime.deadlines
        and existed(agency, window.first, window.last)
        and unit_of(agency, agencies.get) is agency
        and (not only or code == only)
    }
    figures = _figures(agencies, reporting, rows, window)
    whole = roll_up(regime, sorted(reporting), figures)
    reports = [
        RegimeReport(
            agency=code,
            name=reporting[code].name,
            tier=reporting[code].tier,
            due=_due(regime, reporting[code].tier, period, window, calendar),
            figures=_told(regime, figures[code]),
        )
        for code in sorted(reporting, key=lambda code: (list(Tier).index(reporting[code].tier), code))
    ]
    return RegimeReports(
        regime=regime.code,
        vi=regime.vi,
        en=regime.en,
        basis=regime.basis,
        period=period.code,
        first=window.first,
        last=window.last,
        as_of=iso_utc(as_of),
        total=_told(regime, whole.figures),
        agencies=reports,
        silent=[code for code in whole.reported if not figures[code]["sent"] and not figures[code]["received"]],
        holes=holes,
    )


def _figures(
    agencies: Mapping[str, Agency], reporting: Mapping[str, Agency], rows: PeriodRows, window: Window
) -> dict[str, dict[str, int]]:
    """An agency's own documents and those of all below it count for the first one above it that reports."""
    found = {code: dict.fromkeys(INDICATORS, 0) for code in reporting}
    for code, agency in agencies.items():
        above: Agency | None = agency
        while above is not None and above.code not in reporting:
            above = agencies.get(above.parent) if above.parent else None
        if above is None:
            continue
        into, states = found[above.code], rows.states.get(code, {})
        sent, signed = rows.sent.get(code, (0, 0))
        into["sent"] += sent
        into["sent_signed"] += signed
        into["received"] += sum(states.values())
        into["received_acknowledged"] += states.get(DeliveryState.HANDED_OVER, 0)
        into["returned"] += states.get(DeliveryState.REFUSED, 0)
        if above is not agency and existed(agency, window.first, window.last) and _connected(agency):
            into["units"] += 1
            into["units_exchanging"] += bool(sent or states)
    return found


def _connected(agency: Agency) -> bool:
    """By a key of its own, or through a centre that acts for it."""
    return bool(agency.certificates or agency.centre)


def _due(regime: Regime, tier: Tier, period: Period, window: Window, calendar: WorkingDays) -> str:
    due = regime.deadlines[tier].due(period, window, calendar)
    return (due.moved if regime.binds is Binds.MOVED else due.day).isoformat()


def _told(regime: Regime, figures: Figures) -> list[RegimeFigure]:
    shares = ratios(regime, figures)
    return [
        RegimeFigure(
            code=one.code,
            vi=one.vi,
            en=one.en,
            unit=one.unit,
            value=shares[one.code] if one.aggregation is Aggregation.RATIO else figures.get(one.code, 0),
        )
        for one in regime.indicators
        if one.aggregation is not Aggregation.TEXT
    ]
