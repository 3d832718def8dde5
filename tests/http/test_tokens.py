"""Getting a token: the assertion's every lie is refused with 401 and a problem, and changes nothing."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import msgspec
import pytest

from hub.core import wire
from hub.core.model import Millis
from hub.core.signature import assertion, jws, token
from hub.core.signature.anchors import DAY
from hub.http.taken import Taken
from hub.pki.issue import Credential, new_key
from hub.pki.profile import registered
from tests.attacks.simulator import certificate
from tests.support.axis import HA_NOI, MAI_SON, NOON, SON_LA, VPCP
from tests.support.web import OPERATOR, Web, a_web

pytestmark = pytest.mark.asyncio(loop_scope="module")


def encoded(value: object) -> str:
    return (
        base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":"), sort_keys=True).encode()).decode().rstrip("=")
    )


async def test_a_good_assertion_gets_a_token_that_opens_the_inbox(web: Web) -> None:
    answer = await web.grant(web.assertion(VPCP))
    granted = answer.record(wire.TokenAnswer)
    assert (granted.token_type, granted.expires_in) == ("Bearer", 600)
    assert answer.headers["Cache-Control"] == "no-store"
    looked = await web.get("/v1/inbox", headers={"Authorization": f"Bearer {granted.access_token}"})
    assert looked.status == 200


async def test_a_form_is_taken_as_rfc_7523_writes_it(web: Web) -> None:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": web.assertion(VPCP)}
    assert (await web.call("POST", "/v1/token", data=form)).status == 200


async def test_the_short_code_gets_a_token_of_the_same_agency(web: Web) -> None:
    granted = (await web.grant(web.assertion("G22", by=VPCP))).record(wire.TokenAnswer)
    claims = json.loads(base64.urlsafe_b64decode(granted.access_token.split(".")[1] + "=="))
    assert claims["sub"] == VPCP


async def test_the_operator_gets_a_token_of_its_role(web: Web) -> None:
    assert (await web.get("/v1/inbox", OPERATOR)).status == 403


async def refused(web: Web, text: str, **more: str) -> wire.Problem:
    answer = await web.grant(text, **more)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.problem.code == "ACCESS_UNAUTHENTICATED"
    return answer.problem


async def test_replayed(web: Web) -> None:
    text = web.assertion(VPCP)
    assert (await web.grant(text)).status == 200
    assert "replay" in (await refused(web, text)).found


async def test_for_another_audience(web: Web) -> None:
    assert "aud" in (await refused(web, web.assertion(VPCP, audience="https://other.example/v1/token"))).expected


async def test_expired(web: Web) -> None:
    text = web.assertion(VPCP)
    web.axis.clock.forward(400_000)
    await refused(web, text)


async def test_issued_in_the_future(web: Web) -> None:
    assert "future" in (await refused(web, web.assertion(VPCP, at=web.axis.clock() + 90_000))).expected


async def test_issued_before_the_hub_started(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        assert (
            "since the hub started" in (await refused(web, web.assertion(VPCP, at=web.axis.clock() - 5_000))).expected
        )


async def test_signed_by_another_agency(web: Web) -> None:
    await refused(web, web.assertion(VPCP, by=SON_LA))


async def test_a_certificate_that_signs_documents_alone_gets_none_and_is_told_why(web: Web) -> None:
    key, issuing, entry = new_key(), web.axis.profile._ca("issuing"), web.hub.exchange.directory[MAI_SON]
    made = certificate(issuing, key.public_key(), usage="content_commitment", since=NOON - DAY, until=NOON + DAY)
    mine = registered(Credential(key, (made,)), Millis(0))
    try:
        with_it = msgspec.structs.replace(entry, certificates=(*entry.certificates, mine))
        await web.hub.exchange.change_directory([with_it], "test")
        at, audience = web.axis.clock(), f"{web.hub.url}/v1/token"
        problem = await refused(web, assertion.build(MAI_SON, audience, "x" * 20, at, key, mine.sha256))
    finally:
        await web.hub.exchange.change_directory([entry], "test")
    assert (problem.expected, problem.found) == (
        "a certificate with keyUsage digitalSignature",
        "one that signs documents only",
    )


async def test_by_an_agency_that_nobody_knows(web: Web) -> None:
    await refused(web, web.assertion("000.00.00.Z99", by=VPCP))


async def test_by_an_agency_with_the_operators_key(web: Web) -> None:
    """The role is the key's: the operator's key under an agency's name is still the operator."""
    granted = (await web.grant(web.assertion(VPCP, by=OPERATOR))).record(wire.TokenAnswer)
    answer = await web.get("/v1/outbox", headers={"Authorization": f"Bearer {granted.access_token}"})
    assert answer.problem.code == "ACCESS_FORBIDDEN"


