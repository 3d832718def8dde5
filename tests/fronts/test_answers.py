"""Answers that nobody reads, against a hub of processes of its own: what it holds in memory, with fronts or without."""

from __future__ import annotations

import asyncio
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from hub.lab.sandbox import prepare
from tests.support.process import HubProcess, free_port

MB = 1024 * 1024
CONNECTIONS = 400
REQUEST = b"GET /log/objects/directory?count=256 HTTP/1.1\r\nHost: x\r\n\r\n"
LIMITS = f"\n[limits]\nanswers_per_caller = {4 * MB}\nanswers_in_memory = {16 * MB}\n"


def family(pid: int) -> Iterator[int]:
    """A process and those that it started."""
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        yield from family(int(child))


def resident(pid: int) -> int:
    pages = (int(Path(f"/proc/{one}/statm").read_text(encoding="ascii").split()[1]) for one in family(pid))
    return sum(pages) * os.sysconf("SC_PAGE_SIZE")


async def deaf(port: int, asking: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", port))
    await loop.sock_sendall(sock, REQUEST * asking)
    return sock


@pytest.mark.parametrize("fronts", [0, 2])
async def test_a_thousand_answers_of_one_address_stay_within_the_bound(tmp_path: Path, fronts: int) -> None:
    await asyncio.to_thread(prepare, tmp_path)
    config = tmp_path / "hub.toml"
    text = config.read_text("utf-8").replace("[http]", f"[http]\nfronts = {fronts}")
    assert "[limits]" not in text
    config.write_text(text + LIMITS, "utf-8")
    port = free_port()
    elsewhere = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0), force_close=True)
    hub = HubProcess(config, port)
    socks: list[socket.socket] = []
    async with hub, aiohttp.ClientSession(hub.url, connector=elsewhere) as session:

        async def call(path: str) -> str:
            async with session.get(path) as answer:
                assert answer.status == 200, await answer.text()
                return await answer.text()

        page = len(await call("/log/objects/directory?count=256"))
        for _ in range(5):
            await call("/log/objects/directory?count=256")
        before = resident(hub.pid)
        try:
            socks += [await deaf(port, 10) for _ in range(CONNECTIONS)]
            assert CONNECTIONS * page > 256 * MB, "far more than the bound, if nobody kept it"
            most = 0.0
            for _ in range(30):
                figures = await call("/metrics")
                most = max(most, *(float(n) for n in re.findall(r"^truc_answer_bytes (\S+)$", figures, re.MULTILINE)))
                await call("/log/objects/directory?count=256")
            assert resident(hub.pid) - before < 64 * MB
            # With fronts the figure is the sum: each enters what it passes on, and the hub what it made.
            assert 0 < most <= (2 if fronts else 1) * 4 * MB + MB
        finally:
            for sock in socks:
                sock.close()
