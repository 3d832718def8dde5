"""The sandbox's triggers of programmes: an engineer who connects a system sees their packets arrive, and cases move."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio

from hub.core import edxml, wire, wire_programmes
from hub.core.edxml import Document
from hub.core.edxml.packing import attachments
from hub.core.wire_reporting import ReportTable
from hub.core.wire_results import ResultVerified
from tests.console.kit import Visitor, a_console
from tests.console.test_sandbox import did
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP
from tests.support.web import AUDITOR, Web, bare

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def operator(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Visitor]:
    """Of one hub for all of this file."""
    async with a_console(tmp_path_factory.mktemp("hub"), keys) as web:
        yield await Visitor(web).enter("operator")


async def newest(web: Web, sender: str, reader: str) -> tuple[wire.Message, Document, dict[str, bytes]]:
    """The document that `sender` sent last, as its recipient reads it: through the interface."""
    row = (await web.store.outbox(sender, 1))[0]
    waiting = (await web.get("/v1/inbox?limit=100", reader)).record(wire.Inbox)
    (item,) = [one for one in waiting.items if one.message.id == row.id]
    content = (await web.get(f"/v1/documents/{bare(row.id)}/content", reader)).body
    claimed = edxml.parse(content)
    read = edxml.read(claimed)
    assert isinstance(read, Document)
    return item.message, read, {file.name: file.data for file in attachments(claimed)}


def packets(files: dict[str, bytes]) -> Iterator[dict[str, object]]:
    for name, data in files.items():
        if name.endswith(".packet.json"):
            yield json.loads(data)


async def case(web: Web, programme: str, identifier: str, reader: str) -> wire_programmes.CaseLife:
    path = f"/v1/programmes/{programme}/cases/{quote(identifier, safe='')}"
    return (await web.get(path, reader)).record(wire_programmes.CaseLife)


async def test_a_task_is_given_and_reported_on(operator: Visitor) -> None:
    web = operator.web
    assert await did(operator, "answer", HA_NOI) == 404, "it has none"
    assert "a task that it has to do" in operator.text
    assert await did(operator, "assign", VPCP, HA_NOI) == 303
    assert "The task was given" in operator.text
    message, given, files = await newest(web, VPCP, HA_NOI)
    assert (message.verdict, given.steering_type, len(given.task_codes), files) == ("VALID", 1, 1, {})
    name = f"{given.task_codes[0]}@{VPCP}/{HA_NOI}"
    assert (await case(web, "tasks", name, HA_NOI)).case.state == "chuathuchien"
    assert await did(operator, "answer", HA_NOI) == 303
    life = await case(web, "tasks", name, VPCP)
    assert (life.case.state, [event.act for event in life.events]) == ("choxacnhan", ["assign", "report"])
    _, report, _ = await newest(web, HA_NOI, VPCP)
    assert [one.document_id for one in report.response_for] == [given.document_id]
    board = (await web.get("/v1/programmes/tasks/board?role=assigner", VPCP)).record(wire_programmes.Board)
    assert sum(line.total for line in board.lines) == board.total.total == 1


async def test_a_period_is_opened(operator: Visitor) -> None:
    web = operator.web
    assert await did(operator, "period", SON_LA, MAI_SON) == 303
    _, _, files = await newest(web, SON_LA, MAI_SON)
    (packet,) = packets(files)
    assert (packet["packet"], packet["regime"]) == ("period/1", "II.06a")
    of = {"regime": "II.06a", "period": packet["period"]}
    table = (await web.get(f"/v1/programmes/reporting/table?{urlencode(of)}", SON_LA)).record(ReportTable)
    assert [(line.reporter, line.state) for line in table.lines] == [(MAI_SON, "CHUA_NOP")]
    assert await did(operator, "period", SON_LA, VPCP) == 400, "the Office does not report to a province"
    assert "an agency that reports to the sender" in operator.text


async def test_a_dossier_is_handed_over(operator: Visitor) -> None:
    web = operator.web
    assert await did(operator, "dossier", MAI_SON, SON_LA) == 303
    _, document, files = await newest(web, MAI_SON, SON_LA)
    (packet,) = packets(files)
    assert (document.application_type, packet["packet"]) == ("MCDT_DT", "dossier/1")
    life = await case(web, "dossiers", document.code.number, SON_LA)
    assert [(p.role, p.agency) for p in life.case.parties] == [("receiving", MAI_SON), ("solving", SON_LA)]


async def test_a_result_is_registered_and_revoked(operator: Visitor) -> None:
    web = operator.web
    assert await did(operator, "revoke", SON_LA) == 404, "it registered none"
    assert await did(operator, "result", SON_LA, MAI_SON) == 303
    _, _, files = await newest(web, SON_LA, MAI_SON)
    (packet,) = packets(files)
    asked = f"/v1/results/verify?sha256={packet['sha256']}"
    told = (await web.get(asked)).record(ResultVerified)
    assert (told.standing, told.items[0].code, told.items[0].retrievable) == ("valid", packet["code"], True)
    assert await did(operator, "revoke", SON_LA) == 303
    _, _, files = await newest(web, SON_LA, MAI_SON)
    assert [one["packet"] for one in packets(files)] == ["result-revocation/1"], "told to whoever knew of it"
    assert (await web.get(asked)).record(ResultVerified).standing == "revoked"
    assert await did(operator, "revoke", SON_LA) == 404, "no other stands"


async def test_a_file_arrives_that_a_leader_signed(operator: Visitor) -> None:
    web = operator.web
    assert await did(operator, "letter", SON_LA, HA_NOI, "2") == 303
    message, document, files = await newest(web, SON_LA, HA_NOI)
    assert (message.priority, list(files)) == (2, ["cong-van_Signed.pdf"])
    leaders = web.hub.exchange.leaders
    assert leaders is not None
    assert await leaders.caught_up(30) == 0
    told = (await web.get(f"/v1/documents/{bare(message.id)}", HA_NOI)).record(wire.Life).signatures
    assert told is not None
    (file,) = told.files
    assert (file.verdict, file.signed_by_leader, file.signed_by_agency) == ("valid-untimed", True, True)
    assert file.signatures[0].signer == document.signer.full_name


async def test_none_of_it_is_misunderstood(operator: Visitor) -> None:
    found = await operator.web.get("/v1/programmes/all/faults", AUDITOR)
    assert found.record(wire_programmes.RiddenFaults).items == ()
    for deed in ("assign", "dossier", "result", "letter", "period"):
        assert await did(operator, deed, SON_LA, "000.00.00.H98") in (400, 404), deed
        assert await did(operator, deed, "x", SON_LA) == 404, deed
