"""The one writer: batches that are shared and never waited for, faults around the commit, and a log that refuses to go
on from a record that contradicts itself."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from hub.acts.incoming import Accepted
from hub.acts.refusal import RecordRefusal
from hub.core.edxml import Attachment
from hub.core.errors import IntegrityAlarm, NotFound, TooMany, Unavailable
from hub.core.evidence import Kind
from hub.core.keys import Signer
from hub.core.model import MessageKind, Millis, StatusCode
from hub.log import Log
from hub.scribe import Scribe
from hub.sequencer import Act, Sealed, Sequencer
from hub.store import Counter
from tests.exchange.faults import ORIGIN, Fault, FaultyStore, faulty_axis
from tests.exchange.kit import a_status, audit, ids, only, pairs, verified
from tests.support.axis import HA_NOI, MAI_SON, NOON, SON_LA, VPCP, Axis, priority, recall

HOUR = 3_600_000


def refusal_of(n: int = 0) -> RecordRefusal:
    """The smallest act there is: one evidence."""
    return RecordRefusal(
        agency=VPCP, auth="test", code="TEST", found=str(n), sha256=f"{n:064x}", submitted_at=Millis(NOON)
    )


async def queued(axis: Axis, store: FaultyStore, work: list[Awaitable[Any]]) -> list[asyncio.Task[Any]]:
    """All of `work` waiting behind a batch that is held before its commit."""
    store.hold()
    first = asyncio.create_task(axis.exchange.sequencer.submit(refusal_of()))
    await asyncio.to_thread(store.wait_until_held)
    tasks = [asyncio.ensure_future(w) for w in work]
    for _ in range(1_000):  # turns of the loop; no time passes
        if axis.exchange.sequencer.waiting == len(tasks):
            break
        await asyncio.sleep(0)
    assert not first.done()
    return tasks


# batches


async def test_submissions_that_wait_at_the_same_moment_share_one_commit(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        before = store.commits
        tasks = await queued(axis, store, [axis.send(VPCP, SON_LA) for _ in range(40)])
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
        assert 1 <= store.commits - before <= 2
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

    def run(self, scribe: Scribe) -> tuple[None, tuple[int, ...]]:
        refusal_of(666).run(scribe)
        scribe.next_message()
        scribe.next_in_mailbox(SON_LA, MessageKind.DOCUMENT)
        scribe.tx.set_counters({("nobody", "in"): Counter(9, "")})
        raise ZeroDivisionError


class LateRefusal(Poison, frozen=True):
    """Writes a good deal and then refuses."""

    def run(self, scribe: Scribe) -> tuple[None, tuple[int, ...]]:
        try:
            return super().run(scribe)
        except ZeroDivisionError:
            raise NotFound from None


class Doubled(msgspec.Struct, frozen=True):
    """Breaks a constraint of the store."""

    def run(self, scribe: Scribe) -> tuple[None, tuple[int, ...]]:
        scribe.tx.add_message(scribe.tx.message(1), None)  # type: ignore[arg-type]
        return None, ()


BAD: dict[str, tuple[Act[None], type[Exception]]] = {
    "poison": (Poison(), ZeroDivisionError),
    "constraint": (Doubled(), Exception),
    "refusal": (LateRefusal(), NotFound),
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


# faults around the commit: every act, every fault


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
        results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 10)
        assert {type(r) for r in results} == {Unavailable}
        with pytest.raises(Unavailable):
            await axis.send(VPCP, SON_LA)
        sequencer._task = None


# the record at opening


async def filled(folder: Path, keys: Path, leaves: int = 20) -> None:
    async with faulty_axis(folder, keys) as (axis, _):
        await axis.send(VPCP, SON_LA)
        await asyncio.gather(*(axis.exchange.sequencer.submit(refusal_of(n)) for n in range(leaves)))
        await axis.take(SON_LA)


def tamper(sql: str) -> Callable[[Path], None]:
    def work(folder: Path) -> None:
        db = sqlite3.connect(folder / "axis.sqlite")
        assert db.execute(sql).rowcount >= 1
        db.commit()
        db.close()

    return work


FLIPPED = "set root = zeroblob(32) WHERE size = (SELECT max(size) FROM checkpoint)"
TAMPERED = {
    "a flipped root": tamper(f"UPDATE checkpoint {FLIPPED}"),
    "a note that is not ours": tamper("UPDATE checkpoint SET note = CAST('x' AS BLOB)"),
    "a note of an earlier size": tamper(
        "UPDATE checkpoint SET note = (SELECT note FROM checkpoint ORDER BY size LIMIT 1) "
        "WHERE size = (SELECT max(size) FROM checkpoint)"
    ),
    "the last leaf gone": tamper("DELETE FROM leaf WHERE number = (SELECT max(number) FROM leaf)"),
    "a leaf in the middle gone": tamper("DELETE FROM leaf WHERE number = (SELECT max(number) - 2 FROM leaf)"),
    "a leaf too many": tamper(
        "INSERT INTO leaf SELECT number + 1, kind, object, at, message, recipient, event FROM leaf "
        "ORDER BY number DESC LIMIT 1"
    ),
    "the last checkpoint gone": tamper("DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)"),
    "another object under a leaf": tamper(
        "UPDATE leaf SET object = CAST('{}' AS BLOB) WHERE number = (SELECT max(number) FROM leaf)"
    ),
    "another kind of leaf": tamper("UPDATE leaf SET kind = 6 WHERE number = (SELECT max(number) FROM leaf)"),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_a_record_that_contradicts_itself_is_not_continued(tmp_path: Path, keys: Path, what: str) -> None:
    await filled(tmp_path, keys)
    TAMPERED[what](tmp_path)
    with pytest.raises(IntegrityAlarm):
        async with faulty_axis(tmp_path, keys):
            pass


async def test_full_tiles_are_part_of_what_is_checked(tmp_path: Path, keys: Path) -> None:
    await filled(tmp_path, keys, 600)
    async with faulty_axis(tmp_path, keys) as (axis, _):
        await audit(axis)
    tamper("UPDATE tile SET hashes = zeroblob(8192) WHERE level = 0 AND n = 1")(tmp_path)
    with pytest.raises(IntegrityAlarm, match="root"):
        async with faulty_axis(tmp_path, keys):
            pass
    tamper("DELETE FROM tile WHERE level = 0 AND n = 1")(tmp_path)
    with pytest.raises(IntegrityAlarm, match="tile 0/1"):
        async with faulty_axis(tmp_path, keys):
            pass


@pytest.mark.parametrize("signer", [Signer.from_seed(ORIGIN, bytes(32)), Signer.from_seed("elsewhere/log", bytes(32))])
async def test_a_log_under_another_key_or_name_is_not_continued(tmp_path: Path, keys: Path, signer: Signer) -> None:
    await filled(tmp_path, keys)
    async with faulty_axis(tmp_path, keys) as (axis, store):
        foreign = Log(signer.verifier.name, [signer])
        with pytest.raises(IntegrityAlarm):
            await store.real.inspect(foreign.open)
        own = Log("elsewhere/log", axis.log._signers)
        with pytest.raises(IntegrityAlarm):
            await store.real.inspect(own.open)


async def test_an_alarm_after_an_unknown_commit_stops_all_promises(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        await axis.send(VPCP, SON_LA)
        store.faults = [Fault.DONE]
        with pytest.raises(Unavailable):
            await axis.send(VPCP, SON_LA)
        tamper(f"UPDATE checkpoint {FLIPPED}")(tmp_path)
        for _ in range(2):
            with pytest.raises(IntegrityAlarm), capture_logs():
                await axis.send(VPCP, SON_LA)


async def test_an_old_receipt_stays_the_same_while_the_log_grows_over_its_tile(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, _):
        data, attempt = await sending(axis)
        first = await attempt()
        await asyncio.gather(*(axis.exchange.sequencer.submit(refusal_of(n)) for n in range(700)))
        assert only(await attempt()) == only(first)
    async with faulty_axis(tmp_path, keys) as (axis, _):
        again = await axis.submit(data, VPCP)
        assert only(again) == only(first)
        verified(axis, only(again), data)


async def test_every_change_of_a_certificate_is_a_leaf_of_its_own(tmp_path: Path, keys: Path) -> None:
    async with faulty_axis(tmp_path, keys) as (axis, store):
        agency = axis.exchange.directory[HA_NOI]
        (certificate,) = agency.certificates
        withdrawn = msgspec.structs.replace(certificate, withdrawn=axis.clock())
        await axis.exchange.change_directory([msgspec.structs.replace(agency, certificates=(withdrawn,))], "op")
        (leaf,) = (await store.leaves(0, 1_000))[-1:]
        assert (leaf.kind, leaf.recipient, leaf.event) == (Kind.DIRECTORY, HA_NOI, "DirectoryChange")
        fields = msgspec.json.decode(leaf.object)
        assert fields.pop("x-nonce")
        assert fields == {
            "agency": HA_NOI,
            "by": "op",
            "certificate": f"sha-256:{certificate.sha256}",
            "change": "withdrawn",
            "time": "2026-11-22T04:00:00.000Z",
            "until": "2026-11-22T04:00:00.000Z",
            "version": "1",
        }


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
            clock=lambda: Millis(0),
            entropy=bytes,
            lease_ms=1,
        )
        await other.start()
        assert journal.at == NOON
        await other.stop()
        assert ids(await axis.take(SON_LA))
