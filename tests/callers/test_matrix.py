"""Who gets what: every route × everybody who might call it, in one table; and that a stranger cannot tell another's
from what is not there.

The columns are `world.CALLERS`. A row stands for one question; a route of `hub.routes.table` without a row fails.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote

import msgspec
import pytest
import pytest_asyncio

from hub.core import wire
from hub.core.wire_export import ExportLine
from hub.routes.table import ROUTES
from tests.callers.world import CALLERS, OTHER, SENDER, World, a_world
from tests.support.web import Answer

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Row(NamedTuple):
    """A question, and the status of its answer for each caller in the order of CALLERS."""

    route: str
    path: str
    statuses: tuple[int, ...]
    body: str = ""

    @property
    def name(self) -> str:
        return f"{self.route.split(' ')[0]} {self.path}" + (f" with {self.body}" if self.body else "")


# Who has no token that counts is the same on every route; then sender, its centre, recipient, its centre, the other
# recipient, a stranger; auditor, operator.
_NONE = (401, 401, 401, 401)


def closed(route: str, path: str, parties: tuple[int, ...], auditor: int, operator: int, body: str = "") -> Row:
    return Row(route, path, (*_NONE, *parties, auditor, operator), body)


def agencies(route: str, path: str, parties: tuple[int, ...], body: str = "") -> Row:
    return closed(route, path, parties, 403, 403, body)


def auditors(route: str, path: str) -> Row:
    return closed(route, path, (403,) * 6, 200, 403)


def everyone(route: str, path: str, status: int = 200, body: str = "") -> Row:
    return Row(route, path, (status,) * len(CALLERS), body)


SEEN: Final = (200, 200, 200, 200, 200, 404)
OF_SENDER: Final = (200, 200, 404, 404, 404, 404)
OF_SENDER_OR_403: Final = (200, 200, 403, 403, 403, 403)
OF_RECIPIENT: Final = (200, 200, 200, 200, 404, 404)
AS_RECIPIENT: Final = (403, 403, 200, 200, 403, 403)
OF_RECIPIENTS_OWN: Final = (404, 404, 200, 404, 404, 404)
_HOOK: Final = "GET /v1/webhooks/{id}"
_DOCUMENT: Final = "GET /v1/documents/{id}"
_FIND: Final = "GET /v1/documents"
_EXPORT: Final = "GET /v1/documents:export"
_NAMED: Final = "GET /v1/documents/named"
_RIDES: Final = "GET /v1/programmes/{programme}"
_RECEIPT: Final = "GET /v1/receipts/{id}"
_REPORTING: Final = "/v1/programmes/reporting"
_OWED: Final = "regime=II.06a&period=2026-Q4"
_OWED_TO: Final = f"?{_OWED}&receiver={{recipient}}"

_ABOVE_SENDER: Final = (200, 200, 404, 200, 404, 404)
"""The recipient's centre is the province in which the sender's district lies."""

ROWS: Final = (
    everyone("POST /v1/token", "/v1/token", 401, "assertion"),
    agencies("POST /v1/documents", "/v1/documents", OF_SENDER_OR_403, "document"),
    agencies("POST /v1/statuses", "/v1/statuses", AS_RECIPIENT, "status"),
    agencies("POST /v1/documents:batch", "/v1/documents:batch", (200,) * 6, "documents"),
    agencies("POST /v1/statuses:batch", "/v1/statuses:batch", (200,) * 6, "statuses"),
    agencies("POST /v1/check", "/v1/check", (200,) * 6, "document"),
    closed(_DOCUMENT, "/v1/documents/{message}", SEEN, 200, 403),
    closed(_DOCUMENT, "/v1/documents/{document_name}", SEEN, 200, 403),
    closed(f"{_DOCUMENT}/content", "/v1/documents/{document_name}/content", SEEN, 200, 403),
    closed(f"{_DOCUMENT}/receipt", "/v1/documents/{document_name}/receipt", SEEN, 200, 403),
    closed(f"{_DOCUMENT}/evidence", "/v1/documents/{document_name}/evidence", SEEN, 200, 403),
    closed(_FIND, "/v1/documents", (200,) * 6, 200, 200),
    closed(_FIND, "/v1/documents?text=nguồn+nước", (200,) * 6, 200, 200),
    closed(_FIND, "/v1/documents?text={document_name}", (200,) * 6, 200, 200),
    closed(_FIND, "/v1/documents?agency={recipient}&state=handed_over", AS_RECIPIENT, 200, 200),
    closed(_FIND, "/v1/documents?agency={sender}", OF_SENDER_OR_403, 200, 200),
    closed(_EXPORT, "/v1/documents:export", (200,) * 6, 200, 200),
    closed(_EXPORT, "/v1/documents:export?format=xlsx&book=in", (200,) * 6, 400, 400),
    closed(_EXPORT, "/v1/documents:export?agency={recipient}&format=jsonl", AS_RECIPIENT, 200, 200),
    closed(_NAMED, "/v1/documents/named?name={message}", SEEN, 200, 403),
    closed(_NAMED, "/v1/documents/named?name={document_name}", SEEN, 200, 403),
    closed(_NAMED, "/v1/documents/named?name={number}", SEEN, 200, 403),
    closed(_NAMED, "/v1/documents/named?name={number}&side=sent", OF_SENDER, 200, 403),
    closed(_NAMED, "/v1/documents/named?name={number}&side=received", (404, 404, 200, 200, 200, 404), 200, 403),
    closed(f"{_DOCUMENT}/content", "/v1/documents/{message}/content", SEEN, 200, 403),
    closed(f"{_DOCUMENT}/receipt", "/v1/documents/{message}/receipt", SEEN, 200, 403),
    closed(f"{_DOCUMENT}/evidence", "/v1/documents/{message}/evidence", SEEN, 200, 403),
    closed(f"{_DOCUMENT}/evidence", "/v1/documents/{message}/evidence?document=true", SEEN, 200, 403),
    closed(f"{_DOCUMENT}/evidence", "/v1/documents/{message}/evidence?recipient={recipient}", OF_RECIPIENT, 200, 403),
    closed(f"{_DOCUMENT}/evidence", "/v1/documents/{message}/evidence?recipient={sender}", (404,) * 6, 404, 403),
    closed(_RECEIPT, "/v1/receipts/{accepted}", SEEN, 200, 403),
    closed(_RECEIPT, "/v1/receipts/{handed}", OF_RECIPIENT, 200, 403),
    closed(_RECEIPT, "/v1/receipts/{message}", (404,) * 6, 404, 403),
    agencies("GET /v1/inbox", "/v1/inbox", (200,) * 6),
    agencies("GET /v1/inbox", "/v1/inbox?agency={recipient}", AS_RECIPIENT),
    agencies("GET /v1/inbox", "/v1/inbox?agency={recipient}&state=handed_over", AS_RECIPIENT),
    agencies("POST /v1/inbox/fetch", "/v1/inbox/fetch", AS_RECIPIENT, "fetch"),
    agencies("POST /v1/inbox/acknowledge", "/v1/inbox/acknowledge", AS_RECIPIENT, "signed"),
    agencies("POST /v1/inbox/acknowledge", "/v1/inbox/acknowledge", (422, 422, 200, 422, 422, 422), "stolen"),
    agencies("POST /v1/inbox/acknowledge", "/v1/inbox/acknowledge", AS_RECIPIENT, "unsigned"),
    agencies("POST /v1/inbox/acknowledge", "/v1/inbox/acknowledge", (404, 404, 200, 404, 200, 404), "own unsigned"),
    agencies("POST /v1/inbox/acknowledge:batch", "/v1/inbox/acknowledge:batch", (200,) * 6, "many signed"),
    agencies("GET /v1/outbox", "/v1/outbox", (200,) * 6),
    agencies("GET /v1/outbox", "/v1/outbox?agency={sender}", OF_SENDER_OR_403),
    agencies("GET /v1/drafts", "/v1/drafts", (200,) * 6),
    agencies("PUT /v1/drafts", "/v1/drafts", (200,) * 6, "draft"),
    agencies("GET /v1/drafts/{id}", "/v1/drafts/99", (404,) * 6),
    agencies("DELETE /v1/drafts/{id}", "/v1/drafts/99", (404,) * 6),
    agencies("GET /v1/groups", "/v1/groups", (200,) * 6),
    agencies("PUT /v1/groups", "/v1/groups", (400,) * 6, "group"),
    agencies("GET /v1/groups/{name}", "/v1/groups/nobody", (404,) * 6),
    agencies("DELETE /v1/groups/{name}", "/v1/groups/nobody", (404,) * 6),
    agencies("GET /v1/directions", "/v1/directions", (200,) * 6),
    agencies("GET /v1/directions", "/v1/directions?document={message}", (200, 200, 200, 200, 200, 404)),
    agencies("POST /v1/directions", "/v1/directions", (400, 400, 201, 201, 201, 404), "direction"),
    agencies("GET /v1/corrections", "/v1/corrections", (200,) * 6),
    agencies("POST /v1/corrections", "/v1/corrections", (400, 400, 201, 201, 201, 404), "correction"),
    closed(_FIND, "/v1/documents?arrival=1", (200,) * 6, 400, 400),
    agencies("GET /v1/events", "/v1/events", (200,) * 6),
    agencies("GET /v1/events", "/v1/events?agency={recipient}", AS_RECIPIENT),
    agencies("GET /v1/events", "/v1/events?agency={sender}", OF_SENDER_OR_403),
    closed("POST /v1/webhooks", "/v1/webhooks", (422,) * 6, 403, 422, "bad hook"),
    closed(
        "POST /v1/webhooks", "/v1/webhooks?agency={recipient}", (403, 403, 422, 422, 403, 403), 403, 400, "bad hook"
    ),
    closed("GET /v1/webhooks", "/v1/webhooks", (200,) * 6, 403, 200),
    closed("GET /v1/webhooks", "/v1/webhooks?agency={recipient}", AS_RECIPIENT, 403, 400),
    closed(_HOOK, "/v1/webhooks/{hook}", OF_RECIPIENTS_OWN, 403, 404),
    closed(_HOOK, "/v1/webhooks/{hook}?agency={recipient}", AS_RECIPIENT, 403, 400),
    closed("DELETE /v1/webhooks/{id}", "/v1/webhooks/wh_99", (404,) * 6, 403, 404),
    closed("POST /v1/webhooks/{id}/test", "/v1/webhooks/wh_99/test", (404,) * 6, 403, 404),
    closed("POST /v1/webhooks/{id}/rotate", "/v1/webhooks/{hook}/rotate", OF_RECIPIENTS_OWN, 403, 404),
    closed(
        "POST /v1/webhooks/{id}/pause", "/v1/webhooks/{hook}/pause", (404, 404, 422, 404, 404, 404), 403, 404, "pause"
    ),
    closed(f"{_HOOK}/failures", "/v1/webhooks/{hook}/failures", OF_RECIPIENTS_OWN, 403, 404),
    closed(
        "POST /v1/webhooks/{id}/replay",
        "/v1/webhooks/{hook}/replay",
        (404, 404, 422, 404, 404, 404),
        403,
        404,
        "replay",
    ),
    everyone("GET /v1/webhook-keys", "/v1/webhook-keys"),
    closed("GET /v1/webhooks-health", "/v1/webhooks-health", (403,) * 6, 403, 200),
    everyone("GET /v1/agencies", "/v1/agencies"),
    closed("PUT /v1/agencies", "/v1/agencies", (403,) * 6, 403, 200, "entry"),
    everyone("GET /v1/agencies/{code}", "/v1/agencies/{sender}"),
    closed("GET /v1/agencies/{code}/health", "/v1/agencies/{sender}/health", OF_SENDER, 200, 200),
    closed(
        "GET /v1/agencies/{code}/health", "/v1/agencies/{recipient}/health", (404, 404, 200, 200, 404, 404), 200, 200
    ),
    closed("GET /v1/agencies/{code}/health", "/v1/agencies/nobody/health", (404,) * 6, 404, 404),
    closed("GET /v1/agencies/silent", "/v1/agencies/silent", (403,) * 6, 200, 200),
    closed("GET /v1/attention", "/v1/attention", (403,) * 6, 200, 200),
    closed("GET /v1/alerts", "/v1/alerts", (403,) * 6, 200, 200),
    closed("POST /v1/alerts/test", "/v1/alerts/test", (403,) * 6, 403, 200),
    closed("GET /v1/programmes", "/v1/programmes", (200,) * 6, 200, 200),
    closed("GET /v1/centre", "/v1/centre", (200,) * 6, 200, 200),
    closed("GET /v1/centre", "/v1/centre?parent={sender}", _ABOVE_SENDER, 200, 200),
    everyone("GET /v1/public/programmes.json", "/v1/public/programmes.json"),
    closed(f"{_RIDES}/cases", "/v1/programmes/results/cases", (200,) * 6, 200, 200),
    closed(f"{_RIDES}/cases", "/v1/programmes/results/cases?agency={recipient}", AS_RECIPIENT, 200, 200),
    closed(f"{_RIDES}/cases", "/v1/programmes/none/cases", (404,) * 6, 404, 404),
    closed(f"{_RIDES}/cases/{{case}}", "/v1/programmes/results/cases/none", (404,) * 6, 404, 404),
    closed(f"{_RIDES}/board", "/v1/programmes/results/board", (200,) * 6, 200, 200),
    closed(f"{_RIDES}/board", "/v1/programmes/results/board?parent={sender}", _ABOVE_SENDER, 200, 200),
    closed(f"{_RIDES}/faults", "/v1/programmes/all/faults", (200,) * 6, 200, 200),
    agencies("POST /v1/programmes/dossiers/services", "/v1/programmes/dossiers/services", (400,) * 6),
    closed("GET /v1/programmes/dossiers/indicators", "/v1/programmes/dossiers/indicators", (200,) * 6, 200, 200),
    closed(
        "GET /v1/programmes/dossiers/indicators",
        "/v1/programmes/dossiers/indicators?parent={sender}",
        _ABOVE_SENDER,
        200,
        200,
    ),
    closed(f"{_RIDES}/faults", "/v1/programmes/all/faults?agency={recipient}", AS_RECIPIENT, 200, 200),
    everyone("GET /v1/figures", "/v1/figures"),
    closed("GET /v1/reports/period", "/v1/reports/period", (403,) * 6, 200, 200),
    closed("GET /v1/reports/period", "/v1/reports/period?format=pdf", (403,) * 6, 200, 200),
    closed("GET /v1/reports/regime", "/v1/reports/regime?regime=TT01-2020-A&period=2026-Q4", (403,) * 6, 200, 200),
    closed(f"GET {_REPORTING}/regimes", f"{_REPORTING}/regimes", (200,) * 6, 200, 200),
    *(
        closed(
            f"GET {_REPORTING}/{name}", f"{_REPORTING}/{name}?{_OWED}&receiver={{recipient}}", OF_RECIPIENT, 200, 200
        )
        for name in ("regime", "table", "sums")
    ),
    agencies(f"GET {_REPORTING}/fill", f"{_REPORTING}/fill?{_OWED}&agency={{recipient}}", AS_RECIPIENT),
    agencies(f"GET {_REPORTING}/form", f"{_REPORTING}/form?{_OWED}&agency={{recipient}}", AS_RECIPIENT),
    agencies(
        f"POST {_REPORTING}/form",
        f"{_REPORTING}/form?{_OWED}&agency={{recipient}}",
        (403, 403, 400, 400, 403, 403),
        "document",
    ),
    agencies(f"POST {_REPORTING}/check", f"{_REPORTING}/check", (400,) * 6, "fetch"),
    agencies(f"GET {_REPORTING}/drafts", f"{_REPORTING}/drafts?agency={{recipient}}", AS_RECIPIENT),
    agencies(f"POST {_REPORTING}/drafts", f"{_REPORTING}/drafts?agency={{recipient}}", (400,) * 6, "fetch"),
    agencies(
        f"DELETE {_REPORTING}/drafts",
        f"{_REPORTING}/drafts?agency={{recipient}}&{_OWED}&receiver={{sender}}",
        AS_RECIPIENT,
    ),
    everyone("GET /v1/public/figures.json", "/v1/public/figures.json"),
    everyone("GET /v1/public/figures.csv", "/v1/public/figures.csv"),
    everyone("GET /v1/results/verify", "/v1/results/verify?result=H52.01-261120-0001-KQ1"),
    closed("GET /v1/results/measures", "/v1/results/measures", (200,) * 6, 200, 200),
    closed("GET /v1/results/measures", f"/v1/results/measures?agency={SENDER}", OF_SENDER_OR_403, 200, 200),
    closed("GET /v1/leaders", "/v1/leaders", (200,) * 6, 200, 200),
    closed("GET /v1/leaders", f"/v1/leaders?agency={SENDER}", OF_SENDER_OR_403, 200, 200),
    closed("GET /v1/accounts", "/v1/accounts", (403,) * 6, 403, 200),
    closed("POST /v1/accounts", "/v1/accounts", (403,) * 6, 403, 200, "account"),
    everyone("GET /v1/maintenance", "/v1/maintenance"),
    closed("POST /v1/deliveries:remind", "/v1/deliveries:remind", (403,) * 6, 403, 200, "reminders"),
    closed("POST /v1/maintenance", "/v1/maintenance", (403,) * 6, 403, 200, "no maintenance"),
    everyone("GET /v1/problems", "/v1/problems"),
    everyone("GET /log/checkpoint", "/log/checkpoint"),
    everyone("GET /log/checkpoint/cosigned", "/log/checkpoint/cosigned", 404),
    everyone("GET /log/vkey", "/log/vkey"),
    everyone("GET /log/tile/{path:.+}", "/log/tile/0/000.p/1"),
    everyone("GET /log/tile/{path:.+}", "/log/tile/entries/000.p/9"),
    everyone("GET /log/objects/{kind}", "/log/objects/directory"),
    everyone("GET /log/objects/{kind}", "/log/objects/evidence", 404),
    everyone("GET /log/objects/{kind}", "/log/objects/manifest", 404),
    auditors("GET /v1/audit/leaves", "/v1/audit/leaves"),
    auditors("GET /v1/audit/checkpoints", "/v1/audit/checkpoints"),
    auditors("GET /v1/audit/signed/{digest}", "/v1/audit/signed/{acknowledgement}"),
    everyone("GET /healthz", "/healthz"),
    everyone("GET /readyz", "/readyz"),
    everyone("GET /metrics", "/metrics"),
)
ENDLESS: Final = {f"{r.method} {r.path}" for r in ROUTES if r.endless}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path_factory.mktemp("hub"), keys) as opened:
        yield opened


async def asked(
    world: World, row: Row, caller: str, places: dict[str, str] | None = None, method: str = "", body: object = None
) -> Answer:
    """What this caller is answered; `places` and `body` in place of the world's."""
    path = row.path.format_map(places or world.places)
    given = body if body is not None else world.bodies.get(row.body)
    sent = {} if given is None else {"data": given} if isinstance(given, bytes) else {"json": given}
    headers = world.headers[caller]
    verb = method or row.route.split(" ")[0]
    async with world.web.session.request(verb, world.web.url + path, headers=headers, **sent) as response:
        ends = response.status >= 300 or row.route not in ENDLESS
        return Answer(response.status, response.headers, await response.read() if ends else b"")


