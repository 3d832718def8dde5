"""The scales of `hub.http.milliseconds`: a call's coroutine, timed at each of its steps on the event loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from hub.http import milliseconds
from hub.http.milliseconds import SETTLED_ABOVE, Meter

T = TypeVar("T")


class weighed:
    """A coroutine whose time on the event loop is added to `meter`. Waiting adds nothing."""

    def __init__(self, work: Coroutine[Any, Any, T], meter: Meter) -> None:
        self._work = work
        self._meter = meter

    def __await__(self) -> Generator[Any, Any, Any]:
        work, meter, clock = self._work, self._meter, time.thread_time
        step: Callable[[Any], Any] = work.send
        value: Any = None
        milliseconds.begin(meter)
        while True:
            if meter.seconds > SETTLED_ABOVE:
                meter.settle()
            began = clock()
            try:
                waits_for = step(value)
            except StopIteration as end:
                return end.value
            finally:
                meter.seconds += clock() - began
            try:
                step, value = work.send, (yield waits_for)
            except BaseException as error:  # of a task that is cancelled, too: the work is told
                step, value = work.throw, error


async def on_the_bill(work: Coroutine[Any, Any, T]) -> T:
    """The work that the call running here has done in a task of its own, as part of it."""
    meter = milliseconds.current()
    return await (weighed(work, meter) if meter is not None else work)
