"""The published client and a real hub with a network between them that drops, delays, cuts and doubles.

What others do then: deliver twice (Holodeck #117), process twice (OpenAS2 #260), lose the original once the retries are
over (OpenAS2 #418, #379, #550), file as sent what failed. Seeds in `PROXY_SEEDS=1,2,3`.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from clients.axis import AxisClient, Sent
from clients.errors import Busy, UnexpectedAnswer, Unreachable
from clients.retry import Backoff
from hub.core import edxml, wire
from hub.core.log.policy import parse as parse_policy
from hub.core.model import StatusCode
from hub.core.signature import xmldsig
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from tests.support.axis import HA_NOI, SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc
from tests.support.proxy import FAULTS, Proxy, bad_network

SEEDS = [int(seed) for seed in os.environ.get("PROXY_SEEDS", "1,2").split(",")]
DOCUMENTS = 40
RECIPIENTS = (SON_LA, HA_NOI)
PATIENT = Backoff(first=0.001, longest=0.02, tries=200, budget=120.0)


class Country:
    """The hub's process, its agencies' clients, and the network between them."""

    def __init__(self, folder: Path, hub: HubProcess, proxy: Proxy) -> None:
        self.profile = pki.Profile(folder / "keys")
        self.policy = parse_policy((folder / "policy").read_bytes())
        self.hub = hub
        self.proxy = proxy

    def client(self, code: str, backoff: Backoff = PATIENT, *, directly: bool = False) -> AxisClient:
        mine = self.profile.agency(code)
        url, audience = self.hub.url if directly else self.proxy.url, f"{self.hub.url}/v1/token"
        return AxisClient(url, code, mine.key, mine.chain, policy=self.policy, backoff=backoff, audience=audience)

    def documents(self, count: int) -> list[bytes]:
        sender = self.profile.agency(VPCP)
        made = (edxml.build(a_document(VPCP, RECIPIENTS, n)) for n in range(count))
        return [xmldsig.sign(data, sender.key, sender.chain) for data in made]


async def received(country: Country, code: str) -> dict[str, bytes]:
    """What an agency's program does: fetch, keep, sign, register; the document is processed where its signature
    stands."""
    kept: dict[str, bytes] = {}
    processed: Counter[str] = Counter()
    async with country.client(code) as axis:
        while len(processed) < DOCUMENTS:
            for item in await axis.fetch(10, 1.0):
                kept[item.message.id] = await item.content()
                assert item.message.id not in processed, "offered again after it was acknowledged"
                done = await item.acknowledge()
                assert done.problem is None, done
                processed[item.message.id] += 1
                await axis.status(StatusCode.ACCEPTED, item.message)
    assert set(processed.values()) == {1}
    return kept


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_answer_lost_makes_a_document_lost_or_doubled(tmp_path: Path, seed: int) -> None:
    await asyncio.to_thread(prepare, tmp_path, lease=1.0)
    async with (
        HubProcess(tmp_path / "hub.toml", free_port()) as hub,
        bad_network(hub.url, seed) as proxy,
    ):
        country = Country(tmp_path, hub, proxy)
        documents = country.documents(DOCUMENTS)
        async with country.client(VPCP) as vpcp:
            sent: list[Sent] = await asyncio.gather(*map(vpcp.send, documents))
            inboxes = await asyncio.gather(*(received(country, code) for code in RECIPIENTS))
        check_sent(documents, sent)
        for code, kept in zip(RECIPIENTS, inboxes, strict=True):
            assert {s.answer.message.id: s.data for s in sent} == kept, code
        async with country.client(VPCP, directly=True) as vpcp:
            await check_outbox(vpcp, sent)
            figures = await vpcp.figures()
            assert figures.ledger
            assert all(line.difference == 0 for line in figures.ledger)
        assert set(FAULTS) <= proxy.met.keys(), "a fault that did not happen proves nothing"
        assert hub.stop() == 0
    checked = await asyncio.to_thread(truc, "fsck", "--config", tmp_path / "hub.toml", "--json")
    assert checked.returncode == 0, checked.stdout
    # Every document was delivered twice, and each of its two registrations once to the sender.
    assert json.loads(checked.stdout)["checked"]["deliveries"] == DOCUMENTS * (2 + 2)


def check_sent(documents: list[bytes], sent: list[Sent]) -> None:
    """Each its own receipt over its own bytes, which the client checked when it got it."""
    assert [s.data for s in sent] == documents
    assert len({s.answer.message.id for s in sent}) == len({s.proof.raw for s in sent}) == DOCUMENTS
    for one in sent:
        assert one.proof.evidence.message == one.answer.message.id


async def check_outbox(vpcp: AxisClient, sent: list[Sent]) -> None:
    """The hub holds each of them once, handed over, and gives the first receipt for the same bytes again."""
    rows: list[wire.OutboxItem] = []
    cursor = ""
    while True:
        page = await vpcp.outbox(cursor=cursor)
        rows += page.items
        cursor = page.cursor
        if not cursor:
            break
    mine = [row for row in rows if row.message.sender == VPCP]
    assert Counter(row.message.id for row in mine) == Counter(s.answer.message.id for s in sent)
    assert {d.state for row in mine for d in row.deliveries} == {"handed_over"}
    for one in sent[:5]:
        again = await vpcp.send(one.data)
        assert again.answer.repeated
        assert again.proof.raw == one.proof.raw


async def test_the_original_is_there_when_the_tries_are_used_up(tmp_path: Path) -> None:
    """A call that gave up tells so and takes nothing away: the same bytes sent later are accepted, or found."""
    await asyncio.to_thread(prepare, tmp_path, lease=1.0)
    async with (
        HubProcess(tmp_path / "hub.toml", free_port()) as hub,
        bad_network(hub.url, 3, share=0.9) as proxy,
    ):
        country = Country(tmp_path, hub, proxy)
        hasty = Backoff(first=0.001, longest=0.001, tries=1, budget=60.0)
        documents = country.documents(20)
        gave_up = 0
        async with country.client(VPCP, hasty) as vpcp:
            for data in documents:
                try:
                    await vpcp.send(data)
                except (Unreachable, Busy, UnexpectedAnswer):
                    gave_up += 1
        assert gave_up
        async with country.client(VPCP, directly=True) as vpcp:
            again = [await vpcp.send(data) for data in documents]
        assert len({s.answer.message.id for s in again}) == len(documents)
        assert any(s.answer.repeated for s in again), "no answer was lost after the hub had accepted"
        async with country.client(SON_LA, directly=True) as recipient:
            contents = [await item.content() for item in await recipient.fetch(50)]
        assert sorted(contents) == sorted(documents)
