"""Auditors read everything, operators no document; and whatever an auditor sees was on record before."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.hashes import SHA256

from hub import auditing
from hub.admission.submission import AUDITOR as READER
from hub.core import wire
from hub.core.edxml import Attachment
from hub.core.evidence import format as ev
from hub.core.evidence import receipt
from hub.core.evidence.acknowledgement import verify as verify_acknowledgement
from hub.core.evidence.format import Event, Evidence, Kind
from hub.core.ids import number_of
from hub.core.signature.jws import key_id
from hub.http.call import Route
from hub.routes.table import ROUTES
from tests.core.audit.kit import policy_of
from tests.support.axis import HA_NOI, SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Web, a_web, bare


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path_factory.mktemp("hub"), keys) as opened:
        yield opened


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def evidence_of(web: Web, event: Event, message: str = "") -> list[tuple[int, Evidence]]:
    leaves = await web.store.leaves(0, 100_000)
    read = [(leaf.number, ev.decode(leaf.object)) for leaf in leaves if leaf.event == event.short]
    return [(n, e) for n, e in read if not message or e.message == message]


async def size(web: Web) -> int:
    last = await web.store.last_checkpoint()
    return last.size if last else 0


async def test_every_look_is_on_record_before_the_answer(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA, HA_NOI)
    path = f"/v1/documents/{bare(sent.message.id)}"
    life = (await web.get(path, AUDITOR)).record(wire.Life)
    assert {d.recipient for d in life.deliveries} == {SON_LA, HA_NOI}
    assert life.timeline[-1].event == "DocumentLookedAt", "the answer itself tells of the look"
    content = await web.get(f"{path}/content", AUDITOR)
    assert ev.digest_text(content.body) == f"sha-256:{sent.message.sha256}"
    looked = await evidence_of(web, Event.DOCUMENT_LOOKED_AT, sent.message.id)
    assert [e.reasons[0].code for _, e in looked] == ["LIFE", "CONTENT"]
    certificate = web.credential(AUDITOR).certificate.fingerprint(SHA256()).hex()
    for _, evidence in looked:
        assert evidence.sender is not None
        assert evidence.sender.identifier == f"auditor:{AUDITOR}"
        assert evidence.sender.certificate_digest == f"sha-256:{certificate}"
        assert evidence.sequence is not None
        assert (evidence.sequence.agency, evidence.sequence.direction) == (VPCP, "out")


async def test_the_sender_sees_who_looked_and_can_prove_it(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.get(f"/v1/documents/{bare(sent.message.id)}/content", AUDITOR)
    life = (await web.get(f"/v1/documents/{bare(sent.message.id)}", VPCP)).record(wire.Life)
    line = life.timeline[-1]
    assert (line.event, line.reasons) == ("DocumentLookedAt", ["CONTENT"])
    answer = await web.get(f"/v1/receipts/{bare(line.evidence)}", VPCP)
    proved = receipt.verify(answer.body, policy_of(web.axis))
    assert proved.evidence.sender is not None
    assert proved.evidence.sender.identifier == f"auditor:{AUDITOR}"


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("HEAD", {}, 200),
        ("GET", {"Range": "bytes=0-9"}, 206),
        ("GET", {"Range": "bytes=99999999-"}, 416),
        ("GET", {"If-None-Match": "*"}, 304),
    ],
)
async def test_every_way_of_looking_is_a_look(web: Web, method: str, headers: dict[str, str], status: int) -> None:
    sent = await web.send(VPCP, SON_LA)
    path = f"/v1/documents/{bare(sent.message.id)}/content"
    answer = await web.call(method, path, AUDITOR, headers=headers)
    assert answer.status == status
    assert len(await evidence_of(web, Event.DOCUMENT_LOOKED_AT, sent.message.id)) == 1


async def test_a_large_document_is_read_from_its_file(web: Web) -> None:
    large = Attachment("f", "f.pdf", data=b"%PDF-1.4 " + random.Random(1).randbytes(90_000))
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [large])
    sent = (await web.submit(data, VPCP)).record(wire.Submitted)
    assert (await web.get(f"/v1/documents/{bare(sent.message.id)}/content", AUDITOR)).body == data


async def test_an_auditors_look_keeps_nothing_from_its_recipient(web: Web) -> None:
    """A recipient that reads holds the document; an auditor does not: a take-back still needs to ask nobody."""
    sent = await web.send(VPCP, HA_NOI)
    await web.get(f"/v1/documents/{bare(sent.message.id)}/content", AUDITOR)
    assert not web.hub.exchange.leases.holds(HA_NOI, number_of(sent.message.id), web.axis.clock())
    taken = await web.call("POST", "/v1/inbox/fetch", HA_NOI, json={"limit": 1000})
    assert sent.message.id in {item.message.id for item in taken.record(wire.Inbox).items}


async def test_what_is_not_there_leaves_no_trace(web: Web) -> None:
    before = await size(web)
    for name in ("01a2057f-6f84-80c3-b934-da00000fffff", "01a2057f-6f84-40c3-b934-da0000000001", "x"):
        for part in ("", "/content", "/receipt"):
            assert (await web.get(f"/v1/documents/{name}{part}", AUDITOR)).status == 404
    assert await size(web) == before


async def test_operators_read_no_document(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    before = await size(web)
    for part in ("", "/content", "/receipt"):
        assert (await web.get(f"/v1/documents/{bare(sent.message.id)}{part}", OPERATOR)).status == 403
    for path in (
        "/v1/audit/leaves",
        "/v1/audit/checkpoints",
        f"/v1/audit/signed/{'0' * 64}",
        "/v1/inbox",
        "/v1/outbox",
    ):
        assert (await web.get(path, OPERATOR)).status == 403
    assert await size(web) == before


async def test_auditors_change_nothing(web: Web) -> None:
    for method, path, body in (
        ("PUT", "/v1/agencies", {"agencies": []}),
        ("POST", "/v1/inbox/fetch", {}),
        ("POST", "/v1/inbox/acknowledge", {"items": []}),
    ):
        assert (await web.call(method, path, AUDITOR, json=body)).status == 403
    assert (await web.submit(b"<x/>", AUDITOR)).status == 403
    for path in ("/v1/inbox", "/v1/outbox", "/v1/events"):
        assert (await web.get(path, AUDITOR)).status == 403


async def test_an_auditor_who_calls_itself_an_agency_is_none(web: Web) -> None:
    """The role comes with the certificate, not with the name."""
    text = web.assertion(VPCP, by=AUDITOR)
    web.tokens["false"] = (await web.grant(text)).record(wire.TokenAnswer).access_token
    assert (await web.get("/v1/outbox", "false")).status == 403
    sent = await web.send(VPCP, SON_LA)
    assert (await web.get(f"/v1/documents/{bare(sent.message.id)}", "false")).status == 200
    ((_, evidence),) = await evidence_of(web, Event.DOCUMENT_LOOKED_AT, sent.message.id)
    assert evidence.sender is not None
    assert evidence.sender.identifier == f"auditor:{VPCP}"


async def test_another_certificate_of_the_profile_is_no_auditor(web: Web) -> None:
    assert (await web.grant(web.assertion(AUDITOR, by=SON_LA))).status == 401


async def test_every_export_of_leaves_is_on_record(web: Web) -> None:
    for _ in range(3):
        await web.send(VPCP, SON_LA)
    before = await size(web)
    page = (await web.get("/v1/audit/leaves?start=2&count=5", AUDITOR)).record(wire.LogObjects)
    assert [item.leaf for item in page.items] == [2, 3, 4, 5, 6]
    assert page.size == before + 1
    for item, leaf in zip(page.items, await web.store.leaves(2, 5), strict=True):
        assert (item.kind, item.object) == (leaf.kind, leaf.object)
    number, evidence = (await evidence_of(web, Event.EVIDENCE_EXPORTED))[-1]
    assert number == before
    assert [(r.code, r.details) for r in evidence.reasons] == [("LEAVES", "2 5")]
    assert evidence.sequence is not None
    assert (evidence.sequence.agency, evidence.sequence.direction) == (f"auditor:{AUDITOR}", "out")
    rest = (await web.get(f"/v1/audit/leaves?start={before}&count=4096", AUDITOR)).record(wire.LogObjects)
    assert [item.leaf for item in rest.items] == [before]


async def test_an_export_of_nothing_is_none(web: Web) -> None:
    before = await size(web)
    page = (await web.get("/v1/audit/leaves?start=999999", AUDITOR)).record(wire.LogObjects)
    assert page.items == []
    assert await size(web) == before
    for query in ("start=-1", "count=0", "count=4097", "start=x", "other=1"):
        assert (await web.get(f"/v1/audit/leaves?{query}", AUDITOR)).status == 400


async def test_an_answer_of_leaves_is_bounded_in_bytes(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "_MOST_BYTES", 1000)
    monkeypatch.setattr(auditing, "_PAGE", 2)
    page = (await web.get("/v1/audit/leaves?count=100", AUDITOR)).record(wire.LogObjects)
    assert 0 < len(page.items) < 20
    _, evidence = (await evidence_of(web, Event.EVIDENCE_EXPORTED))[-1]
    assert evidence.reasons[0].details == f"0 {len(page.items)}", "what is on record is what was given"


async def test_every_checkpoint_can_be_read(web: Web) -> None:
    page = (await web.get("/v1/audit/checkpoints?above=7&count=3", AUDITOR)).record(wire.SignedCheckpoints)
    rows = await web.store.checkpoints(7, 3)
    assert [(item.size, item.note.encode()) for item in page.items] == [(row.size, row.note) for row in rows]


async def test_what_a_recipient_signed_can_be_read_by_its_digest(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    _, evidence = (await evidence_of(web, Event.CONTENT_HANDOVER))[-1]
    assert evidence.counter is not None
    answer = await web.get(f"/v1/audit/signed/{evidence.counter.digest.removeprefix('sha-256:')}", AUDITOR)
    certificate = web.credential(SON_LA).certificate
    signed = verify_acknowledgement(answer.body.decode(), {key_id(certificate): certificate})
    assert signed.recipient == SON_LA
    assert (await web.get(f"/v1/audit/signed/{'0' * 64}", AUDITOR)).status == 404
    assert (await web.get("/v1/audit/signed/x", AUDITOR)).status == 400


OF_NO_DOCUMENT = {
    *("/v1/agencies/silent", "/v1/agencies/{code}/health", "/v1/attention", "/v1/alerts"),  # how agencies fare
    *("/v1/reports/period", "/v1/reports/regime"),  # figures of whole units
    *("/v1/programmes", "/v1/programmes/{programme}/board", "/v1/centre"),  # counts of cases
    "/v1/programmes/dossiers/indicators",  # the same
    *("/v1/leaders", "/v1/results/measures"),  # counts and shares, by agency and month
    "/v1/programmes/reporting/regime",  # one that comes with the hub; one that a document brought is on record
}
"""Routes that tell of no document and of no evidence: an operator reads the same, and nothing is put on record."""


def number_of_route(route: Route) -> str:
    """A dossier's number, of each route another one."""
    return f"000.00.00.G22-261122-{ROUTES.index(route):04}"


