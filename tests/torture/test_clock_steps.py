"""The clock of a running hub is set an hour forward, and back: nobody is shut out, nothing is called what it is not,
and the record's time never runs back."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.core.model import DeliveryState, Millis, StatusCode
from hub.delivery.leases import Leases
from tests.exchange.kit import audit, ids, pairs
from tests.support.axis import HOUR, NOON, SON_LA, VPCP, Clock, an_axis
from tests.support.web import Web
from tests.support.witnesskit import a_hub

STEPS = [HOUR, -HOUR]


@pytest.mark.parametrize("step", STEPS)
async def test_documents_travel_over_a_step_and_the_record_keeps_its_order(
    tmp_path: Path, keys: Path, step: int
) -> None:
    clock = Clock(NOON)
    async with an_axis(tmp_path, keys, clock) as axis:
        first = await axis.send(VPCP, SON_LA)
        held = await axis.fetch(SON_LA)
        clock.forward(step)
        second = await axis.send(VPCP, SON_LA)
        assert second.answer.message.accepted_at >= first.answer.message.accepted_at
        # What was fetched before the step is signed for after it, once.
        (done,) = (await axis.acknowledge(SON_LA, pairs(held))).answer
        assert (done.state, done.repeated) == (DeliveryState.HANDED_OVER, False)
        assert ids(await axis.take(SON_LA)) == [second.answer.message.id]
        clock.forward(-step)
        await axis.send(VPCP, SON_LA)
        assert len(await axis.take(SON_LA)) == 1
        await audit(axis)
    async with an_axis(tmp_path, keys, clock) as axis:
        await audit(axis)


@pytest.mark.parametrize("step", STEPS)
async def test_a_take_back_after_a_step_does_not_call_never_fetched_what_was_just_read(
    tmp_path: Path, keys: Path, step: int
) -> None:
    clock = Clock(NOON)
    async with an_axis(tmp_path, keys, clock) as axis:
        await axis.send(VPCP, SON_LA)  # the record's time
        clock.forward(step)
        sent = (await axis.send(VPCP, SON_LA)).answer
        await axis.fetch(SON_LA)
        await axis.status(VPCP, StatusCode.TAKE_BACK, sent, other=VPCP)
        row = await axis.exchange.store.delivery(sent.message.number, SON_LA)
        assert row is not None
        assert (row.state, row.pending is not None) == (DeliveryState.WAITING, True), "its reader has to be asked"
        await audit(axis)


async def test_a_take_back_after_a_step_back_asks_who_fetched_before_it(tmp_path: Path, keys: Path) -> None:
    clock = Clock(NOON)
    async with an_axis(tmp_path, keys, clock) as axis:
        sent = (await axis.send(VPCP, SON_LA)).answer
        await axis.fetch(SON_LA)
        clock.forward(-HOUR)
        await axis.status(VPCP, StatusCode.TAKE_BACK, sent, other=VPCP)
        row = await axis.exchange.store.delivery(sent.message.number, SON_LA)
        assert row is not None
        assert row.state is DeliveryState.WAITING


async def test_what_a_lost_worker_held_is_offered_again_after_a_step_back(tmp_path: Path, keys: Path) -> None:
    """Not only when the clock has come to where it was."""
    clock = Clock(NOON)
    async with an_axis(tmp_path, keys, clock) as axis:
        sent = (await axis.send(VPCP, SON_LA)).answer
        assert ids(await axis.fetch(SON_LA)) == [sent.message.id]
        assert ids(await axis.fetch(SON_LA)) == []
        clock.forward(-HOUR)
        assert ids(await axis.fetch(SON_LA)) == [sent.message.id]


def test_a_lease_of_the_future_leaves_room_for_others() -> None:
    leases = Leases(most=1)
    assert leases.take("a", 1, Millis(HOUR + 60_000), Millis(HOUR))
    assert set(leases.held("a", Millis(HOUR))) == {1}
    assert not leases.held("a", Millis(0))
    assert leases.held_else_barred("a", 1, Millis(0)) == HOUR, "the record cannot know that it ended"
    assert leases.held_else_barred("a", 1, Millis(HOUR + 60_000)) is None


@pytest.mark.parametrize("step", STEPS)
async def test_a_client_with_the_right_clock_gets_a_token_after_a_step(tmp_path: Path, keys: Path, step: int) -> None:
    """A hub that was started with a wrong clock, which is then set right."""
    clock = Clock(NOON)
    async with a_hub(tmp_path, keys, [], clock=clock) as web:
        await used(web)
        clock.forward(step)
        web.tokens.clear()
        await used(web)


async def used(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    assert sent.receipt
