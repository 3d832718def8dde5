"""Tokens that are none, assertions that were not meant for us, and rights that end while they are being used."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from hub.base.config import MailboxSettings
from hub.core import wire
from hub.core.model import Millis
from hub.core.signature import assertion, jws, token
from hub.pki import profile as pki
from tests.callers.world import access, bearer, signed_for
from tests.support.axis import HA_NOI, SO_TTTT, SON_LA, VPCP
from tests.support.web import AUDITOR, Web, a_web, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
BEAT = 0.05


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    mailbox = MailboxSettings(heartbeat_seconds=BEAT)
    async with a_web(tmp_path_factory.mktemp("hub"), keys, mailbox=mailbox, tokens_per_minute=100_000) as opened:
        yield opened


def secret(web: Web) -> bytes:
    return (Path(web.hub.settings.hub.data) / "token.secret").read_bytes()


async def refused(web: Web, text: str) -> None:
    answer = await web.get("/v1/inbox", headers=bearer(text))
    assert (answer.status, answer.problem.code) == (401, "ACCESS_UNAUTHENTICATED"), text
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def encoded(value: object) -> str:
    text = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


# forged tokens


async def test_every_bit_of_a_token_counts(web: Web) -> None:
    """A token with any one bit turned is no token; after the good one was seen, as before."""
    good = (await web.token(VPCP)).encode()
    flipped = 0
    for position in range(len(good)):
        for bit in range(8):
            forged = bytearray(good)
            forged[position] ^= 1 << bit
            if forged[position] <= 0x20 or forged[position] >= 0x7F:
                continue  # what is no visible character is not HTTP's, or is cut off
            await refused(web, forged.decode())
            flipped += 1
    assert flipped > 5 * len(good)
    assert (await web.get("/v1/inbox", headers=bearer(good.decode()))).status == 200


async def test_every_shorter_token_is_none_and_every_longer_one(web: Web) -> None:
    good = await web.token(VPCP)
    for length in range(len(good)):
        await refused(web, good[:length])
    for tail in (".", "A", "=", "==", ".A", ", Bearer " + good, " " + good):
        await refused(web, good + tail)
    prefix, claims, tag = good.split(".")
    for text in (f"{prefix}.{claims}=.{tag}", f"{prefix}..{claims}.{tag}", f"T1.{claims}.{tag}", f"{claims}.{tag}"):
        await refused(web, text)


@pytest.mark.parametrize(
    "secrets",
    [[bytes(32)], [b"\xff" * 32], [b"secret".ljust(32)], [b"k" * 64]],
    ids=["nothing", "ones", "a word", "longer"],
)
async def test_tokens_under_another_secret(web: Web, secrets: list[bytes]) -> None:
    for role in ("agency", "operator", "auditor"):
        await refused(web, token.mint(access(web.axis.clock() + 9_000, VPCP, role), secrets))
    await refused(web, f"t1.{encoded({'sub': VPCP})}.{encoded({})}")


async def test_tokens_of_this_hub_that_say_what_it_never_says(web: Web) -> None:
    """Even under its own secret: roles that there are not, agencies that nobody knows, claims in another spelling."""
    at, keys = web.axis.clock() + 9_000, [secret(web)]
    for role in ("root", "Agency", "agency ", "operators"):
        await refused(web, token.mint(access(at, VPCP, role), keys))
    await refused(web, token.mint(access(at, "000.99.99.Z99"), keys))
    assert (await web.get("/v1/inbox", headers=bearer(token.mint(access(at, VPCP), keys)))).status == 200


async def test_two_tokens_are_none(web: Web) -> None:
    """One reader would take the first, another the last."""
    mine, theirs = await web.token(SON_LA), await web.token(VPCP)
    for first, second in ((mine, theirs), (theirs, mine), (mine, mine), (mine, "x")):
        head = f"GET /v1/inbox HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {first}\r\n"
        answer = await web.raw(f"{head}Authorization: Bearer {second}\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 401 ")


async def test_a_token_is_read_nowhere_but_in_its_header(web: Web) -> None:
    text = await web.token(VPCP)
    for options in (
        {"params": {"access_token": text}},
        {"headers": {"Cookie": f"token={text}"}},
        {"headers": {"X-Authorization": f"Bearer {text}"}},
        {"headers": {"Proxy-Authorization": f"Bearer {text}"}},
    ):
        assert (await web.get("/v1/inbox", **options)).status == 401


# assertions


async def granted(web: Web, text: str) -> int:
    return (await web.grant(text)).status


async def test_every_bit_of_an_assertion_counts(web: Web) -> None:
    good = web.assertion(VPCP)
    for position in range(0, len(good), 3):
        forged = bytearray(good.encode())
        forged[position] ^= 1
        assert await granted(web, forged.decode("latin-1")) == 401, position
    assert await granted(web, good) == 200
    for text in (good, good + ".", good[:-1], good + "A", f" {good}", f"{good}\n", good.replace(".", "..")):
        assert await granted(web, text) == 401


@pytest.mark.parametrize(
    "audience",
    [
        "{url}",
        "{url}/",
        "{url}/v1/token/",
        "{url}/v1/Token",
        "{url}//v1/token",
        "https://{host}/v1/token",
        "http://localhost:{port}/v1/token",
        "{url}/v1/token?x",
        "{url}/v1/token ",
        "*",
    ],
)
async def test_assertions_for_somebody_else(web: Web, audience: str) -> None:
    host, port = web.address
    text = audience.format(url=web.url, host=f"{host}:{port}", port=port)
    assert await granted(web, web.assertion(VPCP, audience=text)) == 401


async def test_the_host_header_makes_no_audience(web: Web) -> None:
    text = web.assertion(VPCP, audience="http://evil.example/v1/token")
    answer = await web.call("POST", "/v1/token", json={"assertion": text}, headers={"Host": "evil.example"})
    assert answer.status == 401


async def test_a_replay_is_one_whoever_brings_it_and_however_it_is_spelled(web: Web) -> None:
    text = web.assertion(VPCP)
    assert await granted(web, text) == 200
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": text}
    assert (await web.call("POST", "/v1/token", data=form)).status == 401
    assert await granted(web, text) == 401
    again = web.assertion(VPCP, jti="0123456789abcdef0123")
    assert await granted(web, again) == 200
    # Signed anew, with the same jti: still once.
    web.axis.clock.forward(1_000)
    assert await granted(web, web.assertion(VPCP, jti="0123456789abcdef0123")) == 401


async def test_an_assertion_that_lives_too_long_or_not_at_all(web: Web) -> None:
    credential = web.credential(VPCP)

    def lasting(seconds: int) -> str:
        kid = jws.key_id(credential.certificate)
        aud, at = f"{web.url}/v1/token", web.axis.clock()
        return assertion.build(VPCP, aud, f"{seconds:032d}", at, credential.key, kid, lifetime=seconds)

    assert [await granted(web, lasting(s)) for s in (301, 86_400, 0, -5)] == [401] * 4
    assert await granted(web, lasting(300)) == 200


async def test_what_is_signed_for_another_purpose_is_no_assertion(web: Web) -> None:
    """An acknowledgement is a JWS by the same key; so is an assertion to the acknowledgements."""
    sent = await web.send(VPCP, SON_LA)
    answer = await web.call("POST", "/v1/inbox/acknowledge", SON_LA, json={"signed": web.assertion(SON_LA)})
    assert answer.problem.code == "ACKNOWLEDGEMENT_INVALID"
    taken = await web.take(SON_LA, sent)
    assert taken.status == 200
    assert await granted(web, signed_for(web, SON_LA, sent)) == 401


async def test_a_key_whose_certificate_has_expired(web: Web, tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as other:
        other.axis.clock.forward(30 * 365 * 86_400_000)
        assert await granted(other, other.assertion(VPCP)) == 401


# rights that end while they are used


async def change(web: Web, code: str, **members: object) -> None:
    entry = msgspec.structs.replace(web.hub.exchange.directory[code], **members)
    await web.hub.exchange.change_directory([entry], "test")


async def suspended(web: Web) -> None:
    await change(web, HA_NOI, suspended=True)


async def withdrawn(web: Web) -> None:
    (held,) = web.hub.exchange.directory[HA_NOI].certificates
    await change(web, HA_NOI, certificates=(msgspec.structs.replace(held, withdrawn=web.axis.clock()),))


async def replaced(web: Web) -> None:
    """Another certificate stands in its place: the key of the first is no key any more."""
    other = pki.registered(web.axis.profile.agency(SO_TTTT), Millis(0))
    await change(web, SO_TTTT, certificates=())
    await change(web, HA_NOI, certificates=(other,))


async def ended(web: Web) -> None:
    web.axis.clock.forward(600_000)


ENDS = [suspended, withdrawn, replaced, ended]
End = Callable[[Web], Awaitable[None]]


@asynccontextmanager
async def as_it_was(web: Web) -> AsyncIterator[None]:
    """The directory as it was; and tokens anew, whose time may have passed."""
    before = [web.hub.exchange.directory[code] for code in (HA_NOI, SO_TTTT)]
    web.tokens.clear()
    try:
        yield
    finally:
        for code in (HA_NOI, SO_TTTT):
            await change(web, code, certificates=())
        await web.hub.exchange.change_directory(before, "test")
        web.tokens.clear()


@pytest.mark.parametrize("end", ENDS)
async def test_a_token_ends_with_what_it_was_given_for(web: Web, end: End) -> None:
    async with as_it_was(web):
        had = await web.headers(HA_NOI)
        assert (await web.get("/v1/inbox", headers=had)).status == 200
        await end(web)
        for method, path in (
            ("GET", "/v1/inbox"),
            ("GET", "/v1/outbox"),
            ("GET", "/v1/events"),
            ("POST", "/v1/inbox/fetch"),
            ("POST", "/v1/documents"),
        ):
            answer = await web.call(method, path, headers=had, json={})
            assert (answer.status, answer.problem.code) == (401, "ACCESS_UNAUTHENTICATED")


@pytest.mark.parametrize("end", ENDS)
async def test_a_stream_ends_with_it_too_and_tells_nothing_more(web: Web, end: End) -> None:
    async with as_it_was(web), web.session.get(web.url + "/v1/events", headers=await web.headers(HA_NOI)) as stream:
        assert stream.status == 200
        await web.send(VPCP, HA_NOI)
        seen = await told(stream)
        assert b"arrival" in seen
        sender = await web.headers(VPCP)
        await end(web)
        document = web.axis.sign(web.axis.document(VPCP, [SON_LA if end is suspended else HA_NOI]))
        if end is not ended:
            await web.call("POST", "/v1/documents", data=document, headers=sender)
        async with asyncio.timeout(60):
            rest = await stream.content.read()
        assert b"arrival" not in rest


async def told(stream: aiohttp.ClientResponse) -> bytes:
    """What comes up to the end of the first event."""
    seen = b""
    async with asyncio.timeout(60):
        while b"arrival" not in seen or not seen.endswith(b"\n\n"):
            seen += await stream.content.readany()
    return seen


@pytest.mark.parametrize("end", ENDS)
async def test_a_long_poll_gives_nothing_out_after_it(tmp_path: Path, keys: Path, end: End) -> None:
    """It waited since before; what came meanwhile stays for who may have it."""
    async with a_web(tmp_path / "hub", keys) as web:
        wait = 2 if end is suspended else 30
        poll = asyncio.ensure_future(web.call("POST", "/v1/inbox/fetch", HA_NOI, json={"wait": wait}))
        await until(lambda: len(web.hub.exchange.notices) == 1)
        document = web.axis.sign(web.axis.document(VPCP, [HA_NOI]))
        await end(web)
        web.tokens.clear()
        if end is not suspended:  # to a suspended agency nothing comes: its poll ends by its time
            assert (await web.submit(document, VPCP)).status == 201
        answer = await poll
        assert (answer.status, answer.problem.code) == (401, "ACCESS_UNAUTHENTICATED")
        assert web.hub.exchange.leases.held(HA_NOI, web.axis.clock()) == {}, "nobody holds what nobody was given"


async def test_a_centre_that_is_none_any_more_hears_nothing_more(web: Web) -> None:
    async with as_it_was(web):
        await change(web, HA_NOI, centre=SO_TTTT)
        headers = await web.headers(SO_TTTT)
        url = f"{web.url}/v1/events?agency={HA_NOI}"
        poll = asyncio.ensure_future(
            web.call("POST", "/v1/inbox/fetch", headers=headers, json={"agency": HA_NOI, "wait": 50, "limit": 1})
        )
        async with web.session.get(url, headers=headers) as stream:
            await web.send(VPCP, HA_NOI)
            await told(stream)
            await change(web, HA_NOI, centre="")
            async with asyncio.timeout(60):
                assert b"arrival" not in await stream.content.read()
        await poll
        assert (await web.get(f"/v1/inbox?agency={HA_NOI}", headers=headers)).status == 403


async def test_the_operators_name_takes_nothing_from_the_agency_that_bears_it(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, requests_per_second=1, burst=4) as web:
        agency = await web.headers(VPCP)
        taken = (await web.grant(web.assertion(VPCP, by=AUDITOR))).record(wire.TokenAnswer).access_token
        while (await web.get("/v1/audit/checkpoints", headers=bearer(taken))).status == 200:
            pass
        assert (await web.get("/v1/inbox", headers=agency)).status == 200
