"""Connections: how many, how slow, and how they end; on plain sockets, under TLS, and on uvloop."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
import uvloop

from hub.app import running
from hub.base.config import HttpSettings, HubSettings, Settings
from hub.base.limit_settings import LimitSettings
from hub.base.runtime import system_clock
from hub.core import wire
from hub.core.edxml import Attachment
from hub.pki import profile as pki
from tests.support.axis import MAI_SON, SON_LA, VPCP, Clock
from tests.support.web import Web, a_web, bare, until

GET = b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n"
HEADER_SECONDS = 0.25
PATIENCE = 60
"""Seconds after which a test gives up: far more than a busy machine needs, far less than any limit of a hub's own."""
LONG_POLL = 300


class Connection:
    """A client's end, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, web: Web) -> Connection:
        return cls(*await asyncio.open_connection(*web.address))

    async def answer(self) -> tuple[int, bytes]:
        async with asyncio.timeout(PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            return int(head.split(b" ")[1]), await self.reader.readexactly(length)

    async def end(self) -> None:
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionResetError):
                await self.reader.read()

    def close(self) -> None:
        self.writer.close()


@pytest_asyncio.fixture
async def slow(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path / "hub", keys, header_seconds=HEADER_SECONDS) as opened:
        yield opened


async def test_a_connection_that_says_nothing_is_closed(slow: Web) -> None:
    connection = await Connection.to(slow)
    await connection.end()
    connection.close()


async def test_a_header_that_trickles_is_cut_off(slow: Web) -> None:
    """Slowloris: every byte comes in time, the header never ends."""
    connection = await Connection.to(slow)
    ended = asyncio.ensure_future(connection.end())
    connection.writer.write(GET[:-2])
    number = 0
    while not ended.done():
        connection.writer.write(b"X-%d: y\r\n" % (number := number + 1))
        await asyncio.wait([ended], timeout=0.02)
    await ended
    connection.close()


async def test_so_it_is_on_a_connection_that_was_good_before(slow: Web) -> None:
    connection = await Connection.to(slow)
    for _ in range(3):
        connection.writer.write(GET)
        assert (await connection.answer())[0] == 200
    began = time.monotonic()
    connection.writer.write(GET[:-2])
    await connection.end()
    assert time.monotonic() - began > HEADER_SECONDS / 2, "the time begins with the answer before"
    connection.close()


async def test_a_call_under_way_is_not(slow: Web) -> None:
    polled = await slow.call("POST", "/v1/inbox/fetch", SON_LA, json={"wait": 3 * HEADER_SECONDS})
    assert polled.record(wire.Inbox).items == []


async def test_requests_sent_at_once_are_answered_in_order(slow: Web) -> None:
    connection = await Connection.to(slow)
    connection.writer.write(GET * 100)
    for _ in range(100):
        assert (await connection.answer())[0] == 200
    connection.close()


async def deaf(web: Web, path: str) -> socket.socket:
    """A client that asks and then reads nothing."""
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {await web.token(VPCP)}\r\n\r\n"
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, web.address)
    assert held(web, sock)
    await loop.sock_sendall(sock, head.encode())
    return sock


def held(web: Web, sock: socket.socket) -> bool:
    """Whether the hub's end of this connection is still there, data to be sent or not."""
    ends = f":{web.address[1]:04X} ", f":{sock.getsockname()[1]:04X} "
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
    return any(ends[0] in line and ends[1] in line and line.index(ends[0]) < line.index(ends[1]) for line in lines)


async def large_document(web: Web, size: int) -> tuple[str, bytes]:
    attachment = Attachment("cid:1", "a.bin", content_type="application/octet-stream", data=os.urandom(size))
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [attachment])
    sent = (await web.submit(data, VPCP)).record(wire.Submitted)
    return f"/v1/documents/{bare(sent.message.id)}/content", data


