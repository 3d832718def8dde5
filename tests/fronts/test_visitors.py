"""Who is signed in to the console, or signs in again on a known browser, is counted by name: behind a front too."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest_asyncio

from hub.accounts.marks import Marks, marks_key
from hub.accounts.sessions import Sessions
from hub.accounts.visitors import VisitorsCopy, of_account, of_browser
from hub.base.config import load
from hub.lab.sandbox import prepare
from tests.fronts.test_processes import FRONTS, Country, until
from tests.support.process import truc

BURST = 4
MANY = 24
"""So many in a row are above the burst of every front together, unless each takes the better part of a second."""
NEW = "một câu dễ nhớ của tôi"
SESSION, KNOWN = "__Host-truc", "__Host-truc-known"


@pytest_asyncio.fixture
async def country(tmp_path: Path) -> AsyncIterator[Country]:
    await asyncio.to_thread(prepare, tmp_path)
    config = tmp_path / "hub.toml"
    text = config.read_text("utf-8").replace("[http]", f"[http]\nfronts = {FRONTS}")
    limits = f"[limits]\nanonymous_per_second = 1\nanonymous_burst = {BURST}\n"
    config.write_text(f'{text}\n{limits}\n[console]\nsecond_factor = "optional"\n', "utf-8")
    made = Country(tmp_path, load(config))
    async with made.hub:
        yield made


class Browser:
    """Keeps cookies; each call comes by a connection of its own, so to any front."""

    def __init__(self, url: str, **cookies: str) -> None:
        self.url = url
        self.cookies = cookies
        self.page = ""

    async def ask(self, method: str, path: str, **fields: str) -> int:
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items()), "Sec-Fetch-Site": "same-origin"}
        token = re.search(r'name="csrf" value="([0-9a-f]*)"', self.page)
        data = {**fields, "csrf": token.group(1) if token else ""} if method == "POST" else None
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session,
            session.request(method, self.url + path, headers=headers, data=data, allow_redirects=False) as answer,
        ):
            for given in answer.headers.getall("Set-Cookie", []):
                name, _, value = given.split(";")[0].partition("=")
                self.cookies[name] = value
            text = await answer.text()
            self.page = text if "csrf" in text else self.page
            return answer.status

    async def statuses(self, path: str = "/console/me") -> set[int]:
        return {await self.ask("GET", path) for _ in range(MANY)}

    async def patient(self, method: str, path: str, **fields: str) -> int:
        """As somebody who waits until a stranger's turn has come."""
        answered: list[int] = []

        async def let_in() -> bool:
            answered.append(await self.ask(method, path, **fields))
            return answered[-1] != 429

        await until(let_in)
        return answered[-1]


async def signed_in(country: Country) -> Browser:
    """An administrator that has chosen its password."""
    options = ("--url", country.hub.url, "--keys", str(country.folder / "keys"), "--json")
    done = await asyncio.to_thread(truc, "accounts", "add", "lan", "--role", "administrator", *options)
    assert done.returncode == 0, done.stderr
    first = json.loads(done.stdout)["first_password"]
    browser = Browser(country.hub.url)
    assert await browser.patient("POST", "/console/login", name="lan", password=first) == 303
    assert await browser.ask("GET", "/console/login/password") == 200
    assert await browser.ask("POST", "/console/login/password", password=first, new=NEW, again=NEW) == 303
    return browser


async def test_a_flood_of_strangers_from_its_address_does_not_keep_an_administrator_out(country: Country) -> None:
    owner = await signed_in(country)
    stranger = Browser(country.hub.url)
    forged = Browser(country.hub.url, **{SESSION: "x" * 43, KNOWN: f"lan~{'0' * 24}~{'0' * 32}"})
    assert 429 in await stranger.statuses("/console/login")
    assert await owner.statuses() == {200}
    assert 429 in await forged.statuses("/console/login"), "a forged cookie is a stranger's"

    # A front that is started again knows the sessions that began before it.
    for front in country.fronts():
        os.kill(front, signal.SIGKILL)

    async def both_again() -> bool:
        return len(country.fronts()) == FRONTS and await owner.patient("GET", "/console/me") == 200

    await until(both_again)
    assert await owner.statuses() == {200}

    # Signed out, it is a stranger with a known browser, that comes in again beside any flood.
    old = Browser(country.hub.url, **{SESSION: owner.cookies[SESSION]})
    assert await owner.ask("POST", "/console/logout", everywhere="1") == 303
    assert 429 in await old.statuses("/console/login"), "a session that is over is nobody's"
    again = Browser(country.hub.url, **{KNOWN: owner.cookies[KNOWN]})
    assert await again.statuses("/console/login") == {200}
    assert await again.ask("POST", "/console/login", name="lan", password=NEW) == 303
    assert await again.statuses() == {200}


def test_a_front_has_no_secret_that_signs_anybody_in() -> None:
    key = os.urandom(32)
    copy = VisitorsCopy()
    mark = Marks(marks_key(key)).make("lan")
    assert copy.whose("a cookie", mark) == "", "told nothing, it knows nobody"
    copy.take([(Sessions.digest("a cookie"), "lan")], [], marks_key(key))
    assert copy.whose("a cookie", "") == of_account("lan")
    assert copy.whose(Sessions.digest("a cookie").hex(), "") == ""
    assert copy.whose("another", mark) == of_browser("lan")
    assert copy.whose("another", mark.replace("lan", "an")) == ""
    assert key not in vars(copy).values()
    assert marks_key(key) != key
    copy.take([], [Sessions.digest("a cookie")])
    assert copy.whose("a cookie", "") == ""