async def test_suspended_agencies_get_none_and_lose_what_they_have(web: Web) -> None:
    had = await web.headers(HA_NOI)
    entry = web.hub.exchange.directory[HA_NOI]
    await web.hub.exchange.change_directory([msgspec.structs.replace(entry, suspended=True)], "test")
    await refused(web, web.assertion(HA_NOI))
    assert (await web.get("/v1/inbox", headers=had)).problem.code == "ACCESS_UNAUTHENTICATED"
    await web.hub.exchange.change_directory([entry], "test")
    assert (await web.get("/v1/inbox", headers=had)).status == 200


async def test_a_withdrawn_certificate_gets_none(web: Web) -> None:
    entry = web.hub.exchange.directory[HA_NOI]
    gone = msgspec.structs.replace(entry.certificates[0], withdrawn=web.axis.clock())
    await web.hub.exchange.change_directory([msgspec.structs.replace(entry, certificates=(gone,))], "test")
    await refused(web, web.assertion(HA_NOI))
    await web.hub.exchange.change_directory([entry], "test")


async def test_a_gap_between_the_signed_parts_and_the_algorithm_named(web: Web) -> None:
    good = web.assertion(VPCP)
    head, payload, signature = good.split(".")
    kid = jws.unverified_kid(good)
    for alg in ("none", "HS256", "RS256", "ES384", "PS256"):
        forged = encoded({"alg": alg, "kid": kid, "typ": "JWT"})
        for tail in ("", signature):
            await refused(web, f"{forged}.{payload}.{tail}")
    await refused(web, f"{encoded({'alg': 'ES256', 'crit': ['x'], 'kid': kid, 'typ': 'JWT'})}.{payload}.{signature}")
    await refused(web, f"{head}.{payload}.{signature[:-4]}AAAA")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "….….…",
        "\ud7ff.\uffff.\x00",
        "A" * 16_000,
        ".".join(["e30"] * 3),
        encoded({"alg": "ES256", "kid": "0" * 64, "typ": "JWT"})
        + "."
        + base64.urlsafe_b64encode(b'{"sub":"x","a":' + b"[" * 12_000).decode().rstrip("=")
        + ".AAAA",
    ],
)
async def test_garbage(web: Web, text: str) -> None:
    await refused(web, text)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b'{"assertion":1}',
        b'{"assertion":"\\ud800"}',
        b"[" * 16_000,
        b'{"a":' * 3_000,
    ],
)
async def test_a_body_that_is_no_request(web: Web, body: bytes) -> None:
    answer = await web.call("POST", "/v1/token", data=body, headers={"Content-Type": "application/json"})
    assert answer.status in (400, 401)
    assert answer.problem.code in ("REQUEST_INVALID", "ACCESS_UNAUTHENTICATED")


async def test_nobody_known_may_send_much(web: Web) -> None:
    """Or whoever has no token at all would fill the room for bodies."""
    answer = await web.grant("A" * 17_000)
    assert (answer.status, answer.problem.code) == (413, "REQUEST_TOO_LARGE")


