"""A batch is as large as the disk asks for, and no larger: an urgent document waits for the one that runs."""

from __future__ import annotations

import pytest

from hub.record.batch_size import LEAST, BatchSize


def learned(once: float, each: float, most: int = 256) -> int:
    size = BatchSize(most)
    for _ in range(100):
        size.learn(20, once + 20 * each, 20 * each)
    return size.now


@pytest.mark.parametrize(
    ("once_ms", "each_ms", "expected"),
    [(0.5, 0.2, LEAST), (4.0, 0.2, 80), (20.0, 0.2, 256), (0.0, 0.2, LEAST)],
)
def test_it_grows_with_what_a_commit_costs(once_ms: float, each_ms: float, expected: int) -> None:
    assert learned(once_ms / 1000, each_ms / 1000) == expected


def test_before_anything_is_known_it_is_the_setting() -> None:
    assert BatchSize(100).now == 100


def test_the_setting_is_never_exceeded_not_even_by_the_least() -> None:
    assert learned(1.0, 0.001, most=8) == 8


def test_one_odd_batch_does_not_turn_it_over() -> None:
    size = BatchSize(256)
    for _ in range(50):
        size.learn(20, 0.005, 0.004)
    before = size.now
    size.learn(20, 0.5, 0.004)  # the disk was busy with something else, once
    size.learn(1, 0.001, 0.0001)
    assert size.now <= 2 * before
    for _ in range(50):
        size.learn(20, 0.005, 0.004)
    assert size.now == before
