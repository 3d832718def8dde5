"""Reports, periods and regimes as the documents so far have made them: cases, and the effect of an event on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final

import msgspec

from hub.core.model import vietnam_date
from hub.programmes.reporting.course import NotNow, Report, ReportAct, ReportState
from hub.programmes.reporting.packets import AnyFigure, Figure, Narrative, Scope, kept_figures
from hub.programmes.reporting.regime import Binds, Regime
from hub.programmes.riding import Case, Event, Fault, Measure

REPORT: Final = "report"
REGIME: Final = "regime"
PERIOD: Final = "period"
IN_FORCE: Final = "in-force"
OPENED: Final = "DANG_MO"
REPORTER: Final = "reporter"
RECEIVER: Final = "receiver"
OWNER: Final = "owner"
OPEN: Final = "open"
JOIN: Final = "join"
CHASE: Final = "chase"


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


class KeptPeriod(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a period's case: of the last document that opened it. `owner` as in the packets."""

    regime: str
    owner: str = ""
    period: str
    receiver: str
    first: date | None = None
    last: date | None = None
    due: date | None = None
    moved: date | None = None
    binds: Binds = Binds.NAMED
    opened_by: str = ""


class KeptRegime(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a regime's case."""

    regime: Regime
    version: int


class _AnyKept(Kept, frozen=True, kw_only=True, omit_defaults=True):
    figures: tuple[AnyFigure, ...] = ()


_KEPT: Final = msgspec.json.Decoder(Kept)
_ANY_KEPT: Final = msgspec.json.Decoder(_AnyKept)
_KEPT_PERIOD: Final = msgspec.json.Decoder(KeptPeriod)
_KEPT_REGIME: Final = msgspec.json.Decoder(KeptRegime)


def kept(case: Case) -> Kept:
    """Also with figures beyond the bound, which an earlier version let in."""
    try:
        return _KEPT.decode(case.body)
    except msgspec.ValidationError:
        loose = _ANY_KEPT.decode(case.body)
        members = {name: getattr(loose, name) for name in Kept.__struct_fields__}
        return Kept(**members | {"figures": kept_figures(loose.figures)})


def kept_period(case: Case) -> KeptPeriod:
    return _KEPT_PERIOD.decode(case.body)


def reporters(case: Case) -> tuple[str, ...]:
    """Of a period: those who report to its receiver, in order."""
    return tuple(sorted(agency for role, agency in case.parties if role == REPORTER))


def kept_regime(case: Case) -> KeptRegime:
    return _KEPT_REGIME.decode(case.body)


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
    if "to" in event.body:
        return _period_opened(case, event)
    before = kept(case) if case is not None else _fresh(event)
    said = {name: date.fromisoformat(event.body[name]) for name in ("first", "last", "due", "moved")}
    after = msgspec.structs.replace(
        before, **said, owner=event.body["owner"], binds=Binds(event.body["binds"]), opened_by=event.document
    )
    return _case(case, event, after)


def _period_opened(case: Case | None, event: Event) -> Case:
    body = {name: value for name, value in event.body.items() if name != "to"}
    after = msgspec.convert({**body, "opened_by": event.document}, KeptPeriod)
    return _period_case(case, event, after)


def _joined(case: Case | None, event: Event) -> Case:
    """An agency that was not asked reports: it is among the period's reporters from here on."""
    if case is not None and (REPORTER, event.body["to"][0]) in case.parties:
        return case
    fresh = {name: event.body[name] for name in ("regime", "owner", "period", "receiver")}
    return _period_case(case, event, kept_period(case) if case is not None else KeptPeriod(**fresh))


def _period_case(case: Case | None, event: Event, after: KeptPeriod) -> Case:
    parties = dict.fromkeys(case.parties if case is not None else ((RECEIVER, after.receiver),))
    parties |= {(REPORTER, code): None for code in event.body["to"]}
    return Case(
        id=event.case,
        kind=PERIOD,
        state=OPENED,
        parties=tuple(parties),
        opened=case.opened if case is not None else vietnam_date(event.at),
        title=f"{after.regime} {after.period}",
        body=msgspec.json.encode(after),
    )


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


APPLY: Final[dict[str, Callable[[Case | None, Event], Case | Fault]]] = {
    REGIME: _sent_down,
    OPEN: _opened,
    JOIN: _joined,
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
