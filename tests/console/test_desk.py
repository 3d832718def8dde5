"""The clerk's own papers on the console: drafts, groups, directions, corrected registers; over HTTP and in Chromium."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from hub.admission.submission import Caller
from hub.console.mailbox.desk import Desk, Noted
from hub.core.model import StatusCode, vietnam_date
from hub.core.wire_desk import Directions, LetterDrafts
from hub.store.mail import MailRow, Stage
from tests.console.browser import WIDE, Tab, a_browser, needs_chromium
from tests.console.kit import Visitor, a_console
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.web import Web, bare


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys) as opened:
        yield opened


async def posted(clerk: Visitor, path: str, body: object) -> dict[str, object]:
    found = re.search(r'name="csrf" value="([0-9a-f]*)"', clerk.last)
    assert found is not None
    answer = await clerk.ask("POST", path, data=json.dumps(body), headers={"X-Truc-Form": found[1]})
    assert answer.status == 200, answer.body
    told: dict[str, object] = json.loads(answer.body)
    return told


async def test_a_draft_of_the_page_is_the_agencys(web: Web) -> None:
    clerk = await Visitor(web).enter("clerk")
    await clerk.get("/console/mailbox/drafts")
    assert "No draft yet" in clerk.text
    kept = await posted(clerk, "/console/mailbox/draft", {"letter": {"subject": "V/v nháp", "to": [VPCP]}})
    assert str(kept["told"]).startswith("Saved ")
    (one,) = (await web.get("/v1/drafts", SON_LA)).record(LetterDrafts).items
    assert (one.id, one.subject, one.by) == (kept["id"], "V/v nháp", "clerk")
    await clerk.get("/console/mailbox/drafts")
    assert f'href="/console/mailbox/new?draft={one.id}"' in clerk.last
    read = json.loads((await clerk.get(f"/console/mailbox/draft?id={one.id}")).body)
    assert (read["names"], read["letter"]["subject"]) == ({VPCP: "Văn phòng Chính phủ"}, "V/v nháp")
    await clerk.get("/console/mailbox/drafts")
    assert (await clerk.post("/console/mailbox/drafts", id=str(one.id))).status == 303
    assert (await web.get("/v1/drafts", SON_LA)).record(LetterDrafts).items == []
    assert (await clerk.get("/console/mailbox/new?draft=9")).status == 404


async def test_a_group_is_kept_suggested_and_told_by_name(web: Web) -> None:
    clerk = await Visitor(web).enter("clerk")
    await clerk.get("/console/mailbox/groups")
    assert "No group of your own" in clerk.text
    wrong = await clerk.post("/console/mailbox/groups", name="Hai nơi", members="404")
    assert wrong.status == 400
    assert "404" in clerk.text
    put = await clerk.post("/console/mailbox/groups", name="Hai nơi", members=f"{VPCP}\n{HA_NOI}\n")
    assert put.status == 303
    items = json.loads((await clerk.get("/console/mailbox/agencies?text=hai+noi")).body)["items"]
    assert {"group": "Hai nơi", "name": "Hai nơi"} in items
    communes = json.loads((await clerk.get("/console/mailbox/agencies?text=tat+ca+xa&lang=vi")).body)["items"]
    assert [one["group"] for one in communes][:1] == [f"communes:{SON_LA}"]
    told = json.loads((await clerk.get("/console/mailbox/members?name=Hai+n%C6%A1i")).body)
    assert [one["code"] for one in told["items"]] == [VPCP, HA_NOI]
    await clerk.get("/console/mailbox/groups")
    assert (await clerk.post("/console/mailbox/groups/delete", name="Hai nơi")).status == 303
    assert (await clerk.get("/console/mailbox/members?name=Hai+n%C6%A1i")).status == 404


async def test_a_direction_is_written_beside_the_document_and_found(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA, subject="Điều động")
    clerk = await Visitor(web).enter("clerk")
    place = f"/console/mailbox/in/{bare(sent.message.id)}"
    await clerk.get(place)
    fields = {"leader": "Chủ tịch", "lead": "Phòng Nội vụ", "support": "", "what": "Tham mưu", "due": "2026-12-01"}
    made = await clerk.post(f"{place}/direction", **fields)
    assert (made.status, made.headers["Location"]) == (303, f"{place}#directions")
    (one,) = (await web.get("/v1/directions", SON_LA)).record(Directions).items
    assert (one.by, one.lead, one.due) == ("clerk", "Phòng Nội vụ", "2026-12-01")
    await clerk.get(place)
    assert "Tham mưu" in clerk.text
    await clerk.get("/console/mailbox/directions?q=noi+vu&due=2026-12-01")
    assert "Tham mưu" in clerk.text
    await clerk.get("/console/mailbox/directions?q=khong")
    assert "No direction" in clerk.text
    assert (await clerk.get("/console/mailbox/directions?due=x")).status == 400


@needs_chromium
async def test_a_direction_is_written_with_the_button_and_with_enter(web: Web) -> None:
    """The page's script keeps the arrival stamp's own form from leaving, and no other."""
    sent = await web.send(VPCP, SON_LA, subject="Điều động")
    async with a_browser() as browser:
        tab = await Tab.opened(browser, web, "clerk", width=WIDE)
        page = tab.page
        await page.goto(f"{web.url}/console/mailbox/in")
        await page.locator("#directions summary").click()
        for leader, leave in (("Chủ tịch", "[type=submit]"), ("Phó Chủ tịch", "#d-what")):
            await page.fill("#d-leader", leader)
            await page.fill("#d-lead", "Phòng Nội vụ")
            await page.fill("#d-what", "Tham mưu")
            await page.locator(f"form.dir {leave}").press("Enter")
            await expect(page.locator("#directions ol")).to_contain_text(f"{leader} → Phòng Nội vụ")
            assert page.url.endswith(f"{bare(sent.message.id)}#directions")
        assert not tab.complaints
    told = (await web.get("/v1/directions", SON_LA)).record(Directions).items
    assert {one.leader for one in told} == {"Chủ tịch", "Phó Chủ tịch"}


async def test_a_register_prints_the_struck_line_and_the_right_one(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA, subject="Điều động")
    own = await web.send(SON_LA, VPCP, subject="Trình")
    await web.take(SON_LA, sent)
    message, year = await web.hub.exchange.find(sent.message.id), vietnam_date(web.axis.clock()).year
    row = MailRow(agency=SON_LA, message=message.number, stage=Stage.IN_HAND, year=year, number=12)
    await web.store.write(lambda tx: tx.put_mail(row))
    clerk = await Visitor(web).enter("clerk")
    for book, name, told in (("in", sent, "unit"), ("out", own, "copies")):
        page = f"/console/mailbox/correct/{bare(name.message.id)}?book={book}"
        await clerk.get(page)
        same = await clerk.post(page, reason="x")
        assert same.status == 400, "nothing would change"
        done = await clerk.post(page, **{told: "ĐÚNG"}, reason="Ghi nhầm")
        assert done.status == 303, done.body
        await clerk.get(f"/console/mailbox/register?book={book}&year={year}")
        assert clerk.last.count('class="struck"') >= 1
        assert "ĐÚNG" in clerk.text
        assert "Ghi nhầm" in clerk.text
        assert "struck out" in clerk.text
    assert (await clerk.get(f"/console/mailbox/correct/{bare(own.message.id)}?book=in")).status in (404, 409)
    body = (await web.get("/v1/documents:export?book=in", SON_LA)).body.decode("utf-8-sig")
    _, struck, right = csv.reader(body.splitlines())
    assert (struck[1], struck[6], right[6]) == ("12", "", "ĐÚNG")
    found = await clerk.get("/console/documents?arrival=12")
    assert found.status == 200
    assert bare(sent.message.id) in clerk.last


async def test_who_had_a_document_first_stays_in_the_book(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    assert (await web.submit(web.status(SON_LA, StatusCode.ACCEPTED, sent), SON_LA, "/v1/statuses")).status == 201
    desk = Desk(web.hub.exchange, Caller(SON_LA, "agency", "session:sample"))
    line = await desk.line(bare(sent.message.id))
    for who in ("Phòng Một", "Phòng Một", "Phòng Hai"):
        await desk.settle(line.delivery, "an", Noted(who, ""))
    clerk = await Visitor(web).enter("clerk")
    await clerk.get(f"/console/mailbox/register?year={vietnam_date(web.axis.clock()).year}")
    assert clerk.last.count("Phòng Một") == clerk.last.count("Phòng Hai") == 1
    assert '<span class="struck">Phòng Một</span>' in clerk.last
    assert '<span class="struck">Phòng Hai</span>' not in clerk.last
    await clerk.get("/console/mailbox/out?tab=all")
    assert sent.message.code not in clerk.last, "the agency's status, under the number of somebody else's document"


@needs_chromium
@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_a_letter_is_kept_with_its_group_and_files_and_gone_on_with(web: Web, lang: str) -> None:
    from_group = {"name": "Hai nơi", "members": [VPCP, HA_NOI]}
    assert (await web.call("PUT", "/v1/groups", SON_LA, json=from_group)).status == 200
    async with a_browser() as browser:
        tab = await Tab.opened(browser, web, "clerk", width=WIDE, lang=lang)
        page = tab.page
        await page.goto(f"{web.url}/console/mailbox/new?lang={lang}")
        await page.fill("#f-subject", "V/v nháp")
        await page.fill("#f-number", "77")
        await page.fill("[data-find]", "hai noi")
        await page.wait_for_selector("[data-found] button")
        await page.locator("[data-found] button", has_text="Hai nơi").click()
        await expect(page.locator("[data-to] li")).to_have_count(2)
        await page.set_input_files("#f-files", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"abc"})
        await page.wait_for_selector("[data-files] li")
        await page.keyboard.press("Control+s")
        await expect(page.locator("[data-saved]")).not_to_be_empty()
        (one,) = (await web.get("/v1/drafts", SON_LA)).record(LetterDrafts).items
        assert (one.subject, one.to, one.files) == ("V/v nháp", 2, 1)
        await page.goto(f"{web.url}/console/mailbox/drafts")
        await page.locator("ul.papers a").first.click()
        await expect(page.locator("[data-to] li")).to_have_count(2)
        assert await page.input_value("#f-subject") == "V/v nháp"
        assert await page.input_value("#f-number") == "77"
        assert await page.locator("[data-files] li").count() == 1
        await page.fill("#f-subject", "V/v sau")
        await page.click("[data-save]")
        await expect(page.locator("[data-saved]")).not_to_be_empty()
        (one,) = (await web.get("/v1/drafts", SON_LA)).record(LetterDrafts).items
        assert one.subject == "V/v sau"
        assert not tab.complaints
