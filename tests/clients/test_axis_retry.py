"""The schedule of retries, without a clock: when, how often, and when not any more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.retry import ONCE, RETRIED, Backoff

CHANCES = st.floats(0, 1, exclude_max=True)


def test_the_pauses_double_up_to_the_longest() -> None:
    schedule = Backoff(first=1, factor=2, longest=5, budget=1000, tries=6)
    pauses = [schedule.pause(n, 0, 0, 0.999_999) for n in range(1, 6)]
    assert pauses == pytest.approx([1, 2, 4, 5, 5], rel=1e-5)
    assert schedule.pause(6, 0, 0, 0) is None


def test_half_of_a_pause_is_drawn() -> None:
    schedule = Backoff(first=4, longest=100, budget=1000)
    assert schedule.pause(1, 0, 0, 0.0) == 2
    assert schedule.pause(1, 0, 0, 0.5) == 3


def test_what_the_hub_asks_is_waited_and_no_client_comes_at_the_same_moment() -> None:
    schedule = Backoff(first=1, longest=1, budget=100)
    assert schedule.pause(1, 0, 30, 0.0) == 30
    assert schedule.pause(1, 0, 30, 0.5) == 30.5


def test_a_wait_beyond_the_budget_is_not_begun() -> None:
    schedule = Backoff(first=1, longest=1, budget=10, tries=100)
    assert schedule.pause(1, 0, 11, 0) is None
    assert schedule.pause(1, 9.6, 0, 0) is None
    assert schedule.pause(1, 9.4, 0, 0) == 0.5


def test_once_means_once() -> None:
    assert ONCE.pause(1, 0, 0, 0) is None


def test_only_what_says_nothing_against_the_request_is_tried_again() -> None:
    assert set(RETRIED) == {429, 502, 503, 504}


@given(CHANCES, st.lists(st.floats(0, 5), max_size=40))
def test_a_call_ends_within_its_budget_and_tries(chance: float, asked: list[float]) -> None:
    schedule = Backoff()
    elapsed, tried = 0.0, 0
    for asks in [*asked, *[0.0] * 40]:
        tried += 1
        pause = schedule.pause(tried, elapsed, asks, chance)
        if pause is None:
            break
        assert pause >= max(asks, 0)
        elapsed += pause
    assert tried <= schedule.tries
    assert elapsed <= schedule.budget


@given(st.integers(1, 10_000), CHANCES)
def test_no_number_of_tries_overflows(tried: int, chance: float) -> None:
    pause = Backoff(tries=100_000).pause(tried, 0, 0, chance)
    assert pause is not None
    assert 0 < pause <= Backoff().longest
