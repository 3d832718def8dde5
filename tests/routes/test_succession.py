"""A merger in mid-flight over HTTP: the successor's mailbox and outbox are those of whom it took over, too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from clients import receipts
from clients.axis import AxisClient
from clients.transport import Backoff
from hub.core import wire
from hub.core.edxml import Attachment
from hub.core.errors import ProofInvalid
from hub.core.model import MessageKind, StatusCode
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA, VPCP, priority, recall
from tests.support.web import Web, a_web, bare

ONCE = Backoff(tries=1)


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path / "hub", keys) as opened:
        yield opened


async def merged(web: Web) -> None:
    ended = msgspec.structs.replace(
        web.axis.exchange.directory[MAI_SON], valid_to=date(2026, 11, 21), successor=CHIENG_MUNG
    )
    await web.axis.exchange.change_directory([ended], "test")


def ids(page: wire.Inbox | wire.Outbox) -> list[str]:
    return [item.message.id for item in page.items]


async def test_a_mailbox_that_was_taken_over_is_listed_page_by_page(web: Web) -> None:
    sent = []
    for to in ([MAI_SON], [CHIENG_MUNG], [MAI_SON, CHIENG_MUNG], [MAI_SON], [CHIENG_MUNG]):
        answer = await web.send(VPCP, *to)
        sent += [(answer.message.id, code) for code in to]
    urgent = await web.send(VPCP, MAI_SON, other=priority(2))
    await merged(web)
    for limit in range(1, 8):
        seen, cursor = [], ""
        while True:
            params = {"limit": str(limit), "cursor": cursor}
            page = (await web.get("/v1/inbox", CHIENG_MUNG, params=params)).record(wire.Inbox)
            seen += [(item.message.id, item.delivery.recipient) for item in page.items]
            cursor = page.cursor
            if not cursor:
                break
        assert seen[0] == (urgent.message.id, MAI_SON)
        assert sorted(seen[1:]) == sorted(sent)
        assert [message for message, _ in seen[1:]] == [message for message, _ in sent]


async def test_an_outbox_that_was_taken_over_is_listed_newest_first(web: Web) -> None:
    sent = [(await web.send(code, SON_LA)).message.id for code in (MAI_SON, CHIENG_MUNG, MAI_SON, CHIENG_MUNG)]
    assert ids((await web.get("/v1/outbox", CHIENG_MUNG)).record(wire.Outbox)) == [sent[3], sent[1]]
    await merged(web)
    seen, cursor = [], ""
    while True:
        page = (await web.get("/v1/outbox", CHIENG_MUNG, params={"limit": "1", "cursor": cursor})).record(wire.Outbox)
        seen += ids(page)
        cursor = page.cursor
        if not cursor:
            break
    assert seen == sent[::-1]
    assert ids((await web.get("/v1/outbox", CHIENG_MUNG, params={"agency": MAI_SON})).record(wire.Outbox)) == [
        sent[2],
        sent[0],
    ]


async def test_what_it_took_over_it_may_read_and_prove_and_nobody_else_may(web: Web) -> None:
    sent = await web.send(MAI_SON, SON_LA)
    came = await web.send(VPCP, MAI_SON)
    paths = [
        f"/v1/documents/{bare(one.message.id)}{part}"
        for one in (sent, came)
        for part in ("", "/content", "/receipt", "/evidence")
    ]
    assert {(await web.get(path, CHIENG_MUNG)).status for path in paths} == {404}
    await merged(web)
    assert {(await web.get(path, CHIENG_MUNG)).status for path in paths} == {200}
    assert {(await web.get(path, HA_NOI)).status for path in paths} == {404}
    assert (await web.get("/v1/inbox", HA_NOI, params={"agency": MAI_SON})).status == 403


async def test_a_client_fetches_acknowledges_and_answers_for_both(web: Web) -> None:
    """One document went to both: the client signs for it twice, each time in the right name."""
    sent = await web.send(VPCP, MAI_SON, CHIENG_MUNG)
    alone = await web.send(VPCP, MAI_SON)
    await merged(web)
    mine = web.credential(CHIENG_MUNG)
    clock = web.axis.clock
    async with AxisClient(
        web.url, CHIENG_MUNG, mine.key, mine.chain, backoff=ONCE, clock=lambda: clock() / 1000
    ) as axis:
        items = await axis.fetch(10)
        assert len(items) == 2
        items += await axis.fetch(10)
        assert sorted(item.delivery.recipient for item in items) == sorted([CHIENG_MUNG, MAI_SON, MAI_SON])
        answer = await axis.acknowledge(items)
        assert all(item.problem is None for item in answer.items)
        await axis.status(StatusCode.ACCEPTED, alone.message)
    for one in (sent, alone):
        life = (await web.get(f"/v1/documents/{bare(one.message.id)}", VPCP)).record(wire.Life)
        assert {d.state for d in life.deliveries} == {"handed_over"}


async def test_a_long_poll_hears_what_comes_to_an_agency_that_was_taken_over(web: Web) -> None:
    """A status to the ended sender arrives in its mailbox, and its successor is waiting."""
    sent = await web.send(MAI_SON, SON_LA)
    await web.take(SON_LA, sent)
    await merged(web)
    waiting = asyncio.create_task(web.call("POST", "/v1/inbox/fetch", CHIENG_MUNG, json={"wait": 30}))
    while len(web.hub.exchange.notices) == 0:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    said = (await web.submit(web.status(SON_LA, StatusCode.ACCEPTED, sent), SON_LA)).record(wire.Submitted)
    async with asyncio.timeout(60):
        assert ids((await waiting).record(wire.Inbox)) == [said.message.id]


async def test_a_large_recall_of_the_successor_is_understood_in_a_process_of_its_own(web: Web) -> None:
    """The worker holds no directory; it is told in whose place the sender stands."""
    sent = await web.send(MAI_SON, SON_LA)
    await merged(web)
    document = web.axis.document(CHIENG_MUNG, [SON_LA], business=recall(sent.message.document_id))
    data = web.axis.sign(document, [Attachment("1", "kem.pdf", "", "application/pdf", LARGE)])
    (await web.submit(data, CHIENG_MUNG)).record(wire.Submitted)
    life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", CHIENG_MUNG)).record(wire.Life)
    assert [d.state for d in life.deliveries] == ["taken_back"]


async def test_a_client_that_makes_its_status_again_gets_the_receipt_of_the_first(web: Web) -> None:
    """Other bytes, another digest: the client holds the receipt against what the first one said, not against these."""
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    mine, clock = web.credential(SON_LA), web.axis.clock
    async with AxisClient(web.url, SON_LA, mine.key, mine.chain, backoff=ONCE, clock=lambda: clock() / 1000) as axis:
        first = await axis.status(StatusCode.ACCEPTED, sent.message)
        clock.forward(5_000)
        again = await axis.status(StatusCode.ACCEPTED, sent.message)
        assert again.data != first.data
        assert (again.answer.repeated, again.answer.message.id) == (True, first.answer.message.id)
        assert again.proof.raw == first.proof.raw
        other = web.status(SON_LA, StatusCode.IN_PROGRESS, sent)
        with pytest.raises(ProofInvalid):  # the receipt of a 03 is none of a 05
            receipts.check_submission(again.answer, other, MessageKind.STATUS, None, clock())


LARGE = b"%PDF-1.7\n" + bytes(range(256)) * 2_000
