"""Whatever is kept of a report can be told: no figure makes a page or an answer that cannot be given."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from hub.core import wire_reporting as records
from hub.core.phrases.table import EXPECTED_FOUND
from hub.programmes.reporting.packets import ReportPacket, encoded
from hub.programmes.reporting.regime import shipped
from hub.store.drafts import DraftKey, ReportDraft
from tests.console.kit import a_console
from tests.console.test_mailbox import entered
from tests.programmes.reports import II_06A, figures
from tests.support.axis import SON_LA, VPCP
from tests.support.web import Web

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORM: Final = shipped()["II.06a"]
OF: Final = "regime=II.06a&period=2026-Q4"
HUGE: Final = 9_007_199_254_740_993
AT: Final = "/console/programmes/reporting"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    hub = tmp_path_factory.mktemp("hub")
    async with a_console(hub, keys, caller_ms_burst=600_000, stranger_ms_burst=600_000) as opened:
        yield opened


async def test_no_figure_poisons_a_draft(web: Web) -> None:
    """Break it: read the form, or what was kept, without the bounds."""
    clerk = await entered(web)
    for text in (str(HUGE), "-1"):
        page = await clerk.visitor.post(f"{AT}/fill?{OF}&lang=vi", token=clerk.token, **{"f-3": text})
        assert page.status == 400
        assert "số nguyên từ 0 đến 1000000000000000" in page.body.decode()
    figure = {"indicator": "3", "actual": HUGE}
    members = {"regime": "II.06a", "period": "2026-Q4", "receiver": VPCP, "figures": [figure]}
    for path, body in (("check", members), ("drafts", {"report": members})):
        answer = await web.call("POST", f"/v1/programmes/reporting/{path}", SON_LA, json=body)
        assert (answer.status, answer.problem.code) == (400, "REQUEST_INVALID")
        assert "số nguyên từ 0 đến 1000000000000000" in answer.problem.vi

    bad = ReportPacket(regime="II.06a", period="2026-Q4", receiver=VPCP, figures=figures({"3": HUGE, "4": 4}))
    key = DraftKey(SON_LA, "II.06a", "", "2026-Q4", VPCP)
    row = ReportDraft(key=key, state="NHAP", revision=1, at=web.axis.clock(), by="x", note="", body=encoded(bad))
    await web.store.write(lambda tx: tx.put_report_draft(row))
    found = (await web.get(f"/v1/programmes/reporting/fill?{OF}", SON_LA)).record(records.FilledReport)
    assert {f.indicator: f.actual for f in found.report.figures} == {"3": None, "4": 4}
    wrong = [(w.found, w.vi) for w in found.wrong if w.place == "3"]
    assert (str(HUGE), "số nguyên từ 0 đến 1000000000000000") in wrong
    for path in (f"/v1/programmes/reporting/form?{OF}", "/v1/programmes/reporting/drafts"):
        assert (await web.get(path, SON_LA)).status == 200
    page = await clerk.visitor.get(f"{AT}/fill?{OF}&lang=vi")
    assert (page.status, str(HUGE) in page.body.decode()) == (200, True)
    assert (await clerk.visitor.get(f"{AT}/form?{OF}")).status == 200
    fields = {f"f-{code}": str(number) for code, number in II_06A.items()}
    assert (await clerk.visitor.post(f"{AT}/fill?{OF}", token=clerk.token, **fields)).status == 303
    found = (await web.get(f"/v1/programmes/reporting/fill?{OF}", SON_LA)).record(records.FilledReport)
    assert (found.wrong, len(found.report.figures)) == ([], len(II_06A))
    assert EXPECTED_FOUND.vi("at most 12000 agencies") == "tối đa 12000 đơn vị"
