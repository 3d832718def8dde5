"""Reports and the public page: what they tell, what they hand out, how they look on paper."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from hub.core import period_table
from hub.core.wire_report import PeriodReport
from tests.cli.test_find import opened
from tests.console.browser import WIDE, Tab, a_browser, needs_chromium
from tests.console.kit import Visitor
from tests.console.world import VECTORS, World, a_world
from tests.support.web import OPERATOR

pytestmark = pytest.mark.asyncio(loop_scope="module")
SPANS = (("vi", "Từ 01/10/2026 đến 30/11/2026"), ("en", "1 Oct 2026 to 30 Nov 2026"))
MONTH = "period=month&first=2026-10-05&last=2026-11-20"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[World]:
    limits = {"caller_ms_burst": 600_000, "anonymous_burst": 100_000, "stranger_ms_burst": 600_000}
    async with a_world(tmp_path_factory.mktemp("console"), keys, **limits) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def operator(world: World) -> Visitor:
    return await Visitor(world.web).enter("operator")


@pytest.mark.parametrize(("lang", "span"), SPANS)
async def test_a_report_stands_in_its_address(operator: Visitor, lang: str, span: str) -> None:
    await operator.get(f"/console/reports?{MONTH}&tier=commune&lang={lang}")
    text = " ".join(operator.text.split())
    assert span in text
    assert "2026-10 " in text
    assert "truc report --period month --from 2026-10-01 --to 2026-11-30" in text
    assert "Chiềng Mung" in text, "of the tier that was asked for"
    for row in period_table.definition_rows(lang):
        if not str(row[0]).startswith(("Đơn vị", "Có ", "Agencies", "Exchanging", "Signed")):
            assert str(row[0]) in text


@pytest.mark.parametrize("query", ["first=x", "first=2026-12-01&last=2026-01-01", "period=year", "tier=x"])
async def test_what_is_no_period_is_told(operator: Visitor, query: str) -> None:
    answer = await operator.get(f"/console/reports?{query}")
    assert (answer.status, b"REQUEST_INVALID" in answer.body) == (400, True)


async def test_files_tell_what_the_page_tells(world: World, operator: Visitor, tmp_path: Path) -> None:
    answer = await operator.get(f"/console/reports/csv?{MONTH}&lang=vi")
    assert answer.headers["Content-Disposition"].endswith('"truc-month-2026-10-01-2026-11-30.csv"')
    head, *lines = csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert head == period_table.head("vi")
    report = (await world.web.get(f"/v1/reports/period?{MONTH}", OPERATOR)).record(PeriodReport)
    assert lines[0][6:8] == [str(report.total.sent), str(report.total.signed)]
    assert report.total.sent >= len(VECTORS)
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@"))]
    file = tmp_path / "x.xlsx"
    file.write_bytes((await operator.get(f"/console/reports/xlsx?{MONTH}")).body)
    assert opened(file)[1] == 0
    made = await operator.get(f"/console/reports/pdf?{MONTH}&lang=vi")
    assert made.headers["Content-Disposition"].endswith('"truc-month-2026-10-01-2026-11-30.pdf"')
    assert (made.headers["Content-Type"], made.body[:5]) == ("application/pdf", b"%PDF-")
    assert made.body == (await world.web.get(f"/v1/reports/period?{MONTH}&format=pdf", OPERATOR)).body


async def test_anybody_sees_the_public_page_and_no_small_unit(world: World) -> None:
    stranger = Visitor(world.web)
    answer = await stranger.get("/public?lang=en")
    assert answer.status == 200
    text = " ".join(stranger.text.split())
    for words in (
        "Public figures",
        "Decision 28/2018",
        "Documents since the beginning",
        "Quarter 2026-Q4",
        "Open data",
    ):
        assert words in text
    assert "fewer than 5 documents" in text
    assert '<a href="/public">' in (await stranger.get("/console/login")).body.decode()
    assert (await stranger.get("/public?quarter=2020-Q1")).status == 404


@needs_chromium
async def test_on_paper_there_are_tables_and_no_buttons(world: World) -> None:
    async with a_browser() as browser:
        await _printed(world, browser)


async def _printed(world: World, browser: Browser) -> None:
    tab = await Tab.opened(browser, world.web, "operator", width=WIDE)
    await tab.go(f"/console/reports?{MONTH}")
    assert await tab.page.locator(".plot canvas").count() == 1
    await tab.page.emulate_media(media="print")
    assert not await tab.page.locator(".asks").is_visible()
    assert not await tab.page.locator("nav.nav").is_visible()
    assert await tab.page.locator(".defined").is_visible()
    assert await tab.page.locator("section > .scroll table").first.is_visible()
    await tab.page.set_viewport_size({"width": 700, "height": 1000})
    shape = "e => getComputedStyle(e).display"
    assert await tab.page.locator("section > .scroll table tbody tr").first.evaluate(shape) == "table-row"
    paper = await tab.page.pdf(prefer_css_page_size=True)
    assert paper.startswith(b"%PDF-")
    assert b"/MediaBox [0 0 594" in paper or b"/MediaBox [0 0 595" in paper, "A4, upright"
    await tab.picture("reports-print")
    tab.quiet()
    await tab.close()
