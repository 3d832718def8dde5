"""The hub asks for time stamps in the background; an authority that is slow, wrong or away changes nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256

import aiohttp
import pytest
from aiohttp import web

from hub.base.config import TimestampSettings
from hub.base.metrics import Metrics
from hub.core.evidence.format import Kind
from hub.core.log import timestamp
from hub.core.log.keys import Checkpoint
from hub.core.model import Millis
from hub.evidence_export.export import Wish, export
from hub.pki import tsa
from hub.upkeep.timestamps import Failed, TimeStamps
from tests.core.audit.kit import policy_of
from tests.core.bundle.kit import failed
from tests.exchange.kit import audit
from tests.support.axis import SON_LA, VPCP, Axis
from tests.support.process import free_port

QUICK = 0.05 / 60
"""Minutes between two stamps."""


def stamps(axis: Axis, url: str, **settings: object) -> TimeStamps:
    asked = TimestampSettings(url=url, **({"minutes": QUICK, "timeout_seconds": 1.0} | settings))  # type: ignore[arg-type]
    return TimeStamps(asked, axis.exchange.record, lambda: axis.exchange.anchors, axis.log.origin, Metrics())


def authority(axis: Axis, use: str = "tsa") -> tsa.Authority:
    return tsa.Authority(axis.profile.hub(use), axis.clock)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def stamped(axis: Axis) -> bool:
    return await axis.exchange.store.last_timestamp() is not None


async def test_a_token_over_the_newest_checkpoint_becomes_a_leaf(axis: Axis) -> None:
    await axis.send(VPCP, SON_LA)
    row = await axis.exchange.store.last_checkpoint()
    assert row is not None
    async with tsa.serving(authority(axis)) as url, aiohttp.ClientSession() as session:
        stamp = await stamps(axis, url, policy=tsa.POLICY).once(session)
    assert stamp is not None
    kept = await axis.exchange.store.last_timestamp()
    assert kept is not None
    assert (kept.size, kept.at) == (row.size, axis.clock())
    leaf = await axis.exchange.store.leaf(kept.leaf)
    assert leaf is not None
    assert leaf.kind == Kind.TIMESTAMP
    digest = sha256(Checkpoint(axis.log.origin, row.size, row.root).text).digest()
    trusted = axis.profile.anchors().including(timestamp.certificates_of(leaf.object))
    assert timestamp.verify(leaf.object, digest, trusted) == stamp
    await audit(axis)


async def test_a_hub_without_traffic_asks_for_nothing_more(axis: Axis) -> None:
    await axis.send(VPCP, SON_LA)
    async with tsa.serving(authority(axis)) as url, aiohttp.ClientSession() as session:
        courier = stamps(axis, url)
        assert await courier.once(session) is not None
        assert await courier.once(session) is None
        await axis.send(VPCP, SON_LA)
        assert await courier.once(session) is not None


async def test_an_outage_touches_no_traffic_and_the_next_token_covers_it(axis: Axis) -> None:
    """Nobody listens; documents go through; then the authority comes back on its address."""
    port = free_port()
    courier = stamps(axis, f"http://127.0.0.1:{port}/")
    async with courier.running():
        for _ in range(5):
            async with asyncio.timeout(60):
                sent = await axis.send(VPCP, SON_LA)
        assert not await stamped(axis)
        async with tsa.serving(authority(axis), port=port):
            await until(lambda: stamped(axis))
    kept = await axis.exchange.store.last_timestamp()
    assert kept is not None
    assert kept.size > sent.answer.message.leaf
    await audit(axis)


async def test_an_authority_that_never_answers_is_left_waiting(axis: Axis) -> None:
    hanging, free = asyncio.Event(), asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        hanging.set()
        await free.wait()
        return web.Response()

    async with served(hang) as url, stamps(axis, url, timeout_seconds=30.0).running():
        await axis.send(VPCP, SON_LA)
        async with asyncio.timeout(20):
            await hanging.wait()
            await axis.send(VPCP, SON_LA)
        free.set()


@asynccontextmanager
async def served(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def reply(body: bytes, status: int = 200, kind: str = timestamp.REPLY_TYPE) -> web.Response:
    return web.Response(body=body, status=status, content_type=kind)


def other_query(axis: Axis, query: bytes) -> bytes:
    return authority(axis).answer(timestamp.request(bytes(32), 1))


BAD: dict[str, tuple[str, Callable[[Axis, bytes], web.Response]]] = {
    "an error": ("refused", lambda a, q: reply(b"", 500)),
    "another media type": ("refused", lambda a, q: reply(authority(a).answer(q), kind="text/html")),
    "rubbish": ("bad-answer", lambda a, q: reply(b"rubbish")),
    "a refusal": ("bad-answer", lambda a, q: reply(authority(a).answer(b""))),
    "a token over something else": ("bad-answer", lambda a, q: reply(other_query(a, q))),
    "a token by a key that may not stamp": ("bad-answer", lambda a, q: reply(authority(a, "seal").answer(q))),
    "more than a token": ("bad-answer", lambda a, q: reply(bytes(1_000_000))),
    "a redirect": ("refused", lambda a, q: web.Response(status=302, headers={"Location": "http://127.0.0.1/"})),
}


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_answer_is_kept_nowhere(axis: Axis, case: str) -> None:
    outcome, make = BAD[case]
    await axis.send(VPCP, SON_LA)
    before = await axis.exchange.store.last_checkpoint()

    async def handler(request: web.Request) -> web.Response:
        return make(axis, await request.read())

    async with served(handler) as url, aiohttp.ClientSession() as session:
        with pytest.raises(Failed) as caught:
            await stamps(axis, url).once(session)
    assert caught.value.outcome == outcome
    assert await axis.exchange.store.last_checkpoint() == before
    assert not await stamped(axis)


async def test_an_old_answer_played_again_is_refused_by_its_nonce(axis: Axis) -> None:
    """Over the same checkpoint, so that only the nonce tells."""
    await axis.send(VPCP, SON_LA)
    answers: list[bytes] = []

    async def replay(request: web.Request) -> web.Response:
        answers.append(authority(axis).answer(await request.read()))
        return reply(answers[0] if len(answers) > 1 else b"lost")

    async with served(replay) as url, aiohttp.ClientSession() as session:
        courier = stamps(axis, url)
        for _ in range(2):
            with pytest.raises(Failed, match=r"nonce|response"):
                await courier.once(session)
    assert not await stamped(axis)


async def test_anchors_of_its_own_may_be_named(axis: Axis) -> None:
    await axis.send(VPCP, SON_LA)
    folder = axis.profile.folder / "anchors"
    async with tsa.serving(authority(axis)) as url, aiohttp.ClientSession() as session:
        assert await stamps(axis, url, anchors=str(folder)).once(session) is not None
        await axis.send(VPCP, SON_LA)
        with pytest.raises(Failed) as caught:
            await stamps(axis, url, anchors=str(folder / "none")).once(session)
    assert caught.value.outcome == "anchors"


async def test_without_an_address_nothing_runs(axis: Axis) -> None:
    async with stamps(axis, "").running():
        assert not any(task.get_name() == "time-stamps" for task in asyncio.all_tasks())


async def test_the_bundle_tells_which_events_a_stamp_covers(axis: Axis) -> None:
    from tests.core.bundle.kit import verify

    sent = await axis.send(VPCP, SON_LA)
    async with tsa.serving(authority(axis)) as url, aiohttp.ClientSession() as session:
        await stamps(axis, url).once(session)
    axis.clock.forward(1_000)
    await axis.take(SON_LA)
    data = await export(axis.exchange, axis.log, sent.answer.message, Wish())
    report = verify(data, policy_of(axis), axis.profile.anchors(), at=Millis(axis.clock()))
    assert failed(report) == []
    assert report.steps[8].notes[0].en == "1/2 evidence under a time stamp"
