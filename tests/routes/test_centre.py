"""The centre's board adds up at every step down, shows each only its own, and its open data tells nobody apart."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from hub.base.config import ConsoleSettings
from hub.core.edxml import Attachment
from hub.core.wire_centre import Centre, CentreLine, PublicProgrammes
from hub.programmes.registry import PROGRAMMES
from hub.routes.programmes.centre import schema
from tests.support.axis import CHIENG_MUNG, HA_NOI, MAI_SON, SO_TTTT, SON_LA, VPCP
from tests.support.counting import Counting
from tests.support.web import AUDITOR, OPERATOR, Web, a_web

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
GIVEN = {CHIENG_MUNG: 3, MAI_SON: 2, SO_TTTT: 1, SON_LA: 4, HA_NOI: 5, VPCP: 7}
"""Cases of each agency; one of each is overdue, and one of every second has ended."""


async def gave(web: Web, sender: str, steps: list[dict[str, Any]]) -> None:
    data = json.dumps({"packet": "count/1", "steps": steps}).encode()
    signed = web.axis.sign(web.axis.document(sender, [VPCP if sender != VPCP else HA_NOI]), [_file(data)])
    assert (await web.submit(signed, sender)).status == 201


def _file(data: bytes) -> Attachment:
    return Attachment("1", "a.packet.json", data=data)


async def filled(web: Web) -> None:
    for place, (agency, count) in enumerate(GIVEN.items()):
        steps: list[dict[str, Any]] = [
            {"case": f"{agency}/{n}", "act": "open", "due": "2026-11-01" if not n else "2026-12-30"}
            for n in range(count)
        ]
        await gave(web, agency, steps + ([{"case": f"{agency}/0", "act": "end"}] if place % 2 else []))


@pytest_asyncio.fixture
async def web(tmp_path: Path, keys: Path) -> AsyncIterator[Web]:
    async with a_web(tmp_path / "hub", keys, programmes={**PROGRAMMES, "count": Counting()}) as opened:
        await filled(opened)
        yield opened


async def board(web: Web, parent: str = "", who: str = OPERATOR) -> Centre:
    return (await web.get(f"/v1/centre?parent={parent}", who)).record(Centre)


def figures(line: CentreLine) -> list[int]:
    """All that adds up."""
    flow = msgspec.structs.asdict(line.flow)
    counts = [msgspec.structs.asdict(cases) for cases in line.cases]
    return [*flow.values(), *(n for one in counts for n in one.values() if isinstance(n, int))]


def added(lines: Iterable[CentreLine]) -> list[int]:
    return [sum(column) for column in zip(*map(figures, lines), strict=True)]


async def test_the_drill_down_adds_up_from_the_country_to_every_agency(web: Web) -> None:
    seen: list[str] = []
    roots = [""]
    while roots:
        root = roots.pop()
        found = await board(web, root)
        assert added(found.lines) == added(found.tiers) == figures(found.total), root
        for line in found.lines:
            below = await board(web, line.code)
            own = figures(below.total)
            if line.code != found.root:
                assert own == figures(line), line.code
                seen.append(line.code)
            if line.leads:
                assert below.above[-1].code == line.code
                roots.append(line.code)
    assert sorted(seen) == sorted(GIVEN)


async def test_it_tells_what_flows_and_what_is_late(web: Web) -> None:
    country = await board(web)
    assert (country.total.flow.sent, country.total.flow.received, country.total.flow.waiting) == (6, 6, 6)
    assert (country.total.flow.agencies, country.total.flow.active) == (6, 6)
    name = [one.name for one in country.programmes].index("count")
    cases = country.total.cases[name]
    assert (cases.total, cases.open, cases.ended, cases.late, cases.overdue) == (22, 19, 3, 3, 3)
    lines = {line.code: line for line in country.lines}
    assert set(lines) == {VPCP, HA_NOI, SON_LA}
    assert lines[SON_LA].cases[name].total == 10
    assert {line.tier: line.cases[name].total for line in country.tiers} == {
        "central": 7, "provincial": 10, "district": 2, "commune": 3,
    }  # fmt: skip
    assert [place.code for place in (await board(web, CHIENG_MUNG)).above] == [SON_LA, MAI_SON, CHIENG_MUNG]
    later = (await web.get("/v1/centre?day=2027-02-01", OPERATOR)).record(Centre)
    assert later.total.cases[name].overdue == 19


async def test_who_reports_nothing_is_a_line_of_zeros(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys) as web:
        found = await board(web)
    assert {line.code for line in found.lines} == {VPCP, HA_NOI, SON_LA}
    assert added(found.lines) == figures(found.total)
    assert (found.total.flow.agencies, found.total.flow.active) == (6, 0)
    assert len(found.services) == 25


async def test_an_agency_sees_itself_and_all_below_it_and_nobody_else(web: Web) -> None:
    own = await board(web, who=SON_LA)
    assert own.root == SON_LA
    assert figures(own.total) == figures((await board(web, SON_LA)).total)
    assert (await board(web, CHIENG_MUNG, SON_LA)).root == CHIENG_MUNG
    for asked in (SON_LA, HA_NOI, "000.00.00.H99"):
        refused = await web.get(f"/v1/centre?parent={asked}", MAI_SON)
        assert (refused.status, refused.problem.code) == (404, "ACCESS_NOT_FOUND")
    assert (await web.get("/v1/centre")).status == 401
    assert (await board(web, who=AUDITOR)).root == ""


async def test_open_data_adds_up_and_tells_nobody_apart(web: Web) -> None:
    answer = await web.get("/v1/public/programmes.json", headers={"Origin": "https://bao.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found = msgspec.json.decode(answer.body, type=PublicProgrammes)
    count = next(one for one in found.programmes if one.name == "count")
    assert count.total is not None
    for figure in ("total", "open", "overdue", "ended", "late"):
        assert sum(getattr(unit, figure) for unit in count.units) == getattr(count.total, figure)
    assert {unit.code: unit.total for unit in count.units} == {VPCP: 7, HA_NOI: 5, SON_LA: 10}
    assert all(one.total is None and one.units == () for one in found.programmes if one.name != "count")
    again = await web.get("/v1/public/programmes.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


async def test_bodies_of_few_cases_are_one_line_of_several(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, programmes={"count": Counting()}) as web:
        for agency, count in ((VPCP, 9), (SON_LA, 6), (HA_NOI, 1)):
            await gave(web, agency, [{"case": f"{agency}/{n}", "act": "open"} for n in range(count)])
        found = (await web.get("/v1/public/programmes.json")).record(PublicProgrammes)
        (units,) = [one.units for one in found.programmes]
        assert {(unit.code, unit.folded, unit.total) for unit in units} == {(VPCP, 0, 9), ("", 2, 7)}


async def test_of_one_body_alone_nothing_is_told(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, programmes={"count": Counting()}) as web:
        await gave(web, SON_LA, [{"case": f"{n}", "act": "open"} for n in range(9)])
        (told,) = (await web.get("/v1/public/programmes.json")).record(PublicProgrammes).programmes
        assert (told.total, told.units) == (None, ())


async def test_an_axis_without_public_figures_has_none_of_programmes(tmp_path: Path, keys: Path) -> None:
    async with a_web(tmp_path / "hub", keys, console=ConsoleSettings(public_figures=False)) as closed:
        assert (await closed.get("/v1/public/programmes.json")).problem.code == "ACCESS_NOT_FOUND"


def test_the_schema_is_of_this_very_data() -> None:
    committed = json.loads((SCHEMAS / "public-programmes.schema.json").read_text("utf-8"))
    assert committed == json.loads(msgspec.json.encode(schema()))


@pytest.mark.parametrize("query", ["day=nie", "day=2026-13-01", "parent=" + "x" * 65])
async def test_questions_that_are_none(web: Web, query: str) -> None:
    assert (await web.get(f"/v1/centre?{query}", OPERATOR)).status == 400
