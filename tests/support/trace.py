"""How far a document walks through the house: `python -m tests.support.trace [--calls]`.

One hub in this process, one request at a time over HTTP. From the entry of the route's handler to its answer, on all
threads, of code in `hub/` alone:

    calls   functions of ours that begin, or go on after they had waited
    files   different files that they stand in
    moves   times that what runs is in another room than what ran before, by a call or by the way back; a room is a
            folder of `hub/`, or a loose file there, and the core is one

Counted, not timed: the figures are the same on any machine and at any load.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple, cast

import structlog
from aiohttp import web

import hub
from hub.core import wire
from hub.routes import documents, mailbox
from tests.support.axis import SON_LA, VPCP
from tests.support.web import Answer, a_web

_HERE: Final = str(Path(hub.__file__).parent) + os.sep
_HANDLERS: Final = {"submit": documents.submit, "fetch": mailbox.fetch, "acknowledge": mailbox.acknowledge}


class Step(NamedTuple):
    """A function of ours that begins or goes on."""

    file: str
    name: str


class Trace:
    """What `watched` (the code of a handler) does until it answers."""

    def __init__(self, watched: CodeType) -> None:
        self._watched = watched
        self._rooms: dict[CodeType, tuple[str, str] | None] = {}
        self._active = False
        self._where = ""
        self.steps: list[Step] = []
        self.crossings: Counter[tuple[str, str]] = Counter()

    @property
    def calls(self) -> int:
        return len(self.steps)

    @property
    def files(self) -> int:
        return len({step.file for step in self.steps})

    @property
    def rooms(self) -> int:
        return len({room for crossing in self.crossings for room in crossing})

    @property
    def moves(self) -> int:
        return self.crossings.total()

    def profile(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "call":
            if frame.f_code is self._watched and not self.steps:
                self._active = True
            if self._active and (place := self._place(frame.f_code)) is not None:
                self.steps.append(Step(place[0], frame.f_code.co_qualname))
                self._be(place[1])
        elif event == "return" and self._active:
            if frame.f_code is self._watched and isinstance(arg, web.StreamResponse):
                self._active = False
            elif self._place(frame.f_code) is not None:
                self._be(self._room_behind(frame))

    def _be(self, room: str) -> None:
        if room and room != self._where:
            if self._where:
                self.crossings[self._where, room] += 1
            self._where = room

    def _room_behind(self, frame: FrameType) -> str:
        """Of the nearest caller of ours; empty where there is none, as below the event loop."""
        back = frame.f_back
        while back is not None:
            if (place := self._place(back.f_code)) is not None:
                return place[1]
            back = back.f_back
        return ""

    def _place(self, code: CodeType) -> tuple[str, str] | None:
        """File and room of code that is ours; what a comprehension runs is of the function around it."""
        if code not in self._rooms:
            inside = code.co_filename.startswith(_HERE)
            file = code.co_filename.removeprefix(_HERE)
            self._rooms[code] = (file, file.partition(os.sep)[0].removesuffix(".py")) if inside else None
        return self._rooms[code]


async def traces(rounds: int = 5) -> dict[str, Trace]:
    """One trace for each verb: of several such calls the one with the fewest moves, for bytes that come in two pieces
    make a reader wait twice. The first call of each makes what is made but once, and is not among them."""
    traced: dict[str, list[Trace]] = {verb: [] for verb in _HANDLERS}
    current: list[Trace] = []

    def profile(frame: FrameType, event: str, arg: Any) -> None:
        if current:
            current[0].profile(frame, event, arg)

    async def call(verb: str, answering: Callable[[], Awaitable[Answer]]) -> Answer:
        trace = Trace(_HANDLERS[verb].__code__)
        traced[verb].append(trace)
        current.append(trace)
        answer = await answering()
        current.clear()
        assert answer.status < 300, answer.body
        return answer

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with a_web(Path(folder) / "hub", Path(folder) / "keys") as web_:
                for who in (VPCP, SON_LA):
                    await web_.token(who)
                for _ in range(1 + rounds):
                    data = web_.axis.sign(web_.axis.document(VPCP, [SON_LA]))
                    sent = (await call("submit", partial(web_.submit, data, VPCP))).record(wire.Submitted)
                    await call("fetch", partial(web_.call, "POST", "/v1/inbox/fetch", SON_LA, json={"limit": 10}))
                    await call("acknowledge", partial(web_.take, SON_LA, sent))
    finally:
        sys.setprofile(None)
        threading.setprofile(cast(Any, None))
    return {verb: min(those[1:], key=lambda trace: (trace.moves, trace.calls)) for verb, those in traced.items()}


def main() -> None:
    """The table; `--calls`: also who called whom, and from which room to which how often."""
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    found = asyncio.run(traces())
    print(f"{'':12} {'calls':>6} {'files':>6} {'rooms':>6} {'moves':>6}")
    for verb, trace in found.items():
        print(f"{verb:12} {trace.calls:6} {trace.files:6} {trace.rooms:6} {trace.moves:6}")
    if "--calls" in sys.argv[1:]:
        for verb, trace in found.items():
            print(f"\n{verb}")
            for (here, there), times in trace.crossings.most_common():
                print(f"  {times:4} {here} -> {there}")
            for step in trace.steps:
                print(f"       {step.file} {step.name}")


if __name__ == "__main__":
    main()
