"""The pages of dossiers and of their indicators: whose, found how, held by whom, behind which figure."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hub.programmes import xlsx
from tests.console.browser import PHONE, WIDE, Tab, a_browser, needs_chromium
from tests.console.kit import Visitor, a_console
from tests.exchange.test_bringing import body, dossier
from tests.programmes.dossiers import step
from tests.support.axis import HA_NOI, SO_TTTT, SON_LA
from tests.support.web import Web

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT = "/console/programmes/dossiers"
PAUSED, DONE, LATE, OTHER = (f"H52.13-261102-{n:04d}" for n in range(1, 5))
SOLVED = {"TrangThaiHoSo": 9, "NgayKetThucXuLy": "20261105090000"}


async def told(web: Web, rows: list[dict[str, Any]], service: str = "DongBoHoSoMC") -> None:
    call = {"data": BytesIO(body(rows, service)), "headers": {"Content-Type": "application/json"}}
    answer = await web.call("POST", "/v1/programmes/dossiers/services", SON_LA, **call)
    assert json.loads(answer.body)["error_code"] == "0", answer.body


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    """Four dossiers of the department and one of the province: one waits for papers, one is late."""
    async with a_console(tmp_path_factory.mktemp("console"), keys, caller_ms_burst=600_000) as web:
        late = SOLVED | {"NgayKetThucXuLy": "20261109090000", "MaTTHC": "1.001193", "TenTTHC": "<b>Khai sinh</b>"}
        rows = [dossier(MaHoSo=PAUSED, NgayHenTra="20261106"), dossier(MaHoSo=DONE, **SOLVED)]
        rows += [dossier(MaHoSo=LATE, **late), dossier(MaHoSo="H52-261102-0001", DonViXuLy="H52", **SOLVED)]
        await told(web, [*rows, dossier(MaHoSo=OTHER, MaTTHC="9.000001", NgayHenTra="20271231")])
        times = (("20261103090000", 5), ("20261104093000", 4), ("20261105100000", 5))
        moved = [step(at, state) | {"MaHoSo": PAUSED} for at, state in times]
        await told(web, moved, "CapNhatTienDoHoSoMC")
        assert await web.hub.exchange.following.caught_up(30) == 0  # type: ignore[union-attr]
        yield web


def listed(visitor: Visitor) -> list[str]:
    return re.findall(rf'href="{AT}/cases/([^"]+)"', visitor.last)


async def test_dossiers_are_found_by_number_unit_procedure_state_and_clock(web: Web) -> None:
    clerk, auditor = await Visitor(web).enter("clerk"), await Visitor(web).enter("auditor")
    await clerk.get(f"{AT}?lang=en")
    assert len(listed(clerk)) == 5
    assert "<b>Khai sinh</b>" in clerk.text
    for asked, found in (
        ("state=supplement-asked", [PAUSED]),
        ("procedure=1.001193", [LATE]),
        ("procedure=1.004873&stands=ended", ["H52-261102-0001", DONE]),
        ("stands=open", [OTHER, PAUSED]),
        ("stands=ended&state=solved", ["H52-261102-0001", LATE, DONE]),
    ):
        await clerk.get(f"{AT}?{asked}")
        assert listed(clerk) == found, asked
    await auditor.get(f"{AT}?unit={SO_TTTT}&stands=open&lang=en")
    assert listed(auditor) == [OTHER, PAUSED]
    assert f"truc dossiers list --as auditor --unit {SO_TTTT} --stands open" in auditor.text
    answer = await clerk.get(f"{AT}?number=+{DONE}+")
    assert (answer.status, answer.headers["Location"]) == (303, f"{AT}/cases/{DONE}")
    assert (await clerk.get(f"{AT}/cases/H52.13-261102-9999")).status == 404
    await clerk.get(f"{AT}?state=returned&lang=en")
    assert "truc dossiers sync" in clerk.text, "nothing found: what to do next"
    answer = await clerk.get(f"{AT}?unit={HA_NOI}")
    assert (answer.status, listed(clerk)) == (403, [])
    assert (await clerk.get(f"{AT}?state=none")).status == 400


async def test_an_operator_is_shown_no_procedure_and_does_not_find_by_one(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    for address in (AT, f"{AT}/cases/{LATE}"):
        await operator.get(f"{address}?lang=en")
        assert LATE in operator.text
        assert "1.001193" not in operator.last
        assert "Khai sinh" not in operator.last
        assert "Mẫu" not in operator.text.replace("Mẫu operator", ""), "a person"
    assert (await operator.get(f"{AT}?procedure=1.001193")).status == 403
    assert listed(operator) == []


@pytest.mark.parametrize(
    ("lang", "holder", "paused", "stood"),
    [("vi", "Người nộp hồ sơ", "đồng hồ đang dừng", "1 ngày"), ("en", "The applicant", "the clock stands", "1 d")],
)
async def test_one_dossier_tells_its_course_its_pauses_and_who_holds_it(
    web: Web, lang: str, holder: str, paused: str, stood: str
) -> None:
    clerk, other = await Visitor(web).enter("clerk"), await Visitor(web).enter("auditor")
    await clerk.get(f"{AT}/cases/{PAUSED}?lang={lang}")
    assert holder in clerk.text
    assert paused in clerk.text
    assert stood in clerk.text
    assert "Mẫu" not in clerk.text.replace("Mẫu clerk", ""), "no person"
    evidence = set(re.findall(r'href="(/console/evidence/[^"]+)"', clerk.last))
    assert len(evidence) == 2, "two calls of a service told of it"
    for address in evidence:
        assert (await clerk.get(address)).status == (await other.get(address)).status == 200
    await clerk.get(f"{AT}/cases/{DONE}?lang=en")
    assert "Receiving one-stop" in clerk.text, "who hands the result out"
    assert f"truc dossiers show --as {SON_LA} {DONE}" in clerk.text


async def test_behind_a_figure_stand_its_dossiers(web: Web) -> None:
    operator, clerk = await Visitor(web).enter("operator"), await Visitor(web).enter("clerk")
    await operator.get(f"{AT}/indicators?first=2026-11&last=2026-11&lang=en")
    assert f"parent={SON_LA}" in operator.last, "the country leads down"
    await operator.get(f"{AT}/indicators?first=2026-11&last=2026-11&parent={SON_LA}&lang=en")
    assert f"parent={SO_TTTT}" in operator.last
    await operator.get(f"{AT}/indicators?first=2026-11&last=2026-11&parent={SO_TTTT}&lang=en")
    for text in (
        "QD766-2022/1",
        "÷ all that ended in the period",
        "50.0\u00a0%",
        "Not computable from the axis, because",
        "3.2",
    ):
        assert text in operator.text, text
    missed = [href.replace("&amp;", "&") for href in re.findall(r'href="([^"]*without=2\.1[^"]*)"', operator.last)]
    await operator.get(f"{missed[0]}&lang=en")
    assert listed(operator) == [LATE]
    assert "Ended, but not: 2.1 Solved in time, 2026-11" in operator.text
    await clerk.get(f"{AT}/indicators?first=2026-11&last=2026-11&lang=vi")
    for text in ("Không tính được từ Trục", "1.001193", "chưa đối chiếu", "truc dossiers indicators --as"):
        assert text in clerk.text, text
    assert f"unit={SON_LA}&amp;role=receiving&amp;measure=received" in clerk.last, "its own"
    assert f"unit={SON_LA}&amp;role=receiving&amp;measure=2.1" in clerk.last
    assert f"unit={SO_TTTT}" not in clerk.last, "another's dossiers are not for it; its figures are"
    await clerk.get(f"{AT}/indicators?first=2025-01&last=2025-02&lang=vi")
    assert "Chưa có hồ sơ nào trong kỳ" in clerk.text
    assert (await clerk.get(f"{AT}/indicators?parent={HA_NOI}")).status == 404
    assert (await clerk.get(f"{AT}/indicators?first=2026-12&last=2026-11")).status == 400


async def test_indicators_are_taken_along(web: Web) -> None:
    operator = await Visitor(web).enter("operator")
    asked = f"first=2026-11&last=2026-11&parent={SON_LA}&lang=vi"
    csv = (await operator.get(f"{AT}/indicators/csv?{asked}")).body.decode()
    lines = csv.lstrip("\ufeff").splitlines()
    assert "2.1 Tử số" in lines[0]
    assert [line.split(",")[0].strip('"') for line in lines[1:]] == [SON_LA, SO_TTTT, ""]
    cells = xlsx.read((await operator.get(f"{AT}/indicators/xlsx?{asked}")).body)
    assert [cells[row][2] for row in (1, 2, 3)] == ["1", "4", "5"], "received: they add up"
    assert cells[0][7] == "2.1 %"


@needs_chromium
async def test_they_are_readable_on_a_telephone_and_in_the_dark(web: Web) -> None:
    pages = {"list": AT, "one": f"{AT}/cases/{PAUSED}", "indicators": f"{AT}/indicators?first=2026-11&last=2026-11"}
    async with a_browser() as browser:
        for lang, theme, width in (("vi", "dark", PHONE), ("en", "light", WIDE)):
            tab = await Tab.opened(browser, web, "clerk", lang=lang, theme=theme, width=width)
            for name, address in pages.items():
                await tab.go(address)
                await tab.accessible()
                await tab.fits()
                await tab.picture(f"dossiers-{name}-{lang}-{theme}-{width}")
            await tab.close()
