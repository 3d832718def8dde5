"""Evidence came a minute late, time stamps stopped the traffic under load (X-Road, joint-development #152).

Here a witness, a time-stamp authority and the publisher of revocation lists are all away, for days of the hub's clock,
and no document waits for them. And whoever asks them asks less and less."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.app import chores, running
from hub.base.config import HttpSettings, HubSettings, Settings, TimestampSettings, WitnessSettings
from hub.core import wire
from hub.core.evidence import receipt
from hub.core.evidence.format import Event
from hub.core.log import policy
from hub.core.signature import token
from hub.core.signature.anchors import DAY
from hub.pki import profile as pki
from hub.upkeep.breaker import OPEN_AFTER, Breaker
from tests.support.axis import HOUR, NOON, SON_LA, VPCP, Axis, Clock, keyring, registered
from tests.support.web import Web, bare, until
from tests.support.witnesskit import an_entry

GRACE = 72 * HOUR
LIST_DAYS = 7


@asynccontextmanager
async def silent() -> AsyncIterator[tuple[str, list[int]]]:
    """Somebody who takes every connection and never says a word; how many came."""
    came: list[int] = []
    held: list[asyncio.StreamWriter] = []

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(len(came))
        held.append(writer)

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", came
    finally:
        server.close()
        for writer in held:
            writer.transport.abort()


@asynccontextmanager
async def alone(folder: Path, keys: Path, authority: str) -> AsyncIterator[Web]:
    """A hub whose witness does not listen and whose authority does not speak."""
    entry, _ = an_entry(folder / "witness")
    clock = Clock()
    profile = keyring(str(keys))
    settings = Settings(
        hub=HubSettings(data=str(folder / "hub"), keys=str(keys)),
        http=HttpSettings(port=0),
        witness=WitnessSettings(witnesses=(entry,), interval_seconds=0.005, retry_seconds=0.05, timeout_seconds=0.1),
        timestamp=TimestampSettings(url=authority, minutes=0.001, timeout_seconds=30.0),
    )
    async with running(settings, clock=clock, sweeping=False) as hub, aiohttp.ClientSession() as session:
        await hub.exchange.change_directory(registered(profile), "test")
        yield Web(hub, Axis(hub.exchange, hub.log, profile, clock), session)


async def a_life(web: Web) -> None:
    """Sent, receipted, fetched, read, acknowledged; within seconds of ours, whatever the hub's clock says."""
    web.tokens.clear()
    async with asyncio.timeout(20):
        data = web.axis.sign(web.axis.document(VPCP, [SON_LA]))
        sent = (await web.submit(data, VPCP)).record(wire.Submitted)
        trusted = policy.parse("".join(f"log {key}\n" for key in web.axis.log.vkeys) + "quorum none\n")
        assert receipt.verify(sent.receipt.encode(), trusted, data).document_checked
        taken = (await web.call("POST", "/v1/inbox/fetch", SON_LA, json={"limit": 5})).record(wire.Inbox)
        assert [item.message.id for item in taken.items] == [sent.message.id]
        assert (await web.get(f"/v1/documents/{bare(sent.message.id)}/content", SON_LA)).body == data
        (done,) = (await web.take(SON_LA, sent)).record(wire.Acknowledgements).items
        assert done.state == "handed_over"


async def test_days_without_witness_authority_and_lists_stall_nothing(tmp_path: Path, keys: Path) -> None:
    """Up to the end of the grace that revocation lists have: hour after hour, every step of a document's life."""
    async with silent() as (authority, came), alone(tmp_path, keys, authority) as web:
        hours = range(0, LIST_DAYS * 24 + 71, 7)
        for hour in hours:
            web.axis.clock.now = NOON + hour * HOUR
            await a_life(web)
        assert came, "the authority was asked"
        assert web.hub.witnesses.sizes == {"w1": 0}
        ready = await web.get("/readyz")
        assert ready.record(wire.Health).status == "ok"


async def test_lists_that_nobody_renewed_end_in_a_refusal_by_name_and_a_new_one_mends_it(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are read in the background, again and again, and it fails each time. Within the grace nobody notices; after
    it the hub fails closed, with evidence; when lists can be had again it takes them, without a restart."""
    own = tmp_path / "keys"
    shutil.copytree(keys, own)
    pki.Profile(own).publish_crls(NOON)  # other tests may have come to a later day with these keys
    publisher = Publisher(pki.ensure_profile)
    monkeypatch.setattr(chores, "_CRL_CHECK_SECONDS", 0.005)
    monkeypatch.setattr(pki, "ensure_profile", publisher)
    async with silent() as (authority, _), alone(tmp_path, own, authority) as web:
        publisher.away = True
        await until(lambda: publisher.refused > 3)
        await a_life(web)
        data = web.axis.sign(web.axis.document(VPCP, [SON_LA]))
        late = web.axis.clock.now = NOON + LIST_DAYS * DAY + GRACE + HOUR
        secret = (tmp_path / "hub" / "token.secret").read_bytes()
        web.tokens[VPCP] = token.mint(token.Access(VPCP, "agency", "test", "", late + DAY), [secret])
        answer = await web.submit(data, VPCP)
        assert (answer.status, answer.problem.code) == (422, "SIGNATURE_REVOCATION_UNKNOWN")
        trusted = policy.parse("".join(f"log {key}\n" for key in web.axis.log.vkeys) + "quorum none\n")
        evidence = receipt.verify(answer.problem.receipt.encode(), trusted, data).evidence
        assert evidence.event is Event.SUBMISSION_REJECTION
        old = web.hub.exchange.anchors
        publisher.away = False
        await until(lambda: web.hub.exchange.anchors is not old)
        assert (await web.submit(data, VPCP)).status == 201


class Publisher:
    """Where new revocation lists come from; `away`: they cannot be read."""

    def __init__(self, real: Callable[..., pki.Profile]) -> None:
        self._real = real
        self.away = False
        self.refused = 0

    def __call__(self, *arguments: Any, **named: Any) -> pki.Profile:
        if self.away:
            self.refused += 1
            raise OSError("no such disk")
        return self._real(*arguments, **named)


# couriers do not ask without end


@pytest.mark.parametrize("longest", [5.0, 60.0, 600.0])
def test_a_courier_asks_less_and_less_and_never_without_a_pause(longest: float) -> None:
    """A day of failures: a burst that is counted, then one try in `longest`; never two without a pause between."""
    breaker = Breaker(1.0, longest)
    elapsed, tries, shortest = 0.0, 0, longest
    while elapsed < 24 * 3600:
        pause = breaker.failed(0.0)  # the least that chance allows
        assert pause > 0
        tries += 1
        elapsed += pause
        if breaker.open:
            shortest = min(shortest, pause)
    assert tries <= OPEN_AFTER + 24 * 3600 / (longest / 2) + 1
    assert shortest == longest / 2
    assert breaker.succeeded()
    assert breaker.failed(0.0) < longest


def test_no_number_of_failures_overflows() -> None:
    breaker = Breaker(1.0, 60.0)
    for _ in range(10_000):
        assert breaker.failed(0.999) <= 60.0
