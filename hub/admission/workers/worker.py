"""The worker: reads one large document after another and answers with admission's verdict on each.

A process of its own, so that nothing of a large document is in the hub's memory, no scan of it holds the hub's
interpreter, and a hostile one that takes over a parser takes over this process alone. It ends with its pipe; it ends
itself when a document takes longer than it may; its memory is bounded by the system, also against a document that found
a way.

    python -m hub.admission.workers.worker DESCRIPTOR       as `hub.admission.workers.pool` starts it
"""

from __future__ import annotations

import resource
import signal
import sys
import traceback
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import msgspec

from hub.admission.admit import admit
from hub.admission.workers.messages import Ask, Document, Extract, Failed, Job, Refused, Said, StatusReport
from hub.core.directory.routing import Directory, TierPolicy
from hub.core.error_records import record_of
from hub.core.errors import Refusal
from hub.core.model import Agency
from hub.core.signature.anchors import Anchors
from hub.record.acts.document import AcceptDocument

READY: Final = b"ready"
NO_MEMORY: Final = 3
"""How it ends when a document takes more memory than any may."""
_LONGEST_TRACE: Final = 4_000
_ROOM: Final = 512 * 1024 * 1024
_TIMES: Final = 8
_MOST_CODES: Final = 200_000
_BEFORE_A_CODE: Final = b"OrganId>"
_WIDEST: Final = 128
"""Bytes between two tags that are looked at: a code has 64, and white space around it."""
_LONGEST_CODE: Final = 64

_jobs: Final = msgspec.msgpack.Decoder(Job)
_extracts: Final = msgspec.msgpack.Decoder(Extract)
_encoder: Final = msgspec.msgpack.Encoder()


class Asking(Directory):
    """The part of the hub's directory that one document needs. Codes that were not asked for are asked for when they
    are
    looked up, so a code that `told_of` missed costs time and changes nothing."""

    def __init__(self, line: Connection, policy: TierPolicy) -> None:
        super().__init__({}, {}, policy)
        self._line = line
        self._asked: set[str] = set()

    def told_of(self, codes: Iterable[str]) -> None:
        """Ask for all of these at once."""
        new = sorted(set(codes) - self._asked)
        if not new:
            return
        self._line.send_bytes(_encoder.encode(Ask(new)))
        self._asked.update(new)
        for agency in _extracts.decode(self._line.recv_bytes()).agencies:
            self._take(agency)

    def _take(self, agency: Agency) -> None:
        self._by_code[agency.code] = agency
        for name in filter(None, (agency.code, agency.code_qd20)):
            self._index[name] = agency
            self._asked.add(name)

    def succeeded(self, code: str) -> list[Agency]:
        """Of one that the caller acts for: those came with it."""
        return sorted((a for a in self._by_code.values() if a.successor == code), key=lambda agency: agency.code)

    def get(self, code: str) -> Agency | None:
        self.told_of([code])
        return self._index.get(code)

    def __getitem__(self, code: str) -> Agency:
        self.told_of([code])
        return self._index[code]

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and self.get(code) is not None


def codes_in(data: bytes) -> set[str]:
    """Codes that the document may name, by a look at its bytes: no rule depends on it. Nobody has parsed them yet, so
    the time goes by their number alone."""
    found: set[str] = set()
    at = data.find(_BEFORE_A_CODE)
    while at >= 0 and len(found) < _MOST_CODES:
        start = at + len(_BEFORE_A_CODE)
        text = data[start : max(start, data.find(b"<", start, start + _WIDEST))].strip()
        if 0 < len(text) <= _LONGEST_CODE and b">" not in text and b"&" not in text:
            found.add(text.decode("utf-8", "replace"))
        at = data.find(_BEFORE_A_CODE, start)
    return found


def decide(job: Job, anchors: Anchors, line: Connection) -> Said:
    """Admission of one file."""
    try:
        data = Path(job.path).read_bytes()
    except OSError:
        return Failed(traceback.format_exc()[-_LONGEST_TRACE:])
    try:
        directory = Asking(line, job.policy)
        directory.told_of({job.caller.agency, *codes_in(data)})
        act = admit(data, job.sha256, job.caller, directory, anchors, job.settings, job.at)
    except Refusal as refusal:
        return Refused(record_of(refusal))
    except (MemoryError, OSError, EOFError):
        raise  # this process cannot go on
    except Exception:
        return Failed(traceback.format_exc()[-_LONGEST_TRACE:])
    return Document(act) if isinstance(act, AcceptDocument) else StatusReport(act)


def serve(line: Connection) -> None:
    """Until the hub closes its end. EOFError, OSError then."""
    anchors = Anchors(())
    line.send_bytes(READY)
    while True:
        job = _jobs.decode(line.recv_bytes())
        signal.alarm(job.seconds)  # ends this process, in the middle of C code too
        if job.trusted is not None:
            anchors = job.trusted.anchors()
            _bound(job.settings.limits.document_bytes)
        said = _encoder.encode(decide(job, anchors, line))
        signal.alarm(0)
        line.send_bytes(said)


def _bound(document_bytes: int) -> None:
    """No document needs more than this, and none gets more: the system refuses, and this process ends."""
    most = _ROOM + _TIMES * document_bytes
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main() -> None:
    # Ctrl-C and a stop go to the whole group. The hub decides when this ends: by closing the pipe.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    try:
        serve(Connection(int(sys.argv[1])))
    except (EOFError, OSError):
        pass  # the hub is gone, or wants no more
    except MemoryError:
        sys.exit(NO_MEMORY)


if __name__ == "__main__":
    main()
