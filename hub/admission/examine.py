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

from hub.admission.admit import admit, claimed_identity
from hub.admission.submission import Submission
from hub.admission.turns import Turns
from hub.admission.workers.pool import WorkerPool
from hub.base.config import Settings
from hub.base.runtime import finished
from hub.core.directory.routing import Directory
from hub.core.model import Millis
from hub.core.signature.anchors import Anchors
from hub.record.acts.document import AcceptDocument
from hub.record.acts.status import AcceptStatus

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
        self, submission: Submission, directory: Directory, anchors: Anchors
    ) -> AcceptDocument | AcceptStatus:
        """The act that records this message. Refusals as of `hub.admission.admit.admit`."""
        settings, clock = self._settings, self._clock
        spool, caller, sha256, size, priority = submission
        if spool.path is not None and size > settings.limits.large_bytes:
            return await self.worker_pool.admit(submission, directory, anchors, settings, clock)

        def work() -> AcceptDocument | AcceptStatus:
            return admit(spool.read(), sha256, caller, directory, anchors, settings, clock())

        if size > _ON_LOOP:
            async with self._turns_in_threads.turn(caller.agency, priority):
                return await self.in_thread(work)
        async with self._turns.turn(caller.agency, priority):
            return work()

    async def claimed(self, submission: Submission, directory: Directory) -> tuple[str, str]:
        """Sender and identity that the bytes claim, as of `hub.admission.admit.claimed_identity`."""

        def work() -> tuple[str, str]:
            return claimed_identity(submission.spool.read(), submission.sha256, submission.caller, directory)

        return work() if submission.size <= _ON_LOOP else await self.in_thread(work)

    async def in_thread(self, work: Callable[..., T], *args: object) -> T:
        """Blocking work, to its end also when the caller goes away."""
        return await finished(self._threads, work, *args)
