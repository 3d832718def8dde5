"""Which page is whose: every line of the table × everybody who might ask for it; and no word of theirs in another's."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from unicodedata import category

import pytest
import pytest_asyncio

from hub.access import RIGHTS, Right, Role
from hub.console.page import Page
from hub.console.table import PAGES, TEXTS
from hub.console.texts import LANGS
from tests.console.kit import Visitor, addresses, shown
from tests.console.world import MARK, World, a_world

pytestmark = pytest.mark.asyncio(loop_scope="module")

MATRIX: Final = {
    # operator, auditor, clerk, administrator
    Right.ANYONE: (1, 1, 1, 1),
    Right.SELF: (1, 1, 1, 1),
    Right.FLOW: (1, 1, 0, 0),
    Right.DOCUMENTS: (1, 1, 1, 0),
    Right.CASES: (1, 1, 1, 0),
    Right.EVIDENCE: (0, 1, 1, 0),
    Right.AGENCIES: (1, 1, 0, 0),
    Right.RUN: (1, 0, 0, 0),
    Right.PROOFS: (1, 1, 0, 0),
    Right.SYSTEM: (1, 1, 0, 1),
    Right.MAINTAIN: (1, 0, 0, 0),
    Right.ACCOUNTS: (0, 0, 0, 1),
    Right.TRAIL: (0, 1, 0, 1),
    Right.MAILBOX: (0, 0, 1, 0),
    Right.WEBHOOKS: (1, 0, 1, 0),
}
"""The law once more, in figures: a change of `hub.access` has to be made twice."""
_TAG: Final = re.compile(r'<[a-zA-Z/!](?:[^>"]|"[^"]*")*>')
OPERATOR_READS_NO_SUBJECT: Final = (Role.OPERATOR, Role.ADMINISTRATOR)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path_factory.mktemp("console"), keys) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(world: World) -> dict[str, Visitor]:
    return {role.value: await Visitor(world.web).enter(role.value) for role in Role} | {"nobody": Visitor(world.web)}


async def test_the_law_is_written_twice() -> None:
    assert {right: tuple(int(role in RIGHTS[right]) for role in Role) for right in Right} == MATRIX


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.method} {page.path}")
async def test_every_page_is_shown_to_whom_it_is_for_and_to_nobody_else(
    world: World, people: dict[str, Visitor], page: Page
) -> None:
    for address in addresses(page, world.places):
        for name, visitor in people.items():
            if page.method == "POST":
                # A form without its token: who may not is told so before, who may is refused for the token.
                answer = await visitor.ask("POST", address, data={"csrf": "none"})
                known = name == "nobody" and page.right is Right.ANYONE
                assert answer.status in ((400, 401, 403, 404) if known else (303, 403)), (name, address)
                continue
            if page.endless:
                continue
            answer = await visitor.get(address)
            if page.right is Right.ANYONE or page.step.value != "none":
                continue
            if name == "nobody":
                assert answer.status == 303, address
                assert answer.headers["Location"].startswith("/console/login?next="), address
            else:
                allowed = page.right is Right.ANYONE or Role(name) in RIGHTS[page.right]
                assert (answer.status == 403) == (not allowed), (name, address, answer.status)
                assert answer.status < 500


@pytest.mark.parametrize("page", shown(), ids=lambda page: page.path)
@pytest.mark.parametrize("lang", LANGS)
async def test_no_hostile_text_becomes_markup(world: World, people: dict[str, Visitor], page: Page, lang: str) -> None:
    """Whatever anybody wrote stands between tags or in a quoted attribute, and is neither."""
    for address in addresses(page, world.places):
        for visitor in people.values():
            answer = await visitor.get(f"{address}?lang={lang}")
            assert answer.status < 500, answer.body[:500]
            if not answer.headers.get("Content-Type", "").startswith("text/html"):
                continue
            text = answer.body.decode()
            # What stands within quotes is a value, and no attribute: forms show again what was typed.
            for tag in _TAG.findall(text):
                bare = re.sub(r'"[^"]*"', '""', tag)
                assert not re.findall(rf"\s(?:on\w+|hx-\w+|srcdoc|autofocus)\s*=[^\"]*{MARK}", bare), address
                assert MARK not in bare, (address, tag)
            assert not re.findall(
                rf"<(?:script|img|iframe|svg|a)\b[^>]*(?:href|src|=)\s*=?[^>\"]*{MARK}[^\"]*>", text
            ), address
            assert f"javascript:{MARK}" not in "".join(re.findall(r'(?:href|src|action|hx-get)="([^"]*)"', text))
            assert f"<script>{MARK}" not in text
            assert not re.search(r"<script(?![^>]*\ssrc=)", text), "a script that stands in the page"
            assert not re.search(r"<[^>]+\sstyle=", text), "a style that stands in the page"
            assert not re.search(r"<style", text)
            hidden = {
                letter for letter in text if letter not in "\n\t" and category(letter) in ("Cc", "Cf", "Zl", "Zp")
            }
            assert not hidden, (address, hidden)


@pytest.mark.parametrize("page", shown(), ids=lambda page: page.path)
async def test_who_runs_the_axis_reads_no_subject(world: World, people: dict[str, Visitor], page: Page) -> None:
    for address in addresses(page, world.places):
        for role in OPERATOR_READS_NO_SUBJECT:
            text = (await people[role].get(address)).body.decode(errors="replace")  # a workbook is no text
            assert "V/v " not in text, (role, address)


async def test_every_answer_has_the_headers_of_a_page(world: World, people: dict[str, Visitor]) -> None:
    for path in ("/console", "/console/login", "/console/me", "/console/nowhere", "/console/login?nonsense=1"):
        for visitor in people.values():
            headers = (await visitor.get(path)).headers
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"
            assert headers["Referrer-Policy"] == "same-origin"
            assert headers["Server"] == "truc"


async def test_a_session_cookie_is_for_this_host_and_for_no_script(world: World) -> None:
    visitor = Visitor(world.web)
    await visitor.get("/console/login")
    answer = await visitor.post("/console/enter", name="operator")
    (given,) = answer.headers.getall("Set-Cookie")[:1]
    assert given.startswith("__Host-truc=")
    for part in ("; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"):
        assert part in given
    assert "Domain" not in given


async def test_language_and_theme_stay_chosen_and_no_address_changes(people: dict[str, Visitor], world: World) -> None:
    visitor = Visitor(world.web, headers={})
    assert b'<html lang="vi" data-theme="auto">' in (await visitor.get("/console/login")).body
    assert b'<html lang="en" data-theme="dark">' in (await visitor.get("/console/login?lang=en&theme=dark")).body
    assert b'<html lang="en" data-theme="dark">' in (await visitor.get("/console/login")).body
    assert b'lang="en"' in (await visitor.get("/console/login?lang=xx")).body


async def test_what_nobody_has_is_a_page_too(world: World, people: dict[str, Visitor]) -> None:
    for path in ("/console/nowhere?x=1&y=2", "/console/a/b/c", "/console/%00%ff"):
        answer = await people["operator"].get(path)
        assert answer.status == 404
        assert "ACCESS_NOT_FOUND" in answer.body.decode()
    answer = await people["auditor"].get("/console/trail?cursor=x")
    assert answer.status == 400
    assert "REQUEST_INVALID" in answer.body.decode()


async def test_a_page_that_fails_tells_nothing_of_how(world: World, people: dict[str, Visitor]) -> None:
    answer = await people["administrator"].get("/console/accounts/nobody")
    assert answer.status == 404
    assert b"Traceback" not in answer.body


async def test_files_may_be_kept_for_a_year_and_are_another_file_when_they_change(world: World) -> None:
    visitor = Visitor(world.web)
    page = (await visitor.get("/console/login")).body.decode()
    files = re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page)
    assert len(files) >= 4
    for path in files:
        plain = await visitor.get(path, headers={"Accept-Encoding": "identity"})
        packed = await visitor.get(path, headers={"Accept-Encoding": "gzip"})
        assert plain.status == packed.status == 200
        assert "immutable" in plain.headers["Cache-Control"]
        assert re.search(r"\.[0-9a-f]{12}\.", path)
        assert len(packed.body) <= len(plain.body)
    for path in ("/console/static/console.css", "/console/static/..%2f__init__.py", "/console/static/x"):
        assert (await visitor.get(path)).status == 404


async def test_every_page_has_a_title_in_both_languages() -> None:
    for page in shown():
        assert not page.title or TEXTS[page.title].vi != "", page.path
