"""An independent witness, `aics-witness`, and ours, over real HTTP and both ways.

Its service cosigns a real hub's checkpoints and refuses the hub's fork; its client, which a log of that project would
use, gets cosignatures from our service. Nothing but the C2SP texts is common to the two programs.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aics_tlog
import pytest
from aics_witness import feeder, protocol
from aics_witness.config import LogConfig
from aics_witness.service import Witness, make_server
from aics_witness.store import WitnessStore
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.base.config import WitnessEntry
from hub.core.errors import ProofInvalid
from hub.core.evidence import receipt
from hub.core.log import note
from hub.core.log.keys import Algorithm, Verifier
from hub.core.model import Millis
from tests.support.axis import NOON, SON_LA, VPCP, Clock
from tests.support.web import until
from tests.support.witnesskit import LOG, ORIGIN, History, a_hub, a_policy, a_witness, log_of


@contextmanager
def aics_witness(
    folder: Path, log: Verifier, clock: Clock, name: str = "aics"
) -> Iterator[tuple[WitnessEntry, WitnessStore]]:
    """Their service on loopback, configured for one log."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
    store = WitnessStore(folder / "aics.db", create=True)
    logs = [LogConfig(origin=log.name, vkeys=(aics_tlog.parse_vkey(log.vkey),))]
    witness = Witness(f"{name}.example/w", key, store, logs, clock=lambda: clock() / 1000)
    server = make_server(witness)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield WitnessEntry(name=name, vkey=witness.vkey_text, url=server.url), store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        store.close()


async def test_it_cosigns_our_checkpoints_and_receipts_satisfy_a_quorum_of_both(tmp_path: Path, keys: Path) -> None:
    clock, log = Clock(), log_of(keys)
    with aics_witness(tmp_path, log, clock) as (theirs, store):
        async with (
            a_witness(tmp_path / "w1", [log], clock=clock) as ours,
            a_hub(tmp_path / "hub", keys, [theirs, ours.entry], clock=clock, post_quantum=True) as web,
        ):
            for _ in range(5):
                clock.forward(1_000)
                sent = await web.send(VPCP, SON_LA)
                size = note.parse(receipt.parse(sent.receipt.encode()).note).checkpoint.size
                await web.hub.witnesses.reached(size)
            data = (await web.get(f"/v1/documents/{sent.message.id}/receipt", VPCP)).body
            proved = receipt.verify(data, a_policy(log, [theirs, ours.entry], group="all"), at=Millis(clock.now))
            assert {c.name for c in proved.cosigners} == {"aics", "w1"}
            # and their verifier agrees about the note with both cosignatures in it
            checked = aics_tlog.verify_checkpoint(
                aics_tlog.parse_note(receipt.parse(data).note),
                aics_tlog.parse_vkey(log.vkey),
                [aics_tlog.parse_vkey(theirs.vkey), aics_tlog.parse_vkey(ours.entry.vkey)],
                2,
                now=clock.now // 1000,
            )
            assert checked.ok, checked
            state = store.get(log.name)
            assert state is not None
            assert state.size == size
            assert store.evidence() == []


async def test_it_refuses_our_fork_and_the_hub_stops(tmp_path: Path, keys: Path) -> None:
    clock, log = Clock(), log_of(keys)
    async with a_hub(tmp_path / "false", keys, [], clock=clock) as false:
        for _ in range(5):
            await false.send(VPCP, SON_LA)
    with aics_witness(tmp_path, log, clock) as (theirs, store):
        async with a_hub(tmp_path / "true", keys, [theirs], clock=clock) as true:
            await true.send(VPCP, SON_LA)
            last = await true.hub.exchange.store.last_checkpoint()
            assert last is not None
            await true.hub.witnesses.reached(last.size)
        async with a_hub(tmp_path / "false", keys, [theirs], clock=clock) as false:
            await until(lambda: bool(false.hub.exchange.sequencer.halted))
            assert f"at {last.size} leaves we signed the root" in false.hub.exchange.sequencer.halted
        assert {e.known_size for e in store.evidence()} == {last.size}, "their witness keeps it, each time it is asked"
        state = store.get(log.name)
        assert state is not None
        assert (state.size, state.root) == (last.size, last.root)


