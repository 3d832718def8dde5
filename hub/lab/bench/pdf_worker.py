"""The reader of PDF files as the hub runs it, which says at its end how much its children used.

    bench → worker    frames with a Job, then the end
    worker → bench    a frame with PdfFacts for each, then `Cost` as msgpack

A process of its own, and not a function of the bench: a child is a copy of the worker, so all that the worker
holds stands in the child's memory too.
"""

from __future__ import annotations

import os
import resource
from typing import Final, NamedTuple

import msgspec

from hub.pdf import worker

_KB: Final = 1024


class Cost(NamedTuple):
    """Of all children: processor seconds, and the most that one of them had resident, in MB."""

    seconds: float
    most_mb: float


def _main() -> None:
    with open(os.dup(0), "rb") as asked, open(os.dup(1), "wb") as answered:
        os.dup2(2, 1)
        worker.serve(asked, answered)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        cost = Cost(children.ru_utime + children.ru_stime, children.ru_maxrss * _KB / 1e6)
        answered.write(msgspec.msgpack.encode(cost))


if __name__ == "__main__":
    _main()
