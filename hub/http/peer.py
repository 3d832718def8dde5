"""From where a call comes: the address that a socket tells, and for a call that a front passed on, the address that the
front tells.

A front writes it into a header of its own, in place of any that came with the call. The hub believes that header on its
inner socket alone, which lies in a folder that nobody else on the machine may enter: on a connection of a network it is
a header like any other.
"""

from __future__ import annotations

import socket
from typing import Final

from aiohttp import web

from hub.http.limits import address_of

PASSED_ON: Final = "Truc-Peer"
NOWHERE: Final = "nowhere"
"""All calls without an address count as one address."""


def address(request: web.BaseRequest) -> str:
    """The key that calls from there are counted under."""
    transport = request.transport
    if transport is None:
        return NOWHERE
    inner: socket.socket | None = transport.get_extra_info("socket")
    if inner is not None and inner.family == socket.AF_UNIX:
        return request.headers.get(PASSED_ON) or NOWHERE
    return address_of(transport.get_extra_info("peername")) or NOWHERE
