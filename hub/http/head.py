"""The head of a request before anybody has parsed it. Not believed for anything but whose turn it is.

These bytes are anybody's: a connection may bring megabytes of blanks where a header should be. So there are no patterns
here. Each byte of a head that is not too long is passed over a fixed number of times, by searches for fixed bytes.
"""

from __future__ import annotations

from typing import Final

HEAD_BYTES: Final = 64 * 1024
"""How far the head of a request is looked at; anything written behind it is not there."""
LINES: Final = 65
"""The line of the request, and as many headers as the listener takes."""
TOKEN_BYTES: Final = 2_000
_END_OF_LINE: Final = b"\r\n"
_NAME: Final = b"authorization:"
_SCHEME: Final = b"bearer "
_BLANKS: Final = b" \t"


def bearer_in(data: bytes) -> bytes:
    """The token that the first header `Authorization` of these first bytes bears; empty where there is none. A line
    counts when its end has come."""
    at = data.find(_END_OF_LINE, 0, HEAD_BYTES)
    for _ in range(LINES):
        start = at + len(_END_OF_LINE)
        at = data.find(_END_OF_LINE, start, HEAD_BYTES)
        if at <= start:  # no further line, or the empty one that ends the head
            return b""
        if data[start : start + len(_NAME)].lower() == _NAME:
            return _token(data[start + len(_NAME) : at].strip(_BLANKS))
    return b""


def _token(value: bytes) -> bytes:
    if value[: len(_SCHEME)].lower() != _SCHEME:
        return b""
    token = value[len(_SCHEME) :].strip(_BLANKS)
    return token if len(token) <= TOKEN_BYTES else b""
