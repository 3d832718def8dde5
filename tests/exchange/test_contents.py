"""Documents that come with their bytes: which, up to where, and that nothing is lost or different for it. And mailboxes
that are not looked at again for nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.core.edxml import Attachment
from hub.core.errors import Unavailable
from hub.core.evidence.happenings import Happening
from hub.core.model import DeliveryState, Millis, StatusCode
from hub.delivery.mailboxes import Leased
from hub.record.acts.incoming import Accepted
from hub.record.sequencer import Sealed
from tests.exchange.kit import a_status, audit, ids, pairs, report
from tests.record.faults import Fault, faulty_axis
from tests.support.axis import HA_NOI, NOON, SON_LA, VPCP, Axis, digest

LEASE = 60_000


def files(size: int) -> list[Attachment]:
    return [Attachment("f", "f.pdf", data=b"%PDF-1.4 " + bytes(range(256)) * (size // 256))]


async def send(axis: Axis, size: int = 0) -> Sealed[Accepted]:
    data = axis.sign(axis.document(VPCP, [SON_LA]), files(size) if size else [])
    return await axis.submit(data, VPCP)


async def send_to(axis: Axis, other: str) -> None:
    await axis.submit(axis.sign(axis.document(VPCP, [other])), VPCP)


async def fetch(axis: Axis, limit: int = 50, wait: float = 0) -> list[Leased]:
    return await axis.exchange.fetch(axis.caller(SON_LA), "", limit, wait, content=True)


def with_fetch_bytes(axis: Axis, most: int) -> None:
    settings = axis.exchange.settings
    limits = msgspec.structs.replace(settings.limits, fetch_bytes=most)
    axis.exchange.settings = msgspec.structs.replace(settings, limits=limits)


async def read(axis: Axis, item: Leased) -> bytes:
    """As a GET reads it."""
    message, inline = await axis.exchange.content(axis.caller(SON_LA), item.entry.message.id)
    return axis.exchange.blobs.path(message.sha256).read_bytes() if inline is None else inline


async def test_what_comes_along_is_byte_for_byte_what_is_read(axis: Axis) -> None:
    for size in (0, 256, 5_000, 30_000, 44_000, 50_000, 200_000):  # in the message a third longer
        await send(axis, size)
    items = await fetch(axis)
    assert len(items) == 7
    for item in items:
        data = await read(axis, item)
        assert digest(data) == item.entry.message.sha256
        small = item.entry.message.size <= axis.exchange.settings.limits.inline_bytes
        assert item.entry.content == (data if small else None)
    assert [item.entry.content is None for item in items] == [False] * 4 + [False, True, True]


async def test_all_of_one_answer_is_bounded_and_what_does_not_fit_is_handed_out_without(axis: Axis) -> None:
    sizes = [(await send(axis)).answer.message.size for _ in range(6)]
    with_fetch_bytes(axis, sum(sizes[:3]))
    items = await fetch(axis)
    assert len(items) == 6
    assert sum(len(item.entry.content or b"") for item in items) <= sum(sizes[:3])
    assert [item.entry.content is not None for item in items] == [True] * 3 + [False] * 3
    assert [digest(await read(axis, item)) for item in items] == [item.entry.message.sha256 for item in items]


async def test_the_bound_holds_over_several_looks(axis: Axis, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [(await send(axis)).answer.message.size for _ in range(3)]
    with_fetch_bytes(axis, sizes[0] + 10)
    offered = axis.exchange.store.offered

    async def raced(agency: str, limit: int, *more: Any) -> Any:
        rows = await offered(agency, limit, *more)
        if limit == 2:  # another worker was faster with the second
            axis.exchange.leases.take(agency, rows[1].message.number, Millis(NOON + LEASE), axis.clock())
        return rows

    monkeypatch.setattr(axis.exchange.store, "offered", raced)
    items = await fetch(axis, 2)
    assert [item.entry.message.number for item in items] == [1, 3]
    assert [item.entry.content is not None for item in items] == [True, False]


async def test_who_does_not_ask_gets_none(axis: Axis) -> None:
    await send(axis)
    (item,) = await axis.exchange.fetch(axis.caller(SON_LA), "", 10, 0)
    assert item.entry.content is None


async def test_an_answer_that_was_lost_loses_nothing(axis: Axis) -> None:
    """The worker never got it: after the lease it is offered again, the same bytes with it, and handed over once."""
    await send(axis)
    (lost,) = await fetch(axis)
    assert await fetch(axis) == []
    axis.clock.forward(LEASE)
    (again,) = await fetch(axis)
    assert (again.entry.message.id, again.entry.content) == (lost.entry.message.id, lost.entry.content)
    assert again.until == NOON + 2 * LEASE
    (done,) = (await axis.acknowledge(SON_LA, pairs([again]))).answer
    assert (done.state, done.repeated) == (DeliveryState.HANDED_OVER, False)
    axis.clock.forward(LEASE)
    assert await fetch(axis) == []
    await audit(axis)


async def test_what_came_with_its_bytes_is_asked_back_not_taken(axis: Axis) -> None:
    """The recipient may have read it, as with any other lease."""
    sealed = await send(axis)
    (item,) = await fetch(axis)
    assert item.entry.content is not None
    named = sealed.answer.message.document_id
    await report(axis, a_status(VPCP, StatusCode.TAKE_BACK, VPCP, document_id=named))
    row = await axis.exchange.store.delivery(sealed.answer.message.number, SON_LA)
    assert row is not None
    assert (row.state, row.pending is not None) == (DeliveryState.WAITING, True)
    axis.clock.forward(LEASE)
    (request,) = await fetch(axis)  # the request itself; what it asks back is offered no more
    assert request.entry.message.status_code == "13"
    assert request.entry.about == sealed.answer.message.id
    assert request.entry.content is not None


async def test_what_was_taken_back_comes_with_no_byte(axis: Axis) -> None:
    sealed = await send(axis)
    await report(axis, a_status(VPCP, StatusCode.TAKE_BACK, VPCP, document_id=sealed.answer.message.document_id))
    assert await fetch(axis) == []


# looking once


class Looks:
    """Counts how often the store is asked for what a mailbox offers."""

    def __init__(self, axis: Axis, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        offered = axis.exchange.store.offered

        async def counted(*arguments: Any) -> Any:
            self.count += 1
            return await offered(*arguments)

        monkeypatch.setattr(axis.exchange.store, "offered", counted)


@pytest.fixture
def looks(axis: Axis, monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(axis, monkeypatch)


async def until_it_waits(axis: Axis) -> None:
    async with asyncio.timeout(60):
        while not any(s._wake for s in axis.exchange.notices._all):  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def test_a_mailbox_that_was_handed_out_whole_is_not_looked_at_again(axis: Axis, looks: Looks) -> None:
    await send(axis)
    items = await fetch(axis)
    for _ in range(3):
        assert await fetch(axis) == []
    await axis.acknowledge(SON_LA, pairs(items))
    assert await fetch(axis) == []
    assert looks.count == 1
    sealed = await send(axis)
    assert ids(await fetch(axis)) == [sealed.answer.message.id]
    assert looks.count == 2


async def test_only_an_arrival_wakes_a_poll(axis: Axis, looks: Looks) -> None:
    sealed = await send(axis)
    await axis.acknowledge(SON_LA, pairs(await fetch(axis)))
    poll = asyncio.create_task(fetch(axis, wait=30))
    await until_it_waits(axis)
    before = looks.count
    (subscription,) = axis.exchange.notices._all
    waiting = subscription._wake
    others = ("acknowledged", "status", "taken-back", "take-back-pending", "expires-soon", "expired", "looked-at")
    axis.exchange.notices.publish([Happening(SON_LA, what, sealed.answer.message.id) for what in others])
    await send_to(axis, HA_NOI)
    assert (poll.done(), looks.count) == (False, before)
    assert waiting is not None
    assert not waiting.done()
    other = await send(axis)
    assert ids(await asyncio.wait_for(poll, 60)) == [other.answer.message.id]
    assert looks.count == before + 1


async def test_a_mailbox_is_looked_at_again_when_the_first_lease_ends(axis: Axis, looks: Looks) -> None:
    await send(axis)
    first = await fetch(axis)
    axis.clock.forward(LEASE // 2)
    await send(axis)
    second = await fetch(axis)
    axis.clock.forward(LEASE // 2)
    assert ids(await fetch(axis)) == ids(first)
    axis.clock.forward(LEASE // 2)
    assert ids(await fetch(axis)) == ids(second)
    assert looks.count == 4


async def test_a_full_answer_says_nothing_of_what_is_behind_it(axis: Axis, looks: Looks) -> None:
    sent = [(await send(axis)).answer.message.id for _ in range(3)]
    assert ids(await fetch(axis, 2)) == sent[:2]
    assert ids(await fetch(axis, 2)) == sent[2:]
    assert await fetch(axis, 2) == []


async def test_what_was_placed_by_a_batch_whose_end_is_unknown_is_found(tmp_path: Path, keys: Path) -> None:
    """No arrival is told of it: the sender heard of a failure, and sends again what is there already."""
    async with faulty_axis(tmp_path, keys) as (axis, store):
        assert await axis.fetch(SON_LA) == []
        poll = asyncio.create_task(axis.exchange.fetch(axis.caller(SON_LA), "", 10, 30, content=True))
        await until_it_waits(axis)
        data = axis.sign(axis.document(VPCP, [SON_LA]))
        store.faults.append(Fault.DONE)
        with pytest.raises(Unavailable):
            await axis.submit(data, VPCP)
        (item,) = await asyncio.wait_for(poll, 60)
        assert item.entry.content == data
        assert (await axis.submit(data, VPCP)).answer.repeated


async def test_a_poll_given_up_in_the_middle_gives_back_what_it_had(
    axis: Axis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [(await send(axis)).answer.message.id for _ in range(3)]
    offered, asked = axis.exchange.store.offered, asyncio.Event()

    async def stalls(agency: str, limit: int, *more: Any) -> Any:
        if limit < 3:
            asked.set()
            await asyncio.sleep(60)
        rows = await offered(agency, limit, *more)
        axis.exchange.leases.take(agency, rows[-1].message.number, Millis(NOON + LEASE), axis.clock())  # another's
        return rows

    monkeypatch.setattr(axis.exchange.store, "offered", stalls)
    poll = asyncio.create_task(fetch(axis, 3))
    await asyncio.wait_for(asked.wait(), 60)
    poll.cancel()
    await asyncio.gather(poll, return_exceptions=True)
    monkeypatch.undo()
    assert ids(await fetch(axis)) == sent[:2]


async def test_a_mailbox_of_another_agency_is_another_mailbox(axis: Axis) -> None:
    assert await axis.fetch(HA_NOI) == []
    assert await fetch(axis) == []
    await send_to(axis, HA_NOI)
    assert await fetch(axis) == []
    assert len(await axis.fetch(HA_NOI)) == 1
