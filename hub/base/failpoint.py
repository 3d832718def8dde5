"""Named instants at which a hub can be made to die or its disk to fail, for `truc torture` and the tests.

    TRUC_FAILPOINTS="batch.before-commit=kill@3; blob.write=fail:ENOSPC@2+"      name=action@nth, several with ";"

    kill          SIGKILL to this process: nothing is flushed, nothing is answered
    stop          SIGSTOP: the instant lasts until somebody sends SIGCONT, or kills it
    fail:ERRNO    the call fails as the system would have it (ENOSPC, EIO, EROFS …), without having done anything
    torn          half of what is written is written, then SIGKILL; only where bytes are written

`@3` is the third time that the instant comes, `@3+` every time from then on; without, the first. The variable is read
once, when this module is imported. Without it `hit` does nothing: an attribute, a call, and it returns. With it the hub
says so in its log, for this is no setting of a hub in service.
"""

from __future__ import annotations

import errno
import os
import re
import signal
from collections.abc import Callable
from threading import Lock
from typing import Final

import msgspec

VARIABLE: Final = "TRUC_FAILPOINTS"

POINTS: Final[dict[str, str]] = {
    "start.locked": "the store's lock is taken, its file not yet opened",
    "start.opened": "the store is open, an old schema brought up to date, its journal moved into the file",
    "start.log-checked": "the log's root was computed again and compared",
    "start.listening": "the socket listens, nothing was announced yet",
    "blob.write": "a large body arrives: before bytes go into the spool",
    "blob.before-fsync": "all bytes are in the spool, none is durable",
    "blob.before-rename": "the bytes are durable, without their name",
    "blob.renamed": "the file has its name, which is not durable yet",
    "blob.named": "the name is durable; no row names it",
    "accept.kept": "the bytes are kept, their message waits for a batch",
    "batch.taken": "a batch was taken from the queue, nothing of it is written",
    "batch.begin": "before BEGIN",
    "batch.begun": "the transaction is open",
    "batch.act": "one act of the batch is written, others may follow",
    "batch.flushed": "evidence and counters are in the transaction, the tree is as before",
    "batch.extended": "the tree has grown and its checkpoint is signed, in memory and in the transaction",
    "batch.commit": "before COMMIT: nothing is durable",
    "batch.committed": "all is durable, on the store's thread",
    "batch.durable": "all is durable, no caller knows",
    "batch.answered": "callers are woken, no byte of an answer is sent",
    "deliver.leased": "documents are leased and on record as offered, the answer is not written",
    "deliver.content": "a document is on record as offered, its bytes are about to be sent to their reader",
    "acknowledge.recorded": "the hand-over is durable, its lease not yet released",
    "directory.recorded": "the change of the directory is durable, memory still has the old one",
    "sweep.due": "deadlines have passed, nothing is recorded of it",
    "checkpoint.read": "a checkpoint is about to be published",
    "witness.cosigned": "a witness has signed, its line is not kept",
    "answer.ready": "an answer is made, none of its bytes are written",
    "answer.sent": "an answer was handed to the kernel",
    "stop.asked": "the hub was told to stop, nothing has ended",
    "stop.drained": "the queue ran dry, the store is still open",
}
"""Name → the state of things at that instant. Each is called at one place."""

_RULE: Final = re.compile(r"([a-z.-]+)=(kill|stop|torn|fail:[A-Z]+)(?:@([1-9]\d{0,6})(\+)?)?")
_TEARABLE: Final = frozenset({"blob.write"})


class InvalidFailpoints(ValueError):
    """The variable's text names no instant of ours, or no action."""


class Rule(msgspec.Struct, frozen=True):
    """`action` at the `nth` time of `point`, and with `on` every time after it."""

    point: str
    action: str
    nth: int = 1
    on: bool = False

    def __str__(self) -> str:
        return f"{self.point}={self.action}@{self.nth}{'+' if self.on else ''}"


def parse(text: str) -> list[Rule]:
    """The rules of the variable. InvalidFailpoints says which one is wrong."""
    rules = []
    for part in filter(None, (p.strip() for p in text.split(";"))):
        found = _RULE.fullmatch(part)
        if found is None or found[1] not in POINTS:
            raise InvalidFailpoints(f"{VARIABLE}: {part[:80]!r} is no name=action@nth of a known instant")
        if found[2].startswith("fail:") and not isinstance(getattr(errno, found[2][5:], None), int):
            raise InvalidFailpoints(f"{VARIABLE}: {found[2][5:]} is no error of this system")
        if found[2] == "torn" and found[1] not in _TEARABLE:
            raise InvalidFailpoints(f"{VARIABLE}: no bytes are written at {found[1]}")
        rules.append(Rule(found[1], found[2], int(found[3] or 1), bool(found[4])))
    return rules


class Armed:
    """Counts how often each instant comes, and acts on the rules. For any thread."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = rules
        self._counts = dict.fromkeys(POINTS, 0)
        self._lock = Lock()

    def hit(self, point: str, error: Callable[[str], Exception] | None = None, descriptor: int = -1,
            data: bytes = b"") -> None:  # fmt: skip
        with self._lock:
            self._counts[point] += 1
            count = self._counts[point]
        for rule in self._rules:
            if rule.point == point and (count == rule.nth or (rule.on and count > rule.nth)):
                _act(rule.action, error, descriptor, data)


def _act(action: str, error: Callable[[str], Exception] | None, descriptor: int, data: bytes) -> None:
    kind, _, name = action.partition(":")
    if kind == "fail":
        number: int = getattr(errno, name)
        raise error(os.strerror(number)) if error else OSError(number, os.strerror(number))
    if kind == "torn":
        os.write(descriptor, data[: len(data) // 2])
    os.kill(os.getpid(), signal.SIGSTOP if kind == "stop" else signal.SIGKILL)


def _nothing(point: str, error: object = None, descriptor: int = -1, data: bytes = b"") -> None:
    """No failpoints are set."""


ARMED: Final[str] = os.environ.get(VARIABLE, "")
"""The content of the variable; empty in service."""

hit: Callable[..., None] = Armed(parse(ARMED)).hit if ARMED else _nothing
"""`hit(point)`: this instant has come. `error` makes the exception of `fail` from its text (default OSError);
`descriptor`, `data`: the bytes about to be written and their place, for `torn`."""
