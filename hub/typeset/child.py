"""The worker from outside: one page, one process, ended where it takes too long."""

from __future__ import annotations

import asyncio
import sys
from importlib.util import find_spec
from typing import Final, NamedTuple

import msgspec

from hub.core.errors import NotInstalled, Unavailable
from hub.core.wire_report import PeriodReport
from hub.typeset import layout

_WALL: Final = 60.0
"""Seconds, on a machine under load."""
_MOST: Final = 64 * 1024 * 1024
MEDIA: Final = "application/pdf"
EXTRA: Final = "truc[reports]"


class Typeset(NamedTuple):
    """`seconds` of processor that it took."""

    pdf: bytes
    seconds: float


async def report(found: PeriodReport, lang: str) -> Typeset:
    """The report as PDF. NotInstalled, Unavailable."""
    if find_spec("typst") is None:
        raise NotInstalled(expected=EXTRA, found="none")
    return await _made(layout.SOURCE.encode() + b"\0" + msgspec.json.encode(layout.page_of(found, lang)))


async def _made(given: bytes) -> Typeset:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "hub.typeset.worker"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_WALL):
            told, _ = await process.communicate(given)
    except TimeoutError:
        raise Unavailable(found="a report that took too long to set") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    head, _, pdf = told.partition(b"\n")
    if process.returncode or not pdf.startswith(b"%PDF-") or len(pdf) > _MOST:
        raise Unavailable(found=f"the typesetter ended with {process.returncode}")
    return Typeset(pdf, float(head))
