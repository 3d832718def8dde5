"""A clerk at work in a real browser: the key lies with `truc agent`, a process of its own, or in a sandbox with the
browser; what is signed is held for five seconds, by the page's own clock."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from hub.core.edxml import Attachment, OtherInfo
from hub.core.model import Priority
from hub.store.mail import Stage
from tests.console.browser import PHONE, WIDE, Tab, a_browser, needs_chromium
from tests.console.kit import a_console
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.process import TRUC, free_port
from tests.support.web import Web, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium]

LIMITS: Final = {"caller_ms_burst": 600_000, "anonymous_burst": 100_000, "stranger_ms_burst": 600_000}
HELD: Final = 5_000


def a_pdf(text: str) -> bytes:
    """One page."""
    drawn = f"BT /F 24 Tf 60 700 Td ({text}) Tj ET".encode()
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )  # fmt: skip
    data, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(data))
        data += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    return (
        data + head + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(data))
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with a_browser() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys, **LIMITS) as opened:
        yield opened


class Terminal:
    """`truc agent` as a process, and whoever sits at it."""

    def __init__(self, process: asyncio.subprocess.Process, code: str) -> None:
        self._process, self.code = process, code
        self.said = ""

    async def reads(self, text: str) -> None:
        assert self._process.stderr is not None
        async with asyncio.timeout(20):
            while text not in self.said:
                line = await self._process.stderr.readline()
                assert line, self.said
                self.said += line.decode()

    async def answers(self, text: str) -> None:
        await self.reads("[y/N]")
        self.said = ""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n".encode())
        await self._process.stdin.drain()


@asynccontextmanager
async def a_terminal(keys: Path, web: Web, *more: str) -> AsyncIterator[Terminal]:
    process = await asyncio.create_subprocess_exec(
        *TRUC, "agent", "--as", SON_LA, "--keys", str(keys), "--origin", web.url, "--port", str(free_port()), "--json",
        "--lang", "en", *more, stdin=-1, stdout=-1, stderr=-1, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            told = json.loads(await process.stdout.readline())
        yield Terminal(process, told["code"])
    finally:
        process.terminate()
        await process.wait()


async def paired(tab: Tab, code: str) -> None:
    await tab.page.locator("[data-signer] summary").click()
    await tab.page.locator("#pair").fill(code)
    await tab.page.locator("[data-pair]").click()
    await expect(tab.page.locator("[data-signer-state]")).to_have_text("Ready to sign")


async def with_key(tab: Tab, keys: Path) -> None:
    await tab.page.locator("[data-signer] summary").click()
    files = [keys / "agencies" / f"{SON_LA}.{kind}.pem" for kind in ("key", "cert")]
    await tab.page.locator("[data-keyfile]").set_input_files(files)
    await expect(tab.page.locator("[data-signer-state]")).to_contain_text("sandbox key")


async def a_tab(browser: Browser, web: Web, path: str = "/console/mailbox/in", width: int = WIDE) -> Tab:
    tab = await Tab.opened(browser, web, "clerk", lang="en", width=width)
    await tab.page.clock.install()
    await tab.go(path)
    return tab


async def hold(page: Page) -> None:
    """The five seconds pass, once they have begun."""
    await expect(page.locator("[data-held]")).to_contain_text("Signed in 5 seconds")
    await page.clock.run_for(HELD + 100)


async def stands(web: Web, number: int) -> tuple[str, str]:
    row = await web.hub.exchange.store.delivery(number, SON_LA)
    assert row is not None
    return row.state.value, row.progress


async def sent(web: Web, subject: str, lane: int = 0, files: Sequence[Attachment] = ()) -> int:
    web.axis.numbers += 1
    document = web.axis.document(VPCP, [SON_LA], subject=subject, other=OtherInfo(priority=Priority(lane)))
    answer = await web.submit(web.axis.sign(document, files), VPCP)
    assert answer.status == 201, answer.body
    message = await web.hub.exchange.find(json.loads(answer.body)["message"]["id"])
    return message.number


async def book(web: Web) -> list[tuple[int, int, str]]:
    rows = await web.hub.exchange.store.mail_book(SON_LA, 2026, 0, 100)
    return [(row.number, row.message, row.assignee) for row in rows]


async def test_a_document_is_read_taken_and_registered_with_the_agent(web: Web, browser: Browser, keys: Path) -> None:
    plain, urgent = await sent(web, "V/v ngày thường"), await sent(web, "V/v việc gấp", 3)
    async with a_terminal(keys, web, "--yes-for", "acknowledgements") as terminal:
        tab = await a_tab(browser, web)
        page = tab.page
        await expect(page.locator(".it").first).to_contain_text("V/v việc gấp")
        await paired(tab, terminal.code)
        await tab.accessible()
        await page.keyboard.press("p")
        await page.keyboard.type("Nguyễn Thị Mẫu")
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-held]")).to_contain_text("To be registered as 1.")
        assert await stands(web, urgent) == ("waiting", ""), "held: nothing is signed yet"
        await hold(page)
        await terminal.reads("Status 04")
        assert "Acknowledgement: " in terminal.said
        assert "Status 03: " in terminal.said
        await terminal.answers("y")
        await expect(page.locator("[data-held]")).to_contain_text("Registered as 1.")
        assert await stands(web, urgent) == ("handed_over", "04")
        assert await book(web) == [(1, urgent, "Nguyễn Thị Mẫu")]
        await expect(page.locator(".rh .subject")).to_have_text("V/v ngày thường")
        # The other goes back, and the holder of the key does not agree at first.
        await page.keyboard.press("l")
        await page.keyboard.press("2")
        await page.keyboard.press("Enter")
        await hold(page)
        await terminal.answers("n")
        await expect(page.locator("[data-held] .bad")).to_contain_text("did not agree")
        assert await stands(web, plain) == ("waiting", "")
        await expect(page.locator(".rh .subject")).to_have_text("V/v ngày thường")
        await page.keyboard.press("l")
        await page.keyboard.press("2")
        await page.keyboard.press("Enter")
        await hold(page)
        await terminal.reads("Received before")
        await terminal.answers("y")
        await expect(page.locator("[data-held]")).to_contain_text("Signed and sent.")
        assert await stands(web, plain) == ("refused", "02")
        assert len(await book(web)) == 1, "what goes back gets no number"
        tab.complaints = [c for c in tab.complaints if "403" not in c]  # the agent's no
        tab.quiet()
        await tab.close()


async def test_a_sandbox_signs_in_the_browser(web: Web, browser: Browser, keys: Path) -> None:
    number = await sent(web, "V/v <b>thử</b> & nghiệm")
    tab = await a_tab(browser, web)
    page = tab.page
    await with_key(tab, keys)
    stored = await page.evaluate(
        """() => new Promise((done) => { const o = indexedDB.open("truc-sandbox-keys", 1); o.onsuccess = () => {
        const g = o.result.transaction("keys").objectStore("keys").getAll(); g.onsuccess = () => { o.result.close();
        done(g.result.map((one) => one.key.extractable)); }; }; })"""
    )
    assert stored == [False], "no script reads the key"
    await page.keyboard.press("t")
    await hold(page)
    await expect(page.locator("[data-held]")).to_contain_text("Registered as 1.")
    assert await stands(web, number) == ("handed_over", "03")
    await tab.go("/console/mailbox/in?tab=in-hand")
    await expect(page.locator(".it")).to_contain_text("V/v <b>thử</b> & nghiệm")
    await page.locator("[data-act=finish]").click()
    await hold(page)
    await expect(page.locator(".empty").first).to_be_visible()
    assert await stands(web, number) == ("handed_over", "06")
    row = await web.hub.exchange.store.mail(SON_LA, number)
    assert row is not None
    assert row.stage is Stage.DONE
    tab.quiet()
    await tab.close()


async def test_what_is_held_is_undone(web: Web, browser: Browser, keys: Path) -> None:
    number = await sent(web, "V/v nhầm phím")
    tab = await a_tab(browser, web)
    page = tab.page
    await with_key(tab, keys)
    await page.keyboard.press("t")
    await expect(page.locator("[data-held]")).to_contain_text("Signed in 5 seconds")
    await expect(page.locator(".it")).to_be_hidden()
    await page.keyboard.press("z")
    await expect(page.locator(".it")).to_be_visible()
    await page.clock.run_for(60_000)
    await expect(page.locator("[data-held] > div")).to_have_count(0)
    assert await stands(web, number) == ("waiting", "")
    tab.quiet()
    await tab.close()


async def test_a_hub_that_hands_out_other_bytes_gets_no_signature(web: Web, browser: Browser, keys: Path) -> None:
    """The page reads what it signs: a status on another document, or of another meaning, is not signed."""
    number = await sent(web, "V/v thật")
    tab = await a_tab(browser, web)
    page = tab.page
    await with_key(tab, keys)

    # A task without edXML has an empty one: then the words of the acknowledgement count.
    async def twisted(route: Any) -> None:
        response = await route.fetch()
        told = await response.json()
        told["tasks"] = [
            t | {"edxml": t["edxml"].replace(">03<", ">06<")} if "edxml" in t else t for t in told["tasks"]
        ]
        await route.fulfill(response=response, json=told)

    await page.route("**/console/mailbox/prepare", twisted)
    await page.keyboard.press("t")
    await hold(page)
    await expect(page.locator("[data-held] .bad")).to_contain_text("not what was chosen")
    assert await stands(web, number) == ("waiting", "")
    await tab.close()


async def test_text_and_pdf_are_shown_and_run_nothing(web: Web, browser: Browser) -> None:
    files = [
        Attachment(content_id="1", name="công văn.pdf", content_type="application/pdf", data=a_pdf("Chao ban")),
        Attachment(content_id="2", name="ghi chú.txt", content_type="text/plain", data=b"<script>zqx()</script>"),
        Attachment(content_id="3", name="trang.html", content_type="text/html", data=b"<script>zqx()</script> <html>"),
    ]
    await sent(web, "V/v có tệp", files=files)
    tab = await a_tab(browser, web)
    page = tab.page
    src = await page.locator("iframe.viewer").get_attribute("src")
    assert src is not None
    answer = await page.request.get(src)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    await until(lambda: any("application/pdf" in f.url or f.url.endswith("/1") for f in page.frames))
    await page.locator("a.f", has_text="ghi chú.txt").click()
    frame = page.frame_locator("iframe.viewer")
    await expect(frame.locator("body")).to_have_text("<script>zqx()</script>")
    other = await page.request.get(src[:-1] + "3")
    assert other.headers["content-disposition"].startswith(("attachment", "inline"))
    assert "html" not in other.headers["content-type"]
    assert (await page.request.get(src[:-1] + "4")).status == 404
    await tab.picture("mail-pdf")
    tab.complaints = [c for c in tab.complaints if "sandboxed" not in c]  # nothing of a frame may run, not even ours
    tab.quiet()
    await tab.close()


async def test_a_telephone_reads_and_signs_nothing(web: Web, browser: Browser) -> None:
    await sent(web, "V/v đọc trên điện thoại", 1)
    tab = await a_tab(browser, web, width=PHONE)
    page = tab.page
    await tab.fits()
    await page.locator(".it").click()
    await page.wait_for_url("**/mailbox/in/*")
    await expect(page.locator(".rh .subject")).to_be_visible()
    await expect(page.locator("[data-act]")).to_have_count(2)
    await expect(page.locator("[data-act]").first).to_be_hidden()
    await tab.fits()
    await tab.accessible()
    await page.locator(".backl").click()
    await expect(page.locator(".it")).to_be_visible()
    await tab.close()


class Counted:
    """A clerk whose actions are counted: a key, a name that is typed and confirmed, a file that is dropped, a
    click; and each yes at the terminal by itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = self.yes = 0

    async def key(self, key: str) -> None:
        self.actions += 1
        await self.page.keyboard.press(key)

    async def types(self, text: str) -> None:
        self.actions += 1
        await self.page.keyboard.type(text)
        await self.page.keyboard.press("Enter")

    async def drops(self, name: str) -> None:
        self.actions += 1
        data = {"name": name, "mimeType": "application/pdf", "buffer": a_pdf(name)}
        await self.page.locator("#f-files").set_input_files(data)  # type: ignore[arg-type]

    async def chooses(self, text: str, code: str) -> None:
        self.actions += 1
        await self.page.locator("#f-to").fill(text)
        await self.page.locator("[data-found] button", has_text=code).click()

    async def says_yes(self, terminal: Terminal) -> None:
        self.yes += 1
        await terminal.answers("y")


