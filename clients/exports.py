"""All that a search finds, one after another: exports, each going on where the one before had to stop.

A server may be hostile: a line that does not end, an export without its end, one that leads in a circle or gives more
lines than it may is UnexpectedAnswer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final

import msgspec

from clients import protocol
from clients.errors import UnexpectedAnswer
from clients.transport import Transport
from hub.core.wire_export import ExportEnd, ExportLine

MOST_LINE: Final = 4 * 1024 * 1024
"""Bytes."""
MOST_LINES: Final = 20_000_000
_decode: Final = msgspec.json.Decoder(ExportLine).decode


async def documents(
    hub: Transport, asked: Mapping[str, str | int], most: int = MOST_LINES
) -> AsyncIterator[ExportLine | ExportEnd]:
    """Each document, and last the end: `cursor` there only where `most` were given and there may be more."""
    seen: set[str] = set()
    total, behind, cursor = 0, 0, str(asked.get("cursor", ""))
    while True:
        end: ExportEnd | None = None
        async for line in _lines(hub, {**asked, "cursor": cursor}):
            if end is not None:
                raise UnexpectedAnswer("an export that goes on after its end")
            end = line.end
            if line.document is not None:
                total += 1
                if total > MOST_LINES:
                    raise UnexpectedAnswer(f"an export of more than {MOST_LINES} lines")
                yield line
        if end is None:
            raise UnexpectedAnswer("an export without its end")
        behind = max(behind, end.behind)
        if not end.cursor or total >= most:
            yield ExportEnd(lines=total, cursor=end.cursor, why=end.why, behind=behind)
            return
        if end.cursor in seen:
            raise UnexpectedAnswer("an export that leads in a circle")
        seen.add(end.cursor)
        cursor = end.cursor


async def _lines(hub: Transport, asked: Mapping[str, str | int]) -> AsyncIterator[ExportLine]:
    rest = b""
    async for chunk in hub.stream(protocol.export(asked)):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > MOST_LINE:
            raise UnexpectedAnswer("a line that does not end")
        for line in lines:
            yield _line(line)
    if rest:
        raise UnexpectedAnswer("a line that was cut off")


def _line(data: bytes) -> ExportLine:
    try:
        line = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnexpectedAnswer(f"not an ExportLine ({error})") from None
    if (line.document is None) == (line.end is None):
        raise UnexpectedAnswer("a line that is neither a document nor the end")
    return line
