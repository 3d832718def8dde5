"""Server-Sent Events, from chunks of bytes to events; no I/O.

The rule (WHATWG HTML, "interpreting an event stream"): lines end with LF, CR or CRLF; `field: value`, one
space after the colon is dropped; a line that begins with a colon is a comment; an empty line dispatches what
was gathered, unless it has no data. The last id stays until another comes, and is what a new connection
resumes from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from clients.errors import UnexpectedAnswer

MAX_LINE: Final = 64 * 1024
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

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """The events that `chunk` completes. UnexpectedAnswer for a line that never ends."""
        # What was searched before is not searched again: a long line in small chunks would take quadratic time.
        unseen, self._searched = self._searched, 0
        self._rest += chunk
        while (end := _END.search(self._rest, unseen)) is not None:
            if end[0] == b"\r" and end.end() == len(self._rest):
                break  # its LF may come with the next chunk
            line, self._rest, unseen = self._rest[: end.start()], self._rest[end.end() :], 0
            event = self._line(line.decode("utf-8", "replace").removeprefix("\ufeff"))
            if event is not None:
                yield event
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
        elif name == "id" and "\0" not in value:
            self.last_id = value
        elif name == "retry" and _MILLISECONDS.fullmatch(value):
            self.retry = int(value) / 1000
        return None

    def _dispatch(self) -> ServerEvent | None:
        what, data = self._what or "message", "\n".join(self._data)
        had_data, self._what, self._data = bool(self._data), "", []
        return ServerEvent(what, self.last_id, data) if had_data else None
