"""Server-Sent Events, from chunks of bytes to events; no I/O.

The rule (WHATWG HTML, "interpreting an event stream"): lines end with LF, CR or CRLF; `field: value`, one
space after the colon is dropped; a line that begins with a colon is a comment; an empty line dispatches the gathered
event, unless it has no data. The last id stays until another comes, and a new connection resumes from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from clients.errors import UnexpectedAnswer

MAX_LINE: Final = 64 * 1024
MAX_DATA: Final = 256 * 1024
"""Of one event, in characters and lines: an endless event is not gathered."""

_ID: Final = re.compile(r"[\x21-\x7e]{0,200}")
"""Goes back as a header."""

_END: Final = re.compile(rb"\r\n|\n|\r")
_MILLISECONDS: Final = re.compile("[0-9]{1,9}")


class ServerEvent(msgspec.Struct, frozen=True):
    """`what` is the event's name, `id` the last id seen, `data` its lines joined by newlines."""

    what: str
    id: str
    data: str


class Reader:
    """One for each connection; `last_id` and `retry` (seconds, 0 = not said) survive it."""

    def __init__(self, last_id: str = "") -> None:
        self.last_id = last_id
        self.retry = 0.0
        self._rest = b""
        self._searched = 0
        self._what = ""
        self._data: list[str] = []
        self._gathered = 0

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """The events that `chunk` completes. UnexpectedAnswer for a line or an event that never ends."""
        # Text that was searched before is not searched again, and text that was read is cut off once: a long line in
        # small chunks, or a large chunk of short lines, would take quadratic time.
        data, start, unseen = self._rest + chunk, 0, self._searched
        while (end := _END.search(data, unseen)) is not None:
            if end[0] == b"\r" and end.end() == len(data):
                break  # its LF may come with the next chunk
            line, start = data[start : end.start()], end.end()
            unseen = start
            event = self._line(line.decode("utf-8", "replace").removeprefix("\ufeff"))
            if event is not None:
                yield event
        self._rest = data[start:]
        self._searched = max(0, len(self._rest) - 1)  # its last byte may be a CR that waits for its LF
        if len(self._rest) > MAX_LINE:
            raise UnexpectedAnswer("an event stream with a line that does not end")

    def _line(self, line: str) -> ServerEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._what = value
        elif name == "data":
            self._data.append(value)
            self._gathered += len(value) + 1
            if self._gathered > MAX_DATA:
                raise UnexpectedAnswer("an event stream with an event that does not end")
        elif name == "id" and _ID.fullmatch(value):
            self.last_id = value
        elif name == "retry" and _MILLISECONDS.fullmatch(value):
            self.retry = int(value) / 1000
        return None

    def _dispatch(self) -> ServerEvent | None:
        what, data = self._what or "message", "\n".join(self._data)
        had_data, self._what, self._data, self._gathered = bool(self._data), "", [], 0
        return ServerEvent(what, self.last_id, data) if had_data else None
