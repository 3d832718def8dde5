"""One period over the tiers: sent and late reports, the sum of all, and the agencies whose figures are not in it.

Each agency counts once. A report of an agency and all below it (`Scope.WHOLE`) stands for all of them, with the holes
that it names; one of an agency alone is added to those that its own reporters sent to it. A report that was returned is
a hole until it comes again: its figures are in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from hub.core.model import Agency, Tier
from hub.programmes.reporting.cases import Kept
from hub.programmes.reporting.course import ReportState, Timeliness, timeliness
from hub.programmes.reporting.figures import by_row, totals
from hub.programmes.reporting.packets import Scope
from hub.programmes.reporting.regime import Milestone, Regime, Value
from hub.programmes.reporting.rollup import RolledUp, roll_up
from hub.programmes.working_days import Due

SENT: Final = frozenset({ReportState.SENT, ReportState.ACCEPTED})
Known = Callable[[str], Agency | None]


class Line(NamedTuple):
    """How one report stands on a day. `deadline`: the day that binds; `named`: as the rule names it."""

    reporter: str
    name: str
    tier: Tier | None
    state: ReportState
    how: Timeliness
    deadline: date | None
    named: date | None
    first_sent: date | None
    version: int
    returns: int
    chased: int
    reason: str
    receiver: str
    document: str


class Count(NamedTuple):
    """Of one tier, or of all: expected = in_time + late + waited_for + overdue, and sent = in_time + late."""

    tier: Tier | None
    expected: int = 0
    sent: int = 0
    accepted: int = 0
    returned: int = 0
    in_time: int = 0
    late: int = 0
    waited_for: int = 0
    overdue: int = 0

    def plus(self, line: Line) -> Count:
        return self._replace(
            expected=self.expected + 1,
            sent=self.sent + (line.state in SENT),
            accepted=self.accepted + (line.state is ReportState.ACCEPTED),
            returned=self.returned + (line.state is ReportState.RETURNED),
            in_time=self.in_time + (line.how is Timeliness.IN_TIME),
            late=self.late + (line.how is Timeliness.LATE),
            waited_for=self.waited_for + (line.how is Timeliness.WAITED_FOR),
            overdue=self.overdue + (line.how is Timeliness.OVERDUE),
        )


class Table(NamedTuple):
    """lines: those that need an eye first (overdue, returned, waited for), then by tier and code."""

    total: Count
    tiers: tuple[Count, ...]
    lines: tuple[Line, ...]


_FIRST: Final = (Timeliness.OVERDUE, Timeliness.WAITED_FOR, Timeliness.LATE, Timeliness.IN_TIME)


def line(one: Kept, known: Known, today: date) -> Line:
    agency = known(one.reporter)
    return Line(
        reporter=one.reporter,
        name=agency.name if agency is not None else one.reporter,
        tier=agency.tier if agency is not None else None,
        state=one.report.state,
        how=stands(one, today),
        deadline=one.deadline,
        named=one.due,
        first_sent=one.report.first_sent,
        version=one.report.version,
        returns=one.returns,
        chased=one.chased,
        reason=one.report.reason if one.report.state is ReportState.RETURNED else "",
        receiver=one.receiver,
        document=one.sent_by,
    )


def stands(one: Kept, today: date) -> Timeliness:
    """A report whose deadline nobody told is in time when it is there, and waited for until then."""
    if one.due is None or one.moved is None:
        return Timeliness.IN_TIME if one.report.state in SENT else Timeliness.WAITED_FOR
    return timeliness(one.report, Due(one.due, one.moved), one.binds, today)


def table(cases: Iterable[Kept], known: Known, today: date) -> Table:
    lines = [line(one, known, today) for one in cases]
    order = list(Tier)
    lines.sort(key=lambda x: (_FIRST.index(x.how), order.index(x.tier) if x.tier else len(order), x.reporter))
    total, tiers = Count(None), {tier: Count(tier) for tier in Tier}
    for one in lines:
        total = total.plus(one)
        if one.tier is not None:
            tiers[one.tier] = tiers[one.tier].plus(one)
    return Table(total, tuple(count for count in tiers.values() if count.expected), tuple(lines))


class Summed(NamedTuple):
    """rolled: sums, the agencies in them and the missing ones; whole: whose report stood for all below it."""

    rolled: RolledUp
    whole: tuple[str, ...]


def summed(
    regime: Regime,
    receiver: str,
    by_receiver: Mapping[str, Sequence[Kept]],
    value: Value = Value.ACTUAL,
    own: Mapping[str, int] | None = None,
) -> Summed:
    """The sums over all that report to `receiver`, and to those in turn. `own`: the receiver's own figures, where it
    has some itself."""
    expected: list[str] = [receiver] if own is not None else []
    figures: dict[str, dict[str, int]] = {receiver: dict(own)} if own is not None else {}
    whole: list[str] = []
    seen, waiting = {receiver}, [receiver]
    while waiting:
        for one in by_receiver.get(waiting.pop(), ()):
            if one.reporter in seen:
                continue
            seen.add(one.reporter)
            expected.append(one.reporter)
            if one.report.state in SENT:
                figures[one.reporter] = totals(regime, one.figures, value)
            if one.report.state in SENT and one.scope is Scope.WHOLE:
                whole.append(one.reporter)
                expected += [code for code in one.missing if code not in seen]
                seen.update(one.missing)
            else:
                waiting.append(one.reporter)
    return Summed(roll_up(regime, sorted(expected), figures), tuple(sorted(whole)))


def summed_rows(regime: Regime, cases: Iterable[Kept], value: Value = Value.ACTUAL) -> dict[str, dict[str, int]]:
    """Row → indicator → sum, over those reports that have rows: a figure in none of them is in the totals alone."""
    found: dict[str, dict[str, int]] = {}
    for one in cases:
        if one.report.state in SENT:
            for row, figures in by_row(one.figures, value).items():
                if row:
                    into = found.setdefault(row, dict.fromkeys(figures, 0))
                    for code, figure in figures.items():
                        if code in regime.sums:
                            into[code] = into.get(code, 0) + figure
    return found


class Reached(NamedTuple):
    """A milestone with the figure reached: `percent` of `whole`, None where there is nothing to be a share of. `asked`:
    whether its day had come on the last day that the figures tell of."""

    milestone: Milestone
    part: int | None
    whole: int | None
    percent: float | None
    met: bool
    asked: bool


def reached(regime: Regime, figures: Mapping[str, int], until: date) -> list[Reached]:
    """Every milestone of the regime, in its order. 100 percent is met by all and not by nearly all: no rounding."""
    found = []
    for one in regime.milestones:
        part, whole = figures.get(one.figure), figures.get(one.of)
        percent = round(100 * part / whole, 2) if part is not None and whole else None
        met = part is not None and bool(whole) and 100 * part >= one.percent * (whole or 0)
        found.append(Reached(one, part, whole, percent, met, until >= one.before))
    return found
