"""A store that fails on demand around a real one, and an axis over it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
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
from hub.record.acts.refusal import RecordRefusal
from hub.record.log import Log
from hub.record.record import Record
from hub.record.sequencer import Sequencer
from hub.store import Store, Transaction
from hub.store.blobs import Blobs
from hub.store.sqlite import SqliteStore
from tests.support.axis import NOON, VPCP, Axis, Clock, keyring, registered

T = TypeVar("T")
ORIGIN = "truc.localhost/log"


class Fault(StrEnum):
    """What happens to one write."""

    NOT_BEGUN = "not begun"
    LOST = "lost"  # all is written, the commit fails
    DONE = "done but reported as failed"


class FaultyStore:
    """Every verb is the real store's. `faults` are what happens to the next writes; `held` stops writes until `go`."""

    def __init__(self, store: Store) -> None:
        self.real = store
        self.faults: list[Fault] = []
        self.blind = 0
        self.commits = 0
        self._held = False
        self._begun, self._go = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def hold(self) -> None:
        """Writes stop inside their transaction, before the commit, until `go`."""
        self._held = True
        self._begun.clear()
        self._go.clear()

    def wait_until_held(self) -> None:
        assert self._begun.wait(30)

    def go(self) -> None:
        self._held = False
        self._go.set()

    async def write(self, work: Callable[[Transaction], T]) -> T:
        fault = self.faults.pop(0) if self.faults else None
        if fault is Fault.NOT_BEGUN:
            raise Unavailable(found="injected: begin")

        def batch(tx: Transaction) -> T:
            result = work(tx)
            if self._held:
                self._begun.set()
                assert self._go.wait(30)
            if fault is Fault.LOST:
                raise Unavailable(found="injected: commit")
            return result

        result = await self.real.write(batch)
        self.commits += 1
        if fault is Fault.DONE:
            raise Unavailable(found="injected: commit, after it was done")
        return result

    async def inspect(self, work: Callable[[Transaction], T]) -> T:
        if self.blind:
            self.blind -= 1
            raise Unavailable(found="injected: read")
        return await self.real.inspect(work)


@asynccontextmanager
async def faulty_axis(
    folder: Path,
    keys: Path,
    clock: Clock | None = None,
    mailbox: MailboxSettings | None = None,
    *,
    batch: int = 256,
    queue: int = 4_096,
) -> AsyncIterator[tuple[Axis, FaultyStore]]:
    """Like `an_axis`, put together here so that its store can fail."""
    clock = clock or Clock()
    profile = keyring(str(keys))
    settings = Settings(limits=LimitSettings(batch=batch, queue=queue), mailbox=mailbox or MailboxSettings())
    store = FaultyStore(await SqliteStore.open(folder / "axis.sqlite"))
    journal = Log(ORIGIN, [Signer.from_seed(ORIGIN, profile.note_key("log").private_bytes_raw())])
    notices, leases = Notices(), Leases()
    typed = cast(Store, store)
    sequencer = Sequencer(
        typed,
        journal,
        notices,
        leases,
        clock=Timekeeper.alone(clock),
        entropy=os.urandom,
        lease_ms=60_000,
        most=batch,
        queue=queue,
    )
    try:
        await sequencer.start()
        directory = Directory.of(await store.agencies())
        anchors = profile.anchors()
        exchange = Exchange(
            Record(typed, Blobs(folder), sequencer, sequencer.keeper),
            Mailboxes(typed, sequencer, leases, notices, settings.mailbox, clock),
            settings,
            directory,
            anchors,
        )
        await exchange.beat()
        if not len(directory):
            await exchange.change_directory(registered(profile), "test")
        try:
            yield Axis(exchange, journal, profile, clock), store
        finally:
            store.go()
            await sequencer.stop()
            exchange.close()
    finally:
        await store.real.close()


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
