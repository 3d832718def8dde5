"""Bytes that are no HTTP, requests that two parsers read in two ways, and names that try to get out of their place."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core import wire
from tests.support.axis import VPCP
from tests.support.web import Web

pytestmark = pytest.mark.asyncio(loop_scope="module")
GET = "GET /healthz HTTP/1.1\r\nHost: hub\r\n"
POST = "POST /v1/documents HTTP/1.1\r\nHost: hub\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n"
CHUNKED = POST + "Transfer-Encoding: chunked\r\n"

SMUGGLED = {
    "both lengths": POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both lengths, the other way": CHUNKED + "Content-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": POST + "Content-Length: 4\r\nContent-Length: 5\r\n\r\n<a/>x",
    "one length twice": POST + "Content-Length: 4\r\nContent-Length: 4\r\n\r\n<a/>",
    "a list of lengths": POST + "Content-Length: 4, 4\r\n\r\n<a/>",
    "a length with a sign": POST + "Content-Length: +4\r\n\r\n<a/>",
    "a length in hex": POST + "Content-Length: 0x4\r\n\r\n<a/>",
    "a negative length": POST + "Content-Length: -4\r\n\r\n<a/>",
    "a length beyond numbers": POST + "Content-Length: 99999999999999999999\r\n\r\n<a/>",
    "an empty length": POST + "Content-Length: \r\n\r\n<a/>",
    "space before the colon": POST + "Content-Length : 4\r\n\r\n<a/>",
    "space before the other colon": POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "chunked, then something": POST + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "something, then chunked": POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "nearly chunked": POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked in a costume": POST + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "chunked and identity": CHUNKED + "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "identity": POST + "Transfer-Encoding: identity\r\n\r\n<a/>",
    "chunked in HTTP/1.0": CHUNKED.replace("1.1", "1.0") + "\r\n0\r\n\r\n",
    "a chunk of no size": CHUNKED + "\r\nzz\r\n<a/>\r\n0\r\n\r\n",
    "a chunk longer than it says": CHUNKED + "\r\n2\r\n<a/>\r\n0\r\n\r\n",
    "more trailers than headers may be": CHUNKED + "\r\n0\r\n" + "X: y\r\n" * 500 + "\r\n",
    "a folded header": GET + "X: a\r\n b\r\n\r\n",
    "lines without CR": GET.replace("\r\n", "\n") + "\n",
    "CR inside a header": GET + "X: a\rY: b\r\n\r\n",
    "NUL inside a header": GET + "X: a\0b\r\n\r\n",
    "two hosts": GET + "Host: other\r\n\r\n",
    "something after the end": GET + "Connection: close\r\n\r\n" + GET + "\r\n",
}

BROKEN = {
    "no host": "GET /healthz HTTP/1.1\r\n\r\n",
    "a header without a name": GET + ": x\r\n\r\n",
    "a header without a colon": GET + "Xyz\r\n\r\n",
    "a name that is none": GET + "X(): y\r\n\r\n",
    "a method that is none": "FOO / HTTP/1.1\r\nHost: x\r\n\r\n",
    "small letters": "get / HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9": "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a URL that is none": "GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "a port that is none": "GET http://a:99999/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "an asterisk": "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
    "space in the path": "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes in the path": "GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "control characters in the path": "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
    "more headers than may be": GET + "".join(f"X{i}: y\r\n" for i in range(100)) + "\r\n",
    "the first websocket": GET + "Sec-WebSocket-Key1: x\r\n\r\n",
}


async def refused(web: Web, data: str, status: int = 400) -> wire.Problem:
    """Exactly one answer, a problem, and then the connection ends."""
    answer = await web.raw(data.replace("{token}", await web.token(VPCP)).encode("latin-1"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert int(head.split(b" ")[1]) == status, answer
    assert b"Content-Type: application/problem+json" in head
    assert b"Server: truc\r\n" in head
    assert b"nosniff" in head
    return msgspec.json.decode(body, type=wire.Problem)  # and nothing after it


@pytest.mark.parametrize("name", list(SMUGGLED))
async def test_requests_with_two_readings(web: Web, name: str) -> None:
    assert (await refused(web, SMUGGLED[name])).code == "REQUEST_INVALID"


@pytest.mark.parametrize("name", list(BROKEN))
async def test_bytes_that_are_no_http(web: Web, name: str) -> None:
    assert (await refused(web, BROKEN[name])).code == "REQUEST_INVALID"


@pytest.mark.parametrize(
    "data",
    [
        "GET /" + "a" * 9_000 + " HTTP/1.1\r\nHost: x\r\n\r\n",
        GET + "X: " + "a" * 9_000 + "\r\n\r\n",
        GET + "a" * 9_000 + ": x\r\n\r\n",
    ],
    ids=["path", "value", "name"],
)
async def test_lines_that_are_too_long(web: Web, data: str) -> None:
    assert "8190" in (await refused(web, data, 431)).found


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/v1/agencies/%0d%0aSet-Cookie:%20x=1", {404}),
        ("/v1/agencies/%ff%fe%00", {404}),
        ("/v1/agencies/%zz%1", {404}),
        ("/v1/agencies/..%2f..%2fetc%2fpasswd", {404}),
        ("/v1/agencies/../../healthz", {404}),
        ("/v1/documents/%2e%2e/content", {401}),
        ("/v1/documents/a/../b/content", {404}),
        ("/log/tile/%2e%2e/%2e%2e/axis.sqlite", {404}),
        ("/log/tile//etc/passwd", {404}),
        ("/v1/agencies?text=%ff%00%0d%0a", {200}),
        ("/v1/agencies?text=%ED%A0%80", {200}),
        ("/v1/agencies?%00=1", {400}),
        ("/v1/figures?since=%ff", {400}),
        ("/healthz?x=1", {400}),
        ("/healthz?" + "&" * 5_000, {200, 400}),
        ("http://elsewhere.example/healthz", {200}),
        ("/healthz#fragment", {200, 404}),
        ("/healthz;a=b", {404}),
        ("/%68ealthz", {200}),
    ],
)
async def test_paths_that_try_to_get_out(web: Web, path: str, statuses: set[int]) -> None:
    answer = await web.raw(f"GET {path} HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert int(head.split(b" ")[1]) in statuses, answer
    assert b"Set-Cookie" not in head
    assert msgspec.json.decode(body) is not None


@pytest.mark.parametrize(
    "line",
    [
        "Expect: something",
        "Upgrade: websocket\r\nConnection: upgrade",
        "Cookie: \xff=;;=",
        "Content-Type: \xff/;;==",
        "If-None-Match: \xff,,",
        "If-Modified-Since: never",
        "Accept-Encoding: \xff",
        "Range: \xff",
        "Last-Event-ID: \xff",
        "Forwarded: for=\xff",
        "Host: a b<>:99999999",
    ],
)
async def test_headers_that_say_nothing(web: Web, line: str) -> None:
    """They are passed over where they mean nothing, and refused where they do; the hub says so in its own form."""
    for path in ("/healthz", "/v1/inbox", "/nowhere"):
        host = "" if line.startswith("Host") else "Host: hub\r\n"
        data = f"GET {path} HTTP/1.1\r\n{host}Connection: close\r\n{line}\r\n\r\n"
        answer = await web.raw(data.encode("latin-1"))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert int(head.split(b" ")[1]) < 500
        assert b"\r\nServer: truc\r\n" in head
        assert isinstance(msgspec.json.decode(body), dict)


async def test_connect_is_no_tunnel(web: Web) -> None:
    for target in ("hub:443", "/healthz", "127.0.0.1:22"):
        answer = await web.raw(f"CONNECT {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert answer.split(b" ")[1] in (b"400", b"404", b"405")


line = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=40)
token = st.sampled_from(
    ["GET", "POST", "PUT", "HEAD", "/", "/v1/inbox", "HTTP/1.1", "Host: x", "chunked", ":", " ", "\0"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(line, token, st.just("\r\n")), max_size=12).map("".join))
async def test_no_bytes_at_all_make_an_error_of_ours(web: Web, text: str) -> None:
    """Whatever comes first, the hub answers with less than 500 or closes, and goes on."""
    answer = await web.raw(text.encode("latin-1") + b"\r\nConnection: close\r\n\r\n\r\n", close=True)
    statuses = [int(part.split(b" ")[1]) for part in answer.split(b"HTTP/1.")[1:]]
    assert all(status < 500 for status in statuses)
    assert (await web.get("/healthz")).status == 200
