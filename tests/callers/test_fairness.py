"""One agency floods, others are polite: in which order they are served, by the log's own numbers and by no clock.

All requests are written to their connections before the hub reads the first of them, the flood's first. So whoever is
served before a document of the flood has overtaken it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from hub.core import wire
from hub.core.edxml import Attachment
from hub.core.evidence.receipt import parse
from hub.core.model import Agency, Millis, Tier
from hub.pki.profile import registered as certificate_of
from tests.support.axis import HA_NOI, NOON, SON_LA, VPCP, priority
from tests.support.web import Web, a_web

FLOOD, POLITE = 150, 10


async def prepared(web: Web) -> list[str]:
    """Ten polite agencies, with their keys and tokens."""
    agencies = [
        Agency(code=f"000.00.{n:02}.H26", name=f"Sở {n}", tier=Tier.PROVINCIAL, parent=HA_NOI) for n in range(30, 40)
    ]
    web.axis.profile.issue_agencies(agencies, NOON)
    entries = [
        msgspec.structs.replace(a, certificates=(certificate_of(web.axis.profile.agency(a.code), Millis(0)),))
        for a in agencies
    ]
    await web.hub.exchange.change_directory(entries, "test")
    for code in (VPCP, *(a.code for a in agencies)):
        await web.token(code)
    return [a.code for a in agencies]


class Line:
    """Connections that are all there, requests that are all written, and then the answers."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._requests: list[bytes] = []

    async def add(self, who: str, data: bytes) -> None:
        head = f"POST /v1/documents HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nContent-Length: {len(data)}\r\n"
        token = await self._web.token(who)
        self._requests.append(f"{head}Authorization: Bearer {token}\r\n\r\n".encode() + data)

    async def places(self) -> list[int]:
        """For each request, how many others were recorded before it."""
        ends = [await asyncio.open_connection(*self._web.address) for _ in self._requests]
        for (_, writer), request in zip(ends, self._requests, strict=True):
            writer.write(request)
        answers = await asyncio.gather(*(reader.read() for reader, _ in ends))
        for _, writer in ends:
            writer.close()
        leaves = [leaf_of(answer) for answer in answers]
        order = sorted(leaves)
        return [order.index(leaf) for leaf in leaves]


def leaf_of(answer: bytes) -> int:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 "), answer[:400]
    return parse(msgspec.json.decode(body, type=wire.Submitted).receipt.encode()).index


async def line_of(web: Web, last: Sequence[tuple[str, bytes]]) -> list[int]:
    """The places of `last`, written after a flood."""
    line = Line(web)
    for _ in range(FLOOD):
        await line.add(VPCP, web.axis.sign(web.axis.document(VPCP, [SON_LA])))
    for who, data in last:
        await line.add(who, data)
    return (await line.places())[FLOOD:]


async def test_a_flooding_agency_holds_nobody_up(tmp_path: Path, keys: Path) -> None:
    """Each of the ten waits for a round of all eleven, not for the flood."""
    async with a_web(tmp_path / "hub", keys) as web:
        polite = await prepared(web)
        documents = [(code, web.axis.sign(web.axis.document(code, [SON_LA]))) for code in polite]
        places = await line_of(web, documents)
        assert max(places) < FLOOD // 2, places
        assert sorted(places)[POLITE // 2] < 3 * POLITE, places


async def test_urgent_documents_overtake_a_flood_of_the_same_agency(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        await web.token(VPCP)
        urgent = [web.axis.sign(web.axis.document(VPCP, [SON_LA], other=priority(p))) for p in (1, 3, 4)]
        places = await line_of(web, [(VPCP, data) for data in urgent])
        assert max(places) < FLOOD // 2, places


@pytest.mark.parametrize("value", ["urgent", "polite"])
async def test_where_the_flood_is_refused_those_are_not(tmp_path: Path, keys: Path, value: str) -> None:
    """With room for eight, of which the flood wants 150."""
    async with a_web(tmp_path / "hub", keys, submissions=8) as web:
        polite = await prepared(web)
        who = VPCP if value == "urgent" else polite[0]
        other = priority(3 if value == "urgent" else 0)
        flood = [web.axis.sign(web.axis.document(VPCP, [SON_LA])) for _ in range(FLOOD)]
        flooding = [asyncio.ensure_future(web.submit(data, VPCP)) for data in flood]
        mine = [web.axis.sign(web.axis.document(who, [SON_LA], other=other)) for _ in range(8)]
        for data in mine:
            answer = await web.submit(data, who)
            assert answer.status == 201, answer.body
        statuses = [a.status for a in await asyncio.gather(*flooding)]
        assert set(statuses) == {201, 429}


@pytest.mark.parametrize("value", ["urgent", "polite"])
async def test_large_documents_have_turns_too(tmp_path: Path, keys: Path, value: str) -> None:
    """They are examined in threads, which take what waits longest."""
    async with a_web(tmp_path / "hub", keys) as web:
        polite = await prepared(web)
        files = [Attachment("cid:1", "a.bin", content_type="application/octet-stream", data=bytes(60_000))]
        line = Line(web)
        for _ in range(60):
            await line.add(VPCP, web.axis.sign(web.axis.document(VPCP, [SON_LA]), files))
        for code in polite[:5]:
            who, other = (VPCP, priority(3)) if value == "urgent" else (code, priority(0))
            await line.add(who, web.axis.sign(web.axis.document(who, [SON_LA], other=other), files))
        places = (await line.places())[60:]
        assert max(places) < 40, places