async def test_every_route_has_a_row_and_every_row_is_of_a_route() -> None:
    assert {row.route for row in ROWS} == {f"{r.method} {r.path}" for r in ROUTES}
    assert {len(row.statuses) for row in ROWS} == {len(CALLERS)}
    for route in ROUTES:
        rows = [row for row in ROWS if row.route == f"{route.method} {route.path}"]
        for position, role in ((CALLERS.index("auditor"), "auditor"), (CALLERS.index("operator"), "operator")):
            if route.roles:
                allowed = {row.statuses[position] != 403 for row in rows}
                assert allowed == {role in route.roles}, (route.path, role)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_everybody_gets_what_is_theirs_and_nothing_else(world: World, row: Row) -> None:
    answers = {caller: await asked(world, row, caller) for caller in CALLERS}
    assert {caller: a.status for caller, a in answers.items()} == dict(zip(CALLERS, row.statuses, strict=True))
    for caller, answer in answers.items():
        if answer.status >= 400:
            assert answer.problem.code
            assert answer.problem.receipt == "" or caller in ("sender", "recipient") or answer.status in (403, 404, 422)
        assert answer.headers["Server"] == "truc"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"]
        assert ("WWW-Authenticate" in answer.headers) == (answer.status == 401)


@pytest.mark.parametrize("row", [r for r in ROWS if not r.body], ids=lambda row: row.name)
async def test_nobody_but_the_parties_reads_a_word_of_a_document(world: World, row: Row) -> None:
    """Not in an answer that is good, not in one that is a refusal, but for what the caller itself asked for."""
    for caller in ("nobody", "forged", "expired", "suspended", "stranger", "operator"):
        answer = await asked(world, row, caller)
        told = answer.body + repr(dict(answer.headers)).encode()
        for name, secret in world.secrets.items():
            if caller == "operator" and row.route in (_FIND, _EXPORT) and name in ROUTING:
                continue
            if secret not in unquote(row.path.format_map(world.places)):
                assert secret.encode() not in told, (caller, name)