AUDITED = [route for route in ROUTES if READER in route.roles and route.path not in OF_NO_DOCUMENT]


@pytest.mark.parametrize("route", AUDITED, ids=lambda route: route.path)
async def test_every_route_that_an_auditor_may_call_and_not_everybody_is_on_record(web: Web, route: Route) -> None:
    """The table of routes itself is gone through: a new route for auditors is here before it has a test of its own.
    What needs no token is public, and leaves nothing."""
    assert route.method == "GET", "auditors change nothing"
    result = {"packet": "result/1", "code": f"{number_of_route(route)}-KQ1", "name": "Giấy phép", "sha256": "0" * 64}
    packet = Attachment("p", "a.packet.json", data=json.dumps(result).encode())
    data = web.axis.sign(web.axis.document(VPCP, [SON_LA]), [packet])
    sent = (await web.submit(data, VPCP)).record(wire.Submitted)
    await web.take(SON_LA, sent)
    number, handed = (await evidence_of(web, Event.CONTENT_HANDOVER))[-1]
    assert handed.counter is not None
    signed = handed.counter.digest.removeprefix("sha-256:")
    about = bare(handed.identifier) if "receipts" in route.path else bare(sent.message.id)
    before = await size(web)
    query = {"name": about} if route.path.endswith("/named") else {}
    if route.path in ("/v1/programmes/reporting/table", "/v1/programmes/reporting/sums"):
        query = {"regime": "II.06a", "period": "2026-Q4"}
    places = {"{id}": about, "{digest}": signed, "{programme}": "results", "{case}": f"{result['code']}@{VPCP}"}
    path = route.path
    for place, value in places.items():
        path = path.replace(place, value)
    answer = await web.get(path, AUDITOR, params=query)
    assert answer.status == 200, answer.body
    (leaf,) = await web.store.leaves(before, 10)
    told = ev.decode(leaf.object)
    assert told.event in (Event.DOCUMENT_LOOKED_AT, Event.EVIDENCE_EXPORTED)
    assert told.sender is not None
    assert told.sender.identifier == f"auditor:{AUDITOR}"
    assert told.sender.certificate_digest
    if "{id}" in route.path:
        assert (told.event, told.message) == (Event.DOCUMENT_LOOKED_AT, sent.message.id)
    assert number < before


