"""Visitors of a console over real HTTP, and where each page of the table is to be found.

A page whose path has variables needs a line in `PLACES`; then every test that goes over the table covers it.
"""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hub.access import Role
from hub.accounts.book import Who
from hub.base.config import ConsoleSettings
from hub.console.page import Page
from hub.console.table import PAGES
from tests.support.axis import SON_LA
from tests.support.web import Answer, Web, a_web

SAMPLES: Final = tuple((role.value, role, SON_LA if role is Role.CLERK else "", f"Mẫu {role.value}") for role in Role)
"""One account of each role, that enters without a password."""
OPERATOR: Final = Who("operator", "operator")

PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "/console/{path:.*}": ("/console/nowhere",),
    "/console/accounts/{name}": ("/console/accounts/clerk",),
    "/console/mailbox/in/{id}": ("/console/mailbox/in/{message}", "/console/mailbox/in/{message}?tab=in-hand"),
    "/console/mailbox/in/{id}/pane": ("/console/mailbox/in/{message}/pane",),
    "/console/mailbox/out/{id}": ("/console/mailbox/out/{own}",),
    "/console/mailbox/in/{id}/direction": ("/console/mailbox/in/{message}/direction",),
    "/console/mailbox/correct/{id}": (
        "/console/mailbox/correct/{message}",
        "/console/mailbox/correct/{own}?book=out",
    ),
    "/console/mailbox/bytes/{id}": ("/console/mailbox/bytes/{message}",),
    "/console/mailbox/bytes/{id}/{n}": ("/console/mailbox/bytes/{message}/1",),
    "/console/accounts/{name}/reset": ("/console/accounts/lan/reset",),
    "/console/accounts/{name}/allow": ("/console/accounts/lan/allow",),
    "/console/programmes/dossiers/cases/{case}": ("/console/programmes/dossiers/cases/{dossier}",),
    "/console/programmes/{programme}": ("/console/programmes/tasks", "/console/programmes/results?stands=any"),
    "/console/programmes/{programme}/board": ("/console/programmes/tasks/board", "/console/programmes/dossiers/board"),
    "/console/programmes/{programme}/cases/{case}": ("/console/programmes/tasks/cases/{case}",),
    "/console/agencies/{code}": ("/console/agencies/{agency}", "/console/agencies/{hostile}"),
    "/console/agencies/{code}/attempt": ("/console/agencies/{agency}/attempt",),
    "/console/agencies/{code}/edit": ("/console/agencies/{hostile}/edit",),
    "/console/agencies/{code}/suspend": ("/console/agencies/{agency}/suspend",),
    "/console/agencies/{code}/succeed": ("/console/agencies/{agency}/succeed",),
    "/console/agencies/{code}/certificate": ("/console/agencies/{agency}/certificate",),
    "/console/failures/{code}": (
        "/console/failures/FORMAT_NOT_EDXML",
        "/console/failures/EXPIRED",
        "/console/failures/EXPIRED?agency={agency}",
    ),
    "/console/webhooks/{hook}": ("/console/webhooks/wh_1",),
    "/console/failures/webhooks/{hook}": ("/console/failures/webhooks/wh_1",),
    "/console/drafts/{id}": ("/console/drafts/{draft}",),
    "/console/documents/{id}": ("/console/documents/{message}", "/console/documents/{message}?all=1"),
    "/console/documents/{id}/bundle": ("/console/documents/{message}/bundle",),
    "/console/documents/{id}/content": ("/console/documents/{message}/content",),
    "/console/evidence/{id}": ("/console/evidence/{evidence}",),
    "/console/evidence/{id}/receipt": ("/console/evidence/{evidence}/receipt",),
}
"""Addresses of pages whose path has variables; `{name}`s in them are filled from a world's `places`."""


def shown() -> list[Page]:
    """Every page that a browser may be sent to, but for those of a sign-in that is not finished, and streams."""
    return [p for p in PAGES if p.method == "GET" and not p.endless and p.step.value == "none"]


def addresses(page: Page, places: Mapping[str, str]) -> list[str]:
    """Where the page is, in a world that knows `places`."""
    if "{" not in page.path:
        return [page.path]
    return [address.format_map(places) for address in PLACES[page.path]]


_TOKEN: Final = re.compile(r'name="csrf" value="([0-9a-f]*)"')


@dataclass
class Visitor:
    """A browser without a screen: keeps cookies, follows nothing by itself."""

    web: Web
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=lambda: {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"})
    last: str = ""

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        headers = self.headers | options.pop("headers", {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        session = self.web.session
        async with session.request(
            method, self.web.url + path, headers=headers, allow_redirects=False, **options
        ) as response:
            for given in response.headers.getall("Set-Cookie", []):
                name, _, value = given.split(";")[0].partition("=")
                self.cookies[name] = value
                if "Max-Age=0" in given:
                    del self.cookies[name]
            answer = Answer(response.status, response.headers, await response.read())
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            self.last = answer.body.decode()
        return answer

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, *, token: str | None = None, **fields: str) -> Answer:
        """A form, with the token of the page that was read last."""
        found = _TOKEN.search(self.last)
        known = found.group(1) if found else ""
        return await self.ask("POST", path, data={**fields, "csrf": known if token is None else token})

    async def enter(self, name: str) -> Visitor:
        """As a sample account."""
        await self.get("/console/login")
        answer = await self.post("/console/enter", name=name)
        assert answer.status == 303, answer.body[:400]
        await self.get("/console/me")
        return self

    async def sign_in(self, name: str, password: str) -> Answer:
        await self.get("/console/login")
        return await self.post("/console/login", name=name, password=password)

    @property
    def text(self) -> str:
        """What the last page says, without its tags."""
        return html.unescape(re.sub(r"<[^>]*>", " ", self.last))


@asynccontextmanager
async def a_console(
    folder: Path, keys: Path, *, settings: ConsoleSettings | None = None, samples: bool = True, **limits: Any
) -> AsyncIterator[Web]:
    async with a_web(folder, keys, console=settings, samples=SAMPLES if samples else (), **limits) as web:
        yield web
