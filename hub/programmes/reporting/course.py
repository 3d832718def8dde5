"""The course of a report: one table of states and acts, versions, and lateness on a day.

    CHUA_NOP → NHAP → CHO_DUYET_DON_VI → DA_NOP → DA_DUYET
                 ↑___________________________TRA_LAI, with a reason: the next version begins

A report below `DA_NOP` is the agency's own draft. From `DA_NOP` on it is a document on the axis, signed by the one that
answers for it; a correction is a new version by a new document, and the earlier one stays.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from hub.programmes.reporting.regime import Binds
from hub.programmes.working_days import Due


class ReportState(StrEnum):
    NOT_SENT = "CHUA_NOP"
    DRAFT = "NHAP"
    TO_APPROVE = "CHO_DUYET_DON_VI"
    SENT = "DA_NOP"
    ACCEPTED = "DA_DUYET"
    RETURNED = "TRA_LAI"


class ReportAct(StrEnum):
    FILL = "fill"
    ASK_APPROVAL = "ask-approval"
    BACK_TO_DRAFT = "back-to-draft"
    SEND = "send"
    """Approved, signed and accepted by the axis."""

    ACCEPT = "accept"
    RETURN = "return"


_S, _A = ReportState, ReportAct

NEXT: Final[dict[ReportState, dict[ReportAct, ReportState]]] = {
    _S.NOT_SENT: {_A.FILL: _S.DRAFT, _A.SEND: _S.SENT},
    _S.DRAFT: {_A.FILL: _S.DRAFT, _A.ASK_APPROVAL: _S.TO_APPROVE, _A.SEND: _S.SENT},
    _S.TO_APPROVE: {_A.BACK_TO_DRAFT: _S.DRAFT, _A.SEND: _S.SENT},
    _S.SENT: {_A.ACCEPT: _S.ACCEPTED, _A.RETURN: _S.RETURNED},
    _S.RETURNED: {_A.FILL: _S.DRAFT, _A.SEND: _S.SENT},
    _S.ACCEPTED: {},
}
"""A system that fills and approves by itself sends at once: the axis sees the document alone."""


class NotNow(ValueError):
    """The state has no such act; `may` are those that it has."""

    def __init__(self, state: ReportState, act: ReportAct) -> None:
        self.state, self.act, self.may = state, act, tuple(NEXT[state])
        super().__init__(f"{act} is no act on a report that is {state}; it has {', '.join(self.may) or 'none'}")


class Report(NamedTuple):
    """sent: the day on which the axis accepted the latest version; first_sent: that of the first one."""

    state: ReportState = ReportState.NOT_SENT
    version: int = 0
    sent: date | None = None
    first_sent: date | None = None
    reason: str = ""

    def after(self, act: ReportAct, day: date, reason: str = "") -> Report:
        """NotNow where the state has no such act; ValueError for a return without a reason."""
        state = NEXT[self.state].get(act)
        if state is None:
            raise NotNow(self.state, act)
        if act is ReportAct.RETURN and not reason.strip():
            raise ValueError("a report is returned with a reason")
        if act is ReportAct.SEND:
            return Report(state, self.version + 1, day, self.first_sent or day)
        return self._replace(state=state, reason=reason if act is ReportAct.RETURN else self.reason)


class Timeliness(StrEnum):
    IN_TIME = "in-time"
    LATE = "late"
    WAITED_FOR = "waited-for"
    OVERDUE = "overdue"


def timeliness(report: Report, due: Due, binds: Binds, today: date) -> Timeliness:
    """In time or late by the day of the first version that was sent: a return does not make it late. One that was
    returned and not sent again is waited for, or overdue."""
    last = due.moved if binds is Binds.MOVED else due.day
    if report.sent is None or report.first_sent is None or report.state in (ReportState.RETURNED, ReportState.NOT_SENT):
        return Timeliness.OVERDUE if today > last else Timeliness.WAITED_FOR
    return Timeliness.LATE if report.first_sent > last else Timeliness.IN_TIME
