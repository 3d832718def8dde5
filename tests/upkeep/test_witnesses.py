"""A hub and its witnesses over real HTTP: receipts get better, and a witness in trouble troubles nobody else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from clients.axis import AxisClient
from clients.retry import Backoff
from hub.core import wire
from hub.core.errors import ProofInvalid
from hub.core.evidence import receipt
from hub.core.log import note
from hub.core.log.keys import Algorithm, Verifier
from hub.core.log.policy import Policy
from hub.core.model import Millis
from tests.support.axis import HA_NOI, SON_LA, VPCP, Clock
from tests.support.web import Web, bare, until
from tests.support.witnesskit import a_hub, a_policy, a_witness, an_entry, log_of


async def newest(web: Web, sent: wire.Submitted, who: str = VPCP) -> bytes:
    return (await web.get(f"/v1/documents/{bare(sent.message.id)}/receipt", who)).body


def cosigners(data: bytes, policy: Policy) -> set[str]:
    return {c.name for c in receipt.verify(data, policy).cosigners}


def size_of(data: bytes) -> int:
    return note.parse(receipt.parse(data).note).checkpoint.size


async def test_a_receipt_is_upgraded_and_the_first_one_stays_what_it_was(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    log = log_of(keys)
    async with (
        a_witness(tmp_path / "w1", [log], name="w1", clock=clock) as w1,
        a_witness(tmp_path / "w2", [log], name="w2", clock=clock) as w2,
        a_hub(tmp_path / "hub", keys, [w1.entry, w2.entry], clock=clock) as web,
    ):
        data = web.axis.sign(web.axis.document(VPCP, [SON_LA]))
        sent = (await web.submit(data, VPCP)).record(wire.Submitted)
        first = sent.receipt.encode()
        alone, both = a_policy(log, []), a_policy(log, [w1, w2], group="all")
        assert receipt.verify(first, alone, data).cosigners == ()
        with pytest.raises(ProofInvalid, match="quorum"):
            receipt.verify(first, both)

        await web.hub.witnesses.reached(size_of(first))
        upgraded = await newest(web, sent)
        proved = receipt.verify(upgraded, both, data, at=Millis(clock.now))
        assert {c.name for c in proved.cosigners} == {"w1", "w2"}
        assert proved.evidence == receipt.verify(first, alone).evidence
        assert receipt.verify(upgraded, alone).cosigners == ()

        # by the evidence's own identifier, and to the recipient, the same
        evidence = bare(proved.evidence.identifier)
        assert (await web.get(f"/v1/receipts/{evidence}", SON_LA)).body == upgraded
        # the same bytes again: the same answer, byte for byte
        assert (await web.submit(data, VPCP)).record(wire.Submitted).receipt.encode() == first


async def test_every_policy_finds_its_quorum_or_says_which_is_missing(tmp_path: Path, keys: Path) -> None:
    """Three witnesses, one of them down: any and 2 are satisfied, all is not, until it comes back."""
    clock, log = Clock(), log_of(keys)
    late, port = an_entry(tmp_path / "w3", "w3")
    async with (
        a_witness(tmp_path / "w1", [log], name="w1", clock=clock) as w1,
        a_witness(tmp_path / "w2", [log], name="w2", clock=clock) as w2,
        a_hub(tmp_path / "hub", keys, [w1.entry, w2.entry, late], clock=clock) as web,
    ):
        names = [w1.entry, w2.entry, late]
        sent = await web.send(VPCP, SON_LA)
        await web.hub.witnesses.reached(size_of(sent.receipt.encode()), "w1", "w2")
        data = await newest(web, sent)
        for group in ("any", "1", "2"):
            assert cosigners(data, a_policy(log, names, group=group)) == {"w1", "w2"}
        assert cosigners(data, a_policy(log, names, quorum="w2")) == {"w1", "w2"}
        for policy in (
            a_policy(log, names, group="all"),
            a_policy(log, names, group="3"),
            a_policy(log, names, quorum="w3"),
        ):
            with pytest.raises(ProofInvalid, match="quorum"):
                receipt.verify(data, policy)
        assert web.hub.witnesses.sizes["w3"] == 0

        async with a_witness(tmp_path / "w3", [log], name="w3", port=port, clock=clock):
            await web.hub.witnesses.reached(size_of(data))
            better = await newest(web, sent)
            assert cosigners(better, a_policy(log, names, group="all")) == {"w1", "w2", "w3"}
            metrics = (await web.get("/metrics")).body.decode()
            for name in ("w1", "w2", "w3"):
                assert f'truc_witness_lag{{witness="{name}"}} 0.0' in metrics
                assert f'truc_witness_up{{witness="{name}"}} 1.0' in metrics


async def test_old_receipts_get_the_oldest_checkpoint_that_all_have_signed(tmp_path: Path, keys: Path) -> None:
    clock, log = Clock(), log_of(keys)
    late, port = an_entry(tmp_path / "w2", "w2")
    async with (
        a_witness(tmp_path / "w1", [log], name="w1", clock=clock) as w1,
        a_hub(tmp_path / "hub", keys, [w1.entry, late], clock=clock) as web,
    ):
        first = await web.send(VPCP, SON_LA)
        await web.hub.witnesses.reached(size_of(first.receipt.encode()), "w1")
        one = await newest(web, first)
        assert size_of(one) == size_of(first.receipt.encode()), "the smallest that w1 signed"
        second = await web.send(VPCP, HA_NOI)
        await web.hub.witnesses.reached(size_of(second.receipt.encode()), "w1")
        assert await newest(web, first) == one
        async with a_witness(tmp_path / "w2", [log], name="w2", port=port, clock=clock):
            await web.hub.witnesses.reached(size_of(second.receipt.encode()))
            both = await newest(web, first)
            assert size_of(both) == size_of(second.receipt.encode())
            third = await web.send(VPCP, HA_NOI)
            await web.hub.witnesses.reached(size_of(third.receipt.encode()))
            assert await newest(web, first) == both, "what has all signatures does not change any more"


async def test_the_published_checkpoint_carries_what_is_known_of_its_size(tmp_path: Path, keys: Path) -> None:
    clock, log = Clock(), log_of(keys)
    async with a_witness(tmp_path / "w1", [log], clock=clock) as w1:
        async with a_hub(tmp_path / "none", keys, []) as web:
            assert (await web.get("/log/checkpoint/cosigned")).status == 404
        async with a_hub(tmp_path / "hub", keys, [w1.entry], clock=clock) as web:
            sent = await web.send(VPCP, SON_LA)
            await web.hub.witnesses.reached(size_of(sent.receipt.encode()))
            published = (await web.get("/log/checkpoint")).body
            assert (await web.get("/log/checkpoint/cosigned")).body == published
            opened = note.open_note(published, [log, w1.verifier])
            assert [s.verifier for s in opened.signed] == [log, w1.verifier]
            # a newer one is published at once, without waiting for anybody
            await web.send(VPCP, SON_LA)
            last = (await web.get("/log/checkpoint")).body
            assert note.parse(last).checkpoint.size > note.parse(published).checkpoint.size


async def test_a_witness_that_is_down_delays_no_answer(tmp_path: Path, keys: Path) -> None:
    """One refuses connections, one accepts them and never says a word, one answers nonsense, as long as it takes: hours
    of tries, in this test's time. Traffic is as it was, and the healthy one keeps up."""
    clock, log = Clock(), log_of(keys)
    calls: list[str] = []
    hung = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append("silent")
        hung.set()
        await reader.read(100_000)
        await reader.read(1)  # until the hub gives up
        writer.close()

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append("nonsense")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\n\xff\xff nonsense")
        await writer.drain()
        writer.close()

    servers = [await asyncio.start_server(handler, "127.0.0.1", 0) for handler in (silent, nonsense)]
    ports = [server.sockets[0].getsockname()[1] for server in servers]
    down = [an_entry(tmp_path / name, name)[0] for name in ("down", "silent", "nonsense")]
    entries = [
        down[0],
        *(type(e)(e.name, e.vkey, f"http://127.0.0.1:{p}") for e, p in zip(down[1:], ports, strict=True)),
    ]
    async with (
        a_witness(tmp_path / "w1", [log], clock=clock) as w1,
        a_hub(tmp_path / "hub", keys, [*entries, w1.entry], clock=clock, timeout_seconds=0.2) as web,
    ):
        for _ in range(40):
            sent = await web.send(VPCP, SON_LA)
            receipt.verify(sent.receipt.encode(), a_policy(log, []))
        await web.take(SON_LA, sent)
        await web.hub.witnesses.reached(size_of(sent.receipt.encode()), "w1")
        await until(lambda: calls.count("nonsense") > 5)
        await asyncio.wait_for(hung.wait(), 60)
        metrics = (await web.get("/metrics")).body.decode()
        assert 'truc_witness_up{witness="w1"} 1.0' in metrics
        for name, outcome in (("down", "unreachable"), ("nonsense", "bad-answer")):
            assert f'truc_witness_up{{witness="{name}"}} 0.0' in metrics
            assert f'truc_witness_answers_total{{outcome="{outcome}",witness="{name}"}}' in metrics
        assert (await web.get("/readyz")).status == 200
        assert cosigners(await newest(web, sent), a_policy(log, [w1], group="all")) == {"w1"}
    for server in servers:
        server.close()
        await server.wait_closed()


