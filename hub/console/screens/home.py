"""The door of the console: everybody is sent to where their work is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from hub.access import Right
from hub.console.page import Page, Visit
from hub.core.errors import Text


async def show(visit: Visit) -> web.StreamResponse:
    return visit.see(visit.home)


PAGES: Final = (Page("GET", "/console", show, Right.SELF), Page("GET", "/console/", show, Right.SELF))
TEXTS: Final[Mapping[str, Text]] = {}
