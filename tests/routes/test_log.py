"""The log as anyone may read it: checkpoint, keys, tiles of every level and entries, named as C2SP has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from hub.core.evidence.format import Kind
from hub.core.log import policy, proofs, tiles
from hub.core.log.keys import Checkpoint
from hub.core.log.merkle import leaf_hash
from hub.record.evidence_writer import EvidenceWriter
from tests.support.axis import SON_LA, VPCP
from tests.support.web import Web, a_web, nobody_in_charge

pytestmark = pytest.mark.asyncio(loop_scope="module")
LEAVES = 256 * 256 + 256 + 7


class Statements(NamedTuple):
    """An act that only writes leaves: enough of them for a full tile of level 1."""

    leaves: int

    def run(self, writer: EvidenceWriter) -> tuple[None, tuple[int, ...]]:
        for number in range(self.leaves):
            writer.leaf(Kind.STATEMENT, b"%d" % number, event="Statement")
        return None, ()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys) as opened:
        await opened.send(VPCP, SON_LA)
        missing = LEAVES - (await checkpoint(opened)).size
        await opened.hub.exchange.sequencer.submit(Statements(missing))
        yield opened


async def checkpoint(web: Web) -> Checkpoint:
    """The newest, its signature checked with the policy that the hub gives out."""
    answer = await web.get("/log/checkpoint")
    assert answer.headers["Cache-Control"] == "no-store"
    trusted = policy.parse((await web.get("/log/vkey")).body)
    return trusted.check(answer.body).checkpoint


async def tile(web: Web, level: int, n: int, width: int = 256) -> bytes:
    answer = await web.get("/log/" + tiles.tile_path(level, n, width))
    assert answer.status == 200, (level, n, width)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "immutable" in answer.headers["Cache-Control"]
    return answer.body


def root(hashes: list[bytes]) -> bytes:
    """The Merkle tree hash over subtree hashes (RFC 6962 §2.1)."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return proofs.node_hash(root(hashes[:split]), root(hashes[split:]))


def hashes(data: bytes) -> list[bytes]:
    return [data[i : i + 32] for i in range(0, len(data), 32)]


async def test_the_whole_log_can_be_read_and_leads_to_the_signed_root(web: Web) -> None:
    """Level 0 tiles from the entries, each level from the one below, the root from what is left at each level."""
    newest = await checkpoint(web)
    assert newest.size == LEAVES
    for n in (0, 1, 256):
        entries = tiles.decode_entries(await tile(web, tiles.ENTRIES, n), 256)
        assert hashes(await tile(web, 0, n)) == [leaf_hash(entry) for entry in entries]
    for n in (0, 1, 255):
        assert hashes(await tile(web, 1, 0))[n] == root(hashes(await tile(web, 0, n)))
    edge = [
        *hashes(await tile(web, 2, 0, 1)),
        *hashes(await tile(web, 1, 1, 1)),
        *hashes(await tile(web, 0, 257, 7)),
    ]
    left, middle, right = edge[0], edge[1], root(edge[2:])
    assert left == root(hashes(await tile(web, 1, 0)))
    assert middle == root(hashes(await tile(web, 0, 256)))
    assert proofs.node_hash(left, proofs.node_hash(middle, right)) == newest.root


async def test_entries_commit_to_the_evidence(web: Web) -> None:
    sent = await web.store.leaf(6)
    assert sent is not None
    entries = tiles.decode_entries(await tile(web, tiles.ENTRIES, 0), 256)
    assert entries[6] == b"\x01" + bytes([sent.kind]) + sha256(sent.object).digest()
    partial = tiles.decode_entries(await tile(web, tiles.ENTRIES, 257, 7), 7)
    assert len(partial) == 7


@pytest.mark.parametrize(("level", "n", "most"), [(0, 257, 7), (1, 1, 1), (2, 0, 1), (0, 3, 255), (1, 0, 255)])
async def test_partial_tiles_are_the_beginning_of_what_follows(web: Web, level: int, n: int, most: int) -> None:
    widest = await tile(web, level, n, most)
    assert len(widest) == 32 * most
    for width in {1, most // 2 or 1, most}:
        assert await tile(web, level, n, width) == widest[: 32 * width]


@pytest.mark.parametrize(
    "path",
    [
        "0/257",
        "0/257.p/8",
        "0/258.p/1",
        "1/001",
        "1/001.p/2",
        "2/000",
        "2/000.p/2",
        "3/000.p/1",
        "7/000",
        "entries/257",
        "entries/257.p/8",
        "0/x999/x999/x999/x999/999",
    ],
)
async def test_beyond_the_log(web: Web, path: str) -> None:
    assert (await web.get(f"/log/tile/{path}")).problem.code == "ACCESS_NOT_FOUND"


@pytest.mark.parametrize(
    "path",
    [
        "0/0",
        "0/1",
        "0/0000",
        "0/x000/001",
        "8/000",
        "-1/000",
        "00/000",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "0/000.p/",
        "0/000/",
        "x/000",
        "entries/x000/000",
        "0",
        "0/000%00",
        "0/%30%30%30%20",
        "0/٠٠٠",
        "0/" + "x000/" * 900 + "000",
        "../checkpoint",
        "%2e%2e/checkpoint",
        "0/%2e%2e/000",
    ],
)
async def test_names_that_are_none(web: Web, path: str) -> None:
    answer = await web.raw(f"GET /log/tile/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ", 2)[1] in (b"404", b"400"), answer
    assert b"application/problem+json" in answer


async def test_an_empty_log_has_no_checkpoint(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", nobody_in_charge(keys, tmp_path / "keys"), filled=False) as web:
        assert (await web.get("/log/checkpoint")).problem.code == "ACCESS_NOT_FOUND"
        assert (await web.get("/log/tile/0/000.p/1")).status == 404
        assert (await web.get("/readyz")).status == 200
        assert (await web.get("/v1/figures")).status == 200
        assert (await web.get("/metrics")).status == 200
