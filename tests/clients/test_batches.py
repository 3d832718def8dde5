"""Many messages through the published client: in portions where the hub takes them, one by one where it does not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from aiohttp import web as http

from clients.axis import AxisClient, Outcome
from clients.errors import Busy, ProblemError, UnexpectedAnswer
from clients.transport import Credential
from hub.core import wire
from hub.core.framing import framed
from tests.clients.test_axis import Time, client, refusal, scripted
from tests.support.axis import HA_NOI, SON_LA, VPCP, keyring
from tests.support.web import Web, a_web

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys, batch_items=5) as opened:
        yield opened


def agency(web: Web, code: str) -> AxisClient:
    mine = web.credential(code)
    return AxisClient(web.url, code, mine.key, mine.chain, clock=lambda: web.axis.clock() / 1000)


def documents(web: Web, count: int) -> list[bytes]:
    return [web.axis.sign(web.axis.document(VPCP, [SON_LA])) for _ in range(count)]


async def sent(axis: AxisClient, messages: list[bytes]) -> list[Outcome]:
    return [outcome async for outcome in axis.send_all(messages)]


async def test_a_queue_goes_in_portions_that_the_hub_takes(web: Web) -> None:
    queue = documents(web, 13)
    queue[4] = queue[4].replace("rà soát".encode(), b"ra soat")
    async with agency(web, VPCP) as axis:
        outcomes = await sent(axis, queue)
    assert [o.position for o in outcomes] == list(range(13))
    assert [type(o.error) for o in outcomes] == [*[type(None)] * 4, ProblemError, *[type(None)] * 8]
    leaves = [o.proof.index for o in outcomes if o.proof]
    assert leaves == sorted(leaves)
    assert len(leaves) == 12


async def test_acknowledging_for_several_mailboxes_is_one_call(web: Web) -> None:
    await web.hub.exchange.change_directory(
        [msgspec.structs.replace(web.hub.exchange.directory[HA_NOI], centre=SON_LA)], "test"
    )
    async with agency(web, VPCP) as sender, agency(web, SON_LA) as axis:
        await sent(sender, [web.axis.sign(web.axis.document(VPCP, [SON_LA, HA_NOI])) for _ in range(3)])
        mine = await axis.fetch(50)
        theirs = [
            wire.InboxItem(message=item.message, delivery=item.delivery)
            for item in (await axis.fetch(50, agency=HA_NOI))
        ]
        answer = await axis.acknowledge([*mine, *theirs])
        assert [item.state for item in answer.items] == ["handed_over"] * (len(mine) + 3)
        states = {d.state for m in theirs for d in (await sender.life(m.message.id)).deliveries}
    assert states == {"handed_over"}


def line(index: int, status: int, code: str = "X", retry_after: float = 0) -> bytes:
    problem = json.loads(answer_of(status, code, retry_after))
    return json.dumps({"index": index, "status": status, "problem": problem}).encode() + b"\n"


def answer_of(status: int, code: str, retry_after: float) -> bytes:
    body = refusal(status, code, retry_after).body
    assert isinstance(body, bytes)
    return body


def end(items: int, problem: bytes = b"") -> bytes:
    said = {"items": items, "accepted": 0, "repeated": 0, "refused": items}
    return json.dumps({"end": said | ({"problem": json.loads(problem)} if problem else {})}).encode() + b"\n"


def lines(*parts: bytes) -> object:
    return http.Response(body=b"".join(parts), content_type="application/x-ndjson")


@pytest.fixture
def credential(keys: Path) -> Credential:
    return keyring(str(keys)).agency(SON_LA)


async def test_a_hub_without_the_call_gets_one_by_one(credential: Credential) -> None:
    time = Time()
    refused = [refusal(422, f"N{n}") for n in range(3)]
    async with scripted(refusal(404), *refused) as script, client(script, credential, time) as axis:
        outcomes = await sent(axis, [b"a", b"b", b"c"])
    assert [o.error.code for o in outcomes if o.error] == ["N0", "N1", "N2"]
    assert time.slept == []


async def test_what_is_for_later_goes_again_from_there_and_in_its_order(credential: Credential) -> None:
    time = Time()
    first = lines(line(0, 422), line(2, 422), line(1, 429, "LIMIT_TOO_MANY", 3), end(3, answer_of(429, "L", 3)))
    async with (
        scripted(first, lines(*(line(n, 422) for n in range(3)), end(3))) as script,
        client(script, credential, time) as axis,
    ):
        outcomes = await sent(axis, [b"a", b"b", b"c", b"d"])
        assert [body for _, path, body in script.asked if path.endswith(":batch")] == [
            framed([b"a", b"b", b"c", b"d"]),
            framed([b"b", b"c", b"d"]),
        ]
    assert [o.position for o in outcomes] == [0, 1, 2, 3]
    assert time.slept == [3]


async def test_what_stays_busy_is_told_for_all_that_is_left(credential: Credential) -> None:
    async with scripted(*(refusal(503) for _ in range(9))) as script, client(script, credential, Time()) as axis:
        outcomes = await sent(axis, [b"a", b"b"])
    assert [type(o.error) for o in outcomes] == [Busy, Busy]


@pytest.mark.parametrize(
    "answer",
    [
        (line(0, 422), line(1, 422)),
        (line(0, 422), end(2)),
        (line(0, 422), line(0, 422), end(2)),
        (line(0, 422), line(5, 422), end(2)),
        (line(0, 422), end(1)),
        (*(line(n, 422) for n in range(3)), end(3)),
        (b"{}\n", end(1)),
        (b"",),
    ],
)
async def test_an_answer_that_is_cut_or_made_up_is_none(credential: Credential, answer: tuple[bytes, ...]) -> None:
    async with scripted(lines(*answer)) as script, client(script, credential, Time()) as axis:
        with pytest.raises(UnexpectedAnswer):
            await sent(axis, [b"a", b"b"])


async def test_too_much_at_once_becomes_less(credential: Credential) -> None:
    halves = [lines(line(0, 422), line(1, 422), end(2)) for _ in range(2)]
    async with scripted(refusal(413), *halves) as script, client(script, credential, Time()) as axis:
        assert len(await sent(axis, [b"a", b"b", b"c", b"d"])) == 4
