"""Deadlines: a warning, then expiry, after the times of each priority; and what was fetched in time never expires."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.core.errors import DeliveryConflict
from hub.core.evidence.format import Event
from hub.core.model import Millis, Priority, StatusCode
from hub.record.acts.delivery import HELD_MOST
from tests.exchange.kit import a_status, audit, evidence_of, pairs, refused, report
from tests.support.axis import MAI_SON, NOON, SETTINGS, SON_LA, VPCP, Axis, Clock, an_axis, priority, recall

HOUR, LEASE = 3_600_000, 60_000


async def swept(axis: Axis, at: int) -> int:
    axis.clock.now = NOON + at
    return await axis.exchange.sweep()


@pytest.mark.parametrize("urgency", Priority)
async def test_each_priority_has_its_own_times(axis: Axis, urgency: Priority) -> None:
    warn, expire = SETTINGS.mailbox.warn_after(urgency), SETTINGS.mailbox.expire_after(urgency)
    accepted = (await axis.send(VPCP, SON_LA, other=priority(urgency))).answer
    assert [await swept(axis, at) for at in (0, warn - 1, warn, warn, expire - 1)] == [0, 0, 1, 0, 0]
    (warning,) = await evidence_of(axis, accepted, Event.HANDOVER_WARNING)
    assert [r.code for r in warning.reasons] == ["NOT_FETCHED_YET"]
    assert await axis.states(accepted) == {SON_LA: "waiting"}
    assert [await swept(axis, at) for at in (expire, expire, expire + 100 * HOUR)] == [1, 0, 0]
    (end,) = await evidence_of(axis, accepted, Event.ACCEPTANCE_REJECTION_EXPIRY)
    assert [r.code for r in end.reasons] == ["NOT_FETCHED_IN_TIME"]
    assert await axis.states(accepted) == {SON_LA: "expired"}
    assert await axis.fetch(SON_LA) == []


async def test_what_was_handed_over_before_the_warning_leaves_neither(brief: Axis) -> None:
    accepted = (await brief.send(VPCP, SON_LA)).answer
    await brief.take(SON_LA)
    assert await swept(brief, 100 * HOUR) == 0
    assert await brief.events(accepted) == [("SubmissionAcceptance", ""), ("ContentHandover", SON_LA)]


async def test_what_was_handed_over_after_the_warning_does_not_expire(brief: Axis) -> None:
    accepted = (await brief.send(VPCP, SON_LA, MAI_SON)).answer
    assert await swept(brief, HOUR) == 2
    await brief.take(SON_LA)
    assert await swept(brief, 2 * HOUR) == 1
    assert await brief.states(accepted) == {SON_LA: "handed_over", MAI_SON: "expired"}


async def test_what_a_worker_holds_when_time_runs_out_may_still_be_acknowledged(brief: Axis) -> None:
    accepted = (await brief.send(VPCP, SON_LA)).answer
    await swept(brief, HOUR)
    brief.clock.now = NOON + 2 * HOUR - 1
    items = pairs(await brief.fetch(SON_LA))
    assert await swept(brief, 2 * HOUR) == 1
    assert await brief.states(accepted) == {SON_LA: "waiting"}
    (done,) = (await brief.acknowledge(SON_LA, items)).answer
    assert done.refusal is None
    assert await swept(brief, 100 * HOUR) == 0


async def test_a_lease_after_the_deadline_does_not_put_it_off_again(brief: Axis) -> None:
    accepted = (await brief.send(VPCP, SON_LA)).answer
    await swept(brief, HOUR)
    brief.clock.now = NOON + 2 * HOUR - 1
    await brief.fetch(SON_LA)
    await swept(brief, 2 * HOUR)
    brief.clock.now = NOON + 2 * HOUR + LEASE - 1
    items = pairs(await brief.fetch(SON_LA))
    assert len(items) == 1
    assert await swept(brief, 2 * HOUR + LEASE) == 1
    assert await brief.states(accepted) == {SON_LA: "expired"}
    (late,) = (await brief.acknowledge(SON_LA, items)).answer
    assert isinstance(late.refusal, DeliveryConflict)


async def test_a_late_acknowledgement_is_refused_and_its_bytes_can_no_longer_be_read(brief: Axis) -> None:
    accepted = (await brief.send(VPCP, SON_LA)).answer
    items = pairs(await brief.fetch(SON_LA))
    await swept(brief, HOUR)
    await swept(brief, 2 * HOUR)
    (late,) = (await brief.acknowledge(SON_LA, items)).answer
    assert isinstance(late.refusal, DeliveryConflict)
    await refused(DeliveryConflict, brief.exchange.content(brief.caller(SON_LA), accepted.message.id))
    _, data = await brief.exchange.content(brief.caller(VPCP), accepted.message.id)
    assert data == brief.sent[accepted.message.id]


async def test_the_warning_tells_both_ends_and_so_does_the_expiry(brief: Axis) -> None:
    await brief.send(VPCP, SON_LA)
    with brief.exchange.notices.subscribed([VPCP, SON_LA]) as subscription:
        await swept(brief, HOUR)
        await swept(brief, 2 * HOUR)
        told = [(h.agency, h.what) for h in subscription.drain()]
    assert told == [(VPCP, "not-fetched"), (SON_LA, "expires-soon"), (VPCP, "expired"), (SON_LA, "expired")]


async def test_a_hub_that_was_down_warns_first_and_leaves_time_to_fetch(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        await axis.send(VPCP, SON_LA)
    clock.forward(7 * 24 * HOUR + 1)
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        assert [await axis.exchange.sweep(), await axis.exchange.sweep()] == [1, 0]
        clock.forward(LEASE - 1)
        assert await axis.exchange.sweep() == 0
        assert len(await axis.take(SON_LA)) == 1
        await audit(axis)


async def test_many_deadlines_are_met_in_rounds(brief: Axis) -> None:
    for _ in range(3):
        await brief.send(VPCP, SON_LA, MAI_SON)
    assert await swept(brief, HOUR) == 6
    assert await swept(brief, 2 * HOUR) == 6
    tallies = await brief.exchange.store.tallies()
    assert {(t.agency, t.accepted, *t.states.values()) for t in tallies} == {(SON_LA, 3, 3), (MAI_SON, 3, 3)}


async def test_a_status_never_expires(brief: Axis) -> None:
    accepted = (await brief.send(VPCP, SON_LA)).answer
    await brief.take(SON_LA)
    await brief.status(SON_LA, StatusCode.ACCEPTED, accepted)
    assert await swept(brief, 100 * HOUR) == 0
    assert len(await brief.fetch(VPCP)) == 1


async def test_a_take_back_that_waits_for_an_answer_puts_off_no_expiry(brief: Axis) -> None:
    accepted = (await brief.send(VPCP, SON_LA)).answer
    await swept(brief, HOUR)
    brief.clock.now = NOON + 2 * HOUR - 1
    await brief.fetch(SON_LA)
    await report(brief, a_status(VPCP, StatusCode.TAKE_BACK, VPCP, document_id=accepted.message.document_id))
    await swept(brief, 2 * HOUR + LEASE)
    assert await brief.states(accepted) == {SON_LA: "expired"}


@pytest.mark.parametrize("read", ["fetch", "content"])
async def test_what_was_offered_is_never_said_to_be_unread(brief: Axis, read: str) -> None:
    accepted = (await brief.send(VPCP, SON_LA, MAI_SON)).answer
    if read == "fetch":
        await brief.fetch(SON_LA)
    else:
        await brief.exchange.content(brief.caller(SON_LA), accepted.message.id)
    await swept(brief, HOUR)
    await swept(brief, 2 * HOUR)
    assert await brief.states(accepted) == {SON_LA: "expired", MAI_SON: "expired"}
    for event, unread in (
        (Event.HANDOVER_WARNING, "NOT_FETCHED_YET"),
        (Event.ACCEPTANCE_REJECTION_EXPIRY, "NOT_FETCHED_IN_TIME"),
    ):
        for recipient, reason in ((SON_LA, "FETCHED_NOT_ACKNOWLEDGED"), (MAI_SON, unread)):
            (evidence,) = await evidence_of(brief, accepted, event, recipient)
            assert [r.code for r in evidence.reasons] == [reason]


async def test_a_transfer_that_began_in_time_is_not_cut_off_by_the_end(brief: Axis) -> None:
    accepted = (await brief.send(VPCP, SON_LA)).answer
    await swept(brief, HOUR)
    brief.clock.now = NOON + 2 * HOUR - 1
    seen = await brief.exchange.readable(brief.caller(SON_LA), accepted.message.id)
    async with brief.exchange.reading(seen):
        for step in range(8):  # far longer than a lease
            assert await swept(brief, 2 * HOUR + step * LEASE) <= 1
            assert await brief.fetch(SON_LA) == []
            assert await brief.states(accepted) == {SON_LA: "waiting"}
    brief.clock.forward(LEASE - 1)
    await brief.exchange.sweep()
    (done,) = (await brief.acknowledge(SON_LA, [(seen.message.id, seen.message.sha256)])).answer
    assert done.refusal is None


async def test_one_that_never_ends_does_not_put_the_end_off_for_ever(brief: Axis) -> None:
    accepted = (await brief.send(VPCP, SON_LA)).answer
    await swept(brief, HOUR)
    brief.clock.now = NOON + 2 * HOUR - 1
    seen = await brief.exchange.readable(brief.caller(SON_LA), accepted.message.id)
    async with brief.exchange.reading(seen):
        await swept(brief, 2 * HOUR)
        await swept(brief, 2 * HOUR + HELD_MOST)
        assert await brief.states(accepted) == {SON_LA: "expired"}


async def test_a_recall_expires_like_any_document_and_the_answer_still_counts(brief: Axis) -> None:
    accepted = (await brief.send(VPCP, SON_LA)).answer
    await brief.take(SON_LA)
    asked = (await brief.send(VPCP, SON_LA, business=recall(accepted.message.document_id))).answer
    await swept(brief, HOUR)
    await swept(brief, 2 * HOUR)
    assert await brief.states(asked) == {SON_LA: "expired"}
    await brief.status(SON_LA, StatusCode.AGREED, accepted)
    assert await brief.states(accepted) == {SON_LA: "taken_back"}


async def test_time_in_the_record_never_runs_backwards(tmp_path: Path, keys: Path) -> None:
    """Neither while the hub runs nor over a restart; the audit compares every leaf with the one before."""
    clock = Clock()
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        await axis.send(VPCP, SON_LA)
        clock.forward(-5 * LEASE)
        accepted = (await axis.send(VPCP, SON_LA)).answer
        assert accepted.message.accepted_at == NOON
    clock.now = NOON - 30_000  # less than `clock.behind_seconds`: more would be doubted at the start
    async with an_axis(tmp_path / "hub", keys, clock) as axis:
        axis.numbers = 2
        accepted = (await axis.send(VPCP, SON_LA)).answer
        assert accepted.message.accepted_at == NOON
        await axis.take(SON_LA)
        clock.now = NOON + 1
        await axis.send(VPCP, SON_LA)
        last = await axis.exchange.store.last_checkpoint()
        assert last is not None
        assert last.at == Millis(NOON + 1)
        await audit(axis)
