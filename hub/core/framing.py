"""Many messages in one body, each behind its length.

    4812\\n<4812 bytes>4640\\n<4640 bytes>…

A length is decimal, without sign or leading zero, at most nine digits, and ends with a line feed. Nothing stands
between items or after the last. Where an item ends is told before its bytes, so no byte of a message can be taken for
the end of one, and a reader needs no more memory than it allows itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from hub.core.errors import BadRequest

MEDIA: Final = "application/vnd.truc.batch"
_DIGITS: Final = 9
_LENGTH: Final = "a length in decimal digits and a line feed"


def framed(items: Iterable[bytes]) -> bytes:
    """These messages as one body."""
    return b"".join(part for item in items for part in (b"%d\n" % len(item), item))


class Piece(NamedTuple):
    """A part of an item of `size` bytes: its `first`, its `last`, or both."""

    size: int
    data: bytes
    first: bool
    last: bool


class Frames:
    """A body that comes in pieces of any size. Work is linear in the bytes fed; nothing but a length is kept."""

    def __init__(self) -> None:
        self.items = 0
        """That have begun."""
        self._length = bytearray()
        self._size = 0
        self._left = 0

    def feed(self, data: bytes) -> Iterator[Piece]:
        """The parts of items in `data`; every item has at least one. BadRequest where it is no such body."""
        at = 0
        while at < len(data):
            if not self._left:
                end = data.find(b"\n", at, at + _DIGITS + 1 - len(self._length))
                self._length += data[at : end if end >= 0 else at + _DIGITS + 1]
                self._check_length(whole=end >= 0)
                if end < 0:
                    return
                at = end + 1
                self._size = self._left = int(self._length)
                self._length.clear()
                self.items += 1
                if not self._size:
                    yield Piece(0, b"", first=True, last=True)
                    continue
            part = data[at : at + self._left]
            if part:
                first = self._left == self._size
                at += len(part)
                self._left -= len(part)
                yield Piece(self._size, part, first, not self._left)

    def _check_length(self, *, whole: bool) -> None:
        text = self._length
        good = text.isdigit() and (len(text) == 1 or text[:1] != b"0") if text else not whole
        if not good or len(text) > _DIGITS:
            raise BadRequest(expected=_LENGTH, found=repr(bytes(text[:40]))[1:])

    def end(self) -> None:
        """The body has ended. BadRequest in the midst of an item, or where there was none."""
        if self._left:
            missing = self._size - self._left
            raise BadRequest(expected=f"{self._size} bytes of item {self.items - 1}", found=f"{missing} bytes")
        if self._length or not self.items:
            raise BadRequest(expected=_LENGTH, found=repr(bytes(self._length))[1:])
