"""Fetch: the order of a mailbox, leases that keep workers apart, and polls that wait without asking again and again."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from hub.base.config import MailboxSettings
from hub.core.errors import DeliveryConflict
from hub.core.model import DeliveryState, Millis, StatusCode
from hub.delivery.mailboxes import Leased
from hub.store import Transaction
from tests.exchange.kit import a_status, audit, ids, pairs, refused, report
from tests.support.axis import HA_NOI, MAI_SON, NOON, SON_LA, VPCP, Axis, Clock, an_axis, priority

T = TypeVar("T")
LEASE = 60_000


async def sent(axis: Axis, *priorities: int) -> list[str]:
    return [(await axis.send(VPCP, SON_LA, other=priority(p))).answer.message.id for p in priorities]


async def waiting_poll(axis: Axis, agency: str = SON_LA) -> asyncio.Task[list[Leased]]:
    """A long poll that found nothing and waits now."""
    task = asyncio.create_task(axis.exchange.fetch(axis.caller(agency), "", 10, 300))
    await asyncio.sleep(0)  # it has asked its reader; when each reader has answered us, it was answered before
    for _ in range(4):
        await axis.exchange.store.message(1)
    assert not task.done()
    return task


async def test_more_urgent_lanes_come_first_and_within_a_lane_what_arrived_first(axis: Axis) -> None:
    lanes = [0, 3, 1, 4, 0, 2, 4, 1, 3, 2, 0]
    identifiers = await sent(axis, *lanes)
    expected = [i for _, i in sorted(zip(lanes, identifiers, strict=True), key=lambda pair: -pair[0])]
    assert ids(await axis.fetch(SON_LA)) == expected


async def test_urgent_documents_overtake_those_that_nobody_fetched_yet(axis: Axis) -> None:
    (low,) = await sent(axis, 0)
    (high,) = await sent(axis, 4)
    assert ids(await axis.fetch(SON_LA, 1)) == [high]
    (higher,) = await sent(axis, 3)
    assert ids(await axis.fetch(SON_LA, 10)) == [higher, low]


async def test_a_mailbox_is_its_agencys_own(axis: Axis) -> None:
    await sent(axis, 0)
    assert await axis.fetch(HA_NOI) == []
    assert len(await axis.fetch(SON_LA)) == 1


async def test_what_one_worker_took_no_other_gets(axis: Axis) -> None:
    identifiers = await sent(axis, *[0] * 12)
    parts = await asyncio.gather(*(axis.fetch(SON_LA, 3) for _ in range(6)))
    taken = [i for part in parts for i in ids(part)]
    assert sorted(taken) == sorted(identifiers)
    assert sorted(len(part) for part in parts) == [0, 0, 3, 3, 3, 3]


async def test_a_lease_tells_its_end_and_after_it_the_document_is_offered_again(axis: Axis) -> None:
    (identifier,) = await sent(axis, 0)
    (first,) = await axis.fetch(SON_LA)
    assert first.until == NOON + LEASE
    axis.clock.forward(LEASE - 1)
    assert await axis.fetch(SON_LA) == []
    axis.clock.forward(1)
    assert ids(await axis.fetch(SON_LA)) == [identifier]


async def test_what_was_acknowledged_is_never_offered_again(axis: Axis) -> None:
    await sent(axis, 0, 0)
    assert len(await axis.take(SON_LA)) == 2
    axis.clock.forward(10 * LEASE)
    assert await axis.fetch(SON_LA) == []


async def test_the_slower_of_two_workers_acknowledges_the_same_hand_over(axis: Axis) -> None:
    await sent(axis, 0)
    slow = await axis.fetch(SON_LA)
    axis.clock.forward(LEASE)
    fast = await axis.fetch(SON_LA)
    (one,) = (await axis.acknowledge(SON_LA, pairs(fast))).answer
    (two,) = (await axis.acknowledge(SON_LA, pairs(slow))).answer
    assert (one.repeated, two.repeated, one.evidence) == (False, True, two.evidence)


async def test_a_restart_forgets_leases_and_nothing_else(tmp_path: Path, keys: Path) -> None:
    async with an_axis(tmp_path / "hub", keys) as axis:
        identifiers = await sent(axis, 0, 4)
        assert len(await axis.fetch(SON_LA)) == 2
    async with an_axis(tmp_path / "hub", keys) as axis:
        leased = await axis.fetch(SON_LA)
        assert ids(leased) == identifiers[::-1]
        await axis.acknowledge(SON_LA, pairs(leased))
        await audit(axis)


async def test_an_agency_holds_so_many_leases_and_no_more(axis: Axis) -> None:
    axis.exchange.leases.most = 5
    identifiers = await sent(axis, *[0] * 7)
    assert ids(await axis.fetch(SON_LA, 4)) == identifiers[:4]
    second = await axis.fetch(SON_LA, 4)
    assert ids(second) == identifiers[4:5]
    assert await axis.fetch(SON_LA, 4) == []
    await axis.acknowledge(SON_LA, pairs(second))  # an acknowledgement makes room
    assert ids(await axis.fetch(SON_LA, 4)) == identifiers[5:6]
    axis.clock.forward(LEASE)  # and so does time
    assert ids(await axis.fetch(SON_LA, 9)) == [*identifiers[:4], identifiers[5]]


async def test_a_refused_acknowledgement_keeps_the_lease(axis: Axis) -> None:
    await sent(axis, 0)
    ((identifier, _),) = pairs(await axis.fetch(SON_LA))
    (done,) = (await axis.acknowledge(SON_LA, [(identifier, "0" * 64)])).answer
    assert done.refusal is not None
    assert await axis.fetch(SON_LA) == []


async def test_workers_that_come_together_share_what_waits(axis: Axis) -> None:
    identifiers = await sent(axis, *[0] * 12)
    polls = [asyncio.create_task(axis.exchange.fetch(axis.caller(SON_LA), "", 3, 30)) for _ in range(4)]
    parts = [ids(part) for part in await asyncio.wait_for(asyncio.gather(*polls), 60)]
    assert sorted(i for part in parts for i in part) == sorted(identifiers)


async def test_documents_that_wait_for_the_end_of_a_take_back_hide_no_others(axis: Axis) -> None:
    asked = [(await axis.send(VPCP, SON_LA, other=priority(4))).answer for _ in range(6)]
    await axis.fetch(SON_LA)
    for accepted in asked:
        await axis.status(VPCP, StatusCode.TAKE_BACK, accepted)
    requests = ids(await axis.fetch(SON_LA))
    assert len(requests) == 6  # the six requests themselves, as urgent as what they ask back
    (identifier,) = await sent(axis, 0)
    axis.clock.forward(LEASE)  # all leases have ended, and the sweep has not come yet
    assert ids(await axis.fetch(SON_LA, 6)) == requests
    assert ids(await axis.fetch(SON_LA, 1)) == [identifier]


# long polls


async def test_a_poll_that_waits_is_woken_by_an_arrival(axis: Axis) -> None:
    poll = await waiting_poll(axis)
    other = await waiting_poll(axis, HA_NOI)
    (identifier,) = await sent(axis, 0)
    assert ids(await asyncio.wait_for(poll, 60)) == [identifier]
    assert not other.done()
    other.cancel()


async def test_of_two_polls_one_gets_the_document_and_the_other_waits_on(axis: Axis) -> None:
    polls = [await waiting_poll(axis) for _ in range(2)]
    (first,) = await sent(axis, 0)
    done, pending = await asyncio.wait(polls, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    assert [ids(task.result()) for task in done] == [[first]]
    (second,) = await sent(axis, 0)
    (task,) = pending
    assert ids(await asyncio.wait_for(task, 60)) == [second]


async def test_a_poll_looks_again_when_a_lease_ends(tmp_path: Path, keys: Path) -> None:
    began = time.monotonic()

    class Running(Clock):
        def __call__(self) -> Millis:
            return Millis(NOON + int((time.monotonic() - began) * 1000))

    mailbox = MailboxSettings(lease_seconds=0.05)
    async with an_axis(tmp_path / "hub", keys, Running(), mailbox) as axis:
        (identifier,) = await sent(axis, 0)
        (item,) = await axis.fetch(SON_LA)
        again = await asyncio.wait_for(axis.exchange.fetch(axis.caller(SON_LA), "", 10, 30), 60)
        assert ids(again) == [identifier]
        assert again[0].until > item.until


async def test_a_poll_ends_empty_when_its_time_is_over_and_never_waits_longer_than_the_hub_allows(
    tmp_path: Path, keys: Path
) -> None:
    async with an_axis(tmp_path / "hub", keys, mailbox=MailboxSettings(wait_seconds=0.01)) as axis:
        assert await asyncio.wait_for(axis.exchange.fetch(axis.caller(SON_LA), "", 10, 3600), 60) == []
        assert len(axis.exchange.notices) == 0


async def test_polls_end_when_the_hub_closes(tmp_path: Path, keys: Path) -> None:
    async with an_axis(tmp_path / "hub", keys) as axis:
        polls = [await waiting_poll(axis, agency) for agency in (SON_LA, HA_NOI, SON_LA)]
        axis.exchange.notices.close()
        assert await asyncio.wait_for(asyncio.gather(*polls), 60) == [[], [], []]


async def test_a_poll_that_was_given_up_leaves_nothing_behind(axis: Axis) -> None:
    poll = await waiting_poll(axis)
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await poll
    assert len(axis.exchange.notices) == 0
    (identifier,) = await sent(axis, 0)
    assert ids(await axis.fetch(SON_LA)) == [identifier]


# a fetch and a take-back at the same moment


async def in_the_middle_of_a_take_back(
    axis: Axis, identifier: str, work: Callable[[], Awaitable[T]], monkeypatch: pytest.MonkeyPatch
) -> T:
    """Begin `work` when the batch has decided to take the document back, and is not committed yet. It comes as far as
    it can before that, which is where what it offers has to be on record."""
    store = axis.exchange.store
    decided, go = threading.Event(), threading.Event()
    write = store.write

    async def slow(batch: Callable[[Transaction], T]) -> T:
        def held(tx: Transaction) -> T:
            result = batch(tx)
            decided.set()
            assert go.wait(30)
            return result

        return await write(held)

    message, _ = await axis.exchange.visible(axis.caller(VPCP), identifier)
    monkeypatch.setattr(store, "write", slow)
    taking = asyncio.create_task(take_back(axis, message.document_id))
    await asyncio.to_thread(decided.wait, 30)
    monkeypatch.undo()
    working = asyncio.ensure_future(work())
    try:
        for _ in range(1_000):  # turns of the loop and of the readers
            if axis.exchange.sequencer.waiting or working.done():
                break
            await store.message(1)
        assert axis.exchange.sequencer.waiting, "nothing is handed out before it is on record"
    finally:
        go.set()
        await taking
    return await working


async def take_back(axis: Axis, document_id: str) -> None:
    await report(axis, a_status(VPCP, StatusCode.TAKE_BACK, VPCP, document_id=document_id))


async def test_what_is_just_being_taken_back_is_not_offered(axis: Axis, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, kept = await sent(axis, 4, 0)
    leased = await in_the_middle_of_a_take_back(axis, taken, lambda: axis.fetch(SON_LA), monkeypatch)
    assert ids(leased) == [kept]
    axis.clock.forward(LEASE)
    assert ids(await axis.fetch(SON_LA)) == [kept]


async def test_what_is_just_being_taken_back_cannot_be_read(axis: Axis, monkeypatch: pytest.MonkeyPatch) -> None:
    (taken,) = await sent(axis, 0)

    async def read() -> DeliveryConflict:
        return await refused(DeliveryConflict, axis.exchange.content(axis.caller(SON_LA), taken))

    await in_the_middle_of_a_take_back(axis, taken, read, monkeypatch)
    await read()
    row = await axis.exchange.store.delivery(1, SON_LA)
    assert row is not None
    assert row.state is DeliveryState.TAKEN_BACK


async def test_what_was_taken_back_after_its_row_was_read_is_not_handed_out(
    axis: Axis, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, kept = await sent(axis, 4, 0)
    message = await axis.exchange.store.message(1)
    assert message is not None
    offered = axis.exchange.store.offered
    reads: list[int] = []

    async def stale(*arguments: object) -> object:
        rows = await offered(*arguments)  # type: ignore[arg-type]
        if not reads:
            await take_back(axis, message.document_id)  # durable before the reader looks at its rows
        reads.append(len(rows))
        return rows

    monkeypatch.setattr(axis.exchange.store, "offered", stale)
    assert ids(await axis.fetch(SON_LA)) == [kept]
    assert reads == [2]
    assert not axis.exchange.leases.holds(SON_LA, 1, axis.clock())
    assert taken not in ids(await axis.fetch(SON_LA))
    assert await axis.fetch(MAI_SON) == []
