"""The overview tells what the record holds, and is live: over HTTP, and in a browser."""

from __future__ import annotations

import asyncio
import html
import itertools
import re
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from playwright.async_api import expect

from hub.console import flow
from hub.console.board import LEAST_SECONDS, PERIODS, Kept, since
from hub.console.screens.overview import boards_of
from hub.core import wire
from hub.core.edxml import OtherInfo
from hub.core.model import Millis, Priority, Tier, to_datetime, vietnam_date
from hub.core.wire import Figures
from tests.console.browser import Tab, a_browser, needs_chromium
from tests.console.kit import Visitor, a_console
from tests.support.axis import HOUR, NOON, SON_LA, VPCP
from tests.support.web import Web, bare


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
    async with asyncio.timeout(60):
        assert await events(web, operator, 2) == ["state", "changed"]
    assert (await Visitor(web).get("/console/live")).status == 303


async def test_a_stream_begins_with_what_was_missed(web: Web) -> None:
    """Between the page and its stream, and while a browser connects again, the record may grow."""
    operator = await Visitor(web).enter("operator")
    await operator.get("/console")
    seen = re.search(r'data-seen="([0-9]+)"', operator.last)
    assert seen is not None
    await web.send(VPCP, SON_LA)
    cookies = "; ".join(f"{k}={v}" for k, v in operator.cookies.items())
    address = f"{web.url}/console/live?seen={seen[1]}"
    async with asyncio.timeout(60), web.session.get(address, headers={"Cookie": cookies}) as response:
        found: list[bytes] = []
        async for line in response.content:
            if line.startswith(b"event: "):
                found.append(line)
            if len(found) == 2:
                break
    assert found == [b"event: state\n", b"event: changed\n"]


async def test_a_stream_ends_with_its_session(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    cookies = "; ".join(f"{k}={v}" for k, v in operator.cookies.items())
    async with web.session.get(web.url + "/console/live", headers={"Cookie": cookies}) as response:
        assert await response.content.readline() == b"event: state\n"
        await operator.get("/console/me")
        await operator.post("/console/logout")
        async with asyncio.timeout(60):
            while await response.content.readline():
                pass


async def test_a_ribbon_leads_to_the_documents_that_it_counts(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA, "000.00.21.H52", subject="V/v một")
    await web.send(SON_LA, VPCP, subject="V/v hai")
    for role in ("operator", "auditor"):
        visitor = await Visitor(web).enter(role)
        for period, days in (("day", 0), ("week", 7)):
            await visitor.get(f"/console?lang=en&period={period}")
            first = vietnam_date(NOON) - timedelta(days=days)
            href = f"/console/documents?since={first}&amp;from_tier=central&amp;to_tier=provincial"
            said = "Central → Provincial: 1, look at the documents"
            assert f'<a href="{href}" aria-label="{said}">' in visitor.last
            assert visitor.last.count(f'href="{href}"') == 2, "the picture, and its twin"
        await visitor.get(html.unescape(href))
        assert f"/console/documents/{bare(sent.message.id)}" in visitor.last
        assert len(set(re.findall(r"/console/documents/[0-9a-f-]{36}", visitor.last))) == 1


class Watcher:
    """A board that somebody has open: at each word of the stream it asks for its part again, as the page's script
    does."""

    def __init__(self, web: Web, visitor: Visitor) -> None:
        self.web, self.visitor = web, visitor
        self.told: list[str] = []
        self.parts: list[str] = []
        self.began = asyncio.Event()

    async def watch(self, documents: int) -> None:
        """Until its board shows so many."""
        cookies = "; ".join(f"{k}={v}" for k, v in self.visitor.cookies.items())
        async with self.web.session.get(self.web.url + "/console/live", headers={"Cookie": cookies}) as response:
            while line := await response.content.readline():
                if not line.startswith(b"event: "):
                    continue
                self.told.append(line[7:].strip().decode())
                self.began.set()
                await self.look()
                while newer := re.search(r'data-again="([0-9]+)"', self.parts[-1]):
                    await asyncio.sleep(int(newer[1]) / 1000)
                    await self.look()
                if f"{documents} in the period" in self.parts[-1]:
                    return

    async def look(self) -> None:
        answer = await self.visitor.get("/console/overview/live?period=day&lang=en")
        assert answer.status == 200
        self.parts.append(answer.body.decode())


async def test_under_load_many_watchers_share_one_count_and_no_acceptance_waits(web: Web) -> None:
    """While documents come in, the board stays live for all who look: it is made at most once a second, however many
    look, and while somebody waits for one that is being made, documents are accepted all the same."""
    visitors = [await Visitor(web).enter(role) for role in ("operator", "auditor") for _ in range(10)]
    board = boards_of(web.hub.exchange).of["day"]
    began = time.monotonic()
    watchers = [Watcher(web, visitor) for visitor in visitors]
    tasks = [asyncio.create_task(watcher.watch(60)) for watcher in watchers]
    async with asyncio.timeout(60):
        await asyncio.gather(*(watcher.began.wait() for watcher in watchers))
        for _ in range(30):
            await web.send(VPCP, SON_LA)
        async with board.turn:  # somebody's board is being made, for as long as this lasts
            for _ in range(30):
                await web.send(VPCP, SON_LA)
        await asyncio.gather(*tasks)
    most = 1 + (time.monotonic() - began) / LEAST_SECONDS
    looks = sum(len(watcher.parts) for watcher in watchers)
    assert looks >= 2 * len(watchers)
    assert board.made <= most, "one count for all"
    for watcher in watchers:
        assert sum(told == "changed" for told in watcher.told) <= most, "once a second, not once a document"
        assert re.search(r"<dd[^>]*>60</dd>|>60<", watcher.parts[-1])


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
async def test_a_board_that_is_older_than_the_change_is_looked_at_again(web: Web) -> None:
    """A figure that many share may be some seconds old when a change is told; no other change may come after it."""
    async with a_browser() as browser:
        tab = await Tab.opened(browser, web, "operator", lang="en")
        await tab.go("/console")
        waiting = tab.page.locator(".figs dd").first
        await expect(waiting).to_have_text("0")
        board = boards_of(web.hub.exchange).of["week"]
        board.until = time.monotonic() + 2.5  # as of one that took a quarter of a second
        async with tab.page.expect_response("**/overview/live*"):
            await web.send(VPCP, SON_LA)
        await expect(waiting).to_have_text("1")
        await expect(tab.page.locator("[data-again]")).to_have_count(0)
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
