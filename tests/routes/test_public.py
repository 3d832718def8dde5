"""What anyone may read, and what only an operator may change: directory, figures, health, metrics."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding

from hub.core import wire
from hub.http import problems
from tests.attacks.build_certificates import slow
from tests.attacks.simulator import certificate, world
from tests.support.axis import AGENCIES, CHIENG_MUNG, MAI_SON, SO_TTTT, SON_LA, VPCP
from tests.support.web import OPERATOR, Web, a_web

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def agencies(web: Web, **params: str) -> list[str]:
    page = (await web.get("/v1/agencies", params=params)).record(wire.Agencies)
    assert page.total >= len(AGENCIES)
    return [a.code for a in page.items]


async def test_agencies_are_found_by_code_name_tier_and_parent(web: Web) -> None:
    assert sorted(await agencies(web)) == sorted(a.code for a in AGENCIES)
    assert await agencies(web, text="H52.21") == [MAI_SON]
    assert await agencies(web, text="uy ban mai son") == [MAI_SON]
    assert await agencies(web, text="Chiềng Mung") == [CHIENG_MUNG]
    assert await agencies(web, tier="central") == [VPCP]
    assert sorted(await agencies(web, parent=SON_LA)) == sorted([SO_TTTT, MAI_SON])
    assert await agencies(web, text="không có ai") == []


async def test_agencies_are_walked_by_a_cursor(web: Web) -> None:
    walked: list[str] = []
    cursor = ""
    while not walked or cursor:
        page = (await web.get("/v1/agencies", params={"limit": "4", "cursor": cursor})).record(wire.Agencies)
        walked += [a.code for a in page.items]
        cursor = page.cursor
    assert walked == sorted(a.code for a in AGENCIES)


async def test_one_agency_comes_with_its_certificates(web: Web) -> None:
    for code in (SON_LA, "H52"):
        found = (await web.get(f"/v1/agencies/{code}")).record(wire.Agency)
        assert found.code == SON_LA
        assert base64.b64decode(found.certificates[0].der)
    for code in ("000.00.00.Z99", "%00", "%2e%2e", "x" * 3_000, "%F0%9F%98%80"):
        assert (await web.get(f"/v1/agencies/{code}")).problem.code == "ACCESS_NOT_FOUND"


@pytest.mark.parametrize("query", ["tier=x", "limit=0", "text=" + "x" * 201, "text=a&text=b", "who=1", "tier="])
async def test_searches_that_are_wrong(web: Web, query: str) -> None:
    assert (await web.get(f"/v1/agencies?{query}")).problem.code == "REQUEST_INVALID"


async def test_an_operator_adds_and_changes_agencies(web: Web) -> None:
    new = {"code": "000.00.14.H52", "name": "Sở Tư pháp", "tier": "provincial", "parent": SON_LA}
    body = {"agencies": [new | {"valid_from": "2026-01-01"}]}
    assert (await web.call("PUT", "/v1/agencies", VPCP, json=body)).problem.code == "ACCESS_FORBIDDEN"
    assert (await web.call("PUT", "/v1/agencies", json=body)).problem.code == "ACCESS_UNAUTHENTICATED"
    answer = await web.call("PUT", "/v1/agencies", OPERATOR, json=body)
    assert answer.record(wire.Changed).changes == 1
    found = (await web.get("/v1/agencies/000.00.14.H52")).record(wire.Agency)
    assert (found.name, found.valid_from) == ("Sở Tư pháp", "2026-01-01")
    # What is read can be written back as it is.
    whole = (await web.get(f"/v1/agencies/{SON_LA}")).record(wire.Agency)
    answer = await web.call("PUT", "/v1/agencies", OPERATOR, data=msgspec.json.encode({"agencies": [whole]}))
    assert answer.status == 200
    assert (await web.get(f"/v1/agencies/{SON_LA}")).record(wire.Agency) == whole


async def test_a_dry_run_checks_all_and_changes_nothing(web: Web) -> None:
    entry = {"code": "000.00.17.H52", "name": "Sở Y tế", "tier": "provincial", "parent": SON_LA}
    size = len(web.hub.exchange.directory)
    body = {"agencies": [entry]}
    dry = "/v1/agencies?dry_run=true"
    assert (await web.call("PUT", dry, VPCP, json=body)).problem.code == "ACCESS_FORBIDDEN"
    assert (await web.call("PUT", dry, OPERATOR, json=body)).record(wire.Changed).changes == 1
    assert (await web.get("/v1/agencies/000.00.17.H52")).problem.code == "ACCESS_NOT_FOUND"
    both = {"agencies": [entry | {"parent": "000.00.00.Z99", "name": ""}]}
    told = [(await web.call("PUT", path, OPERATOR, json=both)).problem for path in (dry, "/v1/agencies")]
    assert told[0] == told[1]
    assert [(e.entry, e.field, e.value) for e in told[0].entries] == [
        ("000.00.17.H52", "name", ""),
        ("000.00.17.H52", "parent", "000.00.00.Z99"),
    ]
    same = (await web.get(f"/v1/agencies/{SON_LA}")).record(wire.Agency)
    for path in (dry, "/v1/agencies"):
        unchanged = await web.call("PUT", path, OPERATOR, data=msgspec.json.encode({"agencies": [same]}))
        assert unchanged.record(wire.Changed).changes == 0
    assert size == len(web.hub.exchange.directory)


async def test_heirs_travel_and_are_checked(web: Web) -> None:
    entry = {"code": "000.06.21.H52", "name": "UBND xã", "tier": "commune", "successor": SON_LA, "heirs": [MAI_SON]}
    assert (await web.call("PUT", "/v1/agencies", OPERATOR, json={"agencies": [entry]})).status == 200
    assert (await web.get("/v1/agencies/000.06.21.H52")).record(wire.Agency).heirs == [MAI_SON]
    for heirs in (["000.00.00.Z99"], [SON_LA], [MAI_SON, MAI_SON], ["000.06.21.H52"]):
        answer = await web.call("PUT", "/v1/agencies", OPERATOR, json={"agencies": [entry | {"heirs": heirs}]})
        assert [e.reason for e in answer.problem.entries] == ["heir_unknown"]


@pytest.mark.parametrize(
    "change",
    [
        {"code": ""},
        {"tier": "moon"},
        {"parent": "000.00.00.Z99"},
        {"successor": "000.00.00.Z99"},
        {"valid_from": "yesterday"},
        {"valid_from": "2026-02-30"},
        {"certificates": [{"sha256": "0" * 64, "der": "AAAA"}]},
        {"certificates": [{"sha256": "0" * 64, "der": "*"}]},
        {"certificates": [{"sha256": "0" * 64, "der": "AAAA", "added": "now"}]},
        {"certificates": [{"sha256": "0" * 64, "der": "AAAA", "added": "2026-13-01T00:00:00.000Z"}]},
        {"signature_policy": "none"},
        {"name": "\u0000"},
        {"name": "x" * 100_000},
    ],
)
async def test_entries_that_would_break_the_directory(web: Web, change: dict[str, object]) -> None:
    entry = {"code": "000.00.15.H52", "name": "Sở", "tier": "provincial", "parent": SON_LA} | change
    answer = await web.call("PUT", "/v1/agencies", OPERATOR, json={"agencies": [entry]})
    assert answer.status < 500
    if answer.status != 200:
        assert answer.problem.code in ("DIRECTORY_INVALID", "REQUEST_INVALID")
    else:
        assert "name" in change


async def test_a_certificate_that_is_slow_by_choice_is_not_registered(web: Web) -> None:
    made = certificate(world().issuing, slow(3072)).public_bytes(Encoding.DER)
    held = {"sha256": sha256(made).hexdigest(), "der": base64.b64encode(made).decode()}
    entry = {"code": "000.00.16.H52", "name": "Sở", "tier": "provincial", "parent": SON_LA, "certificates": [held]}
    answer = await web.call("PUT", "/v1/agencies", OPERATOR, json={"agencies": [entry]})
    assert (answer.problem.code, "RSA exponent" in answer.problem.en) == ("DIRECTORY_INVALID", True)


async def test_figures_of_a_window(web: Web) -> None:
    before = (await web.get("/v1/figures")).record(wire.Figures)
    sent = await web.send(VPCP, SON_LA, MAI_SON)
    await web.take(SON_LA, sent)
    after = (await web.get("/v1/figures")).record(wire.Figures)
    assert (after.documents - before.documents, after.deliveries - before.deliveries) == (1, 2)
    assert after.ledger[-1].difference == 0
    assert len(after.matrix) == 16
    day = {"since": "2026-11-22", "until": "2026-11-23"}
    assert (await web.get("/v1/figures", params=day)).record(wire.Figures).documents == after.documents
    past = {"since": "2020-01-01T00:00:00Z", "until": "2021-01-01T00:00:00+07:00"}
    assert (await web.get("/v1/figures", params=past)).record(wire.Figures).documents == 0
    assert (await web.get("/v1/figures")).body == (await web.get("/v1/figures")).body


async def test_many_who_ask_for_the_figures_share_one_count(web: Web) -> None:
    await web.send(VPCP, SON_LA)
    answers = await asyncio.gather(*(web.get("/v1/figures?since=2026-11-01") for _ in range(40)))
    assert {a.status for a in answers} == {200}
    assert len({a.body for a in answers}) == 1


@pytest.mark.parametrize(
    "query",
    [
        "since=x",
        "until=2026-13-01",
        "since=0001-01-01",
        "until=9999-12-31T23:59:59-12:00",
        "since=" + "9" * 300,
        "since=%00",
        "since=2026-11-22T00:00:00%2B24:00",
        "since=\u0662",
    ],
)
async def test_windows_that_are_none(web: Web, query: str) -> None:
    assert (await web.get(f"/v1/figures?{query}")).problem.code == "REQUEST_INVALID"


async def test_health_and_readiness(web: Web) -> None:
    assert (await web.get("/healthz")).record(wire.Health).status == "ok"
    ready = (await web.get("/readyz")).record(wire.Health)
    last = await web.store.last_checkpoint()
    assert last is not None
    assert (ready.status, ready.log_size) == ("ok", last.size)


async def test_not_ready_while_the_writer_does_not_answer(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.routes.public._WRITER_SECONDS", 0.02)
    held, release = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(_: object) -> None:
        loop.call_soon_threadsafe(held.set)
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result()

    holding = asyncio.ensure_future(web.store.inspect(hold))
    await held.wait()
    answer = await web.get("/readyz")
    release.set()
    await holding
    assert (answer.status, msgspec.json.decode(answer.body)["status"]) == (503, "failing")
    assert (await web.get("/readyz")).status == 200


async def test_metrics_count_what_happened(web: Web) -> None:
    await web.send(VPCP, SON_LA)
    await web.get("/v1/nothing")
    answer = await web.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    text = answer.body.decode()
    assert 'truc_requests_total{route="/v1/documents",status="201"}' in text
    assert 'truc_requests_total{route="none",status="404"}' in text
    assert 'truc_refusals_total{code="ACCESS_FORBIDDEN"}' in text or "truc_refusals_total" in text
    assert "truc_ledger_difference 0.0" in text
    assert "truc_log_size" in text


async def test_every_code_of_a_problem_is_told(web: Web) -> None:
    kinds = {k.code: k for k in (await web.get("/v1/problems")).record(wire.ProblemKinds).items}
    assert len(kinds) == len(problems.kinds())
    refused = (await web.get("/v1/inbox")).problem
    assert refused.type == f"/v1/problems#{refused.code}"
    assert kinds[refused.code].status == 401


@pytest_asyncio.fixture
async def own(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path / "hub", keys) as opened:
        yield opened


@pytest.mark.asyncio(loop_scope="function")
async def test_not_ready_while_closing(own: Web) -> None:
    own.hub.exchange.notices.close()
    answer = await own.get("/readyz")
    assert (answer.status, msgspec.json.decode(answer.body)["status"]) == (503, "closing")
    polled = await own.call("POST", "/v1/inbox/fetch", SON_LA, json={"wait": 50})
    assert polled.record(wire.Inbox).items == []
