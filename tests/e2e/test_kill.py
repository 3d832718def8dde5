"""A real hub process is killed in the middle of accepting and of acknowledging; nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
from pathlib import Path

import pytest

from clients import protocol
from clients.axis import AxisClient, Sent
from clients.errors import ClientError
from clients.protocol import desk
from clients.retry import ONCE, Backoff
from hub.base import failpoint
from hub.core import edxml, wire_desk
from hub.core.log.policy import parse as parse_policy
from hub.core.model import StatusCode
from hub.core.signature import xmldsig
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from tests.exchange.kit import a_status
from tests.support.axis import HA_NOI, SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc

DOCUMENTS = 60
RECIPIENTS = (SON_LA, HA_NOI)


async def test_sigkill_while_accepting_and_acknowledging_loses_nothing(tmp_path: Path) -> None:
    settings = await asyncio.to_thread(prepare, tmp_path)
    profile = pki.Profile(Path(settings.hub.keys))
    policy = parse_policy((tmp_path / "policy").read_bytes())
    sender = profile.agency(VPCP)
    documents = [
        xmldsig.sign(edxml.build(a_document(VPCP, RECIPIENTS, n)), sender.key, sender.chain) for n in range(DOCUMENTS)
    ]
    patient = Backoff(first=0.05, longest=0.5, tries=100, budget=60.0)

    def client(code: str) -> AxisClient:
        mine = profile.agency(code)
        return AxisClient(hub.url, code, mine.key, mine.chain, policy=policy, backoff=patient)

    async with HubProcess(tmp_path / "hub.toml", free_port()) as hub:
        async with client(VPCP) as vpcp:
            first, others = await _send_and_kill(hub, vpcp, documents)
            # What was acknowledged before the kill is there, with the very same receipt.
            for sent in first:
                again = await vpcp.send(sent.data)
                assert again.answer.repeated
                assert again.proof.raw == sent.proof.raw
            sent = first + others

        received: dict[str, list[bytes]] = {}
        for code in RECIPIENTS:
            async with client(code) as recipient:
                received[code] = await _take_all_and_kill_once(hub, recipient)
        assert hub.stop() == 0

    assert len({s.answer.message.id for s in sent}) == DOCUMENTS
    for code in RECIPIENTS:
        assert sorted(map(_digest, received[code])) == sorted(map(_digest, documents)), code
    checked = truc("fsck", "--config", tmp_path / "hub.toml", "--json")
    assert checked.returncode == 0, checked.stdout
    assert json.loads(checked.stdout)["checked"]["deliveries"] == DOCUMENTS * len(RECIPIENTS)


async def _send_and_kill(hub: HubProcess, vpcp: AxisClient, documents: list[bytes]) -> tuple[list[Sent], list[Sent]]:
    """Send all at once, kill the hub when a third was acknowledged, start it again: the client tries by itself."""
    before: list[Sent] = []
    after: list[Sent] = []
    killed = asyncio.Event()

    async def send(data: bytes) -> None:
        sent = await vpcp.send(data)
        (after if killed.is_set() else before).append(sent)
        if len(before) == len(documents) // 3 and not killed.is_set():
            hub.kill()
            killed.set()
            await hub.start()

    await asyncio.gather(*map(send, documents))
    assert killed.is_set()
    assert after, "the kill came after the last answer"
    return before, after


async def _take_all_and_kill_once(hub: HubProcess, recipient: AxisClient) -> list[bytes]:
    """Work through a mailbox, killing the hub once between fetching and acknowledging."""
    received: dict[str, bytes] = {}
    killed = False
    while items := await recipient.fetch(20):
        contents = {item.message.id: await item.content() for item in items}
        if not killed and received:
            papers = await _papers(recipient, items[0].message.id)
            hub.kill()  # right after the answer to the last of them
            await hub.start()
            assert await _kept(recipient) == papers
            killed = True
            continue  # leases are gone with the process: the same documents are offered again
        done = await recipient.acknowledge(items)
        assert all(item.problem is None for item in done.items)
        assert not received.keys() & contents.keys(), "delivered twice in effect"
        received |= contents
    assert killed
    return list(received.values())


async def _papers(recipient: AxisClient, message: str) -> list[object]:
    """An agency's own: a group, a direction, a correction, a draft with a file; each was told as kept."""
    call = recipient._transport.call
    file = wire_desk.DraftFile(name="a.bin", data=bytes(range(256)) * 256)
    direction = wire_desk.NewDirection(document=message, leader="Chủ tịch", lead="Phòng A", what="Tham mưu")
    wrong = wire_desk.NewCorrection(document=message, book="in", cells={"unit": "Phòng A"}, reason="Ghi thiếu")
    letter = wire_desk.DraftLetter(subject="V/v nháp", files=(file,))
    group = await call(desk.put_group(wire_desk.Group(name="Một nơi", members=[VPCP])))
    noted = await call(desk.add_direction(direction))
    corrected = await call(desk.add_correction(wrong))
    draft = await call(desk.save_draft(wire_desk.SaveDraft(letter=letter)))
    return [group, noted, corrected, draft, letter]


async def _kept(recipient: AxisClient) -> list[object]:
    call = recipient._transport.call
    (noted,), (corrected,) = (await call(desk.directions())).items, (await call(desk.corrections())).items
    (draft,) = (await call(desk.drafts())).items
    letter = (await call(desk.draft(draft.id))).letter
    return [await call(desk.group("Một nơi")), noted, corrected, draft, letter]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("point", ["deliver.leased", "deliver.content"])
async def test_killed_between_the_record_of_an_offer_and_its_bytes(tmp_path: Path, point: str) -> None:
    """The mark stands: its sender has to ask, though no byte came."""
    settings = await asyncio.to_thread(prepare, tmp_path)
    profile = pki.Profile(Path(settings.hub.keys))
    port, sender = free_port(), profile.agency(VPCP)
    data = xmldsig.sign(edxml.build(a_document(VPCP, (SON_LA,), 1)), sender.key, sender.chain)

    def client(code: str) -> AxisClient:
        mine = profile.agency(code)
        return AxisClient(hub.url, code, mine.key, mine.chain, backoff=ONCE)

    armed = {failpoint.VARIABLE: f"{point}=kill"}
    async with HubProcess(tmp_path / "hub.toml", port, armed) as hub, client(VPCP) as vpcp, client(SON_LA) as son_la:
        sent = (await vpcp.send(data)).answer.message
        reading = protocol.content(sent.id, sent.sha256)
        with pytest.raises(ClientError):
            await (son_la.fetch(10) if point == "deliver.leased" else son_la._transport.call(reading))
        assert hub.stop() == -signal.SIGKILL
    async with HubProcess(tmp_path / "hub.toml", port) as hub, client(VPCP) as vpcp:
        (delivery,) = (await vpcp.life(sent.id)).deliveries
        assert delivery.offered_at
        status = a_status(VPCP, StatusCode.TAKE_BACK, VPCP, document_id=sent.document_id)
        asked = await vpcp.send(xmldsig.sign(edxml.build(status), sender.key, sender.chain))
        assert asked.answer.recipients == [SON_LA]
        assert hub.stop() == 0
    checked = truc("fsck", "--config", tmp_path / "hub.toml")
    assert checked.returncode == 0, checked.stdout
