"""Blocking work off the event loop, never left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

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
