"""Reporting as a fold over documents: reports owed, reports sent, and their fate.

One case for each regime, period, reporter and receiver; one for each period of a receiver, whose parties are those who
report to it; one for each regime that was sent down. The reporter is the
sender of its report and the receiver the sender of everything else, as the axis verified them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from hub.core.edxml.detail import Detail
from hub.programmes.reporting import figures
from hub.programmes.reporting.cases import APPLY, CHASE, JOIN, OPEN, REGIME
from hub.programmes.reporting.course import ReportAct
from hub.programmes.reporting.packets import (
    KINDS,
    NAME,
    ChasePacket,
    Decision,
    DecisionPacket,
    PeriodPacket,
    RegimePacket,
    ReportPacket,
    case_id,
    period_id,
    regime_id,
)
from hub.programmes.reporting.packets import Packet as Body
from hub.programmes.reporting.periods import WindowRule, period
from hub.programmes.reporting.regime import Regime, shipped
from hub.programmes.reporting.words import WORDS
from hub.programmes.riding import (
    MOST_EVENTS,
    MOST_FAULTS,
    Case,
    Event,
    Fault,
    Packet,
    Ridden,
    Vocabulary,
    carries_packet,
    cut,
    fields,
)

_OFF: Final = timedelta(days=31)
"""By which an opened period may differ from the window of its regime: a holiday, another cut-off."""
_OFF_UNKNOWN: Final = timedelta(days=400)
_LATEST_DUE: Final = timedelta(days=3 * 366 + 31)
"""A deadline rule reaches as far as 36 months."""
_FIRST_DAY: Final = date(2000, 1, 1)
_LAST_DAY: Final = date(2199, 12, 31)

_OURS: Final = frozenset(name.partition("/")[0] for name in KINDS)


def is_shipped(code: str, owner: str) -> bool:
    """Whether that regime comes with the project: one that an agency sent down names its owner."""
    return not owner and code in shipped()


class Reporting:
    """The programme. A new `version` makes every hub derive again: also where a shipped regime changes."""

    name: str = NAME
    version: int = 1
    words: Vocabulary = WORDS
    packets: Mapping[str, type[msgspec.Struct]] = KINDS

    def concerns(self, told: Detail) -> bool:
        return carries_packet(told)

    def read(self, ridden: Ridden) -> Sequence[Event | Fault]:
        found: list[Event | Fault] = []
        for packet in ridden.packets:
            if packet.kind in _OURS:
                body = fields(packet, KINDS, KINDS.get(packet.called, ReportPacket))
                found += [body] if isinstance(body, Fault) else _READ[type(body)](ridden, packet, body)
        return found

    def apply(self, case: Case | None, event: Event) -> Case | Fault:
        return APPLY[event.act](case, event)


# A document's meaning.


def _regime(ridden: Ridden, packet: Packet, body: RegimePacket) -> Iterator[Event | Fault]:
    if is_shipped(body.regime.code, ""):
        expected = "a code of its own: this one is a regime that comes with the hub"
        yield Fault(
            code="REPORTING_REGIME", place=packet.place("$.regime.code"), expected=expected, found=body.regime.code
        )
        return
    given = msgspec.to_builtins(body.regime)
    yield Event.of(
        ridden,
        regime_id(body.regime.code, ridden.sender),
        REGIME,
        regime=given,
        version=body.version,
        to=list(ridden.recipients),
        file=packet.name,
    )


def _period(ridden: Ridden, packet: Packet, body: PeriodPacket) -> Iterator[Event | Fault]:
    if (fault := _unknown_regime(packet, body)) is not None:
        yield fault
        return
    if (fault := _impossible(packet, body)) is not None:
        yield fault
        return
    if (many := len(ridden.recipients)) >= MOST_EVENTS:
        expected = f"a period that is opened for at most {MOST_EVENTS - 1} recipients by one document"
        yield Fault(code="REPORTING_TOO_MANY", place=packet.place(), expected=expected, found=str(many))
        return
    said = {
        "owner": body.owner,
        "first": body.first.isoformat(),
        "last": body.last.isoformat(),
        "due": body.due.isoformat(),
        "moved": body.moved.isoformat(),
        "binds": body.binds.value,
    }
    to = list(dict.fromkeys(ridden.recipients))
    yield _of_period(ridden, body, ridden.sender, OPEN, to=to, **said)
    for reporter in to:
        case = case_id(body.regime, body.period, reporter, ridden.sender)
        yield Event.of(ridden, case, OPEN, **said, **_parties(body, reporter, ridden.sender))


def _report(ridden: Ridden, packet: Packet, body: ReportPacket) -> Iterator[Event | Fault]:
    if (fault := _unknown_regime(packet, body)) is not None:
        yield fault
        return
    if body.receiver not in ridden.recipients:
        expected = "a recipient of the document, as the one who receives the report"
        yield Fault(
            code="REPORTING_RECEIVER", place=packet.place("$.receiver"), expected=expected, found=cut(body.receiver)
        )
        return
    if mark := figures.secret(body):
        expected = "a report without a mark of secrecy"
        yield Fault(code="REPORTING_SECRET", place=packet.place(), expected=expected, found=cut(mark))
        return
    if is_shipped(body.regime, body.owner):
        yield from _wrong(packet, shipped()[body.regime], body)
    case = case_id(body.regime, body.period, ridden.sender, body.receiver)
    said = msgspec.to_builtins(body)
    for known in ("packet", "regime", "period", "receiver"):
        said.pop(known, None)
    yield _of_period(ridden, body, body.receiver, JOIN, to=[ridden.sender])
    yield Event.of(ridden, case, ReportAct.SEND.value, **said, **_parties(body, ridden.sender, body.receiver))


def _of_period(ridden: Ridden, body: PeriodPacket | ReportPacket, receiver: str, act: str, **said: Any) -> Event:
    case = period_id(body.regime, body.period, receiver)
    whose = {"regime": body.regime, "owner": body.owner, "period": body.period, "receiver": receiver}
    return Event.of(ridden, case, act, **whose | said)


def _wrong(packet: Packet, regime: Regime, body: ReportPacket) -> Iterator[Fault]:
    wrong = [*figures.wrongs(regime, body.figures), *figures.texts_wrong(regime, body)]
    for one in wrong[: MOST_FAULTS - 5]:
        place = packet.place(cut(f"$.figures {one.indicator}"))
        yield Fault(code="REPORTING_FIGURE", place=place, expected=one.right, found=cut(one.found) or "none")


def _decision(ridden: Ridden, packet: Packet, body: DecisionPacket) -> Iterator[Event | Fault]:
    if body.reporter not in ridden.recipients:
        expected = "a recipient of the document, as the one whose report it is"
        yield Fault(
            code="REPORTING_RECEIVER", place=packet.place("$.reporter"), expected=expected, found=cut(body.reporter)
        )
        return
    act = ReportAct.ACCEPT if body.decision is Decision.ACCEPTED else ReportAct.RETURN
    case = case_id(body.regime, body.period, body.reporter, ridden.sender)
    yield Event.of(ridden, case, act.value, version=body.version, reason=body.reason)


def _chase(ridden: Ridden, packet: Packet, body: ChasePacket) -> Iterator[Event | Fault]:
    for reporter in list(dict.fromkeys(ridden.recipients))[:MOST_EVENTS]:
        case = case_id(body.regime, body.period, reporter, ridden.sender)
        yield Event.of(ridden, case, CHASE, due=body.due.isoformat(), days_late=body.days_late)


def _unknown_regime(packet: Packet, body: PeriodPacket | ReportPacket) -> Fault | None:
    if body.owner or body.regime in shipped():
        return None
    expected = "a regime that comes with the hub, or the agency that sent it down as its owner"
    return Fault(code="REPORTING_REGIME", place=packet.place("$.regime"), expected=expected, found=cut(body.regime))


def _impossible(packet: Packet, body: PeriodPacket) -> Fault | None:
    """The first of its days that is not near those of the period by its regime. Of a regime that was sent down the
    document does not tell the window, which its rule may move by a year and a half month."""
    known = is_shipped(body.regime, body.owner)
    rule, off = (shipped()[body.regime].window, _OFF) if known else (WindowRule(close_day=0), _OFF_UNKNOWN)
    near = rule.window(period(body.period))
    begun, due = min(body.first, _LAST_DAY), min(body.due, _LAST_DAY)
    bounds = {
        "first": (body.first, near.first - off, near.first + off),
        "last": (body.last, near.last - off, near.last + off),
        "due": (body.due, begun + timedelta(days=1), near.last + _LATEST_DUE),
        "moved": (body.moved, due, due + _OFF),
    }
    for name, (day, least, most) in bounds.items():
        least, most = max(least, _FIRST_DAY), min(most, _LAST_DAY)
        if not least <= day <= most:
            expected = f"a day from {least.isoformat()} to {most.isoformat()}"
            return Fault(
                code="REPORTING_PERIOD", place=packet.place(f"$.{name}"), expected=expected, found=day.isoformat()
            )
    return None


def _parties(body: PeriodPacket | ReportPacket, reporter: str, receiver: str) -> dict[str, str]:
    return {"regime": body.regime, "period": body.period, "reporter": reporter, "receiver": receiver}


_READ: Final[dict[type[Body], Callable[[Ridden, Packet, Any], Iterator[Event | Fault]]]] = {
    RegimePacket: _regime,
    PeriodPacket: _period,
    ReportPacket: _report,
    DecisionPacket: _decision,
    ChasePacket: _chase,
}