ROUTING: Final = ("message", "sha256", "document_id", "number", "document_name")
"""What names and routes a document, which an operator sees where it searches."""
FINDS: Final = {
    "": (1, 1, 1, 1, 1, 0, 1, 1),
    "text=nguồn+nước": (1, 1, 1, 1, 1, 0, 1, 0),
    "text=nguon+nuoc&state=handed_over": (1, 1, 1, 1, 1, 0, 1, 0),
    "text=người+ký+thử+nghiệm": (1, 1, 1, 1, 1, 0, 1, 0),
    "text={document_id}": (1, 1, 1, 1, 1, 0, 1, 1),
    "text={sha256}": (1, 1, 1, 1, 1, 0, 1, 1),
    "text={message}": (1, 1, 1, 1, 1, 0, 1, 1),
    "recipient={recipient}": (1, 1, 1, 1, 0, 0, 1, 1),
    "recipient_tier=central": (1, 1, 0, 0, 1, 0, 1, 1),
    "text=Chiềng+Mung": (1, 1, 0, 0, 0, 0, 1, 1),
    "state=waiting": (1, 1, 0, 0, 0, 0, 1, 1),
    "sender={sender}&sender_tier=district&priority=0&business=new&verdict=VALID": (1, 1, 1, 1, 1, 0, 1, 1),
}
"""How many documents are found: sender, its centre, recipient, its centre, the other recipient, a stranger; auditor,
operator. What waits, waits for the suspended one."""


