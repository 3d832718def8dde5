"""Reporters, receivers and deadlines under a regime: from the directory as it was in the period.

A unit is the topmost agency of its tier in the line of parents (`hub.core.period.unit_of`). It reports to the nearest
unit above it that reports itself; one that has none above it reports to the regime's receiver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from hub.core.model import Agency, Tier
from hub.core.period import existed, unit_of
from hub.programmes.reporting.packets import PeriodPacket
from hub.programmes.reporting.periods import Period, Window, period
from hub.programmes.reporting.regime import Regime
from hub.programmes.working_days import Due, WorkingDays


class NoPeriod(ValueError):
    """The regime has no such period; `may` are its kinds of period."""

    def __init__(self, regime: Regime, name: str) -> None:
        self.may = tuple(span.value for span in regime.spans)
        super().__init__(f"{regime.code} has no period {name[:20]!r}")


class Asked(NamedTuple):
    """The reporters of one tier, by code, and until when they report."""

    tier: Tier
    due: Due
    reporters: tuple[str, ...]


def period_of(regime: Regime, name: str) -> tuple[Period, Window]:
    """NoPeriod for a period that the regime has not, or that lies outside of its days."""
    try:
        of = period(name)
    except ValueError:
        raise NoPeriod(regime, name) from None
    window = regime.window.window(of)
    ended = regime.valid_to is not None and window.first > regime.valid_to
    if (regime.spans and of.span not in regime.spans) or window.last < regime.valid_from or ended:
        raise NoPeriod(regime, name)
    return of, window


def due_of(regime: Regime, tier: Tier, of: Period, calendar: WorkingDays) -> Due | None:
    rule = regime.deadlines.get(tier)
    return rule.due(of, regime.window.window(of), calendar) if rule is not None else None


def reports(regime: Regime, agency: Agency, held: Callable[[str], Agency | None], window: Window) -> bool:
    """Whether it is a unit that reports under the regime."""
    return (
        agency.tier in regime.deadlines
        and existed(agency, window.first, window.last)
        and unit_of(agency, held) is agency
    )


def receiver_of(regime: Regime, agency: Agency, held: Callable[[str], Agency | None], window: Window, top: str) -> str:
    """To whom the agency reports; `top`: the code of the regime's receiver in the directory."""
    above = held(agency.parent) if agency.parent else None
    while above is not None:
        if above.tier is not agency.tier and reports(regime, above, held, window):
            return above.code
        above = held(above.parent) if above.parent else None
    return top


def asked(
    regime: Regime, name: str, directory: Iterable[Agency], receiver: str, top: str, calendar: WorkingDays
) -> list[Asked]:
    """Those who report to `receiver`, by tier. NoPeriod."""
    of, window = period_of(regime, name)
    agencies = {agency.code: agency for agency in directory}
    found: dict[Tier, list[str]] = {}
    for code, agency in agencies.items():
        owed = code != receiver and reports(regime, agency, agencies.get, window)
        if owed and receiver_of(regime, agency, agencies.get, window, top) == receiver:
            found.setdefault(agency.tier, []).append(code)
    return [
        Asked(tier, regime.deadlines[tier].due(of, window, calendar), tuple(sorted(found[tier])))
        for tier in Tier
        if tier in found
    ]


def opening(regime: Regime, owner: str, name: str, due: Due) -> PeriodPacket:
    """The packet that opens a period for the reporters of one tier. NoPeriod."""
    _, window = period_of(regime, name)
    return PeriodPacket(
        regime=regime.code,
        owner=owner,
        period=name,
        first=window.first,
        last=window.last,
        due=due.day,
        moved=due.moved,
        binds=regime.binds,
    )
