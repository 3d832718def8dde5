"""Large documents on their way in and out: by sendfile over plain HTTP, on both loops, and whose time counts."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvloop

from hub.app import running
from hub.base.config import HttpSettings, HubSettings, Settings
from hub.core import wire
from hub.core.edxml import Attachment
from hub.http import sendfile
from tests.support.axis import SON_LA, VPCP, Axis, of_today, registered
from tests.support.web import Web, a_web, bare, until

LOOPS: dict[str, Callable[[Coroutine[Any, Any, None]], None]] = {"asyncio": asyncio.run, "uvloop": uvloop.run}
SIZE = 6_000_000  # more than any socket buffer here takes at once


async def large_document(web: Web, size: int = SIZE) -> tuple[str, bytes]:
    attachment = Attachment("cid:1", "a.bin", content_type="application/octet-stream", data=os.urandom(size * 3 // 4))
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [attachment])
    sent = (await web.submit(data, VPCP)).record(wire.Submitted)
    return f"/v1/documents/{bare(sent.message.id)}/content", data


class Sent:
    """Counts what goes through sendfile(2)."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes, real = 0, os.sendfile

        def count(*given: Any) -> int:
            sent = real(*given)
            self.bytes += sent
            return sent

        monkeypatch.setattr(os, "sendfile", count)


