"""A board of tasks that adds up by construction: each task is in exactly one cell, and totals are sums of cells.

The Government's published figures of a decade do not all add up, and change their denominator: overdue is a share of
the tasks that were due in 2016 and 2017, and of all tasks in 2025. So a rate here always carries its denominator.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple, Self

from hub.programmes.tasks.states import Flag, Task, TaskState


class Cell(StrEnum):
    DONE_ON_TIME = "done-on-time"
    DONE_LATE = "done-late"
    OPEN_IN_TIME = "open-in-time"
    """Not done, and not overdue: with time left, or without a deadline."""

    OPEN_LATE = "open-late"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


_ASIDE = {TaskState.SUSPENDED: Cell.SUSPENDED, TaskState.CANCELLED: Cell.CANCELLED}


def cell(task: Task, today: date) -> Cell:
    if task.state in _ASIDE:
        return _ASIDE[task.state]
    late = task.flag(today) is Flag.OVERDUE
    if task.state is TaskState.DONE:
        return Cell.DONE_LATE if late else Cell.DONE_ON_TIME
    return Cell.OPEN_LATE if late else Cell.OPEN_IN_TIME


class Rate(NamedTuple):
    """A share with its whole. `percent` is None where there is nothing to divide by, never 0 or 100."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        return 100 * self.part / self.whole if self.whole else None


class Board(NamedTuple):
    """Tasks by cell. Suspended and cancelled ones stand aside: they are in no total and in no rate."""

    done_on_time: int = 0
    done_late: int = 0
    open_in_time: int = 0
    open_late: int = 0
    suspended: int = 0
    cancelled: int = 0

    @classmethod
    def of(cls, tasks: Iterable[Task], today: date) -> Self:
        counts = dict.fromkeys(Cell, 0)
        for task in tasks:
            counts[cell(task, today)] += 1
        return cls(*(counts[name] for name in Cell))

    def plus(self, other: Board) -> Board:
        """Two boards as one: a province is its own tasks and those of its communes."""
        return Board(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def done(self) -> int:
        return self.done_on_time + self.done_late

    @property
    def open(self) -> int:
        return self.open_in_time + self.open_late

    @property
    def total(self) -> int:
        return self.done + self.open

    @property
    def due(self) -> int:
        """Tasks that are done or whose time is over: the denominator of 2016 and 2017."""
        return self.done + self.open_late

    @property
    def done_of_all(self) -> Rate:
        return Rate(self.done, self.total)

    @property
    def done_of_due(self) -> Rate:
        return Rate(self.done, self.due)

    @property
    def overdue_of_due(self) -> Rate:
        return Rate(self.open_late, self.due)

    @property
    def overdue_of_all(self) -> Rate:
        return Rate(self.open_late, self.total)


def gap(published_total: int, board: Board) -> int:
    """Tasks that a published total has and its published parts have not (or, negative, too many)."""
    return published_total - board.total
