"""Inside a batch: numbers that are remembered and never ahead of the record, receipts made from what is in hand, and
acts that refuse late."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import msgspec
import pytest

from hub.core.errors import NotFound, Unavailable
from hub.core.evidence.format import Event
from hub.core.model import MessageKind
from hub.record.acts.delivery import Acknowledge, Item
from hub.record.counters import Counters
from hub.record.evidence_writer import EvidenceWriter
from hub.store import Counter, Transaction
from tests.exchange.kit import audit, only, verified
from tests.record.faults import Fault, FaultyStore, faulty_axis, queued, refusal_of
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA, VPCP, Axis


class Refuses(msgspec.Struct, frozen=True):
    """Leaves evidence, takes numbers and refuses, before or after it wrote a row."""

    writes: bool

    def run(self, writer: EvidenceWriter) -> tuple[None, tuple[int, ...]]:
        refusal_of(1).run(writer)
        writer.next_message()
        writer.next_in_mailbox(SON_LA, MessageKind.DOCUMENT)
        if self.writes:
            writer.tx.keep_signed("ab" * 32, b"written before the refusal")
        raise NotFound


def counted(store: FaultyStore) -> list[int]:
    """Grows by one with each transaction that is tried."""
    tried: list[int] = []
    write = store.write

    async def noted(work):  # type: ignore[no-untyped-def]
        tried.append(1)
        return await write(work)

    store.write = noted  # type: ignore[method-assign]
    return tried


@pytest.mark.parametrize("writes", [False, True])
async def test_a_refusal_is_undone_alone_and_only_a_late_one_costs_a_second_run(
    tmp_path: Path, keys: Path, writes: bool
) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        tried = counted(store)
        submit = axis.exchange.sequencer.submit
        work = [axis.send(VPCP, SON_LA), submit(Refuses(writes)), axis.send(VPCP, SON_LA), submit(Refuses(writes))]
        tasks = await queued(axis, store, work)
        store.go()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(r, NotFound) for r in results] == [False, True, False, True]
        assert len(tried) == 1 + (2 if writes else 1)  # the batch held before them, and theirs
        assert await store.signed("ab" * 32) is None
        assert len(await axis.take(SON_LA)) == 2
        await audit(axis)


async def test_receipts_of_a_batch_are_those_that_are_read_back_later(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        for _ in range(3):  # so that proofs reach over more than their own batch
            await asyncio.gather(*(axis.send(VPCP, SON_LA, MAI_SON) for _ in range(50)))
        sent = await asyncio.gather(*(axis.send(VPCP, SON_LA) for _ in range(70)))
        taken = await asyncio.gather(axis.take(SON_LA), axis.take(MAI_SON))
        assert all(taken)
        for sealed in sent:
            leaf = sealed.answer.message.leaf
            assert await store.inspect(partial(axis.log.receipt, leaf=leaf)) == only(sealed)
            verified(axis, only(sealed), axis.sent[sealed.answer.message.id])


async def test_one_batch_answers_with_receipts_of_now_and_of_long_ago(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        documents = [axis.sign(axis.document(VPCP, [SON_LA])) for _ in range(6)]
        first = await asyncio.gather(*(axis.submit(data, VPCP) for data in documents[:3]))
        tasks = await queued(axis, store, [axis.submit(data, VPCP) for data in (*documents, *documents)])
        store.go()
        answers = await asyncio.gather(*tasks)
        assert [only(a) for a in answers[:3]] == [only(f) for f in first]
        assert [only(a) for a in answers[:6]] == [only(a) for a in answers[6:]]
        for answer, data in zip(answers, documents * 2, strict=True):
            verified(axis, only(answer), data)
        await audit(axis)


@pytest.mark.parametrize("fault", Fault)
async def test_numbers_go_on_without_gap_where_a_commit_was_in_doubt(tmp_path: Path, keys: Path, fault: Fault) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        await axis.send(VPCP, SON_LA)  # its counters are in memory now
        store.faults = [fault]
        with pytest.raises(Unavailable):
            await axis.send(VPCP, SON_LA)
        await axis.send(VPCP, SON_LA)
        await audit(axis)
    async with faulty_axis(tmp_path, keys) as (axis, _):
        await axis.send(VPCP, SON_LA)
        await audit(axis)


class _Table:
    """A transaction of which only the counters are asked."""

    def __init__(self) -> None:
        self.reads: list[tuple[str, str]] = []

    def counter(self, agency: str, direction: str) -> Counter | None:
        self.reads.append((agency, direction))
        return Counter(5, "read") if agency == "known" else None


def test_counters_are_read_once_and_the_oldest_make_room() -> None:
    table, counters = _Table(), Counters(most=2)
    tx: Transaction = table  # type: ignore[assignment]
    assert counters.last(tx, ("known", "in")) == Counter(5, "read")
    assert counters.last(tx, ("new", "in")) == Counter(0, "")
    counters.keep({("known", "in"): Counter(6, "kept"), ("new", "in"): Counter(1, "")})
    table.reads.clear()
    assert counters.last(tx, ("known", "in")) == Counter(6, "kept")
    assert table.reads == []
    counters.keep({("third", "in"): Counter(1, "")})
    assert len(counters) == 2
    assert counters.last(tx, ("known", "in")) == Counter(5, "read")


async def test_a_repetition_lists_the_recipients_as_the_first_answer_did(axis: Axis) -> None:
    order = [SON_LA, HA_NOI, CHIENG_MUNG, MAI_SON]
    assert order != sorted(order)
    data = axis.sign(axis.document(VPCP, order))
    first, second = await asyncio.gather(axis.submit(data, VPCP), axis.submit(data, VPCP))
    later = await axis.submit(data, VPCP)
    assert [s.answer.recipients for s in (first, second, later)] == [tuple(order)] * 3
    assert [s.answer.repeated for s in (first, second, later)] == [False, True, True]


async def test_one_item_twice_in_an_acknowledgement_is_one_hand_over(axis: Axis) -> None:
    message = (await axis.send(VPCP, SON_LA)).answer.message
    item = Item(message.id, message.sha256, Event.CONTENT_HANDOVER, message.number)
    act = Acknowledge(recipient=SON_LA, items=(item, item, Item("7", "", item.event, 0)), unsigned="test")
    one, two, none = (await axis.exchange.sequencer.submit(act)).answer
    assert (one.repeated, two.repeated, two.evidence, two.leaf) == (False, True, one.evidence, one.leaf)
    assert isinstance(none.refusal, NotFound)