async def test_many_are_one_record_and_say_which(web: Web) -> None:
    sent = await web.send(VPCP, SON_LA)
    await web.take(SON_LA, sent)
    page = (await web.get("/v1/audit/checkpoints?above=1&count=3", AUDITOR)).record(wire.SignedCheckpoints)
    _, evidence = (await evidence_of(web, Event.EVIDENCE_EXPORTED))[-1]
    assert [(r.code, r.details) for r in evidence.reasons] == [("CHECKPOINTS", f"1 {len(page.items)}")]
    _, handed = (await evidence_of(web, Event.CONTENT_HANDOVER))[-1]
    assert handed.counter is not None
    await web.get(f"/v1/audit/signed/{handed.counter.digest.removeprefix('sha-256:')}", AUDITOR)
    _, evidence = (await evidence_of(web, Event.EVIDENCE_EXPORTED))[-1]
    assert [(r.code, r.details) for r in evidence.reasons] == [("SIGNED", handed.counter.digest)]
    before = await size(web)
    assert (await web.get("/v1/audit/checkpoints?above=999999", AUDITOR)).record(wire.SignedCheckpoints).items == []
    assert (await web.get(f"/v1/audit/signed/{'0' * 64}", AUDITOR)).status == 404
    assert await size(web) == before, "nothing was seen"