@pytest.mark.parametrize("question", FINDS)
async def test_everybody_finds_what_is_theirs_by_what_is_theirs_to_ask(world: World, question: str) -> None:
    row = Row(_FIND, f"/v1/documents?{question}", ())
    found = {}
    for caller in CALLERS[4:]:
        answer = (await asked(world, row, caller)).record(wire.Found)
        assert answer.behind == 0
        found[caller] = len(answer.items)
        for item in answer.items:
            shown = {d.recipient for d in item.deliveries}
            assert sum(item.states.values()) == len(shown) == (1 if "recipient" in caller else 3)
            assert bool(item.message.subject) == (caller != "operator")
            assert item.message.sender_name == "Ủy ban nhân dân huyện Mai Sơn"
        export = Row(_EXPORT, f"/v1/documents:export?format=jsonl{question and '&'}{question}", ())
        *lines, end = (await asked(world, export, caller)).body.splitlines()
        assert [msgspec.json.decode(line, type=ExportLine).document for line in lines] == answer.items
        assert end == msgspec.json.encode({"end": {"lines": len(lines)}})
    assert found == dict(zip(CALLERS[4:], FINDS[question], strict=True))


async def test_a_recipient_reads_nothing_of_what_another_did(world: World) -> None:
    for row in ROWS:
        if row.body or row.route.startswith("GET /v1/audit"):
            continue
        for caller, secret in (
            ("recipient", "other_handed"),
            ("recipient's centre", "other_handed"),
            ("other recipient", "handed"),
        ):
            if "{handed}" in row.path:
                continue
            answer = await asked(world, row, caller)
            assert world.places[secret].encode() not in answer.body, (row.name, caller)


