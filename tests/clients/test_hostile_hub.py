"""A hub that wants to fill, lead astray or outlast its clients; over real connections."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from clients import protocol, sse
from clients.axis import AxisClient
from clients.errors import ClientError, UnexpectedAnswer
from clients.retry import ONCE
from hub.core import wire
from hub.pki.issue import Credential
from tests.clients.test_axis import a_message, an_item
from tests.support.axis import SON_LA, keyring
from tests.support.hostile import URN, UUID, hostile, said, speaking

MB = 1024 * 1024
MESSAGE = a_message("0" * 64)


@pytest.fixture
def credential(keys: Path) -> Credential:
    return keyring(str(keys)).agency(SON_LA)


def client(url: str, credential: Credential) -> AxisClient:
    return AxisClient(url, SON_LA, credential.key, credential.chain, backoff=ONCE)


Ask = Callable[[AxisClient], Awaitable[object]]
ASKS: dict[str, tuple[str, Ask, int]] = {
    "a record": ("/v1/documents/", lambda axis: axis.life(UUID), protocol.MAX_RECORD),
    "content": (f"/v1/documents/{UUID}/content", lambda axis: axis.content(UUID), protocol.MAX_CONTENT),
    "a receipt": (f"/v1/documents/{UUID}/receipt", lambda axis: axis.receipt(UUID), MB),
    "the outbox": ("/v1/outbox", lambda axis: axis.outbox(), protocol.MAX_OUTBOX),
}


@pytest.mark.parametrize("what", ASKS)
async def test_an_answer_without_end_is_read_up_to_its_bound(what: str, credential: Credential) -> None:
    path, ask, most = ASKS[what]
    async with hostile() as hub, client(hub.url, credential) as axis:
        hub.answers["GET", path] = hub.endless(b" " * MB)
        with pytest.raises(UnexpectedAnswer, match="more than"):
            await ask(axis)
        assert hub.sent <= most + 16 * MB, "what lies in buffers between"


@pytest.mark.parametrize("status", [401, 404, 422, 500, 503])
async def test_a_refusal_without_end_is_read_up_to_its_bound(status: int, credential: Credential) -> None:
    async with hostile() as hub, client(hub.url, credential) as axis:
        hub.answers["GET", "/v1/outbox"] = hub.endless(b" " * MB, status, **{"Content-Type": protocol.PROBLEM})
        with pytest.raises(UnexpectedAnswer, match="more than"):
            await axis.outbox()
        assert hub.sent <= protocol.MAX_PROBLEM + 16 * MB


async def test_a_length_that_is_too_large_is_not_waited_for(credential: Credential) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{"
    async with speaking(head) as url, AxisClient(url, backoff=ONCE) as axis:
        with pytest.raises(UnexpectedAnswer, match="more than"):
            await axis.search("a")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "zstd"])
async def test_a_compressed_answer_is_not_unpacked(encoding: str, credential: Credential) -> None:
    bomb = gzip.compress(b" " * 64 * MB, 9)
    assert len(bomb) < MB
    answer = said(bomb, **{"Content-Encoding": encoding})
    async with hostile(GET_v1_outbox=answer, GET_v1_events=answer) as hub, client(hub.url, credential) as axis:
        with pytest.raises(UnexpectedAnswer, match="Content-Encoding"):
            await axis.outbox()
        with pytest.raises(UnexpectedAnswer, match="Content-Encoding"):
            await anext(axis.events())


@pytest.mark.parametrize("heads", [b"X-A: " + b"a" * 100_000 + b"\r\n", b"X-A: a\r\n" * 100_000])
async def test_a_head_without_end_is_no_answer(heads: bytes) -> None:
    async with speaking(b"HTTP/1.1 200 OK\r\n" + heads + b"\r\n{}") as url, AxisClient(url, backoff=ONCE) as axis:
        with pytest.raises(ClientError):
            await axis.search("a")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused(status: int, credential: Credential) -> None:
    async with hostile() as other:
        away = said(b"", status, Location=f"{other.url}/v1/outbox")
        async with hostile(GET_v1_outbox=away, POST_v1_token=away) as hub, client(hub.url, credential) as axis:
            with pytest.raises(UnexpectedAnswer):
                await axis.outbox()
        assert other.asked == []


async def test_an_event_without_end_is_not_gathered(credential: Credential) -> None:
    async with hostile() as hub, client(hub.url, credential) as axis:
        for chunk in (b"data: x\n" * 10_000, b"data: " + b"x" * 60_000 + b"\n", b"x" * 100_000):
            hub.answers["GET", "/v1/events"] = hub.endless(chunk)
            with pytest.raises(UnexpectedAnswer, match="not end"):
                await anext(axis.events())


def test_a_chunk_of_short_lines_is_read_in_linear_steps() -> None:
    """Cutting off each line by itself copied the rest of the chunk each time."""

    class Counted(bytes):
        copied = 0

        def __getitem__(self, key: slice) -> bytes:  # type: ignore[override]
            part = bytes.__getitem__(self, key)
            Counted.copied += len(part)
            return part

        def __radd__(self, other: bytes) -> Counted:
            return Counted(other + bytes(self))

    class Rest(bytes):
        def __add__(self, other: bytes) -> Counted:  # type: ignore[override]
            return Counted(bytes(self) + other)

    reader = sse.Reader()
    reader._rest = Rest()
    assert list(reader.feed(b":\n" * 100_000)) == []
    assert 0 < Counted.copied <= 400_000


@pytest.mark.parametrize("last", ["\x01", "a\x7f", "ä", "x" * 300, "a b"])
async def test_an_id_that_is_no_header_is_not_sent_back(last: str) -> None:
    reader = sse.Reader("5")
    (event,) = reader.feed(f"id: {last}\ndata: x\n\n".encode())
    assert (reader.last_id, event.id) == ("5", "5")


@pytest.mark.parametrize("token", ["", "a\r\nX-Evil: 1", "a\n", "ä", "a b", "\x00", "x" * 9000])
async def test_a_token_that_is_no_header_is_no_token(token: str, credential: Credential) -> None:
    granted = said({"access_token": token, "expires_in": 600})
    async with hostile(POST_v1_token=granted) as hub, client(hub.url, credential) as axis:
        with pytest.raises(UnexpectedAnswer):
            await axis.outbox()
    assert [path for _, path, _ in hub.asked] == ["/v1/token"]


WRONG = [
    "/etc/cron.d/x", "../../x", f"urn:uuid:{UUID}/..", UUID, "", "urn:uuid:", f"{URN}\n", URN.upper(), f"{URN} ",
    f"urn:uuid:../../{UUID[6:]}", f"urn:uuid:\x1b[2J{UUID[4:]}", "urn:uuid:" + "٠" * 8 + UUID[8:],
]  # fmt: skip
"""Identifiers that are none."""


@pytest.mark.parametrize("wrong", WRONG)
async def test_an_identifier_has_one_form_in_every_answer(wrong: str, credential: Credential) -> None:
    message = replace(MESSAGE, id=wrong)
    delivery = an_item(b"", None).delivery
    event = wire.Event(evidence=wrong, leaf=1, event="e", at="2026-11-22T08:00:00.123Z")
    item = wire.InboxItem(message=message, delivery=delivery)
    inbox = said(wire.Inbox(items=[item]))
    acknowledged = said(wire.Acknowledgements(items=[wire.AcknowledgedItem(message=wrong)]))
    async with hostile() as hub, client(hub.url, credential) as axis:
        hub.answers |= {
            ("POST", "/v1/inbox/fetch"): inbox,
            ("GET", "/v1/inbox"): inbox,
            ("POST", "/v1/inbox/acknowledge"): acknowledged,
            ("GET", "/v1/outbox"): said(wire.Outbox(items=[wire.OutboxItem(message=message, deliveries=[])])),
            ("GET", f"/v1/documents/{UUID}"): said(wire.Life(message=MESSAGE, deliveries=[], timeline=[event])),
            ("POST", "/v1/documents"): said(wire.Submitted(message=message, receipt="", recipients=[])),
        }
        asks: list[Awaitable[object]] = [
            axis.fetch(), axis.look(), axis.acknowledge([(URN, "0" * 64)]), axis.outbox(), axis.life(UUID),
            axis.send(_document()),
        ]  # fmt: skip
        for ask in asks:
            with pytest.raises(UnexpectedAnswer):
                await ask


def _document() -> bytes:
    return (Path(__file__).parents[1] / "vectors" / "document.edxml").read_bytes()


@pytest.mark.parametrize("wrong", ["", "0" * 63, "A" * 64, "0" * 64 + "\n", "../" + "0" * 61])
async def test_a_digest_has_one_form(wrong: str, credential: Credential) -> None:
    item = wire.InboxItem(message=replace(MESSAGE, sha256=wrong), delivery=an_item(b"", None).delivery)
    async with hostile(POST_v1_inbox_fetch=said(wire.Inbox(items=[item]))) as hub, client(hub.url, credential) as axis:
        with pytest.raises(UnexpectedAnswer):
            await axis.fetch()


async def test_more_than_asked_for_and_one_twice_are_no_answer(credential: Credential) -> None:
    one, two = an_item(b"1", b"1", 1), an_item(b"2", b"2", 2)
    for items, limit in (([one, two], 1), ([one, replace(one, content=b"2")], 5)):
        answer = said(wire.Inbox(items=items))
        async with hostile(POST_v1_inbox_fetch=answer) as hub, client(hub.url, credential) as axis:
            with pytest.raises(UnexpectedAnswer):
                await axis.fetch(limit)


async def test_a_happening_about_no_identifier_says_look_for_yourself(credential: Credential) -> None:
    told = msgspec.json.encode({"what": "arrival", "message": "../../x"})
    answer = said(b"data: " + told + b"\n\n")
    async with hostile(GET_v1_events=answer) as hub, client(hub.url, credential) as axis:
        happening = await anext(axis.events())
    assert (happening.what, happening.message) == ("reset", "")
