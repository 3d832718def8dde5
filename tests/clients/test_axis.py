"""The client over real connections, against a server that answers what the test wrote down.

The hub itself is met in tests/e2e; here stand the answers that a good hub does not give: none, late, broken, forged.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from clients import protocol
from clients.axis import AxisClient
from clients.errors import Busy, ProblemError, UnexpectedAnswer, Unreachable
from clients.retry import Backoff
from clients.transport import NoCredential
from hub.core import wire
from hub.core.errors import ProofInvalid
from hub.core.evidence import acknowledgement
from hub.core.signature import assertion, jws
from hub.pki.issue import Credential
from tests.support.axis import NOON, SON_LA, keyring

GONE = object()
"""The server closes the connection without an answer."""


@dataclass
class Script:
    """A server: what it will answer, in order, and what it was asked. Tokens are granted unless scripted."""

    answers: list[object] = field(default_factory=list)
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    assertions: list[str] = field(default_factory=list)
    token_life: int = 600
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if request.path == "/v1/token" and not (self.answers and self.answers[0] == "token"):
            self.assertions.append(msgspec.json.decode(body)["assertion"])
            granted = wire.TokenAnswer(access_token=f"t{len(self.assertions)}", expires_in=self.token_life)
            return json(granted)
        self.asked.append((request.method, request.path_qs, body))
        self.headers.append(dict(request.headers))
        answer = self.answers.pop(0)
        if answer == "token":
            answer = self.answers.pop(0)
        if answer is GONE:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        assert isinstance(answer, web.StreamResponse)
        return answer


def json(record: object, status: int = 200, **headers: str) -> web.Response:
    media = "application/problem+json" if isinstance(record, wire.Problem) else "application/json"
    return web.Response(body=msgspec.json.encode(record), status=status, content_type=media, headers=headers)


def refusal(status: int, code: str = "X", retry_after: float = 0) -> web.Response:
    problem = wire.Problem(
        type="t", title="t", status=status, code=code, fault="hub", detail="d", vi="v", en="e", retry_after=retry_after
    )
    return json(problem, status)


@dataclass
class Time:
    """A clock that only sleeping moves."""

    now: float = NOON / 1000
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def credential(keys: Path) -> Credential:
    return keyring(str(keys)).agency(SON_LA)


@asynccontextmanager
async def scripted(*answers: object) -> AsyncIterator[Script]:
    script = Script(list(answers))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", script.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    script.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield script
    finally:
        await runner.cleanup()


def client(script: Script, credential: Credential, time: Time, **options: object) -> AxisClient:
    schedule = Backoff(first=1, longest=8, budget=60, tries=4)
    chosen = {"backoff": schedule, "sleep": time.sleep, "clock": time, "chance": lambda: 0.0} | options
    return AxisClient(script.url, SON_LA, credential.key, credential.chain, **chosen)


EMPTY = wire.Outbox(items=[])
ID = b"urn:uuid:01a2057f-6f84-80c3-b934-da0000000001"
VECTOR = (Path(__file__).parents[1] / "vectors" / "document.edxml").read_bytes()


@pytest.mark.parametrize(
    ("failures", "slept"),
    [
        ([refusal(503)], [0.5]),
        ([refusal(429, retry_after=7)], [7]),
        ([web.Response(status=502, text="bad gateway")], [0.5]),
        ([GONE], [0.5]),
        ([GONE, refusal(503), web.Response(status=504)], [0.5, 1, 2]),
    ],
)
async def test_what_may_succeed_is_tried_again(
    failures: Sequence[object], slept: list[float], credential: Credential
) -> None:
    time = Time()
    fresh = [_again(answer) for answer in failures]
    async with scripted(*fresh, json(wire.Inbox(items=[]))) as script, client(script, credential, time) as axis:
        assert await axis.fetch() == []
    assert time.slept == slept
    assert len(set(script.asked)) == 1, "the very same request each time"


def _again(answer: object) -> object:
    """A response object serves one connection: parametrised ones are copied."""
    if isinstance(answer, web.Response):
        return web.Response(body=answer.body, status=answer.status, headers=answer.headers.copy())
    return answer


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 415, 422])
async def test_a_refusal_is_never_tried_again(status: int, credential: Credential) -> None:
    time = Time()
    async with scripted(refusal(status, "CODE")) as script, client(script, credential, time) as axis:
        with pytest.raises(ProblemError) as caught:
            await axis.outbox()
    assert (caught.value.code, caught.value.status) == ("CODE", status)
    assert (len(script.asked), time.slept) == (1, [])


async def test_a_server_error_without_a_problem_is_not_tried_again(credential: Credential) -> None:
    async with scripted(web.Response(status=500)) as script, client(script, credential, Time()) as axis:
        with pytest.raises(UnexpectedAnswer):
            await axis.outbox()


async def test_busy_for_too_long_is_busy(credential: Credential) -> None:
    time = Time()
    async with scripted(*(refusal(503) for _ in range(4))) as script, client(script, credential, time) as axis:
        with pytest.raises(Busy):
            await axis.outbox()
    assert (len(script.asked), time.slept) == (4, [0.5, 1, 2])


async def test_a_wait_that_is_too_long_is_told_at_once(credential: Credential) -> None:
    time = Time()
    async with scripted(refusal(503, retry_after=3600)) as script, client(script, credential, time) as axis:
        with pytest.raises(Busy) as caught:
            await axis.outbox()
    assert caught.value.retry_after == 3600
    assert time.slept == []


async def test_nobody_there_is_unreachable(credential: Credential) -> None:
    time = Time()
    async with scripted() as script:
        pass
    async with client(script, credential, time) as axis:
        with pytest.raises(Unreachable):
            await axis.outbox()
    assert time.slept == [0.5, 1, 2]


async def test_one_token_serves_all_calls_and_is_renewed_in_time(credential: Credential) -> None:
    time = Time()
    async with scripted(*(json(EMPTY) for _ in range(7))) as script, client(script, credential, time) as axis:
        await asyncio.gather(*(axis.outbox() for _ in range(5)))
        assert len(script.assertions) == 1
        time.now += 481  # four fifths of 600 s
        await axis.outbox()
        await axis.outbox()
    assert len(script.assertions) == 2
    assert [h["Authorization"] for h in script.headers] == ["Bearer t1"] * 5 + ["Bearer t2"] * 2


async def test_the_assertion_is_for_this_hub_and_by_this_key(credential: Credential) -> None:
    time = Time()
    async with scripted(json(EMPTY)) as script, client(script, credential, time) as axis:
        await axis.outbox()
    kid = jws.key_id(credential.certificate)
    claims = assertion.verify(script.assertions[0], {kid: credential.certificate}, f"{script.url}/v1/token", NOON)
    assert claims.subject == SON_LA


async def test_401_brings_a_fresh_assertion_once(credential: Credential) -> None:
    async with scripted(refusal(401), json(EMPTY)) as script, client(script, credential, Time()) as axis:
        assert await axis.outbox() == EMPTY
    assert len(set(script.assertions)) == 2


async def test_401_twice_is_the_answer(credential: Credential) -> None:
    async with scripted(refusal(401, "A"), refusal(401, "B")) as script, client(script, credential, Time()) as axis:
        with pytest.raises(ProblemError) as caught:
            await axis.outbox()
    assert caught.value.code == "B"
    assert len(script.assertions) == 2


async def test_no_token_because_the_hub_is_busy_is_tried_again(credential: Credential) -> None:
    time = Time()
    async with scripted("token", refusal(503), json(EMPTY)) as script, client(script, credential, time) as axis:
        assert await axis.outbox() == EMPTY
    assert time.slept == [0.5]


async def test_public_calls_need_no_key_and_others_say_so() -> None:
    async with scripted(json(wire.Agencies(items=[], total=0))) as script, AxisClient(script.url) as axis:
        assert (await axis.search("sơn la")).total == 0
        with pytest.raises(NoCredential):
            await axis.outbox()
    assert "Authorization" not in script.headers[0]


async def test_a_token_does_not_follow_a_redirect(credential: Credential) -> None:
    async with scripted(json(EMPTY)) as other:
        away = web.Response(status=307, headers={"Location": f"{other.url}/v1/outbox"})
        async with scripted(away) as script, client(script, credential, Time()) as axis:
            with pytest.raises(UnexpectedAnswer):
                await axis.outbox()
        assert other.asked == []


async def test_a_hub_that_says_accepted_without_a_good_receipt_is_not_believed(credential: Credential) -> None:
    message = a_message(hashlib.sha256(VECTOR).hexdigest())
    for forged in ("", "c2sp.org/tlog-proof@v1\nindex 0\n\n"):
        answer = json(wire.Submitted(message=message, receipt=forged, recipients=[SON_LA]), 201)
        async with scripted(answer) as script, client(script, credential, Time()) as axis:
            with pytest.raises(ProofInvalid):
                await axis.send(VECTOR)
        assert script.asked[0][2] == VECTOR


async def test_content_other_than_the_inbox_named_is_not_handed_on(credential: Credential) -> None:
    delivery = wire.Delivery(recipient=SON_LA, state="waiting", seq=1, placed_at="")
    taken = wire.Inbox(items=[wire.InboxItem(message=a_message("0" * 64), delivery=delivery)])
    other = web.Response(body=b"<other/>", headers={"ETag": f'"{hashlib.sha256(b"<other/>").hexdigest()}"'})
    async with scripted(json(taken), other) as script, client(script, credential, Time()) as axis:
        (item,) = await axis.fetch()
        with pytest.raises(ProofInvalid):
            await item.acknowledge()
    assert len(script.asked) == 2, "nothing was signed for"


def an_item(data: bytes, content: bytes | None, number: int = 1) -> wire.InboxItem:
    delivery = wire.Delivery(recipient=SON_LA, state="waiting", seq=number, placed_at="")
    message = msgspec.structs.replace(
        a_message(hashlib.sha256(data).hexdigest()), id=f"urn:uuid:01a2057f-6f84-80c3-b934-da000000000{number}"
    )
    return wire.InboxItem(message=message, delivery=delivery, content=content)


async def test_content_that_came_along_is_not_asked_for_again(credential: Credential) -> None:
    taken = wire.Inbox(items=[an_item(b"<one/>", b"<one/>", 1), an_item(b"<two/>", None, 2)])
    answers = (json(taken), web.Response(body=b"<two/>"))
    async with scripted(*answers) as script, client(script, credential, Time()) as axis:
        one, two = await axis.fetch()
        assert [await one.content(), await two.content(), await two.content()] == [b"<one/>", b"<two/>", b"<two/>"]
    assert msgspec.json.decode(script.asked[0][2])["content"] is True
    assert [path for _, path, _ in script.asked[1:]] == [f"/v1/documents/{protocol.bare(two.message.id)}/content"]


async def test_content_that_came_along_and_is_other_than_named_is_not_signed_for(credential: Credential) -> None:
    taken = wire.Inbox(items=[an_item(b"<one/>", b"<one/>", 1), an_item(b"<two/>", b"<forged/>", 2)])
    async with scripted(json(taken)) as script, client(script, credential, Time()) as axis:
        items = await axis.fetch()
        with pytest.raises(ProofInvalid):
            await items[1].content()
        with pytest.raises(ProofInvalid):
            await axis.acknowledge(items)
    assert len(script.asked) == 1, "nothing was signed for"


async def test_a_batch_is_read_before_it_is_signed_for_and_signed_for_at_once(credential: Credential) -> None:
    taken = wire.Inbox(items=[an_item(b"<one/>", b"<one/>", 1), an_item(b"<two/>", None, 2)])
    answers = (json(taken), web.Response(body=b"<two/>"), refusal(409))
    async with scripted(*answers) as script, client(script, credential, Time()) as axis:
        async for items in axis.batches():
            with pytest.raises(ProblemError):
                await axis.acknowledge(items)
            break
    assert [path for _, path, _ in script.asked[1:]] == [
        f"/v1/documents/{protocol.bare(items[1].message.id)}/content",
        "/v1/inbox/acknowledge",
    ]
    signed = msgspec.json.decode(script.asked[2][2], type=wire.AcknowledgeRequest).signed
    claimed = acknowledgement.verify(signed, {jws.key_id(credential.certificate): credential.certificate})
    assert [item.message_id for item in claimed.items] == [item.message.id for item in items]


async def test_batches_end_when_nothing_comes_any_more_only_if_asked_to(credential: Credential) -> None:
    taken, empty = json(wire.Inbox(items=[an_item(b"<one/>", b"<one/>")])), [json(wire.Inbox(items=[])) for _ in "ab"]
    async with scripted(empty[0], taken, empty[1]) as script, client(script, credential, Time()) as axis:
        assert [len(items) async for items in axis.batches(drain=True)] == []
        assert [len(items) async for items in axis.batches(drain=True)] == [1]


async def test_events_resume_after_the_last_one_seen(credential: Credential) -> None:
    time = Time()
    answers = (
        stream(b'event: arrival\nid: 7\ndata: {"what":"arrival","agency":"a","message":"%s","lane":3}\n\n' % ID),
        refusal(503),
        stream(b': x\n\nid: 8\nevent: status\ndata: {"what":"status"}\n\n'),
        stream(b'event: reset\nid: 9\ndata: {"what":"reset"}\n\n'),
    )
    async with scripted(*answers) as script, client(script, credential, time) as axis:
        seen = []
        async for happening in axis.events("5"):
            seen.append((happening.what, happening.id, happening.lane))
            if len(seen) == 3:
                break
    assert seen == [("arrival", "7", 3), ("status", "8", 0), ("reset", "9", 0)]
    assert [h.get("Last-Event-ID") for h in script.headers] == ["5", "7", "7", "8"]


async def test_a_stream_that_says_nothing_again_and_again_ends(credential: Credential) -> None:
    time = Time()
    async with scripted(*(stream(b"") for _ in range(4))) as script, client(script, credential, time) as axis:
        with pytest.raises(Unreachable):
            async for _ in axis.events():
                pass
    assert time.slept == [0.5, 1, 2]


async def test_a_stream_that_is_refused_is_refused(credential: Credential) -> None:
    async with scripted(refusal(403, "ACCESS_FORBIDDEN")) as script, client(script, credential, Time()) as axis:
        with pytest.raises(ProblemError) as caught:
            async for _ in axis.events():
                pass
    assert caught.value.code == "ACCESS_FORBIDDEN"


def stream(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="text/event-stream")


def a_message(sha256: str) -> wire.Message:
    return wire.Message(
        id="urn:uuid:01a2057f-6f84-80c3-b934-da0000000001",
        kind="document",
        business=0,
        sender="000.00.00.G22",
        document_id="d",
        code="1/A",
        subject="s",
        type_name="Công văn",
        priority=0,
        sha256=sha256,
        size=1,
        verdict="VALID",
        accepted_at="2026-11-22T08:00:00.123Z",
        recipients=1,
    )
