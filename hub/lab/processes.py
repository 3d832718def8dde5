"""Processes that work and talk: each is started afresh, reports over a pipe, and ends by itself.

A worker is a function whose first argument is its `Talk`. Its last message is its result; an exception travels to the
listener and is raised there as `WorkerFailed` with the worker's own trace. Nothing is shared but files.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any, Final

_SPAWN: Final = multiprocessing.get_context("spawn")


class WorkerFailed(RuntimeError):
    """A worker ended with an error, or without a word."""


class _Failed:
    def __init__(self, trace: str) -> None:
        self.trace = trace


class Talk:
    """A worker's end of the pipe."""

    def __init__(self, pipe: Connection) -> None:
        self.pipe = pipe

    def say(self, what: Any) -> None:
        self.pipe.send(what)

    def hear(self) -> Any:
        """The next message of the other end; EOFError when it is gone."""
        return self.pipe.recv()

    def asked(self) -> bool:
        """Whether there is something to hear."""
        return self.pipe.poll()


class Worker:
    """A process running `function(talk, *arguments)`. Use it in a with block: it is ended there at the latest."""

    def __init__(self, function: Callable[..., None], arguments: Sequence[Any]) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_main, args=(function, theirs, arguments), daemon=True)
        self._process.start()
        theirs.close()

    def say(self, what: Any) -> None:
        self.pipe.send(what)

    def hear(self, seconds: float | None = None) -> Any:
        """Its next message. WorkerFailed when it failed, or said nothing within `seconds`."""
        try:
            if seconds is not None and not self.pipe.poll(seconds):
                raise WorkerFailed(f"no answer within {seconds:.0f} s")
            said = self.pipe.recv()
        except EOFError:
            raise WorkerFailed("ended without a word") from None
        if isinstance(said, _Failed):
            raise WorkerFailed(said.trace)
        return said

    def ask(self, what: Any, seconds: float | None = None) -> Any:
        self.say(what)
        return self.hear(seconds)

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.pipe.close()
        self._process.join(timeout=2.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def gather(function: Callable[..., None], arguments: Sequence[Sequence[Any]]) -> Iterator[tuple[int, Any]]:
    """Run one worker for each tuple of arguments; their messages, with the worker's position, until all have ended."""
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(Worker(function, each)) for each in arguments]
        open_pipes = {worker.pipe: position for position, worker in enumerate(workers)}
        while open_pipes:
            for pipe in wait(list(open_pipes)):
                assert isinstance(pipe, Connection)
                try:
                    said = pipe.recv()
                except EOFError:
                    del open_pipes[pipe]
                    continue
                if isinstance(said, _Failed):
                    raise WorkerFailed(said.trace)
                yield open_pipes[pipe], said


def _main(function: Callable[..., None], pipe: Connection, arguments: Sequence[Any]) -> None:
    try:
        function(Talk(pipe), *arguments)
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        pass  # the listener is gone
    except BaseException:
        with contextlib.suppress(OSError):
            pipe.send(_Failed(traceback.format_exc()))
    finally:
        pipe.close()
