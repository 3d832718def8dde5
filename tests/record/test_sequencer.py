"""The one writer: batches that are shared and never waited for, acts that fail alone, and a proper end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from hub.base.timekeeper import Timekeeper
from hub.core.errors import IntegrityAlarm, NotFound, TooMany, Unavailable
from hub.core.model import MessageKind, Millis
from hub.record.batch_size import LEAST
from hub.record.evidence_writer import EvidenceWriter
from hub.record.log import Log
from hub.record.sequencer import Act, Sealed, Sequencer
from hub.store import Counter
from tests.exchange.kit import audit, ids, only, verified
from tests.record.faults import ORIGIN, Fault, faulty_axis, queued, refusal_of
from tests.support.axis import HA_NOI, MAI_SON, NOON, SON_LA, VPCP, priority

# batches


async def test_submissions_that_wait_at_the_same_moment_share_one_commit(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        before = store.commits
        tasks = await queued(axis, store, [axis.send(VPCP, SON_LA) for _ in range(LEAST)])
        store.go()
        sealed = await asyncio.gather(*tasks)
        assert store.commits == before + 2
        assert len({s.answer.message.accepted_at for s in sealed}) == 1
        covering = {(await store.checkpoint_covering(s.answer.message.leaf)).size for s in sealed}
        assert len(covering) == 1  # one signature for all
        await audit(axis)


async def test_many_at_once_take_fewer_commits_than_there_are_submissions(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        before = store.commits
        await asyncio.gather(*(axis.exchange.sequencer.submit(refusal_of(n)) for n in range(100)))
        assert 1 <= store.commits - before <= 2 + 100 // LEAST
        await audit(axis)


async def test_a_lone_submission_waits_for_no_timer(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, _):
        loop = asyncio.get_running_loop()
        timers: list[object] = []
        call_at = loop.call_at

        def noted(*args: Any, **more: Any) -> asyncio.TimerHandle:
            timers.append(args)
            return call_at(*args, **more)

        monkeypatch.setattr(loop, "call_at", noted)
        await axis.send(VPCP, SON_LA)
        assert timers == []
        await asyncio.sleep(0.000001)  # a timer would have been seen
        assert len(timers) == 1


async def test_a_batch_has_a_largest_size(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys, batch=8) as (axis, store):
        before = store.commits
        tasks = await queued(axis, store, [axis.exchange.sequencer.submit(refusal_of(n)) for n in range(20)])
        store.go()
        await asyncio.gather(*tasks)
        assert store.commits == before + 1 + 3  # 8, 8, 4
        await audit(axis)


async def test_more_urgent_documents_overtake_what_waits(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys, batch=1) as (axis, store):
        lanes = [0, 2, 4, 1, 3, 4]
        tasks = await queued(axis, store, [axis.send(VPCP, SON_LA, other=priority(lane)) for lane in lanes])
        store.go()
        numbers = [sealed.answer.message.number for sealed in await asyncio.gather(*tasks)]
        arrived = [lane for _, lane in sorted(zip(numbers, lanes, strict=True))]
        assert arrived == sorted(lanes, reverse=True)
        assert numbers[2] < numbers[5]  # and within a lane, who came first


async def test_the_queue_is_bounded_and_what_is_in_it_is_kept(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys, queue=5) as (axis, store):
        sequencer = axis.exchange.sequencer
        tasks = await queued(axis, store, [sequencer.submit(refusal_of(n)) for n in range(5)])
        refusal = await refused_too_many(sequencer.submit(refusal_of(9)))
        assert refusal.retry_after > 0
        assert sequencer.waiting == 5
        store.go()
        assert len(await asyncio.gather(*tasks)) == 5
        await sequencer.submit(refusal_of(9))
        await audit(axis)


async def refused_too_many(attempt: Awaitable[object]) -> TooMany:
    with pytest.raises(TooMany) as caught:
        await attempt
    return caught.value


async def test_a_caller_that_went_away_before_its_turn_leaves_no_trace(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        tasks = await queued(axis, store, [axis.send(VPCP, SON_LA) for _ in range(3)])
        tasks[1].cancel()
        store.go()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert tasks[1].cancelled()
        assert len(await axis.fetch(SON_LA)) == 2
        await audit(axis)


async def test_a_caller_that_went_away_in_its_turn_may_ask_again(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        data = axis.sign(axis.document(VPCP, [SON_LA]))
        store.hold()
        first = asyncio.create_task(axis.submit(data, VPCP))
        await asyncio.to_thread(store.wait_until_held)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        store.go()
        again = await axis.submit(data, VPCP)
        assert again.answer.repeated
        verified(axis, only(again), data)
        await audit(axis)


# what an act may do to its neighbours


class Poison(msgspec.Struct, frozen=True):
    """Writes a good deal and then fails as nobody foresaw."""

    def run(self, writer: EvidenceWriter) -> tuple[None, tuple[int, ...]]:
        refusal_of(666).run(writer)
        writer.next_message()
        writer.next_in_mailbox(SON_LA, MessageKind.DOCUMENT)
        writer.tx.set_counters({("nobody", "in"): Counter(9, "")})
        raise ZeroDivisionError


class LateRefusal(Poison, frozen=True):
    """Writes a good deal and then refuses."""

    def run(self, writer: EvidenceWriter) -> tuple[None, tuple[int, ...]]:
        try:
            return super().run(writer)
        except ZeroDivisionError:
            raise NotFound from None


class Doubled(msgspec.Struct, frozen=True):
    """Breaks a constraint of the store."""

    def run(self, writer: EvidenceWriter) -> tuple[None, tuple[int, ...]]:
        writer.tx.add_message(writer.tx.message(1), None)  # type: ignore[arg-type]
        return None, ()


class Greedy(msgspec.Struct, frozen=True):
    """Asks for the receipt of a leaf that there is not: fails when the log has grown already."""

    def run(self, writer: EvidenceWriter) -> tuple[None, tuple[int, ...]]:
        refusal_of(667).run(writer)
        return None, (1_000_000,)


BAD: dict[str, tuple[Act[None], type[Exception]]] = {
    "poison": (Poison(), ZeroDivisionError),
    "constraint": (Doubled(), Exception),
    "refusal": (LateRefusal(), NotFound),
    "receipt": (Greedy(), IntegrityAlarm),
}


@pytest.mark.parametrize("what", BAD)
async def test_one_that_fails_takes_none_of_its_neighbours_along(tmp_path: Path, keys: Path, what: str) -> None:
    act, error = BAD[what]
    async with faulty_axis(tmp_path, keys) as (axis, store):
        await axis.send(VPCP, SON_LA)  # a durable past, which must not be undone with the rest
        sequencer = axis.exchange.sequencer
        work: list[Awaitable[Any]] = [axis.send(VPCP, SON_LA) for _ in range(3)]
        work.insert(1, sequencer.submit(act))
        work.append(sequencer.submit(act))
        tasks = await queued(axis, store, work)
        store.go()
        with capture_logs() as logged:
            results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(r, error) for r in results] == [False, True, False, False, True]
        assert [(line["event"], line["act"]) for line in logged] == (
            [] if error is NotFound else [("act-failed", type(act).__name__)] * 2
        )
        for sealed in (results[0], results[2], results[3]):
            assert isinstance(sealed, Sealed)
            verified(axis, only(sealed), axis.sent[sealed.answer.message.id])
        with pytest.raises(error), capture_logs():
            await sequencer.submit(act)  # and alone
        await axis.send(VPCP, SON_LA)
        assert len(await axis.take(SON_LA)) == 5
        assert await store.counter("nobody", "in") is None
        await audit(axis)
    async with faulty_axis(tmp_path, keys) as (axis, _):
        await audit(axis)


async def test_what_became_of_a_failed_act_is_told_to_nobody(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        with axis.exchange.notices.subscribed([SON_LA]) as subscription:
            for fault in Fault:
                store.faults = [fault]
                with pytest.raises(Unavailable):
                    await axis.send(VPCP, SON_LA)
            assert subscription.drain() == []
            await axis.send(VPCP, SON_LA)
            assert len(subscription.drain()) == 1


# the end


async def test_stopping_lets_the_queue_run_dry_and_takes_nothing_new(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys, batch=2) as (axis, store):
        tasks = await queued(axis, store, [axis.send(VPCP, SON_LA) for _ in range(5)])
        stopping = asyncio.create_task(axis.exchange.sequencer.stop())
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="shutting down"):
            await axis.send(VPCP, SON_LA)
        assert not stopping.done()
        store.go()
        await stopping
        for sealed in await asyncio.gather(*tasks):
            verified(axis, only(sealed), axis.sent[sealed.answer.message.id])
        await audit(axis)


async def test_who_gives_up_waiting_for_the_end_does_not_cut_it_short(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        tasks = await queued(axis, store, [axis.send(VPCP, SON_LA)])
        stopping = asyncio.create_task(axis.exchange.sequencer.stop())
        await asyncio.sleep(0)
        stopping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stopping
        store.go()
        await asyncio.gather(*tasks)
        await axis.exchange.sequencer.stop()
        await audit(axis)


async def test_if_the_writer_dies_nobody_waits_for_ever(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        tasks = await queued(axis, store, [axis.send(VPCP, SON_LA) for _ in range(2)])
        sequencer = axis.exchange.sequencer
        assert sequencer._task is not None
        sequencer._task.cancel()
        store.go()
        results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 60)
        assert {type(r) for r in results} == {Unavailable}
        with pytest.raises(Unavailable):
            await axis.send(VPCP, SON_LA)
        sequencer._task = None


async def test_directory_changes_at_the_same_time_all_count(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, _):
        directory = axis.exchange.directory
        renamed = [msgspec.structs.replace(directory[code], name=f"tên {code}") for code in (HA_NOI, SON_LA, MAI_SON)]
        await asyncio.gather(*(axis.exchange.change_directory([agency], "op") for agency in renamed))
        assert [axis.exchange.directory[agency.code] for agency in renamed] == renamed


async def test_a_sequencer_starts_where_time_stood(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        await axis.send(VPCP, SON_LA)
        journal = Log(ORIGIN, axis.log._signers)
        other = Sequencer(
            store.real,
            journal,
            axis.exchange.notices,
            axis.exchange.leases,
            clock=Timekeeper.alone(lambda: Millis(0)),
            entropy=bytes,
            lease_ms=1,
        )
        await other.start()
        assert journal.at == NOON
        await other.stop()
        assert ids(await axis.take(SON_LA))
