"""PDF files read, one after the other, by a process that is started when the first comes."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec
import structlog

from hub.pdf.messages import LENGTH, LONGEST_ANSWER, Job, facts_decoder, frame
from hub.programmes.signatures.facts import PdfFacts, Trouble

log = structlog.get_logger("pdf")

_PATIENCE: Final = 60.0
"""Seconds after which a worker that says nothing is ended. It has bounds of its own that are much shorter."""

_NOT_READ: Final = PdfFacts(trouble=Trouble.NOT_READ)


def worker_command() -> list[str]:
    return [sys.executable, "-m", "hub.pdf.worker"]


def is_installed() -> bool:
    """Whether the extra `pdf` is there."""
    return importlib.util.find_spec("pyhanko") is not None


class PdfReading:
    """One worker and the callers that wait for it, in the order in which they came. Used on one event loop."""

    def __init__(self, command: Callable[[], list[str]] = worker_command) -> None:
        self._command = command
        self._process: Process | None = None
        self._one = asyncio.Lock()

    async def facts(self, job: Job) -> PdfFacts:
        """Facts in any case: a worker that ended is started again for the next file, and this file was
        NOT_READ."""
        async with self._one:
            try:
                async with asyncio.timeout(_PATIENCE):
                    return await self._asked(job)
            except (OSError, EOFError, TimeoutError, msgspec.DecodeError) as error:
                log.warning("pdf-worker-ended", why=repr(error))
                await self._end()
                return _NOT_READ
            except asyncio.CancelledError:
                await self._end()  # else the next caller would have this one's answer
                raise

    async def _asked(self, job: Job) -> PdfFacts:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await asyncio.create_subprocess_exec(
                *self._command(), stdin=PIPE, stdout=PIPE, limit=LONGEST_ANSWER * 2
            )
        asked, answered = process.stdin, process.stdout
        if asked is None or answered is None:
            raise EOFError("a worker without pipes")
        asked.write(frame(job))
        await asked.drain()
        (size,) = LENGTH.unpack(await answered.readexactly(LENGTH.size))
        if size > LONGEST_ANSWER:
            raise EOFError(f"an answer of {size} bytes")
        return facts_decoder.decode(await answered.readexactly(size))

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        if process is not None:
            await process.wait()

    async def close(self) -> None:
        async with self._one:
            await self._end()
