"""One worker as the hub sees it: a process, its pipe, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Final

import msgspec

from hub.admission.workers.messages import Ask, Document, Extract, Failed, Job, Refused, Said, StatusReport
from hub.core.model import Agency
from hub.core.signature.anchors import Anchors

Command = Callable[[int], list[str]]
Answer = Callable[[list[str]], Iterable[Agency]]
Decided = Document | StatusReport | Refused | Failed

_START_SECONDS: Final = 30.0
_END_SECONDS: Final = 2.0
_GRACE_SECONDS: Final = 2.0
_LONGEST: Final = 64 * 1024 * 1024
_NICE: Final = 5
_ENVIRONMENT: Final = {
    # Blocks of a document's size go back to the system when they are freed, instead of staying in a heap with holes.
    "MALLOC_MMAP_THRESHOLD_": str(1024 * 1024),
    "MALLOC_ARENA_MAX": "1",
}

_encoder: Final = msgspec.msgpack.Encoder()
_said: Final = msgspec.msgpack.Decoder(Said)


def worker_command(descriptor: int) -> list[str]:
    return [sys.executable, "-m", "hub.admission.workers.worker", str(descriptor)]


class Ended(Exception):
    """A worker ended while it had a document, with this code as of `subprocess`; None: it did not even begin."""

    def __init__(self, code: int | None) -> None:
        self.code = code


class Worker:
    """One process and its pipe. Used by one thread at a time."""

    def __init__(self, command: Command) -> None:
        self.knows: Anchors | None = None
        ours, theirs = Pipe()
        try:
            self._process = subprocess.Popen(
                command(theirs.fileno()),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # the hub's own is read by programs
                env=os.environ | _ENVIRONMENT,
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._line: Connection = ours
        with suppress(OSError):  # the loop comes first
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICE)

    @property
    def pid(self) -> int:
        return self._process.pid

    def await_ready(self) -> None:
        """Ended(None) when it does not come."""
        try:
            if self._line.poll(_START_SECONDS) and self._line.recv_bytes(64):
                return
        except (EOFError, OSError):
            pass
        self.end()
        raise Ended(None)

    def ask(self, job: Job, answer: Answer) -> Decided:
        """Its answer to the job. Ended, TimeoutError."""
        until = time.monotonic() + job.seconds + _GRACE_SECONDS
        try:
            self._line.send_bytes(_encoder.encode(job))
            while True:
                left = until - time.monotonic()
                if left <= 0 or not self._line.poll(left):
                    raise TimeoutError
                said: Said = _said.decode(self._line.recv_bytes(_LONGEST))
                if not isinstance(said, Ask):
                    return said
                self._line.send_bytes(_encoder.encode(Extract(list(answer(said.codes)))))
        except (EOFError, OSError, msgspec.MsgspecError) as error:
            # TimeoutError is an OSError too.
            code = self.end()
            if isinstance(error, TimeoutError) or code == -signal.SIGALRM:
                raise TimeoutError from None
            raise Ended(code) from None

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> int:
        """Close the pipe, which it ends with; kill it when it does not. Its exit code."""
        self._line.close()
        try:
            return self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
