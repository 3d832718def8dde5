"""A real Chromium, Debian's package, driven by Playwright; what it complains of fails the test.

    async with a_browser() as browser:
        tab = await Tab.opened(browser, world.web, "operator", width=360)
        await tab.go("/console/system")        # no error in the console, no violation of the policy
        await tab.accessible()                 # axe-core finds nothing serious
        await tab.picture("system")            # into $TRUC_SCREENSHOTS, where that is set

Missing, its tests are skipped aloud: `tests/system-packages.sh` installs it where it may.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser, Page, Response, async_playwright, expect

from tests.support.web import Web

CHROMIUM: Final = shutil.which("chromium")
ARGUMENTS: Final = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
AXE: Final = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
WIDE, TABLET, PHONE = 1280, 1000, 360
_HEIGHT: Final = {WIDE: 900, TABLET: 800, PHONE: 740}
_PATIENCE_MS: Final = 20_000
"""Where others use the machine a page takes its time, and a board that took long to count serves ten times as long."""
_PICTURES: Final = os.environ.get("TRUC_SCREENSHOTS", "")
_SERIOUS: Final = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.filter((v) => v.impact === "serious" || v.impact === "critical")
    .map((v) => v.id + ": " + v.nodes.slice(0, 3).map(
      (n) => n.html.slice(0, 160) + " " + (n.any[0] || {message: ""}).message).join(" | "));
}"""

expect.set_options(timeout=_PATIENCE_MS)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: tests/system-packages.sh")


@asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Tab:
    """One page of a browser that somebody signed in on; `complaints` are what the browser says against it."""

    page: Page
    web: Web
    complaints: list[str] = field(default_factory=list)

    @classmethod
    async def opened(
        cls, browser: Browser, web: Web, who: str = "", *, width: int = WIDE, lang: str = "vi", theme: str = "light"
    ) -> Tab:
        """Signed in as the sample account of that name; nobody where it is empty."""
        context = await browser.new_context(
            viewport={"width": width, "height": _HEIGHT[width]}, locale=lang, color_scheme="light", base_url=web.url
        )
        context.set_default_timeout(_PATIENCE_MS)
        tab = cls(await context.new_page(), web)
        tab.page.on("console", lambda m: tab.complaints.append(m.text) if m.type in ("error", "warning") else None)
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        await tab.page.goto(f"/console/login?lang={lang}&theme={theme}")
        if who:
            await tab.page.locator(f'form:has(input[value="{who}"]) button').click()
            await tab.page.wait_for_url(lambda url: "/login" not in url)
        return tab

    async def go(self, path: str) -> Response:
        """The page, loaded, without a complaint."""
        answer = await self.page.goto(path)
        assert answer is not None
        assert answer.status < 400, (path, answer.status, await self.page.content())
        self.quiet(path)
        return answer

    def quiet(self, where: str = "") -> None:
        assert not self.complaints, (where, self.complaints)

    async def accessible(self) -> None:
        await self.page.evaluate(AXE)
        assert not (found := await self.page.evaluate(_SERIOUS)), (self.page.url, found)
        self.quiet()

    async def fits(self) -> None:
        """Nothing stands out of the window to the right."""
        wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        out = """() => [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right >
          document.documentElement.clientWidth + 1 && !e.closest(".scroll, .flow")).map(
            (e) => e.outerHTML.slice(0, 80))"""
        assert await self.page.evaluate(wide) <= 0, (self.page.url, await self.page.evaluate(out))

    async def picture(self, name: str) -> None:
        """For people to look at: into the folder that TRUC_SCREENSHOTS names."""
        if _PICTURES:
            await self.page.screenshot(path=str(Path(_PICTURES) / f"{name}.png"), full_page=True)

    async def close(self) -> None:
        await self.page.context.close()
