"""The pages of reporting, over HTTP: who has sent, sums with their holes, a report from its figures to a document
signed by the agency's own key."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from hub.access import Role
from hub.console.mailbox.carrying import FORM
from hub.console.screens import reporting_parts
from hub.core.model import Tier
from hub.core.signature import xmldsig
from hub.programmes.reporting.packets import Figure, ReportPacket
from tests.console.kit import a_console
from tests.console.test_mailbox import Clerk, entered
from tests.programmes.reports import II_06A, figures
from tests.programmes.test_procedures import as_xlsx as a_list
from tests.programmes.test_xlsx import form as a_form
from tests.routes.test_reporting import asks, decides, report, send
from tests.support.axis import HA_NOI, MAI_SON, SON_LA, VPCP
from tests.support.web import Web

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT = "/console/programmes/reporting"
OF = "regime=II.06a&period=2026-Q4"


@pytest_asyncio.fixture(loop_scope="module")
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_console(tmp_path / "hub", keys, caller_ms_burst=600_000, stranger_ms_burst=600_000) as opened:
        await opened.hub.accounts.add_samples([("vpcp", Role.CLERK, VPCP, "Văn thư VPCP")])
        yield opened


async def act(clerk: Clerk, name: str, **more: str) -> tuple[int, dict[str, object]]:
    asked = {"act": name, "regime": "II.06a", "period": "2026-Q4", "number": "12", "notation": "BC-UBND", **more}
    return await clerk.post("reporting", asked)


async def test_a_report_from_its_page_to_a_signed_document(web: Web) -> None:
    await send(web, VPCP, asks("2026-Q4", Tier.PROVINCIAL), SON_LA, HA_NOI)
    clerk = await entered(web)
    page = (await clerk.visitor.get(f"{AT}/fill?{OF}&lang=vi")).body.decode()
    assert "25/12/2026" in page
    assert "Văn phòng Chính phủ" in page
    status, told = await act(clerk, "send")
    assert (status, told["code"]) == (400, "REQUEST_INVALID"), "an empty report is not signed"

    fields = {f"f-{code}": str(number) for code, number in II_06A.items()}
    wrong = await clerk.visitor.post(f"{AT}/fill?{OF}", token=clerk.token, **{**fields, "f-3": "khoảng 100"})
    assert "khoảng 100" in wrong.body.decode()
    saved = await clerk.visitor.post(f"{AT}/fill?{OF}", token=clerk.token, state="CHO_DUYET_DON_VI", **fields)
    assert saved.status == 303
    assert "Chờ đơn vị duyệt" in (await clerk.visitor.get(f"{AT}/fill?{OF}&lang=vi")).body.decode()

    status, told = await act(clerk, "send")
    assert status == 200, told
    sent = await clerk.carry(told["tasks"])  # type: ignore[arg-type]
    assert sent["code"] == "12/BC-UBND"
    page = (await clerk.visitor.get(f"{AT}/fill?{OF}&lang=vi")).body.decode()
    assert "chỉ sửa được khi nơi nhận trả lại" in page
    message = await web.hub.exchange.find(sent["id"])
    assert (message.type_name, message.verdict) == ("Báo cáo", "VALID")

    receiver = await entered(web, "vpcp")
    table = (await receiver.visitor.get(f"{AT}?{OF}&lang=vi")).body.decode()
    assert table.count("Chưa nộp") >= 1
    assert "Chưa có số liệu của 1 đơn vị" in table
    one = (await receiver.visitor.get(f"{AT}/report?{OF}&reporter={SON_LA}&lang=vi")).body.decode()
    assert "Số hồ sơ tiếp nhận" in one
    status, told = await sign_as_vpcp(receiver, "return", other=SON_LA)
    assert (status, told["code"]) == (400, "REQUEST_INVALID"), "a return has a reason"
    status, told = await sign_as_vpcp(receiver, "return", other=SON_LA, reason="Cột 13 chưa rõ")
    assert status == 200, told
    page = (await clerk.visitor.get(f"{AT}/fill?{OF}&lang=vi")).body.decode()
    assert "Bị trả lại: Cột 13 chưa rõ" in page
    status, told = await sign_as_vpcp(receiver, "chase")
    assert (status, told["code"]) == (404, "ACCESS_NOT_FOUND"), "nobody is overdue on that day"


async def sign_as_vpcp(clerk: Clerk, name: str, **more: str) -> tuple[int, dict[str, object]]:
    status, told = await act(clerk, name, notation="VPCP-KSTT", **more)
    if status != 200:
        return status, told
    credential = clerk.web.axis.credential(VPCP)
    for task in told["tasks"]:  # type: ignore[attr-defined]
        signed = xmldsig.sign(task["edxml"].encode(), credential.key, credential.chain)
        status, told = await clerk.post("submit", signed)
    return status, told


async def test_a_form_of_a_spreadsheet_becomes_the_draft(web: Web) -> None:
    clerk = await entered(web)

    async def put(data: bytes, token: str = clerk.token) -> aiohttp.ClientResponse:
        given = aiohttp.FormData({"csrf": token})
        given.add_field("file", io.BytesIO(data), filename="bieu.xlsx")
        return await clerk.visitor.ask("POST", f"{AT}/sheet?{OF}&lang=vi", data=given)  # type: ignore[return-value]

    assert (await put(a_form(figures(II_06A)), "0" * 64)).status == 403
    hostile = await put(b"PK\x05\x06" + b"\0" * 18)
    assert hostile.status == 400
    assert (await put(a_form(figures({**II_06A, "3": 101})))).status == 303
    page = (await clerk.visitor.get(f"{AT}/fill?{OF}&lang=vi")).body.decode()
    assert "7 + 11 = 100" in page
    assert 'value="101"' in page
    out = await clerk.visitor.get(f"{AT}/form?{OF}")
    assert out.body.startswith(b"PK")


async def test_a_list_of_internal_procedures_becomes_the_draft(web: Web) -> None:
    clerk = await entered(web)
    of = "regime=QD1085-2022&period=2026"
    given = aiohttp.FormData({"csrf": clerk.token})
    given.add_field("file", io.BytesIO(a_list()), filename="thu-tuc.xlsx")
    put = await clerk.visitor.ask("POST", f"{AT}/sheet?{of}&lang=vi", data=given)
    assert put.status == 303
    page = (await clerk.visitor.get(f"{AT}/fill?{of}&lang=vi")).body.decode()
    assert 'name="f-counted" value="3"' in page
    assert "danh sách thủ tục nội bộ" in page
    assert "Chưa ký được" not in page
    assert "danh sách thủ tục" not in (await clerk.visitor.get(f"{AT}/fill?{OF}&lang=vi")).body.decode()


async def test_operators_see_figures_and_no_words(web: Web) -> None:
    await send(web, SON_LA, asks("2026-Q4", Tier.DISTRICT), MAI_SON)
    await send(web, MAI_SON, report(SON_LA), SON_LA)
    await send(web, SON_LA, decides(MAI_SON, 1, "Lý do nội bộ"), MAI_SON)
    operator, clerk = await entered(web, "operator"), await entered(web)
    asked = f"{AT}?{OF}&receiver={SON_LA}&lang=vi"
    seen = (await operator.visitor.get(asked)).body.decode()
    assert "Bị trả lại" in seen
    assert "Lý do nội bộ" not in seen
    assert "Lý do nội bộ" in (await clerk.visitor.get(f"{AT}?{OF}&lang=vi")).body.decode()
    assert (await operator.visitor.get(f"{AT}/fill?{OF}")).status == 403
    status, told = await clerk.post("reporting", {"act": "send"}, **{FORM: "0" * 64})
    assert status == 403, told


async def test_the_milestones_of_qd_1085_with_their_arithmetic(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    of = {
        "counted": 1_763, "announced": 1_763, "class_a": 300, "class_a_public": 300, "reviewed": 882,
        "simplified": 311, "cost_before": 1_024_000 * 3_228, "cost_saved": 793_000 * 3_228,
    }  # fmt: skip
    packet = ReportPacket(
        regime="QD1085-2022", period="2025", receiver=VPCP,
        figures=tuple(Figure(indicator=code, actual=number) for code, number in of.items()),
    )  # fmt: skip
    await send(web, SON_LA, packet, VPCP)
    operator = await entered(web, "operator")
    page = (await operator.visitor.get(f"{AT}?regime=QD1085-2022&period=2025&lang=vi")).body.decode()
    assert page.count("77.44 %") == 3, "the milestone, one agency, and all"
    assert "17.64 %" in page
    assert "Chưa đạt" in page
    assert "Mới hiện" not in page
    await send(web, HA_NOI, packet, VPCP)
    monkeypatch.setattr(reporting_parts, "SHOWN", 1)
    cut = (await operator.visitor.get(f"{AT}?regime=QD1085-2022&period=2025&lang=vi")).body.decode()
    assert cut.count("77.44 %") == 3, "the sum is of both, the table of the first"
    assert "Mới hiện 1 đơn vị đầu; đủ các đơn vị: truc reports sums" in cut
