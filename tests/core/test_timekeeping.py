"""Whether a clock may be believed: every rule by itself, and for any course of readings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import Millis
from hub.core.timekeeping import Bounds, Cause, Known, judge

DAY = 86_400_000
BOUNDS = Bounds(jump=60_000, apart=300_000, ahead=30 * DAY, behind=60_000)
NOON = 1_795_320_000_000


def cause(known: Known, wall: int, steady: int = 0) -> Cause | None:
    doubt = judge(known, wall, steady, BOUNDS)[1]
    return doubt.cause if doubt else None


def believed(wall: int = NOON, steady: int = 0) -> Known:
    known, doubt = judge(Known(), wall, steady, BOUNDS)
    assert doubt is None
    return known


def test_a_fresh_folder_has_no_past() -> None:
    for wall in (0, NOON, NOON + 10_000 * DAY):
        assert cause(Known(), wall) is None


def test_at_the_start_the_last_sign_of_life_bounds_it_in_both_directions() -> None:
    known = Known(alive=Millis(NOON))
    for wall, told in (
        (NOON - 60_000, None),
        (NOON - 60_001, Cause.BEHIND),
        (NOON + 30 * DAY, None),
        (NOON + 30 * DAY + 1, Cause.AHEAD),
    ):
        assert cause(known, wall) is told, wall - NOON


def test_a_step_in_either_direction_is_not_believed_and_the_way_back_is() -> None:
    known = believed()
    for days in (9, -9):
        later, doubt = judge(known, NOON + days * DAY + 1_000, 1_000, BOUNDS)
        assert doubt is not None
        assert doubt.cause is Cause.JUMPED
        assert later.best(NOON + days * DAY + 1_000, 1_000) == NOON + 1_000, "what only reads goes on"
        assert cause(later, NOON + 21_000, 21_000) is None


def test_a_hub_that_ended_in_doubt_is_in_doubt_when_it_starts() -> None:
    known = Known(alive=Millis(NOON), unsure=True)
    assert cause(known, NOON + 1) is Cause.LEFT_IN_DOUBT
    assert cause(known.trusted(NOON + 1, 0), NOON + 2, 1) is None


def test_the_operator_s_word_is_more_than_what_was_said_before() -> None:
    known = believed().hearing("w1", Millis(NOON), 0)
    wall = NOON + 9 * DAY
    assert cause(known, wall) is Cause.CONTRADICTED
    assert cause(known.trusted(wall, 0), wall + 5_000, 5_000) is None


def test_others_confirm_a_step_and_a_start_and_contradict_both() -> None:
    wall = NOON + 40 * DAY
    for known in (believed(), Known(alive=Millis(NOON)), Known(alive=Millis(NOON), unsure=True)):
        assert cause(known.hearing("w1", Millis(wall + 1_000), 0), wall) is None
        assert cause(known.hearing("w1", Millis(NOON), 0), wall) is Cause.CONTRADICTED
    agreed = believed().hearing("w1", Millis(NOON), 0)
    assert cause(agreed, NOON + 9 * DAY, 0) is Cause.CONTRADICTED, "what was said before a step is still known after it"


def test_one_wrong_voice_among_three_decides_nothing_and_a_tie_is_a_doubt() -> None:
    known = believed()
    for who, at in (("w1", NOON), ("w2", NOON), ("w3", NOON + DAY)):
        known = known.hearing(who, Millis(at), 0)
    assert cause(known, NOON) is None
    assert cause(known.hearing("w2", Millis(NOON + DAY), 0), NOON) is Cause.CONTRADICTED
    two = believed().hearing("w1", Millis(NOON), 0).hearing("w2", Millis(NOON + DAY), 0)
    assert cause(two, NOON) is Cause.CONTRADICTED


@given(
    st.lists(st.tuples(st.integers(1, 100_000), st.floats(-0.05, 0.05)), max_size=60),
)
def test_a_clock_that_is_slewed_is_followed_however_far_it_goes(steps: list[tuple[int, float]]) -> None:
    known, wall, steady = believed(), float(NOON), 0
    for passed, rate in steps:
        wall, steady = wall + passed * (1 + rate), steady + passed
        known, doubt = judge(known, int(wall), steady, BOUNDS)
        assert doubt is None


@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(-DAY, DAY)), max_size=40))
def test_nothing_believed_goes_further_from_the_steady_clock_than_it_may(steps: list[tuple[int, int]]) -> None:
    """Whatever a clock does: without anybody's word, what is believed drifts by a tenth of what passed and stands at
    most one jump beside it."""
    known, steady = believed(), 0
    for passed, step in steps:
        steady += passed
        wall = NOON + steady + step
        known, doubt = judge(known, wall, steady, BOUNDS)
        if doubt is None:
            assert abs(wall - (NOON + steady)) <= BOUNDS.jump + steady // 10 + 1


def test_a_clock_that_runs_twice_as_fast_is_found_out() -> None:
    known = believed()
    for second in range(1, 200):
        known, doubt = judge(known, NOON + 2_000 * second, 1_000 * second, BOUNDS)
        if doubt is not None:
            assert doubt.cause is Cause.JUMPED
            return
    raise AssertionError("never doubted")
