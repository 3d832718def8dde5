"""Requests in shapes that a proxy and a hub might read differently, and words of a caller's that might end up in a
head.

`tests/http/test_http.py` has bytes that are no HTTP and lengths that contradict one another; here it is about what
stays in step: how many answers come, whose they are, and that nothing a caller says becomes a header.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from yarl import URL

from hub.core import wire
from hub.core.edxml import Attachment
from hub.core.model import StatusCode
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.web import Web, a_web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")
HEALTH = "GET /healthz HTTP/1.1\r\nHost: hub\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys) as opened:
        yield opened


async def answers(web: Web, text: str) -> list[tuple[int, bytes, bytes]]:
    """All answers on one connection: status, head, body, cut by their own lengths; nothing may be left over."""
    rest = await web.raw(text.encode("latin-1"))
    found = []
    while rest:
        head, _, rest = rest.partition(b"\r\n\r\n")
        length = int((re.search(rb"(?i)\r\ncontent-length: (\d+)", head) or [b"", b"0"])[1])
        assert head.startswith(b"HTTP/1."), head
        found.append((int(head.split(b" ")[1]), head, rest[:length]))
        rest = rest[length:]
    return found


# in step


async def test_a_request_inside_a_body_is_a_body(web: Web) -> None:
    """Whether the route takes a body or not, and whether it is read before the answer or not."""
    inner = "GET /v1/problems HTTP/1.1\r\nHost: hub\r\n\r\n"
    for method, path, status in (
        ("GET", "/healthz", 200),
        ("GET", "/v1/inbox", 401),
        ("POST", "/v1/token", 400),
        ("POST", "/v1/documents", 401),
        ("POST", "/nowhere", 404),
        ("DELETE", "/v1/inbox", 405),
    ):
        top = f"{method} {path} HTTP/1.1\r\nHost: hub\r\n"
        for body in (
            f"Content-Length: {len(inner)}\r\n\r\n{inner}",
            f"Transfer-Encoding: chunked\r\n\r\n{len(inner):x}\r\n{inner}\r\n0\r\n\r\n",
        ):
            found = await answers(web, top + body + HEALTH + "Connection: close\r\n\r\n")
            assert [f[0] for f in found] == [status, 200], (method, path)
            assert b"codes" not in found[-1][2]
            assert msgspec.json.decode(found[-1][2], type=wire.Health).status == "ok"


async def test_requests_in_one_go_are_answered_each_as_itself(web: Web) -> None:
    """The caller of the first is not that of the second."""
    mine = f"GET /v1/inbox HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {await web.token(VPCP)}\r\n\r\n"
    nobodys = "GET /v1/inbox HTTP/1.1\r\nHost: hub\r\n\r\n"
    wrong = "GET /v1/inbox?agency=000.00.00.H26 HTTP/1.1\r\nHost: hub\r\n"
    wrong += f"Authorization: Bearer {await web.token(SON_LA)}\r\n\r\n"
    last = HEALTH + "Connection: close\r\n\r\n"
    found = await answers(web, (mine + nobodys + wrong) * 30 + last)
    assert [f[0] for f in found] == [200, 401, 403] * 30 + [200]


async def test_what_follows_a_refusal_that_leaves_a_body_is_not_read_as_a_request(web: Web) -> None:
    """413 and 415 end the connection: the rest of the body might look like anything."""
    top = f"POST /v1/documents HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {await web.token(VPCP)}\r\n"
    inner = "GET /v1/problems HTTP/1.1\r\nHost: hub\r\n\r\n"
    for more in (f"Content-Length: {1 << 40}", f"Content-Length: {len(inner)}\r\nContent-Encoding: gzip"):
        found = await answers(web, f"{top}{more}\r\n\r\n{inner}")
        assert [f[0] for f in found] in ([413], [415])
        assert b"\r\nConnection: close" in found[0][1]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("", False),
        ("Connection: keep-alive\r\n", True),
        ("Host: hub\r\n", False),
    ],
)
async def test_http_1_0(web: Web, lines: str, kept: bool) -> None:
    """Answered as of old: one answer, unless more was asked for; no chunks."""
    request = f"GET /healthz HTTP/1.0\r\n{lines}\r\n"
    found = await answers(web, request * 2 + "GET /healthz HTTP/1.0\r\n\r\n" if kept else request)
    assert [f[0] for f in found] == ([200] * 3 if kept else [200])
    assert all(b"chunked" not in f[1].lower() for f in found)
    stream = f"GET /v1/events HTTP/1.0\r\nAuthorization: Bearer {await web.token(VPCP)}\r\nLast-Event-ID: x\r\n\r\n"
    assert [f[0] for f in await answers(web, stream)] == [400]
    body = f"POST /v1/documents HTTP/1.0\r\nAuthorization: Bearer {await web.token(VPCP)}\r\n"
    found = await answers(web, f"{body}Content-Length: 4\r\nExpect: 100-continue\r\n\r\n<a/>")
    assert found[-1][0] == 400


async def test_an_absolute_target_is_the_path_in_it_whoever_is_named(web: Web) -> None:
    """And gives no right: neither the name in it nor Host is believed."""
    host, port = web.address
    for target in (
        f"http://{host}:{port}/healthz",
        "http://evil.example/healthz",
        "https://u:p@evil.example:1/healthz",
    ):
        found = await answers(web, f"GET {target} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
        assert [f[0] for f in found] == [200]
        inbox = target.replace("/healthz", "/v1/inbox")
        found = await answers(web, f"GET {inbox} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
        assert [f[0] for f in found] == [401]
    for target in ("ftp://hub/healthz", "file:///etc/passwd", "javascript:alert(1)", "hub:443", "//healthz", "?x", "#"):
        found = await answers(web, f"GET {target} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
        assert found[0][0] in (200, 400, 404), target
        assert b"root:" not in found[0][2]


@pytest.mark.parametrize("count", [63, 65, 2_000])
async def test_many_headers(web: Web, count: int) -> None:
    lines = "".join(f"X-{n}: y\r\n" for n in range(count - 2))
    found = await answers(web, f"{HEALTH}Connection: close\r\n{lines}\r\n")
    assert found[0][0] == (200 if count <= 64 else 400)


async def test_headers_that_are_all_large(web: Web) -> None:
    """64 of 8 kB each are read; no more is kept for a head than that, and it goes when it is answered."""
    lines = "".join(f"X-{n}: {'y' * 8_000}\r\n" for n in range(60))
    found = await answers(web, f"{HEALTH}Connection: close\r\n{lines}\r\n")
    assert found[0][0] == 200


@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "Cookie", "Accept", "Range", "If-None-Match", "X"])
async def test_one_header_that_is_too_large(web: Web, name: str) -> None:
    found = await answers(web, f"{HEALTH}{name}: {'y' * 9_000}\r\n\r\n")
    assert [f[0] for f in found] == [431]


@pytest.mark.parametrize("value", ["gzip", "identity, gzip"])
async def test_an_encoding_hidden_behind_another(web: Web, value: str) -> None:
    top = f"POST /v1/documents HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {await web.token(VPCP)}\r\n"
    top += f"Content-Encoding: identity\r\nContent-Encoding: {value}\r\nContent-Length: 4\r\n\r\n<a/>"
    assert [f[0] for f in await answers(web, top)] == [415]


# paths


PATHS = [
    "/v1/%2e%2e/v1/inbox",
    "/v1/./inbox",
    "/healthz/../v1/inbox",
    "//v1/inbox",
    "/v1//inbox",
    "/v1/inbox//",
    "/v1%2finbox",
    "/v1%5cinbox",
    "/v1\\inbox",
    "/v1/inbox%00",
    "/v1/inbox%00.json",
    "/v1/inbox;x=/healthz",
    "/v1/inbox%3f",
    "/v1/inbox%23",
    "/v1/inbox%20",
    "/v1/inbox%0d%0aX:%20y",
    "/V1/INBOX",
    "/%76%31/%69%6e%62%6f%78",
    "/v1/inbox/../../healthz",
    "/healthz/%2e%2e/v1/audit/leaves",
    "/v1/audit%2fleaves",
    "/v1/audit/leaves/",
    "/v1/documents/%2e%2e%2faudit%2fleaves",
    "/v1/documents/../audit/leaves",
    "/v1/documents/..;/audit/leaves",
    "/v1/receipts/%252e%252e",
    "/v1/documents/%c0%ae%c0%ae/content",
    "/log/tile/../../v1/audit/leaves",
    "/log/tile/%2e%2e%2f%2e%2e%2fhub.toml",
    "/log/tile/0/..%2f..%2f..%2ftoken.secret",
    "/log/objects/..%2fevidence",
    "/log/objects/evidence%00directory",
    "/" + "a/" * 3_000,
    "/" + "%2e%2e%2f" * 800,
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
async def test_no_spelling_of_a_path_goes_round_the_door(web: Web, path: str) -> None:
    """A stranger with a token of its own, and one with none: no status but those of who has no right or asks for
    nothing, and no word of the hub's files."""
    for who in (None, HA_NOI):
        async with web.session.get(URL(web.url + path, encoded=True), headers=await web.headers(who)) as response:
            body = await response.read()
        own = response.status == 200 and who == HA_NOI and b'"items":[]' in body
        assert own or response.status in (400, 401, 403, 404), (response.status, body[:200])
        assert b"[hub]" not in body
        assert b"Traceback" not in body


