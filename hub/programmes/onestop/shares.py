"""Indicators of units and of all below them: sums and counts gathered over the tree of agencies.

An agency directly below the root is a line with all below it, the root alone is one too, and the total is their
sum. Overdue and paused dossiers are counted on one day, everything else by months.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from hub.programmes.onestop.states import PAUSED
from hub.programmes.onestop.words import STATES

OVERDUE: Final = "overdue"
PAUSE: Final = "paused"
_PAUSED: Final = frozenset(STATES[state] for state in PAUSED)


class Sum(NamedTuple):
    """A monthly sum of an agency."""

    agency: str
    kind: str
    measure: str
    n: int


class Standing(NamedTuple):
    """`n` cases of an agency that are in a state; `open` ones among them are `overdue` on the day of the question."""

    agency: str
    kind: str
    state: str
    n: int
    overdue: int


Counts = Counter[str]


class Gathered(NamedTuple):
    """Counts by name of measure, of everybody and by line."""

    total: Counter[str]
    lines: Mapping[str, Counter[str]]


def gathered(
    sums: Iterable[Sum], standing: Iterable[Standing], place: Callable[[str], str | None], kind: str = ""
) -> Gathered:
    """`place`: the line in which an agency is; None for one that stands elsewhere. `kind`: of this channel alone."""
    total: Counter[str] = Counter()
    lines: dict[str, Counter[str]] = {}

    def count(agency: str, name: str, n: int) -> None:
        where = place(agency)
        if where is not None and n:
            total[name] += n
            lines.setdefault(where, Counter())[name] += n

    for one in sums:
        if kind in ("", one.kind):
            count(one.agency, one.measure, one.n)
    for each in standing:
        if kind in ("", each.kind):
            count(each.agency, OVERDUE, each.overdue)
            count(each.agency, PAUSE, each.n if each.state in _PAUSED else 0)
    return Gathered(total, dict(sorted(lines.items())))
