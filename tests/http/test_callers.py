"""Rates, assertions taken once, and work that outlives its caller: the parts, with a clock in the test's hand."""

from __future__ import annotations

import asyncio
import threading

import pytest

from hub.core.errors import TooMany, Unauthenticated
from hub.core.model import Millis
from hub.http import limits as quotas
from hub.http import taken
from hub.http.limits import Rates
from hub.http.taken import Once
from tests.support.axis import Axis
from tests.support.web import until


def test_a_rate_is_a_burst_and_then_its_mean() -> None:
    now = 0.0
    rates = Rates(10, 3, lambda: now)
    for _ in range(3):
        rates.check("a")
    with pytest.raises(TooMany) as caught:
        rates.check("a")
    assert caught.value.retry_after == pytest.approx(0.1)
    rates.check("b")
    now = 0.11
    rates.check("a")
    with pytest.raises(TooMany):
        rates.check("a")
    now = 100.0
    for _ in range(3):
        rates.check("a")


def test_callers_that_are_idle_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "_MANY", 100)
    now = 0.0
    rates = Rates(10, 3, lambda: now)
    for number in range(1_000):
        now = number / 10
        rates.check(str(number))
    assert len(rates._free_at) < 110


def test_an_assertion_is_taken_once_and_forgotten_when_it_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taken, "_MANY", 100)
    once = Once(most=150)
    for number in range(1_000):
        once.take(str(number), Millis(number + 50), Millis(number))
        with pytest.raises(Unauthenticated):
            once.take(str(number), Millis(number + 50), Millis(number))
    assert len(once._until) <= 150


def test_when_no_more_can_be_remembered_none_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taken, "_MANY", 10)
    once = Once(most=20)
    for number in range(20):
        once.take(str(number), Millis(99), Millis(0))
    with pytest.raises(TooMany):
        once.take("another", Millis(99), Millis(0))


async def test_a_callers_spool_outlives_the_work_on_it(axis: Axis) -> None:
    """The caller goes away while a thread reads its document: the descriptor stays until the thread has ended."""
    began, end = threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        end.wait(5)

    working = asyncio.ensure_future(axis.exchange.examiner.in_thread(work))
    await until(began.is_set)
    working.cancel()
    await asyncio.wait([working], timeout=0.02)
    assert not working.done()
    end.set()
    with pytest.raises(asyncio.CancelledError):
        await working
