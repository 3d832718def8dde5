"""A restart forgets who holds what; the record must not say NEVER_FETCHED of what somebody has read."""

from __future__ import annotations

from pathlib import Path

from hub.base.config import MailboxSettings
from hub.core.evidence.format import Event
from hub.core.model import DeliveryState, StatusCode
from tests.exchange.kit import audit, evidence_of
from tests.support.axis import HOUR, NOON, SON_LA, VPCP, Axis, Clock, an_axis

LEASE = 60_000


async def state(axis: Axis) -> DeliveryState:
    row = await axis.exchange.store.delivery(1, SON_LA)
    assert row is not None
    return row.state


async def test_what_was_read_before_a_restart_is_not_taken_back_as_never_fetched(tmp_path: Path, keys: Path) -> None:
    clock = Clock(NOON)
    async with an_axis(tmp_path, keys, clock) as axis:
        sent = (await axis.send(VPCP, SON_LA)).answer
        (held,) = await axis.fetch(SON_LA)
    async with an_axis(tmp_path, keys, clock) as axis:
        await axis.status(VPCP, StatusCode.TAKE_BACK, sent, other=VPCP)
        assert await state(axis) is DeliveryState.WAITING, "its reader has to be asked"
        # Whoever has read it may still say so, and then holds it.
        message = held.entry.message
        (done,) = (await axis.acknowledge(SON_LA, [(message.id, message.sha256)])).answer
        assert done.refusal is None
        assert await state(axis) is DeliveryState.HANDED_OVER
        await audit(axis)


async def test_what_was_read_is_asked_for_after_a_restart_however_late(tmp_path: Path, keys: Path) -> None:
    clock = Clock(NOON)
    async with an_axis(tmp_path, keys, clock) as axis:
        sent = (await axis.send(VPCP, SON_LA)).answer
        await axis.fetch(SON_LA)
    clock.forward(2 * LEASE)
    async with an_axis(tmp_path, keys, clock) as axis:
        await axis.status(VPCP, StatusCode.TAKE_BACK, sent, other=VPCP)
        clock.forward(2 * LEASE)
        await axis.exchange.sweep()
        assert await state(axis) is DeliveryState.WAITING
        assert await evidence_of(axis, sent, Event.RECALL_CONFIRMED) == []
        await axis.status(SON_LA, StatusCode.AGREED, sent)
        assert await state(axis) is DeliveryState.TAKEN_BACK
        await audit(axis)


async def test_what_nobody_read_is_taken_back_at_once_after_a_restart_too(tmp_path: Path, keys: Path) -> None:
    clock = Clock(NOON)
    async with an_axis(tmp_path, keys, clock) as axis:
        sent = (await axis.send(VPCP, SON_LA)).answer
    async with an_axis(tmp_path, keys, clock) as axis:
        await axis.status(VPCP, StatusCode.TAKE_BACK, sent, other=VPCP)
        (evidence,) = await evidence_of(axis, sent, Event.RECALL_CONFIRMED)
        assert [reason.code for reason in evidence.reasons] == ["NEVER_FETCHED"]
        await audit(axis)


async def test_what_was_read_just_before_its_end_and_a_restart_may_still_be_signed_for(
    tmp_path: Path, keys: Path
) -> None:
    clock, mailbox = Clock(NOON), MailboxSettings(warn_hours=(1.0,) * 5, expire_hours=(2.0,) * 5)
    async with an_axis(tmp_path, keys, clock, mailbox) as axis:
        await axis.send(VPCP, SON_LA)
        clock.forward(HOUR)
        await axis.exchange.sweep()
        clock.forward(HOUR - 1)
        (held,) = await axis.fetch(SON_LA)
    async with an_axis(tmp_path, keys, clock, mailbox) as axis:
        clock.forward(1)
        await axis.exchange.sweep()
        assert await state(axis) is DeliveryState.WAITING
        message = held.entry.message
        (done,) = (await axis.acknowledge(SON_LA, [(message.id, message.sha256)])).answer
        assert done.refusal is None
        await audit(axis)


async def test_what_came_after_the_start_is_taken_back_at_once(tmp_path: Path, keys: Path) -> None:
    clock = Clock(NOON)
    async with an_axis(tmp_path, keys, clock) as axis:
        await axis.send(VPCP, SON_LA)
    async with an_axis(tmp_path, keys, clock) as axis:
        axis.numbers = 1
        sent = (await axis.send(VPCP, SON_LA)).answer
        await axis.status(VPCP, StatusCode.TAKE_BACK, sent, other=VPCP)
        row = await axis.exchange.store.delivery(2, SON_LA)
        assert row is not None
        assert row.state is DeliveryState.TAKEN_BACK


async def test_what_was_read_at_the_end_of_a_lease_is_asked_for(tmp_path: Path, keys: Path) -> None:
    """Its reader has it in hand, though the lease under which it was fetched has lapsed."""
    clock = Clock(NOON)
    async with an_axis(tmp_path, keys, clock) as axis:
        sent = (await axis.send(VPCP, SON_LA)).answer
        await axis.fetch(SON_LA)
        clock.forward(LEASE - 1)
        await axis.exchange.content(axis.caller(SON_LA), sent.message.id)
        clock.forward(1)
        await axis.status(VPCP, StatusCode.TAKE_BACK, sent, other=VPCP)
        assert await state(axis) is DeliveryState.WAITING
        await audit(axis)
