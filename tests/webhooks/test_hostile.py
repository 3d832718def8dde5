"""Receivers that mean harm, and agencies that would have the hub call where it must not: named by what they do."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from hub.base.webhook_settings import WebhookSettings
from hub.core.webhooks import outcomes
from hub.core.webhooks.signing import Keys
from hub.store.sqlite import SqliteStore
from hub.webhooks.courier import Courier, Reply
from tests.support.axis import NOON, SON_LA, Clock, of_today
from tests.support.receiver import a_raw_server, serving_http
from tests.support.web import a_web
from tests.webhooks.test_sending import PLAIN, a_world

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
QUICK = WebhookSettings(plain=True, timeout_seconds=0.5)


@asynccontextmanager
async def a_courier(settings: WebhookSettings = QUICK, **names: str) -> AsyncIterator[Courier]:
    """`names`: where each leads, the dots of a name left out."""

    def lookup(host: str, port: int) -> list[tuple[Any, ...]]:
        address = names[host.replace(".", "")]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    courier = Courier(settings, lookup)
    async with courier.running():
        yield courier


async def posted(courier: Courier, url: str, most: int = 0) -> Reply:
    return await courier.post(url, {"webhook-id": "evt_1"}, b"{}", NOON, most=most)


async def endless_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def endless_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
        await writer.drain()


async def a_bomb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nx\x9c\xff\xff\xff")


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)
    await asyncio.Event().wait()


async def a_head_byte_by_byte(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def a_huge_header(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def countless_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X: y\r\n" * 1_000)
        await writer.drain()


async def early_hints_for_ever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)
        await writer.drain()
        await asyncio.sleep(0)


async def no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n\r\n")


async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes at once."""


HOSTILE: dict[str, tuple[Talk, str]] = {
    "a body without end": (endless_body, outcomes.DELIVERED),
    "chunks without end": (endless_chunks, outcomes.DELIVERED),
    "a body that unpacks to much": (a_bomb, outcomes.DELIVERED),
    "silence": (silence, outcomes.TIMEOUT),
    "a head byte by byte": (a_head_byte_by_byte, outcomes.TIMEOUT),
    "a header without end": (a_huge_header, outcomes.PROTOCOL),
    "headers without end": (countless_headers, outcomes.PROTOCOL),
    "early hints for ever": (early_hints_for_ever, outcomes.TIMEOUT),
    "another protocol": (no_http, outcomes.PROTOCOL),
    "closed at once": (nothing, outcomes.PROTOCOL),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_answer_ends_in_its_time_with_a_word(name: str) -> None:
    talk, word = HOSTILE[name]
    async with a_raw_server(talk) as url, a_courier() as courier:
        reply = await posted(courier, url)
        assert reply.outcome == word
        read = await posted(courier, url, most=1_024)
        assert len(read.body) <= 1_024
        assert read.outcome in (word, outcomes.TIMEOUT)


async def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    async def redirecting(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with serving_http(redirecting) as url, a_courier() as courier:
        reply = await posted(courier, f"{url}/hooks")
        assert (reply.outcome, reply.status, asked) == (outcomes.REDIRECT, 307, ["/hooks"])


REBINDING = {
    "loopback": "127.0.0.1",
    "a private address": "10.0.0.1",
    "metadata": "169.254.169.254",
    "mapped loopback": "::ffff:127.0.0.1",
    "translated loopback": "64:ff9b::7f00:1",
    "CGNAT": "100.64.0.1",
}


@pytest.mark.parametrize("name", REBINDING)
async def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(name: str) -> None:
    settings = WebhookSettings(timeout_seconds=2.0)
    async with a_courier(settings, innerexample=REBINDING[name]) as courier:
        assert (await posted(courier, "https://inner.example/")).outcome == outcomes.REFUSED


async def test_a_name_is_judged_at_each_connection_not_when_it_was_registered() -> None:
    """DNS rebinding: public when the first gate looked, private when the socket is made."""
    addresses = iter(["203.162.4.191"])
    courier = Courier(
        WebhookSettings(timeout_seconds=2.0),
        lambda host, port: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(addresses, "10.0.0.7"), port))],
    )
    next(addresses)
    async with courier.running():
        assert (await posted(courier, "https://inner.example/")).outcome == outcomes.REFUSED


async def test_one_address_of_a_name_that_is_inside_refuses_the_name() -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 443)) for a in ("203.162.4.191", "192.168.0.1")]
    courier = Courier(WebhookSettings(timeout_seconds=2.0), lambda host, port: found)
    async with courier.running():
        assert (await posted(courier, "https://mixed.example/")).outcome == outcomes.REFUSED


