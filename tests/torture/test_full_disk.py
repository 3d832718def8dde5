"""A disk that takes nothing more, under a running hub: it says so with 503, loses nothing, goes on reading, and accepts
again by itself when there is room. Real processes; the kernel refuses the writes."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clients.axis import AxisClient
from clients.errors import Busy
from clients.retry import ONCE
from hub.core import edxml
from hub.core.edxml import Attachment
from hub.core.log.policy import parse as parse_policy
from hub.core.signature import xmldsig
from hub.lab import hub_process
from hub.pki import profile as pki
from tests.support.axis import AGENCIES, HA_NOI, SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc

LARGE = 300_000


def prepare(folder: Path) -> None:
    hub_process.prepare(folder, folder / "keys", AGENCIES, AGENCIES)


class Agencies:
    """Clients of one hub that try once: what the hub says is what the test sees."""

    def __init__(self, folder: Path, url: str) -> None:
        self.profile = pki.Profile(folder / "keys")
        self.policy = parse_policy((folder / "policy").read_bytes())
        self.url = url
        self.number = 0

    def client(self, code: str) -> AxisClient:
        mine = self.profile.agency(code)
        return AxisClient(self.url, code, mine.key, mine.chain, policy=self.policy, backoff=ONCE)

    def document(self, size: int = 0) -> bytes:
        self.number += 1
        files = [Attachment("f", "f.pdf", data=b"%PDF-1.4 " + os.urandom(size))] if size else []
        mine = self.profile.agency(VPCP)
        made = edxml.build(a_document(VPCP, (SON_LA, HA_NOI), self.number), files)
        return xmldsig.sign(made, mine.key, mine.chain)


def small_files(hub: HubProcess, data: Path) -> Iterator[None]:
    """No file of the hub may grow: the kernel writes what fits and refuses the rest."""
    assert hub._process is not None
    pid = hub._process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    largest = max(path.stat().st_size for path in data.iterdir() if path.is_file())
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest + 3_000, hard))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def ballast(hub: HubProcess, data: Path) -> Iterator[None]:
    """Something else has filled the disk."""
    path = data / "ballast"
    with path.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 512):
            while True:
                try:
                    if file.write(bytes(size)) < size:
                        break
                except OSError:
                    break
    yield
    path.unlink()


@contextmanager
def small_disk(data: Path) -> Iterator[None]:
    """A file system of its own under the folder; skips where that is not allowed."""
    data.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=700", "tmpfs", str(data)], capture_output=True)
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(data)], check=True)


async def refused(client: AxisClient, data: bytes) -> Busy:
    with pytest.raises(Busy) as caught:
        await client.send(data)
    return caught.value


async def until_refused(
    client: AxisClient, agencies: Agencies, size: int = 0
) -> tuple[dict[bytes, bytes], bytes, Busy]:
    """What was accepted, with its receipt, before something was refused."""
    accepted: dict[bytes, bytes] = {}
    for _ in range(300):
        data = agencies.document(size)
        try:
            accepted[data] = (await client.send(data)).proof.raw
        except Busy as busy:
            return accepted, data, busy
    raise AssertionError("the disk was never full")


async def story(folder: Path, hub: HubProcess, full: Iterator[None]) -> None:
    agencies = Agencies(folder, hub.url)
    async with agencies.client(VPCP) as vpcp, agencies.client(SON_LA) as son_la:
        first = agencies.document()
        accepted = {first: (await vpcp.send(first)).proof.raw}
        (held,) = await son_la.fetch()
        await held.content()
        next(full)
        before, small, busy = await until_refused(vpcp, agencies)
        accepted |= before
        problems = [busy, await refused(vpcp, small), await refused(vpcp, large := agencies.document(LARGE))]
        for busy in problems:
            assert (busy.status, busy.code) == (503, "HUB_UNAVAILABLE")
            assert busy.retry_after > 0
            assert "disk" in busy.problem.found or "space" in busy.problem.found or "large" in busy.problem.found
        # What is there can be read, and what was acknowledged stands.
        assert {item.message.sha256 for item in (await vpcp.outbox(limit=200)).items}
        assert await son_la.content(held.message.id, held.message.sha256)
        with pytest.raises(Busy):
            await held.acknowledge()
        next(full, None)
        # There is room again, and nobody started anything anew.
        for data in (small, large):
            sent = await vpcp.send(data)
            accepted[data] = sent.proof.raw
        assert (await held.acknowledge()).state == "handed_over"
        for data, receipt in accepted.items():
            again = await vpcp.send(data)
            assert again.answer.repeated
            assert again.proof.raw == receipt
    assert hub.stop() == 0
    checked = truc("fsck", "--config", folder / "hub.toml", "--json")
    assert checked.returncode == 0, checked.stdout


async def test_files_that_cannot_grow_stop_accepting_and_nothing_else(tmp_path: Path) -> None:
    await asyncio.to_thread(prepare, tmp_path)
    async with HubProcess(tmp_path / "hub.toml", free_port()) as hub:
        await story(tmp_path, hub, small_files(hub, tmp_path / "data"))


async def test_a_full_file_system_stops_accepting_and_nothing_else(tmp_path: Path) -> None:
    with small_disk(tmp_path / "data"):
        await asyncio.to_thread(prepare, tmp_path)
        async with HubProcess(tmp_path / "hub.toml", free_port()) as hub:
            await story(tmp_path, hub, ballast(hub, tmp_path / "data"))
