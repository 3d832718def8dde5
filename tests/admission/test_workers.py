"""Large documents in processes of their own: the same verdicts as here, and what becomes of a document, its sender and
the hub when such a process ends, hangs or cannot be had."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from hub.admission.admit import admit
from hub.admission.submission import Submission
from hub.admission.workers.pool import WorkerPool, extract
from hub.admission.workers.process import worker_command
from hub.admission.workers.queue import WorkerQueue
from hub.admission.workers.worker import codes_in
from hub.core import edxml
from hub.core.edxml import Attachment, Document
from hub.core.errors import (
    AxisError,
    IdentityConflict,
    Refusal,
    SenderNotAllowed,
    SignatureRefusal,
    StateSecret,
    Unavailable,
    UndeliverableRecipients,
    XmlTooComplex,
)
from hub.core.model import Priority, SignaturePolicy, StatusCode
from hub.record.acts.document import AcceptDocument
from hub.store.blobs import Spool
from tests.exchange.kit import a_status, changed, only, refused, rejection, verified
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SETTINGS, SO_TTTT, SON_LA, VPCP, Axis, digest, recall
from tests.support.web import until

LARGE = SETTINGS.limits.large_bytes


@pytest_asyncio.fixture
async def worker_pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(1, 30)
    yield pool
    pool.close()


def large(axis: Axis, document: Document, size: int = LARGE) -> bytes:
    """The document, signed, with a file that makes it larger than `size`."""
    return axis.sign(document, [Attachment("f", "f.pdf", data=b"%PDF-1.4 " + b"x" * size)])


async def decided(pool: WorkerPool, axis: Axis, tmp_path: Path, data: bytes, who: str = VPCP, size: int = 0) -> object:
    """What a worker makes of it: an act, or the refusal in all its parts."""
    exchange, spool = axis.exchange, Spool(tmp_path, -1)
    spool.write(data)
    submission = Submission(spool, axis.caller(who), digest(data), size or len(data), Priority.NORMAL)
    try:
        return await pool.admit(submission, exchange.directory, exchange.anchors, SETTINGS, axis.clock)
    except AxisError as error:
        return parts(error)
    finally:
        spool.close()


def here(axis: Axis, data: bytes, who: str = VPCP) -> object:
    exchange = axis.exchange
    try:
        return admit(data, digest(data), axis.caller(who), exchange.directory, exchange.anchors, SETTINGS, axis.clock())
    except Refusal as error:
        return parts(error)


def parts(error: AxisError) -> tuple[object, ...]:
    findings = [msgspec.structs.asdict(f) for f in getattr(error, "findings", ())]
    facts = {k: v for k, v in error.facts.items() if k != "findings"}
    return type(error), error.code, error.expected, error.found, error.vi, error.en, facts, findings


async def test_a_worker_decides_as_the_hub_itself_would(axis: Axis, worker_pool: WorkerPool, tmp_path: Path) -> None:
    await changed(axis, msgspec.structs.replace(axis.exchange.directory[SO_TTTT], suspended=True))
    await changed(axis, msgspec.structs.replace(axis.exchange.directory[HA_NOI], centre=SON_LA))
    ended = msgspec.structs.replace(axis.exchange.directory[MAI_SON], valid_to=date(2025, 6, 30), successor=SON_LA)
    await changed(axis, ended)
    big = "x" * (200_000)
    document = axis.document(VPCP, ["H52", MAI_SON])
    signed = axis.sign(document)
    cases = [
        (signed, VPCP),
        (large(axis, axis.document(VPCP, [SON_LA, HA_NOI])), VPCP),
        (large(axis, axis.document(VPCP, [MAI_SON])), VPCP),  # to its successor
        (axis.sign(axis.document(HA_NOI, [VPCP])), SON_LA),  # by its centre
        (axis.sign(axis.document(VPCP, [SON_LA], business=recall("some"))), VPCP),
        (axis.sign(a_status(SON_LA, StatusCode.ACCEPTED, VPCP, number="1/VPCP")), SON_LA),
        (signed, HA_NOI),  # SenderNotAllowed
        (axis.sign(axis.document(VPCP, [SO_TTTT, "X01"])), VPCP),  # UndeliverableRecipients, with facts
        (edxml.build(document), VPCP),  # no signature
        (signed.replace("đơn giản hóa".encode(), "phức tạp hóa".encode()), VPCP),
        (axis.sign(axis.document(VPCP, [SON_LA], subject="Độ mật: Mật")), VPCP),
        (axis.sign(axis.document(VPCP, [SON_LA], subject="V" * 501, place="")), VPCP),  # findings
        (b"", VPCP),
        (b"<a>" * 70 + b"</a>" * 70, VPCP),
        (b"<!DOCTYPE a><a/>", VPCP),
        (f"<edXML>{big}</edXML>".encode(), VPCP),
        (signed.replace(b"000.00.00.G22<", b"000.00.00.G2&#50;<"), VPCP),  # a code that only a parser can read
        (axis.sign(axis.document(VPCP, [CHIENG_MUNG])).replace(b">000.05.21.H52<", b">000.05.21.H5&#50;<"), VPCP),
    ]
    kinds = set()
    for data, who in cases:
        expected = here(axis, data, who)
        assert await decided(worker_pool, axis, tmp_path, data, who) == expected
        kinds.add(expected[0] if isinstance(expected, tuple) else type(expected))
    assert {AcceptDocument, SenderNotAllowed, SignatureRefusal, UndeliverableRecipients, StateSecret} < kinds
    assert len(kinds) >= 10
    assert worker_pool.started == 1  # one process for all of them, one after another


async def test_it_is_told_of_changes_in_directory_and_trust(
    axis: Axis, worker_pool: WorkerPool, tmp_path: Path
) -> None:
    data = edxml.build(axis.document(VPCP, [SON_LA]))
    assert isinstance(await decided(worker_pool, axis, tmp_path, data), tuple)
    await changed(axis, msgspec.structs.replace(axis.exchange.directory[VPCP], signature_policy=SignaturePolicy.RECORD))
    assert isinstance(await decided(worker_pool, axis, tmp_path, data), AcceptDocument)
    signed = axis.sign(axis.document(VPCP, [SON_LA]))
    axis.exchange.anchors = type(axis.exchange.anchors)(())  # nobody is trusted any more
    act = await decided(worker_pool, axis, tmp_path, signed)
    assert isinstance(act, AcceptDocument)
    assert act.incoming.sender.verdict == "CERTIFICATE_UNTRUSTED"


async def test_certificates_travel_only_for_whom_the_caller_may_act(axis: Axis) -> None:
    told = {a.code: a for a in extract(axis.exchange.directory, VPCP, [VPCP, "H52", SON_LA, "X01"])}
    assert set(told) == {VPCP, SON_LA}
    assert (bool(told[VPCP].certificates), bool(told[SON_LA].certificates)) == (True, False)


async def test_a_look_at_the_bytes_finds_the_codes_of_an_ordinary_document(axis: Axis) -> None:
    assert {VPCP, "H52", MAI_SON} <= codes_in(axis.sign(axis.document(VPCP, ["H52", MAI_SON])))


async def test_a_large_document_is_accepted_and_refused_with_evidence_as_a_small_one(axis: Axis) -> None:
    data = large(axis, axis.document(VPCP, [SON_LA]))
    sealed = await axis.submit(data, VPCP)
    assert axis.exchange.examiner.worker_pool.started == 1
    verified(axis, only(sealed), data)
    assert axis.exchange.blobs.path(digest(data)).read_bytes() == data
    again = await axis.submit(data, VPCP)
    assert (again.answer.repeated, only(again)) == (True, only(sealed))
    altered = data.replace("đơn giản hóa".encode(), "phức tạp hóa".encode())
    refusal = await refused(SignatureRefusal, axis.submit(altered, VPCP))
    rejection(axis, refusal, altered)
    assert not axis.exchange.blobs.path(digest(altered)).exists()
    await axis.submit(axis.sign(axis.document(VPCP, [SON_LA])), VPCP)
    assert axis.exchange.examiner.worker_pool.started == 1


async def test_ten_large_ones_at_once_are_read_by_no_more_workers_than_there_may_be(axis: Axis) -> None:
    axis.exchange.examiner.worker_pool.close()
    axis.exchange.examiner.worker_pool = WorkerPool(2, 30)
    sent = [large(axis, axis.document(VPCP, [SON_LA])) for _ in range(10)]
    sealed = await asyncio.gather(*(axis.submit(data, VPCP) for data in sent))
    for data, answer in zip(sent, sealed, strict=True):
        verified(axis, only(answer), data)
    assert axis.exchange.examiner.worker_pool.started <= 2


async def test_a_small_one_does_not_wait_for_all_large_ones(
    axis: Axis, worker_pool: WorkerPool, tmp_path: Path
) -> None:
    ended: list[str] = []

    async def one(name: str, size: int) -> None:
        await decided(worker_pool, axis, tmp_path, axis.sign(axis.document(VPCP, [SON_LA])), size=size)
        ended.append(name)

    names = {"first": 64_000_000, "second": 64_000_000, "third": 64_000_000, "small": 300_000}
    await asyncio.gather(*(one(name, size) for name, size in names.items()))
    assert ended == ["first", "small", "second", "third"]


async def test_who_goes_away_while_waiting_leaves_its_turn_to_others(
    axis: Axis, worker_pool: WorkerPool, tmp_path: Path
) -> None:
    data = axis.sign(axis.document(VPCP, [SON_LA]))
    tasks = [asyncio.create_task(decided(worker_pool, axis, tmp_path, data)) for _ in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    tasks[2].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(d) for d in done] == [AcceptDocument, asyncio.CancelledError, asyncio.CancelledError, AcceptDocument]
    assert isinstance(await decided(worker_pool, axis, tmp_path, data), AcceptDocument)


async def test_a_turn_that_was_given_to_somebody_who_went_away_goes_on(worker_pool: WorkerPool) -> None:
    order: list[str] = []

    async def one(name: str) -> None:
        async with worker_pool.line.turn("a", Priority.NORMAL, 1):
            order.append(name)

    async with worker_pool.line.turn("a", Priority.NORMAL, 1):
        second, third = asyncio.create_task(one("second")), asyncio.create_task(one("third"))
        await asyncio.sleep(0)
    second.cancel()  # its turn has come, and it does not know yet
    await asyncio.wait([second, third], timeout=60)
    assert (second.cancelled(), order) == (True, ["third"])
    assert worker_pool.line._free == 1


async def test_the_urgent_first_and_who_sends_many_waits_behind_who_sends_one() -> None:
    """Three of one agency wait, of 10 MB each; one of another as large comes behind the first of them, a small one of
    a third before all, and an urgent one, however large, before that."""
    line = WorkerQueue(1)
    order: list[str] = []

    async def one(name: str, agency: str, priority: Priority, megabytes: float) -> None:
        async with line.turn(agency, priority, int(megabytes * 1_000_000)):
            order.append(name)

    async with line.turn("many", Priority.NORMAL, 1):
        waiting = [
            *(one(f"many {n}", "many", Priority.NORMAL, 10) for n in range(3)),
            one("other", "other", Priority.NORMAL, 11),
            one("small", "third", Priority.NORMAL, 0.3),
            one("urgent", "many", Priority.URGENT, 60),
        ]
        tasks = [asyncio.create_task(work) for work in waiting]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert order == ["urgent", "small", "many 0", "other", "many 1", "many 2"]
    assert line._of == {}


# when a worker ends


def broken(how: str, times: Path, most: int, seconds: int = 600) -> WorkerPool:
    """A pool whose first `most` workers do `how` when they have a job, within `seconds`; `times` counts them."""
    program = (
        "import os, signal, sys, time\n"
        "from pathlib import Path\n"
        "from hub.admission.workers import worker\n"
        f"times, most = Path({str(times)!r}), {most}\n"
        "count = len(times.read_text()) if times.exists() else 0\n"
        "times.write_text('x' * (count + 1))\n"
        "def decide(job, anchors, line):\n"
        f"    {how}\n"
        "if count < most:\n"
        "    worker.decide = decide\n"
        "worker.main()\n"
    )
    return WorkerPool(1, seconds, lambda descriptor: [sys.executable, "-c", program, str(descriptor)])


CRASH = "os.kill(os.getpid(), signal.SIGSEGV)"
KILLED = "os.kill(os.getpid(), signal.SIGKILL)"
HANGS = "time.sleep(600)"
MEMORY = "raise MemoryError"


async def with_pool(axis: Axis, pool: WorkerPool) -> bytes:
    axis.exchange.examiner.worker_pool.close()
    axis.exchange.examiner.worker_pool = pool
    return large(axis, axis.document(VPCP, [SON_LA]))


@pytest.mark.parametrize("how", [CRASH, KILLED, MEMORY])
async def test_after_one_crash_another_worker_takes_the_document(axis: Axis, tmp_path: Path, how: str) -> None:
    data = await with_pool(axis, broken(how, tmp_path / "times", 1))
    verified(axis, only(await axis.submit(data, VPCP)), data)
    assert (tmp_path / "times").read_text() == "xx"


@pytest.mark.parametrize("how", [CRASH, MEMORY])
async def test_a_document_that_ends_two_workers_is_refused_with_evidence(axis: Axis, tmp_path: Path, how: str) -> None:
    data = await with_pool(axis, broken(how, tmp_path / "times", 2))
    rejection(axis, await refused(XmlTooComplex, axis.submit(data, VPCP)), data)
    assert (tmp_path / "times").read_text() == "xx"
    assert not (await axis.submit(data, VPCP)).answer.repeated  # and the hub goes on, with a third


async def test_a_document_that_takes_too_long_is_refused_and_its_worker_ended(axis: Axis, tmp_path: Path) -> None:
    data = await with_pool(axis, broken(HANGS, tmp_path / "times", 1, seconds=1))
    refusal = await refused(XmlTooComplex, axis.submit(data, VPCP))
    rejection(axis, refusal, data)
    assert (tmp_path / "times").read_text() == "x"  # not tried again: it would take as long
    assert axis.exchange.examiner.worker_pool.pids == []


async def test_workers_killed_from_outside_decide_nothing(axis: Axis, tmp_path: Path) -> None:
    data = await with_pool(axis, broken(KILLED, tmp_path / "times", 2))
    with pytest.raises(Unavailable):
        await axis.submit(data, VPCP)
    assert not (await axis.submit(data, VPCP)).answer.repeated


@pytest.mark.parametrize("command", [["/nonexistent"], [sys.executable, "-c", "raise SystemExit(3)"]])
async def test_where_no_worker_can_be_had_large_ones_may_try_later_and_small_ones_go_on(
    axis: Axis, command: list[str]
) -> None:
    data = await with_pool(axis, WorkerPool(1, 30, lambda descriptor: command))
    for _ in range(2):
        with pytest.raises(Unavailable):
            await axis.submit(data, VPCP)
    await axis.send(VPCP, SON_LA)
    axis.exchange.examiner.worker_pool.close()
    axis.exchange.examiner.worker_pool = WorkerPool(1, 30)
    await axis.submit(data, VPCP)


async def test_closing_ends_a_worker_in_the_middle_of_a_document(axis: Axis, tmp_path: Path) -> None:
    started = tmp_path / "started"
    how = f"Path({str(started)!r}).write_text(str(os.getpid())); time.sleep(600)"
    pool = broken(how, tmp_path / "times", 9)
    data = await with_pool(axis, pool)
    task = asyncio.create_task(axis.submit(data, VPCP))
    await until(lambda: started.exists() and started.read_text() != "")
    await asyncio.to_thread(pool.close)
    with pytest.raises(Unavailable):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_a_worker_ends_when_its_hub_is_gone() -> None:
    """kill -9 of the hub closes its end of the pipe, and leaves no process behind."""
    program = (
        "import subprocess, sys, os, signal\n"
        "from multiprocessing import Pipe\n"
        "from hub.admission.workers.process import worker_command\n"
        "ours, theirs = Pipe()\n"
        "worker = subprocess.Popen(worker_command(theirs.fileno()), pass_fds=(theirs.fileno(),))\n"
        "theirs.close()\n"
        "assert ours.recv_bytes() == b'ready'\n"
        "print(worker.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as hub:
        assert hub.stdout is not None
        pid = int(hub.stdout.readline())
        hub.stdout.read()  # ends when the last holder of the pipe has ended: the worker
    assert (pid > 0, hub.returncode) == (True, -signal.SIGKILL)


async def test_a_file_that_cannot_be_read_is_the_hubs_fault_and_ends_no_worker(
    axis: Axis, worker_pool: WorkerPool
) -> None:
    exchange, spool = axis.exchange, Spool(Path("/nonexistent"), 0)
    spool.path = Path("/nonexistent")
    gone = Submission(spool, axis.caller(VPCP), "", 1, Priority.NORMAL)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="FileNotFoundError"):
            await worker_pool.admit(gone, exchange.directory, exchange.anchors, SETTINGS, axis.clock)
    assert worker_pool.started == 1


async def test_a_worker_that_never_ends_asking_is_ended(axis: Axis, tmp_path: Path) -> None:
    """As one would do that a document has taken over."""
    how = "[(line.send_bytes(worker._encoder.encode(worker.Ask(['x']))), line.recv_bytes()) for _ in iter(int, 1)]"
    data = await with_pool(axis, broken(f"signal.alarm(0); {how}", tmp_path / "times", 1, seconds=1))
    await refused(XmlTooComplex, axis.submit(data, VPCP))
    assert not (await axis.submit(data, VPCP)).answer.repeated


def test_the_command_is_this_interpreter() -> None:
    assert worker_command(7) == [sys.executable, "-m", "hub.admission.workers.worker", "7"]


# files of refused documents


async def test_a_large_document_refused_inside_the_batch_leaves_no_file(axis: Axis) -> None:
    document = axis.document(VPCP, [SON_LA])
    first, other = large(axis, document), large(axis, msgspec.structs.replace(document, subject="V/v khác"))
    await axis.submit(first, VPCP)
    # Many times at once, so that one is refused while another brings the same bytes.
    attempts = await asyncio.gather(*(axis.submit(other, VPCP) for _ in range(6)), return_exceptions=True)
    assert [type(a) for a in attempts] == [IdentityConflict] * 6
    assert list(axis.exchange.blobs.names()) == [digest(first)]
    await axis.submit(first, VPCP)  # a repetition, whose file stays
    assert list(axis.exchange.blobs.names()) == [digest(first)]