async def cut_off(folder: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The document is sent before the limit is short: 9 MB take their time where much else runs."""
    clock = Clock()
    async with a_web(folder, keys, clock=clock) as web:
        path, _ = await large_document(web, 9_000_000)
    async with a_web(folder, keys, clock=clock, body_seconds=1.5, body_bytes_per_second=1 << 30) as web:
        monkeypatch.setattr("hub.base.metrics.Metrics.render", lambda _: b"#" * 12_000_000)
        socks = [await deaf(web, path), await deaf(web, "/metrics")]
        await until(lambda: not any(held(web, sock) for sock in socks))
        for sock in socks:
            sock.close()
        assert (await web.get("/healthz")).status == 200


async def test_a_reader_that_takes_nothing_is_cut_off(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From memory and from a file: closing alone would wait for it for ever."""
    await cut_off(tmp_path / "hub", keys, monkeypatch)


def test_so_it_is_on_uvloop(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same answers and the same limits."""

    async def main() -> None:
        async with a_web(tmp_path / "read", keys) as web:
            path, data = await large_document(web, 800_000)
            assert (await web.get(path, SON_LA)).body == data
            part = await web.get(path, SON_LA, headers={"Range": "bytes=300000-700000"})
            assert part.body == data[300_000:700_001]
        await cut_off(tmp_path / "hub", keys, monkeypatch)

    uvloop.run(main())


async def test_above_the_number_of_connections_a_new_one_is_told_so(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.http.listener._REFUSED_SECONDS", 0.2)
    await told_so(tmp_path, keys)


def test_it_is_told_so_on_uvloop(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.http.listener._REFUSED_SECONDS", 0.2)
    uvloop.run(told_so(tmp_path, keys))


async def told_so(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, connections=4) as web:
        held = [await Connection.to(web) for _ in range(4)]
        for connection in held:
            connection.writer.write(GET)
            assert (await connection.answer())[0] == 200
        asking, silent = await Connection.to(web), await Connection.to(web)
        asking.writer.write(GET)
        status, body = await asking.answer()
        problem = msgspec.json.decode(body, type=wire.Problem)
        assert (status, problem.code, problem.status) == (429, "LIMIT_TOO_MANY", 429)
        await asking.end()
        await silent.end()
        held[0].close()
        await until_served(web)
        for connection in (*held, asking, silent):
            connection.close()


async def until_served(web: Web) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await web.get("/healthz")).status != 200:
            pass


async def test_one_caller_cannot_take_every_connection(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, calls_at_once=3) as web:
        polls = [
            asyncio.ensure_future(web.call("POST", "/v1/inbox/fetch", SON_LA, json={"wait": 30})) for _ in range(3)
        ]
        await until(lambda: len(web.hub.exchange.notices) == 3)
        answer = await web.get("/v1/inbox", SON_LA)
        assert (answer.status, answer.problem.code, answer.headers["Retry-After"]) == (429, "LIMIT_TOO_MANY", "1")
        assert (await web.get("/v1/inbox", MAI_SON)).status == 200
        await web.send(VPCP, SON_LA)
        await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
        assert (await web.get("/v1/inbox", SON_LA)).status == 200
        for poll in polls:
            poll.cancel()
        await asyncio.gather(*polls, return_exceptions=True)


async def test_a_caller_above_its_rate_waits_and_others_do_not(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, requests_per_second=1, burst=3) as web:
        statuses = [(await web.get("/v1/inbox", SON_LA)).status for _ in range(4)]  # and one for its token
        assert statuses == [200, 200, 429, 429]
        answer = await web.get("/v1/inbox", SON_LA)
        assert answer.problem.retry_after > 0
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await web.get("/v1/inbox", MAI_SON)).status == 200


async def test_closing_ends_every_stream_long_before_its_time(tmp_path: Path, keys: Path) -> None:
    """Long polls are answered, streams end, what is half sent or half read is cut off."""
    async with asyncio.timeout(LONG_POLL / 2):
        async with a_web(tmp_path / "hub", keys) as web:
            polls = [
                asyncio.ensure_future(web.call("POST", "/v1/inbox/fetch", SON_LA, json={"wait": LONG_POLL}))
                for _ in range(150)
            ]
            streams = [asyncio.ensure_future(web.get("/v1/events", VPCP)) for _ in range(50)]
            await until(lambda: len(web.hub.exchange.notices) == 200)
            sock = await deaf(web, (await large_document(web, 9_000_000))[0])
            body = await Connection.to(web)
            head = f"POST /v1/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {await web.token(VPCP)}\r\n"
            body.writer.write(head.encode() + b"Content-Length: 1000\r\n\r\n<")
            idle, halfway = await Connection.to(web), await Connection.to(web)
            halfway.writer.write(GET[:-2])
            web.hub.exchange.notices.close()
            answers = await asyncio.gather(*polls, *streams)
            assert {a.status for a in answers} == {200}
        for connection in (body, idle, halfway):
            await connection.end()
            connection.close()
        sock.close()


@pytest.mark.real_clock
async def test_under_tls(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    pki.ensure_profile(keys, system_clock())  # OpenSSL judges by the real clock
    settings = Settings(
        hub=HubSettings(data=str(tmp_path / "hub"), keys=str(keys)),
        http=HttpSettings(
            port=0, tls_certificate=str(keys / "hub" / "tls.cert.pem"), tls_key=str(keys / "hub" / "tls.key.pem")
        ),
        limits=LimitSettings(header_seconds=4 * HEADER_SECONDS),
    )
    async with running(settings, sweeping=False) as hub:
        assert hub.url.startswith("https://127.0.0.1:")
        port = int(hub.url.rpartition(":")[2])
        trusting = ssl.create_default_context(cafile=str(keys / "anchors" / "root.cert.pem"))
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname="localhost")
        writer.write(GET)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()
        # A handshake that does not begin is a header that does not end.
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(PATIENCE):
            assert await reader.read() == b""
        writer.close()
