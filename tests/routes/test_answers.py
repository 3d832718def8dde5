"""Answers that nobody reads: what they hold is bounded for each holder and in all, whatever route they come from, and
whoever reads goes on being answered."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
import uvloop
from aiohttp.web import BaseRequest, Server, StreamResponse

from hub.app import running
from hub.base.config import HttpSettings, HubSettings, MailboxSettings, Settings
from hub.base.limit_settings import LimitSettings
from hub.core import wire
from hub.core.edxml import Attachment
from hub.core.errors import Overloaded, TooMany
from hub.http import listener, scrape
from hub.http.answering import Answering
from hub.http.ledger import Ledger, Tab
from hub.routes.table import ROUTES
from tests.routes.test_table import CALLERS, ENDLESS, VECTORS, World, called
from tests.support.axis import HA_NOI, SON_LA, VPCP, Axis, of_today, registered
from tests.support.web import Web, a_web, bare

MB = 1024 * 1024
DESCRIPTION = "/v1/openapi.json"  # the largest answer that a hub has from the start: 65 kB
ON_DISK = {"GET /v1/documents/{id}/evidence"}
Sockets = list[socket.socket]
_OPEN: Sockets = []


RESET = struct.pack("ii", 1, 0)
"""Closing then tells the other side at once; else the kernel of a peer that was never read from hears of it by its next
retransmission, which is seconds away by then."""


async def deaf(web: Web, request: bytes, source: str = "127.0.0.1", *, quietly: bool = False) -> socket.socket:
    """A client that asks and reads nothing. `quietly`: it goes without a reset."""
    sock = socket.socket()
    if not quietly:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    _OPEN.append(sock)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.bind((source, 0))
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, web.address)
    await loop.sock_sendall(sock, request)
    return sock


async def status(sock: socket.socket) -> int:
    """What a client that reads nothing was answered: looked at, and left where it is."""
    loop = asyncio.get_running_loop()
    begun = asyncio.Event()
    loop.add_reader(sock, begun.set)
    try:
        await begun.wait()
    finally:
        loop.remove_reader(sock)
    return int(sock.recv(len("HTTP/1.1 200"), socket.MSG_PEEK)[-3:])


def get(path: str, token: str = "") -> bytes:
    told = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{told}\r\n".encode()


@asynccontextmanager
async def elsewhere(web: Web) -> AsyncIterator[Callable[[str], Awaitable[tuple[int, bytes]]]]:
    """Calls without a token from another address."""
    connector = aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))
    async with aiohttp.ClientSession(connector=connector) as session:

        async def call(path: str) -> tuple[int, bytes]:
            async with session.get(web.url + path) as response:
                return response.status, await response.read()

        yield call


async def figure(call: Callable[[str], Awaitable[tuple[int, bytes]]], name: str = "truc_answer_bytes") -> float:
    _, text = await call("/metrics")
    return sum(float(n) for n in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text.decode(), re.MULTILINE))


async def until_figure(call: Callable[[str], Awaitable[tuple[int, bytes]]], holds: Callable[[float], bool]) -> float:
    async with asyncio.timeout(60):
        while not holds(found := await figure(call)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # figures cost milliseconds too: asked for without a pause they are refused
        return found


def all_closed(socks: Sockets) -> None:
    for sock in socks:
        sock.close()


@pytest.fixture(autouse=True, scope="module")
def fresh_figures() -> Iterator[None]:
    """A second old, as they may be elsewhere, each test would wait for them twice."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(scrape, "SECONDS", 0.05)
        yield


@pytest.fixture(autouse=True)
def none_left() -> Iterator[None]:
    """A test that fails leaves no sockets to the next."""
    yield
    all_closed(_OPEN)
    _OPEN.clear()


# one address


async def flooded(folder: Path, keys: Path) -> None:
    each, total = MB, 4 * MB
    async with a_web(folder, keys, answers_per_caller=each, answers_in_memory=total) as web, elsewhere(web) as call:
        socks = [await deaf(web, get(DESCRIPTION) * 10, quietly=True) for _ in range(100)]
        most = 0.0
        for _ in range(50):
            most = max(most, await figure(call))
            status, body = await call(DESCRIPTION)
            assert (status, len(body) > 60_000) == (200, True)
        assert each / 2 < most <= each
        assert await figure(call, "truc_answers_without_room_total") > 0
        answer = await web.get(DESCRIPTION)
        assert (answer.status, answer.problem.code, answer.headers["Retry-After"]) == (429, "LIMIT_TOO_MANY", "2")
        assert (await web.get("/v1/inbox", SON_LA)).status == 200  # a caller is counted as itself, not by its address
        assert (await web.get("/healthz")).status == 200
        all_closed(socks)
        await until_figure(call, lambda held: held == 0)
        assert (await web.get(DESCRIPTION)).status == 200


async def test_what_one_address_does_not_read_is_bounded_and_others_are_answered(tmp_path: Path, keys: Path) -> None:
    await flooded(tmp_path / "hub", keys)


def test_so_it_is_on_uvloop(tmp_path: Path, keys: Path) -> None:
    uvloop.run(flooded(tmp_path / "hub", keys))


