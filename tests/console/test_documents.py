"""Finding documents on the console: one box, filters in the address, and nobody finds more than it may see."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.core import wire
from hub.core.edxml import OtherInfo
from hub.core.evidence.format import Event
from hub.core.model import Priority
from tests.console.browser import PHONE, WIDE, Tab, a_browser, needs_chromium
from tests.console.kit import Visitor, a_console
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP
from tests.support.web import Web, bare

SUBJECTS = ("V/v phòng, chống rét cho học sinh bán trú", "V/v tinh giản biên chế năm 2023", "=HYPERLINK(1)")


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys) as opened:
        yield opened


async def some(web: Web) -> list[wire.Submitted]:
    """Two that Sơn La may see, one of which it took, and one that it may not."""
    urgent = OtherInfo(priority=Priority.EXPRESS)
    first = await web.send(VPCP, SON_LA, HA_NOI, subject=SUBJECTS[0], other=urgent)
    second = await web.send(SON_LA, VPCP, subject=SUBJECTS[1])
    third = await web.send(VPCP, HA_NOI, subject=SUBJECTS[2])
    await web.take(SON_LA, first)
    return [first, second, third]


def told(visitor: Visitor) -> list[str]:
    """The documents on the page, by their address."""
    return re.findall(r'<th scope="row" class="code"><a href="/console/documents/([^"]+)"', visitor.last)


async def ask(visitor: Visitor, query: str = "") -> list[str]:
    answer = await visitor.get(f"/console/documents{query}")
    assert answer.status == 200, answer.body[:500]
    return told(visitor)


async def test_everybody_finds_what_it_may_see(web: Web) -> None:
    first, second, third = (bare(one.message.id) for one in await some(web))
    clerk = await Visitor(web).enter("clerk")
    assert await ask(clerk) == [second, first]
    assert SUBJECTS[0] in clerk.text
    assert await ask(clerk, "?q=tinh+gian+bien+che") == [second]
    assert await ask(clerk, f"?q={third}") == []
    operator = await Visitor(web).enter("operator")
    assert await ask(operator) == [third, second, first]
    assert not any(subject in operator.text for subject in SUBJECTS)
    assert await ask(operator, "?q=tinh+gian") == []
    auditor = await Visitor(web).enter("auditor")
    before = (await web.store.last_checkpoint()).size  # type: ignore[union-attr]
    assert await ask(auditor, f"?q={third}") == [third]
    leaves = await web.store.leaves(before, 10)
    assert [leaf.event for leaf in leaves] == [Event.EVIDENCE_EXPORTED.short]


async def test_filters_live_in_the_address_and_each_can_be_taken_out(web: Web) -> None:
    first, second, third = (bare(one.message.id) for one in await some(web))
    operator = await Visitor(web).enter("operator")
    for query, found in {
        f"?from={VPCP}": [third, first],
        f"?to={HA_NOI}&sort=accepted": [first, third],
        "?urgency=3": [first],
        "?to_tier=central": [second],
        "?from_tier=central&state=waiting": [third, first],
        "?verdict=VALID&kind=new": [third, second, first],
        "?since=2026-11-22&until=2026-11-22": [third, second, first],
        "?until=2026-11-21": [],
        "?dated_until=2020-01-01": [],
    }.items():
        assert await ask(operator, query) == found, query
    await ask(operator, f"?from={VPCP}&urgency=3")
    assert '<a class="chip" href="/console/documents?from=000.00.00.G22"' in operator.last
    assert '<a class="chip" href="/console/documents?urgency=3"' in operator.last
    assert f"truc find --as operator --sender {VPCP} --priority 3" in operator.text
    empty = await operator.get(f"/console/documents?from={VPCP}&to=&q=")
    assert (empty.status, empty.headers["Location"]) == (303, f"/console/documents?from={VPCP}")


@pytest.mark.parametrize("query", ["state=x", "urgency=9", "since=x", "dated_since=2022-13-01", "sort=x", "cursor=x"])
async def test_a_filter_that_there_is_not_is_said_on_the_page(web: Web, query: str) -> None:
    clerk = await Visitor(web).enter("clerk")
    answer = await clerk.get(f"/console/documents?{query}")
    assert answer.status == 400
    assert "REQUEST_INVALID" in clerk.text


async def test_an_empty_page_names_the_filter_that_empties_it(web: Web) -> None:
    await some(web)
    clerk = await Visitor(web).enter("clerk")
    assert await ask(clerk, "?q=tinh+gian&urgency=3&state=expired") == []
    assert "No single filter is the reason" in clerk.text
    assert await ask(clerk, f"?q=tinh+gian&from={SON_LA}&urgency=3") == []
    part = clerk.last.split("Ask for less:")[1].split("</ul>")[0]
    assert "Urgency: Express" in part
    assert f"/console/documents?q=tinh+gian&amp;from={SON_LA}" in part
    assert "From:" not in part


async def test_pages_follow_each_other_without_a_gap(web: Web) -> None:
    sent = [bare((await web.send(VPCP, SON_LA)).message.id) for _ in range(45)]
    operator = await Visitor(web).enter("operator")
    first = await ask(operator)
    more = re.search(r'rel="next" href="([^"]+)"', operator.last)
    assert more is not None
    assert (await operator.get(more[1].replace("&amp;", "&"))).status == 200
    assert [*first, *told(operator)] == sent[::-1]
    assert 'rel="next"' not in operator.last


async def test_what_was_found_is_a_file_in_three_forms(web: Web) -> None:
    sent = await some(web)
    auditor = await Visitor(web).enter("auditor")
    answer = await auditor.get("/console/documents/export?form=csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="truc-documents.csv"'
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert [row[-1] for row in rows[1:]] == [one.message.id for one in sent]
    assert not any(cell.startswith("=") for row in rows for cell in row)
    book = zipfile.ZipFile(io.BytesIO((await auditor.get("/console/documents/export?form=xlsx")).body))
    assert "HYPERLINK" not in book.read("xl/worksheets/sheet1.xml").decode().replace("=HYPERLINK(1)", "")
    lines = (await auditor.get("/console/documents/export?form=jsonl&urgency=3")).body.splitlines()
    one, end = (json.loads(line) for line in lines)
    assert (one["document"]["message"]["id"], end) == (sent[0].message.id, {"end": {"lines": 1}})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" in answer.headers
    operator = await Visitor(web).enter("operator")
    for form in ("csv", "jsonl"):
        assert "V/v " not in (await operator.get(f"/console/documents/export?form={form}")).body.decode()
    assert (await operator.get("/console/documents/export?form=pdf")).status == 400


@needs_chromium
async def test_the_list_in_a_browser(web: Web) -> None:
    await some(web)
    await web.send(VPCP, SON_LA, MAI_SON, HA_NOI, subject=SUBJECTS[0] + " vùng cao, biên giới, hải đảo" * 3)
    async with a_browser() as browser:
        for width, theme in ((WIDE, "light"), (WIDE, "dark"), (PHONE, "light")):
            tab = await Tab.opened(browser, web, "clerk", width=width, theme=theme)
            await tab.go("/console/documents?urgency=3")
            await tab.go("/console/documents")
            await tab.accessible()
            await tab.fits()
            await tab.picture(f"documents-{theme}-{width}")
            if width == PHONE:
                heights = "() => [...document.querySelectorAll('.docs tbody tr')].map((r) => r.offsetHeight)"
                assert max(await tab.page.evaluate(heights)) <= 100  # two lines, and one more for urgency
            await tab.page.locator("#q").fill("tinh gian")
            await tab.page.locator("#q").press("Enter")
            await tab.page.wait_for_url("**/console/documents?q=tinh+gian")
            tab.quiet()
            await tab.close()