async def test_after_a_restart_the_hub_goes_on_where_its_witness_is(tmp_path: Path, keys: Path) -> None:
    clock, log = Clock(), log_of(keys)
    async with a_witness(tmp_path / "w1", [log], clock=clock) as w1:
        async with a_hub(tmp_path / "hub", keys, [w1.entry], clock=clock) as web:
            sent = await web.send(VPCP, SON_LA)
            await web.hub.witnesses.reached(size_of(sent.receipt.encode()))
            sizes = web.hub.witnesses.sizes
        async with a_hub(tmp_path / "hub", keys, [w1.entry], clock=clock) as web:
            assert web.hub.witnesses.sizes == sizes
            again = await web.send(VPCP, SON_LA)
            await web.hub.witnesses.reached(size_of(again.receipt.encode()))
            answers = (await web.get("/metrics")).body.decode()
            assert 'outcome="conflict"' not in answers
        # A hub that forgot what was cosigned, or a witness that heard of it from others, is told the size.
        async with a_hub(tmp_path / "hub", keys, [w1.entry], clock=clock) as web:
            client = web.hub.witnesses._clients[0]
            client.size = 1
            third = await web.send(VPCP, SON_LA)
            await web.hub.witnesses.reached(size_of(third.receipt.encode()))


async def test_it_believes_no_line_but_the_witness_own(tmp_path: Path, keys: Path) -> None:
    """A service that signs with another key, states the future, or signs something else: nothing is kept."""
    clock, log = Clock(), log_of(keys)
    entry, _ = an_entry(tmp_path / "named", "w1")
    async with a_witness(tmp_path / "other", [log], name="w1", clock=clock) as other:
        claimed = type(entry)(entry.name, entry.vkey, other.url)
        async with a_hub(tmp_path / "hub", keys, [claimed], clock=clock) as web:
            sent = await web.send(VPCP, SON_LA)
            await until(lambda: 'outcome="bad-answer"' in web_metrics(web))
            assert await newest(web, sent) == sent.receipt.encode()
            assert (await web.get("/log/checkpoint/cosigned")).status == 404
    ahead = Clock(clock.now + 120_000)
    async with (
        a_witness(tmp_path / "ahead", [log], clock=ahead) as w1,
        a_hub(tmp_path / "hub2", keys, [w1.entry], clock=clock) as web,
    ):
        sent = await web.send(VPCP, SON_LA)
        await until(lambda: 'outcome="bad-answer"' in web_metrics(web))
        clock.forward(120_000)  # the hub's clock was behind: the same witness is believed
        await web.hub.witnesses.reached(size_of(sent.receipt.encode()))