async def test_strangers_together_leave_half_of_it_to_those_with_a_token(tmp_path: Path, keys: Path) -> None:
    limits = {"answers_per_caller": MB, "answers_in_memory": 2 * MB}
    async with a_web(tmp_path / "hub", keys, **limits) as web, elsewhere(web) as call:
        socks = [
            await deaf(web, get(DESCRIPTION) * 10, source) for source in ("127.0.0.3", "127.0.0.4") for _ in range(30)
        ]
        await until_figure(call, lambda held: held > MB / 2)
        async with asyncio.timeout(60):
            while (answer := await call(DESCRIPTION))[0] == 200:  # until the next one does not fit
                pass
        assert (answer[0], json.loads(answer[1])["code"]) == (503, "HUB_OVERLOADED")
        assert await figure(call) <= MB
        assert (await web.get(DESCRIPTION)).status == 503
        assert (await web.get(DESCRIPTION, VPCP)).status == 200  # with a token
        all_closed(socks)


async def test_who_takes_nothing_is_cut_off_in_time(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, body_seconds=2.0) as web, elsewhere(web) as call:
        socks = [await deaf(web, get(DESCRIPTION) * 10) for _ in range(20)]
        await until_figure(call, lambda held: held > MB)
        await until_figure(call, lambda held: held == 0)
        all_closed(socks)


async def test_a_fetch_whose_answer_has_no_room_leaves_the_documents_where_they_were(
    tmp_path: Path, keys: Path
) -> None:
    async with a_web(tmp_path / "hub", keys, answers_per_caller=100_000) as web, elsewhere(web) as call:
        for _ in range(12):
            await web.send(VPCP, SON_LA)
        token = await web.token(SON_LA)
        sock = await deaf(web, get(DESCRIPTION, token) * 10)
        # The description is public: it is the address' until a call with a token says whose the connection is.
        whose = await deaf(web, get("/v1/inbox?limit=1000", token) + get(DESCRIPTION, token) * 10)
        await until_figure(call, lambda held: held > 60_000)
        answer = await web.call("POST", "/v1/inbox/fetch", SON_LA, json={"content": True, "limit": 100})
        assert (answer.status, answer.problem.code) == (429, "LIMIT_TOO_MANY")
        all_closed([sock, whose])
        await until_figure(call, lambda held: held == 0)
        fetched = await web.call("POST", "/v1/inbox/fetch", SON_LA, json={"content": True, "limit": 100})
        assert len(fetched.record(wire.Inbox).items) == 12


# bundles


async def test_bundles_wait_for_their_readers_on_disk_and_keep_their_place(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, exports=5, exports_per_caller=2) as web, elsewhere(web) as call:
        size = 20 * MB
        attachment = Attachment("1", "a.bin", "", "application/octet-stream", os.urandom(size))
        data = web.axis.sign(web.axis.document(VPCP, [SON_LA, HA_NOI]), [attachment])
        sent = (await web.submit(data, VPCP)).record(wire.Submitted)
        path = f"/v1/documents/{bare(sent.message.id)}/evidence?document=true"
        whole = len((await web.get(path, VPCP)).body)
        assert whole > size
        socks: Sockets = []
        async with asyncio.timeout(120):  # or it hangs
            while len(socks) < 2:
                # A call meanwhile would take the second place again and again: each is known to have its own first.
                sock = await deaf(web, get(path, await web.token(VPCP)))
                if await status(sock) == 200:  # else the bundle that was read just now still has its place
                    socks.append(sock)
        small = path.partition("?")[0]
        answer = await web.get(small, VPCP)
        assert (answer.status, answer.problem.code, answer.headers["Retry-After"]) == (429, "LIMIT_TOO_MANY", "5")
        assert (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).status == 200
        assert len((await web.get(path, SON_LA)).body) > size  # others have theirs
        assert await figure(call) < MB
        all_closed(socks)
        async with asyncio.timeout(60):
            while (await web.get(small, VPCP)).status != 200:
                pass


