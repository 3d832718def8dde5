"""An administrator's incident, from the first sign to the last: an agency stops fetching and urgent documents wait; the
overview names it, its page says why, its new certificate is registered, it fetches, and nothing needs doing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.async_api import expect

from hub.core.edxml import OtherInfo
from hub.core.model import Millis, Priority
from hub.pki import profile as pki
from hub.pki.issue import AGENCY, issue
from tests.console.browser import PHONE, Tab, a_browser, needs_chromium
from tests.console.kit import a_console
from tests.support.axis import CHIENG_MUNG, HOUR, NOON, VPCP
from tests.support.web import Web

MINUTE = 60_000


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    """The commune's only registered certificate ends half an hour after noon."""
    async with a_console(tmp_path / "hub", keys) as opened:
        profile, exchange = opened.axis.profile, opened.hub.exchange
        begun = Millis(NOON - 23 * HOUR - 30 * MINUTE)
        short = issue(
            profile._ca("issuing"),
            AGENCY._replace(days=1),
            CHIENG_MUNG,
            "Chiềng Mung",
            begun,
            crl_url="http://crl.invalid/x",
        )
        held = pki.registered(short, Millis(0))
        commune = msgspec.structs.replace(exchange.directory[CHIENG_MUNG], certificates=(held,))
        await exchange.change_directory([commune], "test")
        yield opened


@needs_chromium
async def test_an_administrators_incident(web: Web, tmp_path: Path) -> None:
    sent = await web.send(VPCP, CHIENG_MUNG, other=OtherInfo(priority=Priority.EXPRESS))
    web.axis.clock.forward(2 * HOUR)
    assert (await web.grant(web.assertion(CHIENG_MUNG))).status == 401, "it cannot come in"
    async with a_browser() as browser:
        tab = await Tab.opened(browser, web, "operator", lang="en")
        page = tab.page
        await tab.go("/console")
        first = page.locator(".todo li").first
        await expect(first).to_contain_text("1 express document not fetched")
        await expect(first).to_contain_text("Chiềng Mung")
        await tab.picture("incident-1-overview")
        await first.get_by_role("link", name="Look at the agency").click()
        await expect(page.locator("h1")).to_have_text("Ủy ban nhân dân xã Chiềng Mung")
        await expect(page.locator(".sentence")).to_contain_text("certificate")
        await expect(page.locator(".sentence")).to_contain_text("ended")
        await expect(page.locator(".sentence")).to_contain_text("1 document waits, 1 express")
        await expect(page.locator(".chainlinks .failing")).to_have_count(1)
        await page.get_by_role("button", name="Try the connection").click()
        await expect(page.get_by_role("status")).to_contain_text("Failing")
        await tab.accessible()
        await tab.picture("incident-2-agency")
        renewed = tmp_path / "commune.cer"
        renewed.write_bytes(web.credential(CHIENG_MUNG).certificate.public_bytes(Encoding.DER))
        await page.locator("#f-file").set_input_files(str(renewed))
        await page.get_by_role("button", name="Look at it, and register").click()
        await expect(page.get_by_role("row", name="certificate added")).to_be_visible()
        await tab.accessible()
        await tab.picture("incident-3-draft")
        await page.locator("#f-why").fill("new certificate, confirmed by telephone")
        await page.get_by_role("button", name="Change 1 agency").click()
        await page.wait_for_url(f"**/agencies/{CHIENG_MUNG}")
        await expect(page.locator(".sentence")).not_to_contain_text("ended")
        # The agency comes in by itself with its new key, fetches and acknowledges.
        assert (await web.get("/v1/inbox", CHIENG_MUNG)).status == 200
        assert (await web.take(CHIENG_MUNG, sent)).status == 200
        await tab.go("/console?period=month")
        await expect(page.locator("main")).to_contain_text("Nothing needs doing")
        await tab.go("/console/agencies/" + CHIENG_MUNG)
        await expect(page.locator(".sentence")).to_contain_text("nothing waits")
        await tab.picture("incident-4-clean")
        tab.quiet()
        await tab.close()


@needs_chromium
async def test_why_it_does_not_fetch_is_read_on_a_telephone(web: Web) -> None:
    await web.send(VPCP, CHIENG_MUNG, other=OtherInfo(priority=Priority.EXPRESS))
    web.axis.clock.forward(2 * HOUR)
    async with a_browser() as browser:
        tab = await Tab.opened(browser, web, "operator", lang="vi", theme="dark", width=PHONE)
        await tab.go(f"/console/agencies/{CHIENG_MUNG}")
        await expect(tab.page.locator(".sentence")).to_contain_text("hết hạn")
        await tab.fits()
        await tab.picture("incident-phone")
        await tab.close()
