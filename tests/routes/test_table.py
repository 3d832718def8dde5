"""Who may call what, over the whole table of routes; and what HTTP itself asks of every one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from yarl import URL

from hub.core import wire
from hub.http.call import AGENCIES, AUDITORS, EVERYBODY_KNOWN, EVERYONE, OPERATORS, READERS
from hub.routes.table import ROUTES
from hub.routes.table.words import OWNERS, WATCHING
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Answer, Web, a_web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")


class World(NamedTuple):
    """A hub that carries one document from VPCP to SON_LA."""

    web: Web
    message: str
    evidence: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[World]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys) as web:
        sent = await web.send(VPCP, SON_LA)
        life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).record(wire.Life)
        yield World(web, bare(sent.message.id), bare(life.timeline[0].evidence))


class Vector(NamedTuple):
    """A call of a route: its path and body, and the status that each caller gets: nobody, the sender, an agency that
    has nothing to do with it, the operator, an auditor."""

    path: Callable[[World], str]
    nobody: int
    sender: int
    stranger: int
    operator: int
    auditor: int
    body: object = None


def at(path: str) -> Callable[[World], str]:
    return lambda world: path.format(message=world.message, evidence=world.evidence)


def everyone(path: str, status: int = 200, body: object = None) -> Vector:
    return Vector(at(path), status, status, status, status, status, body)


def agencies(path: str, status: int = 200, stranger: int = 0, body: object = None) -> Vector:
    return Vector(at(path), 401, status, stranger or status, 403, 403, body)


def readers(path: str) -> Vector:
    return Vector(at(path), 401, 200, 404, 403, 200)


def owners(path: str, status: int, stranger: int, operator: int, body: object = None) -> Vector:
    return Vector(at(path), 401, status, stranger, operator, 403, body)


def auditors(path: str, status: int = 200) -> Vector:
    return Vector(at(path), 401, 403, 403, 403, status)


REPORTING = "/v1/programmes/reporting"
REPORT = {"regime": "II.06a", "period": "2026-Q4", "receiver": SON_LA}
VECTORS = {
    "POST /v1/token": everyone("/v1/token", 401, {"assertion": "x"}),
    "POST /v1/documents": agencies("/v1/documents", 400, body="<a/>"),
    "POST /v1/statuses": agencies("/v1/statuses", 400, body="<a/>"),
    "POST /v1/documents:batch": agencies("/v1/documents:batch", 400, body="<a/>"),
    "POST /v1/statuses:batch": agencies("/v1/statuses:batch", 400, body="<a/>"),
    "POST /v1/check": agencies("/v1/check", 200, body="<a/>"),
    "GET /v1/documents": Vector(at("/v1/documents"), 401, 200, 200, 200, 200),
    "GET /v1/documents:export": Vector(at("/v1/documents:export?format=csv"), 401, 200, 200, 200, 200),
    "GET /v1/drafts": agencies("/v1/drafts"),
    "PUT /v1/drafts": agencies("/v1/drafts", body={"letter": {"subject": "V/v nháp"}}),
    "GET /v1/drafts/{id}": agencies("/v1/drafts/999999", 404),
    "DELETE /v1/drafts/{id}": agencies("/v1/drafts/999999", 404),
    "GET /v1/groups": agencies("/v1/groups"),
    "PUT /v1/groups": agencies("/v1/groups", body={"name": "Các tỉnh", "members": [SON_LA]}),
    "GET /v1/groups/{name}": agencies("/v1/groups/none", 404),
    "DELETE /v1/groups/{name}": agencies("/v1/groups/none", 404),
    "GET /v1/directions": agencies("/v1/directions"),
    "POST /v1/directions": agencies("/v1/directions", 400, body={"document": "x"}),
    "GET /v1/corrections": agencies("/v1/corrections"),
    "POST /v1/corrections": agencies("/v1/corrections", 400, body={"document": "x"}),
    "GET /v1/documents/named": Vector(at("/v1/documents/named?name={message}"), 401, 200, 404, 403, 200),
    "GET /v1/documents/{id}": readers("/v1/documents/{message}"),
    "GET /v1/documents/{id}/content": readers("/v1/documents/{message}/content"),
    "GET /v1/documents/{id}/receipt": readers("/v1/documents/{message}/receipt"),
    "GET /v1/documents/{id}/evidence": readers("/v1/documents/{message}/evidence"),
    "GET /v1/receipts/{id}": readers("/v1/receipts/{evidence}"),
    "GET /v1/inbox": agencies(f"/v1/inbox?agency={VPCP}", 200, 403),
    "POST /v1/inbox/fetch": agencies("/v1/inbox/fetch", 200, 403, {"agency": VPCP}),
    "POST /v1/inbox/acknowledge": agencies(
        "/v1/inbox/acknowledge", 404, 403, {"agency": VPCP, "items": [{"message": "x", "sha256": "0" * 64}]}
    ),
    "POST /v1/inbox/acknowledge:batch": agencies(
        "/v1/inbox/acknowledge:batch", 200, body={"requests": [{"agency": VPCP, "signed": "x"}]}
    ),
    "GET /v1/outbox": agencies(f"/v1/outbox?agency={VPCP}", 200, 403),
    "GET /v1/events": agencies(f"/v1/events?agency={VPCP}", 200, 403),
    "POST /v1/webhooks": owners(f"/v1/webhooks?agency={VPCP}", 422, 403, 400, {"url": "http://g22.example/"}),
    "GET /v1/webhooks": owners(f"/v1/webhooks?agency={VPCP}", 200, 403, 400),
    "GET /v1/webhooks/{id}": owners("/v1/webhooks/wh_9", 404, 404, 404),
    "DELETE /v1/webhooks/{id}": owners("/v1/webhooks/wh_9", 404, 404, 404),
    "POST /v1/webhooks/{id}/test": owners("/v1/webhooks/wh_9/test", 404, 404, 404),
    "POST /v1/webhooks/{id}/rotate": owners("/v1/webhooks/wh_9/rotate", 404, 404, 404),
    "POST /v1/webhooks/{id}/pause": owners("/v1/webhooks/wh_9/pause", 404, 404, 404, {"paused": True}),
    "GET /v1/webhooks/{id}/failures": owners("/v1/webhooks/wh_9/failures", 404, 404, 404),
    "POST /v1/webhooks/{id}/replay": owners("/v1/webhooks/wh_9/replay", 404, 404, 404, {"id": "evt"}),
    "GET /v1/webhook-keys": everyone("/v1/webhook-keys"),
    "GET /v1/webhooks-health": Vector(at("/v1/webhooks-health"), 401, 403, 403, 200, 403),
    "GET /v1/agencies": everyone("/v1/agencies"),
    "PUT /v1/agencies": Vector(
        at("/v1/agencies"),
        401,
        403,
        403,
        200,
        403,
        {"agencies": [{"code": "000.00.99.H52", "name": "Sở", "tier": "provincial"}]},
    ),
    "GET /v1/agencies/silent": Vector(at("/v1/agencies/silent"), 401, 403, 403, 200, 200),
    "GET /v1/agencies/{code}": everyone(f"/v1/agencies/{VPCP}"),
    "GET /v1/agencies/{code}/health": Vector(at(f"/v1/agencies/{VPCP}/health"), 401, 200, 404, 200, 200),
    "GET /v1/attention": Vector(at("/v1/attention"), 401, 403, 403, 200, 200),
    "GET /v1/alerts": Vector(at("/v1/alerts"), 401, 403, 403, 200, 200),
    "POST /v1/alerts/test": Vector(at("/v1/alerts/test"), 401, 403, 403, 200, 403),
    "GET /v1/programmes": Vector(at("/v1/programmes"), 401, 200, 200, 200, 200),
    "GET /v1/centre": Vector(at("/v1/centre"), 401, 200, 200, 200, 200),
    "GET /v1/public/programmes.json": everyone("/v1/public/programmes.json"),
    "GET /v1/programmes/{programme}/cases": Vector(at("/v1/programmes/results/cases"), 401, 200, 200, 200, 200),
    "GET /v1/programmes/{programme}/cases/{case}": Vector(
        at("/v1/programmes/results/cases/none"), 401, 404, 404, 404, 404
    ),
    "GET /v1/programmes/{programme}/board": Vector(at("/v1/programmes/results/board"), 401, 200, 200, 200, 200),
    "POST /v1/programmes/dossiers/services": Vector(at("/v1/programmes/dossiers/services"), 401, 400, 400, 403, 403),
    "GET /v1/programmes/dossiers/indicators": Vector(at("/v1/programmes/dossiers/indicators"), 401, 200, 200, 200, 200),
    "GET /v1/programmes/{programme}/faults": Vector(at("/v1/programmes/all/faults"), 401, 200, 200, 200, 200),
    "GET /v1/figures": everyone("/v1/figures"),
    "GET /v1/reports/period": Vector(at("/v1/reports/period"), 401, 403, 403, 200, 200),
    "GET /v1/reports/regime": Vector(
        at("/v1/reports/regime?regime=TT01-2020-A&period=2026-Q4"), 401, 403, 403, 200, 200
    ),
    **{
        f"GET {REPORTING}/{name}": Vector(at(f"{REPORTING}/{name}?regime=II.06a&period=2026-Q4"), 401, 200, 200, *watch)
        for name, watch in (("regime", (200, 200)), ("table", (200, 200)), ("sums", (200, 200)))
    },
    f"GET {REPORTING}/regimes": Vector(at(f"{REPORTING}/regimes"), 401, 200, 200, 200, 200),
    f"GET {REPORTING}/fill": agencies(f"{REPORTING}/fill?regime=II.06a&period=2026-Q4&receiver={SON_LA}"),
    f"GET {REPORTING}/form": agencies(f"{REPORTING}/form?regime=II.06a&period=2026-Q4&receiver={SON_LA}"),
    f"POST {REPORTING}/form": agencies(
        f"{REPORTING}/form?regime=II.06a&period=2026-Q4&receiver={SON_LA}", 400, body="no sheet"
    ),
    f"POST {REPORTING}/check": agencies(f"{REPORTING}/check", body=REPORT),
    f"GET {REPORTING}/drafts": agencies(f"{REPORTING}/drafts?agency={VPCP}", 200, 403),
    f"POST {REPORTING}/drafts": agencies(f"{REPORTING}/drafts?agency={VPCP}", 200, 403, {"report": REPORT}),
    f"DELETE {REPORTING}/drafts": agencies(
        f"{REPORTING}/drafts?agency={VPCP}&regime=II.06a&period=2026-Q4&receiver={SON_LA}", 200, 403
    ),
    "GET /v1/public/figures.json": everyone("/v1/public/figures.json"),
    "GET /v1/public/figures.csv": everyone("/v1/public/figures.csv"),
    "GET /v1/results/verify": everyone("/v1/results/verify?result=H52.01-261120-0001-KQ1"),
    "GET /v1/results/measures": Vector(at("/v1/results/measures"), 401, 200, 200, 200, 200),
    "GET /v1/leaders": Vector(at("/v1/leaders"), 401, 200, 200, 200, 200),
    "GET /v1/accounts": Vector(at("/v1/accounts"), 401, 403, 403, 200, 403),
    "POST /v1/accounts": Vector(
        at("/v1/accounts"), 401, 403, 403, 200, 403, {"name": "an", "change": "add", "role": "auditor"}
    ),
    "GET /v1/maintenance": everyone("/v1/maintenance"),
    "POST /v1/deliveries:remind": Vector(
        at("/v1/deliveries:remind"), 401, 403, 403, 200, 403, {"items": [{"message": "none"}], "reason": "x"}
    ),
    "POST /v1/maintenance": Vector(at("/v1/maintenance"), 401, 403, 403, 200, 403, {"on": False}),
    "GET /v1/problems": everyone("/v1/problems"),
    "GET /log/checkpoint": everyone("/log/checkpoint"),
    "GET /log/checkpoint/cosigned": everyone("/log/checkpoint/cosigned", 404),
    "GET /log/vkey": everyone("/log/vkey"),
    "GET /log/tile/{path:.+}": everyone("/log/tile/0/000.p/1"),
    "GET /log/objects/{kind}": everyone("/log/objects/directory"),
    "GET /v1/audit/leaves": auditors("/v1/audit/leaves"),
    "GET /v1/audit/checkpoints": auditors("/v1/audit/checkpoints"),
    "GET /v1/audit/signed/{digest}": auditors("/v1/audit/signed/" + "0" * 64, 404),
    "GET /healthz": everyone("/healthz"),
    "GET /readyz": everyone("/readyz"),
    "GET /metrics": everyone("/metrics"),
}
CALLERS = {"nobody": None, "sender": VPCP, "stranger": HA_NOI, "operator": OPERATOR, "auditor": AUDITOR}
ENDLESS = {f"{r.method} {r.path}" for r in ROUTES if r.endless}


async def called(world: World, name: str, caller: str) -> Answer:
    method = name.split(" ")[0]
    vector = VECTORS[name]
    body = (
        {} if vector.body is None else {"data": vector.body} if isinstance(vector.body, str) else {"json": vector.body}
    )
    headers = await world.web.headers(CALLERS[caller])
    url = world.web.url + vector.path(world)
    async with world.web.session.request(method, url, headers=headers, **body) as response:
        ends = response.status >= 300 or name not in ENDLESS
        return Answer(response.status, response.headers, await response.read() if ends else b"")


async def test_every_route_has_a_vector_and_says_who_may_call_it() -> None:
    assert sorted(f"{r.method} {r.path}" for r in ROUTES) == sorted(VECTORS)
    for route in ROUTES:
        vector = VECTORS[f"{route.method} {route.path}"]
        assert route.roles in (EVERYONE, AGENCIES, OPERATORS, AUDITORS, READERS, OWNERS, EVERYBODY_KNOWN, WATCHING)
        assert (vector.nobody == 401) == (route.roles != EVERYONE or route.path == "/v1/token")


@pytest.mark.parametrize("caller", list(CALLERS))
@pytest.mark.parametrize("name", list(VECTORS))
async def test_access(world: World, name: str, caller: str) -> None:
    answer = await called(world, name, caller)
    assert answer.status == getattr(VECTORS[name], caller)
    if answer.status >= 400:
        assert answer.problem.code
    assert answer.headers["Server"] == "truc"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", [n for n in VECTORS if n.startswith("GET") and n not in ENDLESS])
async def test_head_says_what_get_says_without_the_bytes(world: World, name: str) -> None:
    path = VECTORS[name].path(world)
    got = await world.web.get(path, VPCP)
    head = await world.web.call("HEAD", path, VPCP)
    assert (head.status, head.body) == (got.status, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]
    if name not in ("GET /metrics", "GET /readyz", "GET /v1/documents:export"):
        assert head.headers["Content-Length"] == str(len(got.body))


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/", "/v2/inbox", "/v1/inbox/", "//v1/inbox", "/v1/Inbox", "/v1/x%2Fy"]
)
async def test_paths_that_are_none(world: World, path: str) -> None:
    async with world.web.session.get(URL(world.web.url + path, encoded=True)) as response:
        answer = Answer(response.status, response.headers, await response.read())
    assert (answer.status, answer.problem.code) == (404, "ACCESS_NOT_FOUND")
    assert answer.headers["Server"] == "truc"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/inbox", "GET,HEAD"),
        ("GET", "/v1/token", "POST"),
        ("HEAD", "/v1/events", "GET"),
        ("OPTIONS", "/v1/agencies", "GET,HEAD,PUT"),
        ("TRACE", "/healthz", "GET,HEAD"),
        ("PATCH", "/v1/documents", "GET,HEAD,POST"),
    ],
)
async def test_methods_that_are_none(world: World, method: str, path: str, allowed: str) -> None:
    answer = await world.web.call(method, path, VPCP)
    assert answer.status == 405
    assert answer.headers["Allow"] == allowed
    if method != "HEAD":
        assert answer.problem.code == "REQUEST_INVALID"


async def test_nothing_of_ours_is_told_when_something_unforeseen_happens(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(world.web.hub.exchange, "acting", broken)
    answer = await world.web.get("/v1/inbox", VPCP)
    assert (answer.status, answer.problem.code) == (500, "HUB_ERROR")
    assert b"secret" not in answer.body
    assert b"ZeroDivision" not in answer.body
