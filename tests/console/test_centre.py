"""The centre's page: live, from the country down to an agency, its counts shared by all who look."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from hub.console.screens.centre import kept_of
from hub.core.model import vietnam_date
from tests.console.browser import PHONE, Tab, a_browser, needs_chromium
from tests.console.kit import Visitor, a_console
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA, VPCP


async def test_it_leads_from_the_country_to_a_commune_and_back(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys) as web:
        await web.send(VPCP, CHIENG_MUNG)
        operator = await Visitor(web).enter("operator")
        await operator.get("/console/centre?lang=en")
        for code in (SON_LA, MAI_SON, CHIENG_MUNG):
            assert f'href="/console/centre?parent={code}"' in operator.last
            await operator.get(f"/console/centre?parent={code}&lang=en")
        assert 'href="/console/centre"' in operator.last
        assert f'href="/console/centre?parent={MAI_SON}"' in operator.last
        assert f'href="/console/agencies/{CHIENG_MUNG}"' in operator.last
        assert f"truc centre --parent {CHIENG_MUNG}" in operator.text
        assert (await operator.get("/console/centre?parent=000.00.00.H99")).status == 404
        await operator.get("/console/centre?lang=en")
        empty = f'href="/console/centre?parent={HA_NOI}"'
        assert empty not in operator.last
        assert operator.text.count("1 agency without anything") == 2, "in both tables"
        await operator.get("/console/centre?lang=en&all=1")
        assert empty in operator.last
        assert "without anything" not in operator.text
        assert "/console/centre/live?all=1" in operator.last, "and stays so"
        clerk = await Visitor(web).enter("clerk")
        assert (await clerk.get("/console/centre")).status == 403


async def test_all_who_look_share_one_count(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys) as web:
        board = kept_of(web.hub.exchange, "", vietnam_date(web.axis.clock()))
        board.least = 60.0
        for role in ("operator", "auditor"):
            visitor = await Visitor(web).enter(role)
            for _ in range(3):
                assert (await visitor.get("/console/centre/live")).status == 200
        assert board.made == 1


@needs_chromium
async def test_it_is_live(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys) as web, a_browser() as browser:
        tab = await Tab.opened(browser, web, "operator", lang="en", width=PHONE)
        await tab.go("/console/centre")
        active = tab.page.locator(".figs dd").first
        await expect(active).to_have_text("0")
        await web.send(VPCP, SON_LA)
        await expect(active).to_have_text("2")
        await expect(tab.page.locator("[data-again]")).to_have_count(0)
        await tab.accessible()
        await tab.fits()
        tab.quiet()
        await tab.close()
