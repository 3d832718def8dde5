"""The beginning of every process of ours: a clock, an event loop, a log.

Blocking work off the event loop, never left alone.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from hub.core.model import Millis
from hub.core.shown import escaped

try:
    from uvloop import run as _run
except ImportError:
    _run = asyncio.run  # type: ignore[assignment]


_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", 0)

_COLLECTED_AFTER: Final = (10_000, 20, 20)
"""Objects that were made and are still there; rounds of the youngest for one of the middle, and of those for all."""


def _rendered(event: dict[str, Any], **options: Any) -> str:
    """One line of JSON in which nothing hides: the journal is read in a terminal."""
    return escaped(json.dumps(event, **options))


def system_clock() -> Millis:
    return Millis(time.time_ns() // 1_000_000)


def steady_clock() -> Millis:
    """One that nobody sets, the same for all processes of the machine; where there is one, it counts sleep too."""
    return Millis(time.clock_gettime_ns(_STEADY) // 1_000_000) if _STEADY else Millis(time.monotonic_ns() // 1_000_000)


def run(main: Coroutine[Any, Any, None]) -> None:
    """On uvloop where there is one."""
    _run(main)


def keep_what_is_there() -> None:
    """Modules, settings, the directory: objects that exist when service begins stay, and the collector need not walk
    through it again while callers wait. Of the rest little lives long and nothing in circles: it looks more seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTED_AFTER)


def configure_logging(level: str | int) -> None:
    """JSON lines on standard error; identifiers and digests only, never a payload."""
    number = level if isinstance(level, int) else getattr(logging, level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(_rendered, ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


@asynccontextmanager
async def at_work(chores: Mapping[str, Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """These go on, by name, until the block ends."""
    tasks = [asyncio.create_task(chore, name=name) for name, chore in chores.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


T = TypeVar("T")


async def finished(threads: Executor | None, work: Callable[..., T], *args: object) -> T:
    """`work(*args)` in one of `threads` (None: the loop's own).

    Ends when the work has ended, also when the caller went away meanwhile: only then may its files be closed, whose
    descriptors would else be another file's.
    """
    working = asyncio.get_running_loop().run_in_executor(threads, partial(work, *args))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait([working])
        if not working.cancelled():
            working.exception()
        raise
    finally:
        # An error leads to this frame, and the frame to the error: a circle that would keep a refused document's bytes
        # until the collector comes by, which a flood of large ones need not wait for.
        del working
