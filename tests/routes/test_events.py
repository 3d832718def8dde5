"""The event stream: live, replayed, reset, alive, and ended by the hub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from hub.base.config import MailboxSettings
from hub.core.evidence.happenings import Happening
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP
from tests.support.web import Web, a_web, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(
        tmp_path_factory.mktemp("hub"), keys, mailbox=MailboxSettings(heartbeat_seconds=0.05), body_seconds=0.5
    ) as opened:
        yield opened


class Told(NamedTuple):
    what: str
    id: str
    message: str


def leaf_of(told: Told) -> int:
    return int(told.id.split(".")[0])


class Listener:
    """What a stream says, frame by frame."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def frame(self) -> str:
        async with asyncio.timeout(60):
            return (await self.response.content.readuntil(b"\n\n")).decode()

    async def told(self) -> Told:
        """The next event; signs of life are passed over."""
        frame = await self.frame()
        while frame.startswith(":"):
            frame = await self.frame()
        fields = dict(line.split(": ", 1) for line in frame.strip().split("\n"))
        data = msgspec.json.decode(fields["data"])
        assert data["what"] == fields["event"]
        return Told(fields["event"], fields.get("id", ""), data["message"])


@asynccontextmanager
async def listening(web: Web, who: str, last: str = "") -> AsyncIterator[Listener]:
    headers = await web.headers(who) | ({"Last-Event-ID": last} if last else {})
    async with web.session.get(web.url + "/v1/events", headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        yield Listener(response)


async def test_an_agency_hears_its_own_events_and_no_others(web: Web) -> None:
    async with listening(web, VPCP) as sender, listening(web, SON_LA) as recipient, listening(web, HA_NOI) as stranger:
        sent = await web.send(VPCP, SON_LA)
        arrival = await recipient.told()
        assert (arrival.what, arrival.message) == ("arrival", sent.message.id)
        await web.take(SON_LA, sent)
        acknowledged = await sender.told()
        assert (acknowledged.what, acknowledged.message) == ("acknowledged", sent.message.id)
        assert leaf_of(acknowledged) > leaf_of(arrival)
        assert await stranger.frame() == ": still here\n\n"


async def test_a_broken_stream_goes_on_where_it_broke(web: Web) -> None:
    async with listening(web, SON_LA) as recipient:
        first = await web.send(VPCP, SON_LA)
        seen = await recipient.told()
        assert seen.message == first.message.id
    missed = [await web.send(VPCP, SON_LA) for _ in range(3)]
    await web.send(VPCP, MAI_SON)
    async with listening(web, SON_LA, seen.id) as recipient:
        replayed = [await recipient.told() for _ in range(3)]
        assert [(t.what, t.message) for t in replayed] == [("arrival", m.message.id) for m in missed]
        live = await web.send(VPCP, SON_LA)
        told = await recipient.told()
        assert told.message == live.message.id
    async with listening(web, SON_LA, told.id) as recipient:
        assert (await recipient.frame()).startswith(":")  # nothing twice


async def test_what_an_agency_did_itself_is_no_arrival_for_it(web: Web) -> None:
    checkpoint = await web.hub.exchange.store.last_checkpoint()
    assert checkpoint is not None
    size = str(checkpoint.size)
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    async with listening(web, VPCP, size) as sender:
        told = await sender.told()
        assert (told.what, told.message) == ("acknowledged", sent.message.id)


async def test_after_a_long_break_the_stream_says_reset(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.routes.events._REPLAY", 2)
    sent = [await web.send(VPCP, SON_LA) for _ in range(3)]
    async with listening(web, SON_LA, "1") as recipient:
        reset = await recipient.told()
        assert reset.what == "reset"
    async with listening(web, SON_LA, reset.id) as recipient:
        await web.send(VPCP, SON_LA)
        assert (await recipient.told()).message not in {s.message.id for s in sent}


async def test_a_listener_that_missed_something_is_told_so(web: Web) -> None:
    await until(lambda: len(web.hub.exchange.notices) == 0)
    async with listening(web, SON_LA) as recipient:
        for subscription in web.hub.exchange.notices._all:
            subscription._most = 1
        sent = [await web.send(VPCP, SON_LA) for _ in range(3)]
        web.hub.exchange.notices.publish(
            [Happening(SON_LA, "arrival", s.message.id) for s in sent]  # at once: more than the queue holds
        )
        # What was too much for the queue is told from the record, once, and in its order.
        told = [await recipient.told() for _ in range(3)]
        assert [t.message for t in told] == [s.message.id for s in sent]


@pytest.mark.parametrize("last", ["x", "-1", "1.0", "9" * 16, "٣", "1 2", "1.0.ABCDEF01", "1.0.abcdef0", "1..abcdef01"])
async def test_a_last_id_that_is_none(web: Web, last: str) -> None:
    answer = await web.get("/v1/events", SON_LA, headers={"Last-Event-ID": last})
    assert answer.problem.code == "REQUEST_INVALID"


async def test_the_beginning_is_a_point_too(web: Web) -> None:
    async with listening(web, HA_NOI, "0") as listener:
        assert (await listener.frame()).startswith(":")


@pytest.mark.parametrize("last", ["9" * 15, "1.0.00000000", f"{'9' * 15}.0.00000000"])
async def test_a_point_of_another_record_is_answered_by_a_reset_and_not_by_silence(web: Web, last: str) -> None:
    """A store that was restored: an id from before it is beyond the end, or means a leaf that is another one now."""
    await web.send(VPCP, SON_LA)
    async with listening(web, HA_NOI, last) as listener:
        reset = await listener.told()
        assert reset.what == "reset"
    async with listening(web, HA_NOI, reset.id) as listener:
        sent = await web.send(VPCP, HA_NOI)
        assert (await listener.told()).message == sent.message.id


async def test_a_listener_that_goes_away_is_forgotten(web: Web) -> None:
    async with listening(web, SON_LA):
        pass
    await until(lambda: len(web.hub.exchange.notices) == 0)


async def test_a_listener_that_does_not_read_is_dropped(web: Web) -> None:
    """Its buffers fill, and after `body_seconds` without progress its connection is cut."""
    await until(lambda: len(web.hub.exchange.notices) == 0)
    _, writer = await asyncio.open_connection(*web.address, limit=1024)
    head = f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {await web.token(SON_LA)}\r\n\r\n"
    writer.write(head.encode())
    await until(lambda: len(web.hub.exchange.notices) == 1)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    subscription = next(iter(web.hub.exchange.notices._all))
    async with asyncio.timeout(60):
        while len(web.hub.exchange.notices):
            subscription.put(Happening(SON_LA, "x" * 500_000, "m", leaf=1 << 40))
            await asyncio.sleep(0.005)
    writer.close()
