"""Reporting as a fold over documents: who owes a report, who has sent it, what became of it.

One case for each regime, period, reporter and receiver, and one for each regime that was sent down. The reporter is the
sender of its report and the receiver the sender of everything else, as the axis verified them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from hub.core.edxml.detail import Detail
from hub.core.model import vietnam_date
from hub.programmes.reporting import figures
from hub.programmes.reporting.course import NotNow, Report, ReportAct, ReportState
from hub.programmes.reporting.packets import (
    KINDS,
    NAME,
    ChasePacket,
    Decision,
    DecisionPacket,
    Figure,
    Narrative,
    PeriodPacket,
    RegimePacket,
    ReportPacket,
    Scope,
    case_id,
    regime_id,
)
from hub.programmes.reporting.packets import Packet as Body
from hub.programmes.reporting.regime import Binds, Regime, shipped
from hub.programmes.reporting.words import WORDS
from hub.programmes.riding import (
    MOST_EVENTS,
    MOST_FAULTS,
    Case,
    Event,
    Fault,
    Measure,
    Packet,
    Ridden,
    Vocabulary,
    carries_packet,
    cut,
    fields,
)

REPORT: Final = "report"
REGIME: Final = "regime"
IN_FORCE: Final = "in-force"
REPORTER: Final = "reporter"
RECEIVER: Final = "receiver"
OWNER: Final = "owner"
OPEN: Final = "open"
CHASE: Final = "chase"
_OURS: Final = frozenset(name.partition("/")[0] for name in KINDS)


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a report's case. Days as in the packet `period/1`; figures of the latest version.

    opened_by, sent_by   identifiers of the documents that opened the period and brought the latest version
    chased               how often the reporter was urged
    """

    regime: str
    owner: str = ""
    period: str
    reporter: str
    receiver: str
    first: date | None = None
    last: date | None = None
    due: date | None = None
    moved: date | None = None
    binds: Binds = Binds.NAMED
    report: Report = Report()
    returns: int = 0
    chased: int = 0
    opened_by: str = ""
    sent_by: str = ""
    scope: Scope = Scope.OWN
    source: str = ""
    missing: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    texts: tuple[Narrative, ...] = ()

    @property
    def deadline(self) -> date | None:
        """The day that binds."""
        return self.moved if self.binds is Binds.MOVED else self.due


