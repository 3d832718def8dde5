"""Inbox, fetch, acknowledgement and outbox over HTTP."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from hub.core import wire
from hub.core.edxml import Attachment
from hub.core.evidence.receipt import parse
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SON_LA, VPCP, priority
from tests.support.web import Web, a_web, bare, until

pytestmark = pytest.mark.asyncio(loop_scope="function")


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    """A hub for each test: mailboxes begin empty."""
    async with a_web(tmp_path / "hub", keys) as opened:
        yield opened


async def fetch(web: Web, who: str, **wanted: object) -> wire.Inbox:
    return (await web.call("POST", "/v1/inbox/fetch", who, json=wanted)).record(wire.Inbox)


def ids(page: wire.Inbox | wire.Outbox) -> list[str]:
    return [item.message.id for item in page.items]


async def test_an_inbox_is_walked_by_its_cursor_urgent_first(web: Web) -> None:
    sent = [await web.send(VPCP, SON_LA) for _ in range(4)]
    urgent = await web.send(VPCP, SON_LA, other=priority(3))
    walked: list[str] = []
    cursor = ""
    while True:
        page = (await web.get("/v1/inbox", SON_LA, params={"limit": "2", "cursor": cursor})).record(wire.Inbox)
        walked += ids(page)
        cursor = page.cursor
        if not cursor:
            break
    assert walked == [urgent.message.id, *(s.message.id for s in sent)]
    looked = (await web.get("/v1/inbox", SON_LA)).record(wire.Inbox)
    assert ids(looked) == walked
    assert not any(item.leased_until for item in looked.items)


async def test_states_of_an_inbox(web: Web) -> None:
    sent = [await web.send(VPCP, SON_LA) for _ in range(2)]
    await web.take(SON_LA, sent[0])
    for state, expected in [("waiting", [sent[1]]), ("handed_over", [sent[0]]), ("refused", []), ("expired", [])]:
        page = (await web.get("/v1/inbox", SON_LA, params={"state": state})).record(wire.Inbox)
        assert ids(page) == [s.message.id for s in expected]
    assert (await web.get("/v1/inbox", MAI_SON)).record(wire.Inbox).items == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=1e3",
        "limit=1.0",
        "limit=1&limit=2",
        "state=lost",
        "unknown=1",
        "cursor=x",
        "cursor=1.",
        "cursor=.1",
        "cursor=-1.1",
        "cursor=9999999999999999999.1",
        "cursor=1.99999999999999999999",
        "cursor=%D9%A1.%D9%A1",
        "%ff=%fe",
        "state=%ED%A0%80",
        "agency=%00",
    ],
)
async def test_queries_that_are_wrong(web: Web, query: str) -> None:
    for path in ("/v1/inbox", "/v1/outbox"):
        answer = await web.get(f"{path}?{query}", SON_LA)
        assert answer.status in (400, 403)
        assert answer.problem.fault == "caller"


async def test_another_agencys_mailbox(web: Web) -> None:
    for path in ("/v1/inbox", "/v1/outbox", "/v1/events"):
        assert (await web.get(f"{path}?agency={VPCP}", SON_LA)).problem.code == "ACCESS_FORBIDDEN"
    answer = await web.call("POST", "/v1/inbox/fetch", SON_LA, json={"agency": VPCP})
    assert answer.problem.code == "ACCESS_FORBIDDEN"


async def test_a_fetched_document_is_kept_from_other_workers_until_its_lease_ends(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    first = await fetch(web, SON_LA)
    assert ids(first) == [sent.message.id]
    assert first.items[0].leased_until == "2026-11-22T04:01:00.000Z"
    assert (await fetch(web, SON_LA)).items == []
    web.axis.clock.forward(60_001)
    assert ids(await fetch(web, SON_LA)) == [sent.message.id]


async def test_a_long_poll_wakes_when_something_comes(web: Web) -> None:
    polls = [asyncio.ensure_future(fetch(web, SON_LA, wait=30)) for _ in range(3)]
    await until(lambda: len(web.hub.exchange.notices) == 3)
    sent = await web.send(VPCP, SON_LA)
    done, waiting = await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED, timeout=60)
    assert [ids(poll.result()) for poll in done] == [[sent.message.id]]  # to one worker only
    assert len(waiting) == 2
    for poll in waiting:
        poll.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await until(lambda: len(web.hub.exchange.notices) == 0)


async def test_a_poll_without_patience_is_answered_at_once(web: Web) -> None:
    assert (await fetch(web, SON_LA, wait=0)).items == []


@pytest.mark.parametrize(
    "body", [{"limit": 0}, {"wait": -1}, {"wait": 301}, {"wait": "1"}, {"limit": 1.5}, [], 1, None, "x"]
)
async def test_fetch_requests_that_are_wrong(web: Web, body: object) -> None:
    assert (await web.call("POST", "/v1/inbox/fetch", SON_LA, json=body)).problem.code == "REQUEST_INVALID"


async def test_what_comes_with_a_fetch_is_byte_for_byte_what_is_read_at_its_address(web: Web) -> None:
    for size in (0, 1, 3_000, 44_000, 44_700, 70_000):
        files = [Attachment("cid:1", "a.bin", content_type="application/octet-stream", data=os.urandom(size))]
        data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), files if size else [])
        assert (await web.submit(data, VPCP)).status == 201
    came = (await fetch(web, SON_LA, content=True)).items
    assert len(came) == 6
    for item in came:
        got = await web.get(f"/v1/documents/{bare(item.message.id)}/content", SON_LA)
        assert hashlib.sha256(got.body).hexdigest() == item.message.sha256
        assert item.content == (got.body if item.message.size <= 64 * 1024 else None)
    assert {item.content is None for item in came} == {True, False}


async def test_the_bytes_of_one_answer_are_bounded_by_the_settings(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "small", keys, fetch_bytes=12_000) as small:
        sent = [await small.send(VPCP, SON_LA) for _ in range(8)]
        came = (await fetch(small, SON_LA, content=True)).items
    assert [item.message.id for item in came] == [s.message.id for s in sent]
    sizes = [len(item.content) for item in came if item.content is not None]
    assert 0 < len(sizes) < 8
    assert sum(sizes) <= 12_000


async def test_without_being_asked_for_no_bytes_come_and_no_member_that_an_older_client_does_not_know(web: Web) -> None:
    await web.send(VPCP, SON_LA)
    answer = await web.call("POST", "/v1/inbox/fetch", SON_LA, json={"limit": 1})
    (item,) = msgspec.json.decode(answer.body)["items"]
    assert set(item) == {"message", "delivery", "leased_until"}


async def test_a_body_that_comes_in_two_parts_is_the_same_as_in_one(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    body = b'{"limit": 3, "content": true}'
    head = (
        f"POST /v1/inbox/fetch HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        f"Authorization: Bearer {await web.token(SON_LA)}\r\n\r\n"
    ).encode()
    reader, writer = await asyncio.open_connection(*web.address)
    writer.write(head + body[:9])
    await writer.drain()
    await web.get("/healthz")  # the head was read by then
    writer.write(body[9:])
    async with asyncio.timeout(60):
        answer = await reader.read()
    writer.close()
    taken = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2], type=wire.Inbox)
    assert ids(taken) == [sent.message.id]


@pytest.mark.parametrize("encoding", ["gzip", "identity, gzip"])
async def test_a_small_body_in_another_encoding_is_refused_like_a_large_one(web: Web, encoding: str) -> None:
    answer = await web.call("POST", "/v1/inbox/fetch", SON_LA, json={}, headers={"Content-Encoding": encoding})
    assert (answer.status, answer.problem.code) == (415, "REQUEST_CONTENT_ENCODING")


async def test_each_item_of_an_acknowledgement_has_its_own_outcome(web: Web) -> None:
    good, wrong = await web.send(VPCP, SON_LA), await web.send(VPCP, SON_LA)
    others = await web.send(VPCP, MAI_SON)
    pairs = [
        (good.message.id, good.message.sha256),
        (wrong.message.id, good.message.sha256),
        (others.message.id, others.message.sha256),
    ]
    answer = await web.acknowledge(SON_LA, pairs)
    items = answer.record(wire.Acknowledgements).items
    assert [i.state for i in items] == ["handed_over", "", ""]
    assert [i.problem and i.problem.code for i in items] == [None, "ACKNOWLEDGEMENT_INVALID", "ACCESS_NOT_FOUND"]
    assert parse(items[0].receipt.encode()).evidence
    again = (await web.take(SON_LA, good)).record(wire.Acknowledgements).items[0]
    assert (again.repeated, again.evidence, again.receipt) == (True, items[0].evidence, items[0].receipt)


async def test_when_no_item_stands_the_answer_is_a_problem(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    answer = await web.acknowledge(SON_LA, [(sent.message.id, "0" * 64)])
    assert (answer.status, answer.problem.code) == (422, "ACKNOWLEDGEMENT_INVALID")


async def test_an_acknowledgement_of_another(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    pairs = [(sent.message.id, sent.message.sha256)]
    answer = await web.acknowledge(SON_LA, pairs, who=MAI_SON)  # stolen from the wire
    assert answer.problem.code == "ACKNOWLEDGEMENT_INVALID"
    answer = await web.acknowledge(MAI_SON, pairs)
    assert answer.problem.code == "ACCESS_NOT_FOUND"


async def test_a_client_that_cannot_sign(web: Web) -> None:
    sent = await web.send(VPCP, CHIENG_MUNG)
    items = [{"message": sent.message.id, "sha256": sent.message.sha256}]
    answer = await web.call("POST", "/v1/inbox/acknowledge", CHIENG_MUNG, json={"items": items})
    assert answer.record(wire.Acknowledgements).items[0].state == "handed_over"
    life = await web.get(f"/v1/documents/{sent.message.id}", VPCP)
    assert [e.countersigned for e in life.record(wire.Life).timeline] == [False, False]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"signed": "x", "items": [{"message": "x", "sha256": "0" * 64}]},
        {"items": [{"message": "x", "sha256": "0" * 63}]},
        {"items": [{"message": "x", "sha256": "0" * 64}] * 1001},
        {"signed": "a.b.c"},
        {"signed": "\ud7ff" * 100},
        {"items": [{"message": "\u0000", "sha256": "0" * 64}]},
    ],
)
async def test_acknowledgements_that_are_none(web: Web, body: object) -> None:
    answer = await web.call("POST", "/v1/inbox/acknowledge", SON_LA, json=body)
    assert answer.problem.code in ("REQUEST_INVALID", "ACKNOWLEDGEMENT_INVALID", "ACCESS_NOT_FOUND")


async def test_an_outbox_is_walked_newest_first(web: Web) -> None:
    sent = [await web.send(VPCP, SON_LA, HA_NOI) for _ in range(5)]
    await web.take(HA_NOI, sent[4])
    walked: list[str] = []
    cursor = ""
    for _ in range(3):
        page = (await web.get("/v1/outbox", VPCP, params={"limit": "2", "cursor": cursor})).record(wire.Outbox)
        walked += ids(page)
        cursor = page.cursor
        assert {d.recipient for item in page.items for d in item.deliveries} == {SON_LA, HA_NOI}
    assert cursor == ""
    assert walked == [s.message.id for s in reversed(sent)]
    newest = (await web.get("/v1/outbox?limit=1", VPCP)).record(wire.Outbox).items[0]
    assert {d.recipient: d.state for d in newest.deliveries} == {SON_LA: "waiting", HA_NOI: "handed_over"}


async def test_a_page_of_the_outbox_ends_early_when_it_grows_too_long(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.routes.mailbox._DELIVERIES", 3)
    sent = [await web.send(VPCP, *to) for to in ([SON_LA, HA_NOI, MAI_SON, CHIENG_MUNG], [SON_LA], [SON_LA, HA_NOI])]
    pages: list[list[str]] = []
    cursor = ""
    while not pages or cursor:
        page = (await web.get("/v1/outbox", VPCP, params={"cursor": cursor})).record(wire.Outbox)
        pages.append(ids(page))
        cursor = page.cursor
    assert pages == [[sent[2].message.id, sent[1].message.id], [sent[0].message.id]]