@asynccontextmanager
async def their_client(url: str, vkey: str, clock: Clock) -> AsyncIterator[feeder.WitnessClient]:
    client = feeder.WitnessClient(url, vkey, clock=lambda: clock() / 1000)
    try:
        yield client
    finally:
        await asyncio.to_thread(client.close)


async def test_its_client_feeds_our_witness(tmp_path: Path) -> None:
    clock, ours, fork = Clock(NOON), History("a").grow(40), History("b").grow(60)

    async with a_witness(tmp_path / "w1", clock=clock) as w1, their_client(w1.url, w1.entry.vkey, clock) as client:

        async def submit(history: History, size: int) -> bytes:
            line = await asyncio.to_thread(
                client.submit, history.note(size), lambda old, new: history.tree.consistency(old, new)
            )
            return feeder.merge_cosignatures(history.note(size), line)

        for size in (1, 2, 7, 8, 33, 33, 40):
            clock.forward(1_000)
            cosigned = await submit(ours, size)
            opened = note.open_note(cosigned, [LOG.verifier, w1.verifier])
            assert [s.verifier.algorithm for s in opened.signed] == [Algorithm.ED25519, Algorithm.COSIGNATURE]
        for size in (40, 60):
            with pytest.raises(feeder.WitnessRejected) as refused:
                await submit(fork, size)
            assert refused.value.status == 422
        with pytest.raises(feeder.WitnessAhead):
            await submit(ours, 39)
        stranger = History("a", type(LOG).from_seed("stranger.example", bytes(32)))
        with pytest.raises(feeder.WitnessRejected) as refused:
            await submit(stranger, 5)
        assert refused.value.status == 404
        assert w1.opened.state.known(ORIGIN).size == 40


async def test_both_services_give_the_same_answers(tmp_path: Path) -> None:
    """Every request of the table in `tests/witness`, to both, in the same state."""
    from tests.witness.test_service import REFUSED, A, B

    clock = Clock()
    A.grow(9), B.grow(9)
    with aics_witness(tmp_path, LOG.verifier, clock) as (theirs, _):
        async with a_witness(tmp_path / "w1", clock=clock) as w1:
            for request in (A.request(0, 3), A.request(3, 5)):
                assert (await w1.add(request)).status == await status(w1.session, theirs.url, request) == 200
            different = {}
            for case, (make, _) in REFUSED.items():
                mine, other = (await w1.add(make())).status, await status(w1.session, theirs.url, make())
                if mine != other:
                    different[case] = (mine, other)
            assert different == {}


async def status(session: object, url: str, request: bytes) -> int:
    async with session.post(f"{url}/add-checkpoint", data=request) as response:  # type: ignore[attr-defined]
        body = await response.read()
        if response.status == 409:
            assert protocol.parse_size_body(body) == 5
            assert response.headers["Content-Type"] == "text/x.tlog.size"
        return int(response.status)


def test_proofs_of_ours_do_not_verify_under_their_key_in_another_name(tmp_path: Path) -> None:
    """A cosignature does not name its log key; the origin in the text does. One for ours is none for another."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
    vkey = aics_tlog.format_vkey(aics_tlog.cosignature_vkey("aics.example/w", key.public_key()))
    history = History("a").grow(5)
    _, line = aics_tlog.sign_cosignature(key, "aics.example/w", NOON // 1000, ORIGIN, 5, history.tree.root(5))
    good = note.attach(history.note(5), protocol.format_signature_line(line).encode())
    assert note.open_note(good, [Verifier.parse(vkey)]).signed[0].at == NOON
    elsewhere = good.replace(ORIGIN.encode() + b"\n5\n", b"log.example/x\n5\n", 1)
    with pytest.raises(ProofInvalid):
        note.open_note(elsewhere, [Verifier.parse(vkey)])
