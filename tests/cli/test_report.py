"""`truc report` of periods and regimes, at a real hub: text, JSON, CSV and XLSX tell the same figures."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from hub.core import period_table
from hub.core.model import Agency, Tier, vietnam_date
from tests.cli.test_answers import a_hub
from tests.cli.test_find import EVIL, opened
from tests.cli.test_not_kept import truc
from tests.support.axis import AGENCIES, HA_NOI, SON_LA, VPCP, registered


async def test_a_period_as_text_json_csv_and_xlsx(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    async with a_hub(tmp_path / "hub", keys) as (web, _mine, _):
        evil = Agency(code="000.00.77.H52", name=EVIL.replace("\x1b", ""), tier=Tier.COMMUNE, parent=SON_LA)
        await web.hub.exchange.change_directory([*registered(web.axis.profile, AGENCIES), evil], "test")
        await web.send(VPCP, SON_LA, HA_NOI)
        day = vietnam_date(web.axis.clock())
        hub = ("--url", web.url, "--keys", keys, "--period", "month", "--from", day)
        told = (await truc("report", *hub, "--json")).json
        assert (told["total"]["sent"], told["total"]["received"], told["first"][8:]) == (1, 2, "01")
        assert "signed_share" not in told["units"][-1], "nothing to divide by, and no zero"
        for lang in ("vi", "en"):
            text = await truc("report", *hub, "--lang", lang)
            assert text.code == 0, text
            assert max(len(line) for line in text.out.splitlines() if line[:1] != "!") <= 80, text.out
            assert ("Định nghĩa" if lang == "vi" else "Definitions") in text.out
        lines = list(csv.reader(io.StringIO((await truc("report", *hub, "--csv", "--lang", "en")).out[1:])))
        assert lines[0] == period_table.head("en")
        assert [cells[5:8] for cells in lines[1:3]] == [["0.4286", "1", "1"], ["1.0", "1", "1"]]
        assert any(cells[2].startswith("'=HYPERLINK") for cells in lines)
        file = tmp_path / "thang.xlsx"
        assert (await truc("report", *hub, "--xlsx", file)).code == 0
        cells, formulas = opened(file)
        assert formulas == 0
        assert any(cell.startswith("=HYPERLINK") for cell in cells), "text, as it is"


async def test_a_regime_and_what_does_not_fit(tmp_path: Path, keys: Path) -> None:
    async with a_hub(tmp_path / "hub", keys) as (web, mine, _):
        await web.send(VPCP, SON_LA)
        day = vietnam_date(web.axis.clock())
        hub = ("--url", web.url, "--keys", keys)
        quarter = f"{day.year}-Q{(day.month + 2) // 3}"
        regime = (*hub, "--regime", "TT01-2020-A", "--period", quarter)
        found = (await truc("report", *regime, "--agency", "H52", "--json")).json
        assert [one["agency"] for one in found["agencies"]] == [SON_LA]
        for lang, word in (("vi", "Tổng số văn bản đi"), ("en", "Documents sent")):
            assert word in (await truc("report", *regime, "--lang", lang)).out
        head, *lines = csv.reader(io.StringIO((await truc("report", *regime, "--csv", "--lang", "vi")).out[1:]))
        assert head[:4] == ["Mã", "Đơn vị", "Hạn báo cáo", "Tổng số văn bản đi"]
        assert lines[-1][1] == "Cả nước"
        assert (await truc("report", *regime, "--xlsx", tmp_path / "quy.xlsx")).code == 0
        for wrong in (
            ("--period", "year"),
            ("--period", "month", "--since", "2026-01-01"),
            ("--regime", "TT01-2020-A"),
            ("--period", "day", "--csv", "--json"),
            ("--period", "day", "--agency", "H52"),
        ):
            assert (await truc("report", *hub, *wrong)).code == 2, wrong
        assert (await truc("report", *hub, "--regime", "X", "--period", "2026-Q1")).code != 0
        assert (await truc("report", *mine, "--period", "month")).code != 0, "an agency is told nothing of others"
