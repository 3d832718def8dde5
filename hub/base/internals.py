"""The members of libraries that are used though they are not promised: all of it, here and nowhere else.

Another version may rename any of these without a word. So each is named once (`USED`), a test holds that the installed
version has it and that no other module of ours reaches for one, and `pyproject.toml` bounds the versions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    import aiosqlite
    from aiohttp import web

T = TypeVar("T")

USED: Final[Mapping[str, tuple[str, ...]]] = {
    "aiohttp.web_protocol.RequestHandler": (
        "_current_request",
        "_reading_paused",
        "_buffer_paused",
        "_request_in_progress",
        "_messages",
    ),
    "aiosqlite.core.Connection": ("_conn", "_execute", "_thread"),
}
"""Class → its members that are not public."""


def request_under_way(connection: web.RequestHandler) -> web.BaseRequest | None:
    """The request that this connection is answering, or reading the body of."""
    return connection._current_request


def reads_nothing(connection: web.RequestHandler) -> bool:
    """Whether aiohttp itself has stopped reading from this connection: its reader is full, or its queue."""
    return connection._reading_paused or connection._buffer_paused


def is_idle(connection: web.RequestHandler) -> bool:
    """Whether no request is under way on this connection, nor waits on it."""
    return not (connection._request_in_progress or connection._messages)


def thread_of(connection: aiosqlite.Connection) -> Callable[[Callable[[], T]], Awaitable[T]]:
    """The method that runs a function on the connection's thread: a batch is one hop, instead of one for each
    statement."""
    execute: Callable[[Callable[[], T]], Awaitable[T]] = connection._execute
    return execute


def driver_of(connection: aiosqlite.Connection) -> Any:
    """The driver's connection below one that is open; to be used on its thread."""
    return connection._conn


def join_thread(connection: aiosqlite.Connection) -> None:
    """Wait for the end of the connection's thread, once it was stopped."""
    connection._thread.join()
