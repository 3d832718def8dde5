"""Every page of the table in a real browser: as each role, in both languages, wide and narrow, light and dark."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from hub.access import RIGHTS, Role
from hub.console.page import Page
from tests.console.browser import PHONE, TABLET, WIDE, Tab, a_browser, needs_chromium
from tests.console.kit import OPERATOR, addresses, shown
from tests.console.world import World, a_world

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

VIEWS = (("vi", "light", WIDE), ("en", "dark", WIDE), ("vi", "dark", PHONE), ("en", "light", TABLET))
"""Each language and theme, and each of the three layouts."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[World]:
    limits = {"caller_ms_burst": 600_000, "anonymous_burst": 100_000, "stranger_ms_burst": 600_000}
    async with a_world(tmp_path_factory.mktemp("console"), keys, **limits) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with a_browser() as opened:
        yield opened


def seen_by(role: Role) -> list[Page]:
    return [p for p in shown() if role in RIGHTS[p.right] and not p.part and p.path != "/console/{path:.*}"]


@pytest.mark.parametrize(("lang", "theme", "width"), VIEWS)
async def test_every_page_is_sound(world: World, browser: Browser, lang: str, theme: str, width: int) -> None:
    """No error in the console, no violation of the policy, nothing serious for axe, nothing that stands out; and of the
    attacks that the world is full of none runs. Each page as the first role that may see it."""
    done: set[str] = set()
    for role in Role:
        tab = await Tab.opened(browser, world.web, role.value, width=width, lang=lang, theme=theme)
        opened: list[str] = []
        tab.page.on("dialog", lambda found, opened=opened: opened.append(found.message))
        for page in seen_by(role):
            for address in (a for a in addresses(page, world.places) if a not in done):
                answer = await tab.go(address)
                if "/login" in tab.page.url or (page.path == "/console" and not tab.page.url.endswith("/console")):
                    continue  # sent to where this role's work is
                done.add(address)
                if (answer.headers.get("content-type") or "").startswith("text/html"):
                    await sound(tab, lang)
                    name = address.strip("/").replace("/", "-")
                    await tab.picture(f"{name}-{lang}-{theme}-{width}")
        assert not opened
        await tab.close()


async def sound(tab: Tab, lang: str) -> None:
    await tab.accessible()
    await tab.fits()
    assert await tab.page.evaluate("() => typeof zqx") == "undefined"
    assert await tab.page.locator("html").get_attribute("lang") == lang


@pytest.mark.parametrize("width", [WIDE, PHONE])
async def test_the_door_is_sound_too(world: World, browser: Browser, width: int) -> None:
    tab = await Tab.opened(browser, world.web, width=width)
    await tab.accessible()
    await tab.fits()
    await tab.picture(f"login-{width}")
    await tab.close()


async def test_keys_find_help_and_move(world: World, browser: Browser) -> None:
    tab = await Tab.opened(browser, world.web, "administrator", lang="en")
    page = tab.page
    await tab.go("/console/accounts")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await tab.accessible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    focused = "() => document.activeElement.textContent.trim()"
    names = await page.locator("[data-list] tr th a").all_inner_texts()
    assert await page.evaluate(focused) == names[1]
    await page.keyboard.press("k")
    assert await page.evaluate(focused) == names[0]
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/accounts/{names[0]}")
    # In a field a letter is a letter; and all of them can be off.
    await tab.go("/console/accounts")
    await page.locator("#f-title").fill("")
    await page.locator("#f-title").press("j")
    assert await page.locator("#f-title").input_value() == "j"
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await page.get_by_role("button", name="Turn single-letter shortcuts off").click()
    await page.get_by_role("button", name="Close").click()
    await page.locator("h1").click()
    await page.keyboard.press("j")
    assert await page.evaluate("() => document.activeElement.tagName") in ("BODY", "MAIN")
    await tab.close()


async def test_a_command_is_copied(world: World, browser: Browser) -> None:
    tab = await Tab.opened(browser, world.web, "administrator", lang="en")
    await tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=world.web.url)
    await tab.go("/console/accounts")
    await tab.page.get_by_role("button", name="Copy as truc command").first.click()
    await expect(tab.page.get_by_role("button", name="Copied")).to_be_visible()
    assert await tab.page.evaluate("() => navigator.clipboard.readText()") == "truc accounts list"
    await tab.close()


async def test_pages_work_without_a_script(world: World, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False, base_url=world.web.url, locale="en")
    page = await context.new_page()
    await page.goto("/console/login?lang=en")
    await page.locator('form:has(input[value="administrator"]) button').click()
    await page.goto("/console/accounts")
    await page.locator("#f-name").fill("binh")
    await page.locator("#f-role").select_option("auditor")
    await page.get_by_role("button", name="Add an account").click()
    await expect(page.locator(".once")).to_be_visible()
    assert world.web.hub.accounts.get("binh") is not None
    await context.close()


async def test_a_whole_sign_in_in_a_browser(world: World, browser: Browser) -> None:
    """The cookie is kept where the brief says it is: on the machine itself, without TLS."""
    first = await world.web.hub.accounts.add("mai", Role.OPERATOR, "", "", OPERATOR)
    tab = await Tab.opened(browser, world.web, lang="en")
    page = tab.page
    await page.locator("#f-name").fill("mai")
    await page.locator("#f-password").fill(first)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url(re.compile("/login/password"))
    await tab.accessible()
    await tab.picture("password")
    await page.locator("#f-password").fill(first)
    await page.locator("#f-new").fill("a sentence is best here")
    await page.locator("#f-again").fill("a sentence is best here")
    await page.get_by_role("button", name="Change it").click()
    await page.wait_for_url(re.compile("/login/second"))
    await tab.accessible()
    await tab.picture("second")
    await tab.close()