# words that come back

EVIL = "a\r\nSet-Cookie: x=1\r\n\r\n<html>"


async def test_no_word_of_a_callers_becomes_a_header(web: Web) -> None:
    """Codes, identifiers, cursors, names: they come back in bodies, as JSON, and nowhere else."""
    quoted = "a%0d%0aSet-Cookie:%20x=1%0d%0a%0d%0a%3Chtml%3E"
    asked = [
        ("GET", f"/v1/documents/{quoted}"),
        ("GET", f"/v1/documents/{quoted}/content"),
        ("GET", f"/v1/documents/{quoted}/evidence?recipient={quoted}"),
        ("GET", f"/v1/receipts/{quoted}"),
        ("GET", f"/v1/inbox?agency={quoted}"),
        ("GET", f"/v1/inbox?cursor={quoted}"),
        ("GET", f"/v1/inbox?{quoted}=1"),
        ("GET", f"/v1/outbox?cursor={quoted}"),
        ("GET", f"/v1/events?agency={quoted}"),
        ("GET", f"/v1/agencies/{quoted}"),
        ("GET", f"/v1/agencies?text={quoted}&cursor={quoted}"),
        ("GET", f"/v1/figures?since={quoted}"),
        ("GET", f"/log/tile/{quoted}"),
        ("GET", f"/log/objects/{quoted}"),
        ("GET", f"/{quoted}"),
        ("PUT", f"/v1/{quoted}"),
    ]
    for method, path in asked:
        top = f"{method} {path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n"
        found = await answers(web, f"{top}Authorization: Bearer {await web.token(VPCP)}\r\n\r\n")
        assert len(found) == 1, path
        status, head, body = found[0]
        assert 200 <= status < 500
        assert b"Set-Cookie" not in head
        assert b"html" not in head
        assert isinstance(msgspec.json.decode(body), dict)


