"""Figures of a report, checked, and summed over the tiers: a child that did not report is a hole, never a zero.

A figure has up to three values: plan, estimate, actual; they are never mixed. A sum over tiers is an agency's own
figures and those of its children; where a child is missing, the sum is of those that reported, and names the missing.
Ratios are computed again from the sums.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from hub.programmes.reporting.regime import Aggregation, Regime

MOST: Final = 10**15
"""No figure of the State is larger, and none is below 0: beyond it, a sum of a country would lose its last digit in a
spreadsheet."""
BOUND: Final = f"a whole number from 0 to {MOST}"


Figures = Mapping[str, int]
"""Indicator → figure, of one value. An indicator that is not there was not reported, which is no zero."""


class Wrong(NamedTuple):
    """A figure that cannot be: its name, the found value, and the right one."""

    indicator: str
    found: str
    right: str


def check(regime: Regime, figures: Figures) -> list[Wrong]:
    """All that is wrong with a report's figures at once: unknown and missing ones, negative and enormous ones, and
    identities that do not hold."""
    known = regime.sums
    wrong = [
        Wrong(code, str(figure), "no figure of this regime") for code, figure in figures.items() if code not in known
    ]
    wrong += [Wrong(code, "", "a figure; 0 where there is nothing") for code in known if code not in figures]
    wrong += [
        Wrong(code, str(figure), BOUND) for code, figure in figures.items() if code in known and not 0 <= figure <= MOST
    ]
    for identity in regime.identities:
        if {identity.total, *identity.parts} <= figures.keys():
            total = sum(figures[part] for part in identity.parts)
            if figures[identity.total] != total:
                right = f"{' + '.join(identity.parts)} = {total}"
                wrong.append(Wrong(identity.total, str(figures[identity.total]), right))
    return wrong


class RolledUp(NamedTuple):
    """figures: sums of those that reported; reported and missing: agencies, by code, in order."""

    figures: dict[str, int]
    reported: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return not self.missing


def roll_up(regime: Regime, expected: Sequence[str], reports: Mapping[str, Figures]) -> RolledUp:
    """The sums over `expected` agencies (an agency itself and all below it that report) of their reports."""
    reported = [code for code in expected if code in reports]
    figures = {
        one: sum(reports[code].get(one, 0) for code in reported)
        for one in regime.sums
        if any(one in reports[code] for code in reported)
    }
    return RolledUp(figures, tuple(reported), tuple(code for code in expected if code not in reports))


def ratios(regime: Regime, figures: Figures) -> dict[str, float | None]:
    """The regime's ratios in percent with two decimals, from sums; None where there is nothing to divide by."""
    found: dict[str, float | None] = {}
    for one in regime.indicators:
        if one.aggregation is Aggregation.RATIO:
            whole = figures.get(one.whole)
            found[one.code] = round(100 * figures.get(one.part, 0) / whole, 2) if whole else None
    return found


def saving(before: Iterable[tuple[int, int]], after: Iterable[tuple[int, int]]) -> tuple[int, int, float | None]:
    """Compliance cost a year before and after, and the saving in percent (QĐ 1085/QĐ-TTg, forms of TT 02/2017): each
    pair is the cost of one case in đồng and the cases a year."""
    old = sum(cost * cases for cost, cases in before)
    new = sum(cost * cases for cost, cases in after)
    return old, new, round(100 * (old - new) / old, 2) if old else None
