"""One document on the console: who has it, whether it is genuine, and the proof of each step, by role."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from clients import verify_receipt
from hub.console import document_life
from hub.core import wire
from hub.core.edxml import Attachment, OtherInfo
from hub.core.evidence.format import Event
from hub.core.model import DeliveryState, MessageKind, Millis, Priority, StatusCode
from hub.store import DeliveryRow
from tests.console.browser import PHONE, WIDE, Tab, a_browser, needs_chromium
from tests.console.kit import Visitor, a_console
from tests.support.axis import CHIENG_MUNG, HA_NOI, HOUR, MAI_SON, SON_LA, VPCP
from tests.support.web import Web, bare

SUBJECT = "V/v tăng cường phòng, chống rét cho học sinh bán trú vùng cao"


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys) as opened:
        yield opened


async def a_life(web: Web) -> wire.Submitted:
    """Finished by one, returned by another, not fetched by two."""
    files = [Attachment("f", "1842-UBND-KGVX.pdf", data=b"%PDF-1.4\n%%EOF\n")]
    other = OtherInfo(priority=Priority.VERY_URGENT)
    places = (SON_LA, HA_NOI, MAI_SON, CHIENG_MUNG)
    data = web.axis.sign(web.axis.document(VPCP, places, subject=SUBJECT, other=other), files)
    sent = (await web.submit(data, VPCP)).record(wire.Submitted)
    for agency in (SON_LA, HA_NOI):
        web.axis.clock.forward(HOUR // 180)
        await web.take(agency, sent)
    for code in (StatusCode.ACCEPTED, StatusCode.IN_PROGRESS, StatusCode.FINISHED):
        web.axis.clock.forward(HOUR // 180)
        (await web.submit(web.status(SON_LA, code, sent), SON_LA, "/v1/statuses")).record(wire.Submitted)
    (await web.submit(web.status(HA_NOI, StatusCode.REFUSED, sent), HA_NOI, "/v1/statuses")).record(wire.Submitted)
    return sent


async def page(web: Web, who: str, path: str) -> Visitor:
    visitor = await Visitor(web).enter(who)
    answer = await visitor.get(path)
    assert answer.status == 200, answer.body[:400]
    return visitor


def evidence(visitor: Visitor) -> list[str]:
    """Of the dots, in their order."""
    part = visitor.last.split("<tbody", 1)[1].split("</table>")[0]
    return re.findall(r'href="/console/evidence/([0-9a-f-]+)"', part)


async def test_an_auditor_sees_every_place_problems_first_and_each_dot_is_an_evidence(web: Web) -> None:
    name = bare((await a_life(web)).message.id)
    before = (await web.store.last_checkpoint()).size  # type: ignore[union-attr]
    visitor = await page(web, "auditor", f"/console/documents/{name}")
    assert SUBJECT in visitor.text
    assert "1 returned it; 2 have not fetched it" in visitor.text
    assert "Genuine and unaltered" in visitor.text
    assert "1842-UBND-KGVX.pdf" in visitor.text
    order = re.findall(r'<br><span class="m q">([0-9.]+H\d\d)<', visitor.last)
    assert (order[0], order[-1]) == (HA_NOI, SON_LA)
    dots = evidence(visitor)
    assert len(dots) == 2 + 4
    events = []
    for dot in dots:
        one = await page(web, "auditor", f"/console/evidence/{dot}")
        events += re.findall(r'<dd class="m">(\w+)(?: (\d\d))?</dd>', one.last)[:1]
    assert events == [
        (Event.CONTENT_HANDOVER.short, ""),
        (Event.CONSIGNMENT_REJECTION.short, "02"),
        (Event.CONTENT_HANDOVER.short, ""),
        (Event.CONSIGNMENT_ACCEPTANCE.short, "03"),
        (Event.BUSINESS_STATUS.short, "05"),
        (Event.BUSINESS_STATUS.short, "06"),
    ]
    looks = [leaf.event for leaf in await web.store.leaves(before, 20)]
    assert looks == [Event.DOCUMENT_LOOKED_AT.short] * 7


async def test_a_recipient_sees_its_own_part(web: Web) -> None:
    name = bare((await a_life(web)).message.id)
    visitor = await page(web, "clerk", f"/console/documents/{name}")
    assert len(evidence(visitor)) == 4
    assert HA_NOI not in visitor.last
    assert "of 1 recipient" in visitor.text
    assert f"truc show --as {SON_LA} {name}" in visitor.text
    content = await visitor.get(f"/console/documents/{name}/content")
    assert content.status == 200
    assert SUBJECT.encode() in content.body
    other = bare((await web.send(VPCP, HA_NOI)).message.id)
    for path in (f"documents/{other}", f"documents/{other}/bundle", f"documents/{other}/content", f"evidence/{other}"):
        assert (await visitor.get(f"/console/{path}")).status == 404, path


async def test_an_operator_sees_the_way_and_no_word(web: Web) -> None:
    sent = await a_life(web)
    name = bare(sent.message.id)
    before = (await web.store.last_checkpoint()).size  # type: ignore[union-attr]
    visitor = await page(web, "operator", f"/console/documents/{name}")
    assert "1 returned it; 2 have not fetched it" in visitor.text
    assert visitor.last.count('class="x f d') == 2
    for secret in (SUBJECT, "1842-UBND-KGVX.pdf", "/console/evidence/", "bundle", "Nguyễn"):
        assert secret not in visitor.last, secret
    for path in ("bundle", "content"):
        assert (await visitor.get(f"/console/documents/{name}/{path}")).status == 403
    dot = bare((await web.get(f"/v1/documents/{name}", VPCP)).record(wire.Life).timeline[0].evidence)
    assert (await visitor.get(f"/console/evidence/{dot}")).status == 403
    assert (await visitor.get(f"/console/evidence/{dot}/receipt")).status == 403
    assert (await web.store.last_checkpoint()).size == before  # type: ignore[union-attr]


async def test_a_receipt_and_a_bundle_hold_elsewhere(web: Web) -> None:
    sent = await a_life(web)
    name = bare(sent.message.id)
    visitor = await page(web, "clerk", f"/console/documents/{name}")
    answer = await visitor.get(f"/console/evidence/{evidence(visitor)[0]}/receipt")
    assert answer.headers["Content-Disposition"].endswith('.tlog-proof"')
    rules = (await web.get("/log/vkey")).body
    content = (await visitor.get(f"/console/documents/{name}/content")).body
    proved = verify_receipt.verify(answer.body, verify_receipt.Policy(rules), content)
    assert proved["evidence"]["ERDSEventId"] == Event.CONTENT_HANDOVER
    bundle = await visitor.get(f"/console/documents/{name}/bundle")
    assert "document.edxml" not in zipfile.ZipFile(io.BytesIO(bundle.body)).namelist()


async def test_a_status_leads_to_its_document(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    answer = await web.submit(web.status(SON_LA, StatusCode.ACCEPTED, sent), SON_LA, "/v1/statuses")
    status = bare(answer.record(wire.Submitted).message.id)
    visitor = await Visitor(web).enter("clerk")
    led = await visitor.get(f"/console/documents/{status}")
    assert (led.status, led.headers["Location"]) == (303, f"/console/documents/{bare(sent.message.id)}")


def row(number: int, state: DeliveryState, progress: str = "", *, warned: bool = False) -> DeliveryRow:
    return DeliveryRow(
        message=1, recipient=f"{number:03}", kind=MessageKind.DOCUMENT, seq=1, lane=0, state=state,
        placed_at=Millis(1), progress=progress, warned=warned, handed_at=Millis(2) if progress else None,
    )  # fmt: skip


def test_problems_come_first_and_thousands_are_grouped() -> None:
    rows = [row(n, DeliveryState.HANDED_OVER, "06") for n in range(11_000)]
    rows += [row(11_000, DeliveryState.WAITING), row(11_001, DeliveryState.WAITING, warned=True)]
    rows.append(row(11_002, DeliveryState.EXPIRED))
    assert document_life.counted(rows) == [("expired", 1), ("waiting", 2), ("06", 11_000)]
    assert [r.recipient for r in document_life.ordered(rows, "")[:3]] == ["11002", "11001", "11000"]
    assert [r.recipient for r in document_life.ordered(rows, "waiting")] == ["11001", "11000"]
    (place,) = document_life.places(rows[:1], [], told=False)
    assert [dot is not None for dot in place.dots] == [True] * 4
    (place,) = document_life.places([row(1, DeliveryState.HANDED_OVER, "03")], [], told=False)
    assert [dot is not None for dot in place.dots] == [True, True, False, False]


async def test_one_state_is_shown_at_a_time_where_there_are_many(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_life, "GROUPED_ABOVE", 3)
    monkeypatch.setattr(document_life, "PAGE", 1)
    name = bare((await a_life(web)).message.id)

    async def shown(query: str) -> tuple[list[str], bool]:
        visitor = await page(web, "operator", f"/console/documents/{name}{query}")
        return re.findall(r'<br><span class="m q">([0-9.]+H\d\d)<', visitor.last), 'rel="next"' in visitor.last

    assert await shown("") == ([HA_NOI], False)
    first, more = await shown("?state=waiting")
    last, end = await shown("?state=waiting&page=2")
    assert {*first, *last} == {MAI_SON, CHIENG_MUNG}
    assert (more, end) == (True, False)
    assert await shown("?state=06") == ([SON_LA], False)
    assert await shown("?state=waiting&page=9") == ([], False)


@needs_chromium
async def test_the_document_in_a_browser(web: Web) -> None:
    name = bare((await a_life(web)).message.id)
    async with a_browser() as browser:
        for who, width, theme in (("auditor", WIDE, "light"), ("auditor", WIDE, "dark"), ("clerk", PHONE, "light")):
            tab = await Tab.opened(browser, web, who, width=width, theme=theme)
            await tab.go("/console/documents")
            await tab.page.locator(".docs a").first.click()
            await tab.page.wait_for_url(f"**/console/documents/{name}")
            await tab.accessible()
            await tab.fits()
            await tab.picture(f"document-{theme}-{width}")
            await tab.page.locator(".steps .x a").first.click()
            await tab.page.wait_for_url("**/console/evidence/*")
            await tab.accessible()
            await tab.fits()
            await tab.picture(f"evidence-{theme}-{width}")
            await tab.page.keyboard.press("Escape")
            await tab.page.wait_for_url(f"**/console/documents/{name}")
            await tab.close()
