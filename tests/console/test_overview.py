"""The overview tells what the record holds, and is live: over HTTP, and in a browser."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import expect

from hub.console import flow
from hub.console.board import PERIODS, Kept, since
from hub.core import wire
from hub.core.edxml import OtherInfo
from hub.core.model import Millis, Priority, Tier, to_datetime
from hub.core.wire import Figures
from tests.console.browser import Tab, a_browser, needs_chromium
from tests.console.kit import Visitor, a_console
from tests.support.axis import HOUR, NOON, SON_LA, VPCP
from tests.support.web import Web


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys) as opened:
        yield opened


async def figures(web: Web) -> Figures:
    return (await web.get("/v1/figures")).record(Figures)


async def test_the_picture_and_its_ledger_are_the_figures(web: Web) -> None:
    first = await web.send(VPCP, SON_LA, "000.00.21.H52")
    await web.send(SON_LA, VPCP)
    await web.take(SON_LA, first)
    found = await figures(web)
    drawn = flow.picture(found)
    assert sum(r.deliveries for r in drawn.ribbons) == found.deliveries == 3
    assert drawn.total.ledger == found.ledger[-1]
    assert {line.name: line.ledger.accepted for line in drawn.lines} == {
        t.value: sum(f.deliveries for f in found.matrix if f.recipient == t.value) for t in Tier
    }
    for side in (drawn.senders, drawn.recipients):
        for above, below in itertools.pairwise(side):
            assert above.y + above.height <= below.y
    page = (await (await Visitor(web).enter("operator")).get("/console?lang=en")).body.decode()
    assert "Central → Provincial: 1" in page
    assert "Provincial → Central: 1" in page


def test_three_tiers_are_drawn_as_three() -> None:
    tiers = [
        wire.TierFigures(tier=t.value, agencies=int(t is not Tier.DISTRICT), exchanged=0, share=0.0, sent=0, received=0)
        for t in Tier
    ]
    rate = wire.Rate(documents=0, deliveries=0, peak_documents=0, peak_deliveries=0)
    empty = wire.Figures(
        since="", until="", documents=0, deliveries=0, statuses=0, bytes=0, signed=0, signed_share=0.0,
        per_second=rate, per_minute=rate, per_day=rate, tiers=tiers, matrix=[], latency=wire.Latency(measured=0),
        ledger=[wire.LedgerLine(name="all", accepted=0)],
    )  # fmt: skip
    assert [n.tier for n in flow.picture(empty).recipients] == ["central", "provincial", "commune"]


def test_windows_begin_at_a_midnight_of_vietnam() -> None:
    for period in PERIODS:
        at = since(period, NOON)
        assert to_datetime(at).hour == 17  # of the day before, UTC
        assert NOON - at - period.length < 24 * HOUR
    assert since(PERIODS[0], Millis(NOON + 13 * HOUR)) > since(PERIODS[0], NOON)


async def test_what_needs_doing_says_for_whom_and_since_when(web: Web) -> None:
    await web.send(VPCP, SON_LA, other=OtherInfo(priority=Priority.EXPRESS))
    operator = await Visitor(web).enter("operator")
    await operator.get("/console?lang=en")
    assert "Nothing needs doing" in operator.text
    web.axis.clock.forward(2 * HOUR)
    operator = await Visitor(web).enter("operator")
    await operator.get("/console?lang=en&period=day")  # each window has a board of its own
    assert "1 express document not fetched" in operator.text
    assert "Ủy ban nhân dân tỉnh Sơn La" in operator.text
    assert "2 h" in operator.text


async def test_many_looks_are_one_count() -> None:
    made = 0

    async def make() -> int:
        nonlocal made
        made += 1
        await asyncio.sleep(0)
        return made

    kept: Kept[int] = Kept(60.0)
    assert set(await asyncio.gather(*(kept.get(make) for _ in range(50)))) == {1}


async def events(web: Web, visitor: Visitor, count: int) -> list[str]:
    cookies = "; ".join(f"{k}={v}" for k, v in visitor.cookies.items())
    found: list[str] = []
    async with web.session.get(web.url + "/console/live", headers={"Cookie": cookies}) as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/event-stream")
        while len(found) < count and (line := await response.content.readline()):
            if line.startswith(b"event: "):
                found.append(line[7:].strip().decode())
                if found == ["state"]:
                    await web.send(VPCP, SON_LA)
    return found


async def test_a_stream_says_that_the_record_grew_and_no_more(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    async with asyncio.timeout(10):
        assert await events(web, operator, 2) == ["state", "changed"]
    assert (await Visitor(web).get("/console/live")).status == 303


async def test_a_stream_ends_with_its_session(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    cookies = "; ".join(f"{k}={v}" for k, v in operator.cookies.items())
    async with web.session.get(web.url + "/console/live", headers={"Cookie": cookies}) as response:
        assert await response.content.readline() == b"event: state\n"
        await operator.get("/console/me")
        await operator.post("/console/logout")
        async with asyncio.timeout(10):
            while await response.content.readline():
                pass


@needs_chromium
async def test_the_board_is_live_and_waits_when_told_to(web: Web) -> None:
    async with a_browser() as browser:
        tab = await Tab.opened(browser, web, "operator", lang="en")
        page = tab.page
        await tab.go("/console")
        waiting = page.locator(".figs dd").first
        await expect(waiting).to_have_text("0")
        await web.send(VPCP, SON_LA)
        await expect(waiting).to_have_text("1")
        await page.get_by_role("button", name="Pause").click()
        await web.send(VPCP, SON_LA)
        await expect(page.locator("[data-told]")).to_have_text(re.compile("changes? not shown"))
        await expect(waiting).to_have_text("1")
        await page.get_by_role("button", name="Go on").click()
        await expect(waiting).to_have_text("2")
        tab.quiet()
        await tab.close()


@needs_chromium
async def test_a_lost_connection_is_said_and_looks_like_no_calm(web: Web) -> None:
    async with a_browser() as browser:
        tab = await Tab.opened(browser, web, "operator", lang="en")
        await tab.page.clock.install()
        await tab.go("/console")
        await expect(tab.page.locator("body")).not_to_have_class(re.compile("stale"))
        await tab.page.context.set_offline(True)
        await tab.page.clock.run_for(60_000)
        await expect(tab.page.locator("body")).to_have_class(re.compile("stale"))
        await expect(tab.page.locator("[data-told]")).to_contain_text("Connection lost, figures of 11:00:00")
        await tab.close()
