"""Several rows of a list at once: chosen by keyboard in Chromium, shown before anything is done, told one by one."""

from __future__ import annotations

from pathlib import Path

import msgspec
from playwright.async_api import expect

from tests.console.browser import PHONE, Tab, a_browser, needs_chromium
from tests.console.kit import Visitor, a_console
from tests.console.test_webhooks import SETTINGS, given_up
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP
from tests.support.receiver import a_receiver
from tests.support.web import bare
from tests.webhooks.test_sending import World

LIST = "/console/agencies/several"


async def documents_by_keyboard(tab: Tab) -> None:
    """In the same browser: the one document is chosen, shown, and told of again."""
    page = tab.page
    await tab.go("/console/documents")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    await expect(page.locator("[data-several-told]")).to_have_text("1 chosen")
    await tab.accessible()
    await tab.picture("several-documents")
    await page.locator("#several button[value=extend-7]").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Give 7 more days to several documents")
    await expect(page.locator("tbody")).to_contain_text("2 recipients")
    await page.locator("#f-why").fill("mất điện")
    await page.keyboard.press("Enter")
    await expect(page.locator("tbody")).to_contain_text("Done: 2 recipients")
    await tab.picture("several-documents-done")


@needs_chromium
async def test_an_operator_suspends_agencies_by_keyboard_and_is_told_of_each(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys) as web, a_browser() as browser:
        await web.send(VPCP, HA_NOI, SON_LA)
        exchange = web.hub.exchange
        already = msgspec.structs.replace(exchange.directory[MAI_SON], suspended=True)
        await exchange.change_directory([already], "test")
        tab = await Tab.opened(browser, web, "operator", lang="en")
        page = tab.page
        for code in (SON_LA, MAI_SON):
            await tab.go(f"/console/agencies?q={code}")
        await tab.go("/console/agencies")
        await tab.accessible()
        names = [exchange.directory[code].name for code in (SON_LA, HA_NOI)]
        rows = page.locator("tbody[data-list] tr")
        texts = await rows.all_inner_texts()
        for place, text in enumerate(texts):
            await page.keyboard.press("j")
            if any(name in text for name in names):
                await page.keyboard.press("x")
            assert await rows.nth(place).locator("a:focus").count() == 1, "the focus stays in its row"
        chosen = sum(any(name in text for name in names) for text in texts)
        assert chosen == 2
        await expect(page.locator("[data-several-told]")).to_have_text("2 chosen")
        await tab.picture("several-choose")
        await page.locator("#several button[value=suspend]").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Suspend several agencies")
        assert not exchange.directory[SON_LA].suspended, "nothing is done yet"
        await tab.accessible()
        await tab.picture("several-preview")
        # Somebody suspends one of them meanwhile: the other is done, and each is told.
        meanwhile = msgspec.structs.replace(exchange.directory[HA_NOI], suspended=True)
        await exchange.change_directory([meanwhile], "test")
        await page.locator("#f-why").fill("rà soát")
        await page.keyboard.press("Enter")
        await expect(page.locator("tr", has_text=exchange.directory[SON_LA].name)).to_contain_text("Done")
        await expect(page.locator("tr", has_text=exchange.directory[HA_NOI].name)).to_contain_text("is so already")
        assert exchange.directory[SON_LA].suspended
        await documents_by_keyboard(tab)
        tab.quiet()
        await tab.close()
        phone = await Tab.opened(browser, web, "operator", width=PHONE, theme="dark")
        await phone.go("/console/agencies")
        await phone.fits()
        await phone.picture("several-phone")
        await phone.go("/console/documents")
        await phone.fits()
        await phone.picture("several-documents-phone")
        await phone.close()