async def test_no_word_of_a_document_becomes_a_header(web: Web) -> None:
    """DocumentId, subject, names of files: whatever a document says of itself, the heads of its answers are ours."""
    name = 'x"; filename="evil.html\r\nSet-Cookie: x=1'
    tried = [
        {"document_id": f"000.00.00.G22,2026/11/20,{EVIL}"},
        {"subject": EVIL},
        {"place": EVIL},
        {"document_id": 'x"; filename="evil.html'},
    ]
    for changes in tried:
        for files in ([], [Attachment("cid:1", name, content_type="text/html", data=b"<script>")]):
            data = web.axis.sign(web.axis.document(VPCP, [SON_LA], **changes), files)
            answer = await web.submit(data, VPCP)
            assert answer.status < 500
            assert "Set-Cookie" not in answer.headers
            if answer.status != 201:
                continue
            sent = answer.record(wire.Submitted)
            path = f"/v1/documents/{bare(sent.message.id)}"
            assert answer.headers["Location"] == path
            for part, ending in (("content", "edxml"), ("evidence", "evidence.zip")):
                got = await web.get(f"{path}/{part}", VPCP)
                named = f'attachment; filename="{bare(sent.message.id)}.{ending}"'
                assert got.headers["Content-Disposition"] == named
                assert got.headers["X-Content-Type-Options"] == "nosniff"
                assert "html" not in repr(dict(got.headers))
            life = await web.get(path, VPCP)
            assert life.headers["Content-Type"] == "application/json"


async def test_no_word_of_a_status_becomes_a_header(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    answer = await web.submit(web.status(SON_LA, StatusCode.ACCEPTED, sent, document_id=EVIL), SON_LA, "/v1/statuses")
    assert answer.status in (404, 422)
    assert "Set-Cookie" not in answer.headers


async def test_an_event_cannot_be_written_by_who_caused_it(web: Web) -> None:
    """Nothing of a document stands in the stream but its identifier."""
    async with web.session.get(web.url + "/v1/events", headers=await web.headers(SON_LA)) as stream:
        await web.send(VPCP, SON_LA, subject="a\ndata: x\nevent: forged")
        seen = b""
        while b"\n\n" not in seen:
            seen += await stream.content.readany()
    assert b"forged" not in seen
    assert [line.split(b":")[0] for line in seen.strip().split(b"\n")] == [b"event", b"id", b"data"]
