"""Steering tasks: the table of states, the flag, boards, and the published breakdowns of 2016, 2017 and 2025."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.programmes.tasks.board import Board, Cell, cell, gap
from hub.programmes.tasks.clocks import CLOCKS, Opinion, opinion
from hub.programmes.tasks.states import NEXT, OVER, WHOSE, Flag, NotNow, Task, TaskAct, TaskEvent, TaskState, play
from hub.programmes.working_days import vietnam

DUE = date(2026, 11, 20)


def event(act: TaskAct, day: date = date(2026, 11, 10), due: date | None = None) -> TaskEvent:
    return TaskEvent(act=act, day=day, document="d", due=due)


def test_every_state_is_reached_and_every_act_is_somebodys() -> None:
    reached = {TaskState.ASSIGNED} | {state for acts in NEXT.values() for state in acts.values()}
    assert reached == set(TaskState) == set(NEXT)
    assert set(WHOSE) == set(TaskAct) == {act for acts in NEXT.values() for act in acts}
    assert {TaskState.DONE, TaskState.CANCELLED} == OVER


@given(st.lists(st.sampled_from(TaskAct), max_size=12))
def test_any_history_ends_in_a_state_or_says_what_was_possible(acts: list[TaskAct]) -> None:
    task = play(DUE, [])
    for act in acts:
        step = event(act, due=DUE if act is TaskAct.EXTEND else None)
        if act in NEXT[task.state]:
            assert task.state not in OVER
            task = task.after(step)
            continue
        with pytest.raises(NotNow) as refused:
            task.after(step)
        assert refused.value.may == tuple(NEXT[task.state])


def test_an_answer_at_once_and_one_that_has_to_be_given_again() -> None:
    first, again = date(2026, 11, 18), date(2026, 11, 25)
    task = play(DUE, [event(TaskAct.REPORT, first), event(TaskAct.REDO), event(TaskAct.REPORT, again)])
    assert task.after(event(TaskAct.CONFIRM, date(2026, 12, 1))) == Task(TaskState.DONE, DUE, again)


def test_on_time_goes_by_the_confirmed_answer_and_not_by_the_day_of_the_confirmation() -> None:
    task = play(DUE, [event(TaskAct.REPORT, DUE), event(TaskAct.CONFIRM, DUE + timedelta(days=30))])
    assert cell(task, DUE + timedelta(days=99)) is Cell.DONE_ON_TIME
    late = play(DUE, [event(TaskAct.REPORT, DUE + timedelta(days=1)), event(TaskAct.CONFIRM, DUE)])
    assert cell(late, DUE) is Cell.DONE_LATE


def test_an_extension_moves_the_deadline_and_nothing_else_does() -> None:
    later = DUE + timedelta(days=10)
    task = play(DUE, [event(TaskAct.ACCEPT), event(TaskAct.EXTEND, due=later)])
    assert task == Task(TaskState.IN_PROGRESS, later, None)
    for wrong in (event(TaskAct.EXTEND), event(TaskAct.REPORT, due=later)):
        with pytest.raises(ValueError, match="new deadline"):
            task.after(wrong)


@pytest.mark.parametrize(
    ("left", "flag"),
    [(4, Flag.IN_TIME), (3, Flag.DUE_SOON), (0, Flag.DUE_SOON), (-1, Flag.OVERDUE)],
)
def test_the_flag_is_computed_for_a_day(left: int, flag: Flag) -> None:
    assert play(DUE, []).flag(DUE - timedelta(days=left)) is flag
    assert play(None, []).flag(DUE) is Flag.NO_DEADLINE


TASKS = st.builds(
    Task,
    st.sampled_from(TaskState),
    st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)


@given(st.lists(TASKS), st.lists(TASKS), st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_a_board_adds_up(mine: list[Task], theirs: list[Task], today: date) -> None:
    board = Board.of(mine, today)
    assert sum(board) == len(mine)
    assert board.total == board.done + board.open == len(mine) - board.suspended - board.cancelled
    assert board.plus(Board.of(theirs, today)) == Board.of([*mine, *theirs], today)


def rounded(percent: float | None, digits: int = 2) -> float:
    assert percent is not None
    return round(percent, digits)


def test_the_figures_of_2016() -> None:
    august = Board(done_on_time=2501, open_in_time=6272 - 2723, open_late=222)
    assert august.total == 6272
    assert august.due == 2723
    assert rounded(august.done_of_due.percent) == 91.85  # published: 91.8
    october = Board(done_on_time=4069, open_in_time=3138, open_late=142)
    assert october.total == 7349
    assert rounded(october.overdue_of_due.percent) == 3.37  # published: 3.56, of neither denominator
    assert rounded(october.overdue_of_all.percent) == 1.93


def test_the_figures_of_2017() -> None:
    year = Board(14_068, 1_983, 5_640, 223)
    assert (year.total, year.done, year.open) == (21_914, 16_051, 5_863)
    assert rounded(year.done_of_due.percent) == 98.63  # published: 98.62
    assert rounded(year.overdue_of_due.percent) == 1.37  # published: 1.38


def test_the_figures_of_2025_lack_eighteen_tasks() -> None:
    october = Board(done_on_time=7_892, open_in_time=1_602, open_late=319)
    assert gap(9_831, october) == 18
    assert rounded(100 * 7_892 / 9_831) == 80.28  # published: 80.3
    assert rounded(100 * 319 / 9_831) == 3.24  # published: 3.23


def test_a_rate_of_nothing_is_no_rate() -> None:
    assert Board().done_of_due.percent is None


def test_silence_is_consent_where_the_decree_says_so() -> None:
    clock = CLOCKS["members-opinion"]
    due = clock.due(date(2026, 8, 28), 2, vietnam())  # Friday; then a long weekend with an exchanged Monday
    assert due == date(2026, 9, 4)
    assert opinion(clock, due, None, due) is Opinion.WAITING
    assert opinion(clock, due, due, due) is Opinion.GIVEN
    after = due + timedelta(days=1)
    assert opinion(clock, due, None, after) is Opinion.CONSENTED_BY_SILENCE
    assert opinion(clock, due, after, after) is Opinion.CONSENTED_BY_SILENCE
    check = CLOCKS["formal-check"]
    assert opinion(check, due, None, after) is Opinion.LATE
    assert opinion(check, due, after, after) is Opinion.GIVEN_LATE
    with pytest.raises(ValueError, match="2 to 5"):
        clock.due(date(2026, 8, 28), 6, vietnam())
