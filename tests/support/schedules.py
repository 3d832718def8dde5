"""An axis on an event loop that goes where a seed says: every race has a number, and the number brings it back.

Of all that could go on at a moment the loop picks one step at random. The store's thread takes part: it stops inside
its batch, where leases are asked for and before the commit, and the loop's tasks go on meanwhile, as they do in the
hub. Nothing sleeps and nothing depends on how fast the machine is.
"""

from __future__ import annotations

import asyncio
import heapq
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, TypeVar, cast

from hub.base.config import MailboxSettings, Settings
from hub.base.limit_settings import LimitSettings
from hub.base.timekeeper import Timekeeper
from hub.core.directory.routing import Directory
from hub.core.errors import Unavailable
from hub.core.log.keys import Signer
from hub.core.model import Millis
from hub.delivery.leases import Leases
from hub.delivery.mailboxes import Mailboxes
from hub.delivery.notices import Notices
from hub.exchange import Exchange
from hub.record.log import Log
from hub.record.record import Record
from hub.record.sequencer import Sequencer
from hub.store import Store, Transaction
from hub.store.blobs import Blobs
from hub.store.sqlite import PREFERRED, SqliteStore
from tests.record.faults import ORIGIN, Fault
from tests.support.axis import Axis, Clock, keyring, registered

T = TypeVar("T")


class Deadlock(AssertionError):
    """Tasks wait, and nothing is left that could wake them."""


class ScheduledLoop(asyncio.BaseEventLoop):
    """Runs one ready step at a time, the one that `draw` picks. Time passes only when nothing else can happen."""

    def __init__(self) -> None:
        super().__init__()
        self.draw = Random(0)
        self._now = 0.0

    def time(self) -> float:
        return self._now

    def _write_to_self(self) -> None:
        """Nothing waits in a selector that would have to be woken."""

    def _run_once(self) -> None:
        inside: Any = self
        ready, scheduled = inside._ready, inside._scheduled
        if not ready:
            if not scheduled:
                raise Deadlock
            self._now = max(self._now, scheduled[0]._when)
            while scheduled and scheduled[0]._when <= self._now:
                handle = heapq.heappop(scheduled)
                handle._scheduled = False
                ready.append(handle)
        ready.rotate(-self.draw.randrange(len(ready)))
        handle = ready.popleft()
        if not handle._cancelled:
            handle._run()


class Worker:
    """The store's thread, in lock step with the loop: one of the two runs, the other one stands still."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._go, self._stopped = threading.Lock(), threading.Lock()  # held; each is released for the other side
        self._go.acquire()
        self._stopped.acquire()
        self._job: Callable[[], object] | None = None
        self._result: object = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while True:
            self._go.acquire()
            job = self._job
            if job is None:
                return
            self._error = None
            try:
                self._result = job()
            except BaseException as error:
                self._error = error
            self._job = None
            self._stopped.release()

    def pause(self) -> None:
        """From within a job: let the loop go on for a while."""
        if threading.current_thread() is self._thread:
            self._stopped.release()
            self._go.acquire()

    async def run(self, job: Callable[[], T]) -> T:
        async with self._turn:
            self._job = job
            while self._job is not None:
                await asyncio.sleep(0)
                self._go.release()
                self._stopped.acquire()
            result, error = self._result, self._error
        await asyncio.sleep(0)
        if error is not None:
            raise error
        return cast(T, result)

    def stop(self) -> None:
        self._job = None
        self._go.release()
        self._thread.join()


class _Connection:
    """What `SqliteStore` wants of a connection: a batch goes to the worker, a read is made at once between breaths."""

    def __init__(self, db: Any, worker: Worker | None = None) -> None:
        self._db = db
        self._worker = worker

    async def run(self, work: Callable[[Any], T]) -> T:
        if self._worker is not None:
            return await self._worker.run(lambda: work(self._db))
        await asyncio.sleep(0)
        result = work(self._db)
        await asyncio.sleep(0)
        return result


class PausingLeases(Leases):
    """Leases with a breath before and after the question that a batch asks."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self._worker = worker

    def held_else_barred(self, recipient: str, message: int, at: Millis) -> Millis | None:
        self._worker.pause()
        held = super().held_else_barred(recipient, message, at)
        self._worker.pause()
        return held


class PausingStore:
    """The real store, with a breath before each commit and faults around it."""

    def __init__(self, real: SqliteStore, worker: Worker) -> None:
        self.real = real
        self.faults: list[Fault | None] = []
        self._worker = worker

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        fault = self.faults.pop(0) if self.faults else None

        def batch(tx: Any) -> T:
            result = work(tx)
            self._worker.pause()
            if fault is Fault.LOST:
                raise Unavailable(found="injected: commit")
            return result

        if fault is Fault.NOT_BEGUN:
            raise Unavailable(found="injected: begin")
        result = await self.real.write(batch)
        if fault is Fault.DONE:
            raise Unavailable(found="injected: commit, after it was done")
        return result


@asynccontextmanager
async def scheduled_axis(
    folder: Path, keys: Path, mailbox: MailboxSettings
) -> AsyncIterator[tuple[Axis, PausingStore, Leases]]:
    """An axis over one file, all of whose steps the loop of this test chooses."""
    clock = Clock()
    profile = keyring(str(keys))
    settings = Settings(limits=LimitSettings(), mailbox=mailbox)
    async with AsyncExitStack() as stack:
        writer = Worker()
        stack.callback(writer.stop)
        await _migrated(folder)
        connections = []
        for worker in (writer, None, None):  # what writes, what scans, what reads
            db = PREFERRED.connect(str(folder / "axis.sqlite"), isolation_level=None, check_same_thread=False)
            stack.callback(db.close)
            db.execute("PRAGMA synchronous=OFF")
            connections.append(_Connection(db, worker))
        store = PausingStore(SqliteStore(PREFERRED, cast(Any, connections), AsyncExitStack()), writer)
        journal = Log(ORIGIN, [Signer.from_seed(ORIGIN, profile.note_key("log").private_bytes_raw())])
        notices, leases, typed = Notices(), PausingLeases(writer), cast(Store, store)
        sequencer = Sequencer(
            typed,
            journal,
            notices,
            leases,
            clock=Timekeeper.alone(clock),
            entropy=os.urandom,
            lease_ms=int(mailbox.lease_seconds * 1000),
        )
        await sequencer.start()
        exchange = Exchange(
            Record(typed, Blobs(folder), sequencer, sequencer.keeper),
            Mailboxes(typed, sequencer, leases, notices, settings.mailbox, clock),
            settings,
            Directory.of([]),
            profile.anchors(),
        )
        await exchange.change_directory(registered(profile), "test")
        try:
            yield Axis(exchange, journal, profile, clock), store, leases
        finally:
            await sequencer.stop()
            exchange.close()


async def _migrated(folder: Path) -> None:
    """The tables, made by the store's own opening, on a loop of its own: it needs threads that nobody holds."""

    async def make() -> None:
        await (await SqliteStore.open(folder / "axis.sqlite")).close()

    made = threading.Thread(target=lambda: asyncio.run(make()))
    made.start()
    made.join()