async def test_even_where_the_resolver_was_fooled_the_socket_is_not() -> None:
    """The second gate alone: an address that came past the first, as a literal does."""
    courier = Courier(WebhookSettings())
    for address in ("127.0.0.1", "::1", "169.254.169.254", "::ffff:10.0.0.1"):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with pytest.raises(Exception, match="webhook"):
            courier._socket((family, socket.SOCK_STREAM, 6, "", (address, 443)))


async def test_a_name_that_nobody_knows_is_told() -> None:
    def unknown(host: str, port: int) -> list[tuple[Any, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    courier = Courier(WebhookSettings(), unknown)
    async with courier.running():
        assert (await posted(courier, "https://nowhere.example/")).outcome == outcomes.NAME


async def test_nobody_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        async with a_courier() as courier:
            reply = await posted(courier, f"http://127.0.0.1:{bound.getsockname()[1]}/")
            assert reply.outcome == outcomes.CONNECT


@pytest.mark.real_clock
async def test_a_certificate_of_nobody_and_one_for_another_name_are_told(tmp_path: Path) -> None:
    profile, _ = of_today(tmp_path / "keys")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*profile.files_of("tls", "hub"))

    async def answering(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=204)

    anchors = tmp_path / "ca.pem"
    anchors.write_bytes(b"".join(p.read_bytes() for p in sorted((profile.folder / "anchors").glob("*.cert.pem"))))
    async with serving_http(answering, ssl_context=context) as url:
        port = int(url.rpartition(":")[2])
        stranger = WebhookSettings(plain=True, ports=(port,))
        async with a_courier(stranger, localhost="127.0.0.1", h52example="127.0.0.1") as courier:
            assert (await posted(courier, f"https://localhost:{port}/")).outcome == outcomes.TLS
        known = WebhookSettings(plain=True, ports=(port,), tls_ca=str(anchors))
        async with a_courier(known, localhost="127.0.0.1", h52example="127.0.0.1") as courier:
            assert (await posted(courier, f"https://localhost:{port}/")).outcome == outcomes.DELIVERED
            assert (await posted(courier, f"https://h52.example:{port}/")).outcome == outcomes.TLS


async def test_through_a_proxy_the_hub_resolves_nothing_and_literals_stay_refused() -> None:
    asked: list[str] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        asked.append("asked")

    async with a_raw_server(proxy) as url:
        settings = WebhookSettings(proxy=url.removesuffix("/hooks"), timeout_seconds=2.0)
        async with a_courier(settings) as courier:
            assert (await posted(courier, "https://h52.example/")).outcome != outcomes.DELIVERED
            assert asked == ["asked"]
            assert (await posted(courier, "https://10.0.0.1/")).outcome == outcomes.REFUSED
            assert asked == ["asked"]


async def test_a_challenge_is_only_believed_when_it_is_repeated(tmp_path: Path, keys: Path) -> None:
    """A receiver that says yes to everything, or sends back what it got, wants nothing."""
    async with a_world(tmp_path, keys) as world:

        async def echoing(request: web.BaseRequest) -> web.StreamResponse:
            return web.Response(body=b" " * 2_000 + await request.read())

        async with serving_http(echoing) as url:
            made = await world.added(SON_LA, f"{url}/hooks")
            answer = await world.web.call("POST", f"/v1/webhooks/{made.id}/test", SON_LA)
            assert b'"ok":false' in answer.body


async def test_no_file_of_the_record_holds_a_secret(tmp_path: Path, keys: Path) -> None:
    folder = tmp_path / "hub"
    async with a_world(folder, keys) as world:
        made = await world.hooked(SON_LA)
        rotated = await world.web.call("POST", f"/v1/webhooks/{made.id}/rotate", SON_LA)
        secrets = [made.secret, rotated.body.decode().partition("whsec_")[2].partition('"')[0]]
    raw = [Keys.parse(text).secrets[0] for text in secrets]
    written = [text.removeprefix("whsec_").encode() for text in secrets]
    for path in folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        assert not [secret for secret in (*raw, *written) if secret in data]


async def test_with_webhooks_off_none_is_registered_and_none_is_sent(tmp_path: Path, keys: Path) -> None:
    clock = Clock()
    async with a_world(tmp_path, keys, PLAIN, clock) as world:
        await world.hooked(SON_LA)
        await world.web.send("000.00.00.G22", SON_LA)
    off = WebhookSettings(enabled=False, plain=True)
    async with a_web(tmp_path, keys, webhooks=off, clock=clock) as web_:
        answer = await web_.call("POST", "/v1/webhooks", SON_LA, json={"url": "https://h52.example/"})
        assert answer.problem.code == "REQUEST_WEBHOOK"
        await web_.hub.webhooks.settle()
    store = await SqliteStore.open(tmp_path / "axis.sqlite")
    try:
        assert [hook.sent_at == hook.created_at for hook in await store.hooks()] == [True]
    finally:
        await store.close()