# every route


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[World]:
    """A hub whose kernel takes next to nothing, so that few answers are needed to leave some behind."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(listener, "_UNSENT", 4096)
        folder = tmp_path_factory.mktemp("hub")
        async with a_web(folder, keys, mailbox=MailboxSettings(heartbeat_seconds=0.002)) as web:
            sent = await web.send(VPCP, SON_LA)
            life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).record(wire.Life)
            yield World(web, bare(sent.message.id), bare(life.timeline[0].evidence))


async def asked(world: World, name: str) -> bytes:
    """A request of this route as its best caller would send it, on a wire."""
    vector = VECTORS[name]
    callers = [c for c in CALLERS if getattr(vector, c) < 400] or ["sender"]
    who = "sender" if "sender" in callers else callers[0]
    told = "".join(f"{n}: {v}\r\n" for n, v in (await world.web.headers(CALLERS[who])).items())
    given = vector.body
    body = b"" if given is None else given.encode() if isinstance(given, str) else json.dumps(given).encode()
    head = f"{name.split(' ')[0]} {vector.path(world)} HTTP/1.1\r\nHost: x\r\n{told}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", [f"{r.method} {r.path}" for r in ROUTES] + ["GET nowhere", "no HTTP"])
async def test_no_route_answers_past_the_ledger(world: World, name: str) -> None:
    """Whatever the kernel did not take of its answers stands there; a bundle's bytes are on disk instead."""
    others = {"GET nowhere": get("/nowhere"), "no HTTP": b"\x00\r\n\r\n"}
    request = others.get(name) or await asked(world, name)
    async with elsewhere(world.web) as call:
        await until_figure(call, lambda held: held == 0)
        if name in ON_DISK:
            sock, *more = [await deaf(world.web, request * 30) for _ in range(2)]
            async with asyncio.timeout(60):
                while (await called(world, name, "sender")).status != 429:  # two keep their place
                    more.append(await deaf(world.web, request * 30))
            all_closed(more)
            assert await figure(call) < MB
        elif name == "no HTTP":
            # The connection ends with the answer: one at a time, and the kernel takes it.
            sock = await deaf(world.web, get("/healthz") * 200 + request)
            await until_figure(call, lambda held: held > 0)
        else:
            sock = await deaf(world.web, request * (1 if name in ENDLESS else 400))
            assert 0 < await until_figure(call, lambda held: held > 0) < 20 * MB
        sock.close()
        await until_figure(call, lambda held: held == 0)


async def test_every_connection_that_a_listener_makes_answers_by_the_ledger() -> None:
    async def never(request: BaseRequest) -> StreamResponse:
        raise NotImplementedError

    server = Server(never)
    for connections, kind in ((1, Answering), (0, listener._Refused)):
        factory = listener._Factory(server, LimitSettings(), None, None)
        factory._most = connections
        assert isinstance(factory(), kind)


# under TLS, where no transport tells what waits below it


@pytest.mark.real_clock
async def test_under_tls_too(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    profile, clock = of_today(keys)
    certificate, key = (str(keys / "hub" / f"tls.{part}.pem") for part in ("cert", "key"))
    settings = Settings(
        hub=HubSettings(data=str(tmp_path / "hub"), keys=str(keys)),
        http=HttpSettings(port=0, tls_certificate=certificate, tls_key=key),
        limits=LimitSettings(answers_per_caller=MB, answers_in_memory=4 * MB),
    )
    trusting = ssl.create_default_context(cafile=str(keys / "anchors" / "root.cert.pem"))
    async with running(settings, clock=clock, sweeping=False) as hub:
        await hub.exchange.change_directory(registered(profile), "test")
        hub.url = hub.url.replace("127.0.0.1", "localhost")
        connector = aiohttp.TCPConnector(ssl=trusting, local_addr=("127.0.0.2", 0))
        async with aiohttp.ClientSession(connector=connector) as session:
            web = Web(hub, Axis(hub.exchange, hub.log, profile, clock), session)

            async def call(path: str) -> tuple[int, bytes]:
                answer = await web.get(path)
                return answer.status, answer.body

            writers = []
            for _ in range(40):
                _, writer = await asyncio.open_connection(
                    "127.0.0.1", web.address[1], ssl=trusting, server_hostname="localhost", limit=1
                )
                writer.transport.pause_reading()
                writer.write(get(DESCRIPTION) * 40)
                writers.append(writer)
            most = 0.0
            for _ in range(50):
                most = max(most, await figure(call))
                assert (await call(DESCRIPTION))[0] == 200
            assert MB / 2 < most <= MB + 128 * 1024  # the last answer of 127.0.0.2, until the kernel has sent it
            for writer in writers:
                writer.transport.abort()
            await until_figure(call, lambda held: held <= 128 * 1024)  # the figures' own answer may still be on its way


# the ledger itself


def test_one_answer_finds_room_however_large_and_a_second_does_not() -> None:
    ledger = Ledger(LimitSettings(answers_per_caller=10, answers_in_memory=100))
    first, second, other = Tab(ledger), Tab(ledger), Tab(ledger)
    first.hold(40, "a", known=True)
    with pytest.raises(TooMany):
        second.hold(1, "a", known=True)
    with pytest.raises(TooMany):
        second.room("a", known=True)
    other.hold(60, "b", known=True)
    with pytest.raises(Overloaded):
        second.hold(1, "c", known=True)
    first.keep(5)
    second.hold(5, "a", known=True)
    assert ledger.held == 70
    for tab in (first, second, other):
        tab.keep(0)
    assert (ledger.held, len(ledger)) == (0, 0)


def test_what_stands_for_a_connection_is_struck_out_for_whom_it_was_entered() -> None:
    ledger = Ledger(LimitSettings(answers_per_caller=10, answers_in_memory=100))
    tab, again = Tab(ledger), Tab(ledger)
    tab.hold(10, "10.0.0.1", known=False)
    tab.hold(12, "agency:x", known=True) if ledger.refusal("agency:x", 12, stranger=False) else None
    tab.keep(0)
    again.hold(50, "10.0.0.1", known=False)  # half of all, for those without a token
    with pytest.raises(Overloaded):
        tab.hold(1, "10.0.0.2", known=False)
    tab.hold(50, "agency:x", known=True)
    assert ledger.held == 100