SEERS: Final = (*CALLERS[4:9], "auditor")
NOT_THERE: Final = {
    "another one of that number": lambda given: given[:-1] + ("0" if given[-1] != "0" else "1"),
    "one of another time": lambda given: ("1" if given[0] != "1" else "2") + given[1:],
    "another kind": lambda given: given[:14] + "4" + given[15:],
    "no identifier": lambda given: "x" * len(given),
}


def told(answer: Answer, *identifiers: str) -> tuple[object, ...]:
    """All that a caller could compare, with the identifiers that it sent itself taken out."""
    headers = {name: value for name, value in answer.headers.items() if name != "Date"}
    body = answer.body
    for identifier in identifiers:
        body = body.replace(identifier.encode(), b"?")
    headers["Content-Length"] = str(len(body))
    return answer.status, headers, body


@pytest.mark.parametrize("absent", list(NOT_THERE))
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_not_yours_is_not_told_from_not_there(world: World, absent: str, method: str) -> None:
    compared = 0
    for row in ROWS:
        for name in ("message", "accepted", "handed"):
            if f"{{{name}}}" not in row.path:
                continue
            other = NOT_THERE[absent](world.places[name])
            for caller, status in zip(CALLERS, row.statuses, strict=True):
                if status < 400 or (name == "message" and caller in SEERS):
                    continue
                theirs = await asked(world, row, caller, method=method)
                none = await asked(world, row, caller, world.places | {name: other}, method)
                assert told(theirs, world.places[name], other) == told(none, world.places[name], other), (
                    row.name,
                    caller,
                )
                compared += 1
    assert compared >= 60