async def fields(page: Page, **values: str) -> None:
    """Number, notation, subject: what is typed of a letter is not counted."""
    for name, value in values.items():
        await page.locator(f"#f-{name}").fill(value)


async def sends(clerk: Counted, terminal: Terminal, shown: str) -> None:
    await clerk.key("Control+Enter")
    await expect(clerk.page.locator("[data-held]")).to_contain_text("Signed in 5 seconds")
    await clerk.page.clock.run_for(HELD + 100)
    await terminal.reads(shown)
    await clerk.says_yes(terminal)
    await clerk.page.wait_for_url("**/mailbox/out/*")


async def test_a_clerks_day(web: Web, browser: Browser, keys: Path) -> None:
    """Twelve come in, three go out, the registers are printed: ten taken and passed on, one returned, one answered."""
    came = [await sent(web, f"V/v việc {n}", 1 if n == 11 else 0) for n in range(12)]
    async with a_terminal(keys, web, "--yes-for", "acknowledgements", "--yes-for", "statuses") as terminal:
        tab = await a_tab(browser, web)
        page, clerk = tab.page, Counted(tab.page)
        await paired(tab, terminal.code)
        clerk.actions += 1  # the PIN, or here the pairing
        for n in range(11, 1, -1):
            await expect(page.locator(".rh .subject")).to_have_text(f"V/v việc {n}")
            await clerk.key("p")
            await clerk.types("Bộ phận một cửa")
            await expect(page.locator(".rh .subject")).to_have_text(f"V/v việc {n - 1}")
            await page.clock.run_for(HELD + 100)
            await until_number(page, 12 - n)
        assert [number for number, _, _ in await book(web)] == list(range(1, 11))
        await clerk.key("l")
        await clerk.key("1")
        await clerk.key("Enter")
        await hold(page)
        await clerk.says_yes(terminal)
        await expect(page.locator("[data-held]")).to_contain_text("Signed and sent.")
        await expect(page.locator(".rh .subject")).to_have_text("V/v việc 0")
        await clerk.key("b")
        await page.wait_for_url("**/mailbox/new?answers=*")
        await fields(page, number="7", notation="UBND-VP", subject="V/v trả lời")
        await clerk.drops("tra-loi.pdf")
        await sends(clerk, terminal, "DOCUMENT: 7/UBND-VP")
        for number, subject in ((8, "V/v thông báo"), (9, "V/v báo cáo")):
            await tab.go("/console/mailbox/out")
            await clerk.key("n")
            await page.wait_for_url("**/mailbox/new")
            await expect(page.locator("#f-number")).to_have_value(str(number))
            await fields(page, subject=subject)
            await clerk.chooses("hà nội", HA_NOI)
            await clerk.drops("van-ban.pdf")
            await sends(clerk, terminal, f"DOCUMENT: {number}/UBND-VP")
        for name in ("in", "out"):
            await tab.go(f"/console/mailbox/register?book={name}&year=2026")
            await page.evaluate("() => { window.print = () => { window.printed = true; }; }")
            clerk.actions += 1
            await page.locator("[data-print]").click()
            assert await page.evaluate("() => window.printed") is True
        rows = await page.locator(".book tbody tr").all_inner_texts()
        tab.quiet()
        await tab.close()
    subjects = ("V/v trả lời", "V/v thông báo", "V/v báo cáo")
    assert len(rows) == 3
    assert all(subject in row for subject, row in zip(subjects, rows, strict=True))
    assert [(await stands(web, number))[1] for number in came[2:]] == ["04"] * 10
    assert await stands(web, came[1]) == ("refused", "02")
    assert (clerk.actions, clerk.yes) == (37, 4), "at the page; at the terminal, for each document and the return"


