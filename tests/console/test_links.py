"""No link of the console leads nowhere: from where each role's work is, every link of every page is followed."""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
import pytest_asyncio

from hub.access import Role
from hub.console.table import PAGES
from tests.console.kit import Visitor
from tests.console.world import World, a_world
from tests.support.axis import VPCP

pytestmark = pytest.mark.asyncio(loop_scope="module")

_LINK: Final = re.compile(r'\b(?:href|src|hx-get|data-src)="([^"]*)"')
_SAME: Final = ("lang", "theme")
"""Of these a page is the same page."""
_OF_A_KIND: Final = 3
"""Links with the same path and the same names in their query that are followed: of a list not each row."""
_ENDLESS: Final = frozenset(page.path for page in PAGES if page.endless)
_NAMED: Final = re.compile(r"[0-9a-f-]{36}|wh_\d+|(?:[0-9A-Z]{2,3}\.){3}[A-Z]\d\d|20\d\d-?Q?\d*|\b\d+\b")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[World]:
    many = {"caller_ms_burst": 6_000_000, "stranger_ms_burst": 6_000_000}
    async with a_world(tmp_path_factory.mktemp("console"), keys, **many) as opened:
        top = [("vpcp", Role.CLERK, VPCP, "")]  # the directory names nobody to whom it would report
        await opened.web.hub.accounts.add_samples(top)
        yield opened


def plain(address: str, where: str) -> str:
    """An address of this site without what only its looks hang on; empty for any other."""
    parts = urlsplit(urljoin(where, html.unescape(address)))
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return ""
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if name not in _SAME])
    return f"{parts.path}?{query}" if query else parts.path


def kind(address: str) -> tuple[str, tuple[str, ...]]:
    parts = urlsplit(address)
    return _NAMED.sub("*", parts.path), tuple(sorted(name for name, _ in parse_qsl(parts.query)))


@pytest.mark.parametrize("who", [*(role.value for role in Role), "vpcp", ""])
async def test_every_link_of_every_page_leads_somewhere(world: World, who: str) -> None:
    visitor = await Visitor(world.web).enter(who) if who else Visitor(world.web)
    start = "/console" if who else "/console/login"
    waiting, seen, of_a_kind = deque([(start, "")]), {start}, Counter[tuple[str, tuple[str, ...]]]()
    bad, with_query = [], 0
    while waiting:
        address, origin = waiting.popleft()
        answer = await visitor.get(address)
        if answer.status in (302, 303):
            found = [answer.headers["Location"]]
        elif answer.status != 200:
            bad.append((answer.status, address, origin))
            continue
        else:
            is_page = answer.headers.get("Content-Type", "").startswith("text/html")
            found = _LINK.findall(answer.body.decode()) if is_page else []
        with_query += "?" in address
        for given in found:
            link = plain(given, address)
            if not link or link in seen or link.startswith("/console/static") or urlsplit(link).path in _ENDLESS:
                continue
            seen.add(link)
            of_a_kind[kind(link)] += 1
            if of_a_kind[kind(link)] <= _OF_A_KIND:
                waiting.append((link, address))
    assert not bad, bad
    assert len(seen) > 10 if who else len(seen) > 2
    assert with_query > 5 or who in ("administrator", "")
