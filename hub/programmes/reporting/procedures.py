"""Internal procedures one by one, and the figures of a review that come of them (QĐ 1085/QĐ-TTg).

The compliance cost of one time is hours x people x wage + other costs, as in the forms of TT 02/2017/TT-VPCP; of a
year it is that cost x times a year. All is counted in whole numbers: hours in hundredths, and the cost of a procedure
a year is rounded once to whole đồng, half upwards. Sums are of those, so fields always add up to the total.

A procedure that was abolished costs nothing afterwards; one that nobody decided on, or that was kept, costs as before.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from hub.programmes.reporting.packets import Figure
from hub.programmes.reporting.regime import Regime

HUNDREDTHS: Final = 100


class Decision(StrEnum):
    NONE = ""
    KEPT = "kept"
    SIMPLIFIED = "simplified"
    REPLACED = "replaced"
    ABOLISHED = "abolished"


CHANGED: Final = (Decision.SIMPLIFIED, Decision.REPLACED)
"""They have a cost of their own afterwards."""


class Times(NamedTuple):
    """A procedure before or after its review. each: đồng of one time, in hundredths; times: a year."""

    each: int
    times: int

    @property
    def year(self) -> int:
        """In whole đồng, half upwards."""
        return (self.each * self.times + HUNDREDTHS // 2) // HUNDREDTHS


FREE: Final = Times(0, 0)


def each(hours: int, people: int, wage: int, other: int) -> int:
    """The cost of one time in hundredths of a đồng. hours: in hundredths; wage: đồng an hour; other: đồng."""
    return hours * people * wage + other * HUNDREDTHS


class Procedure(NamedTuple):
    """One line of a list. after: None where it costs as before."""

    code: str
    name: str
    field: str
    class_a: bool
    level: str
    announced: bool
    public: bool
    decision: Decision
    before: Times
    after: Times | None
    steps: tuple[int, int] = (0, 0)

    @property
    def cost_after(self) -> int:
        if self.decision is Decision.ABOLISHED:
            return 0
        return self.before.year if self.after is None else self.after.year


class Sums(NamedTuple):
    """Of all procedures, or of one field; costs in đồng a year. The names are those of the regime's figures."""

    counted: int = 0
    announced: int = 0
    class_a: int = 0
    class_a_public: int = 0
    reviewed: int = 0
    simplified: int = 0
    cost_before: int = 0
    cost_saved: int = 0

    @property
    def cost_after(self) -> int:
        return self.cost_before - self.cost_saved

    @property
    def saved_share(self) -> int | None:
        """In hundredths of a percent, half upwards: 7744 is 77.44 %. None where there was no cost."""
        before = self.cost_before
        return (20_000 * self.cost_saved + before) // (2 * before) if before else None

    def plus(self, one: Procedure) -> Sums:
        before = one.before.year
        return Sums(
            self.counted + 1,
            self.announced + one.announced,
            self.class_a + one.class_a,
            self.class_a_public + (one.class_a and one.public),
            self.reviewed + (one.decision is not Decision.NONE),
            self.simplified + (one.decision in (*CHANGED, Decision.ABOLISHED)),
            self.cost_before + before,
            self.cost_saved + before - one.cost_after,
        )


def by_field(procedures: Iterable[Procedure]) -> dict[str, Sums]:
    """Field → its sums, in the order in which the fields are met."""
    found: dict[str, Sums] = {}
    for one in procedures:
        found[one.field] = found.get(one.field, Sums()).plus(one)
    return found


def in_all(procedures: Iterable[Procedure]) -> Sums:
    sums = Sums()
    for one in procedures:
        sums = sums.plus(one)
    return sums


def figures(procedures: Iterable[Procedure]) -> tuple[Figure, ...]:
    """The figures of a report: in all first, then field by field as its rows."""
    given = tuple(procedures)
    lines = {"": in_all(given), **by_field(given)}
    return tuple(
        Figure(indicator=code, row=row, actual=number)
        for row, sums in lines.items()
        for code, number in sums._asdict().items()
    )


def fits(regime: Regime) -> bool:
    """Whether the regime asks for these figures, and may be told of them by field."""
    rows = regime.rows
    return set(Sums._fields) == set(regime.sums) and rows is not None and not rows.known
