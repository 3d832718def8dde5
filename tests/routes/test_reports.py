"""Reports of periods over HTTP: who may ask, days that are none, a regime's figures, and the open data."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec
import pytest
import pytest_asyncio

from hub.base.config import ConsoleSettings
from hub.core.model import StatusCode
from hub.core.wire_report import PeriodReport, PublicFigures, RegimeReports
from hub.routes.open_data import COLUMNS, schema
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SO_TTTT, SON_LA, VPCP
from tests.support.web import AUDITOR, OPERATOR, Web, a_web

pytestmark = pytest.mark.asyncio(loop_scope="module")
SCHEMAS: Final = Path(__file__).resolve().parents[2] / "schemas"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> AsyncIterator[Web]:
    """Of 22 November 2026: three documents, six deliveries, two acknowledged of which one was returned."""
    limits = {"stranger_ms_burst": 600_000, "caller_ms_burst": 600_000}
    async with a_web(tmp_path_factory.mktemp("hub"), keys, **limits) as opened:
        first = await opened.send(VPCP, SON_LA, HA_NOI, MAI_SON)
        await opened.send(SO_TTTT, SON_LA, CHIENG_MUNG)
        await opened.send(VPCP, SON_LA)
        await opened.take(SON_LA, first)
        await opened.take(HA_NOI, first)
        await opened.submit(opened.status(HA_NOI, StatusCode.REFUSED, first), HA_NOI, "/v1/statuses")
        yield opened


async def test_a_period_counted_by_hand(web: Web) -> None:
    month = (await web.get("/v1/reports/period?period=month&first=2026-11-05", OPERATOR)).record(PeriodReport)
    total = month.total
    assert (month.first.isoformat(), month.last.isoformat()) == ("2026-11-01", "2026-11-30")
    assert (total.sent, total.signed, total.received) == (3, 3, 6)
    assert (total.acknowledged, total.returned, total.waiting) == (1, 1, 4)
    assert (total.agencies, total.exchanging, total.exchanging_share) == (6, 6, 1.0)
    assert {line.code: (line.sent, line.received) for line in month.units} == {
        VPCP: (2, 0),
        HA_NOI: (0, 1),
        SON_LA: (1, 3),  # with its department
        MAI_SON: (0, 1),
        CHIENG_MUNG: (0, 1),
    }
    assert [hole.kind for hole in month.holes] == ["not-over", "before-record"]
    daily = (await web.get("/v1/reports/period?period=day&first=2026-11-01&last=2026-11-30", AUDITOR)).record(
        PeriodReport
    )
    assert [(s.code, s.sent, s.received) for s in daily.steps if s.sent] == [("2026-11-22", 3, 6)]
    assert len(daily.steps) == 30
    assert daily.total == total
    empty = (await web.get("/v1/reports/period?period=quarter&first=2020-02-02", OPERATOR)).record(PeriodReport)
    assert (empty.total.sent, empty.total.signed_share) == (0, None)


@pytest.mark.parametrize(
    "query",
    [
        "period=year",
        "first=2026-13-01",
        "first=1999-12-31&last=2026-01-01",
        "first=2026-11-22&last=2026-11-21",
        "first=9999-12-31",
        "period=day&first=2020-01-01&last=2026-01-01",
        "first=2000-01-01&last=2199-12-31",
    ],
)
async def test_periods_that_are_none(web: Web, query: str) -> None:
    assert (await web.get(f"/v1/reports/period?{query}", OPERATOR)).problem.code == "REQUEST_INVALID"


async def test_a_regime_fills_itself_from_the_record(web: Web) -> None:
    """By Art. 12 the fourth quarter is 15 September to 14 December."""
    whole = (await web.get("/v1/reports/regime?regime=TT01-2020-A&period=2026-Q4", OPERATOR)).record(RegimeReports)
    assert (whole.first.isoformat(), whole.last.isoformat()) == ("2026-09-15", "2026-12-14")
    by = {report.agency: {f.code: f.value for f in report.figures} for report in whole.agencies}
    assert list(by) == [VPCP, HA_NOI, SON_LA]
    assert by[SON_LA] == {
        "sent": 1,
        "sent_signed": 1,
        "received": 5,  # three of its own, one of its district, one of its commune
        "received_acknowledged": 1,
        "returned": 0,
        "units": 3,
        "units_exchanging": 3,
        "signed_share": 100.0,
        "exchanging_share": 100.0,
    }
    assert by[VPCP]["exchanging_share"] is None, "nobody is below it"
    assert {f.code: f.value for f in whole.total}["received"] == 6
    assert {report.due for report in whole.agencies} == {"2026-12-25"}
    assert whole.silent == []
    one = (await web.get("/v1/reports/regime?regime=TT01-2020-A&period=2026-Q4&agency=H52", AUDITOR)).record(
        RegimeReports
    )
    assert [report.agency for report in one.agencies] == [SON_LA]
    quiet = (await web.get("/v1/reports/regime?regime=TT01-2020-A&period=2026-Q3", OPERATOR)).record(RegimeReports)
    assert quiet.silent == sorted([VPCP, SON_LA, HA_NOI])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("regime=II.06a&period=2026-Q1", "REQUEST_INVALID"),
        ("regime=TT01-2020-A&period=2026", "REQUEST_INVALID"),
        ("regime=TT01-2020-A&period=x", "REQUEST_INVALID"),
        ("regime=TT01-2020-A&period=2019-Q1", "REQUEST_INVALID"),
        ("regime=TT01-2020-A&period=2026-Q4&agency=H99", "ACCESS_NOT_FOUND"),
    ],
)
async def test_regimes_that_are_none(web: Web, query: str, code: str) -> None:
    assert (await web.get(f"/v1/reports/regime?{query}", OPERATOR)).problem.code == code


async def test_open_data_is_for_any_site_and_sent_once(web: Web) -> None:
    answer = await web.get("/v1/public/figures.json", headers={"Origin": "https://bao.example"})
    figures = msgspec.json.decode(answer.body, type=PublicFigures)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert (figures.quarter, figures.quarters, figures.ever.sent, figures.ever.received) == (
        "2026-Q4",
        ["2026-Q4"],
        3,
        6,
    )
    assert [(month.code, month.sent) for month in figures.months] == [("2026-11", 3)]
    provinces = [line for line in figures.units if line.tier == "provincial"]
    assert [(line.name, line.folded, line.sent, line.received) for line in provinces] == [("", 2, 1, 4)], "few"
    again = await web.get("/v1/public/figures.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    other = await web.get("/v1/public/figures.json", headers={"If-None-Match": '"x"'})
    assert (other.status, other.body) == (200, answer.body)
    for quarter in ("2026-Q3", "2027-Q1", "2026", "x", "2199-Q4"):
        told = await web.get(f"/v1/public/figures.json?quarter={quarter}")
        assert told.problem.code == "ACCESS_NOT_FOUND", quarter


async def test_open_data_as_csv_adds_up(web: Web) -> None:
    answer = await web.get("/v1/public/figures.csv?quarter=2026-Q4")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.body.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    of = {name: [row for row in rows if row["section"] == name] for name in ("quarter", "tier", "unit", "month")}
    for figure in ("sent", "signed", "received", "waiting", "returned", "acknowledged"):
        whole = int(of["quarter"][0][figure])
        assert sum(int(row[figure]) for row in of["tier"]) == sum(int(row[figure]) for row in of["unit"]) == whole
    assert sum(int(row["sent"]) for row in of["month"]) == 3


async def test_the_schemas_are_of_this_very_data(web: Web) -> None:
    assert json.loads((SCHEMAS / "public-figures.schema.json").read_text("utf-8")) == schema()
    table = json.loads((SCHEMAS / "public-figures.csv.json").read_text("utf-8"))
    assert [field["name"] for field in table["tableSchema"]["columns"]] == list(COLUMNS)


async def test_an_axis_without_public_figures(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path, keys, console=ConsoleSettings(public_figures=False)) as closed:
        for path in ("/v1/public/figures.json", "/v1/public/figures.csv"):
            assert (await closed.get(path)).problem.code == "ACCESS_NOT_FOUND"
        page = await closed.get("/public")
        assert (page.status, b"ACCESS_NOT_FOUND" in page.body) == (404, True)
        assert b"/public" not in (await closed.get("/console/login")).body
