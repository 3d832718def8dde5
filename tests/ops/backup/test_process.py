"""A running hub is backed up in the middle of its traffic, by another process; elsewhere everything that it had
acknowledged is there."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from pathlib import Path

from clients.axis import AxisClient, Sent
from hub.core import edxml
from hub.core.edxml import Attachment
from hub.core.log.policy import parse as parse_policy
from hub.core.signature import xmldsig
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from tests.support.axis import HA_NOI, SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc

RECIPIENTS = (SON_LA, HA_NOI)
BEFORE = 40


def _signed(profile: pki.Profile, number: int) -> bytes:
    """Every fourth too large to lie in the database."""
    mine = profile.agency(VPCP)
    files = [Attachment("f", "f.pdf", data=b"%PDF-1.4 " + random.Random(number).randbytes(80_000))]
    message = edxml.build(a_document(VPCP, RECIPIENTS, number), files if number % 4 == 0 else [])
    return xmldsig.sign(message, mine.key, mine.chain)


async def test_a_backup_under_load_has_everything_that_was_acknowledged_before(tmp_path: Path) -> None:
    settings = await asyncio.to_thread(prepare, tmp_path)
    profile = pki.Profile(Path(settings.hub.keys))
    policy = parse_policy((tmp_path / "policy").read_bytes())
    config, target = tmp_path / "hub.toml", tmp_path / "kept" / "one"

    def client(code: str) -> AxisClient:
        mine = profile.agency(code)
        return AxisClient(hub.url, code, mine.key, mine.chain, policy=policy)

    async with HubProcess(config, free_port()) as hub:
        async with client(VPCP) as vpcp, client(SON_LA) as son_la:
            before = [await vpcp.send(_signed(profile, n)) for n in range(BEFORE)]
            items = await son_la.fetch(10)
            contents = {item.message.id: await item.content() for item in items}
            await son_la.acknowledge(items)
            done, during = await _backed_up_under_load(vpcp, profile, config, target)
        assert done["ok"]
        assert hub.stop() == 0

    assert during, "nothing was accepted while the backup ran"
    arguments = ["--data", tmp_path / "elsewhere", "--keys", settings.hub.keys, "--json"]
    refused = truc("restore", *arguments, target)
    assert refused.returncode == 1
    assert [f["what"] for f in json.loads(refused.stdout)["findings"]] == ["unwitnessed"]
    restored = truc("restore", *arguments, "--accept-unwitnessed", target)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    checked = truc("fsck", *arguments)
    assert checked.returncode == 0, checked.stdout

    config.write_text(config.read_text().replace(settings.hub.data, str(tmp_path / "elsewhere")))
    async with HubProcess(config, hub.port), client(VPCP) as vpcp, client(SON_LA) as son_la:
        for sent in before:
            again = await vpcp.send(sent.data)
            assert again.answer.repeated
            assert again.proof.raw == sent.proof.raw
        left = await _taken(son_la)
    assert not left.keys() & contents.keys(), "handed over again, in effect"
    digests = {hashlib.sha256(data).hexdigest() for data in (*left.values(), *contents.values())}
    assert digests >= {hashlib.sha256(sent.data).hexdigest() for sent in before}


async def _backed_up_under_load(
    vpcp: AxisClient, profile: pki.Profile, config: Path, target: Path
) -> tuple[dict[str, object], list[Sent]]:
    """Documents are sent without a pause until the backup has ended."""
    making = asyncio.create_task(asyncio.to_thread(truc, "backup", "--config", config, "--json", target))
    during: list[Sent] = []
    number = BEFORE
    while not making.done():
        data = [_signed(profile, n) for n in range(number, number + 8)]
        during += await asyncio.gather(*(vpcp.send(each) for each in data))
        number += 8
    ended = await making
    assert ended.returncode == 0, ended.stdout + ended.stderr
    done: dict[str, object] = json.loads(ended.stdout)
    return done, during


async def _taken(agency: AxisClient) -> dict[str, bytes]:
    received: dict[str, bytes] = {}
    while items := await agency.fetch(50):
        for item in items:
            received[item.message.id] = await item.content()
        await agency.acknowledge(items)
    return received