async def until_number(page: Page, number: int) -> None:
    await expect(page.locator("[data-held]")).to_contain_text(f"Registered as {number}.")
    await page.clock.run_for(10_000)
    await expect(page.locator("[data-held] > div")).to_have_count(0)


async def test_all_that_waits_is_signed_for_when_the_page_opens(web: Web, browser: Browser, keys: Path) -> None:
    """A lunch break is no "not fetched": what waits is signed for, and stays to be registered."""
    came = [await sent(web, f"V/v việc {n}") for n in range(3)]
    tab = await a_tab(browser, web)
    page = tab.page
    await with_key(tab, keys)
    await page.locator("[data-signer] summary").click()
    await page.locator("[data-auto]").check()
    await expect(page.locator("[data-held]")).to_contain_text("3 messages signed for.")
    assert [await stands(web, number) for number in came] == [("handed_over", "")] * 3
    await tab.go("/console/mailbox/in")
    await expect(page.locator(".it")).to_have_count(3)
    tab.quiet()
    await tab.close()


async def test_what_went_out_is_taken_back(web: Web, browser: Browser, keys: Path) -> None:
    answer = await web.send(SON_LA, HA_NOI, subject="V/v gửi nhầm")
    tab = await a_tab(browser, web, "/console/mailbox/out")
    page = tab.page
    await expect(page.locator(".tabs [aria-current]")).to_have_text("Not fetched")
    await page.locator(".it", has_text="V/v gửi nhầm").click()
    await with_key(tab, keys)
    await page.locator("#f-why").fill("gửi nhầm đơn vị")
    await page.locator("[data-take-back] button").click()
    await hold(page)
    await expect(page.locator("td .st")).to_have_text("Taken back")
    number = (await web.hub.exchange.find(answer.message.id)).number
    (row,) = await web.hub.exchange.store.deliveries(number)
    assert row.state.value == "taken_back"
    tab.quiet()
    await tab.close()
