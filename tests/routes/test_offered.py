"""What was read is never called unread, over HTTP: slow downloads, answers that never came, and what is no reading."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from hub.base.config import MailboxSettings
from hub.core import wire
from hub.core.edxml import Attachment
from hub.core.errors import Unavailable
from hub.core.model import StatusCode
from tests.support.axis import HOUR, NOON, SON_LA, VPCP
from tests.support.web import Web, a_web, bare

LEASE = 60_000
BRIEF = MailboxSettings(warn_hours=(1.0,) * 5, expire_hours=(2.0,) * 5)


def content_of(sent: wire.Submitted) -> str:
    return f"/v1/documents/{bare(sent.message.id)}/content"


async def large(web: Web) -> tuple[wire.Submitted, bytes]:
    """More than the buffers between the hub and a reader that waits take."""
    attachment = Attachment("cid:1", "a.bin", content_type="application/octet-stream", data=os.urandom(9_000_000))
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [attachment])
    return (await web.submit(data, VPCP)).record(wire.Submitted), data


async def delivery(web: Web, sent: wire.Submitted) -> wire.Delivery:
    """As its sender sees it."""
    (row,) = (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).record(wire.Life).deliveries
    return row


async def reasons(web: Web, sent: wire.Submitted) -> list[tuple[str, list[str]]]:
    life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).record(wire.Life)
    return [(event.event, event.reasons) for event in life.timeline if event.recipient]


async def take_back(web: Web, sent: wire.Submitted) -> wire.Submitted:
    status = web.status(VPCP, StatusCode.TAKE_BACK, sent)
    return (await web.submit(status, VPCP, "/v1/statuses")).record(wire.Submitted)


def later(web: Web, at: int) -> None:
    """It is that late after noon; tokens of before have ended."""
    web.axis.clock.now = NOON + at
    web.tokens.clear()


async def fetched(web: Web) -> list[str]:
    answer = await web.call("POST", "/v1/inbox/fetch", SON_LA, json={"limit": 10})
    return [item.message.id for item in answer.record(wire.Inbox).items]


@asynccontextmanager
async def slow_download(web: Web, sent: wire.Submitted) -> AsyncIterator[asyncio.StreamReader]:
    """The head of the answer has come, of its body only what fits into buffers."""
    reader, writer = await asyncio.open_connection(*web.address, limit=1 << 12)
    token = await web.token(SON_LA)
    head = f"GET {content_of(sent)} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    try:
        writer.write(head.encode())
        async with asyncio.timeout(60):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        yield reader
    finally:
        writer.close()


async def test_a_download_longer_than_its_lease_is_asked_back_and_comes_whole(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, mailbox=BRIEF) as web:
        sent, data = await large(web)
        async with slow_download(web, sent) as reader:
            later(web, 3 * LEASE)
            assert await fetched(web) == [], "it is in hand as long as it is on its way"
            asked = await take_back(web, sent)
            assert asked.recipients == [SON_LA]
            row = await delivery(web, sent)
            assert (row.state, row.take_back_pending) == ("waiting", True)
            assert row.offered_at
            async with asyncio.timeout(30):
                assert await reader.read(-1) == data
        assert await reasons(web, sent) == []
        (done,) = (await web.take(SON_LA, sent)).record(wire.Acknowledgements).items
        assert done.state == "handed_over"


async def test_a_download_over_the_end_of_its_time_is_waited_for(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, mailbox=BRIEF) as web:
        sent, data = await large(web)
        later(web, HOUR)
        await web.hub.exchange.sweep()
        later(web, 2 * HOUR - 1)
        async with slow_download(web, sent) as reader:
            for step in range(5):
                later(web, 2 * HOUR + step * LEASE)
                await web.hub.exchange.sweep()
            assert (await delivery(web, sent)).state == "waiting"
            async with asyncio.timeout(30):
                assert await reader.read(-1) == data
        (done,) = (await web.take(SON_LA, sent)).record(wire.Acknowledgements).items
        assert done.state == "handed_over"


async def test_who_reads_everything_and_signs_nothing_is_told_of_as_such(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, mailbox=BRIEF) as web:
        read, unread = await web.send(VPCP, SON_LA), await web.send(VPCP, SON_LA)
        assert (await web.get(content_of(read), SON_LA)).status == 200
        for hours in (1, 2):
            later(web, hours * HOUR)
            await web.hub.exchange.sweep()
        ends = ("HandoverWarning", "AcceptanceRejectionExpiry")
        assert await reasons(web, read) == [(event, ["FETCHED_NOT_ACKNOWLEDGED"]) for event in ends]
        words = ("NOT_FETCHED_YET", "NOT_FETCHED_IN_TIME")
        assert await reasons(web, unread) == [(event, [word]) for event, word in zip(ends, words, strict=True)]


@pytest.mark.parametrize(
    ("method", "header"),
    [("HEAD", {}), ("GET", {"If-None-Match": "*"}), ("GET", {"Range": "bytes=99999999-"})],
    ids=["HEAD", "304", "416"],
)
async def test_to_be_told_of_bytes_without_one_is_no_reading(
    tmp_path: Path, keys: Path, method: str, header: dict[str, str]
) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        sent = await web.send(VPCP, SON_LA)
        answer = await web.call(method, content_of(sent), SON_LA, headers=header)
        assert answer.body == b""
        assert not (await delivery(web, sent)).offered_at
        assert (await take_back(web, sent)).recipients == []
        assert await reasons(web, sent) == [("RecallConfirmed", ["NEVER_FETCHED"])]


@pytest.mark.parametrize("way", ["fetch", "content"])
async def test_where_it_cannot_be_put_on_record_no_byte_leaves(
    tmp_path: Path, keys: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        sent = await web.send(VPCP, SON_LA)
        await web.token(SON_LA)

        async def broken(work: object) -> object:
            raise Unavailable(found="injected: commit")

        with monkeypatch.context() as patched:
            patched.setattr(web.store, "write", broken)
            if way == "fetch":
                answer = await web.call("POST", "/v1/inbox/fetch", SON_LA, json={"content": True})
            else:
                answer = await web.get(content_of(sent), SON_LA)
        assert answer.status == 503
        assert sent.message.sha256 not in answer.body.decode()
        assert not (await delivery(web, sent)).offered_at
        assert await fetched(web) == [sent.message.id], "nobody has it in hand"


async def test_what_comes_along_with_its_bytes_is_offered_too(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        sent = await web.send(VPCP, SON_LA)
        answer = await web.call("POST", "/v1/inbox/fetch", SON_LA, json={"content": True})
        (item,) = answer.record(wire.Inbox).items
        assert item.content is not None
        assert item.delivery.offered_at == (await delivery(web, sent)).offered_at != ""
        later(web, 10 * LEASE)
        assert (await take_back(web, sent)).recipients == [SON_LA]


async def test_what_was_refused_is_readable_no_more(tmp_path: Path, keys: Path) -> None:
    """By 02 as by content that was bad: it was returned, and its sender need not ask for it back."""
    async with a_web(tmp_path / "hub", keys) as web:
        sent = await web.send(VPCP, SON_LA)
        await web.take(SON_LA, sent)
        assert (await web.get(content_of(sent), SON_LA)).status == 200
        refusal = web.status(SON_LA, StatusCode.REFUSED, sent)
        assert (await web.submit(refusal, SON_LA, "/v1/statuses")).status == 201
        answer = await web.get(content_of(sent), SON_LA)
        assert (answer.status, answer.problem.code) == (409, "CONFLICT_DELIVERY_STATE")
        assert (await web.get(content_of(sent), VPCP)).status == 200, "its sender's it stays"
        bundle = await web.get(f"/v1/documents/{bare(sent.message.id)}/evidence", SON_LA, params={"document": "true"})
        assert (bundle.status, bundle.problem.code) == (409, "CONFLICT_DELIVERY_STATE")
        asked = await web.submit(web.status(VPCP, StatusCode.TAKE_BACK, sent), VPCP, "/v1/statuses")
        assert msgspec.json.decode(asked.body)["code"] == "STATUS_NOTHING_TO_TAKE_BACK"