class KeptRegime(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a regime's case."""

    regime: Regime
    version: int


_KEPT: Final = msgspec.json.Decoder(Kept)
_KEPT_REGIME: Final = msgspec.json.Decoder(KeptRegime)


def kept(case: Case) -> Kept:
    return _KEPT.decode(case.body)


def kept_regime(case: Case) -> KeptRegime:
    return _KEPT_REGIME.decode(case.body)


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
        return _APPLY[event.act](case, event)


# What a document says.


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
    if len(ridden.recipients) > MOST_EVENTS:
        expected = f"a period that is opened for at most {MOST_EVENTS} recipients by one document"
        yield Fault(
            code="REPORTING_TOO_MANY", place=packet.place(), expected=expected, found=str(len(ridden.recipients))
        )
        return
    said = {
        "owner": body.owner,
        "first": body.first.isoformat(),
        "last": body.last.isoformat(),
        "due": body.due.isoformat(),
        "moved": body.moved.isoformat(),
        "binds": body.binds.value,
    }
    for reporter in dict.fromkeys(ridden.recipients):
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
    yield Event.of(ridden, case, ReportAct.SEND.value, **said, **_parties(body, ridden.sender, body.receiver))


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


def _parties(body: PeriodPacket | ReportPacket, reporter: str, receiver: str) -> dict[str, str]:
    return {"regime": body.regime, "period": body.period, "reporter": reporter, "receiver": receiver}


_READ: Final[dict[type[Body], Callable[[Ridden, Packet, Any], Iterator[Event | Fault]]]] = {
    RegimePacket: _regime,
    PeriodPacket: _period,
    ReportPacket: _report,
    DecisionPacket: _decision,
    ChasePacket: _chase,
}


# What it does to a case.


def _sent_down(case: Case | None, event: Event) -> Case | Fault:
    version = event.body["version"]
    if case is not None and (before := kept_regime(case).version) >= version:
        return Fault(code="REPORTING_VERSION", place=event.case, expected=f"version {before + 1}", found=str(version))
    regime = msgspec.convert(event.body["regime"], Regime)
    parties = {(OWNER, event.by): None} | {(REPORTER, code): None for code in event.body["to"]}
    return Case(
        id=event.case,
        kind=REGIME,
        state=IN_FORCE,
        parties=tuple(parties),
        opened=case.opened if case is not None else vietnam_date(event.at),
        title=f"{regime.code} {regime.vi}",
        body=msgspec.json.encode(KeptRegime(regime=regime, version=version)),
    )


def _opened(case: Case | None, event: Event) -> Case | Fault:
    """Opened again it has another deadline: an extension, or one that was wrong."""
    before = kept(case) if case is not None else _fresh(event)
    said = {name: date.fromisoformat(event.body[name]) for name in ("first", "last", "due", "moved")}
    after = msgspec.structs.replace(
        before, **said, owner=event.body["owner"], binds=Binds(event.body["binds"]), opened_by=event.document
    )
    return _case(case, event, after)


def _sent(case: Case | None, event: Event) -> Case | Fault:
    """By the day on which the axis accepted it, which is the one that its sender cannot choose."""
    before = kept(case) if case is not None else _fresh(event)
    version = event.body.get("version", 1)
    if version != (wanted := before.report.version + 1):
        return Fault(code="REPORTING_VERSION", place=event.case, expected=f"version {wanted}", found=str(version))
    try:
        report = before.report.after(ReportAct.SEND, vietnam_date(event.at))
    except NotNow as error:
        return _not_now(event, error)
    given = msgspec.convert(event.body, _Sent)
    after = msgspec.structs.replace(
        before,
        report=report,
        sent_by=event.document,
        owner=before.owner or given.owner,
        scope=given.scope,
        source=given.source,
        missing=given.missing,
        figures=given.figures,
        texts=given.texts,
    )
    return _case(case, event, after)


class _Sent(msgspec.Struct, frozen=True, kw_only=True):
    owner: str = ""
    scope: Scope = Scope.OWN
    source: str = ""
    missing: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    texts: tuple[Narrative, ...] = ()


def _decided(case: Case | None, event: Event) -> Case | Fault:
    if case is None:
        return _nothing(event)
    before, act, version = kept(case), ReportAct(event.act), event.body["version"]
    if version != before.report.version:
        expected = f"version {before.report.version}"
        return Fault(code="REPORTING_VERSION", place=event.case, expected=expected, found=str(version))
    try:
        report = before.report.after(act, vietnam_date(event.at), event.body["reason"])
    except NotNow as error:
        return _not_now(event, error)
    returns = before.returns + (act is ReportAct.RETURN)
    return _case(case, event, msgspec.structs.replace(before, report=report, returns=returns))


def _chased(case: Case | None, event: Event) -> Case | Fault:
    if case is None:
        return _nothing(event)
    before = kept(case)
    return _case(case, event, msgspec.structs.replace(before, chased=before.chased + 1))


_APPLY: Final[dict[str, Callable[[Case | None, Event], Case | Fault]]] = {
    REGIME: _sent_down,
    OPEN: _opened,
    ReportAct.SEND.value: _sent,
    ReportAct.ACCEPT.value: _decided,
    ReportAct.RETURN.value: _decided,
    CHASE: _chased,
}


def _fresh(event: Event) -> Kept:
    """Of a report that came before its period was opened, the days that its regime has; its deadline is not known, for
    that goes by tier."""
    body = event.body
    return Kept(regime=body["regime"], period=body["period"], reporter=body["reporter"], receiver=body["receiver"])


def _nothing(event: Event) -> Fault:
    expected = "a report or an open period of this agency"
    return Fault(code="REPORTING_NO_CASE", place=event.case, expected=expected, found="none")


def _not_now(event: Event, error: NotNow) -> Fault:
    expected = f"one of the acts {', '.join(error.may)}" if error.may else "no further act"
    found = f"{error.act} of a report that is {error.state}"
    return Fault(code="REPORTING_NOT_NOW", place=event.case, expected=expected, found=found)


def _case(case: Case | None, event: Event, after: Kept) -> Case:
    report, deadline = after.report, after.deadline
    done = report.state in (ReportState.SENT, ReportState.ACCEPTED)
    late = report.first_sent > deadline if done and deadline and report.first_sent else None
    opened = case.opened if case is not None else vietnam_date(event.at)
    return Case(
        id=event.case,
        kind=REPORT,
        state=report.state.value,
        parties=((REPORTER, after.reporter), (RECEIVER, after.receiver)),
        opened=opened,
        title=f"{after.regime} {after.period}",
        due=deadline,
        ended=report.sent if done else None,
        late=late,
        measures=_measures(after, f"{deadline or opened:%Y-%m}", late),
        body=msgspec.json.encode(after),
    )


def _measures(after: Kept, month: str, late: bool | None) -> tuple[Measure, ...]:
    counts = {
        "expected": 1,
        "sent": int(after.report.version > 0),
        "late": int(bool(late)),
        "returned": after.returns,
        "chased": after.chased,
    }
    return tuple(Measure(month, name, count) for name, count in counts.items() if count)
