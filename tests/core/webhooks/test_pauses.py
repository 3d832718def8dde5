"""Pauses between tries, by properties: never shorter than planned less a fifth, never longer than the list allows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.base.webhook_settings import WebhookSettings
from hub.core.model import Millis
from hub.core.webhooks.pauses import pause, retry_after

SCHEDULE = WebhookSettings().retry_seconds
NOW = Millis(1_795_320_000_000)  # 2026-11-22T04:00:00Z
seconds = st.floats(0.001, 864_000, allow_nan=False)


@given(st.lists(seconds, min_size=1, max_size=12), st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_the_planned_one_give_or_take_a_fifth(schedule: list[float], failures: int, chance: float) -> None:
    planned = schedule[min(failures, len(schedule)) - 1] * 1000
    assert planned * 0.8 - 1 <= pause(schedule, failures, chance) <= planned * 1.2


@given(st.lists(seconds, min_size=1, max_size=12), st.integers(1, 99), st.integers(0, 1 << 60))
def test_what_a_receiver_asks_for_counts_up_to_the_longest_pause(
    schedule: list[float], failures: int, asked: int
) -> None:
    found = pause(schedule, failures, 0.5, asked)
    assert found >= pause(schedule, failures, 0.5)
    assert found >= min(asked, int(max(schedule) * 1000))
    assert found <= max(schedule) * 1000 * 1.2


def test_the_tries_of_a_dead_endpoint_reach_over_days() -> None:
    total = sum(pause(SCHEDULE, failures, 0.5) for failures in range(1, len(SCHEDULE) + 1))
    assert 3 * 86_400_000 < total < 5 * 86_400_000
    assert pause(SCHEDULE, 1, 0.5) == 5_000


def test_chance_spreads_those_who_failed_together() -> None:
    assert len({pause(SCHEDULE, 2, n / 100) for n in range(100)}) == 100


@given(st.text(max_size=80))
def test_any_retry_after_is_a_bounded_time(value: str) -> None:
    assert 0 <= retry_after(value, NOW) <= 10_000_000_000


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after(" 120 ", NOW) == 120_000
    assert retry_after("Sun, 22 Nov 2026 04:02:00 GMT", NOW) == 120_000
    assert retry_after("Sun, 22 Nov 2020 04:02:00 GMT", NOW) == 0
    assert retry_after("9" * 4_000, NOW) == 10_000_000_000
    for nothing in ("", "-5", "soon", "Sun, 99 Nov 2026 04:02:00 GMT", "٣"):
        assert retry_after(nothing, NOW) == 0
