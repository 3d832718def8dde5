"""Batches made to hurt: each is refused or ends, at a bounded cost, and a good document goes through after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hub.core.framing import framed
from tests.support.axis import SON_LA, VPCP
from tests.support.web import Web, a_web, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
MB = 1024 * 1024


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    folder = tmp_path_factory.mktemp("hub")
    async with a_web(folder, keys, body_seconds=0.3, batch_bytes=4 * MB, document_bytes=2 * MB, batch_items=16) as web:
        yield web


def document(web: Web) -> bytes:
    return web.axis.sign(web.axis.document(VPCP, [SON_LA]))


BOMBS = {
    "a million empty parts": (b"0\n" * 1_000_000, b"REQUEST_TOO_LARGE"),
    "a part header without an end": (b"1" * 1_000_000, b"REQUEST_INVALID"),
    "line feeds": (b"\n" * 1_000_000, b"REQUEST_INVALID"),
    "boundaries in boundaries": (
        b"".join(b"--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n" % (n, n + 1) for n in range(20_000)),
        b"REQUEST_INVALID",
    ),
    "a batch in a batch": (framed([framed([framed([b"<a/>"])])]), b"FORMAT_MALFORMED_XML"),
    "a length beyond all": (b"999999999\n<a/>", b"REQUEST_INVALID"),
    "a part that ends early": (b"5000\n<edXML/>", b"REQUEST_INVALID"),
    "a part larger than said": (b"4\n<edXML/>", b"REQUEST_INVALID"),
    "a part larger than may be": (b"%d\n" % (3 * MB) + b" " * (3 * MB), b"REQUEST_TOO_LARGE"),
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("chunked", [False, True])
async def test_it_is_refused_and_leaves_nothing(web: Web, name: str, chunked: bool) -> None:
    body, code = BOMBS[name]
    token = await web.token(VPCP)
    head = f"POST /v1/documents:batch HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n"
    if chunked:
        pieces = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in (body[at : at + MB] for at in range(0, len(body), MB)))
        sent = head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"
    else:
        sent = head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body
    answer = await web.raw(sent)
    assert code in answer, answer[:400]
    assert answer.split(b" ", 2)[1] in (b"200", b"400", b"413")
    assert b"HUB_ERROR" not in answer
    await until(lambda: web.bodies.in_memory == web.bodies.in_spool == 0 and len(web.bodies.quotas.submissions) == 0)
    assert list(web.spool.iterdir()) == []
    assert (await web.submit(document(web), VPCP)).status == 201


async def test_many_trickles_hold_nothing_that_others_need(web: Web) -> None:
    """Fifty batches that stand still in the midst of their second item: they have no turn, and end by their pace."""
    token = await web.token(VPCP)
    head = f"POST /v1/documents:batch HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n"
    head += "Content-Length: 90000\r\n\r\n"
    ends = [await asyncio.open_connection(*web.address) for _ in range(50)]
    for _, writer in ends:
        writer.write(head.encode() + framed([document(web)]) + b"5000\n<")
    for who in (VPCP, SON_LA):
        data = web.axis.sign(web.axis.document(who, [SON_LA if who == VPCP else VPCP]))
        assert (await web.submit(data, who)).status == 201
    async with asyncio.timeout(20):
        answers = [await reader.read() for reader, _ in ends]
    for _, writer in ends:
        writer.close()
    assert all(b'"status":201' in a and b"REQUEST_TOO_SLOW" in a for a in answers)
    await until(lambda: web.bodies.in_memory == 0)