@pytest.mark.parametrize("caller", ["stranger", "sender"])
async def test_an_acknowledgement_does_not_tell_it_either(world: World, caller: str) -> None:
    row = next(r for r in ROWS if r.body == "own unsigned")
    mine = f"urn:uuid:{world.places['message']}"
    for change in NOT_THERE.values():
        other = f"urn:uuid:{change(world.places['message'])}"
        answers = [
            await asked(world, row, caller, body={"items": [{"message": m, "sha256": s}]})
            for m, s in ((mine, world.places["sha256"]), (mine, "0" * 64), (other, "0" * 64))
        ]
        assert len({told(a, mine, other)[0] for a in answers}) == 1
        assert told(answers[0], mine, other)[2] == told(answers[1], mine, other)[2] == told(answers[2], mine, other)[2]


async def test_a_mailbox_of_another_is_not_told_from_that_of_nobody(world: World) -> None:
    for path in ("/v1/inbox?agency={recipient}", "/v1/outbox?agency={recipient}", "/v1/events?agency={recipient}"):
        row = Row("GET", path, ())
        theirs = await asked(world, row, "stranger")
        none = await asked(world, row, "stranger", world.places | {"recipient": "000.99.99.H52"})
        assert told(theirs, world.places["recipient"])[0::2] == told(none, "000.99.99.H52")[0::2]


