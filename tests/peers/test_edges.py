"""Bodies above 4,000 bytes were accepted with 202 and failed later (Holodeck #179).

Every size at which our way changes: just below, exactly, just above, with a length and in chunks. What is accepted is
delivered, what is not is refused at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from hub.core import edxml, wire
from hub.core.evidence import receipt
from hub.core.log import policy
from hub.core.signature import xmldsig
from tests.support.axis import SON_LA, VPCP
from tests.support.sized import sized
from tests.support.web import Web, a_web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON_LOOP, INLINE, MOST = 32 * 1024, 64 * 1024, 150_000
"""Verified on the loop or in a thread; in the database or in a file; taken or not."""

EDGES = (4_000, 8_190, ON_LOOP, INLINE, 128 * 1024, MOST)
SIZES = sorted(edge + step for edge in EDGES for step in (-1, 0, 1) if edge + step <= MOST)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys, document_bytes=MOST, inline_bytes=INLINE) as opened:
        yield opened


async def send(web: Web, data: bytes, chunked: bool) -> wire.Submitted:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(data), 1_000):
            yield data[at : at + 1_000]

    headers = {"Content-Type": "application/xml"}
    body = pieces() if chunked else data
    return (await web.call("POST", "/v1/documents", VPCP, data=body, headers=headers)).record(wire.Submitted)


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("size", SIZES)
async def test_what_was_accepted_does_not_fail_for_its_size_later(web: Web, size: int, chunked: bool) -> None:
    data = sized(web.axis, size) if size > 4_500 else short(web, size)
    assert len(data) == size
    sent = await send(web, data, chunked)
    trusted = policy.parse("".join(f"log {key}\n" for key in web.axis.log.vkeys) + "quorum none\n")
    assert receipt.verify(sent.receipt.encode(), trusted, data).document_checked
    taken = (await web.call("POST", "/v1/inbox/fetch", SON_LA, json={"limit": 1})).record(wire.Inbox)
    assert [(i.message.id, i.message.sha256) for i in taken.items] == [(sent.message.id, sha256(data).hexdigest())]
    path = f"/v1/documents/{bare(sent.message.id)}/content"
    assert (await web.get(path, SON_LA)).body == data
    for first in (0, size // 2, size - 1):
        part = await web.get(path, SON_LA, headers={"Range": f"bytes={first}-{first}"})
        assert part.body == data[first : first + 1]
    (done,) = (await web.take(SON_LA, sent)).record(wire.Acknowledgements).items
    assert done.state == "handed_over"


def short(web: Web, size: int) -> bytes:
    """A document of so few bytes carries its own certificate and not its issuer's, and its subject fills it up."""
    named = web.axis.document(VPCP, [SON_LA], signer=edxml.Signer("TL.", "CT", "Ai"), place="HN")
    document = msgspec.structs.replace(named, recipients=(edxml.Organ(SON_LA, name="Sơn La"),))
    holder = web.axis.credential(VPCP)

    def signed(words: int) -> bytes:
        built = edxml.build(msgspec.structs.replace(document, subject="V" * words))
        return xmldsig.sign(built, holder.key, holder.chain[:1])

    return signed(1 + size - len(signed(1)))


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("above", [1, 2, 5_000])
async def test_what_is_too_large_is_refused_at_once(web: Web, above: int, chunked: bool) -> None:
    data = sized(web.axis, MOST + above)
    headers = {"Content-Type": "application/xml"}

    async def pieces() -> AsyncIterator[bytes]:
        yield data

    answer = await web.call("POST", "/v1/documents", VPCP, data=pieces() if chunked else data, headers=headers)
    assert (answer.status, answer.problem.code) == (413, "REQUEST_TOO_LARGE")
    assert (await web.get("/v1/inbox", SON_LA)).record(wire.Inbox).items == []


@pytest.mark.parametrize("size", [3_999, 4_000, 4_001])
async def test_files_of_that_size_are_handed_on_whole(web: Web, size: int) -> None:
    file = edxml.Attachment("f", "f.pdf", content_type="application/pdf", data=b"%PDF" + bytes(size - 4))
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [file])
    sent = await send(web, data, False)
    content = (await web.get(f"/v1/documents/{bare(sent.message.id)}/content", SON_LA)).body
    (found,) = edxml.attachments(edxml.parse(content))
    assert found.data == file.data
    await web.take(SON_LA, sent)
