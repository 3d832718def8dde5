"""A clerk whose key is on a token, or in a PKCS#12 file: the page in Chromium, `truc agent` beside it, and what is told
when the key cannot be used.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from playwright.async_api import Browser, expect

from tests.console.browser import a_browser, needs_chromium
from tests.console.kit import a_console
from tests.console.test_clerk import LIMITS, a_tab, a_terminal, hold, paired, sent, stands
from tests.support import softhsm
from tests.support.axis import SON_LA
from tests.support.process import truc
from tests.support.web import Web

pytestmark = [pytest.mark.asyncio(loop_scope="module"), needs_chromium, softhsm.needed]
AGREED = ("--yes-for", "acknowledgements", "--yes-for", "statuses")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with a_browser() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys, **LIMITS) as opened:
        yield opened


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> softhsm.SoftToken:
    """Read by the agent, which is a process of its own, and not by this one."""
    made = softhsm.SoftToken(tmp_path / "hsm")
    monkeypatch.setenv("SOFTHSM2_CONF", made.environment["SOFTHSM2_CONF"])
    return made


def certificate(keys: Path) -> str:
    return str(keys / "agencies" / f"{SON_LA}.cert.pem")


async def test_a_clerk_signs_with_a_token_that_may_be_pulled_out_and_put_back(
    web: Web, browser: Browser, keys: Path, token: softhsm.SoftToken
) -> None:
    uri = token.put(web.axis.profile.agency(SON_LA).key, "ky")
    first, second = await sent(web, "V/v một"), await sent(web, "V/v hai")
    async with a_terminal(keys, web, "--key", uri, "--cert", certificate(keys), *AGREED) as terminal:
        tab = await a_tab(browser, web)
        page = tab.page
        await paired(tab, terminal.code)
        await page.keyboard.press("t")
        await hold(page)
        await expect(page.locator("[data-held]")).to_contain_text("Registered as 1.")
        done, left = (first, second) if (await stands(web, first))[1] == "03" else (second, first)
        assert await stands(web, done) == ("handed_over", "03")

        there, away = token.folder / "tokens", token.folder / "away"
        there.rename(away)
        async with page.expect_response(lambda answer: answer.url.endswith("/v1/sign") and answer.status >= 400) as no:
            await page.keyboard.press("t")
            await hold(page)
        refused = await (await no.value).json()
        await expect(page.locator("[data-held] .bad")).to_contain_text("token truc is not there")
        assert await stands(web, left) == ("waiting", ""), "nothing is signed, nothing is sent"
        assert refused["code"] == "token-absent"
        assert "Không thấy token truc: cắm token vào máy này" in refused["vi"]
        assert "hub" not in refused["en"].lower(), "the hub is not what failed"

        away.rename(there)
        await page.keyboard.press("t")
        await hold(page)
        await expect(page.locator("[data-held]")).to_contain_text("Registered as 2.")
        assert await stands(web, left) == ("handed_over", "03")
        tab.complaints = [c for c in tab.complaints if "503" not in c]  # the agent's no
        tab.quiet()
        await tab.close()


async def test_a_clerk_signs_with_a_pkcs12_file(web: Web, browser: Browser, keys: Path, tmp_path: Path) -> None:
    mine = web.axis.profile.agency(SON_LA)
    store = pkcs12.serialize_key_and_certificates(
        b"xa", mine.key, mine.certificate, list(mine.chain[1:]), BestAvailableEncryption(b"mat khau")
    )
    (tmp_path / "xa.p12").write_bytes(store)
    (tmp_path / "password").write_text("mat khau")
    number = await sent(web, "V/v một")
    options = ("--key", str(tmp_path / "xa.p12"), "--passphrase-file", str(tmp_path / "password"))
    async with a_terminal(keys, web, *options, *AGREED) as terminal:
        tab = await a_tab(browser, web)
        await paired(tab, terminal.code)
        await tab.page.keyboard.press("t")
        await hold(tab.page)
        await expect(tab.page.locator("[data-held]")).to_contain_text("Registered as 1.")
        assert await stands(web, number) == ("handed_over", "03")
        tab.quiet()
        await tab.close()


async def test_a_key_that_cannot_be_used_is_told_at_the_terminal_with_what_to_do(
    web: Web, keys: Path, tmp_path: Path, token: softhsm.SoftToken
) -> None:
    mine = web.axis.profile.agency(SON_LA)
    uri = token.put(mine.key, "ky")
    store = pkcs12.serialize_key_and_certificates(
        b"xa", mine.key, mine.certificate, None, BestAvailableEncryption(b"1")
    )
    (tmp_path / "xa.p12").write_bytes(store)
    (tmp_path / "wrong").write_text("2")
    wrong = token.uri("ky", pin="9999")

    async def told(lang: str, *options: str) -> str:
        line = ("agent", "--as", SON_LA, "--origin", web.url, "--lang", lang, "--keys", str(tmp_path / "none"))
        done = await asyncio.to_thread(truc, *line, *options, "--cert", certificate(keys))
        assert done.returncode == 2, done.stderr
        assert "agency add" not in done.stderr, "advice that does not help"
        assert "9999" not in done.stderr
        return done.stderr

    assert "The PIN of token truc is wrong" in await told("en", "--key", wrong)
    assert "Sai PIN của token truc" in await told("vi", "--key", wrong)
    file = ("--key", str(tmp_path / "xa.p12"), "--passphrase-file", str(tmp_path / "wrong"))
    assert "xa.p12 cannot be opened: wrong password" in await told("en", *file)
    assert "không dùng được khóa xa.p12" in await told("vi", *file)
    absent = uri.replace("token=truc", "token=khac")
    assert "token khac is not there" in await told("en", "--key", absent)
    assert "Không thấy token khac" in await told("vi", "--key", absent)
    token._util("--init-token", "--free", "--label", "truc2", "--so-pin", "1234", "--pin", softhsm.PIN)
    several = uri.replace("token=truc;", "")
    assert "Several tokens fit" in await told("en", "--key", several)
    assert "Có nhiều token" in await told("vi", "--key", several)
