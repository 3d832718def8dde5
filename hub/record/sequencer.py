"""One batch after another: many requests, one transaction, one fsync, one signed checkpoint.

The promise: `submit` returns only when a durable transaction holds its act's rows, the evidence, and a
checkpoint that covers this evidence. Requests that wait at the same moment share a batch; a lone one waits for nobody.
More urgent lanes go first among the waiting acts.

    take the waiting → BEGIN → run each act → number and hash the leaves → sign the checkpoint → make receipts
                    → COMMIT (here it becomes true) → answer → tell the listeners

An act that refuses is undone alone. Nearly all that refuse have written nothing yet, so a batch runs without a step to
undo each act by; should one refuse after its first write, all is undone and the batch runs once more with them. When
anything else goes wrong the whole batch is undone and each of its acts is tried once more by itself, so that one
poisonous request cannot take its neighbours along.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter as Counted
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from itertools import chain
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import structlog

from hub.base import failpoint
from hub.base.timekeeper import Timekeeper
from hub.core.errors import AxisError, TooMany, TryLater, Unavailable
from hub.core.evidence.events import Event
from hub.core.evidence.happenings import Happening
from hub.core.model import Millis
from hub.core.timekeeping import Doubt
from hub.record.batch_size import BatchSize
from hub.record.counters import Counters, Key
from hub.record.evidence_writer import EvidenceWriter
from hub.record.listeners import InHand, Listeners
from hub.record.log import Log
from hub.record.refusals import RefusalBudget
from hub.store import Counter, Store, Transaction

R = TypeVar("R", covariant=True)
T = TypeVar("T")
_LANES = 5

log = structlog.get_logger("sequencer")


class Act(Protocol[R]):
    """The effect of one request inside a batch; see `hub.record.acts`. `run` returns its answer and the leaves whose
    receipts go with it."""

    def run(self, writer: EvidenceWriter) -> tuple[R, tuple[int, ...]]: ...


class Sealed(NamedTuple, Generic[T]):
    """An answer that is true: its transaction is durable. `receipts` by leaf number, for the leaves the act named."""

    answer: T
    receipts: dict[int, bytes]


class Recorder(Protocol):
    """Where acts are recorded: the sequencer, or in a front process the way to it."""

    @property
    def waiting(self) -> int: ...
    @property
    def batches(self) -> int: ...
    @property
    def halted(self) -> str: ...
    @property
    def doubt(self) -> Doubt | None:
        """Why the clock is not believed, and nothing recorded meanwhile; None where it is."""

    async def submit(self, act: Act[T], lane: int = 0, *, receipts: bool = True) -> Sealed[T]:
        """The act's answer when it is durable; see `Sequencer.submit`."""
        ...


class _Waiting(NamedTuple):
    act: Act[Any]
    future: asyncio.Future[Sealed[Any]]
    receipts: bool


class _Done(NamedTuple):
    """How one act of a batch ended: an answer with the leaves that it named, or an error."""

    answer: Any
    leaves: tuple[int, ...]
    error: BaseException | None


class _Batch(NamedTuple):
    ends: list[_Done]
    receipts: list[dict[int, bytes]]
    happenings: list[Happening]
    seconds: float
    """The time of the acts."""
    counters: Mapping[Key, Counter]
    last_message: int | None
    refused: list[str]
    """Whose refusals went on record."""
    returned: list[str]
    """Recipients that keep a document which was asked back: it is offered again where it was not signed for."""


class _WroteAndRefused(Exception):
    """An act refused after its first write, and there is no step to undo it by."""


