"""Verifying a result in a browser; signatures on a document's page; leaders who sign. In a real Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from hub.programmes.results import owner, paper
from tests.console.browser import PHONE, WIDE, Tab, a_browser, needs_chromium
from tests.console.kit import a_console
from tests.programmes import on_hub, pdfs
from tests.programmes.on_hub import CODE, packet, pdf, registered, revoked, send
from tests.support.axis import SON_LA, VPCP
from tests.support.web import Web, bare

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

PERSON: Final = "052099001234"


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    """Their maker has an event loop of its own."""
    return {name: pdfs.FILES[name]() for name in ("valid", "wrong-agency", "image-only")}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path_factory.mktemp("hub"), keys) as web:
        on_hub.trusting(web)
        yield web


async def drop(tab: Tab, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/pdf", "buffer": content}
    async with tab.page.expect_navigation():
        await tab.page.locator("#f-file").set_input_files(file)  # type: ignore[arg-type]


async def test_a_file_stays_in_the_browser(web: Web, made: dict[str, bytes]) -> None:
    digest = owner.digest(PERSON, CODE)
    body = registered(made["valid"], owner={"kind": "citizen", "digest": digest}, file="giay-phep.pdf")
    await send(web, packet(body), pdf(made["valid"]))
    assert await web.hub.exchange.leaders.caught_up(60) == 0  # type: ignore[union-attr]
    async with a_browser() as browser:
        for width, theme, lang in ((WIDE, "light", "vi"), (PHONE, "dark", "en")):
            tab = await Tab.opened(browser, web, width=width, theme=theme, lang=lang)
            answer = await tab.go(f"/results?lang={lang}")
            assert "connect-src 'none'" in answer.headers["content-security-policy"]
            await tab.accessible()
            await tab.fits()
            sent: list[str] = []
            tab.page.on("request", lambda request, sent=sent: sent.append(request.url + (request.post_data or "")))
            await drop(tab, "giay-phep.pdf", made["valid"])
            told = await tab.page.locator("main").inner_text()
            assert "Giấy phép xây dựng" in told
            assert ("Còn giá trị" if lang == "vi" else "Valid") in told
            asked = [url for url in sent if "/results?" in url]
            assert len(asked) == 1
            assert on_hub.sha256(made["valid"]) in asked[0]
            assert all(len(url) < 400 for url in sent)
            await tab.accessible()
            await tab.fits()
            await tab.picture(f"results-{width}-{theme}")
            await drop(tab, "khac.pdf", made["image-only"])
            told = await tab.page.locator("main").inner_text()
            assert ("không biết" if lang == "vi" else "does not know") in told
            tab.quiet()
            await tab.close()


async def test_a_qr_sends_number_and_tag_alone(web: Web) -> None:
    tag = owner.tag(owner.digest(PERSON, CODE))
    async with a_browser() as browser:
        tab = await Tab.opened(browser, web, lang="en")
        sent: list[str] = []
        tab.page.on("request", lambda request: sent.append(request.url))
        address = paper.address(web.url, paper.Paper(CODE, "1.009994", tag, "Giấy phép khác"))
        await tab.page.goto(address)
        await tab.page.wait_for_url(lambda url: "code=" in url)
        told = await tab.page.locator("main").inner_text()
        assert "Giấy phép xây dựng" in told
        assert "The paper says" in told
        assert "Giấy phép khác" in told
        assert not [url for url in sent if "1.009994" in url.split("#")[0] or "kh%C3%A1c" in url.split("#")[0]]
        await tab.page.goto("about:blank")
        plain = paper.address(web.url, paper.Paper(CODE, "", PERSON, "Giấy phép xây dựng"))
        await tab.page.goto(plain)
        await tab.page.wait_for_url(lambda url: "code=" in url)
        assert not [url for url in sent if PERSON in url.split("#")[0]]
        tab.quiet()
        await tab.close()


async def test_signatures_stand_on_the_documents_page_and_in_the_figures(web: Web, made: dict[str, bytes]) -> None:
    sent = await send(web, pdf(made["wrong-agency"], "a.pdf"), pdf(made["image-only"], "b.pdf"), by=VPCP, to=(SON_LA,))
    await send(web, packet(revoked()))
    assert await web.hub.exchange.leaders.caught_up(60) == 0  # type: ignore[union-attr]
    async with a_browser() as browser:
        for who, width, theme, lang in (("auditor", WIDE, "light", "vi"), ("clerk", PHONE, "dark", "en")):
            tab = await Tab.opened(browser, web, who, width=width, theme=theme, lang=lang)
            await tab.go(f"/console/documents/{bare(sent.message.id)}?lang={lang}")
            told = await tab.page.locator("main").inner_text()
            assert pdfs.LEADER in told
            assert ("Chữ ký số trong tệp đính kèm" if lang == "vi" else "Signatures inside the attachments") in told
            assert ("hình con dấu" if lang == "vi" else "picture of a seal") in told
            await tab.accessible()
            await tab.fits()
            await tab.picture(f"document-signed-{width}-{theme}")
            if who == "auditor":
                await tab.go("/console/leaders")
                told = await tab.page.locator("main").inner_text()
                assert "100,0\xa0%" in told
                await tab.accessible()
                await tab.fits()
                await tab.picture("leaders")
            await tab.go(f"/results?code={CODE}")
            told = await tab.page.locator("main").inner_text()
            assert ("Đã bị thu hồi" if lang == "vi" else "Revoked") in told
            assert "Cấp sai" not in told
            await tab.picture(f"results-revoked-{width}-{theme}")
            await tab.close()