async def test_another_grant_type(web: Web) -> None:
    answer = await web.grant(web.assertion(VPCP), grant_type="client_credentials")
    assert answer.problem.code == "REQUEST_INVALID"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dTpw",
        "bearer t1.e30.AAAA",
        "Bearer t1." + "A" * 3000,
        "Bearer \xff\xfe",
        "\xff bearer",
    ],
)
async def test_a_token_that_is_none(web: Web, value: str) -> None:
    head = f"GET /v1/inbox HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {value}\r\n\r\n"
    answer = await web.raw(head.encode("latin-1"))
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"ACCESS_UNAUTHENTICATED" in answer


async def test_a_token_of_another_hub(web: Web, tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "other", keys) as other:
        theirs = await other.headers(VPCP)
    assert (await web.get("/v1/inbox", headers=theirs)).status == 401


async def test_a_token_ends(web: Web) -> None:
    headers = await web.headers(MAI_SON)
    web.axis.clock.forward(600_000)
    answer = await web.get("/v1/inbox", headers=headers)
    assert "expired" in answer.problem.found
    web.tokens.clear()


async def test_a_token_with_a_right_written_into_it(web: Web) -> None:
    text = await web.token(SON_LA)
    prefix, claims, tag = text.split(".")
    data = json.loads(base64.urlsafe_b64decode(claims + "=="))
    forged = f"{prefix}.{encoded(data | {'role': 'operator'})}.{tag}"
    assert (await web.get("/v1/inbox", headers={"Authorization": f"Bearer {forged}"})).status == 401
    own = token.mint(token.Access(SON_LA, "operator", "x", "", Millis(web.axis.clock() + 9_000)), [b"k" * 32])
    assert (await web.get("/v1/inbox", headers={"Authorization": f"Bearer {own}"})).status == 401


@pytest.mark.parametrize("ahead", [0, 59_000])
async def test_what_was_taken_before_a_restart_is_not_taken_after_it(tmp_path: Path, keys: Path, ahead: int) -> None:
    """Also of a clock that is ahead, or of this very second: neither is older than the process that begins then."""
    async with a_web(tmp_path / "hub", keys) as before:
        audience = f"{before.url}/v1/token"
        text = before.assertion(VPCP, at=NOON + ahead)
        assert (await before.grant(text)).status == 200
    async with a_web(tmp_path / "hub", keys) as after:
        after.hub.authenticator.audiences = (audience,)
        refusal = await after.grant(text)
        assert refusal.status == 401
        assert "a replay" in refusal.problem.detail
        fresh = after.assertion(VPCP, at=NOON + ahead, audience=audience)
        assert (await after.grant(fresh)).status == 200, "another of that clock"


async def test_half_a_record_of_a_crash_is_no_record_and_what_ended_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "assertions.taken"
    taken = Taken(path, Millis(0))
    await taken.keep("first", Millis(100), Millis(0))
    await taken.keep("second", Millis(200), Millis(0))
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(path.read_bytes() + b"half")
    again = Taken(path, Millis(150))
    assert (again.before("first"), again.before("second")) == (False, True)
    await again.keep("third", Millis(300), Millis(150))
    assert [Taken(path, Millis(250)).before(name) for name in ("second", "third")] == [False, True]


async def test_the_file_of_what_was_taken_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.http.taken._MOST", 10)
    taken = Taken(tmp_path / "taken", Millis(0))
    for number in range(100):
        await taken.keep(str(number), Millis(number + 2), Millis(number))
    assert (tmp_path / "taken").stat().st_size <= 10 * 40
    assert len(taken._until) <= 10


async def test_a_disk_that_takes_no_record_gives_no_token(
    tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with a_web(tmp_path / "hub", keys) as web:
        with monkeypatch.context() as patch:
            patch.setattr("hub.http.taken.os.pwrite", fails)
            assert (await web.grant(web.assertion(VPCP))).problem.code == "HUB_UNAVAILABLE"
        assert (await web.grant(web.assertion(VPCP))).status == 200