async def test_the_receipt_of_what_is_about_no_document_is_on_record_too(web: Web) -> None:
    refused = await web.submit(b"<no/>", VPCP)
    evidence = receipt.verify(refused.problem.receipt.encode(), policy_of(web.axis)).evidence
    before = await size(web)
    assert (await web.get(f"/v1/receipts/{bare(evidence.identifier)}", AUDITOR)).status == 200
    _, told = (await evidence_of(web, Event.EVIDENCE_EXPORTED))[-1]
    assert [(r.code, r.details) for r in told.reasons] == [("LEAVES", f"{number_of(evidence.identifier)} 1")]
    assert await size(web) == before + 1


async def test_receipts_of_anything_are_for_auditors(web: Web) -> None:
    refused = await web.submit(b"<no/>", VPCP)
    assert refused.problem.receipt
    evidence = receipt.verify(refused.problem.receipt.encode(), policy_of(web.axis)).evidence
    assert (await web.get(f"/v1/receipts/{bare(evidence.identifier)}", AUDITOR)).status == 200
    assert (await web.get(f"/v1/receipts/{bare(evidence.identifier)}", SON_LA)).status == 404


async def test_objects_that_are_public_and_those_that_are_not(web: Web) -> None:
    page = (await web.get("/log/objects/directory")).record(wire.LogObjects)
    rows = [leaf for leaf in await web.store.leaves(0, 100_000) if leaf.kind == Kind.DIRECTORY]
    assert [(item.leaf, item.object) for item in page.items] == [(leaf.number, leaf.object) for leaf in rows]
    later = (await web.get(f"/log/objects/directory?start={rows[1].number}&count=1")).record(wire.LogObjects)
    assert [item.leaf for item in later.items] == [rows[1].number]
    for kind in ("release", "timestamp"):
        assert (await web.get(f"/log/objects/{kind}")).record(wire.LogObjects).items == []
    for kind in ("evidence", "manifest", "1", "x"):
        assert (await web.get(f"/log/objects/{kind}")).status == 404


async def test_a_hub_that_cannot_record_a_look_shows_nothing(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys) as web:
        sent = await web.send(VPCP, SON_LA)
        await web.token(AUDITOR)
        await web.hub.exchange.sequencer.stop()
        for path in (
            f"/v1/documents/{bare(sent.message.id)}",
            f"/v1/documents/{bare(sent.message.id)}/content",
            f"/v1/documents/{bare(sent.message.id)}/receipt",
            "/v1/audit/checkpoints",
        ):
            answer = await web.get(path, AUDITOR)
            assert (answer.status, answer.problem.code) == (503, "HUB_UNAVAILABLE")
        assert (await web.get("/v1/audit/leaves", AUDITOR)).status == 503
