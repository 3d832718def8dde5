"""The course of a task: one table of states and events, and a flag that is computed for a day and never stored.

The words are the field's own. No official diagram was found; the table is derived from the states that systems show.
An event that the table does not have for a state is refused (`NotNow`) with the events that it does have.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec


class TaskState(StrEnum):
    ASSIGNED = "chuathuchien"
    IN_PROGRESS = "dangthuchien"
    REFUSED = "tuchoithuchien"
    """The assignee says that the task is not its own. The assigner assigns again or cancels."""

    REPORTED = "choxacnhan"
    REDO = "thuchienlai"
    """The assigner did not take the answer for one. The task goes on."""

    SUSPENDED = "tamhoan"
    DONE = "dahoanthanh"
    CANCELLED = "huy"


class TaskAct(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    ASSIGN = "assign"
    """The assigner insists, or names another assignee, after a refusal."""

    REPORT = "report"
    CONFIRM = "confirm"
    REDO = "redo"
    EXTEND = "extend"
    """Another deadline; the state stays."""

    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"


class By(StrEnum):
    """The side whose act it is. Nobody does the other's."""

    ASSIGNER = "assigner"
    ASSIGNEE = "assignee"


WHOSE: Final = {
    TaskAct.ACCEPT: By.ASSIGNEE,
    TaskAct.REFUSE: By.ASSIGNEE,
    TaskAct.REPORT: By.ASSIGNEE,
    TaskAct.ASSIGN: By.ASSIGNER,
    TaskAct.CONFIRM: By.ASSIGNER,
    TaskAct.REDO: By.ASSIGNER,
    TaskAct.EXTEND: By.ASSIGNER,
    TaskAct.SUSPEND: By.ASSIGNER,
    TaskAct.RESUME: By.ASSIGNER,
    TaskAct.CANCEL: By.ASSIGNER,
}

_S, _A = TaskState, TaskAct

NEXT: Final[dict[TaskState, dict[TaskAct, TaskState]]] = {
    _S.ASSIGNED: {
        _A.ACCEPT: _S.IN_PROGRESS,
        _A.REFUSE: _S.REFUSED,
        _A.REPORT: _S.REPORTED,
        _A.EXTEND: _S.ASSIGNED,
        _A.SUSPEND: _S.SUSPENDED,
        _A.CANCEL: _S.CANCELLED,
    },
    _S.IN_PROGRESS: {
        _A.REPORT: _S.REPORTED,
        _A.EXTEND: _S.IN_PROGRESS,
        _A.SUSPEND: _S.SUSPENDED,
        _A.CANCEL: _S.CANCELLED,
    },
    _S.REFUSED: {_A.ASSIGN: _S.ASSIGNED, _A.CANCEL: _S.CANCELLED},
    _S.REPORTED: {
        _A.REPORT: _S.REPORTED,
        _A.CONFIRM: _S.DONE,
        _A.REDO: _S.REDO,
        _A.EXTEND: _S.REPORTED,
        _A.CANCEL: _S.CANCELLED,
    },
    _S.REDO: {
        _A.REPORT: _S.REPORTED,
        _A.EXTEND: _S.REDO,
        _A.SUSPEND: _S.SUSPENDED,
        _A.CANCEL: _S.CANCELLED,
    },
    _S.SUSPENDED: {_A.RESUME: _S.IN_PROGRESS, _A.EXTEND: _S.SUSPENDED, _A.CANCEL: _S.CANCELLED},
    _S.DONE: {},
    _S.CANCELLED: {},
}
"""An assignee that answers at once has accepted by it: so a task may be reported before it was accepted."""

OVER: Final = frozenset(state for state, acts in NEXT.items() if not acts)


class NotNow(ValueError):
    """The state has no such event; `may` are those that it has."""

    def __init__(self, state: TaskState, act: TaskAct) -> None:
        self.state, self.act, self.may = state, act, tuple(NEXT[state])
        super().__init__(f"{act} is no event of a task that is {state}; it has {', '.join(self.may) or 'none'}")


class Flag(StrEnum):
    IN_TIME = "tronghan"
    DUE_SOON = "sapquahan"
    OVERDUE = "quahan"
    NO_DEADLINE = "khonghan"


SOON: Final = 3
"""Days before a deadline from which a task counts as due soon, as the field's systems do."""


class TaskEvent(msgspec.Struct, frozen=True, kw_only=True):
    """day       the promulgation date of the document that brought it: days in Vietnam
    document  the axis's identifier of that document
    due       the new deadline of an extension
    """

    act: TaskAct
    day: date
    document: str
    due: date | None = None


class Task(NamedTuple):
    """A task as its events leave it. answered: the promulgation date of the latest report, on time or late by it."""

    state: TaskState
    due: date | None
    answered: date | None

    def after(self, event: TaskEvent) -> Task:
        """The task after one more event. NotNow where its state has none such; ValueError for an extension without a
        deadline, or a deadline without an extension."""
        state = NEXT[self.state].get(event.act)
        if state is None:
            raise NotNow(self.state, event.act)
        if (event.due is not None) is not (event.act is TaskAct.EXTEND):
            raise ValueError("an extension, and nothing else, names a new deadline")
        return Task(state, event.due or self.due, event.day if event.act is TaskAct.REPORT else self.answered)

    def flag(self, today: date) -> Flag:
        """In the field's words: for a task that is over, by the day of its answer; else by `today`."""
        if self.due is None:
            return Flag.NO_DEADLINE
        day = self.answered if self.state is TaskState.DONE and self.answered else today
        if day > self.due:
            return Flag.OVERDUE
        if self.state not in OVER and (self.due - day).days <= SOON:
            return Flag.DUE_SOON
        return Flag.IN_TIME


def play(due: date | None, events: Iterable[TaskEvent]) -> Task:
    """A task from its assignment through all of its events."""
    task = Task(TaskState.ASSIGNED, due, None)
    for event in events:
        task = task.after(event)
    return task
