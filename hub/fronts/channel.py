"""Frames over a stream socket: four bytes of length, then MessagePack. Used on one event loop.

All frames sent within `_ROUNDS` turns of the loop go out as one write. An idle loop makes them in a few microseconds; a
busy one gathers its examinations meanwhile, for a write and the waking of the other side cost as much as a third of an
examination. There is no bound of its own on frames that wait to be written, for each frame answers or asks for a call
that is bounded elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar, cast

from hub.fronts import frames

F = TypeVar("F")
_HEAD: Final = 4
_ROUNDS: Final = 8
MOST: Final = 64 * 1024 * 1024
"""Bytes of the longest frame: a directory of 120,000 entries that changes as a whole."""


class Channel(asyncio.Protocol, Generic[F]):
    """One end. `decode` makes frames of the bytes that come, `take` gets each, `lost` is called once, when the other
    end is gone."""

    def __init__(self, decode: Callable[[memoryview], F], take: Callable[[F], None], lost: Callable[[], None]) -> None:
        self._decode = decode
        self._take = take
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._incoming = bytearray()
        self._outgoing: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._outgoing.clear()
        self._lost()

    def data_received(self, data: bytes) -> None:
        self._incoming += data
        at = 0
        with memoryview(self._incoming) as view:
            while len(view) - at >= _HEAD:
                end = at + _HEAD + int.from_bytes(view[at : at + _HEAD], "big")
                if end - at > MOST:
                    raise ValueError("a frame that no end of ours sends")
                if end > len(view):
                    break
                self._take(self._decode(view[at + _HEAD : end]))
                at = end
        del self._incoming[:at]

    def send(self, frame: frames.FromFront | frames.FromHub, *, urgent: bool = False) -> None:
        """Nothing happens when the other end is gone: `lost` told so. An urgent frame takes along those that were
        gathered."""
        if self._transport is None:
            return
        if not self._outgoing and not urgent:
            asyncio.get_running_loop().call_soon(self._gather, _ROUNDS)
        body = frames.encode(frame)
        self._outgoing += (len(body).to_bytes(_HEAD, "big"), body)
        if urgent:
            self._flush()

    def _gather(self, rounds: int) -> None:
        if rounds > 1:
            asyncio.get_running_loop().call_soon(self._gather, rounds - 1)
        else:
            self._flush()

    def _flush(self) -> None:
        if self._transport is not None and self._outgoing:
            self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()

    def close(self) -> None:
        """Write the waiting frames, then end."""
        self._flush()
        if self._transport is not None:
            self._transport.close()
