"""From the bytes of a submission to the act that it asks for, where and when it is its turn.

    up to 32 kB            on the event loop, by turns: the hop to a thread costs more than it frees
    up to `large_bytes`    in a thread, by turns of their own
    above                  in a process of its own (`hub.admission.workers`), by lane, agency and size

Deciding itself is `hub.admission.admit`, the same in all three.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from hub.admission.admit import Caller, admit, claimed_identity
from hub.admission.turns import HEADER, Turns, claimed_priority
from hub.admission.workers.pool import WorkerPool
from hub.base.config import Settings
from hub.base.runtime import finished
from hub.core.directory.routing import Directory
from hub.core.model import Millis
from hub.core.signature.anchors import Anchors
from hub.record.acts.document import AcceptDocument
from hub.record.acts.status import AcceptStatus
from hub.store.blobs import Spool

T = TypeVar("T")
_ON_LOOP: Final = 32 * 1024
_SIDE_BY_SIDE: Final = 4
"""Turns of one round of the event loop: a round costs as much as half an examination, and an urgent one waits for these
at most."""
_THREADS: Final = 2


class Examiner:
    """Used on the event loop. Threads and processes are made when they are first needed."""

    def __init__(self, settings: Settings, clock: Callable[[], Millis]) -> None:
        self._settings = settings
        self._clock = clock
        self._turns = Turns(_SIDE_BY_SIDE)
        self._turns_in_threads = Turns(_THREADS)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="verify")
        self.worker_pool = WorkerPool(settings.limits.large_workers, settings.limits.large_seconds)

    def close(self) -> None:
        self.worker_pool.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def examine(
        self, body: Spool, caller: Caller, directory: Directory, anchors: Anchors
    ) -> AcceptDocument | AcceptStatus:
        """The act that records this message. Refusals as of `hub.admission.admit.admit`."""
        settings, clock = self._settings, self._clock
        if body.path is not None and body.size > settings.limits.large_bytes:
            priority = claimed_priority(body.beginning(HEADER))
            return await self.worker_pool.admit(
                body.path, body.size, priority, body.sha256, caller, directory, anchors, settings, clock
            )

        def work(data: bytes) -> AcceptDocument | AcceptStatus:
            return admit(data, body.sha256, caller, directory, anchors, settings, clock())

        if body.size > _ON_LOOP:
            async with self._turns_in_threads.turn(caller.agency, claimed_priority(body.beginning(HEADER))):
                return await self.in_thread(lambda: work(body.read()))
        data = body.read()
        async with self._turns.turn(caller.agency, claimed_priority(data)):
            return work(data)

    async def claimed(self, body: Spool, caller: Caller, directory: Directory) -> tuple[str, str]:
        """Sender and identity that the bytes claim, as of `hub.admission.admit.claimed_identity`."""

        def work() -> tuple[str, str]:
            return claimed_identity(body.read(), body.sha256, caller, directory)

        return work() if body.size <= _ON_LOOP else await self.in_thread(work)

    async def in_thread(self, work: Callable[..., T], *args: object) -> T:
        """Blocking work, to its end also when the caller goes away."""
        return await finished(self._threads, work, *args)
