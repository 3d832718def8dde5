"""Bombs against the hub as a process: each is refused, at a cost that is counted in its processor time and its memory,
and when all of them have gone off it accepts a good document, and what it accepted before is all there.

Slow headers, slow bodies and trickles one by one, under small limits: tests/http/test_listener.py, test_bodies.py.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from clients.axis import AxisClient
from hub.core import edxml, wire
from hub.core.log.policy import parse as parse_policy
from hub.core.signature import xmldsig
from hub.lab.sandbox import prepare
from hub.pki import profile as pki
from tests.support.axis import SON_LA, VPCP, a_document
from tests.support.process import HubProcess, free_port, truc

pytestmark = pytest.mark.asyncio(loop_scope="module")
MB = 1024 * 1024
LIMIT = 64 * MB
"""`limits.document_bytes` as it is by default."""

CPU_SECONDS = 15.0
"""The dearest good document of 64 MB takes about one. A bomb that goes off takes minutes."""

MEMORY = 8 * LIMIT
"""Of the whole process; less than what three such documents take at once."""


class Cost(NamedTuple):
    """Of the hub's process: processor seconds so far, and the most memory that it had since the last `measured`."""

    cpu: float
    peak: int


class Target:
    """The hub's process, a token for it, and the documents that it accepted."""

    def __init__(self, folder: Path, hub: HubProcess, session: aiohttp.ClientSession) -> None:
        self.folder = folder
        self.hub = hub
        self.session = session
        self.profile = pki.Profile(folder / "keys")
        self.sent: list[bytes] = []
        self.token = ""

    @asynccontextmanager
    async def client(self, code: str) -> AsyncIterator[AxisClient]:
        mine = self.profile.agency(code)
        trusted = parse_policy((self.folder / "policy").read_bytes())
        async with AxisClient(self.hub.url, code, mine.key, mine.chain, policy=trusted) as axis:
            yield axis

    async def good(self) -> None:
        """Accepted, with a receipt that verifies."""
        sender = self.profile.agency(VPCP)
        made = edxml.build(a_document(VPCP, [SON_LA], len(self.sent)))
        data = xmldsig.sign(made, sender.key, sender.chain)
        async with self.client(VPCP) as axis:
            await axis.send(data)
        self.sent.append(data)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """What happens in the block costs no more than it may."""
        # Makes the kernel forget the peak, so that each bomb is measured by itself.
        Path(f"/proc/{self.hub.pid}/clear_refs").write_text("5")
        before = self.cost()
        yield
        after = self.cost()
        assert after.cpu - before.cpu < CPU_SECONDS
        assert after.peak < MEMORY

    def cost(self) -> Cost:
        fields = Path(f"/proc/{self.hub.pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{self.hub.pid}/status").read_text()
        peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
        return Cost((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), peak)

    @property
    def head(self) -> bytes:
        lines = ("POST /v1/documents HTTP/1.1", "Host: hub", f"Authorization: Bearer {self.token}")
        return "\r\n".join(lines).encode() + b"\r\n"

    async def post(self, data: object, **headers: str) -> tuple[int, wire.Problem]:
        given = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/xml", **headers}
        url = f"{self.hub.url}/v1/documents"
        async with self.session.post(url, data=data, headers=given) as answer:
            return answer.status, msgspec.json.decode(await answer.read(), type=wire.Problem)

    async def raw(self, pieces: Iterator[bytes]) -> bytes:
        """What comes back to these bytes; a hub that has answered need not take the rest of them."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.hub.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            async with asyncio.timeout(60):
                return await reader.read(4_096)
        except ConnectionError:
            with suppress(ConnectionError):
                return await reader.read(4_096)
            return b""
        finally:
            writer.transport.abort()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def target(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Target]:
    folder = tmp_path_factory.mktemp("bombs")
    await asyncio.to_thread(prepare, folder)
    with (folder / "hub.toml").open("a") as config:
        config.write("\n[limits]\nbody_seconds = 3.0\nheader_seconds = 3.0\n")
    async with (
        HubProcess(folder / "hub.toml", free_port()) as hub,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session,
    ):
        opened = Target(folder, hub, session)
        async with opened.client(VPCP) as axis:
            await axis.look()
            opened.token = axis._transport._token.text  # type: ignore[union-attr]
        await opened.good()
        yield opened


def message(inside: str = "", subject: str = "V/v") -> bytes:
    """A message with something in its header, signed by nobody."""
    made = edxml.build(a_document(VPCP, [SON_LA], 1, subject=subject)).decode()
    return made.replace("    </edXML:edXMLHeader>", f"{inside}    </edXML:edXMLHeader>", 1).encode()


def packed(data: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xls", data)
    return target.getvalue()


def message_of(*files: bytes) -> bytes:
    attached = [edxml.Attachment(str(n), f"{n}.xls", data=data) for n, data in enumerate(files, 1)]
    return edxml.build(a_document(VPCP, [SON_LA], 1), attached)


def nested_namespaces(count: int) -> str:
    """The namespace bomb: 89 kB of it took inclusive canonicalisation 18 s."""
    return "".join(f'<a xmlns:n{i}="urn:{i}">' for i in range(count)) + "</a>" * count


DOCUMENTS = {
    "namespace bomb": (lambda: message(nested_namespaces(1_900)), 422, "FORMAT_TOO_COMPLEX"),
    "namespace bomb as deep as it was": (lambda: message(nested_namespaces(3_000)), 400, "FORMAT_MALFORMED_XML"),
    "namespaces by the dozen within the depth": (
        lambda: message(
            "".join("<a" + "".join(f' xmlns:n{i}="urn:{d}:{i}"' for i in range(60)) + ">" for d in range(50))
            + "<b/>" * 50_000
            + "</a>" * 50
        ),
        422,
        "FORMAT_TOO_COMPLEX",
    ),
    "namespaces on one element": (
        lambda: message("<a " + " ".join(f'xmlns:n{i}="urn:{i}"' for i in range(20_000)) + "/>"),
        422,
        "FORMAT_TOO_COMPLEX",
    ),
    "a zip that is cut short": (lambda: message_of(b"PK\x03\x04" + bytes(30)), 422, "FORMAT_BAD_ATTACHMENT"),
    "a thousand zips of zeros": (lambda: message_of(*[packed(b"\0" * 999_999)] * 1_000), 422, "FORMAT_BAD_ATTACHMENT"),
    "a zip of many zeros": (lambda: message_of(packed(b"\0" * 63 * MB)), 422, "FORMAT_BAD_ATTACHMENT"),
    "a million elements": (lambda: message("<a/>" * 1_000_000), 422, "FORMAT_TOO_COMPLEX"),
    "a million open elements": (lambda: message("<a>" * 1_000_000), 422, "FORMAT_TOO_COMPLEX"),
    "a depth of nineteen thousand": (lambda: message("<a>" * 19_000 + "</a>" * 19_000), 400, "FORMAT_MALFORMED_XML"),
    "a hundred thousand attributes": (
        lambda: message("<a " + " ".join(f'a{i}="x"' for i in range(100_000)) + "/>"),
        422,
        "FORMAT_TOO_COMPLEX",
    ),
    "one attribute of 40 MB": (lambda: message(f'<a b="{"x" * 40 * MB}"/>'), 422, None),
    "a text node of 60 MB": (lambda: message(subject="x" * 60 * MB), 422, None),
    "a text node of 60 MB of character references": (lambda: message("&#9;" * (15 * MB)), 422, None),
    "8 MB of marks that combine": (
        lambda: message(subject="MARKS").replace(b"MARKS", ("a" + "\u0301\u0323" * (2 * MB)).encode()),
        422,
        "FORMAT_TOO_COMPLEX",
    ),
    "marks that combine, as references": (
        lambda: message(subject="MARKS").replace(b"MARKS", b"a" + b"&#x301;&#x323;" * (2 * MB)),
        422,
        "FORMAT_TOO_COMPLEX",
    ),
    "billion laughs": (
        lambda: message().replace(b"<edXML ", b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n<edXML ', 1),
        422,
        "FORMAT_FORBIDDEN_XML",
    ),
    "60 MB of white space": (lambda: message() + b" " * 60 * MB, 422, None),
    "60 MB of one comment": (lambda: message() + b"<!--" + b"x" * 60 * MB + b"-->", 422, "FORMAT_FORBIDDEN_XML"),
    "60 MB that are no XML": (lambda: b"\xff" * 60 * MB, 422, "FORMAT_FORBIDDEN_XML"),
    "60 MB of the letter a": (lambda: b"a" * 60 * MB, 400, "FORMAT_MALFORMED_XML"),
    "60 MB of <": (lambda: b"<" * 60 * MB, 422, "FORMAT_TOO_COMPLEX"),
    "an end tag that never ends": (lambda: message("</Signature" + " " * 30 * MB), 400, "FORMAT_MALFORMED_XML"),
    "a start tag that never ends": (lambda: message("<" + "a" * 30 * MB + "Signature"), 400, "FORMAT_MALFORMED_XML"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_document_that_is_a_bomb_is_refused_at_a_bounded_cost(target: Target, name: str) -> None:
    make, status, code = DOCUMENTS[name]
    data = make()
    assert len(data) < LIMIT
    with target.measured():
        found, problem = await target.post(BytesIO(data))
    assert found == status, problem.en
    assert code in (None, problem.code), problem.en
    assert problem.receipt, "a refused document leaves evidence"


async def test_a_text_node_of_100_mb_is_not_even_read(target: Target) -> None:
    told: object = None
    with target.measured(), suppress(aiohttp.ClientError):
        status, problem = await target.post(BytesIO(message(subject="x" * 100 * MB)))
        told = (status, problem.code)
    assert told in (None, (413, "REQUEST_TOO_LARGE"))


async def test_without_a_length_it_is_read_up_to_the_limit_and_no_further(target: Target) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(4 * LIMIT // MB):
            yield b"x" * MB

    told: object = None  # cut off while it was still sending, it may hear of nothing else
    with target.measured(), suppress(aiohttp.ClientError):
        status, problem = await target.post(endless())
        told = (status, problem.code)
    # Whichever bound is met first: that of a message, or of this caller's bytes, of which the bombs before took some.
    assert told in (None, (413, "REQUEST_TOO_LARGE"), (429, "LIMIT_TOO_MANY"))


BOMB = gzip.compress(gzip.compress(bytes(64 * MB), 1))


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "x-gzip"])
async def test_a_packed_body_is_not_unpacked(target: Target, coding: str) -> None:
    with target.measured():
        status, problem = await target.post(BytesIO(BOMB), **{"Content-Encoding": coding})
    assert (status, problem.code) == (415, "REQUEST_CONTENT_ENCODING")


async def test_a_transfer_coding_other_than_chunked_is_not_unpacked(target: Target) -> None:
    answer = await target.raw(
        iter([target.head + b"Transfer-Encoding: gzip, chunked\r\n\r\n", b"5\r\nxxxxx\r\n0\r\n\r\n"])
    )
    assert answer.startswith(b"HTTP/1.1 400")


async def test_two_hundred_thousand_chunks_of_one_byte(target: Target) -> None:
    body = (b"1\r\nx\r\n" * 10_000 for _ in range(20))
    with target.measured():
        answer = await target.raw(
            iter([target.head + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n", *body, b"0\r\n\r\n"])
        )
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"FORMAT_MALFORMED_XML" in answer


FLOODS = {
    "ten thousand headers": b"".join(b"X-%d: y\r\n" % i for i in range(10_000)),
    "a header of 10 MB": b"X: " + b"y" * 10 * MB + b"\r\n",
    "a name of 10 MB": b"X" * 10 * MB + b": y\r\n",
    "ten thousand cookies": b"Cookie: a=b\r\n" * 10_000,
    "a header folded for ever": b"X: y\r\n" + b" y\r\n" * 100_000,
}


@pytest.mark.parametrize("name", FLOODS)
async def test_a_flood_of_headers_is_cut_off(target: Target, name: str) -> None:
    flood = FLOODS[name]
    pieces = [flood[at : at + 65_536] for at in range(0, len(flood), 65_536)]
    with target.measured():
        answer = await target.raw(iter([target.head, *pieces, b"Content-Length: 4\r\n\r\n<a/>"]))
    assert answer[9:12] in (b"", b"400", b"431")


CHUNKS = {
    "an extension of 10 MB": b"1;" + b"x" * 10 * MB + b"\r\nx\r\n",
    "a hundred thousand trailers": b"0\r\n" + b"X: y\r\n" * 100_000,
    "a size of ten million digits": b"0" * 10 * MB,
}


@pytest.mark.parametrize("name", CHUNKS)
async def test_a_flood_between_chunks_is_cut_off(target: Target, name: str) -> None:
    chunked = target.head + b"Transfer-Encoding: chunked\r\n\r\n"
    pieces = [CHUNKS[name][at : at + 65_536] for at in range(0, len(CHUNKS[name]), 65_536)]
    with target.measured():
        answer = await target.raw(iter([chunked, *pieces, b"\r\n\r\n"]))
    assert answer[9:12] in (b"", b"400", b"408", b"431")


async def test_while_three_hundred_are_slow_a_good_document_passes(target: Target) -> None:
    """Slow headers, slow bodies, trickles and readers that do not read, all at once and all still there."""
    held = []
    for n in range(300):
        reader, writer = await asyncio.open_connection("127.0.0.1", target.hub.port)
        begun = [
            b"POST /v1/documents HTT",
            target.head + b"Content-Length: 60000000\r\n\r\n<edXML",
            target.head + b"Transfer-Encoding: chunked\r\n\r\n1\r\n<\r\n",
        ]
        writer.write(begun[n % 3])
        held.append((reader, writer))
    await target.good()
    for _, writer in held:
        writer.transport.abort()


async def test_after_all_of_it_nothing_is_lost_and_the_record_is_whole(target: Target) -> None:
    await target.good()
    async with target.client(SON_LA) as axis:
        items = await axis.fetch(100)
        assert sorted([await item.content() for item in items]) == sorted(target.sent)
        done = await axis.acknowledge(items)
        assert all(one.problem is None for one in done.items)
    assert target.hub.stop() == 0
    checked = await asyncio.to_thread(truc, "fsck", "--config", target.folder / "hub.toml", "--json")
    assert checked.returncode == 0, checked.stdout
    assert json.loads(checked.stdout)["checked"]["deliveries"] == len(target.sent)