@pytest.mark.parametrize("loop", LOOPS)
def test_content_goes_by_sendfile_whole_and_in_ranges_on_one_connection(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    async def main() -> None:
        async with a_web(tmp_path / "hub", keys) as web:
            path, data = await large_document(web)
            sent = Sent(monkeypatch)
            headers, connector = await web.headers(SON_LA), aiohttp.TCPConnector(limit=1)
            async with aiohttp.ClientSession(connector=connector, headers=headers) as one:
                ranges = ["", f"bytes=1000-{SIZE // 2}", "bytes=-1", ""]
                expected = [data, data[1000 : SIZE // 2 + 1], data[-1:], data]
                for asked, wanted in zip(ranges, expected, strict=True):
                    async with one.get(web.url + path, headers={"Range": asked} if asked else {}) as answer:
                        assert await answer.read() == wanted
                async with one.head(web.url + path) as answer:
                    assert int(answer.headers["Content-Length"]) == len(data)
                async with one.get(web.url + "/healthz") as answer:
                    assert answer.status == 200
            assert sent.bytes == sum(map(len, expected))

    LOOPS[loop](main())


@pytest.mark.parametrize("loop", LOOPS)
def test_a_file_comes_after_all_that_was_written_before_it(tmp_path: Path, loop: str) -> None:
    """Also when the reader is slow and that still waits here."""
    (tmp_path / "file").write_bytes(b"f" * SIZE)

    async def main() -> None:
        here, there = socket.socketpair()
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=here)
        transport.write(b"b" * SIZE)
        with (tmp_path / "file").open("rb") as file:
            sending = asyncio.create_task(
                sendfile.send(transport, here.fileno(), file.fileno(), slice(10, SIZE))  # type: ignore[arg-type]
            )
            received = bytearray()
            while len(received) < 2 * SIZE - 10:
                received += await asyncio.to_thread(there.recv, 1 << 16)
            await sending
        transport.close()
        there.close()
        assert received == b"b" * SIZE + b"f" * (SIZE - 10)

    LOOPS[loop](main())


@pytest.mark.real_clock
async def test_under_tls_it_goes_through_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = tmp_path / "keys"
    profile, clock = of_today(keys)
    http = HttpSettings(
        port=0, tls_certificate=str(keys / "hub" / "tls.cert.pem"), tls_key=str(keys / "hub" / "tls.key.pem")
    )
    settings = Settings(hub=HubSettings(data=str(tmp_path / "hub"), keys=str(keys)), http=http)
    trusting = ssl.create_default_context(cafile=str(keys / "anchors" / "root.cert.pem"))
    async with running(settings, clock=clock, sweeping=False) as hub:
        await hub.exchange.change_directory(registered(profile), "test")
        connector = aiohttp.TCPConnector(ssl=trusting)
        async with aiohttp.ClientSession(connector=connector) as session:
            web = Web(hub, Axis(hub.exchange, hub.log, profile, clock), session)
            hub.url = hub.url.replace("127.0.0.1", "localhost")
            hub.authenticator.audiences = (f"{hub.url}/v1/token",)
            path, data = await large_document(web, 2_000_000)
            sent = Sent(monkeypatch)
            assert (await web.get(path, SON_LA)).body == data
            assert (await web.get(path, SON_LA, headers={"Range": "bytes=7-1000000"})).body == data[7:1_000_001]
            assert sent.bytes == 0


@pytest.mark.parametrize("loop", LOOPS)
def test_slow_readers_hold_no_thread_and_get_every_byte(tmp_path: Path, keys: Path, loop: str) -> None:
    """More of them than there are threads; while they wait, others are served."""

    async def main() -> None:
        async with a_web(tmp_path / "hub", keys) as web:
            path, data = await large_document(web)
            slow = [await asking(web, path) for _ in range(40)]
            for _ in range(3):
                assert (await web.get(path, SON_LA)).body == data
            for sock in slow:
                assert sha256(await asyncio.to_thread(body_of, sock)).digest() == sha256(data).digest()

    LOOPS[loop](main())


@pytest.mark.parametrize("loop", LOOPS)
def test_a_reader_that_leaves_in_the_middle_leaves_nothing_behind(tmp_path: Path, keys: Path, loop: str) -> None:
    async def main() -> None:
        async with a_web(tmp_path / "hub", keys) as web:
            path, _ = await large_document(web)
            await web.get(path, SON_LA)
            before = files()
            for abrupt in (True, False) * 5:
                sock = await asking(web, path)
                await asyncio.to_thread(sock.recv, 1000)
                if abrupt:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                sock.close()
            await until(lambda: files() <= before)
            assert (await web.get("/healthz")).status == 200

    LOOPS[loop](main())


async def test_a_file_that_ends_too_early_breaks_the_answer_off(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        path, data = await large_document(web)
        os.truncate(web.hub.exchange.blobs.path(sha256(data).hexdigest()), SIZE // 2)
        came = bytearray()

        async def read() -> None:
            async with web.session.get(web.url + path, headers=await web.headers(SON_LA)) as response:
                async for piece in response.content.iter_any():
                    came.extend(piece)

        with pytest.raises(aiohttp.ClientError):
            await read()
        assert data.startswith(came), "and no word of ours among the bytes of the file"
        assert (await web.get("/healthz")).status == 200


async def test_what_a_slow_disk_takes_is_not_the_senders_time(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: time.sleep(0.8))  # longer than the body may take
    async with a_web(tmp_path / "hub", keys, body_seconds=0.6, body_bytes_per_second=1 << 30) as web:
        attachment = Attachment("cid:1", "a.bin", content_type="application/octet-stream", data=os.urandom(2_400_000))
        data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [attachment])

        async def pieces() -> AsyncIterator[bytes]:
            for start in range(0, len(data), 20_000):  # so that the hub waits for the next one after each
                await asyncio.sleep(0)
                yield data[start : start + 20_000]

        answer = await web.call("POST", "/v1/documents", VPCP, data=pieces())
        assert answer.record(wire.Submitted).message.size == len(data)


async def asking(web: Web, path: str) -> socket.socket:
    """A client that has asked and reads when it likes."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {await web.token(SON_LA)}"
    await asyncio.to_thread(sock.connect, web.address)
    await asyncio.to_thread(sock.sendall, f"{head}\r\n\r\n".encode())
    return sock


def body_of(sock: socket.socket) -> bytes:
    with sock:
        sock.settimeout(10)
        received = bytearray()
        while part := sock.recv(1 << 20):
            received += part
    return bytes(received.partition(b"\r\n\r\n")[2])


def files() -> int:
    return len(os.listdir("/proc/self/fd"))
