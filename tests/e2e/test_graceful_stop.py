"""Told to stop with a thousand callers waiting, a hub first says that it is leaving, then ends every stream properly,
finishes what it has begun, and goes."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import aiohttp

from clients.axis import AxisClient
from clients.errors import ClientError
from clients.retry import Backoff
from hub.core import edxml
from hub.core.model import Millis
from hub.core.signature import assertion, jws, xmldsig
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from tests.support.axis import HA_NOI, SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc

STREAMS = 500
"""Event streams, and as many long polls."""
BACKSTOP = 60.0


async def token(session: aiohttp.ClientSession, url: str, profile: pki.Profile, code: str) -> dict[str, str]:
    mine = profile.agency(code)
    at = Millis(time.time_ns() // 1_000_000)
    jti, kid = secrets.token_urlsafe(18), jws.key_id(mine.certificate)
    text = assertion.build(code, f"{url}/v1/token", jti, at, mine.key, kid)
    body = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": text}
    async with session.post("/v1/token", json=body) as answer:
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


async def streamed(session: aiohttp.ClientSession, headers: dict[str, str]) -> str:
    """How an event stream ended."""
    async with session.get("/v1/events", headers=headers) as answer:
        try:
            await answer.read()
        except aiohttp.ClientError as error:
            return f"stream: {type(error).__name__}"
        return f"stream: {answer.status}"


async def polled(session: aiohttp.ClientSession, headers: dict[str, str]) -> str:
    """How a long poll ended."""
    body = json.dumps({"limit": 1, "wait": 50}).encode()
    try:
        async with session.post("/v1/inbox/fetch", data=BytesIO(body), headers=headers) as answer:
            found = await answer.json()
            return f"poll: {answer.status} {len(found.get('items', []))}"
    except aiohttp.ClientError as error:
        return f"poll: {type(error).__name__}"


async def all_waiting(session: aiohttp.ClientSession, count: int) -> None:
    while True:
        async with session.get("/metrics") as answer:
            if f"truc_streams {count}.0" in await answer.text():
                return
        await asyncio.sleep(0.05)


async def said_no_while_serving(session: aiohttp.ClientSession, ended: Callable[[], int]) -> bool:
    """`/readyz` answered 503 while not one stream had ended."""
    while True:
        async with session.get("/readyz") as answer:
            if answer.status == 503:
                return (await answer.json())["status"] == "closing" and not ended()
        await asyncio.sleep(0.01)


async def test_a_thousand_waiting_callers_are_let_go_and_nothing_accepted_is_lost(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    settings = await asyncio.to_thread(prepare, tmp_path)
    profile = pki.Profile(Path(settings.hub.keys))
    async with HubProcess(tmp_path / "hub.toml", free_port()) as hub:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(hub.url, connector=connector) as session, asyncio.timeout(BACKSTOP):
            headers = {code: await token(session, hub.url, profile, code) for code in (SON_LA, HA_NOI)}
            waiting = [asyncio.create_task(streamed(session, headers[SON_LA])) for _ in range(STREAMS)]
            waiting += [asyncio.create_task(polled(session, headers[HA_NOI])) for _ in range(STREAMS)]
            await all_waiting(session, 2 * STREAMS)
            sending = asyncio.create_task(send_until_refused(hub.url, profile))
            began = time.monotonic()
            leaving = asyncio.create_task(said_no_while_serving(session, lambda: sum(t.done() for t in waiting)))
            stopped = asyncio.create_task(asyncio.to_thread(hub.stop))
            assert await leaving, "streams ended before the hub said that it is leaving"
            assert await stopped == 0
            record_property("seconds_to_stop", round(time.monotonic() - began, 2))
            ends = Counter([await task for task in waiting])
            accepted = await sending
    assert ends == {"stream: 200": STREAMS, "poll: 200 0": STREAMS}
    assert accepted
    checked = await asyncio.to_thread(truc, "fsck", "--config", tmp_path / "hub.toml", "--json")
    assert checked.returncode == 0, checked.stdout
    assert json.loads(checked.stdout)["checked"]["messages"] >= len(accepted)
    async with HubProcess(tmp_path / "hub.toml", hub.port) as hub, _sender(hub.url, profile) as vpcp:
        for data, receipt in accepted:
            again = await vpcp.send(data)
            assert (again.answer.repeated, again.proof.raw) == (True, receipt)


def _sender(url: str, profile: pki.Profile) -> AxisClient:
    mine = profile.agency(VPCP)
    return AxisClient(url, VPCP, mine.key, mine.chain, backoff=Backoff(tries=1))


async def send_until_refused(url: str, profile: pki.Profile) -> list[tuple[bytes, bytes]]:
    """One document after another until the hub takes none; bytes and receipts of those that it took."""
    mine, accepted = profile.agency(VPCP), []
    async with _sender(url, profile) as vpcp:
        for number in range(100_000):
            data = xmldsig.sign(edxml.build(a_document(VPCP, ["000.00.00.H01"], number)), mine.key, mine.chain)
            try:
                sent = await vpcp.send(data)
            except ClientError:
                break
            accepted.append((data, sent.proof.raw))
    return accepted