def web_metrics(web: Web) -> str:
    return web.hub.witnesses._metrics.render().decode()


async def test_a_client_that_asks_for_a_quorum_sends_upgrades_and_verifies(tmp_path: Path, keys: Path) -> None:
    clock, log = Clock(), log_of(keys)
    async with (
        a_witness(tmp_path / "w1", [log], clock=clock) as w1,
        a_hub(tmp_path / "hub", keys, [w1.entry], clock=clock) as web,
    ):
        policy = a_policy(log, [w1], group="all")
        mine = web.axis.credential(VPCP)
        seconds = clock.now / 1000
        async with AxisClient(
            web.url, VPCP, mine.key, mine.chain, policy=policy, clock=lambda: seconds, backoff=Backoff(tries=1)
        ) as axis:
            sent = await axis.send(web.axis.sign(web.axis.document(VPCP, [SON_LA])))
            assert sent.proof.log
            assert sent.proof.cosigners == (), "the answer is older than any cosignature"
            await web.hub.witnesses.reached(sent.proof.size)
            before, after = await axis.upgraded(sent.proof.raw)
            assert (before.cosigners, after.cosigners) == ((), ("w1",))
            assert await axis.receipt(sent.answer.message.id) == after
            other = await axis.send(web.axis.sign(web.axis.document(VPCP, [SON_LA])))
            spoilt = sent.proof.raw.replace(b"index ", b"index 1")
            with pytest.raises(ProofInvalid):
                await axis.upgraded(spoilt)
            assert other.proof.index != after.index


