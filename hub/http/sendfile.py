"""A part of a file to a connection by sendfile(2): the bytes go from the page cache to the socket and are never ours.

uvloop has no `loop.sendfile`, and asyncio's reads the disk on the event loop. So here: the kernel copies in a thread,
for it may have to read the disk, as much as the socket takes; the loop waits until the socket takes more, which binds
no thread to a slow reader. The descriptor is a duplicate: loops watch no descriptor that one of their transports owns.
"""

from __future__ import annotations

import asyncio
import os
from typing import Final

from hub.base.runtime import finished
from hub.core.errors import IntegrityAlarm

_MOST: Final = 4 * 1024 * 1024
"""Bytes of one call: the most that a thread may be busy with."""


async def send(transport: asyncio.Transport, descriptor: int, file: int, part: slice) -> None:
    """Bytes [start, stop) of `file`, after all that was written to `transport`, whose socket `descriptor` is.

    ConnectionResetError when the reader is gone, IntegrityAlarm when the file ends too early. Nothing else may write
    to the transport meanwhile.
    """
    try:
        socket = os.dup(descriptor)
    except OSError:
        raise ConnectionResetError("the reader is gone") from None
    try:
        await _written(transport, socket)
        at = part.start
        while at < part.stop:
            if transport.is_closing():
                raise ConnectionResetError("the reader is gone")
            sent = await finished(None, _some, socket, file, at, min(_MOST, part.stop - at))
            at += sent
            if not sent:
                await _writable(socket)
    finally:
        os.close(socket)


def _some(socket: int, file: int, at: int, most: int) -> int:
    """As much as the socket takes now; 0 when it is full."""
    try:
        sent = os.sendfile(socket, file, at, most)
    except BlockingIOError:
        return 0
    except OSError as error:
        raise ConnectionResetError(error.strerror or "the reader is gone") from None
    if not sent:
        raise IntegrityAlarm(expected=f"{most} bytes at {at}", found="the end of the file")
    return sent


async def _written(transport: asyncio.Transport, socket: int) -> None:
    """Until the head of the answer is with the kernel: a loop writes when it comes round, or the socket takes it."""
    await asyncio.sleep(0)
    while transport.get_write_buffer_size():
        if transport.is_closing():
            raise ConnectionResetError("the reader is gone")
        await _writable(socket)
        await asyncio.sleep(0)


async def _writable(socket: int) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(socket, _tell, ready)
    try:
        await ready
    finally:
        loop.remove_writer(socket)


def _tell(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
