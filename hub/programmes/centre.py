"""The centre's board: the flow and the cases of every programme, below one agency or in the whole country.

Each agency is in exactly one line, that of its ancestor directly below the root, and in exactly one tier; so lines and
tiers add up to the total, and a line is the total of the board below it. An agency that has nothing is a line of zeros:
an agency that does not report is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from hub.core.directory.snapshot import Directory
from hub.core.model import DeliveryState
from hub.core.period import LEAST, PeriodRows, existed, few
from hub.programmes import boards
from hub.programmes.boards import Counted, Line


class Flow(NamedTuple):
    """Documents that were sent, validly signed ones of them, deliveries, and of these that wait and that expired."""

    sent: int = 0
    signed: int = 0
    received: int = 0
    waiting: int = 0
    expired: int = 0

    def plus(self, other: Flow) -> Flow:
        return Flow(*(a + b for a, b in zip(self, other, strict=True)))


class Sum:
    """`agencies`: how many stand below; `active`: which of them sent or were sent a document; `cases`: by programme."""

    __slots__ = ("active", "agencies", "cases", "flow")

    def __init__(self) -> None:
        self.agencies = 0
        self.active = 0
        self.flow = Flow()
        self.cases: dict[str, Line] = {}


class Centre(NamedTuple):
    """`lines` by code, of every agency directly below the root and of the root alone; `tiers`: "" for agencies that the
    directory does not have."""

    total: Sum
    lines: Mapping[str, Sum]
    tiers: Mapping[str, Sum]


_NOTHING: Final = Flow()


def flows(rows: PeriodRows) -> dict[str, Flow]:
    """By agency, out of the counts of a period."""
    found = {}
    for code in rows.sent.keys() | rows.states.keys():
        sent, signed = rows.sent.get(code, (0, 0))
        states = rows.states.get(code, {})
        waiting, expired = (states.get(state, 0) for state in (DeliveryState.WAITING, DeliveryState.EXPIRED))
        found[code] = Flow(sent, signed, sum(states.values()), waiting, expired)
    return found


def centre(
    flow: Mapping[str, Flow], counted: Mapping[str, Sequence[Counted]], directory: Directory, root: str, day: date
) -> Centre:
    """`counted`: of each programme, by agency. Agencies that are not in office on `day` are there for their acts."""
    total = Sum()
    lines: dict[str, Sum] = {}
    tiers: dict[str, Sum] = {}
    whose = boards.below(directory, root) if root else [agency.code for agency in directory]
    for code in dict.fromkeys([*whose, *(() if root else flow)]):
        where, agency = boards.place(directory, root, code), directory.get(code)
        here = agency is not None and existed(agency, day, day)
        if where is None or not (here or code in flow):
            continue
        tier = agency.tier.value if agency is not None else ""
        for one in (total, lines.setdefault(where, Sum()), tiers.setdefault(tier, Sum())):
            one.agencies += here
            one.active += code in flow
            one.flow = one.flow.plus(flow.get(code, _NOTHING))
    for name, rows in counted.items():
        made = boards.board(rows, directory, root)
        total.cases[name] = made.total
        for code, line in made.lines.items():
            lines.setdefault(code, Sum()).cases[name] = line
        for tier, line in made.tiers.items():
            tiers.setdefault(tier, Sum()).cases[name] = line
    return Centre(total, dict(sorted(lines.items())), tiers)


class Share(NamedTuple):
    """The line of a body of level 1 in the open data; `folded` bodies together where it has no code."""

    code: str
    line: Line
    folded: int = 0


def shares(lines: Mapping[str, Line]) -> list[Share]:
    """Public figures of a programme's cases, by body of level 1. Nothing where even all together are of one
    body, or too few."""
    some = {code: line for code, line in lines.items() if line.total}
    if len(some) < 2 or sum(line.total for line in some.values()) < LEAST:
        return []
    hidden = few((code, line.total) for code, line in some.items())
    told = [Share(code, line) for code, line in some.items() if code not in hidden]
    rest = boards.added(some[code] for code in sorted(hidden))
    return [*told, Share("", rest, len(hidden))] if hidden else told
