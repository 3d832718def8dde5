"""The reader's process: it loads pyHanko once, and forks a child for each file.

    hub → worker    a frame with a Job
    worker → hub    a frame with PdfFacts, always: a child that ends is a file that is too complex

The child bounds itself before it looks at the file: memory, processor time, no further processes, no files written.
The worker waits for it no longer than its time allows. One file at a time, so that a caller with two at once has
two workers. The process ends when its input does.
"""

from __future__ import annotations

import os
import resource
import select
import signal
from contextlib import suppress
from typing import BinaryIO, Final

import msgspec

from hub.pdf import before, reader
from hub.pdf.messages import LENGTH, LONGEST_ANSWER, Job, encode, facts_decoder, frame, job_decoder
from hub.programmes.signatures.facts import PdfFacts, Trouble

_WALL: Final = 4
"""Seconds of wall time for each second of processor time that a file may have, on a machine under load."""

_TOO_COMPLEX: Final = PdfFacts(trouble=Trouble.TOO_COMPLEX)


def read(job: Job) -> PdfFacts:
    """Facts of one file, even of one that ends its reader."""
    known = before.trouble(job.content)
    if known is not None:
        return PdfFacts(trouble=known)
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.close(ours)
        _child(job, theirs)
    os.close(theirs)
    try:
        said = _all(ours, job.seconds * _WALL)
    finally:
        os.close(ours)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    try:
        return facts_decoder.decode(said)
    except msgspec.DecodeError:  # it ended before it had said all
        return _TOO_COMPLEX


def _child(job: Job, line: int) -> None:
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (job.memory, job.memory))
        resource.setrlimit(resource.RLIMIT_CPU, (job.seconds, job.seconds))
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        said = encode(reader.facts(job))
        if len(said) <= LONGEST_ANSWER:
            with open(line, "wb") as out:
                out.write(said)
        status = 0
    except (RecursionError, MemoryError):
        pass
    finally:
        os._exit(status)  # nothing of the parent's is flushed or closed twice


def _all(line: int, seconds: float) -> bytes:
    """The child's output until it ends, at most as long as an answer may be."""
    parts, size = [], 0
    while size <= LONGEST_ANSWER:
        ready, _, _ = select.select([line], [], [], seconds)
        part = os.read(line, 65536) if ready else b""
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def serve(asked: BinaryIO, answered: BinaryIO) -> None:
    """Until the input ends. A frame that is no job ends the process: the hub alone speaks to it."""
    while head := asked.read(LENGTH.size):
        (size,) = LENGTH.unpack(head)
        answered.write(frame(read(job_decoder.decode(asked.read(size)))))
        answered.flush()


_GIVES_WAY: Final = 10
"""Steps of niceness: documents are accepted first, also on one processor."""

if __name__ == "__main__":
    os.nice(_GIVES_WAY)
    # Frames, and no text: a library's own output goes to the descriptors of people.
    with open(os.dup(0), "rb") as asked, open(os.dup(1), "wb") as answered:
        os.dup2(2, 1)
        serve(asked, answered)