async def test_what_cannot_be_done_is_told_by_row_and_the_rest_is_done(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys) as web:
        operator = await Visitor(web).enter("operator")
        await operator.get("/console/agencies")
        given = {"one.0": SON_LA, "one.1": "000.00.99.H99", "one.2": HA_NOI, "act": "suspend"}
        assert (await operator.post(LIST, act="suspend")).status == 400, "none was chosen"
        assert (await operator.post(LIST, **given | {"act": "delete"})).status == 400
        assert (await operator.post(LIST, **given)).status == 200
        assert "not in the directory any more" in operator.text
        assert operator.last.count('type="hidden" name="one.') == 2, "what cannot be done is not asked for"
        assert (await operator.post(LIST, **given, sure="1", why="")).status == 400
        assert not web.hub.exchange.directory[SON_LA].suspended
        assert (await operator.post(LIST, **given, sure="1", why="rà soát")).status == 200
        assert operator.text.count("Done") == 2
        assert all(web.hub.exchange.directory[code].suspended for code in (SON_LA, HA_NOI))
        auditor = await Visitor(web).enter("auditor")
        await auditor.get("/console/agencies")
        assert "data-select" not in auditor.last
        assert (await auditor.post(LIST, **given)).status == 403
        await auditor.get("/console/trail")
        assert "suspend: rà soát" in auditor.text


async def test_webhooks_of_several_endpoints_are_sent_again(tmp_path: Path, keys: Path) -> None:
    async with a_receiver() as receiver, a_console(tmp_path / "hub", keys, webhooks=SETTINGS) as web:
        world = World(web, receiver)
        await world.hooked(SON_LA)
        failure = await given_up(world)
        operator = await Visitor(web).enter("operator")
        await operator.get("/console/failures")
        assert 'value="wh_1"' in operator.last
        page, given = "/console/failures/several", {"one.0": "wh_1", "one.1": "wh_77", "act": "replay"}
        assert (await operator.post(page, **given)).status == 200
        assert "1 message again" in operator.text
        before = len(receiver.got)
        assert (await operator.post(page, **given, sure="1", why="đã sửa máy nhận")).status == 200
        await world.settle()
        assert receiver.ids[before:] == [failure]


async def test_documents_that_wait_get_more_time_each_told_by_itself(tmp_path: Path, keys: Path) -> None:
    async with a_console(tmp_path / "hub", keys) as web:
        waits, taken = await web.send(VPCP, SON_LA, MAI_SON), await web.send(VPCP, HA_NOI)
        await web.take(HA_NOI, taken)
        before = {row.recipient: row.ends_at for row in await web.store.deliveries(1)}
        page = "/console/documents/several"
        operator = await Visitor(web).enter("operator")
        await operator.get("/console/documents")
        assert f'value="{bare(waits.message.id)}"' in operator.last
        assert f'value="{bare(taken.message.id)}"' not in operator.last, "nothing waits there"
        given = {"one.0": bare(waits.message.id), "one.1": bare(taken.message.id), "one.2": "404", "act": "extend-7"}
        assert (await operator.post(page, **given)).status == 200
        assert "2 recipients" in operator.text
        assert operator.last.count('type="hidden" name="one.') == 1
        assert {row.recipient: row.ends_at for row in await web.store.deliveries(1)} == before, "nothing is done yet"
        assert (await operator.post(page, **given, sure="1", why="mất điện")).status == 200
        after = {row.recipient: row.ends_at for row in await web.store.deliveries(1)}
        assert {code: (after[code] or 0) - (before[code] or 0) for code in before} == dict.fromkeys(
            before, 7 * 86_400_000
        )
        assert (await operator.post(page, **given | {"act": "notify"}, sure="1", why="nhắc")).status == 200
        assert operator.text.count("2 recipients") == 1
        for role in ("auditor", "clerk"):
            visitor = await Visitor(web).enter(role)
            await visitor.get("/console/documents")
            assert "data-select" not in visitor.last
            assert (await visitor.post(page, **given)).status == 403
        auditor = await Visitor(web).enter("auditor")
        await auditor.get("/console/trail")
        assert "extend-7: mất điện" in auditor.text
