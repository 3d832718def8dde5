"""Boards that add up by construction: counts of cases by agency, summed over the tree of agencies.

Each count is in exactly one line, and every total is the sum of its lines. A report of a share names the whole that it
is a share of: lines carry counts alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hub.core.directory.snapshot import Directory


class Counted(NamedTuple):
    """`n` cases of an agency. late: of ended ones whether they ended after their deadline, None for open ones; of
    these `overdue` are over theirs on the day that was asked for."""

    agency: str
    kind: str
    state: str
    late: bool | None
    n: int
    overdue: int


class Line:
    """Sums of cases: of an agency alone, of all below it, of a tier, of everybody."""

    __slots__ = ("agencies", "ended", "late", "open", "overdue", "states")

    def __init__(self) -> None:
        self.open = self.overdue = self.ended = self.late = 0
        self.states: Counter[str] = Counter()
        self.agencies: set[str] = set()

    def add(self, one: Counted) -> None:
        self.agencies.add(one.agency)
        self.states[one.state] += one.n
        if one.late is None:
            self.open += one.n
            self.overdue += one.overdue
        else:
            self.ended += one.n
            self.late += one.n * one.late

    @property
    def total(self) -> int:
        return self.open + self.ended


def added(lines: Iterable[Line]) -> Line:
    """Several as one."""
    made = Line()
    for line in lines:
        made.open += line.open
        made.overdue += line.overdue
        made.ended += line.ended
        made.late += line.late
        made.states += line.states
        made.agencies |= line.agencies
    return made


class Board(NamedTuple):
    """`lines`: of the agencies directly below `root` with all below each, and of `root` alone; by code. `tiers`: the
    same cases by the tier of their agency, "" for agencies that the directory does not have."""

    total: Line
    lines: Mapping[str, Line]
    tiers: Mapping[str, Line]


def board(counted: Iterable[Counted], directory: Directory, root: str, kind: str = "") -> Board:
    """Of everybody where `root` is empty; an agency that does not stand below it is left out."""
    total = Line()
    lines: dict[str, Line] = {}
    tiers: dict[str, Line] = {}
    places: dict[str, str | None] = {}
    for one in counted:
        if kind not in ("", one.kind):
            continue
        if one.agency not in places:
            places[one.agency] = place(directory, root, one.agency)
        where = places[one.agency]
        if where is None:
            continue
        agency = directory.get(one.agency)
        tier = agency.tier.value if agency is not None else ""
        for line in (total, lines.setdefault(where, Line()), tiers.setdefault(tier, Line())):
            line.add(one)
    return Board(total, dict(sorted(lines.items())), tiers)


def place(directory: Directory, root: str, code: str) -> str | None:
    """The line in which an agency is: its ancestor directly below `root`, or itself; None where it is not below."""
    passed: set[str] = set()
    while code != root and code not in passed:
        passed.add(code)
        agency = directory.get(code)
        parent = agency.parent if agency is not None else ""
        if parent == root:
            return code
        if not parent:
            return None
        code = parent
    return root if code == root else None


def below(directory: Directory, root: str) -> list[str]:
    """`root` and every agency below it."""
    found = {root: None}
    line = [root]
    while line:
        for child in directory.children(line.pop()):
            if child.code not in found:
                found[child.code] = None
                line.append(child.code)
    return list(found)
