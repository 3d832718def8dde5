"""A log that shows a witness another history than before: whose fault it is, and that nothing more is signed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from hub.app import running
from hub.base.config import HttpSettings, HubSettings, Settings, WitnessEntry
from hub.core.errors import Unavailable
from hub.core.log import note
from hub.core.log.witness import SIZE_TYPE
from hub.upkeep.breaker import OPEN_AFTER, Breaker
from hub.upkeep.witness_client import Contradicted, WitnessClient
from tests.support.axis import HA_NOI, SON_LA, VPCP, Clock, keyring, registered
from tests.support.web import Web, nobody_in_charge, until
from tests.support.witnesskit import Served, a_hub, a_witness, an_entry, log_of, with_witnesses


async def refused(web: Web) -> str:
    """What a submission is told; nothing of it is recorded."""
    before = (await web.get("/log/checkpoint")).body
    answer = await web.submit(web.axis.sign(web.axis.document(VPCP, [SON_LA])), VPCP)
    assert answer.status == 503
    assert answer.problem.code == "HUB_UNAVAILABLE"
    assert (await web.get("/log/checkpoint")).body == before
    return answer.problem.found


async def assert_halted(web: Web, *words: str) -> None:
    told = await refused(web)
    for word in words:
        assert word in told, told
    ready = await web.get("/readyz")
    assert ready.status == 503
    assert b"halted" in ready.body
    assert (await web.get("/healthz")).status == 200
    assert "truc_halted 1.0" in (await web.get("/metrics")).body.decode()
    # what was accepted can still be read and proved
    assert (await web.get("/v1/outbox", VPCP)).status == 200


@asynccontextmanager
async def a_set_back_hub(tmp_path: Path, keys: Path, entry: WitnessEntry, clock: Clock) -> AsyncIterator[Path]:
    """A hub that was witnessed beyond the copy of its folder that is made here, and has ended."""
    async with a_hub(tmp_path / "hub", keys, [entry], clock=clock) as web:
        sent = await web.send(VPCP, SON_LA)
        await web.hub.witnesses.reached(note.parse(sent.receipt.encode().partition(b"\n\n")[2]).checkpoint.size)
    shutil.copytree(tmp_path / "hub", tmp_path / "copy")
    async with a_hub(tmp_path / "hub", keys, [entry], clock=clock) as web:
        await web.send(VPCP, HA_NOI)
        sent = await web.send(VPCP, HA_NOI)
        await web.hub.witnesses.reached(note.parse(sent.receipt.encode().partition(b"\n\n")[2]).checkpoint.size)
    yield tmp_path / "copy"


async def test_a_store_restored_from_an_old_copy_is_noticed_before_anything_is_signed(
    tmp_path: Path, keys: Path
) -> None:
    clock = Clock()
    async with a_witness(tmp_path / "w1", [log_of(keys)], clock=clock) as w1:
        async with a_set_back_hub(tmp_path, keys, w1.entry, clock) as copy:
            async with a_hub(copy, keys, [w1.entry], clock=clock) as web:
                await assert_halted(web, "w1 has cosigned", "proven by a note that we signed")
            # with the right store it goes on
            async with a_hub(tmp_path / "hub", keys, [w1.entry], clock=clock) as web:
                await web.send(VPCP, SON_LA)
        assert w1.opened.state.contradictions() == [], "being behind is no crime"


async def test_a_set_back_store_that_signed_on_while_its_witness_was_away_stops_when_it_is_back(
    tmp_path: Path, keys: Path
) -> None:
    clock, log = Clock(), log_of(keys)
    entry, port = an_entry(tmp_path / "w1")
    async with (
        a_witness(tmp_path / "w1", [log], port=port, clock=clock) as w1,
        a_set_back_hub(tmp_path, keys, entry, clock) as copy,
    ):
        known = w1.opened.state.known(log.name).size
    clock.forward(1_000)
    async with a_hub(copy, keys, [entry], clock=clock) as web:
        for _ in range(6):  # longer than the old history, and another one
            await web.send(VPCP, SON_LA)
        async with a_witness(tmp_path / "w1", [log], port=port, clock=clock) as w1:
            await until(lambda: bool(web.hub.exchange.sequencer.halted))
            await assert_halted(web, f"at {known} leaves we signed the root", "proven by a note that we signed")
            held = w1.opened.state.contradictions()
            assert held
            assert {c.origin for c in held} == {log.name}
            assert w1.opened.state.known(log.name).size == known


async def test_a_second_hub_with_the_same_key_is_refused_and_convicted(tmp_path: Path, keys: Path) -> None:
    clock, log = Clock(), log_of(keys)
    async with a_hub(tmp_path / "false", keys, [], clock=clock) as false:
        for _ in range(5):
            await false.send(VPCP, SON_LA)
    async with (
        a_witness(tmp_path / "w1", [log], clock=clock) as w1,
        a_hub(tmp_path / "true", keys, [w1.entry], clock=clock) as true,
    ):
        await true.send(VPCP, SON_LA)
        last = await true.hub.exchange.store.last_checkpoint()
        assert last is not None
        await true.hub.witnesses.reached(last.size)
        async with a_hub(tmp_path / "false", keys, [w1.entry], clock=clock) as false:
            await assert_halted(false, f"at {last.size} leaves we signed the root", "proven by a note that we signed")
        assert w1.opened.state.contradictions(), "both are on record, under one key"
        await true.send(VPCP, SON_LA)
        last = await true.hub.exchange.store.last_checkpoint()
        assert last is not None
        await true.hub.witnesses.reached(last.size)


class Said:
    """A witness that says what it is told to say, whatever it is asked."""

    def __init__(self, status: int, body: bytes, kind: str = "text/plain", published: bytes = b"") -> None:
        self.answer = (status, kind, body)
        self.published = (200, "text/plain", published) if published else (404, "text/plain", b"none\n")
        self.asked = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        await reader.readexactly(int(length[0].split(b":")[1]) if length else 0)
        status, kind, body = self.answer if head.startswith(b"POST") else self.published
        self.asked += head.startswith(b"POST")
        lines = (f"HTTP/1.1 {status} x", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close")
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def saying(said: Said, tmp_path: Path, name: str = "w1") -> AsyncIterator[WitnessEntry]:
    entry, _ = an_entry(tmp_path / f"key-{name}", name)
    server = await asyncio.start_server(said, "127.0.0.1", 0)
    try:
        yield WitnessEntry(name, entry.vkey, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (422, b"no\n", "text/plain"),
        (409, b"0\n", SIZE_TYPE),  # tlog-witness 1.0 where the root differs: the size that was named
        (409, b"no size", SIZE_TYPE),
        (409, b"1\n", "text/plain"),
        (409, b"007\n", SIZE_TYPE),
        (403, b"no\n", "text/plain"),
        (404, b"no\n", "text/plain"),
        (500, b"no\n", "text/plain"),
        (302, b"", "text/plain"),
        (200, b"", "text/plain"),
        (200, "— w1.example AAAAAAAA\n".encode(), "text/plain"),
        (200, b"x" * 200_000, "text/plain"),
    ],
)
async def test_what_a_witness_merely_says_stops_nothing(
    tmp_path: Path, keys: Path, status: int, body: bytes, kind: str
) -> None:
    said = Said(status, body, kind)
    async with saying(said, tmp_path) as entry, a_hub(tmp_path / "hub", keys, [entry]) as web:
        await web.send(VPCP, SON_LA)
        await until(lambda: said.asked >= 2)
        await web.send(VPCP, SON_LA)
        assert not web.hub.exchange.sequencer.halted
        assert web.hub.witnesses.sizes == {"w1": 0}
        assert (await web.get("/log/checkpoint/cosigned")).status == 404


async def test_a_size_beyond_ours_stops_the_hub_at_once_proof_or_not(tmp_path: Path, keys: Path) -> None:
    """The one thing that is believed on its word: to sign on after a roll-back could not be mended."""
    said = Said(409, b"1000000\n", SIZE_TYPE)
    async with saying(said, tmp_path) as entry, a_hub(tmp_path / "hub", keys, [entry], filled=False) as web:
        halted = web.hub.exchange.sequencer
        await until(lambda: bool(halted.halted))
        assert "w1 has cosigned 1000000 leaves" in halted.halted
        assert "without a note that we signed" in halted.halted
        assert (await web.get("/readyz")).status == 503


async def test_a_published_note_of_another_key_proves_nothing(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "other", tmp_path / "other-keys", []) as other:
        await other.send(VPCP, SON_LA)
        foreign = (await other.get("/log/checkpoint")).body
    said = Said(422, b"no\n", published=foreign)
    async with saying(said, tmp_path) as entry, a_hub(tmp_path / "hub", keys, [entry]) as web:
        await until(lambda: said.asked >= 2)
        assert not web.hub.exchange.sequencer.halted


async def courier_of(web: Web, witness: Served) -> WitnessClient:
    async def keep(size: int, name: str, line: bytes) -> None:
        kept.append(size)

    kept: list[int] = []
    return WitnessClient(witness.entry, web.hub.exchange.store, web.hub.log, web.hub.exchange.clock, keep)


async def test_others_may_show_the_witness_what_we_publish(tmp_path: Path, keys: Path) -> None:
    """It then knows a later checkpoint than the one that is being shown, and nobody was set back."""
    clock, log = Clock(), log_of(keys)
    async with (
        a_witness(tmp_path / "w1", [log], clock=clock) as w1,
        a_hub(tmp_path / "hub", keys, [], clock=clock) as web,
    ):
        old = await web.hub.exchange.store.last_checkpoint()
        await web.send(VPCP, SON_LA)
        published = (await web.get("/log/checkpoint")).body
        assert old is not None
        assert (await w1.add(b"old 0\n\n" + published)).status == 200
        client = await courier_of(web, w1)
        async with aiohttp.ClientSession() as session:
            assert await client.show(session, old) == note.parse(published).checkpoint.size
        assert client.size > old.size


async def test_a_witness_that_forgot_is_shown_the_truth_again(tmp_path: Path, keys: Path) -> None:
    clock, log = Clock(), log_of(keys)
    async with (
        a_witness(tmp_path / "w1", [log], clock=clock) as w1,
        a_hub(tmp_path / "hub", keys, [], clock=clock) as web,
    ):
        await web.send(VPCP, SON_LA)
        last = await web.hub.exchange.store.last_checkpoint()
        assert last is not None
        client = await courier_of(web, w1)
        client.size = last.size - 1  # as if it had signed that
        async with aiohttp.ClientSession() as session:
            assert await client.show(session, last) == last.size


async def test_a_store_that_was_lost_is_noticed_though_it_has_nothing_to_show(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with a_witness(tmp_path / "w1", [log_of(keys)], clock=clock) as w1:
        async with a_hub(tmp_path / "hub", keys, [w1.entry], clock=clock) as web:
            await web.send(VPCP, SON_LA)
            last = await web.hub.exchange.store.last_checkpoint()
            assert last is not None
            await web.hub.witnesses.reached(last.size)
        own = nobody_in_charge(keys, tmp_path / "own")
        settings = Settings(hub=HubSettings(data=str(tmp_path / "new"), keys=str(own)), http=HttpSettings(port=0))
        async with running(with_witnesses(settings, [w1.entry]), clock=clock, sweeping=False) as hub:
            assert f"we signed {last.size} leaves, here are 0" in hub.exchange.sequencer.halted
            with pytest.raises(Unavailable, match="we signed"):
                await hub.exchange.change_directory(registered(keyring(str(keys))), "test")
            assert await hub.exchange.store.last_checkpoint() is None


async def test_a_hub_without_leaves_shows_nothing(tmp_path: Path, keys: Path) -> None:
    said = Said(500, b"")
    async with saying(said, tmp_path) as entry:
        own = nobody_in_charge(keys, tmp_path / "own")
        settings = Settings(hub=HubSettings(data=str(tmp_path / "hub"), keys=str(own)), http=HttpSettings(port=0))
        async with running(with_witnesses(settings, [entry]), sweeping=False):
            pass
    assert said.asked == 0


def test_contradicted_says_whether_it_is_proven() -> None:
    assert Contradicted("x", proven=True).outcome == "contradicted"
    assert "without" in Contradicted("x", proven=False).why


def test_the_breaker_doubles_its_pause_then_opens() -> None:
    breaker = Breaker(1.0, 60.0)
    assert [breaker.failed(1.0) for _ in range(4)] == [1.0, 2.0, 4.0, 8.0]
    assert not breaker.open
    assert breaker.failed(1.0) == 60.0
    assert breaker.failures == OPEN_AFTER
    assert breaker.failed(0.0) == 30.0, "half of it is drawn at random"
    assert breaker.succeeded(), "that is news"
    assert not breaker.succeeded()
    assert breaker.failed(1.0) == 1.0
    assert Breaker(5.0, 2.0).failed(1.0) == 2.0
    assert all(0 < pause <= 60 for pause in (breaker.failed(0.5) for _ in range(10_000)))