class Sequencer:
    """The one writer. `start` opens the log, `submit` queues an act, `stop` lets the queue run dry."""

    def __init__(
        self,
        store: Store,
        journal: Log,
        notices: Listeners,
        leases: InHand,
        *,
        clock: Timekeeper,
        entropy: Callable[[int], bytes],
        lease_ms: int,
        most: int = 256,
        queue: int = 4_096,
        refusals: int = 1_000,
    ) -> None:
        self._store = store
        self._log = journal
        self._notices = notices
        self._leases = leases
        self.keeper = clock
        self._entropy = entropy
        self._lease_ms = lease_ms
        self._size = BatchSize(most)
        self._queue = queue
        self._lanes: tuple[deque[_Waiting], ...] = tuple(deque() for _ in range(_LANES))
        self._waiting = 0
        self._awake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._sound = True
        self._barring = False
        self._counters = Counters()
        self._refusals = RefusalBudget(refusals)
        self._at = Millis(0)
        self.batches = 0
        self.halted = ""

    async def start(self) -> None:
        """Open the log against the store. IntegrityAlarm when the recomputed root is not the last checkpoint's."""
        await self._store.inspect(self._log.open)
        failpoint.hit("start.log-checked")
        self._at = self._log.at
        last = await self._store.inspect(lambda tx: tx.last_message())
        self._leases.forgotten(last, Millis(self.keeper() + self._lease_ms))
        self._task = asyncio.create_task(self._work(), name="sequencer")

    async def stop(self) -> None:
        """Finish the waiting acts, then end. New submissions are refused with Unavailable."""
        self._stopping = True
        self._awake.set()
        if self._task is not None:
            # Shielded: a caller that gives up waiting for the end must not cut a batch in two.
            await asyncio.shield(self._task)

    def halt(self, why: str) -> None:
        """Sign nothing any more, for good: callers are told why. A batch under way is still finished; it went on
        from a history that is as wrong as before. Only a start with a corrected store ends this."""
        if not self.halted:
            self.halted = why
            log.error("signing-halted", why=why)

    @property
    def waiting(self) -> int:
        return self._waiting

    @property
    def doubt(self) -> Doubt | None:
        return self.keeper.doubt

    async def submit(self, act: Act[T], lane: int = 0, *, receipts: bool = True) -> Sealed[T]:
        """Run `act` in the next batch and return its answer when that is durable.

        TooMany when the queue is full, Unavailable when the store cannot promise, ClockInDoubt when there is no time
        to put on record; else the error that the act raised.
        """
        future = self.enqueue(act, lane, receipts=receipts)
        try:
            return await future
        finally:
            del future  # else an error would keep itself, and all that its act holds, until the collector comes by

    def enqueue(self, act: Act[T], lane: int = 0, *, receipts: bool = True) -> asyncio.Future[Sealed[T]]:
        """The same without waiting: the future answer. Cancel it when nobody wants it any more."""
        if self._stopping:
            raise Unavailable(found="the hub is shutting down")
        if self.halted:
            raise self._refusal()
        if self._waiting >= self._queue:
            raise TooMany(expected=f"at most {self._queue} waiting submissions", found=str(self._waiting))
        future: asyncio.Future[Sealed[T]] = asyncio.get_running_loop().create_future()
        self._lanes[lane].append(_Waiting(act, future, receipts))
        self._waiting += 1
        self._awake.set()
        return future

    async def _work(self) -> None:
        try:
            await self._run()
        finally:
            # Nothing waits here after a proper end; after any other nobody may wait for ever.
            self._stopping = True
            self._fail([w for lane in self._lanes for w in lane], Unavailable(found="the hub is shutting down"))

    async def _run(self) -> None:
        while True:
            batch = self._take()
            if batch:
                failpoint.hit("batch.taken")
                try:
                    await self._settle(batch)
                except BaseException:
                    self._fail(batch, Unavailable(found="the hub is shutting down"))
                    raise
            elif self._stopping:
                return
            else:
                self._awake.clear()
                await self._awake.wait()

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        most = self._size.now
        for lane in reversed(self._lanes):
            while lane and len(batch) < most:
                waiting = lane.popleft()
                self._waiting -= 1
                if not waiting.future.done():  # its caller may have gone away
                    batch.append(waiting)
        return batch

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        """Write the batch and answer its callers; on an unexpected error, one by one."""
        try:
            done = await self._write(batch)
        except TryLater as error:
            self._fail(batch, error)
        except Exception as error:
            if len(batch) == 1:
                log.exception("act-failed", act=type(batch[0].act).__name__)
                self._fail(batch, error)
                return
            for waiting in batch:
                await self._settle([waiting])
        else:
            self._answer(batch, done)

    def _refusal(self) -> Unavailable:
        return Unavailable(retry_after=60.0, expected="a log with one history", found=self.halted)

    async def _write(self, batch: Sequence[_Waiting], *, in_steps: bool = False) -> _Batch:
        if self.halted:
            raise self._refusal()
        if not self._sound:
            # The last commit's outcome is unknown: the file as it is now tells the outcome.
            await self._store.inspect(self._log.open)
            self._sound = True
        # Time never runs backwards in the record: a clock that is in doubt now must not decide from when on.
        self._at = Millis(max(self._at, self.keeper.stamp()))
        self._sound = False
        began = time.perf_counter()
        counters, self._counters = self._counters, Counters()  # forgotten, unless this batch becomes durable
        try:
            done = await self._store.write(lambda tx: self._in_transaction(tx, batch, counters, in_steps))
        except Unavailable:
            self._notices.unknown()
            raise
        except Exception as error:
            self._log.undo()
            self._sound = True  # rolled back for certain: the commit was never asked for
            if isinstance(error, _WroteAndRefused):
                return await self._write(batch, in_steps=True)
            raise
        finally:
            if self._barring:
                self._leases.unbar()
                self._barring = False
        # Durable from here on. A crash right here loses the answers, not their content: the callers ask again and get
        # the same receipts.
        failpoint.hit("batch.durable")
        self._sound = True
        self._counters = counters
        counters.keep(done.counters, done.last_message)
        self._refusals.spend(Counted(done.refused), self._at)
        self.batches += 1
        self._size.learn(len(batch), time.perf_counter() - began, done.seconds)
        return done

    def _in_transaction(self, tx: Transaction, batch: Sequence[_Waiting], counters: Counters, in_steps: bool) -> _Batch:
        """On the store's thread."""
        writer = EvidenceWriter(
            tx,
            self._log.begin(),
            at=self._at,
            entropy=self._entropy,
            held=self._held,
            lease_ms=self._lease_ms,
            counters=counters,
            refusals=self._refusals,
        )
        began = time.perf_counter()
        ends = [self._step(tx, writer, waiting, in_steps) for waiting in batch]
        seconds = time.perf_counter() - began
        writer.flush()
        failpoint.hit("batch.flushed")
        self._log.extend(tx, writer.entries, self._at)
        failpoint.hit("batch.extended")
        named = [end.leaves if waiting.receipts else () for waiting, end in zip(batch, ends, strict=True)]
        made = self._log.receipts(tx, set(chain.from_iterable(named)), writer.rows)
        receipts = [{leaf: made[leaf] for leaf in leaves} for leaves in named]
        kept = [row.recipient for row in writer.rows if row.event == Event.RECALL_REFUSED.short]
        return _Batch(
            ends, receipts, writer.happenings(), seconds, writer.counters, writer.last_message, writer.refused, kept
        )

    def _held(self, message: int, recipient: str) -> Millis | None:
        self._barring = True
        # By the clock by which leases are given, which may be set back: the record's time may not.
        return self._leases.held_else_barred(recipient, message, self.keeper())

    @staticmethod
    def _step(tx: Transaction, writer: EvidenceWriter, waiting: _Waiting, in_steps: bool) -> _Done:
        mark, changes = writer.mark(), tx.changes()
        try:
            with tx.step() if in_steps else nullcontext():
                answer, leaves = waiting.act.run(writer)
        except AxisError as error:
            if not in_steps and tx.changes() != changes:
                raise _WroteAndRefused from error
            writer.reset(mark)
            return _Done(None, (), error.with_traceback(None))  # which would lead from the error back to its future
        failpoint.hit("batch.act")
        return _Done(answer, leaves, None)

    def _answer(self, batch: Sequence[_Waiting], done: _Batch) -> None:
        for waiting, end, receipts in zip(batch, done.ends, done.receipts, strict=True):
            if waiting.future.done():
                continue
            if end.error is not None:
                waiting.future.set_exception(end.error)
            else:
                waiting.future.set_result(Sealed(end.answer, receipts))
        failpoint.hit("batch.answered")
        for recipient in done.returned:
            self._leases.returned(recipient)
            self._notices.wake(recipient)
        if done.happenings:
            self._notices.publish(done.happenings)

    @staticmethod
    def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
        for waiting in batch:
            if not waiting.future.done():
                waiting.future.set_exception(error)
