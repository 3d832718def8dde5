"""Bodies that are too large, too slow, broken, or too many at once, on a hub with small limits."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import pytest_asyncio

from hub.core import wire
from tests.support.axis import MAI_SON, SON_LA, VPCP
from tests.support.web import Web, a_web, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
MOST = 40_000


BOUNDS: Final[dict[str, Any]] = {
    "document_bytes": MOST,
    "inline_bytes": 8_000,
    "body_bytes_per_second": 1_000_000,
    "bodies_in_memory": 20_000,
    "bodies_in_spool": 60_000,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys, **BOUNDS) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    """A hub that waits for no body: for tests of that alone, for on a busy machine every body is slow to come."""
    async with a_web(tmp_path_factory.mktemp("hasty"), keys, body_seconds=0.3, **BOUNDS) as opened:
        yield opened


async def head(web: Web, who: str, *more: str) -> bytes:
    lines = ["POST /v1/documents HTTP/1.1", "Host: hub", f"Authorization: Bearer {await web.token(who)}", *more]
    return "\r\n".join([*lines, "", ""]).encode()


async def opened(web: Web, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(*web.address)
    writer.write(data)
    return reader, writer


async def status(reader: asyncio.StreamReader) -> int:
    async with asyncio.timeout(60):
        return int((await reader.readline()).split()[1])


async def code(reader: asyncio.StreamReader) -> str:
    """The code of the problem that is being answered, without waiting for the connection's end."""
    async with asyncio.timeout(60):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        return msgspec.json.decode(await reader.readexactly(length), type=wire.Problem).code


def at_rest(web: Web) -> bool:
    return web.bodies.in_memory == web.bodies.in_spool == 0 and not list(web.spool.iterdir())


async def test_too_large_by_what_it_declares_before_a_byte_of_it_came(web: Web) -> None:
    reader, writer = await opened(web, await head(web, VPCP, f"Content-Length: {MOST + 1}"))
    assert await status(reader) == 413
    assert await code(reader) == "REQUEST_TOO_LARGE"
    writer.close()


async def test_too_large_by_what_came(web: Web) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 4_000

    token = await web.headers(VPCP)
    async with web.session.post(web.url + "/v1/documents", data=endless(), headers=token) as response:
        assert response.status == 413
        assert response.headers["Connection"] == "close"
    assert at_rest(web)


async def test_exactly_as_large_as_allowed_is_read(web: Web) -> None:
    answer = await web.submit(b"x" * MOST, VPCP)
    assert answer.problem.code == "FORMAT_MALFORMED_XML"
    assert at_rest(web)


async def test_a_slow_body(hasty: Web) -> None:
    reader, writer = await opened(hasty, await head(hasty, VPCP, "Content-Length: 100") + b"<")
    assert await status(reader) == 408
    assert await code(reader) == "REQUEST_TOO_SLOW"
    writer.close()
    assert at_rest(hasty)


async def test_a_trickle_of_chunks(hasty: Web) -> None:
    reader, writer = await opened(hasty, await head(hasty, VPCP, "Transfer-Encoding: chunked"))
    answered = asyncio.ensure_future(status(reader))
    while not answered.done():  # each byte alone, faster than any single read may wait, slower than the rate
        writer.write(b"1\r\nx\r\n")
        await asyncio.wait([answered], timeout=0.02)
    assert answered.result() == 408
    writer.close()
    assert at_rest(hasty)


async def test_a_body_that_breaks_off(web: Web) -> None:
    _, writer = await opened(web, await head(web, VPCP, "Content-Length: 30000") + b"x" * 20_000)
    await until(lambda: web.bodies.in_spool > 0)
    writer.transport.abort()
    await until(lambda: at_rest(web))


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-1\r\n", b"1\r\nxy\r\n", b"5;\x00\r\n", b"ffffffffffffffff1\r\n"])
async def test_chunks_that_are_none(hasty: Web, chunk: bytes) -> None:
    reader, writer = await opened(hasty, await head(hasty, VPCP, "Transfer-Encoding: chunked") + b"1\r\n<\r\n" + chunk)
    assert await status(reader) in (400, 408)
    writer.close()
    assert at_rest(hasty)


async def test_room_for_bodies_counts_what_came_and_is_given_back(web: Web) -> None:
    """Two that wait hold the spool; a third that does not fit is told to wait; small ones still come in."""
    holding = [
        await opened(web, await head(web, who, "Content-Length: 30000") + b"x" * 25_000) for who in (VPCP, SON_LA)
    ]
    await until(lambda: web.bodies.in_spool >= 50_000)
    reader, third = await opened(web, await head(web, MAI_SON, "Content-Length: 30000") + b"x" * 29_999)
    assert await status(reader) == 429
    assert (await web.submit(b"<a/>", MAI_SON)).status == 400
    third.close()
    for _, writer in holding:
        writer.close()
    await until(lambda: at_rest(web))


async def test_what_is_only_declared_holds_no_room(web: Web) -> None:
    idle = [await opened(web, await head(web, VPCP, f"Content-Length: {MOST}")) for _ in range(20)]
    assert (await web.submit(b"x" * 30_000, SON_LA)).problem.code == "FORMAT_MALFORMED_XML"
    for _, writer in idle:
        writer.close()


async def test_100_continue_comes_only_for_a_body_that_is_wanted(web: Web) -> None:
    good = ("Content-Length: 4", "Expect: 100-continue")
    reader, writer = await opened(web, await head(web, VPCP, *good))
    assert await status(reader) == 100
    await reader.readline()
    writer.write(b"<a/>")
    assert await status(reader) == 400
    writer.close()
    for bad in (f"Content-Length: {MOST + 1}", "Content-Length: 4\r\nContent-Encoding: gzip"):
        reader, writer = await opened(web, await head(web, VPCP, bad, "Expect: 100-continue"))
        assert await status(reader) in (413, 415)
        writer.close()
    reader, writer = await opened(
        web, b"POST /v1/documents HTTP/1.1\r\nHost: x\r\n" + b"\r\n".join(s.encode() for s in good) + b"\r\n\r\n"
    )
    assert await status(reader) == 401
    writer.close()


async def test_json_has_a_smaller_bound(web: Web) -> None:
    answer = await web.call("POST", "/v1/inbox/fetch", VPCP, data=b"[" * MOST)
    assert answer.status == 400
    answer = await web.call("POST", "/v1/inbox/fetch", VPCP, data=io.BytesIO(b"[" * (5 * 1024 * 1024)))
    assert answer.status == 413
