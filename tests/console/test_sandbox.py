"""The page of a sandbox: what it sets off happens by the agencies' own way, and a real hub has none of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest_asyncio

from hub.access import Role
from hub.core import wire
from hub.core.wire_reporting import ReportTable
from hub.http.laboratory import MOST_CALLS, Laboratory, Seen
from tests.console.kit import Visitor, a_console
from tests.console.test_agencies import by_whom, confirmed
from tests.console.test_sign_in import enrolled
from tests.support.axis import MAI_SON, NOON, SON_LA, VPCP
from tests.support.web import Web


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys) as opened:
        yield opened


async def did(visitor: Visitor, deed: str, sender: str, recipient: str = "", priority: str = "0") -> int:
    await visitor.get("/console/sandbox?lang=en")
    answer = await visitor.post("/console/sandbox", deed=deed, sender=sender, recipient=recipient, priority=priority)
    if answer.status == 303:
        await visitor.get(answer.headers["Location"])
    return answer.status


async def test_what_is_set_off_happens_as_if_the_agency_did_it(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    assert await did(operator, "send", VPCP, SON_LA, "3") == 303
    assert "A sample document was sent" in operator.text
    (message,) = await web.store.outbox(VPCP, 5)
    assert (message.verdict, message.priority) == ("VALID", 3)
    assert await did(operator, "fetch", SON_LA) == 303
    assert await did(operator, "register", SON_LA) == 303
    assert (await web.store.deliveries(message.number))[0].progress == "03"
    assert await did(operator, "send", VPCP, MAI_SON) == 303
    assert await did(operator, "take_back", VPCP) == 303
    newest = (await web.store.outbox(VPCP, 5))[0]
    assert await did(operator, "fetch", MAI_SON) == 404, "nothing waits: it was taken back"
    assert newest.number > message.number
    assert await did(operator, "send", VPCP, MAI_SON) == 303
    assert await did(operator, "fetch", MAI_SON) == 303
    assert await did(operator, "refuse", MAI_SON) == 303
    for wrong in (("send", VPCP, "000.00.00.H98"), ("send", "x", SON_LA), ("nothing", VPCP, SON_LA)):
        assert await did(operator, *wrong) in (400, 404)
    assert (await web.get("/v1/figures")).record(wire.Figures).ledger[-1].difference == 0


async def test_mishaps_befall_the_interface_and_no_page_and_end(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    await operator.get("/console/sandbox")
    assert (await operator.post("/console/sandbox/mishaps", delay="1", every="2")).status == 303
    found = [(await web.get("/v1/figures")).status for _ in range(4)]
    assert sorted(found) == [200, 200, 503, 503]
    assert [(await operator.get("/console/me")).status for _ in range(2)] == [200, 200]
    await operator.get("/console/sandbox?lang=en")
    assert re.findall(r">(\d{3})</span>", operator.last).count("503") == 2
    assert (await operator.post("/console/sandbox/mishaps", delay="99999", every="0")).status == 400
    assert (await operator.post("/console/sandbox/mishaps", delay="0", every="0")).status == 303
    assert {(await web.get("/v1/figures")).status for _ in range(4)} == {200}


def test_mishaps_end_by_themselves() -> None:
    now = [0.0]
    laboratory = Laboratory(lambda: NOON, lambda: now[0])
    laboratory.order(50_000, 3)
    assert (laboratory.mishaps.delay_ms, laboratory.mishaps.every) == (10_000, 3)
    now[0] = 901.0
    assert laboratory.mishaps.delay_ms == laboratory.mishaps.every == 0


async def test_calls_are_told_with_caller_address_and_answer_and_are_few(web: Web) -> None:
    await web.get("/v1/inbox", SON_LA)
    await web.submit(b"<no/>", VPCP)
    operator = await Visitor(web).enter("operator")
    await operator.get("/console/sandbox?lang=en")
    for said in ("GET /v1/inbox", "POST /v1/documents", "400", "127.0.0.1"):
        assert said in operator.text
    await operator.get(f"/console/sandbox?lang=en&caller={SON_LA}")
    assert "POST /v1/documents" not in operator.text


async def test_a_certificate_ends_and_is_good_again(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    await operator.get("/console/sandbox")
    assert (await operator.post("/console/sandbox/certificate", agency=SON_LA, ended="1")).status == 303
    assert (await web.grant(web.assertion(SON_LA))).status == 401
    await operator.get(f"/console/agencies/{SON_LA}?lang=en")
    assert "ended" in operator.text
    assert (await operator.post("/console/sandbox/certificate", agency=SON_LA, ended="0")).status == 303
    assert (await web.grant(web.assertion(SON_LA))).status == 200


async def test_a_real_hub_has_no_such_page_and_its_evidence_tells_of_the_second_factor(
    tmp_path: Path, keys: Path
) -> None:
    async with a_console(tmp_path / "hub", keys, samples=False) as web:
        operator, _secret, _codes = await enrolled(web, "mai", Role.OPERATOR)
        assert (await operator.get("/console/agencies")).status == 200
        assert "/console/sandbox" not in operator.last
        assert (await operator.get("/console/sandbox")).status == 404
        for path in ("", "/mishaps", "/certificate"):
            fields = {"deed": "send", "sender": VPCP, "recipient": SON_LA, "agency": SON_LA, "ended": "1"}
            await operator.get("/console/me")
            assert (await operator.post(f"/console/sandbox{path}", **fields)).status == 404
        assert web.hub.exchange.directory[SON_LA].certificates[0].withdrawn is None
        await operator.get(f"/console/agencies/{SON_LA}")
        answer = await operator.post(f"/console/agencies/{SON_LA}/suspend", suspended="1")
        assert (await confirmed(operator, answer, "thử")).status == 303
        assert (await by_whom(web))[-1] == "operator:mai session:second-factor"


def test_the_ring_of_calls_is_bounded() -> None:
    laboratory = Laboratory(lambda: NOON)
    for n in range(3 * MOST_CALLS):
        laboratory.keep(Seen(NOON, "A" if n % 2 else "B", "", "GET", "/v1/x", 200, 0.1))
    assert len(list(laboratory.calls())) == MOST_CALLS
    assert {seen.caller for seen in laboratory.calls("A")} == {"A"}


async def test_a_quarterly_report_is_filled_signed_and_sent(web: Web) -> None:
    visitor = await Visitor(web).enter("operator")
    assert await did(visitor, "report", SON_LA) == 303
    of = {"regime": "TT01-2020-A", "period": "2026-Q4"}
    told = (await web.get(f"/v1/programmes/reporting/table?{urlencode(of)}", VPCP)).record(ReportTable)
    assert [(line.reporter, line.state) for line in told.lines] == [(SON_LA, "DA_NOP")]
    assert await did(visitor, "report", SON_LA) == 400, "it is there already"
    assert await did(visitor, "report", VPCP) == 400, "the Office reports to nobody here"
