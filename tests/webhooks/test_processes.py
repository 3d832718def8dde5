"""A hub as a process of its own: killed while it sends, and asked by `truc webhooks` as a person would."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
from pathlib import Path

from clients.axis import AxisClient
from clients.retry import Backoff
from hub.core import edxml
from hub.core.signature import xmldsig
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from tests.support.axis import SON_LA, VPCP, a_document
from tests.support.process import TRUC, HubProcess, free_port
from tests.support.receiver import Receiver, a_receiver

PATIENT = Backoff(first=0.05, longest=0.5, tries=100, budget=60.0)
DOCUMENTS = 40


async def until_more(receiver: Receiver, count: int) -> None:
    async with asyncio.timeout(60):
        while len(receiver.got) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_sigkill_while_it_sends_loses_no_webhook_and_a_person_can_listen(tmp_path: Path) -> None:
    settings = await asyncio.to_thread(prepare, tmp_path)
    profile, rng = pki.Profile(Path(settings.hub.keys)), random.Random(11)
    vpcp, son_la = profile.agency(VPCP), profile.agency(SON_LA)
    hub = HubProcess(tmp_path / "hub.toml", free_port())
    async with a_receiver() as receiver, hub:
        async with (
            AxisClient(hub.url, VPCP, vpcp.key, vpcp.chain, backoff=PATIENT) as sender,
            AxisClient(hub.url, SON_LA, son_la.key, son_la.chain, backoff=PATIENT) as owner,
        ):
            made = await owner.add_webhook(receiver.url)
            assert (await owner.test_webhook(made.id)).ok
            sent = []
            for number in range(DOCUMENTS):
                data = xmldsig.sign(edxml.build(a_document(VPCP, [SON_LA], number)), vpcp.key, vpcp.chain)
                sent.append((await sender.send(data)).answer.message.id)
                if number % 10 == 9:
                    await until_more(receiver, len(receiver.got) + rng.randrange(1, 4))
                    hub.kill()
                    await hub.start()
            async with asyncio.timeout(60):
                while len({got.payload.data.document for got in receiver.got}) < DOCUMENTS:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            first = list(dict.fromkeys(got.payload.data.document for got in receiver.got))
            assert first == sent  # each at least once, the first time in the log's order
            assert len(set(receiver.ids)) == DOCUMENTS  # and what came twice is known by its identifier
            await owner.remove_webhook(made.id)
            await listened(hub.url, settings.hub.keys, sender, vpcp)
        assert hub.stop() == 0


async def listened(url: str, keys: str, sender: AxisClient, vpcp: pki.Credential) -> None:
    """`truc webhooks listen` registers itself, proves itself, prints what comes, and is gone afterwards."""
    line = ["--as", SON_LA, "--url", url, "--keys", keys]
    process = await asyncio.to_thread(_started, [*TRUC, "webhooks", "listen", *line, "--count", "1", "--lang", "en"])
    try:
        assert process.stdout is not None
        assert "listens on http://127.0.0.1:" in await asyncio.to_thread(process.stdout.readline)
        data = xmldsig.sign(edxml.build(a_document(VPCP, [SON_LA], 999)), vpcp.key, vpcp.chain)
        message = (await sender.send(data)).answer.message.id
        told = await asyncio.to_thread(process.stdout.readline)
        assert "document.arrived" in told
        assert message in told
        assert await asyncio.to_thread(process.wait, 30) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    listed = await asyncio.to_thread(
        subprocess.run, [*TRUC, "webhooks", "list", *line, "--json"], capture_output=True, text=True, check=True
    )
    found = json.loads(listed.stdout)
    assert found["items"] == []
    assert found["keys"][0].startswith("whpk_")


def _started(line: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