async def test_ml_dsa_44_signs_beside_ed25519_and_either_alone_verifies(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with a_hub(tmp_path / "plain", keys, [], clock=clock) as web:
        plain = (await web.send(VPCP, SON_LA)).receipt.encode()
    async with a_hub(tmp_path / "hub", keys, [], clock=clock, post_quantum=True) as web:
        lines = (await web.get("/log/vkey")).body.decode()
        vkeys = [line.split()[1] for line in lines.splitlines() if line.startswith("log ")]
        classic, quantum = map(Verifier.parse, vkeys)
        assert (classic.algorithm, quantum.algorithm) == (Algorithm.ED25519, Algorithm.ML_DSA_44)
        logs = [classic, quantum]
        data = (await web.send(VPCP, SON_LA)).receipt.encode()
        file = keys / "hub" / "log-ml-dsa-44.key.pem"
        assert file.stat().st_mode & 0o777 == 0o600

        # with witnesses, whose programs may not know the new algorithm
        async with (
            a_witness(tmp_path / "w1", [classic], clock=clock) as old,
            a_witness(tmp_path / "w2", logs, name="w2", clock=clock, post_quantum=True) as new,
        ):
            for witness in (old, new):
                published = (await web.get("/log/checkpoint")).body
                request = b"old 0\n\n" + published
                assert (await witness.add(request)).status == 200

    for trusted in ([classic], [quantum], logs):
        policy = a_policy(trusted[0], [])
        policy = type(policy)(tuple(type(policy.logs[0])(v) for v in trusted))
        assert receipt.verify(data, policy).origin == classic.name
    assert 3_200 < len(data) - len(plain) < 3_400
    both = type(policy)(tuple(type(policy.logs[0])(v) for v in logs))
    for line in data.decode().splitlines()[-2:]:  # whichever of the two is bent, a verifier that knows both refuses
        bent = line[:-30] + ("A" if line[-30] != "A" else "B") + line[-29:]
        with pytest.raises(ProofInvalid):
            receipt.verify(data.replace(line.encode(), bent.encode()), both)
    # the setting may be taken back, and given again: the log is the same
    async with a_hub(tmp_path / "hub", keys, [], clock=clock) as web:
        assert len(web.hub.log.vkeys) == 1
        await web.send(VPCP, SON_LA)
    async with a_hub(tmp_path / "hub", keys, [], clock=clock, post_quantum=True) as web:
        assert web.hub.log.vkeys == tuple(vkeys)
