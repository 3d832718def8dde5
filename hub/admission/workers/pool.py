"""A few processes that admit large documents, each one at a time; started when the first is needed.

The rules:
1. As many documents are read at once as there are workers, so memory is bounded however many arrive. Waiting documents
   go by `hub.admission.workers.queue`.
2. A worker that ends while it reads a document is replaced, and the document tried once more. A document that ends a
   second one, or that takes longer than `seconds`, is refused as too complex: the sender has evidence, the hub is at
   rest. When a worker was killed from outside, or none can be started, the answer is Unavailable: nothing was decided.
3. Nothing of the directory lies in a worker: it asks for the entries that a document names. Certificates travel for
   those agencies only that the caller may act for, since no other can be the sender.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

import msgspec
import structlog

from hub.admission.submission import Submission
from hub.admission.workers.messages import Failed, Job, Refused, Trusted
from hub.admission.workers.process import Answer, Command, Decided, Ended, Worker, worker_command
from hub.admission.workers.queue import WorkerQueue
from hub.base.config import Settings
from hub.base.runtime import finished
from hub.core.directory.routing import Directory, may_act_for
from hub.core.error_records import error_of
from hub.core.errors import Unavailable, XmlTooComplex
from hub.core.model import Agency, Millis
from hub.core.signature.anchors import Anchors
from hub.record.acts.document import AcceptDocument
from hub.record.acts.status import AcceptStatus

log = structlog.get_logger("heavy")

_FROM_OUTSIDE: Final = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP)


class WorkerPool:
    """`workers`: at most so many processes, 0 = one less than there are processors, one to four. `seconds`: a
    document's longest admission. `command` starts a worker over a descriptor; tests put others in its place."""

    def __init__(self, workers: int, seconds: int, command: Command = worker_command) -> None:
        self._most = workers or automatic()
        self._seconds = seconds
        self._command = command
        self._threads = ThreadPoolExecutor(self._most, thread_name_prefix="heavy")
        self._all: set[Worker] = set()
        self._idle: list[Worker] = []
        self._closing = False
        self.line = WorkerQueue(self._most)
        self._trusted: tuple[Anchors, Trusted] | None = None
        self.started = 0

    @property
    def pids(self) -> list[int]:
        """Of the workers that wait for a document."""
        return [worker.pid for worker in self._idle]

    async def admit(
        self,
        submission: Submission,
        directory: Directory,
        anchors: Anchors,
        settings: Settings,
        at: Callable[[], Millis],
    ) -> AcceptDocument | AcceptStatus:
        """As `hub.admission.admit.admit`, of a submission in a file. Refusals; Unavailable when nothing could be
        decided. `at` is asked when its turn has come; its priority and size say when that is."""
        spool, caller, sha256, size, priority = submission
        async with self.line.turn(caller.agency, priority, size):

            def work() -> Decided:
                job = Job(str(spool.path), sha256, caller, directory.policy, settings, at(), self._seconds)
                return self._decided(job, anchors, lambda codes: extract(directory, caller.agency, codes))

            said = await finished(self._threads, work)
        if isinstance(said, Failed):
            raise RuntimeError(said.trace)
        if isinstance(said, Refused):
            raise error_of(said.error)
        return said.act

    def close(self) -> None:
        """End all workers, also in the middle of a document: its sender has no answer, and sends it again."""
        self._closing = True
        for worker in self._all - set(self._idle):
            worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._all:
            worker.end()

    # in a thread

    def _decided(self, job: Job, anchors: Anchors, answer: Answer) -> Decided:
        try:
            try:
                return self._tried(job, anchors, answer)
            except Ended as ended:
                if ended.code is None:
                    raise
                log.warning("heavy-worker-ended", code=ended.code, sha256=job.sha256)
            return self._tried(job, anchors, answer)
        except TimeoutError:
            log.warning("heavy-too-slow", sha256=job.sha256, seconds=job.seconds)
            expected = f"a message that is read within {job.seconds} s"
            raise XmlTooComplex(expected=expected, found="one that takes longer") from None
        except Ended as ended:
            if ended.code is None or ended.code in _FROM_OUTSIDE:
                raise self._none(f"the last one ended with {ended.code}") from None
            log.warning("heavy-refused", code=ended.code, sha256=job.sha256)
            raise XmlTooComplex(expected="a message that can be read", found="one that ends its reader") from None
        except OSError as error:
            raise self._none(error.strerror or str(error)) from None

    @staticmethod
    def _none(why: str) -> Unavailable:
        log.error("heavy-no-worker", why=why)
        return Unavailable(retry_after=5.0, found="no process for large documents")

    def _tried(self, job: Job, anchors: Anchors, answer: Answer) -> Decided:
        worker = self._a_worker()
        if worker.knows is not anchors:
            job = msgspec.structs.replace(job, trusted=self._as_trusted(anchors))
        try:
            said = worker.ask(job, answer)
        except (Ended, TimeoutError):
            self._all.discard(worker)
            raise
        worker.knows = anchors
        self._idle.append(worker)
        return said

    def _a_worker(self) -> Worker:
        if self._closing:
            raise Unavailable(found="the hub is shutting down")
        with suppress(IndexError):
            return self._idle.pop()
        worker = Worker(self._command)
        worker.await_ready()
        self._all.add(worker)
        self.started += 1
        log.debug("heavy-worker-started", pid=worker.pid)
        return worker

    def _as_trusted(self, anchors: Anchors) -> Trusted:
        held = self._trusted
        if held is None or held[0] is not anchors:
            held = self._trusted = (anchors, Trusted.of(anchors))
        return held[1]


def automatic() -> int:
    """Workers of a hub whose settings leave it open."""
    return max(1, min(4, _processors() - 1))


def _processors() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def extract(directory: Directory, caller: str, codes: Iterable[str]) -> Iterator[Agency]:
    """The entries that a worker is told for these codes: the agencies, each once, their successors, and the
    predecessors of those that the caller may send as."""
    told: set[str] = set()
    for code in codes:
        for agency in _related(directory, caller, code):
            if agency.code in told:
                continue
            told.add(agency.code)
            if agency.certificates and not may_act_for(directory, caller, agency.code):
                yield msgspec.structs.replace(agency, certificates=())
            else:
                yield agency


def _related(directory: Directory, caller: str, code: str) -> Iterator[Agency]:
    agency = first = directory.get(code)
    passed: set[str] = set()
    while agency is not None and agency.code not in passed:
        passed.add(agency.code)
        yield agency
        agency = directory.get(agency.successor) if agency.successor else None
    line = [first.code] if first is not None and may_act_for(directory, caller, first.code) else []
    while line:
        for ended in directory.succeeded(line.pop()):
            if ended.code not in passed:
                passed.add(ended.code)
                line.append(ended.code)
                yield ended