async def test_a_range_or_a_condition_opens_nothing(world: World) -> None:
    """The digest of a document is no key to it."""
    path = f"{world.web.url}/v1/documents/{world.places['message']}/content"
    digest = world.places["sha256"]
    for header in ({"If-None-Match": f'"{digest}"'}, {"If-None-Match": "*"}, {"Range": "bytes=0-0"}):
        for caller in ("nobody", "suspended", "stranger", "operator"):
            async with world.web.session.get(path, headers=world.headers[caller] | header) as response:
                assert response.status in (401, 403, 404), (caller, header)
                assert "ETag" not in response.headers


async def test_a_look_of_the_auditor_is_the_senders_to_see(world: World) -> None:
    """The table's auditor was seen each time, HEAD included; who was refused left no such trace."""
    path = f"/v1/documents/{world.places['message']}"
    before = (await world.web.get(path, SENDER)).body.count(b"DocumentLookedAt")
    row = next(r for r in ROWS if r.path == "/v1/documents/{message}")
    await asked(world, row, "auditor", method="HEAD")
    await asked(world, row, "stranger")
    await asked(world, row, "operator")
    assert (await world.web.get(path, SENDER)).body.count(b"DocumentLookedAt") == before + 1
    assert (await world.web.get(path, OTHER)).status == 200
