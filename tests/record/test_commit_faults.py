"""Each act × each fault around the commit (not begun, lost, done but reported as failed), and the second attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from hub.core.edxml import Attachment
from hub.core.errors import Unavailable
from hub.core.model import StatusCode
from hub.record.acts.incoming import Accepted
from hub.record.sequencer import Sealed
from tests.exchange.kit import a_status, audit, only, pairs, verified
from tests.record.faults import Fault, faulty_axis, queued
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP, Axis, priority, recall

HOUR = 3_600_000


async def sending(axis: Axis) -> tuple[bytes, Callable[[], Awaitable[Sealed[Accepted]]]]:
    data = axis.sign(axis.document(VPCP, [SON_LA, MAI_SON]))
    return data, lambda: axis.submit(data, VPCP)


async def prepare_document(axis: Axis) -> Callable[[], Awaitable[object]]:
    return (await sending(axis))[1]


async def prepare_large_document(axis: Axis) -> Callable[[], Awaitable[object]]:
    files = [Attachment("f", "f.pdf", data=b"%PDF-1.4 " + bytes(100_000))]
    data = axis.sign(axis.document(VPCP, [SON_LA]), files)
    return lambda: axis.submit(data, VPCP)


async def prepare_acknowledgement(axis: Axis) -> Callable[[], Awaitable[object]]:
    for _ in range(3):
        await axis.send(VPCP, SON_LA)
    items = pairs(await axis.fetch(SON_LA))
    return lambda: axis.acknowledge(SON_LA, items)


async def prepare_status(axis: Axis) -> Callable[[], Awaitable[object]]:
    accepted = (await axis.send(VPCP, SON_LA)).answer
    await axis.take(SON_LA)
    status = a_status(SON_LA, StatusCode.ACCEPTED, VPCP, document_id=accepted.message.document_id)
    data = axis.sign(status)
    return lambda: axis.submit(data, SON_LA)


async def prepare_take_back(axis: Axis) -> Callable[[], Awaitable[object]]:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    await axis.take(SON_LA)
    named = accepted.message.document_id
    data = axis.sign(a_status(VPCP, StatusCode.TAKE_BACK, VPCP, document_id=named))
    return lambda: axis.submit(data, VPCP)


async def prepare_recall(axis: Axis) -> Callable[[], Awaitable[object]]:
    accepted = (await axis.send(VPCP, SON_LA, MAI_SON)).answer
    await axis.take(SON_LA)
    recalling = recall(accepted.message.document_id)
    data = axis.sign(axis.document(VPCP, [SON_LA, MAI_SON], business=recalling))
    return lambda: axis.submit(data, VPCP)


async def prepare_sweep(axis: Axis) -> Callable[[], Awaitable[object]]:
    await axis.send(VPCP, SON_LA, MAI_SON, other=priority(4))
    axis.clock.forward(HOUR)
    return axis.exchange.sweep


async def prepare_directory(axis: Axis) -> Callable[[], Awaitable[object]]:
    agency = axis.exchange.directory[HA_NOI]
    withdrawn = msgspec.structs.replace(agency.certificates[0], withdrawn=axis.clock())
    renamed = msgspec.structs.replace(agency, name="Hà Nội", certificates=(withdrawn,))

    async def change() -> object:
        await axis.exchange.change_directory([renamed], "test")
        assert axis.exchange.directory[HA_NOI] == renamed
        return [a for a in await axis.exchange.store.agencies() if a.code == HA_NOI] == [renamed] or pytest.fail("lost")

    return change


ACTS = {
    "document": prepare_document,
    "large document": prepare_large_document,
    "acknowledgement": prepare_acknowledgement,
    "status": prepare_status,
    "take-back": prepare_take_back,
    "recall": prepare_recall,
    "sweep": prepare_sweep,
    "directory": prepare_directory,
}


async def snapshot(axis: Axis) -> list[tuple[object, ...]]:
    """What an onlooker sees of all deliveries."""
    found: list[tuple[object, ...]] = []
    number = 1
    while await axis.exchange.store.message(number) is not None:
        rows = await axis.exchange.store.deliveries(number)
        found += [(r.message, r.recipient, r.state.value, r.progress, r.pending) for r in rows]
        number += 1
    return found


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("act", ACTS)
async def test_after_a_failed_commit_a_second_attempt_loses_and_doubles_nothing(
    tmp_path: Path, keys: Path, act: str, fault: Fault
) -> None:
    async with faulty_axis(tmp_path / "smooth", keys) as (axis, _):
        await (await ACTS[act](axis))()
        expected = await snapshot(axis)
    async with faulty_axis(tmp_path / "rough", keys) as (axis, store):
        attempt = await ACTS[act](axis)
        before = await snapshot(axis)
        size = await store.last_checkpoint()
        store.faults = [fault]
        with pytest.raises(Unavailable):
            await attempt()
        if fault is not Fault.DONE:
            assert (await snapshot(axis), await store.last_checkpoint()) == (before, size)
        await attempt()
        assert await snapshot(axis) == expected
        await audit(axis)
    async with faulty_axis(tmp_path / "rough", keys) as (axis, _):
        await audit(axis)


@pytest.mark.parametrize("faults", [[a, b] for a in Fault for b in Fault])
async def test_the_receipt_after_faults_is_the_one_and_only(tmp_path: Path, keys: Path, faults: list[Fault]) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        data, attempt = await sending(axis)
        store.faults = list(faults)
        for _ in faults:
            with pytest.raises(Unavailable):
                await attempt()
        sealed, again = await attempt(), await attempt()
        verified(axis, only(sealed), data)
        assert sealed.answer.repeated == (Fault.DONE in faults)
        assert only(again) == only(sealed)
        assert len(await axis.take(SON_LA)) == 1
        await audit(axis)


async def test_a_whole_batch_hears_of_the_failure_and_each_of_it_may_try_again(tmp_path: Path, keys: Path) -> None:
    for fault in Fault:
        async with faulty_axis(tmp_path / fault.name, keys) as (axis, store):
            documents = [axis.sign(axis.document(VPCP, [SON_LA])) for _ in range(10)]
            tasks = await queued(axis, store, [axis.submit(data, VPCP) for data in documents])
            store.faults = [fault]
            store.go()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(r) for r in results} == {Unavailable}
            again = await asyncio.gather(*(axis.submit(data, VPCP) for data in documents))
            assert {sealed.answer.repeated for sealed in again} == {fault is Fault.DONE}
            for sealed, data in zip(again, documents, strict=True):
                verified(axis, only(sealed), data)
            assert len(await axis.take(SON_LA)) == 10
            await audit(axis)


async def test_while_the_outcome_cannot_be_read_nothing_is_promised(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        data, attempt = await sending(axis)
        store.faults, store.blind = [Fault.DONE], 2
        for _ in range(3):
            with pytest.raises(Unavailable):
                await attempt()
        sealed = await attempt()
        assert sealed.answer.repeated
        verified(axis, only(sealed), data)
        await audit(axis)


async def test_a_refusal_whose_evidence_cannot_be_kept_is_no_refusal_yet(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        data = axis.sign(axis.document(VPCP, ["000.99.99.X01"]))
        store.faults = [Fault.LOST]
        with pytest.raises(Unavailable):
            await axis.submit(data, VPCP)
        await audit(axis)
