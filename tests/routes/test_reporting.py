"""National reporting over HTTP: a period from its opening to its sums, who may see what, forms and drafts."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Final

import msgspec
import pytest
import pytest_asyncio

from clients import reporting
from hub.base.sheets import workbook
from hub.core import wire
from hub.core import wire_reporting as records
from hub.core.edxml import Attachment
from hub.core.evidence import format as ev
from hub.core.model import Tier
from hub.programmes.reporting.letters import subject
from hub.programmes.reporting.packets import (
    ChasePacket,
    Decision,
    DecisionPacket,
    Figure,
    Packet,
    RegimePacket,
    ReportPacket,
    encoded,
    file_name,
)
from hub.programmes.reporting.periods import period
from hub.programmes.reporting.plan import opening
from hub.programmes.reporting.procedure_columns import NAMES, example_rows
from hub.programmes.reporting.regime import shipped
from hub.programmes.working_days import vietnam
from hub.programmes.xlsx import read
from tests.peers.test_payloads import client
from tests.programmes.reports import II_06A
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SO_TTTT, SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Answer, Web, a_web

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT: Final = "/v1/programmes/reporting"
FORM: Final = shipped()["II.06a"]
Q4: Final = "regime=II.06a&period=2026-Q4"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    """On 22 November 2026: nobody has reported yet."""
    async with a_web(tmp_path_factory.mktemp("hub"), keys, caller_ms_burst=600_000) as opened:
        yield opened


async def send(web: Web, sender: str, packet: Packet, *recipients: str) -> wire.Submitted:
    document = web.axis.document(sender, recipients, subject=subject(packet, "Báo cáo"))
    file = Attachment("1", file_name(packet), content_type="application/json", data=encoded(packet))
    return (await web.submit(web.axis.sign(document, [file]), sender)).record(wire.Submitted)


def asks(name: str, tier: Tier, regime: str = "II.06a") -> Packet:
    of = shipped()[regime]
    due = of.deadlines[tier].due(period(name), of.window.window(period(name)), vietnam())
    return opening(of, "", name, due)


def report(to: str, name: str = "2026-Q4", version: int = 1, of: dict[str, int] | None = None) -> ReportPacket:
    figures = tuple(Figure(indicator=code, actual=n) for code, n in (II_06A if of is None else of).items())
    return ReportPacket(regime="II.06a", period=name, receiver=to, version=version, figures=figures)


def decides(of: str, version: int, reason: str = "") -> DecisionPacket:
    decision = Decision.RETURNED if reason else Decision.ACCEPTED
    return DecisionPacket(
        regime="II.06a", period="2026-Q4", reporter=of, version=version, decision=decision, reason=reason
    )


async def table(web: Web, who: str, more: str = "", of: str = Q4) -> records.ReportTable:
    return (await web.get(f"{AT}/table?{of}{more}", who)).record(records.ReportTable)


async def sums(web: Web, who: str, more: str = "", of: str = Q4) -> records.ReportSums:
    return (await web.get(f"{AT}/sums?{of}{more}", who)).record(records.ReportSums)


def lines(found: records.ReportTable) -> dict[str, tuple[str, str]]:
    return {line.reporter: (line.state, line.how) for line in found.lines}


async def test_a_period_from_its_opening_to_its_sums(web: Web) -> None:
    told = (await web.get(f"{AT}/regime?{Q4}", VPCP)).record(records.RegimeTold)
    assert (str(told.first), str(told.last)) == ("2026-09-15", "2026-12-14")
    assert {t.tier: (str(t.deadline), t.reporters) for t in told.tiers} == {
        Tier.PROVINCIAL: ("2026-12-25", [HA_NOI, SON_LA])
    }
    below = (await web.get(f"{AT}/regime?{Q4}", SON_LA)).record(records.RegimeTold)
    assert [(t.tier, t.reporters) for t in below.tiers] == [(Tier.DISTRICT, [MAI_SON])]

    await send(web, VPCP, asks("2026-Q4", Tier.PROVINCIAL), HA_NOI, SON_LA)
    await send(web, SON_LA, asks("2026-Q4", Tier.DISTRICT), MAI_SON)
    await send(web, MAI_SON, asks("2026-Q4", Tier.COMMUNE), CHIENG_MUNG)
    assert lines(await table(web, VPCP)) == dict.fromkeys((HA_NOI, SON_LA), ("CHUA_NOP", "waited-for"))

    await send(web, CHIENG_MUNG, report(MAI_SON), MAI_SON)
    await send(web, MAI_SON, report(SON_LA), SON_LA)
    sent = await send(web, SON_LA, report(VPCP), VPCP)
    await send(web, VPCP, decides(SON_LA, 1, "Cột 13 chưa rõ"), SON_LA)
    returned = (await table(web, VPCP)).lines
    assert [(line.reporter, line.state, line.reason) for line in returned if line.reason] == [
        (SON_LA, "TRA_LAI", "Cột 13 chưa rõ")
    ]
    assert next(line.document for line in returned if line.reporter == SON_LA) == sent.message.id
    assert {hole.code for hole in (await sums(web, VPCP)).missing} == {HA_NOI, SON_LA}, "a returned one is a hole"

    fill = (await web.get(f"{AT}/fill?{Q4}", SON_LA)).record(records.FilledReport)
    assert (fill.origin, fill.report.version, fill.report.scope, fill.state) == ("below", 2, "whole", "TRA_LAI")
    assert {f.indicator: f.actual for f in fill.report.figures} == {code: 2 * n for code, n in II_06A.items()}
    await send(web, SON_LA, report(VPCP, version=2), VPCP)
    await send(web, VPCP, decides(SON_LA, 2), SON_LA)
    await send(web, VPCP, ChasePacket(regime="II.06a", period="2026-Q4", due=date(2026, 12, 25)), HA_NOI)

    now = await table(web, VPCP)
    assert lines(now) == {HA_NOI: ("CHUA_NOP", "waited-for"), SON_LA: ("DA_DUYET", "in-time")}
    assert {line.reporter: line.chased for line in now.lines} == {HA_NOI: 1, SON_LA: 0}
    assert (now.total.expected, now.total.sent, now.total.accepted, now.total.overdue) == (2, 1, 1, 0)
    late = await table(web, VPCP, "&day=2026-12-26")
    assert (late.total.overdue, lines(late)[HA_NOI]) == (1, ("CHUA_NOP", "overdue"))

    whole = await sums(web, VPCP)
    assert {f.code: f.value for f in whole.figures} == {**{c: 3 * n for c, n in II_06A.items()}, "late_share": 6.25}
    assert ([hole.code for hole in whole.missing], whole.reported) == ([HA_NOI], 3)
    assert [(one.agency, one.wrong) for one in whole.agencies] == [(SON_LA, 0)]


async def test_the_agencies_of_the_sums_come_in_pages_and_the_figures_of_all_on_each(web: Web) -> None:
    of, name = "regime=II.06a&period=2026-Q2", "2026-Q2"
    await send(web, VPCP, asks(name, Tier.PROVINCIAL), HA_NOI, SON_LA, SO_TTTT)
    await send(web, SON_LA, report(VPCP, name, of={**II_06A, "3": 1}), VPCP)
    await send(web, SO_TTTT, report(VPCP, name), VPCP)
    first = await sums(web, VPCP, "&limit=1", of)
    assert [(one.agency, one.wrong, first.cursor) for one in first.agencies] == [(SON_LA, 2, SON_LA)]
    await send(web, HA_NOI, report(VPCP, name), VPCP)
    last = await sums(web, VPCP, f"&limit=1&cursor={first.cursor}", of)
    assert ([one.agency for one in last.agencies], last.cursor) == ([SO_TTTT], ""), "nobody twice"
    assert [(page.reported, [hole.code for hole in page.missing]) for page in (first, last)] == [(2, [HA_NOI]), (3, [])]
    whole = await sums(web, VPCP, of=of)
    assert ([one.agency for one in whole.agencies], whole.cursor) == ([HA_NOI, SON_LA, SO_TTTT], "")
    assert (last.figures, last.rows, last.milestones) == (whole.figures, whole.rows, whole.milestones)
    async with client(web, VPCP) as axis:
        assert await reporting.all_sums(axis, "II.06a", name, limit=2) == whole
    for wrong in ("limit=0", "limit=5001", f"cursor={MAI_SON}"):
        refused = await web.get(f"{AT}/sums?{of}&{wrong}", VPCP)
        assert (refused.status, refused.problem.code) == (400, "REQUEST_INVALID"), wrong


async def test_who_may_see_what(web: Web) -> None:
    await send(web, VPCP, asks("2026-Q3", Tier.PROVINCIAL), SON_LA)
    await send(web, SON_LA, asks("2026-Q3", Tier.DISTRICT), MAI_SON)
    await send(web, MAI_SON, report(SON_LA, "2026-Q3"), SON_LA)
    await send(web, SON_LA, msgspec.structs.replace(decides(MAI_SON, 1, "Bí mật nội bộ"), period="2026-Q3"), MAI_SON)
    of = "regime=II.06a&period=2026-Q3"
    own = await table(web, SON_LA, of=of)
    assert own.lines[0].reason == "Bí mật nội bộ"
    below = await table(web, SON_LA, f"&receiver={MAI_SON}", of)
    assert below.total.expected == 0, "an agency sees those below it"
    for who in (OPERATOR, AUDITOR):
        seen = await table(web, who, f"&receiver={SON_LA}", of)
        assert [(line.reporter, line.state, line.reason) for line in seen.lines] == [(MAI_SON, "TRA_LAI", "")]
    for who, receiver in ((MAI_SON, SON_LA), (HA_NOI, SON_LA), (SON_LA, VPCP), (SON_LA, "X")):
        for path in ("table", "sums"):
            answer = await web.get(f"{AT}/{path}?{of}&receiver={receiver}", who)
            assert (answer.status, answer.problem.code) == (404, "ACCESS_NOT_FOUND")
    assert (await web.get(f"{AT}/fill?{of}&agency={HA_NOI}", SON_LA)).status == 403


async def test_the_hub_fills_the_quarterly_report_from_its_record(web: Web) -> None:
    await web.send(SO_TTTT, VPCP)
    fill = (await web.get(f"{AT}/fill?regime=TT01-2020-A&period=2026-Q4", SON_LA)).record(records.FilledReport)
    assert (fill.origin, fill.report.source, fill.report.scope, fill.report.receiver) == (
        "record", "record", "whole", VPCP,
    )  # fmt: skip
    figures = {f.indicator: f.actual for f in fill.report.figures}
    assert figures["sent"] == figures["sent_signed"] > 0
    assert figures["units"] == 3
    assert (fill.wrong, str(fill.due)) == ([], "2026-12-25")
    packet = msgspec.convert({"packet": "report/1", **msgspec.to_builtins(fill.report)}, ReportPacket)
    await send(web, SON_LA, packet, VPCP)
    of = "regime=TT01-2020-A&period=2026-Q4"
    assert lines(await table(web, VPCP, of=of)) == {SON_LA: ("DA_NOP", "in-time")}
    assert {f.code: f.value for f in (await sums(web, VPCP, of=of)).figures}["sent"] == figures["sent"]


async def posted(web: Web, data: bytes, more: str = Q4, who: str = HA_NOI) -> Answer:
    headers = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    return await web.call("POST", f"{AT}/form?{more}", who, data=io.BytesIO(data), headers=headers)


async def test_a_form_goes_out_is_filled_in_and_comes_back(web: Web) -> None:
    out = await web.get(f"{AT}/form?{Q4}", HA_NOI)
    assert out.headers["Content-Disposition"] == 'attachment; filename="II.06a-2026-Q4.xlsx"'
    cells = read(out.body)
    codes = {line[0]: row for row, line in cells.items() if row > 2}
    head = [cells[2].get(n, "") for n in range(7)]
    lines = [[cells[row].get(n, "") for n in range(6)] + [II_06A.get(code, "")] for code, row in codes.items()]
    target = io.BytesIO()
    workbook(target, "x", ["II.06a"], [[], head, *lines])
    back = (await posted(web, target.getvalue())).record(records.FilledReport)
    assert (back.origin, back.wrong) == ("sheet", [])
    assert {f.indicator: f.actual for f in back.report.figures} == II_06A

    target = io.BytesIO()
    workbook(target, "x", ["II.06a"], [[], head, ["3", "", "", "", "", "", 101], ["4", "", "", "", "", "", "khoảng 4"]])
    wrong = (await posted(web, target.getvalue())).record(records.FilledReport).wrong
    assert ("G5", "khoảng 4", "số nguyên, ví dụ 1250") in {(w.place, w.found, w.vi) for w in wrong}
    assert "13" in {w.place for w in wrong}


@pytest.mark.parametrize("data", [b"", b"PK\x05\x06" + b"\0" * 18, b"\0" * 100_000])
async def test_a_file_that_is_no_form_is_told(web: Web, data: bytes) -> None:
    answer = await posted(web, data)
    assert (answer.status, answer.problem.code) == (400, "REQUEST_INVALID")
    assert "XLSX" in answer.problem.vi
    assert (await posted(web, b"x" * (1024 * 1024 + 1))).status == 413


async def draft(web: Web, who: str, revision: int = 0, **changes: object) -> Answer:
    members = msgspec.to_builtins(report(VPCP))
    members.pop("packet")
    body = {"report": members, "revision": revision, **changes}
    return await web.call("POST", f"{AT}/drafts", who, json=body)


async def test_a_draft_is_kept_approved_and_gone_once_it_is_sent(web: Web) -> None:
    first = (await draft(web, HA_NOI)).record(records.DraftTold)
    assert (first.state, first.revision) == ("NHAP", 1)
    other = await draft(web, HA_NOI)
    assert (other.status, other.problem.code) == (400, "REQUEST_INVALID")
    assert "revision 1" in other.problem.en
    await draft(web, HA_NOI, 1, state="CHO_DUYET_DON_VI", note="Chờ chị Lan")
    fill = (await web.get(f"{AT}/fill?{Q4}", HA_NOI)).record(records.FilledReport)
    assert (fill.origin, fill.state, fill.revision) == ("draft", "CHO_DUYET_DON_VI", 2)
    listed = (await web.get(f"{AT}/drafts", HA_NOI)).record(records.Drafts).items
    assert [(d.regime, d.period, d.receiver, d.note) for d in listed] == [("II.06a", "2026-Q4", VPCP, "Chờ chị Lan")]
    assert not (await web.get(f"{AT}/drafts", SON_LA)).record(records.Drafts).items
    assert (await web.get(f"{AT}/drafts?agency={HA_NOI}", SON_LA)).status == 403

    await send(web, HA_NOI, report(VPCP), VPCP)
    assert not (await web.get(f"{AT}/drafts", HA_NOI)).record(records.Drafts).items
    await draft(web, HA_NOI)
    dropped = await web.call("DELETE", f"{AT}/drafts?{Q4}&receiver={VPCP}", HA_NOI)
    assert not dropped.record(records.Drafts).items


@pytest.mark.parametrize(
    ("path", "status", "tells"),
    [
        ("table?regime=II.07&period=2026-Q4", 404, "II.06a"),
        ("table?regime=II.06a&period=2026-13", 400, "quy or nam"),
        ("table?regime=II.06a&period=2026-03", 400, "quy or nam"),
        ("table?regime=II.06a&period=2019-Q1", 400, "quy or nam"),
        ("table?regime=II.06a&period=2026-Q4&cursor=-1", 400, "a cursor"),
        ("fill?regime=II.06a&period=2026-Q4&receiver=X", 400, "receiver"),
        ("fill?regime=II.06a&period=2026-Q4&receiver=000.00.00.H52", 400, "receiver"),
        ("regime?regime=TH-1&owner=000.00.00.H26", 404, "with its owner"),
    ],
)
async def test_what_is_asked_wrongly_is_told(web: Web, path: str, status: int, tells: str) -> None:
    answer = await web.get(f"{AT}/{path}", SON_LA)
    assert answer.status == status
    assert tells in answer.problem.en


async def test_a_report_with_a_mark_of_secrecy_is_refused(web: Web) -> None:
    marked = {"indicator": "3", "row": "Đất đai (Tối mật)", "actual": 1}
    members = {"regime": "II.06a", "period": "2026-Q4", "receiver": VPCP, "figures": [marked]}
    for answer in (
        await web.call("POST", f"{AT}/check", SON_LA, json=members),
        await web.call("POST", f"{AT}/drafts", SON_LA, json={"report": members}),
    ):
        assert (answer.status, answer.problem.code) == (422, "FORMAT_STATE_SECRET")


async def test_a_regime_that_an_agency_sent_down(web: Web) -> None:
    own = msgspec.structs.replace(FORM, code="SL-01", vi="Báo cáo riêng của tỉnh", receiver="H52")
    await send(web, SON_LA, RegimePacket(regime=own), MAI_SON)
    for who, there in ((SON_LA, True), (MAI_SON, True), (HA_NOI, False), (AUDITOR, True)):
        listed = (await web.get(f"{AT}/regimes", who)).record(records.Regimes).items
        assert (("SL-01", SON_LA) in {(one.code, one.owner) for one in listed}) is there, who
        assert {"II.06a", "TT01-2020-A", "QD1085-2022"} <= {one.code for one in listed}
    of = f"regime=SL-01&owner={SON_LA}&period=2026-Q4"
    due = own.deadlines[Tier.DISTRICT].due(period("2026-Q4"), own.window.window(period("2026-Q4")), vietnam())
    await send(web, SON_LA, opening(own, SON_LA, "2026-Q4", due), MAI_SON)
    await send(web, MAI_SON, msgspec.structs.replace(report(SON_LA), regime="SL-01", owner=SON_LA), SON_LA)
    assert lines(await table(web, SON_LA, of=of)) == {MAI_SON: ("DA_NOP", "in-time")}
    assert (await sums(web, SON_LA, of=of)).figures[0].value == 100
    for who, looks in ((OPERATOR, 0), (AUDITOR, 1)):
        before = len(await web.store.leaves(0, 100_000))
        assert (await web.get(f"{AT}/regime?{of}", who)).status == 200
        told = [ev.decode(leaf.object) for leaf in await web.store.leaves(before, 10)]
        assert [one.reasons[0].code for one in told] == ["FOUND"] * looks, "a document brought it"


async def test_a_list_of_internal_procedures_becomes_the_figures(web: Web) -> None:
    of = "regime=QD1085-2022&period=2026"
    target = io.BytesIO()
    workbook(target, "Thủ tục", NAMES, example_rows())
    back = (await posted(web, target.getvalue(), of)).record(records.FilledReport)
    assert (back.origin, back.wrong) == ("sheet", [])
    made = {(one.row, one.indicator): one.actual for one in back.report.figures}
    assert made["Xây dựng văn bản", "cost_before"] == 1_024_000 * 3_228
    assert made["Xây dựng văn bản", "cost_saved"] == 793_000 * 3_228
    assert (made["", "counted"], made["", "simplified"]) == (3, 3)

    wrong = [list(row) for row in example_rows()]
    wrong[1][NAMES.index("times_before")] = "nhiều"
    target = io.BytesIO()
    workbook(target, "Thủ tục", NAMES, wrong)
    told = (await posted(web, target.getvalue(), of)).record(records.FilledReport)
    assert ("O3", "nhiều", "số nguyên từ 0 đến 10000000") in {(one.place, one.found, one.vi) for one in told.wrong}
    assert not told.report.figures
    other = (await posted(web, target.getvalue())).record(records.FilledReport)
    assert "A3" in {one.place for one in other.wrong}, "of another regime it is no form"
