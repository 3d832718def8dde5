"""Two messages in flight got each other's content and receipts (oxalis-ng #18); all payloads were the same (Holodeck
#156). A thousand at once, each compared byte by byte with what its own receipt and its own recipient say."""

from __future__ import annotations

import asyncio
import os
from hashlib import sha256
from pathlib import Path

import pytest

from clients.axis import AxisClient, Sent
from hub.core.log.policy import parse as parse_policy
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.sized import sized
from tests.support.web import Web, a_web

COUNT = int(os.environ.get("PAYLOADS", "1000"))
SIZES = (6_500, 7_001, 9_000, 31_000, 33_000, 66_000)


def client(web: Web, code: str) -> AxisClient:
    mine = web.axis.credential(code)
    policy = parse_policy("".join(f"log {key}\n" for key in web.axis.log.vkeys) + "quorum none\n")
    clock = web.axis.clock
    return AxisClient(web.url, code, mine.key, mine.chain, policy=policy, clock=lambda: clock.now / 1000)


@pytest.mark.parametrize("recipient", [SON_LA])
async def test_none_of_a_thousand_gets_anothers_content_or_receipt(tmp_path: Path, keys: Path, recipient: str) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        # Two of three small, as they are; all different in every byte that counts: number, subject, signature.
        small = [web.axis.sign(web.axis.document(VPCP, [recipient, HA_NOI])) for _ in range(COUNT * 2 // 3)]
        large = [sized(web.axis, SIZES[n % len(SIZES)], recipient) for n in range(COUNT - len(small))]
        documents = [*small, *large]
        assert len(set(documents)) == COUNT
        async with client(web, VPCP) as sender, client(web, recipient) as reader:
            sent: list[Sent] = await asyncio.gather(*map(sender.send, documents))
            check_receipts(documents, sent)
            await check_contents(reader, {s.answer.message.id: s.data for s in sent})


def check_receipts(documents: list[bytes], sent: list[Sent]) -> None:
    assert [s.data for s in sent] == documents
    for one in sent:
        assert one.proof.evidence.document_digest() == sha256(one.data).digest()
        assert one.answer.message.sha256 == sha256(one.data).hexdigest()
        assert one.proof.evidence.message == one.answer.message.id
    assert len({s.proof.raw for s in sent}) == len({s.answer.message.id for s in sent}) == COUNT
    assert len({s.proof.evidence.identifier for s in sent}) == COUNT


async def check_contents(reader: AxisClient, expected: dict[str, bytes]) -> None:
    items = await reader.fetch(1_000)
    while len(items) < COUNT:
        more = await reader.fetch(1_000)
        assert more
        items += more
    contents = await asyncio.gather(*(item.content() for item in items))
    assert {item.message.id: data for item, data in zip(items, contents, strict=True)} == expected
    done = await reader.acknowledge(items)
    assert {one.message for one in done.items if one.problem is None} == expected.keys()
    assert len({one.evidence for one in done.items}) == COUNT
